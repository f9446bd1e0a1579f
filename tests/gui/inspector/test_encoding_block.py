"""One encoding in the inspector: a hash as it is, and of a vector no number that is cut."""

import numpy as np
import pytest

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.inspector.encoding_block import EncodingBlock

CNN = METHODS["cnn"]


@pytest.mark.parametrize("value", [1.0, -1.23456e-05, 0.000123456])
def test_numbers_are_shown_whole_however_long_they_are_and_more_where_there_is_room(qtbot, value):
    block = EncodingBlock(CNN)
    qtbot.addWidget(block)
    block.resize(block.minimumSizeHint())
    block.show()
    block.show_encoding(np.full(CNN.length, value, np.float32))
    field = block.value

    def shown():
        """The numbers that are seen, all of them whole."""
        assert field.fontMetrics().horizontalAdvance(field.text()) <= field.width() - 4
        assert field.text().endswith(" …")
        numbers = field.text().removesuffix(" …").split(", ")
        assert set(numbers) == {f"{np.float32(value):.3g}"}
        return len(numbers)

    few = shown()
    block.resize(3 * block.width(), block.height())
    assert shown() > few


def test_a_hash_after_a_vector_stays_when_there_is_more_room(qtbot):
    block = EncodingBlock(PHASH)
    qtbot.addWidget(block)
    block.show()
    block.show_encoding("9fee256239984d71")
    block.resize(900, 100)
    assert block.value.text() == "9fee256239984d71"
