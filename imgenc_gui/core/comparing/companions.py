"""Which files belong to one picture: a camera's RAW beside the JPEG or HEIC that it made of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.formats.heif import HEIF
from imgenc_gui.core.formats.jpeg import JPEG
from imgenc_gui.core.formats.registry import RAW_ENDINGS

_MADE_OF_RAW = dict.fromkeys(JPEG.endings, 0) | dict.fromkeys(HEIF.endings, 1)  # the first counts


def companions(
    paths: Sequence[str], pictures: Iterable[int], without: NDArray[np.bool_] | None = None
) -> dict[int, tuple[int, ...]]:
    """Return the RAW files that belong to pictures, all by their numbers; a picture without any is missing.

    A RAW file belongs to a JPEG or, if there is none, to a HEIC file of the same name in the same folder, whether its
    letters are capitals or not: what these are their names' endings tell. Only ``pictures`` can have companions.
    ``without``: which numbers are nobody's.
    """
    raws: dict[tuple[str, str], list[int]] = {}
    for number, path in enumerate(paths):
        if path[path.rfind(".") :].lower() in RAW_ENDINGS and (without is None or not without[number]):
            raws.setdefault(_place(path)[0], []).append(number)
    if not raws:
        return {}
    found: dict[tuple[str, str], tuple[int, str, int]] = {}
    for number in pictures:
        place, ending = _place(paths[number])
        if ending in _MADE_OF_RAW and place in raws:
            candidate = (_MADE_OF_RAW[ending], paths[number], number)
            found[place] = min(found.get(place, candidate), candidate)
    return {number: tuple(raws[place]) for place, (_, _, number) in found.items()}


def _place(path: str) -> tuple[tuple[str, str], str]:
    """A file's folder and stem, and its ending."""
    folder, name = os.path.split(path)
    stem, ending = os.path.splitext(name)  # noqa: PTH122
    return (folder, stem.lower()), ending.lower()
