"""Pictures that a library gives as one array, (h, w, 1 to 4): grey or colours, and maybe how opaque they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.showing import shown
from imgenc_gui.core.formats.strips import OPAQUE
from imgenc_gui.core.records.results import ImageWarning, WarningCode
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop

_MODES = ("L", "LA", "RGB", "RGBA")  # of so many layers, as Pillow calls them
_COLOURS = 3


def encoded(layers: NDArray[np.uint8], scratch: Scratch) -> tuple[NDArray[np.uint8], tuple[ImageWarning, ...]]:
    """Pixels as imagededup sees such an image, RGB without alpha, and what there is to say of them."""
    said = [ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "format")]
    height, width, count = layers.shape
    if count == _COLOURS:
        return np.ascontiguousarray(layers), tuple(said)
    if count in (2, 4) and layers[..., -1].min() < OPAQUE:
        said.append(ImageWarning(WarningCode.HIDDEN_TRANSPARENCY))
    pixels = scratch.array("pixels", height, width, _COLOURS)
    pixels[:] = layers[..., : _COLOURS if count > _COLOURS else 1]
    return pixels, tuple(said)


def for_a_person(layers: NDArray[np.uint8], longest: int | None, stop: Stop) -> NDArray[np.uint8]:
    """The same with white behind it, RGB (h, w, 3) uint8, the longest side at most ``longest`` pixels."""
    height, width, count = layers.shape
    if count == _COLOURS and longest is None:
        return layers
    mode = _MODES[count - 1]
    image = Image.frombuffer(mode, (width, height), np.ascontiguousarray(layers), "raw", mode, 0, 1)
    return shown(image, longest, b"", stop)
