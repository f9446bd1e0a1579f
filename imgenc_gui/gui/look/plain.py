"""Plain text on the screen. What Qt would take for more than that may be the name of a file."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class Label(QLabel):
    """A label of plain text. A QLabel takes what looks like HTML for HTML."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def tip(text: str) -> str:
    """Text for a tool tip. Those have no switch: what looks like HTML is HTML, so that such text must become it."""
    if "<" not in text and "&lt;" not in text:
        return text
    return f'<p style="white-space:pre">{html.escape(text)}</p>'


def caption(text: str) -> str:
    """Text for a button or a menu, where "&" would make the next letter a key."""
    return text.replace("&", "&&")
