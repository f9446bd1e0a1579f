"""Which threshold?: how near the nearest pictures of this very table are, and what lies on either side of a threshold.

It is no modal dialog: the pairs at the border are looked at in the window behind it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.comparing.border import Border, Pair
from imgenc_gui.core.comparing.comparable import Comparable, Nearest
from imgenc_gui.core.comparing.strictness import threshold_at
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.alike import Criterion
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.states import States
from imgenc_gui.gui.compare.asking import Asker
from imgenc_gui.gui.compare.histogram import Histogram
from imgenc_gui.gui.compare.pair_card import PairCard, Shown, card_height
from imgenc_gui.gui.compare.strictness_slider import StrictnessSlider
from imgenc_gui.gui.look.dialog_keys import settle, tab_as_seen
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.folding import FoldingRow
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.icons import set_primary, without_icons
from imgenc_gui.gui.look.letters import heading, lines, scrolling, size_dialog
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import distance_words, threshold_words
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.pictures.images import Look
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.work.jobs import Jobs

_EXAMPLES = 3
_WIDTH, _HEIGHT = 100, 44  # letters, lines


class _Working(QWidget):
    """How far the answer is, and Stop."""

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = muted(Label(self.tr("Looking for each picture's nearest one…")))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of comparing"))
        self._stop = QPushButton(self.tr("&Stop"))
        self._stop.clicked.connect(self.stopped)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.bar, 1)
        row.addWidget(self._stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addWidget(self._words)
        column.addLayout(row)
        column.addStretch(1)

    def begin(self) -> None:
        self._words.setText(self.tr("Looking for each picture's nearest one…"))
        self.bar.setRange(0, 0)
        self.bar.show()
        self._stop.show()

    def show_share(self, share: float) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * share))

    def say_stopped(self) -> None:
        self._words.setText(self.tr("Stopped. Choose the method again to go on."))
        self.bar.hide()
        self._stop.hide()


class _Examples(QWidget):
    """Some pairs on one side of the threshold."""

    def __init__(self) -> None:
        super().__init__()
        self._title = Label()
        self._title.setWordWrap(True)
        self._cards = FlowLayout(SPACE, SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(HALF)
        column.addWidget(self._title)
        column.addLayout(self._cards)
        column.addStretch(1)
        follow(self, "height", lambda own: own.setMinimumHeight(card_height(own) + HALF + lines(own, 1)))  # also empty

    def show_cards(self, title: str, cards: Sequence[PairCard]) -> None:
        _empty(self._cards)
        self._title.setText(title)
        for card in cards:
            self._cards.addWidget(card)
            card.show()


class ThresholdDialog(QDialog):
    """Shows one method at a time."""

    step_chosen = Signal(int)
    pair_opened = Signal(object, object)  # row numbers

    def __init__(
        self,
        comparable: Comparable,
        methods: Sequence[Method],
        *,
        rows: States,
        step: int,
        thumbnails: Thumbnails,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Which threshold?"))
        self._comparable = comparable
        self._rows = rows  # as they are now
        self._methods = tuple(methods)
        self._thumbnails = thumbnails
        self._found: dict[Method, Border] = {}
        self._shown_pairs: tuple[list[Pair], list[Pair]] | None = None
        self._asker = Asker(jobs)
        self.finished.connect(self._asker.close)
        self._build()
        self._asker.progressed.connect(self._working.show_share)
        self._asker.failed.connect(self._working.say_stopped)
        self.slider.set_step(step)
        self.histogram.set_step(step)
        self.slider.step_changed.connect(self._take_step)
        self.histogram.step_changed.connect(self.slider.set_step)
        self._show_method()

    def _build(self) -> None:
        self._combo = QComboBox()
        self._combo.addItems([method.label for method in self._methods])
        self._combo.setAccessibleName(self.tr("Method"))
        self._combo.setVisible(len(self._methods) > 1)
        self._combo.activated.connect(self._show_method)
        self._sentence = heading(Label())
        self._sample = muted(Label())
        self.histogram = Histogram()
        self._working = _Working()
        self._working.stopped.connect(self._stop)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._working)
        self._pages.addWidget(self.histogram)
        scale = self.tr(
            "Each bar: how many pictures have their nearest one there. Low bars are drawn higher than they are "
            "(by the square root), so that few can be seen beside many."
        )
        self._scale = muted(Label(scale))
        for label in (self._sentence, self._sample, self._scale):
            label.setWordWrap(True)
        self.slider = StrictnessSlider()
        self.slider.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as numbers grow above it
        self._inside, self._outside = _Examples(), _Examples()
        top = QHBoxLayout()
        top.setSpacing(WIDE)
        top.addWidget(self._sentence, 1)
        top.addWidget(self._combo, 0, Qt.AlignmentFlag.AlignTop)
        body = QWidget()
        body.setAccessibleName(self.windowTitle())
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(top)
        column.addWidget(self._sample)
        column.addWidget(self._pages, 1)
        strictness = QWidget()
        line = FoldingRow(strictness)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.slider)
        folding = self.slider.folding()
        line.fold_in_order([folding, folding])
        column.addWidget(self._scale)
        column.addWidget(strictness)
        column.addWidget(self._inside)
        column.addWidget(self._outside)
        self._buttons, use = self._make_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(SPACE)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(self._buttons)
        settle(self._buttons, use)
        size_dialog(self, _WIDTH, _HEIGHT)

    def _make_buttons(self) -> tuple[QDialogButtonBox, QPushButton]:
        """The buttons, and the one that Enter presses."""
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        without_icons(buttons)
        use = buttons.addButton(self.tr("&Use this"), QDialogButtonBox.ButtonRole.AcceptRole)
        set_primary(use)
        use.setToolTip(self.tr("Compare as strictly as this, by all methods that compare"))
        buttons.accepted.connect(self._use)
        buttons.rejected.connect(self.reject)
        return buttons, use

    # What is chosen

    @property
    def method(self) -> Method:
        """The method that is shown."""
        return self._methods[self._combo.currentIndex()]

    def step(self) -> int:
        """The step chosen."""
        return self.slider.step()

    def _use(self) -> None:
        self.step_chosen.emit(self.step())
        self.accept()

    def _take_step(self, step: int) -> None:
        self.histogram.set_step(step)
        self._refresh()

    # What is found

    def _show_method(self) -> None:
        method = self.method
        self.slider.set_methods([method])
        self._shown_pairs = None
        if method in self._found:
            self._asker.stop()
            self._show_found()
            return
        self._working.begin()
        self._pages.setCurrentWidget(self._working)
        self._sentence.setText(self.tr("Where do copies end?"))
        self._sample.hide()
        comparable = self._comparable

        def found(nearest: Nearest) -> None:
            self._found[nearest.method] = Border(nearest)
            self._show_found()

        self._asker.ask(lambda stop, progress: comparable.nearest(method, stop=stop, progress=progress), found)

    def _stop(self) -> None:
        self._asker.stop()
        self._working.say_stopped()

    def _show_found(self) -> None:
        border = self._found[self.method]
        nearest = border.nearest
        self.histogram.show_border(border)
        self._pages.setCurrentWidget(self.histogram)
        self._sample.setVisible(nearest.is_sample)
        number = QLocale().toString
        text = self.tr("A sample: {0} pictures of {1}, evenly chosen, each compared with all.")
        self._sample.setText(text.format(number(nearest.rows.size), number(nearest.among)))
        self._refresh()

    def _refresh(self) -> None:
        """Say what lies on either side of the line, and show some of it."""
        if self.method not in self._found:
            return
        border = self._found[self.method]
        threshold = threshold_at(self.step(), self.method)
        inside, outside = border.inside(threshold, _EXAMPLES), border.outside(threshold, _EXAMPLES)
        self._sentence.setText(self._words(border, threshold, outside))
        if (inside, outside) == self._shown_pairs:
            return
        self._shown_pairs = (inside, outside)
        title = self.tr("Just inside") if inside else self.tr("No pair is inside.")
        nearer = [self._card(pair) for pair in inside]
        self._inside.show_cards(title, nearer)
        title = self.tr("Just outside") if outside else self.tr("No pair is outside.")
        farther = [self._card(pair) for pair in outside]
        self._outside.show_cards(title, farther)
        tab_as_seen(self._buttons, [self.slider, *nearer, *farther])

    def _words(self, border: Border, threshold: float, outside: Sequence[Pair]) -> str:
        if not len(border):
            return self.tr("{0} can compare no two of these pictures.").format(self.method.label)
        number = QLocale().toString
        count, among = border.within(threshold), number(len(border))
        if not count:
            text = self.tr("{0}: none of {1} pictures has another so near.")
        elif count == 1:
            text = self.tr("{0}: 1 of {1} pictures has another so near.")
        else:
            text = self.tr("{0}: {2} of {1} pictures have another so near.")
        text = text.format(threshold_words(Criterion(self.method, threshold)), among, number(count))
        if outside:
            text += " " + self._outside_words(outside[0])
        return text

    def _outside_words(self, pair: Pair) -> str:
        if self.method.is_hash:
            bits = round(pair.value)
            one = self.tr("The nearest pair outside differs in 1 bit.")
            return one if bits == 1 else self.tr("The nearest pair outside differs in {0} bits.").format(bits)
        similarity = QLocale().toString(pair.value, "f", 3)
        return self.tr("The nearest pair outside has the similarity {0}.").format(similarity)

    def _card(self, pair: Pair) -> PairCard:
        distance = distance_words(self.method, pair.value)
        card = PairCard((self._shown(pair.one), self._shown(pair.other)), distance, self._thumbnails)
        card.clicked.connect(lambda: self.pair_opened.emit(pair.one, pair.other))
        return card

    def _shown(self, row: int) -> Shown:
        rows = self._rows
        name = shown(os.path.basename(rows.paths[row]))  # noqa: PTH119
        return Shown(rows.paths[row], name, Look(rows.generation(row), rows.seen(row)))


def _empty(layout: QLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
