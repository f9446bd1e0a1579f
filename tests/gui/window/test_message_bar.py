"""The bar with one sentence under the header."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.window.message_bar import DetailsDialog, MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 200)
    bar = MessageBar(window)
    bar.window_ = window
    window.show()
    return bar


def button(bar: MessageBar, name: str) -> QAbstractButton:
    return next(button for button in bar.findChildren(QAbstractButton) if button.accessibleName() == name)


def details(bar: MessageBar, qtbot: QtBot) -> DetailsDialog:
    qtbot.mouseClick(button(bar, "Details"), Qt.MouseButton.LeftButton)
    return next(box for box in bar.window_.findChildren(DetailsDialog) if box.isVisible())


def test_it_is_there_only_while_it_has_something_to_say(bar: MessageBar, qtbot: QtBot) -> None:
    assert not bar.isVisible()
    bar.tell("3 files were in the list already.")
    assert bar.isVisible()
    assert bar.text == "3 files were in the list already."
    assert not button(bar, "Details").isVisible()
    qtbot.mouseClick(button(bar, "Close this message"), Qt.MouseButton.LeftButton)
    assert not bar.isVisible()


def test_a_sentence_replaces_the_one_before_with_its_details(bar: MessageBar) -> None:
    bar.tell("First.", ["why"], warning=True)
    assert button(bar, "Details").isVisible()
    bar.tell("Second.")
    assert bar.text == "Second."
    assert not button(bar, "Details").isVisible()


def test_a_name_that_looks_like_markup_is_shown_as_it_is(bar: MessageBar) -> None:
    bar.tell("<b>a</b>.jpg could not be opened")
    label = next(label for label in bar.findChildren(QLabel) if label.text() == bar.text)
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_a_warning_looks_different(bar: MessageBar) -> None:
    icon = bar.findChild(IconLabel)
    bar.tell("Copied.")
    plain = icon.grab().toImage()
    bar.tell("Could not be opened.", warning=True)
    assert icon.grab().toImage() != plain


def test_details_are_listed_as_they_are_under_the_sentence(bar: MessageBar, qtbot: QtBot) -> None:
    bar.tell("2 files <b>could</b> not be opened.", ["<i>a</i>: gone", "b: gone"])
    box = details(bar, qtbot)
    assert box.words.text() == "2 files <b>could</b> not be opened."
    assert box.words.textFormat() is Qt.TextFormat.PlainText
    assert box.lines.toPlainText() == "<i>a</i>: gone\nb: gone"
    box.close()


def test_many_details_can_be_scrolled_and_very_many_are_counted(bar: MessageBar, qtbot: QtBot) -> None:
    bar.tell("500 files could not be opened.", [f"{number}: gone" for number in range(500)])
    box = details(bar, qtbot)
    assert box.lines.verticalScrollBar().maximum() > 0
    lines = box.lines.toPlainText().split("\n")
    assert lines[:2] == ["0: gone", "1: gone"]
    assert lines[-2:] == ["199: gone", "… and 300 more"]
    box.close()
