"""What the library knows of files and contents, by one connection."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imgenc_gui.core.formats.reading import Content
from imgenc_gui.core.library.database import Opened
from imgenc_gui.core.library.entries import GONE
from imgenc_gui.core.library.portions import in_portions
from imgenc_gui.core.library.stored import encoding_in, facts_in, failure_in, warnings_in
from imgenc_gui.core.records.methods import Encoding, Method, Options
from imgenc_gui.core.records.results import (
    NOTHING_LEFT,
    UPRIGHT,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
)

_FILES = (
    "SELECT path, size, mtime_ns, files.id, seen, readers, failure, content,"
    " digest, format, width, height, frames, orientation, taken, warnings"
    " FROM files LEFT JOIN contents ON contents.id = content WHERE path IN ({})"
)
_CONTENT = (
    "SELECT digest, format, width, height, frames, orientation, taken, warnings, id FROM contents"
    " WHERE digest = ? AND reader = ?"
)


@dataclass(slots=True)
class Answer:
    """Results by path, and the ids of those files that weren't seen today yet."""

    results: dict[str, ImageResult]
    unseen: list[int]


def ask_files(
    opened: Opened,
    paths: Mapping[bytes, str],
    asked: Collection[bytes],
    options: Options,
    today: int,
    *,
    as_last_seen: bool = False,
) -> Answer:
    """What is known of files that look as they did.

    ``paths``: by their keys; ``asked``: the ways to a reader that still hold; ``as_last_seen``: the disk isn't asked.
    """
    answer = Answer({}, [])
    found: list[tuple[int, ImageResult]] = []
    for row in in_portions(opened.sqlite, _FILES, list(paths)):
        key, size, mtime_ns, number, seen, readers, failure, content = row[:8]
        path = paths.get(key)
        is_there = size != GONE if as_last_seen else path is not None and _looks_so(path, size, mtime_ns)
        if path is None or readers not in asked or not is_there or type(size) is not int or type(mtime_ns) is not int:
            continue
        if content is None:
            failed = failure_in(failure) if type(failure) is bytes else None
            if failed is None or not _holds(failed, damaged=options.damaged):
                continue
            file = FileIdentity(size, mtime_ns)
            answer.results[path] = ImageResult(path, failure=failed, failed_file=file, recalled=True)
        else:
            result = _result(path, size, mtime_ns, row[8:], options)
            if result is None:
                continue
            answer.results[path] = result
            found.append((content, result))
        if seen != today:
            answer.unseen.append(number)
    _add_encodings(opened, found, options)
    return answer


def ask_content(opened: Opened, content: Content, options: Options) -> ImageResult | None:
    """What is known of a file of the same bytes, as a result of this file."""
    row = opened.sqlite.execute(_CONTENT, (bytes.fromhex(content.digest), content.reader.key)).fetchone()
    file = content.file
    result = None if row is None else _result(content.path, file.size, file.mtime_ns, row[:-1], options)
    if result is not None:
        _add_encodings(opened, [(row[-1], result)], options)
    return result


def _looks_so(path: str, size: int, mtime_ns: int) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return status.st_size == size and status.st_mtime_ns == mtime_ns


def _holds(failed: ImageFailure, *, damaged: bool) -> bool:
    """Whether a file's failure is what it would be now: whether more of it was tried to be read decides that."""
    tried = {"": False, NOTHING_LEFT: True}.get(failed.detail)
    return failed.code is not FailureCode.DAMAGED or tried in {None, damaged}


def _result(path: str, size: int, mtime_ns: int, row: Sequence[Any], options: Options) -> ImageResult | None:
    """What a content's row says; None for nonsense, and where it is of a damaged picture that isn't to be encoded."""
    *known, told = row
    warnings = warnings_in(told) if told is None or type(told) is bytes else None
    facts = facts_in(known, size, mtime_ns)
    # Each has a dictionary of its own: whoever encodes adds to it, and two files may have one content.
    if warnings is None or facts is None:
        return None
    result = ImageResult(path, facts, {}, warnings, recalled=True)
    return None if result.is_incomplete and not options.damaged else result


def _add_encodings(opened: Opened, found: Sequence[tuple[int, ImageResult]], options: Options) -> None:
    if not found:
        return
    wanted = _numbered(opened, options.methods)
    for table, is_hash in (("hashes", True), ("vectors", False)):
        methods = {number: method for number, method in wanted.items() if method.is_hash is is_hash}
        if methods:
            _add_from(opened.sqlite, table, found, methods, turn=options.apply_exif_orientation)


def _add_from(
    connection: sqlite3.Connection,
    table: str,
    found: Sequence[tuple[int, ImageResult]],
    methods: Mapping[int, Method],
    *,
    turn: bool,
) -> None:
    encodings: dict[tuple[int, int], list[dict[Method, Encoding]]] = {}
    for content, result in found:
        turned = turn and result.facts is not None and result.facts.turn != UPRIGHT
        encodings.setdefault((content, int(turned)), []).append(result.encodings)
    numbers = ",".join(map(str, methods))
    question = (
        f"SELECT content, turned, method, value FROM {table}"  # noqa: S608 - names of ours and numbers
        f" WHERE content IN ({{}}) AND method IN ({numbers})"
    )
    for content, turned, number, value in in_portions(connection, question, list({c for c, _ in encodings})):
        method = methods[number]
        for known in encodings.get((content, turned), ()):
            encoding = encoding_in(value, method)
            if encoding is not None:
                known[method] = encoding


def _numbered(opened: Opened, methods: Sequence[Method]) -> dict[int, Method]:
    """The methods by their numbers, those that have one."""
    if any((method.id, method.version) not in opened.methods for method in methods):
        for number, name, version in opened.sqlite.execute("SELECT id, name, version FROM methods"):
            if type(name) is bytes and type(version) is int:
                opened.methods[name.decode(errors="replace"), version] = number
    numbers = ((opened.methods.get((method.id, method.version)), method) for method in methods)
    return {number: method for number, method in numbers if number is not None}
