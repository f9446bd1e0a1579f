"""Rows are removed from the list and put back; the files on the disk are never touched."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.states import State
from imgenc_gui.gui.export.snapshot import Scope, take_snapshot
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import NAME
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.gui.conftest import FakeEncoder

WAIT = 15_000
CTRL = Qt.KeyboardModifier.ControlModifier


class Person:
    """A window with a folder on its table, and who sits before it."""

    def __init__(self, qtbot: QtBot, window: MainWindow, folder: Path) -> None:
        self.qtbot, self.window, self.folder = qtbot, window, folder

    def bring(self, *paths: Path) -> None:
        self.window.intake.add_paths([str(path) for path in paths])
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: self.window.session.activity is Activity.IDLE, timeout=WAIT)

    def names(self) -> list[str]:
        model = self.window.model
        return [model.index(row, model.section(NAME)).data() for row in range(model.rowCount())]

    def select(self, *names: str) -> None:
        rows = [self.window.rows.number(str(self.folder / name)) for name in names]
        self.window.view.select_rows([row for row in rows if row is not None])

    def selected(self) -> list[str]:
        return [Path(self.window.rows.paths[row]).name for row in self.window.view.selected_rows()]

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.window.view.setFocus()
        self.qtbot.keyClick(self.window.view, key, modifier)

    def undo(self) -> None:
        self.qtbot.keyClick(self.window, Qt.Key.Key_Z, CTRL)


@pytest.fixture
def encoders() -> list[FakeEncoder]:
    return []


@pytest.fixture
def person(qtbot: QtBot, store, tmp_path: Path, encoders: list[FakeEncoder]) -> Person:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.jpg").touch()
    settings = Settings(store)
    settings.methods = (PHASH,)

    def make(options) -> FakeEncoder:
        encoders.append(FakeEncoder(options))
        return encoders[-1]

    window = MainWindow(settings, make)
    qtbot.addWidget(window, before_close_func=lambda one: setattr(one, "_asks", False))
    window.show()
    window.activateWindow()
    person = Person(qtbot, window, folder)
    person.bring(folder)
    return person


def test_delete_takes_rows_off_the_list_and_undo_puts_them_back_as_they_were(person: Person) -> None:
    window = person.window
    hashes = [window.rows.hash_text(row, PHASH) for row in range(5)]
    # WHEN two rows are selected, and Delete is pressed
    person.select("1.jpg", "2.jpg")
    person.press(Qt.Key.Key_Delete)
    # THEN they are off the list, counts and exports, and the row below is selected
    assert person.names() == ["0.jpg", "3.jpg", "4.jpg"]
    assert person.selected() == ["3.jpg"]
    assert window.model.count(Category.ALL) == window.model.count(Category.ENCODED) == window.rows.unsaved() == 3
    person.qtbot.waitUntil(lambda: window.status.text == "3 encoded", timeout=WAIT)
    assert len(take_snapshot(window.session, window.view).rows[Scope.ALL]) == 3
    assert not any(take_snapshot(window.session, window.view).waiting.values())
    # AND the words say that the files stay, as they do
    assert window.message_bar.text == "2 were removed from the list. The files stay where they are."
    assert len(list(person.folder.iterdir())) == 5
    # WHEN that is undone, by the button beside these words
    button = next(one for one in window.message_bar.findChildren(QPushButton) if "Undo" in one.text())
    person.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    # THEN all is as it was, and nothing was encoded for it
    assert person.names() == [f"{number}.jpg" for number in range(5)]
    assert person.selected() == ["1.jpg", "2.jpg"]
    assert [window.rows.hash_text(row, PHASH) for row in range(5)] == hashes
    assert window.message_bar.isHidden()
    assert person.window.session.activity is Activity.IDLE
    # AND redone
    person.qtbot.keyClick(window, Qt.Key.Key_Y, CTRL)
    assert person.names() == ["0.jpg", "3.jpg", "4.jpg"]


def test_the_menus_offer_it_in_words_that_delete_nothing(person: Person) -> None:
    window = person.window
    assert not window.actions_.remove.isEnabled() or person.selected()
    person.select("4.jpg")
    menu = window.view.context_menu(4, NAME)
    action = next(one for one in menu.actions() if one is window.actions_.remove)
    edit = next(one for one in window.menuBar().actions() if one.text() == "&Edit")
    assert action in edit.menu().actions()
    assert "files stay" in action.statusTip()
    action.trigger()
    assert person.names() == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert person.selected() == ["3.jpg"]  # there is none below
    assert window.message_bar.text == "4.jpg was removed from the list. The file stays where it is."
    menu.close()


def test_what_was_removed_comes_back_when_it_is_dropped_again_but_not_by_updating(
    person: Person, encoders: list[FakeEncoder]
) -> None:
    person.select("0.jpg", "1.jpg")
    person.press(Qt.Key.Key_Delete)
    made = sum(len(one.seen) for one in encoders)
    person.window.actions_.update.trigger()
    person.wait()
    assert person.names() == ["2.jpg", "3.jpg", "4.jpg"]
    person.bring(person.folder / "1.jpg")
    assert sorted(person.names()) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    assert "already" not in person.window.message_bar.text
    assert sum(len(one.seen) for one in encoders) == made  # it had its encodings


def test_clearing_is_undone_until_other_pictures_come(person: Person, tmp_path: Path) -> None:
    window = person.window
    origins = window._settings.left
    # WHEN the table is cleared
    window.library.losses = list  # nothing is lost: no question
    window.actions_.clear.trigger()
    # THEN it is empty, and its folders are forgotten
    assert window.drop_area.isVisible()
    assert window._settings.left == ()
    assert window.session.root == ""
    assert not window.actions_.clear.isEnabled()
    # AND undoing brings all of it back
    person.undo()
    assert person.names() == [f"{number}.jpg" for number in range(5)]
    assert window._settings.left == origins
    assert window.session.root == str(person.folder)
    assert window.model.count(Category.ENCODED) == 5
    # WHEN it is cleared once more, and another picture comes THEN nothing is kept of what was there
    window.actions_.clear.trigger()
    (tmp_path / "other.jpg").touch()
    person.bring(tmp_path / "other.jpg")
    assert person.names() == ["other.jpg"]
    assert len(window.rows) == 1
    assert not window.actions_.undo.isEnabled()


def test_rows_can_be_removed_while_they_are_encoded_and_those_put_back_are(
    person: Person, tmp_path: Path, encoders: list[FakeEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = person.window
    gate = threading.Event()
    monkeypatch.setattr(FakeEncoder, "gate", gate, raising=False)

    class Held(FakeEncoder):
        def __init__(self, options) -> None:
            super().__init__(options)
            self.gate = gate

    window.session._sittings.encoder_factory = lambda options: encoders.append(Held(options)) or encoders[-1]
    window._settings.threads = 1
    more = tmp_path / "more"
    more.mkdir()
    for number in range(30):
        (more / f"m{number:02}.jpg").touch()
    # GIVEN work that goes on
    window.intake.add_paths([str(more)])
    person.qtbot.waitUntil(lambda: len(encoders) > 1 and bool(encoders[-1].seen), timeout=WAIT)
    # WHEN most of it is removed, and some of that put back
    person.folder = more
    person.select(*(f"m{number:02}.jpg" for number in range(1, 20)))
    person.press(Qt.Key.Key_Delete)
    person.select("m29.jpg")
    person.press(Qt.Key.Key_Delete)
    person.undo()
    gate.set()
    person.wait()
    # THEN what is on the table is encoded, and the rest waits for being put back
    assert window.rows.waiting() == 0
    assert window.model.count(Category.ALL) == window.model.count(Category.ENCODED) == 5 + 11
    assert window.session.done == window.session.total
    person.undo()
    person.wait()
    assert window.model.count(Category.ENCODED) == 5 + 30
    assert {window.rows.state(row) for row in range(35)} == {State.ENCODED}


def test_copies_are_regrouped_without_what_was_removed(person: Person) -> None:
    window = person.window
    for number in range(2):
        (person.folder / f"twin{number}.jpg").touch()
    one = window.rows.hash_text(0, PHASH)

    def same(self, numbered, stop=lambda: False):
        for key, result in FakeEncoder.encode(self, numbered, stop):
            result.encodings[PHASH] = one
            yield key, result

    window.session._sittings.encoder_factory = type("Same", (FakeEncoder,), {"encode": same})
    person.bring(person.folder)
    person.qtbot.waitUntil(lambda: window.comparing.comparisons.answer is not None, timeout=WAIT)
    window.filter_bar.set_category(Category.COPIES)
    person.qtbot.waitUntil(lambda: sorted(person.names()) == ["0.jpg", "twin0.jpg", "twin1.jpg"], timeout=WAIT)
    person.select("twin1.jpg")
    person.press(Qt.Key.Key_Delete)
    assert sorted(person.names()) == ["0.jpg", "twin0.jpg"]
    person.select("twin0.jpg")
    person.press(Qt.Key.Key_Delete)
    person.qtbot.waitUntil(lambda: person.names() == [], timeout=WAIT)
    person.undo()
    person.qtbot.waitUntil(lambda: sorted(person.names()) == ["0.jpg", "twin0.jpg"], timeout=WAIT)


def test_a_second_folder_that_is_out_of_view_is_announced_with_a_way_to_it(person: Person, tmp_path: Path) -> None:
    window = person.window
    window.resize(800, 400)

    def folder(name: str, count: int) -> Path:
        made = tmp_path / name
        made.mkdir()
        for number in range(count):
            (made / f"{name}{number:02}.jpg").touch()
        (made / "a.txt").touch()
        return made

    # GIVEN a table that fills the window, of which nothing was said as it was in view
    assert window.message_bar.isHidden()
    person.bring(folder("one", 30))
    # WHEN another folder is brought THEN it is said where it is
    person.bring(folder("two", 3))
    assert window.message_bar.text == "4 files of two were added, out of view here."
    assert not window.view.is_in_view(window.rows.number(str(tmp_path / "two/two00.jpg")))
    # AND the way there leads to it, also where something else is shown by now
    window.filter_bar.set_category(Category.FAILED)
    button = next(one for one in window.message_bar.findChildren(QPushButton) if "Show them" in one.text())
    person.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert person.selected() == ["two00.jpg"]
    assert window.view.is_in_view(window.rows.number(str(tmp_path / "two/two00.jpg")))
    assert window.message_bar.isHidden()
    # WHEN what is brought can be seen THEN nothing is said
    window.resize(800, 4000)
    person.bring(folder("three", 2))
    assert window.message_bar.isHidden()


def test_keys_close_the_window_and_move_without_selecting(person: Person) -> None:
    window = person.window
    person.select("1.jpg")
    person.press(Qt.Key.Key_Down, CTRL)
    assert person.selected() == ["1.jpg"]
    assert window.model.text(window.model.row_at(window.view.currentIndex().row()), NAME) == "2.jpg"
    person.press(Qt.Key.Key_Space, CTRL)
    assert person.selected() == ["1.jpg", "2.jpg"]
    keys = {key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()}
    assert "Ctrl+Down" not in keys
    window._asks = False
    person.press(Qt.Key.Key_W, CTRL)
    assert window.isHidden()


def test_very_many_rows_that_are_put_back_are_all_shown_and_selected_in_a_moment(person: Person) -> None:
    # GIVEN more rows than are looked through at once, all of them selected and removed
    window, qtbot = person.window, person.qtbot
    window.session.live.append(f"/photos/{number}.jpg" for number in range(25_000))
    window.session.live.settle()
    qtbot.waitUntil(lambda: window.model.rowCount() == 25_005, timeout=WAIT)
    window.view.selectAll()
    person.press(Qt.Key.Key_Delete)
    assert window.model.rowCount() == 0
    qtbot.waitUntil(lambda: window._pages.currentIndex() == 0, timeout=WAIT)
    # WHEN that is undone
    window.comparing.marks.stack.undo()
    # THEN nothing says meanwhile that no picture matches, and all are there and selected
    window.progress.refresh()
    assert (window._pages.currentIndex(), window._table_stack.currentIndex()) == (1, 0)
    qtbot.waitUntil(lambda: window.view.selected_count() == 25_005, timeout=WAIT)
    assert window.model.shown_rows.tolist() == list(range(25_005))
    qtbot.waitUntil(lambda: window.status.text == "5 of 25,005 encoded, 25,000 waiting", timeout=WAIT)
