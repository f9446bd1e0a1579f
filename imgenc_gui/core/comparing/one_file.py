"""Which names are names of one file, through links or a folder that is reached in two ways: no copy of one another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.stopping import Stop, check


def files(paths: Sequence[str], rows: Iterable[int], stop: Stop) -> NDArray[np.int32]:
    """Return a number for each path, the same for names of one file; 0 for paths not asked about, or not there.

    ``rows``: which paths to ask the disk about. Raises StoppedError.
    """
    numbers = np.zeros(len(paths), np.int32)
    known: dict[tuple[int, int], int] = {}
    for row in rows:
        check(stop)
        try:
            told = os.stat(paths[row])  # noqa: PTH116 - 100,000 paths
        except (OSError, ValueError):  # gone, or no name that a disk takes
            continue
        if told.st_ino:  # some disks don't tell
            numbers[row] = known.setdefault((told.st_dev, told.st_ino), len(known) + 1)
    return numbers
