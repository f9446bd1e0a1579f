"""The methods PHash, AHash, DHash and WHash: 64-bit hashes equal bit for bit to imagededup's.

Each takes a grey image of its recipe's size, uint8, and returns 16 lower-case hexadecimal characters: the reference's,
by compiled code where that is ready. Ties between floating-point values decide bits, so its order of operations is that
of numpy, scipy and PyWavelets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.hashing.moving import moved_places, moved_steps, moved_waves
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import HASH_BITS, HashMethod, InputRecipe, Kind


def phash(grey: NDArray[np.uint8]) -> str:
    """The reference's PHash."""
    kernel = KERNEL.get()
    return reference.phash(grey) if kernel is None else _text(kernel.above_median(reference.frequencies(grey), 1))


def ahash(grey: NDArray[np.uint8]) -> str:
    """The reference's AHash."""
    kernel = KERNEL.get()
    return reference.ahash(grey) if kernel is None else _text(kernel.above_mean(grey))


def dhash(grey: NDArray[np.uint8]) -> str:
    """The reference's DHash."""
    kernel = KERNEL.get()
    return reference.dhash(grey) if kernel is None else _text(kernel.rising(grey))


def whash(grey: NDArray[np.uint8]) -> str:
    """The reference's WHash."""
    kernel = KERNEL.get()
    if kernel is None:
        return reference.whash(grey)
    low = np.empty((8, 8), np.float64)
    kernel.haar(grey, low)
    return _text(kernel.above_median(low, 0))


def _text(bits: int) -> str:
    return f"{bits:016x}"


def _method(
    label: str,
    size: tuple[int, int],
    compute: Callable[[NDArray[np.uint8]], str],
    sentence: str,
    thresholds: Mapping[Likeness, float],
    *,
    moved: Callable[[str], Mapping[int, str]],
) -> HashMethod:
    recipe = InputRecipe(*size, grey=True)
    return HashMethod(
        label.lower(), label, Kind.HASH, HASH_BITS, recipe, 1, sentence, compute, thresholds=thresholds, moved=moved
    )


# The thresholds are measured: README, "What distances mean". AHash and WHash give unrelated landscapes equal hashes.
PHASH = _method(
    "PHash",
    (32, 32),
    phash,
    "The best all-rounder: recognises resized, recompressed and lightly edited copies.",
    {Likeness.IDENTICAL: 0, Likeness.SAME: 4, Likeness.EDITED: 10, Likeness.LOOKALIKE: 14},
    moved=moved_waves,
)
AHASH = _method(
    "AHash",
    (8, 8),
    ahash,
    "The simplest: recognises near-identical copies, with more false alarms.",
    {Likeness.LOOKALIKE: 2},
    moved=moved_places,
)
DHASH = _method(
    "DHash",
    (9, 8),
    dhash,
    "Follows edges: steady when brightness or contrast was changed.",
    {Likeness.IDENTICAL: 0, Likeness.SAME: 4, Likeness.EDITED: 6, Likeness.LOOKALIKE: 10},
    moved=moved_steps,
)
WHASH = _method(
    "WHash",
    (256, 256),
    whash,
    "Like AHash, on wavelets: keeps the broad shapes, ignores fine detail.",
    {Likeness.LOOKALIKE: 2},
    moved=moved_places,
)
