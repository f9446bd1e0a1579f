"""Which rows the table shows, and in which order: categories, searching and sorting over the rows' arrays."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np

from imgenc_gui.core.columns import Mask
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.core.rows import Rows, State
from imgenc_gui.gui.table.columns import FOLDER, FORMAT, KNOWN, NAME, PIXELS, Column
from imgenc_gui.gui.table.known import nearness
from imgenc_gui.gui.work.reference import Reference

_DIGITS = re.compile(r"\d+")


class Category(StrEnum):
    """What the table can be narrowed down to."""

    ALL = "all"
    ENCODED = "encoded"
    FAILED = "failed"
    NOT_PICTURES = "not-pictures"
    WARNINGS = "warnings"
    KNOWN = "known"  # in the reference
    NEW = "new"  # not in the reference


_STATES = {
    Category.ENCODED: State.ENCODED,
    Category.FAILED: State.FAILED,
    Category.NOT_PICTURES: State.NOT_A_PICTURE,
}


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

    def forget(self) -> None:
        """The rows were cleared."""
        self._folded = []

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

    def sort(self, shown: list[int], sorting: Sorting) -> list[int]:
        """Return the rows in the sorting's order, stable; rows without a value come last either way."""
        value, present = self._sort_values(sorting.column)
        having = shown if present is None else [row for row in shown if present[row]]
        lacking = [] if present is None else [row for row in shown if not present[row]]
        return sorted(having, key=value, reverse=sorting.descending) + lacking

    def _sort_values(self, column: Column) -> tuple[Callable[[int], Any], Sequence[bool] | None]:
        """What to sort rows by, and which rows have it (None: all)."""
        rows = self._rows
        if column.method is not None:
            return self._encoding_values(column.method)
        if column == KNOWN:
            return self._known_values()
        if column in (PIXELS, FORMAT):
            return self._fact_values(column)
        if column == NAME:
            names = [natural(os.path.basename(path)) for path in rows.paths]  # noqa: PTH119 - 100,000 paths
            return names.__getitem__, None
        if column == FOLDER:
            cache: dict[str, str] = {}
            folders = [
                cache[folder] if folder in cache else cache.setdefault(folder, natural(folder))
                for folder in (os.path.dirname(path) for path in rows.paths)  # noqa: PTH120
            ]
            return folders.__getitem__, None
        return (rows.states.astype(np.int64) * 2 + rows.warned).tolist().__getitem__, None

    def _fact_values(self, column: Column) -> tuple[Callable[[int], Any], Sequence[bool]]:
        if column == PIXELS:
            pixels = self._rows.pixels
            return pixels.tolist().__getitem__, (pixels != 0).tolist()
        formats = self._rows.format_names
        return formats.__getitem__, [bool(name) for name in formats]

    def _known_values(self) -> tuple[Callable[[int], Any], Sequence[bool]]:
        reference = self._reference
        if reference is None:
            return int, [False] * len(self._rows)
        return partial(nearness, reference), reference.among(0, len(self._rows), known=True).tolist()

    def _encoding_values(self, method: Method) -> tuple[Callable[[int], Any], Sequence[bool]]:
        present = self._rows.having(method)
        if not method.is_hash:
            return self._rows.norms(method).tolist().__getitem__, present.tolist()
        numbers, hashes = self._rows.hashes(method)
        values = np.zeros(len(self._rows), np.uint64)
        values[numbers] = hashes
        return values.tolist().__getitem__, present.tolist()


def natural(text: str) -> str:
    """Return a key that sorts IMG_9 before IMG_10, whatever the case."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), text.casefold())
