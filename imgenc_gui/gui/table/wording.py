"""What stands in the table's cells, and what it means in sentences."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.states import State
from imgenc_gui.gui.desktop.addresses import from_home
from imgenc_gui.gui.look.plain import tip
from imgenc_gui.gui.look.sentences import (
    changed_words,
    gone_words,
    short_words,
    sides_words,
    size_words,
    taken_words,
    time_words,
    words,
)
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.columns import (
    CHANGED,
    DIFFERENCES,
    FILE_SIZE,
    FOLDER,
    FORMAT,
    KNOWN,
    LIKENESS,
    NAME,
    OF_BANDS,
    PIXELS,
    STATUS,
    Column,
)
from imgenc_gui.gui.table.known import known_tip, known_words
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.reference import Reference

_COMPARED = (KNOWN, *OF_BANDS)


class Wording:
    """Finds the words anew each time that somebody asks. ``banded``: the bands that the table shows then, if any."""

    def __init__(self, live: LiveRows, is_pasted: Callable[[int], bool], reference: Reference | None) -> None:
        self._live = live
        self._rows = live.rows
        self._is_pasted = is_pasted
        self._reference = reference

    def text(self, row: int, column: Column, banded: Banded | None) -> str:
        """What a cell says."""
        method = column.method
        if method is not None:
            return self._encoding(row, method)
        if column in _COMPARED:
            return self._compared(row, column, banded)
        if column is NAME:
            return shown(os.path.basename(self._rows.paths[row]))  # noqa: PTH119
        if column is FOLDER:
            return self._folder(row)
        return self._status(row) if column is STATUS else self._fact(row, column)

    def explained(self, row: int, column: Column, banded: Banded | None) -> str:
        """What a cell means, as a tip; "" where there is nothing to say."""
        return tip(self._explained(row, column, banded))

    def row_explained(self, row: int, banded: Banded | None) -> str:
        """What a row's columns say, where they aren't seen: which file it is, and what there is to say of it."""
        facts = ", ".join(filter(None, (self._fact(row, PIXELS), self._fact(row, FORMAT))))
        columns = (LIKENESS, STATUS, KNOWN)
        said = [self._explained(row, NAME, banded), facts, self._compared(row, DIFFERENCES, banded)]
        return tip("\n".join(filter(None, [*said, *(self._explained(row, column, banded) for column in columns)])))

    def gone(self, row: int) -> str:
        """Say where the encodings of a row are from whose file isn't there; "" where it is, as far as it is known."""
        if not self._rows.is_gone(row) or self._rows.state(row) is not State.ENCODED:
            return ""
        return gone_words(shown(os.path.basename(self._live.source(row))))  # noqa: PTH119

    def _fact(self, row: int, column: Column) -> str:
        rows = self._rows
        if column is PIXELS:
            width, height = rows.size(row)
            return sides_words(width, height) if width else ""
        if column is FORMAT:
            return rows.format(row)
        if column is FILE_SIZE:
            size = int(rows.sizes[row])
            return size_words(size) if size >= 0 else ""
        if column is CHANGED:
            time = int(rows.times[row])
            return time_words(time) if time != -1 else ""
        taken = rows.taken[row].item()
        return taken_words(taken) if taken is not None else ""

    def _encoding(self, row: int, method: Method) -> str:
        if method.is_hash:
            return self._rows.hash_text(row, method)
        if not self._rows.has(row, method):
            return ""
        text = QCoreApplication.translate("wording", "{0} numbers, norm {1}")
        return text.format(method.length, f"{self._rows.norm(row, method):.2f}")

    def _compared(self, row: int, column: Column, banded: Banded | None) -> str:
        if column == KNOWN:
            return known_words(self._reference, row) if self._reference is not None else ""
        if banded is None:
            return ""
        return banded.likeness(row) if column == LIKENESS else banded.differences(row)

    def _folder(self, row: int) -> str:
        if self._is_pasted(row):
            return QCoreApplication.translate("wording", "Clipboard")
        return shown(from_home(os.path.dirname(self._rows.paths[row])))  # noqa: PTH120

    def _status(self, row: int) -> str:
        rows, translate = self._rows, QCoreApplication.translate
        state = rows.state(row)
        if state is State.WAITING:
            return translate("wording", "Waiting")
        if rows.is_expected(row):
            return translate("wording", "To be encoded again")
        if state is State.ENCODED and rows.is_gone(row):
            return translate("wording", "File not found")
        if state is State.ENCODED and rows.is_changed(row):
            return translate("wording", "Changed on disk")
        if state is State.ENCODED:
            return translate("wording", "Encoded, warning") if rows.is_warned(row) else translate("wording", "Encoded")
        failure = rows.failure(row)
        return translate("wording", "Could not be read") if failure is None else short_words(failure)

    def _explained(self, row: int, column: Column, banded: Banded | None) -> str:
        if column == STATUS:
            return self._status_explained(row)
        if column == KNOWN and self._reference is not None:
            return known_tip(self._reference, row)
        if column in (NAME, FOLDER):
            pasted = QCoreApplication.translate("wording", "From the clipboard")
            return pasted if self._is_pasted(row) else shown(self._rows.paths[row])
        if column == LIKENESS and banded is not None:
            return banded.likeness_tip(row)
        if column.method is not None and self._rows.has(row, column.method):
            return QCoreApplication.translate("wording", "Double-click to copy")
        return ""

    def _status_explained(self, row: int) -> str:
        failure = self._rows.failure(row)
        sentences = [words(failure)] if failure is not None else []
        gone = self.gone(row)
        if gone:
            sentences.insert(0, gone)
        elif self._rows.state(row) is State.ENCODED and self._rows.is_changed(row):
            sentences.insert(0, changed_words())
        return "\n".join([*sentences, *map(words, self._rows.warnings(row))])
