"""The zoomable preview: fitted in or zoomed about the pointer, by mouse and keys."""

import time

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from imgenc_gui.gui.inspector.preview import PreviewView
from tests.gui.conftest import double_click, turn_wheel


def picture(width, height, colour="red"):
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor(colour))
    return image


@pytest.fixture
def view(qtbot):
    widget = PreviewView()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    widget.show()
    return widget


def test_a_picture_is_fitted_in_whole_and_never_enlarged(view):
    view.set_image(picture(3000, 3000))
    image = view.viewport().grab().toImage()
    red = [x for x in range(300) if image.pixelColor(x, 100).name() == "#ff0000"]
    assert (red[0], red[-1]) == (51, 248)  # within a hairline
    view.set_image(picture(40, 30))
    image = view.viewport().grab().toImage()
    assert len([x for x in range(300) if image.pixelColor(x, 100).name() == "#ff0000"]) == 38


def test_double_click_zooms_about_the_place_and_dragging_pans(view, qtbot):
    view.set_image(picture(3000, 2000), QSize(3000, 2000))
    double_click(view.viewport(), QPoint(225, 150))
    assert view.zoom_words() == "100 %"
    across, down = view.horizontalScrollBar(), view.verticalScrollBar()
    assert across.value() + 225 == pytest.approx(3000 * 0.75, abs=1)  # what was there is there still
    assert down.value() + 150 == pytest.approx(2000 * 0.75, abs=1)
    start = across.value(), down.value()
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view.viewport(), QPoint(140, 70))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(140, 70))
    assert (across.value(), down.value()) == (start[0] - 40, start[1] + 30)
    double_click(view.viewport(), QPoint(10, 10))
    assert not view.is_zoomed()
    view.zoom_to(0.3)  # neither
    double_click(view.viewport(), QPoint(10, 10))
    assert view.zoom_words() == "100 %"


def share_at(view, at):
    """Which place of the picture is there, in shares of it."""
    size = view._logical(view.zoom())
    across, down = view.horizontalScrollBar().value() + at.x(), view.verticalScrollBar().value() + at.y()
    return across / size.width(), down / size.height()


@pytest.mark.parametrize(("angle", "pixels"), [(120, 0), (15, 8), (0, 30)], ids=["notch", "trackpad", "pixels alone"])
@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
def test_the_wheel_zooms_about_the_pointer(view, angle, pixels, keys):
    view.set_image(picture(3000, 2000), QSize(3000, 2000))
    at = QPointF(240, 60)
    before = (0.8, 0.3)  # a picture of the view's shape
    zooms = []
    while not zooms or zooms[-1] < 4:
        turn_wheel(view, at, angle, pixels, keys=keys)
        zooms.append(view.zoom())
        assert share_at(view, at) == pytest.approx(before, abs=2 / (3000 * zooms[-1]))
    assert zooms == sorted(zooms)
    assert 1.0 in zooms  # it stops there on its way
    while view.is_zoomed():
        turn_wheel(view, at, -angle, -pixels, keys=keys)
    turn_wheel(view, at, -angle, -pixels, keys=keys)
    assert not view.is_zoomed()


def test_it_is_no_larger_than_can_be_used(view):
    view.set_image(picture(3000, 2000), QSize(3000, 2000))
    for _ in range(60):
        turn_wheel(view, QPointF(10, 10), 120)
    assert view.zoom_words() == "1,600 %"
    assert view.viewport().grab().toImage().pixelColor(150, 100).name() == "#ff0000"


def test_keys_zoom_and_pan(view, qtbot):
    view.set_image(picture(3000, 2000), QSize(3000, 2000))
    qtbot.keyClick(view, Qt.Key.Key_1)
    assert view.zoom_words() == "100 %"
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom_words() == "150 %"
    place = view.horizontalScrollBar().value()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.horizontalScrollBar().value() > place
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.zoom_words() == "100 %"
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert not view.is_zoomed()
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom_words() == "15 %"


def test_what_is_larger_than_was_read_is_shown_at_once_and_sharper_when_it_comes(view, qtbot):
    asked = []
    view.full_size_wanted.connect(lambda: asked.append(True))
    view.set_image(picture(600, 400), QSize(3000, 2000))
    for _ in range(2):
        turn_wheel(view, QPointF(150, 100), 120)
    assert (view.zoom_words(), asked) == ("16 %", [])  # 600 pixels are enough for that
    qtbot.keyClick(view, Qt.Key.Key_1)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert (view.zoom_words(), asked) == ("150 %", [True])
    view.set_full_size(picture(3000, 2000, "blue"))
    assert view.zoom_words() == "150 %"
    assert view.viewport().grab().toImage().pixelColor(150, 100).name() == "#0000ff"


@pytest.mark.parametrize("size", [QSize(1, 30_000), QSize(30_000, 1)])
def test_a_strip_of_single_pixels_is_shown_with_all_of_them(view, qtbot, size):
    view.set_image(picture(*size.boundedTo(QSize(2048, 2048)).toTuple(), "blue"), size)
    with qtbot.waitSignal(view.full_size_wanted):
        view.toggle_zoom()
    view.set_full_size(picture(*size.toTuple()))
    image = view.viewport().grab().toImage()
    assert image.pixelColor(150, 100).name() == "#ff0000"


def test_pixels_that_cannot_be_had_leave_the_picture_fitted_in(view):
    asked = []
    view.full_size_wanted.connect(lambda: asked.append(True))
    view.set_image(picture(600, 400), QSize(3000, 2000))
    for _ in range(2):
        view.toggle_zoom()
        view.set_full_size(None)
        assert not view.is_zoomed()
    assert asked == [True]


def test_of_a_picture_of_which_nothing_is_known_all_pixels_are_read(view):
    view.set_image(picture(600, 400))
    view.toggle_zoom()
    view.set_full_size(picture(3000, 2000))
    assert view.zoom_words() == "100 %"
    assert view.horizontalScrollBar().maximum() == 2700


def test_going_back_while_all_pixels_load_leaves_it_fitted_in(view):
    view.set_image(picture(400, 300), QSize(4000, 3000))
    view.toggle_zoom()
    view.toggle_zoom()
    view.set_full_size(picture(4000, 3000))
    assert not view.is_zoomed()


def test_a_picture_is_not_mirrored_where_writing_goes_to_the_left(view):
    half = picture(3000, 2000)
    half.setPixelColor(0, 0, QColor("blue"))
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        view.set_image(half, QSize(3000, 2000))
        view.zoom_to(8, QPointF(0, 0))
        assert view.viewport().grab().toImage().pixelColor(3, 3).name() == "#0000ff"
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_of_a_large_picture_only_what_is_seen_is_drawn(view):
    def seconds():
        start = time.thread_time()
        view.viewport().grab()
        return time.thread_time() - start

    times = {}
    for side in (600, 7000):
        view.set_image(picture(side, side), QSize(side, side))
        view.zoom_to(1.0)
        seconds()
        times[side] = min(seconds() for _ in range(5))
    assert times[7000] < 4 * times[600]


def test_words_in_place_of_a_picture(view):
    empty = view.viewport().grab().toImage()
    view.set_message("Loading")
    assert view.viewport().grab().toImage() != empty
