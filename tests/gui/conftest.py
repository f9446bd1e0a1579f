"""What the window's tests share: fake encoders, results, small pictures, settings of their own."""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QLocale, QObject, QPoint, QPointF, QRunnable, QSettings, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.listing import identity
from imgenc_gui.core.records.methods import Encoding, Method, Options
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.core.records.sentences import FAILURES
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work import jobs, runner
from tests.forgetful import Forgetful

K = TypeVar("K")


def make_result(path: str, methods: Iterable[Method] = (PHASH,), seed: int = 0) -> ImageResult:
    """An encoded picture whose encodings follow from its path."""

    def encoding(method: Method) -> Encoding:
        digest = hashlib.sha256(f"{path} {seed} {method.id}".encode("utf-8", "surrogateescape")).digest()
        if method.is_hash:
            return digest[:8].hex()
        return np.random.default_rng(list(digest)).random(method.length, np.float32)

    file = identity(path) or FileIdentity(12_345, 1_600_000_000 * 10**9)
    facts = Facts("JPEG", 640, 480, 1, file.size, file.mtime_ns, 1)
    return ImageResult(path, facts, {method: encoding(method) for method in methods})


def make_failure(path: str, code: FailureCode = FailureCode.DAMAGED) -> ImageResult:
    """A picture that could not be read."""
    detail = next(iter(FAILURES[code]))
    return ImageResult(path, failure=ImageFailure(code, detail, (1, 2, 3)), failed_file=identity(path))


def make_warned(path: str) -> ImageResult:
    """An encoded picture with a warning."""
    result = make_result(path)
    warning = ImageWarning(WarningCode.LOW_INFORMATION, "", ("PHash",))
    return ImageResult(path, result.facts, result.encodings, (warning,))


class FakeEncoder(Forgetful):
    """Keeps the PictureEncoder's protocol. Fails for names with "bad", warns for "plain", breaks where told to."""

    def __init__(self, options: Options | None = None, seconds: float = 0.0) -> None:
        self.options = options or Options((PHASH,))
        self.seconds = seconds
        self.break_at: str | None = None
        self.gate: threading.Event | None = None  # holds each picture up until it is set
        self.seen: list[str] = []

    def encode(
        self, numbered: Iterable[tuple[K, str]], stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[K, ImageResult]]:
        for key, path in numbered:
            self.seen.append(path)
            while self.gate is not None and not self.gate.wait(0.01):
                if stop():
                    return
            if self.seconds:
                time.sleep(self.seconds)
            if stop():
                return
            name = Path(path).name
            if name == self.break_at:
                raise RuntimeError("a bug met this picture")
            if name.endswith(".txt"):
                yield key, make_failure(path, FailureCode.NOT_AN_IMAGE)
            elif "bad" in name:
                yield key, make_failure(path)
            elif "plain" in name:
                yield key, make_warned(path)
            else:
                yield key, make_result(path, self.options.methods)


@pytest.fixture(autouse=True, scope="session")
def _traced_pools() -> Iterator[None]:
    """Whoever traces Python's threads (coverage) is told of Qt's, which Python doesn't start."""
    trace = threading.gettrace()
    with pytest.MonkeyPatch.context() as patch:
        for runnable in (jobs._Job, runner._Worker):

            def traced(self: QRunnable, run: Callable[[QRunnable], None] = runnable.run) -> None:
                sys.settrace(trace)
                run(self)

            if trace is not None:
                patch.setattr(runnable, "run", traced)
        yield


@pytest.fixture(autouse=True, scope="session")
def _empty_clipboard() -> Iterator[None]:
    """What lies on the clipboard when Python ends crashes Qt's platform without a screen, which frees it too late."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()


@pytest.fixture(autouse=True)
def _english_numbers() -> Iterator[None]:
    """Numbers and dates are written as in English wherever the tests run; Qt's default would be the machine's way."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture(autouse=True)
def _no_button_is_held() -> Iterator[None]:
    """A mouse button that a test leaves pressed would be pressed for all tests after it."""
    yield
    if QGuiApplication.instance() is not None:
        assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton


@pytest.fixture(autouse=True)
def _nobody_used_keys() -> Iterator[None]:
    """What marks the keyboard's place lives as long as the application: it would draw rings in all tests after it."""
    yield
    app = QGuiApplication.instance()
    marker = None if app is None else app.findChild(QObject, "imgenc_focus")
    if marker is not None:
        marker._show(by_keys=False)


def double_click(widget: QWidget, place: QPoint) -> None:
    """Click twice; Qt's own test click leaves the button pressed after the second."""
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=place)


def turn_wheel(
    view: QAbstractScrollArea, at: QPointF, angle: int, pixels: int = 0, **kept: Qt.KeyboardModifier
) -> None:
    """Turn the wheel over a place, by so many eighths of a degree, or so many pixels of a trackpad."""
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    keys = kept.get("keys", Qt.KeyboardModifier.NoModifier)
    place = QPointF(view.viewport().mapToGlobal(at))
    event = QWheelEvent(at, place, QPoint(0, pixels), QPoint(0, angle), none, keys, phase, False)
    QApplication.sendEvent(view.viewport(), event)


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    """Settings in a file of the test's own."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@contextmanager
def active_window(qtbot: QtBot, store: QSettings, encoder: type[FakeEncoder] = FakeEncoder) -> Iterator[MainWindow]:
    """A window that has the keyboard, whose model is looked at all the while, and that meets no unexpected error."""
    errors: list[BaseException] = []
    made = MainWindow(Settings(store), encoder, report=errors.append)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    made.resize(1280, 800)
    with qtbot.waitActive(made, timeout=10_000):
        made.show()
        made.activateWindow()
    yield made
    made.close_at_once()
    made.deleteLater()
    assert errors == []


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with six small pictures, a text file, a damaged picture and a sub-folder with one more picture."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    generator = np.random.default_rng(7)
    for number in range(6):
        pixels = generator.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(pixels).resize((160, 120)).save(folder / f"IMG_{number}.jpg")
    Image.fromarray(generator.integers(0, 256, (90, 120, 3), np.uint8)).save(folder / "sub" / "deep.png")
    (folder / "bad.jpg").write_bytes((folder / "IMG_0.jpg").read_bytes()[:300])
    (folder / "notes.txt").write_text("Not a picture.")
    return folder
