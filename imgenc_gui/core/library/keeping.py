"""Results into the database, many at once, inside a transaction that is open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.library.database import Opened
from imgenc_gui.core.library.entries import GONE, Gone, Kept, Order, Seen
from imgenc_gui.core.library.faults import NotOursError
from imgenc_gui.core.library.portions import in_portions, insert
from imgenc_gui.core.library.readers import stored_reader
from imgenc_gui.core.library.stored import keys_of, stored_encoding, stored_failure, stored_warnings
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import UPRIGHT, Facts, FileIdentity

_FILE = (
    "INSERT INTO files (path, size, mtime_ns, content, failure, readers, seen) VALUES {}"
    " ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
    " content = excluded.content, failure = excluded.failure, readers = excluded.readers, seen = excluded.seen"
)
_CONTENTS = "SELECT digest, reader, id FROM contents WHERE digest IN ({})"
_CONTENT = (
    "INSERT OR REPLACE INTO contents"
    " (id, digest, reader, format, width, height, frames, orientation, warnings, taken) VALUES {}"
)

_HIGHEST = 1 << 62  # no library has so many contents


def keep(opened: Opened, entries: Sequence[Kept | Seen | Gone], today: int) -> None:
    """Write entries; of two on one thing the later one holds."""
    portion = _Portion(opened, today)
    # Judged here, many at once, and not where they come from: between two pictures it takes five times as long.
    keys = [keys_of(entry.result) if isinstance(entry, Kept) else None for entry in entries]
    portion.look_up({one[2] for one in keys if one is not None and one[2] is not None})
    for entry, stored in zip(entries, keys, strict=True):
        if isinstance(entry, Gone):
            portion.gone |= dict.fromkeys(entry.keys)
        elif isinstance(entry, Kept) and stored is not None:
            portion.add(entry, *stored)
    portion.write([number for entry in entries if isinstance(entry, Seen) for number in entry.files])


@dataclass(slots=True)
class _Portion:
    """The rows that some entries make."""

    opened: Opened
    today: int
    gone: dict[bytes, None] = field(default_factory=dict)
    _files: dict[bytes, tuple[Any, ...]] = field(default_factory=dict)
    _contents: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    _new: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    _dates: dict[int, str] = field(default_factory=dict)  # of contents that may be there without
    _forgotten: dict[int, None] = field(default_factory=dict)
    _hashes: dict[tuple[int, int, bool], int | bytes] = field(default_factory=dict)
    _vectors: dict[tuple[int, int, bool], int | bytes] = field(default_factory=dict)
    _obeyed: set[Order] = field(default_factory=set)
    _readers: dict[Reader | None, tuple[str, str]] = field(default_factory=dict)
    _last: int | None = None

    def look_up(self, digests: Iterable[bytes]) -> None:
        """Find those contents that are known."""
        for digest, reader, number in in_portions(self.opened.sqlite, _CONTENTS, list(digests)):
            self._contents[digest, reader] = number

    def add(self, kept: Kept, path: bytes, file: FileIdentity, digest: bytes | None) -> None:
        """Make the rows of a result, by its keys."""
        result, facts = kept.result, kept.result.facts
        if kept.reader not in self._readers:
            self._readers[kept.reader] = stored_reader(kept.reader)
        reader, asked = self._readers[kept.reader]
        content = None if facts is None or digest is None else self._content(kept, facts, digest, reader)
        self.gone.pop(path, None)
        self._files[path] = (path, file.size, file.mtime_ns, content, stored_failure(result.failure), asked, self.today)
        if content is None or facts is None:
            return
        turned = kept.turned and facts.turn != UPRIGHT
        for method, value in result.encodings.items():
            rows = self._hashes if method.is_hash else self._vectors
            rows[content, self._number(method), turned] = stored_encoding(value)

    def write(self, seen: Iterable[int]) -> None:
        """Write them all, and which files were seen besides."""
        connection = self.opened.sqlite
        for table in ("hashes", "vectors"):
            connection.executemany(
                f"DELETE FROM {table} WHERE content = ?",  # noqa: S608
                [(content,) for content in self._forgotten],
            )
        insert(connection, _CONTENT, list(self._new.values()))
        dates = [(taken, content) for content, taken in self._dates.items()]
        connection.executemany("UPDATE contents SET taken = ? WHERE id = ? AND taken IS NULL", dates)
        insert(connection, _FILE, list(self._files.values()))
        for table, rows in (("hashes", self._hashes), ("vectors", self._vectors)):
            insert(
                connection,
                f"INSERT OR REPLACE INTO {table} (content, method, turned, value) VALUES {{}}",  # noqa: S608
                [(*key, value) for key, value in rows.items()],
            )
        connection.executemany("UPDATE files SET size = ? WHERE path = ?", [(GONE, key) for key in self.gone])
        in_portions(connection, f"UPDATE files SET seen = {self.today:d} WHERE id IN ({{}})", [*seen])  # noqa: S608

    def _content(self, kept: Kept, facts: Facts, digest: bytes, reader: str) -> int:
        key = (digest, reader.encode())
        number = self._contents.get(key)
        is_new = number is None
        if number is None:
            number = self._contents[key] = self._next()
        is_anew = kept.anew is not None and not kept.anew.is_obeyed and kept.anew not in self._obeyed
        if is_anew and kept.anew is not None:
            self._obeyed.add(kept.anew)
            self._forget(number)
        taken = facts.taken.isoformat() if facts.taken else None
        if is_new or is_anew:
            told = stored_warnings(kept.result.warnings)
            self._new[number] = (
                *(number, digest, reader, facts.format, facts.width, facts.height, facts.frames),
                *(facts.orientation, told, taken),
            )
        elif taken is not None and number not in self._new:
            self._dates[number] = taken
        return number

    def _forget(self, content: int) -> None:
        self._forgotten[content] = None
        for rows in (self._hashes, self._vectors):
            for key in [key for key in rows if key[0] == content]:
                del rows[key]

    def _next(self) -> int:
        """An id that no content ever had. Nobody else gives one meanwhile: the transaction writes."""
        if self._last is None:
            row = self._execute("SELECT seq FROM sqlite_sequence WHERE name = 'contents'").fetchone()
            last = row[0] if row else 0
            if type(last) is not int or not 0 <= last < _HIGHEST:
                raise NotOursError("Its contents aren't numbered.")
            self._last = last
        self._last += 1
        return self._last

    def _number(self, method: Method) -> int:
        number = self.opened.methods.get((method.id, method.version))
        if number is None:
            what = (method.id, method.version)
            self._execute("INSERT OR IGNORE INTO methods (name, version) VALUES (?, ?)", what)
            number = int(self._execute("SELECT id FROM methods WHERE name = ? AND version = ?", what).fetchone()[0])
            self.opened.methods[what] = number  # if the transaction fails, the connection is closed
        return number

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self.opened.sqlite.execute(statement, values)
