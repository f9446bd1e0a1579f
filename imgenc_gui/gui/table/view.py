"""The table on the screen: thumbnails, and columns that can be moved, hidden, sorted by and remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
)
from PySide6.QtGui import (
    QAccessible,
    QAction,
    QFontMetrics,
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
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, SPACE
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
    make_columns,
    title,
)
from imgenc_gui.gui.table.delegate import RowDelegate
from imgenc_gui.gui.table.model import Index, ResultsModel
from imgenc_gui.gui.table.rows_view import RowsView, Standing
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
_NONE: Numbers = np.zeros(0, np.int64)


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


class ResultsView(RowsView, QTableView):
    """One row per picture. It carries the selection along when the order changes, whoever else shows that."""

    _only_below: bool | None = None  # whether all that is to be laid out is rows below those seen; None: nothing is

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = _NONE  # the rows that were selected before the order changed
        # Those of them that aren't shown now, and the current one: both come back unless others are selected meanwhile.
        self._hidden, self._hidden_current = _NONE, -1
        self._set_up(model, thumbnails, jobs, RowDelegate(model, thumbnails, self))
        self.setAccessibleName(self.tr("Pictures and their encodings"))
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._build_headers()
        self.setSortingEnabled(True)
        # To paint its titles it asks for each column whether all of its cells are selected: seconds for 100,000 rows.
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(model, header))
        for changed in (self.selectionModel().selectionChanged, self.selectionModel().currentRowChanged):
            changed.connect(self.selection_changed)
        self.selectionModel().selectionChanged.connect(self.forget_hidden)
        model.banded_changed.connect(self._show_passing)
        model.columnsInserted.connect(self._place_columns)

    @property
    def results(self) -> ResultsModel:
        """What it shows."""
        return self._results

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
        self._size_columns(range(len(model.columns)))
        # What matters is beside the name: encodings may reach beyond the window.
        for place, column in enumerate((LIKENESS, DIFFERENCES, KNOWN, STATUS), 1):
            header.moveSection(header.visualIndex(model.section(column)), place)
        for column in UNUSUAL:
            self.setColumnHidden(model.section(column), True)
        self._unwanted: set[Column] = set()  # of the columns that come and go, those that a person has hidden
        self._has_reference = False
        self._show_passing()

    def _size_columns(self, sections: Iterable[int]) -> None:
        header = self.horizontalHeader()
        hash_width = QFontMetrics(fixed_font()).horizontalAdvance("0" * HASH_CHARACTERS) + 2 * _MARGIN
        for section in sections:
            column = self._results.columns[section]
            hashes = column.method is not None and column.method.is_hash
            width = hash_width if hashes else letters(self, _WIDTHS.get(column, _EMBEDDING_WIDTH))
            self.setColumnWidth(section, max(width, header.sectionSizeHint(section)))

    def _place_columns(self, _parent: Index, first: int, last: int) -> None:
        """Put those of methods that came behind the methods there were, hidden until somebody wants them."""
        header = self.horizontalHeader()
        self._size_columns(range(first, last + 1))
        methods = [section for section, column in enumerate(self._results.columns[:first]) if column.method is not None]
        place = max((header.visualIndex(section) for section in methods), default=header.count() - 1)
        for section in range(first, last + 1):
            place += header.visualIndex(section) > place
            header.moveSection(header.visualIndex(section), place)
            self.setColumnHidden(section, True)

    # Order

    def sorting(self) -> tuple[int, Qt.SortOrder]:
        """What rows are sorted by: a section, -1 for none, and the order."""
        header = self.horizontalHeader()
        return header.sortIndicatorSection(), header.sortIndicatorOrder()

    def sort_by_nothing(self) -> None:
        """Show the rows in their own order."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def sort_as(self, before: Standing) -> None:
        """Sort as the table stood."""
        self.horizontalHeader().setSortIndicator(before.sorted_by, before.order)

    def _before_reorder(self) -> None:
        """Let go of the selection: Qt would carry it along row by row, 23 s for 100,000."""
        self._lay_all_out()
        super()._before_reorder()
        selected = self.selected()
        self._chosen = np.concatenate([selected, self._hidden]) if self._hidden.size else selected
        current = self.current_row()
        if self._hidden_current < 0 and current is not None:  # else Qt has taken the first for the current one
            self._hidden_current = current
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
        super()._after_reorder()
        self.selection_changed.emit()

    def forget_hidden(self) -> None:
        """Others were selected."""
        self._hidden, self._hidden_current = _NONE, -1

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
        super()._forget_rows()
        self.forget_hidden()

    def _lay_all_out(self) -> None:
        self._only_below = False

    # Columns

    def shown_columns(self) -> list[Column]:
        """The columns that are seen, in their order."""
        header = self.horizontalHeader()
        sections = (header.logicalIndex(place) for place in range(header.count()))
        return [self._results.columns[section] for section in sections if not header.isSectionHidden(section)]

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
        if column.method is not None:  # of a network that was removed as long as there are encodings
            return column.method in METHODS or self._results.rows.any_has(column.method)
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
            if column.method is not None and column.method not in METHODS:
                continue
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
        for column in make_columns(self._results.rows.methods):
            section = self._results.section(column)
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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let cells share what they look up."""
        with self._delegate.sharing():
            super().paintEvent(event)
        first, last = self._first_seen(), self.rowAt(self.viewport().height() - 1)
        self._ask_for(range(max(first, 0), (last if last >= 0 else self._results.rowCount() - 1) + 1))

    def _first_seen(self) -> int:
        return self.rowAt(0)
