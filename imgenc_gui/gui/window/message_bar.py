"""A bar with one sentence under the header: what was refused, what was copied; it never interrupts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.gui.look.announcing import announce
from imgenc_gui.gui.look.grid import ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon, without_icons
from imgenc_gui.gui.look.letters import size_dialog
from imgenc_gui.gui.look.plain import Label, Lines

_LISTED = 200


class DetailsDialog(QDialog):
    """A sentence, and lines about it that scroll."""

    def __init__(self, sentence: str, lines: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Details"))
        self.words = Label(sentence)
        self.words.setWordWrap(True)
        shown = list(lines[:_LISTED])
        if len(lines) > _LISTED:
            shown.append(self.tr("… and {0} more").format(len(lines) - _LISTED))
        self.lines = Lines(self.tr("Details"), "\n".join(shown))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        layout.addWidget(self.words)
        layout.addWidget(self.lines, 1)
        layout.addWidget(buttons)
        close.setFocus()
        size_dialog(self, 80, 20)


class MessageBar(QFrame):
    """Hidden until it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self._details: list[str] = []
        self._is_warning = False
        self._icon = IconLabel("info", ICON)
        self._label = Label()
        self._label.setWordWrap(True)
        self._more = QPushButton(self.tr("&Details…"))
        self._more.setAccessibleName(self.tr("Details"))
        self._more.clicked.connect(self._show_details)
        self._actions: tuple[QAction | None, ...] = (None, None)
        self._acts = (QPushButton(), QPushButton())
        for number, button in enumerate(self._acts):
            # until there is an action, by whose name it goes
            button.setAccessibleName(self.tr("Do what is said here"))
            button.clicked.connect(partial(self._trigger, number))
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
        for button in self._acts:
            row.addWidget(button)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._label.text()

    def tell(
        self,
        text: str,
        details: Sequence[str] = (),
        *,
        warning: bool = False,
        action: QAction | None = None,
        other: QAction | None = None,
    ) -> None:
        """Show a sentence; the details open on demand. ``action``, ``other``: what can be done about it, as buttons."""
        self._label.setText(text)
        self._details = list(details)
        self._is_warning = warning
        self._more.setVisible(bool(self._details))
        self._actions = (action, other)
        for button, act in zip(self._acts, self._actions, strict=True):
            button.setVisible(act is not None)
            if act is not None:
                button.setText(act.text())
                button.setAccessibleName(act.text().replace("&", ""))
                button.setToolTip(act.toolTip())
        self._icon.set_icon_name("warning" if warning else "info", "warning" if warning else "accent")
        self.setVisible(True)
        announce(self, text)

    def add(
        self, text: str, details: Sequence[str] = (), *, warning: bool = False, action: QAction | None = None
    ) -> None:
        """Show a sentence behind what is shown already, and may have been said just once."""
        if self.isHidden():
            self.tell(text, details, warning=warning, action=action)
        elif text not in self.text:
            whole, lines = f"{self.text} {text}", [*self._details, *details]
            first, other = self._actions
            self.tell(whole, lines, warning=warning or self._is_warning, action=action or first, other=other)

    def withdraw(self, action: QAction) -> None:
        """Offer an action no more."""
        for button, act in zip(self._acts, self._actions, strict=True):
            button.setVisible(act is not None and act is not action)
        self._actions = tuple(None if act is action else act for act in self._actions)

    def _trigger(self, number: int) -> None:
        action = self._actions[number]
        if action is not None:
            action.trigger()

    def _show_details(self) -> None:
        box = DetailsDialog(self._label.text(), self._details, self.window())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
