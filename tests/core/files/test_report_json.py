"""The report tells everything, and is read back with it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.reading import NotAnExportError, read_export
from imgenc_gui.core.files.registry import REPORT
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import WRITTEN, sentence
from tests.core.files.exports import (
    CNN,
    CUT_OFF,
    FACTS,
    HASH,
    HASHES,
    MODIFIED,
    PHASH,
    TURNED,
    some,
    vector,
    write,
)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The CNN is loaded, as it is once it has embedded a picture, on the processor."""
    monkeypatch.setattr(mobilenet_v1, "may_have_card", lambda: False)
    NETWORKS.forget()
    NETWORKS.get(CNN)
    yield
    NETWORKS.forget()


@pytest.mark.usefixtures("loaded")
def test_report_tells_everything(tmp_path: Path) -> None:
    (path,) = write(tmp_path, REPORT, options=Options((PHASH, CNN), apply_exif_orientation=True))
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["version"] == 2
    assert report["methods"] == [
        {"id": "phash", "kind": "hash", "length": 64, "version": 1},
        {"id": "cnn", "kind": "embedding", "length": 1024, "version": 1},
    ]
    assert report["options"] == {"apply_exif_orientation": True, "damaged": False}
    assert report["root"] == "/photos"
    assert {"imgenc", "Python", "Pillow", "numpy"} <= set(report["libraries"])
    assert report["libraries"]["onnxruntime"] == version("onnxruntime")
    assert "torch" not in report["libraries"]
    first, second = report["images"]
    facts = {"format": "JPEG", "width": 4000, "height": 3000, "frames": 1, "bytes": 5_000_123}
    facts |= {"modified": MODIFIED, "mtime_ns": 1_700_000_000_250_000_001, "orientation": 6, "path": "a.jpg"}
    assert {key: first[key] for key in facts} == facts
    assert set(first["encodings"]) == {"phash", "cnn"}
    assert first["encodings"]["phash"] == f"{1:016x}"
    assert np.array_equal(np.array(first["encodings"]["cnn"], np.float32), vector(1))
    assert first["warnings"] == []
    assert second["warnings"] == [{"code": "rotated", "detail": "", "values": [], "text": TURNED}]
    assert report["failures"] == [
        {"path": "b.jpg", "code": "damaged", "detail": "", "values": ["cut off"], "reason": CUT_OFF}
    ]
    assert report["other_files"] == ["notes.txt"]
    assert report["counts"] == {"encoded": 2, "failed": 1, "other_files": 1}


def test_a_report_of_work_that_was_stopped_says_so_and_is_read_back(tmp_path: Path) -> None:
    request = ExportRequest(some(), tmp_path / "report.json", REPORT, Options((PHASH, CNN)), "/photos", lambda: True)
    export(request)
    assert json.loads(request.target.read_bytes())["partial"] is True
    assert len(read_export(request.target).named) == len(list(some()))


def test_report_without_any_picture_is_json(tmp_path: Path) -> None:
    (path,) = write(tmp_path, REPORT, [], HASHES)
    report = json.loads(path.read_text())
    assert (report["images"], report["failures"], report["other_files"]) == ([], [], [])


def test_a_report_names_the_engine_only_where_one_was_needed(tmp_path: Path) -> None:
    NETWORKS.forget()
    (path,) = write(tmp_path, REPORT, options=Options((PHASH, CNN)))
    assert not {"onnxruntime", "torch"} & set(json.loads(path.read_text())["libraries"])


@pytest.mark.usefixtures("loaded")
def test_a_frozen_build_carries_the_versions_that_a_report_names(tmp_path: Path) -> None:
    (path,) = write(tmp_path, REPORT, options=Options((PHASH, CNN)))
    spec = (Path(__file__).parents[3] / "build_installer.spec").read_text()
    (packages,) = re.findall(r"^NAMED = \((.*?)^\)", spec, re.DOTALL | re.MULTILINE)
    known_to_themselves = {"imgenc", "Python", "Pillow", "numpy"}
    assert set(json.loads(path.read_text())["libraries"]) - known_to_themselves <= set(re.findall(r'"(.+?)"', packages))


def test_report_where_libraries_carry_no_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a frozen build."""
    monkeypatch.setattr(sys, "path", [])
    sys.path_importer_cache.clear()
    (path,) = write(tmp_path, REPORT)
    assert json.loads(path.read_text())["libraries"]["numpy"] == np.__version__


def test_a_failure_has_its_code_its_values_and_its_facts(tmp_path: Path) -> None:
    failure = ImageFailure(FailureCode.TOO_LARGE, "pixels", (2e9, 500))
    (path,) = write(tmp_path, REPORT, [("a", ImageResult("/photos/a", FACTS, failure=failure))], HASHES)
    (told,) = json.loads(path.read_bytes())["failures"]
    assert told == {
        "path": "a",
        "format": "JPEG",
        "width": 4000,
        "height": 3000,
        "frames": 1,
        "bytes": 5_000_123,
        "mtime_ns": FACTS.mtime_ns,
        "modified": MODIFIED,
        "orientation": 6,
        "code": "too-large",
        "detail": "pixels",
        "values": [2e9, 500],
        "reason": "The picture is too large: 2,000,000,000 megapixels, where 500 are the limit.",
    }


FIRST = """{
"format": "imgenc report",
"version": 1,
"options": {"methods": ["phash", "later"], "apply_rotation": true},
"libraries": {"imgenc": "0.1"},
"root": "/photos",
"images": [
{"path": "b.jpg", "format": "JPEG", "width": 4, "height": 3, \
"frames": 1, "bytes": 7, "modified": "2023-11-14T22:13:20.250Z", "orientation": 6, \
"encodings": {"phash": "9fee256239984d71"}, "warnings": [{"code": "rotated", "text": "Turned."}]}
],
"failures": [
{"path": "a.jpg", "code": "damaged", "reason": "It ends too early."}
],
"other_files": [
"notes.txt"
],
"counts": {"encoded": 1, "failed": 1, "other_files": 1}
}
"""


def test_a_report_of_the_first_version_is_read(tmp_path: Path) -> None:
    """It has sentences instead of details and values, no versions of methods, and times that are cut off."""
    path = tmp_path / "old.json"
    path.write_text(FIRST)
    read = read_export(path)
    assert read.methods == (PHASH,)
    assert read.options == Options((PHASH,), apply_exif_orientation=True)
    assert [told.id for told in read.left_out] == ["later"]
    assert read.named == [
        (
            "a.jpg",
            ImageResult("/photos/a.jpg", failure=ImageFailure(FailureCode.DAMAGED, WRITTEN, ("It ends too early.",))),
        ),
        (
            "b.jpg",
            ImageResult(
                "/photos/b.jpg",
                Facts("JPEG", 4, 3, 1, 7, None, 6),
                {PHASH: HASH},
                (ImageWarning(WarningCode.ROTATED, WRITTEN, ("Turned.",)),),
            ),
        ),
        ("notes.txt", ImageResult("/photos/notes.txt", failure=ImageFailure(FailureCode.NOT_AN_IMAGE))),
    ]


def test_codes_and_details_of_a_later_imgenc_keep_their_sentences(tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    text = FIRST.replace('"code": "damaged"', '"code": "haunted", "detail": "", "values": []')
    path.write_text(text.replace('"code": "rotated"', '"code": "rotated", "detail": "by-hand", "values": [90]'))
    (_, haunted), (_, turned), _ = read_export(path).named
    assert haunted.failure == ImageFailure(FailureCode.UNREADABLE, WRITTEN, ("It ends too early.",))
    assert sentence(haunted.failure) == "It ends too early."
    assert turned.warnings == (ImageWarning(WarningCode.ROTATED, WRITTEN, ("Turned.",)),)
    path.write_text(FIRST.replace('"code": "rotated"', '"code": "blessed"'))
    assert read_export(path).named[1][1].warnings == ()


def test_values_that_dont_fill_the_sentence_keep_it_as_written(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    for values in ('["many"]', "[1]", "[]"):
        path.write_text(
            FIRST.replace('"code": "damaged"', f'"code": "too-large", "detail": "pixels", "values": {values}')
        )
        failure = read_export(path).named[0][1].failure
        assert failure == ImageFailure(FailureCode.TOO_LARGE, WRITTEN, ("It ends too early.",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"apply_rotation": true', '"apply_rotation": "yes"'),
        ('"root": "/photos"', '"root": null'),
        ('"width": 4', '"width": 4.5'),
        ('"width": 4', '"width": true'),
        ('"path": "b.jpg"', '"path": 3'),
        ('"encodings": {"phash"', '"no": {"phash"'),
        ("9fee256239984d71", "9fee256239984d7"),
        ('"reason": "It ends too early."', '"reason": null'),
        ('"notes.txt"', '{"path": "notes.txt"}'),
        ('"notes.txt"', '"a.jpg"'),
        ('"code": "rotated"', '"code": "rotated", "detail": "", "values": [[]]'),
        ('"format": "JPEG"', '"format": null'),
        ('"images": [', '"pictures": ['),
        ('["phash", "later"]', '"phash"'),
    ],
)
def test_a_report_with_another_structure_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(FIRST.replace(old, new))
    assert path.read_text() != FIRST
    with pytest.raises(NotAnExportError):
        read_export(path)


def test_a_picture_of_numbers_from_0_to_1_is_said_to_be_cut_to_black(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 3072, dtype=np.float32).reshape(48, 64)
    Image.fromarray(values).save(tmp_path / "a.tif")
    ((_, result),) = Encoder(HASHES).encode([(0, str(tmp_path / "a.tif"))])
    (path,) = write(tmp_path, REPORT, [("a.tif", result)], HASHES)
    (image,) = json.loads(path.read_bytes())["images"]
    assert [warning["code"] for warning in image["warnings"]] == ["cut-to-black", "low-information"]
    assert "values run from 0 to 1" in image["warnings"][0]["text"]
