"""About and the list of keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton

import imgenc_gui
from imgenc_gui.gui.help.dialogs import AboutDialog, KeyboardDialog, preview_keys, shortcut_sections


def test_about_names_the_version_and_copies_all_of_them(qtbot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    assert any(imgenc_gui.__version__ in label.text() for label in dialog.findChildren(QLabel))
    copy = next(b for b in dialog.findChildren(QPushButton) if "opy" in b.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert f"imgenc {imgenc_gui.__version__}" in text
    assert "Pillow" in text
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


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
