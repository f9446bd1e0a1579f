"""Exports that are opened: read on a thread, asked about where they leave something open, made into rows."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from imgenc_gui.core.collecting import Export
from imgenc_gui.core.files.reading import MethodNeededError, NotAnExportError, read_export
from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.placing import count_found, look, place, sample
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import FileIdentity, ImageResult
from imgenc_gui.core.states import States
from imgenc_gui.core.stopping import Stop, StoppedError, check
from imgenc_gui.core.uncollected import uncollected
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.session import Session

_SLICE = 500  # pictures taken in at a time: some 10 ms, and the table may be painted in the same turn
_LOOKED_AT = 5000  # files per job


class Use(Enum):
    """What an export is opened for."""

    TABLE = "table"  # its pictures come to the table
    REFERENCE = "reference"  # the table's pictures are looked for in it


@dataclass(frozen=True, slots=True)
class Question:
    """What was read, and what it leaves open.

    ``candidates``: the methods that may have made its encodings, where it doesn't say which has. ``is_placed``: its
    pictures, or some of them, are where it says they are; then ``folder`` is that, else the best guess. ``names``: of
    those pictures that are looked for, ``found`` of which are in ``folder``.
    """

    export: Export
    written: float  # when, in seconds since 1970
    candidates: tuple[Method, ...]
    is_placed: bool
    folder: str
    names: tuple[str, ...]
    found: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said. ``folder`` "": they don't have the pictures."""

    use: Use = Use.TABLE
    folder: str = ""
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of an export's pictures."""

    export: Export
    new: int  # rows
    merged: int  # rows that were there, and have more encodings now
    kept: int  # rows that were there and stay as they are
    useless: int  # pictures without any encoding that can be used
    is_whole: bool  # False: it was stopped


@dataclass(eq=False, slots=True)
class _Batch:
    """Exports that were brought together: what is said of one holds for the others, as far as it can."""

    files: deque[str]
    answer: Answer | None = None
    series: str = ""
    references: list[Export] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class _Taking:
    """An export whose pictures become rows."""

    order: Order
    export: Export
    pictures: deque[tuple[str, ImageResult]]  # to come
    paths: list[str] = field(default_factory=list)  # of all rows that it told of
    new: int = 0
    merged: int = 0
    kept: int = 0
    useless: int = 0


class Opening(QObject):
    """Opens one export after the other. Lives on the window's thread.

    ``asked`` waits for ``answer`` or ``decline``. Whoever is told of ``referred`` looks for pictures in those exports.
    """

    asked = Signal(object)  # Question
    opened = Signal(object)  # Opened
    referred = Signal(object)  # list of Exports
    refused = Signal(object, str)  # the path, and why in a sentence

    def __init__(self, session: Session, live: LiveRows, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._live = live
        self._jobs = jobs
        self._batches: deque[_Batch] = deque()
        self._question: Question | None = None
        self._is_busy = False
        self._taking: _Taking | None = None
        self._slicer = QTimer(self)
        self._slicer.setInterval(0)
        self._slicer.timeout.connect(self._take_slice)

    def open(self, files: Sequence[str]) -> None:
        """Open exports, one after the other."""
        self._batches.append(_Batch(deque(files)))
        self._next()

    def answer(self, answer: Answer) -> None:
        """Go on with the export that was asked about, and with the others that came with it as far as that holds."""
        question, self._question = self._question, None
        if question is None:
            return
        batch = self._batches[0]
        batch.answer, batch.series = answer, question.export.series
        self._go_on(question, answer)

    def decline(self) -> None:
        """Don't open the export that was asked about, nor those that came with it."""
        self._question = None
        self._batches.popleft()
        self._next()

    # Reading

    def _next(self) -> None:
        if self._is_busy or self._question is not None:
            return
        while self._batches and not self._batches[0].files:
            references = self._batches.popleft().references
            if references:
                self.referred.emit(references)
        if self._batches:
            self._read(self._batches[0].files.popleft())

    def _read(self, file: str, method: Method | None = None, answer: Answer | None = None) -> None:
        """Read on a thread; then ask, or go on with an answer that was given."""
        order = self._begin()

        def stop() -> bool:
            return order.cancelled() or self._jobs.is_closed()

        def read(question: Question) -> None:
            self._end(order)
            if order.cancelled():
                self._batches.clear()
            elif answer is not None:
                self._go_on(question, answer)
            else:
                self._ask(question)

        def failed(error: Exception) -> None:
            self._end(order)
            if isinstance(error, StoppedError):
                self._batches.clear()
                return
            self.refused.emit(file, self._reason(file, error))
            self._next()

        def reading() -> Question:
            with uncollected():
                return _read(file, method, stop)

        self._jobs.run(reading, read, failed)

    def _reason(self, file: str, error: Exception) -> str:
        if isinstance(error, NotAnExportError):
            return error.reason
        if isinstance(error, OSError):
            words = self.tr("{0} can't be read: {1}.")
            return words.format(shown(os.path.basename(file)), brief(error))  # noqa: PTH119
        self._jobs.report(error)
        return self.tr("Something went wrong while {0} was read.").format(shown(os.path.basename(file)))  # noqa: PTH119

    def _ask(self, question: Question) -> None:
        """Ask where something is open: not what was said already, and nothing at all for an empty table."""
        batch = self._batches[0]
        said = batch.answer
        if not question.candidates:
            if question.is_placed and (said is not None or not self._live.rows.count):
                batch.answer = Answer(said.use if said else Use.TABLE, question.folder)
                self._go_on(question, batch.answer)
                return
            if said is not None and batch.series == question.export.series:
                self._go_on(question, said)
                return
        self._question = question
        self.asked.emit(question)

    def _go_on(self, question: Question, answer: Answer) -> None:
        """Do what was said."""
        export = question.export
        if question.candidates and answer.method not in export.read.methods:
            self._read(export.file, answer.method, answer)
        elif answer.use is Use.REFERENCE:
            self._batches[0].references.append(export)
            self._next()
        else:
            self._place(export, answer.folder)

    def _place(self, export: Export, folder: str) -> None:
        """Find out where its pictures are, on a thread: a path for each takes its time; then take them in."""
        order = self._begin()

        def placed() -> deque[tuple[str, ImageResult]]:
            named = export.read.named
            paths = place(export.file, export.read, folder)
            pictures = deque((path, result) for path, (_, result) in zip(paths, named, strict=True))
            named.clear()  # each goes when it has been taken in: all at once would hold the window up
            return pictures

        def take(pictures: deque[tuple[str, ImageResult]]) -> None:
            self._session.note_root(folder or _root_of(export))
            self._taking = _Taking(order, export, pictures)
            self._slicer.start()

        self._jobs.run(placed, take, lambda error: self._break_off(order, error))

    # Rows

    def _take_slice(self) -> None:
        """Take in some pictures; the event loop comes in between."""
        taking = self._taking
        if taking is None:
            self._slicer.stop()
            return
        try:
            is_over = taking.order.cancelled() or not self._take_portion(taking)
        except Exception as error:  # noqa: BLE001 - told through failed; a timer would try it for ever
            self._taking = None
            self._break_off(taking.order, error)
            return
        if is_over:
            self._taking = None
            self._slicer.stop()
            self._live.settle()
            counts = (taking.new, taking.merged, taking.kept, taking.useless)
            self.opened.emit(Opened(taking.export, *counts, is_whole=not taking.order.cancelled()))
            self._look(taking.order, taking.paths, 0)

    def _take_portion(self, taking: _Taking) -> bool:
        """Make rows of some pictures, and fill them; False when there were none left."""
        told: list[tuple[str, ImageResult]] = []
        for _ in range(min(_SLICE, len(taking.pictures))):
            path, result = taking.pictures.popleft()
            if result.encodings or result.failure:
                told.append((path, result))
            else:
                taking.useless += 1
        rows = self._live.rows
        paths = [path for path, _ in told]
        self._live.bring_back(paths)
        new = self._live.append(paths)
        numbered = [(number, result) for path, result in told if (number := rows.number(path)) is not None]
        changed = self._live.restore(numbered, turned=taking.export.turned, source=taking.export.file)
        taking.new += len(new)
        taking.merged += changed - len(new)
        taking.kept += len(numbered) - changed
        taking.paths += [path for path, _ in told]
        return bool(taking.pictures)

    # Files

    def _look(self, order: Order, paths: Sequence[str], first: int, *, news: bool = False) -> None:
        """Look for files, portion by portion: those that are there may have changed, others are marked.

        ``news``: there was something to note.
        """
        portion = paths[first : first + _LOOKED_AT]
        if order.cancelled():
            self._batches.clear()
        if not portion or order.cancelled():
            if news:
                self._live.settle()  # whoever compares looks at what is there first
            self._end(order)
            self._next()
            return

        def stop() -> bool:
            return order.cancelled() or self._jobs.is_closed()

        rows = self._live.rows

        def looked_for() -> tuple[dict[str, FileIdentity], list[int]]:
            found, missing = look(portion, stop)
            unlike = {path: file for path, file in found.items() if rows.is_unlike(_number(rows, path), file)}
            return unlike, [_number(rows, path) for path in missing]

        def looked(found: tuple[dict[str, FileIdentity], list[int]]) -> None:
            unlike, missing = found
            if unlike:
                self._session.see_all(unlike)
            self._live.note_gone(missing)
            self._look(order, paths, first + _LOOKED_AT, news=news or bool(unlike or missing))

        self._jobs.run(looked_for, looked, lambda error: self._break_off(order, error))

    # Orders

    def _begin(self) -> Order:
        self._is_busy = True
        order = Order(Stage.OPENING)
        self._session.work.begin(order)
        return order

    def _break_off(self, order: Order, error: BaseException) -> None:
        self._is_busy = False
        self._session.work.break_off(order, error)
        self._next()

    def _end(self, order: Order) -> None:
        self._is_busy = False
        self._session.work.end([order])


def _number(rows: States, path: str) -> int:
    row = rows.number(path)
    assert row is not None  # noqa: S101 - rows don't go while an order is carried out
    return row


def _root_of(export: Export) -> str:
    """What the names are relative to where there is no folder: what the export says, or itself."""
    root = export.read.root
    return root if os.path.isabs(root) else os.path.abspath(export.file)  # noqa: PTH100, PTH117


def _read(file: str, method: Method | None, stop: Stop) -> Question:
    """Read an export and look for its pictures: where it says they are, and beside it. On a job's thread."""
    path = Path(file)
    candidates: tuple[Method, ...] = ()
    try:
        read = read_export(path, method, stop)
    except MethodNeededError as error:
        candidates = error.candidates
        read = read_export(path, candidates[0], stop)
    name = shown(path.name)
    if not read.named:
        raise NotAnExportError(f"{name} holds no pictures.")
    if not read.methods:
        left_out = " ".join(one.sentence for one in read.left_out)
        raise NotAnExportError(f"{name} holds no encodings that can be used. {left_out}")
    names = sample(read)
    root = read.root if os.path.isabs(read.root) else ""  # noqa: PTH117
    beside = os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120
    at_root = count_found(names, root, stop) if root else 0
    at_file = count_found(names, beside, stop)
    check(stop)
    folder, found = (root, at_root) if at_root else (beside, at_file)
    return Question(
        Export(file, read), path.stat().st_mtime, candidates, bool(at_root) or not names, folder, names, found
    )
