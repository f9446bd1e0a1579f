"""The zoomable preview: the whole picture, or as large as a person wants it, panned by dragging.

100 % is a picture's pixel on each of the screen's. What a person does to one is told, so that another beside it can do
the same.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.plain import text_painter
from imgenc_gui.gui.look.theme import edged, tone

_STEP = 48  # that an arrow key moves the picture
_NOTCH = 120  # that a wheel turns at least
_FASTER = 1.25  # larger for each notch
_KEY = 1.5  # and for each key
_MOST = 16.0
_COARSE = 0.5  # up to here pixels would be left out
_PIXELS = 2.0  # from here on each pixel is a square of its own
_ONE = 1.0
_MIDDLE = QPointF(0.5, 0.5)


class PreviewView(QAbstractScrollArea):
    """Shows one picture fitted in (never enlarged), or zoomed about the pointer.

    ``zoom``: screen pixels for each pixel of the picture, None while it is fitted in. ``place``: what is in the middle,
    in shares of the picture.
    """

    full_size_wanted = Signal()
    zoom_changed = Signal()
    moved = Signal(object, QPointF)  # by a person: zoom, place

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a picture's left is at the left in any language
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # they would move what is zoomed
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Preview"))
        self.setMinimumHeight(6 * SPACE)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self.viewport().setAutoFillBackground(True)
        self._image: QImage | None = None
        self._full: QImage | None = None  # with all its pixels
        self._fitted: QPixmap | None = None
        self._size = QSize()  # of all its pixels
        self._is_size_known = False
        self._is_denied = False  # they can't be had
        self._extent: QSize | None = None  # that the picture is drawn as if it had, in device pixels
        self._message = ""
        self._zoom: float | None = None
        self._place = _MIDDLE
        self._waiting = False  # for all its pixels
        self._is_panning = True  # rather than being put somewhere
        self._grip: QPoint | None = None
        self._explain()

    def set_image(self, image: QImage | None, size: QSize | None = None) -> None:
        """Show a picture, fitted in; None shows nothing. ``size``: of all its pixels, where it is known."""
        self._image = image if image is not None and not image.isNull() else None
        own = self._image.size() if self._image is not None else QSize()
        self._is_size_known = size is not None and not size.isEmpty()
        has_all = size is not None and size in (own, own.transposed())
        self._full = self._image if has_all else None
        self._size = own if has_all or size is None or size.isEmpty() else size
        self._is_denied = False
        self._message = ""
        self._fitted = None
        self._waiting = False
        self._grip = None
        self._show_at(None, _MIDDLE)

    def set_full_size(self, image: QImage | None) -> None:
        """Give all the pixels that ``full_size_wanted`` asked for; None when they can't be had: is fitted in then."""
        self._waiting = False
        self._full = image if image is not None and not image.isNull() else None
        self._is_denied = self._full is None
        zoom = self._zoom
        if self._full is not None:
            if zoom is not None and zoom != _ONE and self._extent is None:
                zoom *= _longest(self._size) / _longest(self._full.size())  # what is seen stays as large
            self._size = self._full.size()
            self._is_size_known = True
        self._show_at(zoom, self._place)

    def set_message(self, text: str) -> None:
        """Show words instead of a picture."""
        self.set_image(None)
        self._message = text

    def has_image(self) -> bool:
        """Whether a picture is shown."""
        return self._image is not None

    def is_zoomed(self) -> bool:
        """Whether the picture is shown otherwise than fitted in."""
        return self._zoom is not None

    def zoom_words(self) -> str:
        """How large the picture is shown: "100 %"; "" while it is fitted in."""
        if self._zoom is None:
            return ""
        percent = 100 * self._zoom * self._natural().width() / max(1, self._size.width())
        return self.tr("{0} %").format(self.locale().toString(round(percent)))

    def toggle_zoom(self) -> None:
        """Switch between fitted in and 100 %."""
        self.zoom_to(None if self.is_zoomed() else _ONE)

    def zoom_to(self, zoom: float | None, at: QPointF | None = None) -> None:
        """Zoom as a person does: what is at a place in the viewport, its middle by default, stays there."""
        if self._image is None:
            return
        place = _MIDDLE
        if zoom is not None:
            room, before = QRectF(self.viewport().rect()), self._area(self._zoom)
            at = room.center() if at is None else at
            share = _share(at, before)
            zoom = min(zoom, _MOST)
            size = self._logical(zoom)
            left, top = at.x() - share.x() * size.width(), at.y() - share.y() * size.height()
            place = QPointF((room.width() / 2 - left) / size.width(), (room.height() / 2 - top) / size.height())
        self._show_at(zoom, place)
        self.moved.emit(self._zoom, self._place)

    def follow(self, zoom: float | None, place: QPointF) -> None:
        """Show the picture so large, with this place in the middle, as far as there is picture around it."""
        if self._image is not None:
            self._show_at(zoom, place)

    def set_extent(self, extent: QSize | None) -> None:
        """Draw the picture as if it had this size, in device pixels; None: its own."""
        if extent != self._extent:
            self._extent = extent
            self._fitted = None
            self._show_at(self._zoom, self._place)

    def place(self) -> QPointF:
        """Return the place in the picture that is in the middle, in shares of it."""
        return self._place

    def zoom(self) -> float | None:
        """Return how many screen pixels there are for each of the picture's, as it is drawn; None: it is fitted in."""
        return self._zoom

    def sizeHint(self) -> QSize:
        """Prefer a landscape picture's shape."""
        return QSize(40 * SPACE, 28 * SPACE)

    # -- geometry ------------------------------------------------------------------------------------------------

    def _natural(self) -> QSize:
        """The size at 100 %, in device pixels."""
        return self._extent or self._size

    def _logical(self, zoom: float) -> QSizeF:
        scale = zoom / self.devicePixelRatioF()
        return QSizeF(self._natural()) * scale

    def _fit(self) -> float:
        """The zoom at which all of the picture can be seen: no larger than 100 %."""
        room, size = self.viewport().size() * self.devicePixelRatioF(), self._natural()
        return min(_ONE, room.width() / max(1, size.width()), room.height() / max(1, size.height()))

    def _area(self, zoom: float | None) -> QRectF:
        """Where the whole picture would be drawn; None: where it is fitted in."""
        room = QRectF(self.viewport().rect())
        size = self._logical(self._fit() if zoom is None else zoom)
        area = QRectF(QPointF(), size)
        area.moveCenter(room.center())
        if zoom is not None and size.width() > room.width():
            area.moveLeft(room.width() / 2 - self._place.x() * size.width())
        if zoom is not None and size.height() > room.height():
            area.moveTop(room.height() / 2 - self._place.y() * size.height())
        return area

    def _show_at(self, zoom: float | None, place: QPointF) -> None:
        if zoom is not None and (self._image is None or (zoom <= self._fit() and zoom != _ONE)):
            zoom = None
        lacks = zoom is not None and self._lacks_pixels(zoom)
        self._zoom = None if lacks and self._is_denied else zoom
        self._put(place)
        if lacks and not self._waiting and not self._is_denied:
            self._waiting = True
            self.full_size_wanted.emit()
        self._set_cursor()
        self._explain()
        self.viewport().update()
        self.zoom_changed.emit()

    def _put(self, place: QPointF) -> None:
        """Bring a place into the middle, as far as there is picture around it."""
        room = self.viewport().size()
        size = self._logical(self._zoom) if self._zoom is not None else QSizeF()
        shares = []
        self._is_panning = False
        for bar, total, page, share in (
            (self.horizontalScrollBar(), size.width(), room.width(), place.x()),
            (self.verticalScrollBar(), size.height(), room.height(), place.y()),
        ):
            bar.setRange(0, max(0, round(total - page)))
            bar.setPageStep(page)
            bar.setSingleStep(_STEP)
            half = page / 2 / total if total > page else 0.5
            shares.append(min(max(share, half), 1 - half))
            bar.setValue(round(shares[-1] * total - page / 2))
        self._is_panning = True
        self._place = QPointF(*shares)

    def _lacks_pixels(self, zoom: float) -> bool:
        """Whether the picture would be larger than what was read of it."""
        if self._full is not None or self._image is None:
            return False
        return not self._is_size_known or zoom * _longest(self._natural()) > _longest(self._image.size())

    def _can_pan(self) -> bool:
        return bool(self.horizontalScrollBar().maximum() or self.verticalScrollBar().maximum())

    def _set_cursor(self) -> None:
        if self._grip is not None:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._can_pan():
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.viewport().unsetCursor()

    def _explain(self) -> None:
        """Tell those who can't see it how large the picture is, and what can be done."""
        hint = self.tr("Turn the wheel or press + and - to zoom, double-click or press Z for 100 % and back.")
        self.setAccessibleDescription(f"{self.zoom_words()} {hint}".strip())

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture or the words; zoomed only the part in view, so that its size doesn't matter."""
        del event
        painter = text_painter(self.viewport())
        if self._image is None:
            painter.setPen(tone("muted"))
            room = self.viewport().rect().adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
        elif self._zoom is None:
            self._paint_fitted(painter, self._image)
        else:
            self._paint_part(painter, self._image, self._zoom)
            words = self.zoom_words()
            self._paint_note(painter, self.tr("{0} · Loading all pixels…").format(words) if self._waiting else words)
        painter.end()

    def _paint_part(self, painter: QPainter, image: QImage, zoom: float) -> None:
        ratio, size = self.devicePixelRatioF(), self._natural()
        source = image
        if self._full is not None and zoom * _longest(size) > _longest(image.size()):
            source = self._full
        scale = zoom * size.width() / source.width()  # device pixels for each that is drawn
        down = zoom * size.height() / source.height()
        area = self._area(zoom)
        corner = QPoint(round(area.x() * ratio), round(area.y() * ratio))
        room = self.viewport().size() * ratio
        seen = QRectF(-corner.x() / scale, -corner.y() / down, room.width() / scale, room.height() / down)
        part = seen.toAlignedRect().intersected(source.rect())
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        if scale == down == _ONE:
            painter.drawImage(corner + part.topLeft(), source, part)
        else:
            is_smooth = scale < _PIXELS or source is not self._full
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
            drawn = QRectF(part.x() * scale, part.y() * down, part.width() * scale, part.height() * down)
            drawn.translate(QPointF(corner))
            if scale <= _COARSE:
                source, part = _halfway(source, part, drawn.size())
            painter.drawImage(drawn, source, QRectF(part))
        painter.restore()

    def _paint_fitted(self, painter: QPainter, image: QImage) -> None:
        area = self._area(None)
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
        painter.drawPixmap(area.topLeft().toPoint(), self._fitted)

    def _paint_note(self, painter: QPainter, text: str) -> None:
        """Say how large the picture is, in a corner."""
        size = painter.fontMetrics().size(0, text)
        note = QRectF(0, 0, size.width() + 2 * SPACE, size.height() + HALF)
        note.moveBottomRight(QPointF(self.viewport().rect().bottomRight()) - QPointF(SPACE, SPACE))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.ToolTipBase))
        painter.drawRoundedRect(note, HALF, HALF)
        painter.setPen(self.palette().color(QPalette.ColorRole.ToolTipText))
        painter.drawText(note, Qt.AlignmentFlag.AlignCenter, text)

    # -- events --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit in anew, or keep the place that is in the middle."""
        self._put(self._place)
        self._set_cursor()
        super().resizeEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw the part that is now in view."""
        del dx, dy
        self.viewport().update()
        if self._zoom is None or not self._is_panning:
            return
        size, room = self._logical(self._zoom), self.viewport().size()
        shares = [
            (bar.value() + page / 2) / total if total > page else 0.5
            for bar, total, page in (
                (self.horizontalScrollBar(), size.width(), room.width()),
                (self.verticalScrollBar(), size.height(), room.height()),
            )
        ]
        self._place = QPointF(*shares)
        self.moved.emit(self._zoom, self._place)

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom with two fingers on a trackpad."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom_by(1 + event.value(), event.position())
            return True
        return super().viewportEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the picture at 100 % about the place clicked, or if it is, fit it in."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.zoom_to(None if self._zoom == _ONE else _ONE, event.position())

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
        """Zoom about the pointer. A trackpad tells less than a notch, or pixels alone."""
        turned = event.angleDelta().y() or event.pixelDelta().y()
        if turned:
            self._zoom_by(_FASTER ** (turned / _NOTCH), event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """+ and - zoom, 1 is 100 %, 0 fits in, Z switches between these; the arrow keys pan."""
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if plain and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by(_KEY)
        elif plain and key == Qt.Key.Key_Minus:
            self._zoom_by(1 / _KEY)
        elif plain and key in (Qt.Key.Key_0, Qt.Key.Key_1):
            self.zoom_to(_ONE if key == Qt.Key.Key_1 else None)
        elif plain and key == Qt.Key.Key_Z:
            self.toggle_zoom()
        else:
            super().keyPressEvent(event)

    def _zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, with a stop at 100 % on the way, and fitted in at the end of it."""
        before = self._fit() if self._zoom is None else self._zoom
        zoom = before * factor
        if min(before, zoom) < _ONE < max(before, zoom):
            zoom = _ONE
        if zoom <= self._fit():
            self.zoom_to(None)
        elif zoom != self._zoom:
            self.zoom_to(zoom, at)


def _longest(size: QSize) -> int:
    """The side by which sizes are compared: of a strip that is one pixel wide, all that were made of it are as wide."""
    return max(size.width(), size.height())


def _halfway(source: QImage, part: QRect, size: QSizeF) -> tuple[QImage, QRect]:
    """A part at twice the size that it will have: in one step Qt would leave pixels out, and fine lines flicker."""
    twice = (size * 2).toSize().expandedTo(QSize(1, 1))
    image = QImage(twice, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(image.rect(), source, part)
    painter.end()
    return image, image.rect()


def _share(at: QPointF, area: QRectF) -> QPointF:
    """Where a place is in a picture that is drawn there, in shares of it; its middle where it is beside the picture."""
    if area.isEmpty():
        return _MIDDLE
    across, down = (at.x() - area.x()) / area.width(), (at.y() - area.y()) / area.height()
    return QPointF(min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0))
