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
STATUS = Column("status")
KNOWN = Column("known")  # there only while there is a reference


def make_columns(methods: Iterable[Method]) -> tuple[Column, ...]:
    """Return all columns in the order of the model's sections."""
    return (NAME, FOLDER, PIXELS, FORMAT, *(Column(method.id, method) for method in methods), STATUS, KNOWN)


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
        STATUS: translate("columns", "Status"),
        KNOWN: translate("columns", "Already in the reference"),
    }[column]
