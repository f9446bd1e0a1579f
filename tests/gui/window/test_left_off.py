"""The window opens where it was left: rows before the disk is asked, then what changed, came or went, in a sentence."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox

from imgenc_gui.app import App, create_app
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.listing import Origin
from imgenc_gui.core.states import State
from imgenc_gui.gui.errors.log import close_logging
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.table.columns import STATUS
from imgenc_gui.gui.work import origins
from imgenc_gui.gui.work.adder import Compared
from imgenc_gui.gui.work.session import Activity

WAIT = 20_000


class Person:
    """Opens imgenc, works with it, and opens it again."""

    def __init__(self, qtbot, store: QSettings, logs: Path) -> None:
        self.qtbot = qtbot
        self.store = store
        self.logs = logs
        self.apps: list[App] = []

    def open(self, *arguments: object) -> None:
        self.close()
        self.apps.append(create_app([str(one) for one in arguments], self.store, self.logs))
        self.compared: list[Compared] = []
        self.window = self.apps[-1].window
        self.settings = self.apps[-1].settings
        self.window.session.compared.connect(self.compared.append)
        self.window.show()

    def close(self) -> None:
        for app in self.apps:
            app.window.close_at_once()
            app.window.deleteLater()
        self.apps.clear()
        QApplication.sendPostedEvents(None, 52)  # DeferredDelete

    def leave(self, *places: Path) -> None:
        """Have places encoded, and close the window."""
        self.open(*places)
        self.qtbot.waitUntil(lambda: bool(self.settings.left), timeout=WAIT)
        self.wait()
        self.close()

    def wait(self, compared: int = 0) -> None:
        """Until nothing goes on and the disk was compared so many times."""
        idle = Activity.IDLE
        self.qtbot.waitUntil(
            lambda: self.window.session.activity is idle and len(self.compared) >= compared, timeout=WAIT
        )

    def come_back(self) -> None:
        """Open it again, and wait for what is told."""
        self.open()
        self.click("Go on with")
        self.wait(compared=1)

    def button(self, name: str) -> QAbstractButton | None:
        buttons = (one for one in self.window.findChildren(QAbstractButton) if one.isVisible())
        return next((one for one in buttons if one.accessibleName().startswith(name)), None)

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def said(self) -> str:
        return self.window.message_bar.text if self.window.message_bar.isVisible() else ""

    def table(self) -> dict[str, str]:
        """Each picture's status, in the table's order."""
        rows, text = self.window.rows, self.window.model.text
        listed = (row for row in range(len(rows)) if not rows.is_removed(row))
        return {os.path.basename(rows.paths[row]): text(row, STATUS) for row in listed}


@pytest.fixture
def person(qtbot, store: QSettings, tmp_path: Path) -> Iterator[Person]:
    made = Person(qtbot, store, tmp_path / "logs")
    yield made
    made.close()
    close_logging()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Photos"
    folder.mkdir()
    for number in range(4):
        paint(folder / f"{number}.png", number)
    (folder / "notes.txt").write_text("no picture")
    return folder


def paint(path: Path, seed: int) -> None:
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)).save(path)


def test_what_was_left_stands_in_the_table_while_the_disk_does_not_answer(person: Person, folder: Path, monkeypatch):
    person.leave(folder)
    answers = threading.Event()
    asked = threading.Event()

    def hang(*arguments):
        asked.set()
        assert answers.wait(20)
        return original(*arguments)

    original = origins.list_origins
    monkeypatch.setattr(origins, "list_origins", hang)
    # WHEN a person goes on, and the disk hangs
    person.open()
    person.click("Go on with Photos")
    person.qtbot.waitUntil(asked.is_set, timeout=WAIT)
    # THEN all rows are there as they were, nothing holds the person up, and all can be exported
    assert list(person.table()) == ["0.png", "1.png", "2.png", "3.png", "notes.txt"]
    assert set(person.table().values()) == {"Encoded", "Not a picture"}
    assert person.window.session.activity is Activity.IDLE
    assert person.window.actions_.export.isEnabled()
    assert person.window.actions_.clear.isEnabled()
    # AND when it answers, nothing is said, as nothing has changed
    answers.set()
    person.wait(compared=1)
    assert person.compared == [Compared(0, 0, (), (), is_update=False)]
    assert person.said() == ""


def test_what_changed_came_and_went_is_told_in_one_sentence_and_updated_on_demand(person: Person, folder: Path) -> None:
    person.leave(folder)
    # GIVEN that other programs were at work meanwhile
    paint(folder / "1.png", 91)
    paint(folder / "2.png", 92)
    paint(folder / "new.png", 93)
    (folder / "new.xmp").write_text("what a RAW converter writes beside a picture is not worth a word")
    (folder / "3.png").unlink()
    # WHEN a person comes back
    person.come_back()
    # THEN that is told, and marked, and nothing is encoded yet
    assert person.said() == "Since last time: 2 pictures changed, 1 is new, 1 is gone."
    assert person.table() == {
        "0.png": "Encoded",
        "1.png": "Changed on disk",
        "2.png": "Changed on disk",
        "3.png": "File not found",
        "notes.txt": "Not a picture",
        "new.png": "Waiting",
        "new.xmp": "Waiting",
    }
    before = person.window.rows.result(1).encodings
    # WHEN they ask for it, THEN it is brought up to date, and nothing of what is gone is lost
    person.click("Update")
    person.wait(compared=2)
    assert person.said() == "Updated: 2 pictures changed, 1 is new."
    assert person.button("Update") is None
    assert person.window.rows.result(1).encodings != before
    statuses = person.table()
    assert {statuses[f"{name}.png"] for name in ("0", "1", "2", "new")} == {"Encoded"}
    assert person.window.rows.state(3) is State.ENCODED
    # AND another time there is nothing left to tell: what is gone was told
    person.come_back()
    assert person.said() == ""
    assert "3.png" not in person.table()


def test_what_is_left_out_stays_in_the_table_and_comes_no_more(person: Person, folder: Path) -> None:
    # GIVEN a folder on the table, of which the settings leave something out from then on
    person.leave(folder)
    person.open(folder)
    person.wait()
    person.settings.exclude = Exclusion(("[1-3].*", "old"))
    (folder / "old").mkdir()
    for name in ("old/4.png", "5.png"):
        paint(folder / name, 9)
    (folder / "0.png").unlink()
    # WHEN it is updated THEN what was there stays, and what is left out isn't called gone, or away, or new
    person.window.actions_.update.trigger()
    person.wait(compared=1)
    (compared,) = person.compared
    assert (compared.new, compared.gone, compared.away) == (1, (str(folder / "0.png"),), ())
    assert list(person.table()) == ["0.png", "1.png", "2.png", "3.png", "notes.txt", "5.png"]
    # AND another window has only what isn't left out, and says so where it is dropped
    person.come_back()
    assert list(person.table()) == ["5.png", "notes.txt"]
    person.window.session.add_paths([str(folder)])
    person.wait()
    assert person.said().endswith("Left out, as the settings say: 3 files, 1 folder.")
    # AND what is dropped itself is taken
    person.window.session.add_paths([str(folder / "1.png")])
    person.wait()
    assert list(person.table()) == ["5.png", "notes.txt", "1.png"]


def test_a_folder_of_which_all_is_left_out_is_not_called_away(person: Person, folder: Path) -> None:
    person.leave(folder)
    person.open(folder)
    person.wait()
    person.settings.exclude = Exclusion(("*",))
    person.window.actions_.update.trigger()
    person.wait(compared=1)
    assert (person.compared[0].gone, person.compared[0].away) == ((), ())


def test_update_says_so_when_nothing_has_changed(person: Person, folder: Path) -> None:
    person.open(folder)
    assert not person.window.actions_.update.isEnabled()
    person.qtbot.waitUntil(person.window.actions_.update.isEnabled, timeout=WAIT)
    person.wait()
    person.window.actions_.update.trigger()
    person.wait(compared=1)
    assert person.said() == "Everything is as it was: no picture changed, came or went."
    (folder / "0.png").unlink()
    person.window.actions_.update.trigger()
    person.wait(compared=2)
    assert person.said() == "Updated: 1 picture is gone."
    assert person.table()["0.png"] == "File not found"


@pytest.mark.parametrize("is_mounted_on", [True, False], ids=["an empty folder is left", "no folder is left"])
def test_the_pictures_of_a_disk_that_is_not_connected_stay(person: Person, folder: Path, is_mounted_on: bool) -> None:
    person.leave(folder)
    away = folder.rename(folder.parent / "elsewhere")
    if is_mounted_on:
        folder.mkdir()
    for _ in range(2):  # nothing is forgotten by it
        person.come_back()
        assert person.said() == "Nothing is found in Photos: is its disk connected?"
        assert "File not found" not in person.table().values()
        assert len(person.table()) == 5
    # WHEN it is connected again, THEN all is as it was
    if is_mounted_on:
        folder.rmdir()
    away.rename(folder)
    person.window.actions_.update.trigger()
    person.wait(compared=2)
    assert person.said().startswith("Everything is as it was")


def test_a_folder_that_is_nowhere_and_unknown_is_told(person: Person, folder: Path, library_folder: Path) -> None:
    person.leave(folder)
    shutil.rmtree(folder)
    shutil.rmtree(library_folder)
    person.come_back()
    assert person.said() == "Nothing is found in Photos: is its disk connected?"


def test_trouble_with_the_library_is_still_said_when_the_folders_were_looked_at(
    person: Person, folder: Path, library_folder: Path
) -> None:
    person.leave(folder)
    (library_folder / "library.sqlite").write_bytes(b"damaged" * 9999)
    for journal in library_folder.glob("library.sqlite-*"):
        journal.unlink()
    person.come_back()
    # THEN what is said once isn't gone a moment later
    assert "The library was damaged." in person.said()
    assert "Updated: 4 pictures are new." in person.said()


def test_an_update_that_is_stopped_does_not_say_that_nothing_has_changed(
    person: Person, folder: Path, monkeypatch
) -> None:
    person.leave(folder)
    person.come_back()
    paint(folder / "1.png", 91)
    answers = threading.Event()

    def hang(*arguments):
        assert answers.wait(20)
        return original(*arguments)

    original = origins.list_origins
    monkeypatch.setattr(origins, "list_origins", hang)
    person.window.actions_.update.trigger()
    person.window.actions_.stop.trigger()
    answers.set()
    person.wait()
    assert person.said() == ""
    # AND of two that are wanted at once, the later answers
    answers.clear()
    person.window.left_off.update()
    person.window.left_off.update()
    answers.set()
    person.wait(compared=2)
    assert person.said() == "Updated: 1 picture changed."


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators")
def test_what_could_not_be_read_the_last_time_is_not_new_each_time(person: Person, folder: Path) -> None:
    (folder / "broken.png").symlink_to("nowhere")
    person.leave(folder)
    person.come_back()
    assert person.said() == ""


def test_update_waits_until_what_was_left_is_there(person: Person, folder: Path, monkeypatch) -> None:
    person.leave(folder)
    answers = threading.Event()
    original = Library.last_of_files

    def hang(*arguments):
        assert answers.wait(20)
        return original(*arguments)

    monkeypatch.setattr(Library, "last_of_files", hang)
    person.open()
    person.click("Go on with")
    # WHEN a person wants what is known brought up to date before it is on the table, THEN none of it is called new
    person.window.actions_.update.trigger()
    answers.set()
    person.wait(compared=1)
    assert person.compared == [Compared(0, 0, (), (), is_update=False)]
    assert person.window.actions_.update.isEnabled()


def test_what_was_known_never_replaces_what_was_encoded_meanwhile(person: Person, folder: Path, monkeypatch) -> None:
    person.leave(folder)
    paint(folder / "1.png", 91)
    answers = threading.Event()
    original = Library.last_of_files

    def hang(*arguments):
        found = original(*arguments)
        assert answers.wait(20)
        return found

    monkeypatch.setattr(Library, "last_of_files", hang)
    person.open()
    person.click("Go on with")
    # WHEN a picture is dropped and encoded before what was known of it is read
    person.window.intake.add_paths([str(folder / "1.png")])
    person.qtbot.waitUntil(lambda: person.table().get("1.png") == "Encoded", timeout=WAIT)
    now = person.window.rows.result(0)
    answers.set()
    person.wait(compared=1)
    # THEN the new encodings stay
    assert person.table()["1.png"] == "Encoded"
    assert person.window.rows.result(0) == now
    assert person.said() == ""
    assert set(person.table().values()) == {"Encoded", "Not a picture"}


def test_without_a_library_what_was_left_is_encoded_as_if_it_were_dropped(person: Person, folder: Path) -> None:
    person.leave(folder)
    person.store.setValue("library/keep", False)
    person.come_back()
    assert set(person.table().values()) == {"Encoded", "Not a picture"}


def test_it_opens_so_by_itself_only_if_that_is_set_and_no_paths_are_given(person: Person, folder: Path) -> None:
    person.leave(folder)
    person.open()
    assert person.button("Go on with Photos") is not None
    dialog = SettingsDialog(person.settings, person.window)
    next(box for box in dialog.findChildren(QCheckBox) if box.accessibleName() == "Open where I left off").setChecked(
        True
    )
    dialog.accept()
    person.open()
    person.wait(compared=1)
    assert len(person.table()) == 5
    person.open(folder / "2.png")
    person.qtbot.waitUntil(lambda: bool(person.table()), timeout=WAIT)
    person.wait()
    assert list(person.table()) == ["2.png"]
    assert person.settings.left == (Origin(str(folder / "2.png"), is_folder=False, recursive=False),)


def test_it_is_remembered_as_it_happens_so_that_a_killed_window_remembers(person: Person, folder: Path) -> None:
    person.open(folder)
    file = Path(person.store.fileName())
    person.qtbot.waitUntil(lambda: file.exists() and b"left=tree" in file.read_bytes(), timeout=WAIT)


def test_places_are_remembered_as_deep_as_they_were_opened(person: Person, folder: Path) -> None:
    (folder / "sub").mkdir()
    paint(folder / "sub" / "deep.png", 50)
    single = folder.parent / "single.png"
    paint(single, 51)
    person.open(folder, single)  # so that the library knows what lies deeper
    person.wait()
    person.window.clear()
    person.settings.recursive = False
    person.window.intake.add_paths([str(folder), str(single), str(folder / "0.png")])
    person.qtbot.waitUntil(lambda: bool(person.settings.left), timeout=WAIT)
    person.wait()
    person.settings.recursive = True
    assert [one.path for one in person.settings.left] == [str(folder), str(single)]
    person.come_back()
    assert list(person.table()) == ["0.png", "1.png", "2.png", "3.png", "notes.txt", "single.png"]
    assert person.said() == ""


def test_clearing_the_table_forgets_what_is_to_be_opened(person: Person, folder: Path) -> None:
    person.leave(folder)
    person.come_back()
    person.window.clear()
    assert person.button("Go on with") is None
    assert not person.window.actions_.update.isEnabled()
    person.open()
    assert person.button("Go on with") is None


def test_what_is_found_out_after_the_table_was_cleared_is_dropped(person: Person, folder: Path, monkeypatch) -> None:
    person.leave(folder)
    paint(folder / "new.png", 5)
    answers, answered = threading.Event(), threading.Event()

    def hang(*arguments):
        assert answers.wait(20)
        answered.set()
        return original(*arguments)

    original = origins.list_origins
    monkeypatch.setattr(origins, "list_origins", hang)
    person.open()
    person.click("Go on with")
    person.qtbot.waitUntil(lambda: len(person.table()) == 5, timeout=WAIT)
    person.wait()
    person.window.clear()
    answers.set()
    person.qtbot.waitUntil(answered.is_set, timeout=WAIT)
    person.qtbot.waitUntil(lambda: person.window.session._checker.wait(1), timeout=WAIT)
    QApplication.processEvents()
    assert person.table() == {}
    assert person.compared == []


@pytest.mark.skipif(sys.platform != "linux", reason="names that are bytes")
def test_folders_of_any_name_are_opened_again(person: Person, tmp_path: Path) -> None:
    folders = [tmp_path / os.fsdecode(name) for name in (b"caf\xe9", b"a\n[window]\ntheme=dark", b"100 %41 <b>&amp;")]
    paths = [folder / os.fsdecode(b"\xff.png") for folder in folders]
    for seed, path in enumerate(paths):
        path.parent.mkdir()
        paint(path, seed)
    person.leave(*folders)
    person.come_back()
    assert sorted(person.window.rows.paths) == sorted(map(str, paths))
    assert set(person.table().values()) == {"Encoded"}
    assert person.said() == ""


@pytest.mark.parametrize("kept", [True, False])
def test_going_on_after_all_was_removed_brings_all_back(person: Person, folder: Path, kept: bool) -> None:
    # GIVEN a table from which a person has removed everything, with the library and without
    (folder / "notes.txt").unlink()
    person.leave(folder)
    person.open(folder)
    person.wait()
    person.settings.library = kept
    before = person.table()
    person.window.view.selectAll()
    person.window.actions_.remove.trigger()
    person.qtbot.waitUntil(lambda: person.button("Go on with") is not None, timeout=WAIT)
    # WHEN going on with the folder THEN it is there as it was
    person.click("Go on with")
    person.qtbot.waitUntil(lambda: len(person.table()) >= 4, timeout=WAIT)
    person.wait(compared=1)
    assert person.table() == before
