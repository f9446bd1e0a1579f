"""Two previews that zoom and move as one: what a person does to either, both do, and both show the same place.

At 100 % the picture with more pixels is shown pixel by pixel, and the other enlarged so that both can be compared.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QSize, QSizeF, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from imgenc_gui.core.records.compared import WHOLE, Framing, Part, Pixels
from imgenc_gui.gui.inspector.preview import PreviewView
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.letters import heading
from imgenc_gui.gui.look.plain import Label

_USUAL_SHAPE = 1.5  # of photographs
_SAME_SHAPE = 0.02  # pictures of one shape whose sides were rounded to whole pixels
_FIRST_SIDEWAYS = 5  # turns from here on exchange width and height
_UNDONE = {6: 8, 8: 6}  # all other turns are their own
_APART = (Framing.NONE, Framing.UNTOLD)


class _Framed(QWidget):
    """A preview with its picture's number and name above it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.view = PreviewView()
        self.name = ElidedLabel()
        top = QHBoxLayout()
        top.setContentsMargins(WIDE, HALF, SPACE, HALF)
        top.setSpacing(SPACE)
        top.addWidget(heading(Label(str(number)), 1))
        top.addWidget(self.name, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)

    def set_name(self, name: str) -> None:
        self.name.set_whole_text(name)
        self.view.setAccessibleName(self.tr("Picture {0}: {1}").format(self.number, name))

    def tell_enlarged(self, extent: QSize | None, own: QSize) -> None:
        """Say why the picture is shown larger than the other."""
        is_larger = self.view.is_zoomed() and extent is not None and extent.width() > own.width()
        text = self.tr("Enlarged, so that both pictures show the same part in the same size.") if is_larger else ""
        self.view.setToolTip(text)


class LinkedPreviews(QWidget):
    """Two previews beside each other, or one above the other where both are larger then."""

    full_size_wanted = Signal(int)  # the picture's number, 1 or 2
    zoom_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._frames = (_Framed(1), _Framed(2))
        self._sizes = (QSize(), QSize())
        self._parts = (WHOLE, WHOLE)
        self._turn = 1
        self._extents: tuple[QSize, QSize] | None = None
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(1)
        self._row.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)  # the direction follows the room
        for place, frame in enumerate(self._frames):
            self._row.addWidget(frame, 1)
            view = frame.view
            view.full_size_wanted.connect(lambda number=frame.number: self.full_size_wanted.emit(number))
            view.zoom_changed.connect(self._note_zoom)
            view.moved.connect(partial(self._follow, place))
        self.setMinimumHeight(self._frames[0].minimumSizeHint().height())

    @property
    def views(self) -> tuple[PreviewView, PreviewView]:
        """The two previews."""
        return self._frames[0].view, self._frames[1].view

    def set_names(self, first: str, second: str) -> None:
        """Name the pictures."""
        self._frames[0].set_name(first)
        self._frames[1].set_name(second)

    def set_sizes(self, first: QSize, second: QSize) -> None:
        """Tell how many pixels each has, upright; an empty size where it isn't known."""
        self._sizes = (first, second)
        self._arrange()
        self._match()

    def set_pixels(self, pixels: Pixels | None) -> None:
        """Tell how the pictures lie to each other, for crops and turned copies; None while that isn't known."""
        if pixels is None or pixels.framing in _APART:
            self._parts, self._turn = (WHOLE, WHOLE), 1
        else:
            self._parts, self._turn = (pixels.first_part, pixels.second_part), pixels.turn
        self._match()

    def set_message(self, number: int, text: str) -> None:
        """Show words instead of one of the pictures."""
        self._frames[number - 1].view.set_message(text)

    def set_image(self, number: int, image: QImage) -> None:
        """Show one of the pictures."""
        self._frames[number - 1].view.set_image(image, self._sizes[number - 1])

    def set_full_size(self, number: int, image: QImage | None) -> None:
        """Give one of them all its pixels."""
        self._frames[number - 1].view.set_full_size(image)

    def has_image(self) -> bool:
        """Whether one of the pictures is shown."""
        return any(view.has_image() for view in self.views)

    def is_zoomed(self) -> bool:
        """Whether they are shown otherwise than fitted in."""
        return any(view.is_zoomed() for view in self.views)

    def toggle_zoom(self) -> None:
        """Switch both between fitted in and 100 %."""
        zoom = None if self.is_zoomed() else 1.0
        for view in self.views:
            view.follow(zoom, QPointF(0.5, 0.5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lie so that the pictures are large."""
        super().resizeEvent(event)
        self._arrange()

    # -- together ------------------------------------------------------------------------------------------------

    def _follow(self, place: int, zoom: float | None, aim: QPointF) -> None:
        self.views[1 - place].follow(zoom, self._elsewhere(place, aim))

    def _elsewhere(self, place: int, aim: QPointF) -> QPointF:
        """Return where a place of one picture is in the other."""
        own, other = self._parts[place], self._parts[1 - place]
        across, down = (aim.x() - own.left) / own.width, (aim.y() - own.top) / own.height
        across, down = _turned(across, down, self._turn if place else _UNDONE.get(self._turn, self._turn))
        return QPointF(other.left + across * other.width, other.top + down * other.height)

    def _match(self) -> None:
        """Show what both pictures show in the same size, that of the one with more pixels."""
        self._extents = _extents(self._sizes, self._parts, self._turn)
        first, second = self.views
        for view, extent in zip(self.views, self._extents or (None, None), strict=True):
            view.set_extent(extent)
        second.follow(second.zoom(), self._elsewhere(0, first.place()))

    def _note_zoom(self) -> None:
        for frame, extent, size in zip(self._frames, self._extents or (None, None), self._sizes, strict=True):
            frame.tell_enlarged(extent, size)
        self.zoom_changed.emit()

    def _arrange(self) -> None:
        shapes = [size.width() / size.height() if not size.isEmpty() else _USUAL_SHAPE for size in self._sizes]
        above = self._frames[0].view.y()
        room, beside = self.size(), 0.0
        stacked = 0.0
        for shape in shapes:  # the heights that they would have
            beside += min(room.width() / 2 / shape, room.height() - above)
            stacked += min(room.width() / shape, room.height() / 2 - above)
        down = QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if stacked > beside else QBoxLayout.Direction.LeftToRight)


def _turned(across: float, down: float, turn: int) -> tuple[float, float]:
    """Where a place comes to lie when a picture is turned as an EXIF orientation says."""
    if turn >= _FIRST_SIDEWAYS:
        across, down = down, across
    return (1 - across if turn in (2, 3, 6, 7) else across), (1 - down if turn in (3, 4, 7, 8) else down)


def _extents(sizes: tuple[QSize, QSize], parts: tuple[Part, Part], turn: int) -> tuple[QSize, QSize] | None:
    """Return the sizes at which both show their common part equally large; None: each its own."""
    if any(size.isEmpty() for size in sizes):
        return None
    first, second = sizes
    common, other = (
        QSizeF(size.width() * part.width, size.height() * part.height) for size, part in zip(sizes, parts, strict=True)
    )
    is_sideways = turn >= _FIRST_SIDEWAYS
    if is_sideways:
        other.transpose()
    wider, higher = common.width() / other.width(), common.height() / other.height()
    if abs(wider / higher - 1) > _SAME_SHAPE:
        return None
    if wider * higher < 1:
        return QSize(round(first.width() / wider), round(first.height() / higher)), second
    if is_sideways:
        wider, higher = higher, wider
    return first, QSize(round(second.width() * wider), round(second.height() * higher))
