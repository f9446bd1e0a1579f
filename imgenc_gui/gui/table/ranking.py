"""Names and folders as numbers that sort as they do: found out little by little, so that a thread can do it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.ordering import ranks_of

_DIGITS = re.compile(r"\d+")


def natural(text: str) -> str:
    """Return a key that sorts IMG_9 before IMG_10, whatever the case."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), text.casefold())


def ranks_of_names(paths: Sequence[str]) -> NDArray[np.int32]:
    """Each path's name's place among all names, the same for equal ones."""
    return ranks_of([natural(os.path.basename(path)) for path in paths])  # noqa: PTH119 - 100,000 paths


def ranks_of_folders(paths: Sequence[str]) -> NDArray[np.int32]:
    """Each path's folder's place among all folders."""
    numbers: dict[str, int] = {}
    own = np.fromiter((numbers.setdefault(os.path.dirname(path), len(numbers)) for path in paths), np.int64, len(paths))  # noqa: PTH120
    return ranks_of([natural(folder) for folder in numbers])[own]
