"""Where the pictures of an export are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgenc_gui.core.files.read_back import ReadBack
from imgenc_gui.core.placing import count_found, look, place, sample
from imgenc_gui.core.records.results import FailureCode, FileIdentity, ImageFailure, ImageResult


def read(*names: str, root: str = "") -> ReadBack:
    return ReadBack([(name, ImageResult(name)) for name in names], (), root=root)


def test_in_the_folder_that_is_given_or_told(tmp_path: Path) -> None:
    export = read("a.jpg", "sub/b.jpg", "./c.jpg", root=str(tmp_path))
    here = [str(tmp_path / name) for name in ("a.jpg", "sub/b.jpg", "c.jpg")]
    assert place("/h.json", export, "") == here
    moved = [path.replace(str(tmp_path), os.path.abspath("/moved")) for path in here]
    assert place("/h.json", export, os.path.abspath("/moved")) == moved


@pytest.mark.parametrize("root", ["", "Z:photos" if os.sep == "/" else "relative"])
def test_within_the_export_where_nobody_knows(tmp_path: Path, root: str) -> None:
    file = tmp_path / "h.json"
    file.write_text("{}")
    outside = os.path.abspath("/elsewhere/x.jpg")
    names = ("a.jpg", "sub/b.jpg", "../c.jpg", "../../c.jpg", "", "..", outside)
    paths = place(str(file), read(*names, root=root), "")
    assert paths[:2] == [str(file / "a.jpg"), str(file / "sub" / "b.jpg")]
    assert paths[-1] == outside
    # no two are the same, and none is anybody's file
    assert len(set(paths)) == len(names)
    assert all(path.startswith(str(file) + os.sep) and ".." not in Path(path).parts for path in paths[:-1])
    assert look(paths) == ({}, paths)


def test_looking_for_files(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    there = str(tmp_path / "a.jpg")
    missing = [str(tmp_path), str(tmp_path / "no.jpg"), "/\0", "/\ud800", "/" + "x" * 9999]
    assert look([there, *missing]) == ({there: FileIdentity.of(os.stat(there))}, missing)
    assert look([there], lambda: True) == ({}, [])
    assert count_found(["a.jpg", "b.jpg"], str(tmp_path)) == 1


def test_a_few_names_from_all_over() -> None:
    names = [f"{n:03}.jpg" for n in range(1000)]
    few = sample(read(*names))
    assert 12 <= len(few) <= 24
    assert few[0] == "000.jpg"
    assert few[-1] > "900.jpg"
    failed = ReadBack([("a", ImageResult("a", failure=ImageFailure(FailureCode.DAMAGED)))], ())
    assert sample(failed) == ()
