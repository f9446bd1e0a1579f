"""Encodes the orders that are queued: together, in runs over rows that lack the same methods, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, compress
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.formats.being_read import BEING_READ
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import FileIdentity, ImageResult
from imgenc_gui.core.workers import PictureEncoder
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.live_rows import NO_ROWS, LiveRows, slices
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.pasted import Pasted
from imgenc_gui.gui.work.present_work import PresentWork
from imgenc_gui.gui.work.runner import EncodeRunner, Summary

EncoderFactory = Callable[[Options], PictureEncoder]


class _Ticket(NamedTuple):
    """Which row a result is for, and for which of its generations it was begun."""

    row: int
    generation: int


@dataclass(slots=True)
class _Sitting:
    """Orders that are encoded together."""

    orders: list[Order]
    options: Options
    runs: list[tuple[tuple[Method, ...], Numbers]]  # to come; the last is the next
    planned: int  # pictures of all runs
    kept: bool  # by the library
    begun: int = 0  # whose turn has come
    done: int = 0
    passed_over: int = 0  # rows that were removed before their turn came
    errors: int = 0  # workers that broke
    seen: dict[int, FileIdentity] = field(default_factory=dict)  # what rows' files looked like since it began

    def cancelled(self) -> bool:
        return all(order.cancelled() for order in self.orders)


class Sittings(QObject):
    """One at a time: what is queued meanwhile is for the next. On the window's thread; owns the encoders' runner."""

    def __init__(
        self,
        settings: Settings,
        live: LiveRows,
        work: PresentWork,
        parent: QObject | None = None,
        *,
        keeping: Keeping,
        pasted: Pasted,
        encoder_factory: EncoderFactory,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._live = live
        self._work = work
        self._keeping = keeping
        self._pasted = pasted
        self.encoder_factory = encoder_factory
        self.runner = EncodeRunner(self)
        self.runner.results_ready.connect(self._take_results)
        self.runner.finished.connect(self._end_run)
        self.runner.failed.connect(work.failed)
        self._starter = QTimer(self)
        self._starter.setSingleShot(True)
        self._starter.timeout.connect(self._start_next)
        self._sitting: _Sitting | None = None
        self._returned = NO_ROWS  # rows of the present work, removed and put back: they may have been passed over

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being encoded, so that what is queued begins."""
        return self._sitting is None

    @property
    def done(self) -> int:
        """How many pictures of the sitting are done."""
        return self._sitting.done + self._sitting.passed_over if self._sitting is not None else 0

    @property
    def begun(self) -> int:
        """Of how many pictures it is known already that they must be encoded, and isn't done yet."""
        return self._sitting.begun - self._sitting.done if self._sitting is not None else 0

    @property
    def planned(self) -> int:
        """How many pictures the sitting has."""
        return self._sitting.planned if self._sitting is not None else 0

    def queue(self, order: Order) -> None:
        """Encode an order that was taken up, and end it."""
        if order.cancelled():
            self._work.end([order])
            return
        order.stage = Stage.QUEUED
        self._starter.start()  # not at once: painting comes in between
        self._work.changed.emit()

    def encode_missing(self) -> None:
        """Encode whatever misses some of the chosen encodings."""
        options = self._settings.options
        turned, damaged = options.apply_exif_orientation, options.damaged
        plan = self._live.rows.plan(options.methods, turned=turned, damaged=damaged)
        self._order(np.concatenate([NO_ROWS, *plan.values()]))

    def encode_returned(self, rows: Numbers) -> None:
        """See to it that rows are encoded that were to be, and were removed and put back."""
        left = self._work.left_waiting(rows)
        if left.size:
            self._order(left)
        self._returned = np.concatenate([self._returned, np.setdiff1d(rows, left)])

    def forget(self) -> None:
        """The table was emptied."""
        self._returned = NO_ROWS

    def see(self, files: Mapping[str, FileIdentity]) -> list[int]:
        """Note what files look like; the rows that are to be encoded again."""
        rows = self._live.rows
        numbered = ((rows.number(path), file) for path, file in files.items())
        seen = {row: file for row, file in numbered if row is not None and not rows.is_removed(row)}
        if self._sitting is not None:  # they may be read just now, as they were before
            self._sitting.seen.update(seen)
        return self._live.see(seen)

    def quit(self) -> None:
        """Begin nothing, and deliver nothing more."""
        self._starter.stop()
        self.runner.quit()

    def _order(self, rows: Sequence[int] | Numbers) -> None:
        order = Order(Stage.QUEUED)
        order.add_rows(rows)
        self._work.begin(order)
        self.queue(order)

    # A sitting

    def _start_next(self) -> None:
        """Take up all orders that are queued, unless others are being encoded: these come when those end."""
        orders = [order for order in self._work.orders if order.stage is Stage.QUEUED]
        if self._sitting is not None or not orders:
            return
        rows = self._live.rows
        if rows.own_next():  # results will be written: one column at a time
            self._starter.start()
            return
        options = self._settings.options
        turned = options.apply_exif_orientation
        is_wanted = np.zeros(len(rows), np.bool_)
        for order in orders:
            is_wanted[order.rows] = True
        plan = rows.plan(options.methods, turned=turned, damaged=options.damaged, among=is_wanted)
        runs = sorted(plan.items(), key=lambda run: len(run[1]))  # the longest comes first
        if runs:
            self._work.outcome.network_failure = None  # what is told at the end is of the methods used last
        for order in orders:
            order.stage = Stage.ENCODING
        kept = self._keeping.memory is not None
        self._sitting = _Sitting(orders, options, runs, sum(map(len, plan.values())), kept)
        self._run_next(self._sitting)

    def _run_next(self, sitting: _Sitting) -> None:
        """Begin the sitting's next run, or end it."""
        if not sitting.runs or sitting.cancelled():
            self._end(sitting)
            return
        methods, rows = sitting.runs.pop()
        try:
            encoder = self.encoder_factory(replace(sitting.options, methods=methods))
            workers = min(len(rows), self._settings.worker_count())
            self.runner.start(encoder, self._tickets(sitting, rows), workers, sitting.cancelled)
        except Exception as error:  # noqa: BLE001 - told through failed; the other orders go on
            self._end(sitting)
            self._work.failed.emit(error)
        else:
            self._work.changed.emit()

    def _end(self, sitting: _Sitting) -> None:
        self._work.outcome.done += sitting.done + sitting.passed_over
        self._sitting = None
        self._live.settle()
        returned, self._returned = self._returned, NO_ROWS
        missed = returned[self._live.rows.pending[returned]]
        if missed.size and not (sitting.cancelled() or sitting.errors):
            self._order(missed)
        self._starter.start()
        self._work.end(sitting.orders)

    # A run

    def _tickets(self, sitting: _Sitting, wanted: Numbers) -> Iterator[tuple[_Ticket, str]]:
        """Pulled by the workers: what is current when a picture's turn comes, what imgenc may have died of first."""
        rows = self._live.rows
        suspected = np.isin(wanted, [row for row in map(rows.number, BEING_READ.paths) if row is not None])
        for part in chain([wanted[suspected]], slices(wanted[~suspected])):
            for row in part.tolist():
                if rows.is_removed(row):  # whoever pulls does so alone
                    sitting.passed_over += 1
                else:
                    sitting.begun += 1
                    yield _Ticket(row, rows.generation(row)), rows.paths[row]

    def _take_results(self, results: Sequence[tuple[_Ticket, ImageResult]], looked_up: int) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        sitting.done += len(results)
        self._work.outcome.take([result for _, result in results], looked_up)
        rows, tickets = self._live.rows, [ticket for ticket, _ in results]
        are_current = rows.are_current([one.row for one in tickets], [one.generation for one in tickets])
        current = [(ticket.row, result) for ticket, result in compress(results, are_current)]
        turned = sitting.options.apply_exif_orientation
        again = self._live.apply(current, turned=turned, kept=sitting.kept)
        if self._pasted.folder:  # their files end with the session
            rows.forget_kept([row for row, _ in current if self._pasted.holds(rows.paths[row])])
        late = [(row, sitting.seen.pop(row), result.file) for row, result in current if row in sitting.seen]
        again += self._live.see({row: seen for row, seen, read in late if read != seen})
        if again and not sitting.cancelled():
            self._order(again)

    def _end_run(self, summary: Summary) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        sitting.errors = summary.errors
        if summary.errors:
            sitting.runs.clear()  # the defect would meet the same pictures again
        self._run_next(sitting)
