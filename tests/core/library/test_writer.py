"""The writer holds nobody up, takes only so much, and ends in time."""

import threading

import pytest

from imgenc_gui.core.library import writer as module
from imgenc_gui.core.library.writer import Outcome, Writer


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(module, "_COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(module, "_AGAIN_SECONDS", 0.0)


def test_what_there_is_no_room_for_is_dropped_and_nobody_waits(monkeypatch):
    monkeypatch.setattr(module, "_MOST_WAITING", 100)
    go_on, written = threading.Event(), []

    def write(entries):
        go_on.wait(30)
        written.extend(entries)
        return Outcome.DONE

    writer = Writer(write, lambda: False)
    assert [writer.put(number, 40) for number in range(4)] == [True, True, False, False]
    assert writer.put(4, 20)  # what is smaller still fits
    go_on.set()
    assert writer.close(30)
    assert written == [0, 1, 4]
    assert not writer.put(5, 1)


def test_what_couldnt_be_written_is_written_later_in_its_order(at_once):
    tries, written = [], []

    def write(entries):
        tries.append(list(entries))
        if len(tries) < 3:
            return Outcome.SOON
        written.extend(entries)
        return Outcome.DONE

    writer = Writer(write, lambda: False)
    for number in range(5):
        writer.put(number, 1)
    assert writer.close(30)
    assert written == list(range(5))
    assert tries[0] == tries[1] == tries[2]


def test_it_waits_for_nothing_that_takes_some_time():
    writer = Writer(lambda _: Outcome.SOME_TIME, lambda: False)
    writer.put(1, 1)
    assert not writer.close(60)  # the test's own limit would end it


def test_it_ends_in_time_and_says_what_is_lost(at_once):
    writer = Writer(lambda _: Outcome.SOON, lambda: False)
    writer.put(1, 1)
    assert not writer.close(0.05)
    writer._thread.join(30)
    assert not writer._thread.is_alive()
    assert not writer.close(0)


def test_tidying_goes_on_until_there_is_no_more_to_do(at_once):
    left, done = list(range(5)), threading.Event()

    def tidy():
        left.pop()
        if not left:
            done.set()
        return bool(left)

    writer = Writer(lambda _: Outcome.DONE, tidy)
    writer.put(1, 1)
    assert done.wait(30)
    assert writer.close(30)


def test_a_system_without_threads_left_keeps_nothing(monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    writer = Writer(lambda _: Outcome.DONE, lambda: False)
    assert not writer.put(1, 1)
    assert writer.close(0)


def test_whoever_asks_for_it_has_what_was_put_written_at_once(monkeypatch):
    monkeypatch.setattr(module, "_COMMIT_SECONDS", 60)
    written = []

    def write(entries):
        written.extend(entries)
        return Outcome.DONE

    writer = Writer(write, lambda: False)
    assert writer.flush(0)
    writer.put(1, 1)
    writer.put(2, 1)
    assert writer.flush(30)
    assert written == [1, 2]
    assert writer.close(30)


def test_a_fault_of_ours_costs_some_entries_and_not_all_that_follow(at_once, caplog):
    written = []

    def write(entries):
        if 1 in entries:
            raise TypeError("of what nobody thought")
        written.extend(entries)
        return Outcome.DONE

    def tidy():
        raise ZeroDivisionError

    writer = Writer(write, tidy)
    for number in (1, 2):
        writer.put(number, 1)
        assert writer.flush(30)
    assert not writer.close(30)  # the first is lost
    assert written == [2]
    assert "1 entries of the library are lost" in caplog.text
