"""Numbers stay exact and short, dates stay dates."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.registry import CSV, ENCODINGS, NPZ, REPORT
from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, ImageResult
from tests.core.files.exports import CNN, HASH, PHASH, encoded, format_id, names_in, rows_of, write

FLOATS = hnp.arrays(np.float32, 1024, elements=st.floats(width=32, allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("file_format", [ENCODINGS, CSV, NPZ], ids=format_id)
@settings(max_examples=15)
@given(values=FLOATS)
def test_every_float32_survives(
    tmp_path_factory: pytest.TempPathFactory, file_format: ExportFormat, values: np.ndarray
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (path,) = write(folder, file_format, [("a", encoded("a", cnn=values))], Options((CNN,)), "floats")
    if file_format is ENCODINGS:
        read = np.array(json.loads(path.read_bytes())["a"], np.float32)
    elif file_format is CSV:
        (row,) = rows_of(path)
        read = np.array([float(row[f"cnn_{i}"]) for i in range(1024)], np.float32)
    else:
        with np.load(path) as arrays:
            read = arrays["cnn"][0]
    assert read.tobytes() == values.tobytes()


def test_float32_is_written_short(tmp_path: Path) -> None:
    values = np.zeros(1024, np.float32)
    values[:3] = 0.1, 1 / 3, 5.877472e-39
    (path,) = write(tmp_path, ENCODINGS, [("a", encoded("a", cnn=values))], Options((CNN,)))
    assert path.read_text().startswith('{\n"a": [0.1, 0.33333334, 5.877472e-39, 0.0, 0.0')


def test_the_one_float32_whose_shortest_text_isnt_enough_for_json(tmp_path: Path) -> None:
    values = np.zeros(1024, np.uint32)
    values[:3] = 0x15AE43FC, 0x15AE43FD, 0x95AE43FD
    floats = values.view(np.float32)
    (path,) = write(tmp_path, ENCODINGS, [("a", encoded("a", cnn=floats))], Options((CNN,)))
    assert np.array_equal(np.array(json.loads(path.read_bytes())["a"], np.float32), floats)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_json_has_no_word_for_are_refused(tmp_path: Path, bad: float) -> None:
    values = np.full(1024, bad, np.float32)
    with pytest.raises(ValueError, match="finite"):
        write(tmp_path, ENCODINGS, [("a", encoded("a", cnn=values))])
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("mtime_ns", [None, -(10**27), 10**27, -86_400_500_000_000])
@pytest.mark.parametrize("file_format", [CSV, REPORT], ids=format_id)
def test_odd_dates_dont_end_an_export(tmp_path: Path, file_format: ExportFormat, mtime_ns: int | None) -> None:
    facts = Facts("PNG", 1, 1, 1, 67, mtime_ns, 1)
    (path,) = write(tmp_path, file_format, [("a", ImageResult("a", facts, {PHASH: HASH}))], Options((PHASH,)))
    told = rows_of(path)[0] if file_format is CSV else json.loads(path.read_bytes())["images"][0]
    if mtime_ns == -86_400_500_000_000:
        assert told["modified"] == "1969-12-30T23:59:59.500Z"
    else:
        assert not told["modified"]


@given(
    values=hnp.arrays(
        np.float32, st.integers(0, 9), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
    )
)
def test_a_vector_as_text_reads_back_to_it(values: np.ndarray) -> None:
    text = vector_text(values)
    assert np.array(json.loads(text), np.float32).tobytes() == values.tobytes()
    assert len(text) <= 2 + 16 * len(values)


def test_a_vector_as_text() -> None:
    assert vector_text(np.array([0.1, -2, 1e-10], np.float32)) == "[0.1, -2.0, 1e-10]"


@pytest.mark.parametrize("file_format", [ENCODINGS, CSV, REPORT], ids=format_id)
def test_one_printer_prints_the_number_on_which_others_disagree(tmp_path: Path, file_format: ExportFormat) -> None:
    odd = np.full(1024, 7.0385307e-26, np.float32)
    odd[1::2] *= -1
    (path,) = write(tmp_path, file_format, [("a", encoded("a", cnn=odd))], Options((CNN,)))
    text = path.read_text("utf-8")
    assert text.count("7.0385307e-26") == 1024
    assert text.count("-7.0385307e-26") == 512
