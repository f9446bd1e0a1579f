"""What distances mean: each method's words, at their borders."""

from __future__ import annotations

import pytest

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.likeness import SENTENCES, Likeness
from imgenc_gui.core.registry import METHODS
from tests.made_up import made_up_embedding


@pytest.mark.parametrize("method", list(METHODS), ids=lambda method: method.label)
def test_each_word_holds_up_to_its_threshold(method) -> None:
    words, farther = list(method.thresholds), 1 if method.is_hash else -1e-6

    assert words == [word for word in Likeness if word in words]  # nearest first
    assert [method.likeness(score) for score in method.thresholds.values()] == words
    assert [method.likeness(score + farther) for score in method.thresholds.values()] == [*words[1:], None]


@pytest.mark.parametrize("method", [PHASH, DHASH], ids=lambda method: method.label)
def test_only_equal_hashes_are_identical(method) -> None:
    assert [bits for bits in range(65) if method.likeness(bits) is Likeness.IDENTICAL] == [0]


@pytest.mark.parametrize("method", [AHASH, WHASH], ids=lambda method: method.label)
def test_hashes_that_unrelated_photographs_share_vouch_for_nothing(method) -> None:
    assert method.likeness(0) is Likeness.LOOKALIKE
    assert method.likeness(10) is None


def test_vectors_whose_numbers_were_rounded_are_still_identical() -> None:
    assert CNN.likeness(1 + 1e-7) is Likeness.IDENTICAL
    assert CNN.likeness(1 - 1e-6) is Likeness.IDENTICAL
    assert CNN.likeness(-1.0) is None


@pytest.mark.parametrize("method", list(METHODS), ids=lambda method: method.label)
def test_what_is_searched_within_has_a_word_and_what_is_beyond_it_is_at_most_a_lookalike(method) -> None:
    farther = 1 if method.is_hash else -1e-6

    assert method.likeness(method.usual_threshold) in {Likeness.EDITED, Likeness.LOOKALIKE}
    assert method.likeness(method.usual_threshold + farther) in {Likeness.LOOKALIKE, None}


def test_a_method_that_nobody_measured_has_no_words_and_imagededups_default() -> None:
    method = made_up_embedding()

    assert method.likeness(1.0) is None
    assert method.usual_threshold == 0.9


def test_each_word_has_its_sentence() -> None:
    assert list(SENTENCES) == list(Likeness)
