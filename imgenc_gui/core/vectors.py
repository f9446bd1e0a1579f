"""Vectors of one length in compact blocks; of many, most lie in a file without a name, and not in memory."""

from __future__ import annotations

import logging
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from imgenc_gui.core import private

log = logging.getLogger(__name__)

NO_SLOT = -1
_BLOCK = 1024  # vectors per block: growing by blocks never copies what is there
_IN_MEMORY = 16  # blocks: 64 MB of 1024 numbers each
_SEGMENT = 16  # blocks of a file: each takes one of the process's descriptors


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Some vectors, (_BLOCK, length), and where they lie in a file's pages; None: in memory."""

    vectors: NDArray[np.float32]
    pages: mmap.mmap | None = None
    start: int = 0

    def let_go(self) -> None:
        """Let the system take the pages out of this process's memory; they come back as they are read."""
        if self.pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.pages.madvise(mmap.MADV_DONTNEED, self.start, self.vectors.nbytes)


class _Beyond:
    """Blocks in files that nobody else can open and that end with the process, however that ends."""

    def __init__(self, length: int) -> None:
        self._length = length
        unit = mmap.ALLOCATIONGRANULARITY
        self._bytes = -(-_BLOCK * length * np.dtype(np.float32).itemsize // unit) * unit
        self._free: list[_Block] = []

    def block(self) -> _Block:
        """Another block; in memory where the disk has no room."""
        if not self._free:
            try:
                self._free = self._segment()
            except OSError:
                log.info("No room on the disk for vectors: they stay in memory", exc_info=True)
                return _in_memory(self._length)
        return self._free.pop()

    def _segment(self) -> list[_Block]:
        with _nameless() as file:
            _reserve(file, _SEGMENT * self._bytes)  # a disk that is full later would end the process
            pages = mmap.mmap(file.fileno(), _SEGMENT * self._bytes)
        count = _BLOCK * self._length
        starts = range(0, len(pages), self._bytes)
        arrays = (np.frombuffer(pages, np.float32, count, start).reshape(_BLOCK, self._length) for start in starts)
        return [_Block(array, pages, start) for array, start in zip(arrays, starts, strict=True)][::-1]


def _in_memory(length: int) -> _Block:
    """A block that isn't in a file."""
    return _Block(np.empty((_BLOCK, length), np.float32))


def _nameless() -> BinaryIO:
    folder = user_cache_path("imgenc", appauthor=False)  # the system's folder for temporary files may lie in memory
    try:
        private.make_folder(folder)
        return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))
    except OSError:
        return cast("BinaryIO", tempfile.TemporaryFile())


def _reserve(file: BinaryIO, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.write(bytes(size))
        file.flush()


class Vectors:
    """Float32 vectors of one length in blocks, addressed by slot."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._blocks: list[_Block] = []
        self._beyond = _Beyond(length)
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
            self._blocks.append(self._new(block))
        elif slot < self._shared and block not in self._own:
            own = self._new(block)
            own.vectors[:] = self._blocks[block].vectors
            self._blocks[block] = own
            self._own.add(block)
        self._blocks[block].vectors[place] = np.asarray(vector, np.float32).reshape(self._length)
        if place == _BLOCK - 1:
            self._blocks[block].let_go()
        return slot

    def _new(self, number: int) -> _Block:
        return _in_memory(self._length) if number < _IN_MEMORY else self._beyond.block()

    def get(self, slot: int) -> NDArray[np.float32]:
        """Return a copy, so that an exporting thread never sees a vector being replaced."""
        block, place = divmod(slot, _BLOCK)
        vector: NDArray[np.float32] = self._blocks[block].vectors[place].copy()
        return vector

    def gather(self, slots: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the vectors of these slots, (n, length); zeros for NO_SLOT."""
        gathered = np.empty((len(slots), self._length), np.float32)
        numbers = slots // _BLOCK
        for number in np.unique(numbers).tolist():
            inside = numbers == number
            if number < 0:
                gathered[inside] = 0
                continue
            gathered[inside] = self._blocks[number].vectors[slots[inside] % _BLOCK]
            self._blocks[number].let_go()
        return gathered

    def drop(self, slots: Iterable[int]) -> None:
        """Let slots be used again."""
        self._free.extend(slots)


class Gathered:
    """Vectors in an order of their own, to be read as an array (n, length) is, without being one.

    A vector whose slot is NO_SLOT is of zeros, and not ``given``.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, vectors: Vectors, slots: NDArray[np.int32], length: int) -> None:
        self._vectors = vectors
        self._slots = slots
        self.shape = (len(slots), length)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which vectors there are, (n,)."""
        return np.asarray(self._slots != NO_SLOT)

    def __len__(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        gathered = self._vectors.gather(np.atleast_1d(self._slots[rows]))
        return gathered[0] if np.ndim(self._slots[rows]) == 0 else gathered
