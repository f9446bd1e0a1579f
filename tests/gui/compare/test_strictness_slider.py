import dataclasses

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QWidget

from imgenc_gui.core.comparing.strictness import STEPS, USUAL_STEP
from imgenc_gui.core.records.alike import Criterion
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.compare.strictness_slider import StrictnessSlider
from imgenc_gui.gui.look.folding import FoldingRow
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import threshold_number, threshold_words

PHASH, CNN, AHASH = METHODS["phash"], METHODS["cnn"], METHODS["ahash"]


@pytest.fixture
def slider(qtbot):
    made = StrictnessSlider()
    qtbot.addWidget(made)
    made.set_methods([PHASH])
    made.show()
    return made


def said(slider):
    return [label.text() for label in slider.findChildren(Label) if label.text()]


def test_it_says_the_word_and_the_number(slider):
    assert slider.step() == USUAL_STEP
    assert said(slider) == ["Edited", "PHash within 10 bits"]
    slider.set_step(0)
    assert said(slider) == ["Identical", "PHash equal"]
    slider.set_step(STEPS)
    assert said(slider) == ["Farther than lookalike", "PHash within 20 bits"]
    slider.set_methods([PHASH, CNN])
    slider.set_step(4)
    assert said(slider) == ["Same picture", "PHash within 4 bits, CNN from 0.97"]
    assert slider.toolTip() == (
        "Same picture\nOne picture, saved again, resized, or changed a little.\nPHash within 4 bits, CNN from 0.97"
    )
    assert slider.findChild(QSlider).accessibleDescription() == "Same picture. PHash within 4 bits, CNN from 0.97"


def test_of_a_network_that_was_added_it_says_that_nothing_is_measured(slider):
    added = dataclasses.replace(CNN, id="tiny-net", label="Tiny net", thresholds={})
    slider.set_methods([PHASH, added])

    assert said(slider) == ["Not measured", "PHash within 10 bits, Tiny net from 0.90"]
    told = "How far apart copies are by Tiny net hasn't been measured: look at some pairs, then move the slider."
    assert told in slider.toolTip()
    slider.set_methods([PHASH])
    assert said(slider) == ["Edited", "PHash within 10 bits"]


def test_each_step_is_told_as_it_comes(slider, qtbot):
    steps = []
    slider.step_changed.connect(steps.append)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home):
        QTest.keyClick(slider.findChild(QSlider), key)
    assert steps == [9, 10, 14, 10, 0]
    slider.set_step(0)
    assert steps == [9, 10, 14, 10, 0]


def test_a_click_puts_the_handle_where_it_is(slider, qtbot):
    handle = slider.findChild(QSlider)
    slider.resize(400, slider.sizeHint().height())
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=handle.rect().center())
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=handle.rect().topRight() - handle.rect().center() / 2)
    assert slider.step() > USUAL_STEP + 2


def test_a_row_that_is_shown_measures_its_forms_and_folds_it(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    made = StrictnessSlider()
    row = FoldingRow(window)
    row.addWidget(made)
    folding = made.folding()
    row.fold_in_order([folding, folding])
    window.show()
    made.set_methods([PHASH, CNN])
    widest, _, narrowest = folding.widths()
    assert widest > narrowest
    for width, form in ((widest + 50, made.WORDS), (narrowest + 30, made.NUMBER), (widest + 50, made.WORDS)):
        window.resize(width, 60)
        qtbot.waitUntil(lambda form=form: made.form() == form, timeout=5000)
        assert window.width() == width


def test_it_folds_to_its_numbers_and_its_width_stays_while_it_moves(slider):
    slider.set_methods([PHASH, AHASH, CNN])
    folding = slider.folding()
    assert folding.widths() == sorted(folding.widths(), reverse=True)
    shown = {}
    for form in range(3):
        folding.take(form)
        widths = set()
        for step in range(STEPS + 1):
            slider.set_step(step)
            slider.layout().activate()
            widths.add(slider.minimumSizeHint().width())
        assert len(widths) == 1
        slider.set_step(USUAL_STEP)
        shown[form] = said(slider)
    assert shown == {
        slider.WORDS: ["Lookalike", "PHash 10, AHash 2, CNN 0.90"],
        slider.NUMBERS: ["PHash 10, AHash 2, CNN 0.90"],
        slider.NUMBER: ["PHash 10, …"],
    }


def test_similarities_are_written_as_the_language_does():
    QLocale.setDefault(QLocale(QLocale.Language.German))  # each test begins with English
    assert threshold_number(Criterion(CNN, 0.95)) == "CNN 0,95"
    assert threshold_words(Criterion(CNN, 0.9325)) == "CNN from 0,9325"
