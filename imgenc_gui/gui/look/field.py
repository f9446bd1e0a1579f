"""A line of text whose keys don't take the window's away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class Field(QLineEdit):
    """A line of text. On Linux Qt's takes Ctrl+E for "to the end of the line", which nobody could export with then."""

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+E to the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            pressed = event.keyCombination()
            if pressed.key() == Qt.Key.Key_E and pressed.keyboardModifiers() == Qt.KeyboardModifier.ControlModifier:
                event.ignore()
                return False
        return super().event(event)
