"""The library's part of the settings: whether encodings are kept, how many there are, how large it may grow."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QMessageBox, QPushButton, QVBoxLayout, QWidget

from imgenc_gui.core.naming import shown
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import widen
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.settings.rows import labelled, sentence

_LIMITS = (512, 1024, 2048, 4096, 8192, 16_384, 65_536)  # MB
_MB, _GB = 1 << 20, 1 << 30


class LibraryPart(QWidget):
    """Knows no library: whoever does tells what is in it, and does what is asked."""

    folder_requested = Signal()
    clear_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keep = QCheckBox(self.tr("&Keep encodings"))
        self.keep.setAccessibleName(self.tr("Keep encodings"))
        self._limit = QComboBox()
        self._limit.setAccessibleName(self.tr("Largest size of the library"))
        for megabytes in _LIMITS:
            self._limit.addItem(data_words(megabytes * _MB), megabytes)
        self._size = Label()
        self._size.setWordWrap(True)
        self._place = muted(ElidedLabel())
        self.path = Path()
        self._pictures = 0
        self._show = QPushButton(self.tr("Show in &folder"))
        self._show.setAccessibleName(self.tr("Show the library in its folder"))
        self._show.clicked.connect(self.folder_requested)
        self._clear = QPushButton(self.tr("C&lear…"))
        self._clear.setAccessibleName(self.tr("Clear the library"))
        self._clear.clicked.connect(self._ask)
        buttons = FlowLayout(SPACE, SPACE)
        for button in (self._show, self._clear):
            button.setEnabled(False)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.keep)
        column.addWidget(
            sentence(self.tr("Nothing is encoded twice: pictures that imgenc has met are there at once the next time."))
        )
        column.addLayout(labelled(self.tr("At &most"), self._limit))
        column.addWidget(self._size)
        column.addWidget(self._place)
        column.addLayout(buttons)

    @property
    def limit(self) -> int:
        """The limit that is chosen, in MB."""
        return int(self._limit.currentData())

    def set_limit(self, megabytes: int) -> None:
        """Show a limit; one of a person's own, from the settings' file, too."""
        if self._limit.findData(megabytes) < 0:
            self._limit.addItem(data_words(megabytes * _MB), megabytes)
        self._limit.setCurrentIndex(self._limit.findData(megabytes))

    def show_contents(self, path: Path, size: int, limit: int, pictures: int) -> None:
        """Say where the library lies, and how much is in it."""
        self.path = path
        self._place.set_whole_text(shown(str(path)))
        self._show.setEnabled(True)
        self._pictures = pictures
        self._clear.setEnabled(size > 0)
        if pictures == 1:
            text = self.tr("{0} of {1}, 1 picture").format(data_words(size), data_words(limit))
        else:
            number = QLocale().toString(pictures)
            text = self.tr("{0} of {1}, {2} pictures").format(data_words(size), data_words(limit), number)
        self._size.setText(text if size else self.tr("The library is empty."))

    def say(self, text: str) -> None:
        """Say something else in place of how much is in it."""
        self._size.setText(text)

    def _ask(self) -> None:
        if self._pictures == 1:
            text = self.tr("The encodings of 1 picture are forgotten, and must be made again.")
        else:
            text = self.tr("The encodings of {0} pictures are forgotten, and must be made again.")
        box = QMessageBox(QMessageBox.Icon.Question, "imgenc", self.tr("Clear the library?"), parent=self.window())
        box.setInformativeText(
            text.format(QLocale().toString(self._pictures))
            + "\n"
            + self.tr("No picture, no export and nothing on the table is lost.")
        )
        widen(box)
        clear = box.addButton(self.tr("Clear"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        without_icons(box)
        box.exec()
        box.deleteLater()
        if box.clickedButton() is clear:
            self._clear.setEnabled(False)
            self.clear_requested.emit()


def data_words(size: int) -> str:
    """How much that is, in words whose MB are those of the limits: "312 MB", "1.2 GB", "2 GB"."""
    digits = 1 if size >= _GB and size % _GB else 0
    return QLocale().formattedDataSize(size, digits, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
