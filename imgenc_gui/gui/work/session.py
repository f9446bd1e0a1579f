"""What goes on behind the window: orders are listed, become rows, are encoded, and are counted."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from itertools import chain, compress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage

from imgenc_gui.core import ending
from imgenc_gui.core.collecting import is_export
from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.files.temporaries import Folder
from imgenc_gui.core.files.together import tidy
from imgenc_gui.core.formats.being_read import BEING_READ
from imgenc_gui.core.listing import MADE_BY_PROGRAMS, Excluded, Listing, Origin, Refused, common_folder, list_files
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import FailureCode, FileIdentity, ImageFailure, ImageResult
from imgenc_gui.core.states import State
from imgenc_gui.core.uncollected import release
from imgenc_gui.core.workers import PictureEncoder
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.origins import find_difference, look_again, may_be_picture
from imgenc_gui.gui.work.outcome import Outcome
from imgenc_gui.gui.work.pasted import pasted_folder, save_private, usual_root
from imgenc_gui.gui.work.runner import EncodeRunner, Summary

log = logging.getLogger(__name__)

EncoderFactory = Callable[[Options], PictureEncoder]

_PAIR = 2
_SLICE = 2000  # rows added, or changed, at a time: some milliseconds
_STEPS_SECONDS = 0.01  # of such steps in one turn of the event loop
_LEAVE_MS = 250  # for a disk to answer after a stop


class Activity(Enum):
    """What the session is doing."""

    IDLE = "idle"
    OPENING = "opening"
    LISTING = "listing"
    ENCODING = "encoding"
    STOPPING = "stopping"


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
    rows: Numbers = field(default_factory=lambda: _NONE)  # those that are new
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


@dataclass(frozen=True, slots=True, eq=False)
class Removed:
    """Rows that were taken off the table. ``awaited``: those of them that were to be encoded."""

    rows: Numbers
    awaited: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Aside:
    """All that was on the table: its rows, the folders that names are relative to, and what couldn't be listed."""

    removed: Removed
    roots: tuple[str, ...]
    refused: Mapping[str, Refused]


class _Ticket(NamedTuple):
    """Which row a result is for, and for which of its generations it was begun."""

    row: int
    generation: int


@dataclass(slots=True)
class _Sitting:
    """Orders that are encoded together: runs over rows that lack the same methods, one after the other."""

    orders: list[Order]
    options: Options
    runs: list[tuple[tuple[Method, ...], Numbers]]  # to come; the last is the next
    planned: int  # pictures of all runs
    kept: bool  # by the library
    begun: int = 0  # whose turn has come
    done: int = 0
    passed_over: int = 0  # rows that were removed before their turn came
    errors: int = 0  # workers that broke
    seen: dict[int, FileIdentity] = field(default_factory=dict)  # what rows' files looked like since it began

    def cancelled(self) -> bool:
        return all(order.cancelled() for order in self.orders)


_NONE: Numbers = np.zeros(0, np.int64)


class Session(QObject):
    """Owns the rows, the orders and the runner. Everything here is on the window's thread and returns at once."""

    activity_changed = Signal()
    added = Signal(object)  # Added
    compared = Signal(object)  # Compared
    noticed = Signal()  # what some files look like now: they may have changed
    failed = Signal(object)  # an unexpected exception; the session lives on
    finished = Signal(object)  # Outcome, each time that nothing is left to do

    _listed_part = Signal(object, object, object)  # Order, Listing, what its files look like; on the listing's thread

    def __init__(
        self,
        settings: Settings,
        live: LiveRows,
        encoder_factory: EncoderFactory | None = None,
        parent: QObject | None = None,
        *,
        keeping: Keeping | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._keeping = keeping or Keeping(settings, parent=self)
        self._encoder_factory = encoder_factory or self._keeping.encoder
        self.live = live
        self.runner = EncodeRunner(self)
        self.runner.results_ready.connect(self._take_results)
        self.runner.finished.connect(self._end_run)
        self.runner.failed.connect(self.failed)
        self._lister = Jobs(1, self.failed.emit, self)  # the listing's own thread: disks may be slow
        self._checker = Jobs(1, self.failed.emit, self)  # so has what nobody waits for
        self._listed_part.connect(self._take_part, Qt.ConnectionType.QueuedConnection)
        self._check: Order | None = None  # while the disk is asked in the background
        self._orders: list[Order] = []  # that haven't ended, oldest first
        self._sitting: _Sitting | None = None
        self._stepper = self._timer(self._take_steps)
        self._starter = self._timer(self._start_next)
        self._starter.setSingleShot(True)
        self._teller = self._timer(self.activity_changed.emit)  # of a million rows that takes a turn
        self._teller.setSingleShot(True)
        self._leaver = self._timer(self._leave_disk)
        self._leaver.setSingleShot(True)
        self._leaver.setInterval(_LEAVE_MS)
        self._returned = (
            _NONE  # rows of the present work that were removed and put back: they may have been passed over
        )
        self._set_aside = False  # the table was cleared, and its rows are kept until others come
        self._roots: list[str] = []
        self._refused: dict[str, Refused] = {}  # by path: what couldn't be listed when it was last asked for
        self._pasted: Folder | None = None
        self._pasted_count = 0
        self.outcome = Outcome()  # of the present work, or while nothing goes on of the last
        self.is_stopped = False  # a person did so, and what was to be encoded then waits still
        self.is_cut_off = False  # and before all of it was found

    def _timer(self, act: Callable[[], None]) -> QTimer:
        """A timer that fires as soon as other events have had their turn."""
        timer = QTimer(self)
        timer.setInterval(0)
        timer.timeout.connect(act)
        return timer

    # What the window asks

    @property
    def activity(self) -> Activity:
        """What goes on at the moment, read off the orders there are."""
        if not self._orders:
            return Activity.IDLE
        wanted = {order.stage for order in self._orders if not order.cancelled()}
        if Stage.ENCODING in wanted:
            return Activity.ENCODING
        if wanted & {Stage.LISTING, Stage.ADDING}:
            return Activity.LISTING
        if Stage.OPENING in wanted:
            return Activity.OPENING
        if wanted and self._sitting is None:
            return Activity.LISTING
        return Activity.STOPPING  # what is queued begins when that has ended

    @property
    def can_stop(self) -> bool:
        """Whether there is something that Stop hasn't reached yet."""
        return any(not order.cancelled() for order in self._orders)

    @property
    def done(self) -> int:
        """How many pictures of the present work are done; the work of the last time while nothing goes on."""
        sitting = self._sitting
        return self.outcome.done + (sitting.done + sitting.passed_over if sitting is not None else 0)

    @property
    def begun(self) -> int:
        """Of how many pictures it is known already that they must be encoded, and isn't done yet."""
        return self._sitting.begun - self._sitting.done if self._sitting is not None else 0

    @property
    def total(self) -> int:
        """How many pictures the present work has, as far as it is known."""
        queued = sum(len(o.rows) for o in self._orders if o.stage is Stage.QUEUED and not o.cancelled())
        return self.outcome.done + queued + (self._sitting.planned if self._sitting is not None else 0)

    @property
    def found(self) -> int:
        """How many files were found by what is being listed."""
        return sum(max(order.found, len(order.listing.files)) for order in self._listed())

    @property
    def is_listing(self) -> bool:
        """Whether more pictures may come to the present work than ``total`` says."""
        return any(order.encodes for order in self._listed())

    def _listed(self) -> Iterator[Order]:
        stages = (Stage.LISTING, Stage.ADDING)
        return (one for one in self._orders if one.stage in stages and not (one.is_part or one.cancelled()))

    @property
    def options(self) -> Options:
        """What is to be encoded now, and how."""
        settings = self._settings
        return Options(settings.methods, settings.apply_exif_orientation, settings.damaged)

    @property
    def exclude(self) -> Exclusion:
        """What is left out of folders now."""
        return self._settings.exclude

    @property
    def root(self) -> str:
        """The folder that the names of all pictures are relative to."""
        return common_folder(self._roots)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What was brought and couldn't be listed, so that it has no row."""
        return tuple(one for path, one in self._refused.items() if self.live.rows.number(path) is None)

    @property
    def pasted_folder(self) -> str:
        """The folder of pictures from the clipboard; "" when there are none."""
        return str(self._pasted.path) if self._pasted is not None else ""

    def is_pasted(self, row: int) -> bool:
        """Return True for a picture that came from the clipboard."""
        return bool(self.pasted_folder) and os.path.dirname(self.live.rows.paths[row]) == self.pasted_folder  # noqa: PTH120

    def incomplete(self) -> tuple[int, int]:
        """Count the pictures that miss some of the chosen encodings, and those of them that wait to be encoded."""
        options = self.options
        turned, damaged = options.apply_exif_orientation, options.damaged
        return self.live.rows.count_missing(options.methods, turned=turned, damaged=damaged)

    # What the window orders

    def add_paths(self, paths: Sequence[str]) -> None:
        """List files and folders and encode what is new, at once. Exports among them are told in ``added``."""
        if paths:
            self._add_paths(list(paths), Order(Stage.LISTING))

    def _add_paths(self, paths: list[str], order: Order) -> None:
        recursive, exclude = self._settings.recursive, self.exclude

        def listed() -> tuple[tuple[str, ...], Listing]:
            order.exports = tuple(path for path in paths if is_export(path))
            wanted = [path for path in paths if path not in order.exports]
            folders = tuple(path for path in wanted if os.path.isdir(path))  # noqa: PTH112
            for folder in folders:
                tidy(Path(folder))
            if not order.is_anew:  # also if the listing never ends
                order.folders, order.origins = folders, _origins(wanted, folders, order.listing, recursive=recursive)
            handing = None if order.is_anew else hand_on
            listing = list_files(
                wanted,
                recursive,
                stop,
                order.note_found,
                leave_out=MADE_BY_PROGRAMS,
                exclude=exclude,
                hand_on=handing,
            )
            if not order.is_anew:  # without what couldn't be listed
                order.origins = _origins(wanted, folders, listing, recursive=recursive)
            order.seen = look_again(self.live.rows, listing.files, stop)
            return folders, listing

        def hand_on(part: Listing) -> None:
            seen = look_again(self.live.rows, part.files, stop)
            if not self._lister.is_closed():  # also after a stop: what was found waits
                self._listed_part.emit(order, part, seen)

        def stop() -> bool:
            return order.cancelled() or self._lister.is_closed()

        self._list(order, listed)

    def update(self, origins: Sequence[Origin]) -> None:
        """List the table's own folders and files again, and encode what is new or has changed; told in ``compared``."""
        self._forget_check()
        self.is_stopped = self.is_cut_off = False
        for earlier in self._orders:
            if earlier.is_update and earlier.stage is Stage.LISTING:
                earlier.cancel()  # this one tells
        order = Order(Stage.LISTING, is_update=True)
        exclude = self.exclude
        self._list(order, lambda: self._find_difference(order, origins, exclude, self._lister.is_closed))

    def check(self, origins: Sequence[Origin]) -> None:
        """The same in the background, where a disk may take its time; nothing is encoded."""
        self._forget_check()
        self._check = order = Order(Stage.LISTING, is_update=True, encodes=False)

        def found(answer: tuple[tuple[str, ...], Listing]) -> None:
            if order.cancelled():
                self._checker.settle()
                return
            self._check = None
            self.begin(order)
            self._take_listing(order, answer)

        def failed(error: Exception) -> None:
            if order.cancelled():
                self._checker.settle()
            self.failed.emit(error)

        exclude, is_closed = self.exclude, self._checker.is_closed
        self._checker.run(lambda: self._find_difference(order, origins, exclude, is_closed), found, failed)

    def _forget_check(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None
            self._checker.go_on()

    def _find_difference(
        self, order: Order, origins: Sequence[Origin], exclude: Exclusion, is_closed: Callable[[], bool]
    ) -> tuple[tuple[str, ...], Listing]:
        """On the listing's thread."""

        def stop() -> bool:
            return order.cancelled() or is_closed()

        found = find_difference(self.live.rows, origins, stop, order.note_found, exclude)
        order.seen, order.gone, order.away = found.seen, found.gone, found.away
        files = found.listing.files
        order.beside = frozenset(path for path in files if not stop() and not self._is_worth_a_word(path))
        return tuple(one.path for one in origins if one.is_folder), found.listing

    def _is_worth_a_word(self, path: str) -> bool:
        """Whether it is told that a file is new or has changed; one that can't be read may be neither."""
        return may_be_picture(path) and (self.live.rows.number(path) is not None or os.access(path, os.R_OK))

    def add_image(self, image: QImage) -> None:
        """Encode a picture from the clipboard. It becomes a file in a folder of ours that ends with the session."""
        if self._pasted is None:
            try:
                self._pasted = pasted_folder(usual_root())
            except OSError:
                log.warning("There is no folder for pictures from the clipboard", exc_info=True)
            else:
                ending.before(self._pasted.remove)
        self._pasted_count += 1
        folder = self.pasted_folder
        path = os.path.join(folder, self.tr("Pasted picture {0}.png").format(self._pasted_count))  # noqa: PTH118

        def saved() -> tuple[tuple[str, ...], Listing]:
            if not folder or not save_private(image, path):
                return (), Listing("", (), (Refused(path, ImageFailure(FailureCode.UNREADABLE, "clipboard")),))
            return (), Listing("", (path,), ())

        self._list(Order(Stage.LISTING), saved)

    def encode(self) -> None:
        """Encode whatever misses some of the chosen encodings."""
        self.is_stopped = False
        options = self.options
        turned, damaged = options.apply_exif_orientation, options.damaged
        plan = self.live.rows.plan(options.methods, turned=turned, damaged=damaged)
        self._order_rows(_joined(*plan.values()))

    def encode_again(self, rows: Sequence[int] | Numbers) -> None:
        """Encode rows anew, from the files as they are now; what they have stays until then.

        What has no file keeps what it has, unless there is one again.
        """
        chosen = np.asarray(rows, np.int64)
        gone = self.live.rows.gone[chosen]
        paths = [self.live.rows.paths[row] for row in chosen[gone].tolist()]
        if not gone.all():
            order = Order(Stage.ADDING)
            self.begin(order)
            self._step(order, self._begin_anew(order, chosen[~gone]))
        if paths:
            self._add_paths(paths, Order(Stage.LISTING, is_anew=True))

    def _begin_anew(self, order: Order, rows: Numbers) -> Iterator[None]:
        yield from self._make_wait(order, rows)
        self._queue(order)

    def _make_wait(self, order: Order, rows: Numbers) -> Iterator[None]:
        """Let rows be encoded anew with the order."""
        while self.live.rows.own_next():
            yield
        for part in _parts(rows):
            if order.cancelled():
                return
            self._keeping.distrust(self.live.rows.paths[row] for row in part.tolist())
            self.live.expect(part)
            order.add_rows(part)
            yield

    def _order_rows(self, rows: Sequence[int] | Numbers) -> None:
        order = Order(Stage.QUEUED)
        order.add_rows(rows)
        self.begin(order)
        self._queue(order)

    def see(self, path: str, file: FileIdentity | None) -> None:
        """Take in what a picture's file looks like now: a changed one is marked."""
        row = self.live.rows.number(path)
        if row is not None and file is not None and self.live.rows.is_unlike(row, file):
            self.see_all({path: file})

    def see_all(self, files: Mapping[str, FileIdentity]) -> int:
        """Take in what files look like now; how many have encodings of what they were before."""
        rows = self.live.rows
        again = np.asarray(self._see(files), np.int64)
        self.noticed.emit()
        return int(np.count_nonzero(rows.changed[again] & (rows.states[again] == State.ENCODED)))

    def _see(self, files: Mapping[str, FileIdentity]) -> list[int]:
        """Note what files look like; the rows that are to be encoded again."""
        numbered = ((self.live.rows.number(path), file) for path, file in files.items())
        seen = {row: file for row, file in numbered if row is not None and not self.live.rows.is_removed(row)}
        if self._sitting is not None:  # they may be read just now, as they were before
            self._sitting.seen.update(seen)
        return self.live.see(seen)

    def _left_waiting(self, rows: Numbers) -> Numbers:
        """Those of the rows that a stopped order has left: they wait, and nothing that goes on will come to them."""
        left = np.zeros(len(self.live.rows), np.bool_)
        left[rows] = True
        left &= self.live.rows.pending
        for order in self._orders:
            if not order.cancelled():
                left[order.rows] = False
        return np.flatnonzero(left)

    def remove(self, rows: Sequence[int] | Numbers) -> Removed:
        """Take rows off the table, also while they are encoded; their files stay where they are."""
        awaited = np.zeros(len(self.live.rows), np.bool_)
        for order in self._orders:
            if not order.cancelled():
                awaited[order.rows] = True
        removed = self.live.remove(rows)
        self._teller.start()
        return Removed(removed, removed[awaited[removed]] if self._orders else _NONE)

    def put_back(self, removed: Removed) -> None:
        """Put rows back as they were; those that were to be encoded are."""
        back = self.live.put_back(removed.rows)
        if removed.awaited.size:
            wanted = np.intersect1d(removed.awaited, back, assume_unique=True)
            left = self._left_waiting(wanted)
            if left.size:
                self._order_rows(left)
            self._returned = _joined(self._returned, np.setdiff1d(wanted, left))
        self._teller.start()

    def set_aside(self) -> Aside:
        """Empty the table, so that it can be put back until other work begins. Only while nothing goes on."""
        if self._orders:
            raise RuntimeError("still at work")
        self._forget_check()
        removed = Removed(self.live.remove(np.arange(len(self.live.rows))), _NONE)
        aside = Aside(removed, tuple(self._roots), dict(self._refused))
        self._roots.clear()
        self._refused.clear()
        self.outcome = Outcome()
        self._set_aside = True
        self._teller.start()
        return aside

    def take_back(self, aside: Aside) -> None:
        """Put on the table again what was set aside."""
        self._set_aside = False
        self._roots, self._refused = list(aside.roots), dict(aside.refused)
        self.put_back(aside.removed)

    def stop(self) -> None:
        """Cancel every order. What is done is kept, what was found waits."""
        going = [order for order in self._orders if not order.cancelled()]
        self.is_stopped = self.is_stopped or bool(going)
        is_cut_off = any(order.stage is Stage.LISTING and order.encodes and not order.is_anew for order in going)
        self.is_cut_off = self.is_cut_off or is_cut_off
        self.outcome.is_stopped, self.outcome.is_cut_off = self.is_stopped, self.is_cut_off
        for order in self._orders:
            order.cancel()
        self.end(order for order in self._orders if order.stage is Stage.QUEUED)  # others end with what they are at
        self._leaver.start()

    def _leave_disk(self) -> None:
        """End what has been stopped and is listed still: its thread waits for a disk, and nobody waits for it."""
        stuck = [order for order in self._orders if order.stage is Stage.LISTING and order.cancelled()]
        for order in stuck:
            self._lister.go_on()
            self._tell_of_parts(order)
        self.end(stuck)

    def _tell_of_parts(self, order: Order) -> None:
        """Tell what a listing that ends early has brought."""
        if order.parts:
            self.added.emit(self._what_was_added(order))

    def clear(self) -> None:
        """Empty the table. Only while nothing goes on."""
        if self._orders:
            raise RuntimeError("still at work")
        self._forget_check()
        self._forget()
        self._roots.clear()
        self._refused.clear()
        self.outcome = Outcome()
        self.activity_changed.emit()

    @property
    def is_set_aside(self) -> bool:
        """Whether the table was cleared: its rows come back as they were, or go when others come."""
        return self._set_aside

    @property
    def is_emptied(self) -> bool:
        """Whether all rows were removed, and nothing goes on."""
        rows = self.live.rows
        return bool(len(rows)) and not rows.count and not self._orders

    def _forget(self) -> None:
        self._set_aside = self.is_stopped = self.is_cut_off = False
        self._returned = _NONE
        self._checker.run(partial(release, self.live.clear()), lambda _nothing: None)

    def quit(self) -> None:
        """Tell all work to end; nothing is delivered any more."""
        for order in self._orders:
            order.cancel()
        self._forget_check()
        self._stepper.stop()
        self._starter.stop()
        self._teller.stop()
        self._leaver.stop()
        self.runner.quit()
        self._lister.quit()
        self._checker.quit()

    def close(self, milliseconds: int = 1000) -> bool:
        """End all work and wait for it. True when all threads have ended in time."""
        self.quit()
        deadline = time.monotonic() + milliseconds / 1000
        ended = self.runner.wait(milliseconds)
        for jobs in (self._lister, self._checker):
            ended = jobs.wait(max(0, int(1000 * (deadline - time.monotonic())))) and ended
        if self._pasted is not None and ended:
            self._pasted.remove()
        return ended

    # Listing and adding

    def _list(self, order: Order, find: Callable[[], tuple[tuple[str, ...], Listing]]) -> None:
        self.begin(order)

        def listed(found: tuple[tuple[str, ...], Listing]) -> None:
            if not self._was_left(order):
                self._take_listing(order, found)

        def failed(error: Exception) -> None:
            if not self._was_left(order):
                self.break_off([order], error)

        self._lister.run(find, listed, failed)

    def _was_left(self, order: Order) -> bool:
        """Whether a disk answers at last, when nobody waits for it any more."""
        if order.stage is not Stage.ENDED:
            return False
        self._lister.settle()
        return True

    def _take_listing(self, order: Order, found: tuple[tuple[str, ...], Listing]) -> None:
        order.folders, order.listing = found
        order.stage = Stage.ADDING
        if order.listing.root and (order.listing.files or order.parts):
            self._roots.append(order.listing.root)
        self._note_refused(order)
        self._step(order, self._add(order))

    def _take_part(self, order: Order, listing: Listing, seen: dict[str, FileIdentity]) -> None:
        """Encode what was found so far while the rest is listed."""
        if order.stage is not Stage.LISTING:
            return
        part = order.part(listing, seen)
        self._orders.insert(self._orders.index(order), part)  # it is added before the rest
        self.note_root(listing.root)
        self.activity_changed.emit()
        self._step(part, self._add(part))

    def note_root(self, folder: str) -> None:
        """Take a folder for one that names are relative to."""
        if folder and folder not in self._roots:
            self._roots.append(folder)

    def _note_refused(self, order: Order) -> None:
        """Keep what couldn't be listed, and forget what was refused before in the folders that were listed now."""
        again = tuple(os.path.join(os.path.abspath(folder), "") for folder in order.folders)  # noqa: PTH100, PTH118
        kept = {path: one for path, one in self._refused.items() if not os.path.join(path, "").startswith(again)}  # noqa: PTH118
        kept.update((one.path, one) for one in order.listing.refused if one.failure.detail != "clipboard")
        self._refused = kept

    def _step(self, order: Order, steps: Iterator[None]) -> None:
        """Begin what is done step by step."""
        order.steps = steps
        self._stepper.start()
        self._take_steps()

    def _take_steps(self) -> None:
        """Take some steps of the oldest order that has any; the event loop comes in between."""
        order = next((order for order in self._orders if order.steps is not None), None)
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
            self.break_off([order], error)

    def _add(self, order: Order) -> Iterator[None]:
        """Add a row for each file that was listed, and note what the others look like."""
        files, live = order.listing.files, self.live
        known, again = [_NONE], [_NONE]
        yield from live.rows.reserve(files)
        for first in range(0, len(files), _SLICE):
            portion = files[first : first + _SLICE]
            back = live.bring_back(portion) if not order.is_update else _NONE
            added = live.append(portion)
            order.add_rows(added, back)
            if len(added) < len(portion):
                ours = {*back.tolist()}
                numbers = map(live.rows.number, portion)
                others = [row for row in numbers if row is not None and row not in added and row not in ours]
                known.append(np.array(others, np.int64))
            if order.seen:
                seen = {path: order.seen[path] for path in portion if path in order.seen}
                again.append(np.array(self._see(seen), np.int64))
            yield
        order.known, order.again = _joined(*known), _joined(*again)
        if order.is_update:
            yield from self._end_update(order)
            return
        order.fresh = order.rows
        order.add_rows(order.again, self._left_waiting(order.known))
        if order.is_anew:
            yield from self._make_wait(order, order.known)
        self._queue(order)
        if not order.is_part:
            self.added.emit(self._what_was_added(order))

    def _what_was_added(self, order: Order) -> Added:
        whole = [*order.parts, order]
        count = sum(len(one.listing.files) for one in whole)
        most = 1 if order.folders else _PAIR
        files = [path for one in whole for path in one.listing.files] if count <= most else []
        few = tuple(row for row in map(self.live.rows.number, files) if row is not None)
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
        for first in range(0, len(order.gone), _SLICE):
            gone = map(self.live.rows.number, order.gone[first : first + _SLICE])
            self.live.note_gone([row for row in gone if row is not None])
            yield
        if order.encodes:
            order.add_rows(self._left_waiting(order.known))
        new = yield from self._count_pictures(order.rows, order.beside)
        changed = yield from self._count_pictures(order.again, order.beside)
        order.add_rows(order.again)
        if order.gone:
            self.live.settle()  # whoever compares looks at what is there first
        if order.encodes:
            self._queue(order)
        else:
            self.end([order])
        if not order.cancelled():  # else what wasn't looked at may be different, too
            self.compared.emit(Compared(changed, new, order.gone, order.away, is_update=order.encodes))

    def _count_pictures(self, rows: Numbers, beside: Collection[str]) -> Generator[None, None, int]:
        """How many of the rows are pictures, but for those ``beside`` that aren't worth a word."""
        known = self.live.rows
        pictures = rows[known.states[rows] != State.NOT_A_PICTURE]
        count: int = pictures.size
        for part in _parts(pictures) if beside else ():
            count -= sum(known.paths[row] in beside for row in part.tolist())
            yield
        return count

    # Encoding

    def begin(self, order: Order) -> None:
        """Take an order up; whoever does ends it."""
        if self._set_aside:
            self._forget()
        if not self._orders:
            self.outcome = Outcome()
        self._orders.append(order)
        self.activity_changed.emit()

    def _queue(self, order: Order) -> None:
        if order.cancelled():
            self.end([order])
            return
        order.stage = Stage.QUEUED
        self._starter.start()  # not at once: painting comes in between
        self.activity_changed.emit()

    def end(self, orders: Iterable[Order]) -> None:
        """Take orders off the list; whoever waits for the end of all work is told with the last of them."""
        ended = list(orders)
        for order in ended:
            order.stage = Stage.ENDED
            self._orders.remove(order)
        is_all = bool(ended) and not self._orders
        if is_all:
            self.outcome.end()
            self.is_stopped = self.is_stopped and bool(self.live.rows.pending.any())
        self.activity_changed.emit()
        if is_all:
            self.finished.emit(self.outcome)

    def break_off(self, orders: Iterable[Order], error: BaseException) -> None:
        """End orders that met an unexpected error."""
        ended = list(orders)
        for order in ended:
            if order.stage is Stage.LISTING:
                self._tell_of_parts(order)
        self.end(ended)
        self.failed.emit(error)

    def _start_next(self) -> None:
        """Take up all orders that are queued, unless others are being encoded: these come when those end."""
        orders = [order for order in self._orders if order.stage is Stage.QUEUED]
        if self._sitting is not None or not orders:
            return
        if self.live.rows.own_next():  # results will be written: one column at a time
            self._starter.start()
            return
        options = self.options
        turned = options.apply_exif_orientation
        is_wanted = np.zeros(len(self.live.rows), np.bool_)
        for order in orders:
            is_wanted[order.rows] = True
        plan = self.live.rows.plan(options.methods, turned=turned, damaged=options.damaged, among=is_wanted)
        runs = sorted(plan.items(), key=lambda run: len(run[1]))  # the longest comes first
        if runs:
            self.outcome.network_failure = None  # what is told at the end is of the methods used last
        for order in orders:
            order.stage = Stage.ENCODING
        kept = self._keeping.memory is not None
        self._sitting = _Sitting(orders, options, runs, sum(map(len, plan.values())), kept)
        self._run_next(self._sitting)

    def _run_next(self, sitting: _Sitting) -> None:
        """Begin the sitting's next run, or end it."""
        if not sitting.runs or sitting.cancelled():
            self._end_sitting(sitting)
            return
        methods, rows = sitting.runs.pop()
        try:
            encoder = self._encoder_factory(replace(sitting.options, methods=methods))
            workers = min(len(rows), self._settings.worker_count())
            self.runner.start(encoder, self._tickets(sitting, rows), workers, sitting.cancelled)
        except Exception as error:  # noqa: BLE001 - told through failed; the other orders go on
            self._end_sitting(sitting)
            self.failed.emit(error)
        else:
            self.activity_changed.emit()

    def _end_sitting(self, sitting: _Sitting) -> None:
        self.outcome.done += sitting.done + sitting.passed_over
        self._sitting = None
        self.live.settle()
        returned, self._returned = self._returned, _NONE
        missed = returned[self.live.rows.pending[returned]]
        if missed.size and not (sitting.cancelled() or sitting.errors):
            self._order_rows(missed)
        self._starter.start()
        self.end(sitting.orders)

    def _tickets(self, sitting: _Sitting, wanted: Numbers) -> Iterator[tuple[_Ticket, str]]:
        """Pulled by the workers: what is current when a picture's turn comes, what imgenc may have died of first."""
        rows = self.live.rows
        suspected = np.isin(wanted, [row for row in map(rows.number, BEING_READ.paths) if row is not None])
        for part in chain([wanted[suspected]], _parts(wanted[~suspected])):
            for row in part.tolist():
                if rows.is_removed(row):  # whoever pulls does so alone
                    sitting.passed_over += 1
                else:
                    sitting.begun += 1
                    yield _Ticket(row, rows.generation(row)), rows.paths[row]

    def _take_results(self, results: Sequence[tuple[_Ticket, ImageResult]], looked_up: int) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        sitting.done += len(results)
        self.outcome.take([result for _, result in results], looked_up)
        rows, tickets = self.live.rows, [ticket for ticket, _ in results]
        are_current = rows.are_current([one.row for one in tickets], [one.generation for one in tickets])
        current = [(ticket.row, result) for ticket, result in compress(results, are_current)]
        turned = sitting.options.apply_exif_orientation
        again = self.live.apply(current, turned=turned, kept=sitting.kept)
        if self._pasted is not None:  # their files end with the session
            rows.forget_kept([row for row, _ in current if self.is_pasted(row)])
        late = [(row, sitting.seen.pop(row), result.file) for row, result in current if row in sitting.seen]
        again += self.live.see({row: seen for row, seen, read in late if read != seen})
        if again and not sitting.cancelled():
            self._order_rows(again)

    def _end_run(self, summary: Summary) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        sitting.errors = summary.errors
        if summary.errors:
            sitting.runs.clear()  # the defect would meet the same pictures again
        self._run_next(sitting)


def _joined(*parts: Sequence[int] | Numbers) -> Numbers:
    return np.concatenate([np.zeros(0, np.int64), *(np.asarray(part, np.int64) for part in parts)])


def _parts(rows: Numbers) -> Iterator[Numbers]:
    """Some rows at a time."""
    return (rows[first : first + _SLICE] for first in range(0, rows.size, _SLICE))


def _origins(paths: Sequence[str], folders: Sequence[str], listing: Listing, *, recursive: bool) -> tuple[Origin, ...]:
    """What was given and could be listed."""
    refused, are_folders = {one.path for one in listing.refused}, set(folders)
    given = [(os.path.abspath(path), path in are_folders) for path in paths if path]  # noqa: PTH100
    return tuple(Origin(path, folder, folder and recursive) for path, folder in given if path not in refused)
