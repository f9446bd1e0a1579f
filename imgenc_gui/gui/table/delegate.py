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
from imgenc_gui.gui.look.icons import icon_pixmap, paint_icon
from imgenc_gui.gui.look.theme import tone
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.columns import DIFFERENCES, FOLDER, FORMAT, LIKENESS, NAME, PIXELS, STATUS, Column
from imgenc_gui.gui.table.model import ResultsModel

THUMBNAIL = 5 * SPACE
_LINE_ALPHA = 140  # of the lines between bands
_QUIET = (FOLDER, PIXELS, FORMAT, DIFFERENCES)
# Made once: an operation on flags takes as long as painting a word.
_SELECTED, _FOCUSED = QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_HasFocus
_UNDER_MOUSE = QStyle.StateFlag.State_MouseOver

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paints a thumbnail before the name, and colours a status that wants attention."""

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._icons: dict[tuple[str, int, int, float], QPixmap] = {}

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Set what a cell's size depends on; ``paint`` asks for the rest without a detour through Qt's roles."""
        super().initStyleOption(option, index)
        option.font = self._font(option.font, self._model.row_at(index.row()), self._model.columns[index.column()])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell with a step of the grid on either side of its text, and the name beside its thumbnail."""
        model = self._model
        place, column = index.row(), model.columns[index.column()]
        row, banded, widget, state = model.row_at(place), model.banded, option.widget, option.state
        area: QRect = option.rect
        words = area.adjusted(SPACE, 0, -SPACE, 0)
        selected = _SELECTED in state
        painter.save()
        self._paint_behind(painter, option, place, selected=selected)
        if column is NAME:
            if banded is not None:
                words.setLeft(self._paint_mark(painter, area, row, widget))
            box = QRect(words.left(), area.top() + (area.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)
            self._paint_thumbnail(painter, box, row, widget, selected=selected)
            words.setLeft(box.right() + 1 + SPACE + SPACE // 2)
        if banded is not None and column is LIKENESS and banded.is_reference(row):
            words.setLeft(self._paint_star(painter, words, widget, selected=selected))
        self._paint_words(painter, option, words, row, column)
        painter.restore()
        if _FOCUSED in state:
            line, gap = QPalette.ColorRole.Accent, QPalette.ColorRole.Base
            if selected:
                line, gap = QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight
            paint_ring(painter, self._within_table(area, index, widget), line, gap)

    def _paint_behind(self, painter: QPainter, option: QStyleOptionViewItem, place: int, *, selected: bool) -> None:
        """Paint what shows where bands begin and end, and what is selected."""
        area: QRect = option.rect
        row, banded, widget = self._model.row_at(place), self._model.banded, option.widget
        if banded is not None and not selected and banded.is_odd(row):
            painter.fillRect(area, option.palette.brush(QPalette.ColorRole.AlternateBase))
        if selected or _UNDER_MOUSE in option.state:
            style = widget.style() if widget is not None else QApplication.style()
            style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)
        if banded is not None and place > 0 and banded.is_reference(row):
            between = tone("muted")
            between.setAlpha(_LINE_ALPHA)
            painter.fillRect(area.left(), area.top(), area.width(), 1, between)

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, words: QRect, row: int, column: Column
    ) -> None:
        model, banded = self._model, self._model.banded
        selected = _SELECTED in option.state
        if selected:
            colour = option.palette.color(QPalette.ColorRole.HighlightedText)
        else:
            colour = self._colour(option, row, column)
        text, alignment = model.text(row, column), model.alignment(column)
        font = self._font(option.font, row, column)
        beside = banded.beside(row) if banded is not None and column is NAME else ""
        metrics = QFontMetrics(font)
        if beside:
            room = option.fontMetrics.horizontalAdvance(beside) + SPACE
            taken = min(metrics.horizontalAdvance(text) + 1, max(0, words.width() - room))
            painter.setFont(option.font)
            painter.setPen(colour if selected else tone("muted"))
            painter.drawText(words.adjusted(taken + SPACE, 0, 0, 0), alignment, beside)
            words.setWidth(taken)
        # A folder's end tells more than its beginning.
        elide = Qt.TextElideMode.ElideLeft if column is FOLDER else Qt.TextElideMode.ElideMiddle
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(words, alignment, metrics.elidedText(text, elide, words.width()))

    def _font(self, usual: QFont, row: int, column: Column) -> QFont:
        """A hash's letters are of one width, a reference's name is bolder."""
        if column in (NAME, LIKENESS) and self._model.banded is not None and self._model.banded.is_reference(row):
            font = QFont(usual)
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return self._model.font(column) or usual

    def _colour(self, option: QStyleOptionViewItem, row: int, column: Column) -> QColor:
        """What wants attention has a colour, and what is less important is quieter."""
        if column in _QUIET:
            return tone("muted")
        if column is STATUS:
            rows = self._model.rows
            state = rows.state(row)
            if state is State.FAILED:
                return tone("failure")
            if state is not State.ENCODED or rows.is_gone(row):
                return tone("muted")
            if rows.is_warned(row):
                return tone("warning")
        return option.palette.color(QPalette.ColorRole.Text)

    def box(self, cell: QRect) -> QRect:
        """Where the box to mark a row is, in the cell of its name, with some room around to hit it."""
        return QRect(cell.left(), cell.top(), SPACE + self._indicator().width() + HALF, cell.height())

    @staticmethod
    def _indicator() -> QSize:
        style = QApplication.style()
        metric = QStyle.PixelMetric
        width, height = (style.pixelMetric(one) for one in (metric.PM_IndicatorWidth, metric.PM_IndicatorHeight))
        return QSize(width, height)

    def _paint_mark(self, painter: QPainter, cell: QRect, row: int, widget: QWidget | None) -> int:
        """Paint the box of a row that can be marked; where what follows it begins."""
        size = self._indicator()
        place = QPoint(cell.left() + SPACE, cell.top() + (cell.height() - size.height()) // 2)
        painter.drawPixmap(place, self._mark(size, widget, is_marked=self._model.is_marked(row)))
        return place.x() + size.width() + SPACE

    def _mark(self, size: QSize, widget: QWidget | None, *, is_marked: bool) -> QPixmap:
        """A box, drawn once in today's colours."""
        palette = QApplication.palette("QCheckBox")  # type: ignore[call-overload]  # PySide takes no bytes
        ratio = _ratio(widget)
        key = (f"box {is_marked}", size.width(), palette.cacheKey(), ratio)
        if key not in self._icons:
            pixmap = QPixmap(size * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            box = QStyleOptionButton()
            if widget is not None:
                box.initFrom(widget)
            box.palette = palette
            box.rect = QRect(QPoint(0, 0), size)
            box.state = QStyle.StateFlag.State_Enabled | (
                QStyle.StateFlag.State_On if is_marked else QStyle.StateFlag.State_Off
            )
            style = widget.style() if widget is not None else QApplication.style()
            painter = QPainter(pixmap)
            style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter, widget)
            painter.end()
            self._icons[key] = pixmap
        return self._icons[key]

    def _paint_star(self, painter: QPainter, words: QRect, widget: QWidget | None, *, selected: bool) -> int:
        """Paint the mark of a reference before its words; where these begin."""
        side = 2 * SPACE
        place = QPoint(words.left(), words.top() + (words.height() - side) // 2)
        white = QGuiApplication.palette().color(QPalette.ColorRole.HighlightedText)
        colour = white if selected else tone("accent")
        painter.drawPixmap(place, self._icon("reference", side, colour, _ratio(widget)))
        return words.left() + side + HALF

    def _icon(self, name: str, side: int, colour: QColor, ratio: float) -> QPixmap:
        """An icon that many rows have, drawn once."""
        key = (name, side, colour.rgba(), ratio)
        if key not in self._icons:
            self._icons[key] = icon_pixmap(name, side, colour, ratio)
        return self._icons[key]

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
        self, painter: QPainter, box: QRect, row: int, widget: QWidget | None, *, selected: bool
    ) -> None:
        rows = self._model.rows
        state = rows.state(row)
        ratio = _ratio(widget)
        pixmap = None
        if state not in (State.FAILED, State.NOT_A_PICTURE) and not rows.is_gone(row):
            look = Look(rows.generation(row), rows.seen(row))
            pixmap = self._thumbnails.get(rows.paths[row], THUMBNAIL, ratio, look)
        if pixmap is None:
            name = "failure" if state is State.FAILED else "picture"
            colour = QColor(Qt.GlobalColor.white) if selected else tone("muted")
            pixmap = self._icon(name, THUMBNAIL // 2, colour, ratio)
        size = pixmap.deviceIndependentSize().toSize()
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(box.center())
        painter.drawPixmap(place.topLeft(), pixmap)


def _ratio(widget: QWidget | None) -> float:
    return widget.devicePixelRatioF() if widget is not None else 1.0
