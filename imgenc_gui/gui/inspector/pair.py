"""The inspector's page for two pictures: are they the same? Both previews, a verdict, facts, and what each method says.

It reads no files: ``preview_wanted`` and ``full_size_wanted`` ask for pictures, ``set_preview`` and ``set_full_size``
answer, as do ``set_pixels`` and ``set_reason`` once pixels were compared, or can't be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from imgenc_gui.core.comparing.distances import distances
from imgenc_gui.core.comparing.verdict import verdict, verdict_words
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.compared import Conclusion, Framing, Pixels
from imgenc_gui.core.records.methods import Encoding, Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.inspector.copy_button import CopyButton
from imgenc_gui.gui.inspector.linked import LinkedPreviews
from imgenc_gui.gui.inspector.pair_blocks import PairBlock, PairFacts
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.letters import filling, heading
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted

Encodings = Mapping[Method, Encoding]
_BREAKS = re.compile(r" (?=[×%])|(?<=×) ")  # noqa: RUF001 - around what a number goes with


class PairPage(QSplitter):
    """Two pictures, numbered 1 and 2."""

    preview_wanted = Signal(int)  # a picture's number
    full_size_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._pair: tuple[Shown, Shown] | None = None
        self._sentence = ""
        self._waiting = [False, False]  # for the answers to preview_wanted
        self._distances: dict[Method, float] = {}
        self._pixels: Pixels | None = None
        self._is_comparing = False
        self.previews = LinkedPreviews()
        self.previews.full_size_wanted.connect(self.full_size_wanted)
        self.setChildrenCollapsible(False)
        self.addWidget(self.previews)
        self.addWidget(self._make_details())
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 2)
        self.setSizes([64 * SPACE, 36 * SPACE])

    def _make_details(self) -> QScrollArea:
        self._verdict = heading(Label(), 1)
        self._note = muted(Label())
        for label in (self._verdict, self._note):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = CopyButton(self.tr("Copy the verdict"))
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self._note, 1, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)
        told = QVBoxLayout()
        told.setSpacing(HALF)
        told.addWidget(self._verdict)
        told.addLayout(below)
        self._facts = PairFacts()
        self._blocks: dict[Method, PairBlock] = {}
        self._encodings = QVBoxLayout()
        self._encodings.setSpacing(WIDE)
        self.add_methods(METHODS)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        layout.addLayout(told)
        layout.addWidget(self._facts)
        layout.addLayout(self._encodings)
        layout.addStretch(1)
        area = filling(body, self.tr("Comparison"), self._blocks.values())
        area.setMinimumHeight(6 * SPACE)
        return area

    # -- what the inspector and its feed call --------------------------------------------------------------------

    def add_methods(self, methods: Iterable[Method]) -> None:
        """Be ready for encodings by these methods, too."""
        for method in methods:
            block = self._blocks[method] = PairBlock(method)
            block.hide()
            self._encodings.addWidget(block)

    def show_pair(self, first: Shown, second: Shown) -> None:
        """Show two pictures, and ask for the previews that aren't there."""
        before, self._pair = self._pair, (first, second)
        if before is None or any(not one.is_same_look(other) for one, other in zip(before, self._pair, strict=True)):
            self._pixels = None
            self._is_comparing = False
            self.previews.set_pixels(None)
            self._note.setText("")
        self.previews.set_names(shown(first.name), shown(second.name))
        self.previews.set_sizes(_size(first), _size(second))
        self._facts.show_pair(first, second)
        self._distances = distances(_encodings(first), _encodings(second))
        for method, block in self._blocks.items():
            ours, theirs = (_encodings(picture).get(method) for picture in self._pair)
            block.show_pair(ours, theirs, self._distances.get(method))
        self._show_verdict()
        for number, picture in enumerate(self._pair, 1):
            self._want_preview(number, picture, before[number - 1] if before is not None else None)

    def set_preview(self, number: int, image: QImage | None) -> None:
        """Answer ``preview_wanted``; None where there is none."""
        if self._pair is None:
            return
        self._waiting[number - 1] = False
        if image is None or image.isNull():
            self.previews.set_message(number, self.tr("There is no preview."))
        else:
            self.previews.set_image(number, image)

    def set_full_size(self, number: int, image: QImage | None) -> None:
        """Answer ``full_size_wanted``; None: all the pixels can't be had, the picture stays fitted in."""
        if self._pair is not None:
            self.previews.set_full_size(number, image)

    def set_comparing(self) -> None:
        """Say that the pixels are being compared."""
        self._is_comparing = True
        self._note.setText(self.tr("Comparing pixel by pixel…"))
        self._show_verdict()

    def set_pixels(self, pixels: Pixels) -> None:
        """Show what comparing the pixels has shown."""
        self._pixels = pixels
        self._is_comparing = False
        told = pixels.framing is not Framing.UNTOLD
        self._note.setText(self.tr("Compared pixel by pixel.") if told else "")
        self.previews.set_pixels(pixels)
        self._show_verdict()

    def set_reason(self, text: str) -> None:
        """Say why the pixels aren't compared."""
        self._is_comparing = False
        self._note.setText(text)
        self._show_verdict()

    def clear(self) -> None:
        """Let go of the pictures."""
        self._pair = self._pixels = None
        self._waiting = [False, False]
        for number in (1, 2):
            self.previews.set_message(number, "")

    def sentence(self) -> str:
        """Return the verdict."""
        return self._sentence

    # -- parts ---------------------------------------------------------------------------------------------------

    def _want_preview(self, number: int, picture: Shown, before: Shown | None) -> None:
        there = self._waiting[number - 1] or self.previews.views[number - 1].has_image()
        if before is not None and before.is_same_look(picture) and there:
            return
        self._waiting[number - 1] = False
        if picture.gone or picture.unread is not None:
            self.previews.set_message(number, self.tr("There is no preview."))
            return
        self.previews.set_message(number, self.tr("Loading the preview…"))
        self._waiting[number - 1] = True
        self.preview_wanted.emit(number)

    def _show_verdict(self) -> None:
        if self._pair is None:
            return
        first, second = self._pair
        found = verdict(first.facts, second.facts, self._distances, self._pixels)
        is_known = not (self._is_comparing and found.conclusion is Conclusion.UNKNOWN)
        for part in (self._verdict, self._copy):
            part.setVisible(is_known)
        text = verdict_words(found, lambda template: QCoreApplication.translate("verdict", template))
        self._sentence = f"{text}."
        self._verdict.setText(_BREAKS.sub("\N{NO-BREAK SPACE}", self._sentence))
        self._copy.set_text_to_copy(self._sentence)


def _encodings(picture: Shown) -> Encodings:
    return picture.result.encodings if picture.result is not None else {}


def _size(picture: Shown) -> QSize:
    return QSize(*picture.facts.upright_size) if picture.facts is not None else QSize()
