"""A network's file that a person gave: read whole, and only if it is still the one that was given."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.plain_files import NotAFileError, open_file
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError

MOST_BYTES = 1 << 31  # no ONNX file holds more


def unfit(label: str, reason: str) -> NetworkError:
    """What hinders a network; ``reason`` goes on with "it" or "its"."""
    return _failure("own-unfit", label, reason)


def without_engine(label: str, engine: str, error: Exception) -> NetworkError:
    """What runs a network can't be imported."""
    return _failure("own-engine", label, engine, brief(error))


def read_own(file: Path, label: str) -> bytes:
    """All of it. Raises NetworkError."""
    with opened(file, label) as stream:
        return stream.readall()


def read_checked(file: Path, sha256: str, label: str) -> bytes:
    """All of it, as it was when it was added. Raises NetworkError."""
    data = read_own(file, label)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _failure("own-changed", label, shown(file.name))
    return data


@contextmanager
def unchanged(file: Path, label: str, sha256: str | None = None) -> Iterator[str]:
    """While the file is opened by its name, it is the same one, before and after; its SHA-256. Raises NetworkError.

    ``sha256``: what it was when the file was added. For engines that hold the interpreter's lock while they take bytes,
    for which a large file costs half the time, too.
    """
    with opened(file, label) as stream:
        before = _identity(os.fstat(stream.fileno()))
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != (sha256 or digest):
        raise _failure("own-changed", label, shown(file.name))
    yield digest
    try:
        is_same = _identity(file.stat()) == before
    except OSError as error:
        raise _failure("own-unreadable", label, shown(file.name), brief(error)) from error
    if not is_same:
        raise _failure("own-changed", label, shown(file.name)) if sha256 else changed(label)


def changed(label: str) -> NetworkError:
    """Somebody wrote to a file while it was tried."""
    return unfit(label, "its file was changed meanwhile")


@contextmanager
def opened(file: Path, label: str) -> Iterator[FileIO]:
    """For reading, unless it is no file or larger than any network. Raises NetworkError, also while it is read."""
    try:
        with open_file(file) as stream:
            if os.fstat(stream.fileno()).st_size > MOST_BYTES:
                raise _failure("own-unreadable", label, shown(file.name), "it is larger than 2 GB")
            yield stream
    except NotAFileError as error:
        raise _failure("own-unreadable", label, shown(file.name), "it is no file") from error
    except OSError as error:
        raise _failure("own-unreadable", label, shown(file.name), brief(error)) from error


def _identity(status: os.stat_result) -> tuple[int, ...]:
    """What another file, or one that was written to, doesn't have."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _failure(detail: str, label: str, *values: str) -> NetworkError:
    return NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, detail, (label, *values)))
