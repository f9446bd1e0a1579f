"""Many results at once: the rows are as if each had come alone; and what the library keeps is known per row."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
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
PNG = Facts("PNG", 1 << 40, 480, 2, 99, -5, 300)  # what no file is
VECTOR = np.linspace(-1, 1, 1024, dtype=np.float32)
WARNING = ImageWarning(WarningCode.ROTATED)
RESULTS = [
    ImageResult("", FACTS, {PHASH: "f" * 16}),
    ImageResult("", PNG, {PHASH: "0" * 16, AHASH: "8000000000000001"}, (WARNING,)),
    ImageResult("", failure=ImageFailure(FailureCode.NOT_AN_IMAGE), failed_file=FileIdentity(5, 6)),
    ImageResult("", dataclasses.replace(FACTS, digest="", mtime_ns=None), {CNN: VECTOR}),
    ImageResult("", failure=ImageFailure(FailureCode.GONE)),
    ImageResult("", FACTS, {DHASH: "1" * 16, CNN: -VECTOR}),
]
COLUMNS = (
    *("_state", "_warned", "_saved", "_generation", "_norms", "_seen_bytes", "_seen_mtime_ns", "_gone", "_turned"),
    *("_has", "_hashes", "_width", "_height", "_frames", "_bytes", "_mtime_ns", "_orientation", "_digest"),
)


def filled(count: int = len(RESULTS)) -> Rows:
    rows = Rows(METHODS)
    rows.append(f"/{number}.jpg" for number in range(count))
    return rows


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("before", ["new", "encoded", "reset"])
def test_many_at_once_are_as_one_after_the_other(before: str, turned: bool) -> None:
    # GIVEN rows that are new, that have encodings, or that have been reset
    rows, others = filled(), filled()
    for these in (rows, others):
        if before != "new":
            for row in range(len(RESULTS)):
                these.apply(row, ImageResult("", FACTS, {PHASH: "a" * 16}), turned=False)
            these.mark_saved(range(len(RESULTS)), METHODS)
        if before == "reset":
            these.reset(range(len(RESULTS)))
    # WHEN the one take results at once, the others one by one
    lost = rows.apply_all(range(len(RESULTS)), RESULTS, turned=turned)
    assert lost == [row for row, result in enumerate(RESULTS) if others.apply(row, result, turned=turned)]
    # THEN nothing tells them apart
    for name in COLUMNS:
        assert np.array_equal(getattr(rows, name)[: len(rows)], getattr(others, name)[: len(rows)]), name
    assert rows.formats[1] == others.formats[1]
    for row in range(len(RESULTS)):
        assert rows.failure(row) == others.failure(row)
        assert rows.warnings(row) == others.warnings(row)
        for method in (PHASH, AHASH, DHASH):
            assert rows.hash_text(row, method) == others.hash_text(row, method)
        assert np.array_equal(rows.vector(row, CNN), others.vector(row, CNN))


def test_one_row_may_come_twice() -> None:
    rows = filled(1)
    rows.apply_all([0, 0], [RESULTS[0], ImageResult("", FACTS, {AHASH: "1" * 16})])
    assert (rows.hash_text(0, PHASH), rows.hash_text(0, AHASH)) == ("f" * 16, "1" * 16)


def test_what_is_kept_is_not_lost_as_long_as_its_file_is_the_same() -> None:
    rows = filled()
    rows.apply_all(range(len(RESULTS)), RESULTS, kept=True)
    assert rows.states.tolist().count(State.ENCODED) == 4
    assert rows.unsaved() == 4
    assert rows.unsaved(kept=True) == 1  # of the one whose file isn't known nothing can be kept
    # WHEN a file is gone, and another has changed THEN the library doesn't give them again
    rows.note_gone([0])
    rows.see([5], [FileIdentity(1, 2)])
    assert rows.unsaved(kept=True) == 3
    # AND exported is exported
    rows.mark_saved(range(len(rows)), METHODS)
    assert rows.unsaved(kept=True) == 0


def test_what_is_encoded_otherwise_later_is_not_taken_for_kept() -> None:
    rows = filled(3)
    rows.apply_all([0, 1, 2], [RESULTS[0]] * 3, kept=True)
    rows.apply_all([0], [dataclasses.replace(RESULTS[0], encodings={AHASH: "2" * 16})])  # one more, not kept
    rows.apply_all([1], [dataclasses.replace(RESULTS[0], facts=dataclasses.replace(FACTS, digest="1" * 32))])
    assert rows.unsaved(kept=True) == 2
    rows.apply_all([0], [dataclasses.replace(RESULTS[0], encodings={AHASH: "2" * 16})], kept=True)
    assert rows.unsaved(kept=True) == 1
    rows.forget_kept([2])
    assert rows.unsaved(kept=True) == 2
    rows.forget_kept()
    assert rows.unsaved(kept=True) == 3


def test_pictures_can_be_compared_by_what_two_of_them_have_that_was_made_alike():
    rows = Rows(METHODS)
    rows.append(map(str, range(4)))
    assert rows.comparable_methods(turned=False) == ()
    for row, (encodings, turned) in enumerate(
        [
            ({PHASH: "1" * 16, AHASH: "2" * 16}, False),
            ({PHASH: "3" * 16, DHASH: "4" * 16}, False),
            ({AHASH: "5" * 16, DHASH: "6" * 16}, True),
            ({DHASH: "7" * 16}, True),
        ]
    ):
        rows.apply(row, ImageResult("", FACTS, encodings), turned=turned)
    assert rows.comparable_methods(turned=False) == (PHASH,)
    assert rows.comparable_methods(turned=True) == (DHASH,)
    assert [[rows.is_made_so(row, turned=turned) for row in range(4)] for turned in (False, True)] == [
        rows.made_so(turned=turned).tolist() for turned in (False, True)
    ]
