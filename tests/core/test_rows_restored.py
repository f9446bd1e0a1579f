"""Rows from what a file tells: never instead of what is here, saved, and without a file if there is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.core.states import State

FACTS = Facts("JPEG", 640, 480, 1, 12_345, 1_600_000_000_000_000_000, 6, "0123456789abcdef" * 2)
FILE = FACTS.file
LATER = dataclasses.replace(FACTS, mtime_ns=FACTS.mtime_ns + 1, digest="fedcba9876543210" * 2)
COPIED = dataclasses.replace(FACTS, mtime_ns=FACTS.mtime_ns + 1)
SIZE_ALONE = dataclasses.replace(FACTS, mtime_ns=None, digest="")  # what CSV tells
FILE_ALONE = Facts("", 0, 0, 1, FACTS.bytes, FACTS.mtime_ns, 1)  # what NPZ tells
WARNING = ImageWarning(WarningCode.ROTATED)


@pytest.fixture
def rows() -> Rows:
    rows = Rows(METHODS)
    rows.append(["/a.jpg", "/b.jpg"])
    return rows


def hashed(*methods: Method, facts: Facts | None = FACTS, value: int = 1) -> ImageResult:
    return ImageResult("/a.jpg", facts, {method: f"{value + i:016x}" for i, method in enumerate(methods)})


def restore(rows: Rows, *results: ImageResult, turned: bool | None = False, at: Sequence[int] = (0,)) -> list[int]:
    return rows.restore(list(at) * len(results), results, turned=turned)


def test_what_is_told_comes_back_whole_and_is_saved(rows: Rows) -> None:
    vector = np.linspace(-1, 1, 1024, dtype=np.float32)
    whole = ImageResult("/a.jpg", FACTS, {PHASH: "9fee256239984d71", CNN: vector}, (WARNING,))
    failed = ImageResult("/b.jpg", failure=ImageFailure(FailureCode.DAMAGED, "", ("cut off",)))
    assert rows.restore([0, 1], [whole, failed], turned=True) == [0, 1]
    back = rows.result(0)
    assert back is not None
    assert np.array_equal(back.encodings.pop(CNN), whole.encodings.pop(CNN))
    assert back == whole
    assert rows.norm(0, CNN) == pytest.approx(np.linalg.norm(vector))
    assert rows.result(1) == failed
    assert (rows.unsaved(), rows.is_warned(0), rows.is_changed(0)) == (0, True, False)
    # AND it is made as it says
    assert rows.plan([PHASH], turned=True) == {}
    assert rows.plan([PHASH], turned=False) == {(PHASH,): [0]}


@pytest.mark.parametrize(
    ("here", "told", "merges"),
    [
        (FACTS, FACTS, True),
        (FACTS, COPIED, True),  # the same bytes
        (FACTS, LATER, False),
        (LATER, FACTS, False),
        (FACTS, None, False),
        (FACTS, SIZE_ALONE, False),  # which may be of the file as it was
        (None, None, True),  # two files that tell nothing, of one folder
        (SIZE_ALONE, SIZE_ALONE, True),
        (SIZE_ALONE, dataclasses.replace(SIZE_ALONE, bytes=5), False),
        (FILE_ALONE, FILE_ALONE, True),
    ],
)
def test_what_is_lacking_is_taken_of_the_same_file_alone(
    rows: Rows, here: Facts | None, told: Facts | None, *, merges: bool
) -> None:
    restore(rows, hashed(PHASH, facts=here))
    before = rows.facts(0)
    # WHEN a file tells of the same path, with another hash and one more
    changed = restore(rows, hashed(PHASH, DHASH, facts=told, value=50))
    # THEN the hash that was there stays, and the other comes if it is of the same file
    assert rows.hash_text(0, PHASH) == f"{1:016x}"
    assert changed == ([0] if merges else [])
    assert rows.hash_text(0, DHASH) == (f"{51:016x}" if merges else "")
    assert (rows.facts(0), rows.unsaved(), rows.is_changed(0)) == (before, 0, False)


def test_what_was_encoded_here_is_not_saved_by_what_a_file_has(rows: Rows) -> None:
    rows.apply(0, hashed(PHASH))
    restore(rows, hashed(PHASH, DHASH))
    assert rows.unsaved() == 1
    rows.mark_saved([0], [PHASH])
    assert rows.unsaved() == 0


def test_pictures_turned_otherwise_never_meet_in_a_row(rows: Rows) -> None:
    restore(rows, hashed(PHASH), turned=False)
    assert restore(rows, hashed(DHASH), turned=True) == []
    # AND where a file doesn't tell the orientation, it may be one that makes a difference
    rows.restore([1], [hashed(PHASH, facts=FILE_ALONE)], turned=True)
    assert rows.plan([PHASH], turned=False) == {(PHASH,): [0 + 1]}
    assert rows.facts(1).orientation == 1
    assert rows.made_so(turned=False).tolist() == [True, False]


def test_a_failure_makes_room_for_encodings_of_the_same_file(rows: Rows) -> None:
    rows.apply(0, ImageResult("/a.jpg", failure=ImageFailure(FailureCode.GONE)))
    rows.apply(1, ImageResult("/b.jpg", failure=ImageFailure(FailureCode.DAMAGED), failed_file=LATER.file))
    assert rows.restore([0, 1], [hashed(PHASH), hashed(PHASH)], turned=False) == [0]
    assert [rows.state(row) for row in range(2)] == [State.ENCODED, State.FAILED]


def test_the_same_path_twice_in_one_file(rows: Rows) -> None:
    assert restore(rows, hashed(PHASH), hashed(PHASH, value=9), hashed(AHASH)) == [0, 0]
    assert rows.hash_text(0, PHASH) == f"{1:016x}"
    assert rows.has(0, AHASH)


@pytest.mark.parametrize("facts", [None, SIZE_ALONE, FACTS, FILE_ALONE])
def test_a_file_has_changed_only_if_it_is_known_to_be_another(rows: Rows, facts: Facts | None) -> None:
    restore(rows, hashed(PHASH, facts=facts))
    assert rows.see([0], [FILE]) == []
    assert not rows.is_changed(0)
    assert not rows.is_unlike(0, FILE)  # so that nobody is told again
    other = FileIdentity(FACTS.bytes + 1, FACTS.mtime_ns)
    assert rows.is_unlike(0, other)
    assert rows.see([0], [other]) == ([0] if facts else [])
    assert rows.is_changed(0) == (facts is not None)


def test_gone_rows_keep_what_they_have_until_the_file_is_there(rows: Rows) -> None:
    restore(rows, hashed(PHASH))
    rows.note_gone([0])
    assert rows.is_gone(0)
    assert rows.gone.tolist() == [True, False]
    assert rows.hash_text(0, PHASH) == f"{1:016x}"
    assert not rows.is_warned(0)
    # WHEN something is missing there is nothing to make it of
    assert rows.plan([PHASH, DHASH], turned=False, among=np.array([True, False])) == {}
    # AND the file as it was is news
    assert rows.is_unlike(0, FILE)
    rows.see([0], [FILE])
    assert not rows.is_gone(0)
    assert rows.plan([PHASH, DHASH], turned=False, among=np.array([True, False])) == {(DHASH,): [0]}
    # AND a result of it ends it, too
    rows.note_gone([0])
    rows.apply(0, hashed(DHASH))
    assert not rows.is_gone(0)


def test_numbers_that_no_picture_has(rows: Rows) -> None:
    wild = Facts("", 2**70, -5, 0, -1, 2**80, 999, "")
    restore(rows, hashed(PHASH, facts=wild))
    assert rows.facts(0) is None
    known = dataclasses.replace(wild, format="JPEG", bytes=2**65, frames=2**40)
    rows.restore([1], [hashed(PHASH, facts=known)], turned=False)
    assert rows.facts(1) == Facts("JPEG", 0, 0, 1, -1, None, 1)


def test_more_formats_than_there_can_be(rows: Rows) -> None:
    more = 70_000
    rows.append(map(str, range(more)))
    results = [hashed(PHASH, facts=dataclasses.replace(SIZE_ALONE, format=f"F{n}")) for n in range(more)]
    rows.restore(range(2, more + 2), results, turned=False)
    assert rows.format(2) == "F0"
    assert rows.format(more + 1) == ""
