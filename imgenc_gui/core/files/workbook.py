"""Workbooks (xlsx) of large tables: written row by row, so that memory stays flat. Nothing in them is a formula."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from imgenc_gui import __version__
from imgenc_gui.core.files.atomic import ExportError, Part, Replacement, told
from imgenc_gui.core.naming import shown
from imgenc_gui.core.stopping import check

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from xlsxwriter.worksheet import Worksheet

ROWS, COLUMNS, CHARACTERS = 1 << 20, 1 << 14, (1 << 15) - 1  # of a sheet and of a cell: what Excel takes

_NARROWEST, _WIDEST = 9, 72  # characters of a column
_FILTER = 3  # characters that its button takes in the header
_DATE = "yyyy-mm-dd hh:mm:ss"
_LIKE_A_CODE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 - a workbook has no zones; nor is its February of 1900 the calendar's
_FIXED_DATE = datetime(1980, 1, 1)  # noqa: DTZ001 - for the same bytes every time

_AROUND = 4  # pixels between a small picture and the lines around its cell
_LETTER = 7  # pixels of one


@dataclass(frozen=True, slots=True)
class Small:
    """A small picture in a cell: a JPEG file, and its pixels."""

    jpeg: bytes
    width: int
    height: int


Cell = str | int | float | datetime | Small | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title. ``is_code``: its texts may look like numbers, and stay texts when a person edits them."""

    title: str
    is_code: bool = False


class Book:
    """A workbook that is being written to a replacement's first part. A context: leaving it in order completes it.

    What goes wrong with the disk comes out as ExportError.
    """

    def __init__(self, replacement: Replacement) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415 - takes a while: for whoever writes one

        self.target = replacement.parts[0].target
        with told(self.target):
            options = {"constant_memory": True, "tmpdir": str(replacement.folder()), "use_zip64": True}
            self._output = _Output(replacement.parts[0])
            self._book = Workbook(self._output, options)
        self._book.set_properties({"comments": f"imgenc {__version__}", "created": _FIXED_DATE})
        self.header = self._book.add_format({"bold": True, "bottom": 1})
        self.code = self._book.add_format({"num_format": "@"})
        self.date = self._book.add_format({"num_format": _DATE})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

        try:
            if kind is None:
                with told(self.target):
                    self._book.close()
        except FileCreateError as failed:
            with told(self.target):
                raise failed.args[0] from failed
        finally:
            self._output.is_over = True
            for sheet in self._book.worksheets():  # Windows removes nothing that is open
                with suppress(OSError):  # closing writes what is buffered: to a full disk, perhaps
                    sheet.row_data_fh.close()

    def table(self, name: str, columns: Sequence[Column]) -> Table:
        """Begin a table. Raises ExportError where it has more columns than a sheet can have."""
        if len(columns) > COLUMNS:
            raise ExportError(
                f"A workbook's sheet has room for {COLUMNS:,} columns, and this table has {len(columns):,}."
                " Choose fewer methods, or another format."
            )
        return Table(self, name, columns)

    def sheet(self, name: str) -> Worksheet:
        """Another sheet, behind the others."""
        with told(self.target):
            sheet = self._book.add_worksheet(name)
        sheet._escape_control_characters = _escaped  # noqa: SLF001 - its own passes over "_x1920_x1080_"'s second part
        return sheet


def _escaped(text: str) -> str:
    """A text without controls as it stands in a sheet, where ``_x0041_`` would be a character's code."""
    return _LIKE_A_CODE.sub("_x005F_", text)


class _Output(io.RawIOBase):
    """Where the archive goes. One that is broken off still writes its end when it is let go of: then to nowhere."""

    def __init__(self, part: Part) -> None:
        self._stream = part.stream
        self._stop = part.stop
        self._place = 0
        self.is_over = False

    def write(self, data: ReadableBuffer) -> int:
        if not self.is_over:
            check(self._stop)
            self._stream.write(data)
        written = memoryview(data).nbytes
        self._place += written
        return written

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = offset if self.is_over else self._stream.seek(offset, whence)
        return self._place

    def tell(self) -> int:
        return self._place

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing is kept back here; unlike its base's, it also bears being closed, in whatever order that comes."""


class Table:
    """A table under a header that stays in sight and can be filtered, on as many sheets as it needs."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column]) -> None:
        self._book = book
        self._name = name
        self._columns = columns
        self._formats = [book.code if column.is_code else None for column in columns]
        self._sheets = 0
        self._begin()

    def write(self, cells: Sequence[Cell]) -> None:
        """Append a row. Raises ExportError."""
        if self._row == ROWS:
            self.end()
            self._begin()
        with told(self._book.target):
            self._make_room(cells)
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    if cell:
                        self._write_text(column, cell)
                elif isinstance(cell, datetime):
                    self._write_date(column, cell)
                elif isinstance(cell, Small):
                    self._write_picture(column, cell)
                elif cell is not None:
                    self._sheet.write_number(self._row, column, cell)
        self._row += 1

    def end(self) -> None:
        """Fit the columns to what they hold, and let the header filter them."""
        from xlsxwriter.utility import xl_range  # noqa: PLC0415

        sheet, last = self._sheet, self._row - 1
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(self._columns) - 1)
        for column, (width, cell_format) in enumerate(zip(self._widths, self._formats, strict=True)):
            sheet.set_column(column, column, min(width, _WIDEST) + 1, cell_format)
        codes = [xl_range(1, column, last, column) for column, one in enumerate(self._columns) if one.is_code]
        if codes and last:
            sheet.ignore_errors({"number_stored_as_text": " ".join(codes)})

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.sheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._widths = [max(len(column.title) + _FILTER, _NARROWEST) for column in self._columns]
        self._row = 1
        for number, column in enumerate(self._columns):
            self._sheet.write_string(0, number, column.title, self._book.header)

    def _make_room(self, cells: Sequence[Cell]) -> None:
        """Make a row as high as its pictures, before anything is written to it."""
        highest = max((cell.height for cell in cells if isinstance(cell, Small)), default=0)
        if highest:
            self._sheet.set_row_pixels(self._row, highest + 2 * _AROUND)

    def _write_picture(self, column: int, small: Small) -> None:
        """Lay a picture over a cell, with which it moves when rows are sorted, and is hidden when they are filtered."""
        options = {
            "image_data": io.BytesIO(small.jpeg),
            "object_position": 1,
            "x_offset": _AROUND,
            "y_offset": _AROUND,
            "decorative": True,  # the name stands beside it
        }
        self._sheet.insert_image(self._row, column, "thumbnail.jpg", options)
        self._widths[column] = max(self._widths[column], -(-(small.width + 2 * _AROUND) // _LETTER))

    def _write_text(self, column: int, text: str) -> None:
        if len(text) > CHARACTERS:
            raise ExportError(
                f"A workbook's cell has room for {CHARACTERS:,} characters, fewer than {shown(text[:99])}… has."
                " Choose another format."
            )
        self._sheet.write_string(self._row, column, text, self._formats[column])
        self._widths[column] = max(self._widths[column], len(text))

    def _write_date(self, column: int, date: datetime) -> None:
        if date < _FIRST_DATE:
            self._write_text(column, date.isoformat(" ", "seconds"))
            return
        self._sheet.write_datetime(self._row, column, date, self._book.date)
        self._widths[column] = max(self._widths[column], len(_DATE))
