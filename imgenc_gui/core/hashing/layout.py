"""How pixels lie in memory between the kernels of resampling, for these and for whoever calls them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CHANNELS = 3
LANES = 16  # neighbours, across the axis that is resampled, that are weighed at once
TILE = 128  # pixels of so many rows, whose pairs stay in the processor's nearest cache
SETTLED = 16  # columns that are settled at once
ACROSS, DOWN = 2, 1  # pairs that are weighed at once, to sums apart, which needn't wait for each other

Sections = tuple[NDArray[np.int16], NDArray[np.int64], NDArray[np.int64]]  # as the kernel makes them


def paired_shape(height: int, columns: int) -> tuple[int, int]:
    """The shape (pairs, bytes) of rows in pairs: of each two rows both bytes of a column, then of the next one."""
    stride = -(-columns * CHANNELS // SETTLED) * SETTLED
    return -(-height // LANES) * LANES // 2, 2 * stride


def paired_rows(shape: tuple[int, int], memory: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """Room for rows of such a shape, in memory of ``paired_size`` bytes."""
    return (np.empty(paired_size(shape), np.uint8) if memory is None else memory)[: math.prod(shape)].reshape(shape)


def paired_size(shape: tuple[int, int]) -> int:
    """How many bytes rows of such a shape take: behind them some more are read, to no effect."""
    return math.prod(shape) + 2 * CHANNELS * LANES


def joined(down: Sequence[Sections]) -> Sections:
    """The sections of several targets as one, one after the other; where those of each begin, and the last end."""
    halves, sections, starts = [], [], [0]
    place = 0
    for its_halves, its_sections, _ in down:
        moved = its_sections.copy()
        moved[:, 2] += place
        place += len(its_halves)
        halves.append(its_halves)
        sections.append(moved)
        starts.append(starts[-1] + len(moved))
    return np.concatenate(halves), np.concatenate(sections), np.array(starts, np.int64)
