"""Keys in dialogs: Enter presses what is meant for it, or the button that has the keyboard; Tab goes as one reads."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton

from imgenc_gui.gui.compare.pair_card import PairCard
from tests.gui.panels import make

ENTER = {
    "settings": "OK",
    "export": "Export",
    "error": "Close",
    "open": "Open",
    "about": "Close",
    "licences": "Close",
    "threshold": "Use this",
    "networks": "Close",
    "recipe": "Add",
    "explanation": "Close",
    "keys": "Close",
}


def words(button):
    return button.text().replace("&", "")


@pytest.fixture(params=ENTER)
def dialog(request, tmp_path, qtbot):
    owner, window = make(request.param, tmp_path)
    qtbot.addWidget(owner)
    window.setObjectName(request.param)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    return window


def test_enter_presses_what_is_meant_for_it(dialog):
    (default,) = (button for button in dialog.findChildren(QPushButton) if button.isDefault() and button.isVisible())
    assert words(default) == ENTER[dialog.objectName()]


def test_enter_presses_the_button_that_has_the_keyboard(dialog):
    kinds = (QPushButton, PairCard)
    there = [button for kind in kinds for button in dialog.findChildren(kind)]
    buttons = [button for button in there if button.isVisible() and button.isEnabled()]
    pressed = []
    for button in buttons:
        button.clicked.disconnect()  # only what is pressed is asked
        button.clicked.connect(lambda _checked=False, button=button: pressed.append(button))
    for button in buttons:
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Return)
    assert pressed == buttons


def test_tab_goes_through_the_buttons_as_they_stand_and_last(dialog):
    stops = []
    for _ in range(80):
        widget = QApplication.focusWidget()
        if widget in stops:
            break
        stops.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    (box,) = (box for box in dialog.findChildren(QDialogButtonBox) if box.isVisible())
    seen = sorted(box.buttons(), key=lambda button: button.mapTo(dialog, QPoint()).x())
    first = stops.index(seen[0])
    turn = stops[first:] + stops[:first]
    assert turn[: len(seen)] == seen
    above = turn[len(seen) :]
    assert above == sorted(above, key=lambda widget: isinstance(widget, PairCard))  # the last but for these


@pytest.mark.parametrize("name", ["about", "error"])
def test_what_is_read_is_closed_by_the_next_key(name, tmp_path, qtbot):
    owner, _ = make(name, tmp_path)
    qtbot.addWidget(owner)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=5000)
    assert words(QApplication.focusWidget()) == "Close"
