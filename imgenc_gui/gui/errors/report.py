"""The dialog for unexpected errors, with a report to copy."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

import imgenc_gui
from imgenc_gui.core.naming import shown
from imgenc_gui.gui.desktop.file_manager import open_file
from imgenc_gui.gui.look.dialog_keys import settle
from imgenc_gui.gui.look.grid import SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon, without_icons
from imgenc_gui.gui.look.letters import heading, set_fixed_font, size_dialog
from imgenc_gui.gui.look.plain import Label, Lines
from imgenc_gui.gui.look.theme import muted

_REPORTS_KEPT = 10
_PACKAGES = ("PySide6-Essentials", "Pillow", "numpy", "scipy", "onnxruntime", "torch", "numba", "simplejpeg")


@cache  # 40 ms; errors may come by the hundred
def versions_text() -> str:
    """Return the versions that matter for a report, a line each. Nothing is imported for it."""
    from importlib import metadata  # noqa: PLC0415 - takes 10 ms of the start

    lines = [
        f"imgenc {imgenc_gui.__version__}",
        f"Python {platform.python_version()} ({platform.machine()})",
        f"Qt {qVersion()}",
        f"System {platform.platform()}",
    ]
    for name in _PACKAGES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name} not found")
    return "\n".join(lines)


class ErrorDialog(QDialog):
    """Plain words, the report, and a button that copies it."""

    def __init__(self, folder: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self._count = 0
        self._texts: list[str] = []

        self._title = heading(Label(self.tr("Something went wrong inside imgenc")))
        self._title.setWordWrap(True)
        self._words = Label(
            self.tr(
                "Your pictures are untouched and you can go on working. If it happens again, "
                "copy the report and send it to us: it tells us what to mend."
            )
        )
        self._words.setWordWrap(True)
        head = QVBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._title)
        head.addWidget(self._words)
        top = QHBoxLayout()
        top.setSpacing(WIDE)
        top.addWidget(IconLabel("failure", 40, "failure"), 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(head, 1)

        self._report = Lines(self.tr("Error report"), wraps=False)
        set_fixed_font(self._report)
        caption = muted(Label(self.tr("&Report (it can contain names of files and folders)")))
        caption.setBuddy(self._report)

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        buttons.rejected.connect(self.reject)
        self._copy = buttons.addButton(self.tr("&Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        set_icon(self._copy, "copy")
        self._copy.clicked.connect(self._copy_report)
        if folder is not None:
            show = buttons.addButton(self.tr("Open &log folder"), QDialogButtonBox.ButtonRole.ActionRole)
            show.clicked.connect(lambda: open_file(folder, lambda: self._tell_unshown(folder)))
        close = buttons.button(QDialogButtonBox.StandardButton.Close)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        layout.addLayout(top)
        below = QVBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(caption)
        below.addWidget(self._report, 1)
        layout.addLayout(below, 1)
        layout.addWidget(buttons)
        settle(buttons, close)
        close.setFocus()
        size_dialog(self, 90, 34)

    def add_error(self, thread: str, text: str) -> None:
        """Count an error, and add it to the report unless the same is there already or there are many."""
        self._count += 1
        entry = f"Thread {thread}\n{text}"
        if entry not in self._texts and len(self._texts) < _REPORTS_KEPT:
            self._texts.append(entry)
        if self._count > 1:
            self._title.setText(self.tr("Something went wrong inside imgenc, {count} times").format(count=self._count))
        self._copy.setText(self.tr("&Copy report"))
        self._report.setPlainText(self.report_text())

    def error_count(self) -> int:
        """How many errors came while it has been open."""
        return self._count

    def report_text(self) -> str:
        """Return the report: versions, then each traceback. The home folder is written as ~."""
        text = "\n\n".join((versions_text(), *self._texts))
        if self._count > len(self._texts):
            text += f"\n{self._count} errors in all"
        return text.replace(os.path.expanduser("~"), "~")  # noqa: PTH111 - it is "~" where nobody knows it

    def _tell_unshown(self, folder: Path) -> None:
        text = self.tr("The log's folder can't be shown: it is gone, or there is no file manager. It is {0}")
        if isValid(self):  # another program may take seconds to fail
            self._words.setText(text.format(shown(str(folder))))

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self.report_text())
        self._copy.setText(self.tr("Copied"))
