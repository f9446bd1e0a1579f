"""Pictures for the tests, made by integer arithmetic so that every platform makes the same bytes."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

import numpy as np
from PIL import Image

HASHES = ("PHash", "AHash", "DHash", "WHash")


def photo(width: int, height: int, seed: int = 0) -> np.ndarray:
    """An RGB array (height, width, 3) uint8 with large shapes, fine detail and noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.uint64)
    channels = []
    for c in range(3):
        waves = (x * (c + 2 + seed % 5) * 97 // max(width, 1) + y * (5 - c) * 61 // max(height, 1)) % 160
        rings = ((x * 3 - y * 2 + seed * 41) ** 2 // (max(width, height) + 1) >> 3) % 64
        state = (x * 73856093 ^ y * 19349663 ^ np.uint64((seed + 1) * 83492791 + c)) * np.uint64(2654435761)
        noise = (state >> np.uint64(13)) % 32
        channels.append((waves + rings + noise) % 256)
    return np.stack(channels, axis=-1).astype(np.uint8)


def flat(width: int, height: int, value: int = 90) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def half_flat(width: int, height: int) -> np.ndarray:
    array = flat(width, height, 10)
    array[:, width // 2 :] = 200
    return array


def gradient(width: int, height: int) -> np.ndarray:
    row = (np.arange(width) * 255 // max(width - 1, 1)).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], height, 0), 3, 2)


@contextmanager
def horizontal_first():
    """Make Pillow resize horizontally first, as before 13.0, so that imagededup gives its own hashes on any Pillow."""
    original = Image.Image.resize

    def resize(self, size, resample=None, *args, **kwargs):
        rows = original(self, (size[0], self.height), resample, *args, **kwargs)
        return original(rows, size, resample, *args, **kwargs)

    Image.Image.resize = resize
    try:
        yield
    finally:
        Image.Image.resize = original


def imagededup_hashes(path=None, array=None) -> list[str | None]:
    """imagededup's own four hashes of a file or an array, in the order of HASHES."""
    from imagededup import methods

    with horizontal_first(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves files open
        return [
            getattr(methods, name)(verbose=False).encode_image(image_file=path, image_array=array) for name in HASHES
        ]
