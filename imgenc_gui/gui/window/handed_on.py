"""Files that were copied or dragged out: other programs may have moved or deleted them when a person comes back."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QLocale, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from imgenc_gui.gui.work.jobs import Jobs, Urgency
from imgenc_gui.gui.work.live_rows import LiveRows


class HandedOn(QObject):
    """Looks for such files whenever imgenc is in front again; those that are gone are marked in the table."""

    told = Signal(str)  # how many are gone

    def __init__(self, live: LiveRows, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._live = live
        self._jobs = jobs
        self._paths: set[str] = set()
        live.cleared.connect(self._paths.clear)
        QGuiApplication.instance().applicationStateChanged.connect(self._follow)  # type: ignore[union-attr]

    def note(self, paths: Sequence[str]) -> None:
        """Remember files that another program got."""
        self._paths.update(paths)

    def look(self) -> None:
        """Look which of them are gone."""
        paths = list(self._paths)
        if paths:
            self._jobs.run(
                lambda: [path for path in paths if not os.path.lexists(path)],
                self._note_gone,
                urgency=Urgency.LOOKS,
            )

    def _follow(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()

    def _note_gone(self, paths: Sequence[str]) -> None:
        rows = [row for path in paths if path in self._paths and (row := self._live.rows.number(path)) is not None]
        self._paths.difference_update(paths)
        if rows:
            self._live.note_gone(rows)
            self._live.settle()
            one = self.tr("1 file that you copied or dragged is no longer where it was.")
            several = self.tr("{0} files that you copied or dragged are no longer where they were.")
            self.told.emit(one if len(rows) == 1 else several.format(QLocale().toString(len(rows))))
