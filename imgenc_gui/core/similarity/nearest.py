"""How far it is from pictures to the nearest other, whatever that is: for whoever looks for a threshold."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.similarity.engine import Progress, each_in_order, silent
from imgenc_gui.core.similarity.groups import distinct
from imgenc_gui.core.similarity.measures import HASH_BITS, Cosine, Hamming
from imgenc_gui.core.stopping import Stop, check, never

Numbers = NDArray[np.int64]
Found = tuple[NDArray[Any], Numbers]

_ROWS, _COLUMNS = 32, 4096  # of a tile of hashes: it stays in the processor's cache
_FAR = np.uint8(HASH_BITS + 1)


def nearest_others(
    measure: Hamming | Cosine,
    asked: Numbers,
    *,
    workers: int | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Found:
    """Return for each picture asked for the distance (bits) or similarity to its nearest other, and which that is.

    Asked for must be pictures whose encodings say something, and there must be another such. Of equally near ones it is
    that of the lowest number. Raises StoppedError.
    """
    measure.prepare(stop)
    said = np.flatnonzero(measure.said)
    own, first = distinct([column[said] for column in measure.codes(stop)])
    counts = np.bincount(own, minlength=first.size)
    ordered = np.argsort(own, kind="stable")
    seconds = ordered[np.minimum(np.cumsum(counts) - counts + 1, said.size - 1)]  # where there are two
    units = own[np.searchsorted(said, asked)]
    is_first = said[first[units]] == asked
    others = said[np.where(is_first, seconds[units], first[units])]
    is_hash = isinstance(measure, Hamming)
    values: NDArray[Any] = np.zeros(asked.size, np.uint8) if is_hash else np.ones(asked.size)
    alone = counts[units] == 1
    if alone.any():
        look = _hashes if isinstance(measure, Hamming) else _vectors
        values[alone], found = look(measure, said[first], units[alone], workers=workers, stop=stop, progress=progress)  # type: ignore[arg-type]
        others[alone] = said[first[found]]
    return values, others


def _hashes(
    measure: Hamming, pictures: Numbers, units: Numbers, *, workers: int | None, stop: Stop, progress: Progress
) -> Found:
    """All units with all, tile by tile."""
    hashes = measure.hashes[pictures]
    threads = workers or usable_processors()
    parts = [units[first : first + _ROWS] for first in range(0, units.size, _ROWS)]
    done: list[Found] = []
    with ThreadPoolExecutor(threads, "comparing") as pool:
        steps = [partial(_row_of_tiles, hashes, part) for part in parts]
        for found in each_in_order(steps, pool, 2 * threads, stop):
            done.append(found)
            progress(min(len(done) * _ROWS, units.size), units.size)
    values, others = zip(*done, strict=True)
    return np.concatenate(values), np.concatenate(others)


def _row_of_tiles(hashes: NDArray[np.uint64], units: Numbers) -> Iterator[Found]:
    best, others = np.full(units.size, _FAR), np.zeros(units.size, np.int64)
    asking = hashes[units, np.newaxis]
    for left in range(0, hashes.size, _COLUMNS):
        distances = np.bitwise_count(asking ^ hashes[left : left + _COLUMNS])
        inside = np.flatnonzero((units >= left) & (units < left + _COLUMNS))
        distances[inside, units[inside] - left] = _FAR
        nearer = np.flatnonzero(distances.min(axis=1) < best)
        at = distances[nearer].argmin(axis=1)
        best[nearer], others[nearer] = distances[nearer, at], at + left
    yield best, others


def _vectors(
    measure: Cosine, pictures: Numbers, units: Numbers, *, workers: int | None, stop: Stop, progress: Progress
) -> Found:
    """Products in single precision tell what may be nearer than what was found; the exact values decide."""
    del workers  # the products have threads of their own
    best, others = np.full(units.size, -np.inf), np.zeros(units.size, np.int64)
    for top in range(0, units.size, measure.rows):
        part = slice(top, min(top + measure.rows, units.size))
        asking = units[part]
        block = measure.block(pictures[asking])
        for left in range(0, pictures.size, measure.rows):
            check(stop)
            products = block @ measure.block(pictures[left : left + measure.rows]).T
            inside = np.flatnonzero((asking >= left) & (asking < left + measure.rows))
            products[inside, asking[inside] - left] = -np.inf
            # Both what is here and what may be nearer still are off by so much.
            least = np.maximum(products.max(axis=1) - 2 * measure.blur, best[part] - measure.blur)
            row, column = np.nonzero(products >= least[:, np.newaxis])
            exact = measure.values(pictures[asking[row]], pictures[column + left])
            order = np.lexsort((column, -exact, row))
            order = order[np.diff(row[order], prepend=-1) != 0]
            row, column, exact = row[order], column[order], exact[order]
            nearer = exact > best[part][row]
            best[part][row[nearer]] = exact[nearer]
            others[part][row[nearer]] = column[nearer] + left
        progress(part.stop, units.size)
    return best, others
