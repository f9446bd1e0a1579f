"""The table on the screen: thumbnails, copying, context menu, and columns that can be moved, hidden and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QByteArray,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QGuiApplication, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QProxyStyle,
    QStyle,
    QStyledItemDelegate,
    QStyleOption,
    QStyleOptionFocusRect,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from imgenc_gui.core.encoding import Method
from imgenc_gui.gui.inspector.inspector import vector_text
from imgenc_gui.gui.table.model import ROW_ROLE, Column, ResultsModel
from imgenc_gui.core.rows import State
from imgenc_gui.gui.work.jobs import Tasks
from imgenc_gui.gui.look.theme import SPACE, paint_icon, set_icon, tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgenc_gui.gui.pictures.thumbnails import Thumbnails

THUMBNAIL = 5 * SPACE
ROW_HEIGHT = 6 * SPACE
_WIDTHS = {
    Column.NAME: 232,
    Column.FOLDER: 144,
    Column.SIZE: 104,
    Column.FORMAT: 72,
    Column.CNN: 192,
    Column.STATUS: 144,
}
_HASH_WIDTH = 152

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paints a thumbnail before the name, and colours a status that wants attention."""

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Set colours and where long texts are cut."""
        super().initStyleOption(option, index)
        column = index.column()
        left = column == Column.FOLDER  # a folder's end tells more than its beginning
        option.textElideMode = Qt.TextElideMode.ElideLeft if left else Qt.TextElideMode.ElideMiddle
        if column == Column.STATUS:
            row = self._model.row_at(index.row())
            state = self._model.store.state(row)
            if state is State.FAILED:
                colour = tone("failure")
            elif state is State.ENCODED and self._model.store.is_warned(row):
                colour = tone("caution")
            elif state is State.ENCODED:
                return
            else:
                colour = tone("muted")
            option.palette.setColor(QPalette.ColorRole.Text, colour)
        elif column in (Column.FOLDER, Column.SIZE, Column.FORMAT):
            option.palette.setColor(QPalette.ColorRole.Text, tone("muted"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell with a step of the grid on either side of its text, and the name beside its thumbnail."""
        styled = QStyleOptionViewItem(option)
        self.initStyleOption(styled, index)
        widget = option.widget
        style = widget.style() if widget is not None else QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, styled, painter, widget)
        area: QRect = option.rect
        words = area.adjusted(SPACE, 0, -SPACE, 0)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if index.column() == Column.NAME:
            box = QRect(area.left() + SPACE, area.top() + (area.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)
            self._paint_thumbnail(painter, box, index, widget, selected=selected)
            words.setLeft(box.right() + 1 + SPACE + SPACE // 2)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        shown = styled.fontMetrics.elidedText(styled.text, styled.textElideMode, words.width())
        painter.save()
        painter.setFont(styled.font)
        painter.setPen(styled.palette.color(role))
        painter.drawText(words, styled.displayAlignment, shown)
        painter.restore()
        if styled.state & QStyle.StateFlag.State_HasFocus and not selected:
            focus = QStyleOptionFocusRect()
            focus.rect = area
            focus.state = styled.state
            focus.palette = styled.palette
            style.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, focus, painter, widget)

    def _paint_thumbnail(
        self, painter: QPainter, box: QRect, index: Index, widget: QWidget | None, *, selected: bool
    ) -> None:
        row = self._model.row_at(index.row())
        state = self._model.store.state(row)
        pixmap = None
        if state not in (State.FAILED, State.NOT_A_PICTURE):
            ratio = widget.devicePixelRatioF() if widget is not None else 1.0
            pixmap = self._thumbnails.get(self._model.store.paths[row], THUMBNAIL, ratio)
        if pixmap is None:
            side = THUMBNAIL // 2
            place = QRect(0, 0, side, side)
            place.moveCenter(box.center())
            name = "failure" if state is State.FAILED else "picture"
            paint_icon(painter, name, QRectF(place), QColor(Qt.GlobalColor.white) if selected else tone("muted"))
            return
        size = pixmap.deviceIndependentSize().toSize()
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(box.center())
        painter.drawPixmap(place.topLeft(), pixmap)


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
    copied = Signal(str)  # a sentence on what is in the clipboard now

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = model
        self._thumbnails = thumbnails
        self._tasks = Tasks(parent=self)
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
        header.setFixedHeight(4 * SPACE)
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(6 * SPACE)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_columns_menu)
        for column in Column:
            self.setColumnWidth(column, _WIDTHS.get(column, _HASH_WIDTH))
        header.moveSection(Column.STATUS, 1)  # beside the name: encodings may reach beyond the window
        self.setSortingEnabled(True)
        self.doubleClicked.connect(self._copy_or_open)
        self.selectionModel().selectionChanged.connect(self.selection_changed)
        self.selectionModel().currentRowChanged.connect(self.selection_changed)
        self._follow = False  # the current row was in view before the order changed
        model.layoutAboutToBeChanged.connect(self._before_reorder)
        model.layoutChanged.connect(self._after_reorder)
        thumbnails.ready.connect(self._repaint_thumbnail)

    # Rows

    def selected_rows(self) -> list[int]:
        """Return the selected rows' numbers, from the top down."""
        model = self._results
        ranges = sorted((part.top(), part.bottom()) for part in self._selection())
        positions = dict.fromkeys(position for top, bottom in ranges for position in range(top, bottom + 1))
        return [model.row_at(position) for position in positions]

    def _selection(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(number) for number in range(selection.count())]

    def selected_count(self) -> int:
        """Count the selected rows, quickly."""
        return sum(part.height() for part in self._selection())

    def select_row(self, row: int) -> None:
        """Select one row and bring it into view."""
        position = self._results.position_of(row)
        if position >= 0:
            index = self._results.index(position, Column.NAME)
            # selectRow() would extend or toggle the selection while Shift or Ctrl is held, as it may be in a drop.
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(index)

    def _before_reorder(self) -> None:
        self._follow = self.viewport().rect().intersects(self.visualRect(self.currentIndex()))

    def _after_reorder(self) -> None:
        """Keep the current row in view, and tell when it was filtered out: Qt drops it without a signal."""
        if self._follow and self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
        self.selection_changed.emit()

    # Copying

    def copy_rows(self) -> None:
        """Copy the selected rows as a table, with the visible columns in the order shown, for a spreadsheet."""
        header = self.horizontalHeader()
        columns = [
            Column(logical)
            for logical in (header.logicalIndex(place) for place in range(header.count()))
            if not header.isSectionHidden(logical)
        ]
        rows = self.selected_rows()
        if not rows:
            return
        model = self._results

        def made() -> str:
            lines = [[model.title(column) for column in columns]]
            lines += [[model.text(row, column) for column in columns] for row in rows]
            return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(self.tr("Copied %n row(s)", "", len(rows)))

        def failed(error: Exception) -> None:
            raise error  # to the error reporter

        self._tasks.run(made, done, failed)  # 100,000 rows take seconds

    def copy_encoding(self, row: int, method: Method) -> None:
        """Copy one encoding: a hash as its text, a vector as numbers between brackets."""
        store = self._results.store
        vector = store.vector(row) if method is Method.CNN else None
        text = vector_text(vector) if vector is not None else store.hash_text(row, method)
        if text:
            QGuiApplication.clipboard().setText(text)
            name = self._results.text(row, Column.NAME)
            self.copied.emit(self.tr("Copied the {0} of {1}").format(method.label, name))

    def close_tasks(self) -> bool:
        """End what is being copied."""
        return self._tasks.close()

    def _copy_or_open(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        method = Column(index.column()).method
        if method is None:
            self.open_requested.emit(row)
        else:
            self.copy_encoding(row, method)

    # Columns

    def restore_columns(self, state: QByteArray) -> bool:
        """Put columns back as they were; False when the state is of another version."""
        header = self.horizontalHeader()
        restored = not state.isEmpty() and header.restoreState(state)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setSortIndicatorClearable(True)
        return restored

    def columns_state(self) -> QByteArray:
        """Return what restore_columns() needs."""
        return self.horizontalHeader().saveState()

    def show_methods(self, methods: Sequence[Method], *, reveal: bool) -> None:
        """Hide columns of methods not chosen that hold nothing; with ``reveal`` show those of the chosen ones."""
        for column in Column:
            method = column.method
            if method is None:
                continue
            if method not in methods and not self._results.store.any_has(method):
                self.setColumnHidden(column, True)
            elif reveal and method in methods:
                self.setColumnHidden(column, False)

    def column_actions(self, parent: QWidget) -> list[QAction]:
        """Make a checkable action per column, for menus. The name can't be hidden."""
        actions = []
        for column in Column:
            action = QAction(self._results.title(column), parent)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(column))
            action.setEnabled(column != Column.NAME)
            action.toggled.connect(lambda shown, column=column: self.setColumnHidden(column, not shown))
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
        store = self._results.store

        def add(icon: str, text: str, act: object, *, enabled: bool = True) -> None:
            action = menu.addAction(text)
            set_icon(action, icon)
            action.setEnabled(enabled)
            action.triggered.connect(act)

        wanted = column.method
        methods = [method for method in Method if store.has(row, method)]
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
            self.context_menu(index.row(), Column(index.column())).popup(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current picture with Enter."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.open_requested.emit(self.currentIndex().data(ROW_ROLE))
            return
        super().keyPressEvent(event)

    def _repaint_thumbnail(self, path: str) -> None:
        row = self._results.store.number(path)
        position = -1 if row is None else self._results.position_of(row)
        if position >= 0:
            self.update(self._results.index(position, Column.NAME))
