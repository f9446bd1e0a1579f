"""The engine: every picture once, batches that don't pile up, a stop that keeps what is done."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from PIL import Image

from imgenc_gui.core import workers
from imgenc_gui.core.encoding import PORTION, Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageResult
from imgenc_gui.core.workers import BATCH_SIZE, MAX_BATCHES, Batch, Run, SharedIterator, WorkerEnded, encode_in_order
from tests.forgetful import Forgetful
from tests.pictures import photo


class Echo(Forgetful):
    """Gives each path back as its result. ``slow`` and ``broken`` are paths that take long or raise."""

    def __init__(self, slow=(), broken=(), seconds=0.0):
        self.slow, self.broken, self.seconds = slow, broken, seconds
        self.gate = threading.Event()  # what slow pictures wait for
        self.done = []  # lists may be appended to by several threads

    def encode(self, numbered, stop=workers.never):
        for key, path in numbered:
            if stop():
                break
            if path in self.slow:
                self.gate.wait(30)
            if path in self.broken:
                raise RuntimeError("a defect")
            if self.seconds:
                time.sleep(self.seconds)
            self.done.append(path)
            yield key, ImageResult(path)


def names(count):
    return [f"{i:05}" for i in range(count)]


def threads_of_a_run():
    return [thread for thread in threading.enumerate() if thread.name.startswith("encoder-")]


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


# --- in order: the command and the API --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3, 2000])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_every_result_comes_once_and_in_order(count, threads):
    results = list(encode_in_order(Echo(), names(count), threads))

    assert [result.path for result in results] == names(count)
    assert not threads_of_a_run()


def test_a_slow_picture_holds_the_order_but_not_the_others():
    encoder = Echo(slow=["00000"])
    results = encode_in_order(encoder, names(200), workers=2)
    threading.Timer(0.3, encoder.gate.set).start()

    assert [result.path for result in results] == names(200)


class Knows(Echo):
    """Knows all but the slow."""

    def recall(self, numbered):
        known = [(number, ImageResult(path)) for number, path in numbered if path not in self.slow]
        self.done += [result.path for _, result in known]
        return known, [pair for pair in numbered if pair[1] in self.slow]


@pytest.mark.parametrize("kind", [Echo, Knows])
def test_results_do_not_pile_up_behind_a_slow_picture(kind):
    encoder, results = kind(slow=["00000"]), []
    thread = threading.Thread(target=lambda: results.extend(encode_in_order(encoder, names(50_000), 2)))
    thread.start()
    assert wait_for(lambda: len(encoder.done) >= workers.MAX_AHEAD)
    time.sleep(0.2)
    assert len(encoder.done) < workers.MAX_AHEAD + 2 * PORTION
    encoder.gate.set()
    thread.join(30)
    assert [result.path for result in results] == names(50_000)


def test_known_results_come_in_order_among_the_others():
    encoder = Knows(slow=[f"{number:05}" for number in range(0, 2000, 7)])
    encoder.gate.set()
    assert [result.path for result in encode_in_order(encoder, names(2000), 3)] == names(2000)


def test_a_slow_picture_holds_up_the_results_behind_it_but_not_the_progress():
    encoder, come = Echo(slow=["00000"]), []

    def arrived(count, looked_up):
        come.append(count - looked_up)
        if sum(come) == 99:
            encoder.gate.set()

    results = encode_in_order(encoder, names(100), workers=2, arrived=arrived)
    assert next(results).path == "00000"
    assert sum(come) == 100
    results.close()
    # AND what was known is told apart
    known = Knows(slow=["00000"])
    known.gate.set()
    told = []
    assert len(list(encode_in_order(known, names(9), 2, arrived=lambda *counts: told.append(counts)))) == 9
    assert [sum(numbers) for numbers in zip(*told, strict=True)] == [9, 8]


def test_paths_are_pulled_as_they_are_needed():
    encoder = Echo()
    pulled = itertools.count()
    results = encode_in_order(encoder, (str(next(pulled)) for _ in itertools.count()), workers=2)

    assert [next(results).path for _ in range(100)] == [str(i) for i in range(100)]
    results.close()


def test_a_slow_consumer_holds_the_workers_back():
    encoder = Echo()
    results = encode_in_order(encoder, names(100_000), workers=2)
    next(results)

    wait_for(lambda: len(encoder.done) > 20 * BATCH_SIZE, 0.5)
    first = len(encoder.done)
    time.sleep(0.2)

    assert len(encoder.done) == first  # both wait for room
    # Taken by the consumer, on their way, and in the hands of the two workers.
    assert first <= (1 + MAX_BATCHES + 2) * BATCH_SIZE
    assert sum(1 for _ in results) == 100_000 - 1


def test_stopping_keeps_what_is_done():
    encoder = Echo(seconds=0.001)
    stop = threading.Event()
    results = encode_in_order(encoder, names(100_000), workers=2, stop=stop.is_set)
    done = [next(results) for _ in range(5)]
    stop.set()
    started = time.monotonic()

    done += list(results)

    assert time.monotonic() - started < 5  # a second on a quiet machine
    assert [result.path for result in done] == names(len(encoder.done))


def test_after_a_stop_a_slow_consumer_still_gets_what_was_done(monkeypatch):
    monkeypatch.setattr(workers, "_STOP_SECONDS", 0.05)
    encoder = Echo()
    stop = threading.Event()
    results = encode_in_order(encoder, names(100_000), workers=2, stop=stop.is_set)
    done = [next(results).path]
    wait_for(lambda: len(encoder.done) > 5 * BATCH_SIZE)
    stop.set()

    for result in results:
        done.append(result.path)
        if len(done) % BATCH_SIZE == 0:
            time.sleep(0.06)  # longer than results are waited for

    assert done == names(len(encoder.done))


def test_a_stop_does_not_wait_for_a_huge_picture():
    encoder = Echo(slow=["00001"])
    stop = threading.Event()
    results = encode_in_order(encoder, names(10), workers=2, stop=stop.is_set)
    assert next(results).path == "00000"
    assert wait_for(lambda: len(encoder.done) == 9)
    stop.set()
    started = time.monotonic()

    rest = [result.path for result in results]
    took = time.monotonic() - started
    encoder.gate.set()

    assert took < 5  # 0.9 s on a quiet machine, where the picture takes 30
    assert rest == names(10)[2:]


def test_closing_the_iterator_ends_the_threads():
    encoder = Echo(seconds=0.001)
    results = encode_in_order(encoder, names(100_000), workers=2)
    next(results)

    results.close()

    assert wait_for(lambda: not threads_of_a_run())
    assert len(encoder.done) < 100_000


def test_an_unexpected_error_in_a_thread_is_raised_and_ends_the_others():
    encoder = Echo(broken=["00300"], seconds=0.001)

    with pytest.raises(RuntimeError, match="a defect"):
        list(encode_in_order(encoder, names(100_000), workers=2))

    assert wait_for(lambda: not threads_of_a_run())
    assert len(encoder.done) < 100_000


def test_an_error_while_paths_are_found_is_raised():
    def paths():
        yield "a"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(encode_in_order(Echo(), paths(), workers=3))


@pytest.mark.parametrize("count", [0, -1])
def test_no_worker_is_refused(count):
    with pytest.raises(ValueError, match="1 or more"):
        list(encode_in_order(Echo(), ["a"], count))


def test_a_picture_that_can_not_be_read_is_a_result_and_the_run_goes_on(tmp_path):
    for i in range(12):
        Image.fromarray(photo(64, 48, i)).save(tmp_path / f"{i:02}.png")
    (tmp_path / "05.png").write_bytes(b"no picture")

    results = list(encode_in_order(Encoder(Options((PHASH,))), sorted(map(str, tmp_path.iterdir())), workers=2))

    assert [bool(result.encodings) for result in results] == [i != 5 for i in range(12)]
    assert results[5].failure.code is FailureCode.DAMAGED


# --- a run, as the window uses it -------------------------------------------------------------------------------------


class Inbox:
    """Takes what a run hands on, without making room."""

    def __init__(self):
        self.items = []

    def __call__(self, item):
        self.items.append(item)

    @property
    def batches(self):
        return [item for item in self.items if isinstance(item, Batch)]

    @property
    def keys(self):
        return sorted(key for batch in self.batches for key, _ in batch.results)

    @property
    def ended(self):
        return [item for item in self.items if isinstance(item, WorkerEnded)]


def start(run, count=2):
    threads = [threading.Thread(target=run.work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


def test_the_first_result_goes_out_at_once_and_later_ones_in_batches():
    inbox = Inbox()
    run = Run(Echo(), enumerate(names(500)), inbox)

    run.work()

    sizes = [len(batch.results) for batch in inbox.batches]
    assert sizes[0] == 1
    assert max(sizes) == BATCH_SIZE
    assert inbox.keys == list(range(500))
    assert inbox.items[-1] == WorkerEnded(None)


def test_slow_pictures_do_not_wait_for_a_full_batch():
    inbox = Inbox()
    run = Run(Echo(seconds=0.03), enumerate(names(12)), inbox)

    run.work()

    assert max(len(batch.results) for batch in inbox.batches) <= 4  # 2 in 50 ms, on a quiet machine


def test_batches_wait_until_others_are_taken():
    inbox, stop = Inbox(), threading.Event()
    run = Run(Echo(), enumerate(names(5000)), inbox, stop.is_set)
    threads = start(run)

    assert wait_for(lambda: len(inbox.batches) == MAX_BATCHES)
    time.sleep(0.2)
    assert len(inbox.batches) == MAX_BATCHES
    for batch in inbox.batches[:3]:
        run.taken(batch)
    assert wait_for(lambda: len(inbox.batches) == MAX_BATCHES + 3)
    time.sleep(0.2)
    assert len(inbox.batches) == MAX_BATCHES + 3

    stop.set()
    join(threads)


def test_after_a_stop_what_is_done_goes_out_although_there_is_no_room():
    encoder, inbox, stop = Echo(), Inbox(), threading.Event()
    run = Run(encoder, enumerate(names(5000)), inbox, stop.is_set)
    threads = start(run)
    assert wait_for(lambda: len(inbox.batches) == MAX_BATCHES)

    stop.set()
    join(threads)

    assert inbox.keys == list(range(len(encoder.done)))
    assert len(inbox.ended) == 2
    # Batches that went out without room make none when they are taken.
    for batch in inbox.batches:
        run.taken(batch)
    assert run._permits._value == MAX_BATCHES


def test_after_closing_nothing_is_handed_on():
    encoder, inbox = Echo(slow=["00010"]), Inbox()
    run = Run(encoder, enumerate(names(100)), inbox)
    threads = start(run, 1)
    assert wait_for(lambda: len(encoder.done) == 10)

    run.close()
    before = len(inbox.items)
    encoder.gate.set()
    join(threads)

    assert len(inbox.items) == before


def test_the_stop_of_a_caller_counts_too():
    stop = threading.Event()
    inbox = Inbox()
    run = Run(Echo(seconds=0.001), enumerate(names(100_000)), inbox, stop.is_set)
    threads = start(run)

    stop.set()
    join(threads)

    assert run.is_stopped()
    assert len(inbox.keys) < 100_000


def test_an_error_ends_one_worker_which_hands_on_what_it_had():
    encoder, inbox = Echo(broken=["00005"]), Inbox()
    run = Run(encoder, enumerate(names(50)), inbox)

    join(start(run))

    assert sorted(repr(item.error) for item in inbox.ended) == ["None", "RuntimeError('a defect')"]
    assert inbox.keys == [i for i in range(50) if i != 5]


def test_threads_share_an_iterator_without_loss():
    def numbers():  # unlike a range, a generator can't be pulled from by two threads at once
        for number in range(2000):
            time.sleep(0)  # lets another thread run
            yield number

    shared = SharedIterator(numbers())
    taken: list[list[int]] = [[] for _ in range(4)]
    join_all = [threading.Thread(target=lambda mine=mine: mine.extend(shared)) for mine in taken]
    for thread in join_all:
        thread.start()
    join(join_all)

    assert sorted(itertools.chain.from_iterable(taken)) == list(range(2000))
