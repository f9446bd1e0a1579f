"""The engine: every result once, in small portions; stop, close and errors in mid-run."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, QTimer, Signal

from imgenc_gui.core import workers
from imgenc_gui.core.workers import BATCH_SIZE, MAX_BATCHES
from imgenc_gui.gui.work.runner import MOST_TOGETHER, EncodeRunner, Summary
from tests.gui.conftest import FakeEncoder

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAIT = 10_000


class Listener:
    """Collects what a runner emits."""

    def __init__(self, runner: EncodeRunner) -> None:
        self.runner = runner
        self.batches: list[list] = []
        self.summaries: list[Summary] = []
        self.errors: list[Exception] = []
        self.threads: set[threading.Thread] = set()
        runner.results_ready.connect(self._take)
        runner.finished.connect(self.summaries.append)
        runner.failed.connect(self.errors.append)

    def _take(self, batch: list) -> None:
        self.threads.add(threading.current_thread())
        self.batches.append(batch)

    @property
    def numbers(self) -> list[int]:
        return [number for batch in self.batches for number, _ in batch]


@pytest.fixture
def runner(qtbot: QtBot):
    runner = EncodeRunner()
    yield runner
    assert runner.close(5000)


def pictures(count: int) -> list[tuple[int, str]]:
    return [(number, f"/photos/{number}.jpg") for number in range(count)]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_result_arrives_exactly_once(qtbot: QtBot, runner: EncodeRunner, workers: int) -> None:
    # GIVEN more pictures than all outstanding batches can hold
    count = BATCH_SIZE * MAX_BATCHES * 2 + 7
    heard = Listener(runner)
    # WHEN they are encoded
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner.start(FakeEncoder(), pictures(count), workers)
    # THEN each result came once, on the window's thread, in bounded batches, and finished came last and once
    assert sorted(heard.numbers) == list(range(count))
    assert all(result.path == f"/photos/{number}.jpg" for batch in heard.batches for number, result in batch)
    assert max(map(len, heard.batches)) <= MOST_TOGETHER
    assert heard.threads == {threading.current_thread()}
    assert heard.summaries == [Summary(count, stopped=False, errors=0)]
    assert not runner.is_running


def test_first_result_does_not_wait_for_a_batch_to_fill(qtbot: QtBot, runner: EncodeRunner) -> None:
    # GIVEN pictures that take their time
    heard = Listener(runner)
    runner.start(FakeEncoder(seconds=0.06), pictures(30), 1)
    # WHEN the first results arrive
    with qtbot.waitSignal(runner.results_ready, timeout=WAIT):
        pass
    # THEN most of the work is still to do
    assert len(heard.numbers) < 10
    assert runner.is_running


def test_stop_keeps_what_is_done(qtbot: QtBot, runner: EncodeRunner) -> None:
    # GIVEN a long run
    heard = Listener(runner)
    encoder = FakeEncoder(seconds=0.005)
    stop = threading.Event()
    runner.start(encoder, pictures(5000), 2, stop.is_set)
    with qtbot.waitSignal(runner.results_ready, timeout=WAIT):
        pass
    # WHEN it is stopped
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        stop.set()
    # THEN it ends soon, each result that was made arrived, and the runner can start again
    summary = heard.summaries[0]
    assert summary.stopped
    assert summary.done == len(heard.numbers) == len(set(heard.numbers))
    assert len(encoder.seen) - 2 <= summary.done < 5000
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner.start(FakeEncoder(), pictures(3), 2)
    assert heard.summaries[1].done == 3


def test_stop_ends_workers_that_wait_for_the_window(qtbot: QtBot, runner: EncodeRunner) -> None:
    # GIVEN workers far ahead of a window that doesn't take anything
    heard = Listener(runner)
    runner._timer.setInterval(10_000)
    stop = threading.Event()
    runner.start(FakeEncoder(), pictures(BATCH_SIZE * MAX_BATCHES * 4), 2, stop.is_set)
    qtbot.wait(200)
    # WHEN the run is stopped and the window takes again
    stop.set()
    runner._timer.setInterval(10)
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner._timer.start()
    # THEN no more than the outstanding batches and one per worker had been made
    assert len(heard.batches) <= MAX_BATCHES + 2 + 2
    assert len(heard.numbers) == len(set(heard.numbers)) > 0


def test_an_unexpected_error_is_reported_and_results_stay(qtbot: QtBot, runner: EncodeRunner) -> None:
    # GIVEN an encoder with a bug that one picture meets
    encoder = FakeEncoder()
    encoder.break_at = "50.jpg"
    heard = Listener(runner)
    # WHEN two workers run
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner.start(encoder, pictures(400), 2)
    # THEN the error arrives once, and the other worker did the rest
    assert [str(error) for error in heard.errors] == ["a bug met this picture"]
    assert sorted(heard.numbers) == [number for number in range(400) if number != 50]
    assert heard.summaries == [Summary(399, stopped=False, errors=1)]


def test_close_during_a_run_ends_the_workers(qtbot: QtBot) -> None:
    # GIVEN a run
    runner = EncodeRunner()
    heard = Listener(runner)
    runner.start(FakeEncoder(seconds=0.005), pictures(10_000), 2)
    with qtbot.waitSignal(runner.results_ready, timeout=WAIT):
        pass
    # WHEN it is closed
    before = len(heard.batches)
    assert runner.close(5000)
    # THEN nothing arrives any more, even though events go on
    qtbot.wait(120)
    assert len(heard.batches) == before
    assert heard.summaries == []


def test_one_run_at_a_time(qtbot: QtBot, runner: EncodeRunner) -> None:
    runner.start(FakeEncoder(seconds=0.01), pictures(10), 1)
    with pytest.raises(RuntimeError, match="going on"):
        runner.start(FakeEncoder(), pictures(1), 1)


def test_nothing_to_do_finishes(qtbot: QtBot, runner: EncodeRunner) -> None:
    heard = Listener(runner)
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner.start(FakeEncoder(), [], 2)
    assert heard.summaries == [Summary(0, stopped=False, errors=0)]


def test_ten_thousand_signals_leave_the_process_alive(qtbot: QtBot) -> None:
    """PySide6 6.12.0 loses a reference to True per emit and dies after some 570: the version must stay pinned."""

    class Sender(QObject):
        told = Signal(object)

    sender = Sender()
    heard: list[bool] = []
    sender.told.connect(heard.append)
    for number in range(10_000):
        sender.told.emit(number % 2 == 0)
    assert len(heard) == 10_000
    assert sum(heard) == 5_000


def test_how_quickly_one_run_is_taken_says_nothing_of_the_next(
    qtbot: QtBot, runner: EncodeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a run whose results were taken at once
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner.start(FakeEncoder(), pictures(BATCH_SIZE * 60), 1)
    # WHEN many results of another lie ready, in full batches
    monkeypatch.setattr(workers, "BATCH_SECONDS", 3600)
    heard, count = Listener(runner), BATCH_SIZE * (MAX_BATCHES - 2)
    done = threading.Event()

    def source():
        yield from pictures(count)
        done.set()

    runner.start(FakeEncoder(), source(), 1)
    assert done.wait(10)
    qtbot.waitUntil(lambda: len(heard.numbers) == count, timeout=WAIT)
    # THEN they are handed on carefully at first
    assert len(heard.batches[0]) <= BATCH_SIZE


def test_handing_results_on_gives_way_to_other_events(qtbot: QtBot, runner: EncodeRunner) -> None:
    # GIVEN a window that takes 4 ms for each batch, and other events
    heard = Listener(runner)
    in_a_row = [0]

    def take(_batch: object) -> None:
        time.sleep(0.004)
        in_a_row[-1] += 1

    runner.results_ready.connect(take)
    others = QTimer()
    others.timeout.connect(lambda: in_a_row.append(0))
    others.start(10)
    # WHEN many results arrive
    with qtbot.waitSignal(runner.finished, timeout=WAIT):
        runner.start(FakeEncoder(), pictures(BATCH_SIZE * 60), 2)
    others.stop()
    # THEN no more than the budget of 20 ms was spent at a time
    assert len(heard.numbers) == BATCH_SIZE * 60
    assert max(in_a_row) <= 6
