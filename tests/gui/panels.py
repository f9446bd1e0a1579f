"""One of each dialog and panel, with something in it, for tests of what all of them must do."""

import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from imgenc_gui.core.collecting import Export
from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.files.read_back import LeftOut, ReadBack, Why
from imgenc_gui.core.listing import Origin
from imgenc_gui.core.networks.added import Added
from imgenc_gui.core.networks.own_recipe import Layout, OwnRecipe
from imgenc_gui.core.records.compared import Framing, Pixels
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, ImageResult, ImageWarning, WarningCode
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.compare.query import query_of_row
from imgenc_gui.gui.compare.similar_bar import SimilarBar
from imgenc_gui.gui.compare.threshold_dialog import ThresholdDialog
from imgenc_gui.gui.errors.report import ErrorDialog
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.export.snapshot import Scope, Snapshot
from imgenc_gui.gui.help.about import AboutDialog
from imgenc_gui.gui.help.keys import KeyboardDialog, preview_keys
from imgenc_gui.gui.help.licences import LicencesDialog
from imgenc_gui.gui.help.methods import MethodsDialog
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.methods.networks_dialog import NetworksDialog
from imgenc_gui.gui.methods.recipe_dialog import RecipeDialog
from imgenc_gui.gui.methods.selector import MethodSelector
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Recent, Settings
from imgenc_gui.gui.window.drop_area import DropArea
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.open_dialog import OpenDialog
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.opening import Question
from tests.gui.apart import apart
from tests.gui.conftest import FakeEncoder, make_result


def make_settings(folder: Path) -> Settings:
    return Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat))


def make_inspector(_folder: Path) -> Inspector:
    inspector = Inspector()
    facts = Facts("JPEG", 9, 9, 2, 9, 10**9, 6)
    warnings = (ImageWarning(WarningCode.ROTATED),)
    encodings = {
        method: "9fee256239984d71" if method.is_hash else np.ones(method.length, np.float32) for method in METHODS
    }
    inspector.show_result("a.jpg", ImageResult("/a.jpg", facts, encodings, warnings))
    inspector.set_preview(QImage(9, 9, QImage.Format.Format_RGB888))
    return inspector


def make_comparison(_folder: Path) -> Inspector:
    inspector = Inspector()
    facts = (Facts("JPEG", 9, 9, 2, 9, 10**9, 6), Facts("PNG", 90, 90, 1, 900, 10**9, 1))
    hashes = ("9fee256239984d71", "9fee256239984d72")
    pair = []
    for name, fact, value in zip("ab", facts, hashes, strict=True):
        encodings = {
            method: value if method.is_hash else np.arange(method.length, dtype=np.float32) for method in METHODS
        }
        pair.append(Shown(name, f"/{name}", ImageResult(f"/{name}", fact, encodings)))
    inspector.show_pair(*pair)
    inspector.pair.set_pixels(Pixels(same_bytes=False, equal=False, framing=Framing.SAME))
    inspector.pair.set_preview(1, QImage(9, 9, QImage.Format.Format_RGB888))
    inspector.pair.set_preview(2, None)
    return inspector


def make_drop_area(_folder: Path) -> DropArea:
    area = DropArea()
    area.set_methods([METHODS["phash"], METHODS["cnn"]])
    area.set_recent([Recent("/photos/one"), Recent("/photos/two.json", is_export=True)])
    area.set_left([Origin("/photos/one", is_folder=True, recursive=True)])
    return area


def make_snapshot() -> Snapshot:
    rows = Rows(METHODS)
    rows.append(f"/photos/{number}.jpg" for number in range(3))
    for row, path in enumerate(rows.paths):
        rows.apply(row, make_result(path, METHODS))
    scopes = {scope: range(3) for scope in Scope}
    return Snapshot(rows, scopes, rows.moment(), Options(tuple(METHODS)), "/photos")


def make_export_dialog(folder: Path) -> ExportDialog:
    dialog = ExportDialog(make_settings(folder), make_snapshot(), Jobs(1, print))
    dialog.choices.show_problem("The disk is full. Nothing was written; choose another place or try again.")
    return dialog


def make_error_dialog(folder: Path) -> ErrorDialog:
    dialog = ErrorDialog(folder)
    dialog.add_error("MainThread", "Traceback")
    return dialog


def make_window(folder: Path) -> MainWindow:
    window = MainWindow(make_settings(folder), FakeEncoder)
    paths = [f"/photos/{number}.jpg" for number in range(3)]
    window.session.live.append(paths)
    window.session.live.apply([(row, make_result(path, METHODS)) for row, path in enumerate(paths)])
    window.rows.mark_saved(range(3), METHODS)
    text = "The picture can't be opened: it is gone, or no program opens files of its kind."
    window.message_bar.tell(text, ["why"], action=window.actions_.update)
    window.view.select_row(1)
    window.progress.refresh()
    return window


def make_question(folder: Path, *, candidates: bool = True, is_placed: bool = False) -> Question:
    """What is to be asked about an export that says as little as one can."""
    methods = tuple(METHODS)
    named = [(f"{number}.jpg", make_result(f"/photos/{number}.jpg", METHODS)) for number in range(3)]
    read = ReadBack(named, methods, (LeftOut("thumbprint", Why.UNKNOWN),))
    names = ("1.jpg", "2.jpg", "3.jpg")
    asked = methods[:4] if candidates else ()
    export = Export(str(folder / "an export of this summer's photos.json"), read)
    return Question(export, 1_600_000_000, asked, is_placed, str(folder), names, 2)


def make_open_dialog(folder: Path) -> OpenDialog:
    return OpenDialog(make_question(folder), Jobs(1, print), turned=False)


def make_alike() -> Rows:
    rows = Rows(METHODS)
    rows.append([f"/photos/{bits}.jpg" for bits in (0, 2, 8, 20)])
    for row, path in enumerate(rows.paths):
        rows.apply(row, apart(path, (0, 2, 8, 20)[row]))
    return rows


def make_threshold_dialog(_folder: Path) -> ThresholdDialog:
    jobs = Jobs(1, print)
    methods = (METHODS["phash"], METHODS["cnn"])
    rows = make_alike()
    comparable = Comparable.freeze(rows, turned=False)
    dialog = ThresholdDialog(comparable, methods, rows=rows, step=10, thumbnails=Thumbnails(jobs), jobs=jobs)
    loop = QEventLoop()
    dialog._pages.currentChanged.connect(loop.quit)
    loop.exec()
    return dialog


def make_similar_bar(_folder: Path) -> SimilarBar:
    bar = SimilarBar(Thumbnails(Jobs(1, print)))
    bar.set_methods([METHODS["phash"]])
    bar.show_query(query_of_row(make_alike(), 0))
    bar.show_count(7)
    return bar


def make_copies(folder: Path) -> MainWindow:
    """A window whose table shows groups, of which one is marked whole."""
    window = MainWindow(make_settings(folder), FakeEncoder)
    paths = [f"/photos/{bits}.jpg" for bits in (0, 2, 8)]
    window.session.live.append(paths)
    window.session.live.apply([(row, apart(path, int(Path(path).stem))) for row, path in enumerate(paths)])
    window.rows.mark_saved(range(3), METHODS)
    window.session.live.settle()
    window.progress.refresh()
    deadline = time.monotonic() + 20
    while window.comparing.comparisons.answer is None and time.monotonic() < deadline:
        QApplication.processEvents()
    window.resize(1280, 900)
    window.comparing.show_copies()
    window.comparing.marks.toggle(range(3))
    window.view.select_row(1)
    return window


def make_methods_dialog(_folder: Path) -> MethodsDialog:
    jobs = Jobs(1, print)
    dialog = MethodsDialog(jobs)
    dialog.jobs = jobs
    deadline = time.monotonic() + 20
    while not dialog._words[METHODS["phash"]][1].text().strip() and time.monotonic() < deadline:
        QApplication.processEvents()
    return dialog


def make_licences_dialog(_folder: Path) -> LicencesDialog:
    jobs = Jobs(1, print)
    dialog = LicencesDialog(jobs)
    dialog.jobs = jobs
    deadline = time.monotonic() + 20
    while not dialog._text.toPlainText() and time.monotonic() < deadline:
        QApplication.processEvents()
    return dialog


def make_networks_dialog(_folder: Path) -> NetworksDialog:
    dialog = NetworksDialog()
    recipe = OwnRecipe("Mine", 224, 224, Layout.NCHW, 255)
    dialog.show_networks([Added(f"mine{number}", "mine.onnx", "0" * 64, 9, recipe) for number in range(2)], ())
    return dialog


def make_grid(folder: Path) -> MainWindow:
    """A window whose pictures are in the grid."""
    window = make_window(folder)
    window.actions_.grid.trigger()
    return window


WINDOWS = {
    "window": make_window,
    "grid": make_grid,
    "copies": make_copies,
    "empty window": lambda folder: MainWindow(make_settings(folder), FakeEncoder),
}
PANELS = {
    "inspector": make_inspector,
    "comparison": make_comparison,
    "drop area": make_drop_area,
    "method selector": lambda _folder: MethodSelector(),
    "method panel": lambda _folder: MethodSelector(),
    "settings": lambda folder: SettingsDialog(make_settings(folder)),
    "export": make_export_dialog,
    "error": make_error_dialog,
    "open": make_open_dialog,
    "about": lambda _folder: AboutDialog(Jobs(1, print)),
    "licences": make_licences_dialog,
    "threshold": make_threshold_dialog,
    "networks": make_networks_dialog,
    "recipe": lambda _folder: RecipeDialog({"name": "Mine", "width": 9, "height": 9}, ["a"]),
    "similar bar": make_similar_bar,
    "explanation": make_methods_dialog,
    "keys": lambda _folder: KeyboardDialog([preview_keys()]),
}
WHOLE = [
    name for name in WINDOWS | PANELS if name not in ("drop area", "method selector")
]  # these are parts of windows


def make(name: str, folder: Path) -> tuple[QWidget, QWidget]:
    """Who owns it and keeps it alive, and the window to look at, which is shown."""
    owner = (WINDOWS | PANELS)[name](folder)
    if name == "method panel":
        owner.show_panel()
        return owner, owner.panel.window()
    owner.show()
    return owner, owner
