"""What is redone of scipy.ndimage, which a program without Python need not carry: it gives the same."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imgenc_gui.core.comparing import aligning

SHAPES = [(256, 192), (64, 48), (5, 7), (1, 9)]


def noise(shape, seed=1):
    return (np.random.default_rng(seed).random(shape) * 255).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sigma", [1.5, 4.0])
def test_surroundings_are_a_gaussians(shape, sigma):
    picture = noise(shape)

    found = aligning._blurred(picture, sigma)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ndimage.gaussian_filter(picture, sigma, truncate=2.0), atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(5))
def test_a_picture_is_warped_linearly_and_shows_nothing_beyond_its_pixels(shape, seed):
    chance = np.random.default_rng(seed)
    picture, size = noise(shape), tuple(chance.integers(1, 300, 2))
    matrix = np.eye(2) + chance.normal(0, 0.2, (2, 2)) * bool(seed)
    offset = chance.normal(0, 5, 2) * bool(seed)

    found = aligning.warped(picture, matrix, offset, size)

    expected = ndimage.affine_transform(picture, matrix, offset, size, order=1, mode="constant", cval=np.nan)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-2)
