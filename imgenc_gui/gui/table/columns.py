"""The table's columns: facts, one per method, and the status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from imgenc_gui.core.records.methods import Method


@dataclass(frozen=True, slots=True)
class Column:
    """One column: an id that settings remember, and the method whose encodings it shows, if any."""

    id: str
    method: Method | None = None


NAME = Column("name")
FOLDER = Column("folder")
PIXELS = Column("pixels")
FORMAT = Column("format")
FILE_SIZE = Column("bytes")
CHANGED = Column("changed")
TAKEN = Column("taken")
STATUS = Column("status")
KNOWN = Column("known")  # there only while there is a reference
LIKENESS = Column("likeness")
DIFFERENCES = Column("differences")

UNUSUAL = (FILE_SIZE, CHANGED, TAKEN)  # there only for who wants them: there is little room for encodings
OF_BANDS = (LIKENESS, DIFFERENCES)  # there only while the table shows bands


def make_columns(methods: Iterable[Method]) -> tuple[Column, ...]:
    """Return all columns in the order of the model's sections."""
    return (NAME, FOLDER, PIXELS, FORMAT, *UNUSUAL, *columns_of(methods), STATUS, KNOWN, *OF_BANDS)


def columns_of(methods: Iterable[Method]) -> tuple[Column, ...]:
    """Return the columns of methods alone."""
    return tuple(Column(method.id, method) for method in methods)


def title(column: Column) -> str:
    """Return what a column is called."""
    if column.method is not None:
        return column.method.label
    translate = QCoreApplication.translate
    return {
        NAME: translate("columns", "Name"),
        FOLDER: translate("columns", "Folder"),
        PIXELS: translate("columns", "Pixels"),
        FORMAT: translate("columns", "Format"),
        FILE_SIZE: translate("columns", "File size"),
        CHANGED: translate("columns", "Changed"),
        TAKEN: translate("columns", "Taken"),
        STATUS: translate("columns", "Status"),
        KNOWN: translate("columns", "Already in the reference"),
        LIKENESS: translate("columns", "Likeness"),
        DIFFERENCES: translate("columns", "Differences"),
    }[column]
