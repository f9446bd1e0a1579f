"""One SQLite file: opened when it is needed, by one writer and any number of readers; set aside when it is damaged."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from imgenc_gui.core import private
from imgenc_gui.core.library.faults import TroubleError, code_of, trouble_of
from imgenc_gui.core.library.schema import Schema, library_schema, prepare
from imgenc_gui.core.records.troubles import Trouble, TroubleCode

if sys.platform != "win32":
    import fcntl

_CACHE_KB = 8000
_JOURNAL_BYTES = 16 << 20
READING_SECONDS = 1.0  # that a reader waits at most: other processes hold it up for moments, while they start or end
WRITING_SECONDS = 0.25  # that the writer waits before it looks whether it is to end
LOCKED_SECONDS = 5.0  # that another program may hold it before that is a trouble
_LOOK_SECONDS = 0.5  # between two looks whether another file has taken its place
_FORK_SECONDS = 1.0
_ENDINGS = ("-wal", "-shm", "")  # of the files that make up a database; the last is what others look for

Which = tuple[int, int]  # by what the system tells one file from another


@dataclass(slots=True, eq=False)
class Opened:
    """A connection, and which file it is to.

    ``methods``: the numbers of methods that it has met, by id and version. ``looked``: when that file was last there.
    """

    sqlite: sqlite3.Connection
    which: Which
    methods: dict[tuple[str, int], int] = field(default_factory=dict)
    looked: float = field(default_factory=time.monotonic)


class Database:
    """The file, made when something is to be written. Any thread may read; one writes.

    What it raises is in FAULTS, or a TroubleError.
    """

    def __init__(self, path: Path, schema: Schema | None = None) -> None:
        self.path = path
        self._schema = schema or library_schema()
        self._gate = threading.Condition()
        self._busy = 0  # connections in use
        self._idle: list[Opened] = []
        self._writer: Opened | None = None
        self._closed = False
        self._was_damaged = False
        with _listing:
            _databases.add(self)

    @contextmanager
    def reading(self) -> Iterator[Opened | None]:
        """A connection for reading; None where there is nothing to read."""
        with self._gate:
            self._busy += 1
            opened = self._idle.pop() if self._idle else None
        try:
            opened = self._still(opened)
            if opened is None:
                opened = self._open(READING_SECONDS, new=False)
            yield opened
        except BaseException as error:
            failed, opened = opened, None
            self._meet(error, failed)
            raise
        finally:
            with self._gate:
                if opened is not None:
                    self._idle.append(opened)
                self._leave()

    @contextmanager
    def writing(self) -> Iterator[Opened]:
        """The writer's connection."""
        with self._gate:
            self._busy += 1
            opened, self._writer = self._writer, None
        try:
            opened = self._still(opened)
            if opened is None:
                opened = self._open(WRITING_SECONDS, new=True)
            yield _there(opened)
        except BaseException as error:
            if code_of(error) is not TroubleCode.LOCKED:
                failed, opened = opened, None
                self._meet(error, failed)
            elif opened is not None:  # numbers that were given meanwhile were taken back
                opened.methods.clear()
            raise
        finally:
            with self._gate:
                self._writer = opened
                self._leave()

    @contextmanager
    def alone(self, seconds: float) -> Iterator[Opened | None]:
        """A connection for one job, which waits so long for others; None where there is no library."""
        with self._gate:
            self._busy += 1
        opened = None
        try:
            opened = self._open(seconds, new=False)
            yield opened
        except BaseException as error:
            failed, opened = opened, None
            self._meet(error, failed)
            raise
        finally:
            if opened is not None:
                opened.sqlite.close()
            with self._gate:
                self._leave()

    def close(self) -> None:
        """Close what is idle now, and the rest when it is."""
        with self._gate:
            self._closed = True
            self._close_idle()

    # Called with the gate

    def _leave(self) -> None:
        self._busy -= 1
        if self._closed:
            self._close_idle()
        self._gate.notify_all()

    def _close_idle(self) -> None:
        for opened in self._idle:
            opened.sqlite.close()
        self._idle.clear()
        if self._writer is not None:
            self._writer.sqlite.close()
            self._writer = None

    # Opening

    def _still(self, opened: Opened | None) -> Opened | None:
        """A connection, if the file that it is to still lies there."""
        if opened is None or time.monotonic() < opened.looked + _LOOK_SECONDS:
            return opened
        if opened.which == self._which():
            opened.looked = time.monotonic()
            return opened
        opened.sqlite.close()
        return None

    def _which(self) -> Which | None:
        try:
            status = os.stat(self.path)  # noqa: PTH116 - asked before each reading
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_dev, status.st_ino

    def _open(self, seconds: float, *, new: bool) -> Opened | None:
        """Open it; where there is none, make a ``new`` one, or return None."""
        while True:
            with _opening:
                if new:
                    self._make()
                which = self._which()
                if which is None or self._closed:
                    return None
                connection = sqlite3.connect(self.path, seconds, isolation_level=None, check_same_thread=False)
            if which == self._which():
                break
            connection.close()  # another process has just set it aside
        try:
            if self._set_up(connection, new=new):
                return Opened(connection, which)
        except BaseException as error:
            if not new and self._is_to_be_read_only(error):
                return self._open_as_it_is(connection, which)
            self._meet(error, Opened(connection, which))
            raise
        connection.close()
        return None

    def _set_up(self, connection: sqlite3.Connection, *, new: bool) -> bool:
        connection.text_factory = bytes  # what lies there may be no text; whoever wants one decodes it
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        connection.execute("PRAGMA temp_store = MEMORY")  # else each statement with many rows makes a file
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        return prepare(connection, self._schema, new=new)

    def _is_to_be_read_only(self, error: BaseException) -> bool:
        """Whether it could be read but for the files that SQLite would make beside it, and isn't allowed to."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            return False
        journal = Path(f"{self.path}-wal")  # what was written last is there, and can't be told from what is damaged
        return not (journal.exists() and journal.stat().st_size)

    def _open_as_it_is(self, refused: sqlite3.Connection, which: Which) -> Opened | None:
        refused.close()
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?immutable=1", isolation_level=None, check_same_thread=False, uri=True
        )
        if self._set_up(connection, new=False):
            return Opened(connection, which)
        connection.close()
        return None

    def _make(self) -> None:
        """See to it that there is a file, its owner's alone; those that SQLite makes beside it will be like it."""
        private.make_folder(self.path.parent)
        try:
            os.close(private.opened(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            # Never opened here but by SQLite: closing it would take this process's locks off it.
            for ending in _ENDINGS:
                private.close_to_others(Path(f"{self.path}{ending}"))

    # Damage

    def _meet(self, error: BaseException, failed: Opened | None) -> None:
        """Let go of a connection that failed. Raises TroubleError if what it was connected to is damaged."""
        if failed is None:
            return
        failed.sqlite.close()
        if code_of(error) is TroubleCode.DAMAGED:
            with self._gate:
                self._close_idle()
            raise self._set_aside(failed.which) from error

    def _set_aside(self, which: Which) -> TroubleError:
        """Rename a damaged file, unless another has. What to tell of it."""
        folder = self.path.parent
        try:
            with _locked(folder):
                if self._which() != which:
                    return TroubleError(None)
                if self._was_damaged:  # the disk may be to blame: it would go on and on
                    self.close()
                    return TroubleError(Trouble(TroubleCode.UNREACHABLE, ("it was damaged twice",)))
                self._was_damaged = True
                aside = _free_name(folder / f"library damaged {time.strftime('%Y-%m-%d %H%M%S')}.sqlite")
                for ending in _ENDINGS:
                    with suppress(FileNotFoundError):
                        if self._schema.is_precious:
                            Path(f"{self.path}{ending}").rename(f"{aside}{ending}")
                        else:
                            Path(f"{self.path}{ending}").unlink()
        except OSError as error:
            return TroubleError(trouble_of(error, folder))
        return TroubleError(Trouble(TroubleCode.DAMAGED, (str(aside),)))

    # Processes

    def hold(self) -> None:
        """Let nobody use a connection until ``go_on``, but wait only so long for those who do.

        Those that are open are closed: where a child has them, SQLite takes the file for locked there already, so that
        others, who see no lock, remove the journal under it.
        """
        self._gate.acquire()
        self._gate.wait_for(lambda: not self._busy, _FORK_SECONDS)
        self._close_idle()

    def go_on(self) -> None:
        """Let them."""
        self._gate.release()

    def forget(self) -> None:
        """In a process that was forked off: whoever used a connection isn't there, nor ever lets go of the gate."""
        self._gate, self._busy = threading.Condition(), 0


def _there(opened: Opened | None) -> Opened:
    if opened is None:  # the database is closed
        raise TroubleError(None)
    return opened


_opening = threading.Lock()
_databases: weakref.WeakSet[Database] = weakref.WeakSet()
_listing = threading.Lock()
_forking = threading.Lock()


def _before_fork() -> None:
    _forking.acquire()  # one thread at a time
    with _listing:
        databases = tuple(_databases)
    for database in databases:
        _held.append(database)
        database.hold()


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop().go_on()
    _forking.release()


def _after_fork_in_child() -> None:
    global _opening, _listing, _forking
    _opening, _listing, _forking = threading.Lock(), threading.Lock(), threading.Lock()
    while _held:
        _held.pop().forget()


_held: list[Database] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """While no other process does the same; on Windows nobody can rename what another has open."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network shares have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _free_name(path: Path) -> Path:
    number = 2
    free = path
    while free.exists():
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
        number += 1
    return free
