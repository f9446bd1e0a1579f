"""Shows how far the work has come: in the status bar, in the counts over the table, in the window's title."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from imgenc_gui.gui.look.announcing import announce
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.window.rate import RateMeter, Standing
from imgenc_gui.gui.window.status_bar import Counts, StatusBar
from imgenc_gui.gui.work.outcome import Outcome
from imgenc_gui.gui.work.session import Activity, Session

_TICK_MS = 150
_TITLE = "imgenc"


class Progress(QObject):
    """Follows the session while it works, some times a second, and after each change."""

    shown = Signal()  # what is shown is up to date, and so are the attributes

    def __init__(
        self, window: QWidget, session: Session, model: ResultsModel, status: StatusBar, filters: FilterBar
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._model = model
        self._status = status
        self._filters = filters
        self._rate = RateMeter()
        self.encoded = 0  # rows with encodings
        self.missing = 0  # rows that lack some of the chosen encodings, while nothing goes on
        self.waiting = 0  # those of them that wait to be encoded
        self._told: Outcome | None = None  # what came of work that has ended
        self._told_of: object = None  # the numbers that this stands beside: with others it is past
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self._tick)
        session.activity_changed.connect(self._follow)
        window.setWindowTitle(_TITLE)

    def refresh(self) -> None:
        """Show how things stand, also where that takes a look at all rows."""
        busy = self._session.activity is not Activity.IDLE
        self.missing, self.waiting = (0, 0) if busy else self._session.incomplete()
        self.show_counts()

    def show_counts(self) -> None:
        """Show the numbers of the moment."""
        session = self._session
        counts = self._model.counts()
        self._filters.set_counts(counts, self._model.counts_found())
        self.encoded = counts[Category.ENCODED]
        numbers = Counts(
            rows=counts[Category.ALL],
            encoded=counts[Category.ENCODED],
            failed=counts[Category.FAILED],
            not_pictures=counts[Category.NOT_PICTURES],
            done=session.done,
            total=session.total,
            rate=self._rate.rate,
            left=self._rate.left,
            grows=session.is_listing,
        )
        activity = session.activity
        title = _TITLE
        if activity is Activity.IDLE:
            self._show_idle(numbers)
        elif activity is Activity.LISTING:
            self._status.show_listing(session.found)
        elif activity is Activity.OPENING:
            self._status.show_opening()
        else:
            self._status.show_progress(numbers, stopping=activity is Activity.STOPPING)
            if not numbers.grows:
                title = f"{100 * session.done // max(1, session.total)} % – {_TITLE}"  # noqa: RUF001
        if self._window.windowTitle() != title:
            self._window.setWindowTitle(title)
        self.shown.emit()

    def _show_idle(self, numbers: Counts) -> None:
        """Say what came of the last work until anything else is different, then what is in the table."""
        outcome, standing = self._session.outcome, (numbers, self.missing)
        if self._told is not outcome:
            self._told, self._told_of = outcome, standing
        if self._told_of != standing:
            self._told_of = None
        if outcome.results and self._told_of is not None:
            self._status.show_outcome(numbers, outcome, self.waiting, self.missing)
        else:
            self._status.show_idle(numbers)

    def _follow(self) -> None:
        busy = self._session.activity is not Activity.IDLE
        if busy and not self._ticker.isActive():
            self._rate.reset(time.monotonic())
            self._ticker.start()
        elif not busy:
            self._ticker.stop()
        self.refresh()
        announce(self._status, ", ".join(filter(None, (self._status.text, self._status.failures_text))))

    def _tick(self) -> None:
        session, outcome = self._session, self._session.outcome
        encoded, left = outcome.results - outcome.looked_up, session.total - session.done
        self._rate.note(time.monotonic(), Standing(encoded, outcome.looked_up, session.begun, left))
        self.show_counts()
