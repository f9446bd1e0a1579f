"""Reading pictures: facts and warnings for what can be read, a code and a plain sentence for what can't."""

from __future__ import annotations

import os
import random
import socket
import struct
import zlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, TiffTags

from imgenc_gui.core.formats import pillow_formats, reading
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail, upright
from imgenc_gui.core.listing import identity
from imgenc_gui.core.records.results import FailureCode, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from tests.core.formats.files import chunk
from tests.heic import needs_heic
from tests.pictures import photo


def save(folder: Path, name: str, image: Image.Image, **options) -> str:
    path = folder / name
    image.save(path, **options)
    return str(path)


def code_of(path) -> FailureCode:
    with pytest.raises(ReadError) as caught:
        read_picture(str(path))
    assert sentence(caught.value.failure).endswith(".")
    return caught.value.failure.code


def test_facts(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    path = save(tmp_path, "a.jpg", Image.fromarray(photo(64, 48)), exif=exif)
    os.utime(path, ns=(1000, 1_600_000_000_500_000_100))

    facts = read_picture(path).facts

    assert (facts.format, facts.width, facts.height, facts.frames) == ("JPEG", 64, 48, 1)
    assert facts.bytes == Path(path).stat().st_size
    assert facts.mtime_ns == 1_600_000_000_500_000_100
    assert facts.orientation == 6
    assert facts.digest == xxhash.xxh3_128(Path(path).read_bytes()).hexdigest()


def _exif(taken):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    return exif


@pytest.mark.parametrize("name", ["a.jpg", "grey.jpg", "a.png", "a.webp", "a.tif"])
def test_when_a_picture_was_taken_is_known(name, tmp_path):
    image = Image.fromarray(photo(64, 48)[..., 0] if name.startswith("grey") else photo(64, 48))
    options = {"exif": _exif("2019:07:03 14:22:10")}
    if name.endswith(".tif"):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal.value: "2019:07:03 14:22:10"}
        options = {"tiffinfo": tags}
    facts = read_picture(save(tmp_path, name, image, **options)).facts
    assert facts.taken == datetime(2019, 7, 3, 14, 22, 10)  # noqa: DTZ001 - the camera's clock


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "", None])
def test_a_picture_without_a_date_that_is_one_has_none(taken, tmp_path):
    image = Image.fromarray(photo(64, 48))
    path = save(tmp_path, "a.jpg", image, **({} if taken is None else {"exif": _exif(taken)}))
    assert read_picture(path).facts.taken is None


def test_a_date_behind_the_pixels_is_found(tmp_path):
    path = Path(save(tmp_path, "a.png", Image.fromarray(photo(64, 48)), exif=_exif("2019:07:03 14:22:10")))
    data = path.read_bytes()
    first, end = data.index(b"eXIf") - 4, data.index(b"IDAT") - 4
    path.write_bytes(data[:first] + data[end:-12] + data[first:end] + data[-12:])
    assert read_picture(str(path)).facts.taken == datetime(2019, 7, 3, 14, 22, 10)  # noqa: DTZ001


def test_a_date_that_no_file_has_room_for_is_none(tmp_path):
    path = Path(save(tmp_path, "a.jpg", Image.fromarray(photo(64, 48)), exif=_far_away()))
    assert read_picture(str(path)).facts.taken is None


def _far_away():
    """EXIF data whose second part is said to begin at the highest number of 64 bits."""
    entry = struct.pack("<HHLL", ExifTags.IFD.Exif, TiffTags.LONG8, 1, 26)
    return b"Exif\0\0II*\0" + struct.pack("<LH", 8, 1) + entry + bytes(4) + b"\xff" * 8


def test_a_failure_says_which_file_it_is_of_where_it_lies_in_the_file(tmp_path):
    damaged = tmp_path / "a.jpg"
    damaged.write_bytes(b"no picture")
    with pytest.raises(ReadError) as caught:
        read_picture(str(damaged))
    assert caught.value.file == identity(str(damaged))
    with pytest.raises(ReadError) as caught:
        read_picture(str(tmp_path / "gone.jpg"))
    assert caught.value.file is None


def test_a_file_that_is_written_to_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    """Its first half would be of one picture, the second of another."""
    path = save(tmp_path, "a.bmp", Image.fromarray(photo(64, 48)))
    last = Path(path).read_bytes()[:-3000] + bytes(3000)
    stats = iter([os.stat(path)])

    def fstat(number, fstat=os.fstat):
        status = next(stats, None)
        if status is None:
            return fstat(number)
        Path(path).write_bytes(last)  # between the first look and the end of reading
        os.utime(path, ns=(1, 1))
        return status

    monkeypatch.setattr(reading.os, "fstat", fstat)
    facts = read_picture(path).facts
    assert facts.file == identity(path)
    assert facts.digest == xxhash.xxh3_128(last).hexdigest()


@pytest.mark.parametrize(
    ("format_", "name"),
    [("JPEG", "a.png"), ("PNG", "a.jpg"), ("BMP", "a.gif"), ("TIFF", "a"), ("GIF", "a.txt"), ("WEBP", "a.bmp")],
)
def test_the_content_decides_the_format(format_, name, tmp_path):
    path = save(tmp_path, name, Image.fromarray(photo(20, 20)), format=format_)

    assert read_picture(path).facts.format == format_


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("notes.txt", b"some words about photos", FailureCode.NOT_AN_IMAGE),
        ("film.mov", b"\0\0\0\x14ftypqt  " + bytes(100), FailureCode.UNSUPPORTED_FORMAT),
        ("a.jpg", b"some words", FailureCode.DAMAGED),
        ("a.jif", b"some words", FailureCode.DAMAGED),
        ("a.JFI", b"some words", FailureCode.DAMAGED),
        ("a.png", b"\x89PNG\r\n\x1a\nrubbish", FailureCode.DAMAGED),
        ("a.jpg", b"", FailureCode.EMPTY),
        pytest.param("a.heic", b"\0\0\0\x18ftypheic" + bytes(100), FailureCode.DAMAGED, marks=needs_heic),
        ("a.avif", b"\0\0\0\x18ftypavif" + bytes(100), FailureCode.DAMAGED),
        ("a.RW2", b"IIU\0" + bytes(100), FailureCode.UNSUPPORTED_FORMAT),
        ("a.tga", bytes(100), FailureCode.DAMAGED),
        ("nameless", b"\xff\xd8\xff" + bytes(100), FailureCode.NOT_AN_IMAGE),
        ("a.jpg", b"\xff\xd8\xff" + bytes(100), FailureCode.DAMAGED),
        ("about.txt", b"GIF89a is a format", FailureCode.NOT_AN_IMAGE),
        ("cars.txt", b"BMW, the car maker, and others", FailureCode.NOT_AN_IMAGE),
        ("p.txt", b"P3 meeting notes", FailureCode.NOT_AN_IMAGE),
        ("a.psd", b"8BPS\0\1" + bytes(100), FailureCode.DAMAGED),
        ("a.ico", b"\0\0\1\0\1\0" + bytes(100), FailureCode.DAMAGED),
    ],
)
def test_what_is_no_picture_has_a_code(name, content, code, tmp_path):
    (tmp_path / name).write_bytes(content)

    assert code_of(tmp_path / name) == code


@pytest.mark.parametrize(("usual", "swapped"), [(b"II*\0", b"II\0*"), (b"MM\0*", b"MM*\0")])
def test_tiff_with_a_swapped_signature(usual, swapped, tmp_path):
    path = Path(save(tmp_path, "a.tif", Image.fromarray(photo(30, 20)), big_tiff=False))
    if usual == b"MM\0*":
        path.write_bytes(_big_endian_tiff())
    data = path.read_bytes()
    assert data.startswith(usual)
    path.write_bytes(swapped + data[4:])

    assert read_picture(str(path)).facts.format == "TIFF"


def _big_endian_tiff() -> bytes:
    """A grey picture of 4 x 1 pixels."""
    entries = [(256, 3, 4), (257, 3, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 110), (278, 3, 1), (279, 4, 4)]
    directory = len(entries).to_bytes(2)
    for tag, kind, value in entries:
        directory += tag.to_bytes(2) + kind.to_bytes(2) + (1).to_bytes(4)
        directory += value.to_bytes(2) + b"\0\0" if kind == 3 else value.to_bytes(4)
    return b"MM\0*" + (8).to_bytes(4) + directory + bytes(4) + bytes(4)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_turned_tiff_that_imagededup_shears_is_marked(mode, compression, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    image = Image.fromarray(photo(60, 40)).convert(mode)
    path = save(tmp_path, "a.tif", image, compression=compression, exif=exif)

    picture = read_picture(path)

    assert picture.pixels.shape == (60, 40, 3)  # Pillow turns TIFF by itself
    assert np.array_equal(picture.pixels, np.rot90(np.asarray(image.convert("RGB")), -1))
    shorn = mode == "L" and compression == "raw"
    assert [warning.code for warning in picture.warnings] == ([WarningCode.NOT_IN_IMAGEDEDUP] if shorn else [])


def test_transparent_colour_of_an_rgb_png(tmp_path):
    image = Image.fromarray(photo(20, 20))
    path = save(tmp_path, "a.png", image, transparency=image.getpixel((0, 0)))

    assert [warning.code for warning in read_picture(path).warnings] == [WarningCode.HIDDEN_TRANSPARENCY]


def test_missing_file_folder_and_pipe(tmp_path):
    assert code_of(tmp_path / "nothing.jpg") == FailureCode.GONE
    assert code_of(tmp_path) == FailureCode.NOT_AN_IMAGE
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        assert code_of(tmp_path / "pipe.jpg") == FailureCode.NOT_AN_IMAGE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.timeout(60)
def test_a_pipe_that_took_a_files_place_a_moment_ago_is_not_waited_for(tmp_path, monkeypatch):
    """It was a file when it was listed, and when it was looked at last."""
    os.mkfifo(tmp_path / "a.jpg")
    file = os.stat(save(tmp_path, "b.jpg", Image.fromarray(photo(9, 9))))
    monkeypatch.setattr(os, "stat", lambda *_, **__: file)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    assert code_of(tmp_path / "a.jpg") == FailureCode.NOT_AN_IMAGE
    assert not before or len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_sockets_and_devices_are_no_pictures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's address is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("b.png")
        assert code_of(tmp_path / "b.png") == FailureCode.NOT_AN_IMAGE
    (tmp_path / "c.gif").symlink_to("/dev/zero")
    assert code_of(tmp_path / "c.gif") == FailureCode.NOT_AN_IMAGE


def test_a_file_that_never_stops_growing_is_read_twice_at_most(tmp_path, monkeypatch):
    path = save(tmp_path, "a.bmp", Image.fromarray(photo(64, 48)))
    looks = []

    def fstat(number, fstat=os.fstat):
        looks.append(number)
        with open(path, "ab") as file:
            file.write(b"more")
        return fstat(number)

    monkeypatch.setattr(reading.os, "fstat", fstat)
    assert read_picture(path).pixels.shape == (48, 64, 3)
    assert len(looks) <= 4


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(13, "Permission denied"), FailureCode.NO_PERMISSION),
        (OSError(5, "Input/output error"), FailureCode.UNREADABLE),
    ],
)
def test_errors_of_the_disk(error, code, tmp_path, monkeypatch):
    path = save(tmp_path, "a.png", Image.fromarray(photo(20, 20)))

    def refuse(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("os.open", refuse)
    assert code_of(path) == code


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "PPM"])
def test_truncated_pictures_are_damaged(format_, tmp_path):
    path = Path(save(tmp_path, "a.img", Image.fromarray(photo(200, 150)), format=format_))
    whole = path.read_bytes()
    path = path.with_suffix(".jpg")
    path.write_bytes(whole[: len(whole) // 2])

    assert code_of(path) == FailureCode.DAMAGED


@pytest.mark.parametrize(("side", "told"), [(20_000, 400), (13_379, 179)])
def test_too_many_pixels_are_refused_before_they_are_decoded(side, told, tmp_path):
    header = side.to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(png)

    with pytest.raises(ReadError) as caught:
        read_picture(str(tmp_path / "a.png"))
    assert caught.value.failure.code == FailureCode.TOO_LARGE
    said = f"The picture is too large: {told} megapixels, where 178 are the limit."
    assert sentence(caught.value.failure) == said


def test_a_file_that_is_too_large_is_refused_with_the_numbers(tmp_path):
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate((2 << 30) + 1)  # takes no room
    with pytest.raises(ReadError) as caught:
        read_picture(str(path))
    assert sentence(caught.value.failure) == "The file is too large: 2.2 GB, where 2.1 are the limit."


def test_no_memory(tmp_path, monkeypatch):
    path = save(tmp_path, "a.png", Image.fromarray(photo(20, 20)))

    def refuse(*_args):
        raise MemoryError

    monkeypatch.setattr(pillow_formats, "rgb_pixels", refuse)
    assert code_of(path) == FailureCode.OUT_OF_MEMORY


@settings(max_examples=150)
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "PPM"]),
    st.integers(0, 2**32),
    st.integers(1, 12),
)
def test_damaged_bytes_give_a_picture_or_a_read_error(tmp_path_factory, format_, seed, hits):
    path = tmp_path_factory.getbasetemp() / f"fuzz.{format_.lower()}"
    Image.fromarray(photo(40, 30)).save(path, format_)
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for _ in range(hits):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)

    try:
        picture = read_picture(str(path))
    except ReadError:
        return
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.ndim == 3


def test_transparency_is_warned_of_only_where_it_hides_something(tmp_path):
    clear = Image.fromarray(photo(20, 20)).convert("RGBA")
    opaque = save(tmp_path, "opaque.png", clear)
    clear.putpixel((3, 3), (1, 2, 3, 0))
    hiding = save(tmp_path, "hiding.png", clear)

    assert read_picture(opaque).warnings == ()
    assert [warning.code for warning in read_picture(hiding).warnings] == [WarningCode.HIDDEN_TRANSPARENCY]


@pytest.mark.parametrize(("highest", "codes"), [(255, []), (256, [WarningCode.CLIPPED_16_BIT])])
@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<i4"])
def test_clipping_of_16_bits(highest, codes, dtype, tmp_path):
    values = np.full((10, 10), highest).astype(dtype)
    path = save(tmp_path, "a.tif", Image.fromarray(values))

    assert [warning.code for warning in read_picture(path).warnings] == codes


def pfm(values):
    """A picture of floating-point numbers as Pillow's PPM reader takes it."""
    height, width = values.shape
    return f"Pf\n{width} {height}\n-1.0\n".encode() + values[::-1].astype("<f4").tobytes()


@pytest.mark.parametrize(
    ("lowest", "highest", "codes"),
    [
        (0, 1, [WarningCode.CUT_TO_BLACK]),
        (-0.5, 4, [WarningCode.CUT_TO_BLACK]),  # high dynamic range
        (0, 255, []),
        (0, 300, [WarningCode.CLIPPED_16_BIT]),
        (0, 0, []),  # it is black
    ],
)
@pytest.mark.parametrize("ending", ["tif", "ppm"])
def test_numbers_with_a_point_that_are_cut_to_black_are_told(lowest, highest, codes, ending, tmp_path):
    values = np.linspace(lowest, highest, 100, dtype=np.float32).reshape(10, 10)
    path = str(tmp_path / f"a.{ending}")
    if ending == "tif":
        Image.fromarray(values).save(path)
    else:
        (tmp_path / "a.ppm").write_bytes(pfm(values))

    warnings = read_picture(path).warnings

    assert [warning.code for warning in warnings] == codes
    if codes == [WarningCode.CUT_TO_BLACK]:
        assert warnings[0].values == (lowest, highest)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_turns_as_pillow_does(orientation):
    array = photo(5, 3)
    image = Image.fromarray(array)
    image.getexif()[274] = orientation

    assert np.array_equal(upright(array, orientation), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a.tif", "a.webp"])
def test_thumbnails_are_small_upright_and_like_the_picture(name, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    left_dark = np.zeros((300, 400, 3), np.uint8)
    left_dark[:, 200:] = 255
    path = save(tmp_path, name, Image.fromarray(left_dark), **({} if name.endswith("gif") else {"exif": exif}))

    thumbnail = read_thumbnail(path, 64)

    if name.endswith("gif"):
        assert thumbnail.shape == (48, 64, 3)
        assert thumbnail[:, 0].mean() < 20
        assert thumbnail[:, -1].mean() > 200
        assert read_preview(path).shape == (300, 400, 3)
    else:  # turned clockwise: the left side is at the top now
        assert thumbnail.shape == (64, 48, 3)
        assert thumbnail[0].mean() < 20
        assert thumbnail[-1].mean() > 200
        assert read_preview(path).shape == (400, 300, 3)


def test_previews_show_transparency_on_white(tmp_path):
    path = save(tmp_path, "a.png", Image.new("RGBA", (8, 8), (0, 0, 0, 0)))

    assert (read_preview(path) == 255).all()


def test_no_global_of_pillow_is_changed():
    from PIL import ImageFile

    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    assert 2 * Image.MAX_IMAGE_PIXELS == reading.MAX_PIXELS
