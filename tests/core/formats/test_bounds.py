"""What reading a picture takes is bounded before it is decoded: time, and whoever stops it need not wait."""

from __future__ import annotations

import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from imgenc_gui.core.formats import jpeg, pillow_formats, reading, scans, source, strips
from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.frames import gif_frames, tiff_pages, tiff_parts
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.formats.scans import scans_at_most, scans_of
from imgenc_gui.core.records.results import FailureCode, ReadError
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.stopping import StoppedError
from tests.pictures import photo

ROWS_PER_STRIP = 278
READS = (read_picture, read_preview, lambda path, **kept: read_thumbnail(path, 64, **kept))


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def saved(image: Image.Image, format_: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def failure_of(path: str, read=read_picture) -> tuple[FailureCode, str]:
    with pytest.raises(ReadError) as caught:
        read(path)
    return caught.value.failure.code, sentence(caught.value.failure)


# --- the scans of a JPEG ---------------------------------------------------------------------------------------------


def many_scans(image: Image.Image, times: int) -> bytes:
    """A progressive JPEG with its last scan so many times more."""
    data = saved(image, "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


@pytest.mark.parametrize("read", READS)
def test_a_jpeg_of_thousands_of_scans_is_refused(read, tmp_path):
    path = written(tmp_path, "a.jpg", many_scans(Image.new("L", (1000, 1000), 80), 5000))

    assert failure_of(path, read) == (FailureCode.TOO_LARGE, "The picture takes too long to read.")


def test_a_jpeg_whose_first_scan_lacks_a_colour_is_refused_too(tmp_path):
    """It needn't be progressive: one colour in a scan, and the decoder goes on for as long as there are scans."""
    data = saved(Image.new("RGB", (1000, 1000), "red"), "JPEG")
    start = data.rindex(b"\xff\xda")
    scan = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + data[start + 14 : start + 30].replace(b"\xff", b"\0")
    path = written(tmp_path, "a.jpg", data[:start] + scan * 6000 + data[-2:])

    assert failure_of(path) == (FailureCode.TOO_LARGE, "The picture takes too long to read.")


def test_scans_are_counted_and_bytes_that_look_like_one_are_not():
    data = saved(Image.fromarray(photo(90, 70)), "JPEG", progressive=True, exif=b"Exif\0\0" + b"\xff\xda\0\x08" * 99)

    assert scans_of(data) == 10  # what libjpeg makes of a colour picture
    assert scans_at_most(data) >= 109
    assert scans_at_most(b"\0" * ((1 << 20) - 1) + b"\xff\xda") == 1  # from one block to the next
    assert scans_of(data[:-40]) <= 10
    with pytest.raises(StoppedError):
        scans_of(data, lambda: True)


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_scans_are_counted_whatever_lies_across_two_blocks(block, monkeypatch):
    monkeypatch.setattr(scans, "_BLOCK", block)
    data = saved(Image.fromarray(photo(90, 70)), "JPEG", progressive=True, comment=b"\xff\xda" * 9)

    assert scans_of(data) == 10
    assert scans_of(b"\xff\xd8\xff\xff\xff\xda\0\4\xff\xda\xff\xda\0\2\xff\0\xff\xd9\xff\xda") == 2


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
def test_a_picture_that_takes_long_is_the_same_from_a_process_of_its_own(format_, tmp_path, monkeypatch):
    image = Image.fromarray(photo(300, 200))
    data = saved(image, format_, **({"progressive": True} if format_ == "JPEG" else {}))
    path = written(tmp_path, "a", data)
    usual = read_picture(path)
    shown = [read(path) for read in READS[1:]]
    asked = []
    monkeypatch.setattr(GUARD, "_ask", lambda *given, ask=GUARD._ask: asked.append(1) or ask(*given))
    monkeypatch.setattr(jpeg, "_LONG", 100)
    monkeypatch.setattr(pillow_formats, "_LONG_WEBP", 100)

    guarded = read_picture(path)

    assert np.array_equal(usual.pixels, guarded.pixels)
    assert usual.facts == guarded.facts
    assert all(np.array_equal(one, read(path)) for one, read in zip(shown, READS[1:], strict=True))
    assert len(asked) == 3
    GUARD.close()


@pytest.mark.slow
def test_what_a_process_of_its_own_takes_is_claimed_too(tmp_path, monkeypatch):
    """Several such pictures at once would take more than there is."""
    claimed = []
    monkeypatch.setattr(Share, "claim", lambda _, size: claimed.append(size))
    monkeypatch.setattr(jpeg, "_LONG", 100)
    monkeypatch.setattr(jpeg, "scans_of", None)  # takes a second for a large file, and tells nothing new

    read_picture(written(tmp_path, "a", saved(Image.fromarray(photo(90, 70)), "JPEG", progressive=True)))

    assert sum(claimed) > 90 * 70 * (9 + 6)
    GUARD.close()


# --- pages and frames ------------------------------------------------------------------------------------------------


def pages(count: int, last: int = 0) -> bytes:
    """A TIFF of so many pages of 8 x 8 pixels; ``last``: where the last one's chain leads."""
    entries = [(256, 4, 8), (257, 4, 8), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, 8), (279, 4, 64)]
    size = 2 + 12 * len(entries) + 4
    data = b"II*\0" + struct.pack("<I", 72) + bytes(range(64))
    for number in range(1, count + 1):
        data += struct.pack("<H", len(entries))
        data += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
        data += struct.pack("<I", 72 + number * size if number < count else last)
    return data


def test_the_pages_of_a_tiff_are_counted_without_opening_them(tmp_path, monkeypatch):
    """Pillow compares each with all before: 100,000 take it minutes."""
    opened = []
    seek = TiffImagePlugin.TiffImageFile._seek
    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "_seek", lambda self, n: opened.append(n) or seek(self, n))

    assert read_picture(written(tmp_path, "a.tif", pages(300))).facts.frames == 300
    assert len(opened) <= 2


@pytest.mark.parametrize("last", [0, 72, 10**9])
def test_a_chain_of_pages_may_lead_back_or_out_of_the_file(last):
    assert tiff_pages(pages(5, last)) == 5


@pytest.mark.parametrize("big", [False, True])
def test_pages_are_counted_as_pillow_does(big):
    image = Image.fromarray(photo(20, 10))
    data = saved(image, "TIFF", save_all=True, append_images=[image] * 3, big_tiff=big)

    assert tiff_pages(data) == Image.open(io.BytesIO(data)).n_frames == 4


@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_of_very_many_strips_is_read_apart(big, tmp_path, monkeypatch):
    """Of a million Pillow makes half a gigabyte of objects, in a second that no Stop ends, before it tells the size."""
    image = Image.fromarray(photo(40, 50))
    data = saved(image, "TIFF", big_tiff=big, tiffinfo={ROWS_PER_STRIP: 5}, compression="tiff_lzw")
    path = written(tmp_path, "a.tif", data)
    assert tiff_parts(data) == 10
    asked, claimed = [], []
    read_there, claim = GUARD.read, Share.claim
    monkeypatch.setattr(GUARD, "read", lambda *given: asked.append(given) or read_there(*given))
    monkeypatch.setattr(Share, "claim", lambda share, size: claimed.append(size) or claim(share, size))

    monkeypatch.setattr(pillow_formats, "_MANY_PARTS", 10)
    assert np.array_equal(read_picture(path).pixels, photo(40, 50))
    assert not asked

    monkeypatch.setattr(pillow_formats, "_MANY_PARTS", 9)
    claimed.clear()
    assert np.array_equal(read_picture(path).pixels, photo(40, 50))
    assert np.array_equal(read_preview(path), photo(40, 50))
    assert len(asked) == 1
    assert max(claimed) >= 10 * 600


def test_no_more_strips_are_claimed_than_the_file_can_tell_of():
    data = bytearray(pages(1))
    place = data.index(struct.pack("<HHI", 273, 4, 1)) + 4
    data[place : place + 4] = b"\xff" * 4
    assert tiff_parts(data) == len(data) // 2
    assert tiff_parts(data[:90]) == tiff_parts(b"II*\0") == 0


def test_frames_of_a_gif_are_counted_as_pillow_does():
    frames = [Image.fromarray(photo(60, 40, seed)) for seed in range(7)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"words " * 99, loop=0)

    assert gif_frames(data) == Image.open(io.BytesIO(data)).n_frames == 7
    assert 1 <= gif_frames(data[: len(data) // 2]) < 7
    assert gif_frames(data[:12]) == 1


# --- stopping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("format_", ["PNG", "GIF", "BMP"])
def test_a_picture_that_is_being_decoded_is_given_up_when_it_is_stopped(read, format_, tmp_path):
    path = written(tmp_path, "a", saved(Image.fromarray(photo(400, 300)), format_))
    looks = iter([False] * 2)

    with pytest.raises(StoppedError):
        read(path, stop=lambda: next(looks, True))


@pytest.mark.parametrize("read", READS[:2])
def test_a_picture_that_is_decoded_is_given_up_when_it_is_stopped(read, tmp_path, monkeypatch):
    """Making RGB of the largest takes seconds."""
    monkeypatch.setattr(strips, "_STRIP", 100)
    path = written(tmp_path, "a", saved(Image.new("L", (400, 300), 9), "GIF"))
    looks = iter([False] * 100)  # far more than its few bytes need

    with pytest.raises(StoppedError):
        read(path, stop=lambda: next(looks, True))


def test_a_file_that_keeps_its_decoder_busy_is_given_up(tmp_path, monkeypatch):
    path = written(tmp_path, "a.png", saved(Image.fromarray(photo(400, 300)), "PNG"))
    monkeypatch.setattr(source, "_MOST_SECONDS", -1.0)

    assert failure_of(path) == (FailureCode.TOO_LARGE, "The picture takes too long to read.")


# --- sizes of files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", READS)
def test_a_drawing_that_is_too_large_is_refused_before_it_is_read(read, tmp_path):
    path = tmp_path / "a.svg"
    with path.open("wb") as file:
        file.write(b"<svg xmlns='http://www.w3.org/2000/svg'>")
        file.truncate(40_000_000)
    tracemalloc.start()

    said = failure_of(str(path), read)

    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
    assert said == (
        FailureCode.TOO_LARGE,
        "The file is too large: 40 MB, where 34 are the limit for SVG files.",
    )


def test_a_picture_of_many_million_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_LONGEST_SIDE", 1000)
    image = Image.new("L", (1, 1001))

    for size in ((1, 1001), (1001, 1)):
        path = written(tmp_path, "a.png", saved(image.resize(size), "PNG"))
        assert failure_of(path) == (
            FailureCode.TOO_LARGE,
            "The picture is too large: 1,001 pixels along its longer side, where 1,000 are the limit.",
        )
    assert read_picture(written(tmp_path, "a.png", saved(image.resize((1, 1000)), "PNG"))).facts.height == 1000
