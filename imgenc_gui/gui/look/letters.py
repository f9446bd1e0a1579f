"""Letters: fonts, and sizes that follow them, so that nothing is cut off in any font."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QScrollArea, QWidget

from imgenc_gui.gui.look.following import follow

W = TypeVar("W", bound=QWidget)

_HEADING = 1.2  # times the usual size


def fixed_font() -> QFont:
    """The system's fixed-width font, in the size of the application's font."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    size = QApplication.font().pointSizeF()
    if size > 0:
        font.setPointSizeF(size)
    return font


def set_fixed_font(widget: W) -> W:
    """Show a widget's text in the fixed-width font, for hashes and the like, and return it."""
    follow(widget, "font", lambda widget: widget.setFont(fixed_font()))
    return widget


def heading(label: QLabel, size: float = _HEADING, weight: QFont.Weight = QFont.Weight.DemiBold) -> QLabel:
    """Make a label a title, ``size`` times as large as usual, and return it."""

    def enlarge(label: QLabel) -> None:
        font = QFont(QApplication.font(label))
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * size)
        font.setWeight(weight)
        label.setFont(font)

    follow(label, "font", enlarge)
    return label


def letters(widget: QWidget, count: int) -> int:
    """The width of a line of ``count`` letters in the widget's font."""
    return widget.fontMetrics().horizontalAdvance("x" * count)


def lines(widget: QWidget, count: int) -> int:
    """The height of ``count`` lines in the widget's font."""
    return count * widget.fontMetrics().lineSpacing()


def at_least(widget: QWidget, height: int) -> None:
    """Make a widget of one line ``height`` pixels high, or higher where its letters need it."""
    follow(widget, "height", lambda widget: widget.setMinimumHeight(max(height, widget.sizeHint().height())))


def size_dialog(dialog: QDialog, width: int, height: int = 0) -> None:
    """Make a dialog as wide as ``width`` letters and as high as ``height`` lines, and as high as its sentences need.

    It stays so in every font, and within the screen where its contents let it.
    """

    def resize(dialog: QDialog) -> None:
        screen = dialog.screen().availableGeometry()
        wanted = letters(dialog, width), lines(dialog, height)
        dialog.resize(min(wanted[0], screen.width()), min(wanted[1], screen.height()))

    follow(dialog, "size", resize)
    keep_room(dialog)


def keep_room(widget: QWidget) -> None:
    """Keep a widget at least as high as its wrapped sentences need at the width that it has.

    Layouts tell windows and parents only the height at the width they would like best.
    """
    widget.installEventFilter(_RoomKeeper(widget))


def fit_width(area: QScrollArea, parts: Collection[QWidget] = ()) -> None:
    """Keep an area that scrolls up and down as wide as what is in it, and its parts, though they may be hidden."""

    def widen(area: QScrollArea) -> None:
        body = area.widget()
        layout = body.layout() if body is not None else None
        if body is None or layout is None:
            return
        margins = layout.contentsMargins()
        widest = max((part.minimumSizeHint().width() for part in parts), default=0) + margins.left() + margins.right()
        needed = max(widest, body.minimumSizeHint().width())
        area.setMinimumWidth(needed + area.verticalScrollBar().sizeHint().width())

    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    follow(area, "width", widen)


class _RoomKeeper(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and isinstance(watched, QWidget):
            layout = watched.layout()
            if layout is not None:
                layout.activate()
                needed = layout.totalHeightForWidth(watched.width()) if layout.hasHeightForWidth() else 0
                watched.setMinimumHeight(max(0, needed))
        return super().eventFilter(watched, event)
