"""A line below a dialog's fields: what came of what was asked for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from imgenc_gui.gui.look.announcing import announce
from imgenc_gui.gui.look.grid import ICON, SPACE
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.look.plain import Label


class Said(QWidget):
    """Words that are announced, too, with a sign where they warn; nothing at first."""

    def __init__(self) -> None:
        super().__init__()
        self._words = Label()
        self._words.setWordWrap(True)
        self._sign = IconLabel("warning", ICON, "warning")
        self._sign.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)

    def say(self, text: str, *, warning: bool = False) -> None:
        """Say this instead of what was said before."""
        self._words.setText(text)
        self._sign.setVisible(warning)
        if text:
            announce(self._words, text)
