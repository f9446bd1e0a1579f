"""The export dialog: what to write, where, progress, and where it is then.

The export runs on another thread. Cancel leaves nothing behind; an error leaves the dialog open with all choices as
they were. Format and folder are remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLocale, QStandardPaths, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from imgenc_gui.core.files.export import ExportError, ExportRequest, preview_text, target_files
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.extra_columns import group_columns, thumbnail_column
from imgenc_gui.core.files.registry import FORMATS, format_with_id
from imgenc_gui.core.files.workbook_xlsx import WORKBOOK, workbook_with
from imgenc_gui.core.formats.reading import read_thumbnail
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.stopping import Stop
from imgenc_gui.gui.desktop.addresses import home
from imgenc_gui.gui.export.choices import ChoicePage
from imgenc_gui.gui.export.job import ExportOutcome, ExportRunner
from imgenc_gui.gui.export.pages import DonePage, ProgressPage
from imgenc_gui.gui.export.snapshot import Snapshot, Written
from imgenc_gui.gui.export.summary import summary
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import size_dialog, widen
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.jobs import Jobs

_PREVIEW_ROWS = 5

ReadSmall = Callable[[str, int, Stop], NDArray[np.uint8]]


class ExportDialog(QDialog):
    """Choices, then progress, then where the file is."""

    exported = Signal(object)  # Written

    def __init__(
        self,
        settings: Settings,
        snapshot: Snapshot,
        jobs: Jobs,
        parent: QWidget | None = None,
        *,
        read_small: ReadSmall = read_thumbnail,
    ) -> None:
        """``read_small``: reads a picture for a thumbnail, on another thread."""
        super().__init__(parent)
        self._read_small = read_small
        self.setWindowTitle(self.tr("Export"))
        self._settings = settings
        self._taken = snapshot
        self._closing = False
        self._written: Written | None = None  # once it is
        self._runner = ExportRunner(jobs, self)
        self._runner.progressed.connect(self._on_progressed)
        self._runner.ended.connect(self._on_ended)
        self._question: QMessageBox | None = None

        groups = 0 if snapshot.alike is None else len(snapshot.alike.bands)
        self.choices = ChoicePage(snapshot.counts(), snapshot.options.methods, groups)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.choices)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)  # the pages have them, so that the rings at their edges are whole
        layout.addWidget(self._pages)
        size_dialog(self, 120, 42)

        self.choices.export_requested.connect(self._on_export)
        self.choices.cancelled.connect(self.reject)
        self.choices.changed.connect(self._refresh)
        self.choices.place_changed.connect(self._refresh_files)
        self.choices.set_folder(self._first_folder())
        self.choices.set_stem(self._first_stem())
        last = format_with_id(settings.last_export_format)
        if last is not None and not last.offered:
            last = WORKBOOK  # which has taken its place
        self.choices.set_format(last or FORMATS[0])
        self._refresh()
        self._show_page(self.choices)

    @property
    def _snapshot(self) -> Snapshot:
        """What the format chosen has of it."""
        return self._taken.with_others() if self.choices.file_format().tells_others else self._taken

    # The other pages are made when they are first shown: all of them together keep the window's thread too long.

    @cached_property
    def progress(self) -> ProgressPage:
        """How far the writing has come."""
        page = ProgressPage()
        page.cancelled.connect(self._cancel)
        self._pages.addWidget(page)
        return page

    @cached_property
    def done_page(self) -> DonePage:
        """Where the files are."""
        page = DonePage()
        page.closed.connect(self.accept)
        self._pages.addWidget(page)
        return page

    # -- life ----------------------------------------------------------------------------------------------------

    def is_running(self) -> bool:
        """Whether a file is being written."""
        return self._runner.is_running()

    def reject(self) -> None:
        """Esc: while writing, cancel that and stay; otherwise close."""
        if self._runner.is_running():
            self._cancel()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once, or as soon as the writing that is under way has been undone."""
        if self._runner.is_running():
            self._closing = True
            self._cancel()
            event.ignore()
        else:
            super().closeEvent(event)

    def _show_page(self, page: ChoicePage | ProgressPage | DonePage) -> None:
        """Show a page, whose main button is the one that Enter presses."""
        self._pages.setCurrentWidget(page)
        page.main_button.setDefault(True)
        page.main_button.setFocus()

    # -- choices -------------------------------------------------------------------------------------------------

    def _first_folder(self) -> Path:
        remembered = self._settings.last_export_folder
        if remembered and Path(remembered).is_dir():
            return Path(remembered)
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return Path(documents) if documents and Path(documents).is_dir() else home()

    def _first_stem(self) -> str:
        name = Path(self._snapshot.root).name
        return self.tr("{folder} encodings").format(folder=name) if name else self.tr("encodings")

    def _options(self) -> Options:
        return replace(self._snapshot.options, methods=self.choices.methods())

    def _format(self) -> ExportFormat:
        """The format chosen, with more columns if these were chosen, too: for one export."""
        extras = []
        if self.choices.wants_thumbnails():
            extras.append(thumbnail_column(self._read_small))
        alike = self._snapshot.alike
        if self.choices.wants_groups() and alike is not None:
            row_of = self._snapshot.table.number
            extras.append(group_columns(alike.bands, row_of, every=alike.every, pictures=alike.pictures))
        return workbook_with(extras) if extras else self.choices.file_format()

    def _files(self) -> tuple[Path, ...]:
        return target_files(self.choices.target(), self.choices.file_format(), self.choices.methods())

    def _refresh(self) -> None:
        """Show what would be written now."""
        sample = list(self._snapshot.named(self.choices.scope(), _PREVIEW_ROWS))
        text = preview_text(sample, self._format(), self._options(), self._snapshot.root) if sample else ""
        self.choices.show_preview(text)
        self._refresh_files()

    def _refresh_files(self) -> None:
        self.choices.show_files(self._files() if self.choices.can_export() else ())

    # -- writing -------------------------------------------------------------------------------------------------

    def _on_export(self) -> None:
        self.choices.show_problem("")
        existing = [path for path in self._files() if path.exists()]
        if not existing:
            self._start()
            return
        names = ", ".join(shown(path.name) for path in existing)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Replace?"), "", parent=self)
        box.setText(
            self.tr("{names} is there already.").format(names=names)
            if len(existing) == 1
            else self.tr("{names} are there already.").format(names=names)
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        folder = shown(str(existing[0].parent))
        box.setInformativeText(
            self.tr("Replacing it loses what it holds now. The folder is {folder}.").format(folder=folder)
        )
        widen(box)
        replacing = box.addButton(self.tr("&Replace"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        without_icons(box)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setEscapeButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(lambda: self._on_answer(replace_them=box.clickedButton() is replacing))
        self._question = box
        box.open()

    def _on_answer(self, *, replace_them: bool) -> None:
        if self._question is not None:
            self._question.deleteLater()
            self._question = None
        if replace_them:
            self._start()

    def _start(self) -> None:
        scope = self.choices.scope()
        options = self._options()
        named = self._snapshot.named(scope)
        target, kind = self.choices.target(), self._format()
        is_partial = bool(self._snapshot.waiting.get(scope))
        request = ExportRequest(named, target, kind, options, self._snapshot.root, lambda: is_partial)
        rows = self._snapshot.rows[scope]
        self._written = Written(rows, options.methods, self._snapshot.then)
        self.progress.begin(self._snapshot.length(scope))
        self._show_page(self.progress)
        self._runner.start(request)

    def _cancel(self) -> None:
        self.progress.show_cancelling()
        self._runner.cancel()

    def _on_progressed(self, pictures: int) -> None:
        self.progress.show_progress(pictures)

    def _on_ended(self, outcome: ExportOutcome | Exception | None) -> None:
        if isinstance(outcome, ExportOutcome):
            self._settings.last_export_folder = str(self.choices.target().parent)
            self._settings.last_export_format = self.choices.file_format().id
            self.done_page.show_outcome(outcome, self._summary(outcome))
            self._show_page(self.done_page)
            self.exported.emit(self._written)
        else:
            self._show_page(self.choices)
            if isinstance(outcome, ExportError):
                self.choices.show_problem(
                    self.tr("{reason} Nothing was written; choose another place or try again.").format(reason=outcome)
                )
            elif outcome is not None:
                self.choices.show_problem(self.tr("The export failed unexpectedly. Nothing was written."))
        if self._closing:
            self.accept() if isinstance(outcome, ExportOutcome) else super().reject()

    def tell_changed(self, pictures: int) -> None:
        """Say how many of the files written of aren't any more what was encoded."""
        if pictures:
            text = self.tr("Changed on the disk since they were encoded: {count}. Encode (F5), then export them again.")
            self.done_page.add_to_summary(text.format(count=QLocale().toString(pictures)))

    def _summary(self, outcome: ExportOutcome) -> str:
        scope, kind = self.choices.scope(), self.choices.file_format()
        text = summary(
            outcome.tally,
            listed=kind.tells_failures,
            apart=len(outcome.files) > 1,
            replaced=self._snapshot.length(scope) - outcome.tally.rows,
            waiting=self._snapshot.waiting.get(scope, 0),
        )
        unlike = self._snapshot.count_unlike(scope)
        if unlike:
            said = self.tr("Encoded turned the other way than the rest, which the file doesn't say of each: {count}.")
            text += "\n" + said.format(count=QLocale().toString(unlike))
        return text
