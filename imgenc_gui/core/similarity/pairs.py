"""Which pairs are alike: all of them, between two sets, or with one query."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.similarity.engine import Progress, each_in_order, kernels_for, silent
from imgenc_gui.core.similarity.measures import Cosine, Hamming, Measure
from imgenc_gui.core.similarity.parts import Part, best_parts, spread
from imgenc_gui.core.stopping import Stop, check, never

_CHUNK = 1 << 17  # pairs that the kernels hand on at once
_SLICES = 64  # in which the hashes are handed to the threads
_SLICE = 1 << 22  # comparisons below which a slice isn't worth a thread
_ONE_ROW = 1 << 16  # columns of a tile of one row

Hashes = NDArray[np.uint64]


class Pairs(NamedTuple):
    """A chunk of pairs: pictures' numbers, and what is between them."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    values: NDArray[Any]  # distances in bits, uint8; similarities, float64


def pairs(
    measure: Hamming | Cosine,
    other: Hamming | Cosine | None = None,
    *,
    workers: int | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Generator[Pairs, None, None]:
    """Yield all pairs that are alike in chunks of at most a million; the threshold is that of ``measure``.

    Each pair of pictures comes once, first < second, in no particular order; with ``other``, first is a number in
    ``measure`` and second one in ``other``. At most a few chunks are in memory at once, however slowly they are taken.
    Raises StoppedError soon after ``stop()`` turns true.
    """
    if isinstance(measure, Hamming) and (other is None or isinstance(other, Hamming)):
        hamming = other or measure
        kernels = kernels_for(len(measure) * len(hamming), stop)
        if kernels is not None:
            yield from _by_kernels(
                kernels, measure, other, workers=workers or usable_processors(), stop=stop, progress=progress
            )
            return
    elif other is not None and type(other) is not type(measure):
        raise ValueError("Hashes can't be compared with vectors.")
    elif isinstance(other, Cosine) and isinstance(measure, Cosine) and other.length != measure.length:
        raise ValueError("Vectors of different lengths can't be compared.")
    for one in (measure, other or measure):
        one.prepare(stop)
    yield from _by_tiles(measure, other, stop, progress)


def neighbours(
    query: np.uint64 | NDArray[np.float32], among: Hamming | Cosine, *, stop: Stop = never
) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return the numbers of what is like ``query`` (a hash, or a vector), nearest first, and distances or similarities.

    The threshold is that of ``among``; equally near ones come by their number.
    """
    one: Hamming | Cosine
    if isinstance(among, Hamming):
        one = Hamming(np.array([query], np.uint64), among.within)
    else:
        one = Cosine(np.asarray(query, np.float32).reshape(1, -1), among.similarity)
    chunks = list(pairs(one, among, stop=stop))
    numbers = np.concatenate([chunk.second for chunk in chunks] or [np.empty(0, np.int32)])
    values = np.concatenate([chunk.values for chunk in chunks] or [one.values(numbers, numbers)])
    nearness = values if isinstance(among, Hamming) else -values
    order = np.lexsort((numbers, nearness))
    return numbers[order], values[order]


# --- numpy: tile by tile


def _by_tiles(measure: Measure, other: Measure | None, stop: Stop, progress: Progress) -> Iterator[Pairs]:
    ours = np.flatnonzero(measure.said)
    theirs = ours if other is None else np.flatnonzero(other.said)
    target = measure if other is None else other
    width = measure.rows if ours.size > 1 else _ONE_ROW if isinstance(measure, Hamming) else 4 * measure.rows
    for top in range(0, ours.size, measure.rows):
        rows = ours[top : top + measure.rows]
        block = measure.block(rows)
        for left in range(top if other is None else 0, theirs.size, width):
            check(stop)
            columns = theirs[left : left + width]
            alike = measure.may_be_alike(block, block if other is None and left == top else target.block(columns))
            if other is None and left == top:
                alike = np.triu(alike, 1)
            if alike.any():
                i, j = np.nonzero(alike)
                yield from _decided(measure, rows[i], columns[j], other)
        progress(min(top + measure.rows, ours.size), ours.size)


def _decided(measure: Measure, i: NDArray[Any], j: NDArray[Any], other: Measure | None) -> Iterator[Pairs]:
    values = measure.values(i, j, other)
    alike = np.isfinite(measure.scores(values))
    if alike.any():
        yield Pairs(i[alike].astype(np.int32), j[alike].astype(np.int32), values[alike])


# --- kernels: index by index


class _Index:
    """The hashes of a set, bucket by bucket of one part of their bits."""

    def __init__(self, hashes: Hashes, pictures: NDArray[np.int32] | None, part: Part) -> None:
        self.kept, self._pictures = hashes, pictures
        if part.width:
            buckets = part.buckets(hashes)
            order = np.argsort(buckets, kind="stable")  # of 16 bits: a radix sort
            self.kept = hashes[order]
            self._pictures = order.astype(np.int32) if pictures is None else pictures[order]
            counts = np.bincount(buckets, minlength=1 << part.width)
            self.starts = np.concatenate([[0], np.cumsum(counts)])
        else:
            self.starts = np.array([0, hashes.size])

    def pictures(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """Whose the hashes at these places are."""
        return places.copy() if self._pictures is None else self._pictures[places]


class _Search:
    """Finds the pairs of two indexes by one part."""

    def __init__(self, kernels: ModuleType, within: int, parts: Sequence[Part]) -> None:
        self._join = kernels.join
        self._within = within
        self._masks = parts[-1].masks
        earlier = [(part.shift, (1 << part.width) - 1, part.radius) for part in parts[:-1]]
        self._earlier = np.array(earlier, np.uint64).reshape(-1, 3)

    def pairs(self, index: _Index, other: _Index, first: int, last: int) -> Iterator[tuple[int, Pairs]]:
        """Yield (how many hashes are done, pairs) for the hashes first to last of the index."""
        bucket = int(np.searchsorted(index.starts, first, "right")) - 1
        place = np.array([bucket, 0, first, 0])
        while place[0] < len(index.starts) - 1:
            out = np.empty(_CHUNK, np.int32), np.empty(_CHUNK, np.int32), np.empty(_CHUNK, np.uint8)
            before = int(place[2])
            found = self._join(
                index.starts, index.kept, other.starts, other.kept, index is other,
                self._masks, self._within, self._earlier, first, last, place, *out,
            )  # fmt: skip
            i, j = index.pictures(out[0][:found]), other.pictures(out[1][:found])
            values = out[2][:found].copy()
            if index is other:
                i, j = np.minimum(i, j), np.maximum(i, j)
            yield int(place[2]) - before, Pairs(i, j, values)


def _by_kernels(
    kernels: ModuleType, measure: Hamming, other: Hamming | None, *, workers: int, stop: Stop, progress: Progress
) -> Iterator[Pairs]:
    hashes, pictures = _speaking(measure)
    other_hashes, other_pictures = (hashes, pictures) if other is None else _speaking(other)
    parts = best_parts(measure.within, other_hashes.size, hashes.size)
    if parts[0].width:
        hashes = spread(hashes)
        other_hashes = hashes if other is None else spread(other_hashes)
    slices = max(min(_SLICES, hashes.size * other_hashes.size // _SLICE), 1)
    edges = np.linspace(0, hashes.size, slices + 1).astype(np.int64).tolist()
    done = 0
    with ThreadPoolExecutor(workers, "comparing") as pool:
        for count, part in enumerate(parts, 1):
            check(stop)
            index = _Index(hashes, pictures, part)
            other_index = index if other is None else _Index(other_hashes, other_pictures, part)
            search = partial(_Search(kernels, measure.within, parts[:count]).pairs, index, other_index)
            steps = [partial(search, *edge) for edge in pairwise(edges)]
            for rows, found in each_in_order(steps, pool if slices > 1 else None, 2 * workers, stop):
                done += rows
                progress(done, len(parts) * hashes.size)
                if found.values.size:
                    yield found


def _speaking(measure: Hamming) -> tuple[Hashes, NDArray[np.int32] | None]:
    """The hashes that say something, and whose they are; None: as they come."""
    if measure.said.all():
        return measure.hashes, None
    pictures = np.flatnonzero(measure.said).astype(np.int32)
    return measure.hashes[pictures], pictures
