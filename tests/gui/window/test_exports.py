"""Exports that are opened: rows at once, nothing asked but what is open, files that are there, gone or changed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QPushButton, QRadioButton, QToolButton
from pytestqt.qtbot import QtBot

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.files import reading
from imgenc_gui.core.files.encodings_json import ENCODINGS
from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.files.report_json import REPORT
from imgenc_gui.core.files.workbook_xlsx import WORKBOOK
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.listing import relative_names
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import FailureCode
from imgenc_gui.core.states import State
from imgenc_gui.gui.inspector.preview import PreviewView
from imgenc_gui.gui.settings.store import Recent, Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import KNOWN, NAME, STATUS
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.open_dialog import OpenDialog
from imgenc_gui.gui.work.opening import Answer, Use
from imgenc_gui.gui.work.session import Activity
from tests.gui.conftest import FakeEncoder, make_failure, make_result

WAIT = 20_000


class Table:
    """A window, what a person brings to it, and what they see."""

    def __init__(self, qtbot: QtBot, store: QSettings, encoder: Callable = FakeEncoder) -> None:
        self.qtbot = qtbot
        self.settings = Settings(store)
        self.settings.threads = 1
        self.errors: list[BaseException] = []
        self.window = MainWindow(self.settings, encoder, self.errors.append)
        self.window.resize(1280, 800)
        self.window.show()
        self.rows = self.window.rows

    def bring(self, *paths: Path | str, answer: Answer | None = None) -> None:
        """Drop these; every question gets the answer."""
        self.window.intake.add_paths([str(path) for path in paths])
        self.wait(answer)

    def open(self, *paths: Path, answer: Answer | None = None) -> None:
        """Open these by the menu."""
        self.window.intake.exports_brought.emit([str(path) for path in paths])
        self.wait(answer)

    def wait(self, answer: Answer | None = None) -> None:
        def is_idle() -> bool:
            dialog = self.dialog()
            if dialog is not None and answer is not None:
                dialog.blockSignals(True)
                dialog.close()
                self.window.exports._opening.answer(answer)
            return self.window.session.activity is Activity.IDLE and self.dialog() is None

        if answer is None:
            self.qtbot.waitUntil(lambda: self.window.session.activity is Activity.IDLE, timeout=WAIT)
        else:
            self.qtbot.waitUntil(is_idle, timeout=WAIT)

    def ask(self, *paths: Path) -> OpenDialog:
        """Drop these, and return the question."""
        self.window.intake.add_paths([str(path) for path in paths])
        self.qtbot.waitUntil(lambda: self.dialog() is not None, timeout=WAIT)
        return self.dialog()

    def dialog(self) -> OpenDialog | None:
        return next((one for one in self.window.findChildren(OpenDialog) if one.isVisible()), None)

    def row(self, path: Path | str) -> int:
        return self.rows.number(str(path))

    def status(self, path: Path | str) -> str:
        return self.window.model.text(self.row(path), STATUS)

    @property
    def said(self) -> str:
        return self.window.message_bar.text if self.window.message_bar.isVisible() else ""


@pytest.fixture
def make_table(qtbot: QtBot, store: QSettings) -> Iterator[Callable]:
    made: list[Table] = []

    def make(encoder: Callable = FakeEncoder) -> Table:
        made.append(Table(qtbot, store, encoder))
        return made[-1]

    yield make
    for table in made:
        table.window.close_at_once()
        table.window.deleteLater()
        assert table.errors == []
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete


@pytest.fixture
def table(make_table: Callable) -> Table:
    return make_table()


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Four small pictures, one of them in a folder inside."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    paths = [folder / "a.png", folder / "b.png", folder / "c.png", folder / "sub" / "d.png"]
    for seed, path in enumerate(paths):
        draw(path, seed)
    return paths


def draw(path: Path, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    Image.fromarray(pixels).resize((90, 60)).save(path)
    os.utime(path, ns=(0, 1_700_000_000_000_000_000 + seed))


def write(
    target: Path,
    pictures: list[Path],
    file_format: ExportFormat = REPORT,
    methods: tuple[Method, ...] = (PHASH,),
    *,
    turned: bool = False,
    root: str | None = None,
    seed: int = 0,
) -> Path:
    """Export pictures as they are now."""
    folder = str(pictures[0].parent)
    names = relative_names([str(path) for path in pictures], folder)
    named = sorted((name, make_result(str(path), methods, seed)) for name, path in zip(names, pictures, strict=True))
    options = Options(methods, turned)
    return export(ExportRequest(named, target, file_format, options, folder if root is None else root))[0]


def find_no_question(table: Table) -> None:
    assert not table.window.findChildren(OpenDialog)


# Rows at once


def test_every_format_comes_back_to_the_table(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    for file_format in FORMATS:
        come_back(table, pictures, tmp_path, file_format)
        table.window.clear()  # one window for all is quicker


def come_back(table: Table, pictures: list[Path], tmp_path: Path, file_format: ExportFormat) -> None:
    # GIVEN an export, and pictures that are still there
    file = write(tmp_path / f"h{file_format.suffix}", pictures, file_format)
    # WHEN it is dropped, and asked about only where it doesn't name its folder
    answer = Answer(folder=str(pictures[0].parent), method=PHASH)
    table.bring(file, answer=answer if file_format not in (REPORT, NPZ, WORKBOOK) else None)
    # THEN each picture has its row, its encodings and its file
    assert sorted(table.rows.paths) == sorted(map(str, pictures))
    for path in pictures:
        assert table.rows.hash_text(table.row(path), PHASH) == make_result(str(path)).encodings[PHASH]
        assert table.status(path) == "Encoded"
    # AND nothing is encoded, and closing asks nothing
    assert table.window.progress.missing == 0
    assert dialogs.unsaved_words(table.rows) == []
    assert table.rows.unsaved() == 0
    # AND where it doesn't say how they were encoded, that is told
    assert ("compare with care" in table.said) == (file_format not in (REPORT, NPZ, WORKBOOK))
    # AND it is among what was open recently
    assert table.settings.recent[0] == Recent(str(file), is_export=True)


def test_its_copies_are_counted(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    table.bring(write(tmp_path / "r.xlsx", pictures, WORKBOOK))  # which doesn't say exactly what files were like
    button = table.window.filter_bar._buttons[Category.COPIES]
    table.qtbot.waitUntil(lambda: button.words() == "Copies  0", timeout=WAIT)


def test_a_report_brings_its_facts_and_its_failures(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    result = make_result(str(pictures[0]))
    bad = make_failure(str(pictures[1]), FailureCode.TOO_LARGE)
    named = [("a.png", result), ("b.png", bad)]
    export(ExportRequest(named, tmp_path / "r.json", REPORT, Options((PHASH,)), str(pictures[0].parent)))
    table.bring(tmp_path / "r.json")
    assert table.rows.result(0) == result
    assert table.rows.state(1) is State.FAILED
    assert table.rows.failure(1) == bad.failure


def test_an_npz_keeps_which_files_it_was_made_of(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    table.bring(write(tmp_path / "h.npz", pictures, NPZ))
    facts = table.rows.facts(0)
    assert (facts.bytes, facts.mtime_ns) == (pictures[0].stat().st_size, pictures[0].stat().st_mtime_ns)
    # AND the inspector shows no size of 0 x 0
    table.window.view.select_row(0)
    table.qtbot.waitUntil(lambda: table.window.inspector.current_path() == str(pictures[0]))
    told = [caption.text() for caption, value in table.window.inspector._fact_rows if caption.isVisible()]
    assert told == ["Folder", "File", "Changed"]


def test_an_export_and_a_folder_in_one_drop(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    # GIVEN an export of two pictures of a folder
    file = write(tmp_path / "r.json", pictures[:2], seed=5)
    # WHEN both are dropped together: the folder's pictures are encoded, so that there is a question
    table.bring(file, pictures[0].parent, answer=Answer(folder=str(pictures[0].parent)))
    # THEN each picture is there once, and what was encoded now has stayed
    assert sorted(table.rows.paths) == sorted(map(str, pictures))
    assert all(table.rows.hash_text(table.row(path), PHASH) for path in pictures)


def test_a_file_that_is_named_like_an_export_but_is_none_goes_the_old_way(table: Table, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"a": 1}')
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    (tmp_path / "arrays.npz").write_bytes(b"PK\x03\x04")
    table.bring(tmp_path / "settings.json", tmp_path / "notes.csv", tmp_path / "arrays.npz")
    assert len(table.rows) == 3
    assert table.said == ""


# What is asked


def test_nothing_is_asked_for_an_empty_table_but_the_use_for_a_full_one(
    table: Table, pictures: list[Path], tmp_path: Path
) -> None:
    file = write(tmp_path / "r.json", pictures[:2])
    table.bring(file)
    find_no_question(table)
    dialog = table.ask(write(tmp_path / "s.json", pictures[2:]))
    texts = visible(dialog)
    assert "Add its pictures to the table" in texts
    assert "In this folder" not in texts
    dialog.reject()
    table.wait()
    assert len(table.rows) == 2


def test_nothing_is_asked_for_several_exports_that_come_to_an_empty_table(
    table: Table, pictures: list[Path], tmp_path: Path
) -> None:
    table.bring(write(tmp_path / "r.json", pictures[:2]), write(tmp_path / "s.json", pictures[2:3]))
    table.qtbot.waitUntil(lambda: len(table.rows) == 3 or table.dialog() is not None, timeout=WAIT)
    table.wait()
    find_no_question(table)
    assert len(table.rows) == 3


def visible(dialog: OpenDialog) -> list[str]:
    return [button.accessibleName() for button in dialog.findChildren(QRadioButton) if button.isVisible()]


def button(dialog: OpenDialog, name: str) -> QRadioButton:
    return next(one for one in dialog.findChildren(QRadioButton) if one.accessibleName() == name)


def test_a_folder_that_has_moved_is_asked_for_once(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    # GIVEN two exports of one series, and their pictures elsewhere now
    folder, moved = pictures[0].parent, tmp_path / "moved"
    answers = {
        method: write(tmp_path / f"h.{method.id}.json", pictures, ENCODINGS, (method,)) for method in (PHASH, DHASH)
    }
    folder.rename(moved)
    # WHEN both are dropped
    dialog = table.ask(*answers.values())
    assert "They are not there." in [label.text() for label in dialog.findChildren(type(dialog._found))]
    assert button(dialog, "I don't have the pictures").isChecked()
    dialog.set_folder(str(moved))
    table.qtbot.waitUntil(lambda: dialog._found.text() == "They are there.", timeout=WAIT)
    dialog.accept()
    table.wait()
    # THEN one question is enough for both
    table.qtbot.waitUntil(lambda: table.rows.any_has(DHASH) and table.window.session.activity is Activity.IDLE)
    assert table.dialog() is None
    assert sorted(table.rows.paths) == sorted(str(moved / path.relative_to(folder)) for path in pictures)
    row = table.row(moved / "a.png")
    assert table.rows.has(row, PHASH)
    assert table.rows.has(row, DHASH)
    assert table.status(moved / "a.png") == "Encoded"


def test_the_method_is_asked_for_where_nothing_tells_it(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    file = write(tmp_path / "h.json", pictures, ENCODINGS, (DHASH,))
    file = file.rename(tmp_path / "dictionary.json")
    dialog = table.ask(file)
    dialog._method.setCurrentIndex(dialog._method.findData(DHASH))
    button(dialog, "I don't have the pictures").setChecked(True)
    dialog.accept()
    table.wait()
    # THEN its pictures are rows of that method, in a place where there is no file of anybody's
    assert table.rows.any_has(DHASH)
    assert not table.rows.any_has(PHASH)
    assert sorted(table.rows.paths) == [str(file / name) for name in ("a.png", "b.png", "c.png", "sub/d.png")]
    assert table.window.model.text(0, NAME) == "a.png"
    assert table.status(file / "a.png") == "File not found"
    # AND exported again they have the names that they had
    assert table.window.session.root == str(file)


def test_the_other_rotation_is_told(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    table.bring(write(tmp_path / "r.json", pictures, turned=True))
    assert "photos taken upright can't be compared" in table.said
    assert len(table.rows) == 4


# Files that aren't there, or changed


def test_files_that_are_gone_are_marked_and_keep_their_encodings(
    make_table: Callable, pictures: list[Path], tmp_path: Path
) -> None:
    table = make_table(Encoder)
    file = write(tmp_path / "r.json", pictures)
    before = {path: make_result(str(path)).encodings[PHASH] for path in pictures}
    pictures[0].unlink()
    draw(pictures[1], 77)
    # WHEN the export is opened
    known = []
    table.window.session.live.settled.connect(lambda: known.append(bool(table.rows.gone.any())))
    table.bring(file)
    # THEN what compares is told once it is known which are gone
    assert known[-1]
    # AND what is gone and what has changed is told, and the rest is as it was
    assert [table.status(path) for path in pictures] == ["File not found", "Changed on disk", "Encoded", "Encoded"]
    assert {path: table.rows.hash_text(table.row(path), PHASH) for path in pictures} == before
    assert table.window.model.count(Category.WARNINGS) == 1
    tip = table.window.model.data(
        table.window.model.index(table.window.model.position_of(0), table.window.model.section(STATUS)), 3
    )
    assert tip == "The file is not there; its encodings are from r.json."
    # AND the inspector says so
    table.window.view.select_row(table.row(pictures[0]))
    preview = table.window.inspector.findChild(PreviewView)
    table.qtbot.waitUntil(lambda: preview._message == "There is no file.", timeout=WAIT)
    # AND Encode takes only what is there
    assert table.window.progress.missing == 1
    pictures[1].unlink()
    table.window.session.live.note_gone([table.row(pictures[1])])
    table.window.progress.refresh()
    assert "whose file is there" in table.window.actions_.encode.toolTip()
    # AND encoding it again leaves what it has
    table.window.view.encode_again_requested.emit([table.row(pictures[0])])
    table.wait()
    assert table.rows.hash_text(table.row(pictures[0]), PHASH) == before[pictures[0]]
    assert table.status(pictures[0]) == "File not found"
    assert "could not be opened" in table.said
    # AND when the file is there again it is found by its path, and encoded on demand
    draw(pictures[0], 0)
    table.bring(pictures[0].parent)
    assert table.status(pictures[0]) == "Encoded"
    assert table.rows.hash_text(table.row(pictures[0]), PHASH) == before[pictures[0]]
    pictures[0].unlink()
    table.window.session.live.note_gone([table.row(pictures[0])])
    draw(pictures[0], 0)
    table.window.session.encode_again([table.row(pictures[0])])
    table.wait()
    assert table.rows.hash_text(table.row(pictures[0]), PHASH) != before[pictures[0]]
    assert table.status(pictures[0]) == "Encoded"


def test_a_thumbnail_is_read_for_what_is_there_alone(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    file = write(tmp_path / "r.json", pictures)
    pictures[0].unlink()
    table.bring(file)
    kept = table.window.thumbnails._kept

    def shown() -> set[str]:
        return {path for (path, _), one in kept.items() if one.pixmap is not None}

    table.qtbot.waitUntil(lambda: shown() == {str(path) for path in pictures[1:]}, timeout=WAIT)


# Merging


def test_what_is_on_the_table_already_gets_what_it_lacks(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    # GIVEN two pictures that were encoded here, one of which has changed after the export was made
    file = write(tmp_path / "r.json", pictures, REPORT, (PHASH, DHASH), seed=9)
    draw(pictures[1], 55)
    table.bring(pictures[0], pictures[1])
    hashes = [table.rows.hash_text(row, PHASH) for row in range(2)]
    # WHEN the export is added
    table.bring(file, answer=Answer(folder=str(pictures[0].parent)))
    # THEN what was encoded here stays, and the unchanged one has more
    assert [table.rows.hash_text(row, PHASH) for row in range(2)] == hashes
    assert table.rows.has(0, DHASH)
    assert not table.rows.has(1, DHASH)
    assert len(table.rows) == 4
    assert table.said == (
        "1 picture on the table got more encodings. 1 picture was in the list already and stays as it is."
    )
    # AND what was encoded here alone is still worth asking for
    assert table.rows.unsaved() == 2


# Files from anywhere


def test_what_cannot_be_opened_is_said(table: Table, tmp_path: Path) -> None:
    for content, said in {
        '{"a.jpg": "9fee256239984d71", ': "can't be read as an export",
        '{"format": "imgenc report", "version": 99, "images": []}': "written by a newer imgenc",
        "{}": "holds no pictures",
    }.items():
        (tmp_path / "x.json").write_text(content)
        table.settings.add_recent(str(tmp_path / "x.json"), is_export=True)
        table.bring(tmp_path / "x.json")
        assert said in table.said
        assert len(table.rows) == 0
        assert table.settings.recent == ()


def test_what_is_no_export_is_said_where_one_was_to_be_opened(table: Table, pictures: list[Path]) -> None:
    table.open(pictures[0])
    assert table.said == "a.png is not an export of imgenc's."
    table.open(pictures[0].parent / "nothing.json")
    assert "nothing.json can't be read" in table.said


def test_a_recent_export_that_is_gone_is_forgotten(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    file = write(tmp_path / "r.json", pictures)
    table.bring(file)
    table.window.clear()
    links = [one for one in table.window.drop_area.findChildren(QToolButton) if "recent export" in one.accessibleName()]
    links[0].click()
    table.wait()
    assert len(table.rows) == 4
    table.window.clear()
    file.unlink()
    links = [one for one in table.window.drop_area.findChildren(QToolButton) if "recent export" in one.accessibleName()]
    links[0].click()
    table.wait()
    assert table.settings.recent == ()
    assert "r.json could not be opened" in table.said


def test_names_and_numbers_from_anywhere(table: Table, tmp_path: Path) -> None:
    names = ["../../etc/passwd", "/dev/zero", "a/../../b.jpg", "", ".", "con\u202e.jpg", "\ud800.jpg", "x" * 5000]
    image = {"format": "JPEG", "width": 2**70, "height": -5, "frames": 10**30, "bytes": -3, "mtime_ns": 2**80,
             "orientation": 4711, "encodings": {"phash": "9fee256239984d71"}, "warnings": []}  # fmt: skip
    content = {
        "format": "imgenc report",
        "version": 1,
        "options": {"methods": ["phash"], "apply_rotation": False},
        "root": "C:\\photos",
        "images": [image | {"path": name} for name in names],
        "failures": [],
        "other_files": [],
    }
    (tmp_path / "x.json").write_text(json.dumps(content))
    table.bring(tmp_path / "x.json", answer=Answer())
    assert len(table.rows) == len(names)
    assert all(table.rows.is_gone(row) for row in range(len(names)))
    assert table.rows.size(0) == (0, 0)
    inside = [path for path in table.rows.paths if path != "/dev/zero"]
    assert all(path.startswith(str(tmp_path / "x.json") + os.sep) for path in inside)
    assert not any(".." in Path(path).parts for path in inside)
    for row in range(len(names)):
        table.window.view.select_row(row)
        QApplication.processEvents()


def test_stop_ends_the_reading(table: Table, pictures: list[Path], tmp_path: Path, monkeypatch) -> None:
    # GIVEN an export that takes its time
    file = write(tmp_path / "r.json", pictures)
    begun = threading.Event()
    read = REPORT.read

    def slow(path, method, stop):
        begun.set()
        while not stop():
            pass
        return read(path, method, stop)

    slow_format = type(REPORT)(**{name: getattr(REPORT, name) for name in REPORT.__slots__} | {"read": slow})
    monkeypatch.setattr(reading, "FORMATS", (slow_format,))
    table.window.intake.exports_brought.emit([str(file), str(file)])
    table.qtbot.waitUntil(begun.is_set, timeout=WAIT)
    # THEN the window says what goes on, and Stop ends it, and what came with it
    assert table.window.session.activity is Activity.OPENING
    assert table.window.status.text == "Opening an export…"
    assert table.window.actions_.encode.toolTip() == "An export is being opened"
    table.window.actions_.stop.trigger()
    table.wait()
    assert len(table.rows) == 0
    assert table.said == ""
    # AND the next one is opened as ever
    monkeypatch.setattr(reading, "FORMATS", FORMATS)
    table.open(file)
    assert len(table.rows) == 4


def test_stop_while_rows_come_in_keeps_those(table: Table, pictures: list[Path], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("imgenc_gui.gui.work.opening._SLICE", 2)
    file = write(tmp_path / "r.json", pictures)
    table.window.session.live.appended.connect(lambda _added: table.window.session.stop())
    table.bring(file)
    assert len(table.rows) == 2
    assert table.said == "r.json was opened in part: you stopped it."
    assert table.rows.unsaved() == 0


# The reference


def test_which_of_my_pictures_are_already_in_there(make_table: Callable, pictures: list[Path], tmp_path: Path) -> None:
    # GIVEN a table of pictures, and an export of some, one of which was saved anew
    table = make_table(Encoder)
    table.bring(*pictures[:3])
    copied, options = tmp_path / "copy.jpg", Options((PHASH,))
    Image.open(pictures[0]).save(copied, quality=90)
    ((_, result),) = Encoder(options).encode([(0, str(copied))])
    export(ExportRequest([("copy.jpg", result)], tmp_path / "old.json", REPORT, options, str(tmp_path)))
    # WHEN it is opened as the reference
    bar = table.window.reference_bar
    assert not bar.isVisible()
    assert table.window.view.isColumnHidden(table.window.model.section(KNOWN))
    table.bring(tmp_path / "old.json", answer=Answer(Use.REFERENCE))
    table.qtbot.waitUntil(lambda: bar.text == "1 of 3 pictures are already in old.json.", timeout=WAIT)
    # THEN the table says which, and can be narrowed down to those, and to the others
    assert bar.isVisible()
    assert len(table.rows) == 3
    model = table.window.model
    assert model.text(0, KNOWN).startswith("copy.jpg · ")
    assert model.text(1, KNOWN) == ""
    view = table.window.view
    table.qtbot.waitUntil(lambda: not view.isColumnHidden(model.section(KNOWN)), timeout=WAIT)
    table.window.filter_bar.set_category(Category.KNOWN)
    assert list(model.shown_rows) == [0]
    table.window.filter_bar.set_category(Category.NEW)
    assert list(model.shown_rows) == [1, 2]
    # AND what is added is looked for, too
    table.bring(pictures[3])
    table.qtbot.waitUntil(lambda: bar.text == "1 of 4 pictures are already in old.json.", timeout=WAIT)
    # AND letting go of it ends all that
    table.window.filter_bar.set_category(Category.NEW)
    bar.findChild(QPushButton).click()
    assert not bar.isVisible()
    table.qtbot.waitUntil(lambda: view.isColumnHidden(model.section(KNOWN)), timeout=WAIT)
    assert table.window.filter_bar.category is Category.ALL
    assert model.text(0, KNOWN) == ""


def test_a_reference_outlives_the_table(table: Table, pictures: list[Path], tmp_path: Path) -> None:
    table.bring(pictures[0])
    table.bring(write(tmp_path / "r.json", pictures), answer=Answer(Use.REFERENCE))
    text = "1 of 1 pictures are already in r.json."
    table.qtbot.waitUntil(lambda: table.window.reference_bar.text == text, timeout=WAIT)
    table.window.rows.mark_saved([0], [PHASH])
    table.window.clear()
    begin = "Your pictures will be looked for in r.json"
    table.qtbot.waitUntil(lambda: table.window.reference_bar.text.startswith(begin), timeout=WAIT)
    table.bring(pictures[0])
    table.qtbot.waitUntil(lambda: table.window.reference_bar.text == text, timeout=WAIT)
