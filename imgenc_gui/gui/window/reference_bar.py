"""Above the table while there is a reference: its name, how many pictures are in it, and a button to let go of it."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from imgenc_gui.gui.look.grid import ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.look.letters import letters
from imgenc_gui.gui.look.plain import Label, tip
from imgenc_gui.gui.work.reference import Reference

_NAME = 40  # letters


class ReferenceBar(QFrame):
    """Follows the reference."""

    def __init__(self, reference: Reference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reference = reference
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self._label = Label()
        self._label.setWordWrap(True)
        self._let_go = QPushButton(self.tr("&Put it away"))
        self._let_go.setAccessibleName(self.tr("Put the reference away"))
        self._let_go.clicked.connect(reference.let_go)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE, SPACE, WIDE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(IconLabel("known", ICON, "accent"))
        row.addWidget(self._label, 1)
        row.addWidget(self._let_go)
        reference.changed.connect(self._show)
        self._show()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._label.text()

    def _show(self) -> None:
        reference = self._reference
        self.setVisible(bool(reference.exports))
        name = self.fontMetrics().elidedText(reference.name, Qt.TextElideMode.ElideMiddle, letters(self, _NAME))
        methods = ", ".join(method.label for method in reference.methods)
        known, new = reference.count(known=True), reference.count(known=False)
        number = QLocale().toString
        if reference.is_looking and not known + new:
            text = self.tr("Looking for your pictures in {0}…").format(name)
        elif not known + new:
            text = self.tr("Your pictures will be looked for in {0}, as soon as they are encoded with {1}.")
            text = text.format(name, methods)
        else:
            text = self.tr("{0} of {1} pictures are already in {2}.")
            text = text.format(number(known), number(known + new), name)
        self._label.setText(text)
        self._label.setToolTip(tip(reference.name))
