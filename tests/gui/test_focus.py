"""Where the keyboard is can be seen: Tab changes pixels plainly, at every stop of the window and of each dialog."""

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QMessageBox, QRadioButton, QVBoxLayout, QWidget

from imgenc_gui.app import create_app
from imgenc_gui.gui.inspector.preview import PreviewView
from imgenc_gui.gui.look import theme
from imgenc_gui.gui.look.focus import RING, _Ring, mark_focus
from imgenc_gui.gui.look.letters import scrolling
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.window.main_window import MainWindow
from tests.gui.look.contrast import luminances, painted
from tests.gui.panels import WHOLE, make

NEAR = 12  # pixels
ENOUGH = 40  # pixels: more than a cursor in a field has


@pytest.fixture(params=["light", "dark"])
def themed(request, qapp):
    """The application as the program sets it up, for what needs no window of it."""
    mark_focus(qapp)
    theme.apply_theme(qapp, request.param)
    yield
    theme.apply_theme(qapp, "light")


@pytest.fixture
def app(store, tmp_path, qtbot):
    """The program, for what has nothing to do with colours."""
    made = create_app([], store, tmp_path / "logs")
    qtbot.addWidget(made.window)
    yield made
    made.window.close()
    theme.apply_theme(made.application, "light")


def changed(before, after):
    """How many pixels differ by a contrast of at least 3."""
    differs = (before.view(np.uint32) != after.view(np.uint32))[..., 0]  # few of them do
    one, other = luminances(before[differs]) + 0.05, luminances(after[differs]) + 0.05
    return int(np.count_nonzero(np.maximum(one, other) / np.minimum(one, other) >= 3))


def press(key):
    QTest.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key)
    QApplication.processEvents()


def around(widget, window):
    """Where in the window the keyboard may be shown for a widget."""
    place = QRect(widget.mapTo(window, QPoint()), widget.size())
    return place.adjusted(-NEAR, -NEAR, NEAR, NEAR).intersected(window.rect())


def still(window, part=None):
    """The window, or a part of it, as painted while no widget of it has the keyboard."""
    focused = QApplication.focusWidget()
    focused.clearFocus()
    QApplication.processEvents()
    pixels = painted(window, part=part)
    focused.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    return pixels


@pytest.fixture
def window(tmp_path, qtbot):
    """The main window with pictures, which is the active one."""
    owner, window = make("window", tmp_path)
    qtbot.addWidget(owner)
    assert isinstance(window, MainWindow)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    yield window
    owner.close()


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("name", WHOLE)
def test_each_stop_of_the_tab_key_can_be_seen(name, tmp_path, qtbot):
    owner, window = make(name, tmp_path)
    qtbot.addWidget(owner)
    window.resize(max(window.width(), 1300), max(window.height(), 900))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    seen, unseen = [], []
    for _ in range(80):
        press(Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        if widget is None or widget in seen:
            break
        seen.append(widget)
        part = around(widget, window)
        after = painted(window, part=part)
        count = changed(still(window, part), after)
        if count < ENOUGH:
            unseen.append((type(widget).__name__, widget.accessibleName(), count))
    assert seen
    assert unseen == []
    owner.close()


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("selected", [True, False])
def test_the_cell_with_the_keyboard_can_be_seen(selected, window):
    window.view.setFocus(Qt.FocusReason.TabFocusReason)
    if not selected:
        window.view.selectionModel().clearSelection()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
        viewport = window.view.viewport()
        modifiers = Qt.KeyboardModifier.NoModifier if selected else Qt.KeyboardModifier.ControlModifier
        before, was = painted(viewport), window.view.currentIndex()
        QTest.keyClick(window.view, key, modifiers)
        QApplication.processEvents()
        assert window.view.currentIndex() != was
        after = painted(viewport)
        for index in (was, window.view.currentIndex()):  # the mark leaves one cell for the other
            cell = window.view.visualRect(index)
            part = np.s_[cell.top() : cell.bottom(), cell.left() : cell.right()]
            assert changed(before[part], after[part]) >= ENOUGH


@pytest.mark.usefixtures("themed")
def test_the_table_s_ring_leaves_that_of_its_first_cell_whole(window):
    window.view.selectRow(0)
    window.filter_bar.search.setFocus()
    while QApplication.focusWidget() is not window.view:
        press(Qt.Key.Key_Tab)
    cell = window.view.visualRect(window.view.currentIndex())
    start = window.view.viewport().mapTo(window, cell.topLeft())
    line = np.s_[start.y() + 10 : start.y() + cell.height() - 10, start.x() + RING : start.x() + RING + 4]
    after = painted(window)
    assert changed(still(window)[line], after[line]) >= cell.height() - 20  # all along its left side


@pytest.mark.parametrize("name", ["settings", "export", "methods"])
def test_a_ring_lies_around_the_box_that_it_marks_and_not_upon_it(name, app, tmp_path, qtbot):
    if name == "methods":
        app.window.show()
        app.window.header.methods.show_panel()
        window = app.window.header.methods.panel.window()
    else:
        owner, window = make(name, tmp_path)
        qtbot.addWidget(owner)
    qtbot.waitUntil(window.isVisible, timeout=5000)
    boxes = [box for kind in (QCheckBox, QRadioButton) for box in window.findChildren(kind)]
    assert boxes
    for box in boxes:
        ring = _Ring()
        ring.mark(box)
        ring.show()
        QApplication.processEvents()
        left, right = (ring._area().translated(ring.pos()).left(), ring._area().translated(ring.pos()).right())
        at = box.mapTo(ring.parentWidget(), QPoint()).x()
        assert left == at - RING, box.text()
        assert right >= at + box.width() - 1 + RING or box.width() > box.sizeHint().width() + RING
        ring.hide()
    window.close()


@pytest.mark.usefixtures("themed")
def test_the_keyboard_can_be_seen_where_it_went_to_what_had_to_be_scrolled_to(qtbot):
    body = QWidget()
    layout = QVBoxLayout(body)
    layout.addWidget(QCheckBox("here"))
    layout.addSpacing(1000)
    layout.addWidget(QCheckBox("far below"))
    area = scrolling(body)
    qtbot.addWidget(area)
    area.resize(300, 200)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow, timeout=5000)
    body.findChild(QCheckBox).setFocus()
    press(Qt.Key.Key_Tab)
    after = painted(area)
    assert QApplication.focusWidget().text() == "far below"
    assert changed(still(area), after) >= ENOUGH


@pytest.mark.usefixtures("themed")
def test_no_ring_lies_upon_the_places_to_drop_something(window):
    window.view.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Down)
    window.drop_choice.begin()
    after = painted(window)
    assert changed(still(window), after) == 0


def test_the_keyboard_goes_nowhere_unseen_where_nothing_matches(window, qtbot):
    window.filter_bar.search.setText("no such picture")
    window.filter_bar.tell_at_once()
    qtbot.waitUntil(lambda: not window.view.isVisible(), timeout=5000)
    window.filter_bar.search.setFocus()
    stops = []
    while QApplication.focusWidget() not in stops:
        stops.append(QApplication.focusWidget())
        press(Qt.Key.Key_Tab)
    assert len(stops) > 5
    assert [stop.accessibleName() for stop in stops if not stop.isVisible()] == []
    window.filter_bar.search.clear()
    window.filter_bar.tell_at_once()
    qtbot.waitUntil(window.view.isVisible, timeout=5000)
    window.filter_bar.search.setFocus()
    while QApplication.focusWidget() is not window.view:
        press(Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is not window.filter_bar.search


def test_what_had_the_keyboard_can_still_be_used_from_python(app, tmp_path, qtbot):
    owner, window = make("export", tmp_path)
    qtbot.addWidget(owner)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    held = [*window.findChildren(QCheckBox), *window.findChildren(QRadioButton), window.choices.main_button]
    for _ in range(20):
        press(Qt.Key.Key_Tab)
        QTest.qWait(0)  # the rings that have gone are deleted
    assert [widget for widget in held if not shiboken6.isValid(widget)] == []
    assert window.choices.main_button.isEnabled()


def test_what_the_table_is_made_of_can_be_used_after_the_keyboard_was_there(app, qtbot):
    window = app.window
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    table = window.findChild(ResultsView)
    window.session.live.append(["/p/a.jpg"])
    held = [table.verticalScrollBar(), table.horizontalHeader(), table.viewport()]
    for _ in range(3):
        table.setFocus(Qt.FocusReason.TabFocusReason)
        press(Qt.Key.Key_Tab)
        QTest.qWait(0)
    assert [shiboken6.isValid(widget) for widget in held] == [True, True, True]


def test_the_keyboard_comes_to_the_buttons_of_questions(app, qtbot):
    app.window.show()
    for _ in range(3):
        box = QMessageBox(QMessageBox.Icon.Question, "imgenc", "Close?", parent=app.window)
        close = box.addButton("Close", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.open()
        box.activateWindow()
        qtbot.waitUntil(box.isActiveWindow, timeout=5000)
        for _ in range(5):
            press(Qt.Key.Key_Tab)
            QTest.qWait(0)
        assert shiboken6.isValid(close)
        assert shiboken6.isValid(cancel)
        box.close()
        box.deleteLater()
        QTest.qWait(0)


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("colour", ["accent", "ground", "grey"])
def test_the_preview_shows_the_keyboard_on_pictures_of_any_colour(colour, qtbot):
    ground = QApplication.palette().window().color()
    fill = {"accent": theme.tone("accent"), "ground": ground, "grey": QColor("#777")}
    preview = PreviewView()
    qtbot.addWidget(preview)
    image = QImage(600, 600, QImage.Format.Format_RGB32)
    image.fill(fill[colour])
    preview.resize(300, 300)
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(preview)
    preview.set_image(image)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    preview.setFocus()
    press(Qt.Key.Key_Tab)
    after = painted(window)
    assert changed(still(window), after) >= ENOUGH


def test_who_uses_the_mouse_alone_sees_no_ring(app, qtbot):
    window = app.window
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)

    def rings():
        QApplication.processEvents()
        return [ring for ring in window.findChildren(_Ring) if ring.isVisible()]

    box = window.header.recursive
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    assert rings() == []
    press(Qt.Key.Key_Tab)
    assert len(rings()) == 1
    QTest.mouseClick(QApplication.focusWidget(), Qt.MouseButton.LeftButton)
    assert rings() == []
