"""Kinds of damaged files that mutating found (tests/fuzzing): where imagededup gives hashes or nothing, so do we."""

from __future__ import annotations

import contextlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ReadError
from imgenc_gui.core.registry import METHODS
from tests.pictures import HASHES, imagededup_hashes, photo

READS = (read_picture, read_preview, lambda path: read_thumbnail(path, 64))
METHODS_OF_HASHES = tuple(METHODS[name.lower()] for name in HASHES)


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def saved(image: Image.Image, format_: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def hashes(path: str) -> list[str | None]:
    ((_, result),) = Encoder(Options(METHODS_OF_HASHES)).encode([(0, path)])
    return [result.encodings.get(method) for method in METHODS_OF_HASHES]


# --- what native libraries print -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "tiff_adobe_deflate", "lzma", "zstd", "packbits", "jpeg", "group4"]
)
def test_nothing_is_printed_of_a_damaged_tiff(compression, tmp_path, capfd):
    """libtiff writes to the process's standard error itself, beside the exception that is raised."""
    image = Image.fromarray(photo(60, 40)).convert("1" if compression == "group4" else "RGB")
    data = bytearray(saved(image, "TIFF", compression=compression))
    for each in (b"", b"\xff" * 40):
        data[200 : 200 + len(each)] = each
        path = written(tmp_path, "a.tif", data[:-1] if compression == "packbits" else data)
        for read in READS:
            with contextlib.suppress(ReadError):
                read(path)
    assert capfd.readouterr() == ("", "")


# --- hashes or nothing -----------------------------------------------------------------------------------------------


def without_chunk(png: bytes, kind: bytes) -> bytes:
    start = png.index(kind) - 4
    return png[:start] + png[start + 12 + int.from_bytes(png[start : start + 4]) :]


@pytest.mark.parametrize("transparency", [None, bytes(range(256))])
def test_a_png_without_the_palette_that_it_needs(transparency, tmp_path):
    image = Image.fromarray(photo(60, 40)).convert("P")
    options = {} if transparency is None else {"transparency": transparency}
    path = written(tmp_path, "a.png", without_chunk(saved(image, "PNG", **options), b"PLTE"))

    assert hashes(path) == imagededup_hashes(path)
    shown = transparency is None or hashes(path)[0] is not None
    assert not shown or read_preview(path).shape == (40, 60, 3)


def test_a_damaged_webp_whose_decoder_would_go_on_behind_its_picture(tmp_path):
    """Bytes too many within it, so that the last lie behind the end that the file tells: for some of these, Pillow's
    decoder lacks bytes, which one that was given the whole file would find.
    """
    data = saved(Image.fromarray(photo(53, 38)), "WEBP", lossless=True)
    found = []
    for place in range(840, 3340, 160):
        path = written(tmp_path, "a.webp", data[:place] + bytes(2) + data[place:])
        found.append(hashes(path))
        assert found[-1] == imagededup_hashes(path)
    assert [None] * 4 in found


def test_a_tiff_whose_strip_says_it_has_fewer_rows_than_the_picture(tmp_path):
    """imagededup gives a path to Pillow, which maps the file and takes all rows there are."""
    image = Image.fromarray(photo(60, 40)).convert("L")
    data = bytearray(saved(image, "TIFF"))
    rows_per_strip = data.index(struct.pack("<HHL", 278, 4, 1)) if struct.pack("<HHL", 278, 4, 1) in data else -1
    if rows_per_strip < 0:
        rows_per_strip = data.index(struct.pack("<HHL", 278, 3, 1))
    data[rows_per_strip + 8] = 7
    path = written(tmp_path, "a.tif", data)

    assert hashes(path) == imagededup_hashes(path)
    assert np.array_equal(read_preview(path)[..., 0], np.asarray(image))


def test_a_bmp_that_says_its_rows_are_shorter_than_the_picture(tmp_path):
    """One bit for each pixel, but 256 colours: Pillow maps the file and takes a byte for each."""
    data = bytearray(saved(Image.fromarray(photo(53, 38)).convert("L"), "BMP"))
    data[28] = 1
    path = written(tmp_path, "a.bmp", data)

    assert hashes(path) == imagededup_hashes(path)
    assert np.array_equal(read_preview(path)[..., 0], np.asarray(Image.open(path).convert("L")))


def test_a_very_wide_picture_is_read_row_by_row(tmp_path, monkeypatch):
    """Pillow joins what it reads until it has a row: by small pieces, 80 megapixels in 38 rows took it 20 s."""
    path = written(tmp_path, "a.bmp", saved(Image.new("L", (900_000, 2), 3), "BMP"))
    reads = []
    read = Source.read
    monkeypatch.setattr(Source, "read", lambda self, size=-1: reads.append(size) or read(self, size))

    assert read_picture(path).pixels.shape == (2, 900_000, 3)
    assert len([size for size in reads if size > 4096]) <= 3


@pytest.mark.parametrize("at", [0.3, 0.6])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_png_whose_pixels_break_off_is_refused(tmp_path: Path, mode: str, at: float) -> None:
    """Looking for its EXIF data makes Pillow decode it: what fails there must not pass the second time."""
    data = bytearray(saved(Image.fromarray(photo(60, 80)).convert(mode), "PNG"))
    place = round(len(data) * at)
    data[place : place + 8] = b"\xff" * 8
    path = written(tmp_path, "a.png", data)
    assert hashes(path) == imagededup_hashes(path) == [None] * 4
