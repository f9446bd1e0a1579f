"""Thumbnails: only what is seen, the last asked for first, bounded, crisp."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from imgenc_gui.core.listing import identity
from imgenc_gui.gui.pictures import thumbnails as module
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.work.jobs import Jobs


@pytest.fixture
def thumbnails(qtbot: QtBot):
    errors: list[Exception] = []
    jobs = Jobs(3, errors.append)
    yield Thumbnails(jobs)
    assert jobs.close()
    assert errors == []


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_thumbnail_has_the_pixels_of_the_screen(
    qtbot: QtBot, thumbnails: Thumbnails, photos: Path, ratio: float
) -> None:
    path = str(photos / "IMG_0.jpg")
    with qtbot.waitSignal(thumbnails.ready, timeout=5000) as signal:
        assert thumbnails.get(path, 40, ratio) is None
    assert signal.args == [path, identity(path)]
    pixmap = thumbnails.get(path, 40, ratio)
    assert pixmap is not None
    assert pixmap.width() == 40 * ratio
    assert pixmap.deviceIndependentSize().width() == 40


@pytest.mark.parametrize("shade", [0, 255])
def test_a_picture_ends_somewhere_on_a_ground_of_its_colour(
    qtbot: QtBot, thumbnails: Thumbnails, tmp_path: Path, shade: int
) -> None:
    path = str(tmp_path / "plain.png")
    Image.new("L", (80, 60), shade).save(path)
    with qtbot.waitSignal(thumbnails.ready, timeout=20_000):
        thumbnails.get(path, 40, 1.0)
    image = thumbnails.get(path, 40, 1.0).toImage()
    assert image.pixelColor(20, 15).red() == shade
    for x, y in ((0, 0), (39, 0), (0, 29), (39, 29), (20, 0), (0, 15)):
        assert abs(image.pixelColor(x, y).red() - shade) > 30


def test_a_picture_that_cannot_be_read_is_asked_for_once(qtbot: QtBot, thumbnails: Thumbnails, photos: Path) -> None:
    path = str(photos / "notes.txt")
    with qtbot.waitSignal(thumbnails.ready, timeout=5000):
        thumbnails.get(path, 40, 1.0)
    with qtbot.assertNotEmitted(thumbnails.ready, wait=100):
        assert thumbnails.get(path, 40, 1.0) is None


def test_the_cache_is_bounded_and_rows_scrolled_past_are_not_read(
    qtbot: QtBot, thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN room for five thumbnails and for four that wait
    monkeypatch.setattr(module, "MAX_KEPT", 5)
    monkeypatch.setattr(module, "MAX_WAITING", 4)
    paths = []
    for number in range(20):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.new("RGB", (8, 8)).save(paths[-1])
    told: list[str] = []
    thumbnails.ready.connect(lambda path, _file: told.append(path))
    # WHEN a person scrolls past twenty rows
    for path in paths:
        thumbnails.get(path, 40, 1.0)
    qtbot.waitUntil(lambda: len(told) == 5, timeout=5000)
    qtbot.wait(100)
    # THEN the first, being read already, and the last four are read, the last seen first
    assert told == [paths[0], paths[19], paths[18], paths[17], paths[16]]
    for path in paths[:3]:
        thumbnails.get(path, 40, 1.0)
    qtbot.waitUntil(lambda: len(told) >= 7, timeout=5000)
    assert len(thumbnails) == 5


def test_large_ones_take_no_more_room_than_there_is(
    qtbot: QtBot, thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = []
    for number in range(6):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.new("RGB", (400, 400)).save(paths[-1])
    monkeypatch.setattr(module, "MAX_BYTES", 4 * 200 * 200 * 3)
    for path in paths:
        with qtbot.waitSignal(thumbnails.ready, timeout=20_000):
            thumbnails.get(path, 200, 1.0)
    assert len(thumbnails) == 3
    # WHEN another size is wanted THEN what there is stands for it meanwhile, as large as it will be
    assert thumbnails.get(paths[5], 250, 2.0) is None
    meanwhile = thumbnails.in_other_size(paths[5], 250)
    assert meanwhile is not None
    assert meanwhile.deviceIndependentSize().width() == 250
    assert thumbnails.in_other_size(paths[0], 250) is None


def test_what_is_not_wanted_any_more_is_not_read(qtbot: QtBot, thumbnails: Thumbnails, photos: Path) -> None:
    paths = [str(photos / f"IMG_{number}.jpg") for number in range(6)]
    told: list[str] = []
    thumbnails.ready.connect(lambda path, _file: told.append(path))
    for path in paths:
        thumbnails.get(path, 40, 1.0)
    thumbnails.cancel(paths[1:5], 40, 1.0)
    thumbnails.cancel(paths[5:], 40, 2.0)  # which nobody wants
    qtbot.waitUntil(lambda: paths[5] in told, timeout=20_000)
    thumbnails.get(paths[4], 20, 1.0)
    qtbot.waitUntil(lambda: len(told) == 3, timeout=20_000)
    assert told == [paths[0], paths[5], paths[4]]
