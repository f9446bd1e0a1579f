"""Parts side by side, that go on below where there is no room."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.look.flow import FlowLayout


def parts(holder: QWidget) -> list[tuple[int, int, int, int]]:
    return [part.geometry().getRect() for part in holder.findChildren(QWidget) if part.isVisible()]


@pytest.fixture
def holder(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def fill(layout: FlowLayout, *widths: int) -> list[QWidget]:
    made = []
    for width in widths:
        part = QWidget()
        part.setMinimumSize(width, 20)
        layout.addWidget(part)
        made.append(part)
    return made


def test_parts_that_have_no_room_go_on_below(holder: QWidget) -> None:
    layout = FlowLayout(10, 5, parent=holder)
    fill(layout, 50, 60, 70)
    holder.resize(200, 100)
    holder.show()
    assert parts(holder) == [(0, 0, 50, 20), (60, 0, 60, 20), (130, 0, 70, 20)]
    holder.resize(199, 100)
    assert parts(holder) == [(0, 0, 50, 20), (60, 0, 60, 20), (0, 25, 70, 20)]
    assert [layout.heightForWidth(width) for width in (200, 199, 70)] == [20, 45, 70]
    assert holder.minimumSizeHint().toTuple() == (70, 20)


def test_columns_share_the_width_and_the_last_the_height(holder: QWidget) -> None:
    layout = FlowLayout(10, 5, sharing=True, parent=holder)
    left, right = fill(layout, 50, 60)
    for part, stretch in ((left, 1), (right, 3)):
        policy = part.sizePolicy()
        policy.setHorizontalStretch(stretch)
        part.setSizePolicy(policy)
    holder.resize(410, 100)
    holder.show()
    assert parts(holder) == [(0, 0, 100, 100), (110, 0, 300, 100)]
    holder.resize(119, 100)
    assert parts(holder) == [(0, 0, 119, 20), (0, 25, 119, 75)]


def test_a_column_gets_what_it_needs_from_those_that_can_spare_it(holder: QWidget) -> None:
    fill(FlowLayout(0, 0, sharing=True, parent=holder), 150, 20)
    holder.resize(200, 50)
    holder.show()
    assert parts(holder) == [(0, 0, 150, 50), (150, 0, 50, 50)]


def test_hidden_parts_take_no_room(holder: QWidget) -> None:
    first, _ = fill(FlowLayout(10, 5, parent=holder), 50, 60)
    first.hide()
    holder.resize(200, 100)
    holder.show()
    assert parts(holder) == [(0, 0, 60, 20)]
