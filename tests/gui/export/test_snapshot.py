"""What can be exported, frozen: rows that don't wait, their names, and the encodings they had."""

import json
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.export.snapshot import Scope, Snapshot, take_snapshot
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.session import Activity, Session
from tests.gui.conftest import FakeEncoder, make_failure, make_result


def snapshot_of(paths, root="", pasted_folder=""):
    rows = Rows(METHODS)
    rows.append(paths)
    for row, path in enumerate(paths):
        rows.apply(row, make_result(path))
    scopes = dict.fromkeys(Scope, range(len(paths)))
    return Snapshot(rows, scopes, rows.moment(), Options((PHASH,)), root, pasted_folder)


def test_rows_come_sorted_by_name_however_they_were_added():
    snapshot = snapshot_of(["/photos/b.jpg", "/photos/sub/a.jpg", "/photos/a.jpg"], "/photos")
    assert [name for name, _ in snapshot.named(Scope.ALL)] == ["a.jpg", "b.jpg", "sub/a.jpg"]
    assert [result.path for _, result in snapshot.named(Scope.ALL, 1)] == ["/photos/b.jpg"]


def test_a_pasted_picture_is_named_like_a_file_and_never_twice():
    paths = ["/photos/Pasted picture 1.png", "/pasted/Pasted picture 1.png", "/pasted/Pasted picture 2.png"]
    snapshot = snapshot_of(paths, "/photos", "/pasted")
    assert [name for name, _ in snapshot.named(Scope.ALL)] == [
        "Clipboard/Pasted picture 1.png",
        "Pasted picture 1.png",
        "Pasted picture 2.png",
    ]


@pytest.fixture
def table(qtbot, store):
    live = LiveRows(METHODS)
    jobs = Jobs(1, print)
    session = Session(Settings(store), live, FakeEncoder)
    model = ResultsModel(live)
    view = ResultsView(model, Thumbnails(jobs), jobs)
    qtbot.addWidget(view)
    yield session, view
    assert session.close()
    assert jobs.close()


def test_it_holds_what_is_done_by_methods_that_some_row_has(table):
    # GIVEN an encoded, a damaged and a waiting picture
    session, view = table
    session.live.append(["/a.jpg", "/b.jpg", "/c.jpg"])
    session.live.apply([(0, make_result("/a.jpg", (PHASH, DHASH))), (1, make_failure("/b.jpg"))])
    view.select_row(1)
    # WHEN a snapshot is taken
    snapshot = take_snapshot(session, view)
    # THEN what waits is left out
    assert snapshot.counts() == {Scope.ALL: 2, Scope.SELECTED: 1, Scope.SHOWN: 2}
    assert snapshot.options == Options((PHASH, DHASH))
    assert snapshot.waiting == {Scope.ALL: 1, Scope.SELECTED: 0, Scope.SHOWN: 1}


def test_a_row_encoded_again_meanwhile_is_not_taken_for_saved(table):
    # GIVEN a snapshot of two encoded pictures
    session, view = table
    live = session.live
    live.append(["/a.jpg", "/b.jpg"])
    live.apply([(0, make_result("/a.jpg")), (1, make_result("/b.jpg"))])
    snapshot = take_snapshot(session, view)
    # WHEN one is encoded again before the export has ended
    live.rows.reset([1])
    live.apply([(1, make_result("/b.jpg", seed=1))])
    live.rows.mark_saved(snapshot.rows[Scope.ALL], (PHASH,), snapshot.then)
    # THEN only the other counts as saved
    assert live.rows.unsaved() == 1


def test_a_listing_that_ends_while_the_dialog_is_open_changes_no_name(table, qtbot, tmp_path):
    # GIVEN a snapshot of one folder, taken as another is being listed
    session, view = table
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").touch()
    session.add_paths([str(tmp_path / "one")])
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE)
    session.add_paths([str(tmp_path / "two")])
    snapshot = take_snapshot(session, view)
    before = list(snapshot.named(Scope.ALL, 5))
    # WHEN the listing ends, and with it the folder that all names are relative to
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE)
    assert session.root == str(tmp_path)
    # THEN what is written is what was shown, under the folder that it says
    assert snapshot.root == str(tmp_path / "one")
    assert [name for name, _ in snapshot.named(Scope.ALL)] == [name for name, _ in before] == ["a.jpg"]


def test_files_that_are_no_pictures_are_in_what_lists_all_files_and_where_they_were_asked_for(table, qtbot, tmp_path):
    session, view = table
    for name in ("a.jpg", "a.txt", "bad.jpg"):
        (tmp_path / name).touch()
    session.add_paths([str(tmp_path)])
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE)
    # WHEN all rows are exported THEN a table of pictures has the pictures, and the report all files
    snapshot = take_snapshot(session, view)
    assert snapshot.counts()[Scope.ALL] == snapshot.length(Scope.ALL) == 2
    assert [name for name, _ in snapshot.named(Scope.ALL)] == ["a.jpg", "bad.jpg"]
    whole = snapshot.with_others()
    assert [name for name, _ in whole.named(Scope.ALL)] == ["a.jpg", "a.txt", "bad.jpg"]
    assert whole.length(Scope.ALL) == 3
    # AND where they are shown, because a person asked for them, they are exported like all that is shown
    view._results.set_filter(Category.NOT_PICTURES, "")
    assert [name for name, _ in take_snapshot(session, view).named(Scope.SHOWN)] == ["a.txt"]


def test_what_could_not_be_listed_is_told_with_all_rows_and_never_twice(table, qtbot, tmp_path):
    # GIVEN a picture, and paths that can't be listed, one of which has a row from before
    session, view = table
    (tmp_path / "b.jpg").touch()
    (tmp_path / "gone.jpg").touch()
    session.add_paths([str(tmp_path)])
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE)
    (tmp_path / "gone.jpg").unlink()
    session.add_paths([str(tmp_path / name) for name in ("gone.jpg", "a.jpg", "z", "z")])
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE)
    # WHEN all rows are exported
    snapshot = take_snapshot(session, view)
    named = dict(snapshot.named(Scope.ALL))
    # THEN they stand among them, with the reason
    assert list(named) == ["a.jpg", "b.jpg", "gone.jpg", "z"]
    assert [bool(result.failure) for result in named.values()] == [True, False, False, True]
    assert named["z"].failure.code is FailureCode.GONE
    assert snapshot.length(Scope.ALL) == 4
    # AND not among rows that were chosen
    assert list(snapshot.named(Scope.SHOWN)) == [pair for pair in named.items() if pair[0] in ("b.jpg", "gone.jpg")]
    assert [name for name, _ in snapshot.named(Scope.ALL, 1)] == ["a.jpg"]


def test_what_could_not_be_listed_is_not_taken_for_encoded_anew(table, qtbot, tmp_path, store):
    session, view = table
    (tmp_path / "b.jpg").touch()
    session.add_paths([str(tmp_path), str(tmp_path / "z")])
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE)
    jobs = Jobs(1, print)
    settings = Settings(store)
    settings.last_export_folder, settings.last_export_format = str(tmp_path), "report"
    dialog = ExportDialog(settings, take_snapshot(session, view), jobs)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.exported):
        dialog.choices.main_button.click()
    said = " ".join(label.text() for label in dialog.done_page.findChildren(QLabel))
    assert "1 of 2 were written with their encodings.\n1 could not be read: it is listed with the reason." in said
    assert "anew" not in said
    report = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert [(failure["path"], failure["code"]) for failure in report["failures"]] == [("z", "gone")]
    assert jobs.close()


def test_what_was_encoded_turned_the_other_way_than_the_file_says_is_told(table, qtbot, store, tmp_path):
    # GIVEN three photos taken upright, of which an export has brought one as it was turned before encoding
    session, view = table
    paths = ["/a.jpg", "/b.jpg", "/c.jpg"]
    session.live.append(paths)
    results = [make_result(path) for path in paths]
    results = [replace(result, facts=replace(result.facts, orientation=6)) for result in results]
    session.live.apply([(0, results[0])], turned=True)
    session.live.apply([(1, results[1]), (2, results[2])])
    # WHEN all are exported
    settings, jobs = Settings(store), Jobs(1, print)
    settings.last_export_folder = str(tmp_path)
    dialog = ExportDialog(settings, take_snapshot(session, view), jobs)
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        dialog.choices.main_button.click()
    # THEN the dialog says that the file is a mixture
    said = " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())
    assert "turned the other way than the rest, which the file doesn't say of each: 2." in said
    assert jobs.close(20_000)
