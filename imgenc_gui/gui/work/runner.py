"""Encode pictures on a thread pool and hand the results to the window's thread in small portions."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThread, QThreadPool, QTimer, Signal

from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.stopping import Stop, never
from imgenc_gui.core.workers import BATCH_SIZE, Batch, PictureEncoder, Run, WorkerEnded

DRAIN_INTERVAL_MS = 50
DRAIN_SECONDS = 0.012
MOST_TOGETHER = 512  # results handed on at once, where they are taken in some milliseconds; else fewer


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended: results delivered, whether it was stopped, and how many workers broke."""

    done: int
    stopped: bool
    errors: int


class _Worker(QRunnable):
    """One of a run's workers. It owns no QObject: the pool destroys it on a pool thread."""

    def __init__(self, run: Run[Any]) -> None:
        super().__init__()
        self._run = run

    def run(self) -> None:
        """Work until the source is empty or the run is stopped."""
        self._run.work()


class EncodeRunner(QObject):
    """Runs an encoder over (key, path) pairs on the encoders' pool, one run at a time.

    Lives on the window's thread as long as the window, and owns the signal that its workers emit.
    """

    results_ready = Signal(object, int)  # (key, ImageResult)s, at most MOST_TOGETHER; how many of them were looked up
    finished = Signal(object)  # Summary, after the last results_ready
    failed = Signal(object)  # an exception that ended a worker; the others go on

    _progressed = Signal(object)  # Batch or WorkerEnded, emitted on the workers' threads

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)  # the window comes first
        self._pool.setExpiryTimeout(-1)
        self._run: Run[Any] | None = None
        self._batches: deque[Batch[Any]] = deque()
        self._live = self._done = self._errors = 0
        self._together = BATCH_SIZE  # results of the run that are handed on at once
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_INTERVAL_MS)
        self._timer.timeout.connect(self._drain)
        self._progressed.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        """True from start() until finished is emitted."""
        return self._run is not None

    def start(
        self, encoder: PictureEncoder, pictures: Iterable[tuple[Any, str]], workers: int, stop: Stop = never
    ) -> None:
        """Begin to encode (key, path) pairs with ``workers`` threads, which pull them, until ``stop`` returns true.

        Results that are done by then still arrive, then finished. RuntimeError during a run.
        """
        if self._run is not None:
            raise RuntimeError("a run is going on")
        self._run = run = Run(encoder, pictures, self._progressed.emit, stop)
        self._live = max(1, workers)
        self._done = self._errors = 0
        self._together = BATCH_SIZE  # rows that had results take far longer than the new ones of the run before
        self._pool.setMaxThreadCount(self._live)
        for _ in range(self._live):
            self._pool.start(_Worker(run))
        self._timer.start()

    def quit(self) -> None:
        """End the run soon, and deliver nothing more."""
        if self._run is not None:
            self._run.close()
        self._timer.stop()
        self._batches.clear()

    def wait(self, milliseconds: int) -> bool:
        """Wait for the workers. True when all have ended in time."""
        return self._pool.waitForDone(milliseconds)

    def close(self, milliseconds: int = 1000) -> bool:
        """Quit and wait."""
        self.quit()
        return self.wait(milliseconds)

    def _take(self, item: Batch[Any] | WorkerEnded) -> None:
        if isinstance(item, Batch):
            self._batches.append(item)
            return
        self._live -= 1
        if item.error is not None:
            self._errors += 1
            self.failed.emit(item.error)

    def _drain(self) -> None:
        """Hand batches on for at most DRAIN_SECONDS, so that the window stays fluid."""
        run = self._run
        if run is None:
            return
        deadline = time.perf_counter() + DRAIN_SECONDS
        while self._batches and time.perf_counter() < deadline:
            results: list[tuple[Any, ImageResult]] = []
            looked_up = 0
            while self._batches and (not results or len(results) + len(self._batches[0].results) <= self._together):
                batch = self._batches.popleft()
                run.taken(batch)
                results += batch.results
                looked_up += len(batch.results) if batch.looked_up else 0
            self._done += len(results)
            began = time.perf_counter()
            self.results_ready.emit(results, looked_up)
            quick = int(len(results) * DRAIN_SECONDS / max(time.perf_counter() - began, 1e-6))
            self._together = max(BATCH_SIZE, min(quick, 2 * self._together, MOST_TOGETHER))
        # What is known comes faster than it is taken: then whatever else there is has its turn, and it goes on at once.
        self._timer.setInterval(0 if self._batches else DRAIN_INTERVAL_MS)
        if not self._batches and self._live == 0:
            self._timer.stop()
            summary = Summary(self._done, run.is_stopped(), self._errors)
            self._run = None
            self.finished.emit(summary)
