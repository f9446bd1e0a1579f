"""Large arrays serve one picture after the other, within the budget, and are gone when nobody encodes."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core import scratch
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats.budget import Budget
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.scratch import SPARE, Scratch, Spare
from tests.pictures import photo

LARGE = 5 << 20


@pytest.fixture
def spare(monkeypatch):
    spare = Spare()
    monkeypatch.setattr(scratch, "SPARE", spare)
    return spare


def test_a_large_array_serves_the_next_picture_on_any_thread(spare):
    mine = Scratch()
    first = mine.array("pixels", LARGE)
    assert spare.size == 0
    spare.give("pixels", first)
    assert spare.size == LARGE

    taken = []
    thread = threading.Thread(target=lambda: taken.append(mine.array("pixels", LARGE - 100)))
    thread.start()
    thread.join()

    assert np.shares_memory(first, taken[0])
    assert not np.shares_memory(first, mine.array("pixels", LARGE))


def test_a_pictures_rows_leave_the_pixels_of_others(spare):
    pixels = np.empty(9 * LARGE, np.uint8)
    spare.give("pixels", pixels)
    for size in (LARGE, 2 * LARGE):
        rows = Scratch().array("rows", size)
        assert spare.size == 9 * LARGE
        spare.give("rows", rows)
        assert spare.size == 9 * LARGE + size
    assert np.shares_memory(Scratch().array("pixels", 9 * LARGE), pixels)


def test_a_small_array_begins_on_a_line_of_the_cache(spare):
    mine = Scratch()
    arrays = [mine.array(name, size) for size in (1000, 999, 5000, 70_000) for name in ("pixels", "rows")]

    assert {array.ctypes.data % 64 for array in arrays} == {0}
    assert [array.size for array in arrays[::2]] == [1000, 999, 5000, 70_000]


def test_two_pictures_at_once_have_arrays_of_their_own(spare):
    one, other = Scratch(), Scratch()
    assert not np.shares_memory(one.array("pixels", LARGE), other.array("pixels", LARGE))


@pytest.mark.parametrize("sizes", [(LARGE, 3 * LARGE, LARGE, 2 * LARGE), (9 * LARGE, LARGE, 9 * LARGE, LARGE)])
def test_of_pictures_of_all_sizes_one_worker_keeps_one(sizes, spare):
    mine = Scratch()
    for size in sizes:
        pixels = mine.array("pixels", size)
        assert spare.size == 0
        spare.give("pixels", pixels)
        assert spare.size == size


def test_what_is_small_or_not_numpys_is_nobodys(spare):
    spare.give("pixels", np.frombuffer(bytes(LARGE), np.uint8))
    spare.give("pixels", Scratch().array("pixels", 1000))
    assert spare.size == 0


def test_whoever_needs_the_memory_gets_it():
    spare = Spare()
    budget = Budget(3 * LARGE, spare)
    spare.give("pixels", np.empty(LARGE, np.uint8))
    with budget.share() as share:
        share.claim(2 * LARGE)
        assert spare.size == LARGE
        share.claim(1 << 21)
        assert spare.size == 0


def test_pictures_on_end_have_their_own_hashes_and_nothing_stays(tmp_path, monkeypatch):
    assert KERNEL.wait(120) is not None
    taken = []
    really = SPARE.take
    monkeypatch.setattr(SPARE, "take", lambda *asked: taken.append(really(*asked)) or taken[-1])
    paths = []
    for number, size in enumerate([(300, 6000), (350, 5000), (300, 6000)]):  # whose rows are large, too
        paths.append(tmp_path / f"{number}.jpg")
        Image.fromarray(photo(*size, seed=number)).save(paths[-1])
    encoder = Encoder(Options(tuple(method for method in METHODS if method.is_hash)))

    together = dict(encoder.encode(enumerate(map(str, paths))))

    assert [result.failure for result in together.values()] == [None] * 3
    pixels, rows = taken[::2], taken[1::2]
    assert len({array.ctypes.data for array in pixels}) == len({array.ctypes.data for array in rows}) == 1
    assert len(rows) == 3
    assert SPARE.size == 0
    alone = {i: dict(encoder.encode([(i, str(path))]))[i] for i, path in enumerate(paths)}
    encoder.encode_array(photo(2, 6000))
    assert SPARE.size == 0
    assert {i: result.encodings for i, result in alone.items()} == {i: r.encodings for i, r in together.items()}
