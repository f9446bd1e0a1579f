"""Which formats there are, in the order in which they are shown. A new one is a file of its own, and its name here."""

from __future__ import annotations

from imgenc_gui.core.files.csv_table import CSV, EXCEL
from imgenc_gui.core.files.encodings_json import ENCODINGS
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.files.report_json import REPORT
from imgenc_gui.core.files.workbook_xlsx import WORKBOOK

FORMATS: tuple[ExportFormat, ...] = (ENCODINGS, WORKBOOK, CSV, REPORT, NPZ, EXCEL)


def format_with_id(format_id: str) -> ExportFormat | None:
    """The format with this id, or None."""
    return next((file_format for file_format in FORMATS if file_format.id == format_id), None)


def usual_format(suffix: str) -> ExportFormat | None:
    """What a file with this suffix (".json", in any case) is when no format is named; None for a suffix of none."""
    wanted = suffix.lower()
    return next((file_format for file_format in FORMATS if file_format.usual and file_format.suffix == wanted), None)
