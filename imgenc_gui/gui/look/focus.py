"""Where the keyboard is: a ring around the widget that has it, the same for every widget, in whatever style.

It is there from the first key to the next click: who uses the mouse alone never sees it.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QFocusFrame,
    QMenu,
    QMenuBar,
    QProxyStyle,
    QRadioButton,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

_LINE = 2
_GAP = 1
RING = _LINE + _GAP  # that a ring reaches beyond its widget
_ROUND = 4


def paint_ring(painter: QPainter, area: QRect, line: QPalette.ColorRole, gap: QPalette.ColorRole) -> None:
    """Draw a ring just inside an area and a thin one within it: one of them can be told from any background."""
    palette = QGuiApplication.palette()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for role, width, inset in ((gap, _GAP, _LINE), (line, _LINE, 0)):
        half = inset + width / 2
        painter.setPen(QPen(palette.color(role), width))
        painter.drawRoundedRect(QRectF(area).adjusted(half, half, -half, -half), _ROUND - half, _ROUND - half)
    painter.restore()


class _RingStyle(QProxyStyle):
    """Puts the ring around the widget and above its neighbours."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0  # Qt's lies around the widget, and is nowhere where that fills its window
        return super().styleHint(hint, option, widget, returned)

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric == QStyle.PixelMetric.PM_FocusFrameHMargin:
            return RING
        if metric == QStyle.PixelMetric.PM_FocusFrameVMargin:
            marked = widget.widget() if isinstance(widget, QFocusFrame) else None
            roomy = isinstance(marked, QCheckBox | QRadioButton)  # their sentences follow closely
            return 0 if roomy else RING
        return super().pixelMetric(metric, option, widget)


class _Ring(QFocusFrame):
    """The ring around a widget, which it follows."""

    def __init__(self) -> None:
        super().__init__()
        style = _RingStyle(QApplication.style().name())
        style.setParent(self)
        self.setStyle(style)

    def mark(self, widget: QWidget) -> None:
        """Lie around it."""
        self.setWidget(widget)
        self.setVisible(widget.isVisible())  # Qt hides it for good where the widget is only now scrolled to

    def unmark(self) -> None:
        """Be nowhere."""
        self.hide()
        self.setWidget(None)  # type: ignore[arg-type]  # the stub leaves out None

    def moveEvent(self, event: QMoveEvent) -> None:
        """Cover the ring alone, so that what is within it can be painted without it."""
        super().moveEvent(event)
        self._cover()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cover the ring alone."""
        super().resizeEvent(event)
        self._cover()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        del event
        painter = QPainter(self)
        paint_ring(painter, self._area(), QPalette.ColorRole.Accent, QPalette.ColorRole.Window)
        painter.end()

    def _area(self) -> QRect:
        """Around the widget; within the window's edge, or that of what scrolls, where the widget reaches up to it."""
        parent = self.parentWidget()
        return self.rect() if parent is None else self.rect().intersected(parent.rect().translated(-self.pos()))

    def _cover(self) -> None:
        area, side = self._area(), RING + _ROUND  # room for the round corners
        self.setMask(QRegion(area) - QRegion(area.adjusted(side, side, -side, -side)))


def _parts(widget: QWidget) -> tuple[QWidget, ...]:
    """The widget and what takes its clicks."""
    return (widget, widget.viewport()) if isinstance(widget, QAbstractScrollArea) else (widget,)


class _FocusMarker(QObject):
    """Moves the ring to where the keyboard goes."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("imgenc_focus")
        self._by_keys = False
        self._widget: QWidget | None = None
        self._ring: _Ring | None = None
        # One for each widget, as long as that lives: PySide takes a widget for its ring's child. With the ring, what
        # Qt made of it (a table's scroll bar, a dialog's button) would end for Python.
        self._rings: dict[QWidget, _Ring] = {}
        app.focusChanged.connect(self._move)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note whether the widget with the keyboard is worked by keys or the mouse."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            self._show(by_keys=True)
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._show(by_keys=False)
        return super().eventFilter(watched, event)

    def _move(self, old: QWidget | None, new: QWidget | None) -> None:
        self._take_away()
        self._widget = new
        if old is not None and shiboken6.isValid(old):
            for part in _parts(old):
                part.removeEventFilter(self)
        if new is not None:
            for part in _parts(new):
                part.installEventFilter(self)
            clicked = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
            self._show(by_keys=self._by_keys and not clicked)

    def _show(self, *, by_keys: bool) -> None:
        self._by_keys = by_keys
        if not by_keys:
            self._take_away()
        elif self._ring is None and self._widget is not None and not isinstance(self._widget, QMenu | QMenuBar):
            self._ring = self._ring_of(self._widget)
            self._ring.mark(self._widget)

    def _ring_of(self, widget: QWidget) -> _Ring:
        """The ring that is kept for it, or a new one."""
        if widget not in self._rings:
            ring = self._rings[widget] = _Ring()
            for ended in (widget.destroyed, ring.destroyed):  # mostly both, with the window
                ended.connect(self._forget)
        return self._rings[widget]

    def _take_away(self) -> None:
        ring, self._ring = self._ring, None
        if ring is not None and shiboken6.isValid(ring):
            ring.unmark()

    def _forget(self) -> None:
        """Let go of widgets and rings that have ended."""
        for widget, ring in list(self._rings.items()):
            if not (shiboken6.isValid(widget) and shiboken6.isValid(ring)):
                del self._rings[widget]
                if shiboken6.isValid(ring):
                    ring.deleteLater()


def mark_focus(app: QApplication) -> None:
    """Show where the keyboard is, in all windows."""
    if app.findChild(_FocusMarker, "imgenc_focus") is None:
        _FocusMarker(app)
