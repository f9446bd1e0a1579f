"""Temporary files beside exports: what a process that was killed has left there is removed by the next export."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_MARK = "in-use"
_NAME = re.compile(r"\.imgenc-[0-9a-f]{16}\.tmp")


def new_name() -> str:
    """A name that no other file has."""
    return f".imgenc-{secrets.token_hex(8)}.tmp"


class Claim:
    """Marks a file as in use, until its end or this process's. ``is_lost``: another has just removed it."""

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = None
        self.is_lost = False
        if sys.platform == "win32":  # nobody can remove what is open
            return
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            path.stat()
        except (FileNotFoundError, BlockingIOError):
            self.is_lost = True
        except OSError:  # where there are no locks, as on some network shares, nobody removes anything
            pass

    def end(self) -> None:
        """It is used no longer."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Folder:
    """A new folder in ``parent``, which is in use until it is removed, or this process ends."""

    def __init__(self, parent: Path) -> None:
        while True:
            self.path = parent / new_name()
            self.path.mkdir(mode=0o700)
            mark = self.path / _MARK
            with contextlib.suppress(FileNotFoundError):  # another has removed it in this moment, as nobody's
                self._mark = mark.open("xb")
                self._claim = Claim(mark)
                if not self._claim.is_lost:
                    return
                self._mark.close()

    def remove(self) -> None:
        """With all that is in it."""
        self._mark.close()
        shutil.rmtree(self.path, ignore_errors=True)
        self._claim.end()


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files that no process has claimed. What can't be looked at or removed stays."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are enough, of what may be a hundred thousand pictures
    except OSError:
        return
    for name in filter(_NAME.fullmatch, names):
        with contextlib.suppress(OSError):
            _remove(folder / name)


def _remove(path: Path) -> None:
    """Raises OSError for what is in use, among other things."""
    if path.is_dir() and not path.is_symlink():
        with contextlib.suppress(FileNotFoundError):  # killed before it had one
            _remove_file(path / _MARK)
        shutil.rmtree(path)
    else:
        _remove_file(path)


def _remove_file(path: Path) -> None:
    if sys.platform == "win32":
        path.unlink()
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    finally:
        os.close(descriptor)
