"""How well one colour can be told from another, and the words of a window from what they stand on, as painted."""

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QRadioButton,
    QTableView,
    QWidget,
)

from imgenc_gui.gui.inspector.preview import PreviewView

ROLE = QPalette.ColorRole
SCALE = 3  # so large that the middle of a letter's stem has the letter's own colour
THUMBNAIL = 64  # the part of a name's cell that has no words
BORDER = 4


PARTS = np.linspace(0, 1, 256)
PARTS = np.where(PARTS <= 0.03928, PARTS / 12.92, ((PARTS + 0.055) / 1.055) ** 2.4)


def luminances(pixels):
    """Of an array of bytes: blue, green, red, anything."""
    parts = PARTS[pixels]
    return parts[..., 2] * 0.2126 + parts[..., 1] * 0.7152 + parts[..., 0] * 0.0722


def luminance(colour):
    return float(luminances(np.array([colour.blue(), colour.green(), colour.red()])))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def painted(window: QWidget, scale: int = 1):
    """The window's pixels: an array of bytes, blue green red alpha."""
    image = QImage(window.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    window.render(image)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def ink(widget, palette):
    """The colour in which a control is to write."""
    if isinstance(widget, QLineEdit) and not widget.text():
        return palette.color(ROLE.PlaceholderText)
    if isinstance(widget, QLineEdit | QAbstractSpinBox):
        return palette.color(ROLE.Text)
    if isinstance(widget, QCheckBox | QRadioButton):
        return palette.color(ROLE.WindowText)
    if isinstance(widget, QAbstractButton | QComboBox):
        return palette.color(ROLE.ButtonText)
    return None  # all that is painted in its area is words


def places(window):
    """Whatever shows words: a name for it, its widget, and the area in it that shows nothing else."""
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QTableView):
            model, header = widget.model(), widget.horizontalHeader()
            for column in range(model.columnCount()):
                left, wide = header.sectionViewportPosition(column), header.sectionSize(column)
                title = QRect(left + BORDER, BORDER, wide - 24, header.height() - 2 * BORDER)
                yield f"header {column}", header.viewport(), title
                for row in range(model.rowCount()):
                    cell = widget.visualRect(model.index(row, column))
                    before = THUMBNAIL if column == 0 else BORDER
                    yield f"cell {row} {column}", widget.viewport(), cell.adjusted(before, BORDER, -BORDER, -BORDER)
        elif isinstance(widget, QMenuBar | QMenu):
            for action in widget.actions():
                if action.text() and action.isEnabled():
                    yield f"menu {action.text()}", widget, widget.actionGeometry(action).adjusted(28, 2, -2, -2)
        elif isinstance(widget, QLabel):
            if widget.text():
                yield f"label {widget.text()}", widget, widget.contentsRect()
        elif isinstance(widget, QPlainTextEdit | PreviewView):
            if isinstance(widget, QPlainTextEdit) or not widget.has_image():
                yield type(widget).__name__, widget.viewport(), widget.viewport().rect()
        elif isinstance(widget, QAbstractButton | QComboBox | QAbstractSpinBox | QLineEdit):
            words = widget.text() if hasattr(widget, "text") else widget.currentText()
            words = words or (widget.placeholderText() if isinstance(widget, QLineEdit) else "")
            if words:
                yield f"{type(widget).__name__} {words}", widget, widget.rect().adjusted(BORDER, BORDER, -BORDER, -BORDER)


def word_contrasts(window):
    """For whatever shows words: a name for it, whether it can be used, and its contrast with what it stands on."""
    pixels = painted(window, SCALE)
    found = []
    for name, widget, area in places(window):
        shown = area.intersected(widget.visibleRegion().boundingRect())
        shown.moveTopLeft(widget.mapTo(window, shown.topLeft()))
        box = pixels[shown.top() * SCALE : (shown.bottom() + 1) * SCALE, shown.left() * SCALE : (shown.right() + 1) * SCALE]
        if not box.size or (box == box[0, 0]).all():
            continue  # scrolled away but for its margin
        levels = luminances(box) + 0.05
        paper = float(np.median(levels))  # words cover less than half of it; a button's shading is none of its own
        if (wanted := ink(widget, widget.palette())) is not None:
            ends = [luminance(wanted) + 0.05] * 2
        else:
            ends = [float(levels.min()), float(levels.max())]
        found.append((name, widget.isEnabled(), round(max(paper / ends[0], ends[1] / paper), 2)))
    return found
