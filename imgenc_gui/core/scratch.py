"""Arrays that a thread uses again from picture to picture.

A fresh array costs a page fault per 4 kB when it is first written, or a large page that is to be wiped: for small
pictures a third of the whole time, for large ones a tenth. Small arrays stay with their thread. A large one goes back
between two pictures to where any thread may take it, and memory that is short may be had (``formats/budget.py``).
"""

from __future__ import annotations

import math
import os
import threading

import numpy as np
from numpy.typing import NDArray

_LARGEST = 4 << 20  # bytes that a thread keeps
_LINE = 64  # bytes of the processor's cache: what vectors are read from had better begin with one
_ROOM = 1.5  # times what is needed: a larger array isn't taken, for nobody counts the rest

Bytes = NDArray[np.uint8]


class Spare:
    """Large arrays that nobody uses just now, by what they are for. Any number of threads may call it at once."""

    def __init__(self) -> None:
        self._arrays: dict[str, list[Bytes]] = {}
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)  # another thread may hold the lock there

    @property
    def size(self) -> int:
        """Their bytes."""
        with self._lock:
            return sum(array.size for arrays in self._arrays.values() for array in arrays)

    def take(self, name: str, size: int) -> Bytes:
        """An uninitialised array of at least so many bytes. If none of this name fits, their largest makes room.

        Those of other names stay: small rows would drop the pixels of another thread's next picture.
        """
        with self._lock:
            arrays = self._arrays.pop(name, [])
            fitting = [array for array in arrays if size <= array.size <= _ROOM * size]
            chosen = min(fitting, key=_size) if fitting else max(arrays, key=_size, default=None)
            self._arrays[name] = [array for array in arrays if array is not chosen]
            del arrays
            if chosen is not None and fitting:
                return chosen
            del chosen  # before the other one is there
        return np.empty(size, np.uint8)

    def give(self, name: str, array: Bytes) -> None:
        """Whoever had it is done: let others take the memory of an array, if it has its own, and a large one."""
        if array.size <= _LARGEST:
            return
        while isinstance(array.base, np.ndarray):
            array = array.base
        if array.flags.owndata and array.flags.c_contiguous:
            with self._lock:
                self._arrays.setdefault(name, []).append(array.reshape(-1))

    def let_go(self) -> None:
        """Give their memory back."""
        with self._lock:
            self._arrays = {}

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._arrays = {}


def _size(array: Bytes) -> int:
    return array.size


SPARE = Spare()


class Scratch(threading.local):
    """Each thread sees arrays of its own. An array is valid until the thread asks for the same name again.

    Large ones it has only for as long as somebody refers to them, or until they are given to ``SPARE``.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, Bytes] = {}

    def array(self, name: str, *shape: int) -> Bytes:
        """An uninitialised uint8 array of this shape."""
        size = math.prod(shape)
        if size > _LARGEST:
            return SPARE.take(name, size)[:size].reshape(shape)
        kept = self._arrays.get(name)
        if kept is None or kept.size < size:
            kept = np.empty(size + _LINE, np.uint8)
            kept = self._arrays[name] = kept[-kept.ctypes.data % _LINE :][:size]
        return kept[:size].reshape(shape)
