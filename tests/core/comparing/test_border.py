import numpy as np
import pytest

from imgenc_gui.core.comparing.border import Border, Pair
from imgenc_gui.core.comparing.comparable import Nearest
from imgenc_gui.core.registry import METHODS

PHASH, CNN = METHODS["phash"], METHODS["cnn"]


def border(method, *found):
    """``found``: a row, the one that is nearest to it, how near."""
    rows, others, values = (np.array(column) for column in zip(*found, strict=True))
    return Border(Nearest(method, rows, values, others, rows.size))


@pytest.fixture
def bits():
    return border(PHASH, (0, 1, 0), (1, 0, 0), (2, 3, 4), (3, 2, 4), (4, 3, 10), (5, 4, 12), (6, 5, 20))


def test_how_many_are_within_each_threshold(bits):
    assert [bits.within(threshold) for threshold in (0, 3, 4, 10, 11, 12, 64)] == [2, 2, 4, 5, 5, 6, 7]
    assert bits.bars.tolist() == [2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert len(bits) == 7


def test_the_pairs_on_either_side_each_told_once_and_the_nearest_to_the_border_first(bits):
    assert bits.inside(10, 3) == [Pair(3, 4, 10), Pair(2, 3, 4), Pair(0, 1, 0)]
    assert bits.inside(10, 2) == [Pair(3, 4, 10), Pair(2, 3, 4)]
    assert bits.outside(10, 1) == [Pair(4, 5, 12)]
    assert bits.outside(10, 9) == [Pair(4, 5, 12), Pair(5, 6, 20)]
    assert bits.inside(64, 1) == [Pair(5, 6, 20)]
    assert bits.outside(64, 3) == []


def test_similarities_count_down_in_hundredths():
    found = [(0, 1, 1.0), (1, 0, 1.0), (2, 0, 0.995), (3, 0, 0.9), (4, 0, 0.9), (5, 0, 0.8999)]
    similar = border(CNN, *found)
    assert similar.within(1.0) == 2
    assert similar.within(0.9) == 5
    assert [similar.bar_of(value) for value in (1.0, 0.995, 0.99, 0.9, 0.8999, 0.85)] == [0, 1, 1, 10, 11, 15]
    assert similar.bars[[0, 1, 10, 11]].tolist() == [2, 1, 2, 1]
    assert similar.outside(0.9, 1) == [Pair(0, 5, 0.8999)]


def test_of_nothing_nothing_is_told():
    none = np.zeros(0, np.int64)
    empty = Border(Nearest(PHASH, none, none, none, 0))
    assert (len(empty), empty.within(64), empty.inside(64, 3), empty.outside(0, 3)) == (0, 0, [], [])
    assert empty.bars.size == 0
