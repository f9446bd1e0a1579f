"""In a window that is mirrored, paths, sizes and hashes still read from left to right, and stand where they belong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.plain import Label, Lines, text_painter
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.columns import FILE_SIZE, FOLDER, NAME, PIXELS, UNUSUAL, Column
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows

LEFT, RIGHT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft
FACTS = Facts("JPEG", 4111, 3000, 1, 156_400, 1_562_000_000 * 10**9, 1)


@pytest.fixture(autouse=True)
def back() -> Iterator[None]:
    yield
    QApplication.setLayoutDirection(LEFT)


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    jobs = Jobs(1, lambda _error: None)
    yield jobs
    assert jobs.close()


def ink(image: QImage) -> np.ndarray:
    """How dark each pixel is, of what isn't background alone."""
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    dark = np.abs(rows[:, : image.width()].astype(int) - int(rows[0, 0]))
    across, down = np.flatnonzero(dark.any(axis=0)), np.flatnonzero(dark.any(axis=1))
    return dark[down[0] : down[-1] + 1, across[0] : across[-1] + 1]


def are_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two texts look the same, wherever between two pixels they begin."""
    if abs(one.shape[1] - other.shape[1]) > 2:
        return False
    width = min(one.shape[1], other.shape[1])
    profiles = [np.convolve(dark[:, :width].sum(axis=0), np.ones(5)) for dark in (one, other)]
    return bool(np.corrcoef(profiles)[0, 1] > 0.9)


def table(qtbot: QtBot, jobs: Jobs, direction: Qt.LayoutDirection) -> ResultsView:
    QApplication.setLayoutDirection(direction)
    live = LiveRows(METHODS)
    view = ResultsView(ResultsModel(live), Thumbnails(jobs), jobs)
    qtbot.addWidget(view)
    live.append(["/photos/of all/2019/a-1.jpg"])
    live.apply([(0, ImageResult("", FACTS, {PHASH: "0123456789abcdef"}))])
    for column in UNUSUAL:
        view.setColumnHidden(view.model().section(column), False)
    view.resize(2600, 200)
    view.show()
    return view


def cell(view: ResultsView, column: Column) -> tuple[QRect, QImage]:
    model = view.model()
    area = view.visualRect(model.index(0, model.section(column)))
    return area, view.viewport().grab(area).toImage()


def test_cells_of_the_table_read_the_same(qtbot: QtBot, jobs: Jobs) -> None:
    columns = (PIXELS, FILE_SIZE, FOLDER, Column("phash", PHASH))
    seen = []
    for direction in (LEFT, RIGHT):
        view = table(qtbot, jobs, direction)
        inks = [ink(cell(view, column)[1]) for column in columns]
        view.setColumnWidth(view.model().section(FOLDER), 90)  # of its path the end is left, with the year
        seen.append([*inks, ink(cell(view, FOLDER)[1])])
    for usual, mirrored in zip(*seen, strict=True):
        assert are_alike(usual, mirrored)


def test_the_picture_stands_before_its_name_and_so_does_its_box(qtbot: QtBot, jobs: Jobs) -> None:
    view = table(qtbot, jobs, RIGHT)
    area, image = cell(view, NAME)
    half = image.copy(0, 0, image.width() // 2, image.height())
    assert len({half.pixel(x, half.height() // 2) for x in range(half.width() // 2)}) == 1  # nothing is at the left
    box = view._delegate.box(area, RIGHT)
    assert (box.right(), box.width()) == (area.right(), view._delegate.box(area, LEFT).width())


@pytest.mark.parametrize("text", ["/photos/of all/2019/", "4111 \N{MULTIPLICATION SIGN} 3000", "10 bits differ."])
def test_labels_and_painted_texts_read_the_same(qtbot: QtBot, text: str) -> None:
    class Painted(QWidget):
        def paintEvent(self, _event: object) -> None:  # noqa: N802 - Qt's name
            painter = text_painter(self)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignHCenter, text)
            painter.end()

    seen = {}
    for direction in (LEFT, RIGHT):
        QApplication.setLayoutDirection(direction)
        for kind in (Label, Painted):
            widget = kind()
            qtbot.addWidget(widget)
            widget.resize(300, 40)
            if isinstance(widget, Label):
                widget.setText(text)
            seen[kind, direction] = widget.grab().toImage()
    for kind in (Label, Painted):
        assert are_alike(ink(seen[kind, LEFT]), ink(seen[kind, RIGHT])), kind
    dark = ink(seen[Label, RIGHT]).shape[1]
    right = seen[Label, RIGHT].copy(300 - dark - 8, 0, dark + 8, 40)
    assert ink(right).shape[1] == dark  # it stands at the right


def test_what_stands_in_files_begins_at_the_left(qtbot: QtBot) -> None:
    seen = []
    for direction in (LEFT, RIGHT):
        QApplication.setLayoutDirection(direction)
        lines = Lines("Lines", "{\n" + "a line longer than there is room, " * 9, wraps=False)
        qtbot.addWidget(lines)
        lines.resize(300, 80)
        lines.show()
        seen.append(ink(lines.viewport().grab().toImage()))
    assert are_alike(*seen)


def test_what_flows_begins_at_the_right(qtbot: QtBot) -> None:
    QApplication.setLayoutDirection(RIGHT)
    widget = QWidget()
    qtbot.addWidget(widget)
    flow = FlowLayout(8, 8, parent=widget)
    buttons = [QPushButton("a"), QPushButton("b")]
    for button in buttons:
        flow.addWidget(button)
    widget.resize(500, 100)
    widget.show()
    assert buttons[0].geometry().right() > buttons[1].geometry().right()
    assert buttons[0].geometry().right() > 450
