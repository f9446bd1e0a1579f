"""How well one colour can be told from another, and the words of a window from what they stand on, as painted."""

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPalette, QRegion
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
ARROW = 28  # or an icon


PARTS = np.linspace(0, 1, 256)
PARTS = np.where(PARTS <= 0.03928, PARTS / 12.92, ((PARTS + 0.055) / 1.055) ** 2.4)
BLUE, GREEN, RED = (np.float32(PARTS * share) for share in (0.0722, 0.7152, 0.2126))


def luminances(pixels):
    """Of an array of bytes: blue, green, red, anything."""
    return BLUE[pixels[..., 0]] + GREEN[pixels[..., 1]] + RED[pixels[..., 2]]


def luminance(colour):
    return float(luminances(np.array([colour.blue(), colour.green(), colour.red()])))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def painted(window: QWidget, scale: int = 1, part: QRect | None = None):
    """The pixels of a window or of a part of it: an array of bytes, blue green red alpha."""
    part = window.rect() if part is None else part
    size = part.size() * scale
    pixels = np.empty((size.height(), size.width(), 4), np.uint8)
    image = QImage(pixels.data, size.width(), size.height(), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    window.render(image, QPoint(), QRegion(part))
    return pixels


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


def cells(view):
    """A table's titles and cells, without arrows and thumbnails."""
    model, header = view.model(), view.horizontalHeader()
    for column in range(model.columnCount()):
        if view.isColumnHidden(column):
            continue
        left, wide = header.sectionViewportPosition(column), header.sectionSize(column)
        title = QRect(left + BORDER, BORDER, wide - ARROW, header.height() - 2 * BORDER)
        yield f"header {column}", header.viewport(), title
        for row in range(model.rowCount()):
            cell = view.visualRect(model.index(row, column))
            cell.adjust(THUMBNAIL if column == 0 else BORDER, BORDER, -BORDER, -BORDER)
            yield f"cell {row} {column}", view.viewport(), cell


def entries(menu):
    """A menu's entries that can be used, without icons."""
    for action in menu.actions():
        if action.text() and action.isEnabled():
            yield f"menu {action.text()}", menu, menu.actionGeometry(action).adjusted(ARROW, 2, -2, -2)


def words_of(widget):
    """The words in a label or a control."""
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QLineEdit):
        return widget.text() or widget.placeholderText()
    return widget.text() if isinstance(widget, QLabel | QAbstractButton | QAbstractSpinBox) else ""


def places(window):
    """Whatever shows words: a name for it, its widget, and the area in it that shows nothing else."""
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible() or widget.visibleRegion().isEmpty() or widget.window() is not window.window():
            continue  # dialogs are painted by themselves
        if isinstance(widget, QTableView):
            yield from cells(widget)
        elif isinstance(widget, QMenuBar | QMenu):
            yield from entries(widget)
        elif isinstance(widget, QPlainTextEdit) or (isinstance(widget, PreviewView) and not widget.has_image()):
            yield type(widget).__name__, widget.viewport(), widget.viewport().rect()
        elif words := words_of(widget):
            border = 0 if isinstance(widget, QLabel) else BORDER
            inner = widget.contentsRect().adjusted(border, border, -border, -border)
            yield f"{type(widget).__name__} {words}", widget, inner


def word_contrasts(window):
    """For whatever shows words: a name for it, whether it can be used, and its contrast with what it stands on."""
    pixels = painted(window, SCALE)
    found = []
    for name, widget, area in places(window):
        shown = area.intersected(widget.visibleRegion().boundingRect())
        shown.moveTopLeft(widget.mapTo(window, shown.topLeft()))
        left, top, right, bottom = (SCALE * edge for edge in QRect(shown).getCoords())
        box = pixels[top : bottom + SCALE, left : right + SCALE]
        colours = box.view(np.uint32)
        if not box.size or (colours == colours[0, 0]).all():
            continue  # scrolled away but for its margin
        few = luminances(box[::SCALE, ::SCALE])
        paper = float(np.median(few)) + 0.05  # words cover less than half; a button's shading is none of its own
        if (wanted := ink(widget, widget.palette())) is not None:
            ends = [luminance(wanted) + 0.05] * 2
        else:
            levels = luminances(box)
            ends = [float(levels.min()) + 0.05, float(levels.max()) + 0.05]
        found.append((name, widget.isEnabled(), round(max(paper / ends[0], ends[1] / paper), 2)))
    return found
