"""Groups and thumbnails as columns of a workbook, looked at with openpyxl, which has not written it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from imgenc_gui.core.files import extra_columns
from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.export import ExportRequest, export, preview_text
from imgenc_gui.core.files.extra_columns import Extra, group_columns, thumbnail_column
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.files.registry import WORKBOOK
from imgenc_gui.core.files.workbook_xlsx import workbook_with
from imgenc_gui.core.records.alike import Bands, Criterion, nothing_alike
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.stopping import Stop, StoppedError
from tests.core.files.exports import CNN, DHASH, PHASH, ROOT, encoded, failed, names_in, sheet_rows, write

NAMES = ["a.jpg", "b.jpg", "b.raw", "c.jpg", "d.jpg"]
NAMED = [*((name, encoded(name)) for name in NAMES), ("e.jpg", failed("e.jpg"))]
TWO = Options((PHASH, DHASH))


def row_of(path: str) -> int | None:
    name = Path(path).name
    return NAMES.index(name) if name in NAMES else None


def bands() -> Bands:
    """b is the reference, a like it, and d like a; c is alone."""
    criteria = (Criterion(PHASH, 10), Criterion(CNN, 0.9))
    values = (np.array([np.nan, 3, 9]), np.array([np.nan, 0.95, np.nan]))
    roles, via = np.array([0, 1, 2], np.uint8), np.array([1, 1, 0])
    return Bands(criteria, np.array([1, 0, 4]), np.zeros(3, np.int32), roles, via, values, np.full(3, -1))


def small(path: str, longest: int, _stop: Stop) -> np.ndarray:
    """A picture of one colour, broad or high by its name."""
    if Path(path).name == "c.jpg":
        raise ReadError(ImageFailure(FailureCode.GONE))
    shape = (longest, 60) if Path(path).name == "b.jpg" else (64, longest)
    return np.full((*shape, 3), 200, np.uint8)


def written(folder: Path, *extras: Extra) -> Path:
    return write(folder, workbook_with(extras), NAMED, TWO)[0]


def pictures(path: Path) -> tuple[Worksheet, dict[int, tuple[int, int]]]:
    """The first sheet, and by row the sizes of the pictures in its second column."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    found = {}
    for image in sheet._images:
        assert image.anchor._from.col == 1
        assert image.anchor.to.row == image.anchor._from.row  # nothing reaches into the next row
        assert image.anchor.to.col == 1
        found[image.anchor._from.row + 1] = Image.open(io.BytesIO(image._data())).size
    return sheet, found


def test_pictures_that_are_alike_have_their_groups_number_their_role_and_the_distance(tmp_path: Path) -> None:
    path = written(tmp_path, group_columns(bands(), row_of, pictures=np.array([0, 1, 1])))  # c and d came later
    header, *rows = sheet_rows(path)
    assert header[:6] == ["Path", "Group", "Role", "PHash distance", "CNN similarity", "Format"]
    assert [row[:5] for row in rows] == [
        ["a.jpg", 1, "member", 3, 0.95],
        ["b.jpg", 1, "reference", None, None],
        ["b.raw", 1, "companion", None, None],
        ["c.jpg", None, None, None, None],
        ["d.jpg", 1, "near", 9, None],
        ["e.jpg", None, None, None, None],
    ]
    about = dict(openpyxl.load_workbook(path)["About"].iter_rows(values_only=True))
    assert about["Groups: alike by"] == "PHash within 10 bits or CNN from 0.9"


def test_a_workbook_with_more_columns_is_read_back_as_one_without(tmp_path: Path) -> None:
    more = read_export(written(tmp_path, group_columns(bands(), row_of), thumbnail_column(small)))
    plain = read_export(write(tmp_path, WORKBOOK, NAMED, TWO, "plain.xlsx")[0])
    assert [name for name, _ in more.named] == [name for name, _ in NAMED]
    assert [result.encodings for _, result in more.named] == [result.encodings for _, result in plain.named]
    assert more.options == plain.options


def test_each_row_is_as_high_as_its_thumbnail_and_one_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    sheet, found = pictures(written(tmp_path, thumbnail_column(small)))
    assert sheet["B1"].value == "Thumbnail"
    assert found == {2: (96, 64), 3: (60, 96), 4: (96, 64), 6: (96, 64)}
    heights = [sheet.row_dimensions[row].height for row in range(2, 8)]
    assert heights == [54, 78, 54, None, 54, None]  # points, three for four pixels
    assert sheet.column_dimensions["B"].width * 7 >= 96 + 8


def test_the_preview_reads_no_picture() -> None:
    extras = [thumbnail_column(lambda *_: pytest.fail("a picture was read")), group_columns(bands(), row_of)]
    header, first, *others = preview_text(NAMED, workbook_with(extras), TWO, ROOT).splitlines()
    assert header.startswith("Path,Thumbnail,Group,Role,PHash distance,CNN similarity,Format")
    assert first.startswith("a.jpg,(picture),1,member,3,0.95,JPEG")
    assert others[-1].startswith("e.jpg,,,,")


def test_more_thumbnails_than_a_workbook_should_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra_columns, "MOST_THUMBNAILS", 3)
    with pytest.raises(ExportError, match="at most 3 thumbnails"):
        written(tmp_path, thumbnail_column(small))
    assert names_in(tmp_path) == set()


def test_stop_reaches_the_reading_of_a_thumbnail(tmp_path: Path) -> None:
    def reading(_path: str, _longest: int, stop: Stop) -> np.ndarray:
        wanted.append(True)
        assert stop()
        raise StoppedError

    wanted: list[bool] = []
    kind = workbook_with([thumbnail_column(reading)])
    with pytest.raises(StoppedError):
        export(ExportRequest(NAMED, tmp_path / "x.xlsx", kind, TWO, ROOT, stop=lambda: bool(wanted)))
    assert names_in(tmp_path) == set()


def test_where_nothing_is_alike_the_columns_are_empty(tmp_path: Path) -> None:
    header, first, *_ = sheet_rows(written(tmp_path, group_columns(nothing_alike(), row_of)))
    assert header[1:4] == ["Group", "Role", "Format"]
    assert first[1:4] == [None, None, "JPEG"]
