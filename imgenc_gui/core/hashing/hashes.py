"""The four 64-bit hashes, equal bit for bit to those of imagededup.

Each takes a greyscale image of its own size (below), uint8, and returns 16 lower-case hexadecimal characters: the bits
row by row, the most significant first. Ties between floating-point values decide bits, so the order of the operations
is that of imagededup, scipy and PyWavelets.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.hashing.resampling import compiled_kernel
from imgenc_gui.core.records.methods import HASH_BITS, HashMethod, InputRecipe, Kind

_HAAR = 0.7071067811865476  # both taps of PyWavelets' haar low-pass filter
_HAAR_LEVELS = 5


def phash(grey: NDArray[np.uint8]) -> str:
    """Perceptual hash of a (32, 32) image: low frequencies of its DCT against their median."""
    from scipy.fftpack import dct  # noqa: PLC0415 - scipy takes 0.2 s to import

    low = dct(dct(grey, axis=0), axis=1)[:8, :8]
    middle = np.sort(low.ravel()[1:])[31]  # the median of 63 values
    return _hexadecimal(low >= middle)


def ahash(grey: NDArray[np.uint8]) -> str:
    """Average hash of an (8, 8) image: each pixel against the mean."""
    return _hexadecimal(grey >= np.mean(grey))


def dhash(grey: NDArray[np.uint8]) -> str:
    """Difference hash of an (8, 9) image: each pixel against its left neighbour."""
    return _hexadecimal(grey[:, 1:] > grey[:, :-1])


def whash(grey: NDArray[np.uint8]) -> str:
    """Wavelet hash of a (256, 256) image: its haar approximation of level 5 against the median."""
    low = haar_approximation(grey)
    middle = np.sort(low, axis=None)[31:33]
    return _hexadecimal(low >= (middle[0] + middle[1]) / 2)  # the median of 64 values, as numpy rounds it


def haar_approximation(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The approximation that pywt.wavedec2(grey / 255, "haar", level=5) begins with, to the bit: (8, 8) float64."""
    kernel = compiled_kernel()
    if kernel is not None:
        compiled = np.empty((8, 8), np.float64)
        kernel.haar(np.ascontiguousarray(grey), compiled)
        return compiled
    low: NDArray[np.float64] = grey / 255
    for _ in range(_HAAR_LEVELS):
        low = low * _HAAR
        low = low[0::2] + low[1::2]
        low *= _HAAR
        low = low[:, 0::2] + low[:, 1::2]
    return low


def _hexadecimal(bits: NDArray[np.bool_]) -> str:
    return np.packbits(bits).tobytes().hex()


def _method(
    label: str, width: int, height: int, compute: Callable[[NDArray[np.uint8]], str], sentence: str
) -> HashMethod:
    recipe = InputRecipe(width, height, grey=True)
    return HashMethod(label.lower(), label, Kind.HASH, HASH_BITS, recipe, 1, sentence, compute)


PHASH = _method(
    "PHash", 32, 32, phash, "The best all-rounder: recognises resized, recompressed and lightly edited copies."
)
AHASH = _method("AHash", 8, 8, ahash, "The simplest: recognises near-identical copies, with more false alarms.")
DHASH = _method("DHash", 9, 8, dhash, "Follows edges: steady when brightness or contrast was changed.")
WHASH = _method("WHash", 256, 256, whash, "Like AHash, on wavelets: keeps the broad shapes, ignores fine detail.")
