"""Asks which pictures of the table are alike, on another thread, and keeps the answer up to date."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.comparing.strictness import STEPS, criteria_at
from imgenc_gui.core.records.alike import Bands, Criterion
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.states import States
from imgenc_gui.core.stopping import Stop
from imgenc_gui.gui.compare.asking import Asker, Progress
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.work.jobs import Jobs, Urgency
from imgenc_gui.gui.work.live_rows import LiveRows

CHOICES = ("compare_methods", "compare_every", "compare_step", "compare_together", "apply_exif_orientation")  # settings

_PAUSE_MS = 500  # until other places of the slider are looked up: it may still be moving


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

    ``among``: how many pictures. Of these the encodings of some say nothing (``flat``), and some have none by these
    methods (``missing``); others aren't among them, as their encodings are of pictures turned the other way
    (``unlike``).
    """

    question: Question
    comparable: Comparable
    banded: Banded
    among: int
    flat: int
    unlike: int
    missing: int

    @property
    def compared(self) -> int:
        """How many pictures have encodings that say something."""
        return self.among - self.flat - self.missing

    @property
    def bands(self) -> Bands:
        """The groups."""
        return self.banded.bands


class Comparisons(QObject):
    """Lives on the window's thread, where everything here returns at once. The newest question wins.

    Questions about hashes are asked by themselves whenever work settles; vectors only while somebody looks (``look``).
    """

    changed = Signal()  # the answer, how far the next one is, or whether there is anything to compare
    outdated = Signal()  # rows have changed since they were compared
    forgotten = Signal()  # the table was cleared

    def __init__(self, settings: Settings, live: LiveRows, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._live = live
        self._asker = Asker(jobs, Urgency.ANSWERS)
        self._ahead = Asker(jobs, Urgency.FILES)  # for the answers that are wanted when the slider moves
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look_ahead)
        self._looked_at = False
        self._frozen: Comparable | None = None
        self._frozen_how: tuple[bool, bool] | None = None  # None: rows have changed since
        self._preferred: tuple[int, ...] = ()
        self._asked: Question | None = None  # what is answered, on its way, or was stopped
        self.answer: Answer | None = None
        self.progress: float | None = None  # of an answer that takes a while
        self.is_stopped = False  # by a person, or by a defect: what is asked has no answer
        live.appended.connect(self._note_change)
        live.changed.connect(self._note_change)
        live.removed.connect(self._note_removed)
        live.cleared.connect(self._forget)
        live.settled.connect(self.ask)
        settings.changed.connect(self._apply)
        self._asker.progressed.connect(self._note_progress)
        self._asker.failed.connect(self._end_without)

    # What there is

    @property
    def rows(self) -> States:
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
    def there(self) -> tuple[Method, ...]:
        """What can be compared by: asked of the rows themselves, for it costs their writer much to freeze them."""
        return self._live.rows.comparable_methods(turned=self._settings.apply_exif_orientation)

    @property
    def methods(self) -> tuple[Method, ...]:
        """What is compared by: those chosen that rows have, else the first that rows have."""
        there = self.there
        return tuple(method for method in self._settings.compare_methods if method in there) or there[:1]

    @property
    def is_outdated(self) -> bool:
        """Whether rows have changed since they were compared."""
        return self.answer is not None and (self._frozen_how is None or self.answer.comparable is not self._frozen)

    @property
    def current_answer(self) -> Answer | None:
        """The answer, if it is about the rows and settings as they are now, and there is something alike."""
        answer = self.answer
        if answer is None or self.is_outdated or not len(answer.bands):
            return None
        return answer if answer.question == self._question() else None

    @property
    def is_running(self) -> bool:
        """Whether an answer is on its way."""
        return self._asker.is_asking

    # What to do

    def look(self, *, looked_at: bool) -> None:
        """Say whether somebody looks at the answer."""
        self._looked_at = looked_at
        if looked_at and self._asked != self._question():
            self.ask()
        elif looked_at:
            self._pause.start()
        else:
            self._stop_ahead()

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
        self._stop_ahead()
        if self._asker.is_asking:
            self._asker.stop()
            self._end_without()

    def ask(self) -> None:
        """Ask what is alike among the rows as they are now, by what is chosen now."""
        question = self._question()
        if question.criteria and (question.is_quick or self._looked_at):
            self.is_stopped = False
            self._asked = question
            self._ask(question)
        else:
            self._ask_nothing()
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

    def _ask(self, question: Question) -> None:
        comparable, rows = self.comparable, self._live.rows

        def compared(stop: Stop, progress: Progress) -> Answer:
            bands = comparable.groups(
                question.criteria, every=question.every, preferred=question.preferred, stop=stop, progress=progress
            )
            return _answered(question, comparable, Banded(bands, rows, comparable.companions, comparable.files(stop)))

        self._stop_ahead()
        self._asker.ask(compared, self._end)

    def _stop_ahead(self) -> None:
        self._pause.stop()
        self._ahead.stop()

    def _look_ahead(self) -> None:
        """While somebody looks, find groups of hashes at the slider's other places too, the nearest first."""
        answer, step = self.answer, self._settings.compare_step
        if answer is None or not self._looked_at or not answer.question.is_quick:
            return
        question, comparable = answer.question, answer.comparable
        methods = [criterion.method for criterion in question.criteria]
        steps = sorted(range(STEPS + 1), key=lambda other: abs(other - step))[1 : comparable.room(answer.bands)]
        others = [criteria_at(other, methods) for other in steps]

        def found(stop: Stop, _progress: Progress) -> None:
            comparable.look_ahead(others, every=question.every, preferred=question.preferred, stop=stop)

        self._ahead.ask(found, lambda _nothing: None)

    def _end(self, answer: Answer | None) -> None:
        self.answer = answer
        self.progress = None
        self._pause.start()
        self.changed.emit()

    def _end_without(self) -> None:
        self.is_stopped = True
        self._end(None)

    def _ask_nothing(self) -> None:
        self._asker.stop()
        self._stop_ahead()
        self._asked = self.answer = self.progress = None
        self.is_stopped = False

    def _note_progress(self, share: float) -> None:
        self.progress = share
        self.changed.emit()

    # What changes meanwhile

    def _note_change(self) -> None:
        if self._frozen_how is not None:
            self._frozen_how = None
            self.outdated.emit()

    def _note_removed(self) -> None:
        self._note_change()
        if not self._live.rows.count:  # what is preferred stays: they may be put back
            self.forgotten.emit()

    def _forget(self) -> None:
        self._ask_nothing()
        self._frozen = self._frozen_how = None
        self._preferred = ()
        self.forgotten.emit()
        self.changed.emit()

    def _apply(self, name: str) -> None:
        if name in CHOICES:
            self.ask()


def _answered(question: Question, comparable: Comparable, banded: Banded) -> Answer:
    flat, missing = comparable.flat(question.criteria), comparable.missing(question.criteria)
    return Answer(question, comparable, banded, comparable.size, flat, comparable.unlike, missing)
