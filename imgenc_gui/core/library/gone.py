"""Files that are no longer there are forgotten, but for those of a disk that isn't."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from functools import lru_cache

from imgenc_gui.core.library.transaction import transaction
from imgenc_gui.core.listing import is_gone

_AT_ONCE = 500


def forget_gone(connection: sqlite3.Connection) -> Iterator[None]:
    """Forget files that are gone from folders that are there; one transaction per step.

    Where a folder isn't there, or is empty, its disk may be unplugged.
    """
    is_there = lru_cache(_is_there)
    last = 0
    while rows := connection.execute(
        "SELECT id, path FROM files WHERE id > ? ORDER BY id LIMIT ?", (last, _AT_ONCE)
    ).fetchall():
        last = rows[-1][0]
        gone = [row for row in rows if type(row[1]) is bytes and is_gone(row[1]) and is_there(os.path.dirname(row[1]))]  # noqa: PTH120
        if gone:
            with transaction(connection):
                connection.executemany("DELETE FROM files WHERE id = ? AND path = ?", gone)
        yield


def _is_there(folder: bytes) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
