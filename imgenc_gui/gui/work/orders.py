"""What a person asked for, as one object each: it goes through all stages of the work with one cancel flag."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum

from imgenc_gui.core.listing import Listing


class Stage(Enum):
    """How far an order has come."""

    LISTING = "listing"  # which files are there
    ADDING = "adding"  # rows are added, some at a time
    QUEUED = "queued"
    ENCODING = "encoding"
    ENDED = "ended"


@dataclass(eq=False, slots=True)
class Order:
    """Files and folders that were dropped, opened or pasted, or rows to encode (again).

    ``stage`` and the rows are the window's thread's; ``cancelled`` may be looked at from any.
    """

    stage: Stage
    rows: list[int] = field(default_factory=list)  # to encode
    folders: tuple[str, ...] = ()  # among what was given
    listing: Listing = field(default_factory=lambda: Listing("", (), ()))
    added: int = 0  # how many of the listing's files are in the table
    _cancel: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """End it soon, at whatever stage it is. What is done is kept."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """Whether it is to end."""
        return self._cancel.is_set()
