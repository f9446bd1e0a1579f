"""Pillow's Lanczos to the bit, for several target sizes at once: horizontally first, then vertically, always.

The compiled kernel does it as soon as it is ready, the reference until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.hashing.layout import CHANNELS, SETTLED, TILE, paired_rows, paired_shape, paired_size
from imgenc_gui.core.hashing.reference import Size
from imgenc_gui.core.scratch import SPARE, Scratch

# Weights take 24 bytes per source pixel of a side and target, and their halves 12 (more only where the side is short):
# those of longer sides aren't kept, and past a quarter of a million pixels they are made for one target at a time.
_LONGEST_KEPT = 10_000
_LONGEST = 250_000
# Rows between the two passes, as far as they are more than the picture: a tall and narrow one grows in the first.
MOST_BYTES = 64 << 20

Sections = tuple[NDArray[np.int16], NDArray[np.int64], NDArray[np.int64]]  # as the kernel makes them


def resize(image: NDArray[np.uint8], sizes: Sequence[Size], scratch: Scratch | None = None) -> list[NDArray[np.uint8]]:
    """Resample an RGB image (h, w, 3) uint8 to each (width, height) of ``sizes``; each result is (height, width, 3)."""
    if max(image.shape) > _LONGEST and len(sizes) > 1:
        return [result for size in sizes for result in resize(image, [size], scratch)]
    most = max(MOST_BYTES, image.nbytes)
    kernel = KERNEL.get()
    if kernel is None:
        return reference.resize(image, sizes, most)
    scratch = scratch or Scratch()
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    widths, heights = zip(*sizes, strict=True)
    down = (_kept_down if height <= _LONGEST_KEPT else _down)(kernel, height, heights)
    results = [np.empty((target_height, target_width * CHANNELS), np.uint8) for target_width, target_height in sizes]
    columns = sum(widths)
    step = min(columns, max(1, most // (paired_shape(height, 1)[0] * 2 * SETTLED) * SETTLED // CHANNELS))
    kept = scratch.array("rows", paired_size(paired_shape(height, step)))
    try:
        for start, count, across in _parts(kernel, width, widths, step):
            rows = paired_rows(paired_shape(height, count), kept)
            kernel.horizontal(image, *across, count, rows)
            _take_down(kernel, rows, range(CHANNELS * start, CHANNELS * (start + count)), down, results)
    finally:
        SPARE.give("rows", kept)
    return [out.reshape(len(out), -1, CHANNELS) for out in results]


def _parts(kernel: ModuleType, width: int, widths: tuple[int, ...], step: int) -> Iterator[tuple[int, int, Sections]]:
    """The columns of all results side by side, so many at once: (first, how many, their sections)."""
    columns = sum(widths)
    if step == columns and width <= _LONGEST_KEPT:
        yield 0, columns, _kept_across(kernel, width, widths)
        return
    table, spans = kernel.weights(width, np.array(widths, np.int64))
    for start in range(0, columns, step):
        part = spans[start : start + step]
        yield start, len(part), kernel.sections(table, part, width, TILE)


def _take_down(
    kernel: ModuleType,
    rows: NDArray[np.uint8],
    columns: range,
    down: Sequence[Sections],
    results: Sequence[NDArray[np.uint8]],
) -> None:
    """Resample columns of all results side by side, of which these rows are some."""
    column = 0
    for out, (halves, sections, _) in zip(results, down, strict=True):
        height, width = out.shape
        left, right = max(columns.start, column), min(columns.stop, column + width)
        if left < right:
            whole = (left, right) == (column, column + width)
            part = out if whole else np.empty((height, right - left), np.uint8)
            kernel.vertical(rows, left - columns.start, halves, sections, part)
            if not whole:
                out[:, left - column : right - column] = part
        column += width


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey values (h, w) uint8 of an RGB image (h, w, 3) uint8, as Pillow's convert("L")."""
    kernel = KERNEL.get()
    if kernel is None:
        return reference.grey(image)
    out = np.empty(image.shape[:2], np.uint8)
    kernel.grey(np.ascontiguousarray(image), out)
    return out


def _across(kernel: ModuleType, width: int, widths: tuple[int, ...]) -> Sections:
    return _all_sections(kernel, width, widths, TILE)


def _down(kernel: ModuleType, height: int, heights: tuple[int, ...]) -> list[Sections]:
    return [_all_sections(kernel, height, (target,), height) for target in heights]


def _all_sections(kernel: ModuleType, size: int, targets: tuple[int, ...], tile: int) -> Sections:
    made: Sections = kernel.sections(*kernel.weights(size, np.array(targets, np.int64)), size, tile)
    return made


# A folder's photos share a few sizes.
_kept_across = lru_cache(maxsize=16)(_across)
_kept_down = lru_cache(maxsize=16)(_down)
