"""Makes rows of what was listed, and lets rows wait again: step by step, and the event loop comes in between."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.listing import Excluded, Listing, Origin, Refused
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.states import State
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.live_rows import NO_ROWS, LiveRows, slices
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.present_work import PresentWork
from imgenc_gui.gui.work.sittings import Sittings

_PAIR = 2
_STEPS_SECONDS = 0.01  # of such steps in one turn of the event loop


@dataclass(frozen=True, slots=True)
class Added:
    """What became of dropped, opened or pasted things."""

    few: tuple[int, ...]  # the rows, when it was one picture, or two that were chosen: are they the same?
    new: int
    known: int  # already in the table
    refused: tuple[Refused, ...]
    folders: tuple[str, ...]  # that were given and exist
    again: int = 0  # of those known, encoded again: the files have changed, or couldn't be had the last time
    exports: tuple[str, ...] = ()  # files among them that aren't pictures but exports, to be opened
    origins: tuple[Origin, ...] = ()  # what was given and exists, as it is to be listed another time
    left_out: tuple[str, ...] = ()  # folders in those given that programs made: small copies of pictures
    rows: Numbers = field(default_factory=lambda: NO_ROWS)  # those that are new
    excluded: Excluded = field(default_factory=Excluded)  # of folders, as the settings say


@dataclass(frozen=True, slots=True)
class Compared:
    """What was different about the table's folders and files.

    ``away``: folders in which nothing was found; what is known of them is left as it is. ``is_update``: what is new or
    has changed is encoded, because a person said so; else it waits for that.
    """

    changed: int  # pictures
    new: int
    gone: tuple[str, ...]
    away: tuple[str, ...]
    is_update: bool


@dataclass(slots=True)
class Brought:
    """What is known of all that came to the table, beside its rows."""

    roots: list[str] = field(default_factory=list)  # folders that names are relative to
    refused: dict[str, Refused] = field(default_factory=dict)  # by path: what couldn't be listed when last asked for

    def note_root(self, folder: str) -> None:
        """Take a folder for one that names are relative to."""
        if folder and folder not in self.roots:
            self.roots.append(folder)

    def note_refused(self, order: Order) -> None:
        """Keep what couldn't be listed, and forget what was refused before in the folders that were listed now."""
        again = tuple(os.path.join(os.path.abspath(folder), "") for folder in order.folders)  # noqa: PTH100, PTH118
        kept = {path: one for path, one in self.refused.items() if not os.path.join(path, "").startswith(again)}  # noqa: PTH118
        kept.update((one.path, one) for one in order.listing.refused if one.failure.detail != "clipboard")
        self.refused = kept


class Adder(QObject):
    """Takes orders that were begun, and hands them on to be encoded. On the window's thread, some steps at a time."""

    added = Signal(object)  # Added
    compared = Signal(object)  # Compared

    def __init__(
        self, live: LiveRows, work: PresentWork, sittings: Sittings, keeping: Keeping, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._live = live
        self._work = work
        self._sittings = sittings
        self._keeping = keeping
        self.brought = Brought()
        self._stepper = QTimer(self)
        self._stepper.timeout.connect(self._take_steps)

    def take(self, order: Order, folders: tuple[str, ...], listing: Listing) -> None:
        """Add what was listed; ``folders``: those among what was given."""
        order.folders, order.listing = folders, listing
        order.stage = Stage.ADDING
        if listing.files or order.parts:
            self.brought.note_root(listing.root)
        self.brought.note_refused(order)
        self._step(order, self._add(order))

    def take_part(self, order: Order, listing: Listing, seen: dict[str, FileIdentity]) -> None:
        """Encode what was found so far while the rest is listed."""
        part = order.part(listing, seen)
        self.brought.note_root(listing.root)
        self._work.begin_part(order, part)
        self._step(part, self._add(part))

    def encode_anew(self, rows: Numbers) -> None:
        """Encode rows anew, from the files as they are now; what they have stays until then."""
        order = Order(Stage.ADDING)
        self._work.begin(order)
        self._step(order, self._begin_anew(order, rows))

    def tell_of_parts(self, order: Order) -> None:
        """Tell what a listing that ends early has brought."""
        if order.parts:
            self.added.emit(self._what_was_added(order))

    def quit(self) -> None:
        """Take no step more."""
        self._stepper.stop()

    # Steps

    def _step(self, order: Order, steps: Iterator[None]) -> None:
        """Begin what is done step by step."""
        order.steps = steps
        self._stepper.start()
        self._take_steps()

    def _take_steps(self) -> None:
        """Take some steps of the oldest order that has any; the event loop comes in between."""
        order = next((order for order in self._work.orders if order.steps is not None), None)
        if order is None:
            self._stepper.stop()
            return
        steps, order.steps = order.steps, None  # whoever is told of something may let events be handled
        deadline = time.perf_counter() + _STEPS_SECONDS
        try:
            for _ in steps or ():
                if time.perf_counter() >= deadline:
                    order.steps = steps
                    return
        except Exception as error:  # noqa: BLE001 - told through failed; a timer would try it for ever
            self._work.break_off(order, error)

    def _begin_anew(self, order: Order, rows: Numbers) -> Iterator[None]:
        yield from self._make_wait(order, rows)
        self._sittings.queue(order)

    def _make_wait(self, order: Order, rows: Numbers) -> Iterator[None]:
        """Let rows be encoded anew with the order."""
        while self._live.rows.own_next():
            yield
        for part in slices(rows):
            if order.cancelled():
                return
            self._keeping.distrust(self._live.rows.paths[row] for row in part.tolist())
            self._live.expect(part)
            order.add_rows(part)
            yield

    def _add(self, order: Order) -> Iterator[None]:
        """Add a row for each file that was listed, and note what the others look like."""
        files, live = order.listing.files, self._live
        known, again = [NO_ROWS], [NO_ROWS]
        yield from live.rows.reserve(files)
        for portion in slices(files):
            back = live.bring_back(portion) if not order.is_update else NO_ROWS
            added = live.append(portion)
            order.add_rows(added, back)
            if len(added) < len(portion):
                ours = {*back.tolist()}
                numbers = map(live.rows.number, portion)
                others = [row for row in numbers if row is not None and row not in added and row not in ours]
                known.append(np.array(others, np.int64))
            if order.seen:
                seen = {path: order.seen[path] for path in portion if path in order.seen}
                again.append(np.array(self._sittings.see(seen), np.int64))
            yield
        order.known, order.again = np.concatenate(known), np.concatenate(again)
        if order.is_update:
            yield from self._end_update(order)
            return
        order.fresh = order.rows
        order.add_rows(order.again, self._work.left_waiting(order.known))
        if order.is_anew:
            yield from self._make_wait(order, order.known)
        self._sittings.queue(order)
        if not order.is_part:
            self.added.emit(self._what_was_added(order))

    def _what_was_added(self, order: Order) -> Added:
        whole = [*order.parts, order]
        count = sum(len(one.listing.files) for one in whole)
        most = 1 if order.folders else _PAIR
        files = [path for one in whole for path in one.listing.files] if count <= most else []
        few = tuple(row for row in map(self._live.rows.number, files) if row is not None)
        fresh = np.concatenate([one.fresh for one in whole]) if order.parts else order.fresh
        again = sum(len(one.again) for one in whole)
        listing, new = order.listing, len(fresh)
        return Added(
            few,
            new,
            count - new,
            listing.refused,
            order.folders,
            again,
            order.exports,
            order.origins,
            listing.left_out,
            fresh,
            listing.excluded,
        )

    def _end_update(self, order: Order) -> Iterator[None]:
        """Mark what is gone, tell what is different, and encode it if that is wanted."""
        for portion in slices(order.gone):
            gone = map(self._live.rows.number, portion)
            self._live.note_gone([row for row in gone if row is not None])
            yield
        if order.encodes:
            order.add_rows(self._work.left_waiting(order.known))
        new = yield from self._count_pictures(order.rows, order.beside)
        changed = yield from self._count_pictures(order.again, order.beside)
        order.add_rows(order.again)
        if order.gone:
            self._live.settle()  # whoever compares looks at what is there first
        if order.encodes:
            self._sittings.queue(order)
        else:
            self._work.end([order])
        if not order.cancelled():  # else what wasn't looked at may be different, too
            self.compared.emit(Compared(changed, new, order.gone, order.away, is_update=order.encodes))

    def _count_pictures(self, rows: Numbers, beside: Collection[str]) -> Generator[None, None, int]:
        """How many of the rows are pictures, but for those ``beside`` that aren't worth a word."""
        known = self._live.rows
        pictures = rows[known.states[rows] != State.NOT_A_PICTURE]
        count: int = pictures.size
        for part in slices(pictures) if beside else ():
            count -= sum(known.paths[row] in beside for row in part.tolist())
            yield
        return count
