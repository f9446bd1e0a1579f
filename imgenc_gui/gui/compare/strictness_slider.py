"""How strictly to compare: one slider for all methods, with its word and each method's number beside it.

Where it is narrow, the word goes to the tip and the numbers stay; where it is very narrow the first number stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QProxyStyle,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QStyleOptionSlider,
    QWidget,
)

from imgenc_gui.core.comparing.strictness import STEPS, USUAL_STEP, criteria_at, word_of
from imgenc_gui.core.records.alike import Criterion
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.look.folding import Folding
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.letters import letters
from imgenc_gui.gui.look.plain import Label, tip
from imgenc_gui.gui.look.sentences import (
    likeness_sentence,
    likeness_word,
    threshold_number,
    threshold_words,
    unmeasured_words,
)
from imgenc_gui.gui.look.theme import muted

_IN_FULL = 2  # methods whose thresholds are told in full
_TICK = 4  # pixels
_LEAST, _MOST = 16, 44  # letters: the slider's width


class _SliderStyle(QProxyStyle):
    """Lets a click put the handle where it is."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_Slider_AbsoluteSetButtons:
            return Qt.MouseButton.LeftButton.value
        return super().styleHint(hint, option, widget, returned)


class _Slider(QSlider):
    """Steps from the strictest; a tick where each word ends, to which page up and down go."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        style = _SliderStyle(QApplication.style().name())
        style.setParent(self)
        self.setStyle(style)
        self.setRange(0, STEPS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.ticks: tuple[int, ...] = ()

    def set_ticks(self, steps: Sequence[int]) -> None:
        """Say where the words end."""
        self.ticks = tuple(steps)
        self.update()

    def place_of(self, step: int) -> int:
        """Where the handle's middle is at a step, from the left edge."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        option.sliderPosition = option.sliderValue = step
        part = QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self).center().x()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ticks below the groove, then the slider."""
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1))
        bottom = self.height() - 1
        for step in self.ticks:
            place = self.place_of(step)
            painter.drawLine(place, bottom - _TICK, place, bottom)
        painter.end()
        super().paintEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from tick to tick with the page keys."""
        if event.key() == Qt.Key.Key_PageUp:
            self.setValue(min((tick for tick in self.ticks if tick > self.value()), default=self.maximum()))
        elif event.key() == Qt.Key.Key_PageDown:
            self.setValue(max((tick for tick in self.ticks if tick < self.value()), default=self.minimum()))
        else:
            super().keyPressEvent(event)


class _Word(Label):
    """Takes no room while it is empty. Hiding it would lay all out at once, while a row that folds measures forms."""

    def sizeHint(self) -> QSize:
        return super().sizeHint() if self.text() else QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint() if self.text() else QSize(0, 0)


class StrictnessSlider(QWidget):
    """Emits each step while the handle moves."""

    step_changed = Signal(int)

    WORDS, NUMBERS, NUMBER = range(3)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._methods: tuple[Method, ...] = ()
        self._criteria: list[tuple[Criterion, ...]] = [()] * (STEPS + 1)  # by step
        self._widths: dict[tuple[str, int, str], int] = {}  # by text, form and font: measured once
        self._form = self.WORDS
        self._slider = slider = _Slider()
        slider.setValue(USUAL_STEP)
        slider.setAccessibleName(self.tr("How alike"))
        slider.valueChanged.connect(self._changed)
        self.setFocusProxy(slider)
        self._word = _Word()
        self._numbers = muted(Label())
        grid = QGridLayout(self)  # one layout: what lies in another one within it is measured late
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(slider, 0, 0, 2, 1)
        grid.addWidget(self._word, 0, 1)
        grid.addWidget(self._numbers, 1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        follow(self, "width", lambda widget: widget.show_form(widget.form()))

    # What is chosen

    def step(self) -> int:
        """The step chosen, from 0, the strictest, to STEPS."""
        return self._slider.value()

    def set_step(self, step: int) -> None:
        """Choose a step; it is emitted if it is another."""
        self._slider.setValue(step)

    def set_methods(self, methods: Sequence[Method]) -> None:
        """Say which methods compare: the numbers are theirs."""
        if tuple(methods) == self._methods:
            return
        self._methods = tuple(methods)
        self._widths.clear()
        self._criteria = [criteria_at(step, methods) for step in range(STEPS + 1)]
        words = [word_of(criteria) if criteria else None for criteria in self._criteria]
        ends = [step for step, (word, after) in enumerate(pairwise(words)) if word is not after]
        self._slider.set_ticks(ends)
        self.show_form(self._form)

    # How it is shown

    def folding(self) -> Folding:
        """Its forms, for a row that folds: the word with all numbers, the numbers, the first number."""
        forms = (self.WORDS, self.NUMBERS, self.NUMBER)
        return Folding(self, [partial(self.show_form, form) for form in forms], lambda: self._methods)

    def form(self) -> int:
        """What it shows: WORDS, NUMBERS or NUMBER."""
        return self._form

    def show_form(self, form: int) -> None:
        """Be WORDS, NUMBERS or NUMBER: as wide in each as its longest words, so that nothing jumps under the mouse."""
        self._form = form
        self._slider.setMinimumWidth(letters(self, _LEAST))
        self._slider.setMaximumWidth(letters(self, _MOST))
        self._numbers.setMinimumWidth(self._widest(self._numbers_at))
        self._word.setMinimumWidth(self._widest(self._word_at) if form == self.WORDS else 0)
        self._say()

    def _widest(self, text_at: Callable[[int], str]) -> int:
        """The width that a label needs for any step's text: where letters stand apart, the advance is less."""
        what = (text_at.__name__, self._form, self.font().key())
        width = self._widths.get(what)
        if width is None:
            metrics, room = self.fontMetrics(), QRect(0, 0, 2**15, 2**10)
            texts = {text_at(step) for step in range(STEPS + 1)}
            width = self._widths[what] = max(
                max(metrics.boundingRect(room, 0, text).width(), metrics.horizontalAdvance(text)) for text in texts
            )
        return width

    def _changed(self, step: int) -> None:
        self._say()
        self.step_changed.emit(step)

    def _say(self) -> None:
        step = self.step()
        criteria = self._criteria[step]
        word = word_of(criteria) if criteria else None
        in_full = ", ".join(map(threshold_words, criteria))
        self._word.setText(self._word_at(step) if self._form == self.WORDS else "")
        self._numbers.setText(self._numbers_at(step))
        self._slider.setAccessibleDescription(f"{self._word_at(step)}. {in_full}".rstrip(". "))
        meaning = unmeasured_words(self._unmeasured) if self._unmeasured else likeness_sentence(word)
        self.setToolTip(tip("\n".join(filter(None, [self._word_at(step), meaning, in_full]))))

    @property
    def _unmeasured(self) -> list[Method]:
        """Those of whose distances nobody knows what they mean: of a network that a person added."""
        return [method for method in self._methods if not method.thresholds]

    def _word_at(self, step: int) -> str:
        if self._unmeasured:
            return self.tr("Not measured")
        return likeness_word(word_of(self._criteria[step])) if self._methods else ""

    def _numbers_at(self, step: int) -> str:
        criteria = self._criteria[step]
        if self._form == self.WORDS and len(criteria) <= _IN_FULL:
            return ", ".join(map(threshold_words, criteria))
        if self._form != self.NUMBER or len(criteria) <= 1:
            return ", ".join(map(threshold_number, criteria))
        return self.tr("{0}, …").format(threshold_number(criteria[0]))
