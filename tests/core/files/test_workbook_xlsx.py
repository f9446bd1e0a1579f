"""The workbook as spreadsheets see it, looked at with openpyxl, which has not written it."""

from __future__ import annotations

import threading
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from imgenc_gui.core.files import workbook
from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.comparison import Comparison, write_groups, write_matches
from imgenc_gui.core.files.export import ExportRequest, export, preview_text
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.reading import NotAnExportError, read_export
from imgenc_gui.core.files.registry import NPZ, WORKBOOK
from imgenc_gui.core.records.alike import Criterion, Grouped, Match, Picture, Role
from imgenc_gui.core.records.methods import EmbeddingMethod, Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.stopping import StoppedError
from tests.core.files.exports import (
    CNN,
    CUT_OFF,
    DHASH,
    FACTS,
    HASHES,
    PHASH,
    TURNED,
    encoded,
    names_in,
    sheet_rows,
    some,
    write,
)

HEADER = ["Path", "Format", "Width", "Height", "Bytes", "Modified (UTC)"]
TRAPS = ["+49.jpg", "-1.jpg", "=1+1.jpg", '=HYPERLINK("x").jpg', "@home.jpg", "http://x.jpg", "{=1}", "\ttab.jpg"]
LOOKING_LIKE_NUMBERS = {"phash": "0123456789012345", "dhash": "1111111111111e11"}


def a_workbook(folder: Path, rows: list[list[object]], title: str = "Pictures") -> Path:
    """One as another program writes it."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    path = folder / "x.xlsx"
    book.save(path)
    return path


def test_numbers_and_dates_are_such_and_the_rest_is_text(tmp_path: Path) -> None:
    (path,) = write(tmp_path, WORKBOOK, options=HASHES)
    header, first, second, third, _ = sheet_rows(path)
    assert header == [*HEADER, "PHash", "AHash", "DHash", "WHash", "Status", "Reason"]
    taken = datetime(2023, 11, 14, 22, 13, 20, 250_000)  # noqa: DTZ001 - in UTC, as its title says
    assert first[:5] == ["a.jpg", "JPEG", 4000, 3000, 5_000_123]
    assert abs(first[5] - taken) <= timedelta(milliseconds=1)
    assert first[6:11] == [*(f"{i:016x}" for i in range(1, 5)), "encoded"]
    assert second == ["b.jpg", *[None] * 9, "damaged", CUT_OFF]
    assert third[-1] == TURNED


def test_the_preview_shows_what_a_sheet_does() -> None:
    header, first, *_ = preview_text(some(), WORKBOOK, Options((PHASH,)), "/photos").splitlines()
    assert header == ",".join([*HEADER, "PHash", "Status", "Reason"])
    assert first.startswith("a.jpg,JPEG,4000,3000,5000123,2023-11-14 22:13:20,0000")


def test_no_name_is_a_formula_or_a_link_and_no_hash_a_number(tmp_path: Path) -> None:
    named = [(name, encoded(name, **LOOKING_LIKE_NUMBERS)) for name in sorted(TRAPS)]
    (path,) = write(tmp_path, WORKBOOK, named, Options((PHASH, DHASH)))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        for cell in (row[0], row[6], row[7]):
            assert (cell.data_type, cell.hyperlink) == ("s", None)
        assert [row[6].value, row[7].value] == list(LOOKING_LIKE_NUMBERS.values())
        assert row[6].number_format == "@"  # and it stays one when a person edits it
    assert b"<f>" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")


def test_the_header_stays_in_sight_and_filters_and_columns_are_as_wide_as_what_they_hold(tmp_path: Path) -> None:
    long = "a" * 40 + ".jpg"
    (path,) = write(tmp_path, WORKBOOK, [(long, encoded(long)), ("b" * 300, encoded("b"))], Options((PHASH,)))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I3"
    assert sheet.column_dimensions["A"].width > len(long)
    assert sheet.column_dimensions["A"].width < 100
    assert 16 < sheet.column_dimensions["G"].width < 20


def test_vectors_come_back_to_the_bit(tmp_path: Path, thumbprint: EmbeddingMethod) -> None:
    vector = np.array([0.1, 1 / 3, -1e-30, 3.4e38, 0, 7.0385307e-26, 1.1754944e-38], np.float32)
    (path,) = write(tmp_path, WORKBOOK, [("a", encoded("a", thumbprint=vector))], Options((thumbprint,)))
    assert sheet_rows(path)[0][-7:] == [f"Thumbprint {i}" for i in range(7)]
    ((_, result),) = read_export(path).named
    assert result.encodings[thumbprint].tobytes() == vector.tobytes()


def test_what_one_sheet_has_no_room_for_goes_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 3)
    named = [(f"{i}.jpg", encoded(f"{i}.jpg", i)) for i in range(5)]
    (path,) = write(tmp_path, WORKBOOK, named, Options((PHASH,)))
    with closing(openpyxl.load_workbook(path)) as book:
        assert book.sheetnames == ["Pictures", "Pictures 2", "Pictures 3", "About"]
        assert [book[name].max_row for name in book.sheetnames[:3]] == [3, 3, 2]
        assert [cell.value for cell in book["Pictures 3"][1]][:2] == HEADER[:2]
    assert [name for name, _ in read_export(path).named] == [name for name, _ in named]


def test_more_columns_than_a_sheet_has_are_refused_with_the_numbers(
    tmp_path: Path, thumbprint: EmbeddingMethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "COLUMNS", 12)
    with pytest.raises(ExportError, match=r"room for 12 columns, and this table has 15\. Choose fewer methods"):
        write(tmp_path, WORKBOOK, [], Options((thumbprint,)))
    assert names_in(tmp_path) == set()


def test_a_text_too_long_for_a_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="room for 32,767 characters"):
        write(tmp_path, WORKBOOK, [("a" * 32_768, encoded("a"))], Options((PHASH,)))
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("mtime_ns", [-(2**62), -2_300_000_000 * 10**9, 2**62, -(2**63)])
def test_a_date_that_no_spreadsheet_knows_harms_nothing(tmp_path: Path, mtime_ns: int) -> None:
    result = ImageResult("a", replace(FACTS, mtime_ns=mtime_ns), {PHASH: "0" * 16})
    (path,) = write(tmp_path, WORKBOOK, [("a", result)], Options((PHASH,)))
    assert [name for name, _ in read_export(path).named] == ["a"]


def test_the_last_sheet_says_how_it_was_made(tmp_path: Path) -> None:
    (path,) = write(tmp_path, WORKBOOK, options=Options((PHASH, DHASH), apply_exif_orientation=True))
    with closing(openpyxl.load_workbook(path)) as book:
        said = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert said["Folder"] == "/photos"
    assert said["Methods"] == "PHash (version 1), DHash (version 1)"
    assert said["Turned upright first"] == "yes"


def test_a_write_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    def broken():
        yield "a", encoded("a")
        assert len(names_in(tmp_path)) == 2  # the part, and the folder of the library's own files
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, WORKBOOK, broken(), Options((PHASH,)))
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize(("file_format", "method"), [(WORKBOOK, PHASH), (NPZ, CNN)])
def test_what_is_given_up_after_the_last_row_leaves_nothing(
    tmp_path: Path, file_format: ExportFormat, method: Method
) -> None:
    """What is packed then may be gigabytes."""
    stopped = threading.Event()

    def named():
        yield "a", encoded("a")
        stopped.set()

    target = tmp_path / f"a{file_format.suffix}"
    with pytest.raises(StoppedError):
        export(ExportRequest(named(), target, file_format, Options((method,)), "", stop=stopped.is_set))
    assert names_in(tmp_path) == set()


def test_a_full_disk_is_told_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zipfile.ZipFile.write", full)
    with pytest.raises(ExportError, match="The disk is full"):
        write(tmp_path, WORKBOOK)
    assert names_in(tmp_path) == set()


# --- read back -------------------------------------------------------------------------------------------------------


def test_sorted_shortened_and_with_a_column_of_a_persons_own(tmp_path: Path) -> None:
    """As it comes out of another program: strings in one place, no sheet about it."""
    header, first, _, third, _ = sheet_rows(write(tmp_path, WORKBOOK, options=Options((PHASH,)))[0])
    # and a sum below
    path = a_workbook(tmp_path, [["Stars", *header], [5, *third], [1, *first], [], [6]])
    read = read_export(path)
    assert [(name, result.encodings) for name, result in read.named] == [
        ("a.jpg", {PHASH: f"{1:016x}"}),
        ("c.png", {PHASH: f"{3:016x}"}),
    ]
    assert (read.methods, read.root, read.options) == ((PHASH,), "", None)


ROW = ["a", "JPEG", 4, 3, 7, None, "9fee256239984d71", "encoded", None]
TITLES = [*HEADER, "PHash", "Status", "Reason"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["Shopping"], ["Milk"]], "is a workbook, but not one of imgenc's exports"),
        ([], "is a workbook, but not one of imgenc's exports"),
        ([TITLES, [*ROW[:6], 1234567890123456, *ROW[7:]]], "16 hexadecimal"),
        ([TITLES, [*ROW[:2], "four", *ROW[3:]]], "no number"),
        ([TITLES, [*ROW[:2], -4, *ROW[3:]]], "no number"),
        ([TITLES, [*ROW[:2], 4.5, *ROW[3:]]], "no number"),
        ([TITLES, ROW, ROW], "same name"),
        ([[*TITLES, "CNN 0", "CNN 2"], ROW], "columns of CNN are missing"),
    ],
)
def test_workbooks_that_are_no_export(tmp_path: Path, rows: list[list[object]], words: str) -> None:
    with pytest.raises(NotAnExportError, match=words):
        read_export(a_workbook(tmp_path, rows))


def test_a_size_that_another_program_has_made_a_number_with_a_point_of_is_one(tmp_path: Path) -> None:
    ((_, result),) = read_export(a_workbook(tmp_path, [TITLES, [*ROW[:2], 4.0, *ROW[3:]]])).named
    assert result.facts is not None
    assert result.facts.width == 4


@pytest.mark.parametrize("kept", [0.2, 0.9, 0.999])
def test_a_workbook_cut_short_is_damaged(tmp_path: Path, kept: float) -> None:
    (path,) = write(tmp_path, WORKBOOK)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(NotAnExportError, match="damaged"):
        read_export(path)


def test_whatever_byte_is_wrong_there_is_a_sentence_or_the_content(tmp_path: Path) -> None:
    (path,) = write(tmp_path, WORKBOOK, options=Options((PHASH,)))
    data = path.read_bytes()
    chance = np.random.default_rng(5)
    for _ in range(60):
        wrong = bytearray(data)
        wrong[chance.integers(len(data))] ^= 1 << int(chance.integers(8))
        path.write_bytes(wrong)
        try:
            assert len(read_export(path).named) == len(some())
        except NotAnExportError as error:
            assert path.name in error.reason  # noqa: PT017


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    (path,) = write(tmp_path, WORKBOOK)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 50_000_000)
    with pytest.raises(NotAnExportError, match="packed as no table is"):
        read_export(path)


# --- what comparing found --------------------------------------------------------------------------------------------


def test_groups_and_matches_as_workbooks(tmp_path: Path) -> None:
    comparison = Comparison([Criterion(PHASH, 10)], turned=False, root="/photos", compared=4, flat=0)
    one, other = (Picture(name, f"/photos/{name}", FACTS) for name in ("=one.jpg", "other.jpg"))
    write_groups(
        tmp_path / "groups.xlsx",
        comparison,
        [Grouped(1, Role.REFERENCE, (None,), one), Grouped(1, Role.MEMBER, (3,), other, copy_of=one)],
    )
    write_matches(
        tmp_path / "matches.XLSX", comparison, [Match(one, other, (0,), has_same_bytes=True), Match(other, None)]
    )
    header, reference, member = sheet_rows(tmp_path / "groups.xlsx")
    assert header == ["Group", "Role", "Path", "PHash", *HEADER[1:], "Near", "Same bytes as", "Origin"]
    assert reference[:7] == [1, "reference", "=one.jpg", None, "JPEG", 4000, 3000]
    assert [member[i] for i in (0, 1, 2, 3, 10)] == [1, "member", "other.jpg", 3, "=one.jpg"]
    header, found, alone = sheet_rows(tmp_path / "matches.XLSX")
    assert header == ["Path", "PHash", *HEADER[1:], "Match", "Same bytes", "Origin"]
    assert [found[i] for i in (0, 1, 2, 7, 8)] == ["=one.jpg", 0, "JPEG", "other.jpg", "yes"]
    assert [alone[i] for i in (0, 1, 2, 7, 8)] == ["other.jpg", None, "JPEG", None, None]
