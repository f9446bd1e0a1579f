"""Orders: the rows that they are to encode, which come some at a time."""

from __future__ import annotations

import tracemalloc

import numpy as np

from imgenc_gui.gui.work.orders import Order, Stage


def test_rows_are_in_the_order_in_which_they_came() -> None:
    order = Order(Stage.ADDING)
    assert order.rows.tolist() == []
    order.add_rows(range(3), [])
    assert order.rows.tolist() == [0, 1, 2]
    order.add_rows(range(3, 5), np.array([9, 7]), range(5, 6))
    order.add_rows(range(8, 8), range(6, 8))
    assert order.rows.tolist() == [0, 1, 2, 3, 4, 9, 7, 5, 6, 7]
    assert order.rows.dtype == np.int64


def test_a_million_rows_in_slices_take_no_more_than_once_their_room() -> None:
    """Joined with each slice they would be copied five hundred times; kept apart they leave gaps in memory."""
    order = Order(Stage.ADDING)
    tracemalloc.start()
    for first in range(0, 1_000_000, 2000):
        order.add_rows(range(first, first + 2000))
    before = tracemalloc.get_traced_memory()[1]
    assert order.rows.size == 1_000_000
    tracemalloc.stop()
    assert before < 100_000
