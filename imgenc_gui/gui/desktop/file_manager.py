"""The system's file manager: show a file in its folder, open a file or folder with the program it belongs to.

Nothing here waits for the other program, and nothing raises. Whether there is one shows only later on Linux, where each
desktop has its own way: the next one is tried where one fails, and whoever asked is told once none is left.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QDesktopServices

from imgenc_gui.gui.desktop.addresses import address_of

log = logging.getLogger(__name__)

Failed = Callable[[], object]

_SERVICE = "org.freedesktop.FileManager1"
_OBJECT = "/org/freedesktop/FileManager1"
_ANSWER_MS = 3000
# They say by their status whether a program was found. Qt starts the first one, too, but doesn't ask how it ended.
_OPENERS = (("xdg-open",), ("gio", "open"))
_LATER_MS = 5000
_LOOK_MS = 100
_SOON = 10.0  # seconds; who ends later has shown something: the program itself may have run within the command


def select_command(path: Path, system: str = sys.platform) -> str | list[str] | None:
    """Return the command that shows a file selected in its folder: on Windows a command line, on macOS words.

    None elsewhere: there the desktop is asked over D-Bus.
    """
    if system == "win32":
        return f'explorer /select,"{path}"'  # explorer wants its quotes exactly here, so no list
    if system == "darwin":
        return ["open", "-R", str(path)]
    return None


def show_in_folder(path: str | Path, failed: Failed) -> None:
    """Show a file in the file manager, or the nearest folder that still exists.

    ``failed`` is called where nothing could be done: now, or in a few seconds.
    """
    target = Path(path).absolute()
    if not target.exists():
        folder = next((parent for parent in target.parents if parent.is_dir()), None)
        if folder is None:
            failed()
        else:
            open_file(folder, failed)
        return

    def open_folder() -> None:
        open_file(target.parent, failed)

    command = select_command(target)
    if command is None:
        _select_over_dbus(target, open_folder)
    elif isinstance(command, str):  # explorer's status means nothing
        try:
            subprocess.Popen(command)  # noqa: S603 - a fixed program, the path is one argument
        except OSError as error:
            log.warning("The file manager can't be started: %s", error)
            open_folder()
    else:
        _start(command, open_folder)


def open_file(path: str | Path, failed: Failed) -> None:
    """Open a file or folder with the program it belongs to.

    ``failed`` is called where there is none, or the file is gone: now, or in a few seconds.
    """
    target = Path(path).absolute()
    if not target.exists():
        failed()
        return
    commands = (
        [[*opener, str(target)] for opener in _OPENERS if shutil.which(opener[0])] if _is_desktop_unknown() else []
    )
    if commands:
        _start_one(commands, failed)
    elif not QDesktopServices.openUrl(address_of(target)):
        failed()


def _is_desktop_unknown() -> bool:
    return sys.platform not in {"win32", "darwin"}


def _start_one(commands: Sequence[list[str]], failed: Failed) -> None:
    """Start the first of these commands that does it."""
    first, *others = commands
    _start(first, (lambda: _start_one(others, failed)) if others else failed)


def _start(command: list[str], failed: Failed) -> None:
    """Start a command; ``failed`` is called if it can't be, or ends soon and badly."""
    began = time.monotonic()
    nothing = subprocess.DEVNULL
    try:
        # In a session of its own: Ctrl+C on imgenc's terminal isn't meant for what is open there.
        process = subprocess.Popen(  # noqa: S603 - a fixed program, the path is one argument
            command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
    except OSError as error:
        log.warning("%s can't be started: %s", command[0], error)
        failed()
        return
    timer = QTimer()
    timer.setInterval(_LOOK_MS)
    _waiting.append(timer)

    def look() -> None:
        status = process.poll()
        if status is None:
            if time.monotonic() - began > _SOON:  # it is what was asked for, and may be open for hours
                timer.setInterval(_LATER_MS)
            return
        timer.stop()
        _waiting.remove(timer)
        if status and time.monotonic() - began < _SOON:
            log.info("%s ended with status %s", command[0], status)
            failed()

    timer.timeout.connect(look)
    timer.start()


def _select_over_dbus(target: Path, failed: Failed) -> None:
    """Ask the desktop's file manager; ``failed`` is called if none answers."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher  # noqa: PLC0415 - Linux only

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        failed()
        return
    message = QDBusMessage.createMethodCall(_SERVICE, _OBJECT, _SERVICE, "ShowItems")
    message.setArguments([[target.as_uri()], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(message, _ANSWER_MS))
    _waiting.append(watcher)

    def answered(done: QDBusPendingCallWatcher) -> None:
        _waiting.remove(watcher)
        if done.isError():
            log.info("No file manager answers on D-Bus: %s", done.error().message())
            failed()

    watcher.finished.connect(answered)


_waiting: list[QObject] = []  # kept until they are answered
