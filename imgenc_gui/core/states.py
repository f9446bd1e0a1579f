"""What became of each picture of a session, in compact arrays, and what it still misses: to be read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import Columns, Mask, Numbers, identity
from imgenc_gui.core.path_index import PathIndex
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import AROUND_THE_FILE, FileIdentity, ImageFailure, ImageResult, ImageWarning


class State(IntEnum):
    """What became of a row so far."""

    WAITING = 0
    ENCODED = 1
    FAILED = 2
    NOT_A_PICTURE = 3
    REMOVED = 4  # from the table, by a person


_STATES = tuple(State)  # by their numbers: where a number of numpy's meets an enum's, either takes 15 µs


@dataclass(frozen=True, slots=True)
class Moment:
    """What there was at one moment: each row's generation, and a bit per method for the encodings that it had."""

    generations: NDArray[np.uint32]
    has: NDArray[np.unsignedinteger[Any]]


class States(Columns):
    """Rows are numbered from 0 in the order in which they were added; a row's number never changes until clear().

    A row's *generation* rises when its encodings, or a failure in their place, make room for others: what was begun for
    an earlier generation is out of date. A row knows which file it was made of and what that file looked like when it
    was last seen: where these differ the file has *changed*.

    A row of which other encodings are *expected* keeps what it has until they come.

    A row that was *removed* is as good as none until it is put back: it has no encodings, and counts nowhere.

    ``Rows`` alone writes here, on one thread. number(), is_unlike() and result() may be called from any other and never
    see half a change.
    """

    FILLS = Columns.FILLS | {
        "_state": 0, "_warned": 0, "_saved": 0, "_kept": 0, "_generation": 0, "_norms": 0, "_seen_bytes": -1,
        "_seen_mtime_ns": -1, "_gone": 0, "_changed": 0, "_had": 0, "_was": 0, "_expected": 0, "_lacked": 0,
        "_damaged": 0,
    }  # fmt: skip

    def __init__(self, methods: Iterable[Method]) -> None:
        super().__init__(methods)
        self._lock = threading.Lock()

    def _clear(self) -> None:
        super()._clear()
        self._index = PathIndex(self.paths)
        self._failures: dict[int, ImageFailure] = {}
        self._warnings: dict[int, tuple[ImageWarning, ...]] = {}
        self._state = np.zeros(0, np.uint8)
        self._warned = np.zeros(0, np.bool_)
        self._saved = np.zeros(0, self._bits_type)  # a bit per method: some export has written this very encoding
        self._kept = np.zeros(0, self._bits_type)  # a bit per method: the library has this very encoding
        self._generation = np.zeros(0, np.uint32)
        self._norms = np.zeros((0, len(self._places)), np.float32)
        self._seen_bytes = np.zeros(0, np.int64)  # what the file looked like when it was last seen
        self._seen_mtime_ns = np.zeros(0, np.int64)
        self._gone = np.zeros(0, np.bool_)  # there was no file when it was looked for
        self._changed = np.zeros(0, np.bool_)  # what it was made of and what was last seen differ
        self._had = np.zeros(0, self._bits_type)  # what removed rows have once they are put back: as _has
        self._was = np.zeros(0, np.uint8)  # and as _state
        self._removed = 0  # rows
        self._expected = np.zeros(0, np.bool_)  # has encodings that are to make room for others
        self._damaged = np.zeros(0, np.bool_)  # encoded as far as it can be read, or nobody has tried that yet
        self._lacked = np.zeros(0, np.bool_)  # what failed the last time is only that a network was not to be had

    # One row

    def number(self, path: str) -> int | None:
        """Return the row of a path, or None."""
        with self._lock:
            return self._index.row(path)

    def generation(self, row: int) -> int:
        """How often what the row had has made room for something else."""
        return int(self._generation[row])

    def state(self, row: int) -> State:
        """Return what became of the row so far."""
        return _STATES[self._state.item(row)]

    def seen(self, row: int) -> FileIdentity | None:
        """What the row's file looked like when it was last seen; None when it wasn't yet."""
        return identity(self._seen_bytes[row], self._seen_mtime_ns[row])

    def is_unlike(self, row: int, file: FileIdentity) -> bool:
        """Whether ``Rows.see`` would have something to note. Callable from any thread."""
        with self._lock:
            failure = self._failures.get(row)
            known = self._made_of(row)
            is_known = known == file or (known is None and bool(self._has[row]))
            is_noted = is_known and self.seen(row) == file and not self._gone[row]
            return not is_noted or (failure is not None and failure.code in AROUND_THE_FILE)

    def _differs(self, rows: slice | Numbers) -> Mask:
        """Whether the file that was last seen is another than that which a row was made of."""
        size, time = self._bytes[rows], self._mtime_ns[rows]
        failed = self._has[rows] == 0  # then a file that isn't known may be another; encodings are taken for the file's
        differs = (self._seen_bytes[rows] != size) & (failed | (size >= 0))
        differs |= (self._seen_mtime_ns[rows] != time) & (failed | (time != -1))
        return np.asarray((self._state[rows] != State.WAITING) & (self._seen_bytes[rows] >= 0) & differs)

    def is_expected(self, row: int) -> bool:
        """Return True when the row's encodings are to make room for others."""
        return bool(self._expected[row])

    def is_removed(self, row: int) -> bool:
        """Return True when the row was taken off the table."""
        return self.state(row) is State.REMOVED

    def are_current(self, rows: Sequence[int], generations: Sequence[int]) -> list[bool]:
        """For each of the rows, whether it is on the table in that generation."""
        chosen = np.array(rows, np.int64)
        states, now = self._state[chosen], self._generation[chosen]
        is_current: list[bool] = ((states != State.REMOVED) & (now == np.array(generations, np.int64))).tolist()
        return is_current

    def is_changed(self, row: int) -> bool:
        """Return True when the file has changed since the row was made of it."""
        return bool(self._changed[row])

    def is_warned(self, row: int) -> bool:
        """Return True when the row is encoded and there is something to know about it."""
        return bool(self._warned[row]) or (self.state(row) is State.ENCODED and self.is_changed(row))

    def is_gone(self, row: int) -> bool:
        """Return True when there was no file the last time that it was looked for."""
        return bool(self._gone[row])

    def failure(self, row: int) -> ImageFailure | None:
        """Why the last attempt gave nothing, also when earlier encodings are kept."""
        return self._failures.get(row)

    @property
    def failures(self) -> dict[int, ImageFailure]:
        """Those of all rows that have one, as they are now."""
        return self._failures.copy()

    def warnings(self, row: int) -> tuple[ImageWarning, ...]:
        """Return the row's warnings."""
        return self._warnings.get(row, ())

    def norm(self, row: int, method: Method) -> float:
        """Return the vector's L2 norm."""
        return float(self._norms[row, self._places[method]])

    def moment(self) -> Moment:
        """What there is now, for ``result`` and ``mark_saved`` at a later moment."""
        length = len(self)
        return Moment(self._generation[:length].copy(), self._has[:length].copy())

    def result(self, row: int, then: Moment | None = None) -> ImageResult | None:
        """Return the row as a result, or None while it waits. A failure after earlier encodings is left out.

        ``then``: with those of its encodings alone that it had at that moment, also if it was removed since; None if
        they made room for others, or all rows were forgotten.
        """
        with self._lock:
            if then is not None and row >= len(self):
                return None
            state = self.state(row)
            if state is State.WAITING:
                return None
            if then is not None and then.generations[row] != self._generation[row]:
                return None
            is_removed = state is State.REMOVED
            if is_removed and (then is None or self._was.item(row) == State.WAITING):
                return None
            has = self._had[row] if is_removed else self._has[row]
            has = has if then is None else has & then.has[row]
            encodings = {method: self._encoding(row, method) for method in self.methods if has & self._bits[method]}
            return ImageResult(
                path=self.paths[row],
                facts=self.facts(row),
                encodings=encodings,
                warnings=self.warnings(row),
                failure=None if encodings else self.failure(row),
                failed_file=None if self._has_facts(row) else self._made_of(row),
            )

    # Columns: one value per row, as arrays that are not to be changed

    @property
    def states(self) -> NDArray[np.uint8]:
        """Each row's State."""
        return self._state[: len(self)]

    @property
    def warned(self) -> Mask:
        """Which rows are encoded and have warnings, a changed file among them."""
        return np.asarray((self._warned[: len(self)] | self.changed) & (self.states == State.ENCODED))

    @property
    def changed(self) -> Mask:
        """Which rows' files have changed since the rows were made of them."""
        return self._changed[: len(self)]

    @property
    def gone(self) -> Mask:
        """Which rows had no file when it was looked for."""
        gone = self._gone[: len(self)]
        return np.asarray(gone & (self.states != State.REMOVED)) if self._removed and gone.any() else gone

    @property
    def removed(self) -> Mask | None:
        """Which rows were taken off the table; None: none were."""
        return np.asarray(self.states == State.REMOVED) if self._removed else None

    @property
    def pending(self) -> Mask:
        """Which rows wait, or have encodings that are to make room for others."""
        return np.asarray((self.states == State.WAITING) | (self._expected[: len(self)] & self.encoded))

    def norms(self, method: Method) -> NDArray[np.float32]:
        """Each row's norm of the method's vector; meaningless where there is none."""
        return self._norms[: len(self), self._places[method]]

    # Many rows

    @property
    def incomplete(self) -> Mask:
        """Which rows' encodings are of what can be read of damaged pictures."""
        return np.asarray(self._damaged[: len(self)] & self.encoded)

    def plan(
        self,
        methods: Sequence[Method],
        *,
        turned: bool,
        damaged: bool = False,
        among: Mask | None = None,
    ) -> dict[tuple[Method, ...], Numbers]:
        """Group the rows that miss some of the methods by what they miss; ``among``: these alone.

        A row that has an EXIF orientation and was encoded the other way misses all of them, and so does one whose file
        has changed; another that could not be read misses none (it can be reset), unless only a network was not to be
        had, or it is damaged, and as much of it as can be read is wanted now (``damaged``). One whose file is gone
        misses none either.
        """
        needed = self._missing(methods, turned=turned, damaged=damaged)
        if among is not None:
            np.copyto(needed, 0, where=~among)
        plan = {}
        while needed.any():  # by masks: by numbers a million take ten times as long
            bits = needed[np.argmax(needed != 0)]
            is_next = needed == bits
            plan[tuple(method for method in self.methods if bits & self._bits[method])] = np.flatnonzero(is_next)
            np.copyto(needed, 0, where=is_next)
        return plan

    def count_missing(self, methods: Sequence[Method], *, turned: bool, damaged: bool = False) -> tuple[int, int]:
        """How many rows miss some of the methods, as ``plan`` says; and how many of these are still ``pending``."""
        missing = self._missing(methods, turned=turned, damaged=damaged) != 0
        return int(np.count_nonzero(missing)), int(np.count_nonzero(missing & self.pending))

    def _missing(self, methods: Sequence[Method], *, turned: bool, damaged: bool) -> NDArray[np.unsignedinteger[Any]]:
        """For each row a bit per method. What is the case nowhere isn't looked for row by row."""
        wanted = self._mask_of(methods)
        state, as_it_was = self.states, ~self.changed
        needs = np.where(self.made_so(turned=turned) & as_it_was, wanted & ~self._has[: len(self)], wanted)
        np.copyto(needs, 0, where=(state > State.ENCODED) & as_it_was)  # it could not be read, or isn't there
        expected = self._expected[: len(self)]
        if expected.any():
            needs[expected] = wanted
        if self._removed:
            np.copyto(needs, 0, where=state == State.REMOVED)
        if self._failures:
            again = self._lacked[: len(self)] | self._damaged[: len(self)] if damaged else self._lacked[: len(self)]
            needs[again & (state == State.FAILED)] = wanted
        if self._gone[: len(self)].any():
            needs[self.gone] = 0
        return needs

    def any_has(self, method: Method) -> bool:
        """Return True when some row has that encoding."""
        return bool(np.any(self.having(method)))

    def keeps(self, method: Method) -> bool:
        """The same, also where a row was taken off the table, which may be put back."""
        return bool(np.any((self._has[: len(self)] | self._had[: len(self)]) & self._bits[method]))

    def any_turned(self) -> bool:
        """Return True when some row's encodings differ because its EXIF orientation was applied."""
        every = slice(len(self))
        return bool(np.any(self._turned[every] & (self._has[every] != 0) & ~self._come_upright(every)))

    def unsaved(self, *, kept: bool = False) -> int:
        """Count the rows with encodings that no export has written.

        ``kept``: but for those that the library has and gives again, because their files are as they were.
        """
        length = len(self)
        unsaved = self._has[:length] & ~self._saved[:length]
        if kept:
            as_it_was = ~(self.gone | self.changed)
            unsaved[as_it_was] &= ~self._kept[:length][as_it_was]
        return int(np.count_nonzero(unsaved))

    def finished(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Return those of the rows that are on the table and don't wait, in the order given."""
        chosen = np.asarray(rows, np.int64)
        states = self.states
        are_finished = (states != State.WAITING) & (states != State.REMOVED)
        return chosen if are_finished.all() else np.asarray(chosen[are_finished[chosen]])

    @property
    def count(self) -> int:
        """How many rows are on the table."""
        return len(self) - self._removed

    def waiting(self) -> int:
        """How many rows have no result yet."""
        return int(np.count_nonzero(self.states == State.WAITING))


def among(told: Mapping[int, object], rows: Numbers) -> list[int]:
    """Those of the rows, in order, of which something is told: looks at as few as it can."""
    if len(told) < rows.size:
        asked = np.fromiter(told, np.int64, len(told))
        found = rows[np.minimum(np.searchsorted(rows, asked), rows.size - 1)] == asked
        return asked[found].tolist()  # type: ignore[no-any-return]
    return [row for row in rows.tolist() if row in told]
