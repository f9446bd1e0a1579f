"""How whoever works long is told to end: it calls a function now and then, which may be called from any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Stop = Callable[[], bool]  # true once the work is to end


def never() -> bool:
    """The stop condition of work that nobody stops."""
    return False


class StoppedError(Exception):
    """The work was stopped before there was a result."""


def check(stop: Stop) -> None:
    """Raise StoppedError if the work is to end."""
    if stop():
        raise StoppedError


def until(stop: Stop, items: Iterable[T]) -> Iterator[T]:
    """Yield the items; raise StoppedError once the work is to end."""
    for item in items:
        check(stop)
        yield item
