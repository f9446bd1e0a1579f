"""Still WEBP pictures straight from the library that Pillow carries: its own way takes six times the picture's memory.

Where the library can't be had (Windows, where it lies inside Pillow's module), and for whatever it refuses, Pillow
decides.
"""

from __future__ import annotations

import ctypes
import functools
import logging

import numpy as np
from numpy.typing import NDArray
from PIL import _webp

log = logging.getLogger(__name__)

_ARGUMENTS = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def decode_into(data: bytes, pixels: NDArray[np.uint8]) -> bool:
    """Fill an array (h, w, 3 or 4), RGB or RGBA; False when that can't be, and then the array holds anything."""
    library = _library()
    if library is None:
        return False
    function = library.WebPDecodeRGBInto if pixels.shape[2] == 3 else library.WebPDecodeRGBAInto  # noqa: PLR2004
    beginning = np.frombuffer(data, np.uint8).ctypes.data
    return bool(function(beginning, len(data), pixels.ctypes.data, pixels.nbytes, pixels.strides[0]))


@functools.cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(_webp.__file__)  # what it is linked with is found by it, too
        for function in (library.WebPDecodeRGBInto, library.WebPDecodeRGBAInto):
            function.argtypes, function.restype = _ARGUMENTS, ctypes.c_void_p
    except (OSError, AttributeError):
        log.info("WEBP pictures are decoded by Pillow alone", exc_info=True)
        return None
    return library
