"""What a person has marked among pictures that are alike, and which references were chosen: both can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from imgenc_gui.core.columns import Mask
from imgenc_gui.gui.compare.comparisons import Comparisons
from imgenc_gui.gui.look.sentences import size_words
from imgenc_gui.gui.table.model import ResultsModel

T = TypeVar("T")

_UNDOABLE = 100  # changes; one for 100,000 rows takes 200 kB


class Change(QUndoCommand, Generic[T]):
    """Something that was one way and is another way now."""

    def __init__(self, text: str, put: Callable[[T], object], before: T, after: T) -> None:
        super().__init__(text)
        self._put = put
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Do it, for the first time or again."""
        self._put(self._after)

    def undo(self) -> None:
        """Put it back."""
        self._put(self._before)


@dataclass(frozen=True, slots=True)
class Marked:
    """What is marked of what is shown. ``hidden``: marked rows that aren't shown now, which nothing is done with.

    ``files``: with those that belong to the pictures. ``whole``: groups of which every picture is marked that is there.
    """

    pictures: int = 0
    files: int = 0
    bytes: int = 0
    hidden: int = 0
    whole: int = 0


class Marks(QObject):
    """Marks belong to rows and stay with them, whatever they are grouped with; only rows that are shown count."""

    changed = Signal()

    def __init__(self, model: ResultsModel, comparisons: Comparisons, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._comparisons = comparisons
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(_UNDOABLE)
        model.modelReset.connect(self._forget)

    # Marking

    def rows(self) -> list[int]:
        """The marked rows that are shown in bands, from the top down."""
        rows: list[int] = self._model.marked_rows().tolist()
        return rows

    def toggle(self, rows: Sequence[int]) -> None:
        """Mark rows; unmark them where all of them are marked already."""
        if self._model.banded is not None and len(rows):
            mask = self._mask()
            chosen = np.asarray(rows, np.int64)
            mark = not mask[chosen].all()
            mask[chosen] = mark
            self._put_mask(mask, self.tr("marking") if mark else self.tr("unmarking"))

    def mark_members(self) -> None:
        """Mark what is like the reference of its group, of what is shown.

        Not what is only near another member: it need not be like what would be left. Nor what may be all there is of
        the picture: see ``Banded.members``.
        """
        banded = self._model.banded
        if banded is not None and banded.has_references:
            mask = self._mask()
            members = np.zeros_like(mask)
            members[banded.members()] = True
            shown = np.asarray(self._model.shown_rows, np.int64)
            mask[shown[members[shown]]] = True
            self._put_mask(mask, self.tr("marking"))

    def unmark_all(self) -> None:
        """Unmark all rows, also those that aren't shown."""
        self._put_mask(np.zeros_like(self._mask()), self.tr("unmarking"))

    def counted(self) -> Marked:
        """Count what is marked."""
        mask = self._on_table()
        total = int(np.count_nonzero(mask))
        banded = self._model.banded
        if banded is None or not total:
            return Marked(hidden=total)
        marked = self._model.marked_rows()
        files = banded.files_of(marked)
        sizes = self._model.rows.sizes[np.asarray(files, np.int64)]
        whole = 0
        if banded.has_references:
            bands = banded.bands
            is_marked = mask[bands.rows]
            is_left = ~is_marked & ~self._model.rows.gone[bands.rows]
            marks, left = (np.bincount(bands.bands[which], minlength=len(bands)) for which in (is_marked, is_left))
            whole = int(np.count_nonzero((marks > 0) & (left == 0)))
        size = int(sizes[sizes > 0].sum())
        return Marked(len(marked), len(files), size, total - len(marked), whole)

    def is_any(self) -> bool:
        """Whether a row is marked that is on the table."""
        return bool(self._on_table().any())

    # References

    def make_reference(self, row: int) -> bool:
        """Make a row of a group its reference; False where it is, or is in none."""
        banded = self._model.banded
        if banded is None or not banded.has_references or not banded.has(row) or banded.is_reference(row):
            return False
        before = self._comparisons.preferred
        group = set(banded.band_of(row))
        after = (*(other for other in before if other not in group), row)
        self.stack.push(Change(self.tr("choosing a reference"), self._comparisons.prefer, before, after))
        return True

    # Inside

    def _mask(self) -> Mask:
        mask = np.zeros(len(self._model.rows), np.bool_)
        known = self._model.marked
        mask[: len(known)] = known
        return mask

    def _on_table(self) -> Mask:
        """The marks of rows that weren't removed."""
        mask, removed = self._mask(), self._model.rows.removed
        return mask if removed is None else mask & ~removed

    def _put_mask(self, mask: Mask, text: str) -> None:
        before = self._mask()
        if not np.array_equal(mask, before):
            self.stack.push(Change(text, self._show, before, mask))

    def _show(self, mask: Mask) -> None:
        self._model.set_marked(mask)
        self.changed.emit()

    def _forget(self) -> None:
        """The rows were cleared."""
        self.stack.clear()
        self.changed.emit()


def marked_words(marked: Marked) -> str:
    """Say what is marked: "14 marked (16 files, 84 MB)"."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("marks", text)

    number = QLocale().toString
    size = size_words(marked.bytes)
    files = tr("1 file") if marked.files == 1 else tr("{0} files").format(number(marked.files))
    text = tr("{0} marked ({1}, {2})").format(number(marked.pictures), files, size) if marked.pictures else ""
    if marked.hidden:
        hidden = tr("{0} marked that aren't shown").format(number(marked.hidden))
        text = f"{text}  ·  {hidden}" if text else hidden
    return text
