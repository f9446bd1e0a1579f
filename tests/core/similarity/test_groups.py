"""Groups: no chain, no loss, the same whatever the order; and exactly those that the definition gives."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgenc_gui.core.similarity.groups import best_first, byte_copies, groups
from imgenc_gui.core.similarity.measures import Cosine, Hamming, is_flat
from imgenc_gui.core.stopping import StoppedError
from tests.core.similarity.made_up_encodings import HASHES, WAYS, by, clustered, random, skewed, vectors

ROOT = Path(__file__).parents[3]
INF = float("inf")


def shares(measures, every):
    """How alike all pairs are, by the definition: (n, n), at most 1 for alike."""
    each = []
    for measure in measures:
        if isinstance(measure, Hamming):
            distances = np.bitwise_count(measure.hashes[:, None] ^ measure.hashes[None]).astype(float)
            share = distances / measure.within if measure.within else np.where(distances > 0, INF, 0)
        else:
            count = len(measure)
            i, j = np.divmod(np.arange(count * count), count)
            share = ((1 - measure.values(i, j)) / max(1 - measure.similarity, 1e-300)).reshape(count, count)
        share[~measure.said] = INF
        share[:, ~measure.said] = INF
        share[share > 1] = INF
        each.append(share)
    return np.max(each, axis=0) if every else np.min(each, axis=0)


def by_definition(measures, ranks, every=False):
    """Of each picture its (reference, via), as ``groups`` says; -1 for none."""
    share = shares(measures, every)
    count = len(ranks)
    said = [all(m.said[i] for m in measures) if every else any(m.said[i] for m in measures) for i in range(count)]

    def encoding(i):
        return tuple(
            None if not m.said[i] else m.hashes[i] if isinstance(m, Hamming) else m.vectors[i].tobytes()
            for m in measures
        )

    units = {}
    for i in sorted(range(count), key=ranks.__getitem__):
        if said[i]:
            units.setdefault(encoding(i), []).append(i)
    joined = {}
    references = []
    for unit in units.values():
        near = [(share[unit[0], r], ranks[r], r) for r in references if share[unit[0], r] <= 1]
        if near:
            joined[unit[0]] = min(near)[2]
        else:
            references.append(unit[0])
    places = dict.fromkeys(range(count), (-1, -1))
    for unit in units.values():
        best = unit[0]
        reference = joined.get(best, best)
        if best in joined or len(unit) > 1 or best in joined.values():
            places.update(dict.fromkeys(unit, (reference, reference)))
        else:
            near = [(share[best, m], ranks[m], m) for m in joined if share[best, m] <= 1]
            if near:
                member = min(near)[2]
                places[best] = (joined[member], member)
    return places


def places(found):
    return dict(enumerate(zip(found.reference.tolist(), found.via.tolist(), strict=True)))


# Few bits, spread over the hash, so that much is alike.
hashes_of_few_bits = st.lists(st.integers(0, 255), min_size=1, max_size=40).map(
    lambda values: np.array([sum((value >> bit & 1) << (bit * 9) for bit in range(8)) for value in values], np.uint64)
)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=150)
@given(hashes=hashes_of_few_bits, within=st.integers(0, 5), chance=st.randoms(use_true_random=False))
def test_no_chain_no_loss_and_the_same_whatever_the_order(way, hashes, within, chance):
    count = len(hashes)
    ranks = list(range(count))
    chance.shuffle(ranks)
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None])
    with by(way):
        found = groups(Hamming(hashes, within), ranks)
    listed = list(found)

    for group in listed:
        for member in group.members:  # no chain
            assert distances[member, group.reference] <= within
            assert ranks[member] > ranks[group.reference]
        for near in group.near:
            assert found.via[near] in group.members
            assert distances[near, found.via[near]] <= within
        assert group.members.size
    grouped = [i for group in listed for i in (group.reference, *group.members, *group.near)]
    assert len(grouped) == len(set(grouped))
    for i in range(count):  # no loss
        has_neighbour = (np.delete(distances[i], i) <= within).any()
        assert (i in grouped) == has_neighbour
    for group in listed:  # each joins its nearest reference of those that are better than the first of its equals
        for member in group.members:
            best = min(ranks[i] for i in range(count) if hashes[i] == hashes[member])
            for other in listed:
                if ranks[other.reference] < best:
                    nearest = (distances[member, group.reference], ranks[group.reference])
                    assert nearest <= (distances[member, other.reference], ranks[other.reference])

    order = list(range(count))  # the same whatever the order
    chance.shuffle(order)
    with by(way):
        again = groups(Hamming(hashes[order], within), [ranks[i] for i in order])
    back = [-1, *order]
    assert {order[i]: (back[r + 1], back[v + 1]) for i, (r, v) in places(again).items()} == places(found)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=150)
@given(
    first=hashes_of_few_bits,
    second=st.lists(st.integers(0, 15), min_size=40, max_size=40),
    withins=st.tuples(st.integers(0, 4), st.integers(0, 2)),
    every=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_several_hashes_combine_as_the_definition_says(way, first, second, withins, every, chance):
    count = len(first)
    said = np.array([chance.random() < 0.8 for _ in range(2 * count)]).reshape(2, count)
    measures = [
        Hamming(first, withins[0], said[0]),
        Hamming(np.array(second[:count], np.uint64) * np.uint64(0x1001), withins[1], said[1]),
    ]
    ranks = list(range(count))
    chance.shuffle(ranks)

    with by(way):
        found = groups(measures, ranks, every=every)

    assert places(found) == by_definition(measures, ranks, every)
    assert found.left_out == count - (said.all(0) if every else said.any(0)).sum()


@pytest.mark.parametrize("way", WAYS)
def test_what_is_far_by_one_method_or_has_no_encoding_of_it_is_never_taken_for_near(way):
    near, far = np.array([0, 1], np.uint64), np.array([0, 2**64 - 1], np.uint64)

    with by(way):
        assert len(groups([Hamming(near, 1), Hamming(far, 1)], [0, 1], every=True)) == 0
        said = np.array([True, False])
        either = [Hamming(np.zeros(2, np.uint64), 0, said), Hamming(np.zeros(2, np.uint64), 0, ~said)]
        assert len(groups(either, [0, 1])) == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("within", [0, 1, 4, 10, 32, 64])
@pytest.mark.parametrize("kind", HASHES)
def test_groups_of_hashes_are_those_of_the_definition(kind, within, way):
    hashes = HASHES[kind](500)
    ranks = np.random.default_rng(1).permutation(500).tolist()
    measure = Hamming(hashes, within)

    with by(way):
        assert places(groups(measure, ranks)) == by_definition([measure], ranks)


@pytest.mark.parametrize("within", [1, 4, 10, 32])
@pytest.mark.parametrize("kind", HASHES)
def test_from_a_list_of_pairs_and_without_one_the_groups_are_the_same(kind, within, monkeypatch):
    hashes = HASHES[kind](700)
    ranks = np.random.default_rng(1).permutation(700).tolist()
    measure = Hamming(hashes, within)

    for room in (0, 700):
        monkeypatch.setattr("imgenc_gui.core.similarity.stars._LISTED", room)
        with by("kernels"):
            assert places(groups(measure, ranks)) == by_definition([measure], ranks)


@pytest.mark.parametrize("kind", HASHES)
def test_in_many_batches_the_groups_are_the_same(kind, monkeypatch):
    hashes = HASHES[kind](6000)
    ranks = np.random.default_rng(1).permutation(6000)
    for name, size in (("_BATCH", 700), ("_LISTED", 0)):
        monkeypatch.setattr(f"imgenc_gui.core.similarity.stars.{name}", size)

    for within in (2, 10):
        with by("numpy"):
            wanted = groups(Hamming(hashes, within), ranks)
        for workers in (1, 3):
            with by("kernels"):
                assert places(groups(Hamming(hashes, within), ranks, workers=workers)) == places(wanted)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("withins", [(0, 1), (10, 4)])
def test_by_several_hashes_in_many_batches_the_groups_are_the_same(withins, every, monkeypatch):
    """Indexes are cut anew as references become more, and one that holds few is one bucket."""
    hashes = clustered(5000), skewed(5000)
    measures = [Hamming(column, within, ~is_flat(column)) for column, within in zip(hashes, withins, strict=True)]
    ranks = np.random.default_rng(1).permutation(5000)
    monkeypatch.setattr("imgenc_gui.core.similarity.stars._BATCH", 700)

    with by("numpy"):
        wanted = groups(measures, ranks, every=every)
    with by("kernels"):
        assert places(groups(measures, ranks, every=every, workers=2)) == places(wanted)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("similarity", [0.9, 0.97, 1])
def test_groups_of_vectors_and_hashes_are_those_of_the_definition(similarity, every, monkeypatch):
    given_vectors = vectors(200, 40)
    given_vectors[3, 1] = np.nan
    hashes = clustered(200)
    ranks = np.random.default_rng(2).permutation(200).tolist()
    cosine, hamming = Cosine(given_vectors, similarity), Hamming(hashes, 6, np.arange(200) % 7 > 0)

    for rows in (200, 16):
        monkeypatch.setattr(Cosine, "rows", rows)
        assert places(groups(cosine, ranks)) == by_definition([cosine], ranks)
        combined = groups([cosine, hamming], ranks, every=every)
        assert places(combined) == by_definition([cosine, hamming], ranks, every)
    assert combined.values[0].dtype == np.float64
    for i in range(200):
        via = combined.via[i]
        if via >= 0 and cosine.said[i] and cosine.said[via]:
            assert combined.values[0][i] == cosine.values(np.array([i]), np.array([via]))[0]
        if via >= 0 and hamming.said[i] and hamming.said[via]:
            assert combined.values[1][i] == np.bitwise_count(hashes[i] ^ hashes[via])
        else:
            assert np.isnan(combined.values[1][i])


def test_a_chain_is_no_group_and_its_end_is_seen():
    """0 - 4 - 8 - 12 bits: the third is near the second, and the fourth is like none but the third."""
    chain = np.array([0, 0xF, 0xFF, 0xFFF], np.uint64)

    found = groups(Hamming(chain, 4), [0, 1, 2, 3])

    assert [(g.reference, g.members.tolist(), g.near.tolist()) for g in found] == [(0, [1], []), (2, [3], [])]
    found = groups(Hamming(chain[:3], 4), [0, 1, 2])
    assert [(g.reference, g.members.tolist(), g.near.tolist()) for g in found] == [(0, [1], [2])]
    assert found.via.tolist() == [0, 0, 1]
    assert found.values[0].tolist() == [0, 4, 4]


@pytest.mark.parametrize("every", [False, True])
def test_vectors_of_zeros_are_no_copies_of_each_other(every):
    """Their similarity is 0, also to themselves: what is alike by another method is so by that one alone."""
    zeros = Cosine(np.zeros((3, 4), np.float32), 0.9)
    hashes = Hamming(np.array([5, 4, 2**64 - 1], np.uint64), 1)

    assert len(groups(zeros, [0, 1, 2])) == 0
    found = groups([zeros, hashes], [0, 1, 2], every=every)

    assert [(g.reference, g.members.tolist()) for g in found] == ([] if every else [(0, [1])])
    assert len(groups(Cosine(zeros.vectors, 0), [0, 1, 2])) == 1


def test_nobody_joins_a_worse_picture_though_it_were_nearer():
    """The best of a group is its reference: what is nearest to a worse one stays, and that one is seen near it."""
    good, member, worse = 0, 0xFF, 0x3FF

    found = groups(Hamming(np.array([good, member, worse], np.uint64), 8), [0, 1, 2])

    assert [(g.reference, g.members.tolist(), g.near.tolist()) for g in found] == [(0, [1], [2])]
    assert found.values[0].tolist() == [0, 8, 2]


def test_equal_pictures_stay_together():
    """Though a reference between them in rank is nearer to the second."""
    hashes = np.array([0, 0xFF, 0x3FF, 0xFF], np.uint64)

    assert groups(Hamming(hashes, 8), [0, 1, 2, 3]).reference.tolist() == [0, 0, 0, 0]


def test_groups_come_best_first_and_members_nearest_first():
    hashes = clustered(2000)
    ranks = np.random.default_rng(5).permutation(2000)

    found = groups(Hamming(hashes, 8), ranks)

    listed = list(found)
    assert len(listed) == len(found) > 100
    references = [ranks[group.reference] for group in listed]
    assert references == sorted(references)
    for group in listed:
        for some in (group.members, group.near):
            keys = list(zip(found.values[0][some], ranks[some], strict=True))
            assert keys == sorted(keys)


@pytest.mark.parametrize("way", WAYS)
def test_flat_pictures_are_left_out_and_counted(way):
    hashes = skewed(600)
    flat = is_flat(hashes)

    with by(way):
        found = groups(Hamming(hashes, 4, ~flat), np.arange(600))

    assert found.left_out == flat.sum() > 200
    assert (found.reference[flat] == -1).all()
    assert not np.isin(found.via, np.flatnonzero(flat)).any()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_pictures(count, way):
    with by(way):
        found = groups(Hamming(np.full(count, 9, np.uint64), 0), np.arange(count))
        empty = groups(Hamming(np.full(count, 9, np.uint64), 0, np.zeros(count, np.bool_)), np.arange(count))

    assert [(g.reference, g.members.tolist()) for g in found] == ([(0, [1])] if count == 2 else [])
    assert list(empty) == []
    assert empty.left_out == count


def test_equal_files_are_known():
    digests = np.array([b"a", b"b", b"a", b"", b"", b"b", b"c", b"a"])

    assert byte_copies(digests, [5, 4, 3, 2, 1, 0, 6, 7]).tolist() == [2, 5, -1, -1, -1, -1, -1, 2]
    assert byte_copies(np.array([0, 0, 7, 7], np.uint64), [0, 1, 3, 2]).tolist() == [-1, -1, 3, -1]
    assert byte_copies(np.empty(0, "S32"), []).tolist() == []


def test_the_best_picture_has_most_pixels_then_bytes_then_age_then_the_first_name():
    facts = [
        (100, 10, 5.0, "f"),
        (200, 10, 5.0, "e"),
        (200, 20, 5.0, "d"),
        (200, 20, 4.0, "c"),
        (200, 20, 4.0, "b"),
        (50, 99, 0.0, "a"),
    ]

    assert best_first(*(list(column) for column in zip(*facts, strict=True))).tolist() == [4, 3, 2, 1, 0, 5]
    assert best_first([], [], [], []).tolist() == []


@pytest.mark.parametrize("way", WAYS)
def test_progress_ends_where_all_is_done(way):
    seen = []

    with by(way):
        groups(Hamming(random(5000), 10), np.arange(5000), progress=lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (5000, 5000)
    assert len(seen) > 3


@pytest.mark.parametrize("way", WAYS)
def test_stop_ends_it_soon(way):
    """Numpy would take minutes, and the kernels some seconds."""
    hashes = random(300_000) & random(300_000, 1) & random(300_000, 2) & random(300_000, 3) & random(300_000, 4)
    asked = []

    def stop():
        asked.append(time.monotonic())
        return len(asked) > 20

    with by(way), pytest.raises(StoppedError):
        groups(Hamming(hashes, 1), np.arange(300_000), stop=stop)

    assert asked[-1] - asked[-2] < 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: groups([], []),
        lambda: groups(Hamming(random(3), 4), [0, 1]),
        lambda: groups([Hamming(random(3), 4), Hamming(random(4), 4)], [0, 1, 2]),
        lambda: groups(Hamming(random(3), 4), [0, 1, 1]),
    ],
)
def test_what_makes_no_sense_is_refused(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["clustered", "skewed"])
def test_a_million_pictures_are_grouped_in_little_memory(kind):
    """The skewed ones have 125,000 million pairs."""
    code = f"""
import resource
import numpy as np
from imgenc_gui.core.similarity.engine import KERNEL
from imgenc_gui.core.similarity.groups import groups
from imgenc_gui.core.similarity.measures import Hamming
from tests.core.similarity.made_up_encodings import HASHES
assert KERNEL.wait(240)
measure = Hamming(HASHES[{kind!r}](1_000_000), 2)
groups(Hamming(measure.hashes[:9000], 2), np.arange(9000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert len(groups(measure, np.arange(1_000_000))) > 10
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=290, check=True
    )

    assert int(run.stdout) < 500_000  # kilobytes
