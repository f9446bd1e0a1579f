"""Measures the window's thread with very many rows: python -m tests.benchmarks.turns [rows ...] [parts ...]

For each thing that a person does, the turns of the event loop: how long the window's thread worked in each, in its own
processor time, so that other processes don't count. Only turns of a millisecond or more are counted, so that idle ones
make nothing look better. For 100,000 and 1,000,000 rows, unless others are given; the results are made up, no file is
read. Parts: scroll sort filter select compare again remove grid; all, unless some are given. What the rows take beyond
their paths is resident memory, with all that the window keeps of them.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from imgenc_gui.__main__ import favour_window
from imgenc_gui.core.listing import Listing, Origin
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.work import lister
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.origins import Difference
from imgenc_gui.gui.work.session import Activity
from tests.benchmarks.window_benchmark import HASHES, make_window, memory
from tests.forgetful import Forgetful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imgenc_gui.gui.window.main_window import MainWindow

_LEAST = 0.001  # seconds: shorter turns aren't counted
_QUIET_SECONDS, _QUIET_TURNS = 0.15, 20
_MOST_SECONDS = 900
_PARTS = ["scroll", "sort", "filter", "select", "compare", "again", "remove", "grid"]
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")


class MadeUp(Forgetful):
    """Results of pictures that don't exist; ``known``: as the library gives them, thousands at a time."""

    def __init__(self, *, known: bool = False) -> None:
        self._known = known

    def recall(self, numbered: Sequence[tuple[object, str]]) -> tuple[list, list]:
        if not self._known:
            return [], list(numbered)
        return [(key, self.result(path)) for key, path in numbered], []

    def encode(
        self, numbered: Iterable[tuple[object, str]], stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[object, ImageResult]]:
        for key, path in numbered:
            if stop():
                return
            yield key, self.result(path)

    @staticmethod
    def result(path: str) -> ImageResult:
        number = int(path[-10:-4])
        file = FileIdentity(5_000_000 + number % 1000, 1_600_000_000_000_000_000 + number)
        if number % 100 == 50:
            return ImageResult(path, failure=ImageFailure(FailureCode.DAMAGED, "header"), failed_file=file)
        # Every tenth is like the one before it.
        value = ((number - (number % 10 == 9)) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        encodings = {method: f"{value ^ (0x5555 << place):016x}" for place, method in enumerate(HASHES)}
        size = 4000 + number % 7, 3000 + number % 11
        facts = Facts(_FORMATS[number % 4], *size, 1, file.size, file.mtime_ns, 1, f"{value:016x}{number:016x}")
        warnings = (ImageWarning(WarningCode.LOW_INFORMATION, "", ("PHash",)),) if number % 50 == 0 else ()
        return ImageResult(path, facts, encodings, warnings)


class Turns:
    """Notes how long the thread works in each turn of its event loop, in its own processor time."""

    def __init__(self) -> None:
        self._spent: list[float] = []
        self._last = time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.thread_time()
        self._spent.append(now - self._last)
        self._last = now

    def taken(self) -> np.ndarray:
        """The turns so far that were worth counting, in milliseconds; the next ones are counted anew."""
        spent, self._spent = np.array(self._spent), []
        return 1000 * spent[spent >= _LEAST]


class Measuring:
    """One window with so many rows, and what a person does with it."""

    def __init__(self, app: QApplication, folder: Path, rows: int) -> None:
        self._app = app
        self._rows = rows
        self._encoder = MadeUp()
        self.window: MainWindow = make_window(app, folder, lambda _options: self._encoder, methods=HASHES)
        self._turns = Turns()
        self._worst = 0.0

    def measure(self, name: str, act: Callable[[], object], *, times: int = 1) -> None:
        """Do something, and print the turns until it is done."""
        self._settle()
        self._turns.taken()
        spent = []
        for _ in range(times):
            began = time.perf_counter()
            QTimer.singleShot(0, act)
            self._settle()
            spent.append(time.perf_counter() - began)
        turns = self._turns.taken()
        if not turns.size:
            turns = np.zeros(1)
        p50, p999 = np.percentile(turns, [50, 99.9])
        worst = turns.max()
        mark = "  <-- over 100 ms" if worst > 100 else "  <-- over 50 ms" if p999 > 50 else ""
        lasted = sum(spent) / times
        print(f"{name:44} {turns.size:6} {p50:7.1f} {p999:7.1f} {worst:7.1f} {lasted:8.2f} s{mark}", flush=True)

    def _settle(self) -> None:
        """Let events have their turns until nothing goes on any more."""
        began = last_busy = time.perf_counter()
        idle = 0  # turns
        while time.perf_counter() - last_busy < _QUIET_SECONDS or idle < _QUIET_TURNS:
            assert time.perf_counter() - began < _MOST_SECONDS
            self._app.processEvents()
            if self._is_busy():
                last_busy, idle = time.perf_counter(), 0
            idle += 1
            time.sleep(0.0002)

    def _is_busy(self) -> bool:
        window = self.window
        return (
            window.session.activity is not Activity.IDLE
            or window.model.is_ranking
            or window.comparing.comparisons.is_running
            or bool(window.jobs._waiting)
            or window.filter_bar._timer.isActive()
        )

    # What a person does

    def everything(self, wanted: Sequence[str]) -> None:
        print(f"\n{self._rows} rows{'':33} turns     p50   p99.9 largest  lasted (ms; s)")
        self.deliver()
        for name in wanted:
            getattr(self, name)()
        self.measure("clear", self.window.session.clear)
        self._encoder = MadeUp(known=True)
        self.measure("known to the library: adding, delivering", self._add)
        self.measure("clear", self.window.session.clear)

    def _paths(self) -> tuple[str, ...]:
        return tuple(f"/photos/{n // 1000:03}/IMG_{n:06}.jpg" for n in range(self._rows))

    def _add(self) -> None:
        listing = Listing("/photos", self._listed, ())
        self.window.session._lister.take_up(Order(Stage.LISTING), lambda: (("/photos",), listing))

    def deliver(self) -> None:
        for _ in range(2):  # so that what is loaded by then isn't taken for the rows'
            self._listed = tuple(f"/warm/IMG_{n:06}.jpg" for n in range(30_000))
            self.measure("30,000 rows, to get warm", self._add)
            self.window.session.clear()
        self._listed = self._paths()
        gc.collect()
        gc.freeze()  # as imgenc-gui does
        before = memory()
        self.measure("adding, delivering results", self._add)
        assert self.window.model.count(Category.ALL) == self._rows
        gc.collect()
        with_spare = memory()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # what is free already isn't the rows'
        taken, spare = ((value - before) * 2**20 / self._rows for value in (memory(), with_spare))
        print(f"memory: {taken:.0f} bytes a row beyond its path (resident; {spare:.0f} with what is free)", flush=True)

    def _wheel(self, notches: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        viewport = self.window.views.shown.viewport()
        place, turned = QPointF(viewport.rect().center()), QPoint(0, 120 * notches)
        button, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(place, viewport.mapToGlobal(place), turned, turned, button, modifier, phase, False)
        QApplication.sendEvent(viewport, event)

    def scroll(self) -> None:
        view = self.window.views.shown
        bar = view.verticalScrollBar()
        view.clearSelection()
        self.measure("scrolling by the wheel", lambda: self._wheel(-1), times=20)
        places = iter(np.linspace(0, bar.maximum(), 20).astype(int).tolist())
        self.measure("dragging the scroll bar", lambda: bar.setValue(next(places)), times=20)
        sizes = iter([(900, 700), (1280, 800), (1400, 900), (1280, 800)])
        self.measure("resizing", lambda: self.window.resize(*next(sizes)), times=4)
        self.measure("selecting a row", lambda: view.select_row(self._rows // 2))
        self.measure("leaving and coming back", self._activate, times=2)

    def _activate(self) -> None:
        for kind in (QEvent.Type.WindowDeactivate, QEvent.Type.WindowActivate):
            QApplication.sendEvent(self.window, QEvent(kind))

    def sort(self) -> None:
        view, model = self.window.view, self.window.model
        header = view.horizontalHeader()
        for column in model.columns:
            if view.isColumnHidden(model.section(column)):
                continue
            for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
                section = model.section(column)
                self.measure(
                    f"sorting by {column.id}, {order.name[:-5].lower()}",
                    lambda section=section, order=order: header.setSortIndicator(section, order),
                )
        self.measure("sorting by nothing", view.sort_by_nothing)

    def filter(self) -> None:
        bar = self.window.filter_bar
        for text in ("9", "99", "img_0999", "cafe", "no such name", ""):
            self.measure(f"searching {text!r}", lambda text=text: bar.search.setText(text))
        for category in (Category.ENCODED, Category.FAILED, Category.WARNINGS, Category.COPIES, Category.ALL):
            self.measure(f"showing {category}", lambda category=category: bar.set_category(category))

    def select(self) -> None:
        window = self.window
        view, model = window.view, window.model
        header = view.horizontalHeader()
        self.measure("selecting all", view.selectAll)
        self.measure(
            "sorting while all are selected",
            lambda: header.setSortIndicator(model.section(model.columns[4]), Qt.SortOrder.AscendingOrder),
        )
        self.measure("selecting all but one", lambda: self._toggle(self._rows // 3))
        self.measure(
            "sorting while all but one are selected",
            lambda: header.setSortIndicator(model.section(model.columns[5]), Qt.SortOrder.AscendingOrder),
        )
        self.measure("sorting by nothing, all but one selected", view.sort_by_nothing)
        self.measure("searching, all but one selected", lambda: window.filter_bar.search.setText("99"))
        self.measure("clearing the search, some selected", lambda: window.filter_bar.search.setText(""))
        self.measure("selecting all", view.selectAll)
        self.measure("opening the export dialog", window.export)
        self.measure("closing it", self._close_dialog)
        self.measure("selecting all", view.selectAll)
        self.measure("selecting nothing", view.clearSelection)

    def _close_dialog(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if widget.objectName() == "" and widget is not self.window and widget.isVisible():
                widget.close()

    def _toggle(self, position: int) -> None:
        view, model = self.window.view, self.window.model
        flags = view.selectionModel().SelectionFlag
        view.selectionModel().select(model.index(position, 0), flags.Toggle | flags.Rows)

    def compare(self) -> None:
        window = self.window
        view = window.view
        bar = window.filter_bar
        self.measure("selecting a row", lambda: view.select_row(self._rows // 2))
        self.measure("similar to this", window.comparing.show_similar)
        self.measure("back from it", window.comparing.similar_mode.leave)
        self.measure("copies", lambda: bar.set_category(Category.COPIES))
        self.measure("marking all but references", window.comparing.marks.mark_members)
        self.measure("unmarking", window.comparing.marks.unmark_all)
        self.measure("copies left", lambda: bar.set_category(Category.ALL))

    def again(self) -> None:
        window = self.window
        view = window.view
        origin = Origin("/photos", True, True)
        looked = lister.find_difference
        listing = Listing("/photos", self._listed, ())
        changed = FileIdentity(1, 2)
        try:
            lister.find_difference = lambda *_: Difference(listing)
            self.measure("update, nothing changed", lambda: window.session.update([origin]))
            some = dict.fromkeys(self._listed[1::100], changed)
            lister.find_difference = lambda *_: Difference(listing, some, self._listed[::100])
            self.measure("update, 1 in 100 changed, 1 in 100 gone", lambda: window.session.update([origin]))
        finally:
            lister.find_difference = looked
        self.measure("encode (F5)", window._encode)
        self.measure("encode again, a row", lambda: window._encode_again([7]))
        self.measure("selecting all", view.selectAll)
        self.measure("encode again, all", lambda: window._encode_again(view.selected()))
        self.measure("the same folder again", self._add)

    def remove(self) -> None:
        window = self.window
        removing, stack = window.removing, window.comparing.marks.stack
        self.measure("selecting all", window.view.selectAll)
        self.measure("removing all", removing.remove_selected)
        self.measure("putting all back", stack.undo)
        self.measure("removing all again", stack.redo)
        self.measure("putting all back again", stack.undo)
        self.measure("selecting half", lambda: window.view.select_rows(np.arange(self._rows // 2)))
        self.measure("removing half", removing.remove_selected)
        self.measure("putting half back", stack.undo)
        self.measure("clearing the table", removing.clear)
        self.measure("putting it back", stack.undo)

    def grid(self) -> None:
        window = self.window
        switch, model = window.actions_.grid, window.model
        header, bar = window.view.horizontalHeader(), window.filter_bar
        self.measure("the grid of pictures", switch.trigger)
        self.scroll()
        self.measure("to its end", lambda: self._press(Qt.Key.Key_End))
        self.measure("a page up", lambda: self._press(Qt.Key.Key_PageUp), times=4)
        self.measure("smaller pictures", lambda: self._wheel(-1, Qt.KeyboardModifier.ControlModifier), times=2)
        self.measure("larger pictures", lambda: self._wheel(1, Qt.KeyboardModifier.ControlModifier), times=4)
        self.measure("the table", switch.trigger)
        self.measure("the grid of pictures", switch.trigger)
        self.measure("selecting all", window.view.selectAll)
        self.measure(
            "sorting while all are selected",
            lambda: header.setSortIndicator(model.section(model.columns[4]), Qt.SortOrder.AscendingOrder),
        )
        self.measure("selecting all but one", lambda: self._toggle(self._rows // 3))
        self.measure("sorting by nothing, all but one selected", window.view.sort_by_nothing)
        self.measure("selecting nothing", window.view.clearSelection)
        self.measure("searching", lambda: bar.search.setText("99"))
        self.measure("clearing the search", lambda: bar.search.setText(""))
        self.measure("copies", lambda: bar.set_category(Category.COPIES))
        self.measure("scrolling by the wheel", lambda: self._wheel(-1), times=20)
        self.measure("resizing", lambda: window.resize(900, 700))
        self.measure("resizing", lambda: window.resize(1280, 800))
        self.measure("marking all but references", window.comparing.marks.mark_members)
        self.measure("copies left", lambda: bar.set_category(Category.ALL))
        self.measure("selecting all", window.view.selectAll)
        self.measure("encode again, all", lambda: window._encode_again(window.view.selected()))
        self.measure("clear", window.session.clear)
        self.measure("adding, delivering results", self._add)
        self.measure("the table", switch.trigger)

    def _press(self, key: Qt.Key) -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(self.window.views.shown, event)


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:] if argument.isdigit()] or [100_000, 1_000_000]
    wanted = [argument for argument in sys.argv[1:] if not argument.isdigit()] or _PARTS
    favour_window()  # as imgenc-gui does
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as name:
        for rows in counts:
            Measuring(app, Path(name), rows).everything(wanted)


if __name__ == "__main__":
    main()
