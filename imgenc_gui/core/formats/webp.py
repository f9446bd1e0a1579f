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

_HEAD = 12  # bytes of a file before its first chunk
_CHUNK = 8  # bytes of a chunk before what is in it
_ARGUMENTS = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def decode_into(data: bytes, pixels: NDArray[np.uint8]) -> bool:
    """Fill an array (h, w, 3 or 4), RGB or RGBA; False when that can't be, and then the array holds anything."""
    library, part = _library(), _picture_in(data)
    if library is None or part is None:
        return False
    start, end = part
    function = library.WebPDecodeRGBInto if pixels.shape[2] == 3 else library.WebPDecodeRGBAInto  # noqa: PLR2004
    beginning = np.frombuffer(data, np.uint8).ctypes.data
    return bool(function(beginning + start, end - start, pixels.ctypes.data, pixels.nbytes, pixels.strides[0]))


def _picture_in(data: bytes) -> tuple[int, int] | None:
    """Where the one picture of a file begins, with the chunk of its alpha, and ends; None for no such.

    The decoder is given these bytes alone, as by Pillow: of a damaged picture it would take what follows for its end.
    """
    alpha, place = None, _HEAD
    while place + _CHUNK <= len(data):
        kind, end = data[place : place + 4], place + _CHUNK + int.from_bytes(data[place + 4 : place + 8], "little")
        end += end % 2
        if kind in (b"VP8 ", b"VP8L"):
            return place if alpha is None else alpha, min(end, len(data))
        if kind == b"ALPH" and alpha is None:
            alpha = place
        place = end
    return None


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
