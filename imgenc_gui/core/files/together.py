"""Several files replaced together: all new or all old, also after a process is killed, or the power fails, in between.

No system replaces several files at once. So a journal beside them says, before the first is replaced, where the old
ones are kept; whoever finds one whose process has ended puts these back. Until then, and for the moment that replacing
takes, programs that know nothing of the journal may find new files beside old ones.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from imgenc_gui.core.files import temporaries
from imgenc_gui.core.files.links import resolved
from imgenc_gui.core.files.temporaries import Kind

log = logging.getLogger(__name__)

_VERSION = 1
_DONE = b"done\n"
_LARGEST = 1 << 20  # bytes of a journal
_NEAR_NS = 2 * 10**9  # how exactly a memory card keeps times


@dataclass(frozen=True, slots=True)
class Change:
    """A file to be replaced: its name, the name that what it held gets beside it, and by what the new one is known.

    ``old``: None where there was no file.
    """

    name: str
    old: str | None
    size: int
    mtime_ns: int


class Journal:
    """What is being replaced in a folder. ``stream``: its file's, which others see is in use until it is closed here.

    It begins with the changes, on one line; a second line says that all was replaced.
    """

    def __init__(self, stream: IO[bytes], path: Path, changes: Sequence[Change]) -> None:
        self._stream = stream
        self._path = path
        self._changes = changes
        self._is_done = False

    def begin(self) -> None:
        """From now on the files may be replaced: whatever happens, they are put back."""
        content = {"version": _VERSION, "files": [asdict(change) for change in self._changes]}
        self._write(json.dumps(content).encode() + b"\n")
        sync_folder(self._path.parent)

    def commit(self) -> None:
        """All are replaced, and stay."""
        begun = os.fstat(self._stream.fileno()).st_size
        for folder in {target.parent for _, target, _ in _places(self._path.parent, self._changes)}:
            sync_folder(folder)
        try:
            self._write(_DONE)
            self._is_done = True
        except BaseException:
            os.truncate(self._path, begun)
            raise
        self._end(_let_go)

    def undo(self) -> None:
        """Put back what was there, unless all is done."""
        if not self._is_done:
            self._end(_put_back)

    def _write(self, line: bytes) -> None:
        self._stream.write(line)
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _end(self, end: Callable[[Path, Sequence[Change]], None]) -> None:
        try:
            end(self._path.parent, self._changes)
            self._stream.close()
            self._path.unlink(missing_ok=True)
        except OSError:  # who comes next goes on with it
            log.warning("The files of an export can't be put in order yet: %s", self._path, exc_info=True)


def tidy(folder: Path) -> None:
    """Put in order what exports that were killed have left in a folder. What can't be looked at or removed stays."""
    ours = temporaries.found(folder)
    for path in ours[Kind.JOURNAL]:
        with contextlib.suppress(OSError), temporaries.abandoned(path):
            _finish(path)
    for path in ours[Kind.NEW]:
        with contextlib.suppress(OSError), temporaries.abandoned(path):
            path.unlink()
    for path in ours[Kind.FOLDER]:
        with contextlib.suppress(OSError), temporaries.abandoned(path):
            shutil.rmtree(path)


def sync_folder(folder: Path) -> None:
    """Bring a folder's new entries to the disk, where the system can."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network shares can't; the files themselves are safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _finish(journal: Path) -> None:
    """Do what the journal of an export that was killed asks for."""
    if sys.platform != "win32" and journal.lstat().st_uid != os.geteuid():
        return  # another user's: it is theirs to do, and may ask for anything
    with journal.open("rb") as file:
        first, *others = file.read(_LARGEST).splitlines(keepends=True) or [b""]
    changes = _changes_in(first)  # none where the journal itself wasn't finished: nothing had been replaced
    if _DONE in others:
        _let_go(journal.parent, changes)
    else:
        log.info("An export was broken off; its files are put back as they were: %s", journal)
        _put_back(journal.parent, changes)
    journal.unlink()


def _changes_in(line: bytes) -> list[Change]:
    """What a journal's first line says. It may come from anywhere: it names files of its own folder alone."""
    try:
        content = json.loads(line) if line.endswith(b"\n") else {}
        changes = [Change(**one) for one in content.get("files", ()) if content.get("version") == _VERSION]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []
    return [change for change in changes if _is_sound(change)]


def _is_sound(change: Change) -> bool:
    return (
        isinstance(change.name, str)
        and Path(change.name).name == change.name not in {"", ".."}
        and "\0" not in change.name
        and (change.old is None or temporaries.is_name(change.old, Kind.OLD))
        and isinstance(change.size, int)
        and isinstance(change.mtime_ns, int)
    )


def _places(folder: Path, changes: Sequence[Change]) -> Iterator[tuple[Change, Path, Path | None]]:
    """Each change, where its file lies, and what that held before."""
    for change in changes:
        target = resolved(folder / change.name)
        yield change, target, None if change.old is None else target.with_name(change.old)


def _put_back(folder: Path, changes: Sequence[Change]) -> None:
    """Undo what was replaced; a file that somebody has written since stays. Once more, it changes nothing."""
    for change, target, old in _places(folder, changes):
        is_new = _is_new(target, change)
        if old is None:
            if is_new:
                target.unlink()
            continue
        if is_new or not target.exists():
            with contextlib.suppress(FileNotFoundError):  # it wasn't kept yet, or is back
                old.replace(target)
        old.unlink(missing_ok=True)  # one file under two names isn't moved from one to the other
    for place in {target.parent for _, target, _ in _places(folder, changes)}:
        sync_folder(place)


def _let_go(folder: Path, changes: Sequence[Change]) -> None:
    """Remove what the files held before."""
    for _, _, old in _places(folder, changes):
        if old is not None:
            old.unlink(missing_ok=True)


def _is_new(target: Path, change: Change) -> bool:
    try:
        status = target.stat()
    except FileNotFoundError:
        return False
    return status.st_size == change.size and abs(status.st_mtime_ns - change.mtime_ns) <= _NEAR_NS
