"""That nothing can be kept for the next start is told of once, whatever it is of: one cause hinders all of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from imgenc_gui.core.naming import brief, shown

log = logging.getLogger(__name__)

SENTENCE = "Nothing can be kept in {0} ({1}). All else works; what would be kept is made anew at the next start."


def _log(folder: str, reason: str) -> None:
    log.warning("%s", SENTENCE.format(folder, reason))


class Unkept:
    """Any thread may note it; a person is told once.

    ``tell`` is called for that, on any thread, with the folder and the reason, as they are shown.
    """

    def __init__(self, tell: Callable[[str, str], object] = _log) -> None:
        self.tell = tell
        self.is_told = False
        self._is_known = False  # the person has read of the same cause in other words
        self._waiting: list[tuple[str, str]] = []
        self._tellers = 0
        self._lock = threading.Lock()

    def note(self, folder: Path, error: BaseException) -> None:
        """Something can't be kept there."""
        with self._lock:
            self._waiting.append((shown(str(folder)), brief(error)))
        self._tell()

    def known(self) -> None:
        """A person was told of trouble with the library, which has words of its own."""
        with self._lock:
            self._is_known = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait with telling until this ends: the library may tell of the same, or there is nobody yet to tell."""
        with self._lock:
            self._tellers += 1
        try:
            yield
        finally:
            with self._lock:
                self._tellers -= 1
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            if not self._waiting or self._tellers:
                return
            first, *_ = self._waiting
            self._waiting.clear()
            if self.is_told or self._is_known:
                log.info("%s", SENTENCE.format(*first))
                return
            self.is_told = True
        self.tell(*first)


UNKEPT = Unkept()
