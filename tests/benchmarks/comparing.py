"""How long comparing keeps the window busy: python -m tests.benchmarks.comparing [rows]

For each thing that a person does among 100,000 pictures, most of them in groups: the longest turn of the event loop, in
the own processor time of the window's thread, and how long it takes on the clock until the answer is there. Only the
first is the same on a machine that does other work, too. Without a screen it runs on Qt's offscreen platform.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from functools import partial
from operator import itemgetter
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_NO_GLIB"] = "1"  # Qt's own event dispatcher tells of each turn

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractEventDispatcher, QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from imgenc_gui.__main__ import favour_window
from imgenc_gui.core.collecting import Export
from imgenc_gui.core.comparing.strictness import STEPS, USUAL_STEP, criteria_at
from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.similarity.engine import KERNEL
from imgenc_gui.core.uncollected import uncollected
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import FOLDER, NAME
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.opening import Answer
from imgenc_gui.gui.work.session import Activity
from tests.benchmarks.similarity import session_rows

if TYPE_CHECKING:
    from collections.abc import Callable

HASHES = tuple(method for method in METHODS if method.is_hash)
_SLICE = 1000
_AFTER = 0.3  # seconds in which what was answered is painted


class Turns:
    """Notes the longest turn of the event loop, in the thread's own time."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.over = 0
        self._began = time.thread_time()
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._note)
        dispatcher.aboutToBlock.connect(self._note)

    def reset(self) -> None:
        self.longest, self.over = 0.0, 0
        self._began = time.thread_time()

    def _note(self) -> None:
        now = time.thread_time()
        spent = now - self._began
        self._began = now
        self.longest = max(self.longest, spent)
        self.over += spent > 0.05


def run(done: Callable[[], bool], act: Callable[[], object] = int, after: float = 0.0) -> float:
    """Do something in the event loop, and let it run until all is done: how long that took on the clock."""
    loop = QEventLoop()
    timer = QTimer()
    ended: list[float] = []

    def look() -> None:
        if not ended and done():
            ended.append(time.perf_counter())
        if ended and time.perf_counter() - ended[0] >= after:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(2)
    began = time.perf_counter()
    QTimer.singleShot(0, act)
    loop.exec()
    return ended[0] - began


class Bench:
    """A window with rows, and what is done there."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder = folder
        self.settings = Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat))
        self.settings.compare_methods = HASHES[:1]
        self.window = MainWindow(self.settings)
        self.window.resize(1600, 1000)
        self.window.show()
        gc.freeze()  # as imgenc-gui does
        self.turns = Turns()
        self.comparisons = self.window.comparing.comparisons
        self.similar = self.window.comparing.similar_mode.similar
        self.export = folder / "encodings.json"
        rows_of_session = session_rows(rows)
        named = sorted(
            ((path, rows_of_session.result(row)) for row, path in enumerate(rows_of_session.paths)), key=itemgetter(0)
        )
        report = next(one for one in FORMATS if one.id == "report")
        export(ExportRequest(named, self.export, report, Options(HASHES, apply_exif_orientation=False), "/photos"))

    def measure(self, name: str, act: Callable[[], object], done: Callable[[], bool] = lambda: True) -> None:
        """Measure one thing."""
        self.turns.reset()
        seconds = run(done, act, _AFTER)
        print(f"| {name} | {1e3 * self.turns.longest:.0f} | {self.turns.over} | {1e3 * seconds:.0f} |", flush=True)

    def is_answered(self) -> bool:
        answer = self.comparisons.answer
        asked = criteria_at(self.settings.compare_step, self.comparisons.methods), self.settings.compare_every
        return (
            not self.comparisons.is_running
            and answer is not None
            and (answer.question.criteria, answer.question.every) == asked
            and self.window.model.banded is answer.banded
        )

    def is_idle(self) -> bool:
        return self.window.session.activity is Activity.IDLE and not self.comparisons.is_running

    def open(self) -> None:
        opening = self.window.exports._opening
        opening.asked.disconnect()
        opening.asked.connect(lambda _question: opening.answer(Answer()))
        self.measure(
            "opening an export",
            lambda: self.window.exports.open([str(self.export)]),
            lambda: self.window.model.count(Category.ENCODED) > 0 and self.is_idle(),
        )

    def slide(self, name: str, *, every: bool = False, count: int = 1) -> None:
        def choose() -> None:
            self.settings.compare_every = every
            self.settings.compare_methods = HASHES[:count]
            self.settings.compare_step = USUAL_STEP

        run(self.is_answered, choose, _AFTER)
        for kind in ("first", "again"):
            self.turns.reset()
            took = [
                run(self.is_answered, partial(setattr, self.settings, "compare_step", step), 0.1)
                for step in range(STEPS + 1)
            ]
            middle = sorted(took)[len(took) // 2]
            print(
                f"| slider, {name}, {kind} | {1e3 * self.turns.longest:.0f} | {self.turns.over} "
                f"| {1e3 * middle:.0f}, at most {1e3 * max(took):.0f} |",
                flush=True,
            )
        run(self.is_answered, lambda: setattr(self.settings, "compare_step", USUAL_STEP), _AFTER)

    def everything(self) -> None:
        window, comparing = self.window, self.window.comparing
        print("| | longest turn, ms | turns over 50 ms | until the answer, ms |\n|---|---|---|---|")
        self.open()
        for kind in ("first", "again"):
            self.measure(f"entering Copies, {kind}", comparing.show_copies, self.is_answered)
            self.measure(f"leaving Copies, {kind}", comparing.leave)
        self.measure("entering Copies", comparing.show_copies, self.is_answered)
        print(f"|   in groups: {window.model.rowCount()} | | | |")
        self.slide("PHash")
        self.slide("any of four", count=4)
        self.slide("all of four", count=4, every=True)
        self.slide("PHash")
        self.measure("marking all but the references", window.actions_.mark_members.trigger)
        self.measure("taking it back", window.actions_.undo.trigger)
        self.measure("choosing a reference", self.choose_reference, self.is_answered)
        search = window.filter_bar.search
        self.measure("searching among copies", lambda: search.setText("img_09"), self.is_searched)
        self.measure("no longer searching", search.clear, self.is_searched)
        header = window.view.horizontalHeader()
        name, folder = (window.model.section(column) for column in (NAME, FOLDER))
        order, is_sorted = header.sortIndicatorOrder(), lambda: not window.model.is_ranking
        self.measure("sorting by name", lambda: header.setSortIndicator(name, order), is_sorted)
        self.measure("sorting by folder", lambda: header.setSortIndicator(folder, order), is_sorted)
        self.measure("sorting by name, again", lambda: header.setSortIndicator(name, order), is_sorted)
        self.measure("in their own order", window.view.sort_by_nothing)
        self.measure("selecting all", window.view.selectAll)
        self.measure("scrolling", lambda: window.view.verticalScrollBar().setValue(40_000))
        self.measure("moving down", lambda: window.view.select_row(window.model.row_at(3000)))
        self.measure("similar to a picture", window.actions_.similar.trigger, lambda: self.similar.bands is not None)
        self.measure("back", comparing.similar_mode.leave)
        self.measure("leaving with a selection", comparing.leave)
        with uncollected():  # as the window opens it
            export = Export(str(self.export), read_export(self.export))
        reference = window.reference
        self.measure("looking in a reference", lambda: reference.set([export]), lambda: not reference.is_looking)
        self.measure("no reference", reference.let_go)
        self.measure("clearing", window.session.clear)

    def choose_reference(self) -> None:
        banded = self.window.model.banded
        member = next(row for row in self.window.model.shown_rows if not banded.is_reference(row))
        self.window.comparing.marks.make_reference(member)

    def is_searched(self) -> bool:
        return not self.window.filter_bar._timer.isActive()

    def close(self) -> None:
        self.window.rows.mark_saved(range(len(self.window.rows)), METHODS)
        self.window.close_at_once()


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    favour_window()
    KERNEL.wait()
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), rows)
        bench.everything()
        bench.close()


if __name__ == "__main__":
    main()
