"""Questions with long lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

_MOST_ASKED = 256  # values in one question; SQLite takes 999 everywhere


def in_portions(connection: sqlite3.Connection, question: str, values: list[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a question with a list, asked so often that SQLite takes it.

    A list is filled up with its last value to one of a few lengths, so that questions are prepared once.
    """
    for start in range(0, len(values), _MOST_ASKED):
        portion = values[start : start + _MOST_ASKED]
        length = 1 << (len(portion) - 1).bit_length()
        portion += portion[-1:] * (length - len(portion))
        yield from connection.execute(question.format(",".join("?" * length)), portion).fetchall()
