"""The window as a person uses it: real mouse, key and drop events, fake and real encoders."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QMessageBox,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.files.registry import format_with_id
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.listing import Listing, list_files
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.inspector.copy_button import CopyButton
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import FOLDER, FORMAT, NAME, PIXELS, STATUS, Column
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.gui.conftest import FakeEncoder, double_click, make_result

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAIT = 15_000
LOADED = 120_000  # torch is imported meanwhile
PHASHES = Column("phash", PHASH)
DHASHES = Column("dhash", DHASH)


class Encoders:
    """Hands out fake encoders and remembers them."""

    def __init__(self) -> None:
        self.made: list[FakeEncoder] = []
        self.kind = FakeEncoder
        self.seconds = 0.0
        self.break_at: str | None = None
        self.gate: threading.Event | None = None

    def __call__(self, options) -> FakeEncoder:
        encoder = self.kind(options, self.seconds)
        encoder.break_at = self.break_at
        encoder.gate = self.gate
        self.made.append(encoder)
        return encoder


@pytest.fixture
def encoders() -> Encoders:
    return Encoders()


@pytest.fixture
def make_window(qtbot: QtBot, store: QSettings):
    windows: list[MainWindow] = []
    errors: list[BaseException] = []

    def make(factory=Encoder) -> MainWindow:
        window = MainWindow(Settings(store), factory, report=errors.append)
        window.errors = errors
        windows.append(window)
        window.resize(1280, 800)
        with qtbot.waitActive(window, timeout=WAIT):  # keys reach only the active window
            window.show()
            window.activateWindow()
        return window

    yield make
    for window in windows:
        qtbot.keyRelease(window, Qt.Key.Key_Shift)  # Qt Test leaves a shortcut's Shift or Ctrl held for the next test
        window.close_at_once()
        window.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete: no window of a test outlives it
    QGuiApplication.clipboard().clear()


@pytest.fixture
def window(make_window, encoders: Encoders) -> MainWindow:
    return make_window(encoders)


def wait_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.session.activity is Activity.IDLE, timeout=WAIT)
    qtbot.wait(60)  # what follows the selection


def mime(*paths: object, urls: tuple[str, ...] = ()) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths] + [QUrl(url) for url in urls])
    return data


def drop(window: MainWindow, data: QMimeData) -> QDropEvent:
    """Drag over the window and let go, as the window system tells it."""
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, plain)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(300, 300), copy, data, left, plain)
    QApplication.sendEvent(window, event)
    return event


def names(window: MainWindow) -> list[str]:
    return [window.model.index(row, 0).data() for row in range(window.model.rowCount())]


def cell(window: MainWindow, name: str, column: Column) -> str:
    return window.model.index(names(window).index(name), window.model.section(column)).data()


def click_cell(qtbot: QtBot, window: MainWindow, row: int, column: Column, *, double: bool = False) -> None:
    index = window.model.index(row, window.model.section(column))
    window.view.scrollTo(index)
    place = window.view.visualRect(index).center()
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    if double:
        double_click(window.view.viewport(), place)


# The three journeys


def test_a_photographer_drops_a_folder_and_exports(
    qtbot: QtBot, make_window, photos: Path, tmp_path: Path, store: QSettings
) -> None:
    # GIVEN the empty window with the real encoder
    window = make_window()
    assert window.drop_area.isVisible()
    assert not window.actions_.export.isEnabled()
    # WHEN a folder is dropped on it
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    # THEN every picture has a row, read or not, with its reason; what is none is counted
    assert sorted(names(window)) == sorted([*(f"IMG_{number}.jpg" for number in range(6)), "deep.png", "bad.jpg"])
    assert len(cell(window, "deep.png", PHASHES)) == 16
    assert cell(window, "bad.jpg", STATUS) == "Damaged"
    assert window.status.text.startswith("7 pictures encoded in ")
    assert window.status.failures_text == "1 could not be read  ·  1 is not a picture"
    assert window.windowTitle() == "imgenc"
    # AND the export that the header's button opens writes what imagededup can use
    qtbot.mouseClick(window.header.export, Qt.MouseButton.LeftButton)
    dialog = window.findChild(ExportDialog)
    dialog.choices.set_format(format_with_id("encodings"))
    dialog.choices.set_folder(tmp_path)
    dialog.choices.set_stem("out")
    with qtbot.waitSignal(dialog.exported, timeout=WAIT) as exported:
        qtbot.mouseClick(dialog.choices.main_button, Qt.MouseButton.LeftButton)
    dialog.close()
    assert exported.args[0].methods == (PHASH,)
    written = json.loads((tmp_path / "out.json").read_text())
    assert sorted(written) == [*(f"IMG_{number}.jpg" for number in range(6)), "sub/deep.png"]
    assert written["sub/deep.png"] == cell(window, "deep.png", PHASHES)
    assert window.rows.unsaved() == 0
    # AND the folder is remembered
    assert [one.path for one in Settings(store).recent] == [str(photos)]


def test_one_dropped_picture_shows_its_encodings_with_copy_buttons(qtbot: QtBot, make_window, photos: Path) -> None:
    # GIVEN two chosen methods
    window = make_window()
    window._settings.methods = (PHASH, DHASH)
    # WHEN one picture is dropped
    drop(window, mime(photos / "IMG_3.jpg"))
    wait_idle(qtbot, window)
    # THEN it is selected, and the inspector's Copy button gives its hash
    assert window.view.selected_rows() == [0]
    every = window.inspector.findChildren(CopyButton)
    qtbot.waitUntil(lambda: sum(button.isVisible() for button in every) == 2, timeout=WAIT)
    buttons = [button for button in every if button.isVisible()]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == cell(window, "IMG_3.jpg", PHASHES)


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier])
def test_a_picture_dropped_with_a_key_held_is_the_only_one_selected(
    qtbot: QtBot, window: MainWindow, photos: Path, held: Qt.KeyboardModifier
) -> None:
    # GIVEN a key that many hold to copy or to move what they drag
    key = Qt.Key.Key_Shift if held == Qt.KeyboardModifier.ShiftModifier else Qt.Key.Key_Control
    qtbot.keyPress(window, key, held)
    # WHEN pictures are dropped one after the other
    for number in range(3):
        drop(window, mime(photos / f"IMG_{number}.jpg"))
        wait_idle(qtbot, window)
        # THEN the newest is selected, and no other
        assert window.view.selected_rows() == [number]
    qtbot.keyRelease(window, key)
    # AND Shift and a click extend from there, as after a click
    place = window.view.visualRect(window.model.index(0, window.model.section(NAME))).center()
    viewport = window.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, pos=place)
    assert window.view.selected_rows() == [0, 1, 2]


def test_a_picture_pasted_from_the_clipboard_is_encoded(qtbot: QtBot, make_window) -> None:
    window = make_window()
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    for x in range(32):
        image.setPixelColor(x, 20, QColor("white"))
    QGuiApplication.clipboard().setImage(image)
    assert window.actions_.paste.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_idle(qtbot, window)
    assert names(window) == ["Pasted picture 1.png"]
    assert cell(window, "Pasted picture 1.png", FOLDER) == "Clipboard"
    assert cell(window, "Pasted picture 1.png", PIXELS).startswith("64")
    assert len(cell(window, "Pasted picture 1.png", PHASHES)) == 16
    # AND beside the table, too, no folder is named that nobody knows
    words = [label.text() for label in window.inspector.findChildren(QLabel) if label.isVisible()]
    assert "Clipboard" in words
    assert not any(window.rows.paths[0].startswith(word) for word in words if word)


def test_a_new_picture_stays_in_view_when_the_sorted_table_takes_it_in(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    # GIVEN a long table sorted by name
    (tmp_path / "many").mkdir()
    for number in range(60):
        (tmp_path / "many" / f"b{number}.jpg").touch()
    (tmp_path / "a.jpg").touch()
    drop(window, mime(tmp_path / "many"))
    wait_idle(qtbot, window)
    window.view.sortByColumn(window.model.section(NAME), Qt.SortOrder.AscendingOrder)
    # WHEN one picture is dropped, which at first stands last
    drop(window, mime(tmp_path / "a.jpg"))
    wait_idle(qtbot, window)
    # THEN it is sorted in, selected and seen
    assert names(window)[0] == "a.jpg"
    index = window.view.currentIndex()
    assert index.data() == "a.jpg"
    assert window.view.viewport().rect().contains(window.view.visualRect(index).center())


def test_the_inspector_shows_nothing_that_the_search_has_hidden(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    click_cell(qtbot, window, names(window).index("IMG_1.jpg"), NAME)
    qtbot.waitUntil(lambda: window.inspector.current_path() == str(photos / "IMG_1.jpg"), timeout=WAIT)
    window.filter_bar.search.setText("deep")
    qtbot.waitUntil(lambda: names(window) == ["deep.png"], timeout=WAIT)
    qtbot.waitUntil(lambda: window.inspector.current_path() is None, timeout=WAIT)
    assert not window.actions_.copy.isEnabled()


def test_pasted_files_are_encoded(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    QGuiApplication.clipboard().setMimeData(mime(photos / "IMG_1.jpg", photos / "IMG_2.jpg"))
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_idle(qtbot, window)
    assert names(window) == ["IMG_1.jpg", "IMG_2.jpg"]


# Dropping


def test_a_mixture_from_several_folders(qtbot: QtBot, window: MainWindow, photos: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jpg"
    Image.new("RGB", (20, 20)).save(other)
    drop(window, mime(photos / "sub", other))
    wait_idle(qtbot, window)
    assert sorted(names(window)) == ["deep.png", "other.jpg"]
    assert window.session.root == str(tmp_path)


def test_a_drop_while_encoding_is_encoded_too(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, photos: Path
) -> None:
    encoders.gate = threading.Event()
    drop(window, mime(photos / "IMG_0.jpg"))
    qtbot.waitUntil(lambda: window.session.activity is Activity.ENCODING, timeout=WAIT)
    drop(window, mime(photos))
    qtbot.waitUntil(lambda: window.model.rowCount() == 9, timeout=WAIT)
    encoders.gate.set()
    wait_idle(qtbot, window)
    assert window.session.done == window.session.total == 9
    assert sorted(path for encoder in encoders.made for path in encoder.seen) == sorted(window.rows.paths)
    assert "1 file was in the list already." in window.message_bar.text


def test_what_cannot_be_taken_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    drop(window, mime(tmp_path / "gone.jpg"))
    qtbot.waitUntil(window.message_bar.isVisible, timeout=WAIT)
    assert "gone.jpg" in window.message_bar.text
    assert window.drop_area.isVisible()
    drop(window, mime(urls=("https://example.org/a.jpg",)))
    assert "Only files on this computer" in window.message_bar.text
    (tmp_path / "empty").mkdir()
    drop(window, mime(tmp_path / "empty"))
    qtbot.waitUntil(lambda: "no files" in window.message_bar.text, timeout=WAIT)


def test_a_folder_that_vanishes_while_it_is_encoded(qtbot: QtBot, make_window, photos: Path) -> None:
    window = make_window()
    drop(window, mime(photos))
    for file in photos.glob("*.jpg"):
        file.unlink()
    wait_idle(qtbot, window)
    assert window.rows.waiting() == 0
    assert window.errors == []


def test_the_drop_area_lights_up_and_goes_out(window: MainWindow, photos: Path) -> None:
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    data = mime(photos)
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), copy, data, left, plain))
    assert window.drop_area.is_drag_active()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.drop_area.is_drag_active()
    text = QMimeData()
    text.setText("words")
    event = QDragEnterEvent(QPoint(300, 300), copy, text, left, plain)
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


def test_no_field_keeps_a_drop_to_itself(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    """A file dropped on the search field is encoded, not typed into it."""
    drop(window, mime(photos / "IMG_0.jpg"))
    wait_idle(qtbot, window)
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    fields = [window.filter_bar.search, *window.inspector.findChildren(QLineEdit)[:2], window.view.viewport()]
    for number, field in enumerate(fields, 1):
        data = mime(photos / f"IMG_{number}.jpg")
        data.setText(str(photos / f"IMG_{number}.jpg"))  # as file managers do
        QApplication.sendEvent(field, QDragEnterEvent(QPoint(5, 5), copy, data, left, plain))
        QApplication.sendEvent(field, QDropEvent(QPointF(5, 5), copy, data, left, plain))
    wait_idle(qtbot, window)
    assert window.filter_bar.search.text() == ""
    assert names(window) == [f"IMG_{number}.jpg" for number in range(5)]


def test_pasted_pictures_leave_nothing_behind(qtbot: QtBot, make_window) -> None:
    window = make_window()
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    QGuiApplication.clipboard().setImage(image)
    window.intake.paste()
    wait_idle(qtbot, window)
    file = Path(window.rows.paths[0])
    assert file.exists()
    window.close()
    assert not file.parent.exists()


# Encoding


def test_stop_keeps_what_is_done_and_encode_goes_on(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, tmp_path: Path
) -> None:
    # GIVEN a slow run
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.jpg").touch()
    encoders.seconds = 0.02
    window.intake.add_paths([str(folder)])
    qtbot.waitUntil(lambda: window.session.done > 3, timeout=WAIT)
    # WHEN the main button, which says Stop now, is clicked
    assert window.header.primary.text() == "Stop"
    qtbot.waitUntil(lambda: " of 200" in window.status.text, timeout=WAIT)
    assert window.windowTitle().endswith("% – imgenc")  # noqa: RUF001
    qtbot.mouseClick(window.header.primary, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    done = window.model.count(Category.ENCODED)
    assert 3 < done < 200
    assert "waiting" in window.status.text
    assert window.status.text.startswith("Stopped after ")
    # THEN the button says how many it goes on with, and so do the menu, its tip and what is read out
    encoders.seconds = 0
    left, encode = 200 - done, window.actions_.encode
    assert window.header.primary.text() == window.header.primary.accessibleName() == f"Resume {left}"
    assert encode.text() == f"&Resume {left}"
    assert encode.toolTip().startswith(f"Encode the {left} pictures that wait")
    # AND does the rest, and only that
    qtbot.mouseClick(window.header.primary, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    assert window.model.count(Category.ENCODED) == 200
    assert window.session.done == 200 - done


@pytest.mark.parametrize("again", [True, False], ids=["again", "another method"])
def test_that_the_work_was_stopped_is_said_also_of_pictures_that_keep_what_they_have(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, tmp_path: Path, again: bool
) -> None:
    for number in range(100):
        (tmp_path / f"{number}.jpg").touch()
    drop(window, mime(tmp_path))
    wait_idle(qtbot, window)
    encoders.seconds = 0.02
    window._settings.methods = (PHASH,) if again else (PHASH, DHASH)
    if again:
        window.session.encode_again(range(100))
    else:
        window.actions_.encode.trigger()
    qtbot.waitUntil(lambda: 3 < window.session.done < 100, timeout=WAIT)
    window.actions_.stop.trigger()
    wait_idle(qtbot, window)
    assert window.model.count(Category.ENCODED) == 100
    done = window.session.done
    left = f"{100 - done} waiting" if again else f"{100 - done} missing"
    assert window.status.text.startswith("Stopped after ")
    assert window.status.text.endswith(f": {done} encoded, {left}")
    assert window.header.primary.text() == (f"Resume {100 - done}" if again else f"Encode {100 - done} missing")


def test_what_came_of_the_work_stays_told_until_something_else_happens(
    qtbot: QtBot, window: MainWindow, photos: Path
) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    ended = window.status.text
    assert ended.startswith("7 pictures encoded in ")
    assert window.status.failures_text == "1 could not be read  ·  1 is not a picture"
    # WHEN one looks around THEN it stays, and the categories are counted within the search
    window.filter_bar.search.setText("img_")
    all_, failed = (window.filter_bar._buttons[one] for one in (Category.ALL, Category.FAILED))
    qtbot.waitUntil(lambda: all_.words() == "All  6", timeout=WAIT)
    assert failed.words() == "Could not be read  0"
    window.view.selectAll()
    assert window.status.text == ended
    # AND goes when another method is chosen, or rows go
    window._settings.methods = (PHASH, DHASH)
    assert window.status.text == "7 encoded"
    assert window.header.primary.text() == "Encode 7 missing"
    window.filter_bar.search.clear()
    qtbot.waitUntil(lambda: all_.words() == "All  8", timeout=WAIT)


def test_a_new_method_is_made_for_what_lacks_it(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, photos: Path
) -> None:
    drop(window, mime(photos / "IMG_0.jpg", photos / "IMG_1.jpg"))
    wait_idle(qtbot, window)
    assert not window.actions_.encode.isEnabled()
    assert "Every picture has the chosen encodings" in window.actions_.encode.toolTip()
    assert window.view.isColumnHidden(window.model.section(DHASHES))
    # WHEN a person adds a method in the panel and presses F5
    box = next(box for box in window.header.methods.panel.findChildren(QAbstractButton) if "DHash" in box.text())
    box.click()
    assert window._settings.methods == (PHASH, DHASH)
    assert not window.view.isColumnHidden(window.model.section(DHASHES))
    assert "2 pictures lack" in window.actions_.encode.toolTip()
    assert window.header.primary.text() == "Encode 2 missing"
    qtbot.keyClick(window, Qt.Key.Key_F5)
    wait_idle(qtbot, window)
    # THEN only that one was made
    assert encoders.made[-1].options.methods == (DHASH,)
    assert cell(window, "IMG_0.jpg", PHASHES)
    assert cell(window, "IMG_0.jpg", DHASHES)


def test_an_error_in_the_encoder_is_reported_and_the_window_lives_on(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, photos: Path
) -> None:
    encoders.break_at = "IMG_2.jpg"
    window._settings.threads = 1
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    assert [str(error) for error in window.errors] == ["a bug met this picture"]
    assert "What is done is kept" in window.message_bar.text
    done = window.model.count(Category.ENCODED)
    assert done >= 2
    encoders.break_at = None
    qtbot.keyClick(window, Qt.Key.Key_F5)
    wait_idle(qtbot, window)
    assert window.rows.waiting() == 0


def test_encode_again_reads_the_file_anew(qtbot: QtBot, make_window, photos: Path) -> None:
    window = make_window()
    drop(window, mime(photos / "bad.jpg", photos / "IMG_0.jpg"))
    wait_idle(qtbot, window)
    assert cell(window, "bad.jpg", STATUS) == "Damaged"
    (photos / "bad.jpg").write_bytes((photos / "IMG_1.jpg").read_bytes())
    click_cell(qtbot, window, names(window).index("bad.jpg"), NAME)
    qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    wait_idle(qtbot, window)
    assert cell(window, "bad.jpg", STATUS) == "Encoded"


# One owner per piece of work


@pytest.mark.parametrize("recursive", [True, False])
def test_stop_while_folders_are_listed_encodes_nothing_of_what_was_found(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, photos: Path, monkeypatch: pytest.MonkeyPatch, *, recursive
) -> None:
    # GIVEN a disk that has given all names but not said yet that there are no more
    window._settings.recursive = recursive
    last_answer = threading.Event()

    def slow(paths, recursive, *_, **__):
        found = list_files(paths, recursive)
        last_answer.wait(10)
        return found

    monkeypatch.setattr("imgenc_gui.gui.work.lister.list_files", slow)
    drop(window, mime(photos))
    assert window.session.activity is Activity.LISTING
    # WHEN the person stops
    window.actions_.stop.trigger()
    last_answer.set()
    wait_idle(qtbot, window)
    # THEN what was found waits, and it isn't told as all there is
    assert [path for encoder in encoders.made for path in encoder.seen] == []
    assert window.rows.waiting() == window.model.rowCount() == (9 if recursive else 8)
    assert window.header.primary.text() == "Resume"
    # AND the same button takes it up, and looks for what wasn't found yet
    (photos / "late.jpg").touch()
    window.actions_.encode.trigger()
    wait_idle(qtbot, window)
    assert window.rows.waiting() == 0
    assert "late.jpg" in names(window)
    assert window.header.primary.text() == "Encode"


class DeafEncoder(FakeEncoder):
    """Ends a picture only when the gate opens, whatever Stop says: a huge picture."""

    def encode(self, numbered, stop=lambda: False):
        del stop
        for number, path in numbered:
            self.seen.append(path)
            self.gate.wait(10)
            yield number, make_result(path, self.options.methods)


def test_files_dropped_while_a_run_is_stopping_are_encoded_when_it_has_ended(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, photos: Path
) -> None:
    # GIVEN a run that takes a moment to stop
    encoders.kind = DeafEncoder
    encoders.gate = threading.Event()
    drop(window, mime(photos / "IMG_0.jpg"))
    qtbot.waitUntil(lambda: bool(encoders.made and encoders.made[0].seen), timeout=WAIT)
    window.actions_.stop.trigger()
    assert window.session.activity is Activity.STOPPING
    # WHEN something is dropped meanwhile
    drop(window, mime(photos / "IMG_1.jpg"))
    qtbot.waitUntil(lambda: window.model.rowCount() == 2, timeout=WAIT)
    qtbot.waitUntil(window.actions_.stop.isEnabled, timeout=WAIT)  # it could be stopped, too
    encoders.gate.set()
    wait_idle(qtbot, window)
    # THEN it is encoded, after what was under way
    assert window.rows.waiting() == 0
    assert window.session.done == 2


class ReadsFirstEncoder(FakeEncoder):
    """Reads the file, then takes its time. The file's text is its hash."""

    def encode(self, numbered, stop=lambda: False):
        del stop
        for number, path in numbered:
            value = Path(path).read_text()
            self.seen.append(path)
            self.gate.wait(10)
            yield number, ImageResult(path, make_result(path).facts, {PHASH: value})


def test_encode_again_on_a_row_that_is_being_encoded_shows_the_file_as_it_is_now(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, tmp_path: Path
) -> None:
    # GIVEN a picture that has been read but not encoded yet, and changes
    file = tmp_path / "a.jpg"
    file.write_text("0123456789abcde1")
    encoders.kind = ReadsFirstEncoder
    encoders.gate = threading.Event()
    drop(window, mime(file))
    qtbot.waitUntil(lambda: bool(encoders.made and encoders.made[0].seen), timeout=WAIT)
    file.write_text("0123456789abcde2")
    # WHEN the person asks for it again
    window.view.select_row(0)
    qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    encoders.gate.set()
    wait_idle(qtbot, window)
    # THEN the result of the old file isn't kept
    assert cell(window, "a.jpg", PHASHES) == "0123456789abcde2"
    assert window.session.done == window.session.total == 2


def test_stop_ends_everything_that_was_asked_for(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, photos: Path
) -> None:
    # GIVEN one order being encoded, one queued behind it
    encoders.kind = DeafEncoder
    encoders.gate = threading.Event()
    drop(window, mime(photos / "IMG_0.jpg"))
    qtbot.waitUntil(lambda: bool(encoders.made and encoders.made[0].seen), timeout=WAIT)
    drop(window, mime(photos / "IMG_1.jpg", photos / "IMG_2.jpg"))
    qtbot.waitUntil(lambda: window.model.rowCount() == 3, timeout=WAIT)
    # WHEN the person stops
    window.actions_.stop.trigger()
    encoders.gate.set()
    wait_idle(qtbot, window)
    # THEN only what was under way is done
    assert [path for encoder in encoders.made for path in encoder.seen] == [str(photos / "IMG_0.jpg")]
    assert window.rows.waiting() == 2
    assert window.header.primary.text() == "Resume 2"


# The table


def test_where_no_file_is_a_picture_the_window_says_so_and_shows_them_when_asked(
    qtbot: QtBot, window: MainWindow, photos: Path
) -> None:
    drop(window, mime(photos / "notes.txt"))
    wait_idle(qtbot, window)
    assert window._nothing.isVisible()
    assert window._nothing.text().startswith("The file is not a picture.")
    assert window.status.failures_text == "1 is not a picture"
    window.filter_bar.set_category(Category.NOT_PICTURES)
    assert [cell(window, name, STATUS) for name in names(window)] == ["Not a picture"]


def test_search_and_categories(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.filter_bar.search.hasFocus()
    qtbot.keyClicks(window.filter_bar.search, "img_4")
    qtbot.waitUntil(lambda: names(window) == ["IMG_4.jpg"], timeout=WAIT)
    window.filter_bar.search.clear()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8, timeout=WAIT)
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert names(window) == ["bad.jpg"]
    button = next(one for one in window.filter_bar.findChildren(QAbstractButton) if one.text().startswith("Encoded"))
    assert button.text() == "Encoded  7"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.model.rowCount() == 7
    qtbot.keyClicks(window.filter_bar.search, "nothing like it")
    qtbot.waitUntil(lambda: not window.view.isVisible(), timeout=WAIT)


def test_copying_rows_and_encodings(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos / "IMG_0.jpg", photos / "IMG_1.jpg"))
    wait_idle(qtbot, window)
    click_cell(qtbot, window, 0, PHASHES, double=True)
    assert QGuiApplication.clipboard().text() == cell(window, "IMG_0.jpg", PHASHES)
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.view.copied, timeout=WAIT):
        qtbot.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0] == ["Name", "Status", "Folder", "Pixels", "Format", "PHash"]
    assert [line[0] for line in lines[1:]] == ["IMG_0.jpg", "IMG_1.jpg"]
    assert lines[2][5] == cell(window, "IMG_1.jpg", PHASHES)


def test_the_context_menu_copies_and_encodes_again(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos / "IMG_0.jpg"))
    wait_idle(qtbot, window)
    menu = window.view.context_menu(0, PHASHES)
    texts = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    copying = ["Copy PHash", "Copy selected rows as a table", "Copy files"]
    assert texts == [*copying, "Similar to this", "Show in folder", "Open", "Encode again", "Remove from the list"]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == cell(window, "IMG_0.jpg", PHASHES)
    next(action for action in menu.actions() if action.text() == "Encode again").trigger()
    wait_idle(qtbot, window)
    assert cell(window, "IMG_0.jpg", STATUS) == "Encoded"
    menu.close()


def test_clicking_a_title_sorts(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    header = window.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(window.model.section(NAME)) + 40, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert names(window)[0] == "IMG_5.jpg"
    assert names(window)[-1] == "bad.jpg"


def test_columns_geometry_and_settings_are_remembered(
    qtbot: QtBot, make_window, encoders: Encoders, photos: Path
) -> None:
    window = make_window(encoders)
    window.view.horizontalHeader().moveSection(0, 3)
    window.view.setColumnWidth(window.model.section(FOLDER), 222)
    window.view.setColumnHidden(window.model.section(FORMAT), True)
    qtbot.mouseClick(window.header.recursive, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert not window.inspector.isVisible()
    window.resize(1000, 700)
    window.close()
    again = make_window(encoders)
    assert again.view.horizontalHeader().visualIndex(0) == 3
    assert again.view.columnWidth(again.model.section(FOLDER)) == 222
    assert again.view.isColumnHidden(again.model.section(FORMAT))
    assert not again.header.recursive.isChecked()
    assert not again.actions_.inspector.isChecked()
    drop(again, mime(photos))
    wait_idle(qtbot, again)
    assert "deep.png" not in names(again)


def test_there_is_nothing_to_search_in_an_empty_window(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    where = QApplication.focusWidget()
    assert where is None or where.isVisible()  # what is typed doesn't go where nobody sees it
    assert window.focusWidget() is not window.filter_bar.search
    assert window.actions_.find.toolTip() == "Open a folder or add pictures first"


# Closing


def answer(monkeypatch: pytest.MonkeyPatch, wanted: str) -> list[str]:
    """Press a button of the next question; the questions asked."""
    asked: list[str] = []

    def exec_(box: QMessageBox) -> int:
        asked.append(box.text())
        next(button for button in box.buttons() if wanted in button.text().replace("&", "")).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


def closing(monkeypatch: pytest.MonkeyPatch, window: MainWindow) -> tuple[str, list[str]]:
    """What is asked when the window closes, and the buttons; Cancel is pressed."""
    told: list[tuple[str, list[str]]] = []

    def exec_(box: QMessageBox) -> int:
        told.append((box.informativeText(), [button.text().replace("&", "") for button in box.buttons()]))
        box.button(QMessageBox.StandardButton.Cancel).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    window.close()
    assert window.isVisible() is bool(told)
    return told[0] if told else ("", [])


def test_the_question_on_closing_says_that_work_is_still_running(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a run that has only begun
    for number in range(2000):
        (tmp_path / f"{number}.jpg").touch()
    encoders.gate = threading.Event()
    window.intake.add_paths([str(tmp_path)])
    qtbot.waitUntil(lambda: window.session.activity is Activity.ENCODING, timeout=WAIT)
    # WHEN nothing is there to be exported yet, THEN the work that is left is told all the same
    said, buttons = closing(monkeypatch, window)
    assert said == "imgenc is still encoding: 2,000 of 2,000 pictures are left."
    assert "Export…" not in buttons
    # AND both, once there is something
    window.session.live.apply([(row, make_result(window.rows.paths[row])) for row in range(1200)])
    said, buttons = closing(monkeypatch, window)
    assert "of 2,000 pictures are left." in said
    assert "The encodings of 1,200 pictures have not been exported." in said
    assert "Export…" in buttons
    # AND nothing once it has been stopped and all is exported
    window.rows.mark_saved(range(2000), [PHASH])
    window.session.stop()
    assert closing(monkeypatch, window) == ("", [])


def test_questions_have_room_for_their_sentences(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[float] = []

    def exec_(box: QMessageBox) -> int:
        box.show()
        QApplication.processEvents()
        sentence = box.findChild(QLabel, "qt_msgbox_informativelabel")
        assert isinstance(sentence, QLabel)
        broken.append(sentence.height() / sentence.fontMetrics().lineSpacing())
        box.button(QMessageBox.StandardButton.Cancel).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    said = "imgenc is still encoding: 64 of 64 pictures are left."
    assert not dialogs.may_lose(window, [said], "Close imgenc?", "Close", None)
    assert broken[0] <= 2


def test_the_question_on_closing_says_that_folders_are_still_listed(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()

    def slow(*_, **__):
        assert disk.wait(20)
        return Listing("", (), ())

    monkeypatch.setattr("imgenc_gui.gui.work.lister.list_files", slow)
    window.intake.add_paths(["/slow"])
    said, _ = closing(monkeypatch, window)
    disk.set()
    assert said == "imgenc is still looking for pictures."


def test_how_many_there_are_is_told_as_final_nowhere_while_folders_are_still_listed(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()

    def slow(*_, hand_on, **__):
        hand_on(Listing("/slow", tuple(f"/slow/{number}.jpg" for number in range(64)), ()))
        assert disk.wait(20)
        return Listing("/slow", ("/slow/more.jpg",), ())

    monkeypatch.setattr("imgenc_gui.gui.work.lister.list_files", slow)
    encoders.gate = threading.Event()
    window.intake.add_paths(["/slow"])
    qtbot.waitUntil(lambda: window.session.activity is Activity.ENCODING, timeout=WAIT)
    qtbot.waitUntil(lambda: "64 found so far" in window.status.text, timeout=WAIT)
    assert window.windowTitle() == "imgenc"
    said, _ = closing(monkeypatch, window)
    assert said == "imgenc is still looking for pictures."
    disk.set()
    qtbot.waitUntil(lambda: window.status.text.startswith("0 of 65"), timeout=WAIT)
    encoders.gate.set()
    wait_idle(qtbot, window)
    assert (window.status.text.startswith("65 pictures encoded in "), window.session.done) == (True, 65)


def test_the_question_on_closing_says_that_an_export_is_being_written(
    qtbot: QtBot, window: MainWindow, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    disk = threading.Event()

    def slow(_request):
        assert disk.wait(20)
        return ()

    monkeypatch.setattr("imgenc_gui.gui.export.job.export", slow)
    window.export()
    dialog = window.findChildren(ExportDialog)[-1]
    dialog.choices.set_folder(tmp_path)
    dialog.choices.set_stem("slow")
    dialog.choices.main_button.click()
    said, buttons = closing(monkeypatch, window)
    disk.set()
    assert said == "An export is still being written; closing leaves no file of it."
    assert sorted(buttons) == ["Cancel", "Close"]
    qtbot.waitUntil(lambda: not dialog.is_running(), timeout=WAIT)
    dialog.close()


def test_closing_while_encoding_is_quick_and_asks_when_work_would_be_lost(
    qtbot: QtBot, window: MainWindow, encoders: Encoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        (tmp_path / f"{number}.jpg").touch()
    encoders.seconds = 0.005
    window.intake.add_paths([str(tmp_path)])
    qtbot.waitUntil(lambda: window.rows.unsaved() >= 10, timeout=WAIT)
    asked = answer(monkeypatch, "Cancel")
    window.close()
    assert asked == ["Close imgenc?"]
    assert window.isVisible()
    assert window.session.activity is Activity.ENCODING
    answer(monkeypatch, "Close")
    began = time.monotonic()
    window.close()
    assert not window.isVisible()
    assert time.monotonic() - began < 5  # a hang, not a measurement
    assert window.session._sittings.runner._pool.activeThreadCount() == 0


def test_closing_asks_nothing_when_nothing_would_be_lost(
    qtbot: QtBot, window: MainWindow, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, "Cancel")
    drop(window, mime(photos / "IMG_0.jpg"))
    wait_idle(qtbot, window)
    window.close()
    assert asked == []
    assert not window.isVisible()


def test_clearing_the_table(qtbot: QtBot, window: MainWindow, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        (photos / f"more_{number}.jpg").touch()
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    asked = answer(monkeypatch, "Clear")
    window.actions_.clear.trigger()
    assert asked == ["Clear the table?"]
    assert window.model.rowCount() == 0
    assert window.drop_area.isVisible()


def test_exporting_some_rows_leaves_the_others_worth_asking_for(
    qtbot: QtBot, window: MainWindow, photos: Path, tmp_path: Path
) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    window.session.encode_again([0, 1])
    wait_idle(qtbot, window)
    assert window.rows.unsaved() == 7
    window.view.selectRow(names(window).index("IMG_0.jpg"))
    for scope, left in (("Selected", 6), ("All", 0)):
        window.export()
        dialog = window.findChildren(ExportDialog)[-1]
        dialog.choices.set_folder(tmp_path)
        dialog.choices.set_stem(scope)
        next(
            button for button in dialog.findChildren(QAbstractButton) if scope in button.text().replace("&", "")
        ).click()
        with qtbot.waitSignal(dialog.exported, timeout=WAIT):
            dialog.choices.main_button.click()
        dialog.close()
        assert window.rows.unsaved() == left


def test_exporting_one_method_leaves_the_others_worth_asking_for(
    qtbot: QtBot, window: MainWindow, photos: Path, tmp_path: Path
) -> None:
    window._settings.methods = (PHASH, DHASH)
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    assert window.rows.unsaved() == 7
    for method, left in ((PHASH, 7), (DHASH, 0)):
        window.export()
        dialog = window.findChildren(ExportDialog)[-1]
        dialog.choices.set_folder(tmp_path)
        dialog.choices.set_stem(method.id)
        for box in dialog.findChildren(QCheckBox):
            if box.isChecked() is not (box.text() == method.label):
                box.click()
        with qtbot.waitSignal(dialog.exported, timeout=WAIT):
            dialog.choices.main_button.click()
        dialog.close()
        assert window.rows.unsaved() == left


# Reach and names


def test_everything_that_is_disabled_says_why(window: MainWindow) -> None:
    disabled = [
        action
        for action in window.findChildren(QAction)
        if not action.isEnabled() and action.text() and action.menu() is None and not action.isSeparator()
    ]
    words = {action.text().replace("&", ""): action.statusTip() for action in disabled}
    assert {"Export…", "Encode", "Stop", "Copy rows", "Clear the table"} <= set(words)
    for text, reason in words.items():
        if text not in ("Undo", "Redo", "Cut", "Copy", "Paste", "Delete", "Select All"):  # Qt's own of text fields
            assert reason, text


def test_every_control_has_a_name(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    kinds = (QAbstractButton, QAbstractScrollArea, QAbstractSpinBox, QComboBox, QLineEdit, QProgressBar)
    nameless = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, kinds) or isinstance(widget, QScrollBar) or widget.parent() is None:
            continue
        own = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
        internal = widget.objectName().startswith("qt_") or type(widget).__module__.startswith("PySide6.QtWidgets")
        inside = (
            isinstance(widget.parent(), (*kinds, QMenuBar)) and internal
        )  # corner buttons, the headers of a table ...
        if not own and not inside:
            nameless.append((type(widget).__name__, widget.objectName(), type(widget.parent()).__name__))
    assert nameless == []


def test_labels_with_keys_have_buddies(window: MainWindow) -> None:
    for label in window.findChildren(QLabel):
        if "&" in label.text().replace("&&", ""):
            assert label.buddy() is not None, label.text()


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    keys: dict[str, str] = {}
    for action in window.findChildren(QAction):
        for key in action.shortcuts():
            if action.parent() is window or action.text():
                text = key.toString()
                assert keys.setdefault(text, action.text()) == action.text(), text
    assert len(keys) > 15


def test_tab_reaches_every_control_of_the_window(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    drop(window, mime(photos))
    wait_idle(qtbot, window)
    window.header.open_folder.setFocus()
    reached = set()
    for _ in range(60):
        focus = QApplication.focusWidget()
        if focus is None:
            break
        reached.add(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    header = window.header
    expected = [header.open_folder, header.add_pictures, header.recursive, header.methods, header.export]
    assert set(expected) | {window.view, window.filter_bar.search} <= reached


@pytest.mark.slow
def test_missing_weights_are_told_once_and_the_hashes_are_there(qtbot, make_window, tmp_path, monkeypatch):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (30, 20), (number * 80, 90, 10)).save(folder / f"{number}.png")
    monkeypatch.setattr(NETWORKS, "_known", {})  # as in a process that has loaded none
    monkeypatch.setattr("imgenc_gui.core.networks.mobilenet_v1.resource", lambda *_: tmp_path / "gone")
    window = make_window()
    window._settings.methods = (PHASH, CNN)

    drop(window, mime(folder))
    qtbot.waitUntil(lambda: window.session.done == 3, timeout=LOADED)
    wait_idle(qtbot, window)

    assert "weights" in window.message_bar.text
    assert len(cell(window, "0.png", PHASHES)) == 16
    # AND after work that asks for hashes alone nothing is said of them
    window._settings.methods = (PHASH, DHASH)
    window.actions_.encode.trigger()
    qtbot.waitUntil(lambda: bool(cell(window, "0.png", DHASHES)), timeout=WAIT)
    wait_idle(qtbot, window)
    assert not window.message_bar.isVisible()
    assert window.errors == []
