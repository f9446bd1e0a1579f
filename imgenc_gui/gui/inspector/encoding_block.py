"""One encoding of one picture: its name, Copy, the characters or numbers, and how they look."""

from __future__ import annotations

import string

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStyle, QStyleOptionFrame, QVBoxLayout, QWidget

from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method
from imgenc_gui.gui.inspector.copy_button import CopyButton
from imgenc_gui.gui.look.encoding_views import HashPattern, HeatMap
from imgenc_gui.gui.look.field import Field
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.letters import set_fixed_font
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted

_MARGIN = 2  # that Qt leaves on either side of a line's text
_MOST = 100  # numbers that are tried


def _width(field: Field, characters: int) -> int:
    """The room for hexadecimal characters, also where the system has no fixed-width font."""
    return characters * max(map(field.fontMetrics().horizontalAdvance, string.hexdigits))


class EncodingField(Field):
    """A hash, or as many of a vector's first numbers as there is room for, none of them cut."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: list[str] = []
        self.setReadOnly(True)
        set_fixed_font(self)
        follow(self, "width", EncodingField._follow_font)

    def show_encoding(self, encoding: Encoding) -> None:
        """Show another one."""
        self._numbers = [] if isinstance(encoding, str) else [f"{value:.3g}" for value in encoding[:_MOST]]
        if isinstance(encoding, str):
            self.setText(encoding)
        else:
            self._fit()
        self.setCursorPosition(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many numbers as there is room for now."""
        super().resizeEvent(event)
        if self._numbers:
            self._fit()

    def _follow_font(self) -> None:
        self.setMinimumWidth(_width(self, HASH_CHARACTERS) + 3 * SPACE)
        if self._numbers:
            self._fit()

    def _fit(self) -> None:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        area = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        room = area.width() - 2 * _MARGIN
        text = f"{self._numbers[0]} …"  # at the least
        for count in range(2, len(self._numbers) + 1):
            more = ", ".join(self._numbers[:count]) + " …"
            if self.fontMetrics().horizontalAdvance(more) > room:
                break
            text = more
        self.setText(text)


class EncodingBlock(QWidget):
    """One method's encoding: its name, Copy, the characters or numbers, and how they look."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method
        self.value = EncodingField()
        self.value.setAccessibleName(self.tr("{method} encoding").format(method=method.label))
        self.name = Label(method.label)
        self.name.setBuddy(self.value)
        self.copy = CopyButton(self.tr("Copy {method}").format(method=method.label))
        self.note = muted(Label())
        self.note.setWordWrap(True)
        self.picture: HashPattern | HeatMap = HashPattern() if method.is_hash else HeatMap()

        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.name)
        top.addStretch(1)
        top.addWidget(self.copy)
        lines = QVBoxLayout()
        lines.setSpacing(HALF)
        lines.addLayout(top)
        lines.addWidget(self.value)
        lines.addWidget(self.note)
        lines.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(WIDE)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(lines, 1)
        self.note.setVisible(not method.is_hash)

    def show_encoding(self, encoding: Encoding) -> None:
        """Show another picture's encoding."""
        self.value.show_encoding(encoding)
        if isinstance(encoding, str):
            assert isinstance(self.picture, HashPattern)  # noqa: S101 - a hash method's block
            self.picture.set_hash(encoding)
            self.copy.set_text_to_copy(encoding)
        else:
            assert isinstance(self.picture, HeatMap)  # noqa: S101 - an embedding's block
            self.picture.set_vector(encoding)
            self.copy.set_text_to_copy(vector_text(encoding))
            norm = float(np.linalg.norm(encoding.astype(np.float64)))
            self.note.setText(
                self.tr("The first of {count} numbers. Length (L2 norm): {norm:.4g}").format(
                    count=encoding.size, norm=norm
                )
            )
