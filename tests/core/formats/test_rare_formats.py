"""JPEG 2000, PSD, ICO, ICNS, DDS, QOI, SGI, PCX and TGA: Pillow's pixels and imagededup's functions on them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import rare_formats
from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.methods import PHash
from tests.core.formats.files import chunk, psd, saved
from tests.pictures import imagededup_hashes, photo

READS = (read_picture, read_preview, lambda path, **kept: read_thumbnail(path, 64, **kept))
SIZE = (90, 70)


@pytest.fixture(scope="module", autouse=True)
def _children_end():
    yield
    GUARD.close()


def image(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    picture = Image.fromarray(photo(*size))
    if mode in ("RGBA", "LA"):
        picture.putalpha(Image.fromarray(photo(*size, 3)[..., 0]))
    if mode == "I;16":
        return Image.fromarray(photo(*size)[..., 0].astype("<u2") * 257)
    return picture.convert(mode)


def icns_of(code: bytes, part: bytes) -> bytes:
    return b"icns" + (16 + len(part)).to_bytes(4) + code + (8 + len(part)).to_bytes(4) + part


def old_icns() -> bytes:
    """A picture of 32 x 32 pixels, not compressed, and its mask."""
    pixels, mask = photo(32, 32).tobytes(), photo(32, 32, 2)[..., 0].tobytes()
    body = b"il32" + (8 + len(pixels)).to_bytes(4) + pixels + b"l8mk" + (8 + len(mask)).to_bytes(4) + mask
    return b"icns" + (8 + len(body)).to_bytes(4) + body


def bitmap_ico() -> bytes:
    return saved(image("RGBA", (48, 48)), "ICO", bitmap_format="bmp", sizes=[(16, 16), (48, 48)])


# Of each format its kinds: a file, what it is called, and how many pictures it holds.
FILES = [
    *(("a.jp2", saved(image(mode), "JPEG2000"), "JPEG 2000", 1) for mode in ("L", "LA", "RGB", "RGBA", "I;16")),
    ("a.jp2", saved(image(), "JPEG2000", irreversible=True, quality_layers=[20], tile_size=(64, 64)), "JPEG 2000", 1),
    ("a.j2k", saved(image(), "JPEG2000", no_jp2=True), "JPEG 2000", 1),
    *(("a.psd", psd(image(mode)), "PSD", 1) for mode in ("L", "RGB", "RGBA", "CMYK")),
    *(("a.psd", psd(image(mode), packed=1), "PSD", 1) for mode in ("L", "RGB", "RGBA", "CMYK")),
    ("a.ico", saved(image("RGBA", (256, 256)), "ICO"), "ICO", 7),
    ("a.ico", bitmap_ico(), "ICO", 2),
    ("a.icns", saved(image("RGBA", (256, 256)), "ICNS"), "ICNS", 8),
    ("a.icns", icns_of(b"ic08", saved(image("RGBA", (256, 256)), "JPEG2000")), "ICNS", 1),
    ("a.icns", old_icns(), "ICNS", 1),
    *(("a.dds", saved(image(mode), "DDS"), "DDS", 1) for mode in ("L", "LA", "RGB", "RGBA")),
    *(("a.dds", saved(image("RGBA"), "DDS", pixel_format=kind), "DDS", 1) for kind in ("DXT1", "DXT3", "DXT5")),
    *(("a.qoi", saved(image(mode), "QOI"), "QOI", 1) for mode in ("RGB", "RGBA")),
    *(("a.sgi", saved(image(mode), "SGI", bpc=bpc), "SGI", 1) for mode in ("L", "RGB", "RGBA") for bpc in (1, 2)),
    *(("a.pcx", saved(image(mode), "PCX"), "PCX", 1) for mode in ("1", "L", "P", "RGB")),
    *(
        ("a.tga", saved(image(mode), "TGA", compression=packed), "TGA", 1)
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA")
        for packed in (None, "tga_rle")
        if (mode, packed) != ("1", "tga_rle")
    ),
]


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def failure_of(path: str, read=read_picture) -> ImageFailure:
    with pytest.raises(ReadError) as caught:
        read(path)
    return caught.value.failure


@pytest.mark.parametrize(("name", "data", "format_", "count"), FILES)
def test_a_file_gives_pillows_pixels_and_imagededups_hashes_of_them(name, data, format_, count, tmp_path):
    path = written(tmp_path, name, data)
    with Image.open(path) as opened:
        opened.load()
        expected = np.asarray(opened.convert("RGBA").convert("RGB"))

    picture = read_picture(path)

    assert np.array_equal(picture.pixels, expected)
    facts = picture.facts
    assert (facts.format, facts.width, facts.height) == (format_, expected.shape[1], expected.shape[0])
    assert (facts.frames, facts.orientation, facts.bytes) == (count, 1, len(data))
    said = [(warning.code, warning.detail) for warning in picture.warnings]
    assert said[0] == (WarningCode.NOT_IN_IMAGEDEDUP, "format")
    hashes = (PHASH, AHASH, DHASH, WHASH)
    ((_, result),) = Encoder(Options(hashes)).encode([(0, path)])
    assert list(result.encodings.values()) == imagededup_hashes(array=expected)
    assert read_preview(path).shape == expected.shape
    thumbnail = read_thumbnail(path, 32)
    assert max(thumbnail.shape[:2]) == 32
    if said == [(WarningCode.NOT_IN_IMAGEDEDUP, "format")]:  # nothing is transparent, or too bright
        assert np.array_equal(read_preview(path), expected)
        like = Image.fromarray(expected).resize(thumbnail.shape[1::-1], Image.Resampling.BOX)
        assert np.abs(np.asarray(like).astype(int) - thumbnail).mean() < 20


@pytest.mark.parametrize(("name", "data", "format_", "count"), FILES)
@pytest.mark.parametrize("share", [0.5, 0.97])
def test_a_file_that_is_cut_off_is_damaged(name, data, format_, count, share, tmp_path):
    path = written(tmp_path, name, data[: int(len(data) * share)])
    if format_ == "ICNS":
        path = written(tmp_path, name, data[: int(len(data) * share * 0.6)])  # its last parts are small ones
    for read in READS:
        failure = failure_of(path, read)
        assert failure.code is FailureCode.DAMAGED, sentence(failure)


def test_only_what_is_named_like_a_tga_is_one(tmp_path):
    data = saved(image(), "TGA")
    assert read_picture(written(tmp_path, "a.TGA", data)).facts.format == "TGA"
    assert failure_of(written(tmp_path, "a.txt", data)).code is FailureCode.NOT_AN_IMAGE
    assert failure_of(written(tmp_path, "a.jpg", data)).code is FailureCode.DAMAGED
    assert read_picture(written(tmp_path, "a.tga", saved(image(), "PNG"))).facts.format == "PNG"
    assert failure_of(written(tmp_path, "a.tga", b"words that are no header")).code is FailureCode.DAMAGED


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.txt", b"\n\5 a line's end and words" + bytes(200)),
        ("a.txt", b"\n\5\1\x08" + b"\xff" * 200),
        ("a.bin", b"\x01\xda" + b"\xff" * 100),
        ("a.bin", b"\0\0\1\0" + bytes(100)),
        ("about.txt", b"8BPS is how a PSD begins"),
    ],
)
def test_what_only_begins_like_one_is_none(name, words, tmp_path):
    assert failure_of(written(tmp_path, name, words)).code is not FailureCode.DAMAGED


PLAIN = image()
UNREAD = [
    ("a.psd", psd(PLAIN, bits=16), "16-bit PSD"),
    ("a.psd", psd(PLAIN, packed=2), "ZIP-compressed PSD"),
    ("a.psb", psd(PLAIN, version=2), "PSB"),
    ("a.psd", psd(PLAIN, merged=0), "Layers-only PSD"),  # Photoshop puts words or white in the picture's place
    ("a.dds", saved(PLAIN, "DDS", pixel_format="DXT1").replace(b"DXT1", b"DXT2"), "DDS (DXT2)"),
    ("a.tga", b"\0\0\2" + bytes(9) + struct.pack("<HHBB", 9, 9, 15, 0) + bytes(999), "15-bit TGA"),
    ("a.sgi", saved(PLAIN, "SGI").replace(b"\0\x03", b"\0\x05", 2).replace(b"\0\5", b"\0\3", 1), "5-channel SGI"),
    ("a.pcx", saved(image("L"), "PCX").replace(b"\n\5\1\x08", b"\n\5\1\4"), "4-bit PCX"),
    ("a.icns", icns_of(b"ICON", bytes(128)), "Old-style ICNS"),
]


@pytest.mark.parametrize(("name", "data", "kind"), UNREAD)
def test_a_kind_that_nobody_reads_is_named(name, data, kind, tmp_path):
    for read in READS:
        failure = failure_of(written(tmp_path, name, data), read)
        said = (FailureCode.UNSUPPORTED_FORMAT, f"{kind} files can't be read here.")
        assert (failure.code, sentence(failure)) == said


def test_a_file_whose_header_is_nonsense_is_damaged(tmp_path):
    dds = saved(PLAIN, "DDS", pixel_format="DXT1")
    for data in (patched(dds, 12, bytes(8)), dds[:100]):
        assert failure_of(written(tmp_path, "a.dds", data)).code is FailureCode.DAMAGED


def patched(data: bytes, place: int, values: bytes) -> bytes:
    return data[:place] + values + data[place + len(values) :]


SIDE = 20_000
HUGE_PNG = patched(saved(PLAIN, "PNG"), 8, chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)))
JP2, J2K = saved(PLAIN, "JPEG2000"), saved(PLAIN, "JPEG2000", no_jp2=True)
HUGE = [
    ("a.jp2", patched(JP2, JP2.index(b"ihdr") + 4, struct.pack(">II", SIDE, SIDE))),
    ("a.j2k", patched(J2K, 8, struct.pack(">II", SIDE, SIDE))),
    ("a.psd", patched(psd(PLAIN), 14, struct.pack(">II", SIDE, SIDE))),
    ("a.dds", patched(saved(PLAIN, "DDS"), 12, struct.pack("<II", SIDE, SIDE))),
    ("a.qoi", patched(saved(PLAIN, "QOI"), 4, struct.pack(">II", SIDE, SIDE))),
    ("a.sgi", patched(saved(PLAIN, "SGI"), 6, struct.pack(">HH", SIDE, SIDE))),
    ("a.pcx", patched(saved(PLAIN, "PCX"), 8, struct.pack("<HH", SIDE - 1, SIDE - 1))),
    ("a.tga", patched(saved(PLAIN, "TGA"), 12, struct.pack("<HH", SIDE, SIDE))),
    ("a.icns", icns_of(b"ic10", HUGE_PNG)),
    ("a.ico", b"\0\0\1\0\1\0" + bytes(6) + struct.pack("<HII", 32, len(HUGE_PNG), 22) + HUGE_PNG),
]


@pytest.mark.parametrize(("name", "data"), HUGE)
def test_one_of_too_many_pixels_is_refused_with_the_numbers_before_it_is_decoded(name, data, tmp_path, monkeypatch):
    claimed = []
    monkeypatch.setattr(Share, "claim", lambda _, size: claimed.append(size))
    for read in READS:
        said = sentence(failure_of(written(tmp_path, name, data), read))
        assert said == "The picture is too large: 400 megapixels, where 178 are the limit."
    assert sum(claimed) < 1 << 20


def test_the_largest_picture_of_an_icon_counts_whatever_its_directory_says(tmp_path):
    large, small = saved(image(size=(300, 280)), "PNG"), saved(image(size=(256, 256)), "PNG")
    entries = [struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(small), 38)]
    entries += [struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(large), 38 + len(small))]
    path = written(tmp_path, "a.ico", b"\0\0\1\0\2\0" + b"".join(entries) + small + large)

    picture = read_picture(path)

    assert (picture.facts.width, picture.facts.height, picture.facts.frames) == (300, 280, 2)
    assert np.array_equal(picture.pixels, photo(300, 280))


def test_a_jpeg_2000_is_read_in_a_process_of_its_own_and_small_ones_at_part_of_their_size(tmp_path, monkeypatch):
    """Its decoder holds the interpreter's lock."""
    asked, sizes = [], []
    monkeypatch.setattr(GUARD, "_ask", lambda *given, ask=GUARD._ask: asked.append(given[0]) or ask(*given))
    path = written(tmp_path, "a.jp2", saved(image(size=(400, 300)), "JPEG2000"))

    assert np.array_equal(read_picture(path).pixels, photo(400, 300))
    thumbnail = read_thumbnail(path, 50)

    assert thumbnail.shape == (38, 50, 3)
    assert asked == [rare_formats.APART] * 2
    data = Path(path).read_bytes()
    assert rare_formats._halvings(data) >= 2
    monkeypatch.setattr(rare_formats, "show_image", lambda image, *_: sizes.append(image.size))
    rare_formats.show_long(data, 50, Share(None, lambda: False))
    assert sizes == [(100, 75)]


def test_the_memory_of_what_is_read_apart_is_claimed_before(tmp_path, monkeypatch):
    claimed = []
    monkeypatch.setattr(Share, "claim", lambda _, size: claimed.append(size))
    for name, format_ in (("a.jp2", "JPEG2000"), ("a.qoi", "QOI")):
        claimed.clear()
        read_picture(written(tmp_path, name, saved(PLAIN, format_)))
        assert sum(claimed) > PLAIN.width * PLAIN.height * 10


def test_the_api_has_keys_for_all_of_them(tmp_path):
    for number, (name, data, _, _) in enumerate(FILES[::5]):
        written(tmp_path, f"{number}{name}", data)
    encodings = PHash().encode_images(image_dir=tmp_path)
    assert len(encodings) == len(FILES[::5])
    assert set(map(len, encodings.values())) == {16}
