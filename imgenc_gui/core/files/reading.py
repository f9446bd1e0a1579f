"""Reading an export back, whichever format it is in: told by its content."""

from __future__ import annotations

from pathlib import Path

from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.read_back import DamagedError, MethodNeededError, NotAnExportError, ReadBack
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.files.together import tidy
from imgenc_gui.core.naming import shown
from imgenc_gui.core.plain_files import open_file
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.stopping import Stop, never

__all__ = ["MethodNeededError", "NotAnExportError", "ReadBack", "format_of", "read_export"]

_HEAD = 1 << 16  # bytes; the longest path, escaped, takes less


def read_export(path: Path, method: Method | None = None, stop: Stop = never) -> ReadBack:
    """Read an export of imgenc's, or encodings of imagededup's.

    ``method``: whose encodings an encodings JSON holds. Without it the file's name says so (h.phash.json) or, where
    only one method makes such vectors, its content. Raises MethodNeededError when none of these does; NotAnExportError
    for a file that is foreign, damaged, broken off, or written by a newer imgenc; OSError when it can't be read at all;
    StoppedError.
    """
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise NotAnExportError(f"{shown(path.name)} is not a file.")
    tidy(path.parent)  # it may be one of several that are to be put back
    file_format = format_of(path)
    if file_format is None:
        raise NotAnExportError(f"{shown(path.name)} is not an export of imgenc's.")
    try:
        return file_format.read(path, method, stop)
    except DamagedError as error:
        raise NotAnExportError(f"{shown(path.name)} can't be read as an export: {error}.") from error


def format_of(path: Path) -> ExportFormat | None:
    """The format of which this file looks to be an export; None: of none. Raises OSError."""
    with open_file(path) as file:
        head = file.read(_HEAD)
    return next((file_format for file_format in FORMATS if file_format.recognises(head)), None)
