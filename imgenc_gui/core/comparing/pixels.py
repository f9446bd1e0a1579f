"""Two pictures compared pixel by pixel, at a common size."""

from __future__ import annotations

from imgenc_gui.core.records.compared import Pixels
from imgenc_gui.core.stopping import Stop, never


def compare_pixels(first: str, second: str, *, stop: Stop = never) -> Pixels:
    """Read two files and tell what differs between their pictures. On any thread; about a second for 12 megapixels.

    Raises ReadError with ``failure`` as reading does, and StoppedError.
    """
    raise NotImplementedError
