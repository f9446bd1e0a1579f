"""Which files are being read: if this process dies of one of them, the next one knows which it may have been.

While a decoder works on a file, the file's path and digest stand in a slot of a file that this process keeps beside the
library, and removes when it ends in order. What stands in the file of a process that has died is suspected: it is read
before all else, one at a time, in a guarded child. A file that survives that is a file like any other; what kills its
child, or hangs it, stays suspected, so that it is never again read in the process of whoever asks for it.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from io import FileIO
from pathlib import Path

from imgenc_gui.core import ending, private
from imgenc_gui.core.living import changed, created, created_alive, lives
from imgenc_gui.core.stopping import Stop, check

log = logging.getLogger(__name__)

_NAME = re.compile(r"reading-[0-9a-f]{16}")
_SLOT = 8192  # bytes: no path of a file is as long but on Windows, where its digest is enough
_MARK = re.compile(rb"([rpt])([0-9a-f]{32})([^\0]+)")
_EMPTY = b"\0"
_MOST_SLOTS = 256  # of which a dead process's file is believed to consist
_MOST_KEPT = 64  # files of dead processes; what they name may never be read again
_HANGING_SECONDS = 10.0  # a decoder that works for longer when the process ends in order may never have ended
_LOOK_SECONDS = 0.05  # between two looks at the stop flag


class Use(StrEnum):
    """What a file is read for: each goes another way through its decoder."""

    ENCODING = "r"
    PREVIEW = "p"
    THUMBNAIL = "t"


@dataclass(frozen=True, slots=True)
class _Suspicion:
    use: Use
    digest: str


@dataclass(slots=True)
class _Marks:
    """The file of this process, and since when its slots are in use."""

    path: Path
    file: FileIO
    has_made_folder: bool
    since: dict[int, float] = field(default_factory=dict)

    def write(self, slot: int, mark: bytes) -> None:
        if hasattr(os, "pwrite"):
            os.pwrite(self.file.fileno(), mark, slot * _SLOT)
        else:
            self.file.seek(slot * _SLOT)
            self.file.write(mark)


class BeingRead:
    """Marks what this process reads, and knows what others died of. Any number of threads may use it at once.

    Outside of ``kept_in`` nothing is marked, and nothing suspected. Where the folder can't be written to, files are
    read all the same.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._users = 0
        self._marks: _Marks | None = None
        self._is_hindered = False
        self._suspects: dict[_Suspicion, list[tuple[Path, int]]] = {}  # and where it stands
        self._digests: frozenset[str] = frozenset()
        self.paths: frozenset[str] = frozenset()  # of suspected files
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    @contextmanager
    def kept_in(self, folder: Path) -> Iterator[None]:
        """Keep it in this folder meanwhile, and look what processes that have died left there."""
        with self._lock:
            self._users += 1
            if folder != self._folder:
                self._close()
                self._folder = folder
            self._look()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._close()
                    self._folder = None
                    self._suspects, self._digests, self.paths = {}, frozenset(), frozenset()

    def end(self) -> None:
        """The process ends in order; whoever is in ``kept_in`` may be a thread that never returns."""
        with self._lock:
            self._close()
            self._folder = None

    def is_suspected(self, digest: str) -> bool:
        """Whether imgenc may have died of a file with these bytes."""
        return digest in self._digests

    def in_turn(self, paths: Iterable[str]) -> Iterator[tuple[int, str]]:
        """The paths with their numbers, suspected ones first."""
        suspected = self.paths
        if not suspected:
            yield from enumerate(paths)
            return
        numbered = list(enumerate(paths))
        yield from (pair for pair in numbered if pair[1] in suspected)
        yield from (pair for pair in numbered if pair[1] not in suspected)

    def mark(self, use: Use, path: str, digest: str) -> tuple[_Marks, int] | None:
        """A file is read for this from now on until ``unmark`` of what is returned: a context would cost more."""
        if self._folder is None:
            return None
        try:
            mark = _mark(use, path, digest)
            with self._lock:
                if self._folder is None:  # the process has just begun to end
                    return None
                marks = self._marks = self._marks or _new_marks(self._folder)
                slot = 0
                while slot in marks.since:
                    slot += 1
                marks.write(slot, mark)
                marks.since[slot] = time.monotonic()
        except OSError:  # a read-only or a full disk: then nobody will know
            if not self._is_hindered:  # else it would fill the log, picture by picture
                log.info("What is being read can't be marked", exc_info=True)
            self._is_hindered = True
            return None
        return marks, slot

    def unmark(self, place: tuple[_Marks, int] | None) -> None:
        """It is no longer, with whatever outcome."""
        if place is None:
            return
        marks, slot = place
        with self._lock, suppress(OSError):
            if marks is self._marks:
                del marks.since[slot]
                marks.write(slot, _EMPTY)

    @contextmanager
    def alone(self, stop: Stop) -> Iterator[None]:
        """While no other suspected file is read. Raises StoppedError."""
        while not self._turn.acquire(timeout=_LOOK_SECONDS):
            check(stop)
        try:
            yield
        finally:
            self._turn.release()

    def clear(self, use: Use, digest: str) -> None:
        """It wasn't a file with these bytes, read for this."""
        with self._lock:
            places = self._suspects.pop(_Suspicion(use, digest), ())
            self._digests = frozenset(one.digest for one in self._suspects)
        for path, slot in places:
            with suppress(OSError):  # another process has just done so
                _clear(path, slot)

    def convict(self, use: Use, path: str, digest: str) -> None:
        """It was: whatever else becomes of the file, this stays suspected."""
        suspicion = _Suspicion(use, digest)
        with self._lock:
            if self._folder is None or suspicion in self._suspects:
                return
            place = _new_path(self._folder)
            self._suspects[suspicion] = [(place, 0)]
            self._digests |= {digest}  # it may have survived another use meanwhile
        try:
            with created(place) as file:
                file.write(_mark(use, path, digest))
        except OSError:
            log.info("What imgenc has died of can't be marked", exc_info=True)

    # With the lock

    def _close(self) -> None:
        """End in order: nothing stays marked but what has kept its decoder for so long that it may hang."""
        marks, self._marks = self._marks, None
        if marks is None:
            return
        now = time.monotonic()
        hangs = [slot for slot, since in marks.since.items() if now - since >= _HANGING_SECONDS]
        with suppress(OSError):
            for slot in set(marks.since).difference(hangs):
                marks.write(slot, _EMPTY)
        with suppress(OSError):
            marks.file.close()
        if not hangs:
            _remove(marks.path)
            if marks.has_made_folder:
                with suppress(OSError):  # it may hold more by now
                    marks.path.parent.rmdir()

    def _look(self) -> None:
        """Take up what dead processes have left."""
        self._suspects = {}
        paths = set()
        for file in _abandoned(self._folder) if self._folder is not None else ():
            marks = list(_marks_in(file))
            if not marks:
                _remove(file)
            for slot, suspicion, path in marks:
                self._suspects.setdefault(suspicion, []).append((file, slot))
                paths.add(path)
        self._digests = frozenset(one.digest for one in self._suspects)
        self.paths = frozenset(paths)

    def _forget(self) -> None:
        """In a process that was forked off: its file is another's, and so are the threads that read."""
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        marks, self._marks = self._marks, None
        if marks is not None:
            marks.file.close()


def _mark(use: Use, path: str, digest: str) -> bytes:
    """Raises OSError where this folder is gone."""
    absolute = path if os.path.isabs(path) else os.path.abspath(path)  # noqa: PTH100, PTH117
    return ((use + digest).encode() + os.fsencode(absolute))[: _SLOT - 1] + _EMPTY


def _new_path(folder: Path) -> Path:
    return folder / f"reading-{secrets.token_hex(8)}"


def _new_marks(folder: Path) -> _Marks:
    has_made_folder = not folder.exists()
    private.make_folder(folder)
    path = _new_path(folder)
    return _Marks(path, created_alive(path), has_made_folder)


def _abandoned(folder: Path) -> Sequence[Path]:
    """The files of processes that have died, the latest ones; older ones are removed."""
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return ()
    dead = sorted((path for path in found if not lives(path)), key=changed, reverse=True)
    for path in dead[_MOST_KEPT:]:
        _remove(path)
    return dead[:_MOST_KEPT]


def _marks_in(file: Path) -> Iterator[tuple[int, _Suspicion, str]]:
    """(slot, suspicion, path) for what is marked in a file; what a power cut has made of the rest is passed over."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_SLOTS * _SLOT)
    except OSError:
        return
    for slot in range(-(-len(content) // _SLOT)):
        found = _MARK.match(content, slot * _SLOT, (slot + 1) * _SLOT)
        if found:
            use, digest, path = found.groups()
            yield slot, _Suspicion(Use(use.decode()), digest.decode()), os.fsdecode(path)


def _clear(file: Path, slot: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(slot * _SLOT)
        opened.write(_EMPTY)
    if not any(_marks_in(file)):
        _remove(file)


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


BEING_READ = BeingRead()
ending.before(BEING_READ.end)
