"""Hundreds of thousands of objects without cycles, which Python would look through for cycles again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave what is made meanwhile alone, then and later. It still goes when nobody refers to it any more."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()


def release(parts: list[Iterable[object]]) -> None:
    """Let go of what these hold, object by object, on any thread: all that end at once hold up every thread meanwhile.

    Whoever else has the parts forgets them before; the list is empty then.
    """
    while parts:
        objects = list(parts.pop())
        while objects:
            objects.pop()
