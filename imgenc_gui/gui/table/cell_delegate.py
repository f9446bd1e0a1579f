"""How a picture is painted in the grid: large, its name below it, and in one more line what else is to be said."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QToolTip, QWidget

from imgenc_gui.core.states import State
from imgenc_gui.gui.look.focus import paint_ring
from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.icons import icon_pixmap
from imgenc_gui.gui.look.letters import lines
from imgenc_gui.gui.look.theme import Tone
from imgenc_gui.gui.table.columns import NAME, PIXELS, STATUS
from imgenc_gui.gui.table.delegate import Index, RowDelegate
from imgenc_gui.gui.table.sharing import Letters, Shared, ShownRow

_MARK = 2 * SPACE  # the side of the marks before the words
_CENTRED = int(Qt.AlignmentFlag.AlignCenter)
_LEADING = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_UNCUT = int(Qt.TextFlag.TextDontClip)  # fonts may reach beyond their letters' width
_FORCED = int(Qt.TextFlag.TextForceLeftToRight)  # "800 x 600", also where the window is mirrored
_MOST_ICON = 6 * SPACE
_ROUND = HALF  # the corners of what is selected
_INSET = 2


class CellDelegate(RowDelegate):
    """Paints cells whose pictures are at most ``side`` wide and high."""

    side = 160  # until it is chosen

    def size(self, widget: QWidget) -> tuple[int, int]:
        """How large a cell is."""
        return self.side + 2 * SPACE, self.side + 2 * SPACE + HALF + self._words_height(widget)

    @staticmethod
    def _words_height(widget: QWidget) -> int:
        return max(lines(widget, 1), _MARK) * 2

    def shared(self, view: QAbstractItemView) -> Shared:
        """What all cells of one painting share."""
        option = QStyleOptionViewItem()
        view.initViewItemOption(option)
        return Shared(self._model, option, self._cut)

    def paint_cell(
        self, painter: QPainter, area: QRect, shared: Shared, position: int, *, selected: bool, focused: bool
    ) -> None:
        """Paint the picture at a position."""
        row = shared.row_at(position)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        if selected:
            self._paint_selected(painter, area, shared)
        picture = QRect(area.left() + (area.width() - self.side) // 2, area.top() + SPACE, self.side, self.side)
        self._paint_thumbnail(painter, picture, shared, row, selected=selected)
        name, rest = self._lines(area)
        if shared.banded is not None:
            taken = self._paint_mark(painter, name.adjusted(-SPACE, 0, SPACE, 0), shared, row) - name.left()
            name.adjust(taken, 0, -taken, 0)  # so that it stands below the middle of its picture
        shown = shared.column_at(self._model.section(NAME))
        letters = shown.of_references if row.is_reference else shown.letters
        text = self._model.text(row.number, NAME)
        if row.beside:
            text = f"{text} {row.beside}"
        painter.setFont(letters.font)
        painter.setPen(shared.white if selected else shared.text)
        painter.drawText(name, _CENTRED, letters.cut(text, name.width()))
        self._paint_rest(painter, rest, shared, row, selected=selected)
        if focused:
            line, gap = QPalette.ColorRole.Accent, QPalette.ColorRole.Base
            if selected:  # within the accent's colour: outside, white would be lost on white
                line, gap = QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight
                area = area.adjusted(_INSET, _INSET, -_INSET, -_INSET)
            paint_ring(painter, area, line, gap)

    @staticmethod
    def _paint_selected(painter: QPainter, area: QRect, shared: Shared) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shared.selected)
        painter.drawRoundedRect(area, _ROUND, _ROUND)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _lines(self, area: QRect) -> tuple[QRect, QRect]:
        """Where the name is, and what is said below it."""
        top = area.top() + SPACE + self.side + HALF
        height = (area.bottom() + 1 - SPACE - top) // 2
        name = QRect(area.left() + SPACE, top, area.width() - 2 * SPACE, height)
        return name, name.translated(0, height)

    def _paint_rest(self, painter: QPainter, line: QRect, shared: Shared, row: ShownRow, *, selected: bool) -> None:
        """Paint how alike it is, or what wants attention, or else its size."""
        letters = self._letters(shared)
        text, colour, forced = self._rest(shared, row)
        mark, mark_tone = self._mark_of(row)
        beside = _MARK + HALF if mark else 0
        cut = letters.cut(text, line.width() - beside)
        width = min(letters.metrics.horizontalAdvance(cut), line.width() - beside)
        left = line.left() + (line.width() - beside - width) // 2
        if mark:
            place = shared.placed(line, QRect(left, line.top() + (line.height() - _MARK) // 2, _MARK, _MARK))
            mark_colour = shared.white if selected else shared.tone(mark_tone)
            painter.drawPixmap(place.topLeft(), icon_pixmap(mark, _MARK, mark_colour, shared.ratio))
        painter.setFont(letters.font)
        painter.setPen(shared.white if selected else colour)
        words = shared.placed(line, QRect(left + beside, line.top(), width, line.height()))
        painter.drawText(words, _CENTRED | _UNCUT | forced, cut)

    def _letters(self, shared: Shared) -> Letters:
        return shared.column_at(self._model.section(STATUS)).letters

    def _rest(self, shared: Shared, row: ShownRow) -> tuple[str, QColor, int]:
        """The words, their colour, and what keeps their order."""
        if shared.banded is not None:
            return shared.banded.likeness(row.number), shared.tone("muted"), 0
        if self._is_usual(row):
            return self._model.text(row.number, PIXELS), shared.tone("muted"), _FORCED
        return self._model.text(row.number, STATUS), shared.of_state(row), 0

    def _is_usual(self, row: ShownRow) -> bool:
        """Whether nothing is to be said of its state."""
        rows = self._model.rows
        return row.state is State.ENCODED and not (
            rows.is_gone(row.number)
            or rows.is_changed(row.number)
            or rows.is_warned(row.number)
            or rows.is_expected(row.number)
        )

    def _mark_of(self, row: ShownRow) -> tuple[str, Tone]:
        """The mark of what wants attention, or of a reference; "" for none."""
        rows = self._model.rows
        if row.state is State.FAILED:
            return "failure", "failure"
        if row.state is State.ENCODED and not rows.is_gone(row.number):
            if rows.is_changed(row.number):
                return "update", "muted"
            if rows.is_warned(row.number):
                return "warning", "warning"
        return ("reference" if row.is_reference else ""), "accent"

    def box(self, cell: QRect, direction: Qt.LayoutDirection) -> QRect:
        """Where the box to mark a row is, with some room around to hit it."""
        name, _ = self._lines(cell)
        box = QRect(cell.left(), name.top(), SPACE + self._indicator().width() + HALF, name.height())
        return QStyle.visualRect(direction, cell, box)

    def paint_heading(self, painter: QPainter, area: QRect, shared: Shared, position: int) -> None:
        """Say which group begins."""
        banded = shared.banded
        if banded is None:
            return
        if position:
            painter.fillRect(area.left(), area.top() + HALF, area.width(), 1, shared.between())
        shown = shared.column_at(self._model.section(NAME))
        painter.setFont(shown.of_references.font)
        painter.setPen(shared.text)
        words = banded.heading(self._model.row_at(position))
        alignment = QStyle.visualAlignment(shared.direction, _LEADING) | Qt.AlignmentFlag.AlignAbsolute
        words = shown.of_references.cut(words, area.width() - 2 * SPACE)
        painter.drawText(area.adjusted(SPACE, SPACE, -SPACE, 0), int(alignment), words)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Say in a tip what other columns of the table say."""
        if event.type() != QHelpEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), self._model.row_tip(self._model.row_at(index.row())), view, option.rect)
        return True

    def _icon_side(self, box: QRect) -> int:
        return min(super()._icon_side(box), _MOST_ICON)

    def _pixmap(self, row: ShownRow, side: int, ratio: float) -> QPixmap | None:
        """The picture; until it is read in this size, as it was read in another."""
        found = super()._pixmap(row, side, ratio)
        return found if found is not None else self._thumbnails.in_other_size(self._model.rows.paths[row.number], side)
