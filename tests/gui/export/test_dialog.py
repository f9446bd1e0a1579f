"""Exporting: what is written where, progress, cancel without remains, and errors that lose nothing."""

import json
import threading
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
import shiboken6
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QMessageBox, QPlainTextEdit, QRadioButton

from imgenc_gui.core.files.csv_table import CSV
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.files.workbook_xlsx import WORKBOOK
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.export import pages as export_pages
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.export.snapshot import Scope, Snapshot
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.jobs import Jobs
from tests.core.files.exports import sheet_rows

FACTS = Facts("JPEG", 400, 300, 1, 1000, 0, 1)
BOTH = (PHASH, DHASH)


def make_table(count):
    """So many pictures, and one that could not be read."""
    rows = Rows(METHODS)
    rows.append([*(f"/photos/sub/{number:05}.jpg" for number in range(count)), "/photos/zz.jpg"])
    for number, path in enumerate(rows.paths[:-1]):
        hashes = {PHASH: f"{number:016x}", DHASH: f"{number + 1:016x}"}
        rows.apply(number, ImageResult(path, FACTS, hashes))
    rows.apply(count, ImageResult(rows.paths[-1], failure=ImageFailure(FailureCode.DAMAGED, "misnamed")))
    return rows


class Blocking(Snapshot):
    """Rows that wait, in the middle of the writing, until the test lets them go on."""

    reached = threading.Event()
    go_on = threading.Event()

    def named(self, scope, most=None):
        for number, pair in enumerate(super().named(scope, most)):
            if most is None and number == 3:
                self.reached.set()
                assert self.go_on.wait(20)
            yield pair


class Broken(Snapshot):
    """Rows that end in a bug."""

    def named(self, scope, most=None):
        yield from super().named(scope, 3)
        if most is None:
            raise ZeroDivisionError


def snapshot(kind=Snapshot, methods=BOTH, count=7):
    rows = make_table(count)
    scopes = {Scope.ALL: range(count + 1), Scope.SELECTED: [0, 1, count], Scope.SHOWN: []}
    return kind(rows, scopes, rows.moment(), Options(methods), "/photos")


@pytest.fixture
def settings(store, tmp_path):
    made = Settings(store)
    folder = tmp_path / "out"
    folder.mkdir()
    made.last_export_folder = str(folder)
    return made


@pytest.fixture
def errors():
    return []


@pytest.fixture
def blocking():
    Blocking.reached.clear()
    Blocking.go_on.clear()
    yield Blocking
    Blocking.go_on.set()


@pytest.fixture
def make(settings, qtbot, errors):
    jobs = Jobs(3, errors.append)

    def made(kind=Snapshot, methods=BOTH, count=7):
        dialog = ExportDialog(settings, snapshot(kind, methods, count), jobs)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    yield made
    assert jobs.close(20_000)


def named(dialog, name, kind=QAbstractButton):
    return next(w for w in dialog.findChildren(kind) if w.accessibleName() == name)


def button(dialog, text):
    buttons = [one for one in dialog.findChildren(QAbstractButton) if one.text().replace("&", "") == text]
    return next((one for one in buttons if one.isVisible()), buttons[0])


def press(dialog, text):
    assert button(dialog, text).isVisible()
    button(dialog, text).click()


def place(dialog):
    return named(dialog, "Save as", QLineEdit)


def shown_texts(dialog):
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def export(dialog, qtbot):
    """The files written, as the dialog says it."""
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        press(dialog, "Export")
    return [Path(line) for line in named(dialog, "Files written", QPlainTextEdit).toPlainText().splitlines()]


def test_encodings_are_written_for_each_method_and_the_dialog_says_where(make, qtbot, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(export_pages, "show_in_folder", lambda path, _failed: shown.append(path))
    dialog = make()
    assert "photos encodings.phash.json" in shown_texts(dialog)
    files = export(dialog, qtbot)
    folder = tmp_path / "out"
    assert sorted(files) == [folder / "photos encodings.dhash.json", folder / "photos encodings.phash.json"]
    written = json.loads((folder / "photos encodings.phash.json").read_text(encoding="utf-8"))
    assert written == {f"sub/{n:05}.jpg": f"{n:016x}" for n in range(7)}
    assert "7 of 8 were written with their encodings.\n1 could not be read, and was left out." in shown_texts(dialog)
    assert str(files[0]) in named(dialog, "Files written", QPlainTextEdit).toPlainText()
    press(dialog, "Show in folder")
    assert shown == [files[0]]
    assert not button(dialog, "Open").isVisible()  # of two
    press(dialog, "Copy paths")
    assert QGuiApplication.clipboard().text() == "\n".join(map(str, files))
    press(dialog, "Close")
    assert not dialog.isVisible()


def test_the_file_is_opened_and_where_nothing_opens_or_shows_it_that_is_told(make, qtbot, tmp_path, monkeypatch):
    opened = []
    dialog = make(methods=(PHASH,))
    (file,) = export(dialog, qtbot)
    monkeypatch.setattr(export_pages, "open_file", lambda path, _failed: opened.append(path))
    press(dialog, "Open")
    assert opened == [file]
    assert "can't" not in shown_texts(dialog)
    # GIVEN a desktop without a program for it, and without a file manager
    monkeypatch.setattr(export_pages, "open_file", lambda _path, failed: failed())
    monkeypatch.setattr(export_pages, "show_in_folder", lambda _path, failed: failed())
    press(dialog, "Open")
    assert "The file can't be opened" in shown_texts(dialog)
    press(dialog, "Show in folder")
    assert "The folder can't be shown" in shown_texts(dialog)
    assert "The file can't be opened" not in shown_texts(dialog)


def test_a_program_that_fails_once_the_dialog_is_closed_harms_nobody(make, qtbot, monkeypatch):
    failing = []
    monkeypatch.setattr(export_pages, "open_file", lambda _path, failed: failing.append(failed))
    dialog = make(methods=(PHASH,))
    export(dialog, qtbot)
    press(dialog, "Open")
    dialog.done_page.setParent(None)
    shiboken6.delete(dialog.done_page)
    failing[0]()


def test_a_spreadsheet_of_the_selected_rows_by_mouse_and_keys(make, qtbot, tmp_path):
    dialog = make()
    dialog.findChild(QRadioButton, "format_xlsx").click()
    dialog.findChild(QRadioButton, "scope_selected").click()
    dialog.findChild(QCheckBox, "method_dhash").click()
    assert place(dialog).text().endswith("photos encodings.xlsx")
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        qtbot.keyClick(place(dialog), Qt.Key.Key_Return)
    header, *rows = sheet_rows(tmp_path / "out" / "photos encodings.xlsx")
    assert len(rows) == 3
    assert "PHash" in header
    assert "DHash" not in header
    assert "it may be damaged" in rows[-1][-1]


def test_a_workbook_has_thumbnails_only_where_they_are_asked_for(settings, qtbot, tmp_path):
    # GIVEN a picture that is there, and one that is gone
    picture = tmp_path / "a.png"
    Image.new("RGB", (300, 150), "teal").save(picture)
    rows = Rows(METHODS)
    rows.append([str(picture), str(tmp_path / "gone.jpg")])
    for row, path in enumerate(rows.paths):
        rows.apply(row, ImageResult(path, FACTS, {PHASH: "0" * 16}))
    held = Snapshot(rows, dict.fromkeys(Scope, range(2)), rows.moment(), Options((PHASH,)), str(tmp_path))
    jobs = Jobs(1, print)
    sizes = []
    for asked in (False, True):
        dialog = ExportDialog(settings, held, jobs)
        qtbot.addWidget(dialog)
        dialog.show()
        dialog.findChild(QRadioButton, "format_xlsx").click()
        place(dialog).setText(str(tmp_path / f"{asked}.xlsx"))
        box = dialog.findChild(QCheckBox, "extra_thumbnails")
        if asked:
            box.click()
        (file,) = export(dialog, qtbot)
        with closing(openpyxl.load_workbook(file)) as book:
            sizes.append([(image.anchor._from.row, image.width, image.height) for image in book.worksheets[0]._images])
        assert "2 pictures were written" in shown_texts(dialog)
        dialog.close()
    assert sizes == [[], [(1, 96, 48)]]
    assert jobs.close()


def test_who_last_chose_the_csv_for_excel_is_offered_the_workbook(make, settings):
    settings.last_export_format = "excel"
    dialog = make()
    assert dialog.choices.file_format() is WORKBOOK
    assert dialog.findChild(QRadioButton, "format_excel") is None


OFFERED = [file_format for file_format in FORMATS if file_format.offered]


@pytest.mark.parametrize("file_format", OFFERED, ids=[file_format.id for file_format in OFFERED])
def test_every_format_has_a_sentence_a_preview_and_can_be_written(make, qtbot, settings, file_format):
    dialog = make()
    button = dialog.findChild(QRadioButton, f"format_{file_format.id}")
    button.click()
    assert button.accessibleDescription() in shown_texts(dialog)
    assert named(dialog, "First lines", QPlainTextEdit).toPlainText()
    for path in export(dialog, qtbot):
        assert path.stat().st_size > 100
        assert path.suffix == file_format.suffix
    assert settings.last_export_format == file_format.id


def test_the_preview_follows_the_choices(make):
    dialog = make()
    preview = named(dialog, "First lines", QPlainTextEdit)
    before = preview.toPlainText()
    assert "sub/00000.jpg" in before
    dialog.findChild(QRadioButton, "format_csv").click()
    assert "," in preview.toPlainText()
    assert preview.toPlainText() != before


def test_format_and_folder_are_remembered(make, qtbot, tmp_path, settings):
    other = tmp_path / "other"
    other.mkdir()
    dialog = make()
    dialog.findChild(QRadioButton, "format_report").click()
    place(dialog).setText(str(other / "mine"))
    assert export(dialog, qtbot) == [other / "mine.json"]
    again = make()
    assert again.findChild(QRadioButton, "format_report").isChecked()
    assert place(again).text() == str(other / "photos encodings.json")


# -- replacing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("replace", [True, False])
def test_existing_files_are_replaced_only_when_asked(make, qtbot, tmp_path, replace):
    old = tmp_path / "out" / "photos encodings.dhash.json"
    old.write_text("old")
    dialog = make()
    press(dialog, "Export")
    box = dialog.findChild(QMessageBox)
    assert old.name in box.text()
    assert "phash" not in box.text()
    if replace:
        with qtbot.waitSignal(dialog.exported, timeout=20_000):
            press(box, "Replace")
        assert old.read_text() != "old"
    else:
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        assert old.read_text() == "old"
        assert names_in(old.parent) == [old.name]
        assert dialog.choices.isVisible()
        assert not dialog.is_running()


# -- cancel and errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["button", "escape"])
def test_cancel_leaves_nothing_behind_and_the_dialog_open(make, blocking, qtbot, tmp_path, way):
    dialog = make(blocking)
    press(dialog, "Export")
    assert blocking.reached.wait(20)
    assert dialog.is_running()
    if way == "button":
        press(dialog, "Cancel")
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert "Cancelling" in shown_texts(dialog)
    blocking.go_on.set()
    qtbot.waitUntil(lambda: not dialog.is_running(), timeout=20_000)
    assert names_in(tmp_path / "out") == []
    assert dialog.choices.isVisible()


def test_closing_while_writing_cancels_and_closes_when_it_is_undone(make, blocking, qtbot, tmp_path):
    dialog = make(blocking)
    press(dialog, "Export")
    assert blocking.reached.wait(20)
    dialog.close()
    blocking.go_on.set()
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=20_000)
    assert not dialog.is_running()
    assert names_in(tmp_path / "out") == []


def test_cancel_keeps_the_file_that_was_there(make, blocking, qtbot, tmp_path):
    old = tmp_path / "out" / "photos encodings.json"
    old.write_text("old")
    dialog = make(blocking, methods=(PHASH,))
    press(dialog, "Export")
    press(dialog.findChild(QMessageBox), "Replace")
    assert blocking.reached.wait(20)
    press(dialog, "Cancel")
    blocking.go_on.set()
    qtbot.waitUntil(lambda: not dialog.is_running(), timeout=20_000)
    assert old.read_text() == "old"
    assert names_in(old.parent) == [old.name]


def test_an_error_is_told_in_plain_words_and_another_place_can_be_chosen(make, qtbot, tmp_path):
    (tmp_path / "a file").write_text("not a folder")
    dialog = make()
    dialog.findChild(QRadioButton, "format_csv").click()
    dialog.findChild(QRadioButton, "scope_selected").click()
    place(dialog).setText(str(tmp_path / "a file" / "x.csv"))
    press(dialog, "Export")
    qtbot.waitUntil(lambda: "Nothing was written" in shown_texts(dialog), timeout=20_000)
    assert "Errno" not in shown_texts(dialog)
    assert dialog.choices.file_format() is CSV
    assert dialog.choices.scope() is Scope.SELECTED
    place(dialog).setText(str(tmp_path / "out" / "x.csv"))
    assert export(dialog, qtbot) == [tmp_path / "out" / "x.csv"]
    assert "Nothing was written" not in shown_texts(dialog)


def test_an_unexpected_error_is_reported_and_the_dialog_lives_on(make, errors, qtbot, tmp_path):
    dialog = make(Broken)
    press(dialog, "Export")
    qtbot.waitUntil(lambda: "failed unexpectedly" in shown_texts(dialog) and bool(errors), timeout=20_000)
    assert isinstance(errors[0], ZeroDivisionError)
    assert names_in(tmp_path / "out") == []
    assert dialog.choices.isVisible()


def test_progress_is_told_seldom_enough_for_the_window(make, qtbot):
    told = []
    dialog = make(methods=(PHASH,), count=3_000)
    dialog._runner.progressed.connect(told.append)
    export(dialog, qtbot)
    assert told == sorted(told)
    assert len(told) < 300
    assert "3,001 pictures" not in shown_texts(dialog)


def test_what_was_written_is_told_for_these_rows_and_methods_alone(make, qtbot):
    dialog = make()
    dialog.findChild(QCheckBox, "method_dhash").click()
    dialog.findChild(QRadioButton, "scope_selected").click()
    with qtbot.waitSignal(dialog.exported, timeout=20_000) as caught:
        press(dialog, "Export")
    written = caught.args[0]
    assert (list(written.rows), written.methods) == ([0, 1, 7], (PHASH,))
