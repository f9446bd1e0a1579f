"""A session's rows compared as they were at one moment: against the definition, and while the rows go on changing."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgenc_gui.core.comparing import comparable
from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.comparing.strictness import STEPS, criteria_at
from imgenc_gui.core.files.comparison import Comparison, write_groups
from imgenc_gui.core.records.alike import QUERY, ROLES, Criterion, Role
from imgenc_gui.core.records.methods import FLAT_HASHES
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
from imgenc_gui.core.similarity import nearest as similarity_nearest
from imgenc_gui.core.similarity.groups import best_first, groups
from imgenc_gui.core.similarity.measures import Hamming
from imgenc_gui.core.stopping import StoppedError
from tests.core.files.exports import CNN, DHASH, PHASH
from tests.core.similarity.made_up_encodings import clustered, random, vectors

HOME = os.path.abspath("home")
FLAT = FLAT_HASHES[0]
WITHIN = (Criterion(PHASH, 10),)


def facts(pixels=1, size=1, time_ns=1, digest="", orientation=1):
    return Facts("JPEG", pixels, 1, 1, size, time_ns, orientation, digest and f"{digest:0>32}")


def text(number):
    return f"{int(number):016x}"


class Session:
    """Rows, added one by one."""

    def __init__(self):
        self.rows = Rows(METHODS)

    def add(self, name, fact=None, turned=False, **encodings):
        (row,) = self.rows.append([os.path.join(HOME, name)])
        given_ = {METHODS[key]: value if isinstance(value, (str, np.ndarray)) else text(value)
                  for key, value in encodings.items()}  # fmt: skip
        failure = None if given_ else ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", ("RAW",))
        self.rows.apply(row, ImageResult(self.rows.paths[row], fact if given_ else None, given_, failure=failure),
                        turned=turned)  # fmt: skip
        return row

    def freeze(self, **options):
        return Comparable.freeze(self.rows, **{"turned": False} | options)


def of_hashes(hashes, **more):
    session = Session()
    for number, value in enumerate(hashes):
        own = {key: column[number] for key, column in more.items()}
        session.add(f"{number:05}.jpg", facts(), phash=value, **own)
    return session


def shown(bands):
    """Groups as lists of (row, role), in the order in which they are shown."""
    found = [[] for _ in range(len(bands))]
    for row, band, role in zip(bands.rows.tolist(), bands.bands.tolist(), bands.roles.tolist(), strict=True):
        found[band].append((row, ROLES[role]))
    return found


def sets(bands):
    return {frozenset(row for row, _ in group) for group in shown(bands)}


# --- groups

few_bits = st.integers(0, 255).map(lambda value: sum((value >> bit & 1) << (bit * 9) for bit in range(8)))
pictures = st.lists(
    st.tuples(few_bits, few_bits, st.integers(1, 3), st.booleans(), st.sampled_from(["", "", "1", "2"])),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(given_=pictures, withins=st.tuples(st.integers(0, 4), st.integers(0, 3)), every=st.booleans())
def test_groups_are_those_of_the_core_and_files_of_the_same_bytes(given_, withins, every):
    """``groups`` is held against its definition elsewhere; here: ranks, said, what is left out, and copies."""
    session = Session()
    by_digest = {}
    for number, (*own, digest) in enumerate(given_):
        one, two, pixels, has_two = by_digest.setdefault(digest, own) if digest else own  # same bytes, same encodings
        encodings = {"phash": one} | ({"dhash": two} if has_two else {})
        session.add(f"{number:03}", facts(pixels, digest=digest), **encodings)
    criteria = (Criterion(PHASH, withins[0]), Criterion(DHASH, withins[1]))
    bands = session.freeze().groups(criteria, every=every)

    hashes = np.array([[0 if text is None else int(text, 16)
                        for text in (session.rows.encoding(row, PHASH), session.rows.encoding(row, DHASH))]
                       for row in range(len(given_))], np.uint64)  # fmt: skip
    measures = [Hamming(hashes[:, k].copy(), withins[k], hashes[:, k] != 0) for k in range(2)]
    names = [f"{number:03}" for number in range(len(given_))]
    ranks = best_first([session.rows.size(row)[0] for row in range(len(given_))], [1] * len(names), [1] * len(names),
                       names)  # fmt: skip
    expected = groups(measures, ranks, every=every)
    wanted = {frozenset([group.reference, *group.members.tolist(), *group.near.tolist()]) for group in expected}
    silent = {}
    for row, (*_, digest) in enumerate(given_):
        if digest and expected.reference[row] == -1:
            silent.setdefault(digest, set()).add(row)
    wanted |= {frozenset(rows) for rows in silent.values() if len(rows) > 1}
    assert sets(bands) == wanted

    references = [group[0] for group in shown(bands)]
    assert all(role is Role.REFERENCE for _, role in references)
    assert [ranks[row] for row, _ in references] == sorted(ranks[row] for row, _ in references)
    assert sum(role is Role.REFERENCE for group in shown(bands) for _, role in group) == len(bands)
    for place, row in enumerate(bands.rows.tolist()):
        via = int(bands.via[place])
        both = [measure.said[row] and measure.said[via] for measure in measures]
        for measure, has, values in zip(measures, both, bands.values, strict=True):
            assert (values[place] == np.bitwise_count(measure.hashes[row] ^ measure.hashes[via])) if has else (
                np.isnan(values[place]))  # fmt: skip
        digest = given_[row][-1]
        same = [other for other in range(len(given_)) if digest and given_[other][-1] == digest]
        best = min(same, key=ranks.__getitem__, default=row)
        assert bands.copies[place] == (-1 if best == row else best)


def test_the_best_is_the_reference_and_whoever_a_person_prefers_before_it():
    session = Session()
    small, large, older = (
        session.add("a", facts(10, time_ns=5), phash=1),
        session.add("b", facts(20, time_ns=9), phash=3),
        session.add("c", facts(20, time_ns=7), phash=7),
    )
    frozen = session.freeze()

    def reference(preferred=()):
        ((row, _), *_), = shown(frozen.groups(WITHIN, preferred=preferred))  # fmt: skip
        return row

    assert reference() == older
    assert reference([small]) == small
    assert reference([small, large]) == large  # the last chosen
    assert reference([large, small]) == small
    assert reference([99]) == older  # a row that came later
    assert reference() == older


def test_two_files_of_one_black_picture_are_found_though_their_hashes_say_nothing():
    session = Session()
    black = [session.add(f"black {number}", facts(digest="b1ac"), phash=FLAT, cnn=np.zeros(1024, np.float32))
             for number in range(2)]  # fmt: skip
    session.add("another black", facts(digest="07"), phash=FLAT)
    session.add("photo", facts(digest="f0"), phash=77)
    frozen = session.freeze()
    for criteria in (WITHIN, criteria_at(20, frozen.methods), (Criterion(CNN, 0.9),)):
        bands = frozen.groups(criteria)
        assert sets(bands) == {frozenset(black)}
        assert bands.copies.tolist() == [-1, black[0]]
        assert np.isnan(bands.values).all()
    assert frozen.flat(WITHIN) == 3
    assert frozen.size == 4


def test_a_copy_without_that_encoding_goes_where_its_bytes_go():
    session = Session()
    first = session.add("a", facts(digest="1"), phash=5, cnn=vectors(1, 1024)[0])
    session.add("b", facts(digest="2"), phash=7)
    lacking = session.add("c", facts(digest="1"), dhash=9)
    ((_, *members),) = shown(session.freeze().groups(WITHIN))
    assert lacking in [row for row, _ in members]
    bands = session.freeze().groups((Criterion(CNN, 0.9),))
    assert sets(bands) == {frozenset({first, lacking})}


def test_encodings_of_the_other_rotation_are_left_out():
    session = Session()
    one, two = (session.add(f"upright {number}", facts(), turned=bool(number), phash=1) for number in range(2))
    other = session.add("turned", facts(orientation=6), turned=True, phash=1)
    waiting = session.rows.append([os.path.join(HOME, "waiting")])[0]
    frozen = session.freeze()
    assert frozen.unlike == 1
    assert sets(frozen.groups(WITHIN)) == {frozenset({one, two})}
    turned = session.freeze(turned=True)
    assert turned.unlike == 0
    assert sets(turned.groups(WITHIN)) == {frozenset({one, two, other})}
    assert waiting not in turned.groups(WITHIN).rows


def test_methods_are_those_by_which_two_can_be_compared():
    session = Session()
    session.add("a", facts(), phash=1, dhash=2)
    session.add("b", facts(), dhash=2, phash=4)
    session.add("c", facts(), ahash=1)
    assert session.freeze().methods == (PHASH, DHASH)
    assert Session().freeze().methods == ()
    assert len(Session().freeze().groups(WITHIN)) == 0


@pytest.mark.parametrize("step", range(0, STEPS + 1, 4))
def test_whatever_the_step_a_wider_one_loses_nobody(step):
    chance = clustered(150, 3)
    frozen = of_hashes(chance, cnn=vectors(150, 1024)).freeze()
    criteria = criteria_at(step, (PHASH, CNN))
    grouped = set(frozen.groups(criteria).rows.tolist())
    wider = set(frozen.groups(criteria_at(min(step + 4, STEPS), (PHASH, CNN))).rows.tolist())
    assert grouped <= wider


# --- RAW beside JPEG


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("rows", "bands", "roles", "via"))


def test_a_question_among_others_has_the_answer_that_it_has_alone():
    """What is kept between questions is only what is the same for both."""
    hashes = clustered(200)
    frozen, alone = of_hashes(hashes).freeze(), of_hashes(hashes)
    asked = [
        {"criteria": criteria_at(step, methods), "every": every, "preferred": preferred}
        for methods in ([PHASH], [PHASH, DHASH])
        for every in (False, True)
        for preferred in ((), (5,), (5, 9), (9, 5))
        for step in (4, 14)
    ]
    answers = [alone.freeze().groups(**question) for question in asked]
    for question, answer in zip(asked + asked[::-1], answers + answers[::-1], strict=True):
        assert same(frozen.groups(**question), answer)


def test_the_last_answers_are_kept_as_far_as_there_is_room(monkeypatch):
    found = []
    monkeypatch.setattr(comparable, "groups", lambda *given, **more: found.append(1) or groups(*given, **more))
    frozen = of_hashes(clustered(600)).freeze()
    strict, loose = criteria_at(4, [PHASH, DHASH]), criteria_at(14, [PHASH, DHASH])
    first = frozen.groups(strict)
    frozen.groups(loose)
    kept = frozen.groups(strict)
    assert len(found) == 2
    for name in ("rows", "bands", "roles", "via", "copies"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(first, name), strict=True)
    for one, other in zip(kept.values, first.values, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    # WHEN there is room for one alone THEN the one before is asked anew
    monkeypatch.setattr(comparable, "_KEPT", first.rows.size)
    assert frozen.room(first) == 1
    frozen.groups(strict)
    frozen.groups(loose)
    assert len(found) == 3


def test_raw_beside_a_jpeg_is_one_picture_with_it():
    session = Session()
    raw = session.add("day/IMG_1.CR2")  # can't be read
    jpeg = session.add("day/img_1.jpg", facts(10), phash=1)
    other_raw = session.add("day/img_1.DNG", facts(99), phash=1)  # was encoded
    larger = session.add("day/larger.jpg", facts(50), phash=1)
    elsewhere = session.add("night/IMG_1.nef")
    alone = session.add("day/alone.nef", facts(1), phash=1)
    heic = session.add("day/img_2.heic", facts(1), phash=2**40 - 1)
    heic_raw = session.add("day/IMG_2.ARW")
    both = session.add("day/img_1.heif", facts(1), phash=1)  # the JPEG counts

    frozen = session.freeze()
    assert frozen.companions == {jpeg: (raw, other_raw), heic: (heic_raw,)}
    assert frozen.size == 5
    (group,) = shown(frozen.groups(WITHIN))
    assert {row for row, _ in group} == {jpeg, larger, alone, both}
    assert group[0][0] == jpeg  # better than one with more pixels: its RAW is there
    assert elsewhere not in frozen.companions

    apart = session.freeze(together=False)
    assert apart.companions == {}
    (group,) = shown(apart.groups(WITHIN))
    assert {row for row, _ in group} == {jpeg, other_raw, larger, alone, both}
    assert group[0][0] == other_raw


def test_raw_whose_jpeg_has_no_encodings_stands_for_itself():
    session = Session()
    raws = [session.add(f"{folder}/a.dng", facts(), phash=1) for folder in "xy"]
    session.add("x/a.jpg")
    frozen = session.freeze()
    assert frozen.companions == {}
    assert sets(frozen.groups(WITHIN)) == {frozenset(raws)}


# --- what is like one picture


@pytest.mark.parametrize("every", [False, True])
def test_similar_finds_what_brute_force_finds_nearest_first(every):
    phashes, dhashes = clustered(200, 1), clustered(200, 2)
    phashes[:5] = 0
    dhashes[::9] = dhashes[4]
    session = of_hashes(phashes, dhash=dhashes)
    criteria = (Criterion(PHASH, 12), Criterion(DHASH, 20))
    frozen = session.freeze()
    for query in (0, 17, 90, 180):
        found = frozen.similar({m: session.rows.encoding(query, m) for m in (PHASH, DHASH)}, criteria, without=query,
                               every=every)  # fmt: skip
        expected = []
        for row in range(200):
            bits = [int(column[query] ^ column[row]).bit_count() for column in (phashes, dhashes)]
            shares = [bits[0] / 12 if phashes[query] and phashes[row] else 9, bits[1] / 20]
            share = max(shares) if every else min(share if share <= 1 else 9 for share in shares)
            if row != query and share <= 1:
                expected.append((share, session.rows.paths[row], row))
        assert found.rows.tolist() == [row for _, _, row in sorted(expected)]
        assert set(found.via.tolist()) <= {QUERY}
        assert len(found) == bool(expected)
        for place, row in enumerate(found.rows.tolist()):
            assert found.values[1][place] == int(dhashes[query] ^ dhashes[row]).bit_count()


def test_similar_by_vectors_tells_the_similarity_of_whatever_it_found():
    given_ = vectors(60, 1024)
    session = of_hashes(np.full(60, 1, np.uint64), cnn=given_)
    session.add("no vector", facts(), phash=1)
    unit = given_ / np.linalg.norm(given_, axis=1, keepdims=True)
    found = session.freeze().similar({PHASH: text(1), CNN: given_[3]}, (Criterion(CNN, 0.97),), without=3)
    products = unit @ unit[3]
    assert set(found.rows.tolist()) == {row for row in np.flatnonzero(products >= 0.97).tolist() if row != 3}
    assert (np.diff(found.values[0]) <= 0).all()

    found = session.freeze().similar({PHASH: text(1), CNN: given_[3]}, (*WITHIN, Criterion(CNN, 0.97)))
    assert found.rows.size == 61
    with_vector = found.rows < 60
    np.testing.assert_allclose(found.values[1][with_vector], products[found.rows[with_vector]], atol=1e-5)
    assert np.isnan(found.values[1][~with_vector]).all()


def test_similar_finds_copies_of_flat_pictures_by_their_bytes():
    session = Session()
    rows = [session.add(f"black {number}", facts(digest="b1ac"), phash=FLAT) for number in range(3)]
    session.add("other", facts(digest="1"), phash=FLAT)
    frozen = session.freeze()
    assert frozen.similar({PHASH: FLAT}, WITHIN, without=rows[0]).rows.tolist() == rows[1:]
    assert frozen.similar({PHASH: FLAT}, WITHIN, digest=f"{'b1ac':0>32}").rows.tolist() == rows  # dropped from anywhere
    assert frozen.similar({PHASH: FLAT}, WITHIN).rows.tolist() == []
    assert frozen.similar({DHASH: text(5)}, WITHIN).rows.tolist() == []


def test_mirrored_and_turned_copies_are_found_and_told():
    session = Session()
    (query,) = random(1)
    moved = PHASH.moved(text(query))
    rows = {session.add(f"{orientation}", facts(), phash=value): orientation for orientation, value in moved.items()}
    criteria = (Criterion(PHASH, 4),)
    frozen = session.freeze()
    assert frozen.similar({PHASH: text(query)}, criteria).rows.tolist() == [0]
    found = frozen.similar({PHASH: text(query)}, criteria, oriented=True)
    assert dict(zip(found.rows.tolist(), found.orientations.tolist(), strict=True)) == rows
    assert not found.values[0].any()


# --- the nearest other


@pytest.mark.parametrize("make", [clustered, random])
def test_nearest_of_hashes_is_that_of_brute_force(make, monkeypatch):
    monkeypatch.setattr(similarity_nearest, "_ROWS", 7)
    monkeypatch.setattr(similarity_nearest, "_COLUMNS", 50)
    hashes = make(300, 4)
    hashes[10:14] = 0
    found = of_hashes(hashes).freeze().nearest(PHASH)
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None]).astype(int)
    np.fill_diagonal(distances, 99)
    distances[:, hashes == 0] = 99
    said = np.flatnonzero(hashes)
    assert found.rows.tolist() == said.tolist()
    assert found.values.tolist() == distances.min(axis=1)[said].tolist()
    assert found.others.tolist() == distances.argmin(axis=1)[said].tolist()
    assert not found.is_sample

    sample = of_hashes(hashes).freeze().nearest(PHASH, most=50)
    assert sample.rows.size == 50
    assert sample.is_sample
    assert sample.values.tolist() == distances.min(axis=1)[sample.rows].tolist()
    assert (sample.rows[0], sample.rows[-1]) == (0, 299)


def test_nearest_of_vectors_is_that_of_all_exact_similarities():
    given_ = vectors(300, 1024)  # several tiles
    session = of_hashes(np.arange(1, 301, dtype=np.uint64), cnn=given_)
    frozen = session.freeze()
    found = frozen.nearest(CNN)
    measure = frozen._measure(Criterion(CNN, 0.9), lambda: False)
    i, j = np.divmod(np.arange(300 * 300), 300)
    similarities = measure.values(i, j).reshape(300, 300)
    np.fill_diagonal(similarities, -9)
    assert similarities[np.arange(300), found.others] == pytest.approx(similarities.max(axis=1), abs=1e-12)
    assert found.values.tolist() == pytest.approx(similarities.max(axis=1).tolist(), abs=1e-12)


def test_nearest_says_nothing_where_there_is_nothing_to_compare():
    session = Session()
    assert session.freeze().nearest(PHASH).rows.size == 0
    session.add("a", facts(), phash=1)
    session.add("flat", facts(), phash=FLAT)
    found = session.freeze().nearest(PHASH)
    assert (found.rows.size, found.among, found.is_sample) == (0, 1, False)
    session.add("b", facts(), phash=1)
    found = session.freeze().nearest(PHASH)
    assert (found.rows.tolist(), found.values.tolist(), found.others.tolist()) == ([0, 2], [0, 0], [2, 0])


def test_of_very_many_only_some_are_asked_so_that_it_ends(monkeypatch):
    monkeypatch.setitem(comparable._COMPARISONS, True, 1000)
    assert of_hashes(random(100)).freeze().nearest(PHASH).rows.size == 10


# --- while the rows go on changing


def test_what_was_frozen_stays_while_the_rows_are_cleared_and_filled_again():
    hashes, given_ = clustered(400, 5), vectors(400, 1024)
    session = of_hashes(hashes, cnn=given_)
    criteria = (*WITHIN, Criterion(CNN, 0.95))
    expected = of_hashes(hashes, cnn=given_).freeze().groups(criteria)
    frozen = session.freeze()
    began, found = threading.Event(), []
    worker = threading.Thread(target=lambda: found.append(frozen.groups(criteria, progress=lambda *_: began.set())))
    worker.start()
    began.wait(60)
    for row in range(400):  # the same slots, others' vectors
        result = ImageResult(
            session.rows.paths[row], facts(digest="9"), {CNN: np.ones(1024, np.float32), PHASH: text(3)}
        )
        session.rows.apply(row, result)
    session.rows.clear()
    session.add("other", facts(), phash=9, cnn=np.ones(1024, np.float32))
    worker.join(60)
    for bands in (found[0], frozen.groups(criteria)):
        assert bands.rows.tolist() == expected.rows.tolist()
        assert all((one == other).all() for one, other in zip(bands.values, expected.values, strict=True))


def test_a_row_added_after_the_freeze_takes_no_vector_from_it():
    session = of_hashes(random(3), cnn=vectors(3, 1024))
    first, second = session.freeze(), session.freeze()
    before = first.rows.vectors(CNN)[1]
    session.add("new", facts(), cnn=np.ones(1024, np.float32))
    session.rows.reset([0, 1])
    session.rows.apply(0, ImageResult(session.rows.paths[0], facts(), {CNN: np.full(1024, 7, np.float32)}))
    for frozen in (first, second):
        assert (frozen.rows.vectors(CNN)[1] == before).all()
    assert session.rows.vector(3, CNN).tolist() == [1] * 1024
    assert session.rows.vector(0, CNN).tolist() == [7] * 1024


@pytest.mark.parametrize(
    "work",
    [
        lambda frozen, stop: frozen.groups(WITHIN, stop=stop),
        lambda frozen, stop: frozen.groups((Criterion(CNN, 0.9),), stop=stop),
        lambda frozen, stop: frozen.similar({PHASH: text(9)}, WITHIN, stop=stop),
        lambda frozen, stop: frozen.nearest(PHASH, stop=stop),
        lambda frozen, stop: frozen.nearest(CNN, stop=stop),
    ],
)
def test_all_can_be_stopped(work):
    frozen = of_hashes(random(50), cnn=vectors(50, 1024)).freeze()
    with pytest.raises(StoppedError):
        work(frozen, lambda: True)


# --- as a file


def test_groups_are_written_with_names_relative_to_a_folder(tmp_path):
    session = Session()
    session.add("a/one.jpg", facts(20, digest="1"), phash=1, dhash=4)
    session.add("b/two.jpg", facts(10, digest="2"), phash=3)
    session.add("b/same.jpg", facts(20, digest="1"), phash=1, dhash=4)
    criteria = (Criterion(PHASH, 10), Criterion(DHASH, 8))
    frozen = session.freeze()
    comparison = Comparison(criteria, frozen.turned, HOME, frozen.size, frozen.flat(criteria))
    write_groups(tmp_path / "groups.json", comparison, frozen.grouped(frozen.groups(criteria), HOME))
    (group,) = json.loads((tmp_path / "groups.json").read_text())["groups"]
    assert [(one["path"], one["role"], one.get("same_bytes_as")) for one in group["pictures"]] == [
        ("a/one.jpg", "reference", None),
        ("b/same.jpg", "member", "a/one.jpg"),
        ("b/two.jpg", "member", None),
    ]
    assert group["pictures"][2]["compared_by"] == {"phash": {"distance": 1, "likeness": "same picture"}}


def test_what_is_gone_or_has_changed_is_no_reference_while_another_is_there():
    session = Session()
    rows = [session.add(f"{n}.jpg", facts(pixels=9 - n), phash=0x1234) for n in range(4)]
    session.rows.note_gone(rows[:1])
    session.rows.see(rows[1:2], [FileIdentity(5, 5)])
    assert session.freeze().groups(WITHIN).rows.tolist() == [2, 3, 0, 1]
    assert session.freeze().groups(WITHIN, preferred=[0]).rows[0] == 0  # a person knows better
    session.rows.note_gone(rows)
    assert session.freeze().groups(WITHIN).rows.tolist() == [0, 1, 2, 3]


def test_what_is_damaged_is_no_reference_while_another_is_there():
    session = Session()
    best, whole, small = (session.add(f"{pixels}.jpg", facts(pixels), phash=0x1234) for pixels in (9, 5, 3))
    result = session.rows.result(best)
    session.rows.apply(best, replace(result, warnings=(ImageWarning(WarningCode.INCOMPLETE, "part", (60,)),)))
    assert session.freeze().groups(WITHIN).rows.tolist() == [whole, small, best]
