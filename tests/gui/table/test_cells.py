"""The grid's cells: what arithmetic says of them is what is found by looking at each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from imgenc_gui.gui.table.cells import Cells, Groups

WIDTH, STEP, MARGIN = 30, 40, 5


def made(lengths: list[int] | None, count: int, room: int, heading: int = 12) -> Cells:
    groups = None
    if lengths is not None:
        groups = Groups(np.cumsum([0, *lengths[:-1]]), heading)
        count = sum(lengths)
    return Cells.of(count, room, (WIDTH, STEP), MARGIN, groups)


def lines(cells: Cells) -> list[list[int]]:
    """The positions in each line, from the top down."""
    found: dict[int, list[int]] = {}
    for position in range(cells.count):
        found.setdefault(cells.place(position)[1], []).append(position)
    return [found[y] for y in sorted(found)]


SHAPES = [
    (None, 1, 100),
    (None, 23, 100),
    (None, 23, 10),  # narrower than a cell
    (None, 24, 260),
    ([2, 2], 0, 100),
    ([1, 7, 3, 3, 12, 2], 0, 100),
    ([4, 5, 6], 0, 1000),
]


@pytest.mark.parametrize(("lengths", "count", "room"), SHAPES)
def test_every_cell_has_a_place_of_its_own_in_the_order_shown(lengths, count, room):
    cells = made(lengths, count, room)
    places = [cells.place(position)[::-1] for position in range(cells.count)]
    assert places == sorted(set(places))
    for x in range(0, max(room, WIDTH + 2 * MARGIN), 7):
        for y in range(0, cells.height, 7):
            here = [
                position
                for position, (top, left) in enumerate(places)
                if left <= x < left + cells.width and top <= y < top + STEP
            ]
            assert cells.at(x, y) == (here[0] if here else -1)
    assert all(x + cells.width + MARGIN <= max(room, WIDTH + 2 * MARGIN) for _, x in places)
    assert places[-1][0] + STEP + MARGIN == cells.height


@pytest.mark.parametrize(("lengths", "count", "room"), SHAPES)
def test_what_is_seen_between_two_heights_is_found(lengths, count, room):
    cells = made(lengths, count, room)
    tops = [cells.place(position)[1] for position in range(cells.count)]
    for top in range(0, cells.height, 9):
        for height in (1, 30, 200):
            bottom = top + height - 1
            seen = [position for position, y in enumerate(tops) if y <= bottom and y + STEP > top]
            assert list(cells.span(top, bottom)) == seen
            framed = [
                position
                for position in range(cells.count)
                if position in seen and cells.place(position)[0] + cells.width > 20 and cells.place(position)[0] <= 70
            ]
            found = [p for first, last in cells.within(20, top, 70, bottom) for p in range(first, last + 1)]
            assert found == framed


@pytest.mark.parametrize(("lengths", "count", "room"), SHAPES)
def test_up_and_down_stay_in_their_column_where_the_next_line_has_it(lengths, count, room):
    cells = made(lengths, count, room)
    every = lines(cells)
    for upper, lower in pairwise(every):
        for column, position in enumerate(upper):
            assert cells.below(position) == lower[min(column, len(lower) - 1)]
        for column, position in enumerate(lower):
            assert cells.above(position) == upper[min(column, len(upper) - 1)]
    assert [cells.above(position) for position in every[0]] == every[0]
    assert [cells.below(position) for position in every[-1]] == every[-1]


def test_each_group_begins_below_its_heading():
    cells = made([1, 7, 3], 0, 100)
    assert cells.columns == 3
    assert lines(cells) == [[0], [1, 2, 3], [4, 5, 6], [7], [8, 9, 10]]
    heads = list(cells.headings(0, cells.height))
    assert [first for _, first in heads] == [0, 1, 8]
    assert [cells.place(first)[1] - y for y, first in heads] == [12, 12, 12]
    assert cells.top_of(9) == heads[2][0]
    assert cells.top_of(4) == cells.place(4)[1]


def test_without_pictures_there_is_nothing():
    cells = made(None, 0, 100)
    assert cells.height == 0
    assert cells.at(10, 10) == cells.nearest(10, 10) == -1
    assert list(cells.span(0, 500)) == list(cells.within(0, 0, 500, 500)) == list(cells.headings(0, 500)) == []


def test_a_single_column_is_not_drawn_out_across_the_room():
    assert Cells.of(3, 657, (336, 370), 8).width == 504
    assert Cells.of(3, 700, (336, 370), 8).width == 342
