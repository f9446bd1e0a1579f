"""Encodings as pictures: a 64-bit hash as its 8 x 8 pattern, a vector as a square heat map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from imgenc_gui.gui.look.theme import is_dark, tone

_ROWS = 8
_FRAME = 2  # around a 0 where another hash has a 1
_QUIET = 90
# From the quiet end to the accent's bright end: light theme, dark theme (red, green, blue at 0, 1/2 and 1).
_HEAT_STOPS = (
    ((238, 240, 244), (102, 152, 214), (16, 46, 98)),
    ((38, 40, 46), (47, 104, 184), (206, 228, 255)),
)


def hash_bits(value: str) -> NDArray[np.bool_]:
    """Return the bits of 16 hexadecimal characters as (8, 8), row by row, most significant first."""
    raw = np.frombuffer(bytes.fromhex(value), dtype=np.uint8)
    return np.unpackbits(raw).astype(bool).reshape(_ROWS, _ROWS)


def heat_side(vector: NDArray[np.float32]) -> int:
    """How many cells a heat map has in each direction."""
    return math.isqrt(vector.size - 1) + 1


def heat_image(vector: NDArray[np.float32], *, dark: bool) -> QImage:
    """Return a square image of a vector, row by row, its lowest value quiet and its highest strong.

    Cells beyond the vector's end are as quiet as the lowest value.
    """
    side = heat_side(vector)
    values = np.full(side * side, vector.min(), np.float64)
    values[: vector.size] = vector
    span = float(values.max() - values.min())
    level = (values - values.min()) / span if span > 0 else np.zeros_like(values)
    stops = np.array(_HEAT_STOPS[int(dark)], dtype=np.float64)
    pixels = np.stack([np.interp(level, (0.0, 0.5, 1.0), stops[:, part]) for part in range(3)], axis=1)
    data = np.ascontiguousarray(np.rint(pixels).astype(np.uint8)).tobytes()
    return QImage(data, side, side, 3 * side, QImage.Format.Format_RGB888).copy()


class HashPattern(QWidget):
    """The 64 bits of a hash: a filled square for each 1. Where another hash differs both are in another tone."""

    def __init__(self, side: int = 64, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bits: NDArray[np.bool_] | None = None
        self._differing: NDArray[np.bool_] | None = None
        self.setFixedSize(QSize(side, side))
        self.setAccessibleName(self.tr("Pattern of the hash"))
        self.setToolTip(self.tr("The hash's 64 bits, row by row: filled is 1, empty is 0."))

    def set_hash(self, value: str | None, other: str | None = None) -> None:
        """Show 16 hexadecimal characters, and where ``other`` differs; None shows an empty frame."""
        self._bits = hash_bits(value) if value else None
        self._differing = hash_bits(value) ^ hash_bits(other) if value and other else None
        self.setAccessibleDescription(
            self.tr("{count} of 64 bits are 1").format(count=int(self._bits.sum())) if self._bits is not None else ""
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the squares on whole device pixels."""
        del event
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        faint = QColor(self.palette().color(QPalette.ColorRole.Mid))
        faint.setAlpha(90)
        if self._bits is not None:
            side = self.width() // _ROWS
            one = QColor(tone("accent"))
            if self._differing is not None and self._differing.any():
                one.setAlpha(_QUIET)  # what differs stands out
            for row, column in np.ndindex(_ROWS, _ROWS):
                square = QRect(column * side, row * side, side - 1, side - 1)
                if self._differing is not None and self._differing[row, column]:
                    painter.fillRect(square, tone("warning"))
                    if not self._bits[row, column]:
                        hole = square.adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
                        painter.fillRect(hole, self.palette().color(QPalette.ColorRole.Base))
                else:
                    painter.fillRect(square, one if self._bits[row, column] else faint)
        painter.end()


class HeatMap(QWidget):
    """A vector as a square of cells; the tool tip names the number under the pointer."""

    def __init__(self, side: int = 128, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vector: NDArray[np.float32] | None = None
        self.setFixedSize(QSize(side, side))
        self.setAccessibleName(self.tr("Heat map of the vector"))

    def set_vector(self, vector: NDArray[np.float32] | None) -> None:
        """Show a vector, shape (length,) float32; None shows an empty frame."""
        self._vector = vector
        if vector is None:
            self.setAccessibleDescription("")
        else:
            self.setAccessibleDescription(
                self.tr("{count} numbers from {low:.3f} to {high:.3f}").format(
                    count=vector.size, low=vector.min(), high=vector.max()
                )
            )
        self.update()

    def tip_at(self, place: QPointF) -> str:
        """Return the words for the cell at a place within the widget."""
        if self._vector is None:
            return ""
        cells = heat_side(self._vector)
        size = self.width() / cells
        column = min(max(int(place.x() / size), 0), cells - 1)
        row = min(max(int(place.y() / size), 0), cells - 1)
        index = row * cells + column
        if index >= self._vector.size:
            return ""
        return self.tr("Number {index} of {count}: {value}\nThe darker or brighter the cell, the larger it is.").format(
            index=index + 1, count=self._vector.size, value=f"{self._vector[index]:.6g}"
        )

    def event(self, event: QEvent) -> bool:
        """Answer the pointer's rest with the number under it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cells without smoothing."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        if self._vector is not None:
            painter.drawImage(QRectF(self.rect()), heat_image(self._vector, dark=is_dark()))
        painter.end()
