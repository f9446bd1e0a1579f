"""A bar with one sentence under the header: what was refused, what was copied; it never interrupts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMessageBox, QPushButton, QToolButton, QWidget

from imgenc_gui.gui.look.grid import ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon
from imgenc_gui.gui.look.plain import Label

_LISTED = 200


class MessageBar(QFrame):
    """Hidden until it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self._details: list[str] = []
        self._icon = IconLabel("info", ICON)
        self._label = Label()
        self._label.setWordWrap(True)
        self._more = QPushButton(self.tr("&Details…"))
        self._more.setAccessibleName(self.tr("Details"))
        self._more.clicked.connect(self._show_details)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.setToolTip(self.tr("Close this message"))
        set_icon(self._close, "close")
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE, SPACE, WIDE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self._icon)
        row.addWidget(self._label, 1)
        row.addWidget(self._more)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._label.text()

    def tell(self, text: str, details: Sequence[str] = (), *, warning: bool = False) -> None:
        """Show a sentence; the details open on demand."""
        self._label.setText(text)
        self._details = list(details)
        self._more.setVisible(bool(self._details))
        self._icon.set_icon_name("warning" if warning else "info", "warning" if warning else "accent")
        self.setVisible(True)

    def _show_details(self) -> None:
        box = QMessageBox(QMessageBox.Icon.Information, self.tr("Details"), self._label.text(), parent=self.window())
        box.setTextFormat(Qt.TextFormat.PlainText)
        lines = self._details[:_LISTED]
        if len(self._details) > _LISTED:
            lines.append(self.tr("… and {0} more").format(len(self._details) - _LISTED))
        box.setInformativeText("\n".join(lines[:8]))
        if len(lines) > 8:  # noqa: PLR2004 - as many as fit without scrolling
            box.setDetailedText("\n".join(lines))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
