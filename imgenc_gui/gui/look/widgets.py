"""Small widgets: a button that copies a text and says so, and a label that shortens its text in the middle."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from imgenc_gui.gui.look.icons import set_icon

_COPIED_MS = 1500


class CopyButton(QPushButton):
    """Copies a text, and says "Copied" for a moment."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        set_icon(self, "check")
        self._calm.start()

    def _rest(self) -> None:
        self._calm.stop()
        self.setText(self.tr("Copy"))
        set_icon(self, "copy")


class ElidedLabel(QLabel):
    """A label that shortens its text in the middle; the whole text is its tool tip and can be read out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_whole_text(self, text: str) -> None:
        """Show a text, shortened to the room there is."""
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._shorten()

    def whole_text(self) -> str:
        """Return the text as it was given."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten it anew."""
        super().resizeEvent(event)
        self._shorten()

    def changeEvent(self, event: QEvent) -> None:
        """Shorten it anew in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._shorten()

    def _shorten(self) -> None:
        printable = self._whole.encode("utf-8", "replace").decode("utf-8")  # names that aren't valid UTF-8
        self.setText(self.fontMetrics().elidedText(printable, Qt.TextElideMode.ElideMiddle, self.width()))
