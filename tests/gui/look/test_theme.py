"""The theme: light and dark from one palette, readable, followed by what is shown."""

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QMenu

from imgenc_gui.gui.look import theme
from tests.gui.look.contrast import contrast

ROLE = QPalette.ColorRole


@pytest.fixture(autouse=True)
def light_again(qapp):
    theme.apply_theme(qapp, "light")
    yield
    theme.apply_theme(qapp, "light")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_texts_can_be_read(qapp, name):
    theme.apply_theme(qapp, name)
    palette = qapp.palette()
    backgrounds = [palette.color(role) for role in (ROLE.Window, ROLE.Base, ROLE.AlternateBase, ROLE.Button)]
    inks = [palette.color(role) for role in (ROLE.WindowText, ROLE.Text, ROLE.ButtonText, ROLE.Link)]
    inks += [theme.tone(tone) for tone in ("accent", "muted", "warning", "failure", "good")]
    assert min(contrast(one, other) for one in inks for other in backgrounds) >= 4.5
    assert contrast(palette.color(ROLE.PlaceholderText), palette.color(ROLE.Base)) >= 4.5
    assert contrast(palette.color(ROLE.HighlightedText), palette.color(ROLE.Highlight)) >= 4.5
    assert contrast(palette.color(ROLE.ToolTipText), palette.color(ROLE.ToolTipBase)) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
def test_what_marks_the_keyboards_place_and_selections_can_be_seen(qapp, name):
    theme.apply_theme(qapp, name)
    palette = qapp.palette()
    backgrounds = [palette.color(role) for role in (ROLE.Window, ROLE.Base, ROLE.AlternateBase)]
    marks = [palette.color(role) for role in (ROLE.Accent, ROLE.Highlight)]
    assert min(contrast(mark, background) for mark in marks for background in backgrounds) >= 3


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


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_box_of_what_can_be_checked_in_a_menu_is_seen_when_it_is_empty(qapp, qtbot, name):
    theme.apply_theme(qapp, name)
    menu = QMenu()
    qtbot.addWidget(menu)
    empty = menu.addAction("File size")
    empty.setCheckable(True)
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    image, area = menu.grab().toImage(), menu.actionGeometry(empty)
    beside_the_words = [image.pixelColor(x, area.center().y()) for x in range(area.left() + 2, area.left() + 24)]
    assert max(contrast(one, qapp.palette().color(ROLE.Base)) for one in beside_the_words) >= 1.5
