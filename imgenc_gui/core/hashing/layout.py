"""How pixels lie in memory between the kernels of resampling, for these and for whoever calls them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

CHANNELS = 3
LANES = 16  # neighbours, across the axis that is resampled, that are weighed at once
TILE = 128  # pixels of so many rows, whose pairs stay in the processor's nearest cache
SETTLED = 16  # columns that are settled at once


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


def unpaired(rows: NDArray[np.uint8], height: int, columns: int) -> NDArray[np.uint8]:
    """Rows in pairs as (height, columns, 3)."""
    apart = rows.reshape(len(rows), -1, 2).transpose(0, 2, 1).reshape(2 * len(rows), -1)
    return apart[:height, : columns * CHANNELS].reshape(height, columns, CHANNELS)
