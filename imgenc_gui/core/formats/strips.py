"""Takes a loaded image's pixels strip by strip: converted whole, a large one would be in memory three times over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.reader import cut_between
from imgenc_gui.core.records.results import ImageWarning, WarningCode
from imgenc_gui.core.scratch import Scratch

_STRIP = 1 << 18  # pixels: what is converted stays in the processor's cache
OPAQUE = 255
_WHITEST = 255


def rgb_pixels(image: Image.Image, scratch: Scratch) -> tuple[NDArray[np.uint8], list[ImageWarning]]:
    """An image as imagededup sees it: convert("RGBA").convert("RGB"); and what there is to say of its values."""
    seen = _Seen(image)
    whole = None
    for top, strip in strips(image):
        pixels = np.asarray(seen.rgb(strip))
        if len(pixels) == image.height:
            return pixels, seen.warnings()
        if whole is None:
            whole = scratch.array("pixels", image.height, image.width, 3)
        whole[top : top + len(pixels)] = pixels
    if whole is None:
        raise ValueError("The picture has no pixels.")
    return whole, seen.warnings()


def strips(image: Image.Image, multiple: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """(top, strip) for all of an image. Strips but the last have a ``multiple`` of rows. A small image is its only."""
    width, height = image.size
    rows = multiple * max(1, _STRIP // (width * multiple))
    if rows >= height:
        yield 0, image
        return
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height)))


class _Seen:
    """What is seen of an image while its strips are converted."""

    def __init__(self, image: Image.Image) -> None:
        self._is_plain = image.mode == "RGB" and not image.has_transparency_data
        self._is_deep = image.mode.startswith(("I", "F"))
        self._is_float = image.mode.startswith("F")
        self._is_transparent = image.has_transparency_data
        self._hides = False
        self._lowest: NDArray[np.generic] | None = None  # of each strip, as a number of numpy's: NaN stays NaN
        self._highest: NDArray[np.generic] | None = None

    def rgb(self, strip: Image.Image) -> Image.Image:
        if self._is_plain:
            return strip
        if self._is_deep:
            values = np.asarray(strip)
            lowest, highest = values.min(), values.max()
            self._lowest = lowest if self._lowest is None else np.minimum(self._lowest, lowest)
            self._highest = highest if self._highest is None else np.maximum(self._highest, highest)
        rgba = strip.convert("RGBA")
        if self._is_transparent and not self._hides:
            lightest, _ = rgba.getchannel("A").getextrema()
            self._hides = lightest != OPAQUE
        return strip if strip.mode == "RGB" else rgba.convert("RGB")

    def warnings(self) -> list[ImageWarning]:
        said = []
        if self._lowest is not None and self._highest is not None:
            lowest, highest = float(self._lowest), float(self._highest)
            cut = cut_between(lowest, highest) if self._is_float else None
            if cut is not None:
                said.append(cut)
            elif lowest < 0 or highest > _WHITEST:
                said.append(ImageWarning(WarningCode.CLIPPED_16_BIT))
        if self._hides:
            said.append(ImageWarning(WarningCode.HIDDEN_TRANSPARENCY))
        return said
