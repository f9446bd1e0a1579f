"""The list of keys, as the menus have them, so that it is never out of date."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QMenu,
    QMenuBar,
    QWidget,
)

from imgenc_gui.gui.help.page import fill_page
from imgenc_gui.gui.look.grid import BROAD, SPACE, WIDE
from imgenc_gui.gui.look.letters import heading
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted

Section = tuple[str, list[tuple[str, str]]]  # a menu's title; its entries' words and keys


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

    sections = []
    for action in menu_bar.actions():  # which has to be there as long as its menu is used: PySide6 6.8 lets both go
        menu = action.menu()
        if isinstance(menu, QMenu):
            sections.append((_plain(menu.title()), entries(menu)))
    return [section for section in sections if section[1]]


def preview_keys() -> Section:
    """Return the keys that work in the inspector's preview, outside the menus."""
    translate = QCoreApplication.translate
    return (
        translate("keys", "Preview"),
        [
            (translate("keys", "Whole picture or 100 %"), "Z"),
            (translate("keys", "Zoom in and out"), "+, -"),
            (translate("keys", "100 %"), "1"),
            (translate("keys", "Whole picture"), "0"),
            (translate("keys", "Move about in a picture that is zoomed"), translate("keys", "Arrow keys")),
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
            if row:
                grid.setRowMinimumHeight(row, SPACE)
                row += 1
            grid.addWidget(heading(Label(title)), row, 0, 1, 2)
            row += 1
            for text, keys in entries:
                value = muted(Label(keys))
                value.setAccessibleName(f"{text}: {keys}")
                name = Label(text)
                name.setWordWrap(True)
                grid.addWidget(name, row, 0)
                grid.addWidget(value, row, 1)
                row += 1
        grid.setRowStretch(row, 1)
        fill_page(self, body, self.tr("List of keys"), width=60, height=36)
