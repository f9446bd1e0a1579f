"""What is said to differ between a picture and its reference."""

# ruff: noqa: RUF001 - as in the window

from __future__ import annotations

from dataclasses import replace

import pytest

from imgenc_gui.core.comparing.differences import differences
from imgenc_gui.core.records.alike import DifferenceCode
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.records.sentences import DIFFERENCES, difference_words
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from tests.core.files.exports import PHASH

MINUTE = 60 * 1_000_000_000
DAY = 24 * 60 * MINUTE
REFERENCE = Facts("JPEG", 4000, 3000, 1, 5_000_123, 1000 * DAY, 1, "1" * 32)


def rows_of(*facts):
    rows = Rows(METHODS)
    rows.append(f"/{number}" for number in range(len(facts)))
    for row, fact in enumerate(facts):
        rows.apply(row, ImageResult(rows.paths[row], fact, {PHASH: "1" * 16}))
    return rows


def words(own, reference=REFERENCE):
    return [difference_words(one) for one in differences(rows_of(own, reference), 0, 1)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"width": 900, "height": 675}, ["smaller: 900 × 675"]),
        ({"width": 8000}, ["larger: 8000 × 3000"]),
        ({"width": 3000, "height": 4000}, ["3000 × 4000"]),
        ({"format": "PNG"}, ["PNG"]),
        ({"bytes": 1_234_567}, ["smaller file: 1.2 MB"]),
        ({"bytes": 7_234_567_890}, ["larger file: 7.2 GB"]),
        ({"bytes": 12_345}, ["smaller file: 12 kB"]),
        ({"bytes": 99}, ["smaller file: 99 bytes"]),
        ({"mtime_ns": 997 * DAY}, ["older by 3 days"]),
        ({"mtime_ns": 1001 * DAY + MINUTE}, ["newer by 1 day"]),
        ({"mtime_ns": 1000 * DAY - 61 * MINUTE}, ["older by 1 hour"]),
        ({"mtime_ns": 1000 * DAY + 59 * MINUTE}, ["newer by 59 minutes"]),
        ({"mtime_ns": 1800 * DAY}, ["newer by 2 years"]),
        ({"mtime_ns": 1000 * DAY + 59_000_000_000}, []),  # file systems round
        ({"mtime_ns": None}, []),
        ({"orientation": 6}, ["EXIF orientation 6"]),
        (
            {"width": 400, "height": 300, "format": "WebP", "bytes": 40_000, "mtime_ns": 1000 * DAY + MINUTE},
            ["smaller: 400 × 300", "WebP", "smaller file: 40 kB", "newer by 1 minute"],
        ),
    ],
)
def test_what_differs_is_said_in_some_words(changes, said):
    assert words(replace(REFERENCE, digest="2" * 32, **changes)) == said


def test_the_same_bytes_are_said_first():
    assert words(replace(REFERENCE, mtime_ns=998 * DAY)) == ["same bytes", "older by 2 days"]


def test_nothing_is_said_of_what_is_not_known():
    unknown = replace(REFERENCE, digest="")
    assert words(unknown, unknown) == []
    rows = rows_of(REFERENCE, REFERENCE)
    rows.append(["/gone"])
    rows.apply(2, ImageResult("/gone", failure=ImageFailure(FailureCode.GONE)))
    assert differences(rows, 0, 2) == differences(rows, 2, 0) == ()


def test_every_code_has_words_that_are_translated_before_they_are_filled_in():
    assert set(DIFFERENCES) == set(DifferenceCode)
    (one,) = differences(rows_of(replace(REFERENCE, format="P{0}NG", digest=""), REFERENCE), 0, 1)
    assert difference_words(one, {"{0}": "Format {0}"}.__getitem__) == "Format P{0}NG"
