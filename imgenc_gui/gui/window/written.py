"""What is said once a file was written without a dialog of its own, and what can be done with it then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from imgenc_gui.core.naming import shown
from imgenc_gui.gui.desktop.file_manager import open_file, show_in_folder
from imgenc_gui.gui.window.message_bar import MessageBar


class WrittenFile(QObject):
    """The last one, in the message bar: opened, or shown in its folder."""

    def __init__(self, window: QWidget, bar: MessageBar) -> None:
        super().__init__(window)
        self._bar = bar
        self._file = Path()
        self._open = QAction(self.tr("&Open"), self)
        self._open.setToolTip(self.tr("Open the file in its program"))
        self._open.triggered.connect(self._open_file)
        self._show = QAction(self.tr("Show &in folder"), self)
        self._show.setToolTip(self.tr("Show where the file is"))
        self._show.triggered.connect(self._show_in_folder)

    def tell(self, file: Path, text: str) -> None:
        """Say that a file was written."""
        self._file = file
        self._bar.tell(text, action=self._open, other=self._show)

    def _open_file(self) -> None:
        text = self.tr("The file can't be opened: it is gone, or no program opens files of its kind.")
        open_file(self._file, lambda: self._warn(text))

    def _show_in_folder(self) -> None:
        text = self.tr("The folder can't be shown: it is gone, or there is no file manager. It is {0}")
        text = text.format(shown(str(self._file.parent)))
        show_in_folder(self._file, lambda: self._warn(text))

    def _warn(self, text: str) -> None:
        if isValid(self):  # another program may take seconds to fail
            self._bar.tell(text, warning=True)
