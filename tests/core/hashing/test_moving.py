"""What the hashes of mirrored and turned pictures are told to be, against the hashes of such pictures."""

from __future__ import annotations

import numpy as np
import pytest

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.records.methods import Options
from tests.core.files.exports import AHASH, CNN, DHASH, PHASH, WHASH
from tests.pictures import photo

METHODS = (PHASH, AHASH, DHASH, WHASH)
FARTHEST = {PHASH: 14, AHASH: 3, WHASH: 3, DHASH: 12}
SHOWN = {  # as EXIF has them
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: np.swapaxes(pixels, 0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(np.swapaxes(pixels, 0, 1), 2),
    8: np.rot90,
}


def bits(one, other):
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.fixture(scope="module")
def hashes():
    """Per picture and orientation the hashes by all methods."""
    encoder = Encoder(Options(METHODS))
    return [
        {shown: encoder.encode_array(np.ascontiguousarray(move(pixels))).encodings for shown, move in SHOWN.items()}
        for pixels in (photo(96, 64, seed) for seed in range(4))
    ]


@pytest.mark.parametrize("method", METHODS)
def test_hashes_of_moved_pictures_are_told_from_the_bits(hashes, method):
    unmoved = []
    for picture in hashes:
        told = method.moved(picture[1][method])
        assert told[1] == picture[1][method]
        for orientation, hash_ in told.items():
            assert bits(hash_, picture[orientation][method]) <= FARTHEST[method]
            if orientation > 1:
                unmoved.append(bits(told[1], picture[orientation][method]))
        if method is DHASH:
            assert told[4] == picture[4][method]
    assert np.mean(unmoved) > 1.5 * FARTHEST[method]  # else this would tell nothing


def test_which_moves_can_be_told():
    every = list(range(1, 9))
    assert [list(method.moved("0123456789abcdef")) for method in METHODS] == [every, every, [1, 2, 3, 4], every]
    assert CNN.moved is None
