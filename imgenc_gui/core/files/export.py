"""Exports: streamed, whole or not there, the same bytes for the same input.

Everything is written beside the target and moved into its place at the end; whatever goes wrong before leaves the old
file as it was and nothing beside it. Names that are no valid text (bytes that aren't UTF-8) survive every format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgenc_gui.core.files.atomic import ExportError, Replacement
from imgenc_gui.core.files.export_format import ExportFormat, Named, SoFar
from imgenc_gui.core.naming import printable
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.stopping import Stop, check, never, until

__all__ = ["ExportError", "ExportRequest", "export", "preview_text", "target_files"]

_PREVIEW_WIDTH = 300  # characters; a line with a vector has some 11,000


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write and where, frozen when a person asks for it.

    ``named``: (name, result) pairs, sorted by name, no name twice; iterated once, on the thread that exports.
    ``options.methods``: the methods to write, at least one. ``root``: the folder that names are relative to, or "".
    ``is_partial``: whether some are lacking because the work was stopped, asked once they were iterated. ``stop``: once
    it is true, the writing is given up.
    """

    named: Named
    target: Path
    format: ExportFormat
    options: Options
    root: str
    is_partial: Callable[[], bool] = never
    stop: Stop = never


def target_files(target: Path, file_format: ExportFormat, methods: Sequence[Method]) -> tuple[Path, ...]:
    """The files an export writes: ``target``, or h.phash.json, h.dhash.json ... for encodings of several methods.

    Raises ValueError for no method.
    """
    if not methods:
        raise ValueError("Choose at least one method to export.")
    if not file_format.file_per_method or len(methods) == 1:
        return (target,)
    suffix = target.suffix if target.suffix.lower() == file_format.suffix else ""  # "my.photos" has none
    stem = target.name.removesuffix(suffix)
    return tuple(target.with_name(f"{stem}.{method.id}{suffix}") for method in methods)


def export(request: ExportRequest) -> tuple[Path, ...]:
    """Write, and return the files written.

    An exception from ``request.named`` leaves nothing behind and passes through. Raises ExportError when a file can't
    be written; StoppedError; ValueError for no method, names out of order, or a vector that isn't finite.
    """
    files = target_files(request.target, request.format, request.options.methods)
    with Replacement(files, request.stop) as replacement:
        named = SoFar(until(request.stop, _checked(request.named)), request.is_partial)
        request.format.write(named, replacement, request.options, request.root)
        check(request.stop)
    return files


def _checked(named: Named) -> Named:
    """Pass results on, as long as each name comes after the one before: a repeated one would lose a picture."""
    previous = None
    for name, result in named:
        if previous is not None and name <= previous:
            raise ValueError(f"Names must be sorted and different, but {previous!r} comes before {name!r}.")
        previous = name
        yield name, result


def preview_text(named: Named, file_format: ExportFormat, options: Options, root: str) -> str:
    """What an export of these few results would write, as text, for showing it: long lines are cut.

    Several files follow one another. What can't be seen, such as bytes that are no text, is escaped.
    """
    text = file_format.preview(named, options, root)
    lines = (line if len(line) <= _PREVIEW_WIDTH else f"{line[:_PREVIEW_WIDTH]}…" for line in text.split("\n"))
    return "\n".join(map(printable, lines))
