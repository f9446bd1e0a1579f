"""The settings dialog: methods, folders, threads, rotation, what is left out, theme, and the library."""

from __future__ import annotations

import re

from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.gui.look.dialog_keys import settle
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.grid import BROAD, SPACE, WIDE
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import scrolling, size_dialog
from imgenc_gui.gui.methods.panel import MethodPanel
from imgenc_gui.gui.settings.library_part import LibraryPart
from imgenc_gui.gui.settings.rows import headline, labelled, named, sentence
from imgenc_gui.gui.settings.store import MAX_THREADS, THEMES, Settings

_BETWEEN = re.compile(r"[,\r\n\u2028\u2029]")  # names; lines' ends, too, where they are pasted


class SettingsDialog(QDialog):
    """Shows the settings; OK keeps the changes, Cancel and Esc drop them."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._settings = settings

        self.methods = MethodPanel()
        self._recursive = self._box(self.tr("Include &subfolders"))
        self._exclude = QLineEdit()
        self._exclude.setAccessibleName(self.tr("Leave out"))
        self._exclude.setPlaceholderText("*.tif, Lightroom*, backup/old")
        self._threads = QSpinBox()
        self._threads.setRange(0, MAX_THREADS)
        self._threads.setSpecialValueText(self.tr("Automatic"))
        self._threads.setAccessibleName(self.tr("Threads"))
        self._rotation = self._box(self.tr("Apply the photo's &rotation"))
        self._damaged = self._box(self.tr("Encode dama&ged pictures as far as they go"))
        self._theme = QComboBox()
        self._theme.setAccessibleName(self.tr("Theme"))
        names = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for theme in THEMES:
            self._theme.addItem(names[theme], theme)

        self._reopen = self._box(self.tr("Op&en where I left off"))
        self.library = LibraryPart()

        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        without_icons(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._defaults: QAbstractButton = buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        self._defaults.clicked.connect(self._show_defaults)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(BROAD)
        layout.addWidget(scrolling(self._body()), 1)
        layout.addWidget(buttons)
        settle(buttons, buttons.button(QDialogButtonBox.StandardButton.Ok))
        size_dialog(self, 100)
        self._show({name: getattr(settings, name) for name in Settings.CHOICES})

    def _body(self) -> QWidget:
        left, right = self._column(), self._column()
        left.addWidget(headline(self.tr("Methods")))
        left.addWidget(self.methods)
        left.addSpacing(WIDE)
        left.addWidget(headline(self.tr("Speed")))
        left.addLayout(labelled(self.tr("&Threads"), self._threads))
        left.addWidget(
            sentence(
                self.tr(
                    "Automatic uses every processor core. Choose a smaller number to go on working on this "
                    "computer meanwhile."
                )
            )
        )
        left.addSpacing(WIDE)
        left.addWidget(headline(self.tr("Window")))
        left.addLayout(labelled(self.tr("T&heme"), self._theme))
        left.addWidget(self._reopen)
        left.addStretch(1)
        right.addWidget(headline(self.tr("Reading")))
        right.addWidget(self._recursive)
        right.addWidget(named(self.tr("Lea&ve out"), self._exclude))
        right.addWidget(self._exclude)
        right.addWidget(
            sentence(
                self.tr(
                    "Files and folders within folders, by their names, with commas between them; * is for any letters. "
                    "What is in the list already stays."
                )
            )
        )
        right.addSpacing(SPACE)
        right.addWidget(self._rotation)
        right.addWidget(
            sentence(
                self.tr(
                    "Turns photos upright before encoding. Encodings of turned photos then differ from "
                    "imagededup's, which ignores the rotation."
                )
            )
        )
        right.addSpacing(SPACE)
        right.addWidget(self._damaged)
        right.addWidget(
            sentence(
                self.tr(
                    "For photos that break off, because of a failing card or of copying that was cut short. Such "
                    "encodings are marked; imagededup makes none."
                )
            )
        )
        right.addSpacing(WIDE)
        right.addWidget(headline(self.tr("Library")))
        right.addWidget(self.library)
        right.addStretch(1)
        body = QWidget()
        body.setAccessibleName(self.tr("Settings"))
        columns = FlowLayout(2 * BROAD, BROAD, sharing=True, parent=body)
        for column in (left, right):
            part = QWidget()
            part.setLayout(column)
            columns.addWidget(part)
        return body

    def accept(self) -> None:
        """Keep the changes."""
        self._settings.methods = self.methods.methods()
        self._settings.recursive = self._recursive.isChecked()
        self._settings.exclude = Exclusion.of(_BETWEEN.split(self._exclude.text()))
        self._settings.threads = self._threads.value()
        self._settings.apply_exif_orientation = self._rotation.isChecked()
        self._settings.damaged = self._damaged.isChecked()
        self._settings.reopen = self._reopen.isChecked()
        self._settings.theme = self._theme.currentData()
        self._settings.library = self.library.keep.isChecked()
        self._settings.library_limit = self.library.limit
        super().accept()

    def _show(self, values: dict[str, object]) -> None:
        self.methods.set_methods(values["methods"])  # type: ignore[arg-type]
        self._recursive.setChecked(bool(values["recursive"]))
        exclude = values["exclude"]
        self._exclude.setText(", ".join(exclude.patterns) if isinstance(exclude, Exclusion) else "")
        self._threads.setValue(int(str(values["threads"])))
        self._rotation.setChecked(bool(values["apply_exif_orientation"]))
        self._damaged.setChecked(bool(values["damaged"]))
        self._reopen.setChecked(bool(values["reopen"]))
        self._theme.setCurrentIndex(self._theme.findData(values["theme"]))
        self.library.keep.setChecked(bool(values["library"]))
        self.library.set_limit(int(str(values["library_limit"])))

    def _show_defaults(self) -> None:
        self._show({name: self._settings.default(name) for name in Settings.CHOICES})

    @staticmethod
    def _box(text: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setAccessibleName(text.replace("&", ""))
        return box

    @staticmethod
    def _column() -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        return column
