"""Above the table: what to show, with counts, and the search field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.filter_bar import FilterBar

COUNTS = {Category.ALL: 1234, Category.ENCODED: 1200, Category.FAILED: 30, Category.NOT_PICTURES: 4}


@pytest.fixture
def bar(qtbot: QtBot) -> FilterBar:
    bar = FilterBar()
    qtbot.addWidget(bar)
    bar.resize(1200, bar.height())
    with qtbot.waitActive(bar, timeout=5000):
        bar.show()
        bar.activateWindow()
    return bar


def texts(bar: FilterBar) -> list[str]:
    return [button.text() for button in bar.findChildren(QPushButton) if button.isVisible()]


def button(bar: FilterBar, name: str) -> QPushButton:
    return next(button for button in bar.findChildren(QPushButton) if button.text().startswith(name))


def told(spy: QSignalSpy) -> list[tuple[Category, str]]:
    return [tuple(spy.at(number)) for number in range(spy.count())]


def test_counts_are_shown_and_read_out_and_rare_categories_only_when_there_are_some(bar: FilterBar) -> None:
    assert texts(bar) == ["All  0", "Encoded  0", "Could not be read  0"]
    bar.set_counts(COUNTS)
    assert texts(bar) == ["All  1,234", "Encoded  1,200", "Could not be read  30", "Not pictures  4"]
    assert button(bar, "Not pictures").accessibleName() == "Not pictures, 4"
    bar.set_counts({})
    assert texts(bar) == ["All  0", "Encoded  0", "Could not be read  0"]


def test_counts_are_of_what_the_search_finds_and_no_category_goes_for_that(bar: FilterBar) -> None:
    bar.set_counts(COUNTS, {Category.ALL: 2, Category.ENCODED: 1})
    assert texts(bar) == ["All  2", "Encoded  1", "Could not be read  0", "Not pictures  0"]
    bar.set_counts(COUNTS)
    assert texts(bar)[0] == "All  1,234"


def test_the_category_chosen_stays_in_sight_when_it_empties(bar: FilterBar) -> None:
    bar.set_counts(COUNTS)
    bar.set_category(Category.NOT_PICTURES)
    bar.set_counts({Category.ALL: 9})
    assert "Not pictures  0" in texts(bar)


def test_a_click_on_a_category_is_told_with_what_is_searched_for(bar: FilterBar, qtbot: QtBot) -> None:
    qtbot.keyClicks(bar.search, "sea")
    with qtbot.waitSignal(bar.changed, timeout=5000):
        pass
    spy = QSignalSpy(bar.changed)
    qtbot.mouseClick(button(bar, "Encoded"), Qt.MouseButton.LeftButton)
    assert set(told(spy)) == {(Category.ENCODED, "sea")}
    assert bar.category is Category.ENCODED
    assert [one.text() for one in bar.findChildren(QPushButton) if one.isChecked()] == ["Encoded  0"]


def test_typing_is_told_once_it_pauses(bar: FilterBar, qtbot: QtBot) -> None:
    spy = QSignalSpy(bar.changed)
    qtbot.keyClicks(bar.search, "summer")
    assert told(spy) == []
    qtbot.waitUntil(lambda: spy.count() > 0, timeout=5000)
    qtbot.wait(200)
    assert told(spy) == [(Category.ALL, "summer")]


def test_escape_empties_the_search(bar: FilterBar, qtbot: QtBot) -> None:
    bar.focus_search()
    qtbot.keyClicks(bar.search, "summer")
    qtbot.keyClick(bar.search, Qt.Key.Key_Escape)
    assert bar.search.text() == ""


def test_going_to_the_search_selects_what_is_there_so_that_typing_replaces_it(bar: FilterBar, qtbot: QtBot) -> None:
    bar.search.setText("summer")
    bar.focus_search()
    assert bar.search.hasFocus()
    qtbot.keyClicks(bar.search, "w")
    assert bar.search.text() == "w"


def test_showing_everything_again_is_told_at_once(bar: FilterBar, qtbot: QtBot) -> None:
    bar.set_category(Category.FAILED)
    bar.search.setText("summer")
    spy = QSignalSpy(bar.changed)
    bar.reset()
    assert told(spy)[-1] == (Category.ALL, "")
    count = spy.count()
    qtbot.wait(200)
    assert spy.count() == count


def test_another_category_is_told_once_though_two_buttons_change(bar: FilterBar) -> None:
    spy = QSignalSpy(bar.changed)
    bar.set_category(Category.FAILED)
    assert told(spy) == [(Category.FAILED, "")]
