"""What the folders and files that the table's pictures come from look like now, against what the table knows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from imgenc_gui.core.excluding import NOTHING, Exclusion
from imgenc_gui.core.formats.foreign import foreign_format_by_ending
from imgenc_gui.core.formats.registry import is_ending
from imgenc_gui.core.listing import Listing, Origin, Tell, identity, is_gone, list_origins, nobody, within
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.states import States
from imgenc_gui.core.stopping import Stop, never

_PORTION = 10_000  # files


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different on the disk."""

    listing: Listing
    seen: dict[str, FileIdentity] = field(default_factory=dict)  # files in the table that don't look as they did
    gone: tuple[str, ...] = ()  # files in the table that aren't there any more
    away: tuple[str, ...] = ()  # folders in which nothing is found: their disk may not be connected


def look_again(rows: States, paths: Iterable[str], stop: Stop = never) -> dict[str, FileIdentity]:
    """What those files look like that have a row and don't look as they did. On any thread: disks may be slow."""
    seen = {}
    for path in paths:
        if stop():
            break
        row = rows.number(path)
        if row is None:
            continue
        file = identity(path)
        if file is not None and rows.is_unlike(row, file):
            seen[path] = file
    return seen


def find_difference(
    rows: States,
    origins: Sequence[Origin],
    stop: Stop = never,
    tell: Tell = nobody,
    exclude: Exclusion = NOTHING,
) -> Difference:
    """List origins again, and look what changed, came or went. On any thread: disks may be slow.

    What is left out now stays on the table as it is.
    """
    listing = list_origins(origins, stop, tell, exclude)
    seen = look_again(rows, listing.files, stop)
    if stop():  # what wasn't listed any more isn't gone
        return Difference(listing, seen)
    listed: dict[str, None] = {}  # a set is looked through for cycles: of a million paths, a fifth of a second
    for first in range(0, len(listing.files), _PORTION):  # Python lets no other thread on while it makes one
        listed |= dict.fromkeys(listing.files[first : first + _PORTION])
    missed = [path for path in rows.paths[:] if path not in listed and not _is_removed(rows, path)]
    gone: dict[str, None] = {}
    away: dict[str, None] = {}
    single = {one.path for one in origins if not one.is_folder}
    for folder in dict.fromkeys(os.path.dirname(path) for path in single):  # noqa: PTH120
        lost = [path for path in missed if path in single and os.path.dirname(path) == folder]  # noqa: PTH120
        if not os.path.isdir(folder):  # noqa: PTH112
            away[folder] = None
        else:
            gone |= dict.fromkeys(lost)
    for one in origins:
        lost = [path for path in missed if one.holds(path, exclude)] if one.is_folder else []
        is_away = one.is_folder and (lost or not os.path.isdir(one.path))  # noqa: PTH112
        if is_away and not any(file.startswith(within(one.path)) for file in listing.files):
            away[one.path] = None
        else:
            gone |= dict.fromkeys(lost)
    elsewhere = tuple(map(within, away))
    found_gone = (path for path in gone if not path.startswith(elsewhere) and not _is_noted(rows, path))
    return Difference(listing, seen, tuple(path for path in found_gone if not stop() and is_gone(path)), tuple(away))


def _is_removed(rows: States, path: str) -> bool:
    row = rows.number(path)
    return row is not None and rows.is_removed(row)


def may_be_picture(path: str) -> bool:
    """Whether a file's name leaves that open; what accompanies pictures (.xmp, .txt) is not worth a word."""
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122
    return not ending or is_ending(ending) or foreign_format_by_ending(ending) is not None


def _is_noted(rows: States, path: str) -> bool:
    row = rows.number(path)
    return row is None or rows.is_gone(row)
