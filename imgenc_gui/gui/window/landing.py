"""Where what was brought has landed: beside what was on the table already it may be out of view, which is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QLocale, QObject
from PySide6.QtGui import QAction

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.naming import shown
from imgenc_gui.core.states import State
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.window.views import Views
from imgenc_gui.gui.work.adder import Added


class Landing(QObject):
    """Says in the message bar what came in out of view, with a button that goes there."""

    def __init__(
        self, model: ResultsModel, *, views: Views, filters: FilterBar, bar: MessageBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._views = views
        self._filters = filters
        self._bar = bar
        self._came: tuple[Numbers, int] | None = None  # the rows that came last, and how often they were cleared then
        self._go = QAction(self.tr("&Show them"), self)
        self._go.setToolTip(self.tr("Go to the first of the files that were added"))
        self._go.triggered.connect(self._go_there)

    def note(self, added: Added) -> None:
        """Say where new files are, unless they are seen or there is nothing else."""
        rows = self._there(added.rows)
        new = len(rows)
        if not new or new == self._model.rows.count or added.few:
            return
        first = rows[np.argmax(self._are_pictures(rows))]
        if self._views.shown.is_in_view(int(first)):
            return
        self._came = (rows, self._model.clearings)
        number = QLocale().toString(new)
        if len(added.folders) == 1:
            name = shown(Path(added.folders[0]).name or added.folders[0])
            text = self.tr("1 file of {1} was added, out of view here.")
            many = self.tr("{0} files of {1} were added, out of view here.")
            self._bar.add((text if new == 1 else many).format(number, name), action=self._go)
        else:
            text = self.tr("1 file was added, out of view here.")
            many = self.tr("{0} files were added, out of view here.")
            self._bar.add((text if new == 1 else many).format(number), action=self._go)

    def _go_there(self) -> None:
        """Show the first of them, whatever is shown now."""
        if self._came is not None and self._came[1] == self._model.clearings:
            self._bar.hide()
            self._filters.reset()
            rows = self._there(self._came[0])
            pictures = rows[self._are_pictures(rows)]
            if not len(pictures):
                self._filters.set_category(Category.NOT_PICTURES)
            self._views.shown.go_to_first(pictures if len(pictures) else rows)
            self._views.shown.setFocus()

    def _there(self, rows: Numbers) -> Numbers:
        """Those that weren't removed since."""
        removed = self._model.rows.removed
        return rows if removed is None else rows[~removed[rows]]

    def _are_pictures(self, rows: Numbers) -> Mask:
        """Which aren't known to be no pictures; these stand apart."""
        return np.asarray(self._model.rows.states[rows] != State.NOT_A_PICTURE)
