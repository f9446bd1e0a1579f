"""Unexpected exceptions: one dialog with a report to copy, whatever thread they come from; and the log file.

Use::

    log_file = set_up_logging(log_folder())              # once, first thing; None when the folder can't be written
    reporter = ErrorReporter(log_folder(), parent=app)   # after QApplication, on the window's thread
    reporter.install()                                   # sys.excepthook and threading.excepthook
    reporter.report(error)                               # from any thread, for exceptions caught elsewhere
    reporter.reported                                    # signal(str): the report, on the window's thread
    reporter.uninstall()                                 # puts back the hooks that were there

Exceptions in slots, event handlers, QRunnables and Python threads all reach the hooks. While the dialog is open further
errors are counted and added to its report, never stacked on top. KeyboardInterrupt and SystemExit keep their usual way.
"""

from __future__ import annotations

import importlib.metadata
import logging
import logging.handlers
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QObject, Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

import imgenc_gui
from imgenc_gui.gui.desktop.file_manager import open_file
from imgenc_gui.gui.look.theme import SPACE, WIDE, IconLabel, fixed_font, heading_font, muted, set_icon

log = logging.getLogger(__name__)

_LOG_NAME = "imgenc.log"
_LOG_BYTES = 1_000_000
_LOG_COPIES = 2  # with the current one: three files of 1 MB
_REPORTS_KEPT = 10
_PACKAGES = ("PySide6-Essentials", "Pillow", "numpy", "scipy", "torch", "numba", "simplejpeg")


def log_folder() -> Path:
    """Return where this system keeps logs of programs; the folder need not exist yet."""
    return platformdirs.user_log_path("imgenc", appauthor=False)


def set_up_logging(folder: Path, level: int = logging.INFO) -> Path | None:
    """Write the log to ``folder``/imgenc.log, at most three files of 1 MB; return its path.

    Called again, it moves the log. Where the folder can't be written nothing is logged to a file, and None is returned.
    """
    close_logging()
    path = folder / _LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_LOG_BYTES, backupCount=_LOG_COPIES, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        log.warning("There is no log file: %s", error)
        return None
    handler.set_name(_LOG_NAME)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    if root.level == logging.NOTSET or root.level > level:
        root.setLevel(level)
    return path


def close_logging() -> None:
    """Close the log file, if there is one."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if handler.get_name() == _LOG_NAME:
            root.removeHandler(handler)
            handler.close()


def versions_text() -> str:
    """Return the versions that matter for a report, a line each. Nothing is imported for it."""
    lines = [
        f"imgenc {imgenc_gui.__version__}",
        f"Python {platform.python_version()} ({platform.machine()})",
        f"Qt {qVersion()}",
        f"System {platform.platform()}",
    ]
    for name in _PACKAGES:
        try:
            lines.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{name} not found")
    return "\n".join(lines)


class ErrorReporter(QObject):
    """Shows unexpected exceptions of any thread in one dialog. Lives on the window's thread."""

    reported = Signal(str)
    _arrived = Signal(str, str)  # the thread's name, the traceback

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._dialog: ErrorDialog | None = None
        self._broken = False
        self._old_hook: Callable[..., object] | None = None
        self._old_thread_hook: Callable[..., object] | None = None
        # Queued always: an exception may come out of the middle of a paint event, where no dialog can be opened.
        self._arrived.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over the hooks for uncaught exceptions."""
        if self._old_hook is None:
            self._old_hook, self._old_thread_hook = sys.excepthook, threading.excepthook
            sys.excepthook, threading.excepthook = self._on_exception, self._on_thread_exception

    def uninstall(self) -> None:
        """Put back the hooks that were there before."""
        if self._old_hook is not None and self._old_thread_hook is not None:
            sys.excepthook, threading.excepthook = self._old_hook, self._old_thread_hook
            self._old_hook = self._old_thread_hook = None

    def report(self, error: BaseException, thread: str | None = None) -> None:
        """Log an exception and show it. From any thread; returns at once, and keeps nothing of the exception alive."""
        text = "".join(traceback.format_exception(error))
        name = thread or threading.current_thread().name
        log.error("Unexpected error in thread %s\n%s", name, text)
        self._arrived.emit(name, text)

    def dialog(self) -> ErrorDialog | None:
        """Return the dialog while it is open."""
        return self._dialog

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            (self._old_hook or sys.__excepthook__)(kind, error, trace)
        else:
            self.report(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self.report(args.exc_value, args.thread.name if args.thread is not None else None)

    def _show(self, thread: str, text: str) -> None:
        if self._broken:
            return
        try:
            dialog = self._dialog or self._open_dialog()
            dialog.add_error(thread, text)
            report = dialog.report_text()
        except Exception:
            self._broken = True  # else this error would come back here, for ever
            log.exception("The error dialog itself failed")
            return
        self.reported.emit(report)

    def _open_dialog(self) -> ErrorDialog:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()  # it would keep the mouse and the keyboard to itself
        parent = QApplication.activeWindow()
        while parent is not None and (above := parent.parentWidget()) is not None:
            parent = above.window()  # the main window: other dialogs may be gone before this one
        dialog = ErrorDialog(self._folder, parent)
        dialog.finished.connect(self._forget)
        self._dialog = dialog
        dialog.open()
        return dialog

    def _forget(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


class ErrorDialog(QDialog):
    """Plain words, the report, and a button that copies it."""

    def __init__(self, folder: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self._count = 0
        self._texts: list[str] = []

        self._title = QLabel(self.tr("Something went wrong inside imgenc"))
        self._title.setFont(heading_font(self._title))
        words = QLabel(
            self.tr(
                "Your pictures are untouched and you can go on working. If it happens again, "
                "copy the report and send it to us: it tells us what to mend."
            )
        )
        words.setWordWrap(True)
        head = QVBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._title)
        head.addWidget(words)
        top = QHBoxLayout()
        top.setSpacing(WIDE)
        top.addWidget(IconLabel("failure", 40, "failure"), 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(head, 1)

        self._report = QPlainTextEdit()
        self._report.setReadOnly(True)
        self._report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._report.setFont(fixed_font())
        self._report.setTabChangesFocus(True)
        self._report.setAccessibleName(self.tr("Error report"))
        caption = muted(QLabel(self.tr("&Report (it can contain names of files and folders)")))
        caption.setBuddy(self._report)

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self._copy = buttons.addButton(self.tr("&Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        set_icon(self._copy, "copy")
        self._copy.clicked.connect(self._copy_report)
        if folder is not None:
            show = buttons.addButton(self.tr("Open &log folder"), QDialogButtonBox.ButtonRole.ActionRole)
            show.clicked.connect(lambda: open_file(folder))
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.setFocus()

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
        self.resize(640, 480)

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
        return text.replace(str(Path.home()), "~")

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self.report_text())
        self._copy.setText(self.tr("Copied"))
