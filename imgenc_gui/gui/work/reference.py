"""The reference: exports in which the table's pictures are looked for, again as more of them are encoded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from imgenc_gui.core.collecting import Collected, Export, collect, common_methods, common_rotation
from imgenc_gui.core.columns import Mask
from imgenc_gui.core.comparing.known import find_known, nearness, telling
from imgenc_gui.core.comparing.strictness import USUAL_STEP, criteria_at
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.alike import Criterion, Match
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.states import Moment
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.core.uncollected import release, uncollected
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows


class _Found(IntEnum):
    NOT_LOOKED_FOR = 0
    NEW = 1
    KNOWN = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What was found out about some rows: on a thread made ready to be taken over at once."""

    reference: Collected
    matches: dict[int, Match]  # of the rows that are known
    known: NDArray[np.int64]
    nearness: NDArray[np.float64]  # of these
    new: NDArray[np.int64]

    @classmethod
    def of(cls, reference: Collected, found: dict[int, Match | None], criteria: Sequence[Criterion]) -> _Answer:
        matches = {row: match for row, match in found.items() if match is not None}
        near = np.array([nearness(match, criteria) for match in matches.values()], np.float64)
        new = [row for row, match in found.items() if match is None]
        return cls(reference, matches, np.array(list(matches), np.int64), near, np.array(new, np.int64))


class Reference(QObject):
    """Holds one reference at a time, and what was found in it. Lives on the window's thread."""

    changed = Signal(object)  # list of the rows of which more is known now; none: all that is known may be other

    def __init__(self, live: LiveRows, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live = live
        self._jobs = jobs
        self._exports: Sequence[Export] = ()
        self._criteria: tuple[Criterion, ...] = ()
        self._collected: Collected | None = None  # by these criteria, once it is wanted
        self._matches: dict[int, Match] = {}
        self._found = np.zeros(0, np.uint8)  # by row number
        self._nearness = np.zeros(0)  # by row number: of those that are known
        self._seen: Moment | None = None  # which encodings were looked for
        self._is_looking = False
        self._again = False
        self._age = 0  # rises when what is looked for is of no use any more
        live.settled.connect(self.look)
        live.cleared.connect(self._clear, Qt.ConnectionType.QueuedConnection)  # after whoever shows the rows

    # What is asked

    @property
    def exports(self) -> Sequence[Export]:
        """The exports; none while there is no reference."""
        return self._exports

    @property
    def name(self) -> str:
        """What it is called, to be shown; "" while there is none."""
        names = [shown(os.path.basename(export.file)) for export in self._exports]  # noqa: PTH119
        if len(names) > 1:
            return self.tr("{0} and {1} more").format(names[0], len(names) - 1)
        return names[0] if names else ""

    @property
    def methods(self) -> tuple[Method, ...]:
        """Those by which pictures can be looked for in it."""
        return common_methods(self._exports) if self._exports else ()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """What is alike."""
        return self._criteria

    @property
    def is_looking(self) -> bool:
        """Whether more will be known soon."""
        return self._is_looking

    def match(self, row: int) -> Match | None:
        """The nearest picture in the reference, None where nothing is near enough or that isn't known."""
        return self._matches.get(row)

    def among(self, first: int, last: int, *, known: bool) -> Mask:
        """Which of rows first to last-1 are in the reference, or else were looked for and aren't."""
        mask = np.zeros(last - first, np.bool_)
        found = self._found[first:last]
        mask[: len(found)] = found == (_Found.KNOWN if known else _Found.NEW)
        return mask

    def nearness(self, length: int) -> NDArray[np.float64]:
        """What sorts the first rows that are known, nearest first. Callable from any thread."""
        known = self._nearness[:length]  # once: it may be another's, longer, in the next moment
        return np.concatenate([known, np.zeros(length - len(known))])

    def count(self, *, known: bool) -> int:
        """How many rows are in the reference, or aren't."""
        return int(np.count_nonzero(self.among(0, len(self._found), known=known)))

    # What is ordered

    def set(self, exports: Sequence[Export]) -> None:
        """Look in these from now on."""
        parts: list[Iterable[object]] = [export.read.named for export in self._exports]
        self._exports = tuple(exports)
        self._criteria = ()
        self._forget()
        self._let_go_of(parts)
        if self._is_looking or not self._exports:
            self.changed.emit([])
        self.look()

    def let_go(self) -> None:
        """Have no reference."""
        self.set(())

    def look(self) -> None:
        """Look for the rows that have other encodings than when they were looked for."""
        if not self._exports:
            return
        if self._is_looking:
            self._again = True
            return
        rows = self._live.rows
        methods = telling([method for method in self.methods if rows.any_has(method)])
        criteria = criteria_at(USUAL_STEP, methods)
        if criteria != self._criteria:
            self._criteria = criteria
            self._forget()
        now = rows.moment()
        numbers = self._to_look_for(now)
        self._seen = now
        if numbers:
            self._look_for(numbers, now)
        self.changed.emit([])

    def _to_look_for(self, now: Moment) -> list[int]:
        """The rows that can be compared and weren't yet; what was found of others as they were before is forgotten."""
        rows = self._live.rows
        wanted = np.zeros(len(rows), np.bool_)
        for criterion in self._criteria:
            wanted |= rows.having(criterion.method)
        if any(export.turned is not None for export in self._exports):
            wanted &= rows.made_so(turned=common_rotation(self._exports))
        more = len(rows) - len(self._found)
        self._found = np.concatenate([self._found, np.zeros(more, np.uint8)])
        self._nearness = np.concatenate([self._nearness, np.zeros(more)])
        if self._seen is not None:
            before = len(self._seen.has)
            same = (now.has[:before] == self._seen.has) & (now.generations[:before] == self._seen.generations)
            wanted[:before] &= ~same
            self._found[:before][~same] = _Found.NOT_LOOKED_FOR
            for row in np.flatnonzero(~same).tolist():
                self._matches.pop(row, None)
        numbers: list[int] = np.flatnonzero(wanted).tolist()
        return numbers

    def _look_for(self, numbers: list[int], now: Moment) -> None:
        """Look for some rows on a thread."""
        self._is_looking = True
        rows, exports = self._live.rows, self._exports
        age, criteria, collected = self._age, self._criteria, self._collected

        def find() -> _Answer:
            with uncollected():
                reference = collected or collect([criterion.method for criterion in criteria], (), exports)
                found = find_known(rows, numbers, now, reference, criteria, stop=stop)
                return _Answer.of(reference, found, criteria)

        def stop() -> bool:
            return age != self._age or self._jobs.is_closed()

        def looked(answer: _Answer) -> None:
            if age == self._age:
                self._note(answer)
            ended()
            if age == self._age:
                self.changed.emit(numbers)

        def failed(error: Exception) -> None:
            ended()
            if not isinstance(error, StoppedError):
                self._jobs.report(error)

        def ended() -> None:
            self._is_looking = False
            if self._again:
                self._again = False
                self.look()

        self._jobs.run(find, looked, failed)

    def _note(self, answer: _Answer) -> None:
        self._collected = answer.reference
        self._found[answer.new], self._found[answer.known] = _Found.NEW, _Found.KNOWN
        self._nearness[answer.known] = answer.nearness
        self._matches |= answer.matches

    def _forget(self) -> None:
        """What was found is of no use any more."""
        self._age += 1
        parts: list[Iterable[object]] = [self._matches.values()]
        if self._collected is not None:
            parts += [self._collected.pictures, *self._collected.encodings.values()]
        self._collected = None
        self._matches = {}
        self._found, self._nearness = np.zeros(0, np.uint8), np.zeros(0)
        self._seen = None
        self._let_go_of(parts)

    def _let_go_of(self, parts: list[Iterable[object]]) -> None:
        """Let what was forgotten, as many objects as there are pictures, end on a thread, which takes its time."""
        if any(parts):
            self._jobs.run(partial(release, parts), lambda _nothing: None)

    def _clear(self) -> None:
        """There are no rows any more; the reference stays."""
        self._forget()
        self.changed.emit([])
