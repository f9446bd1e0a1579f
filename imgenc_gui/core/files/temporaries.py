"""Temporary files beside exports: what a process that was killed has left there is removed by the next export."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from imgenc_gui.core import private

if sys.platform != "win32":
    import fcntl


class Kind(StrEnum):
    """What a file of ours is for, as the end of its name says."""

    NEW = "tmp"  # it will be an export
    OLD = "old"  # what a file held before; the journal says which (together.py)
    JOURNAL = "journal"
    FOLDER = "files"  # of a library that makes its own, or of a window


_NAMES = {kind: re.compile(rf"\.imgenc-[0-9a-f]{{16}}\.{kind}") for kind in Kind}


def new_name(kind: Kind = Kind.NEW) -> str:
    """A name that no other file has, and that nobody can foresee."""
    return f".imgenc-{secrets.token_hex(8)}.{kind}"


def is_name(name: object, kind: Kind) -> bool:
    """Whether it is such a name."""
    return isinstance(name, str) and _NAMES[kind].fullmatch(name) is not None


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
    """A new folder in ``parent``, in use until it is removed or this process ends."""

    def __init__(self, parent: Path) -> None:
        while True:
            self.path = parent / new_name(Kind.FOLDER)
            self.path.mkdir(private.FOLDER)
            self._claim = Claim(self.path)
            if not self._claim.is_lost:
                break
        # Windows renames no folder with an open file in it.
        self._mark = open(self.path / "in-use", "xb", opener=private.opened)  # noqa: SIM115 - open until the end

    def remove(self) -> None:
        """With all that is in it."""
        self._mark.close()
        shutil.rmtree(self.path, ignore_errors=True)
        self._claim.end()


def found(folder: Path) -> dict[Kind, list[Path]]:
    """The files of ours in a folder; none where it can't be looked at."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are enough, of what may be a hundred thousand pictures
    except OSError:
        names = []
    ours = [name for name in names if name.startswith(".imgenc-")]
    return {kind: [folder / name for name in ours if is_name(name, kind)] for kind in Kind}


@contextlib.contextmanager
def abandoned(path: Path) -> Iterator[None]:
    """While nobody else can take it for abandoned. Raises OSError for what is in use, among other things."""
    if sys.platform == "win32":
        path.rename(path)  # refused while a process has it open
        yield
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # else another was quicker
            yield
        else:
            raise FileNotFoundError(path)
    finally:
        os.close(descriptor)
