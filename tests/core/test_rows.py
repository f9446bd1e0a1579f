"""The rows: nothing lost, nothing mixed up, and what is saved, turned or out of date is known per row."""

from __future__ import annotations

import dataclasses
import enum
import gc
import sys
from datetime import datetime
from types import FrameType

import numpy as np
import pytest

from imgenc_gui.core import arrays
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.methods import EmbeddingMethod, InputRecipe, Kind
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

FACTS = Facts("JPEG", 640, 480, 1, 12_345, 1_600_000_000_000_000_000, 1)
TURNED = dataclasses.replace(FACTS, orientation=6)


@pytest.fixture
def rows() -> Rows:
    return Rows(METHODS)


def hashed(*methods, value=1, facts=FACTS) -> ImageResult:
    return ImageResult("", facts, {method: f"{value + i:016x}" for i, method in enumerate(methods)})


def failed(code: FailureCode) -> ImageResult:
    return ImageResult("", failure=ImageFailure(code, *(("engine", ("CNN", "x", "y")) if "model" in code else ())))


def test_a_row_gives_its_result_back_whole(rows):
    # GIVEN a result with everything that a result can have
    rows.append(["/a.jpg"])
    full = ImageResult(
        "/a.jpg",
        Facts("MPO", 4000, 3000, 2, 5_000_000_000, 1_600_000_000_250_000_001, 6, "", datetime(2019, 7, 3, 14, 22, 10)),  # noqa: DTZ001
        {
            PHASH: "9fee256239984d71",
            AHASH: "0000000000000000",
            DHASH: "ffffffffffffffff",
            WHASH: "0123456789abcdef",
            CNN: np.linspace(-1, 1, 1024, dtype=np.float32),
        },
        (ImageWarning(WarningCode.ROTATED),),
    )
    # WHEN the rows take it in
    rows.apply(0, full)
    back = rows.result(0)
    # THEN they give the same back
    assert back is not None
    assert (back.facts, back.warnings) == (full.facts, full.warnings)
    assert list(back.encodings) == list(METHODS)
    assert all(back.encodings[method] == full.encodings[method] for method in METHODS if method.is_hash)
    np.testing.assert_array_equal(back.encodings[CNN], full.encodings[CNN])


def test_damaged_pictures_are_encoded_once_that_is_wanted_and_others_are_better(rows):
    # GIVEN a damaged picture that was refused, one of which nothing can be read, and one that was encoded in part
    rows.append(["/a.jpg", "/b.jpg", "/c.jpg"])
    rows.apply(0, failed(FailureCode.DAMAGED))
    rows.apply(1, ImageResult("", failure=ImageFailure(FailureCode.DAMAGED, "nothing-left")))
    part = dataclasses.replace(hashed(PHASH), warnings=(ImageWarning(WarningCode.INCOMPLETE),))
    rows.apply_all([2], [part])
    assert rows.plan([PHASH], turned=False) == {}
    assert rows.plan([PHASH], turned=False, damaged=True) == {(PHASH,): [0]}
    assert rows.count_missing([PHASH], turned=False, damaged=True) == (1, 0)
    assert rows.incomplete.tolist() == [False, False, True]
    # WHEN it is encoded, and the other one again once it is whole
    rows.apply(0, part)
    rows.apply(2, hashed(PHASH, value=9, facts=dataclasses.replace(FACTS, bytes=99)))
    assert rows.incomplete.tolist() == [True, False, False]
    assert rows.plan([PHASH], turned=False, damaged=True) == {}
    # AND more encodings of it are of the same part
    rows.apply(0, dataclasses.replace(hashed(DHASH), warnings=part.warnings))
    rows.apply(0, failed(FailureCode.MODEL_UNAVAILABLE))
    assert rows.incomplete[0]


def test_a_tiff_is_the_same_picture_turned_upright_and_not(rows):
    """Pillow turns it while it reads it, whoever asks."""
    rows.append(["/a.jpg", "/a.tif"])
    for row, facts in enumerate((TURNED, dataclasses.replace(TURNED, format="TIFF"))):
        rows.apply(row, hashed(PHASH, facts=facts), turned=False)
    assert rows.made_so(turned=True).tolist() == [False, True]
    assert rows.plan([PHASH], turned=True) == {(PHASH,): [0]}
    rows.apply(1, hashed(DHASH, facts=dataclasses.replace(TURNED, format="TIFF")), turned=True)
    assert rows.has(1, PHASH)
    assert not rows.any_turned()
    rows.apply(0, hashed(PHASH, facts=TURNED), turned=True)
    assert rows.any_turned()


def test_a_later_run_adds_to_a_row_and_a_failed_one_takes_nothing_away(rows):
    rows.append(["/a.jpg"])
    rows.apply(0, hashed(PHASH))
    rows.apply(0, ImageResult("", FACTS, {CNN: np.ones(1024, np.float32)}))
    assert set(rows.result(0).encodings) == {PHASH, CNN}
    rows.apply(0, failed(FailureCode.GONE))
    assert set(rows.result(0).encodings) == {PHASH, CNN}
    assert rows.is_warned(0)
    assert rows.failure(0).code is FailureCode.GONE


def test_a_warning_on_a_missing_embedding_goes_when_the_embedding_comes(rows):
    rows.append(["/a.jpg"])
    warning = ImageWarning(WarningCode.NO_EMBEDDING, "engine", ("CNN", "PyTorch", "no such module"))
    rows.apply(0, dataclasses.replace(hashed(PHASH), warnings=(warning,)))
    assert rows.warnings(0) == (warning,)
    rows.apply(0, ImageResult("", FACTS, {CNN: np.ones(1024, np.float32)}))
    assert rows.warnings(0) == ()
    assert not rows.is_warned(0)


def test_a_warning_that_names_no_method_stays(rows):
    rows.append(["/a.jpg"])
    warning = ImageWarning(WarningCode.NO_EMBEDDING)
    rows.apply(0, dataclasses.replace(hashed(PHASH), warnings=(warning,)))
    rows.apply(0, ImageResult("", FACTS, {CNN: np.ones(1024, np.float32)}))
    assert rows.warnings(0) == (warning,)


def test_a_turned_picture_is_encoded_again_when_its_rotation_counts_or_not(rows):
    # GIVEN a picture that carries a rotation, and one that doesn't
    rows.append(["/turned.jpg", "/upright.jpg"])
    rows.apply(0, hashed(PHASH, AHASH, facts=TURNED), turned=False)
    rows.apply(1, hashed(PHASH, AHASH), turned=False)
    # THEN only the first misses something when the setting changes
    assert rows.plan((PHASH,), turned=False) == {}
    assert rows.plan((PHASH,), turned=True) == {(PHASH,): [0]}
    assert not rows.any_turned()
    # AND its encodings are replaced all together, while the second keeps what it has
    rows.apply(0, hashed(PHASH, value=7, facts=TURNED), turned=True)
    rows.apply(1, hashed(DHASH), turned=True)
    assert set(rows.result(0).encodings) == {PHASH}
    assert set(rows.result(1).encodings) == {PHASH, AHASH, DHASH}
    assert rows.any_turned()


def test_a_failed_reading_does_not_turn_what_was_made_before(rows):
    # GIVEN a picture that carries a rotation and was encoded as it lies
    rows.append(["/turned.jpg"])
    rows.apply(0, hashed(PHASH, facts=TURNED), turned=False)
    # WHEN it is to be encoded upright, and the file is away
    rows.apply(0, failed(FailureCode.GONE), turned=True)
    # THEN its old encoding isn't taken for an upright one
    assert not rows.any_turned()
    assert rows.plan((PHASH,), turned=True) == {(PHASH,): [0]}


def test_what_waits_again_is_not_turned(rows):
    rows.append(["/turned.jpg"])
    rows.apply(0, hashed(PHASH, facts=TURNED), turned=True)
    rows.reset([0])
    assert not rows.any_turned()


def planned(rows, *methods):
    return {lacking: chosen.tolist() for lacking, chosen in rows.plan(methods, turned=False).items()}


def test_plan_groups_rows_by_what_they_miss(rows):
    rows.append([f"/{number}.jpg" for number in range(5)])
    rows.apply(0, hashed(PHASH))
    rows.apply(1, hashed(PHASH, DHASH))
    rows.apply(2, failed(FailureCode.DAMAGED))
    rows.apply(3, failed(FailureCode.MODEL_UNAVAILABLE))
    assert planned(rows, PHASH, DHASH) == {(DHASH,): [0], (PHASH, DHASH): [3, 4]}
    assert rows.plan((PHASH,), turned=False, among=np.arange(5) % 4 == 0) == {(PHASH,): [4]}


def test_a_reset_row_waits_in_a_new_generation(rows):
    rows.append(["/a.jpg", "/b.jpg"])
    rows.apply(0, hashed(PHASH))
    rows.reset([0])
    assert rows.state(0) is State.WAITING
    assert rows.result(0) is None
    assert (rows.generation(0), rows.generation(1)) == (1, 0)
    assert rows.unsaved() == 0


def test_what_is_expected_anew_keeps_what_it_has_until_that_comes(rows):
    # GIVEN a row with two encodings, one that could not be read, and one that is as it should be
    rows.append(["/a.jpg", "/bad.jpg", "/c.jpg"])
    rows.apply(0, hashed(PHASH, DHASH, value=1))
    rows.apply(1, failed(FailureCode.DAMAGED))
    rows.apply(2, hashed(PHASH))
    generations = [rows.generation(row) for row in range(3)]
    # WHEN the first two are to be encoded again
    rows.expect([0, 1])
    # THEN the first has what it had, the second waits, and both miss all that is chosen
    assert rows.hash_text(0, PHASH)
    assert rows.state(0) is State.ENCODED
    assert rows.state(1) is State.WAITING
    assert [rows.is_expected(row) for row in range(3)] == [True, False, False]
    assert planned(rows, PHASH) == {(PHASH,): [0, 1]}
    assert rows.count_missing([PHASH], turned=False) == (2, 2)
    # AND what was begun before is out of date
    assert [rows.generation(row) for row in range(3)] == [generations[0] + 1, generations[1] + 1, generations[2]]
    # WHEN the new one comes THEN it takes the old one's place, and nothing is expected any more
    rows.apply_all([0], [hashed(PHASH, value=9)])
    assert rows.hash_text(0, PHASH) == hashed(PHASH, value=9).encodings[PHASH]
    assert rows.hash_text(0, DHASH)  # nobody asked for another
    assert not rows.is_expected(0)
    assert planned(rows, PHASH) == {(PHASH,): [1]}


def test_a_removed_row_counts_nowhere_and_comes_back_as_it_was(rows):
    # GIVEN rows of every kind
    rows.append([f"/{number}.jpg" for number in range(5)])
    vector = np.arange(1024, dtype=np.float32)
    rows.apply(0, dataclasses.replace(hashed(PHASH), warnings=(ImageWarning(WarningCode.ROTATED),)))
    rows.apply(1, ImageResult("/1.jpg", FACTS, {CNN: vector}))
    rows.apply(2, failed(FailureCode.DAMAGED))
    rows.note_gone([1])
    before = [(rows.state(row), rows.result(row)) for row in range(4)]
    then = rows.moment()
    copy = rows.columns()
    # WHEN all but the last are removed, some of them twice
    assert rows.remove([0, 1, 2]).tolist() == [0, 1, 2]
    assert rows.remove([0, 3, 3]).tolist() == [3]
    # THEN they count nowhere, and nothing is done with them
    assert (rows.count, len(rows), rows.waiting(), rows.unsaved()) == (1, 5, 1, 0)
    assert not any(which.any() for which in (rows.encoded, rows.warned, rows.gone))
    assert not any(map(rows.any_has, (PHASH, CNN)))
    assert planned(rows, PHASH) == {(PHASH,): [4]}
    assert rows.finished(range(5)).tolist() == []
    assert [rows.result(row) for row in range(4)] == [None] * 4
    rows.reset([0])
    rows.expect([1])
    # AND an export that began before has them all the same, and so has whoever took the columns
    assert rows.result(0, then) == before[0][1]
    assert rows.result(3, then) is None
    assert copy.encoded.tolist() == [True, True, False, False, False]
    # AND back they are as they were
    assert rows.put_back([0, 1, 2, 3, 4]).tolist() == [0, 1, 2, 3]
    assert [rows.state(row) for row in range(4)] == [state for state, _ in before]
    assert rows.result(0) == before[0][1]
    assert np.array_equal(rows.vector(1, CNN), vector)
    assert rows.failure(2) == failed(FailureCode.DAMAGED).failure
    assert (rows.is_gone(1), rows.is_warned(0), rows.count, rows.removed) == (True, True, 5, None)


def test_rows_that_are_reset_together_leave_the_others_alone(rows):
    rows.append([f"/{number}.jpg" for number in range(4)])
    rows.apply(0, failed(FailureCode.DAMAGED))
    for row in (1, 2, 3):
        rows.apply(row, dataclasses.replace(hashed(PHASH), warnings=(ImageWarning(WarningCode.ROTATED),)))
    rows.reset([0, 2, 2])
    assert [rows.generation(row) for row in range(4)] == [1, 0, 1, 0]
    assert (rows.failure(0), rows.warnings(2), rows.hash_text(2, PHASH)) == (None, (), "")
    assert rows.warnings(1)
    assert rows.hash_text(3, PHASH)
    assert rows.waiting() == 2


def test_what_is_saved_is_known_per_method_and_lost_when_it_changes(rows):
    # GIVEN two rows with two encodings each
    rows.append(["/a.jpg", "/b.jpg"])
    for row in (0, 1):
        rows.apply(row, hashed(PHASH, DHASH))
    # WHEN one method is exported, THEN the other is still worth asking for
    rows.mark_saved([0, 1], [PHASH])
    assert rows.unsaved() == 2
    rows.mark_saved([0], [DHASH])
    assert rows.unsaved() == 1
    rows.mark_saved([1], [DHASH])
    assert rows.unsaved() == 0
    # AND what is encoded anew is in no file
    rows.apply(0, hashed(PHASH, value=9))
    assert rows.unsaved() == 1


@pytest.mark.parametrize("how", ["reset", "turned", "made again"])
def test_an_export_that_ends_after_encodings_were_replaced_saves_nothing_of_the_row(rows, how):
    # GIVEN two rows as they were when an export began
    rows.append(["/a.jpg", "/b.jpg"])
    for row in (0, 1):
        rows.apply(row, hashed(PHASH, facts=TURNED))
    then = rows.moment()
    # WHEN the encoding of one is replaced before the export has come to it
    if how == "reset":
        rows.reset([0])
    rows.apply(0, hashed(PHASH, value=5, facts=TURNED), turned=how == "turned")
    # THEN it isn't there to be written any more
    assert rows.result(0, then) is None
    assert rows.result(1, then) == rows.result(1)
    # AND does not count as saved
    rows.mark_saved([0, 1], [PHASH], then)
    assert rows.unsaved() == 1


def test_an_export_neither_writes_nor_saves_what_was_made_after_it_began(rows):
    rows.append(["/a.jpg", "/b.jpg"])
    rows.apply(0, hashed(PHASH))
    rows.apply(1, hashed(PHASH, DHASH))
    then = rows.moment()
    rows.apply(0, hashed(DHASH, value=7))
    assert set(rows.result(0, then).encodings) == {PHASH}
    assert set(rows.result(1, then).encodings) == {PHASH, DHASH}
    assert set(rows.result(0).encodings) == {PHASH, DHASH}
    rows.mark_saved([0, 1], [PHASH, DHASH], then)
    assert rows.unsaved() == 1


def test_a_row_of_before_gives_nothing_once_all_rows_were_forgotten(rows):
    rows.append(["/a.jpg", "/b.jpg"])
    rows.apply(1, hashed(PHASH))
    then = rows.moment()
    rows.clear()
    assert rows.result(1, then) is None


def test_a_failure_that_an_export_was_to_tell_is_not_told_of_a_row_that_has_encodings_by_then(rows):
    rows.append(["/a.jpg", "/b.jpg"])
    for row in (0, 1):
        rows.apply(row, failed(FailureCode.MODEL_UNAVAILABLE))
    then = rows.moment()
    rows.apply(0, hashed(PHASH))
    rows.apply(1, failed(FailureCode.GONE))
    assert rows.result(0, then) is None
    assert rows.result(1, then).failure.code is FailureCode.GONE


def test_hashes_and_vectors_come_as_arrays(rows):
    # GIVEN rows of which some lack one or the other
    rows.append([f"/{number}.jpg" for number in range(4)])
    rows.apply(0, ImageResult("", FACTS, {PHASH: "8000000000000001"}))
    rows.apply(2, ImageResult("", FACTS, {PHASH: "00000000000000ff", CNN: np.full(1024, 2, np.float32)}))
    rows.apply(3, ImageResult("", FACTS, {CNN: np.full(1024, 3, np.float32)}))
    # THEN each method's encodings come with the rows that they belong to
    numbers, hashes = rows.hashes(PHASH)
    assert numbers.tolist() == [0, 2]
    assert (hashes.dtype, hashes.tolist()) == (np.dtype(np.uint64), [0x8000000000000001, 0xFF])
    numbers, vectors = rows.vectors(CNN)
    assert numbers.tolist() == [2, 3]
    assert (vectors.dtype, vectors.shape) == (np.dtype(np.float32), (2, 1024))
    assert vectors[:, 0].tolist() == [2, 3]


def test_vectors_keep_apart_over_many_blocks_and_slots_are_used_again(rows):
    count = 1500
    rows.append([f"/{number}.jpg" for number in range(count)])
    for number in range(count):
        rows.apply(number, ImageResult("", None, {CNN: np.full(1024, number, np.float32)}))
    rows.reset([3])
    rows.append(["/new.jpg"])
    rows.apply(count, ImageResult("", None, {CNN: np.full(1024, -1, np.float32)}))
    assert rows.vector(3, CNN) is None
    told = [float(rows.vector(number, CNN)[0]) for number in (0, 1023, 1024, 1499, count)]
    assert told == [0, 1023, 1024, 1499, -1]
    numbers, vectors = rows.vectors(CNN)
    assert 3 not in numbers
    assert vectors[:, 5].tolist() == [*(n for n in range(count) if n != 3), -1]


def made_up(number: int, length: int) -> EmbeddingMethod:
    """A network that comes while there are rows."""
    return EmbeddingMethod(
        f"net-{number}",
        f"Net {number}",
        Kind.EMBEDDING,
        length,
        InputRecipe(8, 8),
        1,
        "",
        lambda: pytest.fail("loaded"),
    )


@pytest.mark.parametrize("count", [1, 4, 12, 59])  # methods have a bit each: 8, 16, 32, 64 of them
def test_methods_that_come_find_room_and_nothing_else_changes(rows, count):
    # GIVEN rows with encodings, one of which was taken off, and what another thread has of them
    vector = np.arange(1024, dtype=np.float32)
    rows.append([f"/{number}.jpg" for number in range(3)])
    rows.apply_all(range(3), [ImageResult("", FACTS, {PHASH: f"{n:016x}", CNN: vector + n}) for n in range(3)])
    rows.mark_saved([0], [PHASH])
    rows.remove([2])
    before, shared, glance = [rows.result(row) for row in range(2)], rows.columns(), rows.glance()
    # WHEN there are more methods
    new = [made_up(number, 3 + number) for number in range(count)]
    steps = rows.take_methods([*METHODS, *new])
    assert len(list(steps)) > 1
    assert list(rows.take_methods([*new, PHASH])) == []
    assert rows.methods == (*METHODS, *new)
    # THEN everything is as it was
    assert [rows.result(row).encodings.keys() for row in range(2)] == [{PHASH, CNN}] * 2
    assert [rows.result(row).encodings[PHASH] for row in range(2)] == [one.encodings[PHASH] for one in before]
    np.testing.assert_array_equal(rows.vector(1, CNN), vector + 1)
    assert rows.unsaved() == 2
    assert planned(rows, PHASH, CNN) == {}
    # AND they may give something, which what was shared before knows nothing of
    last = new[-1]
    given = np.ones(last.length, np.float32)
    assert planned(rows, PHASH, last) == {(last,): [0, 1]}
    rows.apply(1, ImageResult("/1.jpg", FACTS, {last: given}))
    np.testing.assert_array_equal(rows.vector(1, last), given)
    assert rows.norm(1, last) == pytest.approx(np.sqrt(last.length))
    assert (rows.any_has(last), any(map(rows.any_has, new[:-1]))) == (True, False)
    assert rows.vector(0, last) is None
    for other in (shared, glance):
        assert last not in other.methods
        np.testing.assert_array_equal(other.vector(1, CNN), vector + 1)
        assert other.hash_text(1, PHASH) == f"{1:016x}"
    rows.put_back([2])
    np.testing.assert_array_equal(rows.vector(2, CNN), vector + 2)
    # AND rows that come have room as well
    rows.append(["/new.jpg"])
    rows.apply(3, ImageResult("/new.jpg", FACTS, {last: given, DHASH: "f" * 16}))
    assert rows.columns().hash_text(3, DHASH) == "f" * 16
    np.testing.assert_array_equal(rows.columns().vectors(last)[0], [1, 3])


@pytest.mark.parametrize("meanwhile", ["cleared", "grown", "encoded", "removed"])
def test_rows_may_change_while_room_is_made(rows, meanwhile, monkeypatch):
    new = [made_up(number, 3) for number in range(12)]
    rows.append([f"/{number}.jpg" for number in range(3)])
    rows.apply(0, hashed(PHASH))
    rows.apply(2, ImageResult("/2.jpg", FACTS, {CNN: np.ones(1024, np.float32)}))
    monkeypatch.setattr(arrays, "_COPIED", 300)
    for step, _ in enumerate(rows.take_methods(new)):
        if meanwhile == "cleared" and step == 4:
            rows.clear()
            rows.append(["/0.jpg"])
            rows.apply(0, hashed(PHASH))
        elif meanwhile == "grown":
            rows.append([f"/{step} {number}.jpg" for number in range(2000)])
        elif meanwhile == "encoded":
            rows.apply(1, ImageResult("/1.jpg", FACTS, {CNN: np.full(1024, step, np.float32)}))
        elif meanwhile == "removed" and step == 1:
            rows.remove([0])

    rows.put_back([0])
    rows.apply(0, ImageResult("/0.jpg", FACTS, {new[-1]: np.ones(3, np.float32)}))
    assert rows.result(0).encodings.keys() == {PHASH, new[-1]}
    assert rows.norm(0, new[-1]) == pytest.approx(np.sqrt(3))
    if meanwhile == "cleared":
        rows.append(["/another.jpg", "/and another.jpg"])
        assert [rows.vector(row, method) for row in (1, 2) for method in rows.methods[4:]] == [None] * 26
    elif meanwhile == "encoded":
        assert rows.vector(1, CNN)[0] == step


def test_more_methods_than_bits_are_refused(rows):
    many = [made_up(number, 3) for number in range(60)]

    with pytest.raises(ValueError, match="64 methods"):
        list(rows.take_methods(many))

    assert rows.methods == tuple(METHODS)


def test_what_a_removed_row_has_is_kept(rows):
    rows.append(["/a.jpg", "/b.jpg"])
    rows.apply(0, hashed(PHASH))
    rows.remove([0])

    assert (rows.any_has(PHASH), rows.keeps(PHASH), rows.keeps(AHASH)) == (False, True, False)


def test_a_path_gets_one_row(rows):
    assert rows.append(["/a.jpg", "/b.jpg"]) == range(2)
    assert rows.append(["/b.jpg", "/c.jpg", "/c.jpg"]) == range(2, 3)
    assert rows.paths == ["/a.jpg", "/b.jpg", "/c.jpg"]


DIGEST = "0123456789abcdef0fedcba987654321"


def test_a_row_gives_the_digest_of_its_file_back(rows):
    rows.append(["/a.jpg", "/b.jpg"])
    rows.apply(0, hashed(PHASH, facts=dataclasses.replace(FACTS, digest=DIGEST)))
    rows.apply(1, hashed(PHASH))
    assert [rows.facts(row).digest for row in (0, 1)] == [DIGEST, ""]


def test_what_a_file_looks_like_tells_whether_it_has_changed(rows):
    # GIVEN an encoded row, a failed one, one that could not be had, and one that waits
    rows.append([f"/{number}.jpg" for number in range(4)])
    rows.apply(0, hashed(PHASH))
    rows.apply(1, dataclasses.replace(failed(FailureCode.EMPTY), failed_file=FileIdentity(0, 5)))
    rows.apply(2, failed(FailureCode.GONE))
    same = [FACTS.file, FileIdentity(0, 5)]
    assert not rows.changed.any()
    # WHEN the files are seen as they were, THEN only the one that could not be had is worth another look
    assert rows.see([0, 1, 2, 3], [*same, FACTS.file, FACTS.file]) == [2]
    assert planned(rows, PHASH) == {(PHASH,): [2, 3]}
    # WHEN they have changed, THEN all miss everything
    assert rows.see([0, 1], [FileIdentity(1, 1), FileIdentity(2, 2)]) == [0, 1]
    assert rows.warned.tolist() == [True, False, False, False]
    assert planned(rows, PHASH) == {(PHASH,): [0, 1, 2, 3]}
    # AND nothing, once it is seen that they are as they were after all
    assert rows.see([0, 1], same) == []
    assert planned(rows, PHASH) == {(PHASH,): [2, 3]}


def test_encodings_of_a_changed_file_replace_all_that_there_were(rows):
    rows.append(["/a.jpg"])
    rows.apply(0, hashed(PHASH, AHASH, facts=dataclasses.replace(FACTS, digest=DIGEST)))
    rows.mark_saved([0], [PHASH, AHASH])
    # the same bytes, though touched: what there was stays, and stays saved
    touched = dataclasses.replace(FACTS, mtime_ns=1, digest=DIGEST)
    assert not rows.apply(0, hashed(PHASH, facts=touched))
    assert (rows.unsaved(), rows.generation(0), rows.is_changed(0)) == (0, 0, False)
    # other bytes, though neither size nor time tells: the rest goes, and that is told
    other = dataclasses.replace(touched, digest=DIGEST[::-1])
    assert rows.apply(0, hashed(PHASH, facts=other, value=9))
    assert set(rows.result(0).encodings) == {PHASH}
    assert (rows.unsaved(), rows.generation(0)) == (1, 1)


def test_what_is_encoded_again_from_the_same_bytes_is_saved_still(rows):
    facts = dataclasses.replace(TURNED, digest=DIGEST)
    rows.append(["/a.jpg"])
    rows.apply(0, hashed(PHASH, facts=facts))
    rows.mark_saved([0], [PHASH])
    for turned, unsaved in ((False, 0), (True, 1)):  # upright it is another encoding
        rows.reset([0])
        assert rows.unsaved() == 0
        rows.apply(0, hashed(PHASH, facts=facts), turned=turned)
        assert rows.unsaved() == unsaved


def test_of_a_file_that_became_damaged_nothing_is_told_that_was_so_before(rows):
    rows.append(["/a.jpg"])
    rows.apply(0, hashed(PHASH, facts=dataclasses.replace(FACTS, taken=datetime(2019, 7, 3))))  # noqa: DTZ001
    later = FileIdentity(55, FACTS.mtime_ns + 1)
    rows.apply(0, dataclasses.replace(failed(FailureCode.DAMAGED), failed_file=later))
    assert (rows.size(0), rows.format(0), rows.taken[0].item()) == ((0, 0), "", None)
    assert (rows.sizes[0], rows.times[0]) == (later.size, later.mtime_ns)


def test_a_file_that_is_back_unchanged_clears_its_failure(rows):
    rows.append(["/a.jpg"])
    rows.apply(0, hashed(PHASH))
    rows.apply(0, failed(FailureCode.GONE))
    assert rows.is_warned(0)
    assert rows.is_unlike(0, FACTS.file)
    assert rows.see([0], [FACTS.file]) == [0]
    assert (rows.failure(0), rows.is_warned(0), rows.is_unlike(0, FACTS.file)) == (None, False, False)


# Very many rows


def test_each_path_is_found_among_many(rows):
    paths = [f"/{number % 7}/{number}.jpg" for number in range(1000)]
    for first in range(0, 1000, 70):
        rows.append(paths[first : first + 90])  # some are there already
    assert rows.paths == paths
    assert [rows.number(path) for path in paths] == list(range(1000))
    assert rows.number("/0/1.jpg") is None


def test_a_copy_of_the_columns_takes_no_memory_and_stays_as_it_was(rows):
    # GIVEN rows, and a copy of them for another thread
    paths = [f"/{number}.jpg" for number in range(3)]
    rows.append(paths)
    rows.apply_all([0, 1], [hashed(PHASH), hashed(PHASH, facts=TURNED)])
    copy = rows.columns()
    assert np.shares_memory(copy.digests, rows.digests)
    before = [(copy.facts(row), copy.hash_text(row, PHASH)) for row in range(3)]
    # WHEN the rows are written in every way
    rows.reset([0])
    rows.apply(1, hashed(AHASH, value=5, facts=dataclasses.replace(FACTS, mtime_ns=7)), turned=True)
    rows.apply_all([0, 2], [hashed(PHASH, value=8), hashed(PHASH, value=9)])
    rows.append(["/more.jpg"])
    rows.restore([3], [hashed(PHASH, value=10)], turned=False)
    rows.see([0], [FileIdentity(1, 2)])
    # THEN the copy knows nothing of it, and the rows do
    assert len(copy) == 3
    assert [(copy.facts(row), copy.hash_text(row, PHASH)) for row in range(3)] == before
    assert [rows.hash_text(row, PHASH)[-1] for row in (0, 2, 3)] == ["8", "9", "a"]
    rows.clear()
    assert [(copy.facts(row), copy.hash_text(row, PHASH)) for row in range(3)] == before


def test_shared_columns_can_be_copied_one_by_one_before_they_are_written(rows):
    rows.append(["/a.jpg"])
    rows.apply(0, hashed(PHASH))
    assert not rows.own_next()
    copy = rows.columns()
    count = 0
    while rows.own_next():
        count += 1
    assert count > 5
    assert not np.shares_memory(copy.digests, rows.digests)
    assert rows.hash_text(0, PHASH) == copy.hash_text(0, PHASH) != ""


def test_room_for_very_many_is_made_step_by_step_and_once(rows):
    # GIVEN a row, and room for many of which one in two is new
    rows.append(["/a/0.jpg"])
    rows.apply(0, hashed(PHASH))
    before = rows.columns()
    rows.append(f"/a/{number}.jpg" for number in range(1000))
    new = [f"/b/{number}.jpg" for number in range(5000)]
    assert sum(1 for _ in rows.reserve([*rows.paths, *new])) > 10
    assert len(rows) == 1000
    # WHEN they are added
    digests = rows.digests
    for first in range(0, 5000, 500):
        rows.append(new[first : first + 500])
    # THEN nothing was copied any more, all is as without, and what is known takes no more room
    assert np.shares_memory(rows.digests, digests)
    assert (len(rows), rows.waiting(), rows.hash_text(0, PHASH)) == (6000, 5999, f"{1:016x}")
    assert before.has(0, PHASH)
    list(rows.reserve(new))
    assert np.shares_memory(rows.digests, digests)


def test_paths_are_not_looked_through_for_cycles_after_a_clearing_either(rows):
    rows.append(["/a.jpg"])
    rows.clear()
    rows.append(["/b.jpg"])
    assert not any(one is rows.paths for one in gc.get_objects())


def test_nothing_that_is_asked_row_by_row_lets_numpy_compare_with_an_enum(rows):
    """Which takes 15 µs each time in Python 3.11: 100,000 rows that the library knew took four seconds more."""
    # GIVEN rows of every state
    rows.append(f"/{number}.jpg" for number in range(5))
    rows.apply_all([0, 1, 2], [hashed(PHASH), failed(FailureCode.DAMAGED), failed(FailureCode.MODEL_UNAVAILABLE)])
    rows.remove([3])
    moment = rows.moment()
    asked = []

    def look(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and (frame.f_code.co_filename, frame.f_code.co_name) == (enum.__file__, "__getattr__"):
            asked.append(frame)

    # WHEN each row is asked what it is
    sys.setprofile(look)
    for row in range(5):
        rows.state(row), rows.is_removed(row), rows.is_warned(row), rows.is_gone(row), rows.result(row, moment)
    sys.setprofile(None)
    # THEN numpy has compared no number with an enum's, in which it would look for what arrays have
    assert asked == []
    assert rows.are_current(range(5), [0] * 5) == [True, True, True, False, True]
