"""How a row of the table is painted: a thumbnail before the name, colours for what wants attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from imgenc_gui.core.states import State
from imgenc_gui.gui.look.focus import RING, paint_ring
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE
from imgenc_gui.gui.look.icons import icon_pixmap, paint_icon
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.columns import LIKENESS, NAME
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.sharing import Cut, Shared, ShownRow

THUMBNAIL = 5 * SPACE
# As numbers: an operation on flags takes as long as painting a word.
_SELECTED, _FOCUSED = QStyle.StateFlag.State_Selected.value, QStyle.StateFlag.State_HasFocus.value
_BEHIND = _SELECTED | QStyle.StateFlag.State_MouseOver.value

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paints a thumbnail before the name, and colours a status that wants attention."""

    side = THUMBNAIL  # of the thumbnails, in logical pixels

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._asked: set[str] = set()  # the paths whose thumbnails may be waited for
        self._boxes: dict[tuple[bool, int, int, float], QPixmap] = {}
        self._cut: Cut = {}
        self._shares = False
        self._shared: Shared | None = None

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Set what a cell's size depends on; ``paint`` asks for the rest without a detour through Qt's roles."""
        super().initStyleOption(option, index)
        shared = Shared(self._model, option, self._cut)
        column = shared.column_at(index.column())
        letters = column.of_references if shared.row_at(index.row()).is_reference else column.letters
        option.font = letters.font

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Let the cells that are painted meanwhile share what they look up."""
        self._shares, self._shared = True, None
        try:
            yield
        finally:
            self._shares, self._shared = False, None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell with a step of the grid on either side of its text, and the name beside its thumbnail."""
        shared = self._shared or Shared(self._model, option, self._cut)
        if self._shares:
            self._shared = shared
        row, shown = shared.row_at(index.row()), shared.column_at(index.column())
        column = shown.column
        area: QRect = option.rect
        left, top, width, height = cast("tuple[int, int, int, int]", area.getRect())
        right = left + width - SPACE
        left += SPACE
        state = option.state.value
        selected = bool(state & _SELECTED)
        if state & _BEHIND or row.is_odd or row.is_reference:
            self._paint_behind(painter, option, shared, row, state)
        letters = shown.of_references if row.is_reference else shown.letters
        colour = shared.white if selected else shown.colour or shared.of_state(row)
        text = self._model.text(row.number, column)
        if column is NAME:
            if shared.banded is not None:
                left = self._paint_mark(painter, area, shared, row)
            box = QRect(left, top + (height - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)
            self._paint_thumbnail(painter, shared.placed(area, box), shared, row, selected=selected)
            left += THUMBNAIL + SPACE + SPACE // 2
            if row.beside:  # what else belongs to the picture stands behind its name
                least = shown.letters.metrics.horizontalAdvance(row.beside) + SPACE
                wanted = min(letters.metrics.horizontalAdvance(text) + 1, max(0, right - left - least))
                painter.setPen(colour if selected else shared.tone("muted"))
                painter.setFont(shown.letters.font)
                beside = QRect(left + wanted + SPACE, top, right - left - wanted - SPACE, height)
                painter.drawText(shared.placed(area, beside), shown.alignment, row.beside)
                right = left + wanted
        elif row.is_reference and column is LIKENESS:
            left = self._paint_star(painter, area, shared, selected=selected)
        painter.setFont(letters.font)
        painter.setPen(colour)
        room = right - left
        if shared.is_mirrored:
            painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
            left = 2 * area.left() + width - right
        painter.drawText(left, top, room, height, shown.alignment, letters.cut(text, room))
        if state & _FOCUSED:
            line, gap = QPalette.ColorRole.Accent, QPalette.ColorRole.Base
            if selected:
                line, gap = QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight
            paint_ring(painter, self._within_table(area, index, shared.widget), line, gap)

    @staticmethod
    def _paint_behind(
        painter: QPainter, option: QStyleOptionViewItem, shared: Shared, row: ShownRow, state: int
    ) -> None:
        """Paint what shows where bands begin and end, and what is selected."""
        area: QRect = option.rect
        behind = state & _BEHIND
        if row.is_odd and not state & _SELECTED:
            painter.fillRect(area, shared.odd)
        if behind == _SELECTED:  # what the style would do, in a tenth of its time
            painter.fillRect(area, shared.selected)
        elif behind:
            widget = shared.widget
            style = widget.style() if widget is not None else QApplication.style()
            style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)
        if row.is_reference and row.place > 0:
            painter.fillRect(area.left(), area.top(), area.width(), 1, shared.between())

    def box(self, cell: QRect, direction: Qt.LayoutDirection) -> QRect:
        """Where the box to mark a row is, in the cell of its name, with some room around to hit it."""
        box = QRect(cell.left(), cell.top(), SPACE + self._indicator().width() + HALF, cell.height())
        return QStyle.visualRect(direction, cell, box)

    @staticmethod
    def _indicator() -> QSize:
        style = QApplication.style()
        metric = QStyle.PixelMetric
        width, height = (style.pixelMetric(one) for one in (metric.PM_IndicatorWidth, metric.PM_IndicatorHeight))
        return QSize(width, height)

    def _paint_mark(self, painter: QPainter, cell: QRect, shared: Shared, row: ShownRow) -> int:
        """Paint the box of a row that can be marked; where what follows it begins."""
        is_marked = self._model.is_marked(row.number)
        box = shared.boxes.get(is_marked)
        if box is None:
            box = shared.boxes[is_marked] = self._mark(self._indicator(), shared, is_marked=is_marked)
        size = box.deviceIndependentSize().toSize()
        place = QRect(QPoint(cell.left() + SPACE, cell.top() + (cell.height() - size.height()) // 2), size)
        painter.drawPixmap(shared.placed(cell, place).topLeft(), box)
        return cell.left() + 2 * SPACE + size.width()

    def _mark(self, size: QSize, shared: Shared, *, is_marked: bool) -> QPixmap:
        """A box, drawn once in today's colours."""
        palette = QApplication.palette("QCheckBox")  # type: ignore[call-overload]  # PySide takes no bytes
        widget, ratio = shared.widget, shared.ratio
        key = (is_marked, size.width(), palette.cacheKey(), ratio)
        if key not in self._boxes:
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
            self._boxes[key] = pixmap
        return self._boxes[key]

    def _paint_star(self, painter: QPainter, cell: QRect, shared: Shared, *, selected: bool) -> int:
        """Paint the mark of a reference before its words; where these begin."""
        side = 2 * SPACE
        place = QRect(cell.left() + SPACE, cell.top() + (cell.height() - side) // 2, side, side)
        colour = shared.white if selected else shared.tone("accent")
        painter.drawPixmap(shared.placed(cell, place).topLeft(), icon_pixmap("reference", side, colour, shared.ratio))
        return place.x() + side + HALF

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
        within = area.adjusted(RING if left == 0 else 0, 0, -RING if right == header.length() else 0, 0)
        return QStyle.visualRect(widget.layoutDirection(), area, within)

    def _paint_thumbnail(self, painter: QPainter, box: QRect, shared: Shared, row: ShownRow, *, selected: bool) -> None:
        rows = self._model.rows
        pixmap = None
        if row.state not in (State.FAILED, State.NOT_A_PICTURE) and not rows.is_gone(row.number):
            pixmap = self._pixmap(row, box.width(), shared.ratio)
        if pixmap is None:
            name = "failure" if row.state is State.FAILED else "picture"
            colour = QColor(Qt.GlobalColor.white) if selected else shared.tone("muted")
            pixmap = icon_pixmap(name, self._icon_side(box), colour, shared.ratio)
        size = pixmap.deviceIndependentSize().toSize()
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(box.center())
        painter.drawPixmap(place.topLeft(), pixmap)

    def ask_for(self, rows: Sequence[int], ratio: float) -> None:
        """Read no thumbnails but those of these rows: the others that were asked for aren't seen any more."""
        paths = self._model.rows.paths
        seen = {paths[row] for row in rows}
        self._thumbnails.cancel(self._asked - seen, self.side, ratio)
        self._asked = seen

    def _icon_side(self, box: QRect) -> int:
        """How large what stands for a picture is."""
        return box.width() // 2

    def _pixmap(self, row: ShownRow, side: int, ratio: float) -> QPixmap | None:
        """The picture, its longest side so long."""
        rows = self._model.rows
        look = Look(rows.generation(row.number), rows.seen(row.number))
        return self._thumbnails.get(rows.paths[row.number], side, ratio, look)
