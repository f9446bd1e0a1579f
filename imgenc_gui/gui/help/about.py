"""What imgenc is, with versions and licence."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

import imgenc_gui
from imgenc_gui.gui.errors.report import versions_text
from imgenc_gui.gui.help.licences import LicencesDialog
from imgenc_gui.gui.look.dialog_keys import settle
from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.icons import app_icon, set_icon, without_icons
from imgenc_gui.gui.look.letters import heading, set_fixed_font, size_dialog
from imgenc_gui.gui.look.plain import Label, Lines
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.work.jobs import Jobs

_NAME_SIZE = 1.44  # times the usual letters


class AboutDialog(QDialog):
    """What imgenc is, its version and those of what it stands on, to copy; from here one comes to the licences."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.setWindowTitle(self.tr("About imgenc"))
        picture = Label()
        picture.setPixmap(app_icon().pixmap(QSize(64, 64), self.devicePixelRatioF()))
        picture.setAccessibleName(self.tr("imgenc's icon"))
        name = heading(Label(f"imgenc {imgenc_gui.__version__}"), _NAME_SIZE)
        words = Label(
            self.tr(
                "Turns pictures into short codes for finding copies and lookalikes. "
                "The codes equal those of imagededup, bit for bit."
            )
        )
        words.setWordWrap(True)
        licence = muted(
            Label(
                self.tr(
                    "Free software under the MIT licence; the network's weights are under the Apache License 2.0. "
                    "Your pictures never leave this computer."
                )
            )
        )
        licence.setWordWrap(True)
        head = QVBoxLayout()
        head.setSpacing(SPACE)
        for label in (name, words, licence):
            head.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(WIDE)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(head, 1)

        self._versions = Lines(self.tr("Versions"), versions_text(), wraps=False)
        set_fixed_font(self._versions)
        caption = muted(Label(self.tr("&Versions")))
        caption.setBuddy(self._versions)

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        buttons.rejected.connect(self.reject)
        self._copy = buttons.addButton(self.tr("&Copy versions"), QDialogButtonBox.ButtonRole.ActionRole)
        set_icon(self._copy, "copy")
        self._copy.clicked.connect(self._copy_versions)
        licences = buttons.addButton(self.tr("&Licences…"), QDialogButtonBox.ButtonRole.ActionRole)
        licences.clicked.connect(self._open_licences)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)

        below = QVBoxLayout()
        below.setSpacing(HALF)
        below.addWidget(caption)
        below.addWidget(self._versions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        layout.addLayout(top)
        layout.addLayout(below)
        layout.addWidget(buttons)
        settle(buttons, close)
        close.setFocus()
        size_dialog(self, 70, 30)

    def _open_licences(self) -> None:
        dialog = LicencesDialog(self._jobs, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _copy_versions(self) -> None:
        QGuiApplication.clipboard().setText(self._versions.toPlainText())
        self._copy.setText(self.tr("Copied"))
