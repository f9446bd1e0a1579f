"""The row of controls at the top: open, add, subfolders, methods, Encode or Stop, Export.

Where it is narrow, controls shorten to their icons; Export and Encode or Stop are the last to do so, and never go.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QPushButton, QSizePolicy, QToolButton, QWidget

from imgenc_gui.gui.look.folding import Folding, FoldingRow, fold_to_icon
from imgenc_gui.gui.look.grid import ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import icon_of, set_icon, set_primary
from imgenc_gui.gui.look.letters import at_least
from imgenc_gui.gui.look.tool_button import ToolButton
from imgenc_gui.gui.methods.selector import MethodSelector
from imgenc_gui.gui.window.actions import Action, Actions

_HEIGHT = 4 * SPACE + SPACE // 2


class PrimaryButton(QPushButton):
    """The window's main button in the accent colour, showing one action at a time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action: Action | None = None
        self._short = False
        self.clicked.connect(self._trigger)
        self.setIconSize(QSize(ICON, ICON))
        set_primary(self)

    def show_action(self, action: Action) -> None:
        """Be the button of this action from now on."""
        if self._action is not action:
            if self._action is not None:
                self._action.changed.disconnect(self._follow)
            self._action = action
            action.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """Be wide, and wider where the letters need it; as an icon, no wider than that."""
        return super().sizeHint().expandedTo(QSize(0 if self._short else 13 * SPACE, 0))

    def words(self) -> str:
        """What it says in full."""
        return self._action.text().replace("&", "") if self._action is not None else ""  # the letter is the menu's

    def set_short(self, *, short: bool) -> None:
        """Show the icon alone, or the words beside it."""
        self._short = short
        self.setText("" if short else self.words())

    def _trigger(self) -> None:
        if self._action is not None:
            self._action.trigger()

    def _follow(self) -> None:
        action = self._action
        if action is None:
            return
        self.set_short(short=self._short)
        self.setAccessibleName(self.words())
        self.setToolTip(action.toolTip())
        self.setEnabled(action.isEnabled())
        set_icon(self, icon_of(action))


class Header(QFrame):
    """Lays the controls out; the actions do the work."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.open_folder = self._tool(actions.open_folder)
        self.add_pictures = self._tool(actions.add_pictures)
        self.recursive = QCheckBox(actions.recursive.text())
        self.recursive.setAccessibleName(actions.recursive.text().replace("&", ""))
        self.recursive.setToolTip(actions.recursive.toolTip())
        self.recursive.clicked.connect(lambda _checked: actions.recursive.trigger())
        actions.recursive.toggled.connect(self.recursive.setChecked)
        self.methods = MethodSelector()
        at_least(self.methods, _HEIGHT)
        self.primary = PrimaryButton()
        at_least(self.primary, _HEIGHT)
        self.export = self._tool(actions.export)
        row = FoldingRow(self)
        row.setContentsMargins(WIDE, SPACE, WIDE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self.open_folder)
        row.addWidget(self.add_pictures)
        row.addSpacing(SPACE)
        row.addWidget(self.recursive)
        row.addSpacing(SPACE)
        row.addWidget(self.methods)
        row.addStretch(1)
        row.addWidget(self.export)
        row.addWidget(self.primary)
        row.fold_in_order(
            [
                fold_to_icon(self.add_pictures),
                fold_to_icon(self.open_folder),
                self._fold_recursive(actions.recursive.text()),
                Folding(
                    self.methods,
                    [lambda: self.methods.set_short(short=False), lambda: self.methods.set_short(short=True)],
                    self.methods.methods,
                ),
                fold_to_icon(self.export),
                Folding(
                    self.primary,
                    [lambda: self.primary.set_short(short=False), lambda: self.primary.set_short(short=True)],
                    self.primary.words,
                ),
            ]
        )
        self.show_running(running=False)

    def _fold_recursive(self, text: str) -> Folding:
        box = self.recursive
        box.setIconSize(QSize(ICON, ICON))

        def show(words: str, icon: str) -> None:
            box.setText(words)
            set_icon(box, icon)

        return Folding(box, [lambda: show(text, ""), lambda: show("", "subfolders")])

    def show_running(self, *, running: bool) -> None:
        """Make the main button Stop or Encode."""
        self.primary.show_action(self._actions.stop if running else self._actions.encode)

    @staticmethod
    def _tool(action: Action) -> QToolButton:
        button = ToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QSize(ICON, ICON))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        at_least(button, _HEIGHT)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        button.setAccessibleName(action.text().replace("&", ""))
        return button
