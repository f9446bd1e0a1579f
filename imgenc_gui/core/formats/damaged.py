"""What can be read of a damaged picture: in a guarded child, whose libraries may be told to be lenient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from imgenc_gui.core.formats.reader import Decoded
from imgenc_gui.core.formats.showing import stored
from imgenc_gui.core.records.results import (
    NOTHING_LEFT,
    TURNED_WHILE_READ,
    FailureCode,
    ImageFailure,
    ImageWarning,
    ReadError,
    WarningCode,
)

_MISSING = (0, 127, 128)  # what bytes are left where nothing is read: a JPEG is grey there, inverted or not
_MADE_UP = 20 * 20  # pixels: the block in which a JPEG's data end, and what it gives to its neighbours


@contextmanager
def lenient() -> Iterator[None]:
    """Let Pillow end a picture where its data do. For the whole process: one that reads nothing else meanwhile."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def nothing_left() -> ImageFailure:
    """What is said of a damaged picture of which nothing could be read either."""
    return ImageFailure(FailureCode.DAMAGED, NOTHING_LEFT)


def marked(decoded: Decoded, image: Image.Image) -> Decoded:
    """A picture, decoded of a loaded image as far as that went, with a warning of how much is there.

    Raises ReadError where nothing is. Rows at its end in just the colour of what is missing pass for missing.
    """
    pixels = decoded.pixels
    if decoded.format == TURNED_WHILE_READ:
        pixels = stored(pixels, decoded.orientation)
    missing = max(_missing(pixels, _colour(image, value), image) for value in _MISSING)
    height = len(pixels)
    if missing == height:
        raise ReadError(nothing_left())
    warning = ImageWarning(WarningCode.INCOMPLETE)
    if missing and image.format != "GIF":  # whose rows may come in turns
        warning = ImageWarning(
            WarningCode.INCOMPLETE, "part", (min(max(round(100 * (height - missing) / height), 1), 99),)
        )
    return replace(decoded, warnings=(warning, *decoded.warnings))


def _missing(pixels: NDArray[np.uint8], colour: Sequence[int], image: Image.Image) -> int:
    """How many rows at the end have this colour alone; of a BMP, which most often begins with its last row, or so."""
    is_there = (pixels != np.array(colour, np.uint8)).any(axis=2)
    if np.count_nonzero(is_there) <= _MADE_UP:
        return len(pixels)
    there = np.flatnonzero(is_there.any(axis=1))
    below = len(pixels) - 1 - int(there[-1])
    return max(below, int(there[0])) if image.format == "BMP" else below


def _colour(image: Image.Image, value: int) -> tuple[int, ...]:
    """What a pixel of an image's bytes, all of which are this value, is in RGB."""
    pixel = Image.new(image.mode, (1, 1), value if len(image.getbands()) == 1 else (value,) * len(image.getbands()))
    if image.mode == "P":
        pixel.putpalette(image.getpalette() or [])
    return tuple(np.asarray(pixel.convert("RGBA"))[0, 0, :3].tolist())
