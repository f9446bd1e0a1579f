"""Which contents the library has, so that it need not be asked for each picture that is new."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import numpy as np

from imgenc_gui.core.library.database import Opened, Which

_NEW_ONES = 64  # then more will come: for a few it isn't worth learning what there is
_PER_NEW_ONE = 32  # contents are learned in the time that one question takes
_AT_ONCE = 50_000
_SECONDS = 0.5  # between two looks at what has been added, by whatever program
_SPREAD = 16  # bytes for each content: one in so many new ones is asked for all the same
_LEAST, _MOST = 1 << 20, 1 << 26  # bytes
_COUNT = "SELECT (SELECT max(id) FROM contents) - (SELECT min(id) FROM contents) + 1"  # at most so many
_DIGITS = 16  # of a digest, hexadecimal
# All rows as one: each step of SQLite's lets the other threads go first.
_ADDED = (
    f"SELECT max(id), count(*), group_concat(substr(hex(digest) || '{'0' * _DIGITS}', 1, {_DIGITS}), '')"  # noqa: S608
    " FROM (SELECT id, digest FROM contents WHERE id > ? ORDER BY id LIMIT ?)"
)


class Digests:
    """The digests of the contents that a database has, or had, as marks in a table. For any thread.

    To ask the database takes ten times as long, and a small picture's hash is made in a millisecond.
    """

    def __init__(self) -> None:
        self._learning = threading.Lock()
        self._new = 0
        self._worth = _NEW_ONES  # new ones for which it is worth learning
        self._due = math.inf
        self._is_learned = False
        self._which: Which | None = None  # the database that they are of
        self._marks = bytearray(_LEAST)
        self._last, self._count = -1, 0

    def note_new(self, count: int) -> None:
        """Note that the database was asked for so many files or contents that it didn't have."""
        self._new += count
        if self._due == math.inf and self._new >= self._worth:
            self._due = 0.0

    def lack(self, digest: str, ask: Callable[[Callable[[Opened], bool]], bool | None]) -> bool:
        """Whether the database had no such content a moment ago; False where that isn't known. ``ask``: asks it."""
        if time.monotonic() >= self._due and self._learning.acquire(blocking=False):
            try:
                self._look(ask)
            finally:
                self._learning.release()
        marks = self._marks
        return self._is_learned and not marks[int(digest[:_DIGITS], 16) & len(marks) - 1]

    def _look(self, ask: Callable[[Callable[[Opened], bool]], bool | None]) -> None:
        learned = ask(self._learn)
        if learned is None:  # there is none yet, or it can't be asked: nor can it be for a content
            self._forget()
        self._is_learned = learned is not False
        self._due = time.monotonic() + _SECONDS if self._is_learned else math.inf

    def _learn(self, opened: Opened) -> bool:
        """Learn what was added. Whether that is worth its time."""
        is_full = 2 * len(self._marks) < self._count * _SPREAD and len(self._marks) < _MOST
        if is_full or opened.which != self._which:  # the database was set aside, and another one begun
            self._forget()
            count = opened.sqlite.execute(_COUNT).fetchone()[0] or 0
            self._worth = max(_NEW_ONES, count // _PER_NEW_ONE)
            if self._new < self._worth:
                return False
            self._which, self._marks = opened.which, bytearray(_size_for(count))
        added = _AT_ONCE
        while added == _AT_ONCE:
            last, added, digits = opened.sqlite.execute(_ADDED, (self._last, _AT_ONCE)).fetchone()
            if added:
                self._mark(bytes.fromhex(digits.decode()))
                self._last, self._count = last, self._count + added
        return True

    def _mark(self, digests: bytes) -> None:
        numbers = np.frombuffer(digests, ">u8")
        np.frombuffer(self._marks, np.uint8)[numbers & len(self._marks) - 1] = 1

    def _forget(self) -> None:
        self._is_learned = False  # first: others look meanwhile
        self._which, self._marks = None, bytearray(_LEAST)
        self._last, self._count = -1, 0


def _size_for(count: int) -> int:
    """Of the table for so many contents: a power of two, with room for as many again."""
    return min(max(1 << (count * _SPREAD).bit_length(), _LEAST), _MOST)
