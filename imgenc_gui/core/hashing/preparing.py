"""What methods are to see of a picture: each recipe carried out, those of one kind of resampling together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.resampling import most_bytes, resampled
from imgenc_gui.core.records.methods import InputRecipe, Resampling
from imgenc_gui.core.scratch import Scratch

Bytes = NDArray[np.uint8]
_MOST_PIXELS = 1 << 23  # made of a picture of which only the middle is looked at
_REACH = 3  # pixels of the larger of both sizes: Lanczos'; Pillow's others look less far


def prepare(image: Bytes, recipes: Sequence[InputRecipe], scratch: Scratch | None = None) -> list[Bytes]:
    """What each recipe makes of an RGB image (h, w, 3) uint8."""
    wanted = [_of_this(recipe, image) if recipe.shorter_side else recipe for recipe in recipes]
    large = [recipe for recipe in wanted if recipe.width * recipe.height > _MOST_PIXELS]
    kinds = {recipe.resampling for recipe in wanted}
    if len(kinds) == 1 and not large:  # as it mostly is
        return [_cropped(*one) for one in zip(_made(image, wanted, scratch), wanted, strict=True)]
    found = {recipe: _middle(image, recipe) for recipe in large}
    for kind in kinds:
        alike = [recipe for recipe in wanted if recipe.resampling is kind and recipe not in found]
        if alike:
            made = zip(_made(image, alike, scratch), alike, strict=True)
            found |= {recipe: _cropped(small, recipe) for small, recipe in made}
    return [found[recipe] for recipe in wanted]


def _made(image: Bytes, recipes: Sequence[InputRecipe], scratch: Scratch | None) -> list[Bytes]:
    """What recipes of one kind of resampling make of it, not cropped."""
    if recipes[0].resampling is not Resampling.LANCZOS:
        return _by_pillow(image, recipes)
    return resampled(image, recipes, scratch)


def _of_this(recipe: InputRecipe, image: Bytes) -> InputRecipe:
    """The recipe with the size that this picture gets whose proportions are kept."""
    height, width = image.shape[:2]
    across, down = (int((recipe.shorter_side or 0) * side / min(width, height)) for side in (width, height))
    return replace(recipe, width=across, height=down, crop=recipe.sees)  # rounded as torchvision does


def _by_pillow(image: Bytes, recipes: Sequence[InputRecipe]) -> list[Bytes]:
    """The same for recipes of another kind of resampling."""
    sizes = list(dict.fromkeys((recipe.width, recipe.height) for recipe in recipes))
    kind = Image.Resampling[recipes[0].resampling.name]
    coloured = dict(zip(sizes, reference.resize(image, sizes, most_bytes(image), kind), strict=True))
    found = [(recipe, coloured[recipe.width, recipe.height]) for recipe in recipes]
    return [reference.grey(pixels) if recipe.grey else pixels for recipe, pixels in found]


def _middle(image: Bytes, recipe: InputRecipe) -> Bytes:
    """What is cut out of the middle, of which alone pixels are made: the same within rounding.

    For a picture hundreds of times as long as it is wide, of which little is seen of what would be made.
    """
    (height, width), (across, down) = image.shape[:2], recipe.sees
    left, top = _corner(recipe)
    if recipe.resampling is Resampling.NEAREST:
        rows, columns = _nearest(height, recipe.height)[top:][:down], _nearest(width, recipe.width)[left:][:across]
        small = image[rows[:, np.newaxis], columns]
    else:
        kind = Image.Resampling[recipe.resampling.name]
        of_rows, of_columns = _part(height, recipe.height, top, down), _part(width, recipe.width, left, across)
        part = Image.fromarray(np.ascontiguousarray(image[of_rows.pixels, of_columns.pixels]))
        part = part.resize((across, part.height), kind, (of_columns.first, 0, of_columns.end, part.height))
        small = np.asarray(part.resize((across, down), kind, (0, of_rows.first, across, of_rows.end)))
    return reference.grey(small) if recipe.grey else small


def _nearest(side: int, size: int) -> NDArray[np.int32]:
    """Which pixels of a side Pillow takes for so many."""
    line = Image.fromarray(np.arange(side, dtype=np.int32)[np.newaxis])
    places: NDArray[np.int32] = np.asarray(line.resize((size, 1), Image.Resampling.NEAREST))[0]
    return places


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a side is needed, in pixels: those that are looked at, and within them from where to where."""

    pixels: slice
    first: float
    end: float


def _part(side: int, size: int, first: int, count: int) -> _Part:
    """``count`` pixels from ``first`` on, of the ``size`` that ``side`` pixels become."""
    step = side / size
    begin, end = first * step, min((first + count) * step, float(side))
    reach = _REACH * max(step, 1.0) + 1
    left = max(0, int(begin - reach))
    return _Part(slice(left, min(side, int(end + reach) + 1)), begin - left, end - left)


def _cropped(small: Bytes, recipe: InputRecipe) -> Bytes:
    if recipe.crop is None:
        return small
    (width, height), (left, top) = recipe.crop, _corner(recipe)
    return small[top : top + height, left : left + width]


def _corner(recipe: InputRecipe) -> tuple[int, int]:
    """Where what is cut out of the middle begins: (left, top)."""
    spare = recipe.width - recipe.sees[0], recipe.height - recipe.sees[1]
    if recipe.shorter_side is None:
        return spare[0] // 2, spare[1] // 2
    return round(spare[0] / 2), round(spare[1] / 2)  # as torchvision rounds: halves to the even one
