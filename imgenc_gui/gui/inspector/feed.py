"""Lets the inspector follow the table: the selected row, its encodings as soon as they are there, its preview."""

from __future__ import annotations

import os

from PySide6.QtCore import QModelIndex, QObject, QTimer

from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.pictures.previews import PreviewLoader
from imgenc_gui.gui.table.columns import FOLDER
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView

_SETTLE_MS = 30  # several changes in a row make one update


class InspectorFeed(QObject):
    """Lives on the window's thread; reads previews on another."""

    def __init__(
        self, model: ResultsModel, view: ResultsView, inspector: Inspector, previews: PreviewLoader, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._view = view
        self._inspector = inspector
        self._shown: object = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._show)
        view.selection_changed.connect(self.refresh)
        model.dataChanged.connect(self._data_changed)
        model.modelReset.connect(self.refresh)
        inspector.preview_wanted.connect(previews.want_preview)
        inspector.full_size_wanted.connect(previews.want_full_size)
        previews.preview_ready.connect(lambda path, image: inspector.set_preview(image, path))
        previews.full_size_ready.connect(lambda path, image: inspector.set_full_size(image, path))

    def refresh(self) -> None:
        """Show what is selected, soon."""
        if not self._settle.isActive():
            self._settle.start()

    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        current = self._view.currentIndex().row()
        if first.row() <= current <= last.row():
            self.refresh()

    def _show(self) -> None:
        count = self._view.selected_count()
        if count == 1:
            row = self._view.selected_rows()[0]
            result = self._model.rows.result(row)
            shown = (self._model.rows.paths[row], _signature(result))
            if shown != self._shown:
                self._shown = shown
                folder = self._model.text(row, FOLDER) if self._model.is_pasted(row) else ""
                name = os.path.basename(self._model.rows.paths[row])  # noqa: PTH119 - keeps text as is
                self._inspector.show_result(name, result, self._model.rows.paths[row], folder)
            return
        self._shown = None
        if count:
            number = self._inspector.locale().toString(count)
            self._inspector.set_message(self.tr("{0} pictures are selected.").format(number))
        else:
            self._inspector.set_message(self.tr("Choose a picture to see its encodings."))


def _signature(result: ImageResult | None) -> object:
    """Return something that is equal when the inspector would show the same."""
    if result is None:
        return None
    encodings = tuple((method.id, str(encoding)) for method, encoding in result.encodings.items())
    return (result.facts, encodings, result.warnings, result.failure)
