"""What holds for every export: names, order, previews, the same bytes, little memory."""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from imgenc_gui.core.files.export import preview_text, target_files
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.registry import CSV, ENCODINGS, EXCEL, FORMATS, NPZ, REPORT, WORKBOOK
from imgenc_gui.core.naming import meant
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.registry import METHODS
from tests.core.files.exports import (
    ALL,
    CNN,
    FACTS,
    HASH,
    PHASH,
    TRICKY,
    encoded,
    format_id,
    names_in,
    rows_of,
    sheet_rows,
    some,
    vector,
    write,
)

NAMES = st.sets(st.binary(min_size=1, max_size=12).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"="))), max_size=6)


def names_read_back(path: Path, file_format: ExportFormat) -> list[str]:
    if file_format is ENCODINGS:
        return list(json.loads(path.read_bytes()))
    if file_format is REPORT:
        return [image["path"] for image in json.loads(path.read_bytes())["images"]]
    if file_format is NPZ:
        with np.load(path) as arrays:
            return arrays["names"].tolist()
    if file_format is WORKBOOK:
        return [meant(unescape(str(row[0]))) for row in sheet_rows(path)[1:]]
    names = [row["path"] for row in rows_of(path, excel=file_format is EXCEL)]
    return [name.removeprefix("'") for name in names] if file_format is EXCEL else names


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_tricky_names_survive(tmp_path: Path, file_format: ExportFormat) -> None:
    named = [(name, encoded(name, phash=HASH)) for name in TRICKY]
    (path,) = write(tmp_path, file_format, named, Options((PHASH,)))
    assert names_read_back(path, file_format) == TRICKY


@pytest.mark.parametrize("file_format", [ENCODINGS, REPORT, CSV], ids=format_id)
def test_readable_names_stay_readable_in_the_file(tmp_path: Path, file_format: ExportFormat) -> None:
    broken = os.fsdecode(b"\xff.jpg")
    named = [(name, encoded(name)) for name in ("é😀.jpg", broken)]
    data = write(tmp_path, file_format, sorted(named), Options((PHASH,)))[0].read_bytes()
    assert "é😀.jpg".encode() in data
    assert (b"\xff.jpg" in data) == (file_format is CSV)  # its own bytes; escaped in JSON


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
@settings(max_examples=30)
@given(names=NAMES | st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), max_size=6))
def test_any_names_survive(
    tmp_path_factory: pytest.TempPathFactory, file_format: ExportFormat, names: set[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (path,) = write(folder, file_format, [(name, encoded(name)) for name in sorted(names)], Options((PHASH,)), "any")
    assert names_read_back(path, file_format) == sorted(names)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_same_results_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_format: ExportFormat) -> None:
    first = [path.read_bytes() for path in write(tmp_path, file_format, name="first")]
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    now = time.gmtime(2_000_000_000)
    known = time.localtime
    monkeypatch.setattr("time.localtime", lambda seconds=None: now if seconds is None else known(seconds))
    second = [path.read_bytes() for path in write(tmp_path, file_format, iter(some()), name="second")]
    assert first == second


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_no_method_is_wrong_use(tmp_path: Path, file_format: ExportFormat) -> None:
    with pytest.raises(ValueError, match="method"):
        write(tmp_path, file_format, options=Options(()))


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_one_name_for_two_pictures_is_refused(tmp_path: Path, file_format: ExportFormat) -> None:
    with pytest.raises(ValueError, match="sorted and different"):
        write(tmp_path, file_format, [("a.jpg", encoded("a.jpg", 1)), ("a.jpg", encoded("a.jpg", 2))])
    assert names_in(tmp_path) == set()


def test_target_files() -> None:
    target = Path("/x/my.photos.json")
    several = target_files(target, ENCODINGS, (PHASH, CNN))
    assert several == (Path("/x/my.photos.phash.json"), Path("/x/my.photos.cnn.json"))
    assert target_files(target, ENCODINGS, (CNN,)) == (target,)
    assert target_files(target, REPORT, tuple(METHODS)) == (target,)
    assert target_files(Path("/x/my.photos"), ENCODINGS, tuple(METHODS))[0] == Path("/x/my.photos.phash")


@pytest.mark.slow
@pytest.mark.parametrize("file_format", [NPZ, ENCODINGS], ids=format_id)
def test_memory_stays_flat(tmp_path: Path, file_format: ExportFormat) -> None:
    """20,000 vectors are 80 MB, the text of 800 is 9 MB; an export holds a few of them at a time."""
    rows = 20_000 if file_format is NPZ else 800
    shared = vector(1)
    pulled = 0

    def named() -> Iterator[tuple[str, ImageResult]]:
        nonlocal pulled
        for pulled in range(1, rows + 1):
            yield f"{pulled:06}.jpg", ImageResult("x", FACTS, {CNN: shared + np.float32(pulled)})

    tracemalloc.start()
    try:
        (path,) = write(tmp_path, file_format, named(), Options((CNN,)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert pulled == rows
    assert path.stat().st_size > rows * 4000
    assert peak < 5e6


@pytest.mark.parametrize("file_format", [CSV, REPORT, ENCODINGS], ids=format_id)
def test_preview_shows_what_would_be_written(tmp_path: Path, file_format: ExportFormat) -> None:
    options = Options((PHASH,))
    (path,) = write(tmp_path, file_format, options=options)
    shown = preview_text(some(), file_format, options, "/photos").splitlines()
    written = path.read_text(encoding="utf-8").splitlines()
    assert shown[0] == written[0]
    assert all(line.removesuffix("…") in "\n".join(written) for line in shown)
    assert any("0000000000000001" in line for line in shown)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_preview_can_be_shown_whatever_the_names(file_format: ExportFormat) -> None:
    text = preview_text([(name, encoded(name)) for name in TRICKY], file_format, ALL, "/photos")
    assert text.encode("utf-8")  # no lone surrogates, which Qt can't show
    assert max(map(len, text.splitlines())) < 1000  # a line with a vector is cut
