"""What is stored of encodings, facts, warnings and failures, and these again; None for what makes no sense.

Rows are judged by the types of their columns first: SQLite lets any program put anything anywhere. Text is bytes.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    Value,
    WarningCode,
)
from imgenc_gui.core.records.sentences import sentence

DIGEST_BYTES = 16
_HALF, _WHOLE = 1 << 63, 1 << 64  # SQLite's integers have a sign
_MASK = _WHOLE - 1
_HASH_FORMAT = f"0{HASH_CHARACTERS}x"
_FACT_TYPES = [bytes, bytes, int, int, int, int]
_NUMBER_BYTES = 4
_DIGEST = re.compile(f"[0-9a-f]{{{2 * DIGEST_BYTES}}}")
_MOST_REMEMBERED = 1024


def key_of(path: str) -> bytes:
    """Under which a file is stored: another folder's relative path isn't this one's.

    Raises UnicodeEncodeError, and OSError where this folder is gone.
    """
    if path.startswith("/") if os.sep == "/" else os.path.isabs(path):  # noqa: PTH117
        return os.fsencode(path)
    if os.pardir in path and sys.platform != "win32":  # after a link, that leads to where the link does
        return os.fsencode(os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100


def keys_of(result: ImageResult) -> tuple[bytes, FileIdentity, bytes | None] | None:
    """Under which path, file and digest a result is stored; None for one that can't be stored and read again.

    The digest is None of what couldn't be read.
    """
    file, facts = result.file, result.facts
    if file is None or not (0 <= file.size < _HALF and -_HALF <= file.mtime_ns < _HALF):
        return None
    try:
        key = key_of(result.path)
        if facts is None:
            return key, file, None
        facts.format.encode()
    except (UnicodeEncodeError, OSError):
        return None
    if not (is_sound(facts) and _DIGEST.fullmatch(facts.digest)):
        return None
    return key, file, bytes.fromhex(facts.digest)


def stored_encoding(encoding: Encoding) -> int | bytes:
    """A hash as an integer, a vector as its bytes."""
    if isinstance(encoding, str):
        number = int(encoding, 16)
        return number - _WHOLE if number >= _HALF else number
    return np.ascontiguousarray(encoding, "<f4").tobytes()


def encoding_in(value: Any, method: Method) -> Encoding | None:
    """The encoding of a method."""
    if method.is_hash:
        return format(value & _MASK, _HASH_FORMAT) if type(value) is int else None
    if type(value) is not bytes or len(value) != method.length * _NUMBER_BYTES:
        return None
    return np.frombuffer(value, "<f4").astype(np.float32)


def facts_in(row: Sequence[Any], size: int, mtime_ns: int) -> Facts | None:
    """The facts of a file with this content: digest, format, width, height, frames, orientation, when it was taken."""
    *known, taken = row
    if [*map(type, known)] != _FACT_TYPES:
        return None
    digest, told, width, height, frames, orientation = known
    format_ = _text(told)
    if len(digest) != DIGEST_BYTES or format_ is None:
        return None
    facts = Facts(format_, width, height, frames, size, mtime_ns, orientation, digest.hex(), _date(taken))
    return facts if is_sound(facts) else None


def _date(taken: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(taken.decode()).replace(tzinfo=None) if taken else None
    except (ValueError, TypeError, AttributeError):  # all else is sound
        return None


def is_sound(facts: Facts) -> bool:
    """Whether a picture can be like that, and SQLite keep it."""
    return (
        0 < facts.width < _HALF
        and 0 < facts.height < _HALF
        and 0 < facts.frames < _HALF
        and 1 <= facts.orientation <= 8  # noqa: PLR2004 - EXIF's
        and 0 <= facts.bytes < _HALF
    )


def stored_warnings(warnings: Sequence[ImageWarning]) -> str | None:
    """Warnings as JSON."""
    return json.dumps([[one.code, one.detail, one.values] for one in warnings]) if warnings else None


@lru_cache(_MOST_REMEMBERED)
def warnings_in(told: bytes | None) -> tuple[ImageWarning, ...] | None:
    """Warnings that can be told in a sentence."""
    if told is None:
        return ()
    try:
        warnings = tuple(ImageWarning(WarningCode(code), detail, _values(of)) for code, detail, of in json.loads(told))
        for warning in warnings:
            sentence(warning)
    except _NONSENSE:
        return None
    return warnings


def stored_failure(failure: ImageFailure | None) -> str | None:
    """A failure as JSON."""
    return None if failure is None else json.dumps([failure.code, failure.detail, failure.values])


@lru_cache(_MOST_REMEMBERED)
def failure_in(told: bytes) -> ImageFailure | None:
    """A failure that can be told in a sentence."""
    try:
        code, detail, values = json.loads(told)
        failure = ImageFailure(FailureCode(code), detail, _values(values))
        sentence(failure)
    except _NONSENSE:
        return None
    return failure


_NONSENSE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    OverflowError,
)  # what all that may raise


def _values(values: Any) -> tuple[Value, ...]:
    if type(values) is not list or not all(type(value) in {str, int, float} for value in values):
        raise ValueError("No values of a sentence.")
    return tuple(values)


@lru_cache(_MOST_REMEMBERED)
def _text(told: bytes) -> str | None:
    try:
        return told.decode()
    except UnicodeDecodeError:
        return None
