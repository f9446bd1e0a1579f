"""Names of files are data: whatever a file is called, every widget shows it as plain text that forges nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QSettings, Qt
from PySide6.QtGui import QAction, QGuiApplication, QTextDocument
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.listing import Origin
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.core.states import State
from imgenc_gui.gui.desktop.addresses import address_of, path_at
from imgenc_gui.gui.errors.reporter import ErrorReporter
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.export.pages import DonePage
from imgenc_gui.gui.export.snapshot import Scope, Snapshot
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.settings.store import Recent, Settings
from imgenc_gui.gui.table.columns import FOLDER, NAME
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.message_bar import DetailsDialog
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.session import Activity
from tests.gui.conftest import FakeEncoder, make_result
from tests.gui.panels import PANELS, WINDOWS, make, make_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names that Windows doesn't allow")

FORGED = "FORGED"
NAMES = {
    "markup": '<img src="x"><b>bold<a href="file:x">a  b',
    "entities": "a &lt;b&gt; &amp;",
    "ampersands": "a&b&&c",
    "line": f"a\n{FORGED}",
    "separators": f"a\r{FORGED}\u2028{FORGED}\v{FORGED}\x85{FORGED}",
    "tabs": "a\tCtrl+Q\tb",
    "terminal": "a\x1b[31mred\x1b[0m\x07\x7f\x9b2J",
    "direction": "a\u202egnp.exe\u2066\u200f",
    "bytes": os.fsdecode(b"caf\xe9\xff"),
    "escape": r"caf\xe9\xff",
    "long": "n" * 251,
    "long markup": "<b>" * 83,
}
ROLES = (
    Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.WhatsThisRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole,
    Qt.ItemDataRole.EditRole,
)  # fmt: skip

Where = tuple[str, str, bool]  # which property of what; its text; whether Qt shows it as HTML where it looks like that


def texts(top: QWidget) -> Iterator[Where]:
    """Every text that a window and what is in it has, be it visible or not."""
    for widget in (top, *top.findChildren(QWidget)):
        kind = type(widget).__name__
        yield f"{kind}.windowTitle", widget.windowTitle(), False
        yield f"{kind}.toolTip", widget.toolTip(), True
        yield f"{kind}.statusTip", widget.statusTip(), False
        yield f"{kind}.whatsThis", widget.whatsThis(), True
        yield f"{kind}.accessibleName", widget.accessibleName(), False
        yield f"{kind}.accessibleDescription", widget.accessibleDescription(), False
        if isinstance(widget, QLabel):
            yield f"{kind}.text", widget.text(), widget.textFormat() != Qt.TextFormat.PlainText
        elif isinstance(widget, QAbstractButton | QLineEdit):
            yield f"{kind}.text", widget.text(), False
        elif isinstance(widget, QGroupBox | QMenu):
            yield f"{kind}.title", widget.title(), False
        elif isinstance(widget, QPlainTextEdit | QTextEdit):
            yield from ((f"{kind}'s line", line, False) for line in widget.toPlainText().split("\n"))
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from cells(widget.model())
    for action in top.findChildren(QAction):
        yield "QAction.text", action.text(), False
        yield "QAction.toolTip", action.toolTip(), True
        yield "QAction.statusTip", action.statusTip(), False


def cells(model: QAbstractItemModel) -> Iterator[Where]:
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            for role in ROLES:
                value = model.index(row, column).data(role)
                if isinstance(value, str):
                    yield f"cell {column} {role.name}", value, role == Qt.ItemDataRole.ToolTipRole


def as_seen(where: str, text: str, *, html: bool) -> str:
    """What Qt makes of a text; asserts that no markup of a name's works."""
    if html and GuiQt.mightBeRichText(text):
        document = QTextDocument()
        document.setHtml(text)
        made = document.toHtml()
        assert "<img" not in made, where
        assert "<a href" not in made, where
        assert "font-weight:7" not in made, where
        return document.toPlainText().replace("\xa0", " ")
    if where.startswith(("QAction.text", "QToolButton.text", "QPushButton.text")):  # a single "&" marks a key
        return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
    return text


def check(top: QWidget, name: str) -> int:
    """Nothing that it shows is markup or forges; how many of its texts hold the whole name as it is to be shown."""
    found = 0
    for where, text, html in texts(top):
        seen = as_seen(where, text, html=html)
        for line in seen.split("\n"):
            assert not line.startswith(FORGED), where
            unseen = [c for c in line if not c.isprintable() and not c.isspace()]
            assert not unseen, (where, line)
            assert len(line.splitlines()) <= 1, (where, line)
            assert "\t" not in line, (where, line)
        found += shown(name) in seen
    return found


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return NAMES[request.param]


@pytest.fixture
def windows(qtbot: QtBot) -> Iterator[Callable[[MainWindow], MainWindow]]:
    made = []
    yield lambda window: made.append(window) or window
    for window in made:
        window.close_at_once()
        window.deleteLater()


def wait_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.session.activity is Activity.IDLE, timeout=10_000)


def test_the_window(qtbot: QtBot, windows: Callable, tmp_path: Path, name: str) -> None:
    # GIVEN a picture and folders that are called so, the folders recent
    settings = make_settings(tmp_path)
    settings.recent = (Recent(f"/photos/{name}"), Recent(f"/{name}", is_export=True))
    window = windows(MainWindow(settings, FakeEncoder))
    paths = [f"/photos/{name}/{name}.jpg", f"/{name}"]
    window.session.live.append(paths)
    window.session.live.apply([(row, make_result(path, METHODS)) for row, path in enumerate(paths)])
    window.show()
    window.view.select_row(0)
    # WHEN it is shown in the inspector, its hash is copied, and it can't be opened
    qtbot.waitUntil(lambda: window.inspector.current_path() == paths[0])
    window.view.copy_encoding(0, PHASH)
    window.intake.add_paths([f"{tmp_path}/{name}", f"{tmp_path}/{name}.2"])
    wait_idle(qtbot, window)
    # THEN cells and tips, inspector, recent folders say it in full and plainly
    title = window.inspector.findChild(ElidedLabel)
    assert title.accessibleName() == shown(name) + ".jpg"
    assert window.model.text(0, NAME) == shown(name) + ".jpg"
    assert window.model.text(0, FOLDER) == f"/photos/{shown(name)}"
    assert check(window, name) >= 8
    assert shown(name) in window.status.currentMessage()
    assert window.status.currentMessage().isprintable()
    # AND so does the comparison of both
    window.view.select_rows([0, 1])
    qtbot.waitUntil(lambda: window.inspector.pair.isVisibleTo(window.inspector))
    assert check(window.inspector.pair, name) >= 4
    # AND so do the message's details
    window.message_bar.findChild(QPushButton).click()
    box = window.findChild(DetailsDialog)
    assert box.lines.toPlainText().count("\n") == 1
    assert box.lines.toPlainText().count(shown(name)) >= 2
    check(box, name)
    box.close()
    # AND the row's menu
    check(window.view.context_menu(0, NAME), name)


def test_one_that_could_not_be_opened(qtbot: QtBot, windows: Callable, tmp_path: Path, name: str) -> None:
    window = windows(MainWindow(make_settings(tmp_path), FakeEncoder))
    window.show()
    window.intake.add_paths([f"{tmp_path}/{name}"])
    wait_idle(qtbot, window)
    assert window.message_bar.text.startswith(f"{shown(name)} could not be opened: ")
    assert check(window, name) >= 1


def test_a_recent_folder_is_opened_by_its_true_name(qtbot: QtBot, windows: Callable, tmp_path: Path, name: str) -> None:
    settings = make_settings(tmp_path)
    folder = str(tmp_path / name)
    os.mkdir(folder)
    settings.recent = (Recent(folder),)
    settings.store.sync()
    # WHEN the next run shows it
    again = Settings(QSettings(settings.store.fileName(), QSettings.Format.IniFormat))
    window = windows(MainWindow(again, FakeEncoder))
    opened = []
    window.drop_area.recent_requested.connect(opened.append)
    links = [
        button for button in window.drop_area.findChildren(QToolButton) if "Open recent" in button.accessibleName()
    ]
    links[0].click()
    # THEN it leads to the folder itself
    assert opened == [folder]
    wait_idle(qtbot, window)
    assert window.message_bar.text == "There are no files to encode there."


def test_what_was_left_is_named_as_plain_text(qtbot: QtBot, windows: Callable, tmp_path: Path, name: str) -> None:
    settings = make_settings(tmp_path)
    folder = str(tmp_path / name)
    settings.left = (Origin(folder, is_folder=True, recursive=True),) * 3
    window = windows(MainWindow(settings, FakeEncoder))
    links = [button.accessibleName() for button in window.drop_area.findChildren(QToolButton)]
    assert f"Go on with {shown(name)} and 2 more" in links
    assert check(window, name) >= 1
    window.drop_area._go_on.click()
    qtbot.waitUntil(lambda: window.message_bar.text == f"Nothing is found in {shown(name)}: is its disk connected?")
    assert check(window, name) >= 1


@pytest.fixture
def odd(photos: Path) -> str:
    """A picture whose name is no text."""
    path = os.path.join(photos, os.fsdecode(b"caf\xe9.jpg"))
    os.rename(photos / "IMG_0.jpg", path)
    return path


def test_a_name_that_is_no_text_leads_to_its_picture(qtbot: QtBot, windows: Callable, tmp_path: Path, odd: str) -> None:
    window = windows(MainWindow(make_settings(tmp_path)))
    window.show()
    window.intake.add_paths([odd])
    wait_idle(qtbot, window)
    # THEN it is encoded, and its preview and its thumbnail come
    assert window.rows.state(0) is State.ENCODED
    qtbot.waitUntil(window.inspector._preview.has_image, timeout=10_000)
    ready = window.thumbnails.ready
    with qtbot.waitSignal(ready, timeout=10_000, check_params_cb=lambda path, _: path == odd):
        window.thumbnails.get(odd, 90, 1.0)


@pytest.fixture
def export(qtbot: QtBot, tmp_path: Path, name: str) -> Iterator[ExportDialog]:
    """The export of a folder that is called so, with pictures that are."""
    rows = Rows(METHODS)
    folder = tmp_path / name
    os.mkdir(folder)
    rows.append([f"{folder}/{name[:240]}.jpg", f"{folder}/b.jpg"])
    for row, path in enumerate(rows.paths):
        rows.apply(row, make_result(path, METHODS))
    scopes = {scope: range(2) for scope in Scope}
    jobs = Jobs(1, print)
    settings = make_settings(tmp_path)
    settings.last_export_folder = str(folder)
    snapshot = Snapshot(rows, scopes, rows.moment(), Options((PHASH,)), str(folder))
    dialog = ExportDialog(settings, snapshot, jobs)
    dialog.choices.set_stem("e")
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    assert jobs.close(10_000)


@pytest.mark.parametrize("file_format", [one for one in FORMATS if one.offered], ids=lambda file_format: file_format.id)
def test_the_export_dialog(qtbot: QtBot, export: ExportDialog, tmp_path: Path, name: str, file_format: object) -> None:
    # GIVEN the first lines
    export.choices.set_format(file_format)
    export.choices.changed.emit()
    target = tmp_path / name / f"e{file_format.suffix}"
    assert export.choices.target() == target
    assert check(export, name) >= 1
    # WHEN a file in the folder is to be replaced
    target.write_bytes(b"")
    export.choices.export_requested.emit()
    box = export.findChild(QMessageBox)
    assert shown(name) in box.informativeText()
    assert check(box, name) >= 1
    box.buttons()[0].click()
    # THEN it is, and the last page says where
    qtbot.waitUntil(lambda: not export.is_running() and target.stat().st_size > 0, timeout=10_000)
    page = export.findChild(DonePage)
    qtbot.waitUntil(page.isVisible)
    assert check(page, name) >= 1
    # AND copies the path itself, where a clipboard can take it
    page._copy.click()
    copied = str(target) if name != NAMES["bytes"] else shown(str(target))
    assert QGuiApplication.clipboard().text() == copied


def test_the_place_is_chosen_by_its_true_name(
    export: ExportDialog, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / name / "chosen.json"
    starts = []

    def answer(_parent: object, _title: str, start: object, *_rest: object, **_more: object) -> object:
        starts.append(path_at(start))
        return address_of(chosen), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileUrl", answer)
    before = export.choices.target()
    export.choices._choose()
    assert starts == [str(before)]
    assert export.choices.target() == chosen


def test_a_place_that_cannot_be_written(qtbot: QtBot, export: ExportDialog, tmp_path: Path, name: str) -> None:
    export.choices.set_folder(tmp_path / name / name)
    export.choices.set_stem("e")
    export.choices.export_requested.emit()
    qtbot.waitUntil(lambda: not export.is_running() and export.choices._problem.isVisible(), timeout=10_000)
    assert check(export, name) >= 1


def test_the_report_of_an_unexpected_error(qtbot: QtBot, tmp_path: Path, name: str) -> None:
    reporter = ErrorReporter(tmp_path)
    with qtbot.waitSignal(reporter.reported) as reported:
        reporter.report(OSError(f"/photos/{name}"))
    dialog = reporter.dialog()
    qtbot.addWidget(dialog)
    for line in reported.args[0].split("\n"):
        assert line.isprintable()
    for where, text, html in texts(dialog):
        as_seen(where, text, html=html)


def test_rows_are_copied_as_cells_that_no_name_breaks_and_found_by_what_is_seen(
    qtbot: QtBot, windows: Callable, tmp_path: Path, name: str
) -> None:
    window = windows(MainWindow(make_settings(tmp_path), FakeEncoder))
    window.session.live.append([f"/photos/{name}", "/photos/a  b"])
    window.view.selectAll()
    with qtbot.waitSignal(window.view.copied):
        window.view.copy_rows()
    header, *lines = (line.split("\t") for line in QGuiApplication.clipboard().text().split("\n"))
    assert [len(line) for line in lines] == [len(header)] * 2
    assert [line[0] for line in lines] == [shown(name), "a  b"]
    window.filter_bar.changed.emit(window.model._wanted.category, shown(name))
    assert window.model.shown_rows == [0]


@pytest.mark.parametrize("panel", [*WINDOWS, *PANELS])
def test_every_label_is_of_plain_text(qtbot: QtBot, tmp_path: Path, panel: str) -> None:
    owner, top = make(panel, tmp_path)
    try:
        automatic = [
            label.text()
            for label in top.findChildren(QLabel)
            if label.textFormat() != Qt.TextFormat.PlainText and label.text()
        ]
        assert not automatic
    finally:
        if isinstance(owner, MainWindow):
            owner.close_at_once()
        top.close()
        owner.deleteLater()
        QApplication.processEvents()
