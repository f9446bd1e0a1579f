"""Which rows the table shows, and in which order: categories, searching and sorting over the rows' arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.core.rows import Rows, State
from imgenc_gui.gui.table.columns import FOLDER, FORMAT, KNOWN, NAME, PIXELS, Column
from imgenc_gui.gui.table.ranking import ranks_of_folders, ranks_of_names
from imgenc_gui.gui.work.reference import Reference


class Category(StrEnum):
    """What the table can be narrowed down to."""

    ALL = "all"
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


_RANKED: dict[Column, Callable[[Sequence[str]], Numbers]] = {NAME: ranks_of_names, FOLDER: ranks_of_folders}
OF_REFERENCE = (Category.KNOWN, Category.NEW)  # there only while there is a reference


@dataclass(frozen=True, slots=True)
class Sorting:
    """What rows are sorted by."""

    column: Column
    descending: bool = False


class Arrangement:
    """Answers for the rows as they are now; remembers only what makes searching fast."""

    def __init__(self, rows: Rows, reference: Reference | None = None) -> None:
        self._rows = rows
        self._reference = reference
        self._folded: list[str] = []  # paths as they are shown and searched
        self._ranks: dict[Column, Numbers] = {}  # as far as they are known

    def forget(self) -> None:
        """The rows were cleared."""
        self._folded = []
        self._ranks = {}

    def note_appended(self) -> None:
        """Get new rows' paths ready for searching: a few at a time, not all when the first letter is typed."""
        self._folded.extend([shown(path).casefold() for path in self._rows.paths[len(self._folded) :]])

    def count(self, category: Category) -> int:
        """How many rows belong to a category."""
        return int(np.count_nonzero(self._in_category(category, 0, len(self._rows))))

    def matches(self, category: Category, text: str, first: int = 0, last: int | None = None) -> Mask:
        """Which of rows first to last-1 belong to the category and contain the text.

        The text is looked for in the path (so in name and folder) and in the hashes, whatever its case.
        """
        last = len(self._rows) if last is None else last
        mask = self._in_category(category, first, last)
        needle = text.strip().casefold()
        if needle:
            self.note_appended()
            found = np.fromiter((needle in path for path in self._folded[first:last]), np.bool_, last - first)
            mask = mask & (found | self._hash_contains(needle, first, last))
        return mask

    def _in_category(self, category: Category, first: int, last: int) -> Mask:
        if category is Category.ALL:
            return np.ones(last - first, np.bool_)
        if category is Category.WARNINGS:
            return self._rows.warned[first:last].copy()
        if category in OF_REFERENCE:
            if self._reference is None:
                return np.zeros(last - first, np.bool_)
            return self._reference.among(first, last, known=category is Category.KNOWN)
        if category is Category.COPIES:
            return np.zeros(last - first, np.bool_)
        return np.asarray(self._rows.states[first:last] == _STATES[category])

    def _hash_contains(self, needle: str, first: int, last: int) -> Mask:
        """One search through all hashes as one long text, instead of a search per cell."""
        found = np.zeros(last - first, np.bool_)
        if len(needle) > HASH_CHARACTERS or not set(needle) <= set("0123456789abcdef"):
            return found
        text, methods = self._rows.hash_digits(first, last)
        place = text.find(needle)
        while place >= 0:
            cell = place // HASH_CHARACTERS
            row, column = divmod(cell, len(methods))
            if (place + len(needle) - 1) // HASH_CHARACTERS == cell and self._rows.has(first + row, methods[column]):
                found[row] = True
                place = text.find(needle, HASH_CHARACTERS * len(methods) * (row + 1))  # the next row
            else:
                place = text.find(needle, place + 1)
        return found

    def lacks(self, column: Column) -> bool:
        """Whether it isn't known yet how all rows stand by a column: ``take`` what ``ranking`` finds out."""
        return column in _RANKED and len(self._ranks.get(column, ())) < len(self._rows)

    def ranking(self, column: Column) -> Callable[[], Numbers]:
        """What finds that out, on any thread."""
        return partial(_RANKED[column], self._rows.paths.copy())

    def take(self, column: Column, ranks: Numbers) -> None:
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
        if column == PIXELS:
            return rows.pixels, rows.pixels != 0
        if column == FORMAT:
            names = rows.format_names
            places = {name: place for place, name in enumerate(sorted(set(names)))}
            return np.array([places[name] for name in names], np.int64), np.array(list(map(bool, names)), np.bool_)
        if column in _RANKED:
            ranks = self._ranks.get(column, np.zeros(0, np.int64))
            has = np.arange(len(rows)) < ranks.size
            return np.concatenate([ranks, np.zeros(max(len(rows) - ranks.size, 0), np.int64)]), has
        return rows.states.astype(np.int64) * 2 + rows.warned, None

    def _known_values(self) -> tuple[NDArray[Any], Mask]:
        reference, length = self._reference, len(self._rows)
        if reference is None:
            return np.zeros(length), np.zeros(length, np.bool_)
        return reference.nearness(length), reference.among(0, length, known=True)

    def _encoding_values(self, method: Method) -> tuple[NDArray[Any], Mask]:
        present = self._rows.having(method)
        return (self._rows.hash_column(method) if method.is_hash else self._rows.norms(method)), present
