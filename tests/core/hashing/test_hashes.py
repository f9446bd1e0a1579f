"""The quick ways equal the reference to the bit, ties between floating-point values included."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
from scipy.fftpack import dct

from imgenc_gui.core.hashing import hashes, reference, resampling
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import InputRecipe
from imgenc_gui.core.registry import METHODS
from tests.pictures import flat, gradient, half_flat, photo

MAKERS = [photo, flat, half_flat, gradient]
SEEN = {"phash": (32, 32), "ahash": (8, 8), "dhash": (9, 8), "whash": (256, 256)}
SIZES = [(32, 32), (8, 8), (9, 8), (256, 256), (224, 224), (96, 64)]


def few_values(width, height, seed):
    """Grey of a few values, in large squares: many a coefficient is nothing, or equal to others."""
    chance = np.random.default_rng(seed)
    cells = chance.choice(chance.integers(0, 256, 2 + seed % 3), (8, 8)).astype(np.uint8)
    return np.ascontiguousarray(cells.repeat(-(-height // 8), 0).repeat(-(-width // 8), 1)[:height, :width])


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


def test_each_recipe_gets_what_it_asks_for_in_colour_or_grey():
    image = photo(300, 200)
    recipes = [InputRecipe(32, 32, grey=True), InputRecipe(9, 8), InputRecipe(9, 8, grey=True), InputRecipe(64, 64)]
    expected = reference.resize(image, [(recipe.width, recipe.height) for recipe in recipes])

    for recipe, found, plain in zip(recipes, resampling.resampled(image, recipes), expected, strict=True):
        np.testing.assert_array_equal(found, reference.grey(plain) if recipe.grey else plain)


@pytest.mark.parametrize(("name", "size"), SEEN.items())
def test_hashes_equal_the_reference(name, size):
    greys = [reference.grey(make(*size)) for make in MAKERS] + [few_values(*size, seed) for seed in range(100)]
    for grey in greys:
        assert getattr(hashes, name)(grey) == getattr(reference, name)(grey)


def test_the_dct_is_scipys():
    greys = [reference.grey(make(32, 32)) for make in MAKERS] + [few_values(32, 32, seed) for seed in range(100)]
    for grey in greys:
        np.testing.assert_array_equal(reference.frequencies(grey), dct(dct(grey, axis=0), axis=1))


def test_scipys_dct_is_the_same_wherever_it_lies(monkeypatch):
    grey = reference.grey(photo(32, 32))
    own = reference._dct()
    monkeypatch.setattr(reference.PathFinder, "find_spec", lambda *_: None)
    elsewhere = reference._dct.__wrapped__()

    assert elsewhere is reference._public_dct is not own
    np.testing.assert_array_equal(own(grey), elsewhere(grey))


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
