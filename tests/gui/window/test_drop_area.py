"""The empty window: buttons, recent folders and the highlight."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from imgenc_gui.gui.settings.store import Recent
from imgenc_gui.gui.window.drop_area import DropArea


@pytest.fixture
def area(qtbot):
    widget = DropArea()
    qtbot.addWidget(widget)
    widget.resize(800, 560)
    widget.show()
    return widget


def button(area, name):
    return next(b for b in area.findChildren(QAbstractButton) if b.accessibleName() == name and not b.isHidden())


def test_the_two_buttons_ask_for_folder_and_pictures(area, qtbot):
    with qtbot.waitSignal(area.open_folder_requested, timeout=5000):
        qtbot.mouseClick(button(area, "Open folder"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(area.add_pictures_requested, timeout=5000):
        qtbot.keyClick(button(area, "Add pictures"), Qt.Key.Key_Space)


def test_a_recent_folder_is_one_click_away_and_given_in_full(area, qtbot):
    folders = ["/photos/Tom & Jerry", str(Path.home() / "Pictures"), "/very/" + "long/" * 60 + "end"]
    area.set_recent(map(Recent, folders))
    for folder in folders:
        link = button(area, f"Open recent folder {folder}")
        assert link.toolTip() == folder
        assert link.width() < area.width()
        assert "&" not in link.text().replace("&&", "")  # else Qt takes it for a mnemonic and hides it
        with qtbot.waitSignal(area.recent_requested, timeout=5000) as caught:
            qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
        assert caught.args == [folder]


def test_recent_folders_are_replaced_and_hidden_when_there_are_none(area):
    area.set_recent(Recent(f"/photos/{n}") for n in range(8))
    assert sum("recent" in b.accessibleName() and not b.isHidden() for b in area.findChildren(QAbstractButton)) == 5
    area.set_recent(())
    assert not any("recent" in b.accessibleName() and not b.isHidden() for b in area.findChildren(QAbstractButton))
    title = next(label for label in area.findChildren(QLabel) if label.text() == "Recent")
    assert not title.isVisible()


def test_dragging_over_it_changes_words_and_look(area):
    quiet = area.grab().toImage()
    area.set_drag_active(True)
    assert area.is_drag_active()
    assert any("Let go" in label.text() for label in area.findChildren(QLabel))
    assert area.grab().toImage() != quiet
    area.set_drag_active(False)
    assert area.grab().toImage() == quiet
