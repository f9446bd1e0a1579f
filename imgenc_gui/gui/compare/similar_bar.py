"""Above the table while it shows what is similar to one picture: that picture, how many are, and how strictly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.compare.strictness_slider import StrictnessSlider
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.folding import Folding, FoldingRow
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import paint_icon, set_icon
from imgenc_gui.gui.look.letters import heading
from imgenc_gui.gui.look.sentences import sides_words, size_words
from imgenc_gui.gui.look.theme import muted, tone
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails

if TYPE_CHECKING:
    from imgenc_gui.gui.compare.query import Query

PREVIEW = 8 * SPACE


class _Preview(QWidget):
    """The picture, small, or a picture's icon while it isn't read."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._path = ""
        self._look = Look()
        self.setFixedSize(PREVIEW, PREVIEW)
        self.setAccessibleName(self.tr("The picture that was asked about"))
        thumbnails.ready.connect(self._note_ready)

    def show_picture(self, path: str, look: Look) -> None:
        self._path, self._look = path, look
        self.update()

    def pixmap(self) -> QPixmap | None:
        """What it shows, or None."""
        ratio = self.devicePixelRatioF()
        return self._thumbnails.get(self._path, PREVIEW, ratio, self._look) if self._path else None

    def _note_ready(self, path: str) -> None:
        if path == self._path:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the middle."""
        del event
        painter = QPainter(self)
        pixmap = self.pixmap()
        if pixmap is None:
            around = QRectF(0, 0, PREVIEW / 2, PREVIEW / 2)
            around.moveCenter(QRectF(self.rect()).center())
            paint_icon(painter, "picture", around, QColor(tone("muted")))
        else:
            size = pixmap.deviceIndependentSize().toSize()
            place = QRect(0, 0, size.width(), size.height())
            place.moveCenter(self.rect().center())
            painter.drawPixmap(place.topLeft(), pixmap)
        painter.end()


class SimilarBar(QFrame):
    """Tells what is shown; what a person changes is emitted."""

    step_changed = Signal(int)
    turned_changed = Signal(bool)  # also mirrored and turned ones
    closed = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Similar to this"))
        self._name = ""
        self.preview = _Preview(thumbnails)
        self._title = ElidedLabel()
        heading(self._title)
        self._facts = ElidedLabel()
        muted(self._facts)
        self.slider = StrictnessSlider()
        self.slider.step_changed.connect(self.step_changed)
        self._turned = QCheckBox()
        self._turned.setToolTip(self.tr("Also find copies that are mirrored, upside down or turned by quarters"))
        self._turned.setAccessibleName(self.tr("Also mirrored and turned"))
        self._turned.toggled.connect(self.turned_changed)
        close = QToolButton()
        close.setAutoRaise(True)
        close.setIconSize(QSize(ICON, ICON))
        close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        close.setToolTip(self.tr("Back to the table (Esc)"))
        close.setAccessibleName(self.tr("Back to the table"))
        set_icon(close, "close")
        close.clicked.connect(self.closed)

        strictness = QWidget()
        controls = FoldingRow(strictness)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(WIDE)
        controls.addWidget(self.slider, 1)
        controls.addWidget(self._turned)
        controls.addStretch(2)
        slider, turned = self.slider.folding(), self._folding()
        controls.fold_in_order([slider, turned, slider])
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self._title, 1)
        top.addWidget(close)
        lines = QVBoxLayout()
        lines.setSpacing(HALF)
        lines.addLayout(top)
        lines.addWidget(self._facts)
        lines.addWidget(strictness)
        lines.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE, SPACE, WIDE, SPACE)
        row.setSpacing(WIDE)
        row.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(lines, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.slider)

    # What is asked

    def show_query(self, query: Query) -> None:
        """Show the picture that is asked about; the answer is still to come."""
        self._name = query.name
        self.preview.show_picture(query.path, query.look)
        self._facts.set_whole_text(", ".join([*self._fact_words(query), shown(query.folder)]))
        self.show_working()

    def set_methods(self, methods: Sequence[Method]) -> None:
        """Say which methods compare."""
        self.slider.set_methods(methods)

    def is_turned(self) -> bool:
        """Whether mirrored and turned copies are looked for, too."""
        return self._turned.isChecked()

    # What is answered

    def show_reading(self) -> None:
        """Say that the picture is still being read."""
        self._title.set_whole_text(self.tr("Reading {0}…").format(self._name))

    def show_working(self) -> None:
        """Say that it is still being compared."""
        self._title.set_whole_text(self.tr("Comparing {0} with the others…").format(self._name))

    def show_share(self, share: float) -> None:
        """Say how far an answer is that takes a while."""
        text = self.tr("Comparing {0} with the others… {1} %")
        self._title.set_whole_text(text.format(self._name, QLocale().toString(int(100 * share))))

    def show_count(self, count: int) -> None:
        """Say how many pictures are similar."""
        if not count:
            text = self.tr("Nothing is similar to {0} at this setting")
        elif count == 1:
            text = self.tr("1 picture is similar to {0}")
        else:
            text = self.tr("{1} pictures are similar to {0}")
        self._title.set_whole_text(text.format(self._name, QLocale().toString(count)))

    def title(self) -> str:
        """What it says."""
        return self._title.accessibleName()

    def _fact_words(self, query: Query) -> list[str]:
        facts = query.facts
        if facts is None:
            return []
        return [sides_words(facts.width, facts.height), facts.format, size_words(facts.bytes)]

    def _folding(self) -> Folding:
        words = (self.tr("Also &mirrored and turned"), self.tr("&Turned"))
        return Folding(self._turned, [partial(self._turned.setText, text) for text in words])
