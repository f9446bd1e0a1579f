"""Encodings as JSON, one file per method: {"sub/a.jpg": "9fee256239984d71", ...}, what imagededup reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from imgenc_gui.core.files.export_format import ExportFormat, Named, Write, to_parts, to_text
from imgenc_gui.core.files.json_stream import JsonStream
from imgenc_gui.core.files.read_back import (
    DamagedError,
    MethodNeededError,
    ReadBack,
    encoding_of,
    in_order,
    path_of,
)
from imgenc_gui.core.files.texts import encoding_json, json_text
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.stopping import Stop, until

# An object that is empty, or whose first value is a hash or a list.
_BEGINNING = re.compile(rb'\s*\{\s*(?:\}|"(?:[^"\\]|\\.)*"\s*:\s*(?:"[0-9a-f]{16}"|\[))')


def _write(named: Named, writes: Sequence[Write], options: Options, root: str) -> None:  # noqa: ARG001 - no room for it
    separators = ["{\n"] * len(writes)
    for name, result in named:
        key = json_text(name)
        for i, method in enumerate(options.methods):
            if method in result.encodings:
                writes[i](f"{separators[i]}{key}: {encoding_json(result.encodings[method])}")
                separators[i] = ",\n"
    for write, separator in zip(writes, separators, strict=True):
        write("{}\n" if separator == "{\n" else "\n}\n")


def _recognises(head: bytes) -> bool:
    return _BEGINNING.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def _read(path: Path, method: Method | None, stop: Stop) -> ReadBack:
    method = method or _method_in_name(path)
    named: list[tuple[str, ImageResult]] = []
    with path.open(encoding="utf-8-sig") as file:
        stream = JsonStream(file)
        for name in until(stop, stream.members()):
            value = _flat(stream.value())
            method = method or _only_method(path, value)
            named.append((name, ImageResult(path_of("", name), encodings={method: encoding_of(method, value)})))
        stream.end()
    return ReadBack(in_order(named), (method,) if method else ())


def _flat(value: object) -> object:
    """A vector of imagededup's may stand in a list of its own: the API gives it the shape (1, length)."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) else value


def _method_in_name(path: Path) -> Method | None:
    """h.phash.json, or "my.photos.phash" where the name had no suffix. Raises MethodNeededError."""
    for part in reversed(path.name.split(".")[-2:]):
        method = METHODS.get(part.lower())
        if method is not None:
            return _sure(path, method)
    return None


def _sure(path: Path, method: Method) -> Method:
    """The method, if there is but one that is called so."""
    if method.needs_version:
        raise MethodNeededError(
            f"{shown(path.name)} doesn't say whether its encodings are from the {method.label} that is here now. Name "
            "it if they are.",
            (method,),
        )
    return method


def _only_method(path: Path, value: object) -> Method:
    """The one method that can have made this value. Raises MethodNeededError."""
    candidates = tuple(method for method in METHODS if _may_be(method, value))
    if not candidates:
        raise DamagedError("its encodings are those of no method that is known here")
    if len(candidates) > 1:
        labels = ", ".join(candidate.label for candidate in candidates)
        raise MethodNeededError(
            f"{shown(path.name)} doesn't say which method its encodings are from. Name it: {labels}.", candidates
        )
    return _sure(path, candidates[0])


def _may_be(method: Method, value: object) -> bool:
    try:
        encoding_of(method, value)
    except DamagedError:
        return False
    return True


ENCODINGS = ExportFormat(
    id="encodings",
    label="Encodings (JSON)",
    sentence="For imagededup and other programs: file name and encoding, one file for each method.",
    suffix=".json",
    write=to_parts(_write),
    preview=to_text(_write),
    recognises=_recognises,
    read=_read,
    file_per_method=True,
    tells_failures=False,
)
