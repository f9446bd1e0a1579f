"""Which way to take, the kernels' or numpy's, and work on several threads that can be stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import TypeVar

from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.stopping import Stop, check

T = TypeVar("T")

Progress = Callable[[int, int], object]  # called with what is done, and of how much

KERNEL = CompiledModule(
    "imgenc_gui.core.similarity.kernel", "Comparing hashes with numpy, which is slower and finds the same"
)

_SMALL = 4_000_000  # comparisons: numpy has done them before anybody notices
_LARGE = 400_000_000  # numpy takes seconds: worth waiting for the kernels, even for their first compiling
_WAIT_SECONDS = 0.05  # between two looks at the stop flag


def silent(_done: int, _total: int) -> None:
    """The progress of work that nobody watches."""


def kernels_for(comparisons: int, stop: Stop) -> ModuleType | None:
    """Return the kernels, if so many comparisons of hashes should go by them; None: numpy. Raises StoppedError."""
    if comparisons < _SMALL:
        return KERNEL.peek()
    if comparisons < _LARGE:
        return KERNEL.get()
    while (kernels := KERNEL.wait(_WAIT_SECONDS)) is None and KERNEL.is_loading():
        check(stop)
    return kernels


def each_in_order(
    steps: Iterable[Callable[[], Iterator[T]]], pool: ThreadPoolExecutor | None, width: int, stop: Stop
) -> Iterator[T]:
    """Run the iterators on the pool's threads, item by item, no more than ``width`` at a time; None: on this thread.

    Their items come in an order that doesn't depend on the threads. Raises StoppedError within a few items' time.
    """
    if pool is None:
        for step in steps:
            for item in step():
                check(stop)
                yield item
        return
    fresh = iter(steps)
    running: deque[tuple[Iterator[T], Future[T | None]]] = deque()

    def go_on(items: Iterator[T] | None) -> None:
        if items is not None:
            running.append((items, pool.submit(next, items, None)))

    def begin() -> None:
        go_on(next((step() for step in fresh), None))

    for _ in range(width):
        begin()
    while running:
        check(stop)
        items, future = running.popleft()
        result = future.result()
        if result is None:
            begin()
        else:
            go_on(items)
            yield result
