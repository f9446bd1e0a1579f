"""The zoomable preview: the whole picture, or 100 % (a picture pixel on each screen pixel) panned by dragging.

What a person does to one is told, so that another beside it can do the same.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.theme import edged, tone

_STEP = 48
_MIDDLE = QPointF(0.5, 0.5)


class PreviewView(QAbstractScrollArea):
    """Shows one picture fitted in (never enlarged) or at 100 %."""

    full_size_wanted = Signal()
    zoom_changed = Signal(bool)
    zoom_asked = Signal(bool, QPointF)  # by a person: 100 % around a place, or fitted in
    panned = Signal(QPointF)  # by a person: the place that is in the middle now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Preview"))
        self.setAccessibleDescription(self.tr("Double-click or press Z to switch between the whole picture and 100 %."))
        self.setMinimumHeight(6 * SPACE)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self.viewport().setAutoFillBackground(True)
        self._image: QImage | None = None
        self._full: QImage | None = None
        self._fitted: QPixmap | None = None
        self._zoomed = False
        self._waiting = False
        self._message = ""
        self._extent: QSize | None = None  # that the picture is drawn as if it had, in device pixels
        self._aim = _MIDDLE  # the place in the picture, in shares of it, that 100 % is to show in the middle
        self._is_panning = True  # rather than being put somewhere
        self._grip: QPoint | None = None

    def set_image(self, image: QImage | None, *, is_full_size: bool = False) -> None:
        """Show a picture, fitted in; None shows nothing. ``is_full_size``: it has all the file's pixels."""
        self._image = image if image is not None and not image.isNull() else None
        self._full = self._image if is_full_size else None
        self._message = ""
        self._leave_zoom()

    def set_full_size(self, image: QImage | None) -> None:
        """Give all the pixels that ``full_size_wanted`` asked for; None when they can't be had: stays fitted in."""
        waited = self._waiting
        self._waiting = False
        self._full = image if image is not None and not image.isNull() else None
        if self._full is not None and (waited or self._zoomed):
            self._enter_zoom()
        else:
            self.viewport().update()

    def set_message(self, text: str) -> None:
        """Show words instead of a picture."""
        self._image = self._full = None
        self._message = text
        self._leave_zoom()

    def has_image(self) -> bool:
        """Whether a picture is shown."""
        return self._image is not None

    def is_full_size(self) -> bool:
        """Whether the picture is shown at 100 %."""
        return self._zoomed

    def is_waiting(self) -> bool:
        """Whether 100 % was asked for and its pixels haven't come yet."""
        return self._waiting

    def toggle_zoom(self, aim: QPoint | None = None) -> None:
        """Switch between fitted in and 100 %, the latter around a place in the viewport (its middle by default)."""
        wanted = not (self._zoomed or self._waiting)
        if wanted and self._image is None:
            return
        place = _MIDDLE
        shown = self._fitted_area()
        if aim is not None and shown.contains(aim):
            place = QPointF((aim.x() - shown.x()) / shown.width(), (aim.y() - shown.y()) / shown.height())
        self.set_zoom(place if wanted else None)
        self.zoom_asked.emit(wanted, place)

    def set_zoom(self, aim: QPointF | None) -> None:
        """Show the picture at 100 % around a place, which is given in shares of it; None: fitted in."""
        if aim is None:
            self._waiting = False
            self._leave_zoom()
            return
        if self._image is None:
            return
        self._aim = aim
        if self._full is not None:
            self._enter_zoom()
        else:
            self._waiting = True
            self.viewport().update()
            self.full_size_wanted.emit()

    def set_extent(self, extent: QSize | None) -> None:
        """Draw the picture as if it had this size, in device pixels; None: its own."""
        if extent != self._extent:
            place = self.place()
            self._extent = extent
            self._fitted = None
            self.look_at(place)
            self._set_cursor()
            self.viewport().update()

    def place(self) -> QPointF:
        """Return the place in the picture that is in the middle at 100 %, in shares of it."""
        extent, room = self._full_extent(), self.viewport().size()
        if not self._zoomed or extent.isEmpty():
            return self._aim
        across = (self.horizontalScrollBar().value() + room.width() / 2) / extent.width()
        down = (self.verticalScrollBar().value() + room.height() / 2) / extent.height()
        return QPointF(
            across if extent.width() > room.width() else 0.5, down if extent.height() > room.height() else 0.5
        )

    def look_at(self, place: QPointF) -> None:
        """Bring a place into the middle, as far as there is picture around it."""
        self._aim = place
        if self._zoomed:
            self._is_panning = False
            self._set_ranges()
            extent, room = self._full_extent(), self.viewport().size()
            self.horizontalScrollBar().setValue(round(place.x() * extent.width() - room.width() / 2))
            self.verticalScrollBar().setValue(round(place.y() * extent.height() - room.height() / 2))
            self._is_panning = True

    def sizeHint(self) -> QSize:
        """Prefer a landscape picture's shape."""
        return QSize(40 * SPACE, 28 * SPACE)

    # -- geometry ------------------------------------------------------------------------------------------------

    def _full_extent(self) -> QSize:
        """The size at 100 %, in logical pixels."""
        return self._logical(self._extent or self._full.size()) if self._full is not None else QSize()

    def _logical(self, size: QSize) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(size.width() / ratio)), max(1, round(size.height() / ratio)))

    def _fitted_area(self) -> QRect:
        if self._image is None:
            return QRect()
        room = self.viewport().size()
        natural = size = self._logical(self._extent or self._image.size())
        if natural.width() > room.width() or natural.height() > room.height():
            size = natural.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
        return QRect(QPoint((room.width() - size.width()) // 2, (room.height() - size.height()) // 2), size)

    def _enter_zoom(self) -> None:
        changed = not self._zoomed
        self._zoomed = True
        self.look_at(self._aim)
        self._set_cursor()
        self.viewport().update()
        if changed:
            self.zoom_changed.emit(True)

    def _leave_zoom(self) -> None:
        changed = self._zoomed
        self._zoomed = self._waiting = False
        self._grip = None
        self._fitted = None
        self._set_ranges()
        self._set_cursor()
        self.viewport().update()
        if changed:
            self.zoom_changed.emit(False)

    def _set_ranges(self) -> None:
        extent = self._full_extent() if self._zoomed else QSize()
        room = self.viewport().size()
        for bar, total, page in (
            (self.horizontalScrollBar(), extent.width(), room.width()),
            (self.verticalScrollBar(), extent.height(), room.height()),
        ):
            bar.setRange(0, max(0, total - page))
            bar.setPageStep(page)
            bar.setSingleStep(_STEP)

    def _can_pan(self) -> bool:
        return self._zoomed and bool(self.horizontalScrollBar().maximum() or self.verticalScrollBar().maximum())

    def _set_cursor(self) -> None:
        if self._grip is not None:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._can_pan():
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.viewport().unsetCursor()

    # -- events --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit in anew, or keep the place at 100 %."""
        self._fitted = None
        self._is_panning = False
        self._set_ranges()
        self._is_panning = True
        self._set_cursor()
        super().resizeEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw the part that is now in view."""
        del dx, dy
        self.viewport().update()
        if self._zoomed and self._is_panning:
            self.panned.emit(self.place())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture or the words; at 100 % only the part in view, so that its size doesn't matter."""
        del event
        painter = QPainter(self.viewport())
        if self._image is None:
            painter.setPen(tone("muted"))
            room = self.viewport().rect().adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
        elif self._zoomed and self._full is not None:
            self._paint_full(painter, self._full)
        else:
            self._paint_fitted(painter, self._image)
            if self._waiting:
                self._paint_note(painter, self.tr("Loading all pixels…"))
        painter.end()

    def _paint_full(self, painter: QPainter, full: QImage) -> None:
        ratio = self.devicePixelRatioF()
        extent, room = self._full_extent(), self.viewport().size()
        size = self._extent or full.size()
        left = max(0, (room.width() - extent.width()) // 2)
        top = max(0, (room.height() - extent.height()) // 2)
        part = QRect(
            round(self.horizontalScrollBar().value() * ratio),
            round(self.verticalScrollBar().value() * ratio),
            min(size.width(), round(room.width() * ratio)),
            min(size.height(), round(room.height() * ratio)),
        ).intersected(QRect(QPoint(), size))
        painter.scale(1 / ratio, 1 / ratio)
        place = QPoint(round(left * ratio), round(top * ratio))
        if size == full.size():
            painter.drawImage(place, full, part)
        else:
            across, down = full.width() / size.width(), full.height() / size.height()
            source = QRectF(part.x() * across, part.y() * down, part.width() * across, part.height() * down)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(QPointF(place), QSizeF(part.size())), full, source)

    def _paint_fitted(self, painter: QPainter, image: QImage) -> None:
        area = self._fitted_area()
        ratio = self.devicePixelRatioF()
        wanted = QSize(max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio)))
        if self._fitted is None or self._fitted.size() != wanted:
            scaled = image
            if image.size() != wanted:
                scaled = image.scaled(
                    wanted, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            self._fitted = edged(QPixmap.fromImage(scaled))
            self._fitted.setDevicePixelRatio(ratio)
        painter.drawPixmap(area.topLeft(), self._fitted)

    def _paint_note(self, painter: QPainter, text: str) -> None:
        size = painter.fontMetrics().size(0, text)
        note = QRectF(0, 0, size.width() + 3 * SPACE, size.height() + SPACE)
        note.moveCenter(QRectF(self.viewport().rect()).center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.ToolTipBase))
        painter.drawRoundedRect(note, HALF, HALF)
        painter.setPen(self.palette().color(QPalette.ColorRole.ToolTipText))
        painter.drawText(note, Qt.AlignmentFlag.AlignCenter, text)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Switch between fitted in and 100 % around the place clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggle_zoom(event.position().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self._can_pan():
            self._grip = event.position().toPoint()
            self._set_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture with the pointer."""
        if self._grip is None:
            return
        place = event.position().toPoint()
        moved = place - self._grip
        self._grip = place
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - moved.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self._grip is not None:
            self._grip = None
            self._set_cursor()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl: 100 % or fitted in; otherwise scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if (event.angleDelta().y() > 0) != self._zoomed:
                self.toggle_zoom(event.position().toPoint())
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Z switches, + shows 100 %, - fits in; the arrow keys pan."""
        key = event.key()
        larger = key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}
        if key == Qt.Key.Key_Z and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.toggle_zoom()
        elif larger or key == Qt.Key.Key_Minus:
            if larger != self._zoomed:
                self.toggle_zoom()
        else:
            super().keyPressEvent(event)
