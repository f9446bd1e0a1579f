"""Which contents the library has, so that it need not be asked for each picture that is new."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from imgenc_gui.core.library.database import Opened, Which

_NEW_ONES = 64  # then more will come: for a few it isn't worth learning what there is
_MOST = 50_000  # some 5 MB
_SECONDS = 0.5  # between two looks at what has been added, by whatever program
_ADDED = "SELECT id, digest FROM contents WHERE id > ? ORDER BY id LIMIT ?"


class Digests:
    """The digests of the contents that a database has, or had; none of one that has too many. For any thread.

    To ask the database takes ten times as long, and a small picture's hash is made in a millisecond.
    """

    def __init__(self) -> None:
        self._learning = threading.Lock()
        self._new = 0
        self._too_many = False
        self._which: Which | None = None  # the database that they are of
        self._known: set[bytes] = set()
        self._last = -1
        self._due = 0.0

    def note_new(self) -> None:
        """Note that the database was asked for a content that it didn't have."""
        self._new += 1

    def lack(self, digest: bytes, ask: Callable[[Callable[[Opened], None]], object]) -> bool:
        """Whether the database had no such content a moment ago; False where that isn't known. ``ask``: asks it."""
        if self._too_many or self._new < _NEW_ONES:
            return False
        if time.monotonic() >= self._due and self._learning.acquire(blocking=False):
            try:
                ask(self._learn)
            finally:
                self._learning.release()
        return self._which is not None and digest not in self._known

    def _learn(self, opened: Opened) -> None:
        if opened.which != self._which:  # it was set aside, and another one begun
            self._forget()
        added = opened.sqlite.execute(_ADDED, (self._last, _MOST)).fetchall()
        self._known.update(digest for _, digest in added)
        if added:
            self._last = added[-1][0]
        self._due = time.monotonic() + _SECONDS
        self._which = opened.which
        if len(self._known) >= _MOST:
            self._too_many = True
            self._forget()

    def _forget(self) -> None:
        self._which, self._known, self._last = None, set(), -1
