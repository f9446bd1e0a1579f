"""How much room the library takes, and how it is made: in small transactions, so that nobody waits long."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from imgenc_gui.core.library.database import Opened
from imgenc_gui.core.library.entries import Current, LibraryInfo
from imgenc_gui.core.library.transaction import transaction

_AT_ONCE = 500  # files or contents with all that is kept of them
_IDS_AT_ONCE = 20_000  # looked through
_PAGES_AT_ONCE = 500
LEFT = 0.9  # of the limit, so that what comes next doesn't meet it again
_NO_MORE = object()


class Pruning:
    """Makes room step by step, each in a transaction, whenever more than the limit is used.

    ``steps``: begins to make room for a limit, and is gone on with for each step.
    """

    def __init__(self, steps: Callable[[sqlite3.Connection, int], Iterator[None]]) -> None:
        self._steps = steps
        self._begun: tuple[Opened, Iterator[None]] | None = None  # by which connection

    def step(self, opened: Opened, limit: int) -> bool:
        """Make a little room if it is time to. Whether there is more to do."""
        if self._begun is None or self._begun[0] is not opened:
            if used(opened.sqlite) <= limit:
                return False
            self._begun = opened, self._steps(opened.sqlite, limit)
        if next(self._begun[1], _NO_MORE) is _NO_MORE:
            self._begun = None
        return self._begun is not None

    def stop(self) -> None:
        """Begin anew the next time: something went wrong."""
        self._begun = None


def info(connection: sqlite3.Connection, path: Path, limit: int) -> LibraryInfo:
    """Count what there is."""
    files, pictures, hashes, vectors = (
        int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
        for table in ("files", "contents", "hashes", "vectors")
    )
    return LibraryInfo(path, used(connection), limit, files, pictures, hashes + vectors)


def used(connection: sqlite3.Connection) -> int:
    """How many bytes are in use."""
    return (_pragma(connection, "page_count") - _pragma(connection, "freelist_count")) * _page_size(connection)


def prune(connection: sqlite3.Connection, limit: int, current: Current) -> Iterator[None]:
    """Make room until 90 % of the limit are used: one transaction per step.

    What no reader or method of today makes goes first, then contents that no file has, then the files that were seen
    least lately. Nothing goes if less than the limit is used.
    """
    if used(connection) > limit:
        for _ in _removals(connection, current):
            yield
            if used(connection) <= limit * LEFT:
                break
    yield from shrink(connection, limit)


def remove_unused(connection: sqlite3.Connection) -> Iterator[None]:
    """Remove contents that no file has."""
    yield from _contents(connection, "NOT EXISTS (SELECT 1 FROM files WHERE content = contents.id)", ())


def clear(connection: sqlite3.Connection) -> Iterator[None]:
    """Remove everything, and give the disk its space back, one transaction per step."""
    with transaction(connection):
        for table in ("files", "contents", "hashes"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
    yield
    removed = 1
    while removed:
        with transaction(connection):  # each has a page of its own to be freed: all at once would take long
            removed = connection.execute(
                f"DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors LIMIT {_AT_ONCE})"  # noqa: S608
            ).rowcount
        yield
    connection.execute("VACUUM")
    empty_journal(connection)


def empty_journal(connection: sqlite3.Connection) -> None:
    """Put what was written where it belongs, as far as nobody reads it: the file shrinks only then."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _removals(connection: sqlite3.Connection, current: Current) -> Iterator[None]:
    yield from _old_methods(connection, current)
    yield from _old_readers(connection, current)
    yield from remove_unused(connection)
    yield from _least_seen(connection)


def _least_seen(connection: sqlite3.Connection) -> Iterator[None]:
    while True:
        with transaction(connection):
            rows = connection.execute("SELECT id, content FROM files ORDER BY seen, id LIMIT ?", (_AT_ONCE,)).fetchall()
            connection.executemany("DELETE FROM files WHERE id = ?", [(number,) for number, _ in rows])
            left = {content for _, content in rows if content is not None}
            _remove_contents(connection, [content for content in left if not _is_some_files(connection, content)])
        if not rows:
            return
        yield


def _old_methods(connection: sqlite3.Connection, current: Current) -> Iterator[None]:
    old = [
        number
        for number, name, version in connection.execute("SELECT id, name, version FROM methods").fetchall()
        if type(name) is bytes and current.methods.get(name.decode(errors="replace"), version) != version
    ]
    if not old:
        return
    marks = ",".join("?" * len(old))
    for low, high in _ranges(connection):
        with transaction(connection):
            for table in ("hashes", "vectors"):
                connection.execute(
                    f"DELETE FROM {table} WHERE content > ? AND content <= ? AND method IN ({marks})",  # noqa: S608
                    (low, high, *old),
                )
        yield


def _old_readers(connection: sqlite3.Connection, current: Current) -> Iterator[None]:
    names = {key.rpartition(" ")[0]: key for key in current.readers}
    there = [row[0] for row in connection.execute("SELECT DISTINCT reader FROM contents").fetchall()]
    for told in there:
        key = told.decode(errors="replace") if type(told) is bytes else ""
        if names.get(key.rpartition(" ")[0], key) != key:
            yield from _contents(connection, "reader = ?", (key,))


def _contents(connection: sqlite3.Connection, which: str, values: Sequence[str]) -> Iterator[None]:
    """Remove contents, and the files that have them."""
    for low, high in _ranges(connection):
        rows = connection.execute(
            f"SELECT id FROM contents WHERE id > ? AND id <= ? AND {which}",  # noqa: S608
            (low, high, *values),
        ).fetchall()
        for start in range(0, len(rows), _AT_ONCE):
            with transaction(connection):
                # Asked again, now that nobody else writes: one may have become a file's meanwhile.
                again = f"SELECT id FROM contents WHERE id = ? AND {which}"  # noqa: S608
                found = [
                    connection.execute(again, (*row, *values)).fetchone() for row in rows[start : start + _AT_ONCE]
                ]
                numbers = [row[0] for row in found if row is not None]
                connection.executemany("DELETE FROM files WHERE content = ?", [(number,) for number in numbers])
                _remove_contents(connection, numbers)
            yield


def _remove_contents(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    for statement in (
        "DELETE FROM contents WHERE id = ?",
        "DELETE FROM hashes WHERE content = ?",
        "DELETE FROM vectors WHERE content = ?",
    ):
        connection.executemany(statement, [(number,) for number in numbers])


def _is_some_files(connection: sqlite3.Connection, content: int) -> bool:
    return connection.execute("SELECT 1 FROM files WHERE content = ? LIMIT 1", (content,)).fetchone() is not None


def _ranges(connection: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    first, last = connection.execute("SELECT min(id), max(id) FROM contents").fetchone()
    for low in range((first or 1) - 1, last or 0, _IDS_AT_ONCE):
        yield low, low + _IDS_AT_ONCE


def shrink(connection: sqlite3.Connection, limit: int) -> Iterator[None]:
    """Shorten a file that is longer than the limit; else its free pages are used again."""
    free = _pragma(connection, "freelist_count")
    while free and _pragma(connection, "page_count") * _page_size(connection) > limit:
        # One page per step, which only a script goes on with.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
        yield
        before, free = free, _pragma(connection, "freelist_count")
        if free >= before:  # another program may have made it one that never shrinks
            return


def _page_size(connection: sqlite3.Connection) -> int:
    return _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
