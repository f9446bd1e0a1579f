"""The table on the screen: thumbnails, copying, context menu, and columns that can be moved, hidden and remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QLocale,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSignalBlocker,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAction,
    QContextMenuEvent,
    QDrag,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionHeader,
    QTableView,
    QWidget,
)

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.gui.desktop.cells import table_of_cells
from imgenc_gui.gui.desktop.file_list import file_list
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.look.letters import fixed_font, letters, lines
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import MAX_COLUMN_WIDTH, ColumnLayout
from imgenc_gui.gui.table.columns import (
    CHANGED,
    DIFFERENCES,
    FILE_SIZE,
    FOLDER,
    FORMAT,
    KNOWN,
    LIKENESS,
    NAME,
    OF_BANDS,
    PIXELS,
    STATUS,
    TAKEN,
    UNUSUAL,
    Column,
    title,
)
from imgenc_gui.gui.table.delegate import RowDelegate
from imgenc_gui.gui.table.model import ROW_ROLE, Index, ResultsModel
from imgenc_gui.gui.work.jobs import Jobs

ROW_HEIGHT = 6 * SPACE
_WIDTHS = {
    NAME: 33, FOLDER: 20, PIXELS: 15, FORMAT: 10, FILE_SIZE: 12, CHANGED: 20, TAKEN: 20, STATUS: 25, KNOWN: 34,
    LIKENESS: 26, DIFFERENCES: 34,
}  # fmt: skip  # letters
_PASSING = (*OF_BANDS, KNOWN)  # columns that come and go
_EMBEDDING_WIDTH = 27
_MARGIN = 2 * SPACE
_ARROW = SPACE + HALF  # how far that of the order reaches into a title's room
# Stretches of selected rows that are carried along when rows change places: each costs a moment, at every painting too.
_MOST_STRETCHES = 2000
_NONE: Numbers = np.zeros(0, np.int64)
_MOST_NUMBERS = 2_000_000  # of vectors that are copied: some 25 MB, once as text and once as HTML
_MOST_DRAGGED = 4000  # files: told to other programs at once, on the window's thread


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a person left the table: which rows are selected, the current one, what is scrolled to, and the order."""

    selected: Numbers
    current: int | None
    scrolled: int
    sorted_by: int  # a section, -1: as they were added
    order: Qt.SortOrder
    clearings: int


class _HeaderStyle(QProxyStyle):
    """Lets the titles stand above their cells' texts."""

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Widen the header's margin to one step of the grid."""
        if metric == QStyle.PixelMetric.PM_HeaderMargin:
            return SPACE
        return super().pixelMetric(metric, option, widget)

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Keep titles at the right off the arrow of the order, which Qt would paint over them."""
        if element == QStyle.ControlElement.CE_HeaderLabel and isinstance(option, QStyleOptionHeader):
            title = cast("Any", option)  # the stubs know no fields of options
            if title.sortIndicator != QStyleOptionHeader.SortIndicator.None_:
                title.rect = title.rect.adjusted(0, 0, -_ARROW, 0)
        super().drawControl(element, option, painter, widget)


class ResultsView(QTableView):
    """One row per picture. Emits what a person asked for; the window does it."""

    selection_changed = Signal()  # selected rows or current row
    encode_again_requested = Signal(object)  # row numbers
    show_in_folder_requested = Signal(object)  # row number
    open_requested = Signal(object)  # row number
    mark_requested = Signal(object)  # row numbers
    handed_on = Signal(object)  # paths of files that other programs got: they may move or delete them
    copied = Signal(str)  # a sentence on what is in the clipboard now, or why nothing new is
    selection_dropped = Signal(str)  # a sentence on why

    _only_below: bool | None = None  # whether all that is to be laid out is rows below those seen; None: nothing is

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = model
        self._jobs = jobs
        self.setAccessibleName(self.tr("Pictures and their encodings"))
        self.setModel(model)
        self._delegate = RowDelegate(model, thumbnails, self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._build_headers()
        self.setSortingEnabled(True)
        # To paint its titles it asks for each column whether all of its cells are selected: seconds for 100,000 rows.
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(model, header))
        self.doubleClicked.connect(self._copy_or_open)
        for changed in (self.selectionModel().selectionChanged, self.selectionModel().currentRowChanged):
            changed.connect(self.selection_changed)
        self.selectionModel().selectionChanged.connect(self._forget_hidden)
        self._follow = False  # the current row was in view before the order changed
        self.row_actions: list[QAction] = []  # what else can be done with the current row, for its menu
        self.band_actions: list[QAction] = []  # and what only where rows are in bands
        self.last_actions: list[QAction] = []  # and what comes last, as it takes something away
        self._once_arranged: Callable[[], None] | None = None  # what waits for the rows that will be shown in a moment
        self._chosen = _NONE  # the rows that were selected before the order changed
        # Those of them that aren't shown now, and the current one: both come back unless others are selected meanwhile.
        self._hidden, self._hidden_current = _NONE, -1
        model.banded_changed.connect(self._show_passing)
        model.modelAboutToBeReset.connect(self._forget_rows)
        model.reordering.connect(self._before_reorder)
        model.layoutChanged.connect(self._after_reorder)
        # In a turn of its own: to show a million rows and to select them take a while each.
        model.arranged.connect(lambda: QTimer.singleShot(0, self, self._go_on))
        thumbnails.ready.connect(self._repaint_thumbnail)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Show what has changed. For rows that aren't seen Qt would paint the whole table."""
        height = self.viewport().height()
        top, bottom = self.rowAt(0), self.rowAt(height - 1)
        is_seen = top >= 0 and first.row() <= (bottom if bottom >= 0 else last.row()) and last.row() >= top
        if is_seen or QAccessible.isActive():
            super().dataChanged(first, last, roles)

    def _build_headers(self) -> None:
        model = self._results
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # ResizeToContents took 30 s for 50,000 rows
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.hide()
        header = self.horizontalHeader()
        style = _HeaderStyle(QApplication.style().name())
        style.setParent(header)
        header.setStyle(style)
        follow(header, "height", lambda header: header.setFixedHeight(max(4 * SPACE, lines(header, 1) + SPACE)))
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)  # Qt would cut titles off
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(6 * SPACE)
        header.setMaximumSectionSize(MAX_COLUMN_WIDTH)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_columns_menu)
        hash_width = QFontMetrics(fixed_font()).horizontalAdvance("0" * HASH_CHARACTERS) + 2 * _MARGIN
        for section, column in enumerate(model.columns):
            hashes = column.method is not None and column.method.is_hash
            width = hash_width if hashes else letters(self, _WIDTHS.get(column, _EMBEDDING_WIDTH))
            self.setColumnWidth(section, max(width, header.sectionSizeHint(section)))
        # What matters is beside the name: encodings may reach beyond the window.
        for place, column in enumerate((LIKENESS, DIFFERENCES, KNOWN, STATUS), 1):
            header.moveSection(header.visualIndex(model.section(column)), place)
        for column in UNUSUAL:
            self.setColumnHidden(model.section(column), True)
        self._unwanted: set[Column] = set()  # of the columns that come and go, those that a person has hidden
        self._has_reference = False
        self._show_passing()

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
        return np.concatenate(parts).astype(np.int64)

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
        self._forget_hidden()
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
            self.scrollTo(self._name_at(first), QTableView.ScrollHint.PositionAtTop)

    def standing(self) -> Standing:
        """How the table stands, to come back to."""
        header, current = self.horizontalHeader(), self.currentIndex()
        return Standing(
            self.selected(),
            self._results.row_at(current.row()) if current.isValid() else None,
            self.verticalScrollBar().value(),
            header.sortIndicatorSection(),
            header.sortIndicatorOrder(),
            self._results.clearings,
        )

    def sort_by_nothing(self) -> None:
        """Show the rows in their own order."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def sort_as(self, before: Standing) -> None:
        """Sort as the table stood."""
        self.horizontalHeader().setSortIndicator(before.sorted_by, before.order)

    def stand(self, before: Standing) -> None:
        """Select and scroll as the table stood, once the same rows are shown in the same order."""
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
        self._forget_hidden()
        self.verticalScrollBar().setValue(before.scrolled)
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
        """Let go of the selection: Qt would carry it along row by row, 23 s for 100,000."""
        self._lay_all_out()
        self._follow = self.viewport().rect().intersects(self.visualRect(self.currentIndex()))
        self._chosen = np.concatenate([self.selected(), self._hidden])
        if (
            self._hidden_current < 0 and self.currentIndex().isValid()
        ):  # else Qt has taken the first for the current one
            self._hidden_current = self.currentIndex().data(ROW_ROLE)
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().clearSelection()

    def _after_reorder(self) -> None:
        """Select the same rows again, where they are now, and keep the current one in view."""
        chosen, self._chosen = self._chosen, _NONE
        self._select(chosen)
        self._hidden = chosen[~self._results.are_shown(chosen)]
        position = self._results.position_of(self._hidden_current) if self._hidden_current >= 0 else -1
        if position >= 0:
            self._hidden_current = -1
            if self.currentIndex().row() != position:
                with QSignalBlocker(self.selectionModel()):
                    no_update = QItemSelectionModel.SelectionFlag.NoUpdate
                    self.selectionModel().setCurrentIndex(self._name_at(position), no_update)
                self._follow = True
        if self._follow and self.currentIndex().isValid():
            self.updateGeometries()  # it can be scrolled as far as there are rows now
            self.scrollTo(self.currentIndex())
        self.selection_changed.emit()

    def _forget_hidden(self) -> None:
        """Others were selected."""
        self._hidden, self._hidden_current = _NONE, -1

    def _go_on(self) -> None:
        """Do what waited for the rows."""
        if self._results.is_ranking:
            return
        act, self._once_arranged = self._once_arranged, None
        if act is not None:
            act()

    def rowsInserted(self, parent: QModelIndex | QPersistentModelIndex, start: int, end: int) -> None:
        """Note whether the rows come below those that are seen."""
        lowest = self.rowAt(self.viewport().height() - 1)
        self._only_below = 0 <= lowest < start and self._only_below is not False
        super().rowsInserted(parent, start, end)

    def doItemsLayout(self) -> None:
        """Leave what is seen as it is where there are more rows below it: Qt would paint it anew for every portion."""
        only_below, self._only_below = self._only_below, None
        if only_below:
            self.updateGeometries()
        else:
            super().doItemsLayout()

    def _forget_rows(self) -> None:
        self._lay_all_out()
        self._once_arranged = None
        self._forget_hidden()

    def _lay_all_out(self) -> None:
        self._only_below = False

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
        model, columns = self._results, self._shown_columns()
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

    def _shown_columns(self) -> list[Column]:
        header = self.horizontalHeader()
        sections = (header.logicalIndex(place) for place in range(header.count()))
        return [self._results.columns[section] for section in sections if not header.isSectionHidden(section)]

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

    # Columns

    def restore_columns(self, layouts: Sequence[ColumnLayout]) -> bool:
        """Put columns back as they were, in their order, new ones behind them; False when nothing is remembered."""
        header = self.horizontalHeader()
        sections = {column.id: section for section, column in enumerate(self._results.columns)}
        known = [layout for layout in layouts if layout.id in sections]
        for place, layout in enumerate(known):
            section = sections[layout.id]
            header.moveSection(header.visualIndex(section), place)
            self.setColumnWidth(section, layout.width)
            column = self._results.columns[section]
            self._set_hidden(column, hidden=layout.hidden and column != NAME)  # no menu would bring it back
            if layout.order:
                header.setSortIndicator(section, Qt.SortOrder[layout.order])
        new = [column for column in _PASSING if not any(layout.id == column.id for layout in known)]
        for place, column in enumerate(new, 1):
            header.moveSection(header.visualIndex(sections[column.id]), place)
        return bool(known)

    def show_reference(self, *, shown: bool) -> None:
        """Show what of the reference is known, or hide it: there is none."""
        self._has_reference = shown
        self._show_passing()

    def _is_there(self, column: Column) -> bool:
        """Whether there is anything that a column could show."""
        if column in OF_BANDS:
            return self._results.banded is not None
        return column != KNOWN or self._has_reference

    def _set_hidden(self, column: Column, *, hidden: bool) -> None:
        if column in _PASSING:
            self._unwanted.discard(column)
            if hidden:
                self._unwanted.add(column)
        self.setColumnHidden(self._results.section(column), hidden or not self._is_there(column))

    def _show_passing(self) -> None:
        """Show the columns that come and go where they are wanted and there is something to show."""
        sections = [self._results.section(column) for column in _PASSING]
        before = [self.isColumnHidden(section) for section in sections]
        for column in _PASSING:
            self._set_hidden(column, hidden=column in self._unwanted)
        if before != [self.isColumnHidden(section) for section in sections]:
            self._paint_apart()
        banded = self._results.banded
        self.setAlternatingRowColors(banded is None or not banded.has_references)

    def _paint_apart(self) -> None:
        """Have the table painted in a turn of its own: all else that changes with its columns takes one."""
        if self.isVisible() and self.updatesEnabled():
            self.setUpdatesEnabled(False)
            QTimer.singleShot(0, self, lambda: self.setUpdatesEnabled(True))

    def column_layouts(self) -> list[ColumnLayout]:
        """Return what restore_columns() needs."""
        header = self.horizontalHeader()
        header.setStretchLastSection(False)  # the last column's own width is wanted, and so is each hidden one's
        layouts = []
        for place in range(header.count()):
            section = header.logicalIndex(place)
            hidden = header.isSectionHidden(section)
            header.setSectionHidden(section, False)  # else its width is 0
            width = header.sectionSize(section)
            header.setSectionHidden(section, hidden)
            order = header.sortIndicatorOrder().name if header.sortIndicatorSection() == section else ""
            column = self._results.columns[section]
            if column in _PASSING:
                hidden = column in self._unwanted
            layouts.append(ColumnLayout(column.id, width, hidden, order))
        header.setStretchLastSection(True)
        return layouts

    def show_methods(self, methods: Sequence[Method], *, reveal: bool) -> None:
        """Hide columns of methods not chosen that hold nothing; with ``reveal`` show those of the chosen ones."""
        for section, column in enumerate(self._results.columns):
            if column.method is None:
                continue
            if column.method not in methods and not self._results.rows.any_has(column.method):
                self.setColumnHidden(section, True)
            elif reveal and column.method in methods:
                self.setColumnHidden(section, False)

    def column_actions(self, parent: QWidget) -> list[QAction]:
        """Make a checkable action per column, for menus. The name can't be hidden."""
        actions = []
        for section, column in enumerate(self._results.columns):
            if not self._is_there(column):
                continue
            action = QAction(title(column), parent)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(section))
            action.setEnabled(column != NAME)
            action.toggled.connect(lambda shown, column=column: self._set_hidden(column, hidden=not shown))
            actions.append(action)
        return actions

    def _show_columns_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.column_actions(menu))
        menu.popup(self.cursor().pos())

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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let cells share what they look up."""
        with self._delegate.sharing():
            super().paintEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark a row whose box is pressed, and leave the selection alone."""
        if not self._mark_at(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Press a box twice, without opening the picture."""
        if not self._mark_at(event):
            super().mouseDoubleClickEvent(event)

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

    def _repaint_thumbnail(self, path: str) -> None:
        row = self._results.rows.number(path)
        position = -1 if row is None else self._results.position_of(row)
        if position >= 0:
            self.update(self._results.index(position, self._results.section(NAME)))
