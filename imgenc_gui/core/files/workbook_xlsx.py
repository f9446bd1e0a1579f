"""A table with one row per picture as a workbook, for Excel and LibreOffice: its columns are those of the CSV table.

Names are written as they are shown, which can be read back. The last sheet says how the encodings were made.
"""

from __future__ import annotations

import csv
import errno
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from imgenc_gui import __version__
from imgenc_gui.core.files.atomic import Replacement
from imgenc_gui.core.files.export_format import ExportFormat, Named
from imgenc_gui.core.files.extra_columns import Extra
from imgenc_gui.core.files.head import Head, head_json, read_head
from imgenc_gui.core.files.read_back import (
    DamagedError,
    NotAnExportError,
    ReadBack,
    as_object,
    encoding_of,
    in_order,
    path_of,
    written_failure,
)
from imgenc_gui.core.files.texts import json_text, number_texts
from imgenc_gui.core.files.workbook import Book, Cell, Column
from imgenc_gui.core.naming import meant, shown
from imgenc_gui.core.records.methods import Encoding, Method, Options
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.records.sentences import incomplete_in, sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.stopping import Stop, StoppedError, until

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

FACT_TITLES = ("Format", "Width", "Height", "Bytes", "Modified (UTC)")

_PATH, _STATUS, _REASON = "Path", "Status", "Reason"
_ENCODED = "encoded"
_PICTURES, _ABOUT, _FOR_IMGENC = "Pictures", "About", "For imgenc"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - workbooks know no zones
_BEGINNINGS = (b"xl/", b"[Content_Types].xml", b"_rels/", b"docProps/")  # one of a workbook's parts comes first
_NAME_PLACE = 30  # bytes into an archive, where its first part's name stands
_TIGHTEST = 200  # bytes out of one; tables give 10 to 40, a bomb 1,000
_LITTLE = 1 << 20

# --- writing -------------------------------------------------------------------------------------------------------


def workbook_with(extras: Sequence[Extra]) -> ExportFormat:
    """The workbook with more columns, for one export."""
    return replace(WORKBOOK, write=partial(_write, extras=extras), preview=partial(_preview, extras=extras))


def _write(
    named: Named, replacement: Replacement, options: Options, root: str, *, extras: Sequence[Extra] = ()
) -> None:
    stop = replacement.parts[0].stop
    with Book(replacement) as book:
        table = book.table(_PICTURES, _columns(options.methods, extras))
        for row in _rows(named, options.methods, lambda result: [one.cells(result, stop) for one in extras]):
            table.write(row)
        table.end()
        about = book.sheet(_ABOUT)
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 72)
        notes = [extra.about for extra in extras if extra.about is not None]
        for number, (title, text) in enumerate([*_about(options, root), *notes]):
            about.write_string(number, 0, title, book.header)
            about.write_string(number, 1, text)


def _columns(methods: Sequence[Method], extras: Sequence[Extra] = ()) -> list[Column]:
    """Hashes stand between the facts and how it ended; a vector's numbers behind all."""
    columns = [Column(_PATH), *(column for extra in extras for column in extra.columns), *map(Column, FACT_TITLES)]
    columns += [Column(title, is_code=True) for method in methods if method.is_hash for title in _titles(method)]
    columns += [Column(_STATUS), Column(_REASON)]
    columns += [Column(title) for method in methods if not method.is_hash for title in _titles(method)]
    if len({column.title for column in columns}) < len(columns):
        raise ValueError("A method has the name of another column.")
    return columns


def _titles(method: Method) -> list[str]:
    return [method.label] if method.is_hash else [f"{method.label} {i}" for i in range(method.length)]


def _rows(
    named: Named, methods: Sequence[Method], extra: Callable[[ImageResult], Iterable[Sequence[Cell]]]
) -> Iterator[list[Cell]]:
    hashes = [method for method in methods if method.is_hash]
    embeddings = [method for method in methods if not method.is_hash]
    for name, result in named:
        row: list[Cell] = [shown(name), *chain.from_iterable(extra(result)), *fact_row(result.facts)]
        row += [str(result.encodings.get(method, "")) for method in hashes]
        if result.failure:
            row += [result.failure.code.value, shown(sentence(result.failure))]
        else:
            row += [_ENCODED, shown(" ".join(map(sentence, result.warnings)))]
        for method in embeddings:
            vector = result.encodings.get(method)
            if vector is None or isinstance(vector, str):
                row += [None] * method.length
            else:
                row += map(float, number_texts(vector))
        yield row


def fact_row(facts: Facts | None) -> list[Cell]:
    """What stands below FACT_TITLES; nothing where nothing is known."""
    if facts is None:
        return [None] * len(FACT_TITLES)
    size = None if facts.bytes < 0 else facts.bytes
    return [shown(facts.format), facts.width or None, facts.height or None, size, _date(facts.mtime_ns)]


def _date(mtime_ns: int | None) -> datetime | None:
    """A file's time in UTC, to the millisecond; None where none is known or no calendar has it."""
    if mtime_ns is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=mtime_ns // 1_000_000)
    except OverflowError:
        return None


def _about(options: Options, root: str) -> Iterator[tuple[str, str]]:
    yield "Written by", f"imgenc {__version__}"
    yield "Folder", shown(root)
    yield "Methods", ", ".join(f"{method.label} (version {method.version})" for method in options.methods)
    yield "Turned upright first", "yes" if options.apply_exif_orientation else "no"
    yield "Damaged pictures", "encoded as far as they can be read" if options.damaged else "not encoded"
    yield _FOR_IMGENC, json_text(head_json(options, shown(root)))


def _preview(named: Named, options: Options, root: str, *, extras: Sequence[Extra] = ()) -> str:  # noqa: ARG001 - stands on the last sheet
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.title for column in _columns(options.methods, extras)])
    rows = _rows(named, options.methods, lambda result: [one.seen(result) for one in extras])
    writer.writerows(map(_seen, row) for row in rows)
    return text.getvalue()


def _seen(cell: Cell) -> Cell:
    """What a sheet shows of a cell."""
    return cell.isoformat(" ", "seconds") if isinstance(cell, datetime) else cell


# --- reading -------------------------------------------------------------------------------------------------------


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and head[_NAME_PLACE:].startswith(_BEGINNINGS)


def _read(path: Path, method: Method | None, stop: Stop) -> ReadBack:  # noqa: ARG001 - columns say whose
    """Also what a person has sorted, shortened, or added columns to, and saved with another program."""
    from openpyxl import load_workbook  # noqa: PLC0415 - takes a while: for whoever reads one

    _check_size(path)
    try:
        # Of a file, and not by its name: of that it asks an ending.
        with path.open("rb") as file, closing(load_workbook(file, read_only=True, data_only=True)) as book:
            return _contents(book, path, stop)
    except (DamagedError, NotAnExportError, StoppedError):
        raise
    except OSError as error:
        if error.errno != errno.EINVAL:  # that is zipfile, led to a place before the beginning; others are the disk's
            raise
        raise DamagedError("its archive is damaged") from error
    except Exception as error:  # what is damaged may end in anything
        raise DamagedError("its archive or its tables are damaged") from error


def _check_size(path: Path) -> None:
    """Raise DamagedError for a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise DamagedError("it breaks off, or its archive is damaged") from error
    if size > _LITTLE + _TIGHTEST * path.stat().st_size:
        raise DamagedError("its archive is packed as no table is")


def _contents(book: Workbook, path: Path, stop: Stop) -> ReadBack:
    head = _head(book)
    root = head.root if head else ""
    named: list[tuple[str, ImageResult]] = []
    found: set[Method] = set()
    tables = 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # other programs' may be wrong
        rows = sheet.iter_rows(values_only=True)
        places = {title: place for place, title in enumerate(next(rows, ())) if isinstance(title, str)}
        if places.keys() >= {_PATH, _STATUS, _REASON}:
            table = _Table(places, root, None if head is None else head.methods)
            named.extend(map(table.picture, until(stop, filter(table.has_picture, rows))))
            found.update(table.methods)
            tables += 1
    if not tables:
        raise NotAnExportError(f"{shown(path.name)} is a workbook, but not one of imgenc's exports.")
    methods = METHODS.ordered(found)
    if head is None:
        return ReadBack(in_order(named), methods)
    options = replace(head.options, methods=methods) if head.options and methods else None
    return ReadBack(in_order(named), methods, head.left_out, options, root)


def _head(book: Workbook) -> Head | None:
    """What the last sheet says; None where somebody has removed it."""
    if _ABOUT not in book.sheetnames:
        return None
    for title, *texts in book[_ABOUT].iter_rows(values_only=True, max_col=2):
        if title == _FOR_IMGENC and texts:
            try:
                head = read_head(as_object(json.loads(str(texts[0]))))
            except (ValueError, RecursionError) as error:
                raise DamagedError("its last sheet can't be read") from error
            return replace(head, root=meant(head.root))
    return None


class _Table:
    """Where in a row is what. ``known``: the methods that the file's last sheet tells of; None: it doesn't tell."""

    def __init__(self, places: Mapping[str, int], root: str, known: Sequence[Method] | None) -> None:
        self._places = places
        self._root = root
        self._encodings: dict[Method, list[int]] = {}
        for method in (one for one in METHODS if not one.needs_version) if known is None else known:
            titles = _titles(method)
            there = [places[title] for title in titles if title in places]
            if 0 < len(there) < len(titles):
                raise DamagedError(f"columns of {method.label} are missing")
            if there:
                self._encodings[method] = there

    @property
    def methods(self) -> Iterable[Method]:
        """Those that have columns."""
        return self._encodings

    def has_picture(self, row: Sequence[object]) -> bool:
        """Whether it names one: a person may have put sums below, or left rows out."""
        return self._cell(row, _PATH) is not None

    def picture(self, row: Sequence[object]) -> tuple[str, ImageResult]:
        """The name and the result that a row holds."""
        name = _text(self._cell(row, _PATH))
        path = path_of(self._root, name)
        kind, *sizes, _ = (self._cell(row, title) for title in FACT_TITLES)
        facts = None
        if any(fact is not None for fact in (kind, *sizes)):
            width, height, size = (
                none if size is None else _whole(size) for size, none in zip(sizes, (0, 0, -1), strict=True)
            )
            facts = Facts(_text(kind), width, height, 1, size, None, 1)  # the date isn't exact enough to tell a change
        status, reason = (_text(self._cell(row, title)) for title in (_STATUS, _REASON))
        if status != _ENCODED:
            return name, ImageResult(path, facts, failure=written_failure(status, reason))
        encodings: dict[Method, Encoding] = {}
        for method, places in self._encodings.items():
            values = [row[place] if place < len(row) else None for place in places]
            if any(value is not None for value in values):
                encodings[method] = encoding_of(method, values[0] if method.is_hash else _numbers(values))
        return name, ImageResult(path, facts, encodings, incomplete_in(reason))

    def _cell(self, row: Sequence[object], title: str) -> object:
        place = self._places.get(title, len(row))
        return row[place] if place < len(row) else None


def _text(cell: object) -> str:
    """A cell's text. A name such as "1" becomes a number when a person types it anew."""
    from openpyxl.utils.escape import unescape  # noqa: PLC0415

    return "" if cell is None else meant(unescape(str(cell)))


def _whole(cell: object) -> int:
    if (isinstance(cell, int) and cell >= 0) or (isinstance(cell, float) and cell >= 0 and cell.is_integer()):
        return int(cell)
    raise DamagedError("a size is no number")


def _numbers(cells: Sequence[object]) -> object:
    if not all(isinstance(cell, int | float) for cell in cells):
        raise DamagedError("a vector holds something that is no number")
    return np.array(cells, np.float64)


WORKBOOK = ExportFormat(
    id="xlsx",
    label="Workbook (Excel, LibreOffice)",
    sentence="A spreadsheet with one row per picture, to sort and filter.",
    suffix=".xlsx",
    write=_write,
    preview=_preview,
    recognises=_recognises,
    read=_read,
)
