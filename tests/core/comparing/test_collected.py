"""What is like what: against looking at every pair."""

from __future__ import annotations

import os

import numpy as np
import pytest

from imgenc_gui.core.collecting import collect
from imgenc_gui.core.comparing import collected
from imgenc_gui.core.comparing.collected import alike, grouped, nearest
from imgenc_gui.core.records.alike import Criterion, Role
from imgenc_gui.core.records.methods import FLAT_HASHES
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.similarity.pairs import Pairs, pairs
from imgenc_gui.core.stopping import StoppedError
from tests.core.files.exports import DHASH, PHASH
from tests.core.similarity.made_up_encodings import clustered

HOME = os.path.abspath("home")


def table(phashes, dhashes=(), *, digests=(), folder="x"):
    results = []
    for number, value in enumerate(phashes):
        encodings = {PHASH: value if isinstance(value, str) else f"{int(value):016x}"}
        if number < len(dhashes):
            encodings[DHASH] = f"{int(dhashes[number]):016x}"
        facts = Facts("PNG", 1, 1, 1, 1, 1, 1, digests[number]) if number < len(digests) else None
        results.append(ImageResult(os.path.join(HOME, folder, f"{number:05}"), facts, encodings))
    return collect([PHASH, DHASH] if len(dhashes) else [PHASH], results)


def expected(ours, theirs, criteria):
    """For each of ours all of theirs that are alike as (score, name), nearest first."""
    for i in range(len(ours)):
        found = []
        for j, other in enumerate(theirs.pictures):
            scores = []
            for criterion in criteria:
                one, two = ours.encodings[criterion.method][i], theirs.encodings[criterion.method][j]
                if one is not None and two is not None and not {one, two} & set(FLAT_HASHES):
                    bits = (int(one, 16) ^ int(two, 16)).bit_count()
                    scores += [bits / criterion.threshold] if bits <= criterion.threshold else []
            if scores:
                found.append((min(scores), other.name))
        yield sorted(found)


@pytest.mark.parametrize("criteria", [[Criterion(PHASH, 10)], [Criterion(PHASH, 8), Criterion(DHASH, 4)]])
def test_nearest_and_alike_find_what_brute_force_finds(criteria):
    phashes, dhashes = clustered(300, 1), clustered(300, 2)
    phashes[:5] = 0
    ours = table(phashes[:150], dhashes[:100] if len(criteria) > 1 else (), folder="ours")
    theirs = table(phashes[100:], dhashes[60:120] if len(criteria) > 1 else (), folder="theirs")
    found = list(expected(ours, theirs, criteria))
    assert sum(map(bool, found)) > 50

    matches = list(nearest(ours, theirs, criteria))

    assert [match.picture for match in matches] == ours.pictures
    assert [match.other and match.other.name for match in matches] == [
        all_of[0][1] if all_of else None for all_of in found
    ]
    for number in (0, 3, 50, 120):
        query = collect(
            [criterion.method for criterion in criteria],
            [
                ImageResult(
                    "q", None, {m: column[number] for m, column in ours.encodings.items() if column[number] is not None}
                )
            ],
        )
        assert [match.other.name for match in alike(query, theirs, criteria)] == [name for _, name in found[number]]


def test_equal_hashes_make_no_more_work(monkeypatch):
    seen = []

    def counted(*arguments, **options):
        for chunk in pairs(*arguments, **options):
            seen.append(chunk.values.size)
            yield chunk

    monkeypatch.setattr(collected, "pairs", counted)

    found = list(nearest(table([7, 8] * 500), table([9, 7, 7] * 500, folder="theirs"), [Criterion(PHASH, 10)]))

    assert [(match.other.name, match.values) for match in found] == [("00001", (0,)), ("00000", (1,))] * 500
    assert sum(seen) == 4


def test_the_order_in_which_pairs_come_decides_nothing(monkeypatch):
    def backwards(*arguments, **options):
        for chunk in reversed(list(pairs(*arguments, **options))):
            for place in reversed(range(chunk.values.size)):
                yield Pairs(*(column[place : place + 1] for column in chunk))

    ours, theirs = table(clustered(60, 1)), table(clustered(60, 1) ^ np.uint64(5), folder="theirs")
    expected = list(nearest(ours, theirs, [Criterion(PHASH, 20)]))
    monkeypatch.setattr(collected, "pairs", backwards)

    assert list(nearest(ours, theirs, [Criterion(PHASH, 20)])) == expected


def test_values_are_whole_bits_and_none_where_there_is_none():
    ours, theirs = table([0b1, 0b111], [1]), table([0b11], [3], folder="theirs")

    first, second = nearest(ours, theirs, [Criterion(PHASH, 10), Criterion(DHASH, 6)])

    assert (first.values, second.values) == ((1, 1), (1, None))
    assert all(isinstance(value, int) for value in first.values)


def test_the_same_bytes_are_nearest_also_where_hashes_say_nothing():
    ours = table([FLAT_HASHES[0], 7, FLAT_HASHES[1]], digests=["a" * 32, "b" * 32, ""])
    theirs = table([7, 7, FLAT_HASHES[0], FLAT_HASHES[1]], digests=["c" * 32, "b" * 32, "a" * 32, ""], folder="theirs")

    flat, copy, unknown = nearest(ours, theirs, [Criterion(PHASH, 10)])

    assert (flat.other.name, flat.has_same_bytes, flat.values) == ("00002", True, (0,))
    assert (copy.other.name, copy.has_same_bytes) == ("00001", True)
    assert unknown.other is None


def test_groups_name_roles_copies_and_whom_one_is_near():
    digests = ["", "a" * 32, "", "a" * 32, "b" * 32]
    among = table([0x1, 0xFF, 0xFFFF, 0xFF, 0x123456789ABC], digests=digests)

    rows = list(grouped(among, [Criterion(PHASH, 8)]))

    roles = {row.picture.name: row.role for row in rows}
    assert roles.keys() == {"00000", "00001", "00002", "00003"}
    assert sum(role is Role.REFERENCE for role in roles.values()) == 1
    (copy,) = [row for row in rows if row.copy_of]
    assert {copy.picture.name, copy.copy_of.name} == {"00001", "00003"}
    assert all((row.near is not None) == (row.role is Role.NEAR) for row in rows)


def test_stop_is_heeded():
    among = table(clustered(50))

    for find in (
        lambda: list(grouped(among, [Criterion(PHASH, 8)], stop=lambda: True)),
        lambda: list(nearest(among, among, [Criterion(PHASH, 8)], stop=lambda: True)),
    ):
        with pytest.raises(StoppedError):
            find()
