"""What comparing found as a file: JSON, or a table (CSV or a workbook) with a row per picture. Nothing reads these."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from imgenc_gui import __version__
from imgenc_gui.core.files.atomic import Replacement
from imgenc_gui.core.files.csv_table import CSV, FACTS, Rows, fact_cells
from imgenc_gui.core.files.export_format import Write, text_writer
from imgenc_gui.core.files.report_json import facts_json
from imgenc_gui.core.files.texts import json_text
from imgenc_gui.core.files.workbook import Book, Cell, Column
from imgenc_gui.core.files.workbook_xlsx import FACT_TITLES, WORKBOOK, fact_row
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.alike import Criterion, Grouped, Match, Picture, Role, Values

T = TypeVar("T")

COMPARISON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and how. ``turned``: pictures were turned upright first. ``root``: what names start from.

    ``compared``: how many pictures; ``flat``: how many of these were left out as their hashes say nothing. ``export``:
    what they were compared with, and its root; "" for one another. ``every``: alike are those that are so by all of the
    methods, not by any of them.
    """

    criteria: Sequence[Criterion]
    turned: bool
    root: str
    compared: int
    flat: int
    export: str = ""
    export_root: str = ""
    every: bool = False


def write_groups(target: Path, comparison: Comparison, rows: Iterable[Grouped]) -> None:
    """Write pictures in groups, group by group: CSV, a workbook, or JSON, by the file's ending. Raises ExportError."""
    writers = {CSV.suffix: _to_part(_groups_csv), WORKBOOK.suffix: _groups_book}
    _write(target, comparison, rows, writers.get(target.suffix.lower(), _to_part(_groups_json)))


def write_matches(target: Path, comparison: Comparison, rows: Iterable[Match]) -> None:
    """Write pictures and what was found for each, as ``write_groups`` does. Raises ExportError."""
    writers = {CSV.suffix: _to_part(_matches_csv), WORKBOOK.suffix: _matches_book}
    _write(target, comparison, rows, writers.get(target.suffix.lower(), _to_part(_matches_json)))


def _write(
    target: Path,
    comparison: Comparison,
    rows: Iterable[T],
    write: Callable[[Replacement, Comparison, Iterable[T]], None],
) -> None:
    with Replacement([target]) as replacement:
        write(replacement, comparison, rows)


def _to_part(
    write: Callable[[Write, Comparison, Iterable[T]], None],
) -> Callable[[Replacement, Comparison, Iterable[T]], None]:
    """What writes text, as what fills a replacement."""
    return lambda replacement, comparison, rows: write(text_writer(replacement.parts[0]), comparison, rows)


# --- JSON


def _groups_json(write: Write, comparison: Comparison, rows: Iterable[Grouped]) -> None:
    groups = (
        json_text({"number": number, "pictures": [_grouped_json(row, comparison) for row in group]})
        for number, group in groupby(rows, lambda row: row.number)
    )
    _json(write, "imgenc groups", comparison, "groups", groups)


def _matches_json(write: Write, comparison: Comparison, rows: Iterable[Match]) -> None:
    _json(write, "imgenc matches", comparison, "pictures", (_match_json(row, comparison) for row in rows))


def _json(write: Write, kind: str, comparison: Comparison, key: str, values: Iterator[str]) -> None:
    head = {
        "format": kind,
        "version": COMPARISON_VERSION,
        "imgenc": __version__,
        "methods": [
            {
                "id": criterion.method.id,
                "version": criterion.method.version,
                "within_bits" if criterion.method.is_hash else "similarity": criterion.threshold,
            }
            for criterion in comparison.criteria
        ],
        "alike_by": "all" if comparison.every else "any",
        "options": {"apply_exif_orientation": comparison.turned},
        "root": comparison.root,
        **({"export": comparison.export, "export_root": comparison.export_root} if comparison.export else {}),
        "compared": comparison.compared,
        "flat": comparison.flat,
    }
    for name, value in head.items():
        write(f"{'{' if name == 'format' else ','}\n{json_text(name)}: {json_text(value)}")
    write(f',\n"{key}": [')
    for number, value in enumerate(values):
        write(f"{',' if number else ''}\n{value}")
    write("\n]\n}\n")


def _grouped_json(row: Grouped, comparison: Comparison) -> dict[str, object]:
    return {
        "role": row.role.value,
        **_picture_json(row.picture),
        **({} if row.role is Role.REFERENCE else _between_json(row.values, comparison)),
        **({"near": row.near.name} if row.near else {}),
        **({"same_bytes_as": row.copy_of.name} if row.copy_of else {}),
    }


def _match_json(row: Match, comparison: Comparison) -> str:
    found = None
    if row.other is not None:
        found = _picture_json(row.other) | _between_json(row.values, comparison) | {"same_bytes": row.has_same_bytes}
    return json_text({**_picture_json(row.picture), "match": found})


def _picture_json(picture: Picture) -> dict[str, object]:
    return {
        "path": picture.name,
        **facts_json(picture.facts),
        **({"damaged": True} if picture.is_incomplete else {}),
        **({"export": picture.source, "origin_known": picture.is_origin_known} if picture.source else {}),
    }


def _between_json(values: Values, comparison: Comparison) -> dict[str, object]:
    between = {
        criterion.method.id: {"distance" if criterion.method.is_hash else "similarity": value, "likeness": word}
        for criterion, value in zip(comparison.criteria, values, strict=True)
        if value is not None
        for word in [criterion.method.likeness(value)]
    }
    return {"compared_by": between}


# --- CSV


def _groups_csv(write: Write, comparison: Comparison, rows: Iterable[Grouped]) -> None:
    writer = csv.writer(Rows(write), lineterminator="\r\n")
    ids = [criterion.method.id for criterion in comparison.criteria]
    writer.writerow(["group", "role", *ids, *FACTS, "near", "same_bytes_as", "origin"])
    for row in rows:
        named = ["" if picture is None else picture.name for picture in (row.near, row.copy_of)]
        writer.writerow([row.number, row.role.value, *_cells(row.values), *_picture_cells(row.picture), *named,
                         _origin(row.picture)])  # fmt: skip


def _matches_csv(write: Write, comparison: Comparison, rows: Iterable[Match]) -> None:
    writer = csv.writer(Rows(write), lineterminator="\r\n")
    ids = [criterion.method.id for criterion in comparison.criteria]
    writer.writerow([*FACTS, *ids, "match", "same_bytes", "origin"])
    for row in rows:
        found: list[object] = [""] * (len(ids) + 3)
        if row.other is not None:
            same = "yes" if row.has_same_bytes else ""
            found = [*_cells(row.values), row.other.name, same, _origin(row.picture, row.other)]
        writer.writerow([*_picture_cells(row.picture), *found])


def _cells(values: Values) -> list[object]:
    return ["" if value is None else value for value in values]


def _picture_cells(picture: Picture) -> list[object]:
    return [picture.name, *fact_cells(picture.facts)]


def _origin(*pictures: Picture) -> str:
    return "known" if all(picture.is_origin_known for picture in pictures) else "not known"


# --- workbooks


def _groups_book(replacement: Replacement, comparison: Comparison, rows: Iterable[Grouped]) -> None:
    titles = ["Group", "Role", "Path", *_labels(comparison), *FACT_TITLES, "Near", "Same bytes as", "Origin"]
    with Book(replacement) as book:
        table = book.table("Groups", list(map(Column, titles)))
        for row in rows:
            named = [None if picture is None else shown(picture.name) for picture in (row.near, row.copy_of)]
            origin = _origin(row.picture)
            table.write([row.number, row.role.value, *_picture_row(row.picture, row.values), *named, origin])
        table.end()


def _matches_book(replacement: Replacement, comparison: Comparison, rows: Iterable[Match]) -> None:
    titles = ["Path", *_labels(comparison), *FACT_TITLES, "Match", "Same bytes", "Origin"]
    with Book(replacement) as book:
        table = book.table("Matches", list(map(Column, titles)))
        for row in rows:
            if row.other is None:
                table.write(_picture_row(row.picture, [None] * len(comparison.criteria)))
            else:
                same = "yes" if row.has_same_bytes else None
                found = [shown(row.other.name), same, _origin(row.picture, row.other)]
                table.write([*_picture_row(row.picture, row.values), *found])
        table.end()


def _labels(comparison: Comparison) -> list[str]:
    return [criterion.method.label for criterion in comparison.criteria]


def _picture_row(picture: Picture, values: Sequence[float | None]) -> list[Cell]:
    return [shown(picture.name), *values, *fact_row(picture.facts)]
