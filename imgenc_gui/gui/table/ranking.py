"""Names and folders as numbers that sort as they do: found out little by little, so that a thread can do it.

Python lets no other thread on while it sorts a list, nor the window.
"""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Sequence

import numpy as np

from imgenc_gui.core.columns import Numbers

_DIGITS = re.compile(r"\d+")
_RUN = 2000  # texts that are sorted at once


def natural(text: str) -> str:
    """Return a key that sorts IMG_9 before IMG_10, whatever the case."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), text.casefold())


def ranks_of_names(paths: Sequence[str]) -> Numbers:
    """Each path's name's place among all names, the same for equal ones."""
    return _ranks([natural(os.path.basename(path)) for path in paths])  # noqa: PTH119 - 100,000 paths


def ranks_of_folders(paths: Sequence[str]) -> Numbers:
    """Each path's folder's place among all folders."""
    numbers: dict[str, int] = {}
    own = [numbers.setdefault(os.path.dirname(path), len(numbers)) for path in paths]  # noqa: PTH120
    return _ranks([natural(folder) for folder in numbers])[np.array(own, np.int64)]


def _ranks(keys: Sequence[str]) -> Numbers:
    runs = [
        sorted(range(first, min(first + _RUN, len(keys))), key=keys.__getitem__) for first in range(0, len(keys), _RUN)
    ]
    ranks = [0] * len(keys)
    rank, before = -1, None
    for place in heapq.merge(*runs, key=keys.__getitem__):
        key = keys[place]
        if key != before:
            rank, before = rank + 1, key
        ranks[place] = rank
    return np.array(ranks, np.int64)
