"""Where the pictures of an export are now: in the folder that it names, in another, or nowhere that is known."""

# ruff: noqa: PTH100, PTH116, PTH117, PTH118, PTH119
# Paths stay strings here: pathlib would cost seconds for 100,000 files, and change names.

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence

from imgenc_gui.core.files.read_back import ReadBack
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.stopping import Stop, never

_LOOKED_FOR = 24


def place(file: str, read: ReadBack, folder: str) -> list[str]:
    """A path for each picture of an export: within ``folder``, or, where that is "", where the export says it was.

    Where it doesn't say, or names a folder of another system, the pictures are within the export itself: it is a file,
    so that there never is another file of that path.
    """
    root = folder or (read.root if os.path.isabs(read.root) else "")
    if root:
        return [os.path.normpath(os.path.join(root, name)) for name, _ in read.named]
    made_up = os.path.abspath(file)
    return [_within(made_up, number, name) for number, (name, _) in enumerate(read.named)]


def _within(made_up: str, number: int, name: str) -> str:
    """A path in a folder that can't be, or the whole path that a name of a file outside of all folders is."""
    path = os.path.normpath(os.path.join(made_up, name))
    if os.path.isabs(name) or path.startswith(made_up + os.sep):
        return path
    last = os.path.basename(name)  # "../a.jpg" would lead out of it
    return os.path.join(made_up, str(number), last if last.strip(".") else "_")


def sample(read: ReadBack) -> tuple[str, ...]:
    """Some of the names, from all over the export: whether their files are there tells of all."""
    names = [name for name, result in read.named if not result.failure]
    return tuple(names[:: max(1, -(-len(names) // _LOOKED_FOR))])


def count_found(names: Iterable[str], folder: str, stop: Stop = never) -> int:
    """How many of the names are files in a folder."""
    found, _ = look([os.path.join(folder, name) for name in names], stop)
    return len(found)


def look(paths: Sequence[str], stop: Stop = never) -> tuple[dict[str, FileIdentity], list[str]]:
    """What files look like now, and which paths lead to none. Disks may be slow; those that stop() left are in neither.

    A file that can't be looked at, because its folder may not be opened, counts as none.
    """
    found: dict[str, FileIdentity] = {}
    missing: list[str] = []
    for path in paths:
        if stop():
            break
        try:
            status = os.stat(path)
        except (OSError, ValueError):  # ValueError: a name that no file can have
            missing.append(path)
            continue
        if stat.S_ISREG(status.st_mode):
            found[path] = FileIdentity.of(status)
        else:
            missing.append(path)
    return found, missing
