"""The theme: light and dark from one palette, readable, with icons that follow it and are crisp at 200 %."""

import itertools

import pytest
from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QColor, QImage, QPalette
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton, QToolButton

from imgenc_gui.gui.look import theme

ROLE = QPalette.ColorRole


@pytest.fixture(autouse=True)
def light_again(qapp):
    theme.apply_theme(qapp, "light")
    yield
    theme.apply_theme(qapp, "light")


def luminance(colour):
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink(pixmap):
    """The colour of an icon's most opaque pixel."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    places = itertools.product(range(image.width()), range(image.height()))
    return max((image.pixelColor(x, y) for x, y in places), key=QColor.alpha)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_texts_can_be_read(qapp, name):
    theme.apply_theme(qapp, name)
    palette = qapp.palette()
    backgrounds = [palette.color(role) for role in (ROLE.Window, ROLE.Base, ROLE.AlternateBase, ROLE.Button)]
    inks = [palette.color(role) for role in (ROLE.WindowText, ROLE.Text, ROLE.ButtonText, ROLE.Link)]
    inks += [theme.tone(tone) for tone in ("accent", "muted", "caution", "failure", "good")]
    assert min(contrast(one, other) for one in inks for other in backgrounds) >= 4.5
    assert contrast(palette.color(ROLE.PlaceholderText), palette.color(ROLE.Base)) >= 4.5
    assert contrast(palette.color(ROLE.HighlightedText), palette.color(ROLE.Highlight)) >= 4.5


def test_dark_is_dark_and_system_follows_the_system(qapp):
    theme.apply_theme(qapp, "dark")
    assert theme.is_dark()
    theme.apply_theme(qapp, "system")
    assert theme.is_dark() == (qapp.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    with pytest.raises(ValueError):
        theme.apply_theme(qapp, "pink")


def test_one_watcher_however_often_a_theme_is_applied(qapp):
    for name in ("light", "dark", "system") * 3:
        theme.apply_theme(qapp, name)
    assert len(qapp.findChildren(QObject, "imgenc_themer")) == 1


@pytest.mark.parametrize("name", theme.icon_names())
def test_every_icon_draws_something_within_its_square(qapp, name):
    image = (
        (theme.app_icon() if name == "imgenc" else theme.icon(name))
        .pixmap(QSize(32, 32), 1.0)
        .toImage()
        .convertToFormat(QImage.Format.Format_ARGB32)
    )
    drawn = [(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() > 100]
    assert len(drawn) > 30
    edge = [place for place in drawn if {0, 31} & set(place)]
    assert not edge


def test_icons_have_two_hundred_per_cent_pixels_and_a_grey_for_disabled(qapp):
    made = theme.icon("export")
    pixmap = made.pixmap(QSize(theme.ICON, theme.ICON), 2.0)
    assert pixmap.size() == QSize(2 * theme.ICON, 2 * theme.ICON)
    assert pixmap.devicePixelRatio() == 2.0
    assert QSize(2 * theme.ICON, 2 * theme.ICON) in made.availableSizes()  # drawn at that size, not scaled
    grey = made.pixmap(QSize(24, 24), 1.0, type(made).Mode.Disabled)
    assert contrast(ink(grey), ink(made.pixmap(QSize(24, 24), 1.0))) > 2


def test_icons_of_buttons_and_actions_change_with_the_theme(qapp, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    button = QToolButton(window)
    action = QAction("Export", window)
    for target in (button, action):
        theme.set_icon(target, "export")
    before = [ink(target.icon().pixmap(QSize(24, 24), 1.0)) for target in (button, action)]
    theme.apply_theme(qapp, "dark")
    after = [ink(target.icon().pixmap(QSize(24, 24), 1.0)) for target in (button, action)]
    for old, new in zip(before, after, strict=True):
        assert contrast(old, new) > 4
    assert contrast(after[0], qapp.palette().color(ROLE.Window)) > 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_main_button_can_be_read_on_the_accent_colour(qapp, qtbot, name):
    button = QPushButton(" ")
    theme.set_primary(button, "stop")
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


def test_a_muted_label_follows_the_theme(qapp, qtbot):
    label = theme.muted(QLabel("quiet"))
    qtbot.addWidget(label)
    assert label.palette().color(ROLE.WindowText) == theme.tone("muted")
    theme.apply_theme(qapp, "dark")
    qtbot.waitUntil(lambda: label.palette().color(ROLE.WindowText) == theme.tone("muted"), timeout=2000)
    theme.set_tone(label, "failure")
    assert label.palette().color(ROLE.WindowText) == theme.tone("failure")


def test_an_icon_label_is_drawn_in_its_tone(qapp, qtbot):
    label = theme.IconLabel("stop", 48, "failure")
    qtbot.addWidget(label)
    image = label.grab().toImage()
    window = qapp.palette().color(ROLE.Window)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.tone("failure").name() in colours
    assert window.name() in colours


def test_hashes_get_a_fixed_width_face(qapp):
    assert theme.fixed_font().pointSizeF() == pytest.approx(qapp.font().pointSizeF())
