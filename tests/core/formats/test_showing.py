"""What a person is shown of pictures whose numbers are deeper than a screen's."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.formats.budget import BUDGET, Share
from imgenc_gui.core.formats.pillow_formats import show_image
from imgenc_gui.core.formats.reading import read_preview, read_thumbnail
from imgenc_gui.core.formats.showing import stored, upright

RAMP = np.tile(np.arange(0, 65_536, 256, dtype=np.uint16), (64, 1))  # from black to white


def _saved(image, name, **kept):
    file = io.BytesIO()
    image.save(file, name, **kept)
    return file.getvalue()


def _pgm(values, white):
    height, width = values.shape
    return f"P5 {width} {height} {white}\n".encode() + values.astype(">u2").tobytes()


BIG_ENDIAN = Image.frombytes("I;16B", RAMP.shape[::-1], RAMP.astype(">u2").tobytes())
DEEP = {
    "16.png": _saved(Image.fromarray(RAMP), "PNG"),
    "16.tif": _saved(Image.fromarray(RAMP), "TIFF"),
    "packed.tif": _saved(Image.fromarray(RAMP), "TIFF", compression="tiff_lzw"),
    "big endian.tif": _saved(BIG_ENDIAN, "TIFF"),
    "16.pgm": _pgm(RAMP, 65_535),
    "12.pgm": _pgm(RAMP >> 4, 4095),
    "32.tif": _saved(Image.fromarray(RAMP.astype(np.int32)), "TIFF"),
    "32 of 32.tif": _saved(Image.fromarray(RAMP.astype(np.int32) << 15), "TIFF"),
    "0 to 1.tif": _saved(Image.fromarray((RAMP / 65_280).astype(np.float32)), "TIFF"),
    "0 to 255.tif": _saved(Image.fromarray((RAMP / 256).astype(np.float32)), "TIFF"),
}


@pytest.mark.parametrize("name", DEEP)
def test_a_deep_grey_picture_is_shown_from_black_to_white(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(DEEP[name])
    preview = read_preview(str(path))
    assert np.abs(preview[..., 0].astype(int) - np.arange(256)).max() <= 1
    assert (preview == preview[..., :1]).all()
    thumbnail = read_thumbnail(str(path), 64)
    assert thumbnail.shape == (16, 64, 3)
    assert np.abs(thumbnail[..., 0].astype(int) - np.arange(1.5, 256, 4)).max() <= 3


def test_what_is_transparent_in_a_deep_grey_picture_is_white(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(_saved(Image.fromarray(RAMP), "PNG", transparency=512))
    assert (read_preview(str(path))[0, :4, 0] == (0, 1, 255, 3)).all()


def test_a_large_deep_picture_is_shown_strip_by_strip(tmp_path):
    values = np.repeat(np.repeat(RAMP, 16, 0), 4, 1)  # of so many pixels that it isn't converted at once
    path = tmp_path / "a.tif"
    for values_of_kind in (values, (values / 65_280).astype(np.float32)):
        path.write_bytes(_saved(Image.fromarray(values_of_kind), "TIFF"))
        preview = read_preview(str(path))
        assert np.abs(preview[..., 0].astype(int) - np.arange(1024) // 4).max() <= 1


@pytest.mark.parametrize(("image", "bytes_"), [(Image.fromarray(RAMP), 6), (Image.new("RGB", RAMP.shape), 7)])
def test_the_memory_that_showing_all_pixels_takes_is_claimed(image, bytes_):
    """Those of the picture loaded, of what is shown of it, and for a deep one of an image between them."""

    class Counted(Share):
        def claim(self, size):
            self.size += size

    data = _saved(image, "PNG")
    share = Counted(BUDGET, lambda: False)
    show_image(Image.open(io.BytesIO(data)), None, data, share)
    assert share.size == bytes_ * RAMP.size


def test_a_float_picture_with_numbers_that_are_none_is_shown(tmp_path):
    values = (RAMP / 65_280).astype(np.float32)
    values[0, :2] = (np.nan, np.inf)
    path = tmp_path / "a.tif"
    path.write_bytes(_saved(Image.fromarray(values), "TIFF"))
    assert read_preview(str(path)).shape == (64, 256, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_turned_upright_can_be_turned_back(orientation):
    pixels = np.arange(18).reshape(2, 3, 3)
    assert (stored(upright(pixels, orientation), orientation) == pixels).all()
