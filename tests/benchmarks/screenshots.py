"""Renders the real window to PNG files, to be looked at: python -m tests.benchmarks.screenshots FOLDER [PICTURES]

PICTURES: a folder of pictures to show, else some are drawn. Empty, busy, full (hashes and CNN), failing, grid, copies,
two compared, similar, threshold, export, settings, methods and networks; in light and dark, at 100 % and 200 %. Without
a screen it runs on Qt's offscreen platform.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageEnhance
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.settings.store import Recent, Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.forgetful import Forgetful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


SAME = 4  # how strictly to compare: drawn landscapes are nearer to each other than photographs


class PausingEncoder(Forgetful):
    """The real encoder, which waits after a number of pictures until it is let go."""

    def __init__(self, options: Options, after: int, go_on: threading.Event) -> None:
        self._encoder = Encoder(options)
        self._after = after
        self._go_on = go_on

    def encode(
        self, numbered: Iterable[tuple[object, str]], stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[object, ImageResult]]:
        def paused() -> Iterator[tuple[object, str]]:
            for count, pair in enumerate(numbered):
                while count >= self._after and not self._go_on.wait(0.02) and not stop():
                    pass
                time.sleep(0.05)
                yield pair

        return self._encoder.encode(paused(), stop)


def landscape(generator: np.random.Generator, width: int, height: int) -> Image.Image:
    """Draw a sky, a sun and some hills, hazier the further away they are."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    hue = generator.uniform(0, 1)
    top = np.array([60 + 40 * hue, 110 + 30 * hue, 170 - 20 * hue])
    horizon = np.array([250, 205 - 40 * hue, 160 - 40 * hue])
    down = (rows / height)[..., None] ** 0.8
    pixels = top * (1 - down) + horizon * down
    sun = generator.uniform(0.2, 0.8) * width, generator.uniform(0.25, 0.5) * height
    distance = np.hypot(columns - sun[0], rows - sun[1]) / height
    glow = np.exp(-((distance / 0.16) ** 2))[..., None] * 0.8 + (distance < 0.05)[..., None]
    pixels += (np.array([255, 244, 214]) - pixels) * np.clip(glow, 0, 1)
    land = np.array([30 + 40 * generator.uniform(), 60 + 50 * generator.uniform(), 60])
    for layer in range(4):
        waves = sum(
            generator.uniform(0.01, 0.05) / step * np.sin(columns[0] / width * step * 6 + generator.uniform(0, 6))
            for step in (1, 2, 5, 11)
        )
        edge = height * (0.52 + 0.13 * layer + waves)
        colour = horizon * (0.6 - 0.2 * layer) + land * (0.4 + 0.2 * layer)
        pixels = np.where((rows > edge)[..., None], colour * (0.9 if layer == 3 else 1), pixels)
    pixels += generator.normal(0, 3, (height, width, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def draw_pictures(folder: Path) -> Path:
    """Draw landscapes, copies of some, one nearly flat picture, one damaged picture and one text file."""
    pictures = folder / "Pictures" / "2024 Harbour"
    pictures.mkdir(parents=True)
    generator = np.random.default_rng(11)
    for number in range(24):
        width, height = (1200, 800) if number % 4 else (800, 1200)
        landscape(generator, width, height).save(pictures / f"DSC_{1840 + number}.jpg", quality=88)
    sent = pictures / "Sent"
    sent.mkdir()
    for number in (1, 2, 5, 9, 13):
        with Image.open(pictures / f"DSC_{1840 + number}.jpg") as original:
            small = original.resize((original.width // 2, original.height // 2), Image.Resampling.LANCZOS)
            small.save(sent / f"IMG-20240614-WA{number:04}.jpg", quality=70)
            if number % 4 == 1:
                ImageEnhance.Brightness(original).enhance(1.15).save(pictures / f"DSC_{1840 + number}-2.jpg")
    Image.new("RGB", (800, 600), "#6f8fa8").save(pictures / "DSC_1870.png")
    (pictures / "DSC_1871.jpg").write_bytes((pictures / "DSC_1840.jpg").read_bytes()[:900])
    (pictures / "notes.txt").write_text("Not a picture.")
    return pictures


def pump(app: QApplication, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents()
        time.sleep(0.005)


def shoot(widget: QWidget, target: Path, name: str) -> None:
    path = target / f"{name}.png"
    if not widget.grab().save(str(path)):
        raise OSError(path)
    print(path)


def dialog_of(app: QApplication, window: MainWindow) -> QDialog:
    pump(app, 0.4)
    return next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())


def render(target: Path, pictures: Path | None, theme: str, scale: str) -> None:
    """Render all states in this process, whose scale Qt took from the environment."""
    app = QApplication([])
    apply_theme(app, theme)
    suffix = f"{theme}-{scale}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown = pictures or draw_pictures(folder)
        settings = Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat))
        settings.methods = (PHASH, DHASH)
        settings.recent = (Recent("/home/anna/Pictures/2024 Harbour"), Recent("/home/anna/Pictures/Portraits"))
        settings.threads = 1
        go_on = threading.Event()
        window = MainWindow(settings, lambda options: PausingEncoder(options, 14, go_on))
        window.resize(1280, 800)
        window.show()
        pump(app, 0.3)
        shoot(window, target, f"empty-{suffix}")
        window.intake.add_paths([str(shown)])
        pump(app, 20, lambda: window.session.done >= 14)
        window.view.selectRow(3)
        pump(app, 1.2)
        shoot(window, target, f"busy-{suffix}")
        go_on.set()
        pump(app, 60, lambda: window.session.activity is Activity.IDLE)
        settings.methods = tuple(METHODS)
        window.session.encode()
        pump(app, 60, lambda: window.session.activity is Activity.IDLE)
        pump(app, 0.6)
        shoot(window, target, f"full-{suffix}")
        window.filter_bar.set_category(Category.FAILED)
        window.view.selectRow(0)
        window.session.add_paths([str(folder / "Holiday.jpg")])
        pump(app, 0.8)
        shoot(window, target, f"failing-{suffix}")
        window.filter_bar.set_category(Category.ALL)
        render_comparing(app, window, target, suffix)
        render_dialogs(app, window, target, suffix)
        window.rows.mark_saved(range(len(window.rows)), METHODS)
        window.close()


def render_dialogs(app: QApplication, window: MainWindow, target: Path, suffix: str) -> None:
    """Render the export dialog, the settings, the panel of methods and the networks."""
    window.export()
    dialog = dialog_of(app, window)
    shoot(dialog, target, f"export-{suffix}")
    dialog.reject()
    pump(app, 0.2)
    window.actions_.settings.trigger()
    dialog = dialog_of(app, window)
    shoot(dialog, target, f"settings-{suffix}")
    dialog.reject()
    window.header.methods.show_panel()
    pump(app, 0.3)
    shoot(window.header.methods.panel.window(), target, f"methods-{suffix}")
    window.header.methods.panel.window().close()
    window.networks.open()
    shoot(dialog_of(app, window), target, f"networks-{suffix}")
    dialog_of(app, window).reject()


def render_comparing(app: QApplication, window: MainWindow, target: Path, suffix: str) -> None:
    """Render the grid; copies, marked; two of them compared; what is similar to one; which threshold."""
    window.message_bar.hide()
    window.view.select_row(window.model.row_at(3))
    window.actions_.grid.trigger()
    pump(app, 2.5)
    shoot(window, target, f"grid-{suffix}")
    window.actions_.grid.trigger()
    window.comparing.copies_bar.slider.set_step(SAME)
    window.comparing.show_copies()
    pump(app, 1)
    window.comparing.marks.mark_members()
    window.view.select_row(window.model.row_at(3))
    pump(app, 1.5)
    shoot(window, target, f"copies-{suffix}")
    window.view.select_rows([window.model.row_at(2), window.model.row_at(3)])
    pump(app, 3)
    shoot(window, target, f"compare-{suffix}")
    window.comparing.marks.unmark_all()
    window.comparing.show_similar()
    pump(app, 1.5)
    shoot(window, target, f"similar-{suffix}")
    window.comparing.similar_mode.leave()
    window.actions_.threshold.trigger()
    dialog = dialog_of(app, window)
    pump(app, 2)
    shoot(dialog, target, f"threshold-{suffix}")
    dialog.reject()
    window.comparing.leave()
    pump(app, 0.3)


def main() -> None:
    target = Path(sys.argv[1]).absolute()
    target.mkdir(parents=True, exist_ok=True)
    pictures = Path(sys.argv[2]).absolute() if len(sys.argv) > 2 and sys.argv[2] else None
    if len(sys.argv) > 4:
        render(target, pictures, sys.argv[3], sys.argv[4])
        return
    for theme in ("light", "dark"):
        for scale in ("100", "200"):
            environment = {**os.environ, "QT_SCALE_FACTOR": str(int(scale) / 100)}
            command = [
                sys.executable,
                "-m",
                "tests.benchmarks.screenshots",
                str(target),
                str(pictures or ""),
                theme,
                scale,
            ]
            subprocess.run(command, check=True, env=environment, timeout=200)


if __name__ == "__main__":
    main()
