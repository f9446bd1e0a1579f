"""A button that opens something below itself, with an arrow as large as its letters: the style's is tiny."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QStyleOptionToolButton, QToolButton

from imgenc_gui.gui.look.grid import HALF
from imgenc_gui.gui.look.icons import paint_icon

_ARROW = 16  # its side


class MenuButton(QToolButton):
    """Words, and the arrow at their right."""

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        """Draw no other arrow."""
        super().initStyleOption(option)
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu

    def sizeHint(self) -> QSize:
        """Leave room for the arrow."""
        return super().sizeHint() + QSize(_ARROW + HALF, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow, too."""
        super().paintEvent(event)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        colour = self.palette().color(group, QPalette.ColorRole.ButtonText)
        left = HALF if self.isRightToLeft() else self.width() - HALF - _ARROW
        painter = QPainter(self)
        paint_icon(painter, "chevron-down", QRectF(left, (self.height() - _ARROW) / 2, _ARROW, _ARROW), colour)
        painter.end()
