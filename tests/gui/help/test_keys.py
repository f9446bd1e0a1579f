"""The list of keys."""

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QMainWindow

from imgenc_gui.gui.help.keys import KeyboardDialog, preview_keys, shortcut_sections


def test_the_list_has_every_key_of_the_menus(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    file_menu = window.menuBar().addMenu("&File")
    file_menu.addAction("Open &folder…").setShortcut(QKeySequence("Ctrl+O"))
    file_menu.addAction("No key")
    inner = file_menu.addMenu("&More")
    inner.addAction("Cut && run").setShortcuts([QKeySequence("F5"), QKeySequence("Ctrl+R")])
    window.menuBar().addMenu("&Empty")
    sections = shortcut_sections(window.menuBar())
    assert sections == [("File", [("Open folder", "Ctrl+O"), ("Cut & run", "F5, Ctrl+R")])]
    dialog = KeyboardDialog([*sections, preview_keys()], window)
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"File", "Open folder", "Ctrl+O", "Cut & run", "F5, Ctrl+R", "Preview", "Z"} <= shown
