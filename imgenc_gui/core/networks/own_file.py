"""A network's file that a person gave: read whole, and only if it is still the one that was given."""

from __future__ import annotations

import hashlib
from pathlib import Path

from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.plain_files import NotAFileError, open_file
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError

MOST_BYTES = 1 << 31  # no ONNX file holds more


def unavailable(label: str, detail: str, *values: str) -> NetworkError:
    """Why a network can't be had; ``detail`` says which sentence it is."""
    return NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, detail, (label, *values)))


def read_own(file: Path, label: str) -> bytes:
    """All of it. Raises NetworkError."""
    try:
        with open_file(file) as stream:
            data = stream.read(MOST_BYTES + 1)
    except NotAFileError as error:
        raise unavailable(label, "own-unreadable", shown(file.name), "it is no file") from error
    except OSError as error:
        raise unavailable(label, "own-unreadable", shown(file.name), brief(error)) from error
    if len(data) > MOST_BYTES:
        raise unavailable(label, "own-unreadable", shown(file.name), "it is larger than 2 GB")
    return data


def read_checked(file: Path, sha256: str, label: str) -> bytes:
    """All of it, as it was when it was added. Raises NetworkError."""
    data = read_own(file, label)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise unavailable(label, "own-changed", shown(file.name))
    return data
