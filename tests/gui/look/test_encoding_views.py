"""Encodings as pictures."""

import numpy as np
from PySide6.QtCore import QPointF

from imgenc_gui.gui.look.encoding_views import HashPattern, HeatMap, hash_bits, heat_image

HASH = "9fee256239984d71"


def test_the_pattern_has_the_hashs_bits(qtbot):
    bits = hash_bits("8000000000000001")
    assert bits[0, 0]
    assert bits[7, 7]
    assert bits.sum() == 2
    expected = [bool(int(HASH, 16) >> (63 - n) & 1) for n in range(64)]
    assert hash_bits(HASH).ravel().tolist() == expected
    pattern = HashPattern()
    qtbot.addWidget(pattern)
    pattern.set_hash("8000000000000001")
    image = pattern.grab().toImage()
    cell = image.width() // 8
    at = [image.pixelColor(c * cell + cell // 2, r * cell + cell // 2).name() for r in range(8) for c in range(8)]
    assert at[0] == at[63] != at[1]
    assert len(set(at)) == 2
    assert "2 of 64" in pattern.accessibleDescription()


def test_the_heat_map_shows_large_numbers_strongly_and_names_the_one_under_the_pointer(qtbot):
    vector = np.zeros(1024, dtype=np.float32)
    vector[33] = 2.5
    image = heat_image(vector, dark=False)
    assert image.pixelColor(1, 1).lightness() < 100 < image.pixelColor(0, 0).lightness()
    assert heat_image(np.zeros(1024, dtype=np.float32), dark=True).pixelColor(5, 5).lightness() < 100
    heat = HeatMap()
    qtbot.addWidget(heat)
    assert heat.tip_at(QPointF(5, 5)) == ""
    heat.set_vector(vector)
    tip = heat.tip_at(QPointF(heat.width() / 32 * 1.5, heat.height() / 32 * 1.5))
    assert "34 of 1024" in tip
    assert "2.5" in tip
    assert "1024 of 1024" in heat.tip_at(QPointF(heat.width() + 5, heat.height() + 5))


def test_a_vector_that_is_no_square_ends_within_the_last_row(qtbot):
    vector = np.linspace(1, 2, 10, dtype=np.float32)
    image = heat_image(vector, dark=False)
    assert (image.width(), image.height()) == (4, 4)
    assert image.pixelColor(1, 2).lightness() < 100  # the tenth, which is the largest
    assert image.pixelColor(3, 3) == image.pixelColor(0, 0)  # beyond the end, as quiet as the smallest
    heat = HeatMap()
    qtbot.addWidget(heat)
    heat.set_vector(vector)
    assert "10 of 10" in heat.tip_at(QPointF(heat.width() / 4 * 1.5, heat.height() / 4 * 2.5))
    assert heat.tip_at(QPointF(heat.width() / 4 * 2.5, heat.height() / 4 * 2.5)) == ""
