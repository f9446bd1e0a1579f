"""The table as what is similar to one picture, until a person goes back to what was shown before."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageFailure
from imgenc_gui.core.states import State
from imgenc_gui.core.workers import PictureEncoder
from imgenc_gui.gui.compare.comparisons import Comparisons
from imgenc_gui.gui.compare.similar import Similar
from imgenc_gui.gui.compare.similar_bar import SimilarBar
from imgenc_gui.gui.look.sentences import words
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.rows_view import Standing
from imgenc_gui.gui.window.views import Views
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows


class SimilarMode(QObject):
    """Keeps how the table stood. Whoever owns it shows the rest, and asks what is on."""

    changed = Signal()  # whether it is on, or what is similar
    told = Signal(str)  # a sentence for the message bar

    def __init__(
        self,
        settings: Settings,
        live: LiveRows,
        comparisons: Comparisons,
        encoder_factory: Callable[[Options], PictureEncoder],
        jobs: Jobs,
        *,
        model: ResultsModel,
        views: Views,
        thumbnails: Thumbnails,
    ) -> None:
        super().__init__(comparisons)
        self._settings = settings
        self._live = live
        self._model = model
        self._views = views
        self._before: Standing | None = None  # while it is on
        self._is_new = False  # what is similar to this one wasn't shown yet
        self.similar = Similar(settings, live, comparisons, encoder_factory, jobs)
        self.bar = SimilarBar(thumbnails)
        self.bar.hide()
        self.bar.slider.set_step(settings.compare_step)
        self.bar.step_changed.connect(self._set_step)
        self.bar.turned_changed.connect(lambda turned: self.similar.set_oriented(oriented=turned))
        self.bar.closed.connect(self.leave)
        self.similar.changed.connect(self._follow)
        self.similar.progressed.connect(self.bar.show_share)
        self.similar.refused.connect(self._refuse)
        settings.changed.connect(self._apply)

    @property
    def is_on(self) -> bool:
        """Whether the table shows what is similar to a picture, or will soon."""
        return self._before is not None

    # What to do

    def ask_current(self) -> None:
        """Show what is similar to the current row."""
        row = self._views.shown.current_row()
        if row is not None:
            self._begin()
            self.similar.ask_row(row)

    def ask_file(self, path: str) -> None:
        """Show what is similar to a file, which stays out of the table."""
        self._begin()
        self.similar.ask_file(path)

    def leave(self) -> bool:
        """Go back to what was shown before; whether there was something to leave."""
        was_on = self.is_on
        self.similar.forget()
        return was_on

    def drop(self) -> None:
        """Be off without going back: something else is shown."""
        self._before = None
        self.similar.forget()

    def reason(self, row: int | None) -> str:
        """Why nothing can be similar to a row; "" when it can be asked about."""

        def tr(text: str) -> str:
            return QCoreApplication.translate("permissions", text)

        if row is None:
            return tr("Select a row first") if self._live.rows.count else tr("Open a folder or add pictures first")
        if self.similar.can_ask(row):
            return ""
        if self._live.rows.state(row) is State.WAITING:
            reason = tr("The picture isn't encoded yet")
        elif self._live.rows.state(row) is not State.ENCODED:
            reason = tr("The picture could not be read, so that it can't be compared")
        elif self.similar.is_unlike(row):
            reason = tr("The picture was encoded turned the other way, so that it can't be compared")
        elif names := ", ".join(method.label for method in self.similar.methods):
            reason = tr("The picture has no encoding by what compares: {0}").format(names)
        else:
            reason = tr("There are no two pictures yet that could be compared")
        return reason

    def nothing_words(self) -> str:
        """What to say where no row is similar."""
        query = self.similar.query
        if query is None or self.similar.bands is None:
            return self.bar.title()
        if self.similar.bands.rows.size:
            return ""
        text = self.tr("Nothing among {0} pictures is similar to {1} at this setting.")
        return text.format(QLocale().toString(self.similar.among), query.name)

    # What happens

    def _begin(self) -> None:
        self._is_new = True
        if self._before is None:
            self._before = self._views.shown.standing()

    def _follow(self) -> None:
        """Show the query and its answer."""
        similar = self.similar
        if similar.query is None:
            before, self._before = self._before, None
            if before is not None:
                self._views.table.sort_as(before)  # while there are few rows
            self.changed.emit()  # the same rows are shown again
            if before is not None:
                self._views.shown.stand(before)
                self._views.shown.setFocus()
            return
        self.bar.set_methods(similar.methods)
        self.bar.show_query(similar.query)
        if similar.bands is None:
            if similar.is_reading:
                self.bar.show_reading()
            self.changed.emit()
            return
        self.bar.show_count(int(similar.bands.rows.size))
        self.changed.emit()
        if self._is_new:
            self._is_new = False
            self._views.table.sort_by_nothing()
            self._views.shown.scrollToTop()
            if self._model.rowCount():
                self._views.shown.select_row(self._model.row_at(0))
            self._views.shown.setFocus()

    def _refuse(self, path: str, failure: ImageFailure) -> None:
        name = shown(os.path.basename(path))  # noqa: PTH119
        self.told.emit(self.tr("{0} could not be opened: {1}").format(name, words(failure)))

    def _set_step(self, step: int) -> None:
        self._settings.compare_step = step

    def _apply(self, name: str) -> None:
        if name == "compare_step":
            self.bar.slider.set_step(self._settings.compare_step)
