"""Builds the application and its window, apart from running it, so that tests can have both."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QApplication

import imgenc_gui
from imgenc_gui.core import ending
from imgenc_gui.core.compiled.module import any_is_loading
from imgenc_gui.core.files.together import tidy
from imgenc_gui.core.library.library import usual_folder
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.registry import take_in_added
from imgenc_gui.core.terminal import ArgumentParser, quiet_libraries
from imgenc_gui.core.unkept import UNKEPT
from imgenc_gui.gui.desktop.application import Application
from imgenc_gui.gui.desktop.screen import why_no_window
from imgenc_gui.gui.errors.log import log_folder, set_up_logging
from imgenc_gui.gui.errors.reporter import ErrorReporter
from imgenc_gui.gui.look.focus import mark_focus
from imgenc_gui.gui.look.icons import app_icon
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.intake import absolute
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.pasted import usual_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_END_MS = 500  # of the grace; the window waits before it closes


@dataclass(frozen=True, slots=True)
class App:
    """What makes up the running program; keep it as long as the window lives."""

    application: Application
    window: MainWindow
    settings: Settings
    errors: ErrorReporter


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line, without the program's name. Exits for --help, --version and wrong usage."""
    parser = ArgumentParser(prog="imgenc-gui", description="Turn pictures into encodings, in a window.")
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="a folder or picture to encode at once, or an export to open"
    )
    parser.add_argument("--version", action="version", version=f"imgenc-gui {imgenc_gui.__version__}")
    return parser.parse_args(argv)


def create_app(argv: Sequence[str], store: QSettings | None = None, logs: Path | None = None) -> App:
    """Build everything and start encoding the paths in ``argv`` (without the program's name), but don't run it.

    ``store`` and ``logs`` are where settings and log file live; None: this person's own. Exits with a sentence where
    there is no screen.
    """
    options = parse(argv)
    known = QApplication.instance()
    hindrance = why_no_window(os.environ) if known is None else ""
    if hindrance:
        raise SystemExit(f"imgenc-gui: {hindrance}")
    application = known if isinstance(known, Application) else Application([sys.argv[0]])
    application.setApplicationName("imgenc")
    application.setApplicationDisplayName("imgenc")
    application.setApplicationVersion(imgenc_gui.__version__)
    application.setDesktopFileName("imgenc")
    application.setWindowIcon(app_icon())
    folder = logs or log_folder()
    with UNKEPT.held():  # there is nobody yet to tell
        log_file = set_up_logging(folder)
        errors = ErrorReporter(folder if log_file else None, application)
        take_in_added()  # before the settings name one
        settings = Settings(store or Settings.default_store(), application)
        apply_theme(application, settings.theme)
        mark_focus(application)

        def setting_changed(name: str) -> None:
            if name == "theme":
                apply_theme(application, settings.theme)

        settings.changed.connect(setting_changed)
        keeping = Keeping(settings, usual_folder(), application)
        window = MainWindow(settings, report=errors.report, log_folder=folder if log_file else None, keeping=keeping)
        keeping.listen()
    window.jobs.run(lambda: tidy(usual_root()), lambda _: None)
    if options.paths:
        window.intake.add_paths(absolute(options.paths))
    elif settings.reopen:
        window.left_off.go_on()
    application.opened.connect(window.intake.add_paths)
    application.listen()
    return App(application, window, settings, errors)


class _Told(QObject):
    """Takes it to the window's thread that the program is told to end."""

    to_end = Signal()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the exit status."""
    quiet_libraries()
    app = create_app(sys.argv[1:] if argv is None else argv)
    app.errors.install()
    app.window.closing.connect(lambda: ending.within(ending.GRACE_SECONDS, 0))
    told = _Told(app.application)

    def close() -> None:  # nobody can answer a question, or wants to
        app.window.close_at_once()
        app.application.quit()

    def heard(times: int) -> None:
        ending.within(ending.GRACE_SECONDS if times == 1 else 0, 0)  # also if the window's thread is held up
        told.to_end.emit()

    told.to_end.connect(close, Qt.ConnectionType.QueuedConnection)
    ending.heed(heard)
    app.window.show()
    # Whoever makes many objects has Python look through all there are, which takes 0.1 s and more; these stay.
    gc.freeze()
    gc.enable()  # __main__ has it look at nothing before
    try:
        status = app.application.exec()
        ended = app.window.end_work(_END_MS)
    finally:
        app.errors.uninstall()
    if not ended or any_is_loading() or NETWORKS.is_loading():
        ending.now(status)  # the window is gone, and nobody waits for what a thread is at
    return status
