"""The system's file manager: show a file in its folder, open a file or folder with the program it belongs to.

Nothing here waits for the other program, and nothing raises.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QDesktopServices

from imgenc_gui.gui.desktop.addresses import address_of

log = logging.getLogger(__name__)

_SERVICE = "org.freedesktop.FileManager1"
_OBJECT = "/org/freedesktop/FileManager1"
_ANSWER_MS = 3000


def select_command(path: Path, system: str = sys.platform) -> str | list[str] | None:
    """Return the command that shows a file selected in its folder: on Windows a command line, on macOS words.

    None elsewhere: there the desktop is asked over D-Bus.
    """
    if system == "win32":
        return f'explorer /select,"{path}"'  # explorer wants its quotes exactly here, so no list
    if system == "darwin":
        return ["open", "-R", str(path)]
    return None


def show_in_folder(path: str | Path) -> bool:
    """Show a file in the file manager, or the nearest folder that still exists. False: nothing could be done."""
    target = Path(path).absolute()
    if not target.exists():
        folder = next((parent for parent in target.parents if parent.is_dir()), None)
        return folder is not None and open_file(folder)
    command = select_command(target)
    if command is not None:
        try:
            subprocess.Popen(command)  # noqa: S603 - a fixed program, the path is one argument
        except OSError as error:
            log.warning("The file manager can't be started: %s", error)
            return open_file(target.parent)
        return True
    return _select_over_dbus(target) or open_file(target.parent)


def open_file(path: str | Path) -> bool:
    """Open a file or folder with the program it belongs to. False: there is none, or the file is gone."""
    target = Path(path).absolute()
    return target.exists() and QDesktopServices.openUrl(address_of(target))


def _select_over_dbus(target: Path) -> bool:
    """Ask the desktop's file manager. True: it was asked; if none answers, the folder is opened later."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher  # noqa: PLC0415 - Linux only

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    message = QDBusMessage.createMethodCall(_SERVICE, _OBJECT, _SERVICE, "ShowItems")
    message.setArguments([[target.as_uri()], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(message, _ANSWER_MS))
    _waiting.append(watcher)

    def answered(done: QDBusPendingCallWatcher) -> None:
        _waiting.remove(watcher)
        if done.isError():
            log.info("No file manager answers on D-Bus: %s", done.error().message())
            open_file(target.parent)

    watcher.finished.connect(answered)
    return True


_waiting: list[QObject] = []  # kept until they are answered
