"""What is meant for spreadsheets, as LibreOffice takes it: the exported workbook, and rows that were copied."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse
from PIL import Image

from imgenc_gui.core.files.extra_columns import thumbnail_column
from imgenc_gui.core.files.workbook_xlsx import workbook_with
from imgenc_gui.core.formats.reading import read_thumbnail
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.gui.desktop.cells import table_of_cells
from tests.core.files.exports import FACTS, failed, write
from tests.pictures import photo

HASHES = {PHASH: "0123456789012345", DHASH: "1111111111111e11"}  # what is made numbers of, given a chance
TRAPS = ["+49.jpg", "-1.jpg", "1-2", "1e5", "=1+1.jpg", '=HYPERLINK("x").jpg', "@home.jpg"]
_OFFICE, _TABLE, _TEXT, _DRAW = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text", "drawing")
)


@dataclass(frozen=True)
class Sheet:
    """Each row's cells as (kind, what is shown); how many formulas there are, and how many pictures."""

    rows: list[list[tuple[str, str]]]
    formulas: int
    pictures: int


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Sheet]:
    """Opens a file in LibreOffice Calc, and tells what its first sheet holds."""

    def open_it(file: Path, *options: str) -> Sheet:
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", *options, "--convert-to", "fods", "--outdir", str(tmp_path)]
        environment = {**os.environ, "HOME": str(tmp_path)}
        subprocess.run([*command, str(file)], env=environment, check=True, capture_output=True, timeout=240)
        root = parse(tmp_path / f"{file.stem}.fods").getroot()
        sheet = next(root.iter(f"{_TABLE}table"))
        formulas = [cell for cell in root.iter(f"{_TABLE}table-cell") if cell.get(f"{_TABLE}formula")]
        pictures = list(root.iter(f"{_DRAW}image"))
        return Sheet([_cells(row) for row in sheet.iter(f"{_TABLE}table-row")], len(formulas), len(pictures))

    return open_it


def _cells(row: Element) -> list[tuple[str, str]]:
    cells: list[tuple[str, str]] = []
    for cell in row.iter(f"{_TABLE}table-cell"):
        text = "\n".join("".join(part.itertext()) for part in cell.findall(f"{_TEXT}p"))
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        cells += [(cell.get(f"{_OFFICE}value-type", ""), text)] * min(times, 50)
    return cells


def test_a_workbook_opens_with_texts_dates_numbers_and_thumbnails(opened: Callable[..., Sheet], tmp_path: Path) -> None:
    # GIVEN pictures whose names and hashes are traps, one of which is there to be seen
    seen = tmp_path / "seen.png"
    Image.fromarray(photo(300, 200)).save(seen)
    named = [(name, ImageResult(str(tmp_path / name), FACTS, HASHES)) for name in [*TRAPS, seen.name]]
    kind = workbook_with([thumbnail_column(read_thumbnail)])
    (file,) = write(tmp_path, kind, sorted([*named, ("zz.jpg", failed("zz.jpg"))]), Options((PHASH, DHASH)))
    # WHEN LibreOffice opens it
    sheet = opened(file)
    header, *rows = sheet.rows
    # THEN what is a text is one, to the character, and what is a number or a date is that
    titles = [text for _, text in header]
    assert titles[:7] == ["Path", "Thumbnail", "Format", "Width", "Height", "Bytes", "Modified (UTC)"]
    pictures = rows[: len(named)]
    assert [row[0] for row in pictures] == [("string", name) for name, _ in sorted(named)]
    assert {row[3] for row in pictures} == {("float", "4000")}
    assert {row[6] for row in pictures} == {("date", "2023-11-14 22:13:20")}
    for method, text in HASHES.items():
        assert {row[titles.index(method.label)] for row in pictures} == {("string", text)}
    reason = rows[len(named)][titles.index("Reason")]
    assert reason[0] == "string"
    assert "damaged" in reason[1]
    assert sheet.formulas == 0
    assert sheet.pictures == 1


def test_copied_rows_keep_hashes_and_names_as_they_are(opened: Callable[..., Sheet], tmp_path: Path) -> None:
    cells = [["Name", "PHash", "DHash"], *([name, *HASHES.values()] for name in TRAPS)]
    file = tmp_path / "copied.html"
    file.write_bytes(bytes(table_of_cells(cells).data("text/html")))
    sheet = opened(file, "--infilter=HTML (StarCalc)")
    assert [row[:3] for row in sheet.rows[: len(cells)]] == [[("string", cell) for cell in row] for row in cells]
    assert sheet.formulas == 0
