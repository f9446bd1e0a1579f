"""Over the table while something is dragged over the window: where it can be let go, and what becomes of it there."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from imgenc_gui.gui.look.focus import RING
from imgenc_gui.gui.look.grid import SPACE, WIDE
from imgenc_gui.gui.look.icons import paint_icon
from imgenc_gui.gui.look.letters import lines
from imgenc_gui.gui.look.plain import text_painter
from imgenc_gui.gui.look.theme import tone

_RADIUS = 12
_ICON = 40
_COVER = 225  # of 255: the table is still seen behind it


class Place(Enum):
    """What becomes of what is let go."""

    ADD = "add"
    SIMILAR = "similar"


class DropChoice(QWidget):
    """Takes no drops itself: the window does, and tells where they are."""

    def __init__(self, table: QWidget, window: QWidget) -> None:
        """``window``: whose child it is, so that nothing of that lies upon it (the ring where the keyboard is)."""
        super().__init__(window)
        self._table = table
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Let go to add it to the table"))
        self._over = Place.ADD
        self._places: tuple[Place, ...] = (Place.ADD,)
        self.hide()

    @property
    def places(self) -> tuple[Place, ...]:
        """The places there are, from the top down."""
        return self._places

    def begin(self) -> None:
        """Cover the table, with the one place where everything may be let go."""
        place = QRect(self._table.mapTo(self.window(), QPoint()), self._table.size())
        self.setGeometry(place.adjusted(-RING, -RING, RING, RING))
        self._places = (Place.ADD,)
        self._over = Place.ADD
        self.show()
        self.raise_()

    def end(self) -> None:
        """Uncover the table."""
        self._places = (Place.ADD,)
        self.hide()

    def offer_similar(self) -> None:
        """It is one file: it can be asked about, too."""
        self._places = (Place.SIMILAR, Place.ADD)
        self.update()

    def move_to(self, position: QPoint) -> None:
        """Mark the place that something is dragged over; in the window's coordinates."""
        over = self.place_at(position)
        if over is not self._over:
            self._over = over
            self.update()

    def place_at(self, position: QPoint) -> Place:
        """What becomes of what is let go there; outside of all places it is added."""
        local = self.mapFrom(self.window(), position)
        return next((place for place in self._places if self._frame(place).contains(local)), Place.ADD)

    def _frame(self, place: Place) -> QRect:
        """A third at the top to ask about it; the rest, or all, to add it."""
        area = self.rect().adjusted(WIDE, WIDE, -WIDE, -WIDE)
        if len(self._places) == 1:
            return area
        upper = QRect(area.topLeft(), area.size())
        upper.setHeight((area.height() - SPACE) // 3)
        if place is Place.SIMILAR:
            return upper
        area.setTop(upper.bottom() + 1 + SPACE)
        return area

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the places."""
        del event
        painter = text_painter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cover = self.palette().color(QPalette.ColorRole.Window)
        cover.setAlpha(_COVER)
        painter.fillRect(self.rect(), cover)
        for place in self._places:
            self._paint_place(painter, place)
        painter.end()

    def _paint_place(self, painter: QPainter, place: Place) -> None:
        is_over = place is self._over
        frame = self._frame(place)
        accent = tone("accent")
        pen = QPen(accent if is_over else self.palette().color(QPalette.ColorRole.Mid), 2 if is_over else 1.5)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(frame), _RADIUS, _RADIUS)
        if is_over:
            wash = QColor(accent)
            wash.setAlpha(28)
            painter.setBrush(wash)
            painter.drawRoundedRect(QRectF(frame), _RADIUS, _RADIUS)
        line = lines(self, 1)
        icon = min(_ICON, max(0, frame.height() - line - 3 * SPACE))
        top = frame.center().y() - (icon + SPACE + line) // 2
        area = QRectF(frame.center().x() - icon / 2, top, icon, icon)
        name = "add-pictures" if place is Place.ADD else "similar"
        paint_icon(painter, name, area, accent if is_over else tone("muted"))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        words = QRect(frame.left(), top + icon + SPACE, frame.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._words(place))

    def _words(self, place: Place) -> str:
        return self.tr("Add to the table") if place is Place.ADD else self.tr("Find what is similar")
