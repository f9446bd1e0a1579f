"""HEIC, AVIF and JPEG XL: facts, pixels as stored, one orientation, whole pictures or none; what they may take."""

from __future__ import annotations

import importlib
import io
import struct
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import avif, boxes, heif, jxl, reader
from imgenc_gui.core.formats.budget import UNBOUNDED
from imgenc_gui.core.formats.camera_raw import RAW
from imgenc_gui.core.formats.reader import LongError
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail, upright
from imgenc_gui.core.formats.registry import reader_of
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.scratch import Scratch
from tests.heic import FOLDER, SIDE, Item, box, changed, exif, four, grid, heic, mirrored, needs_heic, turned
from tests.pictures import HASHES, imagededup_hashes, photo

try:
    import pylibjxl
except ImportError:  # no wheel for this system
    pylibjxl = None
needs_jxl = pytest.mark.skipif(pylibjxl is None, reason="pylibjxl isn't there")
HASH_METHODS = tuple(METHODS[name.lower()] for name in HASHES)
BOXED = b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(30)
TAKEN = "2019:07:03 14:22:10"


def jxl_of(array, **options) -> bytes:
    return pylibjxl.encode(np.ascontiguousarray(array), **options)


def avif_of(image=None, **options) -> bytes:
    file = io.BytesIO()
    (image or Image.fromarray(photo(160, 120))).save(file, "AVIF", speed=10, **options)
    return file.getvalue()


def exif_of(orientation=1) -> Image.Exif:
    told = Image.Exif()
    told[ExifTags.Base.Orientation] = orientation
    told[ExifTags.Base.Make] = "A camera"
    told.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = TAKEN
    return told


def transparent() -> Image.Image:
    image = Image.fromarray(photo(160, 120))
    image.putalpha(Image.fromarray(photo(160, 120, 3)[..., 0]))
    return image


@pytest.fixture
def read(tmp_path):
    def read(data, name="a picture"):
        path = tmp_path / name
        path.write_bytes(data)
        return read_picture(str(path))

    return read


@pytest.fixture
def failure(read):
    def failure(data, name="a picture") -> ImageFailure:
        with pytest.raises(ReadError) as caught:
            read(data, name)
        assert sentence(caught.value.failure).endswith(".")
        return caught.value.failure

    return failure


def hashes(path, **options):
    ((_, result),) = Encoder(Options(HASH_METHODS, **options)).encode([(0, str(path))])
    assert result.failure is None
    return [result.encodings[method] for method in HASH_METHODS]


def bits_apart(some, others) -> int:
    return max((int(a, 16) ^ int(b, 16)).bit_count() for a, b in zip(some, others, strict=True))


EACH = [pytest.param("heic", marks=needs_heic), "avif", pytest.param("jxl", marks=needs_jxl)]


def example(kind: str) -> tuple[bytes, np.ndarray]:
    """A file and what it shows."""
    if kind == "heic":
        items = [*four(), grid(128, 128, (1, 2, 3, 4)), exif(1, 5, TAKEN)]
        return heic(*items, primary=5), photo(128, 128)
    if kind == "avif":
        return avif_of(exif=exif_of()), photo(160, 120)
    return jxl_of(photo(160, 120), exif=exif_of().tobytes()[6:]), photo(160, 120)


@pytest.mark.parametrize("kind", EACH)
def test_facts_pixels_preview_and_thumbnail(kind, read, tmp_path):
    data, shown = example(kind)
    picture = read(data)
    facts = picture.facts
    names = {"heic": "HEIC", "avif": "AVIF", "jxl": "JPEG XL"}
    height, width = shown.shape[:2]
    assert (facts.format, facts.width, facts.height, facts.orientation) == (names[kind], width, height, 1)
    assert facts.taken == datetime(2019, 7, 3, 14, 22, 10)  # noqa: DTZ001 - the camera's clock
    assert [(warning.code, warning.detail) for warning in picture.warnings] == [
        (WarningCode.NOT_IN_IMAGEDEDUP, "format")
    ]
    assert np.abs(picture.pixels.astype(int) - shown).mean() < 12
    path = str(tmp_path / "a picture")
    assert np.array_equal(read_preview(path), picture.pixels)
    assert max(read_thumbnail(path, 40).shape) == 40
    assert hashes(path) == imagededup_hashes(array=picture.pixels)


@pytest.mark.parametrize("kind", EACH)
def test_a_picture_that_is_cut_off_is_damaged_wherever_it_is_cut(kind, failure):
    """And no picture with a black or a grey part."""
    data = jxl_of(photo(160, 120)) if kind == "jxl" else example(kind)[0]
    for cut in (*range(40, len(data), len(data) // 12), len(data) - 1):
        assert failure(data[:cut]).code is FailureCode.DAMAGED


# HEIC


@needs_heic
@pytest.mark.parametrize(
    ("turns", "orientation"),
    [
        ((turned(0),), 1),
        ((mirrored(1),), 2),
        ((turned(2),), 3),
        ((mirrored(0),), 4),
        ((turned(1), mirrored(0)), 5),
        ((turned(3),), 6),
        ((turned(1), mirrored(1)), 7),
        ((turned(1),), 8),
    ],
)
def test_a_turned_heic_is_read_as_stored_and_shown_upright(turns, orientation, read, tmp_path):
    """As the same picture as JPEG with EXIF is. Of odd sizes, pixels that were turned and turned back are others."""
    plain = read(heic(*four(), grid(121, 113, (1, 2, 3, 4)), primary=5)).pixels.copy()
    picture = read(heic(*four(), changed(grid(121, 113, (1, 2, 3, 4)), *turns), exif(6, 5), primary=5))
    assert (picture.facts.width, picture.facts.height, picture.facts.orientation) == (121, 113, orientation)
    assert np.array_equal(picture.pixels, plain)
    path = tmp_path / "a picture"
    assert np.array_equal(read_preview(str(path)), upright(plain, orientation))
    jpeg = tmp_path / "a.jpg"
    Image.fromarray(plain).save(jpeg, quality=97, subsampling="4:4:4", exif=exif_of(orientation))
    assert bits_apart(hashes(path), hashes(jpeg)) <= 2
    turned_both = [hashes(one, apply_exif_orientation=True) for one in (path, jpeg)]
    assert bits_apart(*turned_both) <= 2
    assert (turned_both[0] == hashes(path)) == (orientation == 1)


@needs_heic
def test_a_heic_whose_boxes_say_nothing_is_turned_by_exif(read):
    """So converters write it."""
    picture = read(heic(four()[0], exif(6, 1)))
    assert picture.facts.orientation == 6


@needs_heic
def test_the_primary_picture_counts_wherever_it_lies(read):
    first, second, *_ = four()
    alone = read(heic(second)).pixels.copy()
    picture = read(heic(first, second, primary=2))
    assert picture.facts.frames == 2
    assert np.array_equal(picture.pixels, alone)


@needs_heic
def test_kinds_of_heic(read):
    deep = read((FOLDER / "deep.heic").read_bytes())
    assert deep.is_deep
    assert np.abs(deep.pixels.astype(int) - photo(96, 72)).mean() < 12
    grey = read((FOLDER / "grey.heic").read_bytes())
    assert np.abs(grey.pixels.astype(int) - photo(96, 72)[..., :1]).mean() < 12
    clear = read((FOLDER / "alpha.heic").read_bytes())
    assert np.abs(clear.pixels.astype(int) - photo(96, 72)).mean() < 12
    assert WarningCode.HIDDEN_TRANSPARENCY in [warning.code for warning in clear.warnings]
    odd = read((FOLDER / "odd.heic").read_bytes())
    assert odd.pixels.shape == (75, 97, 3)
    for picture in (deep, grey, clear, odd):
        assert picture.facts.format == "HEIC"


@needs_heic
def test_what_a_heic_holds_otherwise_is_said_in_true_words(failure):
    sequence = box(b"ftyp", b"msf1", bytes(4), b"msf1", b"hevc") + box(b"moov", bytes(100))
    assert failure(sequence) == ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", ("HEIC sequence",))
    jpeg = io.BytesIO()
    Image.fromarray(photo(SIDE, SIDE)).save(jpeg, "JPEG")
    other = heic(Item(b"xxxx", jpeg.getvalue(), four()[0].properties[1:]), major=b"mif1")
    assert failure(other).code in (FailureCode.UNSUPPORTED_FORMAT, FailureCode.DAMAGED)
    lost = heic(*four(), primary=7)
    assert failure(lost).code is FailureCode.DAMAGED


@pytest.mark.parametrize(
    ("major", "others", "expected"),
    [
        *((major, (b"mif1", b"heic"), heif.HEIF) for major in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1")),
        (b"MiHE", (b"miaf", b"heic"), heif.HEIF),
        (b"msf1", (b"hevc", b"iso8"), heif.HEIF),
        (b"mif1", (), heif.HEIF),
        (b"heic", (b"avif",), heif.HEIF),
        (b"avif", (b"mif1", b"miaf"), avif.AVIF),
        (b"avis", (b"msf1",), avif.AVIF),
        (b"mif1", (b"avif",), avif.AVIF),
        (b"crx ", (b"isom",), RAW),
        (b"isom", (b"mp41",), None),
    ],
)
def test_brands_tell_who_reads_a_file(major, others, expected):
    assert reader_of(box(b"ftyp", major, bytes(4), *others) + bytes(60), "") is expected


# Bounds


@needs_heic
def test_too_many_pixels_are_refused_before_they_are_decoded(failure):
    huge = four()[0]
    wide = Item(huge.kind, huge.data, (huge.properties[0], heic_size(100_000, 100_000)))
    assert failure(heic(wide)).code in (FailureCode.TOO_LARGE, FailureCode.DAMAGED)
    layout = Item(b"grid", struct.pack(">BBBBLL", 0, 1, 1, 1, 20_000, 20_000), (heic_size(20_000, 20_000),), b"dimg")
    told = failure(heic(*four(), Item(layout.kind, layout.data, layout.properties, b"dimg", (1, 2, 3, 4)), primary=5))
    assert told == ImageFailure(FailureCode.TOO_LARGE, "pixels", (400, reader.MAX_PIXELS // 10**6))


def heic_size(width, height):
    return box(b"ispe", bytes(4), struct.pack(">LL", width, height))


@pytest.mark.parametrize("kind", EACH)
def test_a_large_one_is_read_apart(kind, monkeypatch):
    """Its decoder does all in one call, which no Stop ends, or may crash."""
    monkeypatch.setattr(avif, "_LONG", 10_000)
    data, shown = example(kind)
    asked = {"heic": heif, "avif": avif, "jxl": jxl}[kind]
    of_kind = {"heic": heif.HEIF, "avif": avif.AVIF, "jxl": jxl.JPEG_XL}[kind]
    assert asked.recognises(data)
    share = UNBOUNDED.share()
    for ask in (lambda: of_kind.read(data, Scratch(), share), lambda: of_kind.show(data, None, share)):
        with pytest.raises(LongError) as caught:
            ask()
        assert caught.value.reader.guarded
        assert caught.value.size >= shown.size * 2
    apart = caught.value.reader
    assert np.array_equal(apart.read(data, Scratch(), share).pixels, apart.show(data, None, share))


def test_an_avif_that_may_be_made_of_many_large_pictures_is_made_apart(monkeypatch):
    """A file of 20 kB keeps its decoder for minutes."""
    monkeypatch.setattr(avif, "pixels_in", lambda _: 4 * 16_000_000 + 1)
    with pytest.raises(LongError):
        avif.AVIF.read(example("avif")[0], Scratch(), UNBOUNDED.share())


def test_the_pixels_of_all_that_a_file_holds_are_counted():
    first, *_ = four()
    large = Item(first.kind, first.data, (first.properties[0], heic_size(4000, 4000)))
    assert boxes.pixels_in(heic(first, *[large] * 5)) == SIDE**2 + 5 * 4000**2
    assert boxes.pixels_in(b"no picture") == 0


@needs_heic
def test_a_heic_that_crashes_its_decoder_costs_nothing_but_itself(failure, read):
    """pi-heif 1.4 takes the kind of what stands beside the picture for a text, and dies where it is none."""
    good = heic(four()[0], exif(1, 1))
    told = failure(good.replace(b"Exif", b"E\xffif", 1))
    assert (told.code, told.detail) == (FailureCode.DAMAGED, "crash")
    assert read(good).pixels.shape == (SIDE, SIDE, 3)


def test_libraries_are_imported_with_their_first_file():
    program = "import sys; from imgenc_gui.core.formats import registry; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=250
    ).stdout
    assert not {"pi_heif", "_pi_heif", "pylibjxl", "rawpy", "PIL._avif"} & set(told.split())


@pytest.mark.parametrize(("module", "kind"), [("pi_heif", "heic"), ("PIL._avif", "avif"), ("pylibjxl", "jxl")])
def test_a_library_that_is_missing_is_named(module, kind, failure, monkeypatch):
    data = BOXED if kind == "jxl" else example(kind)[0]
    monkeypatch.setattr(reader, "_is_there", lambda name: name != module)
    told = failure(data)
    assert (told.code, told.detail) == (FailureCode.UNSUPPORTED_FORMAT, "extra" if kind == "jxl" else "missing-library")
    package = {"heic": "pi-heif", "avif": "Pillow with AVIF", "jxl": 'pip install "imgenc-gui[jxl]"'}[kind]
    assert package in sentence(told)


def test_two_bytes_and_no_library_do_not_make_a_jpeg_xl(failure, monkeypatch):
    monkeypatch.setattr(reader, "_is_there", lambda name: name != "pylibjxl")
    for name in ("nameless", "a.txt"):
        assert failure(b"\xff\x0a" + bytes(30), name).code is FailureCode.NOT_AN_IMAGE
    for name in ("a.jxl", "a.jpg"):
        assert failure(b"\xff\x0a" + bytes(30), name).detail == "extra"


@needs_heic
def test_a_library_that_does_not_load_is_no_damage(monkeypatch):
    def import_module(name):
        raise ImportError(f"{name} is for another system")

    data, _ = example("heic")
    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(ReadError) as caught:
        heif.read_apart(data, Scratch(), UNBOUNDED.share())
    told = caught.value.failure
    assert (told.code, told.detail) == (FailureCode.UNSUPPORTED_FORMAT, "broken-library")


@needs_heic
def test_pixels_outlive_what_decoded_them():
    """They are libheif's memory."""
    data = heic(four()[0])
    share = UNBOUNDED.share()
    kept = [heif.read_apart(data, Scratch(), share).pixels for _ in range(20)]
    assert all(np.array_equal(kept[0], one) for one in kept)


# AVIF and JPEG XL


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_avif_is_read_as_stored_and_shown_upright(orientation, read, tmp_path):
    plain = read(avif_of()).pixels.copy()
    picture = read(avif_of(exif=exif_of(orientation)))
    assert (picture.facts.width, picture.facts.height, picture.facts.orientation) == (160, 120, orientation)
    assert np.array_equal(picture.pixels, plain)
    assert np.array_equal(read_preview(str(tmp_path / "a picture")), upright(plain, orientation))


def test_the_first_frame_of_an_avif_counts(read):
    frames = [Image.fromarray(photo(160, 120, seed)) for seed in range(3)]
    picture = read(avif_of(frames[0], save_all=True, append_images=frames[1:], duration=50))
    assert picture.facts.frames == 3
    assert np.abs(picture.pixels.astype(int) - photo(160, 120)).mean() < 12


@pytest.mark.parametrize("kind", ["avif", pytest.param("jxl", marks=needs_jxl)])
def test_hidden_colours_count_and_are_told(kind, read, tmp_path):
    image = transparent()
    picture = read(avif_of(image) if kind == "avif" else jxl_of(np.asarray(image), lossless=True))
    assert WarningCode.HIDDEN_TRANSPARENCY in [warning.code for warning in picture.warnings]
    assert np.abs(picture.pixels.astype(int) - photo(160, 120)).mean() < 12
    assert read_preview(str(tmp_path / "a picture")).mean() > picture.pixels.mean()  # on white


def test_an_avif_of_ten_bits_is_deep():
    """As its boxes say: Pillow gives eight."""
    told = box(b"pixi", bytes(4), bytes([3, 10, 10, 10]))
    assert boxes.is_deep(told, [boxes.Box(b"pixi", 8, len(told))])
    data = avif_of()
    assert not boxes.is_deep(data, boxes.properties(data))


@needs_jxl
def test_kinds_of_jpeg_xl(read, tmp_path):
    """Bare and boxed, grey, and a JPEG that was packed: upright, whatever EXIF says."""
    bare = jxl_of(photo(160, 120), lossless=True)
    assert bare.startswith(b"\xff\x0a")
    assert np.array_equal(read(bare).pixels, photo(160, 120))
    grey = read(jxl_of(photo(160, 120)[..., :1], lossless=True))
    assert np.array_equal(grey.pixels, np.repeat(photo(160, 120)[..., :1], 3, 2))
    jpeg = io.BytesIO()
    Image.fromarray(photo(160, 120)).save(jpeg, "JPEG", exif=exif_of(6))
    packed = read(pylibjxl.jpeg_to_jxl(jpeg.getvalue()))
    assert (packed.facts.width, packed.facts.height, packed.facts.orientation) == (120, 160, 1)
    turned_jpeg = upright(np.asarray(Image.open(jpeg)), 6)
    assert np.abs(packed.pixels.astype(int) - turned_jpeg).mean() < 2
    assert np.array_equal(read_preview(str(tmp_path / "a picture")), packed.pixels)


@needs_jxl
def test_the_first_frame_of_a_jpeg_xl_counts(read):
    """With its metadata the library gives the last one."""
    assert np.array_equal(read((FOLDER.parent / "frames.jxl").read_bytes()).pixels, photo(32, 24, 0))


@needs_jxl
def test_two_bytes_do_not_make_a_jpeg_xl(failure):
    assert failure(b"\xff\x0a").code is FailureCode.NOT_AN_IMAGE
    assert failure(b"\xff\x0a", "a.jxl").code is FailureCode.DAMAGED


def test_data_are_where_their_readme_says():
    assert {path.name for path in Path(FOLDER).iterdir()} == {
        f"{name}.heic" for name in "alpha deep four grey odd".split()
    }
    assert all(path.stat().st_size < 20_000 for path in Path(FOLDER).iterdir())
