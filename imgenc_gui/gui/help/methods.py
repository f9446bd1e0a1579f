"""What the methods are, shown on a photograph, a smaller copy of it, a crop, and another photograph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget
from shiboken6 import isValid

from imgenc_gui.core.comparing.distances import distances
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.records.methods import Encoding, Method, Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.resources import resource
from imgenc_gui.gui.help.page import fill_page
from imgenc_gui.gui.look.encoding_views import HashPattern
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.grid import HALF, WIDE
from imgenc_gui.gui.look.letters import heading
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import distance_words, likeness_word
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.work.jobs import Jobs

_NAMES = ("original", "smaller", "crop", "other")
_SIDE = 80  # of a pattern
_PICTURE = QSize(96, 64)

Encodings = Mapping[Method, Encoding]


def example(name: str) -> Path:
    """Where one of the pictures lies."""
    return resource("examples", f"{name}.jpg")


def encode_examples() -> dict[str, Encodings]:
    """Hash the pictures by every method that hashes, by name. RuntimeError when one of them can't be read."""
    methods = tuple(method for method in METHODS if method.is_hash)
    results = dict(Encoder(Options(methods)).encode((name, str(example(name))) for name in _NAMES))
    for result in results.values():
        if result.failure is not None:
            raise RuntimeError(result.failure)
    return {name: result.encodings for name, result in results.items()}


class MethodsDialog(QDialog):
    """Each method with its sentence; of those that hash, what four pictures give, and what is said of that."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("How pictures are compared"))
        self._patterns: dict[Method, list[HashPattern]] = {}
        self._words: dict[Method, list[Label]] = {}
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        column.setSpacing(WIDE)
        column.addWidget(self._introduction())
        column.addLayout(_beside(self._pictures()))
        for method in METHODS:
            column.addWidget(_about(method))
            if method.is_hash:
                column.addLayout(_beside(self._cells(method)))
        column.addStretch(1)
        fill_page(self, body, self.tr("The methods"), width=84, height=50)
        jobs.run(encode_examples, self._show)

    def _introduction(self) -> Label:
        label = Label(
            self.tr(
                "A method turns a picture into a short code, its hash: 64 bits, drawn here as 64 squares, filled for 1 "
                "and empty for 0. Pictures that are alike have codes that are alike, so imgenc counts the bits that "
                "differ: the squares that differ from the photograph's are in another colour."
            )
        )
        label.setWordWrap(True)
        return label

    def _pictures(self) -> list[QWidget]:
        titles = (
            self.tr("A photograph"),
            self.tr("A smaller copy"),
            self.tr("The photograph, cropped"),
            self.tr("Another photograph"),
        )
        cells = []
        ratio = self.devicePixelRatioF()
        for name, title in zip(_NAMES, titles, strict=True):
            picture = Label()
            pixels = QPixmap(str(example(name))).scaled(
                _PICTURE * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            pixels.setDevicePixelRatio(ratio)
            picture.setPixmap(pixels)
            picture.setAccessibleName(title)
            cells.append(_below(picture, _wrapped(Label(title))))
        return cells

    def _cells(self, method: Method) -> list[QWidget]:
        self._patterns[method] = [HashPattern(_SIDE) for _ in _NAMES]
        self._words[method] = [_wrapped(muted(Label("\n"))) for _ in _NAMES]  # two lines, as there will be
        return [
            _below(pattern, words) for pattern, words in zip(self._patterns[method], self._words[method], strict=True)
        ]

    def _show(self, encodings: Mapping[str, Encodings]) -> None:
        if not isValid(self):  # it was closed meanwhile
            return
        first = encodings[_NAMES[0]]
        for place, name in enumerate(_NAMES):
            apart = distances(first, encodings[name])
            for method, patterns in self._patterns.items():
                value, reference = encodings[name][method], first[method]
                if isinstance(value, str) and isinstance(reference, str):
                    patterns[place].set_hash(value, reference)
                if place:
                    self._words[method][place].setText(_said(method, apart[method]))


def _said(method: Method, distance: float) -> str:
    word = method.likeness(distance)
    alike = likeness_word(word) if word is not None else QCoreApplication.translate("methods", "Not alike")
    return f"{alike}\n{distance_words(method, distance)}"


def _about(method: Method) -> QWidget:
    sentence = muted(Label(QCoreApplication.translate("methods", method.sentence)))
    return _below(heading(Label(method.label), 1), _wrapped(sentence))


def _beside(cells: Iterable[QWidget]) -> FlowLayout:
    """Columns, and more lines of them where they don't have the room."""
    row = FlowLayout(WIDE, WIDE, sharing=True)
    for cell in cells:
        row.addWidget(cell)
    return row


def _wrapped(label: Label) -> Label:
    label.setWordWrap(True)
    return label


def _below(*widgets: QWidget) -> QWidget:
    """Widgets one below the other."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(HALF)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return column
