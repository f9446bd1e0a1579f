"""Unexpected exceptions, whatever thread they come from, open one dialog, and the application lives on.

Exceptions in slots, event handlers, QRunnables and Python threads all reach the hooks. While the dialog is open further
errors are counted and added to its report, never stacked on top. KeyboardInterrupt and SystemExit keep their usual way.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from imgenc_gui.core.naming import printable
from imgenc_gui.gui.errors.report import ErrorDialog

log = logging.getLogger(__name__)


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
        text = "\n".join(map(printable, "".join(traceback.format_exception(error)).split("\n")))
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
