"""Pictures taken strip by strip: the same pixels and warnings as whole, in two and a half times their memory."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.formats import pillow_formats, showing, strips
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.records.results import ImageWarning, WarningCode
from tests.pictures import photo

WIDTH, HEIGHT = 67, 45
GREY = photo(WIDTH, HEIGHT)[..., 0]


def images() -> dict[str, Image.Image]:
    rgb = Image.fromarray(photo(WIDTH, HEIGHT))
    rgba = rgb.convert("RGBA")
    rgba.putalpha(Image.fromarray(GREY))
    late = rgb.convert("RGBA")
    late.putpixel((WIDTH - 1, HEIGHT - 1), (1, 2, 3, 254))  # in the last strip alone
    return {
        "RGB": rgb,
        "RGBA": rgba,
        "late": late,
        "L": rgb.convert("L"),
        "LA": rgba.convert("LA"),
        "P": rgb.quantize(90),
        "PA": rgba.quantize(90),
        "1": rgb.convert("1"),
        "CMYK": rgb.convert("CMYK"),
        "YCbCr": rgb.convert("YCbCr"),
        "LAB": Image.merge("LAB", rgb.split()),
        "I;16": Image.fromarray(GREY.astype(np.uint16) * 9),
        "I": Image.fromarray(GREY.astype(np.int32) * 9 - 50),
        "F": Image.fromarray(GREY.astype(np.float32) / 50),
    }


FORMATS = {
    "PNG": [{}, {"transparency": 3}],
    "TIFF": [
        {"compression": None},
        {"compression": "tiff_lzw"},
        {"compression": None, "tiffinfo": {274: 6}},
        {"compression": None, "tiffinfo": {274: 3}, "strip_size": 999},
        {"compression": None, "strip_size": 700},
    ],
    "GIF": [{}, {"transparency": 3}],
    "BMP": [{}],
    "PPM": [{}],
    "WEBP": [{"quality": 40}, {"lossless": True}],
    "JPEG": [{}, {"progressive": True}],
}


def whole(data: bytes) -> tuple[np.ndarray, bool]:
    """The pixels as imagededup sees them, and whether transparency hides some: all at once."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        rgba = image.convert("RGBA")
        hides = image.has_transparency_data and rgba.getchannel("A").getextrema()[0] != 255
        return np.asarray(image if image.mode == "RGB" else rgba.convert("RGB")), hides


@pytest.mark.filterwarnings("ignore:Saving I mode images as PNG:DeprecationWarning")  # Pillow 12.3's
@pytest.mark.parametrize("rows", [7, 1000])
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("mode", images())
def test_the_same_pixels_and_warnings(mode, format_, rows, tmp_path, monkeypatch):
    monkeypatch.setattr(strips, "_STRIP", rows * WIDTH)
    tried = 0
    for options in FORMATS[format_]:
        file = io.BytesIO()
        try:
            images()[mode].save(file, format_, **options)
            expected, hides = whole(file.getvalue())
        except (OSError, KeyError, ValueError, RuntimeError, TypeError):
            continue  # there are no such files
        (tmp_path / "a").write_bytes(file.getvalue())
        picture = read_picture(str(tmp_path / "a"))
        assert np.array_equal(picture.pixels, expected)
        codes = [warning.code for warning in picture.warnings]
        assert (WarningCode.HIDDEN_TRANSPARENCY in codes) == hides
        if format_ in ("PNG", "TIFF"):  # others are saved as 8 bits
            assert codes.count(WarningCode.CUT_TO_BLACK) == (mode == "F")
            assert codes.count(WarningCode.CLIPPED_16_BIT) == (mode in ("I", "I;16"))
        tried += 1
    assert tried or (mode, format_) not in {("RGB", "PNG"), ("F", "TIFF"), ("CMYK", "TIFF"), ("RGB", "BMP")}


def test_numbers_that_are_none_dont_hide_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(strips, "_STRIP", 20)
    values = np.ones((10, 10), np.float32)
    values[9, 9] = 0.5
    values[0, 0] = np.nan
    Image.fromarray(values).save(tmp_path / "a.tif")

    assert read_picture(str(tmp_path / "a.tif")).warnings == (ImageWarning(WarningCode.CUT_TO_BLACK, "", (0.5, 1.0)),)


def test_uncompressed_pictures_are_taken_from_the_file(tmp_path, monkeypatch):
    """As they lie there; Pillow's copy of them would be one too many."""
    monkeypatch.setattr(strips, "_STRIP", 100)
    for name in ("a.bmp", "a.ppm", "a.tif"):
        Image.fromarray(photo(40, 30)).save(tmp_path / name)
        monkeypatch.setattr(Image.core, "new", None)
        assert np.array_equal(read_picture(str(tmp_path / name)).pixels, photo(40, 30))
        monkeypatch.undo()
        monkeypatch.setattr(strips, "_STRIP", 100)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "PA", "LA", "F"])
def test_thumbnails_of_large_pictures_are_like_those_of_small_ones(mode, tmp_path, monkeypatch):
    path = str(tmp_path / ("a.tif" if mode == "F" else "a.png"))
    images()[mode].resize((400, 300)).save(path)
    usual, full = read_thumbnail(path, 32), read_preview(path)
    monkeypatch.setattr(showing, "_LARGE", 100)
    monkeypatch.setattr(strips, "_STRIP", 5000)

    large = read_thumbnail(path, 32)

    assert large.shape == usual.shape
    assert np.abs(large.astype(int) - usual).mean() < 6
    assert np.array_equal(read_preview(path), full)


def test_webp_gives_the_same_without_its_library(tmp_path, monkeypatch):
    path = str(tmp_path / "a.webp")
    images()["RGBA"].save(path, quality=70)
    usual, shown = read_picture(path), read_preview(path)
    monkeypatch.setattr(pillow_formats, "decode_into", lambda *_: False)

    assert np.array_equal(read_picture(path).pixels, usual.pixels)
    assert read_picture(path).warnings == usual.warnings
    assert np.array_equal(read_preview(path), shown)


MEASURE = """
    import os, resource, sys
    from PIL import Image
    from imgenc_gui.core.formats.reading import read_picture, read_preview
    Image.init()
    read_picture(sys.argv[1])
    for path in sys.argv[2:]:
        for read in (read_picture, read_preview):
            if not os.fork():
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                pixels = getattr(read(path), "pixels", None)
                after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                print(os.path.basename(path), read.__name__, (after - before) >> 10, flush=True)
                os._exit(0)
            os.wait()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measures what Linux tells of a process's memory")
def test_no_picture_takes_more_than_two_and_a_half_times_its_size(tmp_path):
    size = (2000, 2000)
    palette = Image.new("P", size, 1)
    palette.putpalette(bytes(range(6)))
    noise = Image.frombytes("RGB", size, np.random.default_rng(1).bytes(3 * 2000 * 2000))
    pictures = {
        "gif": (palette, {"format": "GIF"}),
        "la": (Image.new("LA", size, (77, 255)), {"format": "PNG"}),
        "rgb": (Image.new("RGB", size, (200, 30, 99)), {"format": "PNG"}),
        "noise.png": (noise, {"format": "PNG", "compress_level": 1}),  # files as large as their pixels
        "noise.tif": (noise, {"format": "TIFF", "compression": "tiff_lzw"}),
        "deep": (Image.new("I;16", size, 9), {"format": "PNG"}),
        "float": (Image.new("F", size, 9.5), {"format": "TIFF"}),
        "cmyk": (Image.new("CMYK", size, "red"), {"format": "JPEG"}),
        "rgba": (Image.new("RGBA", size, "red"), {"format": "TIFF"}),
        "noise.sgi": (noise, {"format": "SGI"}),
        "noise.dds": (noise, {"format": "DDS"}),
        "noise.tga": (noise, {"format": "TGA"}),
        "webp": (Image.new("RGB", size, "red"), {"format": "WEBP", "lossless": True, "quality": 0, "method": 0}),
    }
    for name, (image, options) in pictures.items():
        image.save(tmp_path / name, **options)
    Image.new("RGB", (9, 9)).save(tmp_path / "first.png")
    paths = [str(tmp_path / name) for name in ("first.png", *pictures)]

    lines = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEASURE), *paths],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    ).stdout.splitlines()

    assert len(lines) == 2 * len(pictures)
    allowed = 2.5 * 12 + 8  # MB; what else a process needs is some, whatever the picture
    assert [line for line in lines if int(line.split()[2]) > allowed] == []
