"""The quick ways equal the reference to the bit, ties between floating-point values included."""

from __future__ import annotations

import numpy as np
import pytest
import pywt

from imgenc_gui.core.hashing import hashes, reference, resampling
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.registry import METHODS
from tests.pictures import flat, gradient, half_flat, photo

MAKERS = [photo, flat, half_flat, gradient]
SIZES = [(32, 32), (8, 8), (9, 8), (256, 256), (224, 224), (96, 64)]


@pytest.fixture(scope="module", autouse=True)
def kernel():
    kernel = KERNEL.wait(120)
    assert kernel is not None
    return kernel


@pytest.mark.parametrize("size", [(300, 200), (1, 1), (1, 500), (500, 1), (7, 13), (1000, 31)])
@pytest.mark.parametrize("make", MAKERS)
def test_resampling_equals_the_reference(make, size):
    image = make(*size)

    quick = resampling.resize(image, SIZES)

    for array, plain in zip(quick, reference.resize(image, SIZES), strict=True):
        np.testing.assert_array_equal(array, plain)
        np.testing.assert_array_equal(resampling.grey(array), reference.grey(plain))


@pytest.mark.parametrize("make", MAKERS)
def test_hashes_equal_the_reference(make):
    small, large = (reference.grey(make(*size)) for size in [(32, 32), (256, 256)])

    assert hashes.phash(small) == reference.phash(small)
    assert hashes.whash(large) == reference.whash(large)


@pytest.mark.parametrize("make", MAKERS)
def test_the_compiled_wavelet_is_pywavelets(make, kernel):
    grey = reference.grey(make(256, 256))
    low = np.empty((8, 8))

    kernel.haar(grey, low)

    np.testing.assert_array_equal(low, pywt.wavedec2(grey / 255, "haar", level=5)[0])


def test_a_rotated_view_is_resampled_as_its_copy():
    turned = photo(90, 60).transpose(1, 0, 2)[::-1]

    for array, copied in zip(resampling.resize(turned, SIZES), resampling.resize(turned.copy(), SIZES), strict=True):
        np.testing.assert_array_equal(array, copied)


def test_a_very_long_side_is_resampled_to_one_size_after_the_other(monkeypatch):
    image = photo(300, 200)
    expected = reference.resize(image, SIZES)
    monkeypatch.setattr(resampling, "_LONGEST", 299)

    for array, plain in zip(resampling.resize(image, SIZES), expected, strict=True):
        np.testing.assert_array_equal(array, plain)


def test_what_the_four_hashes_are_called_and_want():
    seen = [(m.id, m.label, m.length, m.recipe.width, m.recipe.height, m.recipe.grey) for m in METHODS if m.is_hash]

    assert seen == [
        ("phash", "PHash", 64, 32, 32, True),
        ("ahash", "AHash", 64, 8, 8, True),
        ("dhash", "DHash", 64, 9, 8, True),
        ("whash", "WHash", 64, 256, 256, True),
    ]
