"""Which rows are already in a reference."""

from __future__ import annotations

import dataclasses

import pytest

from imgenc_gui.core.collecting import Export, collect
from imgenc_gui.core.comparing.known import find_known, nearness, telling
from imgenc_gui.core.comparing.strictness import USUAL_STEP, criteria_at
from imgenc_gui.core.files.read_back import ReadBack
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.alike import Criterion, Match, Picture
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.core.stopping import StoppedError

FACTS = Facts("JPEG", 640, 480, 1, 12_345, 1, 1, "0123456789abcdef" * 2)
OTHER = dataclasses.replace(FACTS, digest="f" * 32)
FLAT = "0" * 16


def find(hashes: dict[str, str | None], theirs: dict[str, str], **given):
    rows = Rows(METHODS)
    rows.append(hashes)
    for row, (path, text) in enumerate(hashes.items()):
        if text is not None:
            facts = FACTS if path == "/copy.jpg" else OTHER
            rows.apply(row, ImageResult(path, facts, {PHASH: text}))
    named = [(name, ImageResult(name, FACTS, {PHASH: text})) for name, text in theirs.items()]
    export = Export("r.json", ReadBack(named, (PHASH,), options=Options((PHASH,))))
    reference = collect([PHASH], (), [export])
    criteria = criteria_at(USUAL_STEP, [PHASH])
    return find_known(rows, range(len(rows)), rows.moment(), reference, criteria, **given)


def test_known_new_and_what_cannot_be_told() -> None:
    hashes = {
        "/same.jpg": "9fee256239984d71",
        "/near.jpg": "9fee256239984d73",
        "/new.jpg": "0123456789abcdef",
        "/flat.jpg": FLAT,
        "/waiting.jpg": None,
    }
    found = find(hashes, {"there.jpg": "9fee256239984d71", "flat there.jpg": FLAT})
    assert sorted(found) == [0, 1, 2]
    assert [found[row].other.name for row in (0, 1)] == ["there.jpg"] * 2
    assert [found[row].values for row in (0, 1)] == [(0,), (1,)]
    assert found[2] is None


def test_a_flat_one_is_known_by_its_bytes() -> None:
    found = find({"/copy.jpg": FLAT}, {"there.jpg": FLAT})
    assert found[0].has_same_bytes


def test_it_can_be_stopped() -> None:
    with pytest.raises(StoppedError):
        find({"/same.jpg": "9fee256239984d71"}, {"there.jpg": "9fee256239984d71"}, stop=lambda: True)


@pytest.mark.parametrize(
    ("methods", "chosen"),
    [
        ([PHASH, AHASH, DHASH, WHASH, CNN], [PHASH, CNN]),
        ([AHASH, DHASH, CNN], [DHASH, CNN]),
        ([AHASH, WHASH], [AHASH, WHASH]),
        ([], []),
    ],
)
def test_by_what_vouches_for_it(methods, chosen) -> None:
    assert telling(methods) == chosen


def test_matches_are_sorted_by_what_their_distances_mean() -> None:
    # GIVEN matches by two methods, the nearest first
    criteria = Criterion(PHASH, 10), Criterion(CNN, 0.9)
    picture = Picture("a.jpg", "/a.jpg", FACTS)
    values = [(0, 0.95), (0, None), (3, 0.91), (4, 0.91), (5, 0.98), (None, 0.95), (5, 0.91), (9, None), (20, None)]
    words = [0, 0, 1, 1, 1, 2, 2, 2, 3]  # identical, same picture, edited, none at all
    same = Match(picture, picture, (9, 0.5), has_same_bytes=True)
    # WHEN they are sorted THEN by the strongest word, and within it by the first distance
    near = [nearness(Match(picture, picture, value), criteria) for value in values]
    assert nearness(same, criteria) < near[0]
    assert [words[place] for place in sorted(range(len(near)), key=near.__getitem__)] == words
    assert near[:5] == sorted(near[:5])
    assert nearness(Match(picture, picture, (5, 0.91)), criteria) < nearness(
        Match(picture, picture, (9, None)), criteria
    )
