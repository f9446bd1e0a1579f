"""How pictures come in: dialogs, the clipboard, drops, recent folders; and the words on what became of them.

Exports among them are told, for others to open.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, QMimeData, QObject, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.listing import Excluded
from imgenc_gui.core.naming import printable, shown
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.desktop.addresses import address_of, home, path_at
from imgenc_gui.gui.look.sentences import words
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.work.adder import Added
from imgenc_gui.gui.work.session import Session

_MOST_DETAILS = 1000  # lines; 10,000 take a fifth of a second to make, and nobody reads them


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a drop or the clipboard holds that concerns us."""

    paths: tuple[str, ...]  # files and folders of this computer
    elsewhere: tuple[str, ...]  # addresses of other places
    image: QImage | None  # pixels, where no file comes with them


def parse(data: QMimeData) -> Dropped:
    """Read what was dropped or lies in the clipboard."""
    found = [(url, path_at(url)) for url in data.urls()]
    paths = tuple(path for _, path in found if path)
    elsewhere = tuple(printable(url.toDisplayString()) for url, path in found if not path)
    pixels = data.imageData() if data.hasImage() and not paths else None
    if isinstance(pixels, QPixmap):
        pixels = pixels.toImage()
    # Whoever promises a picture may fail to make it: what comes then is null, or nothing at all.
    image = pixels if isinstance(pixels, QImage) and not pixels.isNull() else None
    return Dropped(paths, elsewhere, image)


def is_welcome(data: QMimeData | None) -> bool:
    """Whether there may be a picture in it."""
    return data is not None and (data.hasUrls() or data.hasImage())


class Intake(QObject):
    """Hands what a person brings to the session, and says in the message bar what could not be taken."""

    exports_brought = Signal(object)  # paths

    def __init__(self, window: QWidget, settings: Settings, session: Session, bar: MessageBar) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._session = session
        self._bar = bar
        self._elsewhere: tuple[str, ...] = ()  # addresses that came with the files added last
        self._left_out: set[str] = set()  # names of folders of which it was said that they are left out

    def add_paths(self, paths: Sequence[str]) -> None:
        """Take files and folders in and encode them at once."""
        self._bar.hide()
        self._elsewhere = ()
        self._session.add_paths(paths)

    def open_folder(self) -> None:
        """Ask for a folder."""
        title, schemes = self.tr("Open folder"), ["file"]
        chosen = QFileDialog.getExistingDirectoryUrl(self._window, title, self._start(), supportedSchemes=schemes)
        if path := path_at(chosen):
            self.add_paths([path])

    def add_pictures(self) -> None:
        """Ask for pictures. All files are offered: what a file is shows when it is read."""
        title, schemes = self.tr("Add pictures"), ["file"]
        chosen, _ = QFileDialog.getOpenFileUrls(self._window, title, self._start(), supportedSchemes=schemes)
        self.add_paths([path for path in map(path_at, chosen) if path])

    def open_export(self) -> None:
        """Ask for exports."""
        endings = sorted({one.suffix for one in FORMATS} | {f".{method.id}" for method in METHODS})
        kinds = [
            self.tr("Exports ({0})").format(" ".join(f"*{ending}" for ending in endings)),
            self.tr("All files (*)"),
        ]
        title, schemes = self.tr("Open an export"), ["file"]
        chosen, _ = QFileDialog.getOpenFileUrls(
            self._window, title, self._start(), ";;".join(kinds), supportedSchemes=schemes
        )
        if paths := [path for path in map(path_at, chosen) if path]:
            self._bar.hide()
            self.exports_brought.emit(paths)

    def paste(self) -> None:
        """Encode what is in the clipboard: files, or a picture."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData) -> None:
        """Encode what was dropped or pasted, and say what can't be taken."""
        self._bar.hide()  # what it says is of something else
        dropped = parse(data)
        if dropped.paths:
            self.add_paths(dropped.paths)
        elif dropped.image is not None:
            self._elsewhere = ()
            self._session.add_image(dropped.image)
        elif data.hasImage() and not dropped.elsewhere:
            text = self.tr("The other program did not hand the picture over. Save it there, then drop its file.")
            self._bar.tell(text, warning=True)
        if dropped.elsewhere and dropped.image is None:
            self._elsewhere = dropped.elsewhere
            self._bar.tell(self._elsewhere_words(), dropped.elsewhere, warning=True)

    def note(self, added: Added) -> None:
        """Remember the folders that were opened, forget those that are gone, and say what was refused."""
        for folder in added.folders:
            self._settings.add_recent(folder)
        self._settings.remove_recent(*(refused.path for refused in added.refused))
        text, details = added_words(added)
        if text and self._elsewhere:
            text = f"{text} {self._elsewhere_words()}"
            details += self._elsewhere
        if text:
            self._bar.tell(text, details, warning=bool(added.refused or self._elsewhere))
        self._tell_left_out(added)
        if added.exports:
            self.exports_brought.emit(added.exports)

    def _tell_left_out(self, added: Added) -> None:
        """Say of each name once that such folders are left out."""
        names = {Path(folder).name for folder in added.left_out} - self._left_out
        if names:
            self._left_out |= names
            text = self.tr("Left out: folders named {0}, in which other programs keep small copies of pictures.")
            self._bar.add(text.format(", ".join(sorted(names))))

    def _elsewhere_words(self) -> str:
        return self.tr("Only files on this computer can be encoded. Save the picture first, then drop its file.")

    def _start(self) -> QUrl:
        recent = [one.path for one in self._settings.recent if not one.is_export]
        return address_of(recent[0] if recent else home())


def absolute(paths: Sequence[str]) -> list[str]:
    """Return the paths given on the command line as absolute ones, before anything changes the current folder.

    Desktops may give addresses (file:///home/a%20b.jpg) instead of paths.
    """

    def path_of(given: str) -> str:
        if given.startswith("file:/") and not os.path.lexists(given):
            return path_at(QUrl.fromEncoded(os.fsencode(given))) or given
        return given

    return [str(Path(path_of(path)).absolute()) for path in paths]


def added_words(added: Added) -> tuple[str, list[str]]:
    """Say what was refused or known already: a sentence ("" when all is well) and details."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("intake", text)

    said = []
    details: list[str] = []
    if len(added.refused) == 1:
        refused = added.refused[0]
        said.append(tr("{0} could not be opened: {1}").format(_name(refused.path), words(refused.failure)))
    elif added.refused:
        said.append(tr("{0} files or folders could not be opened.").format(len(added.refused)))
        told = added.refused[:_MOST_DETAILS]
        details = [f"{shown(refused.path)}: {words(refused.failure)}" for refused in told]
        if len(told) < len(added.refused):
            details.append(tr("… and {0} more").format(QLocale().toString(len(added.refused) - len(told))))
    elif not added.new and not added.known and not added.exports:
        said.append(tr("There are no files to encode there."))
    if added.known == 1:
        said.append(tr("1 file was in the list already."))
    elif added.known:
        said.append(tr("{0} files were in the list already.").format(QLocale().toString(added.known)))
    if added.again == 1:
        said.append(tr("1 file has changed since and is encoded again."))
    elif added.again:
        said.append(tr("{0} files have changed since and are encoded again.").format(QLocale().toString(added.again)))
    said.append(_excluded_words(added.excluded))
    return " ".join(filter(None, said)), details


def _excluded_words(excluded: Excluded) -> str:
    """Say how much of folders was left out; "" for nothing."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("intake", text)

    files, folders = excluded
    counted = []
    if files:
        counted.append(tr("1 file") if files == 1 else tr("{0} files").format(QLocale().toString(files)))
    if folders:
        counted.append(tr("1 folder") if folders == 1 else tr("{0} folders").format(QLocale().toString(folders)))
    return tr("Left out, as the settings say: {0}.").format(", ".join(counted)) if counted else ""


def _name(path: str) -> str:
    return shown(Path(path).name or path)
