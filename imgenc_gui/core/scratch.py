"""Arrays that a thread uses again from picture to picture.

A fresh array of some hundred kilobytes costs a page fault per 4 kB when it is first written: for small pictures, a
third of the whole time. Large ones are made afresh; there the share is small and the memory would be held for nothing.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

_LARGEST = 4 << 20  # bytes


class Scratch(threading.local):
    """Each thread sees arrays of its own. An array is valid until the thread asks for the same name again."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[np.uint8]] = {}

    def array(self, name: str, *shape: int) -> NDArray[np.uint8]:
        """An uninitialised uint8 array of this shape."""
        size = math.prod(shape)
        if size > _LARGEST:
            return np.empty(shape, np.uint8)
        kept = self._arrays.get(name)
        if kept is None or kept.size < size:
            kept = self._arrays[name] = np.empty(size, np.uint8)
        return kept[:size].reshape(shape)
