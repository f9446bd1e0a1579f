"""Pictures as Qt's images: upright, reduced or whole, None where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.stopping import never
from imgenc_gui.gui.pictures.images import read_image, to_image


def test_pixels_arrive_as_they_are() -> None:
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    image = to_image(pixels)
    assert (image.width(), image.height()) == (7, 5)
    assert image.pixelColor(3, 4).getRgb()[:3] == tuple(pixels[4, 3])


@pytest.mark.parametrize(("longest", "expected"), [(40, (30, 40)), (None, (120, 160))])
def test_a_picture_stored_on_its_side_is_upright(tmp_path: Path, longest: int | None, expected: tuple) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (160, 120), "red").save(path, exif=exif)
    image = read_image(str(path), longest, never).image
    assert image is not None
    assert (image.width(), image.height()) == expected
    assert image.pixelColor(10, 10).red() > 200


@pytest.mark.parametrize("longest", [40, None])
def test_what_is_no_picture_gives_none(photos: Path, longest: int | None) -> None:
    assert read_image(str(photos / "notes.txt"), longest, never).image is None
