"""Where compiled code lies from one start to the next, and why it can be trusted.

What is kept is unpickled and run, so nothing is used that this user hasn't written (the folder is the owner's alone),
that has changed since (each file begins with its digest), or that was made for something else (the digest covers the
key: source, compiler, processor). Whoever loads leaves a marker until all has passed its test: the marker of a process
that has died tells the next one that what lies here may have killed it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from imgenc_gui.core import ending, private
from imgenc_gui.core.living import changed, created, created_alive, lives
from imgenc_gui.core.naming import brief

log = logging.getLogger(__name__)

_KEPT = 8  # folders, those last used: other versions and processors that share this user's cache
_DEATHS = 3  # a day, after which it isn't tried again: the compiler may crash here, and not what it left
_DAY = 86_400.0
_BEGINNING_SECONDS = 60.0  # that no file is without its marker
_DIGEST = hashlib.sha256().digest_size
_MARKER = "loading-"  # and an id, in which ends the name of whatever its process is just writing
_DEAD = "died-"  # and the id: a marker that has had its effect, and counts

_markers: set[Marker] = set()


class UnsafeError(Exception):
    """The folder isn't the user's alone."""


class DeadlyError(Exception):
    """Loading has killed imgenc again and again."""


class Marker:
    """A file that stands while its process loads; held open, so that others can tell whether that process lives."""

    def __init__(self, folder: Path) -> None:
        self.id = secrets.token_hex(8)
        self._path = folder / f"{_MARKER}{self.id}"
        self._file = created_alive(self._path)
        _markers.add(self)

    def remove_unfinished(self) -> None:
        """Nobody goes on with what was being written."""
        _remove(*(path for path in self._path.parent.glob(f"*-{self.id}") if path != self._path))

    def leave(self) -> None:
        """Let go of another process's."""
        self._file.close()

    def remove(self) -> None:
        """The loading has ended, or the process ends in order."""
        _markers.discard(self)
        if sys.platform == "win32":  # nothing open can be removed
            self._file.close()
        _remove(self._path)
        self._file.close()


@ending.before  # at the usual end after the waits for loadings, which are asked for later
def _end_in_order() -> None:
    for marker in tuple(_markers):
        marker.remove_unfinished()  # its thread ends with the process
        marker.remove()


def _forget() -> None:
    """In a process that was forked off: its parent loads, and ends for itself."""
    while _markers:
        _markers.pop().leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class Kept:
    """The compiled functions of one module for one key. Opening it marks the beginning of the loading.

    Raises UnsafeError, DeadlyError, and OSError where the folder can't be written to.
    """

    def __init__(self, root: Path, name: str, key: str) -> None:
        self._key = key
        self._root = root
        self.folder = root / f"{name}-{key[:16]}"
        for folder in (root, self.folder):
            _make_own(folder)
        died = [path for path in self.folder.glob(f"{_MARKER}*") if not lives(path)]
        yesterday = time.time() - _DAY
        if sum(changed(path) > yesterday for path in (*died, *self.folder.glob(f"{_DEAD}*"))) >= _DEATHS:
            raise DeadlyError(f"{_DEATHS} crashes within a day; the marks of them lie in {self.folder}")
        if died:  # or was killed; it heals itself, and whoever wants an answer can do nothing about it
            log.info("The loading of compiled code has ended in a crash before; it is made anew: %s", self.folder)
            self.discard()
        for marker in died:
            marked = _id(marker)
            _remove(*(path for path in self.folder.glob(f"*-{marked}") if path != marker))
            with suppress(OSError):  # another start has just done so
                marker.rename(self.folder / f"{_DEAD}{marked}")
        _sweep(self.folder)
        self._marker = Marker(self.folder)

    def read(self, name: str) -> bytes | None:
        """What was written under this name for this key; None where there is nothing, or nothing that is still so."""
        try:
            with (self.folder / name).open("rb") as file:
                _check_file(os.fstat(file.fileno()), file.name)
                content = file.read()
        except FileNotFoundError:
            return None
        except (OSError, UnsafeError) as error:
            log.warning("Compiled code can't be read and is made anew: %s", brief(error))
            return None
        payload = content[_DIGEST:]
        if content[:_DIGEST] != self._digest(name, payload):
            log.warning("Compiled code is damaged and is made anew: %s", self.folder / name)
            return None
        return payload

    def write(self, name: str, payload: bytes) -> None:
        """Keep this under this name: whole, or not at all."""
        path = self.folder / f"{name}-{self._marker.id}"
        try:
            with created(path) as file:
                file.write(self._digest(name, payload) + payload)
            path.replace(self.folder / name)
        except OSError as error:
            _remove(path)
            log.warning("Compiled code can't be kept in %s: %s", self.folder, brief(error))

    def discard(self) -> None:
        """Let nothing remain but markers, and what others are just writing."""
        _remove(*(path for path in self.folder.glob("*") if "-" not in path.name))

    def settle(self) -> None:
        """All has passed its test: what went before is forgotten."""
        _remove(*self.folder.glob(f"{_DEAD}*"))
        self._marker.remove()
        _prune(self._root)

    def leave(self) -> None:
        """The loading was stopped; the next one goes on from what there is."""
        self._marker.remove()

    def fail(self) -> None:
        """The loading has ended without a crash, and in vain."""
        self.discard()
        self._marker.remove()

    def _digest(self, name: str, payload: bytes) -> bytes:
        return hashlib.sha256(b"\0".join((self._key.encode(), name.encode(), payload))).digest()


def _sweep(folder: Path) -> None:
    """Remove what processes had begun that were killed then, and of which no marker tells."""
    for path in folder.glob("*-*"):
        kind, _, marked = path.name.rpartition("-")
        if f"{kind}-" in {_MARKER, _DEAD} or (folder / f"{_MARKER}{marked}").exists():
            continue
        if changed(path) < time.time() - _BEGINNING_SECONDS:
            _remove(path)


def _make_own(folder: Path) -> None:
    """Make the folder, and close it to others; what they could put into it before is theirs, and so never read.

    On Windows the profile's rights see to all this.
    """
    private.make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=stat.S_IRWXU)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise UnsafeError(f"{folder} is no folder")
    if sys.platform != "win32":
        _check_owner(status, folder)
        if stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
            folder.chmod(stat.S_IRWXU)


def _check_file(status: os.stat_result, name: object) -> None:
    if sys.platform != "win32":
        _check_owner(status, name)
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise UnsafeError(f"{name} can be written to by other users")


def _check_owner(status: os.stat_result, name: object) -> None:
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        raise UnsafeError(f"{name} belongs to another user")


def _id(marker: Path) -> str:
    return marker.name.removeprefix(_MARKER)


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _prune(root: Path) -> None:
    for folder in sorted(root.glob("*"), key=changed, reverse=True)[_KEPT:]:  # a marker's coming and going changes it
        shutil.rmtree(folder, ignore_errors=True)
