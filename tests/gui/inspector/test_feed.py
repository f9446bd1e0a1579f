"""The inspector follows the table: the selected row, its encodings once they are there, its preview."""

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QLineEdit

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.inspector.feed import InspectorFeed
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.inspector.preview import PreviewView
from imgenc_gui.gui.pictures import previews as previews_module
from imgenc_gui.gui.pictures.images import Read
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from tests.gui.conftest import make_result

IMAGE = QImage(8, 6, QImage.Format.Format_RGB888)
PATHS = ["/photos/a.jpg", "/photos/b.jpg", "/pasted/c.png"]


class Table:
    """A table with an inspector beside it."""

    def __init__(self, qtbot, jobs):
        self.live = LiveRows(METHODS)
        self.model = ResultsModel(self.live, lambda row: row == 2)
        self.view = ResultsView(self.model, Thumbnails(jobs), jobs)
        self.inspector = Inspector()
        for widget in (self.view, self.inspector):
            qtbot.addWidget(widget)
            widget.show()
        self.feed = InspectorFeed(self.model, self.view, self.inspector, jobs, self.view)
        self.live.append(PATHS)

    def texts(self):
        return [label.text() for label in self.inspector.findChildren(QLabel) if label.isVisible()]

    def hashes(self):
        return [field.text() for field in self.inspector.findChildren(QLineEdit) if field.isVisible()]


@pytest.fixture
def table(qtbot, monkeypatch):
    monkeypatch.setattr(previews_module, "read_image", lambda *_arguments: Read(IMAGE, None))
    jobs = Jobs(2, print)
    yield Table(qtbot, jobs)
    assert jobs.close()


def test_the_selected_row_is_shown_with_its_preview(table, qtbot):
    table.live.apply([(1, make_result(PATHS[1]))])
    table.view.select_row(1)
    qtbot.waitUntil(lambda: table.inspector.current_path() == PATHS[1], timeout=2000)
    assert table.hashes() == [make_result(PATHS[1]).encodings[PHASH]]
    views = [view for view in table.inspector.findChildren(PreviewView) if view.isVisible()]
    qtbot.waitUntil(lambda: [view.has_image() for view in views] == [True], timeout=2000)


@pytest.mark.parametrize(
    ("file", "said"),
    [(None, "There is no file."), (FileIdentity(12_345, 1_600_000_000 * 10**9), "There is no preview.")],
)
def test_a_file_that_is_gone_by_now_is_said_to_be(file, said, table, qtbot, monkeypatch):
    monkeypatch.setattr(previews_module, "read_image", lambda *_arguments: Read(None, file))
    table.live.apply([(1, make_result(PATHS[1]))])
    table.view.select_row(1)
    preview = table.inspector.findChild(PreviewView)
    qtbot.waitUntil(lambda: preview._message == said, timeout=2000)


def test_encodings_appear_as_soon_as_they_are_there_and_change_when_made_anew(table, qtbot):
    table.view.select_row(0)
    qtbot.waitUntil(lambda: "Not encoded yet." in table.texts(), timeout=2000)
    for seed in (0, 1):
        table.live.apply([(0, make_result(PATHS[0], seed=seed))])
        expected = [make_result(PATHS[0], seed=seed).encodings[PHASH]]
        qtbot.waitUntil(lambda expected=expected: table.hashes() == expected, timeout=2000)


def test_several_rows_and_none_are_said(table, qtbot):
    qtbot.waitUntil(
        lambda: table.texts() == ["Choose a picture to see its encodings, or two to compare them."], timeout=2000
    )
    table.view.selectAll()
    qtbot.waitUntil(lambda: table.texts() == ["3 pictures are selected. Select two to compare them."], timeout=2000)


def test_a_row_that_is_filtered_out_is_no_longer_shown(table, qtbot):
    table.view.select_row(1)
    qtbot.waitUntil(lambda: table.inspector.current_path() == PATHS[1], timeout=2000)
    table.model.set_filter(Category.ALL, "a.jpg")
    qtbot.waitUntil(lambda: table.inspector.current_path() is None, timeout=2000)


def test_a_pasted_picture_names_no_folder_of_ours(table, qtbot):
    table.view.select_row(2)
    qtbot.waitUntil(lambda: "Clipboard" in table.texts(), timeout=2000)
    assert "/pasted" not in table.texts()
