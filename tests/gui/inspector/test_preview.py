"""The zoomable preview: fitted in or at 100 %, by mouse and keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage

from imgenc_gui.gui.inspector.preview import PreviewView
from tests.gui.conftest import double_click


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


def test_double_click_zooms_around_the_place_and_dragging_pans(view, qtbot):
    view.set_image(picture(3000, 2000), is_full_size=True)
    double_click(view.viewport(), QPoint(225, 150))
    assert view.is_full_size()
    across, down = view.horizontalScrollBar(), view.verticalScrollBar()
    assert across.value() + 150 == pytest.approx(3000 * 0.75, abs=20)
    assert down.value() + 100 == pytest.approx(2000 * 0.75, abs=20)
    start = across.value(), down.value()
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view.viewport(), QPoint(140, 70))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(140, 70))
    assert (across.value(), down.value()) == (start[0] - 40, start[1] + 30)
    double_click(view.viewport(), QPoint(10, 10))
    assert not view.is_full_size()


def test_keys_zoom_and_pan(view, qtbot):
    view.set_image(picture(3000, 2000), is_full_size=True)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.is_full_size()
    place = view.horizontalScrollBar().value()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.horizontalScrollBar().value() > place
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert not view.is_full_size()


def test_asking_again_while_all_pixels_load_gives_up(view, qtbot):
    view.set_image(picture(400, 300))
    view.toggle_zoom()
    assert view.is_waiting()
    view.toggle_zoom()
    view.set_full_size(picture(4000, 3000))
    assert not view.is_full_size()
    view.toggle_zoom()
    assert view.is_full_size()


def test_words_in_place_of_a_picture(view):
    empty = view.viewport().grab().toImage()
    view.set_message("Loading")
    assert view.viewport().grab().toImage() != empty
