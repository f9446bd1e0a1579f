"""The report tells everything, and is read back with it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from imgenc_gui.core.files.registry import REPORT
from imgenc_gui.core.records.methods import Options
from tests.core.files.exports import CNN, CUT_OFF, HASHES, MODIFIED, PHASH, TURNED, vector, write


def test_report_tells_everything(tmp_path: Path) -> None:
    (path,) = write(tmp_path, REPORT, options=Options((PHASH, CNN), apply_exif_orientation=True))
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["version"] == 2
    assert report["methods"] == [
        {"id": "phash", "kind": "hash", "length": 64, "version": 1},
        {"id": "cnn", "kind": "embedding", "length": 1024, "version": 1},
    ]
    assert report["options"] == {"apply_exif_orientation": True}
    assert report["root"] == "/photos"
    assert {"imgenc", "Python", "Pillow", "numpy", "torch"} <= set(report["libraries"])
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


def test_report_without_any_picture_is_json(tmp_path: Path) -> None:
    (path,) = write(tmp_path, REPORT, [], HASHES)
    report = json.loads(path.read_text())
    assert (report["images"], report["failures"], report["other_files"]) == ([], [], [])


def test_report_where_libraries_carry_no_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a frozen build."""
    monkeypatch.setattr(sys, "path", [])
    sys.path_importer_cache.clear()
    (path,) = write(tmp_path, REPORT)
    assert json.loads(path.read_text())["libraries"]["numpy"] == np.__version__
