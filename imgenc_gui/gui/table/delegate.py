"""How a row of the table is painted: a thumbnail before the name, colours for what wants attention."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from imgenc_gui.core.rows import State
from imgenc_gui.gui.look.focus import RING, paint_ring
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.icons import paint_icon
from imgenc_gui.gui.look.theme import tone
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.columns import FOLDER, FORMAT, NAME, PIXELS, STATUS
from imgenc_gui.gui.table.model import ResultsModel

THUMBNAIL = 5 * SPACE

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
        column = self._model.columns[index.column()]
        left = column == FOLDER  # a folder's end tells more than its beginning
        option.textElideMode = Qt.TextElideMode.ElideLeft if left else Qt.TextElideMode.ElideMiddle
        if column == STATUS:
            row = self._model.row_at(index.row())
            state = self._model.rows.state(row)
            is_gone = self._model.rows.is_gone(row)
            if state is State.FAILED:
                colour = tone("failure")
            elif state is State.ENCODED and not is_gone and self._model.rows.is_warned(row):
                colour = tone("warning")
            elif state is State.ENCODED and not is_gone:
                return
            else:
                colour = tone("muted")
            option.palette.setColor(QPalette.ColorRole.Text, colour)
        elif column in (FOLDER, PIXELS, FORMAT):
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
        if self._model.columns[index.column()] == NAME:
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
        if styled.state & QStyle.StateFlag.State_HasFocus:
            line, gap = QPalette.ColorRole.Accent, QPalette.ColorRole.Base
            if selected:
                line, gap = QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight
            paint_ring(painter, self._within_table(area, index, widget), line, gap)

    @staticmethod
    def _within_table(area: QRect, index: Index, widget: QWidget | None) -> QRect:
        """A cell's area without what the ring around the table may cover of it."""
        if not isinstance(widget, QTableView):
            return area
        header = widget.horizontalHeader()
        left = header.sectionPosition(index.column())
        right = left + header.sectionSize(index.column())
        return area.adjusted(RING if left == 0 else 0, 0, -RING if right == header.length() else 0, 0)

    def _paint_thumbnail(
        self, painter: QPainter, box: QRect, index: Index, widget: QWidget | None, *, selected: bool
    ) -> None:
        row = self._model.row_at(index.row())
        state = self._model.rows.state(row)
        pixmap = None
        if state not in (State.FAILED, State.NOT_A_PICTURE) and not self._model.rows.is_gone(row):
            ratio = widget.devicePixelRatioF() if widget is not None else 1.0
            rows = self._model.rows
            look = Look(rows.generation(row), rows.seen(row))
            pixmap = self._thumbnails.get(rows.paths[row], THUMBNAIL, ratio, look)
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
