"""A button that copies a text and says so."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from imgenc_gui.gui.look.icons import set_icon

_COPIED_MS = 1500


class CopyButton(QPushButton):
    """Copies a text, and says "Copied" for a moment, to screen readers too. ``name`` tells them what it copies."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._text = ""
        self.setIconSize(QSize(16, 16))
        self.setAutoDefault(False)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_COPIED_MS)
        self._calm.timeout.connect(self._rest)
        self.clicked.connect(self._copy)
        self._rest()

    def set_text_to_copy(self, text: str) -> None:
        """Set what a click puts on the clipboard."""
        self._text = text
        self._rest()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.setText(self.tr("Copied"))
        self.setAccessibleName(self.text())
        set_icon(self, "check")
        self._calm.start()

    def _rest(self) -> None:
        self._calm.stop()
        self.setText(self.tr("Copy"))
        self.setAccessibleName(self._name)
        set_icon(self, "copy")
