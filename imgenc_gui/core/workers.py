"""The one engine: workers pull pictures from one source, encode them, and hand results on in batches.

A run knows no threads of its own: the command's threads (encode_in_order) and the window's QRunnables call ``work``.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Generic, Protocol, TypeVar

from imgenc_gui.core.encoding import portions
from imgenc_gui.core.formats.being_read import BEING_READ
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.stopping import Stop, never

K = TypeVar("K")
T = TypeVar("T")

Arrived = Callable[[int, int], object]  # results, and how many of them were looked up and took no time

BATCH_SIZE = 64
BATCH_SECONDS = 0.05  # waking the consumer for each small picture would cost the workers time
MAX_BATCHES = 16  # handed on and not yet taken; more would pile up in memory and freeze a window
MAX_AHEAD = 4096  # results that wait for a slow picture before them; then the others slow down
_PORTION_SECONDS = 1.0  # to look up the next while results pile up
_WAIT_SECONDS = 0.05  # between two looks at the stop flag
# After a stop: how long results are still taken, and how long threads that go on with a huge picture are waited for.
_STOP_SECONDS = 0.7
_JOIN_SECONDS = 0.2


class PictureEncoder(Protocol):
    """What a run needs of an encoder: core's Encoder, or a fake one in tests and benchmarks."""

    def recall(self, numbered: Sequence[tuple[K, str]]) -> tuple[list[tuple[K, ImageResult]], list[tuple[K, str]]]:
        """Part (key, path) pairs into those whose result is known already, as (key, result), and the others."""

    def encode(self, numbered: Iterable[tuple[K, str]], stop: Stop = ...) -> Iterator[tuple[K, ImageResult]]:
        """Yield (key, result) for the (key, path) pairs pulled; end soon after ``stop()`` turns true."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[K]):
    """Results on their way. Whoever takes it calls Run.taken(), so that the workers may go on."""

    results: list[tuple[K, ImageResult]]
    permitted: bool
    looked_up: bool = False  # they were known, and took no time


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """The last that a worker hands on. ``error``: the unexpected exception that ended it."""

    error: BaseException | None


class SharedIterator(Iterator[T]):
    """An iterator that several threads may pull from; each item goes to one of them."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()

    def __next__(self) -> T:
        with self._lock:
            return next(self._items)


class Run(Generic[K]):
    """One run over (key, path) pairs. Any number of threads may call ``work``; each returns when nothing is left.

    ``hand_on`` is called on the workers' threads with Batches, and at a worker's end with WorkerEnded. ``pace`` may
    wait so many seconds before more is begun.
    """

    def __init__(
        self,
        encoder: PictureEncoder,
        numbered: Iterable[tuple[K, str]],
        hand_on: Callable[[Any], object],
        stop: Stop = never,
        pace: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._encoder = encoder
        self._pace = pace
        self._source = SharedIterator(takewhile(lambda _: not self.is_stopped(), self._unknown(numbered)))
        self._hand_on = hand_on
        self._stop = stop
        self._closed = threading.Event()
        self._permits = threading.Semaphore(MAX_BATCHES)

    def is_stopped(self) -> bool:
        """Whether the run is to end. Results that are done are still handed on, unless it was closed."""
        return self._closed.is_set() or self._stop()

    def close(self) -> None:
        """End soon and hand nothing on any more: whoever took it may be gone."""
        self._closed.set()

    def taken(self, batch: Batch[K]) -> None:
        """Make room for another batch."""
        if batch.permitted:
            self._permits.release()

    def work(self) -> None:
        """Pull, encode and hand on, until the source is empty or the run is stopped."""
        error: BaseException | None = None
        results: list[tuple[K, ImageResult]] = []
        due = 0.0  # the first result goes out at once
        try:
            for pair in self._encoder.encode(self._source, self.is_stopped):
                results.append(pair)
                if len(results) >= BATCH_SIZE or time.monotonic() >= due:
                    self._send(results)
                    results = []
                    due = time.monotonic() + BATCH_SECONDS
        except BaseException as unexpected:  # noqa: BLE001 - handed on with WorkerEnded; the other workers go on
            error = unexpected
        if results:
            self._send(results)
        if not self._closed.is_set():
            self._hand_on(WorkerEnded(error))

    def _unknown(self, numbered: Iterable[tuple[K, str]]) -> Iterator[tuple[K, str]]:
        """Those that are to be encoded; what is known of the others is handed on, by whoever pulls."""
        for portion in portions(numbered):
            self._pace(_PORTION_SECONDS)
            known, others = self._encoder.recall(portion)
            if known:
                self._send(known, looked_up=True)
            for pair in others:
                self._pace(_WAIT_SECONDS)
                yield pair
            if self.is_stopped():
                return

    def _send(self, results: list[tuple[K, ImageResult]], *, looked_up: bool = False) -> None:
        """Hand a batch on when there is room. After a stop it goes out regardless: what is done is kept."""
        permitted = self._permits.acquire(timeout=_WAIT_SECONDS)
        while not permitted and not self.is_stopped():
            permitted = self._permits.acquire(timeout=_WAIT_SECONDS)
        if not self._closed.is_set():
            self._hand_on(Batch(results, permitted, looked_up))


def encode_in_order(
    encoder: PictureEncoder,
    paths: Iterable[str],
    workers: int | None = None,
    stop: Stop = never,
    arrived: Arrived = lambda _count, _looked_up: None,
) -> Generator[ImageResult, None, None]:
    """Encode pictures on several threads, yielding results in the order of ``paths``.

    ``arrived`` is told when more results are there, in whatever order: one that takes long holds up those behind it.

    Once ``stop`` returns true, what is done is still yielded, in order and with gaps, and the iteration ends within a
    second. Closing the iterator stops the threads too. An unexpected exception in a thread is raised here.
    """
    if workers is None:
        workers = usable_processors()
    if workers < 1:
        raise ValueError("workers must be 1 or more.")
    batches: queue.SimpleQueue[Batch[int] | WorkerEnded] = queue.SimpleQueue()
    order = _Order()
    run = Run(encoder, order.numbered(paths), batches.put, stop, order.pace)
    threads = [threading.Thread(target=run.work, name=f"encoder-{i}", daemon=True) for i in range(workers)]
    try:
        for thread in threads:
            thread.start()
        yield from _in_order(run, batches, workers, order, arrived)
    finally:
        run.close()
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))


class _Order:
    """How far results have come in order, and how far beyond that pictures were begun."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._begun = self._following = 0

    def numbered(self, paths: Iterable[str]) -> Iterator[tuple[int, str]]:
        """The paths with their numbers, those first that imgenc may have died of."""
        for self._begun, path in BEING_READ.in_turn(paths):
            yield self._begun, path

    def pace(self, seconds: float) -> None:
        """Wait where results pile up behind a slow picture, but not for ever: whoever waits may hold that very one."""
        with self._moved:
            if self._begun - self._following >= MAX_AHEAD:
                self._moved.wait(seconds)

    def reach(self, number: int) -> None:
        """Note which result is the next."""
        with self._moved:
            if number != self._following:
                self._following = number
                self._moved.notify()


def _in_order(
    run: Run[int],
    batches: queue.SimpleQueue[Batch[int] | WorkerEnded],
    workers: int,
    order: _Order,
    arrived: Arrived,
) -> Iterator[ImageResult]:
    early: dict[int, ImageResult] = {}  # what overtook a slow picture
    following = 0
    deadline: float | None = None
    while workers:
        if deadline is None and run.is_stopped():
            deadline = time.monotonic() + _STOP_SECONDS
        late = deadline is not None and time.monotonic() >= deadline
        try:
            item = batches.get(timeout=0 if late else _WAIT_SECONDS)  # what has arrived by then is taken all the same
        except queue.Empty:
            if late:
                break
            continue
        if isinstance(item, WorkerEnded):
            workers -= 1
            if item.error is not None:
                raise item.error
            continue
        run.taken(item)
        early.update(item.results)
        arrived(len(item.results), len(item.results) if item.looked_up else 0)
        while following in early:
            yield early.pop(following)
            following += 1
        order.reach(following)
    for number in sorted(early):
        yield early[number]
