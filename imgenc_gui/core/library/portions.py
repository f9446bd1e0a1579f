"""Statements with many values: a few long ones, since each step of SQLite's lets the other threads go first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

# SQLite takes 999 values everywhere. Numbers of values are powers of two, so that few statements are to be prepared.
_MOST_ASKED = 256
_MOST_ROWS = 64


def in_portions(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a statement with a list, which is run as often as it takes; portions are filled up with a value."""
    rows: list[Any] = []
    for start in range(0, len(values), _MOST_ASKED):
        portion = [*values[start : start + _MOST_ASKED]]
        length = 1 << (len(portion) - 1).bit_length()
        portion += portion[-1:] * (length - len(portion))
        rows += connection.execute(statement.format(",".join("?" * length)), portion).fetchall()
    return rows


def insert(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement with rows of values, as often as it takes."""
    start = 0
    while start < len(rows):
        portion = rows[start : start + min(_MOST_ROWS, 1 << ((len(rows) - start).bit_length() - 1))]
        row = f"({','.join('?' * len(portion[0]))})"
        connection.execute(statement.format(",".join([row] * len(portion))), [*chain.from_iterable(portion)])
        start += len(portion)
