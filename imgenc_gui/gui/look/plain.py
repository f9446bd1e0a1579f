"""Plain text on the screen. What Qt would take for more than that may be the name of a file."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QStyle, QWidget


class Label(QLabel):
    """A label of plain text. A QLabel takes what looks like HTML for HTML.

    Text goes as its letters do: a path, or a size, from left to right in a mirrored window, too; and it stands where
    the window's direction has it, where a QLabel would have it begin at the left.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(self.alignment())
        self.setText(text)

    def setAlignment(self, alignment: Qt.AlignmentFlag) -> None:
        """Align the text as the window goes."""
        super().setAlignment(QStyle.visualAlignment(QGuiApplication.layoutDirection(), alignment))


class Lines(QPlainTextEdit):
    """Lines to be read and copied, which go from left to right in any language: paths, and what stands in files."""

    def __init__(self, name: str, text: str = "", *, wraps: bool = True) -> None:
        """``name``: what screen readers call it."""
        super().__init__(text)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if not wraps:
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)


def text_painter(widget: QWidget) -> QPainter:
    """A painter whose texts go as their letters do; a widget's own turns "10 bits" round in a mirrored window."""
    painter = QPainter(widget)
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    return painter


def tip(text: str) -> str:
    """Text for a tool tip. Those have no switch: what looks like HTML is HTML, so that such text must become it."""
    if "<" not in text and "&lt;" not in text:
        return text
    return f'<p style="white-space:pre">{html.escape(text)}</p>'


def caption(text: str) -> str:
    """Text for a button or a menu, where "&" would make the next letter a key."""
    return text.replace("&", "&&")
