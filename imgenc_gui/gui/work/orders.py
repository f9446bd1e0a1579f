"""What a person asked for, as one object each: it goes through all stages of the work with one cancel flag."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.listing import Listing, Origin
from imgenc_gui.core.records.results import FileIdentity


class Stage(Enum):
    """How far an order has come."""

    OPENING = "opening"  # an export is read, and its pictures become rows
    LISTING = "listing"  # which files are there
    ADDING = "adding"  # rows are added, or made to wait again, some at a time
    QUEUED = "queued"
    ENCODING = "encoding"
    ENDED = "ended"


def _none() -> Numbers:
    return np.zeros(0, np.int64)


def _numbers(rows: range | Numbers) -> Numbers:
    return np.arange(rows.start, rows.stop, dtype=np.int64) if isinstance(rows, range) else rows


@dataclass(eq=False, slots=True)
class Order:
    """Files and folders that were dropped, opened or pasted, rows to encode (again), or an export to open.

    ``stage`` and the rows are the window's thread's; ``cancelled`` may be looked at from any.
    """

    stage: Stage
    steps: Iterator[None] | None = None  # what is to be done on the window's thread, with turns of others in between
    folders: tuple[str, ...] = ()  # among what was given
    exports: tuple[str, ...] = ()  # among what was given
    listing: Listing = field(default_factory=lambda: Listing("", (), ()))
    seen: dict[str, FileIdentity] = field(default_factory=dict)  # files in the table that don't look as they did
    found: int = 0  # files, while they are listed
    added: int = 0  # how many of the listing's files are in the table
    known: Numbers = field(default_factory=_none)  # rows of files that were in the table
    again: Numbers = field(default_factory=_none)  # rows that were in the table and are encoded again
    is_anew: bool = False  # what is in the table already is encoded again in any case
    origins: tuple[Origin, ...] = ()  # what was given and exists, as it is to be listed another time
    is_update: bool = False  # the table's own folders and files were given: what is different is told
    encodes: bool = True  # what is new or has changed; else it is only marked
    gone: tuple[str, ...] = ()  # files in the table that aren't there any more
    away: tuple[str, ...] = ()  # folders in which nothing was found
    beside: frozenset[str] = frozenset()  # files listed that aren't worth a word when they are new
    fresh: Numbers = field(default_factory=_none)  # rows that it added
    is_part: bool = False  # of another, which is listed still
    parts: list[Order] = field(default_factory=list)
    _rows: list[range | Numbers] = field(default_factory=list)
    _cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def rows(self) -> Numbers:
        """What to encode, as far as it is known: joined when it is looked at, not with each slice that is added."""
        parts = [_numbers(part) for part in self._rows]
        joined = parts[0] if len(parts) == 1 else np.concatenate([_none(), *parts])
        self._rows = [joined]
        return joined

    def add_rows(self, *parts: range | Sequence[int] | Numbers) -> None:
        """Encode these, too."""
        for part in parts:
            last = self._rows[-1] if self._rows else None
            if isinstance(part, range) and isinstance(last, range) and last.stop == part.start:
                self._rows[-1] = range(last.start, part.stop)
            elif len(part):
                self._rows.append(part if isinstance(part, range) else np.asarray(part, np.int64))

    def note_found(self, count: int) -> None:
        """How many files there are so far. On the listing's thread."""
        self.found = count

    def part(self, listing: Listing, seen: dict[str, FileIdentity]) -> Order:
        """Make an order for what was found since the last, to be encoded while the rest is listed; Stop is for both."""
        self.parts.append(Order(Stage.ADDING, listing=listing, seen=seen, is_part=True, _cancel=self._cancel))
        return self.parts[-1]

    def cancel(self) -> None:
        """End it soon, at whatever stage it is. What is done is kept."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """Whether it is to end."""
        return self._cancel.is_set()
