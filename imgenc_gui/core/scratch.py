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
_ROOM = 1.5  # times what is needed: a larger array isn't taken, for nobody counts the rest

Bytes = NDArray[np.uint8]


class Spare:
    """Large arrays that nobody uses just now. Any number of threads may call it at once."""

    def __init__(self) -> None:
        self._arrays: list[Bytes] = []
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)  # another thread may hold the lock there

    @property
    def size(self) -> int:
        """Their bytes."""
        with self._lock:
            return sum(array.size for array in self._arrays)

    def take(self, size: int) -> Bytes:
        """An uninitialised array of at least so many bytes. If none of those here fits, the largest makes room."""
        with self._lock:
            fitting = [array for array in self._arrays if size <= array.size <= _ROOM * size]
            chosen = min(fitting, key=_size) if fitting else max(self._arrays, key=_size, default=None)
            self._arrays = [array for array in self._arrays if array is not chosen]
            if chosen is not None and fitting:
                return chosen
            del chosen  # before the other one is there
        return np.empty(size, np.uint8)

    def give(self, array: Bytes) -> None:
        """Let others take it."""
        with self._lock:
            self._arrays.append(array)

    def let_go(self) -> None:
        """Give their memory back."""
        with self._lock:
            self._arrays = []

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._arrays = []


def _size(array: Bytes) -> int:
    return array.size


SPARE = Spare()


class Scratch(threading.local):
    """Each thread sees arrays of its own. An array is valid until the thread asks for the same name again, or rests."""

    def __init__(self) -> None:
        self._arrays: dict[str, Bytes] = {}
        self._large: dict[str, Bytes] = {}

    def array(self, name: str, *shape: int) -> Bytes:
        """An uninitialised uint8 array of this shape."""
        size = math.prod(shape)
        if size > _LARGEST:
            self._large.pop(name, None)
            kept = self._large[name] = SPARE.take(size)
        else:
            kept = self._arrays.get(name, _NONE)
            if kept.size < size:
                kept = self._arrays[name] = np.empty(size, np.uint8)
        return kept[:size].reshape(shape)

    def rest(self) -> None:
        """A picture is done: let its large arrays go to whoever needs some next."""
        while self._large:
            SPARE.give(self._large.popitem()[1])


_NONE = np.empty(0, np.uint8)
