"""Rows whose controls fold one after another where there is less room."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.look.folding import Folding, FoldingRow

FORMS = {"first": ("The first of them", "1st", "1"), "second": ("The second", "2nd"), "third": ("Never", "Ever")}


class Row(QWidget):
    """Three labels: the first folds, then the second, then the first once more; the third is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.row = FoldingRow(self)
        self.labels = {name: QLabel() for name in FORMS}
        self.longer = ""
        foldings = {}
        for name, label in self.labels.items():
            self.row.addWidget(label)
            forms = [partial(self.say, label, words) for words in FORMS[name]]
            foldings[name] = Folding(label, forms, lambda: self.longer)
            foldings[name].show()
        self.labels["third"].hide()
        first, second, third = foldings.values()
        self.row.fold_in_order([third, first, second, first])

    def say(self, label: QLabel, words: str) -> None:
        label.setText(words + self.longer)

    def texts(self) -> list[str]:
        return [label.text().removesuffix(self.longer) for label in self.labels.values() if label.isVisible()]


@pytest.fixture
def row(qtbot: QtBot) -> Row:
    made = Row()
    qtbot.addWidget(made)
    made.show()
    return made


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def forms_by_width(row: Row) -> list[list[str]]:
    """What it says from wide to narrow, each once."""
    said: list[list[str]] = []
    for width in range(row.sizeHint().width(), row.minimumSizeHint().width() - 1, -1):
        row.resize(width, 30)
        settle()
        assert row.width() == width
        assert all(label.width() >= label.minimumSizeHint().width() for label in row.labels.values())
        if said[-1:] != [row.texts()]:
            said.append(row.texts())
    return said


ORDER = [["The first of them", "The second"], ["1st", "The second"], ["1st", "2nd"], ["1", "2nd"]]


def test_controls_fold_in_their_order_and_no_word_is_cut(row: Row) -> None:
    assert forms_by_width(row) == ORDER


def test_they_unfold_where_there_is_room_again(row: Row) -> None:
    row.resize(row.minimumSizeHint().width(), 30)
    settle()
    assert row.texts() == ORDER[-1]
    row.resize(row.sizeHint().width(), 30)
    settle()
    assert row.texts() == ORDER[0]


def test_how_much_room_it_wants_does_not_depend_on_what_is_folded(row: Row) -> None:
    wanted = row.sizeHint(), row.minimumSizeHint()
    row.resize(row.minimumSizeHint().width(), 30)
    settle()
    assert (row.sizeHint(), row.minimumSizeHint()) == wanted


@pytest.mark.parametrize("change", ["words", "font"])
def test_longer_words_and_larger_letters_fold_too(row: Row, change: str) -> None:
    row.resize(row.sizeHint().width(), 30)
    settle()
    if change == "words":
        row.longer = "!!!!"
        for label in row.labels.values():
            label.setText(label.text() + "!!!!")
    else:
        font = QFont(row.font())
        font.setPointSizeF(font.pointSizeF() * 1.3)
        row.setFont(font)
    settle()
    assert row.texts() != ORDER[0]
    assert forms_by_width(row) == ORDER


def test_it_comes_to_rest(row: Row) -> None:
    row.resize((row.sizeHint().width() + row.minimumSizeHint().width()) // 2, 30)
    settle()

    class Counter(QObject):
        seen = 0

        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            self.seen += event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize)
            return False

    counter = Counter()
    row.installEventFilter(counter)
    settle()
    assert counter.seen == 0
