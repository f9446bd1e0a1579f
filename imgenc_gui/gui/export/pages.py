"""The export dialog's pages after the choices: progress, and where the files are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from imgenc_gui.core.naming import shown
from imgenc_gui.gui.desktop.file_manager import open_file, show_in_folder
from imgenc_gui.gui.export.job import ExportOutcome
from imgenc_gui.gui.look.grid import BROAD, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon, without_icons
from imgenc_gui.gui.look.letters import heading, scrolling
from imgenc_gui.gui.look.plain import Label, Lines
from imgenc_gui.gui.look.theme import muted


def _for_clipboard(paths: Sequence[Path]) -> str:
    """The paths themselves, a line each; those that are no text, which is all a clipboard takes, as they are shown."""
    text = "\n".join(map(str, paths))
    try:
        text.encode()
    except UnicodeEncodeError:
        return "\n".join(shown(str(path)) for path in paths)
    return text


class ProgressPage(QWidget):
    """How far the writing has come, and Cancel."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._total = 0
        self._title = heading(Label(self.tr("Writing…")))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the export"))
        self._words = muted(Label())
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        without_icons(self._buttons)
        self._buttons.rejected.connect(self.cancelled)
        self.main_button = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(SPACE)
        layout.addStretch(1)
        for widget in (self._title, self._bar, self._words):
            layout.addWidget(widget)
        layout.addStretch(2)
        layout.addWidget(self._buttons)

    def begin(self, total: int) -> None:
        """Start at none of ``total`` pictures."""
        self._total = total
        self._title.setText(self.tr("Writing…"))
        self._buttons.setEnabled(True)
        self._bar.setRange(0, max(1, total))
        self.show_progress(0)

    def show_progress(self, pictures: int) -> None:
        """Show how many are written."""
        locale = QLocale()
        self._bar.setValue(pictures)
        self._words.setText(
            self.tr("{done} of {total} pictures").format(
                done=locale.toString(pictures), total=locale.toString(self._total)
            )
        )

    def show_cancelling(self) -> None:
        """Say that it is being undone."""
        self._title.setText(self.tr("Cancelling…"))
        self._buttons.setEnabled(False)


class DonePage(QWidget):
    """Where the files are."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._files: tuple[Path, ...] = ()
        self._summary = Label()
        self._summary.setWordWrap(True)
        self._paths = Lines(self.tr("Files written"))
        caption = muted(Label(self.tr("&Files")))
        caption.setBuddy(self._paths)
        head = QHBoxLayout()
        head.setSpacing(WIDE)
        words = QVBoxLayout()
        words.setSpacing(SPACE)
        words.addWidget(heading(Label(self.tr("The export is finished"))))
        words.addWidget(self._summary)
        head.addWidget(IconLabel("check", 40, "good"), 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        buttons.rejected.connect(self.closed)
        self.main_button = buttons.button(QDialogButtonBox.StandardButton.Close)
        body = QWidget()
        body.setAccessibleName(self.tr("What was written"))
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addSpacing(SPACE)
        column.addWidget(caption)
        column.addWidget(self._paths)
        column.addLayout(self._make_actions())
        column.addWidget(self._make_problem())
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(SPACE)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(buttons)

    def _make_actions(self) -> QHBoxLayout:
        self._open = QPushButton(self.tr("&Open"))
        set_icon(self._open, "open-file")
        self._open.clicked.connect(self._open_file)
        show = QPushButton(self.tr("&Show in folder"))
        set_icon(show, "show-in-folder")
        show.clicked.connect(self._show)
        self._copy = QPushButton(self.tr("&Copy path"))
        set_icon(self._copy, "copy")
        self._copy.clicked.connect(self._copy_paths)
        actions = QHBoxLayout()
        actions.setSpacing(SPACE)
        for button in (self._open, show, self._copy):
            button.setIconSize(QSize(ICON, ICON))
            actions.addWidget(button)
        actions.addStretch(1)
        return actions

    def _make_problem(self) -> QWidget:
        self._problem = QWidget()
        row = QHBoxLayout(self._problem)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(IconLabel("warning", ICON, "warning"), 0, Qt.AlignmentFlag.AlignTop)
        self._problem_text = Label()
        self._problem_text.setWordWrap(True)
        row.addWidget(self._problem_text, 1)
        self._problem.hide()
        return self._problem

    def show_outcome(self, outcome: ExportOutcome, summary: str) -> None:
        """Show what was written and where."""
        self._files = outcome.files
        self._summary.setText(summary)
        self._paths.setPlainText("\n".join(shown(str(path)) for path in outcome.files))
        lines = min(max(2, len(outcome.files)), 5)  # a long path takes two
        self._paths.setFixedHeight(self._paths.fontMetrics().lineSpacing() * lines + 2 * SPACE)
        self._copy.setText(self.tr("&Copy path") if len(outcome.files) == 1 else self.tr("&Copy paths"))
        self._open.setVisible(len(outcome.files) == 1)  # nobody wants five windows
        self._problem.hide()

    def add_to_summary(self, sentence: str) -> None:
        """Say one thing more on what was written."""
        self._summary.setText(f"{self._summary.text()}\n{sentence}")

    def _open_file(self) -> None:
        self._problem.hide()
        text = self.tr("The file can't be opened: it is gone, or no program opens files of its kind.")
        open_file(self._files[0], lambda: self._tell(text))

    def _show(self) -> None:
        self._problem.hide()
        text = self.tr("The folder can't be shown: it is gone, or there is no file manager. The path is above.")
        show_in_folder(self._files[0], lambda: self._tell(text))

    def _tell(self, text: str) -> None:
        """Say what didn't work."""
        if isValid(self):  # another program may take seconds to fail
            self._problem_text.setText(text)
            self._problem.show()

    def _copy_paths(self) -> None:
        QGuiApplication.clipboard().setText(_for_clipboard(self._files))
        self._copy.setText(self.tr("Copied"))
