"""Keeps libtiff quiet, which Pillow carries: it writes its errors to standard error, beside the exception that tells.

There they would stand between a command's own lines, and a window has nobody who reads them. Pillow itself silences its
warnings, in the same way. Where the library can't be had (Windows, where it lies inside Pillow's module), it goes on.
"""

from __future__ import annotations

import ctypes
import functools
import logging

from PIL import _imaging

log = logging.getLogger(__name__)


@functools.cache
def silence() -> None:
    """Let libtiff write nothing from now on, in all of this process."""
    try:
        library = ctypes.CDLL(_imaging.__file__)  # what it is linked with is found by it, too
        for function in (library.TIFFSetErrorHandler, library.TIFFSetWarningHandler):
            function.argtypes, function.restype = (ctypes.c_void_p,), ctypes.c_void_p
            function(None)
    except (OSError, AttributeError):
        log.info("libtiff can't be silenced here", exc_info=True)
