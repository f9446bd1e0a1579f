"""Builds the application and its window, apart from running it, so that tests can have both."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

import imgenc_gui
from imgenc_gui.core.library.library import usual_folder
from imgenc_gui.core.terminal import ArgumentParser
from imgenc_gui.core.unkept import UNKEPT
from imgenc_gui.gui.errors.log import log_folder, set_up_logging
from imgenc_gui.gui.errors.reporter import ErrorReporter
from imgenc_gui.gui.look.focus import mark_focus
from imgenc_gui.gui.look.icons import app_icon
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.intake import absolute
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.pasted import remove_abandoned, usual_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_END_MS = 10_000


@dataclass(frozen=True, slots=True)
class App:
    """What makes up the running program; keep it as long as the window lives."""

    application: QApplication
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

    ``store`` and ``logs`` are where settings and log file live; None: this person's own.
    """
    options = parse(argv)
    known = QApplication.instance()
    application = known if isinstance(known, QApplication) else QApplication([sys.argv[0]])
    application.setApplicationName("imgenc")
    application.setApplicationDisplayName("imgenc")
    application.setApplicationVersion(imgenc_gui.__version__)
    application.setDesktopFileName("imgenc")
    application.setWindowIcon(app_icon())
    folder = logs or log_folder()
    with UNKEPT.held():  # there is nobody yet to tell
        log_file = set_up_logging(folder)
        errors = ErrorReporter(folder if log_file else None, application)
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
    window.jobs.run(lambda: remove_abandoned(usual_root()), lambda _: None)
    if options.paths:
        window.intake.add_paths(absolute(options.paths))
    elif settings.reopen:
        window.left_off.go_on()
    return App(application, window, settings, errors)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the exit status."""
    app = create_app(sys.argv[1:] if argv is None else argv)
    app.errors.install()
    app.window.show()
    # Whoever makes many objects has Python look through all there are, which takes 0.1 s and more; these stay.
    gc.freeze()
    # Python handles signals only when its own code runs: a timer gives it the chance.
    signal.signal(signal.SIGINT, lambda *_: app.window.close())  # Ctrl+C in a terminal: asks as the close button does
    signal.signal(signal.SIGTERM, lambda *_: app.window.close_at_once())  # the system shuts down: nobody can answer
    wake = QTimer(app.application)
    wake.timeout.connect(lambda: None)
    wake.start(250)
    try:
        status = app.application.exec()
        # The window is gone from the screen; a worker that is loading torch can't be interrupted, only waited for.
        app.window.end_work(_END_MS)
    finally:
        app.errors.uninstall()
    return status
