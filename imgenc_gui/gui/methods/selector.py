"""Choosing methods in the header: a compact button that names the chosen ones and opens their panel."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.look.letters import heading, letters, scrolling
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.tool_button import MenuButton
from imgenc_gui.gui.methods.panel import MethodPanel

_WIDTH = 56  # letters


class _Popup(QWidget):
    """The panel under the header button; Esc, Enter or a click elsewhere closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(self.tr("Choose methods"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(heading(Label(self.tr("Encode with"))))
        self.panel = MethodPanel()
        self._area = scrolling(self.panel)
        layout.addWidget(self._area)
        follow(self, "size", _Popup.fit)

    def fit(self) -> None:
        """Take the room that the sentences need when they are wrapped, in today's font, as far as the screen has it."""
        screen = self.screen().availableGeometry()
        width = min(letters(self, _WIDTH), screen.width())
        self._area.updateGeometry()  # there may be other methods than when it was measured
        around = self.sizeHint() - self._area.sizeHint()
        inside = self._area.heightForWidth(width - around.width())
        self.setFixedSize(width, min(inside + around.height(), screen.height()))

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


class MethodSelector(MenuButton):
    """A header button that names the chosen methods; clicking it opens the panel to change them."""

    methods_changed = Signal(object)  # tuple[Method, ...]
    networks_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_icon(self, "methods")
        self.setIconSize(QSize(ICON, ICON))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._short = False
        self._popup = _Popup(self)
        self._popup.panel.methods_changed.connect(self._on_changed)
        self._popup.panel.networks_requested.connect(self._popup.close)
        self._popup.panel.networks_requested.connect(self.networks_requested)
        self.clicked.connect(self.show_panel)
        self._name()

    @property
    def panel(self) -> MethodPanel:
        """The panel inside the popup."""
        return self._popup.panel

    def methods(self) -> tuple[Method, ...]:
        """Return the chosen methods in the registry's order, at least one."""
        return self.panel.methods()

    def refresh(self) -> None:
        """Offer the methods that there are now."""
        self.panel.refresh()
        self._name()

    def set_methods(self, methods: Iterable[Method]) -> None:
        """Choose these; emits nothing. None at all raises ValueError."""
        self.panel.set_methods(methods)
        self._name()

    def set_short(self, *, short: bool) -> None:
        """Show only how many methods are chosen, or name them."""
        self._short = short
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
        if self._short:
            text = self.locale().toString(len(methods))
        elif len(methods) == len(METHODS):
            text = self.tr("All methods")
        elif len(methods) > 2:  # noqa: PLR2004 - more than two names are too wide for the header
            text = self.tr("{name} + {more} more").format(name=methods[0].label, more=len(methods) - 1)
        else:
            text = names
        self.setText(text)
        self.setToolTip(self.tr("Methods to encode with: {names}").format(names=names))
        self.setAccessibleName(self.tr("Methods: {names}").format(names=names))
