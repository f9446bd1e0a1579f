"""What can be exported, frozen on the window's thread when the dialog opens: rows, root, methods."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.listing import Refused, named_refusals, relative_names
from imgenc_gui.core.ordering import order_of
from imgenc_gui.core.records.alike import Bands
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.rows import Rows
from imgenc_gui.core.states import Moment, State
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.session import Session


class Scope(StrEnum):
    """Which rows to export."""

    ALL = "all"
    SELECTED = "selected"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Alike:
    """Which rows are alike: by all methods or any (``every``); ``pictures``: for each row the one whose it is."""

    bands: Bands
    every: bool
    pictures: NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What can be exported. ``options.methods``: those that some row has.

    ``rows``: per scope, the numbers of the rows that don't wait. ``beside``: those of files that are no pictures and
    that nobody asked for (``with_others``). ``then``: which encodings they had. ``refused``: what
    has no row because it couldn't be listed; it is told with all rows. ``unlike``: which rows were encoded turned the
    other way than ``options`` say; None: none. ``waiting``: how many rows of a scope wait to be encoded.
    ``alike``: the groups of these rows; None where there are none.
    """

    table: Rows
    rows: Mapping[Scope, Numbers]
    then: Moment
    options: Options
    root: str
    pasted_folder: str = ""
    refused: tuple[Refused, ...] = ()
    unlike: Mask | None = None
    waiting: Mapping[Scope, int] = field(default_factory=dict)
    alike: Alike | None = None
    beside: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))

    def with_others(self) -> Self:
        """The same for a format that lists all files in any case, also those that are no pictures."""
        if not len(self.beside):
            return self
        every = np.concatenate([np.asarray(self.rows[Scope.ALL], np.int64), self.beside])
        return replace(self, rows={**self.rows, Scope.ALL: every}, beside=self.beside[:0])

    def counts(self) -> dict[Scope, int]:
        """How many rows each scope has."""
        return {scope: len(rows) for scope, rows in self.rows.items()}

    def length(self, scope: Scope) -> int:
        """How many results ``named`` yields, unless some were replaced."""
        return len(self.rows[scope]) + len(self._without_row(scope))

    def count_unlike(self, scope: Scope) -> int:
        """How many rows aren't as the file will say of all: it can't tell of each."""
        return 0 if self.unlike is None else int(np.count_nonzero(self.unlike[np.asarray(self.rows[scope], np.int64)]))

    def _without_row(self, scope: Scope) -> dict[str, ImageResult]:
        return dict(named_refusals(self.refused if scope is Scope.ALL else (), self.root))

    def named(self, scope: Scope, most: int | None = None) -> Iterator[tuple[str, ImageResult]]:
        """Yield (name, result) of the first ``most`` rows, and of what has none, by name; on any thread.

        Rows whose encodings have been replaced since are left out: a file of both would mix what can't be compared.
        Names are made here, not when the snapshot is taken: for 100,000 rows they take a third of a second.
        """
        rows = np.asarray(self.rows[scope][:most]).tolist()
        paths = [self.table.paths[row] for row in rows]
        names = relative_names(paths, self.root)
        without_row = self._without_row(scope)
        taken = {*names, *without_row} if self.pasted_folder else set()
        for place, path in enumerate(paths if self.pasted_folder else ()):
            folder, pasted = os.path.split(path)
            if folder == self.pasted_folder:
                while pasted in taken:  # a file of that name lies in the folder
                    pasted = f"Clipboard/{pasted}"
                taken.add(pasted)
                names[place] = pasted
        every, before = [*names, *without_row], None
        for place in order_of(every)[:most].tolist():
            name = every[place]
            result = self.table.result(rows[place], self.then) if place < len(rows) else without_row[name]
            if name != before and result is not None:
                yield name, result
            before = name


@dataclass(frozen=True, slots=True)
class Written:
    """Which encodings an export has written: those that these rows had then, by these methods."""

    rows: Numbers
    methods: tuple[Method, ...]
    then: Moment


def take_snapshot(session: Session, view: ResultsView, alike: Alike | None = None) -> Snapshot:
    """Freeze what can be exported now; rows that wait are left out."""
    rows = session.live.rows
    is_other = rows.states == State.NOT_A_PICTURE
    asked: dict[Scope, Numbers] = {
        Scope.ALL: np.flatnonzero(~is_other & (rows.states != State.REMOVED)),
        Scope.SELECTED: view.selected(),
        Scope.SHOWN: view.shown_rows(),
    }
    scopes = {scope: rows.finished(numbers) for scope, numbers in asked.items()}
    waiting = {scope: len(numbers) - len(scopes[scope]) for scope, numbers in asked.items()}
    methods = tuple(method for method in rows.methods if rows.any_has(method))
    options = Options(methods, rows.any_turned(), bool(rows.incomplete.any()))
    unlike = rows.encoded & ~rows.made_so(turned=options.apply_exif_orientation)
    root, pasted = session.root, session.pasted_folder
    beside = np.flatnonzero(is_other)
    return Snapshot(rows, scopes, rows.moment(), options, root, pasted, session.refused, unlike, waiting, alike, beside)
