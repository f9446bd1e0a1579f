"""Previews: read behind the window; what was asked for before is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from imgenc_gui.core.listing import identity
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.gui.pictures import previews as module
from imgenc_gui.gui.pictures.images import Look, Read
from imgenc_gui.gui.pictures.previews import PreviewLoader
from imgenc_gui.gui.work.jobs import Jobs

LOOK = Look(3, FileIdentity(1, 2))


@pytest.fixture
def errors() -> list[Exception]:
    return []


@pytest.fixture
def previews(qapp: object, errors: list[Exception]):
    jobs = Jobs(3, errors.append)
    yield PreviewLoader(jobs)
    assert jobs.close()


def test_a_preview_and_all_pixels_arrive_with_their_path(qtbot: QtBot, previews: PreviewLoader, photos: Path) -> None:
    path = str(photos / "IMG_0.jpg")
    for wanted, ready in (
        (previews.want_preview, previews.preview_ready),
        (previews.want_full_size, previews.full_size_ready),
    ):
        with qtbot.waitSignal(ready, timeout=5000) as caught:
            wanted(path, LOOK)
        told, look, read = caught.args
        assert (told, look, read.file) == (path, LOOK, identity(path))
        image = read.image
        assert (image.width(), image.height()) == (160, 120)


def test_what_was_asked_for_before_is_given_up(
    qtbot: QtBot, previews: PreviewLoader, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a picture that takes long
    go_on = threading.Event()
    read: list[str] = []

    stopped: list[bool] = []

    def slow(path: str, _longest: int | None, stop: Callable[[], bool]) -> Read:
        read.append(path)
        assert go_on.wait(10)
        stopped.append(stop())
        return Read(QImage(1, 1, QImage.Format.Format_RGB888), None)

    monkeypatch.setattr(module, "read_image", slow)
    previews.want_preview("a", LOOK)
    qtbot.waitUntil(lambda: read == ["a"], timeout=5000)
    # WHEN three more are asked for
    for path in "bcd":
        previews.want_preview(path, LOOK)
    shown: list[str] = []
    previews.preview_ready.connect(lambda path, _look, _read: shown.append(path))
    go_on.set()
    # THEN it ends early, and the last of them follows
    qtbot.waitUntil(lambda: shown == ["d"], timeout=5000)
    assert (read, stopped) == (["a", "d"], [True, False])


def test_nothing_is_read_on_for_what_is_no_longer_shown(
    qtbot: QtBot, previews: PreviewLoader, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def endless(path: str, _longest: int | None, stop: Callable[[], bool]) -> Read:
        began.set()
        while path == "a" and not ended.wait(0.001):
            if stop():
                ended.set()
        return Read(None, None)

    monkeypatch.setattr(module, "read_image", endless)
    shown: list[str] = []
    previews.full_size_ready.connect(lambda path, _look, _read: shown.append(path))
    previews.want_full_size("a", LOOK)
    qtbot.waitUntil(began.is_set, timeout=5000)
    previews.forget()
    qtbot.waitUntil(ended.is_set, timeout=5000)
    previews.want_full_size("b", LOOK)
    qtbot.waitUntil(lambda: shown == ["b"], timeout=5000)


def test_an_unexpected_error_is_reported_and_the_next_picture_comes(
    qtbot: QtBot,
    previews: PreviewLoader,
    errors: list[Exception],
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_arguments: object) -> QImage:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(module, "read_image", broken)
        with qtbot.waitSignal(previews.preview_ready, timeout=5000) as caught:
            previews.want_preview("a", LOOK)
        assert caught.args == ["a", LOOK, Read(None, None)]
    qtbot.waitUntil(lambda: [type(error) for error in errors] == [ZeroDivisionError], timeout=5000)
    with qtbot.waitSignal(previews.preview_ready, timeout=5000) as caught:
        previews.want_preview(str(photos / "IMG_0.jpg"), LOOK)
    assert caught.args[2].image is not None
