"""How pictures come in: dialogs, the clipboard, drops and recent folders; and the words on what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from imgenc_gui.gui.look.sentences import words
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.work.session import Added, Session


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a drop or the clipboard holds that concerns us."""

    paths: tuple[str, ...]  # files and folders of this computer
    elsewhere: tuple[str, ...]  # addresses of other places
    image: QImage | None  # pixels, where no file comes with them


def parse(data: QMimeData) -> Dropped:
    """Read what was dropped or lies in the clipboard."""
    urls = data.urls()
    paths = tuple(url.toLocalFile() for url in urls if url.isLocalFile())
    elsewhere = tuple(url.toDisplayString() for url in urls if not url.isLocalFile())
    image = None
    if data.hasImage() and not paths:
        image = QImage(data.imageData())
    return Dropped(paths, elsewhere, None if image is None or image.isNull() else image)


def is_welcome(data: QMimeData | None) -> bool:
    """Whether there may be a picture in it."""
    return data is not None and (data.hasUrls() or data.hasImage())


class Intake(QObject):
    """Hands what a person brings to the session, and says in the message bar what could not be taken."""

    def __init__(self, window: QWidget, settings: Settings, session: Session, bar: MessageBar) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._session = session
        self._bar = bar
        self._elsewhere: tuple[str, ...] = ()  # addresses that came with the files added last

    def add_paths(self, paths: Sequence[str]) -> None:
        """Take files and folders in and encode them at once."""
        self._bar.hide()
        self._elsewhere = ()
        self._session.add_paths(paths)

    def open_folder(self) -> None:
        """Ask for a folder."""
        folder = QFileDialog.getExistingDirectory(self._window, self.tr("Open folder"), self._start_folder())
        if folder:
            self.add_paths([folder])

    def add_pictures(self) -> None:
        """Ask for pictures. All files are offered: what a file is shows when it is read."""
        files, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Add pictures"), self._start_folder())
        self.add_paths(files)

    def paste(self) -> None:
        """Encode what is in the clipboard: files, or a picture."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData) -> None:
        """Encode what was dropped or pasted, and say what can't be taken."""
        dropped = parse(data)
        if dropped.paths:
            self.add_paths(dropped.paths)
        elif dropped.image is not None:
            self._session.add_image(dropped.image)
        if dropped.elsewhere and dropped.image is None:
            self._elsewhere = dropped.elsewhere
            self._bar.tell(self._elsewhere_words(), dropped.elsewhere, warning=True)

    def note(self, added: Added) -> None:
        """Remember the folders that were opened, forget those that are gone, and say what was refused."""
        for folder in added.folders:
            self._settings.add_recent_folder(folder)
        for refused in added.refused:
            self._settings.remove_recent_folder(refused.path)
        text, details = added_words(added)
        if text and self._elsewhere:
            text = f"{text} {self._elsewhere_words()}"
            details += self._elsewhere
        if text:
            self._bar.tell(text, details, warning=bool(added.refused or self._elsewhere))

    def _elsewhere_words(self) -> str:
        return self.tr("Only files on this computer can be encoded. Save the picture first, then drop its file.")

    def _start_folder(self) -> str:
        return self._settings.recent_folders[0] if self._settings.recent_folders else str(Path.home())


def absolute(paths: Sequence[str]) -> list[str]:
    """Return the paths given on the command line as absolute ones, before anything changes the current folder."""
    return [str(Path(path).absolute()) for path in paths]


def added_words(added: Added) -> tuple[str, list[str]]:
    """Say what was refused or known already: a sentence ("" when all is well) and details."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("intake", text)

    said = []
    details: list[str] = []
    if len(added.refused) == 1:
        refused = added.refused[0]
        said.append(tr("{0} could not be opened: {1}").format(Path(refused.path).name, words(refused.failure)))
    elif added.refused:
        said.append(tr("{0} files or folders could not be opened.").format(len(added.refused)))
        details = [f"{refused.path}: {words(refused.failure)}" for refused in added.refused]
    elif not added.new and not added.known:
        said.append(tr("There are no files to encode there."))
    if added.known == 1:
        said.append(tr("1 was on the table already."))
    elif added.known:
        said.append(tr("{0} were on the table already.").format(QLocale().toString(added.known)))
    if added.again == 1:
        said.append(tr("1 has changed since and is encoded again."))
    elif added.again:
        said.append(tr("{0} have changed since and are encoded again.").format(QLocale().toString(added.again)))
    return " ".join(said), details
