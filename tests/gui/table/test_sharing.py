"""What the table's cells share: texts are cut as they would be without being remembered, and not without end."""

from __future__ import annotations

import re
from itertools import product

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QStyleOptionViewItem

from imgenc_gui.gui.table.columns import FOLDER, NAME, STATUS, Column
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.sharing import _MOST_CUT, Cut, Letters, Shared
from imgenc_gui.gui.work.live_rows import LiveRows

TEXTS = ("IMG_0001 of a long holiday by the sea.jpg", "Same picture · 2 bits", "")


@pytest.mark.usefixtures("qapp")
def test_a_remembered_text_is_cut_as_for_this_font_this_room_and_this_end():
    cut: Cut = {}
    fonts = [QFont("", size) for size in (9, 20)]
    modes = (Qt.TextElideMode.ElideLeft, Qt.TextElideMode.ElideMiddle)
    for _ in ("at first", "again"):
        for font, mode, room, text in product(fonts, modes, (60, 61, 120, 4000), TEXTS):
            assert Letters(font, mode, cut).cut(text, room) == QFontMetrics(font).elidedText(text, mode, room)


@pytest.mark.usefixtures("qapp")
def test_no_more_texts_are_remembered_than_some_screens_show():
    cut: Cut = {}
    letters = Letters(QFont(), Qt.TextElideMode.ElideMiddle, cut)
    for number in range(_MOST_CUT + 10):
        assert letters.cut(str(number), 4000) == str(number)
    assert 0 < len(cut) <= _MOST_CUT


@pytest.mark.usefixtures("qapp")
def test_names_keep_both_ends_folders_their_end_and_reasons_their_beginning():
    model = ResultsModel(LiveRows(()))
    shared = Shared(model, QStyleOptionViewItem(), {})

    def cut(column: Column) -> str:
        return shared.column_at(model.section(column)).letters.cut("CR2: can't be read here", 90)

    assert re.fullmatch(r"CR2.*….*here", cut(NAME))
    assert re.fullmatch(r"….*here", cut(FOLDER))
    assert re.fullmatch(r"CR2: can.*…", cut(STATUS))
