"""Encode pictures on worker threads and hand the results to the window's thread in small portions."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QRunnable, Qt, QThread, QThreadPool, QTimer, Signal

from imgenc_gui.core.encoding import ImageResult, SharedIterator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Numbered = tuple[int, str]  # (row number, path)
Batch = list[tuple[int, ImageResult]]

BATCH_SIZE = 64
BATCH_SECONDS = 0.05
MAX_BATCHES = 16  # emitted and not yet taken by the window; more would pile up in memory and freeze it
DRAIN_INTERVAL_MS = 50
DRAIN_SECONDS = 0.02


class PictureEncoder(Protocol):
    """What the runner needs of an encoder: core's Encoder, or a fake one in tests and benchmarks."""

    def encode(self, numbered: Iterable[Numbered], stop: Callable[[], bool] = ...) -> Iterator[tuple[int, ImageResult]]:
        """Yield (number, result) for the pairs pulled; end soon after ``stop()`` turns true."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended: results delivered, whether it was stopped, and how many workers broke."""

    done: int
    stopped: bool
    errors: int


@dataclass(frozen=True, slots=True)
class _Run:
    """What the workers of one run share."""

    encoder: PictureEncoder
    source: SharedIterator[Numbered]
    stop: threading.Event
    closed: threading.Event  # nobody listens any more: the runner may be gone already
    permits: threading.Semaphore
    batch_made: Callable[[object], None]
    worker_ended: Callable[[object], None]


class _Worker(QRunnable):
    """Pulls pictures, encodes them, emits batches. It owns no QObject: the pool destroys it on a pool thread."""

    def __init__(self, run: _Run) -> None:
        super().__init__()
        self._run = run

    def run(self) -> None:
        """Work until the source is empty or the run is stopped."""
        run = self._run
        error: Exception | None = None
        batch: Batch = []
        due = 0.0  # the first result goes out at once
        try:
            for pair in run.encoder.encode(run.source, run.stop.is_set):
                batch.append(pair)
                if len(batch) >= BATCH_SIZE or time.monotonic() >= due:
                    self._send(batch)
                    batch = []
                    due = time.monotonic() + BATCH_SECONDS
        except Exception as unexpected:  # noqa: BLE001 - reported through EncodeRunner.failed; the app lives on
            error = unexpected
        if batch:
            self._send(batch)
        if not run.closed.is_set():
            run.worker_ended(error)

    def _send(self, batch: Batch) -> None:
        """Emit a batch when the window has room. After a stop it goes out regardless: what is done is kept."""
        run = self._run
        permitted = run.permits.acquire(timeout=BATCH_SECONDS)
        while not permitted and not run.stop.is_set():
            permitted = run.permits.acquire(timeout=BATCH_SECONDS)
        if not run.closed.is_set():
            run.batch_made((batch, permitted))


class EncodeRunner(QObject):
    """Runs an encoder over numbered paths on a thread pool of its own, one run at a time.

    Lives on the window's thread as long as the window, and owns the signals that its workers emit.
    """

    results_ready = Signal(object)  # list of (row number, ImageResult), at most BATCH_SIZE
    finished = Signal(object)  # Summary, after the last results_ready
    failed = Signal(object)  # an Exception that ended a worker; the others go on

    _batch_made = Signal(object)
    _worker_ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)  # the window comes first
        self._pool.setExpiryTimeout(-1)
        self._run: _Run | None = None
        self._batches: deque[tuple[Batch, bool]] = deque()
        self._live = self._done = self._errors = 0
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_INTERVAL_MS)
        self._timer.timeout.connect(self._drain)
        self._batch_made.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._worker_ended.connect(self._note_end, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        """True from start() until finished is emitted."""
        return self._run is not None

    @property
    def is_stopping(self) -> bool:
        """True between stop() and finished."""
        return self._run is not None and self._run.stop.is_set()

    def start(self, encoder: PictureEncoder, paths: Iterable[Numbered], workers: int) -> None:
        """Begin to encode ``paths`` with ``workers`` threads, which pull them. RuntimeError when a run is going on."""
        if self._run is not None:
            raise RuntimeError("a run is going on")
        stop = threading.Event()
        self._run = run = _Run(
            encoder,
            SharedIterator(paths),
            stop,
            threading.Event(),
            threading.Semaphore(MAX_BATCHES),
            self._batch_made.emit,
            self._worker_ended.emit,
        )
        self._live = max(1, workers)
        self._done = self._errors = 0
        self._pool.setMaxThreadCount(self._live)
        for _ in range(self._live):
            self._pool.start(_Worker(run))
        self._timer.start()

    def stop(self) -> None:
        """End the run soon. Results that are done still arrive, then finished."""
        if self._run is not None:
            self._run.stop.set()

    def close(self, milliseconds: int = 1000) -> bool:
        """Stop, deliver nothing more and wait for the workers. True when all have ended in time."""
        if self._run is not None:
            self._run.stop.set()
            self._run.closed.set()
        self._timer.stop()
        self._batches.clear()
        return self._pool.waitForDone(milliseconds)

    def _take(self, batch: tuple[Batch, bool]) -> None:
        self._batches.append(batch)

    def _note_end(self, error: Exception | None) -> None:
        self._live -= 1
        if error is not None:
            self._errors += 1
            self.failed.emit(error)

    def _drain(self) -> None:
        """Hand batches on for at most DRAIN_SECONDS, so that the window stays fluid."""
        run = self._run
        if run is None:
            return
        deadline = time.perf_counter() + DRAIN_SECONDS
        while self._batches and time.perf_counter() < deadline:
            batch, permitted = self._batches.popleft()
            if permitted:
                run.permits.release()
            self._done += len(batch)
            self.results_ready.emit(batch)
        if not self._batches and self._live == 0:
            self._timer.stop()
            summary = Summary(self._done, run.stop.is_set(), self._errors)
            self._run = None
            self.finished.emit(summary)
