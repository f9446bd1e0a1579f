"""Buttons of the bars: an action's, and one that opens something below itself."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QStyleOptionToolButton, QToolButton

from imgenc_gui.gui.look.grid import HALF
from imgenc_gui.gui.look.icons import icon, icon_of, icon_pixmap

_ARROW = 16  # its side


class ToolButton(QToolButton):
    """An action's button. Under the pointer its icon keeps its colour, which a menu's row would change."""

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        """Take the icon that isn't for menus."""
        super().initStyleOption(option)
        action: QAction | None = self.defaultAction()  # the stub forgets that there may be none
        name = icon_of(action) if action is not None else ""
        if name:
            option.icon = icon(name)


class MenuButton(QToolButton):
    """Words, and at their right an arrow as large as their letters: the style's is tiny."""

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
        arrow = icon_pixmap("chevron-down", _ARROW, colour, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(QRect(left, (self.height() - _ARROW) // 2, _ARROW, _ARROW), arrow)
        painter.end()
