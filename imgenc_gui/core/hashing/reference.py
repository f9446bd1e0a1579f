"""Resampling and the four hashes in the plainest way: Pillow, scipy and PyWavelets, as imagededup uses them.

The way taken while there is no compiled kernel, and what every quicker way must equal to the bit. The order of the
two resizes is fixed here, so that a picture's hash never changes with an upgrade of Pillow: before 13.0 Pillow resized
horizontally first, too, and since then it does some tall pictures the other way, which gives other pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PIXEL = 4  # bytes
_BLOCK = 4096  # rows

Size = tuple[int, int]  # (width, height) in pixels


def resize(
    image: NDArray[np.uint8],
    sizes: Sequence[Size],
    most: int | None = None,
    resampling: Image.Resampling = Image.Resampling.LANCZOS,
) -> list[NDArray[np.uint8]]:
    """Resample an RGB image (h, w, 3) uint8 to each (width, height) of ``sizes``; each result is (height, width, 3).

    Of the rows between the two passes at most about so many bytes are there at once.
    """
    whole = Image.fromarray(image)
    results = []
    for width, height in sizes:
        step = width if most is None else min(width, max(1, most // (_PIXEL * whole.height)))
        parts = (_columns(whole, width, left, min(left + step, width), resampling) for left in range(0, width, step))
        small = [np.asarray(part.resize((part.width, height), resampling)) for part in parts]
        results.append(small[0] if len(small) == 1 else np.concatenate(small, axis=1))
    return results


def _columns(whole: Image.Image, width: int, left: int, right: int, resampling: Image.Resampling) -> Image.Image:
    """Some columns of an image that is resampled to another width."""
    if (left, right) == (0, width):
        return whole.resize((width, whole.height), resampling)
    columns = Image.new("RGB", (right - left, whole.height))
    for top in range(0, whole.height, _BLOCK):
        bottom = min(top + _BLOCK, whole.height)
        rows = whole.crop((0, top, whole.width, bottom)).resize((width, bottom - top), resampling)
        columns.paste(rows.crop((left, 0, right, bottom - top)), (0, top))
    return columns


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey values (h, w) uint8 of an RGB image (h, w, 3) uint8."""
    return np.asarray(Image.fromarray(image).convert("L"))


def frequencies(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """An image's DCT."""
    return _dct()(grey)


@cache
def _dct() -> Callable[[NDArray[np.uint8]], NDArray[np.float64]]:
    """What makes the DCT of both axes: the compiled module that scipy's own functions call, without scipy.

    All of scipy takes 0.24 s to import, and 70 MB in a program without Python, which has that module alone.
    """
    scipy = find_spec("scipy")
    folders = scipy.submodule_search_locations if scipy else None
    if folders is None:
        found = PathFinder.find_spec("pypocketfft")
    else:  # by scipy's own name: under two names old ones (1.15) are freed twice at the exit, and Python aborts
        found = PathFinder.find_spec(
            "scipy.fft._pocketfft.pypocketfft", [str(Path(folder, "fft", "_pocketfft")) for folder in folders]
        )
    if found is None:  # it is scipy's own affair where it lies
        return _public_dct
    compiled = module_from_spec(found)
    if found.loader:
        found.loader.exec_module(compiled)
    return lambda grey: compiled.dct(grey.astype(np.float64), 2, (0, 1))


def _public_dct(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    # First of all as a whole: numba imports it beside us, and whoever imports a part of a package that another thread
    # has begun to import breaks both.
    import scipy  # noqa: F401, PLC0415
    from scipy.fftpack import dct  # noqa: PLC0415

    found: NDArray[np.float64] = dct(dct(grey, axis=0), axis=1)
    return found


def phash(grey: NDArray[np.uint8]) -> str:
    """Perceptual hash of a (32, 32) image: low frequencies of its DCT against the median of all but the first."""
    low = frequencies(grey)[:8, :8]
    return hexadecimal(low >= np.median(low.ravel()[1:]))


def ahash(grey: NDArray[np.uint8]) -> str:
    """Average hash of an (8, 8) image: each pixel against the mean."""
    return hexadecimal(grey >= np.mean(grey))


def dhash(grey: NDArray[np.uint8]) -> str:
    """Difference hash of an (8, 9) image: each pixel against its left neighbour."""
    return hexadecimal(grey[:, 1:] > grey[:, :-1])


def whash(grey: NDArray[np.uint8]) -> str:
    """Wavelet hash of a (256, 256) image: its haar approximation of level 5 against the median."""
    import pywt  # noqa: PLC0415 - takes 0.1 s to import

    low = pywt.wavedec2(grey / 255, "haar", level=5)[0]
    return hexadecimal(low >= np.median(low))


def hexadecimal(bits: NDArray[np.bool_]) -> str:
    """64 bits, row by row and the most significant first, as 16 lower-case hexadecimal characters."""
    return np.packbits(bits).tobytes().hex()
