"""The table as spreadsheets and pandas read it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.reading import NotAnExportError, read_export
from imgenc_gui.core.files.registry import CSV, EXCEL
from imgenc_gui.core.records.methods import EmbeddingMethod, Options
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.records.sentences import WRITTEN
from tests.core.files.exports import (
    CUT_OFF,
    DHASH,
    FACTS,
    HASH,
    HASHES,
    MODIFIED,
    PHASH,
    TRICKY,
    TURNED,
    encoded,
    format_id,
    made_up,
    rows_of,
    vector,
    write,
)


def test_pandas_reads_the_csv_back(tmp_path: Path) -> None:
    (path,) = write(tmp_path, CSV)
    table = pd.read_csv(path, dtype={method.id: str for method in HASHES.methods})
    pictures = table[table["status"] != "not-an-image"]
    assert list(pictures["path"]) == ["a.jpg", "b.jpg", "c.png"]
    assert list(pictures["status"])[:2] == ["encoded", "damaged"]
    assert list(pictures["reason"])[1:] == [CUT_OFF, TURNED]
    first = pictures.iloc[0]
    assert list(first[["format", "width", "height", "bytes", "modified"]]) == ["JPEG", 4000, 3000, 5_000_123, MODIFIED]
    assert pd.to_datetime(first["modified"]).value == FACTS.mtime_ns // 1_000_000 * 1_000_000
    assert [first[method.id] for method in HASHES.methods] == [f"{i:016x}" for i in range(1, 5)]
    columns = [f"cnn_{i}" for i in range(1024)]
    assert np.array_equal(first[columns].to_numpy(np.float32), vector(1))
    assert pictures.iloc[1][["format", "width", "phash", *columns]].isna().all()


def test_csv_has_columns_for_the_chosen_methods_only(tmp_path: Path) -> None:
    (path,) = write(tmp_path, CSV, options=Options((DHASH,)))
    head = path.read_bytes().split(b"\r\n")[0]
    assert head == b"path,format,width,height,bytes,modified,dhash,status,reason"


def test_excel_sees_text_where_it_would_see_numbers_and_formulas(tmp_path: Path) -> None:
    named = [(name, encoded(name, phash="12e4567890123456")) for name in sorted(["=cmd()|x.jpg", "a.jpg"])]
    (path,) = write(tmp_path, EXCEL, named, Options((PHASH,)))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfpath,")
    assert data.count(b"\n") == data.count(b"\r\n") == 3
    assert data.count(b'"=""12e4567890123456"""') == 2
    assert [row["path"] for row in rows_of(path, excel=True)] == ["'=cmd()|x.jpg", "a.jpg"]


def test_pandas_reads_tricky_names(tmp_path: Path) -> None:
    (path,) = write(tmp_path, CSV, [(name, encoded(name)) for name in TRICKY], Options((PHASH,)))
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding_errors="surrogateescape")
    assert list(table["path"]) == TRICKY


def test_embeddings_have_as_many_columns_as_numbers(tmp_path: Path, thumbprint: EmbeddingMethod) -> None:
    other = made_up("other", length=2)
    named = [("a", encoded("a", thumbprint=np.arange(7, dtype=np.float32)))]
    (path,) = write(tmp_path, CSV, named, Options((thumbprint, other, PHASH)))
    (row,) = rows_of(path)
    columns = [*(f"thumbprint_{i}" for i in range(7)), "other_0", "other_1"]
    assert list(row) == [
        "path",
        "format",
        "width",
        "height",
        "bytes",
        "modified",
        "phash",
        "status",
        "reason",
        *columns,
    ]
    assert [row[column] for column in columns] == ["0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "", ""]


def test_a_method_with_the_name_of_another_column_is_refused(tmp_path: Path) -> None:
    path = replace(PHASH, id="path")
    with pytest.raises(ValueError, match="another column"):
        write(tmp_path, CSV, [], Options((path,)))


def test_no_text_is_a_formula_for_excel(tmp_path: Path) -> None:
    """A file may say what it likes of its format, and a report that was read back of its reasons."""
    failure = ImageFailure(FailureCode.DAMAGED, WRITTEN, ('=HYPERLINK("x")',))
    facts = replace(FACTS, format="@SUM(1)")
    named = [("a", ImageResult("a", facts, failure=failure)), ("b", ImageResult("b", facts, {PHASH: "0" * 16}))]
    (path,) = write(tmp_path, EXCEL, named, Options((PHASH,)))
    first, second = rows_of(path, excel=True)
    assert first["reason"] == '\'=HYPERLINK("x")'
    assert first["format"] == second["format"] == "'@SUM(1)"
    (_, result), _ = read_export(path).named
    assert (result.facts, result.failure) == (replace(facts, mtime_ns=None, orientation=1), failure)


UNSEEN = [
    " ", "\t", "\r", "\n", "\xa0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\xad", "\x01",
    "\u034f", "\ufe0f", "\u3164", "\u2800", "\U000e0041", " \u200b\t ",
]  # fmt: skip
SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe62", "\ufe63", "\ufe66", "\ufe6b", "\u2212"]


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
def test_nothing_before_a_formula_makes_it_one_again(tmp_path: Path, sign: str) -> None:
    """A spreadsheet may overlook what nobody sees; what is read back is the name as it was."""
    names = sorted(
        [f"{sign}1+1.jpg", "'", f"'{sign}1", "a=b.jpg", " a", *(f"{unseen}{sign}1+1.jpg" for unseen in UNSEEN)]
    )
    named = [(name, encoded(name)) for name in names]
    (path,) = write(tmp_path, EXCEL, named, Options((PHASH,)))
    cells = [row["path"] for row in rows_of(path, excel=True)]
    assert [cell for cell in cells if sign in cell and cell[0] != "'"] == (["a=b.jpg"] if sign == "=" else [])
    assert {"a=b.jpg", " a", "''"} < set(cells)
    assert [name for name, _ in read_export(path).named] == names
    (plain,) = write(tmp_path, CSV, named, Options((PHASH,)), name="plain.csv")
    assert [row["path"] for row in rows_of(plain)] == names


def test_no_cell_begins_within_a_name(tmp_path: Path) -> None:
    """Excel takes another character than the comma for the cells' separator in half of Europe."""
    names = ["a;=1+1.jpg", "b\t=1+1.jpg", "c.jpg"]
    (path,) = write(tmp_path, EXCEL, [(name, encoded(name)) for name in names], Options((PHASH,)))
    lines = path.read_bytes().decode("utf-8-sig").split("\r\n")
    assert [line[:14] for line in lines] == [
        "path,format,wi",
        '"a;=1+1.jpg",J',
        '"b\t=1+1.jpg",J',
        "c.jpg,JPEG,400",
        "",
    ]
    assert [name for name, _ in read_export(path).named] == names


HEADER = "path,format,width,height,bytes,modified,phash,status,reason\r\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER.replace("status", "state"), "other columns"),
        (HEADER.replace("reason", "reason,cnn_1,cnn_0"), "other columns"),
        (HEADER.replace("reason", "reason,"), "other columns"),
        (HEADER + "a,JPEG,4,3,7,,9fee256239984d71,encoded\r\n", "columns"),
        (HEADER + "a,JPEG,4,3,7,,9fee256239984d71,encoded,,\r\n", "columns"),
        (HEADER + "\r\n", "columns"),
        (HEADER + "a,JPEG,four,3,7,,9fee256239984d71,encoded,\r\n", "no number"),
        (HEADER + "a,JPEG,-4,3,7,,9fee256239984d71,encoded,\r\n", "no number"),
        (HEADER + f"a,JPEG,{'4' * 5000},3,7,,9fee256239984d71,encoded,\r\n", "no number"),
        (HEADER + "a,JPEG,4,3,7,,1.2E+15,encoded,\r\n", "16 hexadecimal"),
        (HEADER + "a,JPEG,4,3,7,,9fee256239984d71,encoded,\r\n" * 2, "same name"),
        (HEADER + "a,JPEG,4,3,7,,9fee256239984d71,encoded,", "breaks off"),
        (HEADER + '"a"b,JPEG,4,3,7,,9fee256239984d71,encoded,\r\n', "told apart"),
    ],
)
def test_tables_that_are_no_export(tmp_path: Path, text: str, words: str) -> None:
    """The last but three is what Excel makes of one hash in 1,500."""
    (tmp_path / "x.csv").write_text(text, newline="")
    with pytest.raises(NotAnExportError, match=words):
        read_export(tmp_path / "x.csv")


def test_a_status_of_a_later_imgenc_keeps_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEADER + "a,,,,,,,haunted,It is haunted.\r\n", newline="")
    ((_, result),) = read_export(tmp_path / "x.csv").named
    assert result == ImageResult("a", failure=ImageFailure(FailureCode.UNREADABLE, WRITTEN, ("It is haunted.",)))


def test_a_vector_with_a_hole_is_refused(tmp_path: Path, thumbprint: EmbeddingMethod) -> None:
    named = [("a", encoded("a", thumbprint=np.arange(7, dtype=np.float32)))]
    (path,) = write(tmp_path, CSV, named, Options((thumbprint,)))
    path.write_bytes(path.read_bytes().replace(b",3.0,", b",,"))
    with pytest.raises(NotAnExportError, match="no number"):
        read_export(path)


def test_a_column_of_hashes_of_an_embedding_is_left_out(tmp_path: Path) -> None:
    text = HEADER.replace("phash", "cnn") + "a,JPEG,4,3,7,,9fee256239984d71,encoded,\r\n"
    (tmp_path / "x.csv").write_text(text, newline="")
    read = read_export(tmp_path / "x.csv")
    assert (read.methods, [told.id for told in read.left_out]) == ((), ["cnn"])


@pytest.mark.parametrize("file_format", [CSV, EXCEL], ids=format_id)
def test_what_is_not_known_of_a_picture_is_left_empty(tmp_path: Path, file_format: ExportFormat) -> None:
    few = [Facts("", 0, 0, 1, 5, None, 1), Facts("JPEG", 4, 3, 1, -1, None, 1)]
    named = [(name, ImageResult(name, facts, {PHASH: HASH})) for name, facts in zip("ab", few, strict=True)]
    (path,) = write(tmp_path, file_format, named, Options((PHASH,)))
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert [row[:6] for row in rows[1:]] == [["a", "", "", "", "5", ""], ["b", "JPEG", "4", "3", "", ""]]
    assert [result.facts for _, result in read_export(path).named] == few
