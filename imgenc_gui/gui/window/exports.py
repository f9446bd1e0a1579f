"""Opening exports, as a person sees it: the question, and the words on what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from imgenc_gui.core.collecting import Export
from imgenc_gui.core.naming import shown
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.opening import Opened, Opening, Question
from imgenc_gui.gui.work.reference import Reference


class Exports(QObject):
    """Asks where an export leaves something open, tells what became of it, and hands references on."""

    opened = Signal(object)  # the methods of which there are encodings now

    def __init__(
        self,
        window: QWidget,
        settings: Settings,
        opening: Opening,
        reference: Reference,
        jobs: Jobs,
        *,
        bar: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._opening = opening
        self._reference = reference
        self._jobs = jobs
        self._bar = bar
        opening.asked.connect(self._ask)
        opening.opened.connect(self._tell_opened)
        opening.referred.connect(self._refer)
        opening.refused.connect(self._tell_refused)

    def open(self, files: Sequence[str]) -> None:
        """Open exports."""
        self._opening.open(files)

    def _ask(self, question: Question) -> None:
        from imgenc_gui.gui.window.open_dialog import OpenDialog  # noqa: PLC0415 - the window is there sooner

        turned = self._settings.apply_exif_orientation
        dialog = OpenDialog(question, self._jobs, turned=turned, parent=self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.answered.connect(self._opening.answer)
        dialog.rejected.connect(self._opening.decline)
        dialog.open()

    def _tell_opened(self, opened: Opened) -> None:
        export = opened.export
        self._settings.add_recent(export.file, is_export=True)
        number = QLocale().toString
        name = shown(Path(export.file).name)
        said = []
        if not opened.is_whole:
            said.append(self.tr("{0} was opened in part: you stopped it.").format(name))
        if opened.merged == 1:
            said.append(self.tr("1 picture on the table got more encodings."))
        elif opened.merged:
            said.append(self.tr("{0} pictures on the table got more encodings.").format(number(opened.merged)))
        if opened.kept == 1:
            said.append(self.tr("1 picture was in the list already and stays as it is."))
        elif opened.kept:
            said.append(
                self.tr("{0} pictures were in the list already and stay as they are.").format(number(opened.kept))
            )
        if opened.useless == 1:
            said.append(self.tr("1 has no encodings that can be used, and was left out."))
        elif opened.useless:
            text = self.tr("{0} have no encodings that can be used, and were left out.")
            said.append(text.format(number(opened.useless)))
        self._say([*said, *self._told(export)], warning=not opened.is_whole)
        self.opened.emit(export.read.methods)

    def _refer(self, exports: Sequence[Export]) -> None:
        for export in exports:
            self._settings.add_recent(export.file, is_export=True)
            self._say(self._told(export))
        self._reference.set(exports)

    def _tell_refused(self, file: str, reason: str) -> None:
        self._settings.remove_recent(file)
        self._say([reason], warning=True)

    def _told(self, export: Export) -> list[str]:
        from imgenc_gui.gui.window.open_dialog import told_words  # noqa: PLC0415

        return told_words(export, turned=self._settings.apply_exif_orientation)

    def _say(self, sentences: Sequence[str], *, warning: bool = False) -> None:
        """Add to what is said: what comes together tells all that there is to know."""
        for sentence in sentences:
            self._bar.add(sentence, warning=warning)
