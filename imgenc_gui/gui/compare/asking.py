"""Asks one question at a time on another thread; of those asked meanwhile only the last one is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from imgenc_gui.core.stopping import Stop, StoppedError
from imgenc_gui.gui.work.jobs import Jobs, Urgency

_PATIENCE = 0.3  # seconds until progress is told
_INTERVAL = 0.1  # between two tellings

Progress = Callable[[int, int], object]
Question = Callable[[Stop, Progress], Any]  # called on a job's thread; may raise StoppedError
Answered = Callable[[Any], object]

_STOPPED = object()


class Asker(QObject):
    """Belongs to the jobs and lives until ``close``, so that a job never tells what is gone."""

    progressed = Signal(float)  # the share that is done, of an answer that takes a while

    failed = Signal()  # unexpectedly: there will be no answer

    _told = Signal(object, object)  # the job's stop flag, a share; emitted on the job's thread

    def __init__(self, jobs: Jobs, urgency: Urgency = Urgency.LOOKS) -> None:
        super().__init__(jobs)
        self._jobs = jobs
        self._urgency = urgency
        self._flag: Event | None = None  # of the job that runs
        self._next: tuple[Question, Answered] | None = None
        self._closed = False
        self._told.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is on its way."""
        return self._next is not None or (self._flag is not None and not self._flag.is_set())

    def ask(self, question: Question, answered: Answered) -> None:
        """Call ``answered(question(stop, progress))``, unless something else is asked or all is stopped before."""
        self.stop()
        self._next = (question, answered)
        self._go_on()

    def stop(self) -> None:
        """Let the answer be."""
        self._next = None
        if self._flag is not None:
            self._flag.set()

    def close(self) -> None:
        """Stop, and end with the job that runs."""
        self.stop()
        self._closed = True
        self._go_on()

    def _go_on(self) -> None:
        if self._flag is not None:
            return
        if self._next is None:
            if self._closed:
                self.deleteLater()
            return
        (question, answered), self._next = self._next, None
        self._flag = flag = Event()
        jobs, progress = self._jobs, self._teller(flag)

        def asked() -> Any:
            try:
                return question(lambda: flag.is_set() or jobs.is_closed(), progress)
            except StoppedError:
                return _STOPPED

        def done(value: Any) -> None:
            self._flag = None
            if not flag.is_set() and value is not _STOPPED:
                answered(value)
            self._go_on()

        def failed(error: Exception) -> None:
            self._flag = None
            jobs.report(error)
            if not flag.is_set():
                self.failed.emit()
            self._go_on()

        jobs.run(asked, done, failed, self._urgency)

    def _teller(self, flag: Event) -> Progress:
        tell = self._told.emit
        due = time.monotonic() + _PATIENCE

        def progress(done: int, total: int) -> None:
            nonlocal due
            now = time.monotonic()
            if now >= due and not flag.is_set():
                due = now + _INTERVAL
                tell(flag, done / max(1, total))

        return progress

    def _tell(self, flag: Event, share: float) -> None:
        if flag is self._flag and not flag.is_set():
            self.progressed.emit(share)
