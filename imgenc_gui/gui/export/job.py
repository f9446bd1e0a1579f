"""The export on a worker thread: progress, cancel, and how it ended.

``ExportRunner`` lives on the window's thread as long as the dialog, and owns the signals; the worker gets them bound.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from imgenc_gui.core.encoding import ImageResult, Options
from imgenc_gui.core.files.export import ExportError, ExportFormat, export_results

_INTERVAL = 0.05  # seconds between two reports of progress


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write and where. ``rows``: (name, result) sorted by name; iterated once, on the worker."""

    rows: Iterable[tuple[str, ImageResult]]
    target: Path
    file_format: ExportFormat
    options: Options
    root: str


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What was written: the files, how many pictures went by, and how many of them have no encodings."""

    files: tuple[Path, ...]
    pictures: int
    unreadable: int


class _CancelledError(Exception):
    """Raised inside the rows that are being written, so that the writer cleans up after itself."""


class _Rows:
    """The rows on their way to the writer: counted, reported now and then, and broken off by cancel."""

    def __init__(
        self, rows: Iterable[tuple[str, ImageResult]], stop: threading.Event, report: Callable[[int], None]
    ) -> None:
        self.pictures = 0
        self.unreadable = 0
        self._rows = rows
        self._stop = stop
        self._report = report

    def __iter__(self) -> Iterator[tuple[str, ImageResult]]:
        last = time.monotonic()
        for name, result in self._rows:
            self._look()
            yield name, result
            self.pictures += 1
            self.unreadable += result.failure is not None
            now = time.monotonic()
            if now - last >= _INTERVAL:
                last = now
                self._report(self.pictures)
        self._look()

    def _look(self) -> None:
        if self._stop.is_set():
            raise _CancelledError


class _Job(QRunnable):
    """Writes on a pool thread."""

    def __init__(self, request: ExportRequest, stop: threading.Event, runner: ExportRunner) -> None:
        super().__init__()
        self._request = request
        self._stop = stop
        self._progressed = runner.progressed.emit
        self._ended = runner.ended.emit

    def run(self) -> None:
        request = self._request
        rows = _Rows(request.rows, self._stop, self._progressed)
        try:
            files = export_results(iter(rows), request.target, request.file_format, request.options, request.root)
        except _CancelledError:
            self._ended(None)
        except ExportError as error:
            self._ended(error)
        except Exception as error:
            self._ended(error)
            raise  # an unexpected one: the error reporter's dialog shows it
        else:
            self._ended(ExportOutcome(tuple(files), rows.pictures, rows.unreadable))


class ExportRunner(QObject):
    """Runs one export at a time.

    ``progressed(int)``: pictures written so far, at most 20 times a second. ``ended(object)``: an ExportOutcome, None
    when it was cancelled, or the exception that ended it (ExportError: its words are for the person).
    """

    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._stop = threading.Event()
        self._running = False
        self.ended.connect(self._on_ended)

    def start(self, request: ExportRequest) -> None:
        """Begin to write. While another export runs: RuntimeError."""
        if self._running:
            raise RuntimeError("an export is running")
        self._running = True
        self._stop = threading.Event()
        self._pool.start(_Job(request, self._stop, self))

    def cancel(self) -> None:
        """End soon, leaving nothing behind; ``ended(None)`` follows, unless the file is complete by then."""
        self._stop.set()

    def is_running(self) -> bool:
        """Whether ``ended`` is still to come."""
        return self._running

    def wait(self, milliseconds: int) -> bool:
        """Wait for the worker; True when it has ended in time."""
        return self._pool.waitForDone(milliseconds)

    def _on_ended(self) -> None:
        self._running = False
