"""The picture that is asked about: one of the table, or a file that is only looked at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Encoding, Method
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.states import States
from imgenc_gui.gui.pictures.images import Look


@dataclass(frozen=True, slots=True)
class Query:
    """``row``: None for a file that isn't in the table. ``look``: which look of the picture is wanted."""

    path: str
    row: int | None = None
    facts: Facts | None = None
    encodings: Mapping[Method, Encoding] = field(default_factory=dict)
    look: Look = field(default_factory=Look)

    @property
    def name(self) -> str:
        """What it is called, as it is shown."""
        return shown(os.path.basename(self.path))  # noqa: PTH119

    @property
    def folder(self) -> str:
        """Where it is, as it is shown."""
        return shown(os.path.dirname(self.path))  # noqa: PTH120

    @property
    def digest(self) -> str:
        """That of its file; "" where it isn't known."""
        return self.facts.digest if self.facts is not None else ""


def query_of_row(rows: States, row: int) -> Query:
    """A row as it is now."""
    result = rows.result(row)
    encodings = {} if result is None else result.encodings
    look = Look(rows.generation(row), rows.seen(row))
    return Query(rows.paths[row], row, rows.facts(row), encodings, look)


def query_of_result(result: ImageResult) -> Query:
    """A file that was read and encoded."""
    return Query(result.path, None, result.facts, result.encodings)
