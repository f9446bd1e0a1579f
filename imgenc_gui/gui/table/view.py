"""The table on the screen: thumbnails, copying, context menu, and columns that can be moved, hidden and remembered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QContextMenuEvent, QFontMetrics, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QTableView,
    QWidget,
)

from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.look.letters import fixed_font, letters, lines
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import MAX_COLUMN_WIDTH, ColumnLayout
from imgenc_gui.gui.table.columns import FOLDER, FORMAT, KNOWN, NAME, PIXELS, STATUS, Column, title
from imgenc_gui.gui.table.delegate import RowDelegate
from imgenc_gui.gui.table.model import ROW_ROLE, ResultsModel
from imgenc_gui.gui.work.jobs import Jobs

ROW_HEIGHT = 6 * SPACE
_WIDTHS = {NAME: 33, FOLDER: 20, PIXELS: 15, FORMAT: 10, STATUS: 20, KNOWN: 34}  # letters
_EMBEDDING_WIDTH = 27
_MARGIN = 2 * SPACE
# Stretches of selected rows that are carried along when rows change places: each costs a moment, at every painting too.
_MOST_STRETCHES = 2000


class _HeaderStyle(QProxyStyle):
    """Lets the titles stand above their cells' texts."""

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Widen the header's margin to one step of the grid."""
        if metric == QStyle.PixelMetric.PM_HeaderMargin:
            return SPACE
        return super().pixelMetric(metric, option, widget)


class ResultsView(QTableView):
    """One row per picture. Emits what a person asked for; the window does it."""

    selection_changed = Signal()  # selected rows or current row
    encode_again_requested = Signal(object)  # row numbers
    show_in_folder_requested = Signal(object)  # row number
    open_requested = Signal(object)  # row number
    copied = Signal(str)  # a sentence on what is in the clipboard now, or why nothing new is
    selection_dropped = Signal(str)  # a sentence on why

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = model
        self._jobs = jobs
        self.setAccessibleName(self.tr("Pictures and their encodings"))
        self.setModel(model)
        self.setItemDelegate(RowDelegate(model, thumbnails, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
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
        self._order_columns()
        self.setSortingEnabled(True)
        # To paint its titles it asks for each column whether all of its cells are selected: seconds for 100,000 rows.
        header.setSelectionModel(QItemSelectionModel(model, header))
        self.doubleClicked.connect(self._copy_or_open)
        for changed in (self.selectionModel().selectionChanged, self.selectionModel().currentRowChanged):
            changed.connect(self.selection_changed)
        self._follow = False  # the current row was in view before the order changed
        self._chosen: list[int] = []  # the rows that were selected before the order changed
        model.reordering.connect(self._before_reorder)
        model.layoutChanged.connect(self._after_reorder)
        thumbnails.ready.connect(self._repaint_thumbnail)

    def _order_columns(self) -> None:
        """What matters is beside the name: encodings may reach beyond the window."""
        header = self.horizontalHeader()
        for column in (STATUS, KNOWN):
            header.moveSection(header.visualIndex(self._results.section(column)), 1)
        self._has_reference = True
        self.show_reference(shown=False)

    # Rows

    def selected_rows(self) -> list[int]:
        """Return the selected rows' numbers, from the top down."""
        shown = self._results.shown_rows
        rows: list[int] = []
        end = 0  # ranges may overlap
        for top, bottom in sorted((part.top(), part.bottom()) for part in self._selection()):
            rows.extend(shown[max(top, end) : bottom + 1])
            end = max(end, bottom + 1)
        return rows

    def shown_rows(self) -> Sequence[int]:
        """Return the shown rows' numbers, from the top down. Not to be changed."""
        return self._results.shown_rows

    def _selection(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(number) for number in range(selection.count())]

    def selected_count(self) -> int:
        """Count the selected rows, quickly."""
        return sum(part.height() for part in self._selection())

    def select_row(self, row: int) -> None:
        """Select one row and bring it into view."""
        self.select_rows([row])

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select a few rows, those of them that are shown, and bring the first into view."""
        positions = [position for position in map(self._results.position_of, rows) if position >= 0]
        if not positions:
            return
        first, *others = (self._results.index(position, self._results.section(NAME)) for position in positions)
        # selectRow() would extend or toggle the selection while Shift or Ctrl is held, as it may be in a drop.
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(first, flags.ClearAndSelect | flags.Rows)
        for index in others:
            self.selectionModel().select(index, flags.Select | flags.Rows)
        self.scrollTo(first)

    def selectAll(self) -> None:
        """Select all rows shown, at once however many lie apart from one another in the selection so far."""
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().clearSelection()
        super().selectAll()

    def _before_reorder(self) -> None:
        """Let go of the selection: Qt would carry it along row by row, 23 s for 100,000."""
        self._follow = self.viewport().rect().intersects(self.visualRect(self.currentIndex()))
        self._chosen = self.selected_rows()
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().clearSelection()

    def _after_reorder(self) -> None:
        """Select the same rows again, where they are now, and keep the current one in view."""
        chosen = self._results.stretches(self._chosen)
        self._chosen = []
        if len(chosen) > _MOST_STRETCHES:
            chosen = []
            self.selection_dropped.emit(self.tr("Too many rows apart from one another: the selection was dropped."))
        last = len(self._results.columns) - 1
        selection = QItemSelection()
        for first, end in chosen:
            selection.append(QItemSelectionRange(self._results.index(first, 0), self._results.index(end, last)))
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.viewport().update()
        if self._follow and self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
        self.selection_changed.emit()

    # Copying

    def copy_rows(self) -> None:
        """Copy the selected rows as a table, with the visible columns in the order shown, for a spreadsheet."""
        header = self.horizontalHeader()
        columns = [
            self._results.columns[logical]
            for logical in (header.logicalIndex(place) for place in range(header.count()))
            if not header.isSectionHidden(logical)
        ]
        rows = self.selected_rows()
        if not rows:
            return
        model = self._results
        clearings = model.clearings

        def made() -> str:
            lines = [[title(column) for column in columns]]
            lines += [[model.text(row, column) for column in columns] for row in rows]
            return "\n".join(map("\t".join, lines))  # no cell holds a tab or a line's end

        def told_gone() -> bool:
            """Say so if the rows are no longer those that were selected."""
            gone = model.clearings != clearings
            if gone:
                self.copied.emit(self.tr("Nothing was copied: the table was cleared meanwhile."))
            return gone

        def done(text: str) -> None:
            if not told_gone():
                QGuiApplication.clipboard().setText(text)
                self.copied.emit(self.tr("Copied %n row(s)", "", len(rows)))

        def failed(error: Exception) -> None:
            if not told_gone():
                self._jobs.report(error)

        self._jobs.run(made, done, failed)  # 100,000 rows take seconds

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
            if layout.id != KNOWN.id:
                self.setColumnHidden(section, layout.hidden and layout.id != NAME.id)  # no menu would bring it back
            if layout.order:
                header.setSortIndicator(section, Qt.SortOrder[layout.order])
        if not any(layout.id == KNOWN.id for layout in known):
            header.moveSection(header.visualIndex(sections[KNOWN.id]), 1)
        return bool(known)

    def show_reference(self, *, shown: bool) -> None:
        """Show what of the reference is known, or hide it: there is none."""
        if shown != self._has_reference:  # else a person may have hidden the column
            self._has_reference = shown
            self.setColumnHidden(self._results.section(KNOWN), not shown)

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
            layouts.append(ColumnLayout(self._results.columns[section].id, width, hidden, order))
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
            if column == KNOWN and not self._has_reference:
                continue
            action = QAction(title(column), parent)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(section))
            action.setEnabled(column != NAME)
            action.toggled.connect(lambda shown, section=section: self.setColumnHidden(section, not shown))
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
        add("show-in-folder", self.tr("Show in folder"), lambda: self.show_in_folder_requested.emit(row))
        add("open-file", self.tr("Open"), lambda: self.open_requested.emit(row))
        menu.addSeparator()
        add("encode-again", self.tr("Encode again"), lambda: self.encode_again_requested.emit(self.selected_rows()))
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
