"""Icons: within their square, crisp at 200 %, in colours that can be read and follow the theme."""

import gc
import itertools

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QIcon, QImage, QPalette, QPixmap
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QStyle,
    QStyleOptionToolButton,
    QToolButton,
)

from imgenc_gui.gui.look import icons, theme
from imgenc_gui.gui.look.grid import ICON
from tests.gui.look.contrast import contrast
from tests.gui.panels import make_window

ROLE = QPalette.ColorRole


@pytest.fixture(autouse=True)
def light_again(qapp):
    theme.apply_theme(qapp, "light")
    yield
    theme.apply_theme(qapp, "light")


def ink(pixmap):
    """The colour of an icon's most opaque pixel."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    places = itertools.product(range(image.width()), range(image.height()))
    return max((image.pixelColor(x, y) for x, y in places), key=QColor.alpha)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_icons_can_be_seen_in_the_row_of_a_menu_that_is_chosen(qapp, qtbot, mode):
    theme.apply_theme(qapp, mode)
    action = QAction("Open")
    icons.set_icon(action, "open-folder")
    chosen = ink(action.icon().pixmap(QSize(ICON, ICON), QIcon.Mode.Active))
    assert contrast(chosen, qapp.palette().color(ROLE.Highlight)) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_icons_can_be_seen_on_all_buttons_of_actions_under_the_pointer(qapp, qtbot, tmp_path, mode):
    theme.apply_theme(qapp, mode)
    window = make_window(tmp_path)
    qtbot.addWidget(window)
    buttons = [
        one
        for one in window.findChildren(QToolButton)
        if one.defaultAction() is not None and not isinstance(one.parent(), QLineEdit)  # Qt's own
    ]
    assert len(buttons) > 5
    for button in buttons:
        option = QStyleOptionToolButton()
        button.initStyleOption(option)
        hovered = ink(option.icon.pixmap(QSize(ICON, ICON), QIcon.Mode.Active))
        assert contrast(hovered, qapp.palette().color(ROLE.Window)) >= 3, button.text()
    window.close_at_once()


@pytest.mark.parametrize("name", icons.icon_names())
def test_every_icon_draws_something_within_its_square(qapp, name):
    image = (
        (icons.app_icon() if name == "imgenc" else icons.icon(name))
        .pixmap(QSize(32, 32), 1.0)
        .toImage()
        .convertToFormat(QImage.Format.Format_ARGB32)
    )
    drawn = [(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() > 100]
    assert len(drawn) > 30
    edge = [place for place in drawn if {0, 31} & set(place)]
    assert not edge


def test_icons_have_two_hundred_per_cent_pixels_and_a_grey_for_disabled(qapp):
    made = icons.icon("export")
    pixmap = made.pixmap(QSize(ICON, ICON), 2.0)
    assert pixmap.size() == QSize(2 * ICON, 2 * ICON)
    assert pixmap.devicePixelRatio() == 2.0
    large = made.pixmap(QSize(2 * ICON, 2 * ICON), 1.0)
    large.setDevicePixelRatio(2.0)
    assert pixmap.toImage() == large.toImage()  # drawn at that size, not scaled
    grey = made.pixmap(QSize(24, 24), 1.0, type(made).Mode.Disabled)
    assert contrast(ink(grey), ink(made.pixmap(QSize(24, 24), 1.0))) > 2


def test_whoever_adds_to_an_icon_has_one_of_their_own(qapp):
    made = icons.icon("export")
    other = QIcon(made)
    other.addPixmap(QPixmap(4, 4))  # Qt clones what draws it
    gc.collect()
    assert other.cacheKey() != made.cacheKey()
    assert other.pixmap(QSize(20, 20), 1.0).toImage() == made.pixmap(QSize(20, 20), 1.0).toImage()


def test_icons_of_buttons_and_actions_change_with_the_theme(qapp, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    button = QToolButton(window)
    action = QAction("Export", window)
    for target in (button, action):
        icons.set_icon(target, "export")
    before = [ink(target.icon().pixmap(QSize(24, 24), 1.0)) for target in (button, action)]
    theme.apply_theme(qapp, "dark")
    after = [ink(target.icon().pixmap(QSize(24, 24), 1.0)) for target in (button, action)]
    for old, new in zip(before, after, strict=True):
        assert contrast(old, new) > 4
    assert contrast(after[0], qapp.palette().color(ROLE.Window)) > 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_main_button_can_be_read_on_the_accent_colour(qapp, qtbot, name):
    button = QPushButton(" ")
    icons.set_primary(button, "stop")
    qtbot.addWidget(button)
    button.resize(160, 40)
    button.show()
    theme.apply_theme(qapp, name)
    qapp.processEvents()
    image = button.grab().toImage()
    backgrounds = [image.pixelColor(20, y) for y in range(6, 34)]
    assert min(contrast(QColor("white"), colour) for colour in backgrounds) >= 4.5
    assert all(colour.blue() > colour.red() + 60 for colour in backgrounds)
    assert ink(button.icon().pixmap(QSize(24, 24), 1.0)).lightness() > 250
    button.setEnabled(False)
    greyed = button.grab().toImage().pixelColor(20, 20)
    assert abs(greyed.blue() - greyed.red()) < 30


def test_an_icon_label_is_drawn_in_its_tone(qapp, qtbot):
    label = icons.IconLabel("stop", 48, "failure")
    qtbot.addWidget(label)
    image = label.grab().toImage()
    window = qapp.palette().color(ROLE.Window)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.tone("failure").name() in colours
    assert window.name() in colours


def test_a_dialogs_buttons_lose_qts_pictures_and_keep_ours(qtbot):
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close | QDialogButtonBox.StandardButton.Help)
    qtbot.addWidget(box)
    close, helping = map(box.button, (QDialogButtonBox.StandardButton.Close, QDialogButtonBox.StandardButton.Help))
    close.setIcon(box.style().standardIcon(QStyle.StandardPixmap.SP_DialogCloseButton))  # as where desktops want them
    icons.set_icon(helping, "copy")
    icons.without_icons(box)
    assert close.icon().isNull()
    assert not helping.icon().isNull()
