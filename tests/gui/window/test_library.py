"""The window and the library: nothing is encoded twice, what has changed is, and nobody is asked needlessly."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from imgenc_gui.core import encoding
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.records.methods import HashMethod
from imgenc_gui.core.records.troubles import Trouble, TroubleCode
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.session import Activity

WAIT = 20_000
PICTURES = 12


class Work:
    """What encoders do: files read and decoded, by name, and hashes made, by method."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.read: Counter[str] = Counter()
        self.decoded: Counter[str] = Counter()
        self.made: Counter[str] = Counter()
        self.gate = threading.Event()  # holds decoding up while it isn't set
        self.gate.set()
        read, decode, hashing = encoding.read_content, encoding.decode, encoding.Encoder._hash

        def reading(path, *given):
            self.read[os.path.basename(path)] += 1
            return read(path, *given)

        def decoding(content, *given, **named):
            picture = decode(content, *given, **named)
            self.decoded[os.path.basename(content.path)] += 1
            assert self.gate.wait(20)
            return picture

        def making(encoder, begun, pixels, methods):
            self.made.update(method.id for method in methods if isinstance(method, HashMethod))
            return hashing(encoder, begun, pixels, methods)

        patch.setattr(encoding, "read_content", reading)
        patch.setattr(encoding, "decode", decoding)
        patch.setattr(encoding.Encoder, "_hash", making)

    def begin(self) -> None:
        """Count anew."""
        for counter in (self.read, self.decoded, self.made):
            counter.clear()


class Person:
    """Opens windows, one after the other, that share a library and the settings."""

    def __init__(self, qtbot: QtBot, settings: Settings, folder: Path) -> None:
        self.qtbot = qtbot
        self.settings = settings
        self.folder = folder
        self.window: MainWindow | None = None
        self.errors: list[BaseException] = []

    def open(self) -> MainWindow:
        """Close the window there is, and open another."""
        self.close()
        keeping = Keeping(self.settings, self.folder)
        self.window = MainWindow(self.settings, report=self.errors.append, keeping=keeping)
        self.window.show()
        return self.window

    def close(self) -> None:
        if self.window is not None:
            self.window.close_at_once()
            self.window.deleteLater()
            self.window = None
            QApplication.sendPostedEvents(None, 52)  # DeferredDelete
            assert self.errors == []

    def drop(self, *paths: Path) -> None:
        self.window.intake.add_paths([str(path) for path in paths])
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: self.window.session.activity is Activity.IDLE, timeout=WAIT)

    def hashes(self, method: HashMethod = PHASH) -> dict[str, str]:
        rows = self.window.rows
        return {Path(path).name: rows.hash_text(row, method) for row, path in enumerate(rows.paths)}

    def said(self) -> str:
        labels = self.window.message_bar.findChildren(QLabel)
        return " ".join(label.text() for label in labels) if self.window.message_bar.isVisible() else ""


@pytest.fixture
def person(qtbot: QtBot, store: QSettings, tmp_path: Path) -> Iterator[Person]:
    settings = Settings(store)
    settings.threads = 2
    made = Person(qtbot, settings, tmp_path / "library")
    yield made
    made.close()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


def paint(path: Path, seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(cells).resize((96, 96), Image.Resampling.BICUBIC).save(path)
    os.utime(path, ns=(0, 1_600_000_000_000_000_000 + seed))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Twelve pictures, one that is damaged, and a text."""
    folder = tmp_path / "album"
    folder.mkdir()
    for number in range(PICTURES):
        paint(folder / f"{number:02}.png", number)
    (folder / "damaged.png").write_bytes((folder / "00.png").read_bytes()[:90])
    (folder / "notes.txt").write_text("no picture")
    return folder


def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked; Cancel is pressed."""
    told: list[str] = []

    def exec_(box: QMessageBox) -> int:
        told.append(box.informativeText())
        box.button(QMessageBox.StandardButton.Cancel).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return told


# Nothing is encoded twice


def test_the_next_window_reads_nothing_and_shows_the_same(person: Person, work: Work, album: Path) -> None:
    # GIVEN a folder that a window has encoded, failures among them
    first = person.open()
    person.drop(album)
    hashes, states = person.hashes(), first.rows.states.tolist()
    facts = [first.rows.facts(row) for row in range(len(first.rows))]
    assert len(work.decoded) == PICTURES
    assert work.made["phash"] == PICTURES
    # WHEN it is dropped on the next one
    work.begin()
    again = person.open()
    person.drop(album)
    # THEN no file is read, and all is as it was
    assert work.read == work.decoded == Counter()
    assert person.hashes() == hashes
    assert again.rows.states.tolist() == states
    assert [again.rows.facts(row) for row in range(len(again.rows))] == facts
    assert again.model.count(Category.FAILED) == again.model.count(Category.NOT_PICTURES) == 1


def test_what_has_changed_is_encoded_and_what_was_touched_or_renamed_is_only_read(
    person: Person, work: Work, album: Path
) -> None:
    person.open()
    person.drop(album)
    before = person.hashes()
    paint(album / "00.png", 100)
    os.utime(album / "01.png", ns=(0, 1))
    (album / "02.png").rename(album / "renamed.png")
    work.begin()
    person.open()
    person.drop(album)
    assert set(work.read) == {"00.png", "01.png", "renamed.png"}
    assert set(work.decoded) == {"00.png"}
    after = person.hashes()
    assert after["00.png"] != before["00.png"]
    assert after["renamed.png"] == before["02.png"]
    assert after["01.png"] == before["01.png"]
    assert not person.window.rows.changed.any()


def test_a_method_added_later_decodes_once_and_makes_just_that_one(person: Person, work: Work, album: Path) -> None:
    person.open()
    person.drop(album)
    person.settings.methods = (PHASH, DHASH)
    work.begin()
    person.open()
    person.drop(album)
    assert set(work.decoded.values()) == {1}
    assert work.made == Counter(dhash=PICTURES)
    assert all(person.hashes(DHASH)[f"{number:02}.png"] for number in range(PICTURES))
    # AND both are there the next time
    work.begin()
    person.open()
    person.drop(album)
    assert work.read == Counter()
    assert person.window.session.incomplete()[0] == 0


def test_another_method_for_rows_that_are_there_asks_the_library_too(person: Person, work: Work, album: Path) -> None:
    person.settings.methods = (PHASH, AHASH)
    person.open()
    person.drop(album)
    person.settings.methods = (PHASH,)
    person.open()
    person.drop(album)
    work.begin()
    person.settings.methods = (PHASH, AHASH)
    person.window.actions_.encode.trigger()
    person.wait()
    assert work.read == Counter()
    assert all(person.hashes(AHASH)[f"{number:02}.png"] for number in range(PICTURES))


def test_encode_again_encodes_and_the_library_takes_what_is_new(person: Person, work: Work, album: Path) -> None:
    person.open()
    person.drop(album)
    right = person.hashes()
    # GIVEN a library that is wrong
    person.close()
    with sqlite3.connect(person.folder / "library.sqlite") as library:
        library.execute("UPDATE hashes SET value = 5")
    library.close()
    person.open()
    person.drop(album)
    assert person.hashes()["03.png"] == f"{5:016x}"
    # WHEN a person has some encoded again
    work.begin()
    rows = [person.window.rows.number(str(album / name)) for name in ("03.png", "04.png")]
    person.window.view.select_rows(rows)
    person.window.actions_.encode_again.trigger()
    person.wait()
    # THEN these are, now and for the next window
    assert set(work.decoded) == {"03.png", "04.png"}
    for _ in range(2):
        assert person.hashes()["03.png"] == right["03.png"]
        assert person.hashes()["05.png"] == f"{5:016x}"
        person.open()
        person.drop(album)


def test_stop_keeps_what_is_done_and_the_next_window_goes_on_from_there(
    person: Person, work: Work, album: Path
) -> None:
    # GIVEN a run that is stopped when some are done
    person.settings.threads = 1
    window = person.open()
    work.gate.clear()
    window.intake.add_paths([str(album)])
    for done in range(1, 6):
        person.qtbot.waitUntil(lambda done=done: sum(work.decoded.values()) == done, timeout=WAIT)
        if done == 5:
            window.session.stop()
        work.gate.set()
        work.gate.clear()
    work.gate.set()
    person.wait()
    done = set(work.decoded)
    assert 0 < len(done) < PICTURES
    # WHEN the folder is dropped again THEN only the others are encoded
    work.begin()
    person.open()
    person.drop(album)
    assert set(work.decoded) == {f"{number:02}.png" for number in range(PICTURES)} - done
    assert all(value for name, value in person.hashes().items() if name[:2].isdigit())


def test_the_setting_counts_from_the_next_order_on(person: Person, work: Work, album: Path) -> None:
    person.settings.library = False
    person.open()
    person.drop(album)
    assert not person.folder.exists()
    person.settings.library = True
    paint(album / "new.png", 50)
    person.drop(album)
    work.begin()
    person.open()
    person.drop(album)
    assert set(work.decoded) == {f"{number:02}.png" for number in range(PICTURES)}


def test_what_is_similar_to_a_file_is_asked_without_reading_it_again(
    person: Person, work: Work, album: Path, tmp_path: Path
) -> None:
    paint(tmp_path / "other.png", 3)
    person.open()
    person.drop(album)
    for reads in (1, 0):
        work.begin()
        person.window.comparing.show_similar(str(tmp_path / "other.png"))
        similar = person.window.comparing.similar_mode.similar
        person.qtbot.waitUntil(lambda similar=similar: similar.bands is not None, timeout=WAIT)
        assert work.read["other.png"] == reads
        person.open()
        person.drop(album)


# Asked and told


def test_closing_and_clearing_ask_nothing_for_what_the_library_keeps(
    person: Person, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = questions(monkeypatch)
    window = person.open()
    person.drop(album)
    assert window.rows.unsaved() == PICTURES
    window.actions_.clear.trigger()
    assert (asked, window.rows.count) == ([], 0)
    person.drop(album)
    window.close()
    assert asked == []
    assert not window.isVisible()


@pytest.mark.parametrize("reason", ["off", "trouble", "cleared"])
def test_closing_asks_where_the_library_does_not_keep_them(
    person: Person, album: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    asked = questions(monkeypatch)
    person.settings.library = reason != "off"
    window = person.open()
    person.drop(album)
    if reason == "trouble":
        window.keeping._told.emit(Trouble(TroubleCode.FULL))
        QApplication.processEvents()
    if reason == "cleared":
        clear(person, monkeypatch)
    asked = questions(monkeypatch)
    window.close()
    assert asked == [f"The encodings of {PICTURES} pictures have not been exported."]
    assert window.isVisible()


def test_closing_asks_for_files_that_are_gone_or_have_changed(
    person: Person, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = questions(monkeypatch)
    window = person.open()
    person.drop(album)
    window.session.live.note_gone(list(range(10)))
    window.close()
    assert asked == ["The encodings of 10 pictures have not been exported, nor could the library give them again."]


def test_pasted_pictures_are_not_taken_for_kept(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    window = person.open()
    for number in range(2):
        image = QImage(40, 40, QImage.Format.Format_RGB32)
        image.fill(QColor(10 * number, 90, 120))
        QGuiApplication.clipboard().setImage(image)
        window.intake.paste()
        person.wait()
    QGuiApplication.clipboard().clear()
    assert window.rows.unsaved() == window.rows.unsaved(kept=True) == 2


def test_each_kind_of_trouble_is_told_once_in_words_that_help(person: Person, album: Path) -> None:
    window = person.open()
    library = window.keeping.library
    teller = threading.Thread(target=lambda: [library._teller(Trouble(TroubleCode.READ_ONLY)) for _ in range(2)])
    teller.start()
    teller.join()
    person.qtbot.waitUntil(lambda: bool(person.said()), timeout=WAIT)
    assert person.said().count("The library can only be read") == 1
    # AND not again with the next order
    person.drop(album)
    assert "library" not in person.said()
    library._teller(Trouble(TroubleCode.READ_ONLY))
    QApplication.processEvents()
    assert "library" not in person.said()


def test_a_damaged_library_is_told_of_and_encoding_goes_on(person: Person, work: Work, album: Path) -> None:
    person.folder.mkdir()
    (person.folder / "library.sqlite").write_bytes(b"this is no database" * 1000)
    person.open()
    person.drop(album)
    person.qtbot.waitUntil(lambda: "The library was damaged" in person.said(), timeout=WAIT)
    assert len(work.decoded) == PICTURES
    assert all(person.hashes()[f"{number:02}.png"] for number in range(PICTURES))


# Settings


def clear(person: Person, monkeypatch: pytest.MonkeyPatch, button: str = "Clear") -> list[str]:
    """Clear the library in the settings; the question."""
    asked: list[str] = []

    def exec_(box: QMessageBox) -> int:
        asked.append(box.informativeText())
        next(one for one in box.buttons() if one.text().replace("&", "") == button).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    dialog = settings_of(person)
    person.qtbot.waitUntil(dialog.library._clear.isEnabled, timeout=WAIT)
    dialog.library._clear.click()
    if button == "Clear":
        person.qtbot.waitUntil(lambda: "0 pictures" in size_said(dialog) or "empty" in size_said(dialog), timeout=WAIT)
    dialog.reject()
    return asked


def settings_of(person: Person) -> SettingsDialog:
    person.window.actions_.settings.trigger()
    return person.window.findChildren(SettingsDialog)[-1]


def size_said(dialog: SettingsDialog) -> str:
    return dialog.library._size.text()


def test_the_settings_say_what_is_in_the_library_and_clear_it(
    person: Person, work: Work, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.open()
    person.drop(album)
    person.open()
    dialog = settings_of(person)
    person.qtbot.waitUntil(lambda: f"of 2 GB, {PICTURES} pictures" in size_said(dialog), timeout=WAIT)
    dialog.reject()
    # WHEN the question is answered with Cancel THEN all stays
    assert str(PICTURES) in clear(person, monkeypatch, "Cancel")[0]
    work.begin()
    person.drop(album)
    assert work.read == Counter()
    # WHEN it is cleared THEN all is encoded again
    clear(person, monkeypatch)
    person.open()
    person.drop(album)
    assert len(work.decoded) == PICTURES


def test_settings_of_the_library_are_kept_on_ok_only(person: Person) -> None:
    person.open()
    for accept, kept in ((False, (True, 2048)), (True, (False, 4096))):
        dialog = settings_of(person)
        dialog.library.keep.click()
        dialog.library.set_limit(4096)
        (dialog.accept if accept else dialog.reject)()
        assert (person.settings.library, person.settings.library_limit) == kept
    # AND the library holds to it at once
    assert person.window.keeping.library.info().limit == 4 << 30


def test_a_library_that_cannot_be_looked_into_is_not_called_empty(person: Person, album: Path) -> None:
    person.open()
    person.drop(album)
    person.window.close_at_once()
    with sqlite3.connect(person.folder / "library.sqlite") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    person.open()
    dialog = settings_of(person)
    person.qtbot.waitUntil(lambda: "Looking" not in size_said(dialog), timeout=WAIT)
    assert size_said(dialog).startswith("The library was made by a newer imgenc")


# Ending


def test_a_library_that_hangs_keeps_nobody(person: Person, album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a library that never ends its writing
    window = person.open()
    person.drop(album)
    waited: list[float] = []
    monkeypatch.setattr(window.keeping.library, "close", lambda seconds: waited.append(seconds) or False)
    window.close()
    assert not window.isVisible()
    assert len(waited) == 1
    assert 0 <= waited[0] <= 1
