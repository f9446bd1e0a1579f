import threading

import pytest

from imgenc_gui.core.stopping import check
from imgenc_gui.gui.compare import asking
from imgenc_gui.gui.compare.asking import Asker


@pytest.fixture
def asker(jobs):
    return Asker(jobs)


def test_the_last_question_alone_is_answered(asker, qtbot):
    begun, answers = threading.Event(), []

    def slow(stop, _progress):
        begun.set()
        while True:
            check(stop)

    asker.ask(slow, answers.append)
    assert begun.wait(10)
    asker.ask(lambda _stop, _progress: "never begun", answers.append)
    asker.ask(lambda _stop, _progress: "the last", answers.append)
    assert asker.is_asking
    qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
    assert answers == ["the last"]
    assert not asker.is_asking


def test_what_was_stopped_is_not_answered_though_it_was_done(asker, jobs, qtbot):
    done, answers = threading.Event(), []
    asker.ask(lambda _stop, _progress: done.set(), answers.append)
    assert done.wait(10)
    asker.stop()
    assert not asker.is_asking
    jobs.wait(10_000)
    qtbot.wait(1)
    assert answers == []


def test_progress_is_told_while_it_takes(asker, qtbot, monkeypatch):
    monkeypatch.setattr(asking, "_PATIENCE", 0)
    shares, answers = [], []
    asker.progressed.connect(shares.append)
    asker.ask(lambda _stop, progress: progress(1, 4), answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
    assert shares == [0.25]


def test_closed_it_ends_with_its_job_which_tells_nobody(asker, qtbot):
    begun, gone, answers = threading.Event(), [], []

    def slow(stop, progress):
        begun.set()
        while not stop():
            progress(1, 2)
        progress(2, 2)

    asker.destroyed.connect(lambda: gone.append(True))
    asker.ask(slow, answers.append)
    assert begun.wait(10)
    asker.close()
    qtbot.waitUntil(lambda: bool(gone), timeout=10_000)
    assert answers == []


def test_an_unexpected_error_is_reported_and_the_next_question_is_asked(qtbot):
    from imgenc_gui.gui.work.jobs import Jobs

    errors, answers = [], []
    jobs = Jobs(1, errors.append)
    asker = Asker(jobs)
    asker.ask(lambda _stop, _progress: 1 / 0, answers.append)
    qtbot.waitUntil(lambda: bool(errors), timeout=10_000)
    asker.ask(lambda _stop, _progress: "well", answers.append)
    qtbot.waitUntil(lambda: answers == ["well"], timeout=10_000)
    assert isinstance(errors[0], ZeroDivisionError)
    jobs.close()
