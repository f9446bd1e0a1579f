"""What follows theme and font: told at once and at each change, once, and no longer than it lives."""

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from imgenc_gui.gui.look import theme
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.letters import fixed_font, heading


@pytest.fixture(autouse=True)
def as_before(qapp):
    font = qapp.font()
    theme.apply_theme(qapp, "light")
    yield
    theme.apply_theme(qapp, "light")
    qapp.setFont(font)


def larger(qapp):
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() + 4)
    qapp.setFont(font)


def test_it_is_told_now_and_at_each_change(qapp, qtbot):
    told = []
    target = QObject()
    follow(target, "test", told.append)
    assert told == [target]
    theme.apply_theme(qapp, "dark")
    assert told == [target] * 2
    larger(qapp)
    qtbot.waitUntil(lambda: told == [target] * 3, timeout=2000)


def test_what_was_asked_for_later_takes_the_place_of_the_same(qapp):
    told = []
    target = QObject()
    for word in ("first", "second"):
        follow(target, "test", lambda _target, word=word: told.append(word))
    follow(target, "another", lambda _target: told.append("other"))
    told.clear()
    theme.apply_theme(qapp, "dark")
    assert told == ["second", "other"]


def test_what_is_gone_is_told_nothing(qapp):
    told = []
    target = QObject()
    follow(target, "test", told.append)
    told.clear()
    shiboken6.delete(target)
    theme.apply_theme(qapp, "dark")
    assert told == []


def test_a_title_stays_larger_than_other_words(qapp, qtbot):
    label = heading(QLabel("Title"), 1.5)
    qtbot.addWidget(label)
    assert label.font().pointSizeF() == pytest.approx(1.5 * qapp.font().pointSizeF())
    larger(qapp)
    qtbot.waitUntil(lambda: label.font().pointSizeF() == pytest.approx(1.5 * qapp.font().pointSizeF()), timeout=2000)


def test_hashes_get_a_face_of_the_usual_size(qapp):
    larger(qapp)
    assert fixed_font().pointSizeF() == pytest.approx(qapp.font().pointSizeF())
