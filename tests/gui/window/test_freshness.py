"""Files that change on the disk while they are on the table: marked, encoded again, shown anew; and nothing else is."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRect, QSettings
from PySide6.QtWidgets import QApplication, QLabel

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.records.results import WarningCode
from imgenc_gui.core.states import State
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.pictures import previews, thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import STATUS
from imgenc_gui.gui.table.delegate import THUMBNAIL
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity

WAIT = 20_000


class Gate(Encoder):
    """Reads each picture, and hands its result on when the gate is open."""

    gate = threading.Event()
    read = threading.Event()

    def encode(self, numbered, stop=lambda: False):
        for pair in super().encode(numbered, stop):
            self.read.set()
            assert self.gate.wait(20)
            yield pair


class Table:
    """A window with its table, and how a person changes files and looks."""

    def __init__(self, qtbot, store: QSettings, encoder) -> None:
        self.qtbot = qtbot
        self.settings = Settings(store)
        self.settings.threads = 1
        self.errors: list[BaseException] = []
        self.window = MainWindow(self.settings, encoder, self.errors.append)
        self.window.resize(1280, 800)  # room for the inspector beside the table
        self.window.show()
        self.rows = self.window.rows

    def drop(self, *paths: Path) -> None:
        self.window.intake.add_paths([str(path) for path in paths])
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: self.window.session.activity is Activity.IDLE, timeout=WAIT)

    def row(self, path: Path) -> int:
        return self.rows.number(str(path))

    def hash(self, path: Path) -> str:
        return self.rows.hash_text(self.row(path), PHASH)

    def status(self, path: Path) -> str:
        return self.window.model.text(self.row(path), STATUS)

    def said(self) -> str:
        return " ".join(label.text() for label in self.window.message_bar.findChildren(QLabel))

    def inspector_says(self) -> str:
        return " ".join(label.text() for label in self.window.inspector.findChildren(QLabel) if label.isVisible())

    def thumbnail(self, path: Path) -> int:
        """Which thumbnail is kept for a picture; 0 for none."""
        pixmaps = [kept.pixmap for key, kept in self.window.thumbnails._kept.items() if key[0] == str(path)]
        return pixmaps[0].cacheKey() if pixmaps and pixmaps[0] else 0

    def thumbnail_colour(self, path: Path) -> str:
        position = self.window.model.position_of(self.row(path))
        cell = self.window.view.visualRect(self.window.model.index(position, 0))
        middle = QRect(cell.left() + SPACE + THUMBNAIL // 4, cell.center().y() - 8, THUMBNAIL // 2, 16)
        return _colour(self.window.view.viewport().grab(middle).toImage())

    def preview_colour(self) -> str:
        return _colour(self.window.inspector._preview.grab().toImage())


def _colour(image) -> str:
    """Whether red or blue is the most in a picture of widgets, which are grey."""
    pixels = [image.pixelColor(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)]
    red = sum(pixel.red() > pixel.blue() + 100 for pixel in pixels)
    blue = sum(pixel.blue() > pixel.red() + 100 for pixel in pixels)
    return "red" if red > blue else "blue" if blue else ""


@pytest.fixture
def make_table(qtbot, store: QSettings) -> Iterator:
    made: list[Table] = []

    def make(encoder=Encoder) -> Table:
        made.append(Table(qtbot, store, encoder))
        return made[-1]

    yield make
    Gate.gate.set()
    for table in made:
        table.window.close_at_once()
        table.window.deleteLater()
        assert table.errors == []
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete


@pytest.fixture
def table(make_table) -> Table:
    return make_table()


def paint(path: Path, seed: int, colour: str = "red", **options) -> None:
    """A picture whose hashes follow from the seed."""
    cells = np.random.default_rng(seed).integers(150, 256, (8, 8), np.uint8)
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., 0 if colour == "red" else 2] = cells
    Image.fromarray(pixels).resize((160, 160), Image.Resampling.BICUBIC).save(path, **options)
    _later(path)


_times = iter(range(1, 10_000))


def _later(path: Path) -> None:
    """Give it a time of its own: two changes may come within the file system's resolution."""
    when = 1_700_000_000 * 10**9 + next(_times) * 10**7
    os.utime(path, ns=(when, when))


def as_it_is(path: Path) -> str:
    ((_, result),) = Encoder(_options()).encode([(0, str(path))])
    return result.encodings[PHASH]


def _options():
    from imgenc_gui.core.records.methods import Options

    return Options((PHASH,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4):
        paint(folder / f"{number}.jpg", number)
    return folder


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_changed_file_that_is_dropped_again_or_its_folder_is_encoded_again(table: Table, folder: Path, what) -> None:
    # GIVEN pictures that are encoded and exported
    table.drop(folder)
    before = {path: table.hash(path) for path in folder.iterdir()}
    table.rows.mark_saved(range(4), [PHASH])
    generations = [table.rows.generation(row) for row in range(4)]
    # WHEN one of them changes and is dropped again, or its folder
    changed = folder / "2.jpg"
    paint(changed, 99)
    table.drop(changed if what == "file" else folder)
    # THEN it has the encodings of the file as it is now, which no file holds, and that is said
    assert table.hash(changed) == as_it_is(changed) != before[changed]
    assert table.status(changed) == "Encoded"
    assert table.rows.unsaved() == 1
    assert "1 file has changed since and is encoded again." in table.said()
    # AND the others are as they were
    others = [path for path in before if path != changed]
    assert all(table.hash(path) == before[path] for path in others)
    touched = [row for row in range(4) if table.rows.generation(row) != generations[row]]
    assert touched == [table.row(changed)]


def test_a_file_that_failed_and_was_mended_is_tried_again(table: Table, folder: Path) -> None:
    # GIVEN a copy that broke off, and one that isn't a picture yet
    whole = (folder / "1.jpg").read_bytes()
    (folder / "1.jpg").write_bytes(whole[:500])
    (folder / "2.jpg").write_bytes(b"")
    table.drop(folder)
    assert [table.status(folder / f"{number}.jpg") for number in (1, 2)] == ["Damaged", "Empty file"]
    # WHEN nothing has changed, THEN dropping them again tries nothing
    table.drop(folder)
    assert "changed" not in table.said()
    # WHEN the copies are complete, THEN dropping the folder again encodes them
    for number in (1, 2):
        (folder / f"{number}.jpg").write_bytes(whole)
    table.drop(folder)
    assert [table.status(folder / f"{number}.jpg") for number in (1, 2)] == ["Encoded"] * 2
    assert table.hash(folder / "1.jpg") == as_it_is(folder / "1.jpg")


def test_a_file_that_was_gone_and_is_back_is_tried_again(make_table, folder: Path, qtbot) -> None:
    # GIVEN a file that went away between listing and reading, though it never changed
    path, away = folder / "1.jpg", folder.parent / "away.jpg"
    table = make_table(Gate)
    Gate.gate.clear()
    Gate.read.clear()
    table.window.intake.add_paths([str(folder)])
    assert qtbot.waitUntil(Gate.read.is_set, timeout=WAIT) is None
    path.rename(away)
    Gate.gate.set()
    table.wait()
    assert table.rows.state(table.row(path)) is State.FAILED
    # WHEN it is back
    away.rename(path)
    table.drop(folder)
    # THEN it is encoded
    assert table.hash(path) == as_it_is(path)


def test_a_picture_that_became_unreadable_keeps_no_encoding_of_what_it_was(table: Table, folder: Path) -> None:
    table.drop(folder)
    (folder / "1.jpg").write_bytes((folder / "1.jpg").read_bytes()[:500])
    table.drop(folder)
    assert table.status(folder / "1.jpg") == "Damaged"
    assert table.hash(folder / "1.jpg") == ""


def test_a_file_that_was_only_touched_stays_saved(table: Table, folder: Path) -> None:
    table.drop(folder)
    table.rows.mark_saved(range(4), [PHASH])
    _later(folder / "1.jpg")
    table.drop(folder)
    assert table.rows.unsaved() == 0
    assert table.status(folder / "1.jpg") == "Encoded"
    table.window.session.encode_again([0, 1])
    table.wait()
    assert table.rows.unsaved() == 0


def test_encode_again_sees_a_change_that_left_size_and_time_alone(table: Table, folder: Path) -> None:
    # GIVEN a bitmap, whose size doesn't tell
    path = folder / "a.bmp"
    paint(path, 1)
    then = path.stat()
    table.drop(path)
    table.rows.mark_saved([0], [PHASH])
    paint(path, 2)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert path.stat().st_size == then.st_size
    table.window.session.encode_again([0])
    table.wait()
    assert table.hash(path) == as_it_is(path)
    assert table.rows.unsaved() == 1


def test_a_file_that_changes_while_it_is_encoded_and_is_dropped_again(make_table, folder: Path, qtbot) -> None:
    # GIVEN a picture that was read and whose result is on its way
    table = make_table(Gate)
    Gate.gate.clear()
    Gate.read.clear()
    table.window.intake.add_paths([str(folder / "1.jpg")])
    qtbot.waitUntil(Gate.read.is_set, timeout=WAIT)
    # WHEN it changes and is dropped again
    paint(folder / "1.jpg", 50)
    table.window.intake.add_paths([str(folder / "1.jpg")])
    qtbot.waitUntil(lambda: table.rows.seen(0) is not None, timeout=WAIT)
    Gate.gate.set()
    table.wait()
    # THEN the table ends with the file as it is now
    assert table.hash(folder / "1.jpg") == as_it_is(folder / "1.jpg")
    assert table.status(folder / "1.jpg") == "Encoded"


def test_a_second_method_on_a_file_that_changed_makes_the_first_anew(table: Table, folder: Path) -> None:
    """Else the row would mix encodings of two pictures."""
    table.settings.methods = (PHASH,)
    table.drop(folder)
    path = folder / "1.jpg"
    paint(path, 60)
    table.settings.methods = (PHASH, DHASH)
    table.window.session.encode()
    table.wait()
    assert table.hash(path) == as_it_is(path)
    assert table.rows.has(table.row(path), DHASH)


def test_thumbnail_and_preview_are_made_anew(table: Table, folder: Path, qtbot) -> None:
    # GIVEN a picture that is seen
    path = folder / "1.jpg"
    table.drop(path)
    table.window.view.select_row(0)
    qtbot.waitUntil(lambda: (table.thumbnail_colour(path), table.preview_colour()) == ("red", "red"), timeout=WAIT)
    # WHEN it changes and is dropped again
    paint(path, 7, "blue")
    table.drop(path)
    qtbot.waitUntil(lambda: (table.thumbnail_colour(path), table.preview_colour()) == ("blue", "blue"), timeout=WAIT)
    # AND again, with the same size and time, and is encoded again
    then = path.stat()
    paint(path, 7, "red")
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    table.window.session.encode_again([0])
    qtbot.waitUntil(lambda: (table.thumbnail_colour(path), table.preview_colour()) == ("red", "red"), timeout=WAIT)


def test_what_is_shown_again_is_not_read_again(table: Table, folder: Path, qtbot, monkeypatch) -> None:
    read: list[str] = []
    for module in (previews, thumbnails):
        original = module.read_image

        def counted(path, longest, stop, original=original):
            read.append(path)
            return original(path, longest, stop)

        monkeypatch.setattr(module, "read_image", counted)
    table.drop(folder / "1.jpg")
    table.window.view.select_row(0)
    qtbot.waitUntil(lambda: table.preview_colour() == "red" and table.thumbnail_colour(folder / "1.jpg") == "red")
    qtbot.wait(200)
    assert len(read) == 2


def test_a_preview_of_the_file_before_it_changed_is_not_shown(table: Table, folder: Path, qtbot, monkeypatch) -> None:
    # GIVEN a preview that takes long
    path = folder / "1.jpg"
    go_on, begun = threading.Event(), threading.Event()
    original = previews.read_image

    def slow(*arguments):
        read = original(*arguments)
        begun.set()
        assert go_on.wait(20)
        return read

    def noted(image, path, **more):
        shown.append(_colour(image))
        set_preview(image, path, **more)

    shown: list[str] = []
    set_preview = table.window.inspector.set_preview
    monkeypatch.setattr(table.window.inspector, "set_preview", noted)
    monkeypatch.setattr(previews, "read_image", slow)
    table.drop(path)
    qtbot.waitUntil(begun.is_set, timeout=WAIT)
    # WHEN the file changes and is encoded again before it comes
    paint(path, 8, "blue")
    table.drop(path)
    go_on.set()
    # THEN only the new one is shown
    qtbot.waitUntil(lambda: table.preview_colour() == "blue", timeout=WAIT)
    assert shown == ["blue"]


def test_a_change_that_is_noticed_while_looking_is_marked_until_it_is_encoded_again(
    table: Table, folder: Path, qtbot
) -> None:
    table.drop(folder)
    path = folder / "3.jpg"
    before = table.hash(path)
    paint(path, 70)
    # WHEN the picture is looked at, THEN it is marked, with its old encodings and what to do
    table.window.view.select_row(table.row(path))
    qtbot.waitUntil(lambda: table.status(path) == "Changed on disk", timeout=WAIT)
    qtbot.waitUntil(lambda: "The file has changed since it was encoded." in table.inspector_says(), timeout=WAIT)
    assert table.hash(path) == before
    assert table.window.model.count(Category.WARNINGS) == 1
    assert table.window.actions_.encode.isEnabled()
    # AND Encode makes its encodings anew
    table.window.actions_.encode.trigger()
    table.wait()
    assert (table.hash(path), table.status(path)) == (as_it_is(path), "Encoded")
    qtbot.waitUntil(lambda: "has changed" not in table.inspector_says(), timeout=WAIT)


def test_an_export_tells_what_has_changed_since_it_was_encoded(table: Table, folder: Path, tmp_path, qtbot) -> None:
    # GIVEN a picture that has changed, unnoticed
    table.drop(folder)
    before = table.hash(folder / "0.jpg")
    paint(folder / "0.jpg", 80)
    table.settings.last_export_folder, table.settings.last_export_format = str(tmp_path), "report"
    # WHEN all are exported
    table.window.export()
    dialog = table.window.findChild(ExportDialog)
    with qtbot.waitSignal(dialog.exported, timeout=WAIT):
        dialog.choices.main_button.click()
    # THEN what was encoded is written, with the digest of the file that it is of; and the change is told and marked
    told = "Changed on the disk since they were encoded: 1."
    qtbot.waitUntil(lambda: told in " ".join(x.text() for x in dialog.done_page.findChildren(QLabel)), timeout=WAIT)
    (file,) = tmp_path.glob("*.json")
    written = {image["path"]: image for image in json.loads(file.read_text())["images"]}
    assert written["0.jpg"]["encodings"]["phash"] == before
    assert len(written["0.jpg"]["xxh3_128"]) == 32
    assert table.status(folder / "0.jpg") == "Changed on disk"
    assert table.rows.unsaved() == 0
    dialog.close()


def test_after_an_export_the_window_takes_changes_in_by_portions(
    table: Table, folder: Path, tmp_path, qtbot, monkeypatch
) -> None:
    """Where a program has touched all 100,000 of them, the window would stand still for two seconds."""
    # GIVEN four pictures that have all changed
    monkeypatch.setattr(dialogs, "_PORTION", 3, raising=False)
    portions = []
    see_all = table.window.session.see_all
    monkeypatch.setattr(table.window.session, "see_all", lambda files: (portions.append(len(files)), see_all(files))[1])
    table.drop(folder)
    for number in range(4):
        paint(folder / f"{number}.jpg", 80 + number)
    table.settings.last_export_folder = str(tmp_path)
    # WHEN they are exported
    table.window.export()
    dialog = table.window.findChild(ExportDialog)
    dialog.choices.main_button.click()
    # THEN all four are told and marked, and never more than a portion was taken in at once
    told = "Changed on the disk since they were encoded: 4."
    qtbot.waitUntil(lambda: told in " ".join(x.text() for x in dialog.done_page.findChildren(QLabel)), timeout=WAIT)
    assert {table.status(folder / f"{number}.jpg") for number in range(4)} == {"Changed on disk"}
    assert max(portions) <= 3
    dialog.close()


# Rotation


def test_switching_the_rotation_touches_only_pictures_that_have_one(table: Table, folder: Path, qtbot) -> None:
    # GIVEN pictures of which one carries a rotation, one is damaged, and all is exported
    exif = Image.Exif()
    exif[274] = 6
    paint(folder / "1.jpg", 5, exif=exif)
    (folder / "2.jpg").write_bytes((folder / "0.jpg").read_bytes()[:400])
    table.settings.methods = (PHASH, AHASH)
    table.drop(folder)
    table.rows.mark_saved(range(4), [PHASH, AHASH])
    before = [(table.rows.generation(row), table.rows.result(row)) for row in range(4)]
    turned = table.row(folder / "1.jpg")
    qtbot.waitUntil(lambda: all(table.thumbnail(folder / f"{number}.jpg") for number in (0, 1, 3)), timeout=WAIT)
    shown = [table.thumbnail(folder / f"{number}.jpg") for number in (0, 3)]
    # WHEN the rotation is applied from now on
    table.settings.apply_exif_orientation = True
    table.window.session.encode()
    table.wait()
    qtbot.wait(100)
    # THEN only that picture is encoded again, and no other lost anything
    assert table.window.session.total == 1
    after = [(table.rows.generation(row), table.rows.result(row)) for row in range(4)]
    assert [row for row in range(4) if before[row] != after[row]] == [turned]
    assert [table.thumbnail(folder / f"{number}.jpg") for number in (0, 3)] == shown
    assert table.rows.unsaved() == 1
    # AND a picture that has changed on the disk since, and has a rotation now, is encoded as it is
    paint(folder / "3.jpg", 9, exif=exif)
    table.drop(folder)
    assert table.rows.any_turned()
    assert table.rows.facts(table.row(folder / "3.jpg")).orientation == 6
    table.settings.apply_exif_orientation = False
    table.window.session.encode()
    table.wait()
    assert table.window.session.total == 2
    assert not table.rows.any_turned()


def test_damaged_pictures_are_encoded_once_a_person_wants_them(table: Table, tmp_path: Path) -> None:
    # GIVEN a photo that breaks off, and one of which nothing is left
    whole, cut, nothing = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)).save(whole)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 2 // 3])
    nothing.write_bytes(data[:45])
    table.drop(whole, cut, nothing)
    assert table.rows.state(table.row(cut)) is table.rows.state(table.row(nothing)) is State.FAILED
    assert not table.window.actions_.encode.isEnabled()
    # WHEN damaged ones are wanted THEN they can be encoded, and are marked
    table.settings.damaged = True
    assert table.window.actions_.encode.isEnabled()
    table.window.actions_.encode.trigger()
    table.wait()
    assert table.status(cut) == "Encoded, warning"
    assert [warning.code for warning in table.rows.result(table.row(cut)).warnings] == [WarningCode.INCOMPLETE]
    assert table.rows.incomplete.tolist() == [False, True, False]
    assert table.rows.state(table.row(nothing)) is State.FAILED
    assert not table.window.actions_.encode.isEnabled()
