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
# pixels they are made for one target at a time.
_LONGEST_KEPT = 10_000
_LONGEST = 1_000_000
# Rows between the two passes, as far as they are more than the picture: a tall and narrow one grows in the first.
_MOST_BYTES = 64 << 20


def resize(image: NDArray[np.uint8], sizes: Sequence[Size], scratch: Scratch | None = None) -> list[NDArray[np.uint8]]:
    """Resample an RGB image (h, w, 3) uint8 to each (width, height) of ``sizes``; each result is (height, width, 3)."""
    if max(image.shape) > _LONGEST and len(sizes) > 1:
        return [result for size in sizes for result in resize(image, [size], scratch)]
    most = max(_MOST_BYTES, image.nbytes)
    kernel = KERNEL.get()
    if kernel is None:
        return reference.resize(image, sizes, most)
    scratch = scratch or Scratch()
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    weights = _kept_weights if max(width, height) <= _LONGEST_KEPT else _weights
    across, columns = weights(kernel, width, tuple(size[0] for size in sizes))
    down = weights(kernel, height, tuple(size[1] for size in sizes))
    results = [np.empty((target_height, target_width * 3), np.uint8) for target_width, target_height in sizes]
    step = min(len(columns), max(1, most // (3 * height)))
    kept = scratch.array("rows", height * step * 3)
    for start in range(0, len(columns), step):
        part = columns[start : start + step]
        rows = kept[: height * len(part) * 3].reshape(height, len(part), 3)
        kernel.horizontal(image, across, part, rows)
        _take_down(kernel, rows.reshape(height, -1), 3 * start, down, results)
    return [out.reshape(len(out), -1, 3) for out in results]


def _take_down(
    kernel: ModuleType,
    rows: NDArray[np.uint8],
    start: int,
    weights: tuple[NDArray[np.int32], NDArray[np.int32]],
    results: Sequence[NDArray[np.uint8]],
) -> None:
    """Resample columns of all results side by side, of which these rows are those from ``start`` on."""
    table, spans = weights
    end = start + rows.shape[1]
    column = span = 0
    for out in results:
        height, width = out.shape
        left, right = max(start, column), min(end, column + width)
        if left < right:
            whole = (left, right) == (column, column + width)
            part = out if whole else np.empty((height, right - left), np.uint8)
            kernel.vertical(rows, left - start, table, spans[span : span + height], part)
            if not whole:
                out[:, left - column : right - column] = part
        column += width
        span += height


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
