"""Groups of alike pictures: a star each, never a chain.

Pictures of equal encodings are taken as one, as good as the best of them. Best first, each that is like no reference
so far becomes one; the others join the nearest of the references that are better than themselves (of equally near ones
the best). So a reference is the best of its group, and all its members are within the threshold of it.

A reference that nobody joined may still be like a picture that joined another: it is *near* its nearest such picture,
and is shown in that one's group. So whatever is like any other picture is in a group. What belongs where depends on
encodings and ranks alone, not on the pictures' order.

How near pictures are by several methods: each distance as a share of its threshold; by any of the methods, the
least of them counts, by all of them, the greatest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imgenc_gui.core.ordering import order_of
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.similarity.engine import Progress, kernels_for, silent
from imgenc_gui.core.similarity.measures import Cosine, Hamming, Measure
from imgenc_gui.core.similarity.stars import NONE, IndexedStars, ListedStars, Spread, Stars, TiledStars
from imgenc_gui.core.stopping import Stop, check, never

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]

_PIECE, _PIECE_OF_HASHES = 1024, 65_536  # pairs whose exact values are computed at once


class Group(NamedTuple):
    """Pictures' numbers. Members come nearest first, as do those that are near a member."""

    reference: int
    members: Numbers
    near: Numbers


@dataclass(frozen=True, slots=True)
class Groups:
    """Where each of n pictures belongs. Iterating yields the groups, that of the best reference first."""

    reference: Numbers  # (n,) the reference of the group it is in, its own number if that is itself; NONE: in no group
    via: Numbers  # (n,) what it is like: its reference, the member that it is near; its own number, or NONE, as above
    values: tuple[
        NDArray[Any], ...
    ]  # per measure (n,): between a picture and its via, in bits, or a similarity; NaN: none
    said: Mask  # (n,) False: left out, as its encodings say nothing
    order: Numbers  # the pictures in groups, group by group: reference, members, near ones

    @property
    def left_out(self) -> int:
        """How many pictures were left out."""
        return int(np.count_nonzero(~self.said))

    def __len__(self) -> int:
        return int(np.count_nonzero(self.reference[self.order] == self.order))

    def __iter__(self) -> Iterator[Group]:
        references = self.reference[self.order]
        edges = [*np.flatnonzero(references == self.order).tolist(), self.order.size]
        for first, last in pairwise(edges):
            others = self.order[first + 1 : last]
            joined = self.via[others] == self.order[first]
            yield Group(int(self.order[first]), others[joined], others[~joined])


@dataclass(slots=True, eq=False)
class Units:
    """Pictures of equal encodings taken as one, the best first: the same however near is alike.

    ``order``: the pictures that aren't left out, the best first. ``own``: to which unit each of these belongs.
    ``first``: each unit's first place in the order, where its best picture is.
    """

    ranks: NDArray[Any]
    said: Mask
    order: NDArray[Any]
    own: NDArray[Any]
    first: NDArray[Any]
    _spread: Spread | None = None

    @classmethod
    def of(cls, measures: Sequence[Measure], ranks: ArrayLike, *, every: bool, stop: Stop = never) -> Units:
        """Find out what stands for what, by the measures' encodings and the ranks. Raises StoppedError."""
        own_ranks = _checked(measures, np.asarray(ranks))
        combine = np.logical_and if every else np.logical_or
        said: Mask = combine.reduce([measure.said for measure in measures])
        order = np.argsort(own_ranks)
        order = order[said[order]]
        check(stop)
        own, first = distinct([column[order] for measure in measures for column in measure.codes(stop)])
        return cls(own_ranks, said, order.astype(np.int32), own.astype(np.int32), first.astype(np.int32))

    def spread(self, hashes: Sequence[Hamming]) -> Spread:
        """The units' hashes as the kernels take them."""
        if self._spread is None:
            self._spread = Spread(hashes, self.order[self.first])
        return self._spread


def groups(
    measures: Hamming | Cosine | Sequence[Hamming | Cosine],
    ranks: ArrayLike,
    *,
    every: bool = False,
    units: Units | None = None,
    workers: int | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Groups:
    """Group n pictures that are alike by any of the measures, or by all of them (``every``).

    ``ranks`` (n,): whole numbers, all different, the best picture's lowest (see ``best_first``). A picture is left out
    if none of its encodings says anything (``every``: if one of them doesn't). Takes some hundred bytes per picture,
    whatever is like what. ``units``: of the same encodings and ranks, from an earlier question with other thresholds.
    Raises StoppedError soon after ``stop()`` turns true.
    """
    chosen: list[Measure] = [measures] if isinstance(measures, (Hamming, Cosine)) else list(measures)
    for measure in chosen:
        measure.prepare(stop)
    found = units or Units.of(chosen, ranks, every=every, stop=stop)
    said = found.said
    order, own, first = (column.astype(np.int64) for column in (found.order, found.own, found.first))
    check(stop)
    onwards = _onwards(progress)
    own_workers = workers or usable_processors()
    stars = _stars(chosen, found, every=every, workers=own_workers, stop=stop, progress=onwards)
    stars.settle(onwards)
    is_lonely = (stars.nearest == NONE) & (np.bincount(own, minlength=first.size) == 1)
    is_lonely[stars.nearest[stars.nearest != NONE]] = False
    lonely = np.flatnonzero(is_lonely)
    near = stars.near(lonely, np.flatnonzero(stars.nearest != NONE))
    check(stop)

    # From units to pictures.
    best = order[first]
    unit_reference = np.where(stars.nearest == NONE, np.arange(first.size), stars.nearest)
    unit_via = unit_reference.copy()
    unit_reference[lonely] = np.where(near == NONE, NONE, unit_reference[near])
    unit_via[lonely] = near
    reference, via = np.full((2, said.size), NONE, np.int32)
    reference[order] = np.where(unit_reference == NONE, NONE, best[unit_reference])[own]
    via[order] = np.where(unit_via == NONE, NONE, best[unit_via])[own]
    placed = order[reference[order] != NONE]
    values, scores = _between(chosen, placed, via, stop, every=every)
    is_near = via[placed] != reference[placed]
    places = np.empty(said.size, np.int64)
    places[order] = np.arange(order.size)
    groups_places = 2 * places[reference[placed]] + is_near
    return Groups(reference, via, values, said, placed[np.lexsort((scores, groups_places))])  # of equals the best first


def best_first(
    pixels: ArrayLike, sizes: ArrayLike, times: ArrayLike, names: Sequence[str] | NDArray[Any]
) -> NDArray[np.int64]:
    """Return ranks: more pixels are better, then more bytes, then the older file, then the name that comes first.

    Numbers stand for names as well.
    """
    by_name = np.argsort(names, kind="stable") if isinstance(names, np.ndarray) else order_of(names)
    keys = np.asarray(times)[by_name], -np.asarray(sizes, np.int64)[by_name], -np.asarray(pixels, np.int64)[by_name]
    order = by_name[np.lexsort(keys)]
    ranks = np.empty_like(order)
    ranks[order] = np.arange(order.size)
    return ranks


def byte_copies(digests: ArrayLike, ranks: ArrayLike) -> Numbers:
    """Return of which picture each is a copy, byte by byte: the best one of the same digest; NONE: of no better one.

    ``digests`` (n,): of the files' content, anything that numpy can sort; an empty one, or 0, is not known.
    """
    given = np.asarray(digests)
    order = np.argsort(np.asarray(ranks), kind="stable")
    order = order[given[order] != given.dtype.type()]
    _, first, own = np.unique(given[order], return_index=True, return_inverse=True)
    copies = np.full(given.size, NONE, np.int32)
    copies[order] = order[first[own]]
    copies[order[first]] = NONE
    return copies


def _checked(measures: Sequence[Measure], ranks: NDArray[Any]) -> NDArray[Any]:
    if not measures or any(len(measure) != ranks.size for measure in measures):
        raise ValueError("There must be one measure or more, each of as many pictures as there are ranks.")
    if (np.diff(np.sort(ranks)) == 0).any():
        raise ValueError("Ranks must differ: which of two pictures is the better one?")
    return ranks


def distinct(columns: Sequence[NDArray[np.uint64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number rows of equal values in the order of their first ones: (rows,) numbers, and each number's first row."""
    order = np.lexsort(columns)
    is_new = np.zeros(order.size, np.bool_)
    is_new[:1] = True
    for column in columns:
        is_new[1:] |= np.diff(column[order]) != 0
    first = order[is_new]  # lexsort is stable
    number = np.empty(first.size, np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    own = np.empty(order.size, np.int64)
    own[order] = number[np.cumsum(is_new) - 1]
    return own, np.sort(first)


def _onwards(progress: Progress) -> Progress:
    """Progress that never goes back."""
    furthest = 0

    def report(done: int, total: int) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        progress(furthest, total)

    return report


def _stars(
    measures: Sequence[Measure], units: Units, *, every: bool, workers: int, stop: Stop, progress: Progress
) -> Stars:
    """Choose the quickest way, and begin it."""
    hashes = [measure for measure in measures if isinstance(measure, Hamming)]
    pictures = units.order[units.first].astype(np.int64)
    if len(hashes) == len(measures):
        count = pictures.size
        kernels = kernels_for(count**2 // 2, stop)
        if kernels is not None:
            if len(hashes) == 1:
                column = Hamming(hashes[0].hashes[pictures], hashes[0].within)

                def listing(done: int, total: int) -> None:
                    progress(done * count // total, count)

                listed = ListedStars.of(column, workers=workers, stop=stop, progress=listing)
                if listed is not None:
                    return listed
            return IndexedStars(kernels, hashes, every, units.spread(hashes), workers=workers, stop=stop)
    return TiledStars(measures, every, pictures, stop)


def _between(
    measures: Sequence[Measure], placed: Numbers, via: Numbers, stop: Stop, *, every: bool
) -> tuple[tuple[NDArray[Any], ...], NDArray[np.float64]]:
    """Return the values of each measure between pictures and their via (n,), and the scores of those ``placed``."""
    values = [np.full(via.size, np.nan) for _ in measures]
    scores = np.zeros(placed.size)
    piece = _PIECE_OF_HASHES if all(isinstance(measure, Hamming) for measure in measures) else _PIECE
    for first in range(0, placed.size, piece):
        check(stop)
        i = placed[first : first + piece]
        between = np.full((len(measures), i.size), np.inf)
        j = via[i]
        for measure, out, own in zip(measures, values, between, strict=True):
            both = measure.said[i] & measure.said[j]
            if both.all():
                out[i] = found = measure.values(i, j)
                own[:] = measure.scores(found)
            else:
                out[i[both]] = found = measure.values(i[both], j[both])
                own[both] = measure.scores(found)
        scores[first : first + piece] = between.max(axis=0) if every else between.min(axis=0)
    return tuple(values), scores
