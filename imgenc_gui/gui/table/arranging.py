"""Finds out which rows are to be shown where: at once, or soon, on a thread, where there are very many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.states import States
from imgenc_gui.gui.table.arrangement import Arrangement, Category, Ranks, Sorting
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.columns import OF_BANDS, Column
from imgenc_gui.gui.work.jobs import Jobs, Urgency

Places = NDArray[np.int32]

_AT_ONCE = 2000  # rows whose names are looked through without a thread: some 10 ms
QUICKLY = 20_000  # rows that are searched and sorted without one: no more


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: of a category what contains the text, or, whatever the category, what is in bands."""

    category: Category = Category.ALL
    text: str = ""
    sorting: Sorting | None = None  # None: as pictures were added, or as the bands have them
    banded: Banded | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Which rows are shown, by position, and where, by row number; -1: not shown. ``turns``: of bands."""

    rows: Places
    positions: Places
    turns: Numbers | None = None
    containing: Mask | None = None  # by row number, which contain the text that is searched for; None: none is

    @classmethod
    def of(
        cls, order: Numbers | Places, count: int, turns: Numbers | None = None, containing: Mask | None = None
    ) -> Table:
        """These rows, in this order, among so many."""
        positions = np.full(count, -1, np.int32)
        positions[order] = np.arange(order.size, dtype=np.int32)
        return cls(order.astype(np.int32), positions, turns, containing)


class Arranger(QObject):
    """Of several questions the last one counts. Lives on the window's thread, and answers there."""

    found = Signal(object, object)  # a Table to be shown, and the rows that came or changed since that was asked
    arranged = Signal()  # nothing more is to be found out, as far as that is known

    def __init__(
        self, rows: States, arrangement: Arrangement, jobs: Jobs | None, parent: QObject | None = None
    ) -> None:
        """``jobs``: for what takes long; without them it is done at once."""
        super().__init__(parent)
        self._rows = rows
        self._arrangement = arrangement
        self._jobs = jobs
        self.wanted = Wanted()  # whoever changes it asks, by ``sort`` or ``find``
        self._late: list[Numbers] = []  # rows that came or changed since it was asked what is to be shown
        self._asked = self._answered = 0  # which question about what is shown, counted
        self._is_arranging = False  # on a thread
        self._changes = 0  # how often rows came or changed
        self._behind: tuple[object, Table] | None = None  # what was shown before bands, and what it depended on
        # By what it is found out how rows stand, and whether there are more rows now that are to be sorted.
        self._ranked: dict[Column, bool] = {}

    @property
    def is_busy(self) -> bool:
        """Whether rows will change places in a moment."""
        return bool(self._ranked) or self._answered != self._asked

    def sort(self) -> None:
        """Find it out once it is known how rows stand by what they are sorted by: until then all stay as they are."""
        if not self._rank():
            self._arrange()

    def find(self) -> None:
        """Find it out now; rows of which it isn't known yet how they stand come last, until it is."""
        self._rank()
        self._arrange()

    def note(self, rows: Numbers | None = None) -> None:
        """These rows came or changed; None: something that concerns any."""
        self._changes += 1
        if rows is not None and self._is_arranging:
            self._late.append(rows)

    def keep(self, table: Table) -> None:
        """Show this again when bands are shown no more, if nothing has changed by then. It is what was wanted last."""
        self._behind = self._depends_on(), table

    def let_go(self) -> None:
        """Don't keep that any longer."""
        self._behind = None

    def clear(self) -> None:
        """The rows were cleared: there is nothing to arrange."""
        self._arrangement.forget()
        self._ranked = {}
        self._asked += 1
        self._answered = self._asked
        self._behind = None

    # How rows stand by what takes long to find out

    def _rank(self) -> bool:
        """Find out how rows stand by what they are sorted by; whether that takes a moment, on a thread."""
        column = self.wanted.sorting.column if self.wanted.sorting is not None else None
        if column is None or not self._arrangement.lacks(column):
            return False
        ranking, among = self._arrangement.ranking(column), self._ranked
        if self._jobs is None or len(self._rows) <= _AT_ONCE:
            self._arrangement.take(column, ranking())
            return False

        def ranked(ranks: Ranks) -> None:
            if among is not self._ranked:  # the rows were cleared
                return
            self._arrangement.take(column, ranks)
            self._changes += 1
            is_outdated = self._ranked.pop(column)
            if self.wanted.sorting is not None and self.wanted.sorting.column == column:
                if is_outdated:
                    self._rank()
                self._arrange()
            elif not self.is_busy:
                self.arranged.emit()

        if column not in self._ranked:
            self._jobs.run(ranking, ranked, urgency=Urgency.ANSWERS)
        self._ranked[column] = column in self._ranked
        return True

    # Which rows, in which order

    def _arrange(self) -> None:
        self._asked += 1
        find = self._finding()
        if find is None:
            if not self._is_arranging:
                self._arrange_soon()
        else:
            self.found.emit(find(), [])
            self._answered = self._asked
            self.arranged.emit()

    def _finding(self, *, on_thread: bool = False) -> Callable[[], Table] | None:
        """What finds out which rows to show, in their order; None where that takes a thread."""
        arrangement, wanted, count = self._arrangement, self.wanted, len(self._rows)
        if on_thread:
            arrangement = arrangement.glance()
        banded, sorting = wanted.banded, wanted.sorting
        if banded is None and self._behind is not None and self._behind[0] == self._depends_on():
            behind = self._behind[1]
            return lambda: behind
        size = count
        if banded is not None and not wanted.text.strip():
            size = len(banded.bands.rows) if sorting is not None else 0

        def find() -> Table:
            containing = arrangement.containing(wanted.text)
            if banded is None:
                found = arrangement.of_category(wanted.category)
                rows = np.flatnonzero(found if containing is None else found & containing)
                return Table.of(_in_order(arrangement, rows, sorting, is_banded=False), count, None, containing)
            matches = None if containing is None else containing & arrangement.of_category(Category.ALL)
            sort = None if sorting is None else partial(_in_order, arrangement, sorting=sorting, is_banded=True)
            order, turns = banded.arrange(matches, sort)
            return Table.of(order, count, turns, containing)

        return find if on_thread or self._jobs is None or size <= QUICKLY else None

    def _arrange_soon(self) -> None:
        find, asked = self._finding(on_thread=True), self._asked
        if find is None or self._jobs is None:
            return
        self._is_arranging = True
        self._late = []

        def found(table: Table) -> None:
            self._is_arranging = False
            if asked == self._asked:
                self.found.emit(table, self._late)
                self._late = []
                self._answered = asked
                self.arranged.emit()
            elif self._answered != self._asked:
                self._arrange_soon()

        def failed(error: Exception) -> None:
            self._is_arranging = False
            if asked == self._asked:
                self._answered = asked
            elif self._answered != self._asked:
                self._arrange_soon()
            if self._jobs is not None:
                self._jobs.report(error)

        self._jobs.run(find, found, failed, urgency=Urgency.ANSWERS)

    def _depends_on(self) -> object:
        """What is shown is the same as long as this is."""
        return self.wanted.category, self.wanted.text, self.wanted.sorting, self._changes


def _in_order(arrangement: Arrangement, rows: Numbers, sorting: Sorting | None, *, is_banded: bool) -> Numbers:
    """In the order chosen; by how alike they are: as the bands have them, or the other way round."""
    if sorting is None:
        return rows
    if sorting.column in OF_BANDS:
        return rows[::-1] if sorting.descending and is_banded else rows
    return arrangement.sort(rows, sorting)
