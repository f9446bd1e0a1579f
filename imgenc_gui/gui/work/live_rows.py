"""The rows as the window shares them: whoever shows them is told of every change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QObject, Signal

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import FileIdentity, ImageResult
from imgenc_gui.core.rows import Rows

SLICE = 2000  # rows added, or changed, at a time: some milliseconds
NO_ROWS: Numbers = np.zeros(0, np.int64)

_Many = TypeVar("_Many", Numbers, Sequence[str])


def slices(many: _Many) -> Iterator[_Many]:
    """Rows, or paths, some at a time."""
    return (many[first : first + SLICE] for first in range(0, len(many), SLICE))


class LiveRows(QObject):
    """Lives on the window's thread, which alone writes. The signals carry row numbers."""

    widened = Signal(object)  # methods that there are now, too
    appended = Signal(object)  # range
    changed = Signal(object)  # row numbers
    removed = Signal()  # some rows were taken off the table, and nothing else changed
    cleared = Signal()
    settled = Signal()  # a run has ended: what arrived can be sorted in

    def __init__(self, methods: Iterable[Method], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = Rows(methods)
        self._sources: dict[int, str] = {}  # of rows that an export told of, which

    def take_methods(self, methods: Sequence[Method]) -> Iterator[None]:
        """Have room for what these methods give, too, with pauses, as ``Rows.take_methods`` does."""
        yield from self.rows.take_methods(methods)
        self.widened.emit(methods)

    def append(self, paths: Iterable[str]) -> range:
        """Add a waiting row per new path; their numbers. Call it with slices of a long list."""
        added = self.rows.append(paths)
        if added:
            self.appended.emit(added)
        return added

    def apply(
        self, results: Sequence[tuple[int, ImageResult]], *, turned: bool = False, kept: bool = False
    ) -> list[int]:
        """Take results in; the rows that lost other encodings because their files had changed.

        ``kept``: the library has these encodings.
        """
        rows, told = [row for row, _ in results], [result for _, result in results]
        lost = self.rows.apply_all(rows, told, turned=turned, kept=kept)
        if results:
            self.changed.emit(rows)
        return lost

    def restore(self, results: Sequence[tuple[int, ImageResult]], *, turned: bool | None, source: str) -> int:
        """Take in what an export tells of pictures; of how many rows it told something new."""
        rows, told = [row for row, _ in results], [result for _, result in results]
        changed = self.rows.restore(rows, told, turned=turned)
        self._sources |= dict.fromkeys(changed, source)
        if changed:
            self.changed.emit(changed)
        return len(changed)

    def source(self, row: int) -> str:
        """The export that told of the row, "" if none did."""
        return self._sources.get(row, "")

    def note_gone(self, rows: Sequence[int]) -> None:
        """Note that the rows' files aren't there."""
        if rows:
            self.rows.note_gone(rows)
            self.changed.emit(list(rows))

    def see(self, files: Mapping[int, FileIdentity]) -> list[int]:
        """Note what the rows' files look like now; the rows that are to be encoded again."""
        if not files:
            return []
        rows = list(files)
        again = self.rows.see(rows, list(files.values()))
        self.changed.emit(rows)
        return again

    def expect(self, rows: Sequence[int] | Numbers) -> None:
        """Let rows be encoded anew. Call it with slices of very many."""
        self.rows.expect(rows)
        if len(rows):
            self.changed.emit(rows)

    def remove(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Take rows off the table; those that were on it."""
        removed = self.rows.remove(rows)
        if removed.size:
            self.removed.emit()
            self.settled.emit()
        return removed

    def put_back(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Put rows that were removed back, as they were; which these are."""
        back = self.rows.put_back(rows)
        if back.size:
            self.changed.emit(back)
            self.settled.emit()
        return back

    def bring_back(self, paths: Sequence[str]) -> Numbers:
        """Put those back of which somebody gives the files again. Call it with slices of a long list."""
        if self.rows.removed is None:
            return NO_ROWS
        numbers = (self.rows.number(path) for path in paths)
        back = self.rows.put_back([row for row in numbers if row is not None])
        if back.size:
            self.changed.emit(back)
        return back

    def settle(self) -> None:
        """Let the table sort in what arrived."""
        self.settled.emit()

    def clear(self) -> list[Iterable[object]]:
        """Forget all rows; what held them, as ``Rows.clear`` says."""
        held = self.rows.clear()
        self._sources.clear()
        self.cleared.emit()
        return held
