"""Rows are taken off the table, some or all, and put back by undoing that. Nothing on the disk is touched."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QLocale, QObject
from PySide6.QtGui import QAction, QUndoCommand, QUndoStack

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.naming import shown
from imgenc_gui.gui.window.left_off import LeftOff
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.window.views import Views
from imgenc_gui.gui.work.session import Activity, Session


class Removal(QUndoCommand):
    """Some rows are taken off the table, or all; they come back by undoing it."""

    def __init__(self, text: str, remove: Callable[[], Callable[[], object] | None]) -> None:
        """``remove``: does it, and returns what puts it back; None where it can't be done."""
        super().__init__(text)
        self._remove = remove
        self._put_back: Callable[[], object] | None = None

    def redo(self) -> None:
        """Do it, for the first time or again; where that can't be done any more it is of no use."""
        self._put_back = self._remove()
        self.setObsolete(self._put_back is None)

    def undo(self) -> None:
        """Put them back."""
        if self._put_back is not None:
            self._put_back()


class Removing(QObject):
    """``undo``: what the message bar offers once something was removed."""

    def __init__(
        self,
        session: Session,
        stack: QUndoStack,
        *,
        views: Views,
        bar: MessageBar,
        left_off: LeftOff,
        undo: QAction,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._stack = stack
        self._views = views
        self._bar = bar
        self._left_off = left_off
        self._undo = undo
        self._told = ""
        stack.indexChanged.connect(self._hush)

    def remove_selected(self) -> None:
        """Take the selected rows off the table; the one below them is selected then."""
        rows = self._views.shown.selected()
        if not rows.size:
            return
        after = self._views.shown.row_after(rows)
        name = shown(os.path.basename(self._session.live.rows.paths[rows[0]]))  # noqa: PTH119
        self._stack.push(Removal(self.tr("removing from the list"), lambda: self._take_off(rows)))
        if after is not None:
            self._views.shown.select_row(after)
        if rows.size == 1:
            self._tell(self.tr("{0} was removed from the list. The file stays where it is.").format(name))
        else:
            text = self.tr("{0} were removed from the list. The files stay where they are.")
            self._tell(text.format(QLocale().toString(rows.size)))

    def clear(self) -> None:
        """Take everything off the table."""
        self._stack.push(Removal(self.tr("clearing the table"), self._take_all_off))
        self._tell(self.tr("The table was cleared. The files stay where they are."))

    def _take_off(self, rows: Numbers) -> Callable[[], object]:
        removed = self._session.remove(rows)

        def put_back() -> None:
            self._session.put_back(removed)
            self._views.shown.select_rows(removed.rows)

        return put_back

    def _take_all_off(self) -> Callable[[], object] | None:
        if self._session.activity is not Activity.IDLE:  # again, while other work goes on
            return None
        origins = self._left_off.forget()
        aside = self._session.set_aside()

        def put_back() -> None:
            self._session.take_back(aside)
            self._left_off.remember(origins)

        return put_back

    def _tell(self, text: str) -> None:
        self._told = text
        self._bar.tell(text, action=self._undo)

    def _hush(self) -> None:
        """What is said is past, and its button would undo something else."""
        if self._told and self._bar.text == self._told:
            self._bar.hide()
        elif self._told:  # more was said since
            self._bar.withdraw(self._undo)
        self._told = ""
