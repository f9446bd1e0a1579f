"""The memory that all who read pictures share."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import pillow_formats
from imgenc_gui.core.formats.budget import BUDGET, Budget, memory_of_this_machine
from imgenc_gui.core.formats.reading import read_thumbnail
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.stopping import StoppedError
from tests.pictures import photo

MB = 1 << 20
SECONDS = 20  # of waiting for what comes in no time


class Claiming:
    """A thread that claims, and holds until it is told."""

    def __init__(self, budget: Budget, *sizes: int, stop=lambda: False) -> None:
        self.has, self.ended, self.end = threading.Event(), threading.Event(), threading.Event()
        self.stopped = False
        self._work = (budget, sizes, stop)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        budget, sizes, stop = self._work
        try:
            with budget.share(stop) as share:
                for size in sizes:
                    share.claim(size)
                self.has.set()
                self.end.wait(SECONDS)
        except StoppedError:
            self.stopped = True
        self.ended.set()


def waits(budget: Budget, count: int) -> bool:
    """Whether so many wait, or will in a moment."""
    waiting = threading.Event()
    for _ in range(2000):
        if len(budget._waiting) == count:
            return True
        waiting.wait(0.005)
    return False


def test_a_big_picture_waits_for_its_turn_and_is_not_overtaken():
    budget = Budget(100 * MB)
    first = Claiming(budget, 60 * MB)
    assert first.has.wait(SECONDS)
    big = Claiming(budget, 90 * MB)
    assert waits(budget, 1)
    later = Claiming(budget, 30 * MB)  # there would be room
    assert waits(budget, 2)
    assert not big.has.is_set()
    assert not later.has.is_set()

    first.end.set()
    assert big.has.wait(SECONDS)
    assert not later.has.is_set()
    big.end.set()
    assert later.has.wait(SECONDS)
    later.end.set()


def test_one_picture_has_its_turn_whatever_its_size():
    with Budget(MB).share() as share:
        share.claim(500 * MB)
        share.claim(500 * MB)


def test_those_who_hold_some_and_want_more_never_wait_for_each_other_for_ever():
    budget = Budget(100 * MB)
    start = [Claiming(budget, 50 * MB, 80 * MB) for _ in range(2)]
    some = next(claiming for claiming in start if claiming.has.wait(SECONDS / 2))
    some.end.set()
    assert all(claiming.has.wait(SECONDS) for claiming in start)
    for claiming in start:
        claiming.end.set()


def test_small_pictures_need_no_turn():
    budget = Budget(2 * MB)
    first = Claiming(budget, 2 * MB)
    assert first.has.wait(SECONDS)
    with budget.share() as share:
        share.claim(MB)
    first.end.set()


def test_stop_reaches_who_waits():
    budget = Budget(100 * MB)
    first = Claiming(budget, 60 * MB)
    assert first.has.wait(SECONDS)
    stop = threading.Event()
    big = Claiming(budget, 90 * MB, stop=stop.is_set)
    assert waits(budget, 1)

    stop.set()

    assert big.ended.wait(SECONDS)
    assert big.stopped
    first.end.set()


@pytest.mark.parametrize("shown", [False, True])
def test_big_pictures_are_decoded_one_after_another_where_memory_is_short(shown, tmp_path, monkeypatch):
    monkeypatch.setattr(BUDGET, "_capacity", 1)
    path = str(tmp_path / "a.png")
    Image.fromarray(photo(900, 700)).save(path, compress_level=1)
    at_once, most = [], []

    def orientation_of(_):  # is asked for when the pixels are there
        at_once.append(1)
        most.append(len(at_once))
        threading.Event().wait(0.02)
        at_once.pop()
        return 1

    monkeypatch.setattr(pillow_formats, "orientation_of", orientation_of)
    encoder = Encoder(Options((METHODS["ahash"],)))

    def read(number: int) -> None:
        if shown:
            read_thumbnail(path, 900)
        else:
            ((_, result),) = encoder.encode([(number, path)])
            assert result.failure is None

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(read, range(6)))
    assert len(most) == 6
    assert max(most) == 1


def test_there_is_some_memory():
    assert memory_of_this_machine() > 100 * MB
