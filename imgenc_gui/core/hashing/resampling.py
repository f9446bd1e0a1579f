"""Pillow's Lanczos to the bit, for several target sizes at once: horizontally first, then vertically, always.

Pillow before 13.0 did the same; Pillow 13.0 resizes some tall pictures vertically first, which gives other pixels.
The order is fixed here so that a picture's hash never changes with an upgrade of Pillow.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache, lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.scratch import Scratch

log = logging.getLogger(__name__)

Size = tuple[int, int]  # (width, height) in pixels

# Weights take 24 bytes per source pixel of a side and target: those of longer sides aren't kept, and past a million
# pixels Pillow, which makes them for one target at a time, needs less memory.
_LONGEST_KEPT = 10_000
_LONGEST = 1_000_000


def resize(image: NDArray[np.uint8], sizes: Sequence[Size], scratch: Scratch | None = None) -> list[NDArray[np.uint8]]:
    """Resample an RGB image (h, w, 3) uint8 to each (width, height) of ``sizes``; each result is (height, width, 3)."""
    scratch = scratch or Scratch()
    kernel = compiled_kernel()
    if kernel is None or max(image.shape) > _LONGEST:
        return [resize_with_pillow(image, size) for size in sizes]
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    weights = _kept_weights if max(width, height) <= _LONGEST_KEPT else _weights
    table, spans = weights(width, tuple(size[0] for size in sizes))
    rows = scratch.array("rows", height, len(spans), 3)
    kernel.horizontal(image, table, spans, rows)
    flat_rows = rows.reshape(height, -1)
    table, spans = weights(height, tuple(size[1] for size in sizes))
    results = []
    column = span = 0
    for target_width, target_height in sizes:
        out = np.empty((target_height, target_width * 3), np.uint8)
        kernel.vertical(flat_rows, column, table, spans[span : span + target_height], out)
        results.append(out.reshape(target_height, target_width, 3))
        column += target_width * 3
        span += target_height
    return results


def resize_with_pillow(image: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The same pixels as ``resize`` gives, by Pillow: one resize for each direction, in the fixed order."""
    width, height = size
    rows = Image.fromarray(image).resize((width, image.shape[0]), Image.Resampling.LANCZOS)
    return np.asarray(rows.resize((width, height), Image.Resampling.LANCZOS))


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey values (h, w) uint8 of an RGB image (h, w, 3) uint8 that ``resize`` made, as Pillow's convert("L")."""
    kernel = compiled_kernel()
    if kernel is None:
        return np.asarray(Image.fromarray(image).convert("L"))
    out = np.empty(image.shape[:2], np.uint8)
    kernel.grey(np.ascontiguousarray(image), out)
    return out


def _weights(size: int, targets: tuple[int, ...]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    kernel = compiled_kernel()
    assert kernel is not None  # noqa: S101 - resize() asks for weights only where there is a kernel
    table, spans = kernel.weights(size, np.array(targets, np.int64))
    return table, spans


# A folder's photos share a few sizes.
_kept_weights = lru_cache(maxsize=16)(_weights)


@cache
def compiled_kernel() -> ModuleType | None:
    """The compiled kernel, or None where it can't be had (numba missing or at odds with this machine)."""
    try:
        from imgenc_gui.core.hashing import kernel
    except Exception as error:  # noqa: BLE001 - whatever numba or LLVM says, Pillow's way gives the same bits
        log.warning("Resampling with Pillow, which is slower and gives the same encodings (%r)", error)
        return None
    return kernel
