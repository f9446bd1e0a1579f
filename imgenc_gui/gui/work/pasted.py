"""Where pictures from the clipboard lie while there is a window: nobody else reads them, and no end leaves them behind.

A folder of its own for each window. Where that couldn't remove it, as it was killed, the next one does.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path
from PySide6.QtGui import QImage

from imgenc_gui.core import private

if sys.platform != "win32":
    import fcntl

_USED = "used"  # a file in each folder, locked by the process that uses it; on Windows being open is its lock


class PastedFolder:
    """A folder that goes with its window. ``root``: where such folders are. Raises OSError where there can't be one."""

    def __init__(self, root: Path) -> None:
        self._lock: IO[bytes] | None = None
        while self._lock is None:
            try:
                private.make_folder(root)
                self.path = root / secrets.token_hex(8)
                self.path.mkdir(private.FOLDER)
            except OSError:  # there is a place for it in any case, from which only this window removes it
                self.path = Path(tempfile.mkdtemp(prefix="imgenc-"))
            self._lock = _claimed(self.path)

    def remove(self) -> None:
        """Nobody needs the pictures any more."""
        if self._lock is not None:
            self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


def usual_root() -> Path:
    """Where such folders usually are. Not in the system's folder for temporary files: all its users look into that."""
    return user_cache_path("imgenc", appauthor=False) / "pasted"


def save_private(image: QImage, path: str) -> bool:
    """Write a picture that nobody else can read, as PNG. Whether that could be done."""
    try:
        private.make_file(Path(path))
    except OSError:
        return False
    return image.save(path, "PNG")  # type: ignore[call-overload, no-any-return]


def remove_abandoned(root: Path) -> None:
    """Remove the folders of windows that were killed. What can't be looked at or removed stays."""
    with suppress(OSError):
        for folder in root.iterdir():
            with suppress(OSError):
                _remove_unused(folder)


def _claimed(folder: Path) -> IO[bytes] | None:
    """The file that says that the folder is used; None where another process has just taken it for abandoned."""
    try:
        file = open(folder / _USED, "xb", opener=private.opened)  # noqa: SIM115 - open while the window is
    except FileNotFoundError:
        return None
    if sys.platform == "win32":
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_lost = not os.fstat(file.fileno()).st_nlink
    except BlockingIOError:
        is_lost = True
    except OSError:  # where there are no locks, nobody removes anything
        is_lost = False
    if is_lost:
        file.close()
        return None
    return file


def _remove_unused(folder: Path) -> None:
    """Raises OSError where a living window has it, among other things."""
    used = folder / _USED
    if sys.platform == "win32":
        used.rename(used)  # refused while it is open
        shutil.rmtree(folder)
        return
    try:
        with used.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    except FileNotFoundError:  # it was killed while it began, or another start has just removed it
        shutil.rmtree(folder)
