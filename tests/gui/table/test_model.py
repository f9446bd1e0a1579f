"""The table's model: nothing lost, selection kept, changes told at once."""

from __future__ import annotations

import gc
import itertools
import threading
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QTableView

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.alike import ROLES, Bands, Role
from imgenc_gui.core.records.results import FailureCode
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.table import arranging
from imgenc_gui.gui.table import model as model_module
from imgenc_gui.gui.table.arrangement import Arrangement, Category
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.columns import FOLDER, NAME, PIXELS, STATUS, Column, make_columns
from imgenc_gui.gui.table.model import ROW_ROLE, ResultsModel
from imgenc_gui.gui.work.jobs import Jobs, Urgency
from imgenc_gui.gui.work.live_rows import LiveRows
from tests.gui.conftest import make_failure, make_result, make_warned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def model(qapp: object) -> ResultsModel:
    """A model that Qt's own tester watches: any broken promise fails the test."""
    live = LiveRows(METHODS)
    model = ResultsModel(live)
    model.live = live
    model.tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return model


def names(model: ResultsModel) -> list[str]:
    return [model.index(row, model.section(NAME)).data() for row in range(model.rowCount())]


def filled(model: ResultsModel) -> ResultsModel:
    """Six rows: three encoded, one of them with a warning, one damaged, one no picture, one waiting."""
    model.live.append([f"/photos/{name}" for name in ("b.jpg", "a.jpg", "c.jpg", "bad.jpg", "notes.txt", "wait.jpg")])
    model.live.apply(
        [
            (0, make_result("/photos/b.jpg")),
            (1, make_result("/photos/a.jpg")),
            (2, make_warned("/photos/c.jpg")),
            (3, make_failure("/photos/bad.jpg")),
            (4, make_failure("/photos/notes.txt", FailureCode.NOT_AN_IMAGE)),
        ]
    )
    return model


# The model


def test_cells_say_what_is_known(model: ResultsModel) -> None:
    filled(model)

    def cell(row: int, column: Column, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return model.index(row, model.section(column)).data(role)

    assert cell(0, NAME) == "b.jpg"
    assert cell(0, FOLDER) == "/photos"
    assert cell(0, PIXELS) == "640 × 480"  # noqa: RUF001
    assert len(cell(0, Column("phash", PHASH))) == 16
    assert cell(0, Column("ahash", AHASH)) == ""
    assert cell(0, STATUS) == "Encoded"
    assert cell(2, STATUS) == "Encoded, warning"
    assert cell(3, STATUS) == "Damaged"
    assert cell(3, STATUS, Qt.ItemDataRole.ToolTipRole).startswith("The picture is damaged or incomplete")
    assert cell(4, STATUS) == "Not a picture"
    assert cell(5, STATUS) == "Waiting"
    assert cell(5, PIXELS) == ""
    model.live.apply([(5, make_result("/photos/wait.jpg", [CNN]))])
    assert cell(5, Column("cnn", CNN)).startswith("1024 numbers, norm ")


@pytest.mark.parametrize("column", make_columns(METHODS), ids=lambda column: column.id)
def test_sorting_keeps_every_row_and_puts_blanks_last(model: ResultsModel, column: Column) -> None:
    filled(model)
    for order in Qt.SortOrder:
        model.sort(model.section(column), order)
        assert sorted(names(model)) == ["a.jpg", "b.jpg", "bad.jpg", "c.jpg", "wait.jpg"]
        texts = [model.index(row, model.section(column)).data() for row in range(model.rowCount())]
        assert "" not in texts[: len([text for text in texts if text])]
    model.sort(-1)
    assert names(model)[:2] == ["b.jpg", "a.jpg"]


def test_sorting_by_name_is_natural_and_turns_round(model: ResultsModel) -> None:
    model.live.append(["/x/IMG_10.jpg", "/x/IMG_9.jpg", "/x/img_1.jpg"])
    model.sort(model.section(NAME), Qt.SortOrder.AscendingOrder)
    assert names(model) == ["img_1.jpg", "IMG_9.jpg", "IMG_10.jpg"]
    model.sort(model.section(NAME), Qt.SortOrder.DescendingOrder)
    assert names(model) == ["IMG_10.jpg", "IMG_9.jpg", "img_1.jpg"]


@pytest.fixture
def slow(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[ResultsModel]:
    """A model that looks through names on a thread, however few."""
    monkeypatch.setattr(arranging, "_AT_ONCE", 0)
    jobs, live = Jobs(1, print), LiveRows(METHODS)
    model = ResultsModel(live, jobs=jobs)
    model.live = live
    yield model
    assert jobs.close(5000)


def test_many_names_are_looked_through_on_a_thread_and_then_sorted(slow: ResultsModel, qtbot: QtBot) -> None:
    # GIVEN rows
    slow.live.append(["/x/IMG_10.jpg", "/x/IMG_9.jpg", "/x/img_1.jpg"])
    # WHEN they are to be sorted by name
    slow.sort(slow.section(NAME))
    # THEN the window goes on meanwhile, and they are
    assert slow.is_ranking
    assert names(slow) == ["IMG_10.jpg", "IMG_9.jpg", "img_1.jpg"]
    qtbot.waitUntil(lambda: not slow.is_ranking)
    assert names(slow) == ["img_1.jpg", "IMG_9.jpg", "IMG_10.jpg"]
    # AND the other way round at once
    slow.sort(slow.section(NAME), Qt.SortOrder.DescendingOrder)
    assert names(slow) == ["IMG_10.jpg", "IMG_9.jpg", "img_1.jpg"]
    # AND what is added finds its place when the work has settled, also what comes while names are looked through
    slow.live.append(["/x/IMG_99.jpg"])
    slow.live.settle()
    slow.live.append(["/x/IMG_11.jpg"])
    slow.live.settle()
    qtbot.waitUntil(lambda: not slow.is_ranking)
    assert names(slow) == ["IMG_99.jpg", "IMG_11.jpg", "IMG_10.jpg", "IMG_9.jpg", "img_1.jpg"]


def test_another_order_or_other_rows_meanwhile(slow: ResultsModel, qtbot: QtBot) -> None:
    # GIVEN names that are looked through
    slow.live.append(["/x/b.jpg", "/x/a.jpg"])
    slow.sort(slow.section(NAME))
    # WHEN the rows are to stand in their own order THEN they stay there
    slow.sort(-1)
    qtbot.waitUntil(lambda: not slow.is_ranking)
    assert names(slow) == ["b.jpg", "a.jpg"]
    # WHEN there are other rows before it is known THEN these are sorted
    slow.live.append(["/x/0.jpg"])
    slow.sort(slow.section(NAME))
    slow.live.clear()
    slow.live.append(["/x/2.jpg", "/x/1.jpg"])
    slow.live.settle()
    qtbot.waitUntil(lambda: not slow.is_ranking)
    assert names(slow) == ["1.jpg", "2.jpg"]


# Very many rows


@pytest.fixture
def held(slow: ResultsModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ResultsModel, threading.Event]]:
    """A model that arranges its rows on a thread, however few, once the event is set."""
    for module in (arranging, model_module):
        monkeypatch.setattr(module, "QUICKLY", 0)
    gate = threading.Event()

    def hold() -> None:
        gate.clear()
        slow._arranger._jobs.run(lambda: gate.wait(10), lambda _: None, urgency=Urgency.ANSWERS)

    slow.hold = hold
    hold()
    yield slow, gate
    gate.set()


def test_many_rows_are_searched_on_a_thread(held: tuple[ResultsModel, threading.Event], qtbot: QtBot) -> None:
    # GIVEN rows, and a search of them that takes a moment
    model, gate = held
    paths = [f"/{name}.jpg" for name in ("cat1", "dog1", "cat2", "dog2")]
    model.live.append(paths)
    model.set_filter(Category.ALL, "cat")
    # THEN the window goes on with the rows that there were
    assert model.is_ranking
    assert len(names(model)) == 4
    # WHEN others come meanwhile, before and after the search is found to be out of date THEN all that match are shown
    model.live.append(["/cat3.jpg", "/dog3.jpg"])
    gate.set()
    qtbot.waitUntil(lambda: not model.is_ranking)
    assert names(model) == ["cat1.jpg", "cat2.jpg", "cat3.jpg"]
    assert [model.position_of(row) for row in range(6)] == [0, -1, 1, -1, 2, -1]


def test_rows_that_change_just_after_they_were_looked_at(
    slow: ResultsModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a category whose rows were just found, on a thread
    slow.live.append([f"/{number}.jpg" for number in range(4)])
    slow.live.apply([(0, make_failure("/0.jpg"))])
    found, go_on = threading.Event(), threading.Event()
    of_category = Arrangement.of_category

    def slowly(self: Arrangement, *asked: object) -> object:
        mask = of_category(self, *asked)
        if threading.current_thread() is not threading.main_thread():
            found.set()
            go_on.wait(10)
        return mask

    monkeypatch.setattr(Arrangement, "of_category", slowly)
    for module in (arranging, model_module):
        monkeypatch.setattr(module, "QUICKLY", 0)
    slow.set_filter(Category.FAILED, "")
    assert found.wait(10)
    # WHEN a row comes to belong to it before they are shown
    slow.live.apply([(2, make_failure("/2.jpg"))])
    with qtbot.waitSignal(slow.arranged):
        go_on.set()
    # THEN it is shown, too
    assert names(slow) == ["0.jpg", "2.jpg"]


def counts_found(model: ResultsModel) -> dict[Category, int]:
    found = model.counts_found()
    return {} if found is None else {category: count for category, count in found.items() if count}


def test_categories_are_counted_within_the_search(model: ResultsModel) -> None:
    filled(model)
    assert counts_found(model) == {}
    model.set_filter(Category.FAILED, "b")
    assert counts_found(model) == {Category.ALL: 2, Category.ENCODED: 1, Category.FAILED: 1}  # b.jpg, bad.jpg
    assert model.count(Category.ALL) == 5
    # WHEN more come, are encoded or go THEN they count where they are found, whatever category is shown
    model.live.append(["/photos/bb.jpg", "/photos/d.jpg", "/photos/b.txt"])
    assert counts_found(model) == {Category.ALL: 4, Category.ENCODED: 1, Category.FAILED: 1}
    model.live.apply([(6, make_warned("/photos/bb.jpg")), (8, make_failure("/b.txt", FailureCode.NOT_AN_IMAGE))])
    expected = {Category.ALL: 3, Category.ENCODED: 2, Category.FAILED: 1}
    assert counts_found(model) == expected | {Category.WARNINGS: 1, Category.NOT_PICTURES: 1}
    model.live.remove([0])
    assert counts_found(model)[Category.ENCODED] == 1
    # AND by the hash that a picture got
    model.set_filter(Category.FAILED, make_result("/photos/wait.jpg").encodings[PHASH])
    assert counts_found(model) == {}
    model.live.apply([(5, make_result("/photos/wait.jpg"))])
    assert counts_found(model) == {Category.ALL: 1, Category.ENCODED: 1}
    # AND what comes to an emptied table, until nothing is searched for
    model.live.clear()
    model.live.append(["/1.jpg"])
    model.set_filter(Category.FAILED, "1")
    model.live.clear()
    model.live.append(["/1.jpg", "/2.jpg"])
    assert counts_found(model) == {Category.ALL: 1}
    model.set_filter(Category.FAILED, " ")
    assert model.counts_found() is None


def test_what_came_while_it_was_searched_on_a_thread_is_counted_too(
    held: tuple[ResultsModel, threading.Event], qtbot: QtBot
) -> None:
    model, gate = held
    model.live.append(["/a.jpg", "/b.jpg"])
    model.set_filter(Category.ENCODED, "a")
    model.live.apply([(0, make_result("/a.jpg"))])
    model.live.append(["/aa.jpg", "/c.jpg"])
    gate.set()
    qtbot.waitUntil(lambda: not model.is_ranking)
    assert counts_found(model) == {Category.ALL: 2, Category.ENCODED: 1}


def test_copies_are_counted_within_the_search_as_many_as_are_shown(model: ResultsModel) -> None:
    model.live.append([f"/{name}.jpg" for name in ("a1", "a2", "b1", "c2")])
    rows, bands, none = np.arange(4), np.array([0, 0, 1, 1], np.int32), np.full(4, -1)
    roles = np.array([ROLES.index(Role.REFERENCE), ROLES.index(Role.MEMBER)] * 2, np.uint8)
    banded = Banded(Bands((), rows, bands, roles, np.array([0, 0, 2, 2]), (), none), model.rows)
    model.set_bands(banded)
    for text, count in (("b", 2), ("2", 4), ("d", 0)):
        model.set_filter(Category.ALL, text)
        assert banded.count(model.containing) == model.rowCount() == count


def test_bands_that_are_not_shown_in_the_end_leave_those_shown_as_they_are(
    held: tuple[ResultsModel, threading.Event], qtbot: QtBot
) -> None:
    # GIVEN two bands, and a search of them, on a thread, that finds the second
    model, gate = held
    model.live.append([f"/{name}.jpg" for name in ("a1", "a2", "b1", "b2")])
    rows, bands, none = np.arange(4), np.array([0, 0, 1, 1], np.int32), np.full(4, -1)
    roles = np.array([ROLES.index(Role.REFERENCE), ROLES.index(Role.MEMBER)] * 2, np.uint8)
    banded = Banded(Bands((), rows, bands, roles, np.array([0, 0, 2, 2]), (), none), model.rows)
    model.set_bands(banded)
    model.set_filter(Category.ALL, "b")
    # WHEN it is taken back before it has ended
    model.set_filter(Category.ALL, "")
    assert not model.is_ranking
    gate.set()
    qtbot.waitUntil(lambda: not model._arranger._is_arranging)
    # THEN every second band is shaded, and when the second stands first, it isn't
    assert names(model) == ["a1.jpg", "a2.jpg", "b1.jpg", "b2.jpg"]
    assert [banded.is_odd(row) for row in range(4)] == [False, False, True, True]
    model.set_filter(Category.ALL, "b")
    assert [banded.is_odd(row) for row in (2, 3)] == [True, True]
    qtbot.waitUntil(lambda: not model.is_ranking)
    assert [banded.is_odd(row) for row in (2, 3)] == [False, False]


def test_whoever_waits_for_rows_is_told_when_an_order_is_not_wanted_any_more(slow: ResultsModel, qtbot: QtBot) -> None:
    slow.live.append(["/b.jpg", "/a.jpg"])
    slow.sort(slow.section(NAME))
    slow.sort(slow.section(PIXELS))
    assert slow.is_ranking
    with qtbot.waitSignal(slow.arranged):
        pass
    assert not slow.is_ranking


def test_a_question_that_fails_leaves_the_newer_one(
    held: tuple[ResultsModel, threading.Event], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a search that fails, and a newer one that waits for it
    model, gate = held
    model.live.append(["/a.jpg", "/b.jpg"])
    containing, errors = Arrangement.containing, []

    def broken(self: Arrangement, text: str, rows: object = None) -> object:
        if text == "a":
            raise OSError
        return containing(self, text, rows)

    monkeypatch.setattr(Arrangement, "containing", broken)
    model._arranger._jobs.report = errors.append
    model.set_filter(Category.ALL, "a")
    model.set_filter(Category.ALL, "b")
    gate.set()
    # THEN that is answered
    qtbot.waitUntil(lambda: not model.is_ranking)
    assert names(model) == ["b.jpg"]
    assert len(errors) == 1


def test_the_newest_question_wins(held: tuple[ResultsModel, threading.Event], qtbot: QtBot) -> None:
    model, gate = held
    model.live.append(["/b.jpg", "/a.jpg"])
    for text in ("a", "b", "", "a"):
        model.set_filter(Category.ALL, text)
    model.sort(model.section(PIXELS))
    gate.set()
    qtbot.waitUntil(lambda: not model.is_ranking)
    assert names(model) == ["a.jpg"]
    # AND rows that are cleared meanwhile don't come back
    model.hold()
    model.set_filter(Category.ALL, "b")
    model.live.clear()
    assert not model.is_ranking
    model.live.append(["/bb.jpg"])
    gate.set()
    assert model._arranger._jobs.wait(5000)
    qtbot.wait(1)
    assert names(model) == ["bb.jpg"]


def test_a_row_takes_no_more_than_250_bytes_beyond_its_path(qapp: object) -> None:
    """A million pictures are to fit."""
    count = 20_000
    paths = [f"/photos/{number // 1000:03}/IMG_{number:06}.jpg" for number in range(count)]
    gc.collect()
    tracemalloc.start()
    try:
        live = LiveRows(METHODS)
        model = ResultsModel(live)
        for first in range(0, count, 2000):
            added = live.append(paths[first : first + 2000])
            live.apply([(row, make_result(paths[row], (PHASH, AHASH, DHASH, WHASH))) for row in added])
        copy = live.rows.columns()  # as comparing takes one
        for text in ("img_0001", ""):
            model.set_filter(Category.ALL, text)
        model.sort(model.section(NAME), Qt.SortOrder.DescendingOrder)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(copy) == model.rowCount() == count
    assert taken / count < 250


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (Category.ALL, 5),
        (Category.ENCODED, 3),
        (Category.FAILED, 1),
        (Category.NOT_PICTURES, 1),
        (Category.WARNINGS, 1),
    ],
)
def test_categories(model: ResultsModel, category: Category, expected: int) -> None:
    filled(model)
    model.refresh()
    model.set_filter(category, "")
    assert model.rowCount() == expected == model.count(category)


def test_search_finds_names_folders_and_hashes(model: ResultsModel) -> None:
    filled(model)
    phash = model.rows.hash_text(1, PHASH)
    for text, expected in [
        ("A.JPG", ["a.jpg"]),
        ("photos", ["b.jpg", "a.jpg", "c.jpg", "bad.jpg", "wait.jpg"]),
        (phash, ["a.jpg"]),
        (phash[3:12].upper(), ["a.jpg"]),
        (phash + "0", []),
        ("nowhere", []),
    ]:
        model.set_filter(Category.ALL, text)
        assert names(model) == expected, text


def test_rows_that_come_to_match_appear_while_filtered(model: ResultsModel) -> None:
    # GIVEN a table narrowed down to what could not be read, while pictures are encoded
    model.live.append([f"/{number}.jpg" for number in range(4)])
    model.set_filter(Category.FAILED, "")
    assert model.rowCount() == 0
    # WHEN results arrive
    model.live.apply([(0, make_result("/0.jpg")), (3, make_failure("/3.jpg")), (1, make_failure("/1.jpg"))])
    # THEN those that match are there, and leave when they match no more and the run ends
    assert sorted(names(model)) == ["1.jpg", "3.jpg"]
    model.live.apply([(1, make_result("/1.jpg"))])
    model.live.settle()
    assert names(model) == ["3.jpg"]


def test_many_hidden_rows_that_change_at_once_are_looked_at_together(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN 20,000 pictures, none of them shown (Qt's tester would take its time)
    count = 20_000
    live = LiveRows(METHODS)
    model = ResultsModel(live)
    live.append([f"/{number}.jpg" for number in range(count)])
    model.set_filter(Category.ENCODED, "")
    # WHEN all are told to have changed, in an order of their own, and two of them are encoded now
    live.rows.apply(7, make_result("/7.jpg"))
    live.rows.apply(9, make_result("/9.jpg"))
    looks: list[tuple[object, ...]] = []
    of_category = Arrangement.of_category

    def counted(self: Arrangement, *arguments: object) -> object:
        looks.append(arguments)
        return of_category(self, *arguments)

    monkeypatch.setattr(Arrangement, "of_category", counted)
    live.changed.emit([9, *range(10, count), *range(9)])
    # THEN those that match appear, in the order in which they changed, after one look at all
    assert names(model) == ["9.jpg", "7.jpg"]
    assert len(looks) == 1


def test_selection_and_current_row_follow_their_pictures(model: ResultsModel, qtbot: QtBot) -> None:
    filled(model)
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    view.selectRow(2)
    kept = QPersistentModelIndex(model.index(2, model.section(STATUS)))
    model.sort(model.section(NAME), Qt.SortOrder.DescendingOrder)
    assert [index.data() for index in view.selectionModel().selectedRows()] == ["c.jpg"]
    assert view.currentIndex().siblingAtColumn(0).data() == "c.jpg"
    assert model.index(kept.row(), 0).data() == "c.jpg"
    model.set_filter(Category.FAILED, "")
    assert not kept.isValid()
    assert not view.selectionModel().hasSelection()


def test_selecting_everything_survives_a_sort(model: ResultsModel, qtbot: QtBot) -> None:
    filled(model)
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.selectionModel().select(model.index(0, 0), QItemSelectionModel.SelectionFlag.Clear)
    view.selectAll()
    model.sort(model.section(NAME))
    assert len(view.selectionModel().selectedRows()) == 5


def test_changes_are_told_once_per_portion(model: ResultsModel) -> None:
    model.live.append([f"/{number}.jpg" for number in range(100)])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.live.apply([(number, make_result(f"/{number}.jpg")) for number in range(20, 84)])
    assert told == [(20, 83)]


def test_every_state_of_filter_and_order_keeps_the_promises_of_a_model(model: ResultsModel) -> None:
    """Goes through filters and orders while rows arrive, under Qt's model tester; positions stay a bijection."""
    steps = itertools.cycle(
        [
            lambda: model.sort(model.section(Column("phash", PHASH))),
            lambda: model.set_filter(Category.ENCODED, ""),
            lambda: model.set_filter(Category.ALL, "7"),
            lambda: model.sort(model.section(STATUS), Qt.SortOrder.DescendingOrder),
            lambda: model.set_filter(Category.ALL, ""),
            lambda: model.live.expect([0, 2]),
            lambda: model.sort(-1),
        ]
    )
    for portion in range(20):
        rows = model.live.append([f"/x/{portion}_{number}.jpg" for number in range(5)])
        next(steps)()
        model.live.apply([(row, make_result(model.rows.paths[row]) if row % 3 else make_failure("")) for row in rows])
        next(steps)()
        shown = [model.index(row, 0).data(ROW_ROLE) for row in range(model.rowCount())]
        assert len(set(shown)) == len(shown)
        assert all(model.position_of(row) == position for position, row in enumerate(shown))
    model.live.clear()
    assert model.rowCount(QModelIndex()) == 0
