"""The status bar: what is done, how fast, how much is left, and what could not be read."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.window.status_bar import Counts, StatusBar, duration_text, rate_text, time_text
from imgenc_gui.gui.work.outcome import Outcome

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
        (62, "about 1 min left"),
        (100, "about 1 min 30 s left"),
        (400, "about 7 min left"),
        (7260, "about 2 h 1 min left"),
    ],
)
def test_the_time_left_does_not_pretend_to_be_exact(seconds: float, words: str) -> None:
    assert time_text(seconds) == words


def test_as_time_passes_no_wording_is_twice_the_next() -> None:
    """From "2 min" to "1 min" is a leap, too."""

    def seconds(text: str) -> int:
        numbers = re.findall(r"(\d+) (h|min|s)", text)
        return sum(int(number) * {"h": 3600, "min": 60, "s": 1}[unit] for number, unit in numbers)

    told = [seconds(time_text(left)) for left in range(10, 20_000)]
    assert all(before <= after < 2 * before for before, after in pairwise(told))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.01, "0.1 s"), (3.14, "3.1 s"), (9.97, "10 s"), (80, "1 min 20 s"), (7260, "2 h 1 min")]
)
def test_how_long_something_took(seconds: float, words: str) -> None:
    assert duration_text(seconds) == words


def outcome(**numbers: float) -> Outcome:
    made = Outcome()
    for name, number in ({"seconds": 80.0} | numbers).items():
        setattr(made, name, number)
    return made


@pytest.mark.parametrize(
    ("numbers", "waiting", "words"),
    [
        ({"results": 315, "unread": 3}, 0, "312 pictures encoded in 1 min 20 s"),
        ({"results": 1}, 0, "1 picture encoded in 1 min 20 s"),
        ({"results": 2, "unread": 1, "others": 1}, 0, "No picture encoded in 1 min 20 s"),
        ({"results": 1512, "recalled": 1200}, 0, "312 pictures encoded in 1 min 20 s, 1,200 from the library"),
        ({"results": 1200, "recalled": 1200}, 0, "1,200 pictures from the library in 1 min 20 s"),
        ({"results": 1, "recalled": 1}, 0, "1 picture from the library in 1 min 20 s"),
        ({"results": 9, "is_stopped": True}, 241, "Stopped after 1 min 20 s: 9 encoded, 241 waiting"),
        ({"results": 9, "is_stopped": True}, 0, "9 pictures encoded in 1 min 20 s"),  # it was too late
        (
            {"results": 9, "recalled": 5, "is_stopped": True, "is_cut_off": True},
            241,
            "Stopped after 1 min 20 s: 4 encoded, 5 from the library, 241 waiting, more not looked for yet",
        ),
    ],
)
def test_at_the_end_it_says_how_many_and_how_long(bar: StatusBar, numbers: dict, waiting: int, words: str) -> None:
    bar.show_outcome(counts(rows=1000, encoded=1000 - waiting), outcome(**numbers))
    assert bar.text == words
    assert not bar.findChild(QProgressBar).isVisible()


def test_what_could_not_be_read_at_the_end_is_of_that_work(bar: StatusBar) -> None:
    bar.show_outcome(counts(rows=1000, encoded=990, failed=10), outcome(results=315, unread=3, others=1))
    assert bar.failures_text == "3 could not be read  ·  1 is not a picture"


def test_a_rate_has_two_useful_digits() -> None:
    assert rate_text(0.05) == "3.0 per minute"
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
