"""The table on the screen: columns come back as they were, and copying gives the rows that were chosen."""

from __future__ import annotations

import itertools
import json
import threading
import time
import timeit
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import (
    QDateTime,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QLocale,
    QObject,
    QRect,
    QSettings,
    Qt,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table import arranging, rows_view
from imgenc_gui.gui.table import model as model_module
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import FILE_SIZE, NAME, PIXELS, STATUS, UNUSUAL, title
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from tests.gui.conftest import make_result

WIDE = 1900
MakeView = Callable[[], ResultsView]


@pytest.fixture
def make_view(qtbot: QtBot) -> Iterator[MakeView]:
    """Wide tables of their own, with one thread for jobs; no job may meet an error."""
    errors: list[Exception] = []
    every: list[Jobs] = []

    def make() -> ResultsView:
        jobs = Jobs(1, errors.append)
        every.append(jobs)
        live = LiveRows(METHODS)
        view = ResultsView(ResultsModel(live), Thumbnails(jobs), jobs)
        view.live = live
        view.jobs = jobs
        qtbot.addWidget(view)
        view.resize(WIDE, 600)
        view.show()
        return view

    yield make
    for jobs in every:
        assert jobs.close()
    assert errors == []


def widths(view: ResultsView) -> dict[str, int]:
    return {column.id: view.columnWidth(section) for section, column in enumerate(view.model().columns)}


# Rows that are added


def test_what_is_seen_is_painted_anew_only_for_rows_that_come_to_be_seen(make_view: MakeView, qtbot: QtBot) -> None:
    view, painted = make_view(), []
    bar = view.verticalScrollBar()

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint and event.rect().width() > WIDE // 2:  # not a thumbnail alone
                painted.append(event.rect())
            return False

    watch = Watch()
    view.viewport().installEventFilter(watch)

    def paintings(*portions: range) -> int:
        """How often the table is painted when rows are added, portion by portion."""
        painted.append(QRect())
        while painted:  # what was put off is over
            painted.clear()
            qtbot.wait(20)
        most = bar.maximum()
        for portion in portions:
            view.live.append([f"/p/{number:04}.jpg" for number in portion])
        qtbot.waitUntil(lambda: bar.maximum() > most)
        QApplication.processEvents()
        return len(painted)

    # GIVEN a table that isn't full
    view.live.append(["/p/a.jpg"])
    # WHEN rows are added THEN they are painted, also where others come at once below what is seen
    assert paintings(range(1000, 1100), range(1100, 1200))
    # WHEN there are more below THEN nothing is painted anew, but one can get there
    assert not paintings(range(1200, 1300))
    view.scrollToBottom()
    QApplication.processEvents()
    assert painted
    # WHEN they are sorted in the same moment THEN all is painted
    view.scrollToTop()
    view.sortByColumn(view.model().section(NAME), Qt.SortOrder.DescendingOrder)
    QApplication.processEvents()
    painted.clear()
    view.live.append(["/p/z.jpg"])
    view.live.settle()
    qtbot.waitUntil(lambda: bool(painted))
    assert view.model().text(view.model().row_at(0), NAME) == "z.jpg"


# Columns


def test_columns_hidden_when_the_window_closed_come_back_as_wide_as_they_were(make_view: MakeView) -> None:
    # GIVEN a wide table with every method, and one with the first method alone
    every = make_view()
    every.show_methods(tuple(METHODS), reveal=True)
    few = make_view()
    few.show_methods((PHASH,), reveal=True)
    stretched = widths(few)
    # WHEN the second is closed, opened again, and the other methods are ticked
    layouts = few.column_layouts()
    assert widths(few) == stretched  # looking changes nothing
    again = make_view()
    again.restore_columns(layouts)
    again.show_methods(tuple(METHODS), reveal=True)
    # THEN each column is as wide as if nothing had ever been hidden
    assert widths(again) == widths(every)


def test_what_else_is_known_of_a_file_is_shown_to_who_wants_it(make_view: MakeView) -> None:
    # GIVEN a picture that was taken, in the camera's words, and changed, by the clock here, at known times
    view = make_view()
    model = view.model()
    view.live.append(["/p/a.jpg", "/p/b.jpg"])
    facts = Facts("JPEG", 4000, 3000, 1, 156_400, 1_562_000_000 * 10**9, 6, "", datetime(2019, 7, 3, 14, 22, 10))  # noqa: DTZ001
    view.live.apply([(0, ImageResult("/p/a.jpg", facts, {PHASH: "0" * 16}))])
    assert all(view.isColumnHidden(model.section(column)) for column in UNUSUAL)
    # WHEN a person asks for the columns THEN they are there, beside the format, numbers at the right
    for action in view.column_actions(view):
        if action.text() in ("File size", "Changed", "Taken"):
            action.setChecked(True)
    assert not any(view.isColumnHidden(model.section(column)) for column in UNUSUAL)
    locale = QLocale()
    short = QLocale.FormatType.ShortFormat
    changed = locale.toString(QDateTime.fromSecsSinceEpoch(1_562_000_000), short)
    taken = locale.toString(QDateTime(2019, 7, 3, 14, 22, 10), short)
    assert [model.text(0, column) for column in UNUSUAL] == ["156 kB", changed, taken]
    assert [model.text(1, column) for column in UNUSUAL] == ["", "", ""]
    assert model.text(0, PIXELS) == "4000 \N{MULTIPLICATION SIGN} 3000"  # as stored
    assert model.alignment(FILE_SIZE) & Qt.AlignmentFlag.AlignRight
    # THEN they are remembered
    again = make_view()
    again.restore_columns(view.column_layouts())
    assert not any(again.isColumnHidden(model.section(column)) for column in UNUSUAL)


def test_the_last_column_still_fills_the_table(make_view: MakeView) -> None:
    view = make_view()
    view.show_methods((PHASH,), reveal=True)
    view.column_layouts()
    view.resize(WIDE + 100, 600)
    assert view.horizontalHeader().length() == view.viewport().width()


@pytest.mark.parametrize("line", ["name 99999999999 shown", "name 0 shown", "name 100 hidden"])
def test_no_line_in_the_settings_takes_the_names_away(make_view: MakeView, store: QSettings, line: str) -> None:
    store.setValue("window/columns", line)
    view = make_view()
    view.restore_columns(Settings(store).columns)
    section = view.model().section(NAME)
    assert not view.isColumnHidden(section)
    assert 0 < view.columnWidth(section) < WIDE


def test_a_column_can_be_no_wider_than_the_settings_remember(make_view: MakeView, store: QSettings) -> None:
    view = make_view()
    view.setColumnWidth(view.model().section(STATUS), 1_000_000)
    Settings(store).columns = tuple(view.column_layouts())  # nothing is raised


def test_the_arrow_of_the_order_lies_beside_a_title_at_the_right(make_view: MakeView) -> None:
    # GIVEN a column that is hardly wider than its title
    view = make_view()
    header, section = view.horizontalHeader(), view.model().section(PIXELS)
    view.setColumnWidth(section, view.fontMetrics().horizontalAdvance(title(PIXELS)) + 32)
    # WHEN it is sorted by
    view.sortByColumn(section, Qt.SortOrder.AscendingOrder)
    image = header.grab().toImage()
    left, width = header.sectionViewportPosition(section), header.sectionSize(section)
    ground = image.pixelColor(left + 4, header.height() // 2).lightness()
    heights = range(8, header.height() - 8)
    inked = [
        any(abs(image.pixelColor(x, y).lightness() - ground) > 60 for y in heights)
        for x in range(left + 2, left + width - 2)
    ]
    # THEN something stands at the right that is no wider than an arrow, and there is a gap before it
    runs = [(ink, len(list(group))) for ink, group in itertools.groupby(reversed(inked))]
    (_, _), (is_ink, arrow), (_, gap), *_ = runs
    assert is_ink
    assert arrow <= 12
    assert gap >= 2


# Rows


def fill(view: ResultsView, count: int, prefix: str = "") -> None:
    paths = [f"/photos/{prefix}{number}.jpg" for number in range(count)]
    view.live.append(paths)


def select(view: ResultsView, *ranges: tuple[int, int]) -> None:
    """As a person does with Shift and Ctrl: from a position to another, several times."""
    model = view.model()
    selection = QItemSelection()
    for first, last in ranges:
        selection.append(QItemSelection(model.index(first, 0), model.index(last, model.columnCount() - 1))[0])
    view.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def test_selected_rows_come_from_the_top_down_each_once(make_view: MakeView) -> None:
    view = make_view()
    fill(view, 30)
    view.sortByColumn(view.model().section(NAME), Qt.SortOrder.DescendingOrder)
    select(view, (10, 12), (2, 3), (11, 14), (11, 11))
    assert view.selected_rows() == [27, 26, 19, 18, 17, 16, 15]


def test_a_hundred_thousand_selected_rows_are_told_at_once(make_view: MakeView) -> None:
    view = make_view()
    fill(view, 100_000)
    view.selectAll()
    assert view.selected_rows() == list(range(100_000))

    def quickest(act: Callable[[], object]) -> float:
        return min(timeit.repeat(act, number=1, repeat=7))

    # THEN in the time of a few copies of the list, not of a look at each row
    assert quickest(view.selected_rows) < 12 * quickest(lambda: [row + 1 for row in range(100_000)])


@pytest.fixture
def searched(make_view: MakeView) -> ResultsView:
    """Forty pictures, of which the first ten of an even number are selected, all but the last found by the search."""
    view = make_view()
    view.live.append([f"/{number}{'x' * (number < 18)}.jpg" for number in range(40)])
    view.select_rows([*range(0, 20, 2)])
    view.selectionModel().setCurrentIndex(view.model().index(18, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    view.model().set_filter(Category.ALL, "x")
    return view


def test_what_a_search_hides_is_selected_again_when_it_ends(searched: ResultsView) -> None:
    assert searched.selected_rows() == [*range(0, 18, 2)]
    searched.model().set_filter(Category.ALL, "nothing")
    assert searched.selected_rows() == []
    searched.model().set_filter(Category.ALL, "x")
    assert searched.selected_rows() == [*range(0, 18, 2)]
    searched.model().set_filter(Category.ALL, "")
    assert searched.selected_rows() == [*range(0, 20, 2)]
    # AND the current one is the current one, in view
    assert searched.currentIndex().row() == 18
    assert searched.is_in_view(18)


@pytest.mark.parametrize(
    "choose",
    [
        lambda view: view.selectRow(3),
        lambda view: view.select_row(3),
        lambda view: view.clearSelection(),
        lambda view: view.selectAll(),
    ],
)
def test_what_is_selected_while_it_is_searched_is_what_counts(
    searched: ResultsView, choose: Callable[[ResultsView], object]
) -> None:
    choose(searched)
    selected = searched.selected_rows()
    searched.model().set_filter(Category.ALL, "")
    assert searched.selected_rows() == selected


def test_rows_are_selected_once_they_are_shown(make_view: MakeView, qtbot: QtBot, monkeypatch) -> None:
    # GIVEN very many rows, which are searched and sorted on a thread, and some of which are shown
    view = make_view()
    model = view.model()
    fill(view, 30)
    model.set_filter(Category.ALL, "1.jpg")
    model._arranger._jobs = view.jobs
    for module in (arranging, model_module):
        monkeypatch.setattr(module, "QUICKLY", 0)
    # WHEN others are to be selected that will be shown in a moment THEN they are, then
    model.set_filter(Category.ALL, "")
    view.select_rows([3, 4])
    assert view.selected_rows() == []
    qtbot.waitUntil(lambda: view.selected_rows() == [3, 4])
    # AND a table that is to stand as it stood waits for its rows
    before = view.standing()
    model.sort(model.section(NAME), Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: not model.is_ranking)
    view.select_row(7)
    model.sort(-1)
    view.stand(before)
    qtbot.waitUntil(lambda: (view.selected_rows(), view.currentIndex().row()) == ([3, 4], 3))
    # AND what waits is forgotten with its rows
    model.set_filter(Category.ALL, "7")
    view.select_rows([29])
    view.live.clear()
    fill(view, 30, "other")
    qtbot.waitUntil(lambda: not model.is_ranking)
    assert view.selected_rows() == []


# Copying


def hold_jobs(view: ResultsView) -> threading.Event:
    """Let jobs wait until the event is set."""
    gate = threading.Event()
    view.jobs.run(lambda: gate.wait(10), lambda _: None)
    return gate


@pytest.mark.parametrize("later", [0, 3, None])
def test_rows_cleared_or_removed_before_they_are_copied_leave_the_clipboard_alone(
    make_view: MakeView, qtbot: QtBot, later: int | None
) -> None:
    # GIVEN rows chosen for copying, which waits for its turn
    view = make_view()
    fill(view, 3)
    view.selectAll()
    QGuiApplication.clipboard().setText("before")
    gate = hold_jobs(view)
    view.copy_rows()
    # WHEN the table is cleared meanwhile, and perhaps filled with other pictures, or one of the rows is removed
    if later is None:
        view.live.remove(np.array([1]))
    else:
        view.live.clear()
        fill(view, later, "other")
    with qtbot.waitSignal(view.copied, timeout=5000) as told:
        gate.set()
    # THEN nothing is copied and no error is met, and the person is told
    assert QGuiApplication.clipboard().text() == "before"
    assert told.args == ["Nothing was copied: the rows were removed meanwhile."]


def copied(view: ResultsView, qtbot: QtBot) -> tuple[str, list[dict[str, str]]]:
    """What is said once all rows were copied, and their cells by title."""
    view.selectAll()
    with qtbot.waitSignal(view.copied, timeout=20_000) as told:
        view.copy_rows()
    header, *lines = (line.split("\t") for line in QGuiApplication.clipboard().text().split("\n"))
    return told.args[0], [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize(("count", "words"), [(1, "Copied 1 row"), (6, "Copied 6 rows")])
def test_copied_rows_hold_the_numbers_of_vectors_and_are_counted_in_words(
    make_view: MakeView, qtbot: QtBot, count: int, words: str
) -> None:
    view = make_view()
    view.show_methods(tuple(METHODS), reveal=True)
    fill(view, count)
    result = make_result(view.live.rows.paths[0], METHODS)
    view.live.apply([(0, result)])
    said, rows = copied(view, qtbot)
    assert said == words
    assert rows[0]["PHash"] == result.encodings[PHASH]
    assert np.array_equal(np.array(json.loads(rows[0]["CNN"]), np.float32), result.encodings[METHODS["cnn"]])
    assert [row["CNN"] for row in rows[1:]] == [""] * (count - 1)
    assert "<td" in QGuiApplication.clipboard().mimeData().html()


def test_more_numbers_than_a_clipboard_should_hold_are_left_out_and_that_is_told(
    make_view: MakeView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_view, "_MOST_NUMBERS", 2 * 1024)
    view = make_view()
    view.show_methods(tuple(METHODS), reveal=True)
    fill(view, 3)
    view.live.apply([(row, make_result(view.live.rows.paths[row], METHODS)) for row in range(3)])
    said, rows = copied(view, qtbot)
    assert said == "Copied 3 rows, without the numbers of CNN: for so many rows, export them"
    assert rows[0]["CNN"].startswith("1024 numbers, norm")


def test_rows_added_while_others_are_copied_change_nothing(make_view: MakeView, qtbot: QtBot) -> None:
    view = make_view()
    fill(view, 2)
    view.live.apply([(row, make_result(view.live.rows.paths[row])) for row in range(2)])
    view.selectAll()
    gate = hold_jobs(view)
    view.copy_rows()
    fill(view, 5, "more")
    with qtbot.waitSignal(view.copied, timeout=5000) as told:
        gate.set()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line.split("\t")[0] for line in lines] == ["Name", "0.jpg", "1.jpg"]
    assert told.args[0].startswith("Copied 2 row")


# Selecting many rows

MANY = 30_000


@pytest.fixture
def long_view(make_view: MakeView) -> ResultsView:
    """A table of many rows, every second of which is called odd."""
    view = make_view()
    for first in range(0, MANY, 2000):
        view.live.append(f"/p/{'odd' if number % 2 else 'even'}{number}.jpg" for number in range(first, first + 2000))
    QApplication.processEvents()
    return view


def spent(act: Callable[[], object]) -> float:
    """The time of this thread until it is done and painted."""
    began = time.thread_time()
    act()
    QApplication.processEvents()
    return time.thread_time() - began


def toggle(view: ResultsView, row: int) -> None:
    flags = QItemSelectionModel.SelectionFlag
    view.selectionModel().select(view.model().index(row, 0), flags.Toggle | flags.Rows)


def test_selecting_all_costs_no_more_than_selecting_one(long_view: ResultsView) -> None:
    """Painting the titles took a look at every cell, 1 s for 30,000 rows."""
    one = spent(lambda: long_view.select_row(5))
    all_ = spent(long_view.selectAll)
    assert long_view.selected_count() == MANY
    assert all_ < 10 * one + 0.1


def test_sorting_and_searching_carry_a_large_selection_along_quickly(long_view: ResultsView) -> None:
    """Qt does so row by row: 2 s for 30,000."""
    model = long_view.model()
    free = spent(lambda: model.sort(model.section(NAME), Qt.SortOrder.DescendingOrder))
    long_view.selectAll()
    toggle(long_view, 7)
    left_out = model.row_at(7)
    for act in (lambda: model.sort(-1), lambda: model.set_filter(Category.ALL, "odd")):
        assert spent(act) < 3 * free + 0.1
    chosen = long_view.selected_rows()
    assert set(chosen) == {row for row in range(1, MANY, 2) if row != left_out}
    model.set_filter(Category.ALL, "")


def test_a_selection_that_lies_scattered_is_kept_or_dropped_and_that_is_said(long_view: ResultsView) -> None:
    model = long_view.model()
    said: list[str] = []
    long_view.selection_dropped.connect(said.append)
    # GIVEN a selection of some rows that others will come between
    model.set_filter(Category.ALL, "odd100")
    long_view.selectAll()
    chosen = long_view.selected_rows()
    assert len(chosen) > 50
    model.set_filter(Category.ALL, "")
    assert (long_view.selected_rows(), said) == (chosen, [])
    # AND one of far too many: selecting anything then would take seconds
    model.set_filter(Category.ALL, "odd")
    long_view.selectAll()
    model.set_filter(Category.ALL, "")
    assert long_view.selected_count() == 0
    assert len(said) == 1
    assert spent(long_view.selectAll) < 0.5
    assert long_view.selected_count() == MANY


# Painting


def test_rows_out_of_sight_are_not_painted_when_they_change(make_view: MakeView, qtbot: QtBot) -> None:
    # GIVEN a long table, painted
    view = make_view()
    view.live.append(f"/photos/{number}.jpg" for number in range(500))
    QApplication.processEvents()
    painted: list[int] = []
    text = ResultsModel.text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ResultsModel, "text", lambda *given: painted.append(given[1]) or text(*given))
        # WHEN rows below those that are seen are encoded THEN nothing is painted
        view.live.apply([(row, make_result(view.live.rows.paths[row])) for row in range(300, 400)])
        QApplication.processEvents()
        assert painted == []
        # AND those that are seen are, also the first and the last of them
        last = view.rowAt(view.viewport().height() - 1)
        for row in (0, last):
            view.live.apply([(row, make_result(view.live.rows.paths[row]))])
            QApplication.processEvents()
            assert row in painted
            painted.clear()
