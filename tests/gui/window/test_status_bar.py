"""The status bar: what is done, how fast, how much is left, and what could not be read."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.window.status_bar import Counts, StatusBar, rate_text, time_text

RUNNING = {"done": 50, "total": 2000, "rate": 99.6, "left": 20.0}


@pytest.fixture
def bar(qtbot: QtBot) -> StatusBar:
    made = StatusBar()
    qtbot.addWidget(made)
    made.show()
    return made


def counts(**numbers: float) -> Counts:
    return Counts(**({"rows": 0, "encoded": 0, "failed": 0, "not_pictures": 0} | numbers))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({}, "Ready"),
        ({"rows": 1, "encoded": 1}, "1 picture encoded"),
        ({"rows": 12_000, "encoded": 12_000}, "12,000 encoded"),
        ({"rows": 9, "encoded": 4, "failed": 2}, "4 of 9 encoded, 3 waiting"),
    ],
)
def test_at_rest_it_says_what_is_in_the_table(bar: StatusBar, numbers: dict, words: str) -> None:
    bar.show_idle(counts(**numbers))
    assert bar.text == words
    assert not bar.findChild(QProgressBar).isVisible()


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({}, ""),
        ({"failed": 1}, "1 could not be read"),
        ({"failed": 1234, "not_pictures": 1}, "1,234 could not be read  ·  1 is not a picture"),
        ({"not_pictures": 2}, "2 are not pictures"),
    ],
)
def test_what_gave_no_encodings_is_counted(bar: StatusBar, numbers: dict, words: str) -> None:
    bar.show_idle(counts(rows=2000, **numbers))
    assert bar.failures_text == words


@pytest.mark.parametrize(
    ("numbers", "stopping", "words"),
    [
        ({"done": 0, "total": 2000}, False, "0 of 2,000  ·  getting ready…"),
        (
            {"done": 50, "total": 2000, "rate": 99.6, "left": 20.0},
            False,
            "50 of 2,000  ·  100 per second  ·  about 20 s left",
        ),
        ({"done": 50, "total": 2000, "rate": 99.6, "left": 20.0}, True, "50 of 2,000  ·  stopping…"),
    ],
)
def test_while_encoding_it_says_how_far_and_how_fast(bar: StatusBar, numbers: dict, stopping: bool, words: str) -> None:
    bar.show_progress(counts(rows=2000, **numbers), stopping=stopping)
    assert bar.text == words
    progress = bar.findChild(QProgressBar)
    assert progress.isVisible()
    assert (progress.value(), progress.maximum()) == (numbers["done"], 2000)


def test_a_total_that_grows_is_not_told_as_final(bar: StatusBar) -> None:
    numbers = {"done": 50, "total": 2000, "rate": 99.6, "left": 20.0}
    bar.show_progress(counts(rows=2000, **numbers, grows=True), stopping=False)
    assert bar.text == "50 done, 2,000 found so far  ·  100 per second"
    assert bar.findChild(QProgressBar).maximum() == 0
    bar.show_progress(counts(rows=2000, **numbers), stopping=False)
    assert bar.text.startswith("50 of 2,000  ·")
    assert bar.findChild(QProgressBar).maximum() == 2000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds left"),
        (31, "about 30 s left"),
        (100, "about 2 min left"),
        (7260, "about 2 h 1 min left"),
    ],
)
def test_the_time_left_does_not_pretend_to_be_exact(seconds: float, words: str) -> None:
    assert time_text(seconds) == words


def test_a_rate_has_two_useful_digits() -> None:
    assert rate_text(3.14159) == "3.1 per second"
    assert rate_text(314.159) == "314 per second"


def test_tips_are_painted_once(bar: StatusBar) -> None:
    def beneath() -> QImage:
        image = QImage(bar.size(), QImage.Format.Format_RGB32)
        bar.render(image, renderFlags=QWidget.RenderFlag.DrawWindowBackground)
        return image

    bar.resize(400, 32)
    before = beneath()
    bar.showMessage("Here is a tip")
    QApplication.processEvents()
    assert beneath() == before  # the label that shows it lies above
