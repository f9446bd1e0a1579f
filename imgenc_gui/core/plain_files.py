"""Opens files that are to be read, and nothing else: a pipe or a device could be waited for for ever."""

# ruff: noqa: PTH116 - paths stay strings, which may hold bytes that are no text

from __future__ import annotations

import os
import stat
from io import BufferedReader

_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # of no effect on a file


class NotAFileError(OSError):
    """There is a folder, a pipe, a socket or a device."""


def open_file(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file for reading its bytes. Raises NotAFileError, or another OSError."""
    _check(os.stat(path))  # opening alone does something to some devices
    return open(path, "rb", opener=_opened)


def _opened(path: str, flags: int) -> int:
    """As os.open: what lay there a moment ago may be something else by now."""
    descriptor = os.open(path, flags | _NO_WAITING)
    try:
        _check(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError
