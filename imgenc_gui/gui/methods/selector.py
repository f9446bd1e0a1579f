"""Choosing methods: a compact header button with a panel of the five, and the panel alone for dialogs.

Use::

    selector = MethodSelector()                      # a QToolButton for the header; its text names the chosen methods
    selector.set_methods((Method.PHASH,))            # from the settings; emits nothing
    selector.methods()                               # tuple[Method, ...], never empty, in Method's order
    selector.methods_changed.connect(slot)           # slot(tuple[Method, ...]), at each choice of the person
    selector.show_panel()                            # what clicking it does; for a menu entry or a key

    panel = MethodPanel()                            # the five check boxes with their sentences, for a dialog
    panel.set_available(methods)                     # others are greyed and unticked

At least one method stays chosen: unticking the last one ticks it again and says why.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QStyle,
    QStyleOptionButton,
    QStyleOptionToolButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.encoding import Method
from imgenc_gui.gui.look.theme import HALF, ICON, SPACE, WIDE, heading_font, muted, set_icon, set_tone

_WIDTH = 48 * SPACE
_WIDTH_IN_LETTERS = 56


def method_sentence(method: Method) -> str:
    """Return one sentence on what a method is good for."""
    translate = QCoreApplication.translate
    return {
        Method.PHASH: translate(
            "methods", "The best all-rounder: recognises resized, recompressed and lightly edited copies."
        ),
        Method.AHASH: translate("methods", "The simplest: recognises near-identical copies, with more false alarms."),
        Method.DHASH: translate("methods", "Follows edges: steady when brightness or contrast was changed."),
        Method.WHASH: translate("methods", "Like AHash, on wavelets: keeps the broad shapes, ignores fine detail."),
        Method.CNN: translate(
            "methods", "A neural network's view: recognises crops and similar scenes. Slower, with larger files."
        ),
    }[method]


class _Sentence(QLabel):
    """The sentence under a check box; clicking it is clicking the box."""

    def __init__(self, text: str, box: QCheckBox) -> None:
        super().__init__(text)
        self._box = box
        self.setWordWrap(True)
        option = QStyleOptionButton()
        option.initFrom(box)
        style = box.style()
        indent = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, option, box)
        indent += style.pixelMetric(QStyle.PixelMetric.PM_CheckBoxLabelSpacing, option, box)
        self.setContentsMargins(indent, 0, 0, 0)
        muted(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick or untick."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._box.setFocus(Qt.FocusReason.MouseFocusReason)
            self._box.click()
        else:
            super().mouseReleaseEvent(event)


class MethodPanel(QWidget):
    """Five check boxes, each with a sentence; ``methods_changed`` carries a tuple of the chosen methods."""

    methods_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Methods"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._boxes: dict[Method, QCheckBox] = {}
        self._sentences: dict[Method, QLabel] = {}
        for method in Method:
            if self._boxes:
                layout.addSpacing(SPACE)
            box = QCheckBox(self._mnemonic(method))
            box.setAccessibleName(method.label)
            box.setAccessibleDescription(method_sentence(method))
            box.setObjectName(f"method_{method.value}")
            box.clicked.connect(lambda _checked, method=method: self._on_clicked(method))
            sentence = _Sentence(method_sentence(method), box)
            self._boxes[method] = box
            self._sentences[method] = sentence
            layout.addWidget(box)
            layout.addWidget(sentence)
        layout.addSpacing(HALF)
        self._hint = QLabel(self.tr("At least one method stays chosen."))
        self._hint.setWordWrap(True)
        set_tone(self._hint, "caution")
        policy = self._hint.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._hint.setSizePolicy(policy)
        self._hint.hide()
        layout.addWidget(self._hint)
        self._boxes[Method.PHASH].setChecked(True)

    @staticmethod
    def _mnemonic(method: Method) -> str:
        return "&" + method.label

    def methods(self) -> tuple[Method, ...]:
        """Return the chosen methods in Method's order; empty only when nothing is available."""
        return tuple(method for method, box in self._boxes.items() if box.isChecked())

    def set_methods(self, methods: Iterable[Method]) -> None:
        """Choose these; emits nothing. None at all raises ValueError."""
        chosen = set(methods)
        if not chosen:
            raise ValueError("at least one method")
        self._hint.hide()
        for method, box in self._boxes.items():
            box.setChecked(method in chosen and box.isEnabled())

    def set_available(self, methods: Iterable[Method]) -> None:
        """Grey out all other methods (they weren't encoded) and choose those that are left."""
        available = set(methods)
        for method, box in self._boxes.items():
            box.setEnabled(method in available)
            self._sentences[method].setEnabled(method in available)
            box.setChecked(box.isChecked() and method in available)
        if not self.methods():
            for method in available:
                self._boxes[method].setChecked(True)

    def focus_first(self) -> None:
        """Give the keyboard to the first chosen box."""
        for box in self._boxes.values():
            if box.isChecked():
                box.setFocus(Qt.FocusReason.PopupFocusReason)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go up and down with the arrow keys."""
        steps = {Qt.Key.Key_Down: True, Qt.Key.Key_Up: False}
        key = Qt.Key(event.key())
        if key in steps:
            self.focusNextPrevChild(steps[key])
        else:
            super().keyPressEvent(event)

    def _on_clicked(self, method: Method) -> None:
        if not self.methods():
            self._boxes[method].setChecked(True)
            self._hint.show()
            return
        self._hint.hide()
        self.methods_changed.emit(self.methods())


class _Popup(QWidget):
    """The panel under the header button; Esc, Enter or a click elsewhere closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(self.tr("Choose methods"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, SPACE)
        layout.setSpacing(SPACE)
        title = QLabel(self.tr("Encode with"))
        title.setFont(heading_font(title))
        layout.addWidget(title)
        self.panel = MethodPanel()
        layout.addWidget(self.panel)
        self._layout = layout
        self.fit()

    def fit(self) -> None:
        """Take the room that the sentences need when they are wrapped, in today's font."""
        width = max(_WIDTH, _WIDTH_IN_LETTERS * self.fontMetrics().averageCharWidth())
        self._layout.activate()
        self.setFixedSize(width, self._layout.totalHeightForWidth(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            self.close()
        else:
            super().keyPressEvent(event)


class MethodSelector(QToolButton):
    """A header button that names the chosen methods; clicking it opens the panel to change them."""

    methods_changed = Signal(object)  # tuple[Method, ...]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_icon(self, "methods")
        self.setIconSize(QSize(ICON, ICON))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._popup = _Popup(self)
        self._popup.panel.methods_changed.connect(self._on_changed)
        self.clicked.connect(self.show_panel)
        self._name()

    @property
    def panel(self) -> MethodPanel:
        """The panel inside the popup."""
        return self._popup.panel

    def methods(self) -> tuple[Method, ...]:
        """Return the chosen methods in Method's order, at least one."""
        return self.panel.methods()

    def set_methods(self, methods: Iterable[Method]) -> None:
        """Choose these; emits nothing. None at all raises ValueError."""
        self.panel.set_methods(methods)
        self._name()

    def show_panel(self) -> None:
        """Open the panel under the button, within the screen."""
        self._popup.fit()
        place = self.mapToGlobal(QPoint(0, self.height() + HALF))
        screen = self.screen().availableGeometry()
        place.setX(max(screen.left(), min(place.x(), screen.right() - self._popup.width())))
        place.setY(max(screen.top(), min(place.y(), screen.bottom() - self._popup.height())))
        self._popup.move(place)
        self._popup.show()
        self.panel.focus_first()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with the arrow down, as menus do."""
        if event.key() == Qt.Key.Key_Down:
            self.show_panel()
        else:
            super().keyPressEvent(event)

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        """Draw the small arrow of a button with a menu."""
        super().initStyleOption(option)
        option.features |= QStyleOptionToolButton.ToolButtonFeature.HasMenu

    def sizeHint(self) -> QSize:
        """Leave room for the arrow."""
        return super().sizeHint() + QSize(SPACE, 0)

    def changeEvent(self, event: QEvent) -> None:
        """Name the methods anew in another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._name()
        super().changeEvent(event)

    def _on_changed(self, methods: tuple[Method, ...]) -> None:
        self._name()
        self.methods_changed.emit(methods)

    def _name(self) -> None:
        methods = self.methods()
        names = ", ".join(method.label for method in methods)
        if len(methods) == len(Method):
            text = self.tr("All methods")
        elif len(methods) > 2:  # noqa: PLR2004 - more than two names are too wide for the header
            text = self.tr("{name} + {more} more").format(name=methods[0].label, more=len(methods) - 1)
        else:
            text = names
        self.setText(text)
        self.setToolTip(self.tr("Methods to encode with: {names}").format(names=names))
        self.setAccessibleName(self.tr("Methods: {names}").format(names=names))
