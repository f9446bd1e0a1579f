"""Shows how far the work has come: in the status bar, in the counts over the table, in the window's title."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from imgenc_gui.gui.look.announcing import announce
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.window.rate import RateMeter
from imgenc_gui.gui.window.status_bar import Counts, StatusBar
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
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self._tick)
        session.activity_changed.connect(self._follow)
        window.setWindowTitle(_TITLE)

    def refresh(self) -> None:
        """Show how things stand, also where that takes a look at all rows."""
        busy = self._session.activity is not Activity.IDLE
        self.missing = 0 if busy else self._session.incomplete()
        self.show_counts()

    def show_counts(self) -> None:
        """Show the numbers of the moment."""
        session = self._session
        counts = {category: self._model.count(category) for category in Category}
        self._filters.set_counts(counts)
        self.encoded = counts[Category.ENCODED]
        numbers = Counts(
            rows=counts[Category.ALL],
            encoded=counts[Category.ENCODED],
            failed=counts[Category.FAILED],
            not_pictures=counts[Category.NOT_PICTURES],
            done=session.done,
            total=session.total,
            rate=self._rate.rate,
            left=self._rate.left(session.total - session.done),
            grows=session.is_listing,
        )
        activity = session.activity
        title = _TITLE
        if activity is Activity.IDLE:
            self._status.show_idle(numbers)
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
        self._rate.note(time.monotonic(), self._session.made)  # what was known came at once, and says nothing
        self.show_counts()
