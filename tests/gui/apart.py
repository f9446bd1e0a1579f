"""Pictures whose hashes are so and so many bits apart."""

from __future__ import annotations

import numpy as np

from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS

PHASH, CNN = METHODS["phash"], METHODS["cnn"]
FACTS = Facts("JPEG", 640, 480, 1, 12_345, 10**18, 1)


def apart(path: str, bits: int, base: int = 0x1234567890ABCDEF) -> ImageResult:
    """A picture whose PHash is so many bits from the base, and whose vector is as much farther away."""
    vector = np.zeros(CNN.length, np.float32)
    vector[0], vector[1 + bits] = 1 - bits / 100, np.sqrt(1 - (1 - bits / 100) ** 2)
    return ImageResult(path, FACTS, {PHASH: f"{base ^ ((1 << bits) - 1):016x}", CNN: vector})
