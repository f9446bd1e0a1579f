"""The table as spreadsheets and pandas read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from imgenc_gui.core.files.registry import CSV, EXCEL
from imgenc_gui.core.records.methods import Options
from tests.core.files.exports import (
    CUT_OFF,
    DHASH,
    FACTS,
    HASHES,
    MODIFIED,
    PHASH,
    TRICKY,
    TURNED,
    encoded,
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
