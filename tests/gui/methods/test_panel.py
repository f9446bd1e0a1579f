"""The panel of methods: a check box and a sentence for each, and never none."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLabel

from imgenc_gui.core.hashing.hashes import AHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.methods.panel import MethodPanel


@pytest.fixture
def panel(qtbot):
    widget = MethodPanel()
    qtbot.addWidget(widget)
    widget.resize(400, 500)
    widget.show()
    return widget


def box(panel, method):
    return panel.findChild(QCheckBox, f"method_{method.id}")


def click(panel, method, qtbot):
    target = box(panel, method)
    qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(10, target.height() // 2))


def test_clicking_the_sentence_ticks_the_method(panel, qtbot):
    sentence = next(label for label in panel.findChildren(QLabel) if label.text() == CNN.sentence)
    with qtbot.waitSignal(panel.methods_changed, timeout=5000) as caught:
        qtbot.mouseClick(sentence, Qt.MouseButton.LeftButton)
    assert caught.args == [(PHASH, CNN)]


def test_the_last_method_stays_chosen_and_the_panel_says_why(panel, qtbot):
    announced = []
    panel.methods_changed.connect(announced.append)
    hint = next(label for label in panel.findChildren(QLabel) if "At least one" in label.text())
    assert not hint.isVisible()
    click(panel, PHASH, qtbot)
    assert panel.methods() == (PHASH,)
    assert announced == []
    assert hint.isVisible()
    click(panel, AHASH, qtbot)
    assert not hint.isVisible()
    with pytest.raises(ValueError):
        panel.set_methods(())


def test_every_method_has_a_sentence_of_its_own_and_screen_readers_get_it(panel):
    assert len({method.sentence for method in METHODS}) == len(METHODS)
    for method in METHODS:
        assert box(panel, method).accessibleName() == method.label
        assert box(panel, method).accessibleDescription() == method.sentence
