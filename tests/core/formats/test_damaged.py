"""Pictures that are cut short: refused as by imagededup, or encoded as far as they go, and marked."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import sentence
from tests.pictures import photo

INCOMPLETE = ImageWarning(WarningCode.INCOMPLETE)
SCAN, TABLE = b"\xff\xda", b"\xff\xc4"


def written(name: str, image: Image.Image | None = None, **options: object) -> bytes:
    file = io.BytesIO()
    ending = name.rpartition(".")[2]
    kind = {"jpg": "jpeg", "tif": "tiff"}.get(ending, ending)
    (image or Image.fromarray(photo(96, 72))).save(file, kind, **options)
    return file.getvalue()


def encoded(path: Path, *, damaged: bool = True):
    ((_, result),) = Encoder(Options((PHASH,), damaged=damaged)).encode([(0, str(path))])
    return result


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {"quality": 95}),
        ("a.jpg", "L", {}),
        ("a.jpg", "CMYK", {}),
        ("a.png", "RGB", {}),
        ("a.png", "P", {}),
        ("a.bmp", "RGB", {}),
        ("a.ppm", "RGB", {}),
        ("a.tif", "RGB", {}),
    ],
)
def test_what_is_there_is_encoded_where_that_is_asked_for_and_marked(name, mode, options, tmp_path):
    whole = written(name, Image.fromarray(photo(96, 72)).convert(mode), **options)
    (tmp_path / name).write_bytes(whole)
    expected = read_picture(str(tmp_path / name))
    assert encoded(tmp_path / name) == encoded(tmp_path / name, damaged=False)
    (tmp_path / name).write_bytes(whole[: len(whole) * 3 // 5])

    assert encoded(tmp_path / name, damaged=False).failure.code is FailureCode.DAMAGED
    found = read_picture(str(tmp_path / name), damaged=True)
    assert (found.facts.width, found.facts.height, found.facts.format) == (96, 72, expected.facts.format)
    there = np.s_[-16:] if name.endswith("bmp") else np.s_[:16]  # its last row is stored first
    assert np.array_equal(found.pixels[there], expected.pixels[there])
    (warning,) = found.warnings
    assert (warning.code, warning.detail) == (WarningCode.INCOMPLETE, "part")
    assert warning.values[0] == pytest.approx(60, abs=11)
    result = encoded(tmp_path / name)
    assert result.is_incomplete
    assert result.encodings == Encoder(Options((PHASH,))).encode_array(found.pixels).encodings
    assert f"about {warning.values[0]} % of it can be read" in sentence(result.warnings[0])
    assert read_preview(str(tmp_path / name)).shape == (72, 96, 3)
    assert read_thumbnail(str(tmp_path / name), 32).shape == (24, 32, 3)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False  # for all that this process reads


@pytest.mark.parametrize("orientation", [3, 6])
def test_how_much_is_there_of_a_picture_that_is_turned(orientation, tmp_path):
    whole = written("a.tif", tiffinfo={274: orientation})
    (tmp_path / "a.tif").write_bytes(whole[: len(whole) * 3 // 5])
    (warning,) = read_picture(str(tmp_path / "a.tif"), damaged=True).warnings
    assert warning.values[0] == pytest.approx(60, abs=2)


@pytest.mark.parametrize("part", [SCAN, TABLE])
def test_a_jpeg_that_gets_better_in_passes_is_taken_as_good_as_it_is(part, tmp_path):
    """It breaks off in the midst of what comes before a later pass."""
    whole = written("a.jpg", progressive=True)
    (tmp_path / "a.jpg").write_bytes(whole[: whole.rindex(part) + 5])
    assert encoded(tmp_path / "a.jpg", damaged=False).failure.code is FailureCode.DAMAGED
    result = encoded(tmp_path / "a.jpg")
    assert result.warnings == (INCOMPLETE,)
    assert result.encodings == Encoder(Options((PHASH,))).encode_array(photo(96, 72)).encodings


@pytest.mark.parametrize(
    ("name", "options", "left"),
    [
        ("a.jpg", {}, lambda data: data.index(SCAN) + 14),
        ("a.jpg", {}, lambda data: data.index(SCAN) + 5),
        ("a.png", {}, lambda data: data.index(b"IDAT") + 6),
        ("a.webp", {}, lambda data: len(data) * 4 // 5),
    ],
)
def test_of_which_nothing_can_be_read_is_refused_still(name, options, left, tmp_path):
    data = written(name, **options)
    (tmp_path / name).write_bytes(data[: left(data)])
    result = encoded(tmp_path / name)
    assert (result.encodings, result.facts) == ({}, None)
    assert result.failure == ImageFailure(FailureCode.DAMAGED, "nothing-left")
    assert result.failed_file.size == (tmp_path / name).stat().st_size
    assert sentence(result.failure) == "The picture is damaged, and nothing of it can be read."
    assert encoded(tmp_path / name, damaged=False).failure.detail == ""


def test_what_is_no_picture_is_none_in_any_case(tmp_path):
    for name, content in (("a.txt", b"words"), ("a.jpg", b"words"), ("b.jpg", b"")):
        (tmp_path / name).write_bytes(content)
        assert encoded(tmp_path / name) == encoded(tmp_path / name, damaged=False)
