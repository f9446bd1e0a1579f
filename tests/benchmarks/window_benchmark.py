"""Measures the window: python -m tests.benchmarks.window_benchmark [rows] [engine sort start folder stop library]

engine  rows delivered at full speed by an instant encoder: the longest gap of the window's thread, memory, time
sort    sorting and filtering that table, as ratios to sorted() of the same keys
start   from process start to a painted window, and what is imported by then
folder  a folder of photo-sized JPEGs through the window against the imgenc command
stop    from the Stop click to idle, during hashes and during the CNN
library from the drop of a folder whose pictures the library knows to complete rows; the longest turn of the event
        loop, in processor time of the window's thread. For 10,000 and 100,000 pictures, unless rows are given

Turns of the event loop with up to 1,000,000 rows: tests.benchmarks.turns.

No absolute time is asserted: the machine decides. Without a screen it runs on Qt's offscreen platform.
"""

from __future__ import annotations

import gc
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from typing import TYPE_CHECKING

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from imgenc_gui.__main__ import favour_window
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.listing import Listing
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, FileIdentity, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import NAME, Column
from imgenc_gui.gui.table.ranking import natural
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.session import Activity
from tests.forgetful import Forgetful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imgenc_gui.gui.table.model import ResultsModel

PHOTOS = 200
HASHES = tuple(method for method in METHODS if method.is_hash)
ROOT = Path(__file__).resolve().parents[2]


class InstantEncoder(Forgetful):
    """Gives every picture four hashes without reading it."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def encode(
        self, numbered: Iterable[tuple[object, str]], stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[object, ImageResult]]:
        for key, path in numbered:
            if stop():
                return
            value = (next(self._numbers) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
            encodings = {method: f"{value ^ (0x5555 << place):016x}" for place, method in enumerate(HASHES)}
            yield (
                key,
                ImageResult(path, Facts("JPEG", 4000, 3000, 1, 5_000_000, 1_600_000_000_000_000_000, 1), encodings),
            )


class Gaps:
    """Notes how long the window's thread leaves a timer that is due waiting, by a clock."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.longest = 0.0
        self.over = 0
        self._clock = clock
        self._last = clock()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = self._clock()
        gap = now - self._last
        self._last = now
        self.longest = max(self.longest, gap)
        self.over += gap > 0.05

    def stop(self) -> None:
        self._timer.stop()


def memory() -> float:
    """Resident megabytes."""
    return psutil.Process().memory_info().rss / 2**20


def wait_idle(app: QApplication, window: MainWindow, seconds: float = 600) -> float:
    began = time.perf_counter()
    while window.session.activity is not Activity.IDLE and time.perf_counter() - began < seconds:
        app.processEvents()
        time.sleep(0.0005)
    return time.perf_counter() - began


def make_window(
    app: QApplication, folder: Path, factory: Callable | None = None, library: Path | None = None, **chosen: object
) -> MainWindow:
    settings = Settings(QSettings(str(folder / f"{time.time_ns()}.ini"), QSettings.Format.IniFormat))
    for name, value in chosen.items():
        setattr(settings, name, value)
    window = MainWindow(settings, factory, keeping=Keeping(settings, library))
    window.resize(1280, 800)
    window.show()
    for _ in range(20):
        app.processEvents()
        time.sleep(0.01)
    return window


def end(window: MainWindow) -> None:
    window.rows.mark_saved(range(len(window.rows)), METHODS)
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def measure_engine(app: QApplication, folder: Path, rows: int) -> MainWindow:
    window = make_window(app, folder, lambda _options: InstantEncoder(), methods=HASHES)
    start = memory()
    listing = Listing("/photos", tuple(f"/photos/{n // 1000:03}/IMG_{n:06}.jpg" for n in range(rows)), ())
    gaps = Gaps()
    began = time.perf_counter()
    window.session._lister.take_up(Order(Stage.LISTING), lambda: ((), listing))
    wait_idle(app, window)
    seconds = time.perf_counter() - began
    gaps.stop()
    assert window.model.count(Category.ENCODED) == rows
    print(f"engine: {rows} rows in {seconds:.1f} s ({rows / seconds:.0f} per second)")
    print(f"        longest gap of the window's thread {1000 * gaps.longest:.0f} ms, {gaps.over} over 50 ms")
    print(f"        memory above start {memory() - start:.0f} MB")
    return window


def timed(act: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def wait_until_sorted(model: ResultsModel) -> None:
    while model.is_ranking:
        QApplication.processEvents()


def measure_sort(window: MainWindow) -> None:
    model, store = window.model, window.rows
    rows = len(store)
    keys = {
        NAME: lambda: [natural(Path(path).name) for path in store.paths],
        Column("phash", PHASH): lambda: [store.hash_text(row, PHASH) for row in range(rows)],
    }
    for column, make in keys.items():
        plain = make()
        random.Random(3).shuffle(plain)
        base = timed(lambda plain=plain: sorted(plain))
        model.sort(-1)
        times = []
        model.sort(model.section(column))
        soon = timed(lambda: wait_until_sorted(model), 1)
        for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder):
            times.append(timed(lambda column=column, order=order: model.sort(model.section(column), order), 1))
            times.append(timed(QApplication.processEvents, 1))
        worst = max(times[0] + times[1], times[2] + times[3])
        ratio = worst / base
        print(f"sort:   {rows} rows by {column.id}: {worst:.3f} s with painting, {ratio:.1f} x sorted() of the keys")
        print(f"        {soon:.3f} s the first time, on a thread")
    window.view.selectAll()
    print(f"        with all rows selected: {timed(lambda: model.sort(model.section(NAME)), 1):.3f} s")
    window.view.clearSelection()
    model.sort(-1)
    paths = list(store.paths)
    random.Random(3).shuffle(paths)
    base = timed(lambda: sorted(paths))
    for category, text in ((Category.ALL, "99"), (Category.FAILED, ""), (Category.ALL, "img_0999"), (Category.ALL, "")):
        began = time.perf_counter()
        model.set_filter(category, text)
        QApplication.processEvents()
        spent = time.perf_counter() - began
        shown = f"{category} {text!r}: {model.rowCount()} shown"
        print(f"filter: {shown}, {spent:.3f} s, {spent / base:.1f} x sorted() of the paths")


BARE = """
import os
from PySide6.QtWidgets import QApplication, QMainWindow
app, window = QApplication([]), QMainWindow()
window.resize(1000, 700)
window.show()
while not window.windowHandle().isExposed(): app.processEvents()
window.repaint(); app.processEvents(); os._exit(0)
"""


def measure_start(folder: Path) -> None:
    code = f"""
from pathlib import Path
import imgenc_gui.__main__ as process  # and what its main does
process.gc.disable()
process.keep_torch_loadable()
from imgenc_gui.core.library.library import usual_folder
from imgenc_gui.app import create_app
from PySide6.QtCore import QSettings
app = create_app([], QSettings({str(folder / "s.ini")!r}, QSettings.Format.IniFormat), Path({str(folder / "logs")!r}))
app.window.show()
while not app.window.windowHandle().isExposed(): app.application.processEvents()
app.window.repaint(); app.application.processEvents()
import sys
print(sorted({{"torch", "numba", "scipy"}} & set(sys.modules)), flush=True)
import os; os._exit(0)
"""
    said = ""
    spent: dict[str, list[float]] = {code: [], BARE: []}
    for _ in range(8):
        for program, seconds in spent.items():
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
            seconds.append(time.perf_counter() - began)
            said = done.stdout.strip() or said
    warm, bare = (statistics.median(seconds[1:]) for seconds in spent.values())
    ratio = statistics.median(one / other for one, other in zip(*spent.values(), strict=True))
    print(f"start:  process start to painted window, warm: {warm:.2f} s, {ratio:.1f} x a bare one's ({bare:.2f} s);")
    print(f"        heavy imports: {said}")


def make_photos(folder: Path) -> Path:
    """Make photo-sized JPEGs (4000 x 3000): smooth colours with grain, each another."""
    photos = folder / "photos"
    photos.mkdir()
    generator = np.random.default_rng(1)
    for number in range(PHOTOS // 20):
        small = generator.integers(0, 256, (30, 40, 3), np.uint8)
        pixels = np.asarray(Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC), np.int16)
        grain = generator.integers(-6, 7, (3000, 4000, 1), np.int16)
        picture = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
        for copy in range(20):
            path = photos / f"IMG_{20 * number + copy:04}.jpg"
            if copy == 0:
                picture.save(path, quality=88)
            else:
                path.hardlink_to(photos / f"IMG_{20 * number:04}.jpg")
    return photos


def measure_folder(app: QApplication, folder: Path, photos: Path) -> None:
    """Alternate window and command, each in a process of its own."""
    window_code = f"""
import sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
from imgenc_gui.__main__ import favour_window
favour_window()
from imgenc_gui.app import create_app
store = QSettings({str(folder / "f.ini")!r}, QSettings.Format.IniFormat)
app = create_app(sys.argv[1:], store, Path({str(folder / "logs")!r}))
app.window.show()
app.window.session.finished.connect(lambda _summary: app.application.exit(0))
app.application.exec()
assert app.window.session.done == {PHOTOS}
import os; os._exit(0)
"""
    commands = {
        "window": [sys.executable, "-c", window_code, str(photos)],
        "imgenc": [sys.executable, "-m", "imgenc_gui.cli", str(photos), "-o", str(folder / "out.json")],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(3):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
            spent[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times[1:]) for name, times in spent.items()}
    window, command_line = medians["window"], medians["imgenc"]
    print(f"folder: {PHOTOS} photos of 12 MP, start to end: window {window:.2f} s, imgenc {command_line:.2f} s")
    print(f"        ratio {window / command_line:.2f}")


def measure_stop(app: QApplication, folder: Path, photos: Path) -> None:
    for words, methods in (("hashes", (PHASH,)), ("CNN", (CNN,))):
        spent = []
        for _ in range(4):
            window = make_window(app, folder, Encoder, methods=methods)
            window.intake.add_paths([str(photos)])
            began = time.perf_counter()
            while window.session.done < 8 and time.perf_counter() - began < 120:
                app.processEvents()
                time.sleep(0.001)
            assert window.session.activity is Activity.ENCODING
            began = time.perf_counter()
            window.header.primary.click()
            wait_idle(app, window)
            spent.append(time.perf_counter() - began)
            end(window)
        print(f"stop:   to idle during {words}: median {statistics.median(spent):.2f} s, longest {max(spent):.2f} s")


def make_known(folder: Path, pictures: int) -> tuple[Path, Path]:
    """Make a folder of small files, each with a time of its own, and a library that has made-up results for them."""
    photos, kept = folder / f"{pictures} photos", folder / f"{pictures} kept"
    library = Library(kept)
    options = Options(HASHES)
    encoder = InstantEncoder()
    for number in range(pictures):
        inside = photos / f"{number // 1000:03}"
        if number % 1000 == 0:
            inside.mkdir(parents=True)
        path = inside / f"IMG_{number:06}.png"
        path.write_bytes(b"no picture, nobody reads it")
        os.utime(path, ns=(0, 1_600_000_000_000_000_000 + number))
        ((_, result),) = encoder.encode([(0, str(path))])
        file = FileIdentity.of(path.stat())
        facts = replace(result.facts, bytes=file.size, mtime_ns=file.mtime_ns, digest=f"{number:032x}")
        library.keep(replace(result, facts=facts), None, options)
    assert library.close(600)
    return photos, kept


def measure_library(app: QApplication, folder: Path, pictures: int) -> None:
    photos, kept = make_known(folder, pictures)
    rounds = []
    longest, over = 0.0, 0
    for _ in range(4):
        window = make_window(app, folder, library=kept, methods=(PHASH,))
        gc.freeze()  # as imgenc-gui does
        turns = Gaps(time.thread_time)
        own, every = time.thread_time(), time.process_time()
        window.intake.add_paths([str(photos)])
        spent = wait_idle(app, window)
        rounds.append((spent, time.process_time() - every, time.thread_time() - own))
        turns.stop()
        assert window.model.count(Category.ENCODED) == pictures
        longest, over = max(longest, turns.longest), over + turns.over
        end(window)
    seconds, every, own = (statistics.median(times) for times in zip(*rounds[1:], strict=True))
    print(f"library: {pictures} known pictures: {seconds:.2f} s from the drop to complete rows")
    print(f"        processor time {every:.2f} s, of it the window's thread {own:.2f} s")
    print(f"        longest turn {1000 * longest:.0f} ms, {over} over 50 ms")


def main() -> None:
    arguments = sys.argv[1:]
    rows_given = bool(arguments) and arguments[0].isdigit()
    rows = int(arguments.pop(0)) if rows_given else 100_000
    wanted = set(arguments) or {"engine", "sort", "start", "folder", "stop", "library"}
    favour_window()  # as imgenc-gui does
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if wanted & {"engine", "sort"}:
            window = measure_engine(app, folder, rows)
            if "sort" in wanted:
                measure_sort(window)
            end(window)
        if "library" in wanted:
            for pictures in (rows,) if rows_given else (10_000, 100_000):
                measure_library(app, folder, pictures)
        if "start" in wanted:
            measure_start(folder)
        if wanted & {"folder", "stop"}:
            photos = make_photos(folder)
            if "folder" in wanted:
                measure_folder(app, folder, photos)
            if "stop" in wanted:
                measure_stop(app, folder, photos)


if __name__ == "__main__":
    main()
