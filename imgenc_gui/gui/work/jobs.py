"""Run a function on another thread and get its answer back on the window's thread."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThread, QThreadPool, Signal

Done = Callable[[Any], object]
Failed = Callable[[Exception], object]


class Urgency(IntEnum):
    """Which of the jobs that wait comes first."""

    FILES = 0  # exports, and copying many rows
    LOOKS = 1  # thumbnails and previews of what is on the screen
    ANSWERS = 2  # what is alike, which the whole table waits for


class _Job(QRunnable):
    """Calls the function and emits its outcome. It owns no QObject: the pool destroys it on a pool thread."""

    def __init__(
        self,
        ticket: int,
        function: Callable[[], Any],
        emit: Callable[[int, object, object], None],
        closed: threading.Event,
    ) -> None:
        super().__init__()
        self._ticket = ticket
        self._function = function
        self._emit = emit
        self._closed = closed  # nobody listens any more: the signal's owner may be gone already

    def run(self) -> None:
        """Do the work, on a pool thread."""
        value = failure = None
        try:
            value = self._function()
        except Exception as error:  # noqa: BLE001 - handed on to whoever asked, on the window's thread
            failure = error
        if not self._closed.is_set():
            self._emit(self._ticket, value, failure)


class Jobs(QObject):
    """A pool for jobs, shared by all parts of the window. Lives on its thread and owns the signals of the workers.

    ``report`` is given the exceptions of jobs that expect none, on the window's thread.
    """

    _ended = Signal(object, object, object)  # ticket, value, error

    def __init__(self, threads: int, report: Failed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.report = report
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._tickets = itertools.count()
        self._waiting: dict[int, tuple[Done, Failed]] = {}
        self._closed = threading.Event()
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def is_closed(self) -> bool:
        """Return True once the window closes: long jobs look at it and end early. Callable from any thread."""
        return self._closed.is_set()

    def run(
        self,
        function: Callable[[], Any],
        done: Done,
        failed: Failed | None = None,
        urgency: Urgency = Urgency.FILES,
    ) -> None:
        """Call ``function`` on a pool thread, then ``done(value)`` or ``failed(error)`` on the window's thread."""
        if self._closed.is_set():
            return
        ticket = next(self._tickets)
        self._waiting[ticket] = (done, failed or self.report)
        self._pool.start(_Job(ticket, function, self._ended.emit, self._closed), int(urgency))

    def go_on(self) -> None:
        """Don't wait for a job that hangs: those behind it have a thread more until ``settle``."""
        self._pool.releaseThread()

    def settle(self) -> None:
        """A job that hung has ended."""
        self._pool.reserveThread()

    def quit(self) -> None:
        """Answer nothing more, and drop what hasn't begun."""
        self._closed.set()
        self._waiting.clear()
        self._pool.clear()

    def wait(self, milliseconds: int) -> bool:
        """Wait for what has begun. True when all has ended in time."""
        return self._pool.waitForDone(milliseconds)

    def close(self, milliseconds: int = 1000) -> bool:
        """Quit and wait."""
        self.quit()
        return self.wait(milliseconds)

    def _deliver(self, ticket: int, value: object, error: Exception | None) -> None:
        callbacks = self._waiting.pop(ticket, None)
        if callbacks is None:
            return
        done, failed = callbacks
        if error is None:
            done(value)
        else:
            failed(error)
