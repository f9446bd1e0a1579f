"""What the table and the grid share as views of the rows: selecting, copying, dragging, their menu and keys."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QLocale,
    QMimeData,
    QModelIndex,
    QPoint,
    QSignalBlocker,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QContextMenuEvent, QDrag, QGuiApplication, QHideEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QMenu

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.desktop.cells import table_of_cells
from imgenc_gui.gui.desktop.file_list import file_list
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.columns import NAME, Column, title
from imgenc_gui.gui.table.delegate import RowDelegate
from imgenc_gui.gui.table.model import ROW_ROLE, ResultsModel
from imgenc_gui.gui.work.jobs import Jobs, Urgency

# Stretches of selected rows that are carried along when rows change places: each costs a moment, at every painting too.
_MOST_STRETCHES = 2000
_MANY = 100_000  # rows: to show them in another order takes so long that they are painted in the next turn
_NONE: Numbers = np.zeros(0, np.int64)
_MOST_NUMBERS = 2_000_000  # of vectors that are copied: some 25 MB, once as text and once as HTML
_MS = 1000
_MOST_DRAGGED = 4000  # files: told to other programs at once, on the window's thread

if TYPE_CHECKING:
    _View = QAbstractItemView
else:
    _View = object  # Python takes one class of Qt's, which whoever is a view brings


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a person left a view: which rows are selected, the current one, what is scrolled to, and the order."""

    selected: Numbers
    current: int | None
    view: RowsView
    scrolled: int
    sorted_by: int  # a section of the table, -1: as they were added
    order: Qt.SortOrder
    clearings: int


class RowsView(_View):
    """Acts on the rows of a model, whichever way they are shown. Emits what a person asked for; the window does it."""

    selection_changed = Signal()  # selected rows or current row
    encode_again_requested = Signal(object)  # row numbers
    show_in_folder_requested = Signal(object)  # row number
    open_requested = Signal(object)  # row number
    mark_requested = Signal(object)  # row numbers
    handed_on = Signal(object)  # paths of files that other programs got: they may move or delete them
    copied = Signal(str)  # a sentence on what is in the clipboard now, or why nothing new is
    selection_dropped = Signal(str)  # a sentence on why

    _results: ResultsModel
    _jobs: Jobs
    _delegate: RowDelegate

    def _set_up(self, model: ResultsModel, thumbnails: Thumbnails, jobs: Jobs, delegate: RowDelegate) -> None:
        """Be a view of these rows."""
        self._results = model
        self._jobs = jobs
        self._delegate = delegate
        self._follow = False  # the current row is to be in view after the order has changed
        self._followed: int | None = None
        self._typed, self._typed_at = "", 0.0  # the beginning of a name, and when it was typed
        self._once_arranged: Callable[[], None] | None = None  # what waits for the rows that will be shown in a moment
        self.row_actions: list[QAction] = []  # what else can be done with the current row, for its menu
        self.band_actions: list[QAction] = []  # and what only where rows are in bands
        self.last_actions: list[QAction] = []  # and what comes last, as it takes something away
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.doubleClicked.connect(self._copy_or_open)
        model.modelAboutToBeReset.connect(self._forget_rows)
        model.reordering.connect(self._before_reorder)
        model.layoutChanged.connect(self._after_reorder)
        # In a turn of its own: to show a million rows and to select them take a while each.
        model.arranged.connect(lambda: QTimer.singleShot(0, self, self._go_on))
        thumbnails.ready.connect(self._repaint_thumbnail)

    # What each view says for itself

    @abstractmethod
    def shown_columns(self) -> list[Column]:
        """The columns that are copied, in their order."""

    @abstractmethod
    def sorting(self) -> tuple[int, Qt.SortOrder]:
        """What rows are sorted by: a section of the table, -1 for none, and the order."""

    @abstractmethod
    def forget_hidden(self) -> None:
        """Others were selected than those that were and aren't shown now."""

    @abstractmethod
    def _first_seen(self) -> int:
        """The uppermost position that is seen; -1: there is none."""

    # Rows

    def selected_rows(self) -> list[int]:
        """Return the selected rows' numbers, from the top down."""
        rows: list[int] = self.selected().tolist()
        return rows

    def selected(self) -> Numbers:
        """The same, of however many rows."""
        shown = self._results.shown_rows
        parts = [shown[:0]]
        end = 0  # ranges may overlap
        for top, bottom in sorted((part.top(), part.bottom()) for part in self._selection()):
            parts.append(shown[max(top, end) : bottom + 1])
            end = max(end, bottom + 1)
        return np.concatenate(parts, dtype=np.int64)

    def current_row(self) -> int | None:
        """The current row's number."""
        row: int | None = self.currentIndex().data(ROW_ROLE)
        return row

    def shown_rows(self) -> Numbers:
        """Return the shown rows' numbers, from the top down."""
        return self._results.shown_rows.astype(np.int64)

    def _selection(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(number) for number in range(selection.count())]

    def selected_count(self) -> int:
        """Count the selected rows, quickly."""
        return sum(part.height() for part in self._selection())

    def select_rows(self, rows: Sequence[int] | Numbers) -> None:
        """Select these rows, as far as they are shown (or will be in a moment), and bring the first one into view."""
        chosen = np.asarray(rows, np.int64)
        is_shown = self._results.are_shown(chosen)
        if self._results.is_ranking and not is_shown.all():
            self._once_arranged = partial(self.select_rows, rows)
            return
        shown = chosen[is_shown]
        if not shown.size:
            return
        index = self._name_at(self._results.position_of(int(shown[0])))
        # selectRow() would extend or toggle the selection while Shift or Ctrl is held, as it may be in a drop.
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.forget_hidden()
        if shown.size > 1:
            self._select(shown)
            self.selection_changed.emit()
        self.scrollTo(index)

    def select_row(self, row: int) -> None:
        """Select one row and bring it into view."""
        self.select_rows([row])

    def row_after(self, rows: Numbers) -> int | None:
        """The row below the last of these, or else the one above the first; None where no other is shown."""
        shown = self._results.shown_rows
        if rows.size == shown.size:
            return None
        is_other = np.ones(len(self._results.rows), np.bool_)
        is_other[rows] = False
        left = np.flatnonzero(is_other[shown])
        if not left.size:
            return None
        last = self._results.position_of(int(rows[-1]))  # as they are selected, from the top down
        return int(shown[left[min(int(np.searchsorted(left, last)), left.size - 1)]])

    def is_in_view(self, row: int) -> bool:
        """Whether a row is shown, and can be seen without scrolling."""
        position = self._results.position_of(row)
        return position >= 0 and self.viewport().rect().contains(self.visualRect(self._name_at(position)).center())

    def go_to_first(self, rows: Numbers) -> None:
        """Select the uppermost of these rows that is shown, and bring it and those below it into view."""
        if self._results.is_ranking:
            self._once_arranged = partial(self.go_to_first, rows)
            return
        firsts, _ = self._results.stretches(rows)
        if firsts.size:
            first = int(firsts[0])
            self.select_row(self._results.row_at(first))
            self.scrollTo(self._name_at(first), QAbstractItemView.ScrollHint.PositionAtTop)

    def place(self) -> int | None:
        """The row that a person looks at: the current one if it is seen, or else the first seen; None: at the top."""
        current = self.current_row()
        if current is not None and self.is_in_view(current):
            return current
        if not self.verticalScrollBar().value():
            return None
        first = self._first_seen()
        return self._results.row_at(first) if first >= 0 else None

    def go_to(self, place: int | None) -> None:
        """Bring that row of another view into view here, where it isn't."""
        if place is None:
            self.scrollToTop()
        elif not self.is_in_view(place):
            hint = QAbstractItemView.ScrollHint
            is_current = place == self.current_row()
            index = self._name_at(self._results.position_of(place))
            self.scrollTo(index, hint.PositionAtCenter if is_current else hint.PositionAtTop)

    def standing(self) -> Standing:
        """How the view stands, to come back to."""
        scrolled = self.verticalScrollBar().value()
        return Standing(
            self.selected(), self.current_row(), self, scrolled, *self.sorting(), clearings=self._results.clearings
        )

    def stand(self, before: Standing) -> None:
        """Select and scroll as a view stood, once the same rows are shown in the same order."""
        if self._results.is_ranking:
            self._once_arranged = partial(self.stand, before)
            return
        if before.clearings != self._results.clearings:
            return
        flags = QItemSelectionModel.SelectionFlag
        position = -1 if before.current is None else self._results.position_of(before.current)
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().setCurrentIndex(self._name_at(position), flags.NoUpdate)
        self._select(before.selected)
        self.forget_hidden()
        if before.view is self:
            self.verticalScrollBar().setValue(before.scrolled)
        elif position >= 0:
            self.scrollTo(self._name_at(position))
        self.selection_changed.emit()

    def _name_at(self, position: int) -> QModelIndex:
        """The name's cell at a position; none at -1."""
        return self._results.index(position, self._results.section(NAME)) if position >= 0 else QModelIndex()

    def selectAll(self) -> None:
        """Select all rows shown, at once however many lie apart from one another in the selection so far."""
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().clearSelection()
        super().selectAll()

    def _before_reorder(self) -> None:
        """Note which row is the current one, and whether it is seen."""
        self._follow = self.viewport().rect().intersects(self.visualRect(self.currentIndex()))
        self._followed = self.current_row()

    def _after_reorder(self) -> None:
        """Keep the current row in view, or bring it there that has come back."""
        if self._results.rowCount() > _MANY:
            self._paint_apart()
        is_wanted = self._follow or self.current_row() != self._followed
        if is_wanted and self.currentIndex().isValid() and self.isVisible():
            self.updateGeometries()  # it can be scrolled as far as there are rows now
            self.scrollTo(self.currentIndex())

    def _paint_apart(self) -> None:
        """Be painted in a turn of its own: what has changed before takes one, too."""
        if self.isVisible() and self.updatesEnabled():
            self.setUpdatesEnabled(False)
            QTimer.singleShot(0, self, lambda: self.setUpdatesEnabled(True))

    def _go_on(self) -> None:
        """Do what waited for the rows."""
        if self._results.is_ranking:
            return
        act, self._once_arranged = self._once_arranged, None
        if act is not None:
            act()

    def _ask_for(self, seen: range) -> None:
        """Wait for no thumbnails but those at these positions."""
        rows = self._results.shown_rows[seen.start : seen.stop].tolist()
        self._delegate.ask_for(rows, self.devicePixelRatioF())

    def _repaint_thumbnail(self, path: str) -> None:
        row = self._results.rows.number(path) if self.isVisible() else None
        position = -1 if row is None else self._results.position_of(row)
        if position >= 0:
            self.update(self._name_at(position))

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is seen any more."""
        super().hideEvent(event)
        self._ask_for(range(0))

    def _forget_rows(self) -> None:
        self._once_arranged = None

    def _select(self, rows: Sequence[int] | Numbers) -> None:
        """Select these rows alone, where they are shown, and tell nobody."""
        firsts, lasts = self._results.stretches(rows)
        if firsts.size > _MOST_STRETCHES:
            firsts = lasts = _NONE
            self.selection_dropped.emit(self.tr("Too many rows apart from one another: the selection was dropped."))
        last = len(self._results.columns) - 1
        selection = QItemSelection()
        for first, end in zip(firsts.tolist(), lasts.tolist(), strict=True):
            selection.append(QItemSelectionRange(self._results.index(first, 0), self._results.index(end, last)))
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.viewport().update()

    # Copying

    def copy_rows(self) -> None:
        """Copy the selected rows as a table, with the visible columns in the order shown, for a spreadsheet.

        Vectors are copied with all their numbers, unless that would be more than a clipboard should hold.
        """
        rows = self.selected()
        if not rows.size:
            return
        model, columns = self._results, self.shown_columns()
        clearings = model.clearings
        methods = (column.method for column in columns)
        vectors = [method for method in methods if method and not method.is_hash and model.rows.any_has(method)]
        too_many = vectors if sum(method.length for method in vectors) * rows.size > _MOST_NUMBERS else []

        def cell(row: int, column: Column) -> str:
            method = column.method
            vector = model.rows.vector(row, method) if method in vectors and not too_many else None
            return model.text(row, column) if vector is None else vector_text(vector)

        def made() -> QMimeData:
            header = [title(column) for column in columns]
            return table_of_cells([header, *([cell(row, column) for column in columns] for row in rows.tolist())])

        def told_gone() -> bool:
            """Say so if the rows are no longer those that were selected."""
            removed = model.rows.removed
            gone = model.clearings != clearings or (removed is not None and bool(removed[rows].any()))
            if gone:
                self.copied.emit(self.tr("Nothing was copied: the rows were removed meanwhile."))
            return gone

        def done(data: QMimeData) -> None:
            if not told_gone():
                QGuiApplication.clipboard().setMimeData(data)
                self.copied.emit(self._copied_words(rows.size, too_many))

        def failed(error: Exception) -> None:
            if not told_gone():
                self._jobs.report(error)

        self._jobs.run(made, done, failed)  # 100,000 rows take seconds

    def _copied_words(self, count: int, without: Sequence[Method]) -> str:
        number = QLocale().toString(count)
        said = self.tr("Copied 1 row") if count == 1 else self.tr("Copied {0} rows").format(number)
        if without:
            labels = ", ".join(method.label for method in without)
            said += self.tr(", without the numbers of {0}: for so many rows, export them").format(labels)
        return said

    def copy_files(self, rows: Sequence[int]) -> None:
        """Put the rows' files on the clipboard, for a file manager; in bands those that belong to them, too."""
        paths = self._paths(rows)

        def done(data: QMimeData) -> None:
            QGuiApplication.clipboard().setMimeData(data)
            self.handed_on.emit(paths)
            number = QLocale().toString(len(paths))
            one = len(paths) == 1
            self.copied.emit(self.tr("Copied 1 file") if one else self.tr("Copied {0} files").format(number))

        if paths:
            self._jobs.run(lambda: file_list(paths), done)

    def _paths(self, rows: Sequence[int] | Numbers) -> list[str]:
        """The rows' files, but for those that are known not to be there."""
        banded, known = self._results.banded, self._results.rows
        files = rows if banded is None else banded.files_of(rows)
        return [known.paths[row] for row in files if not known.is_gone(row)]

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the selected rows' files out; all marked ones where the row that is dragged is marked.

        The files stay where they are, unless the program that takes them moves them.
        """
        del actions
        model = self._results
        dragged = self.currentIndex().data(ROW_ROLE)
        is_marked = model.banded is not None and dragged is not None and model.is_marked(dragged)
        rows = model.marked_rows() if is_marked else self.selected()
        paths = self._paths(rows)
        if len(paths) > _MOST_DRAGGED:
            self.copied.emit(self.tr("Too many files to drag at once. Copy them instead: Ctrl+Shift+C"))
        elif paths:
            drag = QDrag(self)
            drag.setMimeData(file_list(paths))
            drag.setPixmap(self._delegate.drag_picture(len(paths), self))
            drag.setHotSpot(QPoint(-SPACE, -SPACE))
            action = Qt.DropAction
            drag.exec(action.CopyAction | action.MoveAction | action.LinkAction, action.CopyAction)
            self.handed_on.emit(paths)

    def copy_encoding(self, row: int, method: Method) -> None:
        """Copy one encoding: a hash as its text, a vector as numbers between brackets."""
        encoding = self._results.rows.encoding(row, method)
        if encoding is not None:
            QGuiApplication.clipboard().setText(encoding if isinstance(encoding, str) else vector_text(encoding))
            name = self._results.text(row, NAME)
            self.copied.emit(self.tr("Copied the {0} of {1}").format(method.label, name))

    def _copy_or_open(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        method = self._results.columns[index.column()].method
        if method is None:
            self.open_requested.emit(row)
        else:
            self.copy_encoding(row, method)

    # Menu and keys

    def context_menu(self, position: int, column: Column) -> QMenu:
        """Make the menu for a row."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self._results.row_at(position)
        rows = self._results.rows

        def add(icon: str, text: str, act: object, *, enabled: bool = True) -> None:
            action = menu.addAction(text)
            set_icon(action, icon)
            action.setEnabled(enabled)
            action.triggered.connect(act)

        wanted = column.method
        methods = [method for method in rows.methods if rows.has(row, method)]
        methods.sort(key=lambda method: method is not wanted)  # the one under the pointer comes first
        for method in methods:
            add("copy", self.tr("Copy {0}").format(method.label), lambda _=False, m=method: self.copy_encoding(row, m))
        add("copy", self.tr("Copy selected rows as a table"), self.copy_rows)
        menu.addSeparator()
        for actions in (self.row_actions, self.band_actions if self._results.banded is not None else []):
            menu.addActions(actions)
            menu.addSeparator()
        add("show-in-folder", self.tr("Show in folder"), lambda: self.show_in_folder_requested.emit(row))
        add("open-file", self.tr("Open"), lambda: self.open_requested.emit(row))
        menu.addSeparator()
        add("encode-again", self.tr("Encode again"), lambda: self.encode_again_requested.emit(self.selected()))
        menu.addSeparator()
        menu.addActions(self.last_actions)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu at the pointer, or at the current row when a key asked for it."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        else:
            index = self.indexAt(event.pos())
            place = event.globalPos()
        if index.isValid():
            self.context_menu(index.row(), self._results.columns[index.column()]).popup(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark a row whose box is pressed, and leave the selection alone."""
        if not self._mark_at(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Press a box twice, without opening the picture."""
        if not self._mark_at(event):
            super().mouseDoubleClickEvent(event)

    def keyboardSearch(self, typed: str) -> None:
        """Go to the next name that begins with what is typed: found on a thread, Qt would ask for all in one go."""
        now = time.monotonic()
        if now - self._typed_at > QApplication.keyboardInputInterval() / _MS:
            self._typed = ""
        self._typed, self._typed_at = (self._typed + typed.casefold()).lstrip(), now
        if not self._typed:
            return
        is_one_letter = self._typed == self._typed[0] * len(self._typed)  # however often: it goes from name to name
        wanted = self._typed[0] if is_one_letter else self._typed
        start = max(self.currentIndex().row() + int(is_one_letter), 0)
        model, clearings, jobs = self._results, self._results.clearings, self._jobs
        rows, paths = model.shown_rows, model.rows.glance().paths

        def find() -> int | None:
            for row in chain(rows[start:], rows[:start]):
                if jobs.is_closed():
                    break
                if shown(os.path.basename(paths[row])).casefold().startswith(wanted):  # noqa: PTH119
                    return int(row)
            return None

        def found(row: int | None) -> None:
            if row is not None and now == self._typed_at and clearings == model.clearings:
                self.select_row(row)

        jobs.run(find, found, urgency=Urgency.ANSWERS)

    def _mark_at(self, event: QMouseEvent) -> bool:
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid() or self._results.banded is None:
            return False
        if self._results.columns[index.column()] != NAME:
            return False
        if not self._delegate.box(self.visualRect(index), self.layoutDirection()).contains(place):
            return False
        self.mark_requested.emit([index.data(ROW_ROLE)])
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current picture with Enter."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.open_requested.emit(self.currentIndex().data(ROW_ROLE))
            return
        super().keyPressEvent(event)
