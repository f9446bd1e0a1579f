"""Lets the inspector follow the table: the selected row or two, their encodings once they are there, their previews."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QTimer

from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.inspector.pair_feed import PairFeed
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.pictures.images import Look, Read
from imgenc_gui.gui.pictures.previews import PreviewLoader
from imgenc_gui.gui.table.columns import FOLDER
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs

_PAIR = 2
_SETTLE_MS = 30  # several changes in a row make one update


def _ignore(_path: str, _file: FileIdentity | None) -> None:
    pass


class InspectorFeed(QObject):
    """Lives on the window's thread; reads previews on another.

    ``see`` is told what the files look like that previews are read from.
    """

    def __init__(
        self,
        model: ResultsModel,
        view: ResultsView,
        inspector: Inspector,
        jobs: Jobs,
        parent: QObject,
        *,
        see: Callable[[str, FileIdentity | None], object] = _ignore,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._view = view
        self._inspector = inspector
        self._previews = previews = PreviewLoader(jobs, self)
        self._pairs = PairFeed(inspector, jobs, see, self)
        self._see = see
        self._shown: object = None
        self._preview = Look()  # of the preview that is shown or was asked for
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._show_in_own_turn)
        view.selection_changed.connect(self.refresh)
        model.dataChanged.connect(self._data_changed)
        model.modelReset.connect(self.refresh)
        inspector.preview_wanted.connect(self._want_preview)
        inspector.full_size_wanted.connect(lambda path: previews.want_full_size(path, self._look_of(path)))
        previews.preview_ready.connect(self._show_preview)
        previews.full_size_ready.connect(self._show_full_size)

    def refresh(self) -> None:
        """Show what is selected, soon."""
        if not self._settle.isActive():
            self._settle.start()

    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if 0 < self._view.selected_count() <= _PAIR:
            positions = map(self._model.position_of, self._view.selected_rows())
            if any(first.row() <= position <= last.row() for position in positions):
                self.refresh()

    def _show_in_own_turn(self) -> None:
        """The table is often painted in the turn of the event loop that this is called in, or in the next one."""
        QTimer.singleShot(0, self, lambda: QTimer.singleShot(0, self, self._show))

    def _show(self) -> None:
        count = self._view.selected_count()
        if count != _PAIR:
            self._pairs.leave()
        if count == 1:
            self._show_one(self._shown_row(self._view.selected_rows()[0]))
            return
        self._shown = None
        self._previews.forget()
        if count == _PAIR:
            first, second = self._view.selected_rows()
            self._pairs.show(self._shown_row(first), self._shown_row(second))
        elif count:
            number = self._inspector.locale().toString(count)
            text = self.tr("{0} pictures are selected. Select two to compare them.")
            self._inspector.set_message(text.format(number))
        else:
            self._inspector.set_message(self.tr("Choose a picture to see its encodings, or two to compare them."))

    def _show_one(self, picture: Shown) -> None:
        path = picture.path
        is_stale = path == self._inspector.current_path() and not self._preview.serves(picture.look)
        signature = picture.signature()
        if signature != self._shown or is_stale:
            self._shown = signature
            if is_stale:
                self._inspector.forget_preview()
            self._inspector.show_result(
                picture.name,
                picture.result,
                path,
                picture.folder,
                is_changed=picture.is_changed,
                gone=picture.gone,
            )

    def _shown_row(self, row: int) -> Shown:
        rows = self._model.rows
        path, result = rows.paths[row], rows.result(row)
        name = os.path.basename(path)  # noqa: PTH119 - keeps text as is
        folder = self._model.text(row, FOLDER) if self._model.is_pasted(row) else ""
        is_changed = bool(result is not None and result.encodings and rows.is_changed(row))
        return Shown(name, path, result, folder, is_changed, self._model.gone_words(row), self._look_of(path))

    def _look_of(self, path: str) -> Look:
        row = self._model.rows.number(path)
        return Look() if row is None else Look(self._model.rows.generation(row), self._model.rows.seen(row))

    def _want_preview(self, path: str) -> None:
        self._preview = self._look_of(path)
        self._previews.want_preview(path, self._preview)

    def _show_preview(self, path: str, asked: Look, read: Read) -> None:
        if path == self._inspector.current_path() and self._is_current(path, asked, read):
            self._preview = Look(asked.generation, read.file)
            self._inspector.set_preview(read.image, path, is_there=read.file is not None)

    def _show_full_size(self, path: str, asked: Look, read: Read) -> None:
        if self._is_current(path, asked, read):
            self._inspector.set_full_size(read.image, path)

    def _is_current(self, path: str, asked: Look, read: Read) -> bool:
        """Whether the file that was read is the row's; of another, a new preview was asked for or will be."""
        self._see(path, read.file)
        return Look(asked.generation, read.file).serves(self._look_of(path))
