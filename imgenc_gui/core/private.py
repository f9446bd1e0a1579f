"""Folders and files that are for their owner alone, whatever new files usually get here."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

FOLDER, FILE = 0o700, 0o600
_OTHERS = 0o077


def usual_folder() -> Path:
    """Where the library and the networks that were added are: in IMGENC_LIBRARY, or with this person's other data."""
    given = os.environ.get("IMGENC_LIBRARY")
    return Path(given) if given else user_data_path("imgenc", appauthor=False)


def make_folder(folder: Path) -> None:
    """See to it that there is a folder; it, and those above it that are missing, are the owner's alone. Raises OSError.

    One that is there stays as it is.
    """
    if folder.parts[:1] == ("~",):  # what the system makes of a home that nobody knows
        raise FileNotFoundError(errno.ENOENT, "there is no home folder", str(folder))
    missing = []
    for place in (folder, *folder.parents):
        if place.exists():
            break
        missing.append(place)
    for place in reversed(missing):
        with suppress(FileExistsError):
            place.mkdir(FOLDER)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def close_to_others(path: Path) -> None:
    """Take what others may do with a file or a folder of ours, if it is there and is ours."""
    if sys.platform == "win32":  # the profile's rights see to it
        return
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)


def make_file(path: Path) -> None:
    """See to it that there is a file, the owner's alone. Raises OSError."""
    try:
        os.close(opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        close_to_others(path)


def opened(path: str | Path, flags: int) -> int:
    """The ``opener`` of a file that is the owner's alone if it is made now."""
    return os.open(path, flags, FILE)
