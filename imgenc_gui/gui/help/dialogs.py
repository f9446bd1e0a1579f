"""The help menu's dialogs: what imgenc is, with versions, and the list of keys.

Use::

    AboutDialog(parent).open()                                   # needs the application's palette only
    KeyboardDialog(shortcut_sections(menu_bar), parent).open()   # the keys as the menus have them, so never out of date

``shortcut_sections`` gives [(menu's title, [(entry's text, keys), ...]), ...]; add sections of your own where keys work
outside the menus, ``preview_keys()`` for the preview.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

import imgenc_gui
from imgenc_gui.gui.errors.reporter import versions_text
from imgenc_gui.gui.look.theme import BROAD, HALF, SPACE, WIDE, app_icon, fixed_font, heading_font, muted, set_icon

Section = tuple[str, list[tuple[str, str]]]


class AboutDialog(QDialog):
    """What imgenc is, its version and those of what it stands on, to copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About imgenc"))
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(QSize(64, 64), self.devicePixelRatioF()))
        picture.setAccessibleName(self.tr("imgenc's icon"))
        name = QLabel(f"imgenc {imgenc_gui.__version__}")
        font = heading_font(name)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        name.setFont(font)
        words = QLabel(
            self.tr(
                "Turns pictures into short codes for finding copies and lookalikes. "
                "The codes equal those of imagededup, bit for bit."
            )
        )
        words.setWordWrap(True)
        licence = muted(
            QLabel(self.tr("Free software under the MIT licence. Your pictures never leave this computer."))
        )
        licence.setWordWrap(True)
        head = QVBoxLayout()
        head.setSpacing(SPACE)
        for label in (name, words, licence):
            head.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(WIDE)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(head, 1)

        self._versions = QPlainTextEdit(versions_text())
        self._versions.setReadOnly(True)
        self._versions.setTabChangesFocus(True)
        self._versions.setFont(fixed_font())
        self._versions.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._versions.setAccessibleName(self.tr("Versions"))
        caption = muted(QLabel(self.tr("&Versions")))
        caption.setBuddy(self._versions)

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self._copy = buttons.addButton(self.tr("&Copy versions"), QDialogButtonBox.ButtonRole.ActionRole)
        set_icon(self._copy, "copy")
        self._copy.clicked.connect(self._copy_versions)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.setFocus()

        below = QVBoxLayout()
        below.setSpacing(HALF)
        below.addWidget(caption)
        below.addWidget(self._versions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        layout.addLayout(top)
        layout.addLayout(below)
        layout.addWidget(buttons)
        self.resize(480, 420)

    def _copy_versions(self) -> None:
        QGuiApplication.clipboard().setText(self._versions.toPlainText())
        self._copy.setText(self.tr("Copied"))


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


def shortcut_sections(menu_bar: QMenuBar) -> list[Section]:
    """Return every menu's entries that have keys, submenus included; menus without any are left out."""

    def entries(menu: QMenu) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                found += entries(inner)
            elif action.shortcuts():
                keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
                found.append((_plain(action.text()), ", ".join(dict.fromkeys(keys))))
        return found

    menus = [action.menu() for action in menu_bar.actions()]
    sections = [(_plain(menu.title()), entries(menu)) for menu in menus if isinstance(menu, QMenu)]
    return [section for section in sections if section[1]]


def preview_keys() -> Section:
    """Return the keys that work in the inspector's preview, for the list of keys."""
    translate = QCoreApplication.translate
    return (
        translate("keys", "Preview"),
        [
            (translate("keys", "Whole picture or 100 %"), "Z"),
            (translate("keys", "100 %"), "+"),
            (translate("keys", "Whole picture"), "-"),
            (translate("keys", "Move about at 100 %"), translate("keys", "Arrow keys")),
        ],
    )


class KeyboardDialog(QDialog):
    """The list of keys, a section for each menu."""

    def __init__(self, sections: Sequence[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        grid.setHorizontalSpacing(2 * BROAD)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(0, 1)
        row = 0
        for title, entries in sections:
            heading = QLabel(title)
            heading.setFont(heading_font(heading))
            if row:
                grid.setRowMinimumHeight(row, SPACE)
                row += 1
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for text, keys in entries:
                value = muted(QLabel(keys))
                value.setAccessibleName(f"{text}: {keys}")
                grid.addWidget(QLabel(text), row, 0)
                grid.addWidget(value, row, 1)
                row += 1
        grid.setRowStretch(row, 1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName(self.tr("List of keys"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, WIDE, WIDE)
        layout.setSpacing(WIDE)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(440, min(body.sizeHint().height() + buttons.sizeHint().height() + 2 * BROAD, 560))
