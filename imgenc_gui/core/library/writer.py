"""The one writer: what others want written waits for its thread, and is committed several times a second."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from imgenc_gui.core.library.database import Database

T = TypeVar("T")

_COMMIT_SECONDS = 0.25  # a process that is killed loses what came in so long
_MOST_AT_ONCE = 2000
_MOST_WAITING = 20_000


class Writer(Generic[T]):
    """Takes entries from any thread. ``write`` puts many of them into an open transaction."""

    def __init__(self, database: Database, write: Callable[[sqlite3.Connection, list[T]], None]) -> None:
        self._database = database
        self._write = write
        self._waiting: queue.Queue[T] = queue.Queue(_MOST_WAITING)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, entry: T) -> None:
        """Have an entry written soon."""
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="library-writer", daemon=True)
                self._thread.start()
        self._waiting.put(entry)

    def close(self, seconds: float) -> bool:
        """Write what waits, and end. Whether all was written in time."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def _run(self) -> None:
        connection = self._database.connect()
        try:
            while not (self._closed.is_set() and self._waiting.empty()):
                entries = self._portion()
                if entries:
                    connection.execute("BEGIN IMMEDIATE")
                    self._write(connection, entries)
                    connection.execute("COMMIT")
        finally:
            connection.close()

    def _portion(self) -> list[T]:
        self._closed.wait(_COMMIT_SECONDS)
        entries: list[T] = []
        while len(entries) < _MOST_AT_ONCE:
            try:
                entries.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return entries
