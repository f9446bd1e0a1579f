"""The panel of methods: a check box with a sentence for each, in the header's popup and in the settings.

At least one method stays chosen: unticking the last one ticks it again and says why.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QStyle, QStyleOptionButton, QVBoxLayout, QWidget

from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted


class _Sentence(Label):
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
    """A check box with a sentence for each method; ``methods_changed`` carries a tuple of the chosen methods."""

    methods_changed = Signal(object)
    networks_requested = Signal()  # a person wants to add one

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Methods"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._boxes: dict[Method, QCheckBox] = {}
        self._parts: dict[Method, QWidget] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE)
        layout.addLayout(self._list)
        layout.addSpacing(HALF)
        self._hint = QWidget()
        words = Label(self.tr("At least one method stays chosen."))
        words.setWordWrap(True)
        row = QHBoxLayout(self._hint)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(IconLabel("warning", ICON, "warning"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        policy = self._hint.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._hint.setSizePolicy(policy)
        self._hint.hide()
        layout.addWidget(self._hint)
        more = muted(Label(self.tr("Add imagededup's MobileNet V3, or a network of your own.")))
        more.setWordWrap(True)
        self._networks = QPushButton(self.tr("Add a &network…"))
        self._networks.setAccessibleName(self.tr("Add a network"))
        self._networks.setAccessibleDescription(more.text())
        self._networks.setAutoDefault(True)  # Enter presses it, in the header's popup, too
        self._networks.clicked.connect(self.networks_requested)
        adding = FlowLayout(SPACE, HALF)
        adding.addWidget(self._networks)
        layout.addWidget(more)
        layout.addSpacing(HALF)
        layout.addLayout(adding)
        self.refresh()

    def refresh(self) -> None:
        """Have a box for each method that there is; those that stay stay as they are. Emits nothing."""
        for method in [method for method in self._boxes if method not in METHODS]:
            del self._boxes[method]
            part = self._parts.pop(method)
            self._list.removeWidget(part)
            part.hide()
            part.setParent(None)  # it is looked for by its name, and the same name may come again
            part.deleteLater()
        for method in METHODS:
            if method not in self._boxes:
                self._boxes[method], self._parts[method] = self._made(method)
                self._list.addWidget(self._parts[method])
        if not self.methods():
            next(iter(self._boxes.values())).setChecked(True)
        self.updateGeometry()  # whoever measures it while it is hidden would get what it needed before

    def _made(self, method: Method) -> tuple[QCheckBox, QWidget]:
        box = QCheckBox(f"&{method.label}")
        box.setAccessibleName(method.label)
        sentence = QCoreApplication.translate("methods", method.sentence)
        box.setAccessibleDescription(sentence)
        box.setObjectName(f"method_{method.id}")
        box.clicked.connect(lambda _checked: self._on_clicked(method))
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(box)
        column.addWidget(_Sentence(sentence, box))
        return box, part

    def methods(self) -> tuple[Method, ...]:
        """Return the chosen methods in the registry's order, at least one."""
        return tuple(method for method, box in self._boxes.items() if box.isChecked())

    def set_methods(self, methods: Iterable[Method]) -> None:
        """Choose these; emits nothing. None at all raises ValueError."""
        chosen = set(methods)
        if not chosen:
            raise ValueError("at least one method")
        self._hint.hide()
        for method, box in self._boxes.items():
            box.setChecked(method in chosen)

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
