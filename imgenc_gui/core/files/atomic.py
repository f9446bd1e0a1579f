"""Files that appear whole or not at all: written beside their targets, then put in place together."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from imgenc_gui.core import ending, private
from imgenc_gui.core.files import temporaries
from imgenc_gui.core.files.links import PlantedError, resolved
from imgenc_gui.core.files.temporaries import Kind
from imgenc_gui.core.files.together import Change, Journal, sync_folder, tidy
from imgenc_gui.core.formats.registry import is_picture
from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.stopping import Stop, check, never

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

log = logging.getLogger(__name__)

_BLOCK = 1 << 18  # bytes
# A link that others have put there is never followed: a new file is made, or none.
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class ExportError(Exception):
    """A file couldn't be written; nothing was changed. ``reason`` is a plain sentence or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Part:
    """A temporary file being written. Its OSErrors come out as ExportErrors about the target.

    ``stop``: for what takes long after the last result was taken.
    """

    def __init__(self, stream: IO[bytes], path: Path, target: Path, stop: Stop = never) -> None:
        self.stream = stream  # seekable, readable and writable, for libraries that want a file
        self.path = path
        self.target = target
        self.stop = stop

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with told(self.target):
            self.stream.write(data)

    def blocks(self, size: int = _BLOCK) -> Iterator[bytes]:
        """Read all that was written, in blocks of ``size`` bytes, the last one shorter. Raises StoppedError."""
        with told(self.target):
            self.stream.seek(0)
            while block := self.stream.read(size):
                check(self.stop)
                yield block

    def finish(self) -> None:
        """Bring every byte to the disk, so that not even a power cut leaves half a file, and close."""
        with told(self.target):
            self.stream.flush()
            os.fsync(self.stream.fileno())
            self.stream.close()


class Replacement:
    """New contents for some files of one folder. Leaving it as a context without an exception replaces all of them.

    They are replaced together, or none is (together.py). Leaving it with any exception leaves every target as it was.
    Either way no temporary file stays. A target that is a link stays one: the file it leads to is replaced, unless
    another user may have planted it. Existing files keep their permissions. Pictures aren't replaced.
    """

    def __init__(self, targets: Sequence[Path], stop: Stop = never) -> None:
        if len({target.parent for target in targets}) > 1:
            raise ValueError("The files of an export lie in one folder.")
        self._asked = targets
        self._stop = stop
        self._targets: list[Path] = []  # where they lie
        self._temporaries: list[Path] = []
        self._claims: list[temporaries.Claim] = []
        self._scratch: list[Part] = []
        self._folders: list[temporaries.Folder] = []
        self.parts: list[Part] = []  # one per target, in their order

    def __enter__(self) -> Self:
        _open.add(self)
        try:
            self._targets = [_lying(target) for target in self._asked]
            for folder in {target.parent for target in (*self._asked, *self._targets)}:
                tidy(folder)
            for target in self._targets:
                self.parts.append(self._create(target, _mode_of(target)))
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for part in self.parts:
                    part.finish()
                with _placing:
                    self._replace()
        finally:
            self._discard()

    def scratch(self) -> Part:
        """Open a temporary file beside the first target, for what can't be written to it yet."""
        part = self._create(self._targets[0], private.FILE)
        self._scratch.append(part)
        return part

    def folder(self) -> Path:
        """Make a folder beside the first target, for the temporary files of a library that makes its own."""
        target = self._targets[0]
        with told(target), _placing:
            folder = temporaries.Folder(target.parent)
            self._folders.append(folder)
        return folder.path

    def _create(self, target: Path, mode: int | None, kind: Kind = Kind.NEW) -> Part:
        """A file beside the target. ``mode``: None for what any new file gets; tempfile would make it private."""
        with told(target):
            while True:
                path = target.with_name(temporaries.new_name(kind))
                with _placing:
                    if kind is Kind.NEW:
                        self._temporaries.append(path)  # before it exists, so that no interruption can leave it behind
                    # Nobody else gets hold of it before it has its permissions.
                    descriptor = os.open(path, _FLAGS, 0o666 if mode is None else private.FILE)
                self._claims.append(temporaries.Claim(path))
                if not self._claims[-1].is_lost:
                    break
                os.close(descriptor)
            stream = open(descriptor, "w+b", buffering=_BLOCK)  # noqa: PTH123, SIM115 - closed by finish or _discard
            if mode is not None:
                os.chmod(descriptor if os.chmod in os.supports_fd else path, mode)  # noqa: PTH101
        return Part(stream, path, target, self._stop)

    def _replace(self) -> None:
        if len(self._targets) == 1:
            with told(self._targets[0], replacing=True):
                self.parts[0].path.replace(self._targets[0])
            sync_folder(self._targets[0].parent)
        else:
            self._replace_together()

    def _replace_together(self) -> None:
        first = self._asked[0]
        with told(first):
            changes = [_change(part, asked) for part, asked in zip(self.parts, self._asked, strict=True)]
        part = self._create(first, private.FILE, Kind.JOURNAL)
        journal = Journal(part.stream, part.path, changes)
        try:
            with told(first):
                journal.begin()
            for part, change in zip(self.parts, changes, strict=True):
                if change.old is not None:
                    with told(part.target, replacing=True):
                        self._claims.append(temporaries.Claim(part.target))  # and so the old file under its other name
                        _keep(part.target, part.target.with_name(change.old))
            for folder in {target.parent for target in self._targets}:
                sync_folder(folder)
            for part in self.parts:
                with told(part.target, replacing=True):
                    part.path.replace(part.target)
            with told(first):
                journal.commit()
        except BaseException:
            journal.undo()
            raise

    def _discard(self) -> None:
        for part in [*self.parts, *self._scratch]:
            with contextlib.suppress(OSError):  # closing writes what is buffered: to a full disk, perhaps
                part.stream.close()
        self.remove_temporaries()
        for claim in self._claims:
            claim.end()
        _open.discard(self)

    def remove_temporaries(self) -> None:
        """Remove what was written beside the targets."""
        for path in self._temporaries:
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError:  # its folder has become a file
                pass
            except OSError as error:
                log.warning("The temporary file %s can't be removed: %s", path, error)
        for folder in self._folders:
            folder.remove()


_open: set[Replacement] = set()
_placing = threading.RLock()  # held while files come into being or take their places
_PLACING_SECONDS = 2.0


@ending.before
def _give_up() -> None:
    """No temporary file stays of what threads are writing; what takes its place just now does so to the end."""
    if _open:
        _placing.acquire(timeout=_PLACING_SECONDS)  # and never let go of: nobody begins with another
        for replacement in tuple(_open):
            replacement.remove_temporaries()


def _forget() -> None:
    """In a process that was forked off: its parent writes them."""
    global _placing  # noqa: PLW0603 - there is one
    _open.clear()
    _placing = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class told:  # noqa: N801 - reads as contextlib's own; a generator would take a fifth of the time of writing a table
    """Turn an OSError met while writing ``target`` into an ExportError in plain words."""

    def __init__(self, target: Path, *, replacing: bool = False) -> None:
        self._target = target
        self._replacing = replacing

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise ExportError(_sentence(error, self._target, replacing=self._replacing)) from error


def _lying(target: Path) -> Path:
    """Where the file lies that a person asks for."""
    try:
        with told(target):
            return resolved(target)
    except ExportError as error:
        if isinstance(error.__cause__, PlantedError):
            link = shown(str(error.__cause__.filename))
            words = "is a link that another user has put into a folder for everybody; it isn't followed"
            raise ExportError(f"{link} {words}. Choose another name.") from error
        raise


def _mode_of(target: Path) -> int | None:
    """Find the permissions to give the new file: the old one's; None when there is no old one."""
    with told(target):
        try:
            status = target.stat()
        except FileNotFoundError:
            return None
    name = shown(target.name)
    if stat.S_ISDIR(status.st_mode):
        raise ExportError(f"{name} is a folder. Choose another name.")
    if not stat.S_ISREG(status.st_mode):  # /dev/null must not be replaced
        raise ExportError(f"{name} is a device or a pipe, not a file. Choose another name.")
    if is_picture(target):
        raise ExportError(f"{name} is a picture, and imgenc never changes pictures. Choose another name.")
    if not os.access(target, os.W_OK):
        raise ExportError(f"{name} is protected against writing.")
    return stat.S_IMODE(status.st_mode)


def _change(part: Part, asked: Path) -> Change:
    """What becomes of the file that a person asked for by this path."""
    status = part.path.stat()
    old = temporaries.new_name(Kind.OLD) if part.target.exists() else None
    return Change(asked.name, old, status.st_size, status.st_mtime_ns)


def _keep(target: Path, old: Path) -> None:
    """Keep the target's present file under another name."""
    try:
        old.hardlink_to(target)  # so that the target is there at every moment
    except (OSError, NotImplementedError):  # FAT and some network shares know no hard links
        target.replace(old)


class _TriedError(Exception):
    """It could be."""


def try_to_write(target: Path) -> None:
    """See whether a file can be written, before much work is done for it. Nothing is. Raises ExportError."""
    with contextlib.suppress(_TriedError), Replacement([target]):
        raise _TriedError


def _sentence(error: OSError, target: Path, *, replacing: bool) -> str:
    name, folder = shown(target.name), shown(str(target.parent))
    if isinstance(error, PermissionError):
        if replacing and sys.platform == "win32":
            return f"{name} is open in another program. Close it there first."
        return f"You don't have permission to write to the folder {folder}."
    if isinstance(error, FileNotFoundError):
        return f"The folder {folder} doesn't exist. It may have been moved or renamed."
    if isinstance(error, NotADirectoryError):
        return f"{folder} is not a folder."
    if isinstance(error, IsADirectoryError):
        return f"{name} is a folder. Choose another name."
    by_number = {
        errno.ENOSPC: f"The disk is full: there is no room for {name}. Free some space first.",
        errno.EDQUOT: f"Your share of the disk is full: there is no room for {name}. Free some space first.",
        errno.EROFS: f"The disk with the folder {folder} can only be read, not written to.",
        errno.EFBIG: f"{name} would be larger than this disk allows.",
        errno.ENAMETOOLONG: f"The name {name} is too long.",
    }
    return by_number.get(error.errno or 0, f"{name} couldn't be written: the disk answers “{brief(error)}”.")
