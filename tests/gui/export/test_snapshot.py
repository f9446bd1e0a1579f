"""What can be exported, frozen: rows that don't wait, their names, and the encodings they had."""

import pytest

from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.export.snapshot import Scope, Snapshot, take_snapshot
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.session import Session
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


def test_a_row_encoded_again_meanwhile_is_not_taken_for_saved(table):
    # GIVEN a snapshot of two encoded pictures
    session, view = table
    live = session.live
    live.append(["/a.jpg", "/b.jpg"])
    live.apply([(0, make_result("/a.jpg")), (1, make_result("/b.jpg"))])
    snapshot = take_snapshot(session, view)
    # WHEN one is encoded again before the export has ended
    live.reset([1])
    live.apply([(1, make_result("/b.jpg", seed=1))])
    live.rows.mark_saved(snapshot.rows[Scope.ALL], (PHASH,), snapshot.then)
    # THEN only the other counts as saved
    assert live.rows.unsaved() == 1
