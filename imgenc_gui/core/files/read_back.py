"""What reading an export gives, and the checks on what a file from anywhere claims."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from imgenc_gui.core.ordering import order_of
from imgenc_gui.core.records.methods import Encoding, Method, Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.records.sentences import WRITTEN
from imgenc_gui.core.registry import METHODS

_HASH = re.compile(r"[0-9a-f]{16}")


class NotAnExportError(Exception):
    """A file that can't be read back. ``reason`` is a plain sentence or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MethodNeededError(NotAnExportError):
    """The file doesn't say which method its encodings are from: read it again with one of ``candidates``."""

    def __init__(self, reason: str, candidates: tuple[Method, ...]) -> None:
        super().__init__(reason)
        self.candidates = candidates


class DamagedError(Exception):
    """What is wrong inside a file, as the end of a sentence; read_export makes a NotAnExportError of it."""


class Why(StrEnum):
    """Why encodings of a method were left out."""

    UNKNOWN = "unknown-method"
    OTHER_VERSION = "other-version"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A method whose encodings are in the file, but can't be compared with those made here."""

    id: str
    why: Why

    @property
    def sentence(self) -> str:
        """What to tell a person."""
        method = METHODS.get(self.id)
        if self.why is Why.UNKNOWN or method is None:  # it may have been removed since
            return f"This imgenc doesn't know the method {self.id}; its encodings were left out."
        if method.needs_version:
            whose = "are another file's or recipe's, or don't say whose"
            return f"The encodings of {method.label} {whose}; they were left out."
        return f"The encodings of {method.label} come from another version of it; they were left out."


@dataclass(frozen=True, slots=True)
class ReadBack:
    """An export's content, as far as its format carries it.

    ``named``: (name, result) pairs, sorted by name, no name twice; a result's path is the name in ``root``. A vector
    may be a read-only view of an array of all. Of the facts, what the format doesn't carry is "", 0, 1 frame, upright
    or None. ``methods``: those in the file, in the registry's order. ``options``: with these methods; None where the
    file doesn't say how it was encoded.
    """

    named: list[tuple[str, ImageResult]]
    methods: tuple[Method, ...]
    left_out: tuple[LeftOut, ...] = ()
    options: Options | None = None
    root: str = ""


def in_order(named: list[tuple[str, ImageResult]]) -> list[tuple[str, ImageResult]]:
    """The pairs sorted by name. Raises DamagedError for one that is there twice, and for one that no file can have."""
    named[:] = [named[place] for place in order_of([name for name, _ in named]).tolist()]
    if any("\0" in name for name, _ in named):
        raise DamagedError("a name holds a null character")
    for (name, _), (following, _) in pairwise(named):
        if name == following:
            raise DamagedError("it holds two pictures of the same name")
    return named


def path_of(root: str, name: str) -> str:
    """Where the picture was. A name outside the root is a whole path already."""
    return os.path.join(root, name) if root else name  # noqa: PTH118 - names stay as they are, "." and all


def encoding_of(method: Method, value: object) -> Encoding:
    """What a file holds for a method: 16 characters, or numbers (a list or an array) as float32.

    Raises DamagedError for anything else.
    """
    if method.is_hash:
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise DamagedError(f"a hash of {method.label} isn't 16 hexadecimal characters")
        return value
    try:
        numbers = np.array(value) if isinstance(value, list) else np.asarray(value)
    except ValueError:  # lists of different lengths
        numbers = np.empty(0)
    if numbers.shape != (method.length,) or numbers.dtype.kind not in "fiu":
        raise DamagedError(f"a vector of {method.label} isn't {method.length} numbers")
    with np.errstate(over="ignore"):
        vector = numbers.astype(np.float32, copy=False)
    if not np.isfinite(vector).all():
        raise DamagedError(f"a vector of {method.label} holds a number that isn't finite")
    return vector


def written_failure(code: object, reason: object) -> ImageFailure:
    """A failure of which a file has only the code and the sentence; UNREADABLE for a code of a later imgenc's."""
    if not isinstance(code, str) or not isinstance(reason, str):
        raise DamagedError("a failure has no reason")
    failures = {failure.value: failure for failure in FailureCode}
    return ImageFailure(failures.get(code, FailureCode.UNREADABLE), WRITTEN, (reason,))


def as_text(value: object) -> str:
    """The value if it is text."""
    if not isinstance(value, str):
        raise DamagedError("a name is missing or no text")
    return value


def as_folder(value: object) -> str:
    """The value if it can be a folder's path, or ""."""
    if "\0" in as_text(value):
        raise DamagedError("a folder's name holds a null character")
    return as_text(value)


def as_whole(value: object) -> int:
    """The value if it is a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise DamagedError("a number is missing or not a whole one")
    return value


def as_list(value: object) -> list[object]:
    """The value if it is a list."""
    if not isinstance(value, list):
        raise DamagedError("a list is missing")
    return value


def as_object(value: object) -> dict[str, object]:
    """The value if it is JSON's kind of dictionary."""
    if not isinstance(value, dict):
        raise DamagedError("a part of it has another structure")
    return value
