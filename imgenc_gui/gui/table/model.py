"""The table of pictures as a Qt model: which rows are shown, in which order, and what stands in each cell."""

from __future__ import annotations

import os
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from imgenc_gui.core.encoding import ImageResult, Method
from imgenc_gui.core.rows import HASHES, Category, RowStore, SortKey, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QFont

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = int(Qt.ItemDataRole.UserRole)  # the row's number in the store

_HOME = os.path.expanduser("~")  # noqa: PTH111


class Column(IntEnum):
    """The table's columns."""

    NAME = 0
    FOLDER = 1
    SIZE = 2
    FORMAT = 3
    PHASH = 4
    AHASH = 5
    DHASH = 6
    WHASH = 7
    CNN = 8
    STATUS = 9

    @property
    def method(self) -> Method | None:
        """The method whose encodings the column shows, or None."""
        return _METHODS.get(self)


_METHODS = {Column[method.name]: method for method in Method}
_SORT_KEYS: dict[Column, SortKey | Method] = {
    Column.NAME: SortKey.NAME,
    Column.FOLDER: SortKey.FOLDER,
    Column.SIZE: SortKey.PIXELS,
    Column.FORMAT: SortKey.FORMAT,
    Column.STATUS: SortKey.STATUS,
    **_METHODS,
}
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class ResultsModel(QAbstractTableModel):
    """Shows a RowStore, filtered and sorted by itself: a proxy's sort took 17 s where list.sort takes 0.04 s.

    *Row number* means the row in the store, *position* the row on the screen.
    """

    counts_changed = Signal()  # rows were added or changed their category

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = RowStore()
        self._fixed_font: QFont | None = None
        self._shown: list[int] = []  # row numbers by position
        self._positions = np.zeros(0, np.int64)  # position by row number, -1: not shown
        self._category = Category.ALL
        self._text = ""
        self._sort_column: Column | None = None
        self._descending = False
        self._pasted_folder = ""

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Shown rows."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """All columns, also hidden ones."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.title(Column(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == Column.SIZE else _LEFT
        return None

    def title(self, column: Column) -> str:
        """Return what a column is called."""
        method = column.method
        if method is not None:
            return method.label
        return {
            Column.NAME: self.tr("Name"),
            Column.FOLDER: self.tr("Folder"),
            Column.SIZE: self.tr("Pixels"),
            Column.FORMAT: self.tr("Format"),
            Column.STATUS: self.tr("Status"),
        }[column]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: PLR0911
        """Return a cell's text, tooltip, alignment, font, or its row number (ROW_ROLE)."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        column = Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column == Column.SIZE else _LEFT
        if role == Qt.ItemDataRole.FontRole and column.method in HASHES:
            return self._fixed_font
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort now; -1 is the order in which the pictures were added. Rows that arrive later wait for refresh()."""
        self._sort_column = Column(column) if 0 <= column < len(Column) else None
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.refresh()

    # What the window asks

    @property
    def category(self) -> Category:
        """What the table is narrowed down to."""
        return self._category

    @property
    def search_text(self) -> str:
        """What is searched for."""
        return self._text

    @property
    def shown_rows(self) -> Sequence[int]:
        """The shown rows' numbers, in order. Not to be changed."""
        return self._shown

    def set_filter(self, category: Category, text: str) -> None:
        """Show the rows of a category that contain the text in path or hash."""
        if (category, text) != (self._category, self._text):
            self._category, self._text = category, text
            self.refresh()

    def set_fixed_font(self, font: QFont) -> None:
        """Show hashes in this font."""
        self._fixed_font = font

    def set_pasted_folder(self, folder: str) -> None:
        """Pictures in this folder came from the clipboard: their folder is shown as such."""
        self._pasted_folder = folder

    def row_at(self, position: int) -> int:
        """Return the number of the row at a position."""
        return self._shown[position]

    def position_of(self, row: int) -> int:
        """Where a row is shown, -1 when it is filtered out."""
        return int(self._positions[row]) if row < len(self._positions) else -1

    def text(self, row: int, column: Column) -> str:  # noqa: PLR0911
        """Return what a cell says."""
        store = self.store
        method = column.method
        if method is Method.CNN:
            return self.tr("1024 numbers, norm {0}").format(f"{store.norm(row):.2f}") if store.has(row, method) else ""
        if method is not None:
            return store.hash_text(row, method)
        if column == Column.NAME:
            return os.path.basename(store.paths[row])  # noqa: PTH119
        if column == Column.FOLDER:
            return self._folder(row)
        if column == Column.SIZE:
            width, height = store.size(row)
            return f"{width} × {height}" if width else ""  # noqa: RUF001
        if column == Column.FORMAT:
            return store.format(row)
        return self._status(row)

    def is_pasted(self, row: int) -> bool:
        """Return True for a picture that came from the clipboard."""
        folder = os.path.dirname(self.store.paths[row])  # noqa: PTH120
        return bool(self._pasted_folder) and folder == self._pasted_folder

    def _folder(self, row: int) -> str:
        if self.is_pasted(row):
            return self.tr("Clipboard")
        folder = os.path.dirname(self.store.paths[row])  # noqa: PTH120
        if folder == _HOME or folder.startswith(_HOME + os.sep):
            return "~" + folder[len(_HOME) :]
        return folder

    def _status(self, row: int) -> str:
        state = self.store.state(row)
        if state is State.WAITING:
            return self.tr("Waiting")
        if state is State.ENCODED:
            return self.tr("Encoded, warning") if self.store.is_warned(row) else self.tr("Encoded")
        if state is State.NOT_A_PICTURE:
            return self.tr("Not a picture")
        return self.tr("Could not be read")

    def _tool_tip(self, row: int, column: Column) -> str | None:
        if column == Column.STATUS:
            failure = self.store.failure(row)
            sentences = [caution.text for caution in self.store.cautions(row)]
            if failure is not None:
                sentences.insert(0, failure.reason)
            return "\n".join(sentences) or None
        if column in (Column.NAME, Column.FOLDER):
            return self.store.paths[row] if not self.is_pasted(row) else self.tr("From the clipboard")
        if column.method is not None and self.store.has(row, column.method):
            return self.tr("Double-click to copy")
        return None

    # What changes rows

    def append(self, paths: Iterable[str]) -> range:
        """Add a waiting row per new path, below all others; their numbers. Call it with slices of a long list."""
        count = len(self.store)
        rows = self.store.append(paths)
        if not rows:
            return rows
        self._grow_positions()
        mask = self.store.matches(self._category, self._text, count, len(self.store))
        self._show((np.flatnonzero(mask) + count).tolist())
        self.counts_changed.emit()
        return rows

    def apply(self, results: Sequence[tuple[int, ImageResult]], *, rotated: bool = False) -> None:
        """Take results in. Rows that now match the filter appear below; others stay where they are until refresh()."""
        for row, result in results:
            self.store.apply(row, result, rotated=rotated)
        self._note_changed([row for row, _ in results])

    def reset_rows(self, rows: Sequence[int]) -> None:
        """Make rows wait again, to be encoded anew."""
        for row in rows:
            self.store.reset(row)
        self._note_changed(rows)

    def clear(self) -> None:
        """Remove all rows; filter and order stay."""
        self.beginResetModel()
        self.store.clear()
        self._shown = []
        self._positions = np.zeros(0, np.int64)
        self.endResetModel()
        self.counts_changed.emit()

    def refresh(self) -> None:
        """Filter and sort anew, keeping selection and current row where they are still shown."""
        shown: list[int] = np.flatnonzero(self.store.matches(self._category, self._text)).tolist()
        if self._sort_column is not None:
            shown = self.store.sort(shown, _SORT_KEYS[self._sort_column], descending=self._descending)
        if shown == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        rows = [self._shown[index.row()] for index in old]
        self._shown = shown
        self._positions[:] = -1
        self._positions[shown] = np.arange(len(shown))
        new = []
        for index, row in zip(old, rows, strict=True):
            position = int(self._positions[row])
            new.append(self.index(position, index.column()) if position >= 0 else QModelIndex())
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _note_changed(self, rows: Sequence[int]) -> None:
        if not rows:
            return
        positions = self._positions[np.asarray(rows)]
        shown = positions[positions >= 0]
        if len(shown):
            self._tell_changed(int(shown.min()), int(shown.max()))
        if len(shown) < len(rows):
            hidden = [row for row, position in zip(rows, positions.tolist(), strict=True) if position < 0]
            matching = [row for row in hidden if self.store.matches(self._category, self._text, row, row + 1)[0]]
            self._show(matching)
        self.counts_changed.emit()

    def _tell_changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    def _show(self, rows: Sequence[int]) -> None:
        if not rows:
            return
        first = len(self._shown)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._shown.extend(rows)
        self._positions[np.asarray(rows)] = np.arange(first, first + len(rows))
        self.endInsertRows()

    def _grow_positions(self) -> None:
        missing = len(self.store) - len(self._positions)
        if missing > 0:
            spare = max(missing, len(self._positions))
            self._positions = np.concatenate([self._positions, np.full(spare, -1, np.int64)])
