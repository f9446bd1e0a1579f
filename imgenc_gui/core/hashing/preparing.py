"""What methods are to see of a picture: each recipe carried out once, those of one kind of resampling together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.resampling import MOST_BYTES, grey, resize
from imgenc_gui.core.records.methods import InputRecipe, Resampling
from imgenc_gui.core.scratch import Scratch


def prepare(
    pixels: NDArray[np.uint8], recipes: Iterable[InputRecipe], scratch: Scratch | None = None
) -> dict[InputRecipe, NDArray[np.uint8]]:
    """What each recipe makes of an RGB picture (h, w, 3) uint8."""
    by_kind: dict[Resampling, dict[reference.Size, NDArray[np.uint8]]] = {}
    wanted = list(dict.fromkeys(recipes))
    for kind in dict.fromkeys(recipe.resampling for recipe in wanted):
        sizes = list(dict.fromkeys((one.width, one.height) for one in wanted if one.resampling is kind))
        by_kind[kind] = dict(zip(sizes, _resized(pixels, sizes, kind, scratch), strict=True))
    return {recipe: _finished(by_kind[recipe.resampling][recipe.width, recipe.height], recipe) for recipe in wanted}


def _resized(
    pixels: NDArray[np.uint8], sizes: list[reference.Size], kind: Resampling, scratch: Scratch | None
) -> list[NDArray[np.uint8]]:
    if kind is Resampling.LANCZOS:
        return resize(pixels, sizes, scratch)
    most = max(MOST_BYTES, pixels.nbytes)
    return reference.resize(pixels, sizes, most, Image.Resampling[kind.name])


def _finished(small: NDArray[np.uint8], recipe: InputRecipe) -> NDArray[np.uint8]:
    if recipe.crop is not None:
        width, height = recipe.crop
        left, top = (recipe.width - width) // 2, (recipe.height - height) // 2
        small = small[top : top + height, left : left + width]
    return grey(small) if recipe.grey else small
