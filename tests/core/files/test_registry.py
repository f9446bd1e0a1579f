"""The formats there are: those that the dialog and the command know by these names."""

from __future__ import annotations

import pytest

from imgenc_gui.core.files.registry import CSV, ENCODINGS, FORMATS, NPZ, WORKBOOK, format_with_id, usual_format


def test_the_formats_in_the_order_of_the_dialog() -> None:
    assert [(file_format.id, file_format.suffix) for file_format in FORMATS] == [
        ("encodings", ".json"),
        ("xlsx", ".xlsx"),
        ("csv", ".csv"),
        ("report", ".json"),
        ("npz", ".npz"),
        ("excel", ".csv"),
    ]
    assert [file_format.id for file_format in FORMATS if not file_format.offered] == ["excel"]
    assert all(file_format.label and file_format.sentence.endswith(".") for file_format in FORMATS)


def test_formats_by_id() -> None:
    assert [format_with_id(file_format.id) for file_format in FORMATS] == list(FORMATS)
    assert format_with_id("floppy") is None


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [(".json", ENCODINGS), (".csv", CSV), (".NPZ", NPZ), (".xlsx", WORKBOOK), (".txt", None), ("", None)],
)
def test_what_a_suffix_usually_means(suffix: str, expected: object) -> None:
    assert usual_format(suffix) is expected
