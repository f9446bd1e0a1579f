"""Which files: the pictures to encode among the files and folders given, and the names to show for them."""

# ruff: noqa: PTH100, PTH110, PTH116, PTH120
# Paths stay strings here: pathlib would cost seconds for 100,000 files.

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from imgenc_gui.core.excluding import NOTHING, Exclusion
from imgenc_gui.core.ordering import order_of
from imgenc_gui.core.records.results import FailureCode, FileIdentity, ImageFailure, ImageResult
from imgenc_gui.core.stopping import Stop, never

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_JUNCTION_TAG = 0xA0000003  # Windows' IO_REPARSE_TAG_MOUNT_POINT; os.DirEntry.is_junction came with Python 3.12


# What programs put beside pictures, small copies of them: network drives, macOS' archives, Linux' file managers.
MADE_BY_PROGRAMS = frozenset({"@eaDir", "__MACOSX", ".thumbnails"})
_IN_THOSE = re.compile(
    f"(?:^|{re.escape(os.sep)})(?:{'|'.join(map(re.escape, sorted(MADE_BY_PROGRAMS)))}){re.escape(os.sep)}"
)

Tell = Callable[[int], object]
_TOLD = 250  # files: a fraction of a second of a slow disk


def nobody(_: int) -> None:
    """Where nobody is told."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A folder, or a single file, where pictures come from; ``recursive``: from the folders in it, too."""

    path: str  # absolute
    is_folder: bool
    recursive: bool

    @property
    def folder(self) -> str:
        """The folder that its pictures lie in."""
        return self.path if self.is_folder else os.path.dirname(self.path)

    def holds(self, path: str, exclude: Exclusion = NOTHING) -> bool:
        """Whether an absolute path is one that a listing of it could give."""
        if not self.is_folder:
            return path == self.path
        start = within(self.path)
        is_within = path.startswith(start) and is_listed(path[len(start) :], recursive=self.recursive)
        return is_within and not exclude.holds(path, self.path)


@dataclass(frozen=True, slots=True)
class Refused:
    """A path that gave no files: its absolute path, and why."""

    path: str
    failure: ImageFailure


class Excluded(NamedTuple):
    """How much was left out of what was listed, because a person said so."""

    files: int = 0
    folders: int = 0  # what is in these isn't known


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing found.

    ``root``: the folder that names are relative to; empty when nothing was found or the files lie on several drives.
    ``files``: absolute paths without duplicates, sorted by their relative names.
    ``refused``: what couldn't be listed, in the order met. ``left_out``: folders that weren't, for their names;
    ``excluded``: how much wasn't, for patterns.
    """

    root: str
    files: tuple[str, ...]
    refused: tuple[Refused, ...]
    left_out: tuple[str, ...] = ()
    excluded: Excluded = field(default_factory=Excluded)


HandOn = Callable[[Listing], object]
PATIENCE = 1.0  # seconds of a listing that goes on, after which what was found is handed on


def list_files(
    paths: Iterable[str],
    recursive: bool,  # noqa: FBT001
    stop: Stop = never,
    tell: Tell = nobody,
    *,
    leave_out: frozenset[str] = frozenset(),
    exclude: Exclusion = NOTHING,
    hand_on: HandOn | None = None,
) -> Listing:
    """List the files that ``paths`` (files and folders, in any order) stand for.

    Inside folders, names that begin with a dot are skipped, and so are links to folders; with ``recursive`` subfolders
    are listed too, but for those whose names begin with a dot (imagededup goes into them). All other files are listed,
    whatever their names: their content is judged when they are read. A file or folder named directly is always taken.
    ``leave_out``: names of folders that aren't gone into; which there were is told. ``exclude``: what else of folders
    is left out; how much that is, is told.
    Never raises OSError: a missing path or an unreadable folder stands in ``refused``. Once ``stop()`` turns true, what
    was found so far is returned. ``tell`` is called with how many that are, now and then.

    ``hand_on``: is given what was found, now and then while the listing takes long; what it was given isn't returned.
    """
    handed, due = 0, time.monotonic() + PATIENCE
    found: dict[str, str] = {}  # the path as compared -> the path
    refused: list[Refused] = []
    beside = _Beside(refused, leave_out, exclude)
    folders: list[str] = []  # whose common ancestor is the root
    for given in paths:
        if stop():
            break
        path = given
        try:
            path = os.path.abspath(given) if given else ""  # abspath would turn "" into the current folder
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:  # ValueError: a null character
            refused.append(_refusal(path, error))
            continue
        files: Iterable[str] = (path,)
        if stat.S_ISDIR(mode):
            folders.append(path)
            files = _walk(path, recursive=recursive, beside=beside, stop=stop)
        elif stat.S_ISREG(mode):
            folders.append(os.path.dirname(path))
        else:
            refused.append(_not_a_file(path))
            continue
        for file in files:
            found.setdefault(os.path.normcase(file), file)
            if not len(found) % _TOLD:
                tell(len(found))
            if hand_on is not None and len(found) > handed and time.monotonic() >= due:
                hand_on(_listing(islice(found.values(), handed, None), folders))
                handed, due = len(found), time.monotonic() + PATIENCE
    excluded = Excluded(beside.files, beside.folders)
    rest = _listing(islice(found.values(), handed, None), folders)
    return replace(rest, refused=tuple(refused), left_out=tuple(beside.left_out), excluded=excluded)


def _listing(files: Iterable[str], folders: Iterable[str]) -> Listing:
    root = common_folder(folders)
    return Listing(root, tuple(in_order(files, root)), ())


def list_origins(
    origins: Sequence[Origin], stop: Stop = never, tell: Tell = nobody, exclude: Exclusion = NOTHING
) -> Listing:
    """List what origins hold, as ``list_files`` does, each as deep as it says, but for what programs made."""
    listings = [
        list_files(
            [one.path for one in origins if one.recursive == recursive],
            recursive,
            stop,
            tell,
            leave_out=MADE_BY_PROGRAMS,
            exclude=exclude,
        )
        for recursive in sorted({one.recursive for one in origins})
    ]
    if len(listings) == 1:
        return listings[0]
    root = common_folder(one.root for one in listings if one.root)
    found = {os.path.normcase(file): file for one in reversed(listings) for file in one.files}
    files = in_order(found.values(), root)
    refused = tuple(refused for one in listings for refused in one.refused)
    left_out = tuple(folder for one in listings for folder in one.left_out)
    excluded = Excluded(*(sum(counts) for counts in zip(*(one.excluded for one in listings), strict=True)))
    return Listing(root, tuple(files), refused, left_out, excluded)


def in_order(files: Iterable[str], root: str) -> list[str]:
    """Files as a listing gives them: sorted by their names relative to its root."""
    given = list(files)
    return [given[place] for place in order_of(relative_names(given, root)).tolist()]


def within(folder: str) -> str:
    """What the paths of all begin with that a folder holds."""
    return folder if folder.endswith(os.sep) else folder + os.sep  # "/" and "C:\\" end with one already


def is_listed(name: str, *, recursive: bool) -> bool:
    """Whether a listing of an origin's folder gives a file that has this name relative to it."""
    if name.startswith(".") or os.sep not in name:
        return not name.startswith(".")
    return recursive and os.sep + "." not in name and _IN_THOSE.search(name) is None


def identity(path: str) -> FileIdentity | None:
    """What a file looks like now; None when it can't be looked at, and for a folder or a device in its place."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return FileIdentity.of(status) if stat.S_ISREG(status.st_mode) else None


def is_gone(path: str | bytes) -> bool:
    """Whether there is no such file; one that can't be looked at may be there."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):  # who knows
        return False
    return False


def common_folder(folders: Iterable[str]) -> str:
    """Find the nearest folder that holds all ``folders`` (absolute paths); empty when there is none."""
    try:
        return os.path.commonpath(list(folders))
    except ValueError:  # no folders, or folders on different drives
        return ""


def relative_names(files: Sequence[str], root: str) -> list[str]:
    """Make the names by which ``files`` are shown and written: relative to ``root``, with "/" between parts.

    Two different files never get the same name. A file outside ``root`` keeps its absolute path.
    """
    base = os.path.abspath(root) if root else ""
    prefix = within(base) if base else ""
    compared = os.path.normcase(prefix)
    names = []
    for file in files:
        path = os.path.abspath(file)
        inside = bool(prefix) and os.path.normcase(path[: len(prefix)]) == compared
        name = path[len(prefix) :] if inside else path
        names.append(name if os.sep == "/" else name.replace(os.sep, "/"))
    return names


def named_refusals(refused: Iterable[Refused], root: str) -> list[tuple[str, ImageResult]]:
    """What couldn't be listed as pictures that couldn't be read, each once, under their names, sorted by these."""
    failures = {one.path: one.failure for one in refused if one.path}
    results = [ImageResult(path, failure=failure) for path, failure in failures.items()]
    return sorted(zip(relative_names(list(failures), root), results, strict=True), key=itemgetter(0))


@dataclass(slots=True)
class _Beside:
    """What walks find beside files."""

    refused: list[Refused]
    leave_out: frozenset[str]
    exclude: Exclusion
    left_out: list[str] = field(default_factory=list)
    files: int = 0  # that are excluded
    folders: int = 0

    def passes_over(self, entry: os.DirEntry[str], *, recursive: bool) -> bool:
        """Whether an entry is passed over whatever it is; notes what is left out."""
        if recursive and entry.name in self.leave_out and _is_folder(entry):
            self.left_out.append(entry.path)
            return True
        if entry.name.startswith("."):
            return True
        if not self.exclude.patterns or not self.exclude.fits(entry.path, is_folder=_is_folder(entry)):
            return False
        if not _is_folder(entry):
            self.files += 1
        elif recursive:
            self.folders += 1
        return True


def _walk(top: str, *, recursive: bool, beside: _Beside, stop: Stop) -> Iterator[str]:
    """Yield the files of one folder, and then those of the folders in it, by their names.

    A list of folders to do, not recursion: folders may lie very deep.
    """
    todo = [top]
    while todo and not stop():
        folder = todo.pop()
        inside: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if stop():
                        return
                    try:
                        if beside.passes_over(entry, recursive=recursive):
                            continue
                        if _is_folder(entry):
                            if recursive and not _is_link(entry):
                                inside.append(entry.path)
                        elif entry.is_file() or _is_broken_link(entry):
                            yield entry.path
                        else:
                            beside.refused.append(_not_a_file(entry.path))
                    except OSError as error:
                        beside.refused.append(_refusal(entry.path, error))
        except OSError as error:
            beside.refused.append(_refusal(folder, error))
        todo += reversed(in_order(inside, folder))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder or a link to one; asks the disk only for links."""
    return entry.is_dir()


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Tell links, and Windows' junctions, from real folders: following them could go round in circles."""
    if entry.is_symlink():
        return True
    return sys.platform == "win32" and entry.stat(follow_symlinks=False).st_reparse_tag == _JUNCTION_TAG


def _is_broken_link(entry: os.DirEntry[str]) -> bool:
    """Tell a link to a missing file, which is listed so that its row can say so, from a pipe or a device."""
    return entry.is_symlink() and not os.path.exists(entry.path)


def _not_a_file(path: str) -> Refused:
    return Refused(path, ImageFailure(FailureCode.NOT_AN_IMAGE, "not-a-file"))


def _refusal(path: str, error: OSError | ValueError) -> Refused:
    if isinstance(error, PermissionError):
        return Refused(path, ImageFailure(FailureCode.NO_PERMISSION, "listing"))
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return Refused(path, ImageFailure(FailureCode.GONE, "listing"))
    if error.errno == errno.ELOOP:
        return Refused(path, ImageFailure(FailureCode.UNREADABLE, "loop"))
    if error.errno == errno.ENAMETOOLONG:
        return Refused(path, ImageFailure(FailureCode.UNREADABLE, "long"))
    told = error.strerror or "no further details"
    return Refused(path, ImageFailure(FailureCode.UNREADABLE, "disk", (told,)))
