"""Camera RAW: the picture in the file where it is large enough, else a development; as stored; never half of it."""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import raw_pictures, reader
from imgenc_gui.core.formats.budget import UNBOUNDED
from imgenc_gui.core.formats.camera_raw import GUARDED, RAW
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reader import MAX_PIXELS, LongError
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail, upright
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import never
from tests import raw_files
from tests.pictures import HASHES, imagededup_hashes, photo
from tests.raw_files import (
    LONG,
    SHORT,
    Directory,
    cr2,
    cr3,
    dng,
    jpeg,
    linear_sensor,
    lossless_jpeg,
    mosaic,
    nef,
    pef,
    raf,
    sensor,
)

SCENE = np.asarray(Image.fromarray(photo(20, 15)).resize((320, 240), Image.Resampling.BICUBIC))
TOO_EARLY = ImageFailure(FailureCode.DAMAGED, "", ("it ends too early",))

pytest.importorskip("rawpy", reason="no wheel for this system")


@pytest.fixture
def written(tmp_path):
    def write(data, name="a.dng"):
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return write


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def difference(pixels, others):
    return np.abs(pixels.astype(int) - others).mean()


def told(picture):
    (warning,) = picture.warnings
    assert warning.code is WarningCode.NOT_IN_IMAGEDEDUP
    return warning.detail, sentence(warning)


def failure_of(path):
    with pytest.raises(ReadError) as caught:
        read_picture(path)
    return caught.value.failure


def test_the_picture_in_the_file_is_encoded(written, capfd):
    path = written(nef(SCENE, SCENE, orientation=6), "a.tif")
    imported = "rawpy" in sys.modules

    picture = read_picture(path)

    assert (picture.pixels == decoded(jpeg(SCENE))).all()
    facts = picture.facts
    assert (facts.format, facts.width, facts.height, facts.orientation) == ("NEF", 320, 240, 6)
    assert str(facts.taken) == "2024-05-06 07:08:09"
    assert told(picture) == (
        "raw-preview",
        "Imagededup can't read camera RAW. Encoded is the picture that the camera put into the file, 320 × 240.",  # noqa: RUF001
    )
    methods = tuple(METHODS[name.lower()] for name in HASHES)
    ((_, result),) = Encoder(Options(methods)).encode([(0, path)])
    assert [result.encodings[method] for method in methods] == imagededup_hashes(array=decoded(jpeg(SCENE)))
    assert ("rawpy" in sys.modules) == imported  # LibRaw may crash: it is in the child alone
    assert capfd.readouterr() == ("", "")


def test_without_a_date_there_is_none(written):
    """LibRaw tells the beginning of its time then."""
    data = nef(SCENE, SCENE).replace(b"2024:05:06 07:08:09", bytes(19))
    assert read_picture(written(data)).facts.taken is None


@pytest.mark.parametrize("make", [dng, nef])
def test_without_a_picture_in_it_the_file_is_developed_at_half_its_size(make, written):
    first, second = (read_picture(written(make(SCENE))) for _ in range(2))

    assert first.pixels.shape == (120, 160, 3)
    assert (first.facts.width, first.facts.height) == (320, 240)
    assert told(first) == (
        "raw-developed",
        "Imagededup can't read camera RAW. The file holds no large picture: encoded is a plain development, 160 × 120.",  # noqa: RUF001
    )
    assert (first.pixels == second.pixels).all()
    assert first.pixels.std() > 30
    if make is dng:  # which tells what its colours are
        assert difference(first.pixels, np.asarray(Image.fromarray(SCENE).reduce(2))) < 6


@pytest.mark.parametrize(
    ("width", "height", "how"),
    [(160, 120, "raw-preview"), (159, 120, "raw-developed"), (320, 119, "raw-developed"), (400, 300, "raw-preview")],
)
def test_a_picture_in_the_file_counts_from_half_the_size(width, height, how, written):
    shown = np.asarray(Image.fromarray(SCENE).resize((width, height)))
    picture = read_picture(written(dng(SCENE, shown)))
    assert told(picture)[0] == how
    assert picture.pixels.shape[:2] == ((height, width) if how == "raw-preview" else (120, 160))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("shown", [None, SCENE])
def test_it_is_encoded_as_stored_and_shown_upright(orientation, shown, written):
    path = written(dng(SCENE, shown, orientation))
    wanted = Image.fromarray(upright(SCENE, orientation))

    picture = read_picture(path)
    thumbnail = read_thumbnail(path, 64)

    assert picture.facts.orientation == orientation
    assert picture.pixels.shape[0] < picture.pixels.shape[1]
    assert max(thumbnail.shape) == 64
    assert difference(thumbnail, np.asarray(wanted.resize(thumbnail.shape[1::-1]))) < 12
    preview = read_preview(path)
    assert difference(preview, np.asarray(wanted.resize(preview.shape[1::-1]))) < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [dng, nef])
def test_a_picture_that_the_camera_put_there_upright_is_turned_back(make, orientation, written):
    """Which its shape tells, or its own orientation, if it has one."""
    turned = np.ascontiguousarray(upright(SCENE, orientation))
    path = written(make(SCENE, turned, orientation, exif=oriented(1)))
    assert difference(read_picture(path).pixels, SCENE) < 4
    assert difference(read_preview(path), turned) < 4
    path = written(make(SCENE, SCENE, orientation, exif=oriented(orientation)))
    assert difference(read_picture(path).pixels, SCENE) < 4
    assert difference(read_preview(path), turned) < 4


@pytest.mark.parametrize("orientation", [6, 8])
def test_its_shape_tells_where_it_has_no_orientation(orientation, written):
    turned = np.ascontiguousarray(upright(SCENE, orientation))
    assert difference(read_picture(written(nef(SCENE, turned, orientation))).pixels, SCENE) < 4


def oriented(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def test_a_thumbnail_needs_no_development_where_the_file_has_a_small_picture(written):
    data = dng(SCENE, np.ascontiguousarray(255 - SCENE[::4, ::4]))  # as negative, to know it
    path = written(data)
    assert difference(read_thumbnail(path, 64), 255 - np.asarray(Image.fromarray(SCENE).resize((64, 48)))) < 12
    assert difference(read_preview(path), np.asarray(Image.fromarray(SCENE).reduce(2))) < 6


@pytest.mark.parametrize("colours", [1, 3])
def test_data_with_all_colours_at_each_place_are_developed_whole(colours, written):
    scene = SCENE[..., :colours]
    picture = read_picture(written(dng(scene, data=linear_sensor(scene))))
    assert picture.pixels.shape == (240, 320, 3)
    assert difference(picture.pixels, np.broadcast_to(scene, SCENE.shape)) < 6


@pytest.mark.parametrize("part", [0.9999, 0.97, 0.8, 0.5, 0.2, 0.05])
@pytest.mark.parametrize("shown", [None, SCENE])
def test_what_is_cut_short_is_refused_or_whole(part, shown, written):
    whole = dng(SCENE, shown)
    cut = whole[: int(part * len(whole))]
    raw_ends = whole.index(sensor(SCENE).strip) + len(sensor(SCENE).strip)
    preview_ends = raw_ends if shown is None else whole.index(jpeg(shown)) + len(jpeg(shown))
    if len(cut) >= preview_ends:
        assert (read_picture(written(cut)).pixels == read_picture(written(whole)).pixels).all()
    else:
        assert failure_of(written(cut)).code is FailureCode.DAMAGED


def test_a_file_that_is_cut_behind_the_picture_in_it_is_refused(written):
    whole = dng(SCENE, SCENE, shown_first=True)
    assert told(read_picture(written(whole)))[0] == "raw-preview"
    assert failure_of(written(whole[: int(0.9 * len(whole))])).code is FailureCode.DAMAGED


@pytest.mark.parametrize("orientation", [0, 1, 2, 3, 4, 5, 6, 7, 8])
def test_a_dng_says_itself_what_libraw_says_of_it(orientation):
    """So that its picture is decoded here, and LibRaw isn't asked."""
    raw = sensor(SCENE)
    raw.tags[50829] = (LONG, [2, 4, 238, 320])  # what is visible
    here = same_as_libraw(dng(SCENE, SCENE, orientation, data=raw))
    assert (here.width, here.height, here.orientation) == (316, 236, max(1, orientation))


@pytest.mark.parametrize("orientation", [0, 1, 3, 6, 8])
@pytest.mark.parametrize("maker", ["NIKON CORPORATION", "SONY", "SAMSUNG", "PENTAX"])
def test_so_do_the_files_of_many_cameras(maker, orientation):
    shown = np.ascontiguousarray(SCENE[:200])
    is_pentax = maker == "PENTAX"
    here = same_as_libraw(pef(SCENE, shown, orientation) if is_pentax else nef(SCENE, shown, orientation, maker))
    assert (here.width, here.height, here.orientation) == (320, 240, max(1, orientation))
    assert here.pixels.shape == (200, 320, 3)


@pytest.mark.parametrize("orientation", [1, 6])
def test_canons_have_the_picture_first(orientation):
    shown = np.ascontiguousarray(SCENE[:200])
    here = RAW.read(cr2(SCENE, shown, orientation), Scratch(), UNBOUNDED.share())
    assert (here.pixels == decoded(jpeg(shown))).all()
    assert (here.format, here.width, here.height, here.orientation) == ("CR2", 320, 240, orientation)
    assert told(here)[0] == "raw-preview"
    assert here.taken


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("kind", ["CR3", "RAF"])
def test_canons_of_today_and_fujis_say_where_the_picture_is(kind, orientation, written):
    shown = np.ascontiguousarray(SCENE[:230])
    exif = Image.Exif()
    exif[274] = orientation
    data = cr3((320, 240), shown, orientation) if kind == "CR3" else raf((320, 240), shown, exif=exif)
    here = RAW.read(data, Scratch(), UNBOUNDED.share())
    assert (here.pixels == decoded(jpeg(shown))).all()
    assert (here.format, here.width, here.height, here.orientation) == (kind, 320, 240, orientation)
    assert told(here)[0] == "raw-preview"
    assert bool(here.taken) is (kind == "CR3")  # the other's is in the picture, as its orientation is
    for end in range(0, len(data) - 8, 1 + len(data) // 500):  # what is cut short isn't read here
        with pytest.raises(LongError):
            RAW.read(data[:end], Scratch(), UNBOUNDED.share())


def test_what_looks_odd_in_them_is_left_to_libraw():
    """Sensors that are turned have half the rows; films for screens of many tones are HEIC."""
    for odd in (raf((320, 120), SCENE), raf((640, 481), SCENE[:, :200]), cr3((320, 240), SCENE, kind=b"HEVC")):
        with pytest.raises(LongError):
            RAW.read(odd, Scratch(), UNBOUNDED.share())


def test_so_is_what_is_told_wrongly():
    """An area that lacks a side, and a picture that is told to begin before the file does."""
    raw = sensor(SCENE)
    raw.tags |= {50829: (LONG, [2, 2, 238])}
    picture = jpeg(SCENE)
    before = pef(SCENE, SCENE).replace(struct.pack(">HHL", 513, 4, 1), struct.pack(">HHL", 513, 9, 1))
    place = before.index(struct.pack(">HHL", 513, 9, 1)) + 8
    before = before[:place] + struct.pack(">l", -len(picture) - 4) + before[place + 4 :] + picture + bytes(4)
    for odd in (dng(SCENE, SCENE, data=raw), before):
        with pytest.raises(LongError):
            RAW.read(odd, Scratch(), UNBOUNDED.share())


def test_of_a_film_with_many_tracks_nothing_is_told_for_no_stop_is_looked_at():
    data, track = cr3((320, 240), SCENE), struct.pack(">L4s", 8, b"trak")
    place, behind = data.index(b"moov") - 4, data.index(b"trak") - 4
    (length,) = struct.unpack_from(">L", data, place)
    (start,) = struct.unpack_from(">Q", data, data.index(b"co64") + 12)

    def among(others):
        longer = data[:place] + struct.pack(">L", length + 8 * others) + data[place + 4 : behind]
        tracks = data[behind:].replace(struct.pack(">Q", start), struct.pack(">Q", start + 8 * others), 1)
        return raw_pictures.told(longer + others * track + tracks)

    assert among(4).picture == jpeg(SCENE)
    assert among(1000) is None


def test_the_memory_of_what_is_taken_out_of_a_file_is_claimed():
    noise = np.random.default_rng(1).integers(0, 256, (800, 1000, 3), np.uint8)
    size = len(jpeg(noise, quality=100))
    assert size > 1 << 20  # less needn't be claimed
    share = UNBOUNDED.share()
    RAW.read(nef(noise, noise, quality=100), Scratch(), share)
    assert share.size >= noise.nbytes + size


def test_however_long_canons_directories_are_they_take_no_memory(monkeypatch):
    monkeypatch.setattr(raw_files, "tiff", lambda first, whole=raw_files.tiff: whole(first) + bytes(8 << 20))
    data = cr3((320, 240), SCENE)
    tracemalloc.start()
    assert raw_pictures.told(data).picture == jpeg(SCENE)
    assert raw_pictures.taken(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def same_as_libraw(data):
    """What is read here, without a child."""
    here = RAW.read(data, Scratch(), UNBOUNDED.share())
    there = GUARD.read(GUARDED, data, Scratch(), never)
    assert (here.pixels == there.pixels).all()
    assert replace(here, pixels=None) == replace(there, pixels=None)
    return here


@pytest.mark.parametrize("make", [pef, cr2])
def test_a_small_or_a_missing_picture_is_left_to_libraw(make):
    small = np.ascontiguousarray(SCENE[:100, :150])
    whole = make(SCENE, SCENE)
    start, length = whole.index(jpeg(SCENE)), len(jpeg(SCENE))
    for data in (make(SCENE, small), whole[:start] + bytes(length) + whole[start + length :], whole[: start + 100]):
        with pytest.raises(LongError):
            RAW.read(data, Scratch(), UNBOUNDED.share())


def test_a_picture_in_the_file_that_is_cut_short_is_refused(written):
    shown = photo(320, 240)
    whole = dng(SCENE, shown)
    end = whole.index(jpeg(shown)) + len(jpeg(shown))
    for missing in (1, 100, 10_000):
        assert failure_of(written(whole[: end - missing])).code is FailureCode.DAMAGED


def tiled(pixels, tiles):
    """Sensor data in tiles of which only the first ones are there: LibRaw takes nothing for black."""
    raw = sensor(pixels)
    del raw.tags[278]
    raw.tags |= {322: (LONG, [pixels.shape[1]]), 323: (LONG, [16])}
    raw.strip_tags = (324, 325)
    raw.strip = raw.strip[: len(raw.strip) * tiles // 15]
    return raw


def test_sensor_data_that_are_not_all_there_are_refused(written):
    assert failure_of(written(dng(SCENE, data=tiled(SCENE, 1)))).code is FailureCode.DAMAGED


def test_compressed_sensor_data_are_developed_and_refused_where_they_end_in_nothing(written):
    """As after a transfer that broke off: the file has its length, and zeros. LibRaw goes on with what it has."""
    scene = np.ascontiguousarray(SCENE[::4, ::4])
    raw = sensor(scene)
    raw.tags[259], raw.strip = (SHORT, [7]), lossless_jpeg(mosaic(scene))
    whole = dng(scene, data=raw)
    assert (read_picture(written(whole)).pixels == read_picture(written(dng(scene))).pixels).all()
    end = whole.index(raw.strip) + len(raw.strip)
    for missing in (40, 4000, len(raw.strip)):
        broken = whole[: end - missing] + bytes(missing) + whole[end:]
        assert failure_of(written(broken)).code is FailureCode.DAMAGED


def with_zeros(data, rows):
    """The same with sensor data of so many rows, and nothing behind."""
    strip = sensor(SCENE, "<" if data.startswith(b"II") else ">").strip
    start = data.index(strip) + rows * 640
    end = data.index(strip) + len(strip)
    return data[:start] + bytes(end - start) + data[end:]


@pytest.mark.parametrize(("make", "rows"), [(dng, 0), (dng, 200), (dng, 230), (dng, 238), (nef, 0), (nef, 200)])
def test_a_black_result_is_refused(make, rows, written):
    assert failure_of(written(with_zeros(make(SCENE), rows))) == TOO_EARLY


def test_a_dark_edge_is_no_damage(written):
    """Sensors see more than nothing in the dark, but where nothing is their black."""
    dark = SCENE.copy()
    dark[120:] = 0
    assert told(read_picture(written(dng(dark))))[0] == "raw-developed"
    black_is_zero = dng(SCENE).replace(struct.pack("<HHLL", 50714, SHORT, 1, 500), struct.pack("<HHLL", 50714, 3, 1, 0))
    assert black_is_zero != dng(SCENE)
    assert told(read_picture(written(with_zeros(black_is_zero, 230))))[0] == "raw-developed"


@pytest.mark.parametrize(("kept", "reason"), [(0, "it ends too early"), (None, "the picture in it can't be opened")])
def test_a_picture_that_a_dng_promises_must_be_there(kept, reason, written):
    whole = dng(SCENE, SCENE)
    start, length = whole.index(jpeg(SCENE)), len(jpeg(SCENE))
    broken = whole[:start] if kept == 0 else whole[:start] + bytes(length) + whole[start + length :]
    assert failure_of(written(broken)) == ImageFailure(FailureCode.DAMAGED, "", (reason,))


@pytest.mark.parametrize("part", [0.5, 0.05])
def test_a_file_that_libraw_reads_to_its_end_is_cut_short(part, written):
    """It speaks of input and output, as if a disk were at fault."""
    whole = nef(SCENE)
    assert failure_of(written(whole[: int(part * len(whole))])) == TOO_EARLY


def test_a_kind_that_libraw_cannot_read_is_unsupported(written):
    raw = sensor(SCENE)
    raw.tags[259] = (SHORT, [52546])  # JPEG XL
    failure = failure_of(written(dng(SCENE, data=raw)))
    assert failure.code is FailureCode.UNSUPPORTED_FORMAT
    assert sentence(failure) == "This kind of DNG file can't be read here, or it isn't all there."
    assert told(read_picture(written(dng(SCENE, SCENE, data=raw))))[0] == "raw-preview"


def test_directories_that_lie_far_behind_are_found(written):
    """As those of Sony's cameras: the first 64 KB alone say that it is a TIFF."""
    for gap in (5000, 140_000):
        assert read_picture(written(nef(SCENE, SCENE, gap=gap), "a.arw")).facts.format == "NEF"


def test_without_the_library_there_is_a_sentence(written, monkeypatch):
    monkeypatch.setattr(reader, "_is_there", lambda module: module != "rawpy")
    failure = failure_of(written(nef(SCENE, SCENE)))
    assert failure.code is FailureCode.UNSUPPORTED_FORMAT
    assert (
        sentence(failure) == "Camera RAW files need the package rawpy, which is missing. Install it, or imgenc again."
    )


def test_memory_is_claimed_by_what_the_file_says_of_its_size():
    def claimed(*size, colours=1):
        raw = Directory({256: (LONG, [size[0]]), 257: (LONG, [size[1]]), 277: (SHORT, [colours]), 259: (SHORT, [1])})
        raw.tags[262] = (SHORT, [32803 if colours == 1 else 34892])
        with pytest.raises(LongError) as caught:
            RAW.read(dng(SCENE, data=raw), None, UNBOUNDED.share())
        return caught.value.size

    assert 7 * 24_000_000 < claimed(6000, 4000) < 20 * 24_000_000
    assert claimed(6000, 4000, colours=3) > 20 * 24_000_000  # LibRaw doesn't halve them
    assert claimed(2**32 - 1, 2**32 - 1) < 20 * MAX_PIXELS


def test_more_pixels_than_are_read_are_refused_with_the_numbers(written):
    raw = sensor(SCENE)
    raw.tags |= {256: (LONG, [30_000]), 257: (LONG, [20_000])}
    failure = failure_of(written(dng(SCENE, data=raw)))
    assert sentence(failure) == "The picture is too large: 600 megapixels, where 178 are the limit."
