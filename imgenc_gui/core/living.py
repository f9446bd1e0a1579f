"""Files that tell whether the process that made them is still there: it holds them locked as long as it lives."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from imgenc_gui.core import private

if sys.platform != "win32":
    import fcntl

_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows


def created(path: Path) -> BinaryIO:
    """A new file for the owner alone. Raises OSError."""
    return os.fdopen(_opened(path), "wb")


def created_alive(path: Path) -> FileIO:
    """The same, without a buffer: it ``lives`` until it is closed, or this process ends. Raises OSError."""
    if sys.platform == "win32":  # being open is its lock
        return FileIO(_opened(path), "wb")
    new = path.with_name(f"new-{path.name}")  # it has its name only when it is locked
    file = FileIO(_opened(new), "wb")
    try:
        with suppress(OSError):  # some network shares have no locks: it may pass for a dead one's, at worst
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(path)
    except OSError:
        file.close()
        raise
    return file


def lives(path: Path) -> bool:
    """Whether the process that made this file alive has neither died nor removed it."""
    try:
        if sys.platform == "win32":
            path.rename(path)  # refused while a process has it open
            return False
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return os.fstat(descriptor).st_nlink == 0
        finally:
            os.close(descriptor)
    except (FileNotFoundError, BlockingIOError):  # removed just now, or locked
        return True
    except OSError:
        return sys.platform == "win32"


def changed(path: Path) -> float:
    """When a file was last changed, as time.time() tells; 0.0 where that can't be known."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _opened(path: Path) -> int:
    return private.opened(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY)
