"""Choosing methods: with the mouse, with the keyboard, and never none."""

import dataclasses

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QPushButton, QScrollArea

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.methods.selector import MethodSelector


@pytest.fixture
def selector(qtbot):
    widget = MethodSelector()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def box(widget, method):
    return widget.panel.findChild(QCheckBox, f"method_{method.id}")


def click(widget, method, qtbot):
    target = box(widget, method)
    qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(10, target.height() // 2))


def test_it_starts_with_phash_and_names_what_is_chosen(selector):
    assert selector.methods() == (PHASH,)
    assert selector.text() == "PHash"
    selector.set_methods((CNN, AHASH))
    assert selector.methods() == (AHASH, CNN)
    assert selector.text() == "AHash, CNN"
    selector.set_methods((CNN, AHASH, DHASH))
    assert selector.text() == "AHash + 2 more"
    assert "DHash" in selector.accessibleName()
    selector.set_methods(METHODS)
    assert selector.text() == "All methods"


def test_clicking_opens_the_panel_and_a_tick_is_announced(selector, qtbot):
    qtbot.mouseClick(selector, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(selector.panel.isVisible, timeout=5000)
    with qtbot.waitSignal(selector.methods_changed, timeout=5000) as caught:
        click(selector, DHASH, qtbot)
    assert caught.args == [(PHASH, DHASH)]
    assert selector.text() == "PHash, DHash"


def test_keyboard_alone_chooses(selector, qtbot):
    selector.setFocus()
    qtbot.keyClick(selector, Qt.Key.Key_Down)
    qtbot.waitUntil(selector.panel.isVisible, timeout=5000)
    popup = selector.panel.window()
    assert popup.focusWidget() is box(selector, PHASH)
    qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Down)
    assert popup.focusWidget() is box(selector, AHASH)
    qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Space)
    assert selector.methods() == (PHASH, AHASH)
    qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_enter_on_the_button_for_networks_presses_it(selector, qtbot):
    qtbot.keyClick(selector, Qt.Key.Key_Down)
    button = selector.panel.findChild(QPushButton)
    button.setFocus()
    with qtbot.waitSignal(selector.networks_requested, timeout=5000):
        qtbot.keyClick(button, Qt.Key.Key_Return)


def test_setting_methods_by_program_announces_nothing(selector):
    announced = []
    selector.methods_changed.connect(announced.append)
    selector.set_methods((WHASH,))
    assert announced == []


def test_methods_come_and_go_and_the_panel_has_room_for_all(selector, qtbot):
    # GIVEN a panel that was open once
    def opened():
        selector.show_panel()
        area = selector.panel.window().findChild(QScrollArea)
        qtbot.wait(50)
        beyond = area.verticalScrollBar().maximum()
        selector.panel.window().close()
        return beyond

    assert opened() == 0
    new = dataclasses.replace(CNN, id="new-net", label="New net")
    METHODS.register(new)
    try:
        # WHEN a method comes
        selector.refresh()
        # THEN it can be chosen, and nothing is cut off
        assert opened() == 0
        assert selector.methods() == (PHASH,)
        selector.set_methods((new,))
        assert selector.text() == "New net"
    finally:
        METHODS.remove(new)
    # AND when it goes, something is chosen still
    selector.refresh()
    assert box(selector, new) is None
    assert selector.methods() == (PHASH,)
    assert selector.text() == "PHash"
    assert opened() == 0
