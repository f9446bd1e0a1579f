"""Vectors of one length in compact blocks."""

from __future__ import annotations

from collections.abc import Iterable

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
        self._blocks[block][place] = np.asarray(vector, np.float32).reshape(self._length)
        return slot

    def get(self, slot: int) -> NDArray[np.float32]:
        """Return a copy, so that an exporting thread never sees a vector being replaced."""
        block, place = divmod(slot, _BLOCK)
        vector: NDArray[np.float32] = self._blocks[block][place].copy()
        return vector

    def gather(self, slots: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the vectors of these slots, (n, length)."""
        gathered = np.empty((len(slots), self._length), np.float32)
        for number, block in enumerate(self._blocks):
            inside = slots // _BLOCK == number
            gathered[inside] = block[slots[inside] % _BLOCK]
        return gathered

    def drop(self, slots: Iterable[int]) -> None:
        """Let slots be used again."""
        self._free.extend(slots)
