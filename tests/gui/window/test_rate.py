"""The rate and the time left."""

from __future__ import annotations

from imgenc_gui.gui.window.rate import RateMeter


def test_getting_ready_does_not_count_as_slowness():
    meter = RateMeter()
    meter.reset(0.0)
    for second in range(5):
        meter.note(float(second), 0)

    meter.note(6.0, 20)

    assert meter.rate == 10.0
    assert meter.left(50) == 5.0


def test_nothing_done_has_no_rate():
    meter = RateMeter()
    meter.reset(0.0)
    meter.note(10.0, 0)

    assert meter.rate is None
    assert meter.left(5) is None
