"""Vectors of one length in compact blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1024  # vectors per block: growing by blocks never copies what is there


class Vectors:
    """Float32 vectors of one length in blocks, addressed by slot."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._blocks: list[NDArray[np.float32]] = []
        self._used = 0
        self._free: list[int] = []
        self._shared = 0  # slots below are in blocks that a copy has, too
        self._own: set[int] = set()  # but for those in these blocks

    def copy(self) -> Vectors:
        """Return the same vectors; a block takes memory of its own only once either side puts another vector there."""
        other = Vectors(self._length)
        other._blocks, other._used, other._free = list(self._blocks), self._used, list(self._free)
        other._shared = len(self._blocks) * _BLOCK
        self._shared, self._own = max(self._shared, self._used), set()
        return other

    def put(self, vector: NDArray[np.float32], slot: int = -1) -> int:
        """Keep a copy of the vector, in ``slot`` or in a fresh one; the slot used."""
        if slot < 0:
            if self._free:
                slot = self._free.pop()
            else:
                slot = self._used
                self._used += 1
        block, place = divmod(slot, _BLOCK)
        if block == len(self._blocks):
            self._blocks.append(np.empty((_BLOCK, self._length), np.float32))
        elif slot < self._shared and block not in self._own:
            self._blocks[block] = self._blocks[block].copy()
            self._own.add(block)
        self._blocks[block][place] = np.asarray(vector, np.float32).reshape(self._length)
        return slot

    def get(self, slot: int) -> NDArray[np.float32]:
        """Return a copy, so that an exporting thread never sees a vector being replaced."""
        block, place = divmod(slot, _BLOCK)
        vector: NDArray[np.float32] = self._blocks[block][place].copy()
        return vector

    def gather(self, slots: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the vectors of these slots, (n, length); zeros for a slot of -1."""
        gathered = np.empty((len(slots), self._length), np.float32)
        numbers = slots // _BLOCK
        for number in np.unique(numbers).tolist():
            inside = numbers == number
            gathered[inside] = self._blocks[number][slots[inside] % _BLOCK] if number >= 0 else 0
        return gathered

    def drop(self, slots: Iterable[int]) -> None:
        """Let slots be used again."""
        self._free.extend(slots)


class Gathered:
    """Vectors in an order of their own, to be read as an array (n, length) is, without being one.

    A vector whose slot is -1 is of zeros.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, vectors: Vectors, slots: NDArray[np.int32], length: int) -> None:
        self._vectors = vectors
        self._slots = slots
        self.shape = (len(slots), length)

    def __len__(self) -> int:
        return len(self._slots)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        gathered = self._vectors.gather(np.atleast_1d(self._slots[rows]))
        return gathered[0] if np.ndim(self._slots[rows]) == 0 else gathered
