"""The report: JSON with all that is known of every picture, and how it was encoded."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import PIL

from imgenc_gui import __version__
from imgenc_gui.core.files.export_format import ExportFormat, Named, SoFar, Write, to_parts, to_text
from imgenc_gui.core.files.head import FIRST_VERSION, Claim, head_json, known, options_of, read_head
from imgenc_gui.core.files.json_stream import JsonStream
from imgenc_gui.core.files.read_back import (
    DamagedError,
    NotAnExportError,
    ReadBack,
    as_folder,
    as_list,
    as_object,
    as_text,
    as_whole,
    encoding_of,
    in_order,
    path_of,
    written_failure,
)
from imgenc_gui.core.files.texts import encoding_json, json_text, modified_text
from imgenc_gui.core.naming import shown
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import EmbeddingMethod, Method, Options
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    ImageFailure,
    ImageResult,
    ImageWarning,
    Value,
    WarningCode,
)
from imgenc_gui.core.records.sentences import WRITTEN, sentence
from imgenc_gui.core.stopping import Stop, until

REPORT_VERSION = 2  # 1 had neither versions of methods, nor values of warnings and failures, nor mtime_ns
_DIGEST = re.compile("[0-9a-f]{32}")
_NONE = "-"  # no code has this detail
_BEGINNING = re.compile(rb'\s*\{\s*"format"\s*:\s*"imgenc report"')

# --- writing -------------------------------------------------------------------------------------------------------


def _write(named: Named, writes: Sequence[Write], options: Options, root: str) -> None:
    write = writes[0]
    head = {
        "format": "imgenc report",
        "version": REPORT_VERSION,
        **head_json(options, root),
        "libraries": _libraries(options),
    }
    for key, value in head.items():
        write(f"{'{' if key == 'format' else ','}\n{json_text(key)}: {json_text(value)}")
    write(',\n"images": [')
    failures, others = [], []
    encoded = 0
    for name, result in named:
        failure = result.failure
        if failure is None:
            write(f"{',' if encoded else ''}\n{_image_json(name, result, options)}")
            encoded += 1
        elif failure.code is FailureCode.NOT_AN_IMAGE:
            others.append(name)
        else:
            told = {"code": failure.code.value, "detail": failure.detail, "values": failure.values}
            failures.append({"path": name} | facts_json(result.facts) | told | {"reason": sentence(failure)})
    write('\n],\n"failures": [')
    write(",".join(f"\n{json_text(failure)}" for failure in failures))
    write('\n],\n"other_files": [')
    write(",".join(f"\n{json_text(name)}" for name in others))
    counts = {"encoded": encoded, "failed": len(failures), "other_files": len(others)}
    partial = ',\n"partial": true' if isinstance(named, SoFar) and named.is_partial() else ""
    write(f'\n],\n"counts": {json_text(counts)}{partial}\n}}\n')


def _libraries(options: Options) -> dict[str, str]:
    """The versions of what decides the encodings; of networks' engines, those that were needed by this process."""
    libraries = {
        "imgenc": __version__,
        "Python": platform.python_version(),
        "Pillow": PIL.__version__,
        "numpy": np.__version__,
    }
    networks = [NETWORKS.engine(method) for method in options.methods if isinstance(method, EmbeddingMethod)]
    engines = [engine for engine in networks if engine is not None]
    for name in ["simplejpeg", "scipy", "resvg-py", "pi-heif", "pylibjxl", "rawpy", *engines]:
        with suppress(PackageNotFoundError):  # a frozen build need not carry it
            libraries[name] = version(name)
    return libraries


def facts_json(facts: Facts | None) -> dict[str, object]:
    """What is known of a picture, for JSON; nothing where nothing is."""
    if facts is None:
        return {}
    taken = facts.taken.isoformat() if facts.taken else ""
    return {
        "format": facts.format,
        "width": facts.width,
        "height": facts.height,
        "frames": facts.frames,
        "bytes": facts.bytes,
        "mtime_ns": facts.mtime_ns,
        "modified": modified_text(facts.mtime_ns),
        "orientation": facts.orientation,
    } | {key: value for key, value in (("taken", taken), ("xxh3_128", facts.digest)) if value}


def _image_json(name: str, result: ImageResult, options: Options) -> str:
    plain = json_text({"path": name} | facts_json(result.facts))
    encodings = [
        f'"{method.id}": {encoding_json(result.encodings[method])}'
        for method in options.methods
        if method in result.encodings
    ]
    warnings = [
        {"code": warning.code.value, "detail": warning.detail, "values": warning.values, "text": sentence(warning)}
        for warning in result.warnings
    ]
    return f'{plain[:-1]}, "encodings": {{{", ".join(encodings)}}}, "warnings": {json_text(warnings)}}}'


# --- reading -------------------------------------------------------------------------------------------------------


def _recognises(head: bytes) -> bool:
    return _BEGINNING.match(head) is not None


def _read(path: Path, method: Method | None, stop: Stop) -> ReadBack:  # noqa: ARG001 - it says whose encodings it holds
    head: dict[str, object] = {}
    read: ReadBack | None = None
    missing = set(_PICTURES)
    with path.open(encoding="utf-8") as file:
        stream = JsonStream(file)
        for key in stream.members():
            if key not in _PICTURES:
                head[key] = stream.value()
                continue
            missing.discard(key)
            read = read or _begun(head, path)
            for value in until(stop, stream.elements()):
                read.named.append(_PICTURES[key](value, read))
        stream.end()
    if read is None or missing:
        raise DamagedError("its pictures are missing")
    in_order(read.named)
    return read


def _begun(head: dict[str, object], path: Path) -> ReadBack:
    """What the head says; the pictures follow."""
    written = as_whole(head.get("version"))
    if written == REPORT_VERSION:
        said = read_head(head)
        return ReadBack([], said.methods, said.left_out, said.options, said.root)
    if written > REPORT_VERSION:
        raise NotAnExportError(
            f"{shown(path.name)} was written by a newer imgenc (report {written}). Update imgenc to read it."
        )
    options = as_object(head.get("options"))
    ids = [as_text(value) for value in as_list(options.get("methods"))]
    methods, left_out = known(Claim(method_id, FIRST_VERSION) for method_id in ids)
    made = options_of(methods, options.get("apply_rotation"), damaged=False)
    return ReadBack([], methods, left_out, made, as_folder(head.get("root")))


def _image(value: object, read: ReadBack) -> tuple[str, ImageResult]:
    image = as_object(value)
    name, encodings = as_text(image.get("path")), as_object(image.get("encodings"))
    result = ImageResult(
        path_of(read.root, name),
        _facts(image),
        {method: encoding_of(method, encodings[method.id]) for method in read.methods if method.id in encodings},
        tuple(warning for warning in map(_warning, as_list(image.get("warnings"))) if warning),
    )
    return name, result


def _failed(value: object, read: ReadBack) -> tuple[str, ImageResult]:
    failed = as_object(value)
    name = as_text(failed.get("path"))
    return name, ImageResult(path_of(read.root, name), _facts(failed), failure=_failure(failed))


def _other(value: object, read: ReadBack) -> tuple[str, ImageResult]:
    name = as_text(value)
    return name, ImageResult(path_of(read.root, name), failure=ImageFailure(FailureCode.NOT_AN_IMAGE))


_PICTURES = {"images": _image, "failures": _failed, "other_files": _other}


def _facts(image: dict[str, object]) -> Facts | None:
    """The first reports' ``modified`` isn't exact enough to tell whether a file was changed: no mtime_ns then."""
    if "format" not in image:
        return None
    mtime_ns = image.get("mtime_ns")
    return Facts(
        as_text(image["format"]),
        as_whole(image.get("width")),
        as_whole(image.get("height")),
        as_whole(image.get("frames")),
        as_whole(image.get("bytes")),
        None if mtime_ns is None else as_whole(mtime_ns),
        as_whole(image.get("orientation")),
        _digest(image.get("xxh3_128")),
        _taken(image.get("taken")),
    )


def _digest(said: object) -> str:
    """The digest of the file's bytes; older reports have none."""
    if said is None:
        return ""
    if not _DIGEST.fullmatch(as_text(said)):
        raise DamagedError("a digest can't be read")
    return as_text(said)


def _taken(said: object) -> datetime | None:
    """When it was taken, as the camera says; older reports don't."""
    if said is None:
        return None
    try:
        return datetime.fromisoformat(as_text(said)).replace(tzinfo=None)
    except ValueError as error:
        raise DamagedError("a date can't be read") from error


def _failure(failed: dict[str, object]) -> ImageFailure:
    """With its detail and values where this imgenc can make the sentence of them, else with the sentence as written."""
    written = written_failure(failed.get("code"), failed.get("reason"))
    exact = ImageFailure(written.code, *_case(failed))
    return exact if written.code == failed["code"] and _has_sentence(exact) else written


def _warning(value: object) -> ImageWarning | None:
    """As a failure; None for a code of a later imgenc's."""
    warning = as_object(value)
    code, text = as_text(warning.get("code")), as_text(warning.get("text"))
    if code not in set(WarningCode):
        return None
    exact = ImageWarning(WarningCode(code), *_case(warning))
    return exact if _has_sentence(exact) else ImageWarning(exact.code, WRITTEN, (text,))


def _case(told: dict[str, object]) -> tuple[str, tuple[Value, ...]]:
    """The detail and the values; the first reports have neither, only the sentence."""
    detail = as_text(told.get("detail", _NONE))
    values = as_list(told.get("values", []))
    if not all(isinstance(value, str | int | float) for value in values):
        raise DamagedError("the values of a reason can't be read")
    return detail, tuple(value for value in values if isinstance(value, str | int | float))


def _has_sentence(of: ImageFailure | ImageWarning) -> bool:
    try:
        sentence(of)
    except (LookupError, ValueError, TypeError):  # a detail of another imgenc's, or values that don't fill it
        return False
    return True


REPORT = ExportFormat(
    id="report",
    label="Report (JSON)",
    sentence="For the record: every picture with facts, encodings, warnings and failures.",
    suffix=".json",
    write=to_parts(_write),
    preview=to_text(_write),
    recognises=_recognises,
    read=_read,
    usual=False,
    tells_others=True,
)
