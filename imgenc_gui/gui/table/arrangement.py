"""Which rows the table shows, and in which order: categories, searching and sorting over the rows' arrays.

All of it may be found out on any thread, of rows that another writes meanwhile: whoever asks looks again at these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.core.states import State, States
from imgenc_gui.gui.look.sentences import short_words
from imgenc_gui.gui.table.columns import CHANGED, FILE_SIZE, FOLDER, FORMAT, KNOWN, NAME, PIXELS, TAKEN, Column
from imgenc_gui.gui.table.ranking import ranks_of_folders, ranks_of_names
from imgenc_gui.gui.work.reference import Reference


class Category(StrEnum):
    """What the table can be narrowed down to."""

    ALL = "all"  # but for files that are no pictures
    ENCODED = "encoded"
    FAILED = "failed"
    NOT_PICTURES = "not-pictures"
    WARNINGS = "warnings"
    COPIES = "copies"  # in bands, which the model is given
    KNOWN = "known"  # in the reference
    NEW = "new"  # not in the reference


_STATES = {
    Category.ENCODED: State.ENCODED,
    Category.FAILED: State.FAILED,
    Category.NOT_PICTURES: State.NOT_A_PICTURE,
}


Ranks = NDArray[np.int32]
_BLOCK = 4096  # rows that are looked through at once: another thread has its turn in between
_BITS = 4  # of a hash in each of its characters
_REASON_BITS = 32
_NONE = "\0"  # what no path holds
_RANKED: dict[Column, Callable[[Sequence[str]], Ranks]] = {NAME: ranks_of_names, FOLDER: ranks_of_folders}
_NUMBERS: dict[Column, Callable[[States], tuple[NDArray[Any], Any]]] = {  # and what stands for one that isn't known
    PIXELS: lambda rows: (rows.pixels, 0),
    FILE_SIZE: lambda rows: (rows.sizes, -1),
    CHANGED: lambda rows: (rows.times, -1),
    TAKEN: lambda rows: (rows.taken.view(np.int64), np.datetime64("NaT").view(np.int64)),
}
OF_REFERENCE = (Category.KNOWN, Category.NEW)  # there only while there is a reference


@dataclass(frozen=True, slots=True)
class Sorting:
    """What rows are sorted by."""

    column: Column
    descending: bool = False


class Arrangement:
    """Answers for the rows as they are now; remembers only how they stand by what takes long to find out."""

    def __init__(self, rows: States, reference: Reference | None = None) -> None:
        self._rows = rows
        self._reference = reference
        self._ranks: dict[Column, Ranks] = {}  # as far as they are known

    def glance(self) -> Arrangement:
        """The same for another thread: of these rows alone, which may change meanwhile."""
        other = Arrangement(self._rows.glance(), self._reference)
        other._ranks = dict(self._ranks)
        return other

    def forget(self) -> None:
        """The rows were cleared."""
        self._ranks = {}

    def counts(self, among: Mask | None = None) -> dict[Category, int]:
        """How many rows belong to each category; ``among``: of these. What several are made of is looked at once."""
        states = self._rows.states
        others = [Category.WARNINGS]
        if self._reference is not None and self._reference.exports:
            others += OF_REFERENCE
        masks = {category: self.of_category(category) for category in others}
        if among is not None:
            states = np.where(among[: states.size], states, np.uint8(State.REMOVED))
            masks = {category: mask & among[: mask.size] for category, mask in masks.items()}
        of_state = {state: int(np.count_nonzero(states == int(state))) for state in State}
        counts = dict.fromkeys(Category, 0)
        counts |= {category: of_state[state] for category, state in _STATES.items()}
        counts |= {category: int(np.count_nonzero(mask)) for category, mask in masks.items()}
        counts[Category.ALL] = states.size - of_state[State.NOT_A_PICTURE] - of_state[State.REMOVED]
        return counts

    def containing(self, text: str, rows: Numbers | None = None) -> Mask | None:
        """Which of these rows, or of all, contain the text; None where there is none.

        It is looked for in the path (so in name and folder) and in the hashes, whatever its case.
        """
        needle = text.strip().casefold()
        if not needle:
            return None
        found = np.zeros(len(self._rows) if rows is None else rows.size, np.bool_)
        for first in range(0, found.size, _BLOCK):
            part = slice(first, min(first + _BLOCK, found.size))
            among = part if rows is None else rows[part]
            found[part] = self._path_contains(needle, among) | self._hash_contains(needle, among)
        return found

    def of_category(self, category: Category, among: Numbers | None = None) -> Mask:
        """Which of these rows, or of all, belong to the category; a mask of its own."""
        rows: slice | Numbers = slice(len(self._rows)) if among is None else among
        states = self._rows.states[rows]
        if category is Category.ALL:
            return np.asarray((states != State.NOT_A_PICTURE) & (states != State.REMOVED))
        if category is Category.WARNINGS:
            return self._rows.warned[rows]
        if category in OF_REFERENCE and self._reference is not None:
            known = self._reference.among(0, len(self._rows), known=category is Category.KNOWN)[rows]
            return np.asarray(known & (states != State.REMOVED))
        if category in _STATES:
            return np.asarray(states == _STATES[category])
        return np.zeros(states.size, np.bool_)

    def _path_contains(self, needle: str, rows: slice | Numbers) -> Mask:
        paths = self._rows.paths[rows] if isinstance(rows, slice) else [self._rows.paths[row] for row in rows.tolist()]
        together = "".join(paths)
        if shown(together) != together:
            paths = [shown(path) for path in paths]
        folded = _NONE.join(paths).casefold()  # all at once: for a hundred paths as quickly as one by one for ten
        if needle not in folded:
            return np.zeros(len(paths), np.bool_)
        return np.fromiter((needle in path for path in folded.split(_NONE)), np.bool_, len(paths))

    def _hash_contains(self, needle: str, rows: slice | Numbers) -> Mask:
        """Compare numbers: to make texts of all hashes takes ten times as long."""
        if len(needle) > HASH_CHARACTERS or not set(needle) <= set("0123456789abcdef"):
            return np.zeros(len(self._rows.states[rows]), np.bool_)
        hashes, given = self._rows.hashes_of(rows)
        wanted, bits = np.uint64(int(needle, 16)), _BITS * len(needle)
        mask = np.uint64((1 << bits) - 1)
        found = np.zeros(hashes.shape, np.bool_)
        for shift in range(0, _BITS * HASH_CHARACTERS - bits + 1, _BITS):
            found |= ((hashes >> np.uint64(shift)) & mask) == wanted
        return np.asarray((found & given).any(axis=1))

    def lacks(self, column: Column) -> bool:
        """Whether it isn't known yet how all rows stand by a column: ``take`` what ``ranking`` finds out."""
        return column in _RANKED and len(self._ranks.get(column, ())) < len(self._rows)

    def ranking(self, column: Column) -> Callable[[], Ranks]:
        """What finds that out, on any thread."""
        rows = self._rows.glance()
        return lambda: _RANKED[column](rows.paths[: len(rows)])

    def take(self, column: Column, ranks: Ranks) -> None:
        """Know it from now on."""
        self._ranks[column] = ranks

    def sort(self, shown: Numbers, sorting: Sorting) -> Numbers:
        """Return the rows in the sorting's order, stable; rows without a value come last either way."""
        values, present = self._sort_values(sorting.column)
        having = shown if present is None else shown[present[shown]]
        own = values[having]
        if sorting.descending:  # from the end, so that equal ones stay as they are
            order = having.size - 1 - np.argsort(own[::-1], kind="stable")[::-1]
        else:
            order = np.argsort(own, kind="stable")
        return having[order] if present is None else np.concatenate([having[order], shown[~present[shown]]])

    def _sort_values(self, column: Column) -> tuple[NDArray[Any], Mask | None]:
        """What to sort rows by, and which rows have it (None: all)."""
        rows = self._rows
        if column.method is not None:
            return self._encoding_values(column.method)
        if column == KNOWN:
            return self._known_values()
        if column in _NUMBERS:
            values, unknown = _NUMBERS[column](rows)
            return values, np.asarray(values != unknown)
        if column == FORMAT:
            codes, names = rows.formats
            places = np.array([sorted(names).index(name) for name in names])
            return places[codes], np.array([bool(name) for name in names])[codes]
        if column in _RANKED:
            ranks = self._ranks.get(column, np.zeros(0, np.int32))
            has = np.arange(len(rows)) < ranks.size
            return np.concatenate([ranks, np.zeros(max(len(rows) - ranks.size, 0), np.int32)]), has
        return self._status_values(), None

    def _status_values(self) -> Numbers:
        """By state, and what could not be read by why not."""
        rows = self._rows
        values = (rows.states.astype(np.int64) * 2 + rows.warned) << _REASON_BITS
        failures = {row: failure for row, failure in rows.failures.items() if rows.state(row) is State.FAILED}
        words = {failure: short_words(failure) for failure in dict.fromkeys(failures.values())}
        places = {word: place for place, word in enumerate(sorted(dict.fromkeys(words.values())))}
        places_of = [places[words[failure]] for failure in failures.values()]
        values[np.array(list(failures), np.int64)] += np.array(places_of, np.int64)
        return values

    def _known_values(self) -> tuple[NDArray[Any], Mask]:
        reference, length = self._reference, len(self._rows)
        if reference is None:
            return np.zeros(length), np.zeros(length, np.bool_)
        return reference.nearness(length), reference.among(0, length, known=True)

    def _encoding_values(self, method: Method) -> tuple[NDArray[Any], Mask]:
        present = self._rows.having(method)
        return (self._rows.hash_column(method) if method.is_hash else self._rows.norms(method)), present
