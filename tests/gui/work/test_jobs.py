"""Small jobs: answered on the window's thread, what is looked at first, errors to whoever asked or to the reporter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from imgenc_gui.gui.work.jobs import Jobs, Urgency

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAIT = 10_000


@pytest.fixture
def reported() -> list[Exception]:
    return []


@pytest.fixture
def jobs(qtbot: QtBot, reported):
    jobs = Jobs(1, reported.append)
    yield jobs
    assert jobs.close(5000)


def test_a_job_runs_on_another_thread_and_is_answered_on_this_one(qtbot: QtBot, jobs: Jobs) -> None:
    answers: list[tuple[object, threading.Thread]] = []
    jobs.run(threading.current_thread, lambda thread: answers.append((thread, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT)
    ((worked, answered),) = answers
    assert answered is threading.main_thread()
    assert worked is not threading.main_thread()


def test_what_is_looked_at_comes_before_files_that_wait(qtbot: QtBot, jobs: Jobs) -> None:
    # GIVEN a pool that is busy, and files that wait
    gate = threading.Event()
    order: list[str] = []
    jobs.run(lambda: gate.wait(10), lambda _: None)
    for number in range(3):
        jobs.run(lambda number=number: f"file {number}", order.append)
    # WHEN a thumbnail is asked for last
    jobs.run(lambda: "thumbnail", order.append, urgency=Urgency.LOOKS)
    gate.set()
    # THEN it comes first
    qtbot.waitUntil(lambda: len(order) == 4, timeout=WAIT)
    assert order == ["thumbnail", "file 0", "file 1", "file 2"]


def test_an_error_goes_to_whoever_expects_it_else_to_the_reporter(qtbot: QtBot, jobs: Jobs, reported) -> None:
    expected: list[Exception] = []

    def fail() -> None:
        raise ValueError("a bug")

    jobs.run(fail, lambda _: None, expected.append)
    jobs.run(fail, lambda _: None)
    qtbot.waitUntil(lambda: bool(expected and reported), timeout=WAIT)
    assert [str(error) for error in (*expected, *reported)] == ["a bug", "a bug"]


def test_closing_answers_nothing_more_and_tells_long_jobs(qtbot: QtBot, reported) -> None:
    # GIVEN a long job that looks whether anybody still wants it, and one that waits behind it
    jobs = Jobs(1, reported.append)
    begun = threading.Event()
    answers: list[object] = []

    def long() -> str:
        begun.set()
        while not jobs.is_closed():
            begun.wait(0.01)
        return "long"

    jobs.run(long, answers.append)
    jobs.run(lambda: "waiting", answers.append)
    assert begun.wait(10)
    # WHEN the window closes THEN it ends in time, and nobody hears of either
    assert jobs.close(5000)
    qtbot.wait(50)
    assert answers == reported == []
    jobs.run(lambda: "late", answers.append)
    qtbot.wait(50)
    assert answers == []
