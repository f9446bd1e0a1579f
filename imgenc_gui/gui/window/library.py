"""The library in the window: its part of the settings, its troubles, and what closing would lose in spite of it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QMainWindow
from shiboken6 import isValid

from imgenc_gui.core.library.entries import LibraryInfo
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.troubles import Trouble
from imgenc_gui.core.unkept import SENTENCE
from imgenc_gui.gui.desktop.file_manager import show_in_folder
from imgenc_gui.gui.look.sentences import trouble_words
from imgenc_gui.gui.settings.library_part import LibraryPart
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.window.networks import Networks
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.session import Session


class LibraryRoom(QObject):
    """Lives on the window's thread; the library is asked on another."""

    def __init__(
        self,
        window: QMainWindow,
        keeping: Keeping,
        session: Session,
        jobs: Jobs,
        bar: MessageBar,
        *,
        networks: Networks,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._keeping = keeping
        self._rows = session.live.rows
        self._jobs = jobs
        self._bar = bar
        self._networks = networks
        keeping.troubled.connect(self._tell)
        keeping.unkept.connect(self._tell_unkept, Qt.ConnectionType.QueuedConnection)
        keeping.settings.changed.connect(self._apply)

    def losses(self) -> list[str]:
        """Say which encodings exist nowhere but in the window."""
        return dialogs.unsaved_words(self._rows, kept=self._keeping.is_sure)

    def open_settings(self) -> None:
        """Open the settings, and look into the library for them."""
        from imgenc_gui.gui.settings.dialog import SettingsDialog  # noqa: PLC0415 - the window is there sooner

        dialog = SettingsDialog(self._keeping.settings, self._window)
        library = self._keeping.library
        if library is not None:
            self._connect(dialog.library, library)
        dialog.methods.networks_requested.connect(lambda: self._networks.open(dialog))
        self._networks.changed.connect(dialog.methods.refresh)
        dialogs.open_dialog(dialog)

    def _connect(self, part: LibraryPart, library: Library) -> None:
        def show(info: LibraryInfo) -> None:
            if not isValid(part):
                return
            hindrance = None if info.files else self._keeping.hindrance
            part.show_contents(info.path, 0 if hindrance else info.bytes, info.limit, info.pictures)
            if hindrance is not None:  # it may be full
                part.say(trouble_words(hindrance))

        def cleared(is_done: bool) -> None:  # noqa: FBT001 - as the job answers
            if is_done:
                self._rows.forget_kept()
                self._jobs.run(library.info, show)
            elif isValid(part):
                part.say(self.tr("The library could not be cleared: something else is using it. Try again later."))

        def not_shown() -> None:
            if isValid(part):
                part.say(self.tr("The folder can't be shown: it is gone, or there is no file manager."))

        part.say(self.tr("Looking into the library…"))
        part.clear_requested.connect(lambda: self._jobs.run(library.clear, cleared))
        part.folder_requested.connect(lambda: show_in_folder(part.path, not_shown))
        self._jobs.run(library.info, show)

    def _apply(self, name: str) -> None:
        library = self._keeping.library
        if name == "library_limit" and library is not None:
            library.limit_to(self._keeping.limit)
            self._jobs.run(library.prune, lambda _info: None)

    def _tell(self, trouble: Trouble) -> None:
        self._bar.add(trouble_words(trouble), warning=True)

    def _tell_unkept(self, folder: str, reason: str) -> None:
        text = QCoreApplication.translate("sentences", SENTENCE)
        self._bar.add(text.format(folder, reason), warning=True)
