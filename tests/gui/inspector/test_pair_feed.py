"""With two rows selected both are shown and compared pixel by pixel, in the background."""

import threading

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.compared import Framing, Pixels
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.gui.inspector import pair_feed
from imgenc_gui.gui.inspector.feed import InspectorFeed
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.pictures import previews as previews_module
from imgenc_gui.gui.pictures.images import Read
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from tests.gui.conftest import make_failure, make_result

IMAGE = QImage(8, 6, QImage.Format.Format_RGB888)
PATHS = [f"/photos/{name}.jpg" for name in "abc"]
COMPARING, COMPARED = "Comparing pixel by pixel…", "Compared pixel by pixel."


class Comparing:
    """Stands in for comparing pixels: waits for its gate, or for Stop."""

    def __init__(self):
        self.gate = threading.Event()
        self.asked = []
        self.stopped = []
        self.error = None

    def __call__(self, first, second, *, stop):
        self.asked.append((first, second))
        while not self.gate.wait(0.005):
            if stop():
                self.stopped.append((first, second))
                raise StoppedError
        if self.error is not None:
            raise self.error
        return Pixels(same_bytes=False, equal=False, framing=Framing.SAME)


class Table:
    """A table of three rows with an inspector beside it."""

    def __init__(self, qtbot, jobs, comparing):
        self.comparing = comparing
        self.live = LiveRows(METHODS)
        self.model = ResultsModel(self.live, lambda _row: False)
        self.view = ResultsView(self.model, Thumbnails(jobs), jobs)
        self.inspector = Inspector()
        for widget in (self.view, self.inspector):
            qtbot.addWidget(widget)
            widget.show()
        self.feed = InspectorFeed(self.model, self.view, self.inspector, jobs, self.view)
        self.live.append(PATHS)

    def encode(self):
        self.live.apply([(row, make_result(path)) for row, path in enumerate(PATHS)])

    def texts(self):
        return [label.text() for label in self.inspector.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def table(qtbot, monkeypatch):
    monkeypatch.setattr(previews_module, "read_image", lambda *_arguments: Read(IMAGE, None))
    comparing = Comparing()
    monkeypatch.setattr(pair_feed, "compare_pixels", comparing)
    errors = []
    jobs = Jobs(3, errors.append)
    yield Table(qtbot, jobs, comparing)
    comparing.gate.set()
    assert jobs.close()
    assert errors == []


def test_both_are_shown_and_compared(table, qtbot):
    table.encode()
    table.view.select_rows([0, 2])
    qtbot.waitUntil(lambda: COMPARING in table.texts(), timeout=5000)
    assert {"a.jpg", "c.jpg"} <= set(table.texts())
    previews = table.inspector.pair.previews
    qtbot.waitUntil(lambda: all(view.has_image() for view in previews.views), timeout=5000)
    before = table.inspector.pair.sentence()
    table.comparing.gate.set()
    qtbot.waitUntil(lambda: COMPARED in table.texts(), timeout=5000)
    assert table.inspector.pair.sentence() != before
    assert table.comparing.asked == [(PATHS[0], PATHS[2])]


@pytest.mark.parametrize("rows", [[1], [0, 1, 2], [1, 2]])
def test_comparing_stops_when_other_rows_are_selected_and_its_answer_is_ignored(table, qtbot, rows):
    table.view.select_rows([0, 1])
    qtbot.waitUntil(lambda: table.comparing.asked == [(PATHS[0], PATHS[1])], timeout=5000)
    table.view.select_rows(rows)
    qtbot.waitUntil(lambda: table.comparing.stopped == [(PATHS[0], PATHS[1])], timeout=5000)
    qtbot.wait(1)
    assert COMPARED not in table.texts()


def test_an_answer_that_comes_too_late_to_be_stopped_is_ignored(table, qtbot, monkeypatch):
    late = threading.Event()

    def unstoppable(first, second, *, stop):
        if second == PATHS[1]:
            late.wait(5)
            return Pixels(same_bytes=True, equal=True, framing=Framing.SAME)
        return table.comparing(first, second, stop=stop)

    monkeypatch.setattr(pair_feed, "compare_pixels", unstoppable)
    answered = []
    set_pixels = table.inspector.pair.set_pixels
    monkeypatch.setattr(
        table.inspector.pair, "set_pixels", lambda pixels: (answered.append(pixels), set_pixels(pixels))
    )
    table.view.select_rows([0, 1])
    qtbot.waitUntil(lambda: COMPARING in table.texts(), timeout=5000)
    table.view.select_rows([0, 2])
    qtbot.waitUntil(lambda: table.comparing.asked == [(PATHS[0], PATHS[2])], timeout=5000)
    late.set()
    table.comparing.gate.set()
    qtbot.waitUntil(lambda: COMPARED in table.texts(), timeout=5000)
    assert [pixels.same_bytes for pixels in answered] == [False]


def test_encodings_that_come_meanwhile_are_told_without_comparing_again(table, qtbot):
    table.view.select_rows([0, 1])
    qtbot.waitUntil(lambda: COMPARING in table.texts(), timeout=5000)
    methods = tuple(METHODS)[:2]
    table.live.apply([(1, make_result(PATHS[1], methods)), (0, make_result(PATHS[0], methods))])
    qtbot.waitUntil(lambda: methods[1].label in table.texts(), timeout=5000)
    table.comparing.gate.set()
    qtbot.waitUntil(lambda: COMPARED in table.texts(), timeout=5000)
    assert len(table.comparing.asked) == 1


def test_a_row_that_could_not_be_read_is_said_and_not_compared(table, qtbot):
    table.live.apply([(0, make_result(PATHS[0])), (1, make_failure(PATHS[1], FailureCode.EMPTY))])
    table.view.select_rows([0, 1])
    qtbot.waitUntil(lambda: "Picture 2 could not be read: The file is empty." in table.texts(), timeout=5000)
    assert table.comparing.asked == []
    assert PHASH.label in table.texts()


def test_a_file_that_is_gone_meanwhile_is_said(table, qtbot, tmp_path):
    table.comparing.error = ReadError(ImageFailure(FailureCode.GONE))
    table.comparing.gate.set()
    table.view.select_rows([1, 2])
    expected = "Picture 1 could not be read: The file is no longer there."
    qtbot.waitUntil(lambda: expected in table.texts(), timeout=5000)
    assert COMPARING not in table.texts()
