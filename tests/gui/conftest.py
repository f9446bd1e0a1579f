"""What the window's tests share: fake encoders, results, small pictures, settings of their own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings

from imgenc_gui.core.encoding import Failure, ImageResult, Method, Options
from imgenc_gui.core.formats.reading import Caution, CautionCode, ErrorCode, Facts

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator


def make_result(path: str, methods: Iterable[Method] = (Method.PHASH,), seed: int = 0) -> ImageResult:
    """An encoded picture whose encodings follow from its path."""
    number = (hash((path, seed)) & 0x7FFF_FFFF_FFFF_FFFF) | 1
    encodings: dict = {}
    for method in methods:
        if method.is_hash:
            encodings[method] = f"{(number * (2 + list(Method).index(method))) & 0xFFFF_FFFF_FFFF_FFFF:016x}"
        else:
            encodings[method] = np.random.default_rng(number).random(1024, np.float32)
    return ImageResult(path, Facts("JPEG", 640, 480, 1, 12_345, 1_600_000_000.0, 1), encodings)


def make_failure(path: str, code: ErrorCode = ErrorCode.DAMAGED) -> ImageResult:
    """A picture that could not be read."""
    return ImageResult(path, failure=Failure(code, "The picture is damaged."))


def make_warned(path: str) -> ImageResult:
    """An encoded picture with a warning."""
    result = make_result(path)
    caution = Caution(CautionCode.LOW_INFORMATION, "The picture is nearly one colour.")
    return ImageResult(path, result.facts, result.encodings, (caution,))


class FakeEncoder:
    """Keeps the Encoder's protocol. Fails for names with "bad", warns for "plain", breaks where told to."""

    def __init__(self, options: Options | None = None, seconds: float = 0.0) -> None:
        self.options = options or Options()
        self.seconds = seconds
        self.break_at: str | None = None
        self.gate: threading.Event | None = None  # holds each picture up until it is set
        self.seen: list[str] = []

    def encode(
        self, numbered: Iterable[tuple[int, str]], stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[int, ImageResult]]:
        for number, path in numbered:
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
                yield number, make_failure(path, ErrorCode.NOT_AN_IMAGE)
            elif "bad" in name:
                yield number, make_failure(path)
            elif "plain" in name:
                yield number, make_warned(path)
            else:
                yield number, make_result(path, self.options.methods)


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    """Settings in a file of the test's own."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


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
