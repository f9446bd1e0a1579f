"""The window where there is little room: what folds, the inspector as a drawer, and the first size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.status_bar import Counts, StatusBar
from tests.gui.conftest import FakeEncoder, make_result

NARROW, WIDE = 720, 1280
RUNNING = {"rows": 2000, "encoded": 50, "failed": 3, "not_pictures": 1, "done": 50, "total": 2000}


@pytest.fixture
def make_window(qtbot: QtBot, store: QSettings) -> Iterator[Callable[[int], MainWindow]]:
    windows: list[MainWindow] = []

    def make(width: int) -> MainWindow:
        window = MainWindow(Settings(store), FakeEncoder)
        windows.append(window)
        paths = [f"/photos/{number}.jpg" for number in range(3)]
        window.session.live.append(paths)
        window.session.live.apply([(row, make_result(path, METHODS)) for row, path in enumerate(paths)])
        window.rows.mark_saved(range(3), METHODS)
        window.progress.refresh()
        window.resize(width, 480)
        with qtbot.waitActive(window, timeout=20_000):
            window.show()
            window.activateWindow()
        settle()
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def resize(window: MainWindow, width: int) -> None:
    window.resize(width, 480)
    settle()
    assert window.width() == width


def area(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint()), widget.size())


def press_inspector(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    settle()


def test_stop_and_export_are_whole_at_every_width(make_window) -> None:
    window = make_window(WIDE)
    window.header.show_running(running=True)
    for width in range(WIDE, window.minimumSizeHint().width(), -90):
        resize(window, width)
        for button in (window.header.primary, window.header.export, window.header.methods):
            assert window.rect().contains(area(button))
            assert button.width() >= button.minimumSizeHint().width()
    assert window.header.open_folder.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
    assert window.header.primary.accessibleName() == "Stop"
    resize(window, WIDE)
    assert window.header.open_folder.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon


def test_a_shortened_category_shows_its_count_and_says_its_name(make_window) -> None:
    window = make_window(NARROW)
    window.filter_bar.set_counts(dict.fromkeys(Category, 123_456))
    settle()
    failed = window.filter_bar._buttons[Category.FAILED]
    assert failed.text() == "123,456"
    assert not failed.icon().isNull()
    assert failed.toolTip() == "Could not be read  123,456"
    assert failed.accessibleName() == "Could not be read, 123,456"
    resize(window, WIDE)
    assert failed.text() == "Could not be read  123,456"
    assert failed.icon().isNull()


def test_where_it_is_narrow_the_status_bar_says_how_far_and_keeps_the_rest_in_its_tip(qtbot: QtBot) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.resize(WIDE, 40)
    bar.show()
    bar.show_progress(Counts(**RUNNING, rate=99.6, left=20.0), stopping=False)
    settle()
    said = []
    for width in range(WIDE, bar.minimumSizeHint().width(), -10):
        bar.resize(width, 40)
        settle()
        assert bar._label.width() >= bar._label.minimumSizeHint().width()
        if said[-1:] != [(bar._label.text(), bar._failed.text())]:
            said.append((bar._label.text(), bar._failed.text()))
    everything = "50 of 2,000  ·  100 per second  ·  about 20 s left"
    assert said == [
        (everything, "3 could not be read  ·  1 is not a picture"),
        (everything, ""),
        ("50 of 2,000  ·  about 20 s left", ""),
        ("50 of 2,000", ""),
    ]
    assert bar.text == bar._label.toolTip() == everything


def test_a_long_tip_is_shortened_and_then_makes_room_for_the_sentence_again(make_window) -> None:
    window = make_window(NARROW)
    window.status.showMessage("What this action would do if it could be used at this moment. " * 4)
    settle()
    assert "…" in window.status._tip.text()
    assert window.rect().contains(area(window.status._tip))
    assert not window.status._label.isVisible()
    window.status.clearMessage()
    assert not window.status._tip.isVisible()
    assert window.status._label.isVisible()


def test_where_it_is_narrow_the_inspector_comes_when_asked_for_and_goes_with_escape(make_window, qtbot: QtBot) -> None:
    window = make_window(NARROW)
    window.view.select_row(1)
    window.view.setFocus()
    assert not window.inspector.isVisible()
    assert not window.actions_.inspector.isChecked()
    press_inspector(window, qtbot)
    assert window.inspector.isVisible()
    assert window.actions_.inspector.isChecked()
    assert window.rect().contains(area(window.inspector))
    assert not area(window.inspector).intersects(area(window.view))  # nothing of the table is cut off
    assert area(window.inspector).top() > area(window.header.primary).bottom()
    qtbot.keyClick(window.view, Qt.Key.Key_Down)  # the keyboard stayed in the table
    assert window.view.selected_rows() == [2]
    window.filter_bar.search.setText("2")
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    settle()
    assert window.filter_bar.search.text() == "2"  # Escape empties it only when the keyboard is in it
    assert not window.inspector.isVisible()
    assert not window.actions_.inspector.isChecked()


def test_its_close_button_gives_the_keyboard_back_to_the_table(make_window, qtbot: QtBot) -> None:
    window = make_window(NARROW)
    press_inspector(window, qtbot)
    close = next(b for b in window.inspector.findChildren(QAbstractButton) if b.text() == "" and "Close" in b.toolTip())
    close.setFocus()
    qtbot.keyClick(close, Qt.Key.Key_Space)
    settle()
    assert not window.inspector.isVisible()
    assert window.view.hasFocus()


def test_where_there_is_no_room_beside_it_it_covers_the_table(make_window, qtbot: QtBot) -> None:
    window = make_window(NARROW)
    resize(window, 560)
    press_inspector(window, qtbot)
    assert window.inspector.width() > 550
    assert window.rect().contains(area(window.inspector))


@pytest.mark.parametrize("wanted", [True, False])
def test_what_was_chosen_for_a_wide_window_outlives_the_drawer(make_window, qtbot: QtBot, store, wanted: bool) -> None:
    Settings(store).inspector_visible = wanted
    window = make_window(WIDE)
    assert window.inspector.isVisible() == wanted
    resize(window, NARROW)
    assert not window.inspector.isVisible()
    press_inspector(window, qtbot)
    assert window.inspector.isVisible()
    resize(window, WIDE)
    assert window.inspector.isVisible() == window.actions_.inspector.isChecked() == wanted
    assert Settings(store).inspector_visible == wanted


def test_how_the_room_is_shared_is_remembered_though_the_window_was_closed_narrow(make_window, store) -> None:
    Settings(store).inspector_visible = True
    window = make_window(WIDE)
    window.side.splitter.setSizes([700, 500])
    settle()
    shared = window.inspector.width()
    assert shared > 450
    resize(window, NARROW)
    window.close()
    again = make_window(NARROW)
    resize(again, WIDE)
    assert abs(again.inspector.width() - shared) < 30


def test_the_first_window_is_within_the_screen_with_its_frame(qtbot: QtBot, store: QSettings) -> None:
    window = MainWindow(Settings(store), FakeEncoder)
    qtbot.addWidget(window)
    window.show()
    settle()
    room = window.screen().availableGeometry()
    assert window.frameGeometry().width() <= room.width()
    assert window.frameGeometry().height() <= room.height()
    assert window.width() > room.width() * 0.9 or window.width() >= WIDE


def test_a_window_that_was_left_beyond_the_screens_comes_back(qtbot: QtBot, store: QSettings) -> None:
    far = QWidget()
    qtbot.addWidget(far)
    far.setGeometry(5000, 4000, 790, 700)
    Settings(store).geometry = far.saveGeometry()
    window = MainWindow(Settings(store), FakeEncoder)
    qtbot.addWidget(window)
    window.show()
    settle()
    room = window.screen().availableGeometry().adjusted(-1, -1, 1, 1)  # Qt is a pixel out
    assert room.contains(window.frameGeometry())
