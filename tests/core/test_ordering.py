"""Very many texts in order: as Python sorts them, but never all of them at once."""

from __future__ import annotations

import builtins
import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgenc_gui.core import ordering
from imgenc_gui.core.ordering import order_of, ranks_of


@given(st.lists(st.sampled_from(["", "a", "b", "ab", "ä", "10", "9"]) | st.text(max_size=3), max_size=60))
def test_it_is_the_order_that_python_finds(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_PIECE", 3)
        order, ranks = order_of(texts), ranks_of(texts)
    assert order.tolist() == sorted(range(len(texts)), key=texts.__getitem__)  # equal ones as they stand
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    assert ranks.tolist() == [places[text] for text in texts]


@pytest.mark.parametrize("is_shuffled", [True, False])
def test_other_threads_are_let_on_while_many_are_sorted(monkeypatch: pytest.MonkeyPatch, is_shuffled: bool) -> None:
    """Python lets no thread on while it sorts a list: a million texts take seconds."""
    texts = [f"IMG_{number:06}.jpg" for number in range(40_000)]
    if is_shuffled:
        random.Random(1).shuffle(texts)
    lengths: list[int] = []

    def counted(items: Iterable[object], **how: object) -> list[object]:
        ordered = builtins.sorted(items, **how)
        lengths.append(len(ordered))
        return ordered

    monkeypatch.setattr(ordering, "sorted", counted, raising=False)
    order = order_of(texts)
    assert [texts[place] for place in order.tolist()] == builtins.sorted(texts)
    assert max(lengths) < len(texts) / 8
    assert np.unique(order).size == len(texts)
