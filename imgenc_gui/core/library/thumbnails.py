"""Thumbnails that were made once, in a database of their own. What is lost of it is made again."""

from __future__ import annotations

import io
import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.reader import as_read_errors
from imgenc_gui.core.library.database import LOCKED_SECONDS, Database
from imgenc_gui.core.library.faults import FAULTS, TroubleError, code_of
from imgenc_gui.core.library.room import LEFT, Pruning, empty_journal, shrink, used
from imgenc_gui.core.library.schema import Schema
from imgenc_gui.core.library.transaction import transaction
from imgenc_gui.core.library.writer import Outcome, Writer
from imgenc_gui.core.records.results import ReadError
from imgenc_gui.core.records.troubles import TroubleCode

log = logging.getLogger(__name__)

T = TypeVar("T")

_TABLE = (
    "CREATE TABLE thumbnails (id INTEGER PRIMARY KEY, digest BLOB NOT NULL, reader TEXT NOT NULL,"
    " longest INTEGER NOT NULL, seen INTEGER NOT NULL, png BLOB NOT NULL, UNIQUE (digest, reader, longest))"
)
SCHEMA = Schema(
    version=1,
    tables=(
        _TABLE,
        "CREATE INDEX thumbnails_by_seen ON thumbnails (seen)",
    ),
    is_precious=False,
)
_AT_ONCE = 200
_ENTRY_BYTES = 500  # in memory, but for the picture


@dataclass(frozen=True, slots=True)
class _Which:
    """A thumbnail: of which bytes, by which reader, how large."""

    digest: bytes
    reader: str
    longest: int


@dataclass(frozen=True, slots=True)
class _Made:
    which: _Which
    png: bytes
    today: int


@dataclass(frozen=True, slots=True)
class _Seen:
    number: int
    today: int


class Thumbnails:
    """Asked from any thread, for pixels that are the same as those made anew: PNG loses none.

    It never raises, waits long, or complains: it knows nothing where anything is wrong with it.
    """

    def __init__(self, path: Path, limit: int, today: Callable[[], int]) -> None:
        self.path = path
        self._limit = limit
        self._today = today
        self._database = Database(path, SCHEMA)
        self._writer: Writer[_Made | _Seen] = Writer(self._write, self._tidy)
        self._is_useless = False
        self._pruning = Pruning(_prune)

    def get(self, digest: str, reader: str, longest: int) -> NDArray[np.uint8] | None:
        """The thumbnail (h, w, 3) of a file with these bytes, as this reader shows it; None where there is none."""
        which = _Which(bytes.fromhex(digest), reader, longest)
        row = self._ask(lambda connection: _find(connection, which))
        if row is None:
            return None
        number, seen, png = row
        if type(png) is not bytes or (pixels := _pixels(png)) is None:
            return None
        today = self._today()
        if seen != today:
            self._put(_Seen(number, today), _ENTRY_BYTES)
        return pixels

    def keep(self, digest: str, reader: str, longest: int, pixels: NDArray[np.uint8]) -> None:
        """Keep a thumbnail that was made."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        made = _Made(_Which(bytes.fromhex(digest), reader, longest), file.getvalue(), self._today())
        self._put(made, _ENTRY_BYTES + len(made.png))

    def size(self) -> int:
        """How many bytes are in use."""
        return self._ask(used) or 0

    def limit_to(self, limit: int) -> None:
        """Hold to another limit from now on."""
        self._limit = limit

    def prune(self, limit: int) -> bool:
        """Make room for a limit. Whether that could be done."""

        def pruned(connection: sqlite3.Connection) -> None:
            for _ in _prune(connection, limit):
                pass

        return self._alone(pruned)

    def clear(self) -> bool:
        """Forget all, and give the disk its space back. Whether that could be done."""

        def cleared(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM thumbnails")
            connection.execute("VACUUM")

        return self._alone(cleared)

    def _alone(self, job: Callable[[sqlite3.Connection], object]) -> bool:
        """Whether a job was done that others wait for."""
        if self._is_useless:
            return False
        try:
            with self._database.alone(LOCKED_SECONDS) as opened:
                if opened is not None:
                    job(opened.sqlite)
                    empty_journal(opened.sqlite)
        except (*FAULTS, TroubleError) as error:
            self._meet(error)
            return False
        return True

    def close(self, seconds: float) -> bool:
        """Write what is to be written, and end. Whether that was done in time."""
        written = self._writer.close(seconds)
        self._database.close()
        return written

    def _put(self, entry: _Made | _Seen, size: int) -> None:
        if not self._is_useless:
            self._writer.put(entry, size)

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        if self._is_useless:
            return None
        try:
            with self._database.reading() as opened:
                return None if opened is None else question(opened.sqlite)
        except (*FAULTS, TroubleError) as error:
            self._meet(error)
        return None

    def _meet(self, error: BaseException) -> None:
        """Do without for the rest of the run, unless it passes: a damaged one was removed, a locked one is let go."""
        trouble = error.trouble if isinstance(error, TroubleError) else None
        code = trouble.code if trouble is not None else code_of(error)
        if code not in (TroubleCode.DAMAGED, TroubleCode.LOCKED):
            log.warning("Thumbnails can't be kept", exc_info=error)
            self._is_useless = True

    # On the writer's thread

    def _write(self, entries: list[_Made | _Seen]) -> Outcome:
        """Write them; what can't be written is lost without harm."""
        if self._is_useless:
            return Outcome.DONE
        try:
            with self._database.writing() as opened, transaction(opened.sqlite):
                opened.sqlite.executemany(
                    "INSERT OR REPLACE INTO thumbnails (digest, reader, longest, seen, png) VALUES (?, ?, ?, ?, ?)",
                    [
                        (one.which.digest, one.which.reader, one.which.longest, one.today, one.png)
                        for one in entries
                        if isinstance(one, _Made)
                    ],
                )
                opened.sqlite.executemany(
                    "UPDATE thumbnails SET seen = ? WHERE id = ?",
                    [(one.today, one.number) for one in entries if isinstance(one, _Seen)],
                )
        except (*FAULTS, TroubleError) as error:
            self._meet(error)
        return Outcome.DONE

    def _tidy(self) -> bool:
        """Make a little room if it is time to. Whether there is more to do."""
        if self._is_useless:
            return False
        try:
            with self._database.writing() as opened:
                return self._pruning.step(opened, self._limit)
        except (*FAULTS, TroubleError) as error:
            self._pruning.stop()
            self._meet(error)
        return False


def _find(connection: sqlite3.Connection, which: _Which) -> tuple[int, object, object] | None:
    row: tuple[int, object, object] | None = connection.execute(
        "SELECT id, seen, png FROM thumbnails WHERE digest = ? AND reader = ? AND longest = ?",
        (which.digest, which.reader, which.longest),
    ).fetchone()
    return row


def _pixels(png: bytes) -> NDArray[np.uint8] | None:
    try:
        with as_read_errors("A thumbnail"), Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            return np.asarray(image.convert("RGB"))
    except ReadError:
        return None


def _prune(connection: sqlite3.Connection, limit: int) -> Iterator[None]:
    """Make room: those go first that were seen least lately."""
    removed = int(used(connection) > limit)
    while removed and used(connection) > limit * LEFT:
        with transaction(connection):
            removed = connection.execute(
                f"DELETE FROM thumbnails WHERE id IN (SELECT id FROM thumbnails ORDER BY seen, id LIMIT {_AT_ONCE})"  # noqa: S608
            ).rowcount
        yield
    yield from shrink(connection, limit)
