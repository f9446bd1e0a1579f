"""Nothing is cut off, however large or wide the letters are, also when they change while a dialog is open."""

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from imgenc_gui.gui.look.elided_label import ElidedLabel
from tests.gui.panels import PANELS, WINDOWS, make

WIDTHS = {"narrow": 80.0, "usual": 100.0, "wide": 140.0}  # per cent of the font's own; no font of a machine is needed
CONTROLS = (QLabel, QPushButton, QToolButton, QCheckBox, QRadioButton, QComboBox, QSpinBox)


def scrolled(widget, window):
    """The area that a widget is scrolled in, or None."""
    above = widget.parentWidget()
    while above is not None and above is not window:
        if isinstance(above, QAbstractScrollArea):
            return above.viewport()
        above = above.parentWidget()
    return None


def cut_off(window):
    """The words that can't be read whole."""
    cut = []
    for widget in window.findChildren(QWidget):
        wanted = isinstance(widget, CONTROLS) and not isinstance(widget, ElidedLabel) and widget.isVisible()
        of_qt = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QLineEdit)  # parts of a field
        if not wanted or of_qt:
            continue
        words = f"{type(widget).__name__} {widget.text() if hasattr(widget, 'text') else widget.accessibleName()}"
        if isinstance(widget, QLabel) and widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
        else:
            needed = widget.minimumSizeHint().height()
            if widget.width() < widget.minimumSizeHint().width():
                cut.append(f"{words}: {widget.width()} wide, needs {widget.minimumSizeHint().width()}")
        if widget.height() < needed:
            cut.append(f"{words}: {widget.height()} high, needs {needed}")
        frame = scrolled(widget, window)
        end = widget.mapTo(frame or window, widget.rect().bottomRight())
        if end.x() >= (frame or window).width():
            cut.append(f"{words}: beyond the right edge")
        if frame is None and end.y() >= window.height():
            cut.append(f"{words}: below the lower edge")
    return cut


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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("points", [9, 15, 20])
@pytest.mark.parametrize("name", WINDOWS | PANELS)
def test_nothing_is_cut_off(stage, name, points, width):
    stage.set_letters(points, width)
    stage.show(name)
    stage.expect_nothing_cut_off()


@pytest.mark.parametrize("name", WINDOWS | PANELS)
def test_what_is_open_follows_the_font(stage, name):
    stage.set_letters(9)
    stage.show(name)
    stage.expect_nothing_cut_off()
    stage.set_letters(20, "wide")
    stage.expect_nothing_cut_off()
