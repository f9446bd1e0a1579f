"""The hashes of a picture that is mirrored or turned, told from its own bits: by EXIF orientation, 1 to 8.

Nearly so: resampling goes one way first, and where values are equal a bit is a matter of the side that one comes from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]  # (8, 8)
Move = Callable[[Bits], Bits]

_ODD = np.arange(8) % 2 == 1


def moved_places(text: str) -> dict[int, str]:
    """Each bit is of a place in the picture (AHash, WHash)."""
    return _moved(text, np.fliplr, np.flipud)


def moved_waves(text: str) -> dict[int, str]:
    """Each bit is of a wave, upright frequencies downwards (PHash): odd ones change their sign in a mirror."""
    return _moved(text, lambda bits: bits ^ _ODD, lambda bits: bits ^ _ODD[:, np.newaxis])


def moved_steps(text: str) -> dict[int, str]:
    """Each bit is of a step from one pixel to the next on its right (DHash): those downwards aren't known."""
    return _moved(text, lambda bits: ~np.fliplr(bits), np.flipud, can_turn=False)


def _moved(text: str, mirror: Move, flip: Move, *, can_turn: bool = True) -> dict[int, str]:
    """All orientations from two moves, left to right and top to bottom, and transposing."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).astype(np.bool_).reshape(8, 8)
    found = {1: bits, 2: mirror(bits), 3: flip(mirror(bits)), 4: flip(bits)}
    if can_turn:
        across = bits.T
        found |= {5: across, 6: mirror(across), 7: flip(mirror(across)), 8: flip(across)}
    return {orientation: np.packbits(moved).tobytes().hex() for orientation, moved in found.items()}
