"""A table with one row per picture: CSV in its plainest form, and a flavour for Excel."""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from imgenc_gui.core.files.export_format import ExportFormat, Named, Write, to_parts, to_text
from imgenc_gui.core.files.head import Claim, known
from imgenc_gui.core.files.read_back import DamagedError, ReadBack, encoding_of, in_order, path_of, written_failure
from imgenc_gui.core.files.texts import modified_text, number_texts
from imgenc_gui.core.naming import printable
from imgenc_gui.core.records.methods import Encoding, Method, Options
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.records.sentences import incomplete_in, sentence
from imgenc_gui.core.stopping import Stop, until

_MARK = "\ufeff"  # Excel takes the file for UTF-8 only with it
FACTS = ("path", "format", "width", "height", "bytes", "modified")  # the first columns
_ENDING = ("status", "reason")  # behind the hashes; the vectors' columns follow
_ENCODED = "encoded"
_FORMULAS = "=+-@\N{MINUS SIGN}"  # what a spreadsheet takes for the beginning of one, in any width
_UNSEEN = "CMZ"  # Unicode's categories of what isn't seen alone: controls, marks and spaces
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that aren't, either
_SEPARATORS = ";\t"  # of cells, to an Excel of some countries: behind one, too, a formula may begin
_TEXT = "'"  # before a text that would be a formula, and before one that begins so, so that no two become one
_DIGITS = 20  # of a size
_AS_TEXT = re.compile(r'="(.*)"')

# --- writing -------------------------------------------------------------------------------------------------------


def _write(named: Named, writes: Sequence[Write], options: Options, root: str, *, excel: bool) -> None:  # noqa: ARG001
    """For Excel with a byte order mark, hashes that stay text, and texts that are no formulas."""
    hashes = [method for method in options.methods if method.is_hash]
    embeddings = [method for method in options.methods if not method.is_hash]
    header = [*FACTS, *(method.id for method in hashes), *_ENDING]
    header += [f"{method.id}_{i}" for method in embeddings for i in range(method.length)]
    if len(set(header)) < len(header):
        raise ValueError("A method has the name of another column.")
    guard = _defused if excel else str
    quoted = _SEPARATORS if excel else ""  # csv.writer puts what holds a character of the line's end in quotes

    def write_row(text: str) -> None:
        writes[0](text.removesuffix(quoted))

    writer = csv.writer(Rows(write_row), lineterminator="\r\n" + quoted)
    if excel:
        writes[0](_MARK)
    writer.writerow(header)
    for name, result in named:
        row: list[object] = [guard(name), *fact_cells(result.facts, excel=excel)]
        for method in hashes:
            encoding = result.encodings.get(method, "")
            row.append(f'="{encoding}"' if excel and encoding else encoding)
        if result.failure:
            row += [result.failure.code.value, guard(sentence(result.failure))]
        else:
            row += [_ENCODED, guard(" ".join(map(sentence, result.warnings)))]
        for method in embeddings:
            vector = result.encodings.get(method)
            row += [""] * method.length if vector is None or isinstance(vector, str) else number_texts(vector)
        writer.writerow(row)


def _preview(named: Named, options: Options, root: str, *, excel: bool) -> str:
    """Each row on one line, also where a name holds a line's end."""
    visible = ((printable(name), result) for name, result in named)
    return to_text(partial(_write, excel=excel))(visible, options, root)


def fact_cells(facts: Facts | None, *, excel: bool = False) -> list[object]:
    """What stands below FACTS but for the path; nothing where nothing is known, as of rows of some exports."""
    if facts is None:
        return [""] * (len(FACTS) - 1)
    kind = _defused(facts.format) if excel else facts.format
    size = "" if facts.bytes < 0 else facts.bytes
    return [kind, facts.width or "", facts.height or "", size, modified_text(facts.mtime_ns)]


def _defused(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula, whatever it overlooks before that."""
    if not text or (text[0].isalnum() and text[0] not in _BLANKS):  # nearly every name
        return text
    seen = next((character for character in text if not _is_overlooked(character)), "")
    may_be_formula = text[0] in f"{_TEXT}\t\r\n" or unicodedata.normalize("NFKC", seen)[:1] in tuple(_FORMULAS)
    return f"{_TEXT}{text}" if may_be_formula else text


def _is_overlooked(character: str) -> bool:
    return unicodedata.category(character)[0] in _UNSEEN or character in _BLANKS


class Rows:
    """The file that csv.writer wants, over a function that takes text."""

    def __init__(self, write: Write) -> None:
        self.write = write


# --- reading -------------------------------------------------------------------------------------------------------


def _recognises(head: bytes, *, excel: bool) -> bool:
    return head.startswith((_MARK if excel else "").encode() + ",".join(FACTS).encode())


def _read(path: Path, method: Method | None, stop: Stop, *, excel: bool) -> ReadBack:  # noqa: ARG001 - columns say whose
    named: list[tuple[str, ImageResult]] = []
    errors = sys.getfilesystemencodeerrors()
    with path.open(newline="", encoding="utf-8-sig" if excel else "utf-8", errors=errors) as file:
        rows = csv.reader(_whole_lines(file), strict=True)
        try:
            columns = _Columns(next(rows))
            named.extend(
                columns.picture([_undefused(cell) for cell in row] if excel else row) for row in until(stop, rows)
            )
        except (csv.Error, UnicodeDecodeError) as error:
            raise DamagedError("its rows can't be told apart") from error
    methods, left_out = known(columns.claims)
    return ReadBack(in_order(named), methods, left_out)


def _whole_lines(file: Iterator[str]) -> Iterator[str]:
    line = "\n"
    for line in file:
        yield line
    if not line.endswith("\n"):
        raise DamagedError("it breaks off")


def _undefused(cell: str) -> str:
    if cell.startswith(_TEXT):
        return cell[1:]
    hashed = _AS_TEXT.fullmatch(cell)
    return hashed.group(1) if hashed else cell


class _Columns:
    """Where in a row is what."""

    def __init__(self, header: list[str]) -> None:
        facts = len(FACTS)
        if tuple(header[:facts]) != FACTS or _ENDING[0] not in header[facts:]:
            raise DamagedError("its header has other columns")
        self._width = len(header)
        self._status = header.index(_ENDING[0], facts)
        ids = header[facts : self._status]
        vectors = header[self._status + len(_ENDING) :]
        self.claims = [Claim(method_id, kind="hash") for method_id in ids]
        places = {method_id: slice(place, place + 1) for place, method_id in enumerate(ids, facts)}
        start = self._status + len(_ENDING)
        for method_id, group in groupby(vectors, lambda column: column.rpartition("_")[0]):
            columns = list(group)
            if columns != [f"{method_id}_{i}" for i in range(len(columns))]:
                raise DamagedError("its header has other columns")
            self.claims.append(Claim(method_id, length=len(columns), kind="embedding"))
            places[method_id] = slice(start, start + len(columns))
            start += len(columns)
        self._places = [(method, places[method.id]) for method in known(self.claims)[0]]

    def picture(self, row: list[str]) -> tuple[str, ImageResult]:
        """The name and the result that a row holds."""
        if len(row) != self._width:
            raise DamagedError("a row has too few or too many columns")
        name, status, reason = row[0], *row[self._status : self._status + 2]
        facts = _facts(row)
        if status != _ENCODED:
            return name, ImageResult(path_of("", name), facts, failure=written_failure(status, reason))
        encodings: dict[Method, Encoding] = {}
        for method, place in self._places:
            cells = row[place]
            if any(cells):
                encodings[method] = encoding_of(method, cells[0] if method.is_hash else _numbers(cells))
        return name, ImageResult(path_of("", name), facts, encodings, incomplete_in(reason))


def _facts(row: list[str]) -> Facts | None:
    """Without mtime_ns: ``modified`` isn't exact enough to tell whether a file was changed."""
    _, kind, *sizes, _ = row[: len(FACTS)]
    if not any((kind, *sizes)):
        return None
    if not all(not size or (size.isascii() and size.isdecimal() and len(size) < _DIGITS) for size in sizes):
        raise DamagedError("a size is no number")
    width, height, size = (int(size or none) for size, none in zip(sizes, (0, 0, -1), strict=True))
    return Facts(kind, width, height, 1, size, None, 1)


def _numbers(cells: list[str]) -> object:
    try:
        return np.array(cells, np.float64)
    except ValueError as error:
        raise DamagedError("a vector holds something that is no number") from error


CSV = ExportFormat(
    id="csv",
    label="CSV",
    sentence="For databases and scripts: the same table in its plainest form.",
    suffix=".csv",
    write=to_parts(partial(_write, excel=False)),
    preview=partial(_preview, excel=False),
    recognises=partial(_recognises, excel=False),
    read=partial(_read, excel=False),
)
EXCEL = ExportFormat(
    id="excel",
    label="CSV for Excel",
    sentence="A spreadsheet with one row per picture, to open with a double-click.",
    suffix=".csv",
    write=to_parts(partial(_write, excel=True)),
    preview=partial(_preview, excel=True),
    recognises=partial(_recognises, excel=True),
    read=partial(_read, excel=True),
    usual=False,
    offered=False,
)
