"""An export holds what there was when its dialog opened, and only that counts as saved, whatever arrives meanwhile."""

from __future__ import annotations

import dataclasses
import json
import threading

import pytest
from PySide6.QtWidgets import QLabel, QMainWindow

from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.export import snapshot
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.window.dialogs import open_export
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.session import Session
from tests.gui.conftest import FakeEncoder, make_result

COUNT = 8
PATHS = [f"/photos/{number}.jpg" for number in range(COUNT)]


class Held(snapshot.Snapshot):
    """Rows of which the test lets the first be written, and the others later."""

    reached = threading.Event()
    go_on = threading.Event()

    def named(self, scope, most=None):
        for number, pair in enumerate(super().named(scope, most)):
            if most is None and number == 1:
                self.reached.set()
                assert self.go_on.wait(20)
            yield pair


@pytest.fixture
def live():
    return LiveRows(METHODS)


@pytest.fixture
def export(qtbot, store, tmp_path, live, monkeypatch):
    """Exports all rows as a report, does something while the second is due, and returns what was written and said."""
    monkeypatch.setattr(snapshot, "Snapshot", Held)
    Held.reached.clear()
    Held.go_on.clear()
    settings, jobs = Settings(store), Jobs(2, print)
    settings.last_export_folder, settings.last_export_format = str(tmp_path), "report"
    session = Session(settings, live, FakeEncoder)
    view = ResultsView(ResultsModel(live), Thumbnails(jobs), jobs)
    window = QMainWindow()
    window.setCentralWidget(view)
    qtbot.addWidget(window)

    def exported(meanwhile):
        open_export(window, settings, session, view, jobs)
        dialog = window.findChild(ExportDialog)
        with qtbot.waitSignal(dialog.exported, timeout=20_000):
            dialog.choices.main_button.click()
            assert Held.reached.wait(20)
            meanwhile()
            Held.go_on.set()
        (file,) = tmp_path.glob("*.json")
        said = " ".join(label.text() for label in dialog.done_page.findChildren(QLabel))
        dialog.close()
        return {picture["path"]: picture["encodings"] for picture in json.loads(file.read_text())["images"]}, said

    yield exported
    Held.go_on.set()
    assert session.close()
    assert jobs.close()


def turned(result):
    return dataclasses.replace(result, facts=dataclasses.replace(result.facts, orientation=6))


def test_hashes_of_another_method_that_arrive_meanwhile_are_neither_written_nor_saved(export, live):
    # GIVEN pictures that have one hash, and of which some have got another
    live.append(PATHS)
    live.apply([(row, make_result(path)) for row, path in enumerate(PATHS)])
    live.apply([(row, make_result(PATHS[row], (DHASH,))) for row in (0, 7)])

    # WHEN more arrive while the file is being written
    written, _ = export(lambda: live.apply([(row, make_result(PATHS[row], (DHASH,))) for row in range(1, 7)]))

    # THEN the file has what there was
    assert {path for path, encodings in written.items() if "dhash" in encodings} == {PATHS[0], PATHS[7]}
    # AND the others are still worth asking for
    assert live.rows.unsaved() == 6


def test_encodings_that_are_replaced_meanwhile_are_neither_written_nor_saved_and_that_is_told(export, live):
    # GIVEN pictures that carry a rotation
    live.append(PATHS)
    live.apply([(row, turned(make_result(path))) for row, path in enumerate(PATHS)])

    # WHEN some are encoded upright while the file is being written, one of which was written before
    again = [(row, turned(make_result(PATHS[row], seed=1))) for row in (0, 3, 4)]
    written, said = export(lambda: live.apply(again, turned=True))

    # THEN the file has no mixture, the dialog tells, and nothing counts as saved that is in no file
    assert set(written) == {PATHS[row] for row in (0, 1, 2, 5, 6, 7)}
    assert "6 of 8 were written with their encodings.\n2 were encoded anew meanwhile" in said
    assert live.rows.unsaved() == 3
    assert all(encodings == {"phash": make_result(path).encodings[PHASH]} for path, encodings in written.items())
