"""The export as a job on another thread: progress, cancel, and how it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from imgenc_gui.core.files.export import ExportError, ExportRequest, export
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.gui.export.summary import Tally
from imgenc_gui.gui.work.jobs import Jobs

_INTERVAL = 0.05  # seconds between two reports of progress


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What was written: the files, and how many of what."""

    files: tuple[Path, ...]
    tally: Tally


class _Counted:
    """The rows on their way to the writer: counted, and reported now and then."""

    def __init__(
        self, rows: Iterable[tuple[str, ImageResult]], methods: Sequence[Method], report: Callable[[int], object]
    ) -> None:
        self.tally = Tally(methods)
        self._rows = rows
        self._report = report

    def __iter__(self) -> Iterator[tuple[str, ImageResult]]:
        last = time.monotonic()
        for name, result in self._rows:
            yield name, result
            self.tally.count(result)
            now = time.monotonic()
            if now - last >= _INTERVAL:
                last = now
                self._report(self.tally.rows)


class ExportRunner(QObject):
    """Runs one export at a time; lives as long as the dialog."""

    progressed = Signal(object)  # pictures written so far, at most 20 times a second
    ended = Signal(object)  # an ExportOutcome, None when it was cancelled, or the exception that ended it

    _counted = Signal(object)  # emitted on the job's thread

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._cancelled = threading.Event()
        self._running = False
        self._counted.connect(self.progressed, Qt.ConnectionType.QueuedConnection)

    def start(self, request: ExportRequest) -> None:
        """Begin to write. While another export runs: RuntimeError."""
        if self._running:
            raise RuntimeError("an export is running")
        self._running = True
        self._cancelled = cancelled = threading.Event()
        jobs, report = self._jobs, self._counted.emit
        rows = _Counted(request.named, request.options.methods, report)

        def write() -> ExportOutcome | None:
            try:
                files = export(replace(request, named=rows, stop=lambda: cancelled.is_set() or jobs.is_closed()))
            except StoppedError:
                return None
            return ExportOutcome(files, rows.tally)

        def failed(error: Exception) -> None:
            self._end(error)
            if not isinstance(error, ExportError):
                jobs.report(error)

        jobs.run(write, self._end, failed)

    def cancel(self) -> None:
        """End soon, leaving nothing behind; ``ended(None)`` follows, unless the file is complete by then."""
        self._cancelled.set()

    def is_running(self) -> bool:
        """Whether ``ended`` is still to come."""
        return self._running

    def _end(self, outcome: object) -> None:
        self._running = False
        self.ended.emit(outcome)
