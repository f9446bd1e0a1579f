"""What methods are to see of a picture: each recipe carried out, those of one kind of resampling together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.resampling import most_bytes, resampled
from imgenc_gui.core.records.methods import InputRecipe, Resampling
from imgenc_gui.core.scratch import Scratch

Bytes = NDArray[np.uint8]


def prepare(image: Bytes, recipes: Sequence[InputRecipe], scratch: Scratch | None = None) -> list[Bytes]:
    """What each recipe makes of an RGB image (h, w, 3) uint8."""
    kinds = {recipe.resampling for recipe in recipes}
    if kinds == {Resampling.LANCZOS}:
        return [_cropped(*one) for one in zip(resampled(image, recipes, scratch), recipes, strict=True)]
    made: dict[InputRecipe, Bytes] = {}
    for kind in kinds:
        alike = [recipe for recipe in recipes if recipe.resampling is kind]
        found = resampled(image, alike, scratch) if kind is Resampling.LANCZOS else _by_pillow(image, alike)
        made |= zip(alike, found, strict=True)
    return [_cropped(made[recipe], recipe) for recipe in recipes]


def _by_pillow(image: Bytes, recipes: Sequence[InputRecipe]) -> list[Bytes]:
    """The same for recipes of another kind of resampling."""
    sizes = list(dict.fromkeys((recipe.width, recipe.height) for recipe in recipes))
    kind = Image.Resampling[recipes[0].resampling.name]
    coloured = dict(zip(sizes, reference.resize(image, sizes, most_bytes(image), kind), strict=True))
    found = [(recipe, coloured[recipe.width, recipe.height]) for recipe in recipes]
    return [reference.grey(pixels) if recipe.grey else pixels for recipe, pixels in found]


def _cropped(small: Bytes, recipe: InputRecipe) -> Bytes:
    if recipe.crop is None:
        return small
    width, height = recipe.crop
    left, top = (recipe.width - width) // 2, (recipe.height - height) // 2
    return small[top : top + height, left : left + width]
