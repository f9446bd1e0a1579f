"""The table's rows and model: nothing lost, quickly sorted and filtered, selection kept."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QTableView

from imgenc_gui.core.encoding import Failure, ImageResult, Method
from imgenc_gui.core.formats.reading import Caution, CautionCode, ErrorCode, Facts
from imgenc_gui.gui.table.model import ROW_ROLE, Column, ResultsModel
from imgenc_gui.core.rows import Category, RowStore, natural
from tests.gui.conftest import make_failure, make_result, make_warned

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def model(qapp: object) -> ResultsModel:
    """A model that Qt's own tester watches: any broken promise fails the test."""
    model = ResultsModel()
    model.tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return model


def names(model: ResultsModel) -> list[str]:
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def filled(model: ResultsModel) -> ResultsModel:
    """Six rows: three encoded, one of them with a warning, one damaged, one no picture, one waiting."""
    model.append([f"/photos/{name}" for name in ("b.jpg", "a.jpg", "c.jpg", "bad.jpg", "notes.txt", "wait.jpg")])
    model.apply(
        [
            (0, make_result("/photos/b.jpg")),
            (1, make_result("/photos/a.jpg")),
            (2, make_warned("/photos/c.jpg")),
            (3, make_failure("/photos/bad.jpg")),
            (4, make_failure("/photos/notes.txt", ErrorCode.NOT_AN_IMAGE)),
        ]
    )
    return model


# Rows


def test_a_row_gives_its_result_back_whole() -> None:
    # GIVEN a result with everything that a result can have
    store = RowStore()
    store.append(["/a.jpg"])
    full = ImageResult(
        "/a.jpg",
        Facts("MPO", 4000, 3000, 2, 5_000_000_000, 1_600_000_000.25, 6),
        {
            Method.PHASH: "9fee256239984d71",
            Method.AHASH: "0000000000000000",
            Method.DHASH: "ffffffffffffffff",
            Method.WHASH: "0123456789abcdef",
            Method.CNN: np.linspace(-1, 1, 1024, dtype=np.float32),
        },
        (Caution(CautionCode.ROTATED, "Turned."),),
    )
    # WHEN the store takes it in
    store.apply(0, full)
    back = store.result(0)
    # THEN it gives the same back
    assert back is not None
    assert back.facts == full.facts
    assert back.cautions == full.cautions
    assert list(back.encodings) == list(Method)
    assert all(back.encodings[method] == full.encodings[method] for method in Method if method.is_hash)
    np.testing.assert_array_equal(back.encodings[Method.CNN], full.encodings[Method.CNN])


def test_a_later_run_adds_to_a_row_and_a_failed_one_takes_nothing_away() -> None:
    store = RowStore()
    store.append(["/a.jpg"])
    store.apply(0, make_result("/a.jpg", [Method.PHASH]))
    store.apply(0, make_result("/a.jpg", [Method.CNN]))
    assert set(store.result(0).encodings) == {Method.PHASH, Method.CNN}
    store.apply(0, ImageResult("/a.jpg", failure=Failure(ErrorCode.GONE, "It is gone.")))
    assert set(store.result(0).encodings) == {Method.PHASH, Method.CNN}
    assert store.is_warned(0)
    assert store.failure(0).reason == "It is gone."


def test_encodings_made_with_the_other_rotation_are_replaced() -> None:
    store = RowStore()
    store.append(["/a.jpg"])
    store.apply(0, make_result("/a.jpg", [Method.PHASH, Method.AHASH]), rotated=False)
    assert store.plan((Method.PHASH,), rotated=False) == {}
    assert store.plan((Method.PHASH,), rotated=True) == {(Method.PHASH,): [0]}
    store.apply(0, make_result("/a.jpg", [Method.PHASH], seed=1), rotated=True)
    assert set(store.result(0).encodings) == {Method.PHASH}


def test_plan_groups_rows_by_what_they_miss() -> None:
    store = RowStore()
    store.append([f"/{number}.jpg" for number in range(5)])
    store.apply(0, make_result("/0.jpg", [Method.PHASH]))
    store.apply(1, make_result("/1.jpg", [Method.PHASH, Method.DHASH]))
    store.apply(2, make_failure("/2.jpg"))
    store.apply(3, make_failure("/3.jpg", ErrorCode.MODEL_UNAVAILABLE))
    plan = store.plan((Method.PHASH, Method.DHASH), rotated=False)
    assert plan == {(Method.DHASH,): [0], (Method.PHASH, Method.DHASH): [3, 4]}
    assert store.plan((Method.PHASH,), rotated=False, rows=[0, 4]) == {(Method.PHASH,): [4]}


def test_vectors_keep_apart_over_many_blocks_and_slots_are_used_again() -> None:
    store = RowStore()
    count = 1500
    store.append([f"/{number}.jpg" for number in range(count)])
    for number in range(count):
        store.apply(number, ImageResult("", None, {Method.CNN: np.full(1024, number, np.float32)}))
    store.reset(3)
    store.append(["/new.jpg"])
    store.apply(count, ImageResult("", None, {Method.CNN: np.full(1024, -1, np.float32)}))
    assert store.vector(3) is None
    assert [float(store.vector(number)[0]) for number in (0, 1023, 1024, 1499, count)] == [0, 1023, 1024, 1499, -1]


def test_natural_order() -> None:
    assert sorted(["IMG_10", "img_9", "IMG_1", "a"], key=natural) == ["a", "IMG_1", "img_9", "IMG_10"]


# The model


def test_cells_say_what_is_known(model: ResultsModel) -> None:
    filled(model)

    def cell(row: int, column: Column, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return model.index(row, column).data(role)

    assert cell(0, Column.NAME) == "b.jpg"
    assert cell(0, Column.FOLDER) == "/photos"
    assert cell(0, Column.SIZE) == "640 × 480"  # noqa: RUF001
    assert len(cell(0, Column.PHASH)) == 16
    assert cell(0, Column.AHASH) == ""
    assert cell(0, Column.STATUS) == "Encoded"
    assert cell(2, Column.STATUS) == "Encoded, warning"
    assert cell(3, Column.STATUS) == "Could not be read"
    assert cell(3, Column.STATUS, Qt.ItemDataRole.ToolTipRole) == "The picture is damaged."
    assert cell(4, Column.STATUS) == "Not a picture"
    assert cell(5, Column.STATUS) == "Waiting"
    assert cell(5, Column.SIZE) == ""
    model.apply([(5, make_result("/photos/wait.jpg", [Method.CNN]))])
    assert cell(5, Column.CNN).startswith("1024 numbers, norm ")


@pytest.mark.parametrize("column", list(Column))
def test_sorting_keeps_every_row_and_puts_blanks_last(model: ResultsModel, column: Column) -> None:
    filled(model)
    for order in Qt.SortOrder:
        model.sort(column, order)
        assert sorted(names(model)) == sorted(["b.jpg", "a.jpg", "c.jpg", "bad.jpg", "notes.txt", "wait.jpg"])
        texts = [model.index(row, column).data() for row in range(model.rowCount())]
        assert "" not in texts[: len([text for text in texts if text])]
    model.sort(-1)
    assert names(model)[:2] == ["b.jpg", "a.jpg"]


def test_sorting_by_name_is_natural_and_turns_round(model: ResultsModel) -> None:
    model.append(["/x/IMG_10.jpg", "/x/IMG_9.jpg", "/x/img_1.jpg"])
    model.sort(Column.NAME, Qt.SortOrder.AscendingOrder)
    assert names(model) == ["img_1.jpg", "IMG_9.jpg", "IMG_10.jpg"]
    model.sort(Column.NAME, Qt.SortOrder.DescendingOrder)
    assert names(model) == ["IMG_10.jpg", "IMG_9.jpg", "img_1.jpg"]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (Category.ALL, 6),
        (Category.ENCODED, 3),
        (Category.FAILED, 1),
        (Category.NOT_PICTURES, 1),
        (Category.WARNINGS, 1),
    ],
)
def test_categories(model: ResultsModel, category: Category, expected: int) -> None:
    filled(model)
    model.set_filter(category, "")
    assert model.rowCount() == expected == model.store.count(category)


def test_search_finds_names_folders_and_hashes(model: ResultsModel) -> None:
    filled(model)
    phash = model.store.hash_text(1, Method.PHASH)
    for text, expected in [
        ("A.JPG", ["a.jpg"]),
        ("photos", names(model)),
        (phash, ["a.jpg"]),
        (phash[3:12].upper(), ["a.jpg"]),
        (phash + "0", []),
        ("nowhere", []),
    ]:
        model.set_filter(Category.ALL, text)
        assert names(model) == expected, text


def test_a_hash_is_never_found_across_two_cells() -> None:
    store = RowStore()
    store.append(["/one", "/two"])
    store.apply(0, ImageResult("", None, {Method.PHASH: "00000000000000ab", Method.AHASH: "cd00000000000000"}))
    store.apply(1, ImageResult("", None, {Method.WHASH: "00000000000abcd0"}))
    assert store.matches(Category.ALL, "abcd").tolist() == [False, True]
    assert store.matches(Category.ALL, "000").tolist() == [True, True]


def test_rows_that_come_to_match_appear_while_filtered(model: ResultsModel) -> None:
    # GIVEN a table narrowed down to what could not be read, while pictures are encoded
    model.append([f"/{number}.jpg" for number in range(4)])
    model.set_filter(Category.FAILED, "")
    assert model.rowCount() == 0
    # WHEN results arrive
    model.apply([(0, make_result("/0.jpg")), (3, make_failure("/3.jpg")), (1, make_failure("/1.jpg"))])
    # THEN those that match are there, and leave when they match no more and the run ends
    assert sorted(names(model)) == ["1.jpg", "3.jpg"]
    model.apply([(1, make_result("/1.jpg"))])
    model.refresh()
    assert names(model) == ["3.jpg"]


def test_selection_and_current_row_follow_their_pictures(model: ResultsModel, qtbot: QtBot) -> None:
    filled(model)
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    view.selectRow(2)
    kept = QPersistentModelIndex(model.index(2, Column.STATUS))
    model.sort(Column.NAME, Qt.SortOrder.DescendingOrder)
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
    model.sort(Column.NAME)
    assert len(view.selectionModel().selectedRows()) == 6


def test_changes_are_told_once_per_portion(model: ResultsModel) -> None:
    model.append([f"/{number}.jpg" for number in range(100)])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.apply([(number, make_result(f"/{number}.jpg")) for number in range(20, 84)])
    assert told == [(20, 83)]


def test_a_path_gets_one_row(model: ResultsModel) -> None:
    assert model.append(["/a.jpg", "/b.jpg"]) == range(2)
    assert model.append(["/b.jpg", "/c.jpg", "/c.jpg"]) == range(2, 3)
    assert names(model) == ["a.jpg", "b.jpg", "c.jpg"]


def test_every_state_of_filter_and_order_keeps_the_promises_of_a_model(model: ResultsModel) -> None:
    """Goes through filters and orders while rows arrive, under Qt's model tester; positions stay a bijection."""
    steps = itertools.cycle(
        [
            lambda: model.sort(Column.PHASH),
            lambda: model.set_filter(Category.ENCODED, ""),
            lambda: model.set_filter(Category.ALL, "7"),
            lambda: model.sort(Column.STATUS, Qt.SortOrder.DescendingOrder),
            lambda: model.set_filter(Category.ALL, ""),
            lambda: model.reset_rows([0, 2]),
            lambda: model.sort(-1),
        ]
    )
    for portion in range(20):
        rows = model.append([f"/x/{portion}_{number}.jpg" for number in range(5)])
        next(steps)()
        model.apply([(row, make_result(model.store.paths[row]) if row % 3 else make_failure("")) for row in rows])
        next(steps)()
        shown = [model.index(row, 0).data(ROW_ROLE) for row in range(model.rowCount())]
        assert len(set(shown)) == len(shown)
        assert all(model.position_of(row) == position for position, row in enumerate(shown))
    model.clear()
    assert model.rowCount(QModelIndex()) == 0
