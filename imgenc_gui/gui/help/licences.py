"""The parts that imgenc is made of, and the text of the licence of whichever is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QListWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from imgenc_gui.core.licences import Part, parts, text_of
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import heading, letters, set_fixed_font, size_dialog
from imgenc_gui.gui.look.plain import Label, Lines, tip
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.work.jobs import Jobs

_NAMES = 22  # letters: the list's width, at least


class LicencesDialog(QDialog):
    """A list of the parts; beside it name, version and licence of the one that is chosen, and its texts."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Licences"))
        self._jobs = jobs
        self._parts: list[Part] = []
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Parts"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        follow(self._list, "width", lambda names: names.setMinimumWidth(letters(names, _NAMES)))
        self._list.currentRowChanged.connect(self._choose)
        caption = muted(Label(self.tr("&Parts that imgenc is made of")))
        caption.setBuddy(self._list)
        caption.setWordWrap(True)
        self._name = heading(Label(self.tr("Reading…")))
        self._name.setWordWrap(True)
        self._licence = muted(Label())
        self._licence.setWordWrap(True)
        self._text = set_fixed_font(Lines(self.tr("Licence")))

        left = QVBoxLayout()
        left.setSpacing(HALF)
        left.addWidget(caption)
        left.addWidget(self._list, 1)
        right = QVBoxLayout()
        right.setSpacing(HALF)
        for label in (self._name, self._licence):
            right.addWidget(label)
        right.addWidget(self._text, 1)
        beside = QHBoxLayout()
        beside.setSpacing(WIDE)
        beside.addLayout(left, 1)
        beside.addLayout(right, 3)

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(SPACE)
        layout.addLayout(beside, 1)
        layout.addWidget(buttons)
        size_dialog(self, 130, 40)
        self._list.setFocus()
        jobs.run(parts, self._show)

    def _show(self, found: list[Part]) -> None:
        if not isValid(self):  # it was closed meanwhile
            return
        self._parts = found
        self._list.addItems([part.name for part in found])
        for row, part in enumerate(found):
            self._list.item(row).setToolTip(tip(part.name))
        self._list.setCurrentRow(0)

    def _choose(self, row: int) -> None:
        part = self._parts[row]

        def show(text: str) -> None:
            if isValid(self) and self._list.currentRow() == row:
                self._text.setPlainText(text)

        self._name.setText(f"{part.name} {part.version}".strip())
        self._licence.setText(part.licence or self.tr("Its licence stands in its text."))
        self._text.setPlainText("")
        self._jobs.run(lambda: text_of(part), show)
