"""tests/benchmarks/calibration.py on two pictures, so that it still works on the day when somebody wants it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.registry import METHODS
from tests.benchmarks import calibration, pixels
from tests.benchmarks.calibration import CHANGES

IMAGES = Path(__file__).parent / "data" / "images" / "base_images"
PATHS = [IMAGES / "ukbench00120.jpg", IMAGES / "ukbench01380.jpg"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def encoded():
    return calibration.encode_all(PATHS, [0, 1])


def found(encoded, method_id, name, threshold):
    method, number = METHODS[method_id], [change.name for change in CHANGES].index(name)
    return calibration.within(method, calibration.copy_scores(encoded, method)[:, number], threshold).tolist()


def test_each_photograph_is_compared_with_its_own_copies(encoded):
    for name, threshold in (("phash", 0), ("ahash", 0), ("dhash", 0), ("whash", 0), ("cnn", 0.99999)):
        assert found(encoded, name, "PNG", threshold) == [True, True]
    assert found(encoded, "phash", "quality 50", 4) == [True, True]
    assert found(encoded, "phash", "mirrored", 10) == [False, False]


def test_only_some_are_copied_and_all_are_compared(encoded):
    some = calibration.encode_all(PATHS, [1], CHANGES[:2])

    for method, originals in encoded.originals.items():
        np.testing.assert_allclose(some.originals[method], originals, atol=1e-5)
        np.testing.assert_allclose(some.copies[method], encoded.copies[method][1:, :2], atol=1e-5)


def test_every_change_changes_what_it_says_and_nothing_else():
    picture = Image.open(PATHS[0]).convert("RGB")
    names = {change.name: change.make(picture) for change in CHANGES}

    assert names["to 25%"].size == (picture.width // 4, picture.height // 4)
    assert max(names["160 pixels"].size) == 160
    assert names["evenly by 10 %"].size == (round(picture.width * 0.9), round(picture.height * 0.9))
    assert names["left and top by 20 %"].getpixel((0, 0)) == picture.getpixel(
        (round(picture.width * 0.2), round(picture.height * 0.2))
    )
    assert names["turned by 90°"].size == picture.size[::-1]
    assert names["line of text"].crop((0, 0, 200, 200)) == picture.crop((0, 0, 200, 200))
    assert names["line of text"] != picture
    turned = np.asarray(names["straightened by 3°"])
    assert not (turned[[0, -1]] == 0).all(axis=2).any()  # no black corner is left of the turning


def test_unrelated_pairs_leave_out_those_of_one_scene():
    first, second = calibration.unrelated_pairs("abc", [frozenset("bc")])

    assert list(zip(first, second, strict=True)) == [(0, 1), (0, 2)]


def test_the_nearest_of_each():
    first, second = np.array([0, 0, 1]), np.array([1, 2, 2])

    assert calibration.nearest(METHODS["phash"], np.array([3, 20, 9]), first, second, 3).tolist() == [3, 3, 9]
    assert calibration.nearest(METHODS["cnn"], np.array([0.3, 0.9, 0.5]), first, second, 3).tolist() == [0.9, 0.5, 0.9]


@pytest.mark.parametrize(
    ("found", "of", "text"), [(0, 9, "0"), (9, 9, "100"), (1, 30000, "0.003"), (1999, 2000, "99.95")]
)
def test_shares_are_neither_rounded_to_none_nor_to_all(found, of, text):
    assert calibration.percent(np.arange(of) < found) == text


def test_the_report_names_how_many_there_were(encoded):
    text = "\n".join(calibration.report(encoded))

    assert "2 photographs" in text
    assert "1 unrelated pairs" in text
    for method in METHODS:
        assert f"### {method.label}: copies found" in text


def test_what_is_said_of_copies_is_counted(monkeypatch):
    some = [change for change in pixels.ALL if change.name in {"quality 50", "evenly by 10 %", "brightness -40%"}]
    monkeypatch.setattr(pixels, "ALL", some)
    said = pixels.of_photograph(PATHS[0])
    text = "\n".join(pixels.report([said], [pixels.compared(*PATHS)]))

    assert [pixels.is_right(change, one) for change, one in zip(some, said, strict=True)] == [True] * 3
    assert not pixels.is_right(some[0], said[1])
    assert "| cropped by 10 % | 1 | 100 | 0 |" in text
    assert "share nothing: different 1" in text
