"""How far apart two pictures' encodings are."""

import numpy as np
import pytest

from imgenc_gui.core.comparing.distances import distances
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN

VECTOR = np.random.default_rng(1).random(1024, np.float32)


def test_each_method_that_both_have_is_measured():
    first = {PHASH: "00000000000000ff", DHASH: "8000000000000001", CNN: VECTOR}
    second = {PHASH: "00000000000000f0", AHASH: "8000000000000001", CNN: -2 * VECTOR}
    assert distances(first, second) == {PHASH: 4, CNN: pytest.approx(-1)}


@pytest.mark.parametrize("flat", ["0" * 16, "f" * 16])
def test_what_says_nothing_is_left_out(flat):
    assert distances({PHASH: flat}, {PHASH: flat}) == {}
    assert distances({CNN: VECTOR}, {CNN: np.full(1024, np.nan, np.float32)}) == {}
