"""The one writer: what others want written waits for its thread, and is committed several times a second."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_COMMIT_SECONDS = 0.25  # a process that is killed loses what came in so long
_AGAIN_SECONDS = 0.5  # after what couldn't be written
_CLOSING_SECONDS = 0.02  # the same, once there is no time left
_MOST_AT_ONCE = 2000
_MOST_WAITING = 64 << 20  # bytes in memory; what comes on top is dropped


class Outcome(Enum):
    """What became of writing some entries."""

    DONE = "done"
    SOON = "soon"  # to be tried again, which whoever closes the library waits for
    SOME_TIME = "some time"  # the same, if there is time: a full disk doesn't change within seconds


class Writer(Generic[T]):
    """Takes entries from any thread, and holds none of them up.

    ``write`` is given some of them in their order, and again unless it is done with them.
    ``tidy`` is called after each writing, and as long as it says that there is more to do.
    """

    def __init__(self, write: Callable[[list[T]], Outcome], tidy: Callable[[], bool]) -> None:
        self._write = write
        self._tidy = tidy
        self._closing: float | None = None  # by when it is to have ended
        self._tidying = math.inf  # until when it may still make room
        self.forget()
        _writers.add(self)

    def forget(self) -> None:
        """Begin anew, in a process that was forked off: the thread and its entries are its parent's."""
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._thread: threading.Thread | None = None
        self._lost = self._failed = False
        self._put = self._done = 0  # entries
        self._wanted = 0  # how many of them somebody waits for

    def put(self, entry: T, size: int) -> bool:
        """Have an entry of so many bytes written soon. Whether there was room for it."""
        with self._lock:  # which spares two calls per picture
            if self._closing is not None or self._bytes + size > _MOST_WAITING:
                return False
            if self._thread is None and not self._start():
                return False
            self._waiting.append((entry, size))
            self._put += 1
            self._bytes += size
            if len(self._waiting) == 1:
                self._changed.notify_all()
        return True

    def flush(self, seconds: float) -> bool:
        """Write what was put so far, at once. Whether that was done in time."""
        with self._changed:
            self._wanted = until = self._put
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._done >= until, seconds)

    def close(self, seconds: float) -> bool:
        """Write what waits, and end. Whether all was written in time."""
        with self._changed:
            self._closing = time.monotonic() + seconds
            self._tidying = self._closing - seconds / 2
            self._changed.notify_all()
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not (self._thread.is_alive() or self._lost or self._failed)

    def _start(self) -> bool:
        thread = threading.Thread(target=self._run, name="library-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            log.warning("The library's writer doesn't start", exc_info=True)
            return False
        self._thread = thread
        return True

    def _run(self) -> None:
        portion: list[T] = []
        more = False
        outcome = Outcome.DONE
        while True:
            self._pause(is_to_be_repeated=bool(portion), more=more)
            portion = portion or self._take()
            if portion:
                outcome = self._written(portion)
                if outcome is Outcome.DONE:
                    with self._changed:
                        self._done += len(portion)
                        self._changed.notify_all()
                    portion, more = [], True
            more = more and not portion and time.monotonic() < self._tidying and self._tidied()
            if self._closing is not None and not more:
                self._lost = bool(portion or self._waiting)
                if not self._lost or outcome is Outcome.SOME_TIME or time.monotonic() > self._closing:
                    return

    def _written(self, portion: list[T]) -> Outcome:
        """What became of writing a portion. A fault of ours costs it, and not all that comes after it."""
        try:
            return self._write(portion)
        except Exception:
            log.exception("%d entries of the library are lost", len(portion))
            self._failed = True
            return Outcome.DONE

    def _tidied(self) -> bool:
        try:
            return self._tidy()
        except Exception:
            log.exception("There is no more room made in the library")
            return False

    def _pause(self, *, is_to_be_repeated: bool, more: bool) -> None:
        with self._changed:
            if is_to_be_repeated:
                if self._closing is None:
                    self._changed.wait_for(self._is_closing, _AGAIN_SECONDS)
                else:
                    self._changed.wait(_CLOSING_SECONDS)
            elif not more and len(self._waiting) < _MOST_AT_ONCE:
                self._changed.wait_for(lambda: self._waiting or self._is_closing())
                self._changed.wait_for(lambda: self._is_closing() or self._wanted > self._done, _COMMIT_SECONDS)

    def _is_closing(self) -> bool:
        return self._closing is not None

    def _take(self) -> list[T]:
        with self._changed:
            taken = [self._waiting.popleft() for _ in range(min(_MOST_AT_ONCE, len(self._waiting)))]
            self._bytes -= sum(size for _, size in taken)
        return [entry for entry, _ in taken]


_writers: weakref.WeakSet[Writer[Any]] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for writer in tuple(_writers):
        writer.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
