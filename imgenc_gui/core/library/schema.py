"""What the library's database consists of, and how one of an earlier version becomes one of this."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from imgenc_gui.core.library.faults import NotOursError, TroubleError
from imgenc_gui.core.library.transaction import transaction
from imgenc_gui.core.records.troubles import Trouble, TroubleCode

APPLICATION = 0x696D6763  # "imgc": SQLite's mark of whose file it is
VERSION = 2

# No foreign keys: they cost a search per row, and what is deleted is deleted in one place (room.py). Contents have ids
# that never come again, so that nobody who has read one elsewhere takes another content for it.
_TABLES = """
CREATE TABLE methods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, UNIQUE (name, version));
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, reader TEXT NOT NULL, format TEXT NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, frames INTEGER NOT NULL, orientation INTEGER NOT NULL,
    warnings TEXT, taken TEXT, UNIQUE (digest, reader)
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    content INTEGER, failure TEXT, readers TEXT NOT NULL, seen INTEGER NOT NULL
);
CREATE INDEX files_by_content ON files (content);
CREATE INDEX files_by_seen ON files (seen);
CREATE TABLE hashes (
    content INTEGER NOT NULL, method INTEGER NOT NULL, turned INTEGER NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (content, method, turned)
) WITHOUT ROWID;
CREATE TABLE vectors (
    content INTEGER NOT NULL, method INTEGER NOT NULL, turned INTEGER NOT NULL, value BLOB NOT NULL,
    UNIQUE (content, method, turned)
)
"""
TABLES = tuple(statement.strip() for statement in _TABLES.split(";"))
# From each earlier version to the next: the statements that make it so.
MIGRATIONS: dict[int, tuple[str, ...]] = {1: ("ALTER TABLE contents ADD COLUMN taken TEXT",)}


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database consists of; ``is_precious``: a damaged one is set aside, and not removed."""

    version: int
    tables: tuple[str, ...]
    migrations: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    is_precious: bool = True


def library_schema() -> Schema:
    """The library's own."""
    return Schema(VERSION, TABLES, MIGRATIONS)


def prepare(connection: sqlite3.Connection, schema: Schema, *, new: bool) -> bool:
    """Look whether a database is one of ours and of this version, and make it one if it may be.

    Whether it is; False for an empty one, unless a ``new`` one is wanted. Raises NotOursError, TroubleError and
    whatever SQLite does.
    """
    if _is_empty(connection):
        if not new:
            return False
        # Pages that are free can be given back, if that is said before there are any.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
    if _pragma(connection, "user_version") != schema.version:
        with transaction(connection):
            _bring_up_to_date(connection, schema)
    _check(connection, schema)
    return True


def _bring_up_to_date(connection: sqlite3.Connection, schema: Schema) -> None:
    if _is_empty(connection):  # nobody was quicker
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        _run(connection, schema.tables, schema.version)
        return
    _check_owner(connection)
    version = _pragma(connection, "user_version")
    if version > schema.version:
        raise TroubleError(Trouble(TroubleCode.NEWER))
    for earlier in range(version, schema.version):
        if earlier not in schema.migrations:
            raise NotOursError(f"There never was a version {earlier}.")
        _run(connection, schema.migrations[earlier], earlier + 1)


def _run(connection: sqlite3.Connection, statements: tuple[str, ...], version: int) -> None:
    for statement in statements:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")


def _check(connection: sqlite3.Connection, schema: Schema) -> None:
    _check_owner(connection)
    there = {row[0] for row in connection.execute("SELECT sql FROM sqlite_master")}
    if not there.issuperset(statement.encode() for statement in schema.tables):
        raise NotOursError("Its tables aren't ours.")


def _check_owner(connection: sqlite3.Connection) -> None:
    if _pragma(connection, "application_id") != APPLICATION:
        raise NotOursError("It is another program's.")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not (
        _pragma(connection, "user_version")
        or _pragma(connection, "application_id")
        or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
