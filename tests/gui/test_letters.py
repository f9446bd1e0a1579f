"""Nothing is cut off, however large or wide the letters are, also when they change while a dialog is open."""

import pytest
from PySide6.QtGui import QFont

from tests.gui.cut_off import cut_off
from tests.gui.panels import PANELS, WINDOWS, make

WIDTHS = {"narrow": 80.0, "usual": 100.0, "wide": 140.0}  # per cent of the font's own; no font of a machine is needed


class Stage:
    """Shows a dialog or panel in letters of a size and width."""

    def __init__(self, qapp, qtbot, folder):
        self.usual = qapp.font()
        self.qapp, self.qtbot, self.folder = qapp, qtbot, folder
        self.owner = self.window = None

    def set_letters(self, points, width="usual"):
        font = QFont(self.usual)
        font.setPointSizeF(points)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, WIDTHS[width])
        self.qapp.setFont(font)

    def show(self, name):
        self.owner, self.window = make(name, self.folder)
        self.qtbot.addWidget(self.owner)

    def expect_nothing_cut_off(self):
        def check():
            assert cut_off(self.window) == []

        self.qtbot.waitUntil(check, timeout=2000)  # layouts take their turns


@pytest.fixture
def stage(qapp, qtbot, tmp_path):
    made = Stage(qapp, qtbot, tmp_path)
    yield made
    qapp.setFont(made.usual)


@pytest.mark.parametrize("points", [9, 15, 20])
@pytest.mark.parametrize("name", WINDOWS | PANELS)
def test_nothing_is_cut_off(stage, name, points):
    stage.set_letters(points)
    stage.show(name)
    for width in ("usual", "narrow", "wide"):
        stage.set_letters(points, width)
        stage.expect_nothing_cut_off()


@pytest.mark.parametrize("name", WINDOWS | PANELS)
def test_what_is_open_follows_the_font(stage, name):
    stage.set_letters(9)
    stage.show(name)
    stage.expect_nothing_cut_off()
    stage.set_letters(20, "wide")
    stage.expect_nothing_cut_off()
