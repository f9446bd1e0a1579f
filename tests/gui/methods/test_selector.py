"""Choosing methods: with the mouse, with the keyboard, and never none."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLabel

from imgenc_gui.core.encoding import Method
from imgenc_gui.gui.methods.selector import MethodPanel, MethodSelector, method_sentence


@pytest.fixture
def selector(qtbot):
    widget = MethodSelector()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def box(widget, method):
    return widget.panel.findChild(QCheckBox, f"method_{method.value}")


def click(widget, method, qtbot):
    target = box(widget, method)
    qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(10, target.height() // 2))


def test_it_starts_with_phash_and_names_what_is_chosen(selector):
    assert selector.methods() == (Method.PHASH,)
    assert selector.text() == "PHash"
    selector.set_methods((Method.CNN, Method.AHASH))
    assert selector.methods() == (Method.AHASH, Method.CNN)
    assert selector.text() == "AHash, CNN"
    selector.set_methods((Method.CNN, Method.AHASH, Method.DHASH))
    assert selector.text() == "AHash + 2 more"
    assert "DHash" in selector.accessibleName()
    selector.set_methods(Method)
    assert selector.text() == "All methods"


def test_clicking_opens_the_panel_and_a_tick_is_announced(selector, qtbot):
    qtbot.mouseClick(selector, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(selector.panel.isVisible, timeout=5000)
    with qtbot.waitSignal(selector.methods_changed, timeout=5000) as caught:
        click(selector, Method.DHASH, qtbot)
    assert caught.args == [(Method.PHASH, Method.DHASH)]
    assert selector.text() == "PHash, DHash"


def test_clicking_the_sentence_ticks_the_method(selector, qtbot):
    selector.show_panel()
    sentence = next(
        label for label in selector.panel.findChildren(QLabel) if label.text() == method_sentence(Method.CNN)
    )
    with qtbot.waitSignal(selector.methods_changed, timeout=5000) as caught:
        qtbot.mouseClick(sentence, Qt.MouseButton.LeftButton)
    assert caught.args == [(Method.PHASH, Method.CNN)]


def test_the_last_method_stays_chosen_and_the_panel_says_why(selector, qtbot):
    announced = []
    selector.methods_changed.connect(announced.append)
    selector.show_panel()
    hint = next(label for label in selector.panel.findChildren(QLabel) if "At least one" in label.text())
    assert not hint.isVisible()
    click(selector, Method.PHASH, qtbot)
    assert selector.methods() == (Method.PHASH,)
    assert announced == []
    assert hint.isVisible()
    click(selector, Method.AHASH, qtbot)
    assert not hint.isVisible()
    with pytest.raises(ValueError):
        selector.set_methods(())


def test_keyboard_alone_chooses(selector, qtbot):
    selector.setFocus()
    qtbot.keyClick(selector, Qt.Key.Key_Down)
    qtbot.waitUntil(selector.panel.isVisible, timeout=5000)
    popup = selector.panel.window()
    assert popup.focusWidget() is box(selector, Method.PHASH)
    qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Down)
    assert popup.focusWidget() is box(selector, Method.AHASH)
    qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Space)
    assert selector.methods() == (Method.PHASH, Method.AHASH)
    qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_setting_methods_by_program_announces_nothing(selector):
    announced = []
    selector.methods_changed.connect(announced.append)
    selector.set_methods((Method.WHASH,))
    assert announced == []


def test_a_panel_offers_only_what_was_encoded(qtbot):
    panel = MethodPanel()
    qtbot.addWidget(panel)
    panel.set_methods((Method.PHASH, Method.CNN))
    panel.set_available((Method.CNN, Method.DHASH))
    assert panel.methods() == (Method.CNN,)
    panel.set_available((Method.WHASH,))
    assert panel.methods() == (Method.WHASH,)
    enabled = [method for method in Method if panel.findChild(QCheckBox, f"method_{method.value}").isEnabled()]
    assert enabled == [Method.WHASH]


def test_every_method_has_a_sentence_of_its_own_and_screen_readers_get_it(selector):
    sentences = {method_sentence(method) for method in Method}
    assert len(sentences) == len(Method)
    for method in Method:
        assert box(selector, method).accessibleName() == method.label
        assert box(selector, method).accessibleDescription() == method_sentence(method)
