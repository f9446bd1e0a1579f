"""Asks which pictures of the table are alike, on another thread, and keeps the answer up to date."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.comparing.strictness import criteria_at
from imgenc_gui.core.records.alike import Bands, Criterion
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.rows import Rows
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.work.jobs import Jobs, Urgency
from imgenc_gui.gui.work.live_rows import LiveRows

_PATIENCE = 0.3  # seconds until progress is told
_INTERVAL = 0.1  # between two tellings

_QUESTION = ("compare_methods", "compare_every", "compare_step", "compare_together", "apply_exif_orientation")


@dataclass(frozen=True, slots=True)
class Question:
    """What is alike: by these criteria, any or all of them.

    ``preferred``: rows that are references before all others. ``together``: files that belong to one picture are taken
    as one. ``turned``: encodings of pictures that were turned upright are compared.
    """

    criteria: tuple[Criterion, ...]
    every: bool
    together: bool
    turned: bool
    preferred: tuple[int, ...]

    @property
    def is_quick(self) -> bool:
        """Whether hashes alone are compared."""
        return all(criterion.method.is_hash for criterion in self.criteria)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A question about the rows as they were, and what is alike among them.

    ``compared``: how many pictures. Left out are those whose encodings say nothing (``flat``), whose encodings are of
    pictures turned the other way (``unlike``), and which have no encodings by these methods (``missing``).
    """

    question: Question
    comparable: Comparable
    banded: Banded
    compared: int
    flat: int
    unlike: int
    missing: int

    @property
    def bands(self) -> Bands:
        """The groups."""
        return self.banded.bands


class Comparisons(QObject):
    """Lives on the window's thread, where everything here returns at once. The newest question wins.

    Questions about hashes are asked by themselves whenever work settles; vectors only while somebody looks (``look``).
    """

    changed = Signal()  # the answer, how far the next one is, or whether there is anything to compare

    forgotten = Signal()  # the rows were cleared

    _progressed = Signal(object, object)  # the job's stop flag, a share; emitted on the job's thread

    def __init__(self, settings: Settings, live: LiveRows, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._live = live
        self._jobs = jobs
        self._looked_at = False
        self._frozen: Comparable | None = None
        self._frozen_how: tuple[bool, bool] | None = None  # None: rows have changed since
        self._preferred: tuple[int, ...] = ()
        self._stop: Event | None = None  # of the job that runs
        self._again = False  # ask anew once that has ended
        self.answer: Answer | None = None
        self.progress: float | None = None  # of an answer that takes a while
        self.is_stopped = False  # by a person: what is asked has no answer
        live.appended.connect(self._note_change)
        live.changed.connect(self._note_change)
        live.cleared.connect(self._forget)
        live.settled.connect(self.ask)
        settings.changed.connect(self._apply)
        self._progressed.connect(self._note_progress, Qt.ConnectionType.QueuedConnection)

    # What there is

    @property
    def rows(self) -> Rows:
        """The rows themselves."""
        return self._live.rows

    @property
    def comparable(self) -> Comparable:
        """The rows as they are now, to be compared on any thread."""
        how = (self._settings.apply_exif_orientation, self._settings.compare_together)
        if self._frozen is None or self._frozen_how != how:
            turned, together = self._frozen_how = how
            self._frozen = Comparable.freeze(self._live.rows, turned=turned, together=together)
        return self._frozen

    @property
    def methods(self) -> tuple[Method, ...]:
        """What is compared by: those chosen that rows have, else the first that rows have."""
        there = self.comparable.methods
        return tuple(method for method in self._settings.compare_methods if method in there) or there[:1]

    @property
    def is_running(self) -> bool:
        """Whether an answer is on its way."""
        return self._stop is not None

    # What to do

    def look(self, *, looked_at: bool) -> None:
        """Say whether somebody looks at the answer."""
        self._looked_at = looked_at
        if looked_at and (self.answer is None or self.answer.question != self._question()):
            self.ask()

    def prefer(self, rows: tuple[int, ...]) -> None:
        """Make these rows references, where they are in groups; the last is better than all others."""
        if rows != self._preferred:
            self._preferred = rows
            self.ask()

    @property
    def preferred(self) -> tuple[int, ...]:
        """Rows that a person made references."""
        return self._preferred

    def stop(self) -> None:
        """Let a slow answer be."""
        if self._stop is not None:
            self._stop.set()
            self._again = False

    def ask(self) -> None:
        """Ask what is alike among the rows as they are now, by what is chosen now."""
        self.is_stopped = False
        if self._stop is not None:
            self._stop.set()
            self._again = True
            return
        question = self._question()
        if question.criteria and (question.is_quick or self._looked_at):
            self._start(question)
        else:
            self.answer = None
            self.changed.emit()

    def _question(self) -> Question:
        settings = self._settings
        return Question(
            criteria=criteria_at(settings.compare_step, self.methods),
            every=settings.compare_every,
            together=settings.compare_together,
            turned=settings.apply_exif_orientation,
            preferred=self._preferred,
        )

    def _start(self, question: Question) -> None:
        comparable, rows = self.comparable, self._live.rows
        self._stop = stop = Event()
        jobs = self._jobs
        progress = self._teller(stop)

        def compared() -> Answer | None:
            try:
                bands = comparable.groups(
                    question.criteria,
                    every=question.every,
                    preferred=question.preferred,
                    stop=lambda: stop.is_set() or jobs.is_closed(),
                    progress=progress,
                )
            except StoppedError:
                return None
            return _answered(question, comparable, Banded(bands, rows, comparable.companions))

        def done(answer: Answer | None) -> None:
            if self._stop is stop:  # else the rows were cleared meanwhile
                if not self._again:
                    self.answer = answer
                    self.is_stopped = answer is None
                self._end()

        def failed(error: Exception) -> None:
            if self._stop is stop:
                self._end()
            jobs.report(error)

        jobs.run(compared, done, failed, Urgency.ANSWERS)

    def _teller(self, stop: Event) -> Callable[[int, int], None]:
        """Tells progress of what takes a while, not too often; called on the job's thread."""
        tell = self._progressed.emit
        due = time.monotonic() + _PATIENCE

        def progress(done: int, total: int) -> None:
            nonlocal due
            now = time.monotonic()
            if now >= due and not stop.is_set():
                due = now + _INTERVAL
                tell(stop, done / max(1, total))

        return progress

    def _note_progress(self, stop: Event, share: float) -> None:
        if stop is self._stop:
            self.progress = share
            self.changed.emit()

    def _end(self) -> None:
        self._stop = None
        self.progress = None
        again, self._again = self._again, False
        if again:
            self.ask()
        else:
            self.changed.emit()

    # What changes meanwhile

    def _note_change(self) -> None:
        self._frozen_how = None

    def _forget(self) -> None:
        if self._stop is not None:
            self._stop.set()
        self._stop = None
        self._again = False
        self._frozen = self._frozen_how = self.answer = self.progress = None
        self._preferred = ()
        self.is_stopped = False
        self.forgotten.emit()
        self.changed.emit()

    def _apply(self, name: str) -> None:
        if name in _QUESTION:
            self.ask()


def _answered(question: Question, comparable: Comparable, banded: Banded) -> Answer:
    has = np.zeros(len(comparable.rows), np.bool_)
    for criterion in question.criteria:
        has |= comparable.rows.having(criterion.method)
    missing = int(np.count_nonzero(comparable.rows.encoded & ~has))
    flat = comparable.flat(question.criteria)
    return Answer(question, comparable, banded, comparable.size, flat, comparable.unlike, missing)
