"""Finds words and controls that can't be seen whole: cut by their own edge, by what holds them, or off the window."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenuBar,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.icons import IconLabel

LOOKED_AT = (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QProgressBar,
    IconLabel,
)
TYPED = 8  # letters: what a field must have room for at least
LINES = 2  # what an area that scrolls must show at least


def name_of(widget):
    text = widget.text() if hasattr(widget, "text") else ""
    return f"{type(widget).__name__} {text or widget.accessibleName()!r}"


def shown_parts(window):
    """The widgets to look at, without the parts that Qt made for its own."""
    for widget in window.findChildren(QWidget):
        inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), (QLineEdit, QComboBox))
        inner |= isinstance(widget.parent(), QAbstractSpinBox) or isinstance(widget, (QScrollBar, QHeaderView))
        if isinstance(widget, LOOKED_AT) and not inner and widget.isVisible() and widget.window() is window:
            yield widget


def beyond(widget, window):
    """Which edges of what holds it a widget reaches beyond, where nothing scrolls there."""
    area = QRect(widget.mapTo(window, QPoint()), widget.size())
    above = widget.parentWidget()
    while above is not None:
        room = QRect(above.mapTo(window, QPoint()), above.size())
        scrolling = above.parentWidget()
        if isinstance(scrolling, QAbstractScrollArea) and scrolling.viewport() is above:
            if scrolling.verticalScrollBar().isVisible():
                area.setTop(max(area.top(), room.top()))
                area.setBottom(min(area.bottom(), room.bottom()))
            if scrolling.horizontalScrollBar().isVisible():
                area.setLeft(max(area.left(), room.left()))
                area.setRight(min(area.right(), room.right()))
            if not area.isValid():  # scrolled away: out of sight, within reach
                return
        for edge in ("left", "top"):
            if getattr(area, edge)() < getattr(room, edge)():
                yield f"beyond the {edge} edge of {type(above).__name__}"
        for edge in ("right", "bottom"):
            if getattr(area, edge)() > getattr(room, edge)():
                yield f"beyond the {edge} edge of {type(above).__name__}"
        above = None if above is window else above.parentWidget()


def needs(widget):
    """The least room in which a widget's words are whole, or shortened with a tip."""
    metrics = widget.fontMetrics()
    if isinstance(widget, ElidedLabel):
        return metrics.horizontalAdvance("x…"), metrics.height()
    if isinstance(widget, QLabel) and widget.wordWrap():
        plain = widget.text().split()
        margins = widget.width() - widget.contentsRect().width() + 2 * widget.margin()
        longest = 0 if any("/" in word for word in plain) else max(map(metrics.horizontalAdvance, plain), default=0)
        return longest + margins, widget.heightForWidth(widget.width())
    if isinstance(widget, QLineEdit):
        letters = widget.text() if widget.isReadOnly() else "x" * TYPED
        return metrics.horizontalAdvance(letters), widget.minimumSizeHint().height()
    if isinstance(widget, QAbstractScrollArea):
        return metrics.horizontalAdvance("x" * TYPED), LINES * metrics.lineSpacing()
    if isinstance(widget, (QMenuBar, QProgressBar, IconLabel)):
        return widget.minimumWidth(), widget.minimumHeight()
    least = widget.minimumSizeHint()
    return least.width(), least.height()


def headings(header):
    """The titles of columns that are cut, and not shortened with a tip."""
    for section in range(header.count()):
        title = header.model().headerData(section, Qt.Orientation.Horizontal)
        tip = header.model().headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        shortened = header.textElideMode() is not Qt.TextElideMode.ElideNone and tip == title
        needed = header.sectionSizeHint(section)
        if not header.isSectionHidden(section) and header.sectionSize(section) < needed and not shortened:
            yield f"title {title!r}: {header.sectionSize(section)} wide, needs {needed}"


def cut_off(window):
    """The words and controls of a window that can't be seen whole."""
    cut = []
    for widget in shown_parts(window):
        width, height = needs(widget)
        if widget.width() < width:
            cut.append(f"{name_of(widget)}: {widget.width()} wide, needs {width}")
        if widget.height() < height:
            cut.append(f"{name_of(widget)}: {widget.height()} high, needs {height}")
        cut += [f"{name_of(widget)}: {edge}" for edge in beyond(widget, window)]
        if isinstance(widget, ElidedLabel) and widget.text() != widget.accessibleName() not in widget.toolTip():
            cut.append(f"{name_of(widget)}: shortened without a tip")
        placeholder = widget.placeholderText() if isinstance(widget, QLineEdit) and not widget.text() else ""
        if widget.fontMetrics().horizontalAdvance(placeholder) > widget.width() and placeholder not in widget.toolTip():
            cut.append(f"{name_of(widget)}: its placeholder is shortened without a tip")
    for header in window.findChildren(QHeaderView):
        if header.isVisible() and header.orientation() is Qt.Orientation.Horizontal:
            cut += headings(header)
    return cut
