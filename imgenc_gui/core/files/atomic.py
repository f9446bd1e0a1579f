"""Files that appear whole or not at all: written beside their targets, then put in place together."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from imgenc_gui.core.files import temporaries
from imgenc_gui.core.naming import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

log = logging.getLogger(__name__)

_BLOCK = 1 << 18  # bytes


class ExportError(Exception):
    """A file couldn't be written; nothing was changed. ``reason`` is a plain sentence or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Part:
    """A temporary file being written. Its OSErrors come out as ExportErrors about the target."""

    def __init__(self, stream: IO[bytes], path: Path, target: Path) -> None:
        self.stream = stream  # seekable, readable and writable, for libraries that want a file
        self.path = path
        self.target = target

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with told(self.target):
            self.stream.write(data)

    def blocks(self, size: int = _BLOCK) -> Iterator[bytes]:
        """Read all that was written, in blocks of ``size`` bytes, the last one shorter."""
        with told(self.target):
            self.stream.seek(0)
            while block := self.stream.read(size):
                yield block

    def finish(self) -> None:
        """Bring every byte to the disk, so that not even a power cut leaves half a file, and close."""
        with told(self.target):
            self.stream.flush()
            os.fsync(self.stream.fileno())
            self.stream.close()


class Replacement:
    """New contents for some files. A context: leaving it without an exception replaces all of them together.

    Leaving it with any exception leaves every target as it was. Either way no temporary file stays. A target that is a
    link stays one: the file it leads to is replaced. Existing files keep their permissions.
    """

    def __init__(self, targets: Sequence[Path]) -> None:
        self._targets = [Path(os.path.realpath(target)) for target in targets]
        self._temporaries: list[Path] = []
        self._claims: list[temporaries.Claim] = []
        self._scratch: list[Part] = []
        self._folders: list[temporaries.Folder] = []
        self.parts: list[Part] = []  # one per target, in their order

    def __enter__(self) -> Self:
        try:
            for folder in {target.parent for target in self._targets}:
                temporaries.remove_abandoned(folder)
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
                self._replace()
        finally:
            self._discard()

    def scratch(self) -> Part:
        """Open a temporary file beside the first target, for what can't be written to it yet."""
        part = self._create(self._targets[0], 0o600)
        self._scratch.append(part)
        return part

    def folder(self) -> Path:
        """Make a folder beside the first target, for the temporary files of a library that makes its own."""
        target = self._targets[0]
        with told(target):
            claim = temporaries.Folder(target.parent)
        self._folders.append(claim)
        return claim.path

    def _beside(self, target: Path) -> Path:
        path = target.with_name(temporaries.new_name())
        self._temporaries.append(path)  # known before it exists, so that no interruption can leave it behind
        return path

    def _create(self, target: Path, mode: int | None) -> Part:
        with told(target):
            while True:
                path = self._beside(target)
                # 0o666 less the umask, as for any new file; tempfile would make it private.
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
                descriptor = os.open(path, flags, 0o666)
                self._claims.append(temporaries.Claim(path))
                if not self._claims[-1].is_lost:
                    break
                os.close(descriptor)
            stream = open(descriptor, "w+b", buffering=_BLOCK)  # noqa: PTH123, SIM115 - closed by finish or _discard
            if mode is not None:
                path.chmod(mode)
        return Part(stream, path, target)

    def _replace(self) -> None:
        if len(self._targets) == 1:
            with told(self._targets[0], replacing=True):
                self.parts[0].path.replace(self._targets[0])
        else:
            self._replace_together()
        for folder in {target.parent for target in self._targets}:
            _sync_folder(folder)

    def _replace_together(self) -> None:
        """Replace one after the other, and put the old files back if any can't be replaced."""
        undo: list[tuple[Path, Path | None]] = []  # a target and where its old file is; None: there was none
        try:
            for part, target in zip(self.parts, self._targets, strict=True):
                with told(target, replacing=True):
                    old = self._beside(target) if target.exists() else None
                    undo.append((target, old))
                    if old:
                        self._claims.append(temporaries.Claim(target))  # and so the old file under its other name
                        _keep(target, old)
                    part.path.replace(target)
        except BaseException:
            for target, old in reversed(undo):
                with contextlib.suppress(FileNotFoundError):  # it hadn't been moved yet
                    if old is None:
                        target.unlink()
                    else:
                        old.replace(target)
            raise

    def _discard(self) -> None:
        for part in [*self.parts, *self._scratch]:
            with contextlib.suppress(OSError):  # closing writes what is buffered: to a full disk, perhaps
                part.stream.close()
        for path in self._temporaries:
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError:  # its folder has become a file
                pass
            except OSError as error:
                log.warning("The temporary file %s can't be removed: %s", path, error)
        for folder in self._folders:
            folder.remove()
        for claim in self._claims:
            claim.end()


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
    if not os.access(target, os.W_OK):
        raise ExportError(f"{name} is protected against writing.")
    return stat.S_IMODE(status.st_mode)


def _keep(target: Path, old: Path) -> None:
    """Keep the target's present file under another name."""
    try:
        old.hardlink_to(target)  # so that the target is there at every moment
    except (OSError, NotImplementedError):  # FAT and some network shares know no hard links
        target.replace(old)


def _sync_folder(folder: Path) -> None:
    """Bring a folder's new entries to the disk, where the system can."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network shares can't; the files themselves are safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
    told_by_system = error.strerror or type(error).__name__
    return by_number.get(error.errno or 0, f"{name} couldn't be written: the disk answers “{told_by_system}”.")
