"""The grid of pictures, as a person uses it: what the table does, it does, and it keeps the place."""

from __future__ import annotations

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAccessible, QDrag, QGuiApplication, QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.gui.desktop.addresses import path_at
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import NAME, STATUS
from imgenc_gui.gui.table.grid import GridView
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.views import SIDES
from tests.gui.apart import apart
from tests.gui.conftest import FakeEncoder, active_window, double_click, make_failure, make_result, make_warned

WAIT = 10_000
CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT = Qt.MouseButton.LeftButton
FAR = 0xFEDCBA9876543210


@pytest.fixture
def window(qtbot, store):
    with active_window(qtbot, store) as made:
        yield made


def add(window, count, make=make_result):
    first = len(window.rows)
    paths = [f"/photos/IMG_{number:04}.jpg" for number in range(first, first + count)]
    window.session.live.append(paths)
    window.session.live.apply([(first + row, make(path)) for row, path in enumerate(paths)])
    window.rows.mark_saved(range(len(window.rows)), (PHASH,))
    window.session.live.settle()
    window.progress.refresh()


def grid_of(window) -> GridView:
    """The grid, shown and with the keyboard."""
    grid = window.views.grid
    if not window.views.is_grid:
        window.actions_.grid.trigger()
    grid.setFocus()
    QApplication.processEvents()
    return grid


def cell(grid: GridView, position: int) -> QRect:
    return grid.visualRect(grid.model().index(position, 0))


def click(grid, position, modifiers=NONE):
    QTest.mouseClick(grid.viewport(), LEFT, modifiers, cell(grid, position).center())


def current(window) -> int:
    return window.view.currentIndex().row()


def in_view(grid, position) -> bool:
    return grid.viewport().rect().contains(cell(grid, position).center())


# Switching


def test_the_place_is_kept_from_view_to_view(window):
    add(window, 500)
    # GIVEN a table that a person has scrolled, with some rows selected
    window.view.select_rows([300, 302, 303])
    selected = window.view.selected_rows()
    for _ in range(2):
        # WHEN they look at the grid and come back THEN the current row is there, and the same rows are selected
        grid = grid_of(window)
        assert grid.hasFocus()
        assert in_view(grid, 300)
        assert grid.selected_rows() == selected
        window.actions_.grid.trigger()
        assert window.view.isVisible()
        assert window.view.hasFocus()
        assert window.view.is_in_view(300)
        assert window.view.selected_rows() == selected
        assert current(window) == 300
    # WHEN the current row is scrolled away THEN what is seen first stays
    window.view.verticalScrollBar().setValue(0)
    window.view.scrollTo(window.model.index(100, 0), window.view.ScrollHint.PositionAtTop)
    first = window.view.rowAt(0)
    assert in_view(grid_of(window), first)


def test_the_next_window_opens_as_the_last_was_left(window, store, qtbot):
    grid_of(window)
    window.actions_.larger.trigger()
    side = window.views.grid.side
    assert side in SIDES
    assert side > 160
    again = MainWindow(Settings(store), FakeEncoder)
    qtbot.addWidget(again)
    again.show()
    assert again.views.is_grid
    assert again.actions_.grid.isChecked()
    assert again.views.grid.side == side
    assert again.views.slider.isVisible()
    again.close_at_once()


def test_keys_of_the_grid_say_why_they_do_nothing_in_the_table(window):
    assert not window.views.slider.isVisible()
    assert not window.actions_.larger.isEnabled()
    assert window.actions_.larger.statusTip() == "Show the grid of pictures first"
    grid_of(window)
    assert window.actions_.larger.isEnabled()
    assert window.views.slider.isVisible()


# Keys


def test_keys_go_from_picture_to_picture(window):
    add(window, 500)
    grid = grid_of(window)
    columns = grid._cells().columns
    assert columns > 2
    QTest.keyClick(grid, Qt.Key.Key_Right)
    places = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_End):
        QTest.keyClick(grid, key)
        places.append(current(window))
        assert grid.selected_rows() == [places[-1]]
        assert in_view(grid, places[-1])
    assert places == [0, 1, 1 + columns, columns, 0, 499]
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    page = 499 - current(window)
    assert page > columns
    QTest.keyClick(grid, Qt.Key.Key_PageDown)
    assert current(window) == 499
    # as in the table: Shift extends, Ctrl moves without selecting, and with Space selects that, too
    QTest.keyClick(grid, Qt.Key.Key_Up, SHIFT)
    assert grid.selected_rows() == list(range(499 - columns, 500))
    QTest.keyClick(grid, Qt.Key.Key_Home)
    QTest.keyClick(grid, Qt.Key.Key_Right, CTRL)
    QTest.keyClick(grid, Qt.Key.Key_Right, CTRL)
    assert grid.selected_rows() == [0]
    QTest.keyClick(grid, Qt.Key.Key_Space, CTRL)
    assert grid.selected_rows() == [0, 2]
    QTest.keyClick(grid, Qt.Key.Key_A, CTRL)
    assert grid.selected_count() == 500


@pytest.mark.parametrize("kind", ["table", "grid"])
def test_typing_goes_to_the_next_name_that_begins_so(window, qtbot, kind, monkeypatch):
    monkeypatch.setattr(QApplication, "keyboardInputInterval", lambda: 60_000)
    names = ["ant.jpg", "Bee.jpg", *(f"bear{number}.jpg" for number in range(60)), "cat.jpg", "ape.jpg"]
    window.session.live.append([f"/photos/{name}" for name in names])
    window.session.live.settle()
    window.progress.refresh()
    view = grid_of(window) if kind == "grid" else window.view
    view.setFocus()

    for letters, name in (
        ("b", "Bee.jpg"),
        ("bear5", "bear5.jpg"),
        ("c", "cat.jpg"),
        ("a", "ape.jpg"),
        ("a", "ant.jpg"),
    ):
        view._typed = ""  # a while later
        QTest.keyClicks(view, letters)
        qtbot.waitUntil(lambda name=name: view.selected_rows() == [names.index(name)], timeout=WAIT)
        assert view.is_in_view(names.index(name))


def test_what_was_searched_away_comes_back_selected(window):
    add(window, 500)
    grid = grid_of(window)
    grid.select_row(321)
    window.filter_bar.search.setText("IMG_0400")
    window.filter_bar.tell_at_once()
    assert grid.selected_rows() == []
    window.filter_bar.search.clear()
    window.filter_bar.tell_at_once()
    assert grid.selected_rows() == [321]
    assert current(window) == 321
    assert in_view(grid, 321)


def test_what_acts_on_rows_acts_on_those_of_the_grid(window, qtbot):
    add(window, 9)
    grid = grid_of(window)
    window.view.selectionModel().setCurrentIndex(window.model.index(3, 5), QItemSelectionModel.SelectionFlag.NoUpdate)
    opened = []
    window.view.open_requested.disconnect(window._open)
    window.view.open_requested.connect(opened.append)
    click(grid, 4)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    click(grid, 6)
    double_click(grid.viewport(), cell(grid, 6).center())
    assert opened == [4, 6]
    with qtbot.waitSignal(window.view.copied, timeout=WAIT) as copied:
        QTest.keyClick(grid, Qt.Key.Key_C, CTRL)
    assert copied.args == ["Copied 1 row"]
    assert "IMG_0006.jpg" in QGuiApplication.clipboard().text()
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert window.model.rowCount() == 8
    assert grid.selected_rows() == [7]
    window.actions_.undo.trigger()
    assert grid.selected_rows() == [6]
    of_table = [action.text() for action in window.view.context_menu(2, NAME).actions()]
    assert [action.text() for action in grid.context_menu(2, NAME).actions()] == of_table
    window.filter_bar.search.setText("no such picture")
    window.filter_bar.tell_at_once()
    assert window._nothing.isVisible()


def test_what_is_dropped_on_the_grid_is_the_window_s(window):
    add(window, 9)
    grid = grid_of(window)
    assert not grid.acceptDrops()
    assert not grid.viewport().acceptDrops()


def test_pictures_are_dragged_out(window, monkeypatch):
    dragged = []
    monkeypatch.setattr(QDrag, "exec", lambda self, *_: dragged.append(self.mimeData().urls()))
    add(window, 9)
    grid = grid_of(window)
    grid.select_rows([2, 5])
    grid.startDrag(Qt.DropAction.CopyAction)
    assert [path_at(url) for url in dragged[0]] == ["/photos/IMG_0002.jpg", "/photos/IMG_0005.jpg"]


# The mouse


def test_clicks_select_as_in_a_list(window):
    add(window, 60)
    grid = grid_of(window)
    columns = grid._cells().columns
    click(grid, 1)
    assert grid.selected_rows() == [1]
    click(grid, columns + 2, CTRL)
    assert grid.selected_rows() == [1, columns + 2]
    click(grid, columns + 2, CTRL)
    assert grid.selected_rows() == [1]
    click(grid, 1)
    click(grid, columns, SHIFT)
    assert grid.selected_rows() == list(range(1, columns + 1))


def drag_frame(grid, start, end, modifiers=NONE):
    viewport = grid.viewport()
    QTest.mousePress(viewport, LEFT, modifiers, start)
    for place in ((start + end) / 2, end):
        QTest.mouseMove(viewport, place)
        QApplication.processEvents()
    QTest.mouseRelease(viewport, LEFT, modifiers, end)
    QApplication.processEvents()


def test_a_frame_selects_what_it_touches(window):
    add(window, 60)
    grid = grid_of(window)
    columns = grid._cells().columns
    gap = cell(grid, 1).left() - 3
    start, end = QPoint(gap, cell(grid, 0).top() + 20), cell(grid, 2 + columns).center()
    drag_frame(grid, start, end)
    assert grid.selected_rows() == [1, 2, 1 + columns, 2 + columns]
    assert current(window) == 2 + columns
    # with Ctrl, what was selected stays so
    click(grid, 0)
    drag_frame(grid, start, end, CTRL)
    assert grid.selected_rows() == [0, 1, 2, 1 + columns, 2 + columns]
    # a click between the pictures selects nothing
    QTest.mouseClick(grid.viewport(), LEFT, NONE, start)
    assert grid.selected_rows() == []


def turn_wheel(grid, notches, modifiers=CTRL):
    place, turned = QPointF(grid.viewport().rect().center()), QPoint(0, 120 * notches)
    event = QWheelEvent(
        place, grid.viewport().mapToGlobal(place), turned, turned, Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(grid.viewport(), event)


def test_pictures_grow_and_shrink_and_what_is_seen_stays(window):
    add(window, 500)
    grid = grid_of(window)
    grid.select_row(250)
    slider = window.views.slider.slider
    ways = (lambda: turn_wheel(grid, 1), window.actions_.larger.trigger, lambda: slider.setValue(slider.value() + 1))
    for grow in ways:
        before, top = grid.side, cell(grid, 250).top()
        grow()
        assert grid.side == SIDES[SIDES.index(before) + 1]
        assert cell(grid, 250).top() in range(top - grid.side, top + 2)  # higher where it would be cut off
        assert grid.viewport().rect().contains(cell(grid, 250))
        assert cell(grid, 0).width() >= grid.side
    for _ in range(9):
        turn_wheel(grid, -1)
    assert grid.side == SIDES[0]
    assert in_view(grid, 250)
    window.resize(1000, 700)
    QApplication.processEvents()
    assert in_view(grid, 250)


# What is shown


def test_each_group_of_copies_begins_below_its_heading(window, qtbot):
    bits = {"a/1.jpg": 0, "a/2.jpg": 8, "b/3.jpg": 3}
    for values, base in ((bits, 0x1234567890ABCDEF), ({"b/5.jpg": 0, "a/6.jpg": 0}, FAR)):
        first = len(window.rows)
        paths = [f"/photos/{name}" for name in values]
        window.session.live.append(paths)
        window.session.live.apply([(first + row, apart(path, bit, base=base)) for row, (path, bit) in
                                   enumerate(zip(paths, values.values(), strict=True))])  # fmt: skip
    window.session.live.settle()
    window.progress.refresh()
    grid = grid_of(window)
    window.comparing.show_copies()
    qtbot.waitUntil(lambda: window.model.rowCount() == 5, timeout=WAIT)
    QApplication.processEvents()
    of_first = len(window.model.banded.band_of(window.model.row_at(0)))
    sizes = [of_first, 5 - of_first]
    tops = [cell(grid, position).top() for position in range(5)]
    assert len(set(tops[: sizes[0]])) == len(set(tops[sizes[0] :])) == 1
    assert tops[sizes[0]] > cell(grid, 0).bottom() + grid._cells().heading
    words = [window.model.banded.heading(window.model.row_at(position)) for position in (0, sizes[0])]
    assert words == [f"Group {number} of 2 · {size} pictures" for number, size in enumerate(sizes, 1)]
    # the box beside the name marks a picture, and Space does
    box = grid._delegate.box(cell(grid, 1), grid.layoutDirection())
    QTest.mouseClick(grid.viewport(), LEFT, NONE, box.center())
    assert window.model.is_marked(window.model.row_at(1))
    click(grid, 1)
    QTest.keyClick(grid, Qt.Key.Key_Space)
    assert not window.model.is_marked(window.model.row_at(1))


def test_what_is_similar_is_shown_where_the_grid_was_and_escape_goes_back(window, qtbot):
    paths = [f"/photos/{bits}.jpg" for bits in range(60)]
    window.session.live.append(paths)
    window.session.live.apply([(row, apart(path, row % 30)) for row, path in enumerate(paths)])
    window.session.live.settle()
    window.progress.refresh()
    grid = grid_of(window)
    grid.select_row(40)
    scrolled = grid.verticalScrollBar().value()
    assert scrolled
    QTest.keyClick(grid, Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: window.comparing.similar_mode.similar.bands is not None, timeout=WAIT)
    assert 0 < window.model.rowCount() < 60
    assert grid.isVisible()
    assert grid.verticalScrollBar().value() == 0
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.model.rowCount() == 60, timeout=WAIT)
    assert grid.selected_rows() == [40]
    assert grid.verticalScrollBar().value() == scrolled


def test_a_tip_says_what_the_table_s_columns_do(window, monkeypatch):
    told = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_: told.append(text))
    for make in (make_result, make_failure, make_warned):
        add(window, 1, make)
    grid = grid_of(window)
    size = "640 × 480, JPEG"  # noqa: RUF001
    for position in range(3):
        place = cell(grid, position).center()
        QApplication.sendEvent(
            grid.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, grid.viewport().mapToGlobal(place))
        )
    assert told[0].split("\n") == ["/photos/IMG_0000.jpg", size]
    assert len(told[1].split("\n")) > 1
    assert size in told[2]
    assert len(told[2].split("\n")) == 3


def test_screen_readers_find_each_picture_its_name_and_what_became_of_it(window):
    add(window, 3)
    add(window, 1, make_failure)
    found = QAccessible.queryAccessibleInterface(grid_of(window))
    assert found.role() == QAccessible.Role.List
    assert found.childCount() == 4
    said = [[found.child(place).text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Description)]
            for place in (0, 3)]  # fmt: skip
    assert said == [["IMG_0000.jpg", "Encoded"], ["IMG_0003.jpg", window.model.text(3, STATUS)]]


def test_pictures_that_come_out_of_sight_are_not_painted(window, qtbot):
    add(window, 200)
    grid, painted = grid_of(window), []

    class Watch(QObject):
        def eventFilter(self, _watched, event):  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint and event.rect().height() > 300:
                painted.append(event.rect())
            return False

    watch = Watch()
    qtbot.wait(50)
    grid.viewport().installEventFilter(watch)
    most = grid.verticalScrollBar().maximum()
    add(window, 100)
    QApplication.processEvents()
    assert grid.verticalScrollBar().maximum() > most
    assert painted == []


# Pictures


@pytest.fixture
def pictures(tmp_path) -> list[str]:
    paths = []
    for number in range(60):
        paths.append(str(tmp_path / f"{number:02}.png"))
        Image.new("RGB", (400, 300) if number else (20, 10), (number, 100, 100)).save(paths[-1])
    return paths


def show_pictures(window, paths):
    window.session.live.append(paths)
    window.session.live.apply([(row, make_result(path)) for row, path in enumerate(paths)])
    window.session.live.settle()
    window.progress.refresh()


def test_what_is_seen_is_read_from_its_beginning_and_what_is_scrolled_past_is_not(window, qtbot, pictures):
    read = []
    window.thumbnails.ready.connect(lambda path, _file: read.append(pictures.index(path)))
    window.actions_.grid.trigger()
    show_pictures(window, pictures)
    grid = grid_of(window)
    seen = grid._seen()
    assert len(seen) < 40
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    grid.repaint()
    last = set(grid._seen())
    qtbot.waitUntil(lambda: last <= set(read), timeout=WAIT)
    passed = [position for position in read if position not in last]
    assert len(passed) < len(seen) // 2  # those that were being read
    first, second = (read.index(position) for position in sorted(last)[-2:])
    assert max(map(read.index, sorted(last)[:2])) < min(first, second)


def test_pictures_are_as_sharp_as_the_screen_and_small_ones_stay_small(window, qtbot, pictures):
    show_pictures(window, pictures[:2])
    grid_of(window)

    def shown(path, side, ratio):
        qtbot.waitUntil(lambda: window.thumbnails.get(path, side, ratio) is not None, timeout=WAIT)
        return window.thumbnails.get(path, side, ratio)

    for side, ratio in ((128, 1.0), (128, 2.0), (160, 1.5)):
        large, small = shown(pictures[1], side, ratio), shown(pictures[0], side, ratio)
        assert large.width() == side * ratio
        assert large.deviceIndependentSize().width() == pytest.approx(side)
        assert small.width() == 20


def test_all_kinds_of_rows_can_be_seen(window):
    """Selected and not: what is painted differs from cell to cell, and from what is there when it is not selected."""
    for make in (make_result, make_failure, make_warned):
        add(window, 1, make)
    grid = grid_of(window)
    window.filter_bar.set_category(Category.ALL)
    before = grid.grab().toImage()
    grid.selectAll()
    after = grid.grab().toImage()
    for position in range(3):
        area = cell(grid, position)
        assert before.copy(area) != after.copy(area)
    assert len({before.copy(cell(grid, position)).constBits().tobytes() for position in range(3)}) == 3
