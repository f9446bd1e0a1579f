"""The empty window: a large area that says what to do, with buttons and what was open recently.

It doesn't take drops itself: the window takes them everywhere, and switches the highlight.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from imgenc_gui.core.listing import Origin
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.desktop.addresses import from_home
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import BROAD, HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon, set_primary
from imgenc_gui.gui.look.letters import heading, letters, scrolling
from imgenc_gui.gui.look.plain import Label, caption, tip
from imgenc_gui.gui.look.theme import muted, tone
from imgenc_gui.gui.settings.store import Recent

_TITLE_SIZE = 1.6  # times the usual letters
_SHOWN = 5
_RADIUS = 12
_LINE = 70  # letters
_LINK_WIDTH = 440
_FRAME = WIDE  # from the edge


class _LargeButton(QPushButton):
    def sizeHint(self) -> QSize:
        """Be large, and larger where the letters need it."""
        return super().sizeHint().expandedTo(QSize(20 * SPACE, 5 * SPACE))


class _Link(QToolButton):
    """Words, shortened in the middle where there is no room for them; the tip tells more."""

    def __init__(self, words: str, more: str, icon: str) -> None:
        super().__init__()
        self.name(words)
        self.setToolTip(tip(more))
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(ICON, ICON))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setContentsMargins(HALF, 0, HALF, 0)
        set_icon(self, icon)

    def name(self, words: str) -> None:
        """Say something else; what is seen of it follows with ``fit``."""
        self._shown = words
        self.setAccessibleName(words)

    def fit(self, width: int) -> None:
        """Be no wider than this."""
        self.setText("")
        around = self.sizeHint().width() + ICON
        room = min(_LINK_WIDTH, max(0, width - around))
        text = self.fontMetrics().elidedText(self._shown, Qt.TextElideMode.ElideMiddle, room)
        self.setText(caption(text))


class DropArea(QWidget):
    """Icon, words, two buttons and what was open recently, within a dashed frame."""

    open_folder_requested = Signal()
    add_pictures_requested = Signal()
    recent_requested = Signal(object)  # path
    go_on_requested = Signal()
    explanation_requested = Signal()  # of the methods

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Start here"))
        self._drag_active = False

        words = self._build_words()
        buttons = self._build_buttons()
        self._recent_title = muted(Label(self.tr("Recent")))
        self._recent_title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._links: list[_Link] = []
        self._go_on: _Link | None = None
        self._go_on_place = QVBoxLayout()

        body = QWidget()
        body.setAccessibleName(self.tr("Start here"))
        layout = QVBoxLayout(body)
        layout.setContentsMargins(BROAD, SPACE, BROAD, SPACE)
        layout.setSpacing(SPACE)
        layout.addStretch(2)
        layout.addLayout(words)
        layout.addSpacing(WIDE)
        layout.addLayout(buttons)
        layout.addLayout(self._go_on_place)
        layout.addSpacing(BROAD)
        layout.addWidget(self._recent_title)
        layout.addLayout(self._recent)
        layout.addStretch(3)
        self.set_recent(())
        self._say()
        around = QVBoxLayout(self)
        around.setContentsMargins(_FRAME + SPACE, _FRAME + SPACE, _FRAME + SPACE, _FRAME + SPACE)
        around.addWidget(scrolling(body))

    def _build_words(self) -> QVBoxLayout:
        self._icon = IconLabel("picture", 64, "muted")
        self._title = heading(Label(), _TITLE_SIZE, QFont.Weight.Normal)
        self._words = muted(
            Label(
                self.tr(
                    "imgenc reads each picture and turns it into a short code. Pictures that are alike have codes that "
                    "are alike: so copies and lookalikes are found. Your pictures are only read, never changed, and "
                    "stay on this computer."
                )
            )
        )
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
        follow(self._words, "width", lambda label: label.setMaximumWidth(letters(label, _LINE)))
        self._explain = _Link("", self.tr("What the methods are, shown on four pictures"), "methods")
        self._explain.clicked.connect(self.explanation_requested)
        self._explain.hide()  # until it is known which
        row = QHBoxLayout()  # centred, and no wider than is read well
        row.addStretch(1)
        row.addWidget(self._words, 1000)
        row.addStretch(1)
        layout = QVBoxLayout()
        layout.setSpacing(SPACE)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(SPACE)
        layout.addWidget(self._title)
        layout.addLayout(row)
        layout.addWidget(self._explain, 0, Qt.AlignmentFlag.AlignHCenter)
        return layout

    def _build_buttons(self) -> QHBoxLayout:
        self._open = _LargeButton(self.tr("&Open folder…"))
        self._open.setAccessibleName(self.tr("Open folder"))
        set_primary(self._open, "open-folder")
        self._add = _LargeButton(self.tr("&Add pictures…"))
        self._add.setAccessibleName(self.tr("Add pictures"))
        set_icon(self._add, "add-pictures")
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addStretch(1)
        for button, asked in ((self._open, self.open_folder_requested), (self._add, self.add_pictures_requested)):
            button.clicked.connect(asked)
            button.setIconSize(QSize(ICON, ICON))
            buttons.addWidget(button)
        buttons.addStretch(1)
        return buttons

    def set_methods(self, methods: Sequence[Method]) -> None:
        """Offer to explain the methods that are chosen."""
        names = ", ".join(method.label for method in methods)
        self._explain.name((self.tr("What is {0}?") if len(methods) == 1 else self.tr("What are {0}?")).format(names))
        self._explain.show()
        self._fit_links()

    def set_recent(self, recent: Iterable[Recent]) -> None:
        """Show the first five of these, newest first; the section is hidden when there are none."""
        for link in self._links:
            self._recent.removeWidget(link)
            link.hide()
            link.deleteLater()
        self._links = [self._link(one) for one in islice(recent, _SHOWN)]
        for link in self._links:
            self._recent.addWidget(link, 0, Qt.AlignmentFlag.AlignHCenter)
            link.show()
        self._fit_links()
        self._recent_title.setVisible(bool(self._links))

    def set_left(self, left: Sequence[Origin]) -> None:
        """Offer to go on with the folders and files that were left; hidden when there are none."""
        if self._go_on is not None:
            self._go_on_place.removeWidget(self._go_on)
            self._go_on.hide()
            self._go_on.deleteLater()
            self._go_on = None
        if not left:
            return
        name = shown(os.path.basename(left[0].path) or left[0].path)  # noqa: PTH119
        text = self.tr("Go on with {0}").format(name)
        if len(left) > 1:
            text = self.tr("Go on with {0} and {1} more").format(name, len(left) - 1)
        listed = [shown(one.path) for one in islice(left, _SHOWN)]
        self._go_on = _Link(text, "\n".join([*listed, "…"] if len(left) > _SHOWN else listed), "recent")
        self._go_on.setAccessibleName(text)
        self._go_on.clicked.connect(self.go_on_requested)
        self._go_on_place.addWidget(self._go_on, 0, Qt.AlignmentFlag.AlignHCenter)
        self._go_on.show()
        self._fit_links()

    def set_drag_active(self, active: bool) -> None:  # noqa: FBT001 - named like Qt's own setters
        """Highlight the area while something that can be dropped is dragged over the window."""
        if active != self._drag_active:
            self._drag_active = active
            self._say()
            self.update()

    def is_drag_active(self) -> bool:
        """Whether the highlight is on."""
        return self._drag_active

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the paths anew."""
        super().resizeEvent(event)
        self._fit_links()

    def _fit_links(self) -> None:
        for link in (*self._links, self._go_on, self._explain):
            if link is not None:
                link.fit(self.width() - 6 * BROAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame: dashed and quiet, or in the accent colour while something hovers."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(_FRAME + 0.5, _FRAME + 0.5, -_FRAME - 0.5, -_FRAME - 0.5)
        if self._drag_active:
            wash = QColor(tone("accent"))
            wash.setAlpha(28)
            painter.setBrush(wash)
            pen = QPen(tone("accent"), 2)
        else:
            painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
            pen = QPen(self.palette().color(QPalette.ColorRole.Mid), 1.5)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        painter.end()

    def _say(self) -> None:
        if self._drag_active:
            self._title.setText(self.tr("Let go to encode"))
            self._icon.set_icon_name("add-pictures", "accent")
        else:
            self._title.setText(self.tr("Drop photos or a folder here"))
            self._icon.set_icon_name("picture", "muted")

    def _link(self, recent: Recent) -> _Link:
        link = _Link(shown(from_home(recent.path)), shown(recent.path), "log" if recent.is_export else "folder")
        name = self.tr("Open recent export {0}") if recent.is_export else self.tr("Open recent folder {0}")
        link.setAccessibleName(name.format(shown(recent.path)))
        link.clicked.connect(lambda: self.recent_requested.emit(recent.path))
        return link
