"""Table and inspector: side by side, or, where there is no room for both, the inspector as a drawer.

The drawer is open only when asked for. It leaves the table what it can use, or covers all of it; it never cuts it off.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QWidget

from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.letters import letters

_TABLE, _INSPECTOR = 100 * SPACE, 42 * SPACE  # their shares at first
_COMFORTABLE = 80  # letters: a table that stays beside the inspector shows names, what became of them, and a hash
_USEFUL = 40  # letters: a table beside an open drawer shows names


class Side(QWidget):
    """Holds both.

    Whether the inspector is wanted beside the table is one thing, which is remembered; whether the drawer is open, or
    it is lent for an answer, is another, which isn't.
    """

    shown_changed = Signal(bool)  # whether the inspector can be seen, by itself: the room has changed, it was closed

    def __init__(self, table: QWidget, inspector: Inspector) -> None:
        super().__init__()
        self._table = table
        self._inspector = inspector
        self._wanted = True
        self._lent = False  # shown beside the table although it isn't wanted there
        self._narrow = False
        self._state = QByteArray()  # of the splitter, while the drawer has the inspector
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(table)
        self.splitter.addWidget(inspector)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([_TABLE, _INSPECTOR])
        self._drawer = QFrame(self)
        self._drawer.setAutoFillBackground(True)
        self._drawer.hide()
        edge = QFrame()
        edge.setFrameShape(QFrame.Shape.VLine)
        edge.setFrameShadow(QFrame.Shadow.Plain)
        edge.setForegroundRole(QPalette.ColorRole.Mid)
        self._inside = QHBoxLayout(self._drawer)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(0)
        self._inside.addWidget(edge)
        inspector.close_wanted.connect(self.close_drawer)
        self._escape = QShortcut(Qt.Key.Key_Escape, self, self.close_drawer)  # which tables keep for themselves
        self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._escape.setEnabled(False)

    @property
    def narrow(self) -> bool:
        """Whether the inspector is a drawer now."""
        return self._narrow

    def inspector_shown(self) -> bool:
        """Whether the inspector is there: beside the table, or its drawer open."""
        return self._drawer.isVisibleTo(self) if self._narrow else self._wanted or self._lent

    def want(self, *, wanted: bool) -> None:
        """Say whether the inspector is to be beside the table, wherever there is room for it."""
        self._wanted = wanted
        self._lend(lent=False)

    def lend_inspector(self) -> None:
        """Show the inspector, for it has an answer. Where it isn't wanted it can be closed again with Escape."""
        if self.inspector_shown():
            return
        if self._narrow:
            self.show_drawer(shown=True)
        else:
            self._lend(lent=True)
            self.shown_changed.emit(True)

    def _lend(self, *, lent: bool) -> None:
        """Show the inspector beside the table where it is wanted, or lent."""
        self._lent = lent
        if not self._narrow:
            self._inspector.setVisible(self._wanted or lent)
            self._inspector.set_closable(closable=lent)
            self._escape.setEnabled(lent)

    def show_drawer(self, *, shown: bool) -> None:
        """Open or close the drawer, while it is one. The keyboard stays where it is, but not in a closed drawer."""
        if not self._narrow:
            return
        focus = self.window().focusWidget()
        inside = focus is not None and self._drawer.isAncestorOf(focus)
        self._drawer.setVisible(shown)
        self._drawer.raise_()
        self._place()
        if inside and not shown:
            self._table.setFocus()
        self._escape.setEnabled(shown)
        self.shown_changed.emit(shown)

    def close_drawer(self) -> bool:
        """Close it, or give it back that was lent; whether it was open."""
        was_open = self._lent or (self._narrow and self.inspector_shown())
        if self._narrow and was_open:
            self.show_drawer(shown=False)
        elif was_open:
            focus = self.window().focusWidget()
            if focus is not None and self._inspector.isAncestorOf(focus):
                self._table.setFocus()
            self._lend(lent=False)
            self.shown_changed.emit(False)
        return was_open

    def state(self) -> QByteArray:
        """Return how the room is shared, side by side."""
        return self._state if self._narrow else self.splitter.saveState()

    def restore_state(self, state: QByteArray) -> None:
        """Share the room as it was."""
        if self._narrow:
            self._state = state
        else:
            self.splitter.restoreState(state)

    def minimumSizeHint(self) -> QSize:
        """Room for each, one at a time."""
        return self._table.minimumSizeHint().expandedTo(self._inspector.minimumSizeHint())

    def sizeHint(self) -> QSize:
        """Room for both."""
        return QSize(_TABLE + _INSPECTOR, 0).expandedTo(self.minimumSizeHint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be a drawer where it is narrow."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Look again at what the parts need."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        narrow = self.width() < letters(self, _COMFORTABLE) + self._inspector.minimumSizeHint().width()
        if narrow != self._narrow:
            self._set_narrow(narrow=narrow)
        self._place()

    def _place(self) -> None:
        width = max(_INSPECTOR, self._drawer.minimumSizeHint().width())
        beside = self.width() - width
        if beside < letters(self, _USEFUL):
            beside, width = self.width(), self.width()
        self._drawer.setGeometry(self.width() - width, 0, width, self.height())
        open_ = self._narrow and self.inspector_shown()
        self.splitter.setGeometry(0, 0, beside if open_ else self.width(), self.height())

    def _set_narrow(self, *, narrow: bool) -> None:
        self._narrow = narrow
        self._lent = False
        self._inspector.set_closable(closable=narrow)
        if narrow:
            self._state = self.splitter.saveState()
            self._inside.addWidget(self._inspector, 1)
            self._inspector.show()
        else:
            self.splitter.addWidget(self._inspector)
            self.splitter.restoreState(self._state)
            self._inspector.setVisible(self._wanted)
        self._drawer.hide()
        self._escape.setEnabled(False)
        self.shown_changed.emit(self.inspector_shown())
