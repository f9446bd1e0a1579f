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
from imgenc_gui.core.hashing.layout import (
    ACROSS,
    CHANNELS,
    DOWN,
    SETTLED,
    TILE,
    Sections,
    joined,
    paired_rows,
    paired_shape,
    paired_size,
)
from imgenc_gui.core.hashing.reference import Size
from imgenc_gui.core.records.methods import InputRecipe
from imgenc_gui.core.scratch import SPARE, Scratch

# Weights take 24 bytes per source pixel of a side and target, and their halves 12 (more only where the side is short):
# those of longer sides aren't kept, and past a quarter of a million pixels they are made for one target at a time.
_LONGEST_KEPT = 10_000
_LONGEST = 250_000
# Rows between the two passes, as far as they are more than the picture: a tall and narrow one grows in the first.
_MOST_BYTES = 64 << 20

Bytes = NDArray[np.uint8]


def resampled(image: Bytes, recipes: Sequence[InputRecipe], scratch: Scratch | None = None) -> list[Bytes]:
    """What each recipe asks for of an RGB image (h, w, 3) uint8, by Lanczos and not cropped."""
    sizes = tuple(dict.fromkeys([(recipe.width, recipe.height) for recipe in recipes]))
    kernel = KERNEL.get()
    if kernel is None:
        coloured = dict(zip(sizes, reference.resize(image, sizes, most_bytes(image)), strict=True))
        found = [(recipe, coloured[recipe.width, recipe.height]) for recipe in recipes]
        return [reference.grey(pixels) if recipe.grey else pixels for recipe, pixels in found]
    pixels = _resized(kernel, image, sizes, scratch or Scratch())
    values = np.empty(pixels.size // CHANNELS, np.uint8)
    kernel.grey(pixels, values)
    places, place = {}, 0
    for width, height in sizes:
        places[width, height] = place
        place += width * height
    made: list[Bytes] = []
    for recipe in recipes:
        width, height = size = recipe.width, recipe.height
        place = places[size]
        if recipe.grey:
            made.append(values[place : place + width * height].reshape(height, width))
        else:
            part = pixels[CHANNELS * place : CHANNELS * (place + width * height)]
            made.append(part.reshape(height, width, CHANNELS))
    return made


def resize(image: Bytes, sizes: Sequence[Size], scratch: Scratch | None = None) -> list[Bytes]:
    """Resample an RGB image (h, w, 3) uint8 to each (width, height) of ``sizes``; each result is (height, width, 3)."""
    return resampled(image, [InputRecipe(*size) for size in sizes], scratch)


def _resized(kernel: ModuleType, image: Bytes, sizes: tuple[Size, ...], scratch: Scratch) -> Bytes:
    """The pixels of all results, one after the other."""
    height, width = image.shape[:2]
    if max(width, height) > _LONGEST and len(sizes) > 1:
        return np.concatenate([_resized(kernel, image, (size,), scratch) for size in sizes])
    image = np.ascontiguousarray(image)
    *down, targets = (_kept_down if height <= _LONGEST_KEPT else _down)(kernel, height, sizes)
    columns = sum([width for width, _ in sizes])
    step = min(columns, max(1, most_bytes(image) // (paired_shape(height, 1)[0] * 2 * SETTLED) * SETTLED // CHANNELS))
    kept = scratch.array("rows", paired_size(paired_shape(height, step)))
    out = np.empty(CHANNELS * sum([width * height for width, height in sizes]), np.uint8)
    try:
        for start, count, across in _parts(kernel, width, sizes, columns, step):
            rows = paired_rows(paired_shape(height, count), kept)
            kernel.resample(image, *across, start, count, *down, targets, rows, out)
    finally:
        SPARE.give("rows", kept)
    return out


def most_bytes(image: Bytes) -> int:
    """Of the rows between the two passes, so many bytes at most are there at once."""
    return max(_MOST_BYTES, image.nbytes)


def _parts(
    kernel: ModuleType, width: int, sizes: tuple[Size, ...], columns: int, step: int
) -> Iterator[tuple[int, int, Sections]]:
    """The columns of all results side by side, so many at once: (first, how many, their sections)."""
    if step == columns and width <= _LONGEST_KEPT:
        yield 0, columns, _kept_across(kernel, width, sizes)
        return
    table, spans = kernel.weights(width, np.array([target for target, _ in sizes], np.int64))
    for start in range(0, columns, step):
        part = spans[start : start + step]
        yield start, len(part), kernel.sections(table, part, width, TILE, ACROSS)


def _across(kernel: ModuleType, width: int, sizes: tuple[Size, ...]) -> Sections:
    targets = np.array([target for target, _ in sizes], np.int64)
    made: Sections = kernel.sections(*kernel.weights(width, targets), width, TILE, ACROSS)
    return made


def _down(
    kernel: ModuleType, height: int, sizes: tuple[Size, ...]
) -> tuple[NDArray[np.int16], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The sections of all results, one after the other, and the results' sizes."""
    targets = np.array(sizes, np.int64)
    made = [kernel.sections(*kernel.weights(height, target), height, height, DOWN) for target in targets[:, 1:]]
    return *joined(made), targets


# A folder's photos share a few sizes.
_kept_across = lru_cache(maxsize=16)(_across)
_kept_down = lru_cache(maxsize=16)(_down)
