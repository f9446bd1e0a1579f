"""What cells share while the table is painted once: colours and fonts of the moment, and what is known of their row.

A call of Qt's from Python takes as long as much of what it does, and there are hundreds of cells.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from imgenc_gui.core.states import State
from imgenc_gui.gui.look.theme import Tone, tone
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.columns import (
    DIFFERENCES,
    FOLDER,
    FORMAT,
    KNOWN,
    LIKENESS,
    NAME,
    PIXELS,
    STATUS,
    UNUSUAL,
    Column,
)
from imgenc_gui.gui.table.model import ResultsModel

_QUIET = (FOLDER, PIXELS, FORMAT, *UNUSUAL, DIFFERENCES)
_BOLDER = (NAME, LIKENESS)  # of a reference
_OF_WORDS = (NAME, STATUS, KNOWN, LIKENESS)  # the others go from left to right in any language
_CUT_AT = {FOLDER: Qt.TextElideMode.ElideLeft, STATUS: Qt.TextElideMode.ElideRight}  # its end, its beginning tells more
_MOST_CUT = 4096
_LINE_ALPHA = 140  # of the lines between bands

Cut = dict[tuple[str, int, str], str]  # texts as they are cut where they need more room: by text, room, and how


class Letters:
    """A font, and the texts that were cut to fit in it."""

    def __init__(self, font: QFont, elide: Qt.TextElideMode, cut: Cut) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self._elide = elide
        self._cut = cut
        self._how = f"{elide.name} {font.key()}"

    def cut(self, text: str, room: int) -> str:
        """The text, cut if it needs more room. To measure one takes as long as to paint it."""
        key = (text, room, self._how)
        found = self._cut.get(key)
        if found is None:
            if len(self._cut) >= _MOST_CUT:
                self._cut.clear()
            found = self._cut[key] = self.metrics.elidedText(text, self._elide, room)
        return found


@dataclass(frozen=True, slots=True)
class ShownRow:
    """What all cells of a row want to know."""

    number: int
    place: int
    state: State
    is_reference: bool
    is_odd: bool  # in every second band
    beside: str  # the name


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """What all cells of a column want to know."""

    column: Column
    alignment: int
    letters: Letters  # a hash's are of one width
    of_references: Letters
    colour: QColor | None  # None: it is the row's matter


class Shared:
    """Lives no longer than one painting, in which nothing changes. ``cut``: what is remembered beyond it."""

    def __init__(self, model: ResultsModel, option: QStyleOptionViewItem, cut: Cut) -> None:
        self._model = model
        self._cut = cut
        self.banded: Banded | None = model.banded
        self.widget: QWidget | None = option.widget
        self.palette = QPalette(option.palette)  # the option ends with its cell
        self.direction = option.direction
        self.is_mirrored = self.direction == Qt.LayoutDirection.RightToLeft
        self.ratio = self.widget.devicePixelRatioF() if self.widget is not None else 1.0
        self.text = self.palette.color(QPalette.ColorRole.Text)
        self.white = self.palette.color(QPalette.ColorRole.HighlightedText)  # on what is selected
        self.selected = self.palette.brush(QPalette.ColorRole.Highlight)
        self.odd = self.palette.brush(QPalette.ColorRole.AlternateBase)
        self._tones: dict[Tone, QColor] = {}
        self._usual, self._bold = QFont(option.font), QFont(option.font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self.boxes: dict[bool, QPixmap] = {}  # of rows that are marked, and that aren't
        self._columns: dict[int, ShownColumn] = {}
        self._row: ShownRow | None = None

    def placed(self, area: QRect, part: QRect) -> QRect:
        """Where a part of a cell is that would be there if the window weren't mirrored."""
        return QStyle.visualRect(self.direction, area, part)

    def tone(self, name: Tone) -> QColor:
        """Today's colour."""
        found = self._tones.get(name)
        if found is None:
            found = self._tones[name] = tone(name)
        return found

    def between(self) -> QColor:
        """The colour of lines between bands."""
        colour = QColor(self.tone("muted"))
        colour.setAlpha(_LINE_ALPHA)
        return colour

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

    def column_at(self, section: int) -> ShownColumn:
        """The column of a section."""
        found = self._columns.get(section)
        if found is None:
            column = self._model.columns[section]
            elide = _CUT_AT.get(column, Qt.TextElideMode.ElideMiddle)
            letters = Letters(self._model.font(column) or self._usual, elide, self._cut)
            # A painter would turn "800 x 600" round where the window is mirrored.
            alignment = QStyle.visualAlignment(self.direction, self._model.alignment(column))
            alignment |= Qt.AlignmentFlag.AlignAbsolute
            forced = 0 if column in _OF_WORDS else int(Qt.TextFlag.TextForceLeftToRight)
            found = self._columns[section] = ShownColumn(
                column,
                int(alignment) | forced,
                letters,
                Letters(self._bold, elide, self._cut) if column in _BOLDER else letters,
                self.tone("muted") if column in _QUIET else None if column == STATUS else self.text,
            )
        return found

    def of_state(self, row: ShownRow) -> QColor:
        """A status that wants attention has a colour, and one that is less important is quieter."""
        if row.state is State.FAILED:
            return self.tone("failure")
        if row.state is not State.ENCODED or self._model.rows.is_gone(row.number):
            return self.tone("muted")
        return self.tone("warning") if self._model.rows.is_warned(row.number) else self.text
