"""What the parts of the settings are made of: headings, sentences, controls with their names."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.letters import heading
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted


def headline(text: str) -> QLabel:
    """A part's title."""
    label = heading(Label(text))
    label.setContentsMargins(0, 0, 0, HALF)
    return label


def sentence(text: str) -> QLabel:
    """What is said of a setting."""
    label = muted(Label(text))
    label.setWordWrap(True)
    return label


def named(text: str, control: QWidget) -> QLabel:
    """A control's name, which leads to it."""
    label = Label(text)
    label.setBuddy(control)
    return label


def labelled(text: str, control: QWidget) -> QHBoxLayout:
    """A control with its name before it."""
    label = named(text, control)
    control.setMinimumWidth(max(16 * SPACE, control.sizeHint().width()))
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    row.addWidget(label)
    row.addStretch(1)
    row.addWidget(control, 0, Qt.AlignmentFlag.AlignRight)
    return row
