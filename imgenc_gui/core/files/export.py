"""Exports: JSON, CSV and NPZ, streamed, whole or not there, the same bytes for the same input.

Everything is written beside the target and moved into its place at the end; whatever goes wrong before leaves the old
file as it was and nothing beside it. Names that are no valid text (bytes that aren't UTF-8) survive every format.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

import numpy as np
import PIL
from numpy.typing import NDArray

from imgenc_gui import __version__
from imgenc_gui.core.files.atomic import ExportError, Part, Replacement, told
from imgenc_gui.core.encoding import EMBEDDING_LENGTH, ImageResult, Method, Options
from imgenc_gui.core.formats.reading import ErrorCode, Facts

__all__ = ["ExportError", "ExportFormat", "Named", "export_results", "preview_text", "target_files"]

Named = Iterable[tuple[str, ImageResult]]
Write = Callable[[str], None]

REPORT_VERSION = 1
_PREVIEW_WIDTH = 300  # characters; a line with a vector has some 11,000
_FACT_COLUMNS = ("format", "width", "height", "bytes", "modified")
# What a spreadsheet takes for the beginning of a formula; and the mark itself, so that no two names become one.
_DEFUSED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
# Of all float32s only this one (tried, all 2**31) changes when its shortest text is read as a double, as JSON's is.
_ODD_ONE, _ODD_ONE_TEXT = np.float32(7.0385307e-26), "7.0385307e-26"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # a fixed one, for the same bytes every time


class ExportFormat(StrEnum):
    """What can be written."""

    ENCODINGS = "encodings"
    REPORT = "report"
    CSV = "csv"
    EXCEL = "excel"
    NPZ = "npz"

    @property
    def suffix(self) -> str:
        """The ending of the files' names: .json, .csv or .npz."""
        return {"csv": ".csv", "excel": ".csv", "npz": ".npz"}.get(self.value, ".json")


def target_files(target: Path, file_format: ExportFormat, methods: Sequence[Method]) -> list[Path]:
    """The files an export writes: ``target``, or h.phash.json, h.dhash.json ... for encodings of several methods."""
    if not methods:
        raise ValueError("Choose at least one method to export.")
    if file_format is not ExportFormat.ENCODINGS or len(methods) == 1:
        return [target]
    suffix = target.suffix if target.suffix.lower() == file_format.suffix else ""  # "my.photos" has none
    stem = target.name.removesuffix(suffix)
    return [target.with_name(f"{stem}.{method.value}{suffix}") for method in methods]


def export_results(named: Named, target: Path, file_format: ExportFormat, options: Options, root: str) -> list[Path]:
    """Write (name, result) pairs, sorted by name, no name twice, and return the files written.

    ``named`` is consumed once, as it comes; an exception from it (a cancel) leaves nothing behind and passes through.
    ``options.methods`` are the methods to write, at least one. ``root`` is the folder that names are relative to, for
    the report. Raises ExportError when a file can't be written, ValueError for no method or names out of order.
    """
    files = target_files(target, file_format, options.methods)
    with Replacement(files) as replacement:
        if file_format is ExportFormat.NPZ:
            _write_npz(_checked(named), replacement.parts[0], replacement.scratch(), options)
        else:
            writes = [_text_writer(part) for part in replacement.parts]
            _write_text(_checked(named), writes, file_format, options, root)
    return files


def _checked(named: Named) -> Named:
    """Pass results on, as long as each name comes after the one before: a repeated one would lose a picture."""
    previous = None
    for name, result in named:
        if previous is not None and name <= previous:
            raise ValueError(f"Names must be sorted and different, but {previous!r} comes before {name!r}.")
        previous = name
        yield name, result


def _text_writer(part: Part) -> Write:
    """Names that are no text go out as they came in: the system's own way."""
    errors = sys.getfilesystemencodeerrors()
    return lambda text: part.write(text.encode("utf-8", errors))


def preview_text(named: Named, file_format: ExportFormat, options: Options, root: str) -> str:
    """What an export of these few results would write, as text, for showing it: long lines are cut.

    Several files follow one another.
    """
    if file_format is ExportFormat.NPZ:
        return _shown(_describe_npz(named, options))
    files = target_files(Path("x.json"), file_format, options.methods)
    texts: list[list[str]] = [[] for _ in files]
    _write_text(named, [text.append for text in texts], file_format, options, root)
    return _shown("\n".join("".join(text).lstrip("\ufeff").replace("\r\n", "\n") for text in texts))


def _shown(text: str) -> str:
    """Cut long lines, and put question marks for bytes that are no text: a window can't show them."""
    lines = (line if len(line) <= _PREVIEW_WIDTH else f"{line[:_PREVIEW_WIDTH]}…" for line in text.split("\n"))
    return "\n".join(lines).encode("utf-8", "replace").decode()


def _write_text(named: Named, writes: Sequence[Write], file_format: ExportFormat, options: Options, root: str) -> None:
    if file_format is ExportFormat.ENCODINGS:
        _write_encodings(named, writes, options)
    elif file_format is ExportFormat.REPORT:
        _write_report(named, writes[0], options, root)
    else:
        _write_csv(named, writes[0], options, excel=file_format is ExportFormat.EXCEL)


# --- JSON ----------------------------------------------------------------------------------------------------------


def _write_encodings(named: Named, writes: Sequence[Write], options: Options) -> None:
    """One object per method, {"sub/a.jpg": "9fee256239984d71", ...}: what imagededup's find_duplicates takes."""
    separators = ["{\n"] * len(writes)
    for name, result in named:
        for i, method in enumerate(options.methods):
            if method in result.encodings:
                writes[i](f"{separators[i]}{_json(name)}: {_json_encoding(result.encodings[method])}")
                separators[i] = ",\n"
    for write, separator in zip(writes, separators, strict=True):
        write("{}\n" if separator == "{\n" else "\n}\n")


def _write_report(named: Named, write: Write, options: Options, root: str) -> None:
    head = {
        "format": "imgenc report",
        "version": REPORT_VERSION,
        "options": {"methods": [method.value for method in options.methods], "apply_rotation": options.apply_rotation},
        "libraries": _libraries(options),
        "root": root,
    }
    for key, value in head.items():
        write(f"{'{' if key == 'format' else ','}\n{_json(key)}: {_json(value)}")
    write(',\n"images": [')
    failures, others = [], []
    encoded = 0
    for name, result in named:
        if result.failure is None:
            write(f"{',' if encoded else ''}\n{_json_image(name, result, options)}")
            encoded += 1
        elif result.failure.code is ErrorCode.NOT_AN_IMAGE:
            others.append(name)
        else:
            failures.append({"path": name, "code": result.failure.code.value, "reason": result.failure.reason})
    write('\n],\n"failures": [')
    write(",".join(f"\n{_json(failure)}" for failure in failures))
    write('\n],\n"other_files": [')
    write(",".join(f"\n{_json(name)}" for name in others))
    counts = {"encoded": encoded, "failed": len(failures), "other_files": len(others)}
    write(f'\n],\n"counts": {_json(counts)}\n}}\n')


def _libraries(options: Options) -> dict[str, str]:
    """The versions of what decides the encodings."""
    libraries = {
        "imgenc": __version__,
        "Python": platform.python_version(),
        "Pillow": PIL.__version__,
        "numpy": np.__version__,
    }
    for name in ["simplejpeg", "scipy", "resvg-py", *(["torch"] if Method.CNN in options.methods else [])]:
        with suppress(PackageNotFoundError):  # a frozen build need not carry it
            libraries[name] = version(name)
    return libraries


def _json_image(name: str, result: ImageResult, options: Options) -> str:
    parts = [f'"path": {_json(name)}']
    facts = result.facts
    if facts is not None:
        values = {
            column: _fact(facts, column) for column in ("format", "width", "height", "frames", "bytes", "modified")
        }
        values["orientation"] = facts.orientation
        parts += [f"{_json(key)}: {_json(value)}" for key, value in values.items()]
    encodings = [
        f'"{method.value}": {_json_encoding(result.encodings[method])}'
        for method in options.methods
        if method in result.encodings
    ]
    parts.append(f'"encodings": {{{", ".join(encodings)}}}')
    warnings = [{"code": caution.code.value, "text": caution.text} for caution in result.cautions]
    parts.append(f'"warnings": {_json(warnings)}')
    return f"{{{', '.join(parts)}}}"


def _json(value: Any) -> str:
    """JSON text: readable, but with escapes where a string holds bytes that are no text."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True)
    return text


def _json_encoding(encoding: str | NDArray[np.float32]) -> str:
    return f'"{encoding}"' if isinstance(encoding, str) else f"[{', '.join(_numbers(encoding))}]"


def _numbers(vector: NDArray[np.float32]) -> list[str]:
    """Each float32 as the shortest text that reads back to it, directly or by way of a double."""
    if not np.isfinite(vector).all():
        raise ValueError("An embedding holds a number that isn't finite; JSON has no word for it.")
    texts: list[str] = np.asarray(vector, np.float32).astype("U32").tolist()
    if (np.abs(vector) == _ODD_ONE).any():
        texts = [text.replace("7.038531e-26", _ODD_ONE_TEXT) for text in texts]
    return texts


def _fact(facts: Facts, column: str) -> str | int | None:
    if column != "modified":
        value: str | int = getattr(facts, column)
        return value
    if facts.modified is None:
        return None
    try:
        modified = _EPOCH + timedelta(seconds=facts.modified)
    except OverflowError:  # a damaged file system may say anything
        return None
    return modified.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- CSV -----------------------------------------------------------------------------------------------------------


def _write_csv(named: Named, write: Write, options: Options, *, excel: bool) -> None:
    """One row per image; for Excel with a byte order mark, hashes that stay text, and names that are no formulas."""
    hashes = [method for method in options.methods if method.is_hash]
    embeds = Method.CNN in options.methods
    header = ["path", *_FACT_COLUMNS, *(method.value for method in hashes), "status", "reason"]
    if embeds:
        header += [f"cnn_{i}" for i in range(EMBEDDING_LENGTH)]
    writer = csv.writer(_Rows(write), lineterminator="\r\n")
    if excel:
        write("\ufeff")
    writer.writerow(header)
    for name, result in named:
        facts = result.facts
        row: list[object] = [f"'{name}" if excel and name.startswith(_DEFUSED) else name]
        row += ["" if facts is None else _fact(facts, column) for column in _FACT_COLUMNS]
        for method in hashes:
            encoding = result.encodings.get(method, "")
            row.append(f'="{encoding}"' if excel and encoding else encoding)
        row += [result.failure.code.value, result.failure.reason] if result.failure else ["encoded", _warnings(result)]
        if embeds:
            vector = result.encodings.get(Method.CNN)
            row += [""] * EMBEDDING_LENGTH if vector is None or isinstance(vector, str) else _numbers(vector)
        writer.writerow(row)


def _warnings(result: ImageResult) -> str:
    return " ".join(caution.text for caution in result.cautions)


class _Rows:
    """The file that csv.writer wants, over a function that takes text."""

    def __init__(self, write: Write) -> None:
        self.write = write


# --- NPZ -----------------------------------------------------------------------------------------------------------


def _write_npz(named: Named, part: Part, vectors: Part, options: Options) -> None:
    """``names`` and one array per method, in the same order: hashes as text, CNN as (n, 1024) float32.

    The vectors go through a file of their own, so that no run is too long for the memory. Where a picture lacks an
    encoding, the hash is empty and the vector NaN.
    """
    names: list[str] = []
    hashes: dict[Method, list[str]] = {method: [] for method in options.methods if method.is_hash}
    embeds = Method.CNN in options.methods
    missing = np.full(EMBEDDING_LENGTH, np.nan, "<f4")
    for name, result in named:
        if result.failure is not None:
            continue
        names.append(name)
        for method, column in hashes.items():
            column.append(str(result.encodings.get(method, "")))
        if embeds:
            vector = result.encodings.get(Method.CNN, missing)
            vectors.write(np.asarray(vector, "<f4").tobytes())
    with told(part.target), zipfile.ZipFile(part.stream, "w", zipfile.ZIP_STORED) as archive:
        _write_array(archive, "names", np.array(names, "<U1" if not names else None))
        for method, column in hashes.items():
            _write_array(archive, method.value, np.array(column, "<U16"))
        if embeds:
            with _member(archive, "cnn") as member:
                header = {"descr": "<f4", "fortran_order": False, "shape": (len(names), EMBEDDING_LENGTH)}
                np.lib.format.write_array_header_1_0(member, header)
                for block in vectors.blocks():
                    member.write(block)


def _write_array(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with _member(archive, name) as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(zipfile.ZipInfo(f"{name}.npy", _ZIP_DATE), "w", force_zip64=True)


def _describe_npz(named: Named, options: Options) -> str:
    results = [(name, result) for name, result in named if result.failure is None]
    lines = [f"names: {len(results)} x text ({', '.join(name for name, _ in results[:3])} …)"]
    for method in options.methods:
        kind = "16 characters" if method.is_hash else f"{EMBEDDING_LENGTH} float32"
        lines.append(f"{method.value}: {len(results)} x {kind}")
    return "\n".join(lines) + "\n"
