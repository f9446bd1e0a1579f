"""Which rows are found, and in which order they stand."""

from __future__ import annotations

import os
from datetime import datetime

import numpy as np
import pytest

from imgenc_gui.core.hashing.hashes import AHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.results import Facts, FailureCode, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.table.arrangement import Arrangement, Category, Sorting
from imgenc_gui.gui.table.columns import CHANGED, FILE_SIZE, FOLDER, FORMAT, NAME, PIXELS, STATUS, TAKEN, Column
from imgenc_gui.gui.table.ranking import natural
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.reference import Reference
from tests.gui.conftest import make_failure, make_result, make_warned


def arranged(*paths: str) -> tuple[Rows, Arrangement]:
    rows = Rows(METHODS)
    rows.append(paths)
    return rows, Arrangement(rows)


def found(arrangement: Arrangement, text: str, category: Category = Category.ALL) -> list[int]:
    found = arrangement.of_category(category)
    containing = arrangement.containing(text)
    if containing is not None:
        found &= containing
    return np.flatnonzero(found).tolist()


# Categories


def test_each_row_counts_in_its_categories() -> None:
    rows, arrangement = arranged("/a.jpg", "/plain.jpg", "/bad.jpg", "/b.txt", "/waits.jpg")
    rows.apply(0, make_result("/a.jpg"))
    rows.apply(1, make_warned("/plain.jpg"))
    rows.apply(2, make_failure("/bad.jpg"))
    rows.apply(3, make_failure("/b.txt", FailureCode.NOT_AN_IMAGE))
    expected = {
        Category.ALL: [0, 1, 2, 4],
        Category.ENCODED: [0, 1],
        Category.FAILED: [2],
        Category.NOT_PICTURES: [3],
        Category.WARNINGS: [1],
        Category.KNOWN: [],  # there is no reference
        Category.NEW: [],
        Category.COPIES: [],  # these the model is given in bands
    }
    assert {category: found(arrangement, "", category) for category in Category} == expected
    assert arrangement.counts() == {category: len(rows) for category, rows in expected.items()}
    assert found(arrangement, "a.jpg", Category.ENCODED) == [0]


def test_what_could_not_be_read_is_sorted_by_why() -> None:
    codes = [FailureCode.EMPTY, FailureCode.DAMAGED, FailureCode.NO_PERMISSION, FailureCode.EMPTY, FailureCode.DAMAGED]
    rows, arrangement = arranged(*(f"/{number}.jpg" for number in range(5)))
    for row, code in enumerate(codes):
        rows.apply(row, make_failure(f"/{row}.jpg", code))
    assert arrangement.sort(np.arange(5), Sorting(STATUS)).tolist() == [1, 4, 0, 3, 2]


# Searching


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2]),
        ("  ", [0, 1, 2]),
        ("summer", [0, 1]),
        ("IMG_2", [1]),
        (" img_2 ", [1]),
        ("straße", [2]),
        ("STRASSE", [2]),
        ("nowhere", []),
    ],
)
def test_names_and_folders_are_found_whatever_the_case(text: str, expected: list[int]) -> None:
    _, arrangement = arranged("/Summer/IMG_1.jpg", "/summer/img_2.jpg", "/winter/Straße.jpg")
    assert found(arrangement, text) == expected


def test_new_rows_are_found_and_those_that_were_cleared_are_not() -> None:
    rows, arrangement = arranged("/old.jpg")
    assert found(arrangement, "old") == [0]
    rows.append(["/new.jpg"])
    assert found(arrangement, "new") == [1]
    rows.clear()
    arrangement.forget()
    rows.append(["/other.jpg"])
    assert found(arrangement, "old") == []
    assert found(arrangement, "other") == [0]


def test_a_part_of_the_rows_can_be_asked_about() -> None:
    rows, arrangement = arranged(*(f"/{number}.jpg" for number in range(20)))
    rows.apply(12, ImageResult("", None, {PHASH: "00000000000000ab"}))
    assert arrangement.containing("1", np.array([9, 10, 11])).tolist() == [False, True, True]
    assert arrangement.containing("0ab", np.array([11, 12, 13])).tolist() == [False, True, False]


def test_a_hash_is_found_by_any_part_of_it() -> None:
    rows, arrangement = arranged("/one", "/two")
    rows.apply(1, ImageResult("", None, {PHASH: "0123456789abcdef"}))
    for text in ("0123456789abcdef", "5678", "CDEF", "0"):
        assert found(arrangement, text) == [1], text
    assert found(arrangement, "0123456789abcdef0") == []


def test_a_hash_is_never_found_across_two_cells() -> None:
    rows, arrangement = arranged("/one", "/two")
    rows.apply(0, ImageResult("", None, {PHASH: "00000000000000ab", AHASH: "cd00000000000000"}))
    rows.apply(1, ImageResult("", None, {WHASH: "00000000000abcd0"}))
    assert found(arrangement, "abcd") == [1]
    assert found(arrangement, "000") == [0, 1]


def test_a_row_without_hashes_is_not_found_by_zeros() -> None:
    _, arrangement = arranged("/one")
    assert found(arrangement, "000") == []


# Sorting


def test_natural_order() -> None:
    assert sorted(["IMG_10", "img_9", "IMG_1", "a"], key=natural) == ["a", "IMG_1", "img_9", "IMG_10"]


def facts(
    file_format: str, width: int, height: int, size: int, time: int | None = None, taken: datetime | None = None
) -> Facts:
    return Facts(file_format, width, height, 1, size, time, 1, "", taken)


def in_order(arrangement: Arrangement, shown: list[int], sorting: Sorting) -> list[int]:
    if arrangement.lacks(sorting.column):
        arrangement.take(sorting.column, arrangement.ranking(sorting.column)())
    return arrangement.sort(np.array(shown), sorting).tolist()


@pytest.fixture
def four() -> Arrangement:
    """Three encoded pictures, and in the middle one that waits."""
    rows, arrangement = arranged("/b/2.jpg", "/a/wait.jpg", "/b/10.jpg", "/a/1.png")
    vector = np.zeros(CNN.length, np.float32)
    vector[0] = 1
    early, late = datetime(1969, 7, 3), datetime(2019, 7, 3)  # noqa: DTZ001 - by a camera's clock
    told = (facts("JPEG", 30, 30, 10_000, -5), facts("JPEG", 90, 5, 9_000, None, late))
    rows.apply(0, ImageResult("", told[0], {PHASH: "8000000000000000", CNN: 3 * vector}))
    rows.apply(2, ImageResult("", told[1], {PHASH: "0000000000000001", CNN: 2 * vector}))
    third = facts("PNG", 20, 40, 8, 2**62, early)
    rows.apply(3, ImageResult("", third, {PHASH: "7fffffffffffffff", CNN: 9 * vector}))
    return arrangement


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        (NAME, [3, 0, 2, 1], [1, 2, 0, 3]),
        (FOLDER, [1, 3, 0, 2], [0, 2, 1, 3]),  # those of one folder keep their order
        (PIXELS, [2, 3, 0, 1], [0, 3, 2, 1]),  # the one that waits has no value and comes last
        (FORMAT, [0, 2, 3, 1], [3, 0, 2, 1]),
        (FILE_SIZE, [3, 2, 0, 1], [0, 2, 3, 1]),
        (CHANGED, [0, 3, 1, 2], [3, 0, 1, 2]),
        (TAKEN, [3, 2, 0, 1], [2, 3, 0, 1]),
        (Column("phash", PHASH), [2, 3, 0, 1], [0, 3, 2, 1]),
        (Column("cnn", CNN), [2, 0, 3, 1], [3, 0, 2, 1]),
        (STATUS, [1, 0, 2, 3], [0, 2, 3, 1]),
    ],
    ids=lambda value: value.id if isinstance(value, Column) else "",
)
def test_rows_are_sorted_by_what_their_cells_mean(
    four: Arrangement, column: Column, up: list[int], down: list[int]
) -> None:
    assert in_order(four, [0, 1, 2, 3], Sorting(column)) == up
    assert in_order(four, [0, 1, 2, 3], Sorting(column, descending=True)) == down


def test_only_the_rows_shown_are_sorted(four: Arrangement) -> None:
    assert in_order(four, [1, 2, 3], Sorting(PIXELS)) == [2, 3, 1]


def test_thousands_of_names_and_folders_stand_as_if_they_were_sorted_at_once() -> None:
    # GIVEN more names than are sorted at a time, many of which are the same but for their case, or in several folders
    chance = np.random.default_rng(0)
    made_up = zip(chance.integers(0, 40, 6000).tolist(), chance.integers(0, 3000, 6000).tolist(), strict=True)
    paths = dict.fromkeys(f"/{folder}/{'IMG' if folder % 2 else 'img'}_{number}.jpg" for folder, number in made_up)
    rows, arrangement = arranged(*paths)
    shown = chance.permutation(len(rows))[:5000].tolist()
    for column, part in ((NAME, os.path.basename), (FOLDER, os.path.dirname)):
        for descending in (False, True):
            # WHEN they are sorted THEN each stands where Python's own sorting puts it, equal ones as they stood
            expected = sorted(shown, key=lambda row, part=part: natural(part(rows.paths[row])), reverse=descending)
            assert in_order(arrangement, shown, Sorting(column, descending)) == expected


def test_rows_of_which_it_is_not_known_yet_how_they_stand_come_last() -> None:
    rows, arrangement = arranged("/2.jpg", "/1.jpg")
    arrangement.take(NAME, arrangement.ranking(NAME)())
    assert not arrangement.lacks(NAME)
    rows.append(["/0.jpg"])
    assert arrangement.lacks(NAME)
    assert arrangement.sort(np.arange(3), Sorting(NAME)).tolist() == [1, 0, 2]
    assert in_order(arrangement, [0, 1, 2], Sorting(NAME)) == [2, 1, 0]


def test_a_reference_that_changes_while_a_thread_sorts_by_it(qtbot: object) -> None:
    # GIVEN a reference of which more is found out between two looks at what is known
    jobs = Jobs(1, print)

    class Changing(Reference):
        found = iter([np.zeros(0), np.zeros(3), np.zeros(3)])
        _nearness = property(lambda self: next(self.found), lambda *_: None)

    # THEN there is a value for each row all the same
    assert Changing(LiveRows(METHODS), jobs).nearness(3).size == 3
    assert jobs.close()
