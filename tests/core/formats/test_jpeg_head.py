"""What is told of a JPEG without Pillow is what Pillow tells, and of all that isn't plain nothing is told."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, UnidentifiedImageError

from imgenc_gui.core.formats import jpeg
from imgenc_gui.core.formats.budget import UNBOUNDED
from imgenc_gui.core.formats.exif import orientation_of, taken_of
from imgenc_gui.core.formats.jpeg_head import plain_size
from imgenc_gui.core.formats.pillow_formats import frames_of
from imgenc_gui.core.scratch import Scratch
from tests.pictures import photo

WIDTH, HEIGHT = 40, 30
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PLAIN = {
    "as it comes": {},
    "no subsampling": {"subsampling": 0, "quality": 97},
    "optimized": {"optimize": True},
    "restarts": {"restart_marker_blocks": 1},
    "comment": {"comment": b"by hand"},
    "profile": {"icc_profile": PROFILE},
    "dots per inch": {"dpi": (300, 300)},
}


def saved(mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo(WIDTH, HEIGHT)).convert(mode).save(buffer, options.pop("format", "JPEG"), **options)
    return buffer.getvalue()


def exif(orientation: int) -> Image.Exif:
    told = Image.Exif()
    told[0x0112] = orientation
    return told


def told_by_pillow(data: bytes) -> tuple[int, int] | None:
    """The size of what has nothing else to tell."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            facts = (image.mode, image.format, frames_of(image, data), orientation_of(image), taken_of(image))
            is_plain = facts == ("RGB", "JPEG", 1, 1, None) and not jpeg._is_in_scans(image, data)
            return image.size if is_plain else None
    except (UnidentifiedImageError, OSError, ValueError):
        return None


@pytest.mark.parametrize("options", PLAIN.values(), ids=PLAIN)
def test_the_size_of_a_plain_one_is_told_and_its_pixels_are_the_same(options, monkeypatch):
    data = saved(**options)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image)
    assert plain_size(data) == told_by_pillow(data) == (WIDTH, HEIGHT)

    monkeypatch.setattr(Image, "open", lambda *_args, **_options: pytest.fail("was opened"))
    found = jpeg.read(data, Scratch(), UNBOUNDED.share())

    np.testing.assert_array_equal(found.pixels, expected)
    assert (found.format, found.width, found.height, found.frames, found.orientation, found.taken, found.warnings) == (
        *("JPEG", WIDTH, HEIGHT, 1, 1, None),
        (),
    )


@pytest.mark.parametrize(
    "data",
    [
        saved("L"),
        saved("CMYK"),
        saved(progressive=True),
        saved(exif=exif(6)),
        saved(format="MPO", save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))]),
        saved(extra=b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01"),
        saved(extra=b"\xff\xe2\x00\x0fICC_PROFILE\x00\x01"),
        saved(extra=b"\xff\xc0\x00\x11\x08\x00\x08\x00\x08\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"),
    ],
    ids=["grey", "CMYK", "progressive", "turned", "MPO", "Adobe", "half a profile", "two frames"],
)
def test_of_others_nothing_is_told(data):
    assert plain_size(data) is None


def test_of_one_that_ends_before_its_picture_nothing_is_told():
    data = saved()

    assert {plain_size(data[:end]) for end in range(data.index(b"\xff\xda") + 4)} == {None}


def test_of_one_with_many_segments_nothing_is_told_for_no_stop_is_looked_at():
    data, empty = saved(), b"\xff\xfe\x00\x02"

    assert plain_size(data[:2] + 255 * empty + data[2:]) == (WIDTH, HEIGHT)
    assert plain_size(data[:2] + 1000 * empty + data[2:]) is None


def test_too_many_pixels_are_pillows_to_refuse(monkeypatch):
    data = saved()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", WIDTH * HEIGHT - 1)

    assert plain_size(data) is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged metadata
def test_whatever_is_damaged_nothing_is_told_that_pillow_does_not_tell():
    chance = np.random.default_rng(8)
    told = 0
    seeds = [*(saved(**options) for options in PLAIN.values()), saved(exif=exif(1)), saved(progressive=True)]
    for seed in seeds:
        head = seed.index(b"\xff\xda") + 14
        for _ in range(700):
            data = bytearray(seed)
            for place in chance.integers(0, head, chance.integers(1, 4)):
                data[place] = chance.choice([0, 1, 0x11, 0xC0, 0xC2, 0xD8, 0xDA, 0xDB, 0xE1, 0xE2, 0xFE, 0xFF])
            size = plain_size(bytes(data))
            assert size in (None, told_by_pillow(bytes(data)))
            told += size is not None
    assert told > 500
