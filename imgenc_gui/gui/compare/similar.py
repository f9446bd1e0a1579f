"""What is similar to one picture, found on another thread and kept up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from imgenc_gui.core.comparing.strictness import criteria_at
from imgenc_gui.core.records.alike import Bands
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.stopping import Stop, StoppedError
from imgenc_gui.core.workers import PictureEncoder
from imgenc_gui.gui.compare.asking import Asker, Progress
from imgenc_gui.gui.compare.comparisons import CHOICES, Comparisons
from imgenc_gui.gui.compare.query import Query, query_of_result, query_of_row
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows


class Similar(QObject):
    """Lives on the window's thread. While there is no query nothing is asked."""

    changed = Signal()  # the query, or what is similar to it
    refused = Signal(
        object, object
    )  # a dropped file's path (a str signal would lose bytes), ImageFailure: it can't be asked about

    def __init__(
        self,
        settings: Settings,
        live: LiveRows,
        comparisons: Comparisons,
        encoder_factory: Callable[[Options], PictureEncoder],
        jobs: Jobs,
    ) -> None:
        super().__init__(comparisons)
        self._settings = settings
        self._live = live
        self._comparisons = comparisons
        self._encoder_factory = encoder_factory
        self._asker = Asker(jobs)
        self.progressed = self._asker.progressed
        self.query: Query | None = None
        self.bands: Bands | None = None  # None while they aren't known
        self.among = 0  # how many pictures they were looked for
        self.is_reading = False  # a file that was dropped
        self.oriented = False  # mirrored and turned ones, too
        live.settled.connect(self._refresh)
        self._asker.failed.connect(self.forget)
        comparisons.forgotten.connect(self.forget)
        settings.changed.connect(self._apply)

    @property
    def methods(self) -> tuple[Method, ...]:
        """What is compared by."""
        return self._comparisons.methods

    # What is asked

    def ask_row(self, row: int) -> None:
        """Ask what is similar to a picture of the table."""
        self._ask(query_of_row(self._live.rows, row))

    def ask_file(self, path: str) -> None:
        """Ask what is similar to a file, which is read for it, unless the table has its encodings."""
        row = self._row_of(path)
        if row is not None:
            self.ask_row(row)
            return
        self.query, self.bands, self.is_reading = Query(path), None, True
        encoder = self._encoder_factory(replace(self._settings.options, methods=self.methods))

        def read(stop: Stop, _progress: Progress) -> ImageResult:
            for _, result in encoder.encode([(0, path)], stop):
                return result
            raise StoppedError

        def done(result: ImageResult) -> None:
            if result.failure is not None:
                self.forget()
                self.refused.emit(path, result.failure)
            else:
                self._ask(query_of_result(result))

        self._asker.ask(read, done)
        self.changed.emit()

    def set_oriented(self, *, oriented: bool) -> None:
        """Say whether mirrored and turned ones are looked for, too."""
        if oriented != self.oriented:
            self.oriented = oriented
            self._refresh()

    def forget(self) -> None:
        """Ask nothing any more."""
        if self.query is not None:
            self._asker.stop()
            self.query = self.bands = None
            self.is_reading = False
            self.changed.emit()

    # What is answered

    def _ask(self, query: Query) -> None:
        if self.query is None or self.query.path != query.path:
            self.bands = None  # else what was found stays until there is more
        self.query, self.is_reading = query, False
        comparable = self._comparisons.comparable
        criteria = criteria_at(self._settings.compare_step, self.methods)
        every, oriented = self._settings.compare_every, self.oriented

        def found(stop: Stop, progress: Progress) -> tuple[Bands, int]:
            bands = comparable.similar(
                query.encodings,
                criteria,
                every=every,
                without=query.row,
                digest=query.digest,
                oriented=oriented,
                stop=stop,
                progress=progress,
            )
            return bands, comparable.size - (query.row is not None)

        def done(answer: tuple[Bands, int]) -> None:
            self.bands, self.among = answer
            self.changed.emit()

        self._asker.ask(found, done)
        self.changed.emit()

    def _refresh(self) -> None:
        """Ask once more: rows have changed, or how they are compared."""
        if self.query is None or self.is_reading:
            return
        row = self._row_of(self.query.path)  # a file may have become one meanwhile
        row = self.query.row if row is None else row
        if row is None or self._live.rows.is_removed(row):
            self._ask(replace(self.query, row=None))
        else:
            self.ask_row(row)

    def _row_of(self, path: str) -> int | None:
        """The row of a file that can be asked about."""
        row = self._live.rows.number(path)
        return row if row is not None and self.can_ask(row) else None

    def can_ask(self, row: int) -> bool:
        """Whether a row has an encoding by which it is compared: where all methods must agree, by all of them."""
        if self.is_unlike(row):
            return False
        found = [self._live.rows.has(row, method) for method in self.methods]
        return all(found) and bool(found) if self._settings.compare_every else any(found)

    def is_unlike(self, row: int) -> bool:
        """Whether the row was encoded turned the other way than those that are compared."""
        return not self._live.rows.is_made_so(row, turned=self._settings.apply_exif_orientation)

    def _apply(self, name: str) -> None:
        if name in CHOICES:
            self._refresh()
