"""What cells share while the table is painted once: colours and fonts of the moment, and what is known of their row.

A call of Qt's from Python takes as long as much of what it does, and there are hundreds of cells.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from imgenc_gui.core.rows import State
from imgenc_gui.gui.look.theme import Tone, tone
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.columns import DIFFERENCES, FOLDER, FORMAT, LIKENESS, NAME, PIXELS, STATUS, Column
from imgenc_gui.gui.table.model import ResultsModel

_QUIET = (FOLDER, PIXELS, FORMAT, DIFFERENCES)

Letters = tuple[QFont, QFontMetrics]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """What all cells of a row want to know."""

    number: int
    place: int
    state: State
    is_reference: bool
    is_odd: bool  # in every second band
    beside: str  # the name


class Shared:
    """Lives no longer than one painting, in which nothing changes."""

    def __init__(self, model: ResultsModel, option: QStyleOptionViewItem) -> None:
        self._model = model
        self.banded: Banded | None = model.banded
        self.widget: QWidget | None = option.widget
        self.palette = QPalette(option.palette)  # the option ends with its cell
        self.ratio = self.widget.devicePixelRatioF() if self.widget is not None else 1.0
        self.text = self.palette.color(QPalette.ColorRole.Text)
        self.white = self.palette.color(QPalette.ColorRole.HighlightedText)  # on what is selected
        self._tones: dict[Tone, QColor] = {}
        usual, bold = QFont(option.font), QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        self.usual: Letters = usual, QFontMetrics(usual)
        self._bold: Letters = bold, QFontMetrics(bold)
        self._of_columns: dict[Column, Letters] = {}
        self._row: ShownRow | None = None

    def tone(self, name: Tone) -> QColor:
        """Today's colour."""
        found = self._tones.get(name)
        if found is None:
            found = self._tones[name] = tone(name)
        return found

    def row_at(self, place: int) -> ShownRow:
        """The row at a place; its cells are painted one after the other."""
        row = self._row
        if row is None or row.place != place:
            number, banded = self._model.row_at(place), self.banded
            state = self._model.rows.state(number)
            if banded is None:
                row = ShownRow(number, place, state, is_reference=False, is_odd=False, beside="")
            else:
                is_reference, is_odd = banded.is_reference(number), banded.is_odd(number)
                row = ShownRow(number, place, state, is_reference, is_odd, banded.beside(number))
            self._row = row
        return row

    def letters(self, row: ShownRow, column: Column) -> Letters:
        """A hash's letters are of one width, a reference's name is bolder."""
        if row.is_reference and column in (NAME, LIKENESS):
            return self._bold
        found = self._of_columns.get(column)
        if found is None:
            font = self._model.font(column)
            found = self._of_columns[column] = self.usual if font is None else (font, QFontMetrics(font))
        return found

    def colour(self, row: ShownRow, column: Column) -> QColor:
        """What wants attention has a colour, and what is less important is quieter."""
        if column in _QUIET:
            return self.tone("muted")
        if column is STATUS:
            if row.state is State.FAILED:
                return self.tone("failure")
            if row.state is not State.ENCODED or self._model.rows.is_gone(row.number):
                return self.tone("muted")
            if self._model.rows.is_warned(row.number):
                return self.tone("warning")
        return self.text
