"""What goes on behind the window, as the rest of it sees it: what may be asked, what may be ordered, what is told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.listing import Listing, Origin, Refused, common_folder
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, FileIdentity, ImageFailure
from imgenc_gui.core.states import State
from imgenc_gui.core.uncollected import release
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.adder import Adder, Brought
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.lister import Found, Lister
from imgenc_gui.gui.work.live_rows import NO_ROWS, LiveRows
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.outcome import Outcome
from imgenc_gui.gui.work.pasted import Pasted
from imgenc_gui.gui.work.present_work import PresentWork
from imgenc_gui.gui.work.sittings import EncoderFactory, Sittings


class Activity(Enum):
    """What the session is doing."""

    IDLE = "idle"
    OPENING = "opening"
    LISTING = "listing"
    ENCODING = "encoding"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, eq=False)
class Removed:
    """Rows that were taken off the table. ``awaited``: those of them that were to be encoded."""

    rows: Numbers
    awaited: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Aside:
    """All that was on the table."""

    removed: Removed
    brought: Brought


class Session(QObject):
    """Puts the stages of the work together. Everything here is on the window's thread and returns at once.

    An order goes from the lister to the adder, and from there to a sitting; ``work`` knows all that haven't ended.
    """

    activity_changed = Signal()
    added = Signal(object)  # Added
    compared = Signal(object)  # Compared
    noticed = Signal()  # what some files look like now: they may have changed
    failed = Signal(object)  # an unexpected exception; the session lives on
    finished = Signal(object)  # Outcome, each time that nothing is left to do

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
        keeping = keeping or Keeping(settings, parent=self)
        self.live = live
        self.work = PresentWork(live.rows, self)
        self.work.begins.connect(self._end_aside)
        self.work.changed.connect(self.activity_changed)
        self.work.failed.connect(self.failed)
        self.work.ended.connect(self.finished)
        self._pasted = Pasted()
        factory = encoder_factory or keeping.encoder
        self._sittings = Sittings(
            settings, live, self.work, self, keeping=keeping, pasted=self._pasted, encoder_factory=factory
        )
        self._adder = Adder(live, self.work, self._sittings, keeping, self)
        self._adder.added.connect(self.added)
        self._adder.compared.connect(self.compared)
        self._checker = Jobs(1, self.failed.emit, self)  # a thread for what nobody waits for
        self._lister = Lister(settings, live.rows, self.work, self._adder, self, checker=self._checker)
        self._teller = QTimer(self)  # when other events have had their turn: of a million rows it takes one
        self._teller.setSingleShot(True)
        self._teller.timeout.connect(self.activity_changed)
        self._set_aside = False  # the table was cleared, and its rows are kept until others come

    # What the window asks

    @property
    def activity(self) -> Activity:
        """What goes on at the moment, read off the orders there are."""
        if not self.work.orders:
            return Activity.IDLE
        wanted = {order.stage for order in self.work.orders if not order.cancelled()}
        if Stage.ENCODING in wanted:
            return Activity.ENCODING
        if wanted & {Stage.LISTING, Stage.ADDING}:
            return Activity.LISTING
        if Stage.OPENING in wanted:
            return Activity.OPENING
        if wanted and self._sittings.is_idle:
            return Activity.LISTING
        return Activity.STOPPING  # what is queued begins when that has ended

    @property
    def can_stop(self) -> bool:
        """Whether there is something that Stop hasn't reached yet."""
        return any(not order.cancelled() for order in self.work.orders)

    @property
    def outcome(self) -> Outcome:
        """What came of the present work, or while nothing goes on of the last."""
        return self.work.outcome

    @property
    def is_stopped(self) -> bool:
        """Whether a person stopped the work, and what was to be encoded then waits still."""
        return self.work.is_stopped

    @property
    def is_cut_off(self) -> bool:
        """Whether that was before all of it was found."""
        return self.work.is_cut_off

    @property
    def done(self) -> int:
        """How many pictures of the present work are done; the work of the last time while nothing goes on."""
        return self.outcome.done + self._sittings.done

    @property
    def begun(self) -> int:
        """Of how many pictures it is known already that they must be encoded, and isn't done yet."""
        return self._sittings.begun

    @property
    def total(self) -> int:
        """How many pictures the present work has, as far as it is known."""
        queued = sum(len(o.rows) for o in self.work.orders if o.stage is Stage.QUEUED and not o.cancelled())
        return self.outcome.done + queued + self._sittings.planned

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
        return (one for one in self.work.orders if one.stage in stages and not (one.is_part or one.cancelled()))

    @property
    def options(self) -> Options:
        """What is to be encoded now, and how."""
        return self._settings.options

    @property
    def exclude(self) -> Exclusion:
        """What is left out of folders now."""
        return self._settings.exclude

    @property
    def root(self) -> str:
        """The folder that the names of all pictures are relative to."""
        return common_folder(self._adder.brought.roots)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What was brought and couldn't be listed, so that it has no row."""
        refused = self._adder.brought.refused
        return tuple(one for path, one in refused.items() if self.live.rows.number(path) is None)

    @property
    def pasted_folder(self) -> str:
        """The folder of pictures from the clipboard; "" when there are none."""
        return self._pasted.folder

    def is_pasted(self, row: int) -> bool:
        """Return True for a picture that came from the clipboard."""
        return self._pasted.holds(self.live.rows.paths[row])

    def incomplete(self) -> tuple[int, int]:
        """Count the pictures that miss some of the chosen encodings, and those of them that wait to be encoded."""
        options = self.options
        turned, damaged = options.apply_exif_orientation, options.damaged
        return self.live.rows.count_missing(options.methods, turned=turned, damaged=damaged)

    # What the window orders

    def add_paths(self, paths: Sequence[str]) -> None:
        """List files and folders and encode what is new, at once. Exports among them are told in ``added``."""
        if paths:
            self._lister.add_paths(list(paths))

    def update(self, origins: Sequence[Origin]) -> None:
        """List the table's own folders and files again, and encode what is new or has changed; told in ``compared``."""
        self._lister.update(origins)

    def check(self, origins: Sequence[Origin]) -> None:
        """The same in the background, where a disk may take its time; nothing is encoded."""
        self._lister.check(origins)

    def add_image(self, image: QImage) -> None:
        """Encode a picture from the clipboard. It becomes a file in a folder of ours that ends with the session."""
        path = self._pasted.next_path(self.tr("Pasted picture {0}.png"))

        def saved() -> Found:
            if not self._pasted.save(image, path):
                return (), Listing("", (), (Refused(path, ImageFailure(FailureCode.UNREADABLE, "clipboard")),))
            return (), Listing("", (path,), ())

        self._lister.take_up(Order(Stage.LISTING), saved)

    def note_root(self, folder: str) -> None:
        """Take a folder for one that names are relative to."""
        self._adder.brought.note_root(folder)

    def encode(self) -> None:
        """Encode whatever misses some of the chosen encodings."""
        self.work.is_stopped = False
        self._sittings.encode_missing()

    def encode_again(self, rows: Sequence[int] | Numbers) -> None:
        """Encode rows anew, from the files as they are now; what they have stays until then.

        What has no file keeps what it has, unless there is one again.
        """
        chosen = np.asarray(rows, np.int64)
        gone = self.live.rows.gone[chosen]
        paths = [self.live.rows.paths[row] for row in chosen[gone].tolist()]
        if not gone.all():
            self._adder.encode_anew(chosen[~gone])
        if paths:
            self._lister.add_paths(paths, is_anew=True)

    def see(self, path: str, file: FileIdentity | None) -> None:
        """Take in what a picture's file looks like now: a changed one is marked."""
        row = self.live.rows.number(path)
        if row is not None and file is not None and self.live.rows.is_unlike(row, file):
            self.see_all({path: file})

    def see_all(self, files: Mapping[str, FileIdentity]) -> int:
        """Take in what files look like now; how many have encodings of what they were before."""
        rows = self.live.rows
        again = np.asarray(self._sittings.see(files), np.int64)
        self.noticed.emit()
        return int(np.count_nonzero(rows.changed[again] & (rows.states[again] == State.ENCODED)))

    def stop(self) -> None:
        """Cancel every order. What is done is kept, what was found waits."""
        self.work.stop()
        self._lister.leave_stopped()

    # Rows that go and come back

    def remove(self, rows: Sequence[int] | Numbers) -> Removed:
        """Take rows off the table, also while they are encoded; their files stay where they are."""
        awaited = self.work.awaited()
        removed = self.live.remove(rows)
        self._teller.start()
        return Removed(removed, removed[awaited[removed]])

    def put_back(self, removed: Removed) -> None:
        """Put rows back as they were; those that were to be encoded are."""
        back = self.live.put_back(removed.rows)
        if removed.awaited.size:
            self._sittings.encode_returned(np.intersect1d(removed.awaited, back, assume_unique=True))
        self._teller.start()

    def set_aside(self) -> Aside:
        """Empty the table, so that it can be put back until other work begins. Only while nothing goes on."""
        if self.work.orders:
            raise RuntimeError("still at work")
        self._lister.forget_check()
        removed = Removed(self.live.remove(np.arange(len(self.live.rows))), NO_ROWS)
        aside = Aside(removed, self._adder.brought)
        self._adder.brought = Brought()
        self.work.outcome = Outcome()
        self._set_aside = True
        self._teller.start()
        return aside

    def take_back(self, aside: Aside) -> None:
        """Put on the table again what was set aside."""
        self._set_aside = False
        self._adder.brought = aside.brought
        self.put_back(aside.removed)

    def clear(self) -> None:
        """Empty the table. Only while nothing goes on."""
        if self.work.orders:
            raise RuntimeError("still at work")
        self._lister.forget_check()
        self._forget()
        self._adder.brought = Brought()
        self.work.outcome = Outcome()
        self.activity_changed.emit()

    @property
    def is_set_aside(self) -> bool:
        """Whether the table was cleared: its rows come back as they were, or go when others come."""
        return self._set_aside

    @property
    def is_emptied(self) -> bool:
        """Whether all rows were removed, and nothing goes on."""
        rows = self.live.rows
        return bool(len(rows)) and not rows.count and not self.work.orders

    def _end_aside(self) -> None:
        if self._set_aside:
            self._forget()

    def _forget(self) -> None:
        self._set_aside = self.work.is_stopped = self.work.is_cut_off = False
        self._sittings.forget()
        self._checker.run(partial(release, self.live.clear()), lambda _nothing: None)

    # The end

    def quit(self) -> None:
        """Tell all work to end; nothing is delivered any more."""
        self.work.cancel()
        self._lister.quit()
        self._adder.quit()
        self._sittings.quit()
        self._teller.stop()
        self._checker.quit()

    def close(self, milliseconds: int = 1000) -> bool:
        """End all work and wait for it. True when all threads have ended in time."""
        self.quit()
        deadline = time.monotonic() + milliseconds / 1000
        ended = self._sittings.runner.wait(milliseconds)
        for jobs in (self._lister, self._checker):
            ended = jobs.wait(max(0, int(1000 * (deadline - time.monotonic())))) and ended
        if ended:
            self._pasted.remove()
        return ended
