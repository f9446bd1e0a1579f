"""Two pictures side by side with their names and how far apart they are: a button that shows both."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.icons import paint_icon
from imgenc_gui.gui.look.letters import lines
from imgenc_gui.gui.look.plain import text_painter, tip
from imgenc_gui.gui.look.theme import tone
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails

_WIDTH, _HEIGHT = 12 * SPACE, 9 * SPACE  # of each picture's place
_ROUND = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of a pair: its file, its name as it is shown, and which look of it is wanted."""

    path: str
    name: str
    look: Look


def card_height(widget: QWidget) -> int:
    """How high a card is in a widget's font."""
    return _HEIGHT + 3 * HALF + 2 * lines(widget, 1)


class PairCard(QAbstractButton):
    """Emits ``clicked``."""

    def __init__(self, pair: tuple[Shown, Shown], distance: str, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._pair, self._distance = pair, distance
        self._thumbnails = thumbnails
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        names = [shown.name for shown in pair]
        words = self.tr("{0} and {1}: {2}").format(*names, distance)
        self.setAccessibleName(words)
        self.setAccessibleDescription(self.tr("Selects both in the table"))
        self.setToolTip(tip("\n".join([*names, distance, self.accessibleDescription()])))
        thumbnails.ready.connect(self._note_ready)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it, as it does any other button of a dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Both pictures, a line for the names and one for the distance."""
        return QSize(2 * _WIDTH + 3 * HALF, card_height(self))

    def _note_ready(self, path: str) -> None:
        if any(path == shown.path for shown in self._pair):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both pictures, their names below them, and the distance."""
        del event
        painter = text_painter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
            painter.drawRoundedRect(self.rect(), _ROUND, _ROUND)
        row = lines(self, 1)
        for side, shown in enumerate(self._pair):
            box = QRect(HALF + side * (_WIDTH + HALF), HALF, _WIDTH, _HEIGHT)
            self._paint_picture(painter, box, shown)
            words = QRect(box.left(), box.bottom() + HALF, _WIDTH, row)
            text = self.fontMetrics().elidedText(shown.name, Qt.TextElideMode.ElideMiddle, _WIDTH)
            painter.setPen(tone("muted"))
            painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, text)
        below = QRect(0, self.height() - row - HALF, self.width(), row)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self._distance)
        painter.end()

    def _paint_picture(self, painter: QPainter, box: QRect, shown: Shown) -> None:
        pixmap = self._thumbnails.get(shown.path, _WIDTH, self.devicePixelRatioF(), shown.look)
        place = QRect(0, 0, _HEIGHT // 2, _HEIGHT // 2)
        if pixmap is None:
            place.moveCenter(box.center())
            paint_icon(painter, "picture", place.toRectF(), QColor(tone("muted")))
            return
        size = pixmap.deviceIndependentSize().toSize()
        if size.height() > box.height():
            size.scale(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place.setSize(size)
        place.moveCenter(box.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, pixmap)
