"""Encodings from pictures and exports in one table."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imgenc_gui.core.collecting import Export, collect, common_methods, common_rotation, is_export, turned_unlike
from imgenc_gui.core.files.read_back import ReadBack
from imgenc_gui.core.records.alike import Criterion
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult, ImageWarning, WarningCode
from tests.core.files.exports import AHASH, CNN, DHASH, HASH, PHASH

HOME = os.path.abspath("home")


def facts(width=10, size=100, time=5, digest=""):
    return Facts("JPEG", width, 10, 1, size, time, 1, digest)


def result(name, root="", encodings=None, known=None):
    path = os.path.join(root, name) if root else name
    return ImageResult(path, known, {PHASH: HASH} if encodings is None else encodings)


def export(*names, file="h.json", root="", encodings=None, turned=None):
    named = [(name, result(name, root, encodings)) for name in names]
    methods = tuple(encodings or {PHASH: HASH})
    options = None if turned is None else Options(methods, turned)
    return Export(file, ReadBack(named, methods, options=options, root=root))


def test_a_picture_that_is_there_twice_is_one():
    here = [result("a.jpg", HOME, known=facts()), result("sub/b.jpg", HOME)]
    known = export("a.jpg", "c.jpg", root=HOME, turned=False)
    said_twice = export("b.jpg", root=os.path.join(HOME, "sub"), turned=False, file="sub.json")

    found = collect([PHASH], here, [known, said_twice])

    assert [picture.name for picture in found.pictures] == ["a.jpg", "c.jpg", "sub/b.jpg"]
    assert [picture.source for picture in found.pictures] == ["", "h.json", ""]
    assert found.root == HOME


def test_pictures_of_unknown_folders_are_never_taken_for_one():
    found = collect(
        [PHASH], [result("a.jpg", HOME)], [export("a.jpg"), export("a.jpg", file=os.path.join("x", "h.json"))]
    )

    assert [(picture.name, picture.path) for picture in found.pictures] == [
        ("a.jpg", os.path.join(HOME, "a.jpg")),
        ("h.json:a.jpg", ""),
        ("h.json:a.jpg'", ""),
    ]
    assert [picture.is_origin_known for picture in found.pictures] == [True, False, False]


def test_encodings_of_one_picture_come_together():
    by_dhash = export("a.jpg", "b.jpg", file="h.dhash.json", encodings={DHASH: "0" * 15 + "1"})

    found = collect([PHASH, DHASH], [], [export("a.jpg", file="h.phash.json"), by_dhash])

    assert found.encodings == {PHASH: [HASH, None], DHASH: ["0" * 15 + "1"] * 2}
    assert found.measure(Criterion(PHASH, 10)).said.tolist() == [True, False]
    assert found.flat == 0


def test_a_file_that_was_read_is_not_mixed_with_what_was_said_of_it():
    said = export("a.jpg", root=HOME, turned=False, encodings={DHASH: HASH})

    found = collect([PHASH, DHASH], [result("a.jpg", HOME)], [said])

    assert found.encodings == {PHASH: [HASH], DHASH: [None]}


def test_another_systems_root_is_no_folder_here():
    foreign = "C:\\photos" if os.sep == "/" else "/photos"

    (picture,) = collect([PHASH], [], [export("a.jpg", root=foreign, turned=False)]).pictures

    assert (picture.name, picture.path, picture.is_origin_known) == ("a.jpg", "", True)


def test_what_cannot_be_compared_is_counted():
    failed = ImageResult("x.jpg", failure=ImageFailure(FailureCode.EMPTY))
    zeros = result("flat.jpg", HOME, encodings={PHASH: "0" * 16})

    found = collect([PHASH], [failed, zeros, result("a.jpg", HOME, {})], [export("b", "c", encodings={AHASH: HASH})])

    assert len(found) == found.flat == 1
    assert found.lacking == {"": 1, "h.json": 2}
    assert not found.measure(Criterion(PHASH, 10)).said.any()


def test_vectors_are_measured_where_there_are_any():
    vector = np.ones(1024, np.float32)
    found = collect([PHASH, CNN], [result("a", HOME, {CNN: vector}), result("b", HOME)])

    measure = found.measure(Criterion(CNN, 0.9))

    assert measure.said.tolist() == [True, False]
    np.testing.assert_array_equal(measure.vectors[0], vector)


def test_ranks_pixels_bytes_age_name_and_the_unknown_last():
    known = {
        "old": facts(time=1), "older.png": facts(time=0), "large": facts(size=101), "wide": facts(width=11, size=1),
        "timeless": facts(time=None), "z": None, "y": None,
    }  # fmt: skip

    found = collect([PHASH], [result(name, HOME, known=fact) for name, fact in known.items()])

    names = [picture.name for picture in found.pictures]
    assert [names[place] for place in np.argsort(found.ranks)] == [
        "wide", "large", "older.png", "old", "timeless", "y", "z",
    ]  # fmt: skip


def test_a_damaged_picture_is_worse_than_any_whole_one():
    damaged = [
        replace(result(name, HOME, known=fact), warnings=(ImageWarning(WarningCode.INCOMPLETE),))
        for name, fact in {"a": facts(), "b": None}.items()
    ]

    found = collect([PHASH], [*damaged, result("c", HOME)])  # of which nothing is known

    assert found.ranks.tolist() == [1, 2, 0]


def test_facts_beyond_all_bounds_are_ranked():
    """An export may say anything of a picture's size."""
    among = [
        result("a.jpg", HOME, known=facts(size=10**30)),
        result("b.jpg", HOME, known=facts(width=10**40)),
        result("c.jpg", HOME, known=facts(time=10**40)),
        result("d.jpg", HOME, known=facts(width=-(10**40), size=-(10**40), time=-(10**40))),
    ]

    assert collect([PHASH], among).ranks.tolist() == [1, 0, 2, 3]


def test_copies_are_known_by_their_digest():
    known = {"a": facts(digest="1" * 32), "b": facts(digest="1" * 32, size=200), "c": facts(), "d": None}

    found = collect([PHASH], [result(name, HOME, known=fact) for name, fact in known.items()])

    assert found.copies.tolist() == [1, -1, -1, -1]


def test_nothing_makes_an_empty_table():
    found = collect([PHASH, CNN], [])

    assert (len(found), found.flat, found.ranks.size, found.copies.size) == (0, 0, 0, 0)
    assert len(found.measure(Criterion(PHASH, 10))) == len(found.measure(Criterion(CNN, 0.9))) == 0


def test_what_exports_have_in_common():
    plain, turned, silent = export(turned=False), export(turned=True), export(encodings={PHASH: HASH, DHASH: HASH})

    assert common_methods([plain, silent]) == (PHASH,)
    assert common_methods([silent]) == (PHASH, DHASH)
    assert common_methods([plain, export(encodings={CNN: np.ones(1024)})]) == ()
    assert not common_rotation([silent])
    assert common_rotation([silent, turned, plain])
    assert turned_unlike([silent, turned, plain], turned=True) == [plain]


@pytest.mark.skipif(os.name == "nt", reason="links need a permission on Windows")
def test_ways_to_a_folder_are_the_same(tmp_path):
    (tmp_path / "real").mkdir()
    Path(tmp_path / "link").symlink_to(tmp_path / "real")

    found = collect(
        [PHASH], [result("a", str(tmp_path / "link"))], [export("a", root=str(tmp_path / "real"), turned=False)]
    )

    assert [picture.path for picture in found.pictures] == [str(tmp_path / "link" / "a")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.npz"])
def test_a_pipe_with_the_name_of_an_export_is_not_waited_for(name, tmp_path):
    os.mkfifo(tmp_path / name)

    assert not is_export(str(tmp_path / name))
