"""Two dropped pictures answer "are these the same?"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from imgenc_gui.core.records.compared import Framing, Pixels
from imgenc_gui.gui.inspector import pair_feed
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.gui.conftest import FakeEncoder

WAIT = 15_000
WIDE, NARROW = 1280, 800


@pytest.fixture
def make_window(
    qtbot: QtBot, store: QSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], MainWindow]]:
    made: list[MainWindow] = []
    found = Pixels(same_bytes=False, equal=False, framing=Framing.SAME)
    monkeypatch.setattr(pair_feed, "compare_pixels", lambda *_paths, **_stop: found)

    def make(width: int = WIDE) -> MainWindow:
        window = MainWindow(Settings(store), FakeEncoder)
        made.append(window)
        window.resize(width, 700)
        window.show()
        return window

    yield make
    for window in made:
        window.close_at_once()
        window.deleteLater()


def bring(window: MainWindow, qtbot: QtBot, *paths: Path) -> None:
    window.intake.add_paths([str(path) for path in paths])
    qtbot.waitUntil(lambda: window.session.activity is Activity.IDLE, timeout=WAIT)


def is_compared(window: MainWindow) -> bool:
    return window.inspector.pair.isVisible() and window.inspector.pair.sentence().startswith("Same picture")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_both_are_selected_and_compared(make_window, photos: Path, qtbot: QtBot, width: int) -> None:
    window = make_window(width)
    window.filter_bar.search.setText("nothing")
    bring(window, qtbot, photos / "IMG_1.jpg", photos / "sub" / "deep.png")
    assert window.view.selected_rows() == [0, 1]
    qtbot.waitUntil(lambda: is_compared(window), timeout=WAIT)
    assert window.actions_.inspector.isChecked()


def test_also_where_one_or_both_were_on_the_table(make_window, photos: Path, qtbot: QtBot) -> None:
    window = make_window()
    bring(window, qtbot, photos)
    assert window.view.selected_rows() == []
    bring(window, qtbot, photos / "IMG_2.jpg", photos / "IMG_4.jpg")
    names = [Path(window.rows.paths[row]).name for row in window.view.selected_rows()]
    assert names == ["IMG_2.jpg", "IMG_4.jpg"]
    qtbot.waitUntil(lambda: is_compared(window), timeout=WAIT)


def test_three_pictures_or_a_folder_of_two_are_no_question(make_window, photos: Path, qtbot: QtBot) -> None:
    window = make_window(NARROW)
    bring(window, qtbot, *(photos / f"IMG_{number}.jpg" for number in range(3)))
    for number in (0, 1, 2, 3):
        (photos / f"IMG_{number}.jpg").unlink()
    for name in ("bad.jpg", "notes.txt"):
        (photos / name).unlink()
    (photos / "sub" / "deep.png").unlink()
    bring(window, qtbot, photos)
    assert window.view.selected_rows() == []
    assert not window.inspector.isVisible()


def test_a_hidden_inspector_comes_for_the_answer_alone(
    make_window, photos: Path, store: QSettings, qtbot: QtBot
) -> None:
    # GIVEN a person who doesn't want the inspector
    Settings(store).inspector_visible = False
    window = make_window()
    assert not window.inspector.isVisible()
    # WHEN two pictures are dropped it comes, and what is remembered stays
    bring(window, qtbot, photos / "IMG_1.jpg", photos / "IMG_2.jpg")
    qtbot.waitUntil(lambda: is_compared(window), timeout=WAIT)
    assert window.actions_.inspector.isChecked()
    assert Settings(store).inspector_visible is False
    # AND it goes with Escape, or with its button
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert not window.inspector.isVisible()
    assert not window.actions_.inspector.isChecked()
    bring(window, qtbot, photos / "IMG_1.jpg", photos / "IMG_3.jpg")
    buttons = window.inspector.findChildren(QAbstractButton)
    close = next(button for button in buttons if button.accessibleName() == "Close the inspector")
    assert close.isVisible()
    close.setFocus()
    close.click()
    assert not window.inspector.isVisible()
    assert window.view.hasFocus() or not window.isActiveWindow()
    # AND shown by the person's own wish it stays, without a button
    window.actions_.inspector.trigger()
    assert Settings(store).inspector_visible is True
    assert not close.isVisible()
    assert not window.side.close_drawer()
