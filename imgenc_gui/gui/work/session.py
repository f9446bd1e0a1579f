"""What goes on behind the window: pictures are listed, become rows, are encoded, and are counted."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTemporaryDir, QTimer, Signal

from imgenc_gui.core.encoding import Encoder, ImageResult, Options
from imgenc_gui.core.listing import Listing, common_folder, list_files
from imgenc_gui.gui.work.runner import EncodeRunner, PictureEncoder, Summary
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.work.jobs import Tasks

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from imgenc_gui.gui.settings.store import Settings

EncoderFactory = Callable[[Options], PictureEncoder]
_Listed = tuple[tuple[str, ...], Listing]  # folders among the paths given, and what is in them

_SLICE = 2000  # rows added at a time: a few milliseconds


class Activity(Enum):
    """What the session is doing."""

    IDLE = "idle"
    LISTING = "listing"
    ENCODING = "encoding"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of dropped, opened or pasted things."""

    only: int | None  # the row, when it was one picture
    new: int
    known: int  # already in the table
    refused: tuple[tuple[str, str], ...]  # (path, reason)
    folders: tuple[str, ...]  # that were given and exist


@dataclass(slots=True)
class _Slice:
    """A listing on its way into the table."""

    folders: tuple[str, ...]
    listing: Listing
    start: int = 0
    new: list[int] = field(default_factory=list)  # row numbers
    known: int = 0


class Session(QObject):
    """Owns the rows and the runner. Everything here is on the window's thread and returns at once."""

    activity_changed = Signal()
    added = Signal(object)  # Added
    failed = Signal(object)  # an unexpected Exception; the session lives on
    finished = Signal(object)  # Summary of the last run, when nothing is left to do

    def __init__(
        self, settings: Settings, encoder_factory: EncoderFactory = Encoder, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._encoder_factory = encoder_factory
        self._encoders: dict[Options, PictureEncoder] = {}
        self.model = ResultsModel(self)
        self.runner = EncodeRunner(self)
        self.runner.results_ready.connect(self._take_results)
        self.runner.finished.connect(self._end_run)
        self.runner.failed.connect(self.failed)
        self._tasks = Tasks(parent=self)
        self._listing = 0  # jobs under way that will add rows
        self._cancel = threading.Event()
        self._queue: list[int] = []  # rows to encode, in order
        self._starter = QTimer(self)
        self._starter.setSingleShot(True)
        self._starter.setInterval(0)
        self._starter.timeout.connect(self._start_next)
        self._rotated = False  # of the run going on
        self._slices: deque[_Slice] = deque()
        self._adder = QTimer(self)
        self._adder.setInterval(0)
        self._adder.timeout.connect(self._add_slice)
        self._roots: list[str] = []
        self._pasted: QTemporaryDir | None = None
        self._pasted_count = 0
        self.done = 0  # pictures of the present work
        self.total = 0
        self.began = 0.0

    # What the window asks

    @property
    def activity(self) -> Activity:
        """What goes on at the moment."""
        if self.runner.is_stopping:
            return Activity.STOPPING
        if self.runner.is_running:
            return Activity.ENCODING
        at_work = self._listing or self._slices or self._starter.isActive()
        return Activity.LISTING if at_work else Activity.IDLE

    @property
    def options(self) -> Options:
        """The methods and the rotation that are chosen now."""
        return Options(self._settings.methods, self._settings.apply_rotation)

    @property
    def root(self) -> str:
        """The folder that the names of all pictures are relative to."""
        return common_folder(self._roots)

    @property
    def model_error(self) -> str:
        """Why there are no CNN embeddings, in a sentence; "" while all is well."""
        errors = (getattr(encoder, "model_error", None) for encoder in self._encoders.values())
        return next((error for error in errors if error), "")

    def incomplete(self) -> int:
        """Count the pictures that miss some of the chosen encodings."""
        options = self.options
        plan = self.model.store.plan(options.methods, rotated=options.apply_rotation)
        return sum(len(rows) for rows in plan.values())

    # What the window orders

    def add_paths(self, paths: Sequence[str]) -> None:
        """List files and folders and encode what is new, at once."""
        if not paths:
            return
        recursive = self._settings.recursive
        cancel = self._cancel
        wanted = list(paths)

        def listed() -> _Listed:  # the disk may be slow, or a network away: never on the window's thread
            folders = tuple(path for path in wanted if os.path.isdir(path))  # noqa: PTH112
            return folders, list_files(wanted, recursive, lambda: cancel.is_set() or self._tasks.stopped())

        self._start_listing(listed)

    def add_image(self, image: QImage) -> None:
        """Encode a picture from the clipboard. It becomes a file in a folder of ours that ends with the session."""
        if self._pasted is None:
            self._pasted = QTemporaryDir()
            self.model.set_pasted_folder(self._pasted.path())
        self._pasted_count += 1
        path = os.path.join(self._pasted.path(), self.tr("Pasted picture {0}.png").format(self._pasted_count))  # noqa: PTH118

        def saved() -> _Listed:
            if not image.save(path, "PNG"):  # type: ignore[call-overload]
                raise OSError(path)
            return (), Listing("", (path,), ())

        self._start_listing(saved)

    def encode(self) -> None:
        """Encode whatever misses some of the chosen encodings."""
        options = self.options
        for rows in self.model.store.plan(options.methods, rotated=options.apply_rotation).values():
            self._enqueue(rows)
        self._start_next()

    def encode_again(self, rows: Sequence[int]) -> None:
        """Forget the rows' results and encode them anew, from the files as they are now."""
        self.model.reset_rows(rows)
        queued = set(self._queue)
        self._enqueue([row for row in rows if row not in queued])
        self._start_next()

    def stop(self) -> None:
        """Stop listing and encoding soon. What is done is kept, what is not waits."""
        self._cancel.set()
        self._cancel = threading.Event()
        self._queue.clear()
        self.runner.stop()
        self.activity_changed.emit()

    def clear(self) -> None:
        """Empty the table. Only while nothing goes on."""
        if self.activity is not Activity.IDLE:
            raise RuntimeError("still at work")
        self.model.clear()
        self._roots.clear()
        self.done = self.total = 0
        self.activity_changed.emit()

    def close(self, milliseconds: int = 1000) -> bool:
        """End all work; nothing is delivered any more. True when all threads have ended in time."""
        self.stop()
        self._adder.stop()
        self._starter.stop()
        deadline = time.monotonic() + milliseconds / 1000
        ended = self.runner.close(milliseconds)
        left = max(0, int(1000 * (deadline - time.monotonic())))
        ended = self._tasks.close(left) and ended
        if self._pasted is not None and ended:
            self._pasted.remove()
        return ended

    # Listing

    def _start_listing(self, job: Callable[[], _Listed]) -> None:
        self._listing += 1
        self._tasks.run(job, self._listed, self._not_listed)
        self.activity_changed.emit()

    def _not_listed(self, error: Exception) -> None:
        self._listing -= 1
        self.failed.emit(error)
        self.activity_changed.emit()

    def _listed(self, listed: _Listed) -> None:
        self._listing -= 1
        folders, listing = listed
        if listing.root and listing.files:
            self._roots.append(listing.root)
        self._slices.append(_Slice(folders, listing))
        self._adder.start()
        self._add_slice()

    def _add_slice(self) -> None:
        """Add some rows of the first listing; the event loop comes in between."""
        now = self._slices[0]
        files = now.listing.files
        part = files[now.start : now.start + _SLICE]
        rows = self.model.append(part)
        now.new.extend(rows)
        now.known += len(part) - len(rows)
        now.start += _SLICE
        if now.start < len(files):
            return
        self._slices.popleft()
        if not self._slices:
            self._adder.stop()
        number = self.model.store.number(files[0]) if len(files) == 1 else None
        refused = tuple((refusal.path, refusal.reason) for refusal in now.listing.refused)
        self._enqueue(now.new)
        self.added.emit(Added(number, len(now.new), now.known, refused, now.folders))
        self._starter.start()  # not at once: painting comes in between

    # Encoding

    def _enqueue(self, rows: Sequence[int]) -> None:
        if self.activity is not Activity.ENCODING and not self._queue:
            self.done = self.total = 0
            self.began = time.monotonic()
        self._queue.extend(rows)
        self.total += len(rows)

    def _start_next(self) -> None:
        """Start a run for the queued rows that miss the same methods; others follow when it ends."""
        if self.runner.is_running:
            return
        options = self.options
        rotated = options.apply_rotation
        plan = self.model.store.plan(options.methods, rotated=rotated, rows=self._queue)
        if not plan:
            self._queue = []
            self.activity_changed.emit()
            return
        methods, rows = max(plan.items(), key=lambda item: len(item[1]))
        self._queue = [row for others, group in plan.items() if others != methods for row in group]
        self._rotated = rotated
        paths = self.model.store.paths
        encoder = self._encoder(Options(methods, rotated))
        workers = min(len(rows), self._settings.worker_count())
        self.runner.start(encoder, ((row, paths[row]) for row in rows), workers)
        self.activity_changed.emit()

    def _encoder(self, options: Options) -> PictureEncoder:
        """Return the encoder for these options, kept, so that the network loads once."""
        if options not in self._encoders:
            self._encoders[options] = self._encoder_factory(options)
        return self._encoders[options]

    def _take_results(self, results: Sequence[tuple[int, ImageResult]]) -> None:
        self.done += len(results)
        self.model.apply(results, rotated=self._rotated)

    def _end_run(self, summary: Summary) -> None:
        if summary.stopped or summary.errors:
            self._queue.clear()
        elif self._queue:
            self._start_next()
            if self.runner.is_running:
                return
        self.model.refresh()
        self.activity_changed.emit()
        self.finished.emit(summary)


def absolute(paths: Sequence[str]) -> list[str]:
    """Return the paths given on the command line as absolute ones, before anything changes the current folder."""
    return [str(Path(path).absolute()) for path in paths]


def added_words(added: Added) -> tuple[str, list[str]]:
    """Say what was refused or known already: a sentence ("" when all is well) and details."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("session", text)

    said = []
    details: list[str] = []
    if len(added.refused) == 1:
        path, reason = added.refused[0]
        said.append(tr("{0} could not be opened: {1}").format(Path(path).name, reason))
    elif added.refused:
        said.append(tr("{0} files or folders could not be opened.").format(len(added.refused)))
        details = [f"{path}: {reason}" for path, reason in added.refused]
    elif not added.new and not added.known:
        said.append(tr("There are no files to encode there."))
    if added.known == 1:
        said.append(tr("1 was on the table already."))
    elif added.known:
        said.append(tr("{0} were on the table already.").format(QLocale().toString(added.known)))
    return " ".join(said), details
