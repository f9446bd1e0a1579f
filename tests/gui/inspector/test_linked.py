"""Two previews zoom and move as one, whatever their sizes, and show the same place of the picture."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from imgenc_gui.core.records.compared import Framing, Part, Pixels
from imgenc_gui.gui.inspector.linked import LinkedPreviews
from tests.gui.conftest import double_click, turn_wheel

LARGE, SMALL = QSize(3000, 2000), QSize(600, 400)


def picture(size):
    """A red picture whose quarter at the right and below is blue."""
    image = QImage(size, QImage.Format.Format_RGB888)
    image.fill(QColor("red"))
    painter = QPainter(image)
    painter.fillRect(size.width() // 2, size.height() // 2, size.width(), size.height(), QColor("blue"))
    painter.end()
    return image


def show(linked, first=LARGE, second=SMALL):
    linked.set_sizes(first, second)
    for number, size in enumerate((first, second), 1):
        linked.set_image(number, picture(size))


@pytest.fixture
def linked(qtbot):
    widget = LinkedPreviews()
    qtbot.addWidget(widget)
    widget.set_names("a.jpg", "b.jpg")
    widget.resize(336, 500)
    widget.show()
    return widget


def shots(linked):
    return [view.viewport().grab().toImage() for view in linked.views]


def bars(view):
    return view.horizontalScrollBar().value(), view.verticalScrollBar().value()


def blue(image):
    """Where blue begins, from the left and from above; None where there is none."""
    across = next(
        (x for x in range(image.width()) if image.pixelColor(x, image.height() - 1).name() == "#0000ff"), None
    )
    down = next((y for y in range(image.height()) if image.pixelColor(image.width() - 1, y).name() == "#0000ff"), None)
    return across, down


def test_at_100_percent_a_smaller_copy_shows_the_same_part_in_the_same_size(linked, qtbot):
    show(linked)
    double_click(linked.views[1].viewport(), linked.views[1].viewport().rect().center())
    assert [view.is_zoomed() for view in linked.views] == [True, True]
    (across, down), other = map(blue, shots(linked))
    assert across == pytest.approx(168, abs=10)  # the middle of both
    assert other == (pytest.approx(across, abs=4), pytest.approx(down, abs=4))  # enlarged five times, smoothly
    assert [view.zoom_words() for view in linked.views] == ["100 %", "500 %"]
    assert "Enlarged" in linked.views[1].toolTip()
    qtbot.keyClick(linked.views[0], Qt.Key.Key_Z)
    assert not linked.is_zoomed()
    assert [view.zoom_words() for view in linked.views] == ["", ""]


@pytest.mark.parametrize("place", [0, 1])
def test_dragging_and_keys_move_both(linked, qtbot, place):
    show(linked)
    linked.toggle_zoom()
    view, other = linked.views[place], linked.views[1 - place]
    start = bars(view)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view.viewport(), QPoint(140, 70))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(140, 70))
    assert bars(view) == bars(other) == (start[0] - 40, start[1] + 30)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert bars(view) == bars(other)
    assert bars(view)[1] > start[1] + 30
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert not any(one.is_zoomed() for one in linked.views)


def test_the_wheel_zooms_both_about_the_same_place(linked):
    show(linked)
    view, other = linked.views
    at = QPointF(view.viewport().width() / 2, view.viewport().height() / 2)
    for _ in range(3):
        turn_wheel(view, at, 120)
    assert view.zoom() == other.zoom()
    assert view.place().toTuple() == pytest.approx(other.place().toTuple(), abs=0.001)
    for _ in range(9):
        turn_wheel(other, at, -120)
    assert not linked.is_zoomed()


def test_one_that_comes_late_opens_where_the_other_was_moved_to(linked, qtbot):
    linked.set_sizes(LARGE, SMALL)
    linked.set_image(1, picture(QSize(300, 200)))
    linked.set_image(2, picture(SMALL))
    with qtbot.waitSignal(linked.full_size_wanted) as wanted:
        linked.toggle_zoom()
    assert wanted.args == [1]
    qtbot.keyClick(linked.views[1], Qt.Key.Key_Right)
    linked.set_full_size(1, picture(LARGE))
    assert bars(linked.views[0]) == bars(linked.views[1])


def test_a_crop_shows_the_place_that_the_whole_shows(linked):
    # GIVEN the quarter at the right and below, saved at half its size
    show(linked, LARGE, QSize(750, 500))
    quarter = Part(0.5, 0.5, 0.5, 0.5)
    linked.set_pixels(Pixels(False, False, Framing.SECOND_IN_FIRST, first_part=quarter))
    linked.toggle_zoom()
    # WHEN the whole is at its middle, the crop is at its corner; WHEN the crop is in its middle, the whole follows
    linked._follow(0, 1.0, QPointF(0.5, 0.5))
    assert bars(linked.views[1]) == (0, 0)
    linked._follow(1, 1.0, QPointF(0.5, 0.5))
    assert linked.views[0].place().toTuple() == pytest.approx((0.75, 0.75), abs=0.001)
    assert [view.zoom_words() for view in linked.views] == ["100 %", "200 %"]


@pytest.mark.parametrize(
    ("turn", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (0, 1)), (7, (1, 1)), (8, (1, 0))],
)
def test_a_turned_copy_shows_the_same_place(linked, turn, corner):
    sideways = turn > 4
    show(linked, LARGE, SMALL.transposed() if sideways else SMALL)
    linked.set_pixels(Pixels(False, False, Framing.SAME, turn=turn))
    assert linked._elsewhere(0, QPointF(0, 0)).toTuple() == corner  # where the first's left upper corner is
    place = linked._elsewhere(0, QPointF(0.2, 0.7))
    assert linked._elsewhere(1, place).toTuple() == pytest.approx((0.2, 0.7))
    linked.toggle_zoom()
    assert linked.views[1].zoom_words() == "500 %"


def test_pictures_of_other_shapes_are_each_shown_pixel_by_pixel(linked):
    show(linked, LARGE, QSize(900, 900))
    linked.toggle_zoom()
    assert [view.zoom_words() for view in linked.views] == ["100 %", "100 %"]


def test_one_without_a_preview_leaves_the_other_alone(linked, qtbot):
    show(linked)
    linked.set_message(1, "There is no preview.")
    qtbot.keyClick(linked.views[1], Qt.Key.Key_Z)
    assert [view.is_zoomed() for view in linked.views] == [False, True]
    linked.toggle_zoom()
    assert not linked.is_zoomed()


def test_upright_pictures_lie_beside_each_other_and_wide_ones_above(linked):
    first, second = linked.views
    linked.set_sizes(LARGE, SMALL)
    linked.layout().activate()
    assert first.mapTo(linked, QPoint()).x() == second.mapTo(linked, QPoint()).x()
    linked.set_sizes(LARGE.transposed(), SMALL.transposed())
    linked.layout().activate()
    assert first.mapTo(linked, QPoint()).y() == second.mapTo(linked, QPoint()).y()
    assert [view.accessibleName() for view in linked.views] == ["Picture 1: a.jpg", "Picture 2: b.jpg"]
