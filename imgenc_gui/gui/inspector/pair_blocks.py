"""Parts of the page for two pictures: their facts side by side, and what each method says of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from imgenc_gui.core.comparing.verdict import better
from imgenc_gui.core.records.likeness import SENTENCES
from imgenc_gui.core.records.methods import HASH_BITS, Encoding, Method
from imgenc_gui.core.records.results import Facts
from imgenc_gui.gui.inspector.facts import Fact, caption, fact_texts, upright_words
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.encoding_views import HashPattern, HeatMap
from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.look.letters import heading
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import likeness_word
from imgenc_gui.gui.look.theme import muted

_MARK = 16  # the side of the icon at the better one
_SIDE = 80  # of a pattern
_DIGITS = 4  # of a similarity


class _Value(QWidget):
    """A fact of one picture, marked where it is the better one, or of both."""

    def __init__(self, *, elided: bool) -> None:
        super().__init__()
        self.label = ElidedLabel() if elided else Label()
        self.label.setAlignment(Qt.AlignmentFlag.AlignTop)
        if not elided:
            self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.label.setWordWrap(True)
        self._mark = IconLabel("check", _MARK, "good")
        keeping = self._mark.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)  # texts stand below one another
        self._mark.setSizePolicy(keeping)
        self._mark.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 1)

    def show_text(self, text: str, why_better: str = "") -> None:
        if isinstance(self.label, ElidedLabel):
            self.label.set_whole_text(text)
        else:
            self.label.setText(text)
        font = self.label.font()
        font.setBold(bool(why_better))
        self.label.setFont(font)
        self._mark.setVisible(bool(why_better))
        self._mark.setAccessibleName(why_better)
        self.setToolTip(why_better)


class _Line:
    """A fact: its name, and what it is for each picture, or once for both."""

    def __init__(self, fact: Fact) -> None:
        elided = fact is Fact.FOLDER
        self.fact = fact
        self.name = muted(Label(caption(fact)))
        self.each = (_Value(elided=elided), _Value(elided=elided))
        self.both = _Value(elided=elided)
        muted(self.both.label)

    def show_texts(self, first: str, second: str, better: int, why: str) -> None:
        equal = first == second
        self.name.setVisible(bool(first or second))
        self.both.setVisible(equal and bool(first))
        self.both.show_text(first)
        for number, (value, text) in enumerate(zip(self.each, (first, second), strict=True), 1):
            value.setVisible(not equal)
            value.show_text(text or _tr("not known"), why if number == better else "")
        self.name.setAccessibleName(self._spoken(first, second, better).replace("\n", ", "))

    def _spoken(self, first: str, second: str, better: int) -> str:
        name = self.name.text()
        if first == second:
            return _tr("{fact}: {value} in both pictures").format(fact=name, value=first)
        marks = [_tr(" (better)") if number == better else "" for number in (1, 2)]
        return _tr("{fact}: {first} in picture 1{first_mark}, {second} in picture 2{second_mark}").format(
            fact=name,
            first=first or _tr("not known"),
            second=second or _tr("not known"),
            first_mark=marks[0],
            second_mark=marks[1],
        )


class PairFacts(QWidget):
    """What is known of both files, a line for each fact. Where they are equal it is told once, and quietly."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(HALF)
        grid.setVerticalSpacing(HALF)
        for column in (1, 2):
            grid.setColumnStretch(column, 1)
            number = heading(Label(str(column)), 1)
            number.setIndent(_MARK + HALF)
            grid.addWidget(number, 0, column)
        self._lines = [_Line(fact) for fact in Fact]
        for place, line in enumerate(self._lines, 1):
            grid.addWidget(line.name, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(line.both, place, 1, 1, 2)
            for column, value in enumerate(line.each, 1):
                grid.addWidget(value, place, column)

    def show_pair(self, first: Shown, second: Shown) -> None:
        """Show the facts of two pictures."""
        one, other = (fact_texts(shown.path, shown.facts, shown.folder, narrow=True) for shown in (first, second))
        for fact, plain in ((Fact.FRAMES, "1"), (Fact.ROTATION, upright_words())):  # told only of unusual ones
            if fact in one or fact in other:
                for shown, texts in ((first, one), (second, other)):
                    if shown.facts is not None:
                        texts.setdefault(fact, plain)
        marks = _better(first.facts, second.facts)
        for line in self._lines:
            number, why = marks.get(line.fact, (0, ""))
            line.show_texts(one.get(line.fact, ""), other.get(line.fact, ""), number, why)


class PairBlock(QWidget):
    """What one method says: both encodings as patterns, what differs lit, and how far apart they are."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method
        kind = HashPattern if method.is_hash else HeatMap
        self._patterns = (kind(_SIDE), kind(_SIDE))
        self._word = heading(Label(), 1)
        self._distance = Label()
        words = QVBoxLayout()
        words.setSpacing(0)
        for label in (self._word, self._distance):
            label.setWordWrap(True)
            words.addWidget(label)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(HALF)
        for number, pattern in enumerate(self._patterns, 1):
            row.addWidget(muted(Label(str(number))), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(pattern, 0, Qt.AlignmentFlag.AlignTop)
            row.addSpacing(SPACE)
        row.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        layout.addWidget(heading(Label(method.label), 1))
        layout.addLayout(row)

    def show_pair(self, first: Encoding | None, second: Encoding | None, distance: float | None) -> None:
        """Show two encodings; ``distance``: None where there is nothing to compare."""
        self.setVisible(first is not None or second is not None)
        for number, (pattern, own, other) in enumerate(
            zip(self._patterns, (first, second), (second, first), strict=True), 1
        ):
            if isinstance(pattern, HashPattern):
                pattern.set_hash(own if isinstance(own, str) else None, other if isinstance(other, str) else None)
            else:
                pattern.set_vector(own if not isinstance(own, str) else None)
            pattern.setAccessibleName(
                _tr("{method} of picture {number}").format(method=self.method.label, number=number)
            )
        word, tip, told = self._words(first, second, distance)
        self._word.setVisible(bool(word))
        self._word.setText(word)
        self._distance.setText(told)
        for label in (self._word, self._distance):
            label.setToolTip(tip)

    def _words(self, first: Encoding | None, second: Encoding | None, distance: float | None) -> tuple[str, str, str]:
        """Return the word for the distance, what it means, and the distance."""
        method = self.method
        if first is None or second is None:
            return "", "", _tr("Picture {0} has none.").format(1 if first is None else 2)
        if distance is None:
            return "", "", _tr("Says nothing: one of the pictures is too plain.")
        if method.is_hash:
            told = _tr("{0} of {1} bits differ").format(round(distance), HASH_BITS)
        else:
            told = _tr("Cosine similarity {0}").format(QLocale().toString(distance, "f", _DIGITS))
        word = method.likeness(distance)
        if word is not None:
            return likeness_word(word), QCoreApplication.translate("likeness", SENTENCES[word]), told
        return (_tr("Not alike") if method.thresholds else ""), "", told


def _tr(text: str) -> str:
    return QCoreApplication.translate("pair", text)


def _better(first: Facts | None, second: Facts | None) -> dict[Fact, tuple[int, str]]:
    """Return for each fact which picture is the better one, and why."""
    if first is None or second is None:
        return {}
    found = better(first, second)
    return {
        Fact.SIZE: (found.get("pixels", 0), _tr("better: more pixels")),
        Fact.FILE: (found.get("bytes", 0), _tr("better: a larger file, which keeps more detail")),
        Fact.CHANGED: (found.get("date", 0), _tr("better: older, and so more likely the original")),
    }
