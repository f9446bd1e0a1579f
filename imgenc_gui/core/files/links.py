"""Where a file really lies: a person's own links are followed, those that others may have planted aren't."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

_MOST = 40  # links, as Linux bears


class PlantedError(OSError):
    """A link on the way to a file belongs to another user, in a folder to which everybody may write."""

    def __init__(self, link: Path) -> None:
        super().__init__(errno.EACCES, "a link of another user's", str(link))
        self.link = link


def resolved(path: Path) -> Path:
    """The file to which a path leads, whether it is there or not. Raises OSError: PlantedError, or a loop's.

    Whoever writes there would write where another user wants, with the rights of this one.
    """
    if sys.platform == "win32":  # links are made by administrators alone
        return Path(os.path.realpath(path))
    whole = path if path.is_absolute() else Path.cwd() / path  # where one is may be gone
    place, ahead = Path(whole.anchor), list(whole.parts[:0:-1])
    links = 0
    while ahead:
        name = ahead.pop()
        if name == "..":
            place = place.parent
            continue
        here = place / name
        if not here.is_symlink():
            place = here
            continue
        links += 1
        if links > _MOST:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if _is_planted(here):
            raise PlantedError(here)
        leads = here.readlink()
        place = Path(leads.anchor) if leads.is_absolute() else place
        ahead += leads.parts[: 0 if leads.is_absolute() else None : -1]
    return place


def _is_planted(link: Path) -> bool:
    """As Linux itself asks where it protects links."""
    folder, owner = link.parent.stat(), link.lstat().st_uid
    return bool(folder.st_mode & stat.S_IWOTH) and owner not in {os.geteuid(), folder.st_uid}
