"""The rate and the time left, in simulated runs."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest

from imgenc_gui.gui.window.rate import RateMeter, Standing

PORTION = 256  # pictures that are looked up at once
FEW = 10.0  # seconds: "a few seconds left"
KNOWN = 0.0


@dataclass
class Shown:
    """What was shown at a moment."""

    encoded: int
    left: float
    truly: float  # so many seconds were left


def simulated(
    times: list[float], workers: int = 2, *, loading: float = 0.0, together: int = 1
) -> tuple[list[Shown], float]:
    """Run over pictures that take so long each; what was shown, and how long all took.

    ``loading``: seconds until anything begins. ``together``: so many results come at once.
    """
    told: list[tuple[float, str, int]] = []
    free = [(loading, worker) for worker in range(workers)]
    waiting: list[float] = []
    came = [0] * workers
    rest = iter([times[first : first + PORTION] for first in range(0, len(times), PORTION)])
    while free:
        now, worker = heapq.heappop(free)
        while not waiting and (portion := next(rest, None)) is not None:
            known = portion.count(KNOWN)
            waiting = [seconds for seconds in portion if seconds != KNOWN]
            told += [(now, "asked", len(portion)), (now, "known", known)]
        if waiting:
            now += waiting.pop(0)
            came[worker] += 1
            heapq.heappush(free, (now, worker))
        if came[worker] and (came[worker] == together or not waiting):
            told.append((now, "encoded", came[worker]))
            came[worker] = 0
    told.sort()
    end, meter, random = told[-1][0], RateMeter(), Random(1)
    meter.reset(0.0)
    counts = {"asked": 0, "known": 0, "encoded": 0}
    shown, now, upcoming = [], 0.0, iter([*told, (end + 1, "", 0)])
    following = next(upcoming)
    while now < end:
        now += random.choice([0.15, 0.15, 0.15, 0.4])  # a window is held up at times
        while following[0] <= now and following[1]:
            counts[following[1]] += following[2]
            following = next(upcoming)
        done = counts["encoded"] + counts["known"]
        meter.note(now, Standing(counts["encoded"], counts["known"], counts["asked"] - done, len(times) - done))
        if meter.left is not None:
            shown.append(Shown(counts["encoded"], meter.left, end - now))
    return shown, end


def about(seconds: float, count: int, spread: float = 0.8) -> list[float]:
    random = Random(count)
    return [seconds * random.lognormvariate(0, spread) for _ in range(count)]


def mixed(*parts: list[float]) -> list[float]:
    together = [seconds for part in parts for seconds in part]
    Random(2).shuffle(together)
    return together


RUNS = {
    "alike": ({"times": [0.05] * 1500}, 1.2),
    "various": ({"times": about(0.05, 1500)}, 1.3),
    "few huge ones": ({"times": about(8, 60, 0.5)}, 2.0),
    "one worker, few huge ones": ({"times": about(8, 50, 0.5), "workers": 1}, 2.0),
    "a network that loads": ({"times": about(0.1, 600, 0.2), "loading": 11.0}, 1.2),
    "a slow first one": ({"times": [6.0] + [0.05] * 1500, "workers": 1}, 1.2),
    "sixteen at once": ({"times": about(0.1, 640, 0.1), "together": 16}, 1.7),
    "large and small": ({"times": mixed(about(0.02, 800), about(0.5, 100))}, 1.5),
    "the known first": ({"times": [KNOWN] * 3000 + [0.08] * 1000}, 2.0),
    "most are known": ({"times": mixed([KNOWN] * 9000, [0.08] * 1000)}, 1.4),
    "half is known": ({"times": mixed([KNOWN] * 2000, [0.05] * 2000)}, 1.4),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_time_left_does_not_leap_and_comes_near_the_truth(name: str) -> None:
    run, nearly = RUNS[name]
    shown, _ = simulated(**run)
    # THEN it never leaps once ten are done
    settled = [one for one in shown if one.encoded >= 10]
    leaps = [
        max(FEW, before.left, after.left) / max(FEW, min(before.left, after.left))
        for before, after in pairwise(settled)
    ]
    assert max(leaps) < 1.2
    # AND from half of the time on it is near the truth
    half = [one for one in shown if one.truly <= shown[0].truly / 2]
    wrong = [max(FEW, one.left, one.truly) / max(FEW, min(one.left, one.truly)) for one in half]
    assert max(wrong) < nearly
    # AND at the end there is little left
    assert shown[-1].left < FEW


@pytest.mark.parametrize(
    ("before", "after"),
    [(about(0.02, 600, 0.3), about(0.5, 600, 0.3)), (about(0.5, 150, 0.3), about(0.02, 4000, 0.3))],
)
def test_a_folder_of_other_pictures_is_told_of_bit_by_bit(before: list[float], after: list[float]) -> None:
    shown, end = simulated(before + after)
    leaps = [max(FEW, a.left, b.left) / max(FEW, min(a.left, b.left)) for a, b in pairwise(shown)]
    assert max(leaps) < 1.2
    late = [one for one in shown if one.truly < end / 10]
    assert max(max(FEW, one.left, one.truly) / max(FEW, min(one.left, one.truly)) for one in late) < 2


def test_more_pictures_take_so_much_longer_at_once() -> None:
    meter = RateMeter()
    meter.reset(0.0)
    for tick in range(100):
        meter.note(tick / 5, Standing(encoded=tick, left=200 - tick))
    before = meter.left
    meter.note(20.0, Standing(encoded=100, left=1100))
    assert before == pytest.approx(20, rel=0.1)
    assert meter.left == pytest.approx(220, rel=0.1)


def test_getting_ready_does_not_count_as_slowness() -> None:
    meter = RateMeter()
    meter.reset(0.0)
    for second in range(5):
        meter.note(float(second), Standing(left=70))
    meter.note(6.0, Standing(encoded=20, left=50))  # those that several threads have begun together
    meter.note(8.0, Standing(encoded=40, left=30))
    assert meter.rate == pytest.approx(10.0)
    assert meter.left == pytest.approx(3.0)


def test_nothing_done_has_no_rate() -> None:
    meter = RateMeter()
    meter.reset(0.0)
    meter.note(10.0, Standing(left=5))
    assert meter.rate is None
    assert meter.left is None
