"""Letters: fonts, and sizes that follow them, so that nothing is cut off in any font."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QGridLayout,
    QLabel,
    QMessageBox,
    QProxyStyle,
    QScrollArea,
    QSpacerItem,
    QStyle,
    QStyleOption,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.gui.look.focus import RING
from imgenc_gui.gui.look.following import follow

W = TypeVar("W", bound=QWidget)

_HEADING = 1.2  # times the usual size
_QUESTION = 60  # letters: its width


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


def room_on_screen(window: QWidget) -> QSize:
    """The size that a window may have on its screen, with its title and frame around it."""
    style = window.style()
    title = style.pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight, None, window)
    frame = style.pixelMetric(QStyle.PixelMetric.PM_MdiSubWindowFrameWidth, None, window)
    return window.screen().availableGeometry().size() - QSize(2 * frame, title + 2 * frame)


def size_dialog(dialog: QDialog, width: int, height: int = 0) -> None:
    """Make a dialog as wide as ``width`` letters and as high as ``height`` lines, and as high as its sentences need.

    It stays so in every font, and within the screen where its contents let it.
    """

    def resize(dialog: QDialog) -> None:
        room = room_on_screen(dialog)
        wanted = QSize(letters(dialog, width), lines(dialog, height)).boundedTo(room)
        dialog.resize(wanted)
        layout = dialog.layout()
        if layout is not None:
            layout.activate()  # at this width
            for area in dialog.findChildren(_Scrolling):
                area.updateGeometry()
            needed = layout.totalHeightForWidth(wanted.width()) if layout.hasHeightForWidth() else 0
            needed = max(needed, layout.totalSizeHint().height(), wanted.height())
            dialog.resize(wanted.width(), min(needed, room.height()))

    follow(dialog, "size", resize)
    keep_room(dialog)


def widen(box: QMessageBox) -> None:
    """Give a question's sentences room: Qt wraps them at the title's width, after two or three words each."""
    layout = box.layout()
    if isinstance(layout, QGridLayout):
        row, columns = layout.rowCount(), layout.columnCount()
        layout.addItem(QSpacerItem(letters(box, _QUESTION), 0), row, 0, 1, columns)


def keep_room(widget: QWidget) -> None:
    """Keep a widget at least as high as its wrapped sentences need at its width; a window, within its screen.

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


def filling(body: QWidget, name: str, parts: Collection[QWidget] = ()) -> QScrollArea:
    """An area that takes what room there is, in which ``body`` scrolls up and down; ``parts`` as in ``fit_width``."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setAccessibleName(name)
    area.setWidget(body)
    fit_width(area, parts)
    return area


def scrolling(body: QWidget) -> QScrollArea:
    """An area in which ``body`` scrolls up and down where it is higher than the room there is."""
    return _Scrolling(body)


class _Reaching(QProxyStyle):
    """Lets an area reach beyond its place in a layout, by as much as a ring reaches beyond what it marks."""

    def subElementRect(self, element: QStyle.SubElement, option: QStyleOption, widget: QWidget | None = None) -> QRect:
        if element == QStyle.SubElement.SE_FrameLayoutItem:
            return option.rect.adjusted(RING, RING, -RING, -RING)
        return super().subElementRect(element, option, widget)  # type: ignore[arg-type]  # the stub leaves out None


class _Scrolling(QScrollArea):
    """What is in it stands where it would without it, and the rings at its edges are whole."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        style = _Reaching(QApplication.style().name())
        style.setParent(self)
        self.setStyle(style)
        self._body = body = QWidget()
        body.setAccessibleName(content.accessibleName())
        around = QVBoxLayout(body)
        around.setContentsMargins(RING, RING, RING, RING)
        around.addWidget(content)
        content.setAutoFillBackground(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls scroll it as they get the focus
        self.setAccessibleName(body.accessibleName())
        self.setWidget(body)
        for part in (body, self.viewport()):
            part.setAutoFillBackground(False)  # what it lies on shows through
        fit_width(self)

    def sizeHint(self) -> QSize:
        """All that is in it, at the width that it has: Qt would stop at 24 lines."""
        body = self._body
        bar = self.verticalScrollBar().sizeHint().width()
        width = max(self.width() - bar, body.minimumSizeHint().width())
        return QSize(body.sizeHint().width() + bar, self.heightForWidth(width))

    def heightForWidth(self, width: int) -> int:
        """The height of all that is in it."""
        body = self._body
        return body.heightForWidth(width) if body.hasHeightForWidth() else body.sizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Want another height at another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class _RoomKeeper(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and isinstance(watched, QWidget):
            layout = watched.layout()
            if layout is not None:
                layout.activate()
                needed = layout.totalHeightForWidth(watched.width()) if layout.hasHeightForWidth() else 0
                if watched.isWindow():
                    needed = min(needed, room_on_screen(watched).height())
                watched.setMinimumHeight(max(0, needed))
        return super().eventFilter(watched, event)
