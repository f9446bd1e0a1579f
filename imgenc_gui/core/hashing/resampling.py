"""Pillow's Lanczos to the bit, for several target sizes at once: horizontally first, then vertically, always.

The compiled kernel does it as soon as it is ready, the reference until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.hashing.reference import Size
from imgenc_gui.core.scratch import Scratch

# Weights take 24 bytes per source pixel of a side and target: those of longer sides aren't kept, and past a million
# pixels Pillow, which makes them for one target at a time, needs less memory.
_LONGEST_KEPT = 10_000
_LONGEST = 1_000_000


def resize(image: NDArray[np.uint8], sizes: Sequence[Size], scratch: Scratch | None = None) -> list[NDArray[np.uint8]]:
    """Resample an RGB image (h, w, 3) uint8 to each (width, height) of ``sizes``; each result is (height, width, 3)."""
    kernel = KERNEL.get()
    if kernel is None or max(image.shape) > _LONGEST:
        return reference.resize(image, sizes)
    scratch = scratch or Scratch()
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    weights = _kept_weights if max(width, height) <= _LONGEST_KEPT else _weights
    table, spans = weights(kernel, width, tuple(size[0] for size in sizes))
    rows = scratch.array("rows", height, len(spans), 3)
    kernel.horizontal(image, table, spans, rows)
    flat_rows = rows.reshape(height, -1)
    table, spans = weights(kernel, height, tuple(size[1] for size in sizes))
    results = []
    column = span = 0
    for target_width, target_height in sizes:
        out = np.empty((target_height, target_width * 3), np.uint8)
        kernel.vertical(flat_rows, column, table, spans[span : span + target_height], out)
        results.append(out.reshape(target_height, target_width, 3))
        column += target_width * 3
        span += target_height
    return results


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey values (h, w) uint8 of an RGB image (h, w, 3) uint8, as Pillow's convert("L")."""
    kernel = KERNEL.get()
    if kernel is None:
        return reference.grey(image)
    out = np.empty(image.shape[:2], np.uint8)
    kernel.grey(np.ascontiguousarray(image), out)
    return out


def _weights(kernel: ModuleType, size: int, targets: tuple[int, ...]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    table, spans = kernel.weights(size, np.array(targets, np.int64))
    return table, spans


# A folder's photos share a few sizes.
_kept_weights = lru_cache(maxsize=16)(_weights)
