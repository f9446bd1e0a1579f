"""Shows every page of the window and every dialog on a screen of a size, in a language that is longer, one by one.

``python -m tests.gui.every_page windows|dialogs SCALE WIDTHxHEIGHT[,...] [FOLDER [THEME [NAME]]]`` prints what is cut
off, as JSON: {page: [words]}. FOLDER gets a picture of each. Qt reads the size of its screen, the first, only as it
starts: hence a process of its own. Pages of the main window are made as large as the other sizes, too, one by one.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QLocale, QSize, QTranslator
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.listing import Origin
from imgenc_gui.core.networks.added import Added, Unusable
from imgenc_gui.core.networks.own_recipe import Layout, OwnRecipe
from imgenc_gui.core.records.compared import Framing, Part, Pixels
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.export.job import ExportOutcome
from imgenc_gui.gui.export.summary import Tally, summary
from imgenc_gui.gui.help.licences import LicencesDialog
from imgenc_gui.gui.look.theme import apply_theme
from imgenc_gui.gui.methods.recipe_dialog import RecipeDialog
from imgenc_gui.gui.settings.store import Recent
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.action_states import permit
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.open_dialog import OpenDialog
from imgenc_gui.gui.window.status_bar import Counts
from imgenc_gui.gui.work.adder import Compared
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.outcome import Outcome
from tests.gui.conftest import FakeEncoder, make_failure, make_result, make_warned
from tests.gui.cut_off import cut_off
from tests.gui.longer import Longer
from tests.gui.panels import make_error_dialog, make_export_dialog, make_question, make_settings

MANY = {
    Category.ALL: 1_234_567,
    Category.ENCODED: 1_222_222,
    Category.FAILED: 12_000,
    Category.NOT_PICTURES: 345,
    Category.WARNINGS: 99_000,
    Category.KNOWN: 111_111,
    Category.NEW: 222_222,
}
NUMBERS = {"rows": 1_234_567, "encoded": 1_222_222, "failed": 12_000, "not_pictures": 345}
TITLE = 20  # pixels that a window manager takes for a dialog's title, at least
PATIENCE = 5  # seconds: on a busy machine a layout takes its time
LONG_NAME = "Network of a long name"
LONG = "/photos/" + "a folder with a long name/" * 6


class Pages:
    """Makes each page, which it shows, and keeps what must outlive it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: list[QWidget] = []

    def window(self, rows: int = 0) -> MainWindow:
        settings = make_settings(self.folder)
        settings.store.clear()
        settings.methods = tuple(METHODS)
        window = MainWindow(settings, FakeEncoder)
        paths = [f"{LONG}{number} of this summer's photos.jpg" for number in range(rows)]
        window.session.live.append(paths)
        made = (make_failure, make_warned, lambda path: make_result(path, METHODS))
        window.session.live.apply([(row, made[row % 3](path)) for row, path in enumerate(paths)])
        window.rows.mark_saved(range(rows), METHODS)
        window.progress.refresh()
        window.show()
        return window

    def copies(self, rows: int = 30, groups: int = 10) -> MainWindow:
        """Pictures of which some are alike, as the table shows them."""
        window = self.window()
        window.session.live.append([f"{LONG}{number} of this summer's photos.jpg" for number in range(rows)])
        results = []
        for row, path in enumerate(window.rows.paths):
            result = make_result(path, METHODS, seed=row)
            like = make_result("", METHODS, seed=row % groups if row < 3 * groups else row).encodings
            results.append((row, replace(result, encodings=like)))
        window.session.live.apply(results)
        window.rows.mark_saved(range(rows), METHODS)
        window.session.live.settle()
        window.progress.refresh()
        window.comparing.show_copies()
        self.until(lambda: window.comparing.comparisons.answer is not None)
        return window

    def show_inspector(self, window: MainWindow) -> None:
        if not window.inspector.isVisible():
            window.actions_.inspector.trigger()

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not holds() and time.monotonic() < deadline:
            QTest.qWait(5)
        QTest.qWait(20)  # for the layout

    def opened(self, window: MainWindow, open_it: Callable[[], object]) -> QWidget:
        """The dialog that a window opens."""
        self.kept.append(window)
        open_it()
        return next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())

    def all(self) -> dict[str, Callable[[], QWidget]]:
        """What makes each."""
        own = (name for name in vars(type(self)) if not name.startswith("_") and name not in vars(Pages))
        return {name: getattr(self, name) for name in own}


class Windows(Pages):
    """The pages of the main window."""

    def empty(self) -> QWidget:
        return self.window()

    def empty_with_recent_folders(self) -> QWidget:
        window = self.window()
        window.drop_area.set_recent([Recent(LONG), *(Recent(f"/photos/{n}", is_export=n > 1) for n in range(4))])
        return window

    def empty_to_go_on(self) -> QWidget:
        window = self.empty_with_recent_folders()
        window.drop_area.set_left([Origin(f"{LONG}{number}/", is_folder=True, recursive=True) for number in range(9)])
        return window

    def since_last_time(self) -> QWidget:
        window = self.window(30)
        window.session.compared.emit(Compared(12_000, 1_234_567, (LONG,) * 99, (LONG, LONG), is_update=False))
        return window

    def dragging(self) -> QWidget:
        window = self.window()
        window.drop_area.set_drag_active(True)
        return window

    def listing(self) -> QWidget:
        window = self.window(3)
        window.header.show_running(running=True)
        window.status.show_listing(199_750)
        return window

    def busy(self, *, stopping: bool = False) -> QWidget:
        window = self.window(30)
        window.header.show_running(running=True)
        window.filter_bar.set_counts(MANY)
        window.status.show_progress(
            Counts(**NUMBERS, done=1_000_000, total=1_234_567, rate=1234.0, left=7260.0), stopping=stopping
        )
        return window

    def stopping(self) -> QWidget:
        return self.busy(stopping=True)

    def full(self) -> QWidget:
        window = self.window(30)
        window.filter_bar.set_counts(MANY)
        window.status.show_idle(Counts(**NUMBERS))
        return window

    def ended(self, *, missing: int = 1_222_222, waiting: int = 0, stopped: bool = False) -> QWidget:
        """What came of the work is told, and what there is to do yet."""
        window = self.full()
        outcome = Outcome()
        outcome.results, outcome.recalled, outcome.unread, outcome.others = 1_234_567, 234_567, 12_000, 345
        outcome.seconds, outcome.is_stopped, outcome.is_cut_off = 4080.0, stopped, stopped
        window.status.show_outcome(Counts(**NUMBERS), outcome, waiting, waiting)
        permit(window.actions_, replace(window._now(), missing=missing, waiting=waiting, stopped=stopped))
        return window

    def stopped(self) -> QWidget:
        return self.ended(missing=234_567, waiting=234_567, stopped=True)

    def failing(self) -> QWidget:
        window = self.full()
        text = window.tr("Something went wrong while encoding. What is done is kept.")
        window.message_bar.tell(f"{text} {text}", [LONG], warning=True)
        return window

    def groups_written(self) -> QWidget:
        window = self.full()
        window.comparing.written.emit(
            Path(f"{LONG}copies.xlsx"), "Wrote 1,234 groups to the copies of this summer.xlsx."
        )
        return window

    def opening(self) -> QWidget:
        window = self.window(3)
        window.header.show_running(running=True)
        window.status.show_opening()
        return window

    def with_a_reference(self) -> QWidget:
        window = self.window(9)
        export = make_question(self.folder, candidates=False).export
        window.reference.set([export])
        wait(300)
        window.filter_bar.set_counts(MANY)
        return window

    def with_files_gone(self) -> QWidget:
        window = self.window(9)
        window.session.live.note_gone(range(9))
        window.view.select_row(1)
        QApplication.processEvents()
        self.show_inspector(window)
        wait(100)
        return window

    def one_selected(self, row: int = 2) -> QWidget:
        window = self.window(30)
        window.view.select_row(row)
        QApplication.processEvents()
        self.show_inspector(window)
        wait(100)
        window.inspector.set_preview(QImage(900, 600, QImage.Format.Format_RGB888))
        return window

    def one_failure_selected(self) -> QWidget:
        return self.one_selected(0)

    def one_warning_selected(self) -> QWidget:
        return self.one_selected(1)

    def two_selected(self, rows: tuple[int, int] = (1, 2), *, previews: bool = True) -> QWidget:
        window = self.window(30)
        window.view.select_rows(rows)
        QApplication.processEvents()
        self.show_inspector(window)
        wait(100)
        pair = window.inspector.pair
        for number, size in ((1, (900, 600)), (2, (90, 120))):
            pair.set_preview(number, QImage(*size, QImage.Format.Format_RGB888) if previews else None)
        if previews:
            part = Part(0.1, 0.1, 0.5, 0.5)
            pair.set_pixels(Pixels(same_bytes=False, equal=False, framing=Framing.OVERLAP, turn=7, first_part=part))
        return window

    def two_without_previews(self) -> QWidget:
        return self.two_selected((2, 5), previews=False)

    def two_of_which_one_failed(self) -> QWidget:
        return self.two_selected((0, 2), previews=False)

    def many_selected(self) -> QWidget:
        window = self.window(30)
        window.view.selectAll()
        self.show_inspector(window)
        return window

    def grid(self, window: QWidget | None = None) -> QWidget:
        window = window or self.full()
        window.actions_.grid.trigger()
        window.views.shown.selectAll()
        return window

    def grid_busy(self) -> QWidget:
        return self.grid(self.busy())

    def grid_of_copies(self) -> QWidget:
        return self.grid(self.copies_marked())

    def grid_of_what_is_similar(self) -> QWidget:
        return self.grid(self.similar())

    def no_match(self) -> QWidget:
        window = self.window(30)
        window.filter_bar.search.setText("no such picture")
        window.filter_bar.changed.emit(Category.ALL, "no such picture")
        return window

    def copies_found(self) -> QWidget:
        return self.copies()

    def copies_marked(self) -> QWidget:
        window = self.copies()
        window.comparing.marks.toggle(window.model.shown_rows)
        return window

    def copies_empty(self) -> QWidget:
        return self.copies(groups=1000)

    def copies_comparing(self) -> QWidget:
        window = self.copies()
        window.comparing.comparisons.progress = 0.45
        window.comparing.copies_bar.refresh()
        return window

    def copies_stopped(self) -> QWidget:
        window = self.copies()
        window.comparing.comparisons.answer = None
        window.comparing.comparisons.is_stopped = True
        window.comparing.comparisons.changed.emit()
        QTest.qWait(20)
        return window

    def similar(self, step: int = 10) -> MainWindow:
        window = self.copies()
        window.view.select_row(0)
        window.comparing.comparisons._settings.compare_step = step
        window.actions_.similar.trigger()
        self.until(lambda: window.comparing.similar_mode.similar.bands is not None)
        return window

    def similar_empty(self) -> QWidget:
        window = self.copies(groups=1000)
        window.view.select_row(0)
        window.comparing.show_category(Category.ALL)
        window.view.select_row(0)
        window.actions_.similar.trigger()
        self.until(lambda: window.comparing.similar_mode.similar.bands is not None)
        return window

    def similar_comparing(self) -> QWidget:
        window = self.similar()
        window.comparing.similar_mode.bar.show_share(0.45)
        return window

    def dragging_over_a_full_table(self) -> QWidget:
        window = self.window(30)
        window.drop_choice.begin()
        window.drop_choice.offer_similar()
        return window


class Dialogs(Pages):
    """The dialogs, and what opens beside the main window."""

    @cached_property
    def _window(self) -> MainWindow:
        """One for all that need no other."""
        return self.window(3)

    def open_asking_all(self) -> QWidget:
        dialog = OpenDialog(make_question(self.folder), Jobs(1, print), turned=False)
        dialog.show()
        return dialog

    def open_asking_what_for(self) -> QWidget:
        question = make_question(self.folder, candidates=False, is_placed=True)
        dialog = OpenDialog(question, Jobs(1, print), turned=False)
        dialog.show()
        return dialog

    def threshold(self) -> QWidget:
        window = self.copies()
        dialog = self.opened(window, window.actions_.threshold.trigger)
        self.until(dialog.histogram.isVisible)
        return dialog

    def threshold_comparing(self) -> QWidget:
        dialog = self.threshold()
        dialog._working.begin()
        dialog._pages.setCurrentIndex(0)
        return dialog

    def message_details(self) -> QWidget:
        window = self._window
        window.message_bar.tell("Some could not be opened. " * 4, [f"{LONG}{number}: gone" for number in range(99)])
        return self.opened(window, window.message_bar._show_details)

    def settings(self) -> QWidget:
        window = self._window
        dialog = self.opened(window, window.library.open_settings)
        dialog.library.show_contents(Path(LONG) / "library.sqlite", 312 << 20, 2 << 30, 1_234_567)
        return dialog

    def keys(self) -> QWidget:
        window = self._window
        return self.opened(window, lambda: dialogs.open_keys(window))

    def explanation(self) -> QWidget:
        window = self._window
        return self.opened(window, lambda: dialogs.open_methods(window, window.jobs))

    def about(self) -> QWidget:
        window = self._window
        return self.opened(window, lambda: dialogs.open_about(window, window.jobs))

    def licences(self) -> QWidget:
        window = self._window
        dialog = LicencesDialog(window.jobs, window)
        dialog.show()
        self.kept.append(dialog)
        self.until(lambda: dialog._text.toPlainText() != "")
        dialog._list.setCurrentRow(next(row for row, part in enumerate(dialog._parts) if "AND" in part.licence))
        self.until(lambda: dialog._text.toPlainText() != "")
        return dialog

    def error(self) -> QWidget:
        dialog = make_error_dialog(self.folder)
        dialog.add_error("MainThread", "Traceback\n" * 50)
        dialog.show()
        return dialog

    def methods_panel(self) -> QWidget:
        window = self._window
        self.kept.append(window)
        window.show()
        window.header.methods.show_panel()
        window.header.methods.panel.findChild(QWidget, "method_phash").setChecked(False)
        window.header.methods.panel._hint.show()
        return window.header.methods.panel.window()

    def networks(self) -> QWidget:
        window = self._window
        dialog = self.opened(window, window.networks.open)
        wait(100)  # what there is in truth is looked for
        recipe = OwnRecipe(LONG_NAME, 224, 224, Layout.NCHW, 255)
        added = [Added(f"a{number}", f"{LONG_NAME}.onnx", "0" * 64, 1234, recipe) for number in range(3)]
        dialog.show_networks(added, [Unusable("another-network-of-long-ago", "its description is damaged")])
        dialog.tell(window.networks._added_words(added[0]), warning=True)
        return dialog

    def recipe(self) -> QWidget:
        dialog = RecipeDialog({"name": "", "mean": [0.1, 0.2, 0.3]}, ["a"])
        dialog.show()
        dialog.accept()  # and is told what is wrong
        return dialog

    def export_failing(self) -> QWidget:
        return self._export(problem=True)

    def export_running(self) -> QWidget:
        dialog = self._export()
        dialog.progress.begin(1_234_567)
        dialog._show_page(dialog.progress)
        return dialog

    def export_cancelling(self) -> QWidget:
        dialog = self.export_running()
        dialog.progress.show_cancelling()
        return dialog

    def export_done(self) -> QWidget:
        dialog = self._export()
        methods = tuple(METHODS)
        of_methods = Counter({method: 1_222_222 - number for number, method in enumerate(methods)})
        counts = Tally(methods, 1_235_567, 1_222_222, 345, 12_000, of_methods)
        outcome = ExportOutcome(tuple(Path(f"{LONG}{number}.npz") for number in range(5)), counts)
        words = summary(outcome.tally, listed=False, apart=True, replaced=12_345, waiting=234_567)
        dialog.done_page.show_outcome(outcome, words)
        dialog._show_page(dialog.done_page)
        wait(100)  # what scrolls is laid out twice
        return dialog

    def export_done_but_not_shown(self) -> QWidget:
        dialog = self._export()
        outcome = ExportOutcome((Path(f"{LONG}.xlsx"),), Tally(tuple(METHODS), 31, 28, 1, 2))
        words = summary(outcome.tally, listed=True, apart=False, replaced=0, waiting=0)
        dialog.done_page.show_outcome(outcome, words)
        dialog._show_page(dialog.done_page)
        wait(100)  # what scrolls is laid out twice
        text = "The folder can't be shown: it is gone, or there is no file manager. The path is above."
        dialog.done_page._tell(text)
        return dialog

    def _export(self, place: int = 0, *, problem: bool = False) -> QDialog:
        dialog = make_export_dialog(self.folder)
        dialog.choices._groups.setText(dialog.tr("&Groups of copies ({0})").format("123,456"))
        dialog.choices.set_format(FORMATS[place])
        dialog.choices.show_problem(
            dialog.tr("{reason} Nothing was written; choose another place or try again.").format(reason="It is full.")
            if problem
            else ""
        )
        dialog.choices.changed.emit()
        dialog.show()
        return dialog

    def all(self) -> dict[str, Callable[[], QWidget]]:
        exports = {
            f"export_{one.id}": (lambda place=place: self._export(place))
            for place, one in enumerate(FORMATS)
            if one.offered
        }
        return super().all() | exports


def wait(milliseconds: int) -> None:
    """Let layouts and timers take their turns."""
    QTest.qWait(milliseconds)


def faults(page: QWidget, room: QSize) -> list[str]:
    """What is cut off now."""
    found = cut_off(page)
    if page.width() > room.width() or page.height() > room.height() - (TITLE if isinstance(page, QDialog) else 0):
        found.append(f"larger than the screen: {page.size().toTuple()}")
    return found


def main(kind: str, scale: float, sizes: list[QSize], pictures: str = "", theme: str = "light", only: str = "") -> None:
    width, height = sizes[0].toTuple()
    screen = {"name": "one", "x": 0, "y": 0, "width": width, "height": height, "logicalDpi": 96, "dpr": scale}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "screen.json"
        config.write_text(json.dumps({"screens": [screen | {"logicalBaseDpi": 96}]}))
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={config}"
        application = QApplication([sys.argv[0]])
        assert application.primaryScreen().availableGeometry().size() == sizes[0]
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
        apply_theme(application, theme)
        longer: QTranslator = Longer(application)
        application.installTranslator(longer)
        found: dict[str, list[str]] = {}
        pages = {"windows": Windows, "dialogs": Dialogs}[kind](Path(folder))
        kept: list[object] = []
        for name, make in pages.all().items():
            if only and only not in name:
                continue
            page = make()
            for size in sizes:
                if isinstance(page, MainWindow):
                    page.resize(size)
                wait(60)
                deadline = time.monotonic() + PATIENCE
                while (cut := faults(page, size)) and time.monotonic() < deadline:
                    wait(100)
                label = f"{name}-{size.width()}x{size.height()}@{scale:g}-{theme}"
                found[label] = cut
                if pictures:
                    Path(pictures).mkdir(parents=True, exist_ok=True)
                    page.grab().save(f"{pictures}/{label}.png")
            for window in (page, *pages.kept):
                window.hide()
            kept.append(page)  # Qt's threads may still be telling them something
        print(json.dumps(found), flush=True)
    os._exit(0)  # nobody waits for the windows' threads


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0], float(given[1]), [QSize(*map(int, size.split("x"))) for size in given[2].split(",")], *given[3:])
