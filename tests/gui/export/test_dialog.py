"""Exporting: what is written where, progress, cancel without remains, and errors that lose nothing."""

import json
import threading

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QMessageBox, QPlainTextEdit, QRadioButton

from imgenc_gui.core.files.export import ExportFormat
from imgenc_gui.core.formats.reading import Facts, FailureCode
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.gui.export import pages as export_pages
from imgenc_gui.gui.export.dialog import ExportDialog, ExportSource, Scope
from imgenc_gui.gui.settings.store import Settings

METHODS = (PHASH, DHASH)
FACTS = Facts("JPEG", 400, 300, 1, 1000, 0.0, 1)


def rows_of(count, start=0):
    for number in range(start, start + count):
        hashes = {PHASH: f"{number:016x}", DHASH: f"{number + 1:016x}"}
        yield f"sub/{number:05}.jpg", ImageResult(f"/photos/sub/{number:05}.jpg", FACTS, hashes)
    yield "zz.jpg", ImageResult("/photos/zz.jpg", failure=Failure(FailureCode.DAMAGED, "It is damaged."))


class Blocking:
    """Rows that wait, in the middle of the writing, until the test lets them go on."""

    def __init__(self):
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, _scope):
        yield from list(rows_of(5))[:5]
        self.reached.set()
        assert self.go_on.wait(20)
        yield from rows_of(5, 5)


@pytest.fixture
def settings(tmp_path):
    made = Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    folder = tmp_path / "out"
    folder.mkdir()
    made.last_export_folder = str(folder)
    return made


@pytest.fixture
def make(settings, qtbot):
    dialogs = []

    def made(rows=lambda scope: rows_of({Scope.ALL: 7, Scope.SELECTED: 2}[scope]), methods=METHODS):
        source = ExportSource(
            root="/photos",
            options=Options(methods),
            counts={Scope.ALL: 8, Scope.SELECTED: 3, Scope.SHOWN: 0},
            rows=rows,
            sample=lambda _scope: list(rows_of(3)),
        )
        dialog = ExportDialog(settings, source)
        qtbot.addWidget(dialog)
        dialog.show()
        dialogs.append(dialog)
        return dialog

    yield made
    for dialog in dialogs:
        dialog._runner.cancel()
        assert dialog._runner.wait(20_000)


def named(dialog, name, kind=QAbstractButton):
    return next(w for w in dialog.findChildren(kind) if w.accessibleName() == name)


def press(dialog, text):
    buttons = dialog.findChildren(QAbstractButton)
    next(b for b in buttons if b.text().replace("&", "") == text and b.isVisible()).click()


def place(dialog):
    return named(dialog, "Save as", QLineEdit)


def shown_texts(dialog):
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def export(dialog, qtbot):
    with qtbot.waitSignal(dialog.exported, timeout=20_000) as caught:
        press(dialog, "Export")
    return caught.args[0]


def test_encodings_are_written_for_each_method_and_the_dialog_says_where(make, qtbot, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(export_pages, "show_in_folder", shown.append)
    dialog = make()
    assert "photos encodings.phash.json" in shown_texts(dialog)
    files = export(dialog, qtbot)
    folder = tmp_path / "out"
    assert sorted(files) == [folder / "photos encodings.dhash.json", folder / "photos encodings.phash.json"]
    written = json.loads((folder / "photos encodings.phash.json").read_text(encoding="utf-8"))
    assert written == {f"sub/{n:05}.jpg": f"{n:016x}" for n in range(7)}
    assert "written: 7" in shown_texts(dialog)
    assert "could not be read: 1" in shown_texts(dialog)
    assert str(files[0]) in named(dialog, "Files written", QPlainTextEdit).toPlainText()
    press(dialog, "Show in folder")
    assert shown == [files[0]]
    press(dialog, "Copy path")
    assert QGuiApplication.clipboard().text() == "\n".join(map(str, files))
    press(dialog, "Close")
    assert not dialog.isVisible()


def test_a_spreadsheet_of_the_selected_rows_by_mouse_and_keys(make, qtbot, tmp_path):
    dialog = make()
    dialog.findChild(QRadioButton, "format_excel").click()
    dialog.findChild(QRadioButton, "scope_selected").click()
    dialog.findChild(QCheckBox, "method_dhash").click()
    assert place(dialog).text().endswith("photos encodings.csv")
    with qtbot.waitSignal(dialog.exported, timeout=20_000) as caught:
        qtbot.keyClick(place(dialog), Qt.Key.Key_Return)
    (path,) = caught.args[0]
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + 3
    assert "phash" in lines[0]
    assert "dhash" not in lines[0]
    assert "It is damaged." in lines[-1]


@pytest.mark.parametrize("file_format", ExportFormat)
def test_every_format_has_a_sentence_a_preview_and_can_be_written(make, qtbot, settings, file_format):
    dialog = make()
    button = dialog.findChild(QRadioButton, f"format_{file_format.value}")
    button.click()
    assert button.accessibleDescription() in shown_texts(dialog)
    assert named(dialog, "First lines", QPlainTextEdit).toPlainText()
    for path in export(dialog, qtbot):
        assert path.stat().st_size > 100
        assert path.suffix == file_format.suffix
    assert settings.last_export_format == file_format.value


def test_the_preview_follows_the_choices(make):
    dialog = make()
    preview = named(dialog, "First lines", QPlainTextEdit)
    before = preview.toPlainText()
    assert "sub/00000.jpg" in before
    dialog.findChild(QRadioButton, "format_csv").click()
    assert "," in preview.toPlainText()
    assert preview.toPlainText() != before


def test_a_vector_of_1024_numbers_does_not_flood_the_preview(make):
    dialog = make(methods=(CNN,))
    dialog.choices.show_preview('"a.jpg": [' + "0.123, " * 1024 + "]")
    text = named(dialog, "First lines", QPlainTextEdit).toPlainText()
    assert text.startswith('"a.jpg": [0.123, ')
    assert len(text) < 250


def test_format_and_folder_are_remembered(make, qtbot, tmp_path, settings):
    other = tmp_path / "other"
    other.mkdir()
    dialog = make()
    dialog.findChild(QRadioButton, "format_report").click()
    place(dialog).setText(str(other / "mine"))
    assert export(dialog, qtbot) == (other / "mine.json",)
    again = make()
    assert again.findChild(QRadioButton, "format_report").isChecked()
    assert place(again).text() == str(other / "photos encodings.json")


def test_scopes_say_how_many_and_those_without_rows_are_greyed(make):
    dialog = make()
    counts = {
        b.objectName(): b.accessibleName() for b in dialog.findChildren(QRadioButton) if "scope" in b.objectName()
    }
    assert counts == {"scope_all": "All (8)", "scope_selected": "Selected (3)", "scope_shown": "Shown (0)"}
    assert not dialog.findChild(QRadioButton, "scope_shown").isEnabled()


def test_at_least_one_method_stays(make):
    dialog = make()
    dialog.findChild(QCheckBox, "method_phash").click()
    dialog.findChild(QCheckBox, "method_dhash").click()
    assert dialog.choices.methods() == (DHASH,)


def test_nothing_can_be_exported_without_a_name(make):
    dialog = make()
    export_button = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == "&Export")
    for text in ("", "   ", "/", ".."):
        place(dialog).setText(text)
        assert not export_button.isEnabled()
    place(dialog).setText("a")
    assert export_button.isEnabled()


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
def test_cancel_leaves_nothing_behind_and_the_dialog_open(make, qtbot, tmp_path, way):
    rows = Blocking()
    dialog = make(rows)
    press(dialog, "Export")
    assert rows.reached.wait(20)
    assert dialog.is_running()
    if way == "button":
        press(dialog, "Cancel")
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert "Cancelling" in shown_texts(dialog)
    rows.go_on.set()
    qtbot.waitUntil(lambda: not dialog.is_running(), timeout=20_000)
    assert names_in(tmp_path / "out") == []
    assert dialog.choices.isVisible()


def test_closing_while_writing_cancels_and_closes_when_it_is_undone(make, qtbot, tmp_path):
    rows = Blocking()
    dialog = make(rows)
    press(dialog, "Export")
    assert rows.reached.wait(20)
    dialog.close()
    rows.go_on.set()
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=20_000)
    assert not dialog.is_running()
    assert names_in(tmp_path / "out") == []


def test_cancel_keeps_the_file_that_was_there(make, qtbot, tmp_path):
    old = tmp_path / "out" / "photos encodings.json"
    old.write_text("old")
    rows = Blocking()
    dialog = make(rows, methods=(PHASH,))
    press(dialog, "Export")
    press(dialog.findChild(QMessageBox), "Replace")
    assert rows.reached.wait(20)
    press(dialog, "Cancel")
    rows.go_on.set()
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
    assert dialog.choices.file_format() is ExportFormat.CSV
    assert dialog.choices.scope() is Scope.SELECTED
    place(dialog).setText(str(tmp_path / "out" / "x.csv"))
    assert export(dialog, qtbot) == (tmp_path / "out" / "x.csv",)
    assert "Nothing was written" not in shown_texts(dialog)


def test_an_unexpected_error_is_reported_and_the_dialog_lives_on(make, qtbot, tmp_path):
    def broken(scope):
        yield from list(rows_of(3))[:3]
        raise ZeroDivisionError

    dialog = make(broken)
    with qtbot.captureExceptions() as caught:
        press(dialog, "Export")
        qtbot.waitUntil(lambda: "failed unexpectedly" in shown_texts(dialog) and bool(caught), timeout=20_000)
    assert caught[0][0] is ZeroDivisionError
    assert names_in(tmp_path / "out") == []
    assert dialog.choices.isVisible()


def test_progress_is_told_seldom_enough_for_the_window(make, qtbot):
    told = []
    dialog = make(lambda _scope: rows_of(50_000), methods=(PHASH,))
    dialog._runner.progressed.connect(told.append)
    export(dialog, qtbot)
    assert told == sorted(told)
    assert len(told) < 400
    assert "50001 pictures" not in shown_texts(dialog)
