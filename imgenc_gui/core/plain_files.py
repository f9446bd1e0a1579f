"""Opens files that are to be read, and nothing else: a pipe or a device could be waited for for ever."""

# ruff: noqa: PTH116 - paths stay strings, which may hold bytes that are no text

from __future__ import annotations

import os
import stat
from io import FileIO

# Not to wait has no effect on a file; Windows would translate line ends.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class NotAFileError(OSError):
    """There is a folder, a pipe, a socket or a device."""


def open_file(path: str | os.PathLike[str]) -> FileIO:
    """Open a file for reading its bytes, without a buffer. Raises NotAFileError, or another OSError."""
    _check(os.stat(path))  # opening alone does something to some devices
    descriptor = os.open(path, _FLAGS)
    try:
        _check(os.fstat(descriptor))  # what lay there a moment ago may be something else by now
        return FileIO(descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError
