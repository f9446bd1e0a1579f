"""One SQLite file: opened when it is needed, for one writer and any number of readers that never wait."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_APPLICATION = 0x696D6763  # "imgc": SQLite's mark of whose file it is
_VERSION = 1
_WAIT_SECONDS = 5.0  # for another process that writes

_SCHEMA = """
CREATE TABLE methods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, UNIQUE (name, version));
CREATE TABLE contents (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, reader TEXT NOT NULL, bytes INTEGER NOT NULL, format TEXT NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, frames INTEGER NOT NULL, orientation INTEGER NOT NULL,
    warnings TEXT, UNIQUE (digest, reader)
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    content INTEGER REFERENCES contents ON DELETE CASCADE, failure TEXT, reader TEXT, seen INTEGER NOT NULL
);
CREATE INDEX files_by_content ON files (content);
CREATE INDEX files_by_seen ON files (seen);
CREATE TABLE hashes (
    content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE, method INTEGER NOT NULL, turned INTEGER NOT NULL,
    value INTEGER NOT NULL, PRIMARY KEY (content, method, turned)
) WITHOUT ROWID;
CREATE TABLE vectors (
    content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE, method INTEGER NOT NULL, turned INTEGER NOT NULL,
    value BLOB NOT NULL, UNIQUE (content, method, turned)
);
"""


class Database:
    """The file, made at first use. Any thread may read; one writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading: it sees what was committed when its first question was asked."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self.connect()
        try:
            yield connection
        finally:
            with self._lock:
                self._idle.append(connection)

    def connect(self) -> sqlite3.Connection:
        """A connection of one's own, to be closed."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, _WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._create(connection)
        return connection

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    @staticmethod
    def _create(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody was quicker
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
        finally:
            connection.execute("COMMIT")
