"""How a row of the table is painted: a thumbnail before the name, colours for what wants attention."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from imgenc_gui.core.rows import State
from imgenc_gui.gui.look.focus import RING, paint_ring
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE
from imgenc_gui.gui.look.icons import paint_icon
from imgenc_gui.gui.look.theme import tone
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.columns import DIFFERENCES, FOLDER, FORMAT, LIKENESS, NAME, PIXELS, STATUS
from imgenc_gui.gui.table.model import ResultsModel

THUMBNAIL = 5 * SPACE
_LINE_ALPHA = 140  # of the lines between bands

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
        banded = self._model.banded
        if banded is not None:
            row = self._model.row_at(index.row())
            if banded.is_odd(row):
                option.backgroundBrush = option.palette.brush(QPalette.ColorRole.AlternateBase)
            if banded.is_reference(row) and column in (NAME, LIKENESS):
                font = QFont(option.font)
                font.setWeight(QFont.Weight.DemiBold)
                option.font = font
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
        elif column in (FOLDER, PIXELS, FORMAT, DIFFERENCES):
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
        column = self._model.columns[index.column()]
        banded = self._model.banded
        if banded is not None and index.row() > 0 and banded.is_reference(self._model.row_at(index.row())):
            between = tone("muted")
            between.setAlpha(_LINE_ALPHA)
            painter.fillRect(area.left(), area.top(), area.width(), 1, between)
        if column == NAME:
            if banded is not None:
                words.setLeft(self._paint_mark(painter, styled, index, widget))
            box = QRect(words.left(), area.top() + (area.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)
            self._paint_thumbnail(painter, box, index, widget, selected=selected)
            words.setLeft(box.right() + 1 + SPACE + SPACE // 2)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        if banded is not None and column == LIKENESS and banded.is_reference(self._model.row_at(index.row())):
            words.setLeft(self._paint_star(painter, words, selected=selected))
        beside = banded.beside(self._model.row_at(index.row())) if banded is not None and column == NAME else ""
        metrics = QFontMetrics(styled.font)
        if beside:
            room = option.fontMetrics.horizontalAdvance(beside) + SPACE
            taken = min(metrics.horizontalAdvance(styled.text) + 1, max(0, words.width() - room))
            painter.save()
            painter.setFont(option.font)
            painter.setPen(styled.palette.color(role) if selected else tone("muted"))
            painter.drawText(words.adjusted(taken + SPACE, 0, 0, 0), styled.displayAlignment, beside)
            painter.restore()
            words.setWidth(taken)
        shown = metrics.elidedText(styled.text, styled.textElideMode, words.width())
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

    def box(self, cell: QRect) -> QRect:
        """Where the box to mark a row is, in the cell of its name, with some room around to hit it."""
        return QRect(cell.left(), cell.top(), SPACE + self._indicator().width() + HALF, cell.height())

    @staticmethod
    def _indicator() -> QSize:
        style = QApplication.style()
        metric = QStyle.PixelMetric
        width, height = (style.pixelMetric(one) for one in (metric.PM_IndicatorWidth, metric.PM_IndicatorHeight))
        return QSize(width, height)

    def _paint_mark(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, widget: QWidget | None) -> int:
        """Paint the box of a row that can be marked; where what follows it begins."""
        size = self._indicator()
        cell: QRect = option.rect
        box = QStyleOptionButton()
        if widget is not None:
            box.initFrom(widget)
        box.palette = QApplication.palette("QCheckBox")  # type: ignore[call-overload]  # PySide takes no bytes
        box.rect = QRect(
            cell.left() + SPACE, cell.top() + (cell.height() - size.height()) // 2, size.width(), size.height()
        )
        marked = self._model.is_marked(self._model.row_at(index.row()))
        box.state = QStyle.StateFlag.State_Enabled | (
            QStyle.StateFlag.State_On if marked else QStyle.StateFlag.State_Off
        )
        style = widget.style() if widget is not None else QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter, widget)
        return int(box.rect.right()) + 1 + SPACE

    @staticmethod
    def _paint_star(painter: QPainter, words: QRect, *, selected: bool) -> int:
        """Paint the mark of a reference before its words; where these begin."""
        side = 2 * SPACE
        place = QRectF(words.left(), words.top() + (words.height() - side) / 2, side, side)
        white = QGuiApplication.palette().color(QPalette.ColorRole.HighlightedText)
        paint_icon(painter, "reference", place, white if selected else tone("accent"))
        return words.left() + side + HALF

    @staticmethod
    def drag_picture(count: int, widget: QWidget) -> QPixmap:
        """What is under the pointer while so many files are dragged."""
        text = QLocale().toString(count)
        ratio = widget.devicePixelRatioF()
        size = QSize(widget.fontMetrics().horizontalAdvance(text) + ICON + 3 * SPACE, ICON + SPACE)
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        palette = widget.palette()
        pixmap.fill(palette.color(QPalette.ColorRole.Highlight))
        painter = QPainter(pixmap)
        white = palette.color(QPalette.ColorRole.HighlightedText)
        paint_icon(painter, "copy-files", QRectF(SPACE, HALF, ICON, ICON), white)
        painter.setPen(white)
        painter.setFont(widget.font())
        words = QRect(QPoint(2 * SPACE + ICON, 0), size)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
        return pixmap

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
