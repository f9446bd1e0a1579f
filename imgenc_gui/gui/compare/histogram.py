"""How near each picture's nearest one is, as bars, with the threshold as a line that can be moved.

Heights go with the square root of the counts: few beside many are seen, too.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from imgenc_gui.core.comparing.border import Border
from imgenc_gui.core.comparing.strictness import STEPS, USUAL_STEP, threshold_at
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.letters import lines
from imgenc_gui.gui.look.plain import text_painter
from imgenc_gui.gui.look.sentences import likeness_word
from imgenc_gui.gui.look.theme import tone

_HEIGHT = 9  # lines
_MOST_BARS = 48
_SEEN = 0.98  # of the pictures are within the bars, where these suffice; the last bar is what is farther
_WASHES = (34, 26, 18, 10)  # of 255, from the nearest word
_GRIP = 9


class Histogram(QWidget):
    """The bars, the words' ranges behind them, and the line. Emits each step while the line is moved."""

    step_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._border: Border | None = None
        self._step = USUAL_STEP
        self._counts: NDArray[np.int64] = np.zeros(1, np.int64)
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("How near each picture's nearest one is"))

    # What it shows

    def show_border(self, border: Border) -> None:
        """Show these distances."""
        self._border = border
        bars = border.bars
        most = _MOST_BARS if not border.method.is_hash else _MOST_BARS - SPACE
        needed = int(np.searchsorted(np.cumsum(bars), _SEEN * len(border))) + 1 if bars.size else 0
        last = border.bar_of(threshold_at(STEPS, border.method)) + 2
        length = min(max(last, needed), most)
        self._counts = np.zeros(length + 1, np.int64)
        self._counts[: min(bars.size, length)] = bars[:length]
        self._counts[length] = bars[length:].sum()
        self._describe()
        self.update()

    def set_step(self, step: int) -> None:
        """Put the line at a step's threshold."""
        if step != self._step:
            self._step = step
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        """Some lines high."""
        return QSize(60 * SPACE, lines(self, _HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Where the room is little."""
        return QSize(24 * SPACE, lines(self, _HEIGHT - 2))

    # Where things are

    def _plot(self) -> QRectF:
        """Where the bars are: beside their counts, above their distances."""
        left = self.fontMetrics().horizontalAdvance(QLocale().toString(self._peak())) + SPACE
        below = 2 * lines(self, 1) + HALF
        return QRectF(self.rect()).adjusted(left, lines(self, 1) // 2, -SPACE, -below)

    def _peak(self) -> int:
        return max(1, int(self._counts.max()))

    def _x(self, bars: float) -> float:
        plot = self._plot()
        return plot.left() + plot.width() * bars / self._counts.size

    def _edge(self, value: float, method: Method) -> float:
        """How many bars are within a threshold, and which part of one."""
        return value + 1 if method.is_hash else 100 * (1 - value) + 1

    def line_x(self, step: int | None = None) -> float:
        """Where the line is, or would be at a step."""
        if self._border is None:
            return 0.0
        method = self._border.method
        return self._x(self._edge(threshold_at(self._step if step is None else step, method), method))

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it all."""
        del event
        if self._border is None:
            return
        painter = text_painter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = self._plot()
        painter.fillRect(plot, self.palette().color(QPalette.ColorRole.Base))
        self._paint_words(painter, plot, self._border.method)
        self._paint_counts(painter, plot)
        self._paint_bars(painter, plot)
        self._paint_distances(painter, plot, self._border.method)
        self._paint_line(painter, plot)
        painter.end()

    def _paint_words(self, painter: QPainter, plot: QRectF, method: Method) -> None:
        """The words' ranges, and the words where there is room for them."""
        left = 0.0
        for wash, (word, farthest) in zip(_WASHES, method.thresholds.items(), strict=False):
            right = min(self._edge(farthest, method), self._counts.size)
            area = QRectF(plot)
            area.setLeft(self._x(left))
            area.setRight(self._x(right))
            colour = QColor(tone("accent"))
            colour.setAlpha(wash)
            painter.fillRect(area, colour)
            text = likeness_word(word)
            if self.fontMetrics().horizontalAdvance(text) + HALF <= area.width():
                painter.setPen(tone("muted"))
                painter.drawText(area, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
            left = right

    def _height_of(self, count: float, plot: QRectF) -> float:
        """The height of so many, below the line of words."""
        room = plot.height() - lines(self, 1) - HALF
        return room * math.sqrt(count / self._peak())

    def _paint_counts(self, painter: QPainter, plot: QRectF) -> None:
        peak = self._peak()
        taken = -1.0
        nice = [digit * 10**power for power in range(10) for digit in (1, 2, 5) if digit * 10**power < peak]
        for count in (peak, *reversed(nice)):
            y = plot.bottom() - self._height_of(count, plot)
            if y < taken:
                continue
            taken = y + lines(self, 1)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
            painter.drawLine(int(plot.left()), round(y), int(plot.right()), round(y))
            area = QRectF(0, y - lines(self, 1) / 2, plot.left() - HALF, lines(self, 1))
            painter.setPen(tone("muted"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, right, QLocale().toString(count))

    def _paint_bars(self, painter: QPainter, plot: QRectF) -> None:
        line = self.line_x()
        gap = 1 if plot.width() / self._counts.size > SPACE // 2 else 0
        for number, count in enumerate(self._counts.tolist()):
            if not count:
                continue
            height = max(2.0, self._height_of(count, plot))
            left, right = self._x(number) + gap, self._x(number + 1) - gap
            middle = min(max(line, left), right)
            top = plot.bottom() - height
            painter.fillRect(QRectF(left, top, middle - left, height), tone("accent"))
            painter.fillRect(QRectF(middle, top, right - middle, height), tone("muted"))

    def _paint_distances(self, painter: QPainter, plot: QRectF, method: Method) -> None:
        painter.setPen(QPen(tone("muted"), 1))
        painter.drawLine(int(plot.left()), round(plot.bottom()), int(plot.right()), round(plot.bottom()))
        last = self._counts.size - 1
        texts = [str(bar) if method.is_hash else f"{1 - bar / 100:.2f}" for bar in range(last)]
        widest = max((self.fontMetrics().horizontalAdvance(text) for text in texts), default=1) + SPACE
        each = next((n for n in (1, 2, 5, 10, 20) if self._x(n) - self._x(0) >= widest), 20)
        for bar in range(0, last, each):
            middle = self._x(bar + 0.5)
            area = QRectF(middle - widest, plot.bottom() + HALF / 2, 2 * widest, lines(self, 1))
            painter.drawText(area, Qt.AlignmentFlag.AlignHCenter, texts[bar])
        below = QRectF(plot.left(), plot.bottom() + lines(self, 1) + HALF / 2, plot.width(), lines(self, 1))
        title = self.tr("bits that differ") if method.is_hash else self.tr("similarity")
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, title)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self.tr("farther"))

    def _paint_line(self, painter: QPainter, plot: QRectF) -> None:
        x = self.line_x()
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(round(x), int(plot.top()), round(x), int(plot.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        grip = QRectF(0, 0, _GRIP, 2 * _GRIP)
        grip.moveCenter(plot.center())
        grip.moveLeft(round(x) - _GRIP / 2)
        painter.drawRoundedRect(grip, HALF, HALF)

    # Moving the line

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the line, or bring it here."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the line."""
        if self._dragging:
            self._move_to(event.position().x())
        is_near = self._dragging or abs(event.position().x() - self.line_x()) <= SPACE
        self.setCursor(Qt.CursorShape.SplitHCursor if is_near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the line go."""
        del event
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the line a step with the arrows."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._take(min(max(self._step + by, 0), STEPS))

    def _move_to(self, x: float) -> None:
        if self._border is not None:
            edges = [self.line_x(step) for step in range(STEPS + 1)]
            near = min(abs(edge - x) for edge in edges)
            # Of steps with the same threshold the one that is nearest to the present one.
            steps = [step for step, edge in enumerate(edges) if abs(edge - x) == near]
            self._take(min(steps, key=lambda step: abs(step - self._step)))

    def _take(self, step: int) -> None:
        if step != self._step:
            self.set_step(step)
            self.step_changed.emit(step)

    # Words

    def event(self, event: QEvent) -> bool:
        """Tell a bar's count at the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._border is not None:
            plot = self._plot()
            bar = int((event.pos().x() - plot.left()) / plot.width() * self._counts.size)
            if 0 <= bar < self._counts.size:
                QToolTip.showText(event.globalPos(), self.words_of(bar), self)
                return True
        return super().event(event)

    def words_of(self, bar: int) -> str:
        """What a bar says."""
        assert self._border is not None  # noqa: S101 - there are no bars without it
        is_hash = self._border.method.is_hash
        count = QLocale().toString(int(self._counts[bar]))
        if bar == self._counts.size - 1:
            return self.tr("Farther: {0}").format(count)
        if is_hash:
            where = self.tr("1 bit") if bar == 1 else self.tr("{0} bits").format(bar)
        else:
            where = f"{1 - bar / 100:.2f}"
        return self.tr("{0}: pictures whose nearest is there: {1}").format(where, count)

    def _describe(self) -> None:
        """Tell by words what the bars show."""
        if self._border is None:
            return
        method = self._border.method
        before, parts = 0, []
        for word, farthest in method.thresholds.items():
            count = self._border.within(farthest)
            parts.append(f"{likeness_word(word)}: {QLocale().toString(count - before)}")
            before = count
        parts.append(self.tr("Farther: {0}").format(QLocale().toString(len(self._border) - before)))
        self.setAccessibleDescription(". ".join(parts))
