"""Finds references and who joins which, in memory that grows with the number of units, whatever is like what.

A unit stands for pictures of equal encodings; units are numbered best first. See ``groups`` for what is sought.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.similarity.engine import Progress
from imgenc_gui.core.similarity.measures import HASH_BITS, SCALE, Floats, Hamming, Mask, Measure, Numbers
from imgenc_gui.core.similarity.pairs import Pairs, pairs
from imgenc_gui.core.similarity.parts import Hashes, Part, best_parts, spread
from imgenc_gui.core.stopping import Stop, check

NONE = -1

_BATCH = 65_536  # units that look into the indexes together, bucket by bucket: so these stay in the processor's cache
_FEW = 8  # references for which the first indexes are cut, and how many times as many the next ones are for
_LISTED = 1  # pairs per unit up to which a list of them is kept
_NUMBER = np.uint64(0xFFFFFFFF)


class Stars(ABC):
    """The stars of units, each with the picture that has its encodings."""

    nearest: NDArray[np.int64]  # (units,) the reference that each joins; NONE: it is one itself

    @abstractmethod
    def settle(self, progress: Progress) -> None:
        """Find ``nearest``."""

    @abstractmethod
    def near(self, lonely: Numbers, joined: Numbers) -> NDArray[np.int64]:
        """Return which of the units ``joined`` each of those ``lonely`` is nearest to; NONE where none is alike."""


class TiledStars(Stars):
    """By numpy, for measures of all kinds: all units with all references, tile by tile."""

    def __init__(self, measures: Sequence[Measure], every: bool, pictures: Numbers, stop: Stop) -> None:  # noqa: FBT001
        self._measures = measures
        self._every = every
        self._pictures = pictures
        self._rows = min(measure.rows for measure in measures)
        self._stop = stop
        self.nearest = np.full(pictures.size, NONE, np.int64)
        self._scores = np.full(pictures.size, np.inf)

    def settle(self, progress: Progress) -> None:
        """Block by block: with all references so far, then with one another."""
        units = np.arange(self._pictures.size)
        for first in range(0, units.size, self._rows):
            block = units[first : first + self._rows]
            references = np.flatnonzero(self.nearest[:first] == NONE)
            self._lower(block, references, self.nearest, self._scores)
            self._settle(block)
            progress(first + block.size, units.size)

    def near(self, lonely: Numbers, joined: Numbers) -> NDArray[np.int64]:
        """Block by block with all who joined."""
        nearest, scores = np.full(self._pictures.size, NONE, np.int64), np.full(self._pictures.size, np.inf)
        for first in range(0, lonely.size, self._rows):
            self._lower(lonely[first : first + self._rows], joined, nearest, scores)
        return nearest[lonely]

    def _lower(self, units: Numbers, others: Numbers, nearest: NDArray[np.int64], scores: Floats) -> None:
        """Let the units go to the nearest of the others, if that is nearer than where they are."""
        blocks = self._blocks(units)
        for first in range(0, others.size, self._rows):
            check(self._stop)
            tile = others[first : first + self._rows]
            row, column, score = self._alike(units, blocks, tile, self._blocks(tile))
            order = np.lexsort((column, score, row))
            row, column, score = row[order], column[order], score[order]
            is_best = np.diff(row, prepend=NONE) != 0
            is_best[is_best] = score[is_best] < scores[units[row[is_best]]]
            nearest[units[row[is_best]]] = tile[column[is_best]]
            scores[units[row[is_best]]] = score[is_best]

    def _settle(self, units: Numbers) -> None:
        """Make references of the units that have none, and let those behind them go to them."""
        check(self._stop)
        blocks = self._blocks(units)
        row, column, score = self._alike(units, blocks, units, blocks)
        later = column > row
        row, score, behind = row[later], score[later], units[column[later]]
        edges = np.searchsorted(row, np.arange(units.size + 1))
        for unit, first, last in zip(units.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if first < last and self.nearest[unit] == NONE:
                those, their = behind[first:last], score[first:last]
                nearer = their < self._scores[those]
                self.nearest[those[nearer]] = unit
                self._scores[those[nearer]] = their[nearer]

    def _blocks(self, units: Numbers) -> list[NDArray[Any]]:
        return [measure.block(self._pictures[units]) for measure in self._measures]

    def _alike(
        self, units: Numbers, blocks: list[NDArray[Any]], others: Numbers, other_blocks: list[NDArray[Any]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Return rows, columns and scores of what is alike in a tile, row by row."""
        pictures, other_pictures = self._pictures[units], self._pictures[others]
        combine = np.logical_and if self._every else np.logical_or
        row, column = np.nonzero(
            combine.reduce(
                [
                    measure.may_be_alike(block, other)
                    & measure.said[pictures, np.newaxis]
                    & measure.said[np.newaxis, other_pictures]
                    for measure, block, other in zip(self._measures, blocks, other_blocks, strict=True)
                ]
            )
        )
        score = _combined_scores(self._measures, pictures[row], other_pictures[column], every=self._every)
        alike = np.isfinite(score)
        return row[alike], column[alike], score[alike]


class ListedStars(Stars):
    """From the list of all pairs of units, where that is short: nothing is as quick for what has little in common."""

    def __init__(self, listed: Pairs, count: int) -> None:
        order = np.lexsort((listed.second, listed.first))
        self._pairs = Pairs(*(column[order] for column in listed))
        self.nearest = np.full(count, NONE, np.int64)

    @classmethod
    def of(cls, measure: Hamming, *, workers: int, stop: Stop, progress: Progress) -> ListedStars | None:
        """Return the stars of all hashes, best first; None if there are more pairs than there is room for."""
        chunks = [Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.uint8))]
        room = _LISTED * len(measure)
        with closing(pairs(measure, workers=workers, stop=stop, progress=progress)) as found:
            for chunk in found:
                room -= chunk.values.size
                if room < 0:
                    return None
                chunks.append(chunk)
        return cls(Pairs(*map(np.concatenate, zip(*chunks, strict=True))), len(measure))

    def settle(self, progress: Progress) -> None:
        """Unit by unit: whoever comes first in pairs has met all that are better."""
        distances: dict[int, int] = {}
        for unit, behind, distance in zip(*(column.tolist() for column in self._pairs), strict=True):
            if unit not in distances and distance < distances.get(behind, HASH_BITS + 1):
                self.nearest[behind], distances[behind] = unit, distance
        progress(self.nearest.size, self.nearest.size)

    def near(self, lonely: Numbers, joined: Numbers) -> NDArray[np.int64]:
        """Look at the pairs from both sides."""
        del joined  # all that are like a reference have
        is_lonely = np.zeros(self.nearest.size, np.bool_)
        is_lonely[lonely] = True
        first, second, distances = self._pairs
        one, other = np.concatenate([first, second]), np.concatenate([second, first])
        kept = np.flatnonzero(is_lonely[one])
        one, other = one[kept], other[kept]
        order = np.lexsort((other, np.tile(distances, 2)[kept], one))
        one, other = one[order], other[order]
        is_nearest = np.diff(one, prepend=NONE) != 0
        nearest = np.full(self.nearest.size, NONE, np.int64)
        nearest[one[is_nearest]] = other[is_nearest]
        return nearest[lonely]


class Spread:
    """Hashes of units as the kernels take them, and what else is the same for all thresholds.

    ``rows`` (units, measures): the hashes, spread. ``said``: whether each says anything.
    """

    def __init__(self, measures: Sequence[Hamming], pictures: Numbers) -> None:
        self.rows: Hashes = np.stack([spread(measure.hashes[pictures]) for measure in measures], axis=1)
        self.said: Mask = np.stack([measure.said[pictures] for measure in measures], axis=1)
        self._rooms: dict[tuple[int, int, int], Hashes] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def room(self, kernels: ModuleType, column: int, part: Part) -> Hashes:
        """Where the buckets of an index begin that has room for all units."""
        key = column, part.shift, part.width
        if key not in self._rooms:
            self._rooms[key] = self.room_for(kernels, np.arange(len(self), dtype=np.int32), column, part)
        return self._rooms[key]

    def room_for(self, kernels: ModuleType, units: NDArray[np.int32], column: int, part: Part) -> Hashes:
        """Where they begin in one that has room for these."""
        slots = np.empty(1 << part.width, np.uint64)
        kernels.make_room(self.rows, self.said, column, units, part.shift, part.bits, slots)
        return slots


class IndexedStars(Stars):
    """By the kernels, for hashes: the references lie in indexes, in which each unit looks for the nearest."""

    def __init__(
        self,
        kernels: ModuleType,
        measures: Sequence[Hamming],
        every: bool,  # noqa: FBT001
        units: Spread,
        *,
        workers: int,
        stop: Stop,
    ) -> None:
        self._kernels = kernels
        self._workers = workers
        self._stop = stop
        self._spread = units
        self._weights = np.array([measure.weight for measure in measures], np.uint64)
        self._withins = [measure.within for measure in measures]
        self._every = every
        # What is alike by every measure is so by the one that finds the fewest.
        self._searched = int(np.argmin(self._withins)) if every else NONE
        self._count = len(units)

    def settle(self, progress: Progress) -> None:
        """First one by one: who is like none of the references so far is one. Then, on all threads, which is nearest.

        The indexes are cut anew, for many more, once they hold as many as they are good for.
        """
        keys = self._fresh_keys()
        units = np.arange(self._count, dtype=np.int32)
        with ThreadPoolExecutor(self._workers, "comparing") as pool:
            tables = self._tables(None, _FEW, self._count, pool)
            settled = 0
            while settled < self._count:
                check(self._stop)
                if tables.count >= tables.good_for:
                    tables = self._tables(None, _FEW * tables.count, self._count, pool)
                    tables.add(_references(keys, units[:settled]), pool)
                first = settled
                settled = self._kernels.settle(
                    self._spread.rows, self._spread.said, self._weights, self._every,
                    first, self._count, tables.good_for - tables.count,
                    tables.columns, tables.shifts, tables.bits, tables.masks, tables.reach,
                    tables.slots, tables.kept, tables.numbers, keys,
                )  # fmt: skip
                tables.count += _references(keys, units[first:settled]).size
                progress(settled // 2, self._count)
            self._lower(pool, units[keys & _NUMBER != _NUMBER], tables, keys, better=True)
        self.nearest = _units(keys)
        progress(self._count, self._count)

    def near(self, lonely: Numbers, joined: Numbers) -> NDArray[np.int64]:
        """Look into indexes of those who joined."""
        keys = self._fresh_keys()
        if joined.size and lonely.size:
            asked = joined.astype(np.int32)
            with ThreadPoolExecutor(self._workers, "comparing") as pool:
                tables = self._tables(asked, asked.size, lonely.size, pool)
                tables.add(asked, pool)
                self._lower(pool, lonely.astype(np.int32), tables, keys, better=False)
        return _units(keys)[lonely]

    def _fresh_keys(self) -> Hashes:
        return np.full(self._count, (SCALE << 32) + int(_NUMBER), np.uint64)

    def _tables(self, room: NDArray[np.int32] | None, count: int, queries: int, pool: ThreadPoolExecutor) -> _Tables:
        """Indexes with room for some units, None: for all; cut as is best for so many of them and so many questions."""
        good_for = 1 << count.bit_length()
        chosen = [
            (column, part)
            for column, within in enumerate(self._withins)
            if self._searched in {NONE, column}
            for part in best_parts(within, good_for, queries)
        ]
        return _Tables(self._kernels, chosen, self._spread, room=room, good_for=good_for, pool=pool)

    def _lower(
        self, pool: ThreadPoolExecutor, units: NDArray[np.int32], tables: _Tables, keys: Hashes, *, better: bool
    ) -> None:
        """Lower the units' keys to the nearest that lies in the tables: each thread those of its own units."""
        count = self._workers * (1 + units.size // _BATCH)
        edges = np.linspace(0, units.size, count + 1).astype(np.int64).tolist()
        slices = [units[first:last] for first, last in pairwise(edges)]
        for future in [pool.submit(self._look, own, tables, keys, better=better) for own in slices]:
            future.result()

    def _look(self, units: NDArray[np.int32], tables: _Tables, keys: Hashes, *, better: bool) -> None:
        rows, said = self._spread.rows, self._spread.said
        for table, (column, part) in enumerate(tables.chosen):
            asking = units[said[units, column]]
            asking = asking[np.argsort(part.buckets(rows[asking, column]), kind="stable")]
            first = 0
            while first < asking.size:
                check(self._stop)
                first = self._kernels.nearest(
                    rows, said, self._weights, self._every, better, column, asking, first, asking.size,
                    tables.slots[table], tables.kept[table], tables.numbers[table],
                    part.shift, part.bits, part.masks, part.reach, keys,
                )  # fmt: skip


class _Tables:
    """Indexes, one per column and part, with room for some units, None: for all; cut for a number of them."""

    def __init__(
        self,
        kernels: ModuleType,
        chosen: Sequence[tuple[int, Part]],
        units: Spread,
        *,
        room: NDArray[np.int32] | None,
        good_for: int,
        pool: ThreadPoolExecutor,
    ) -> None:
        parts = [part for _, part in chosen]
        size = len(units) if room is None else room.size
        self.chosen, self.good_for = chosen, good_for
        self.count = 0  # of the units that are in
        self._kernels, self._spread = kernels, units
        self.columns = np.array([column for column, _ in chosen], np.int64)
        self.shifts = np.array([part.shift for part in parts], np.uint64)
        self.bits = np.array([part.bits for part in parts], np.uint64)
        self.reach = np.stack([part.reach for part in parts])
        self.masks = np.zeros((len(parts), max(part.masks.size for part in parts)), np.uint32)
        self.slots = np.empty((len(parts), 1 << max(part.width for part in parts)), np.uint64)
        self.kept = np.empty((len(parts), size + 1), np.uint64)
        self.numbers = np.empty((len(parts), size), np.int32)

        def make_room(table: int) -> None:
            column, part = chosen[table]
            self.masks[table, : part.masks.size] = part.masks
            slots = self.slots[table, : 1 << part.width]
            slots[:] = (
                units.room(kernels, column, part) if room is None else units.room_for(kernels, room, column, part)
            )

        self._each(make_room, pool)

    def add(self, units: NDArray[np.int32], pool: ThreadPoolExecutor) -> None:
        """Put units in, behind those that are there."""
        self.count += units.size
        self._each(partial(self._add, units), pool)

    def _add(self, units: NDArray[np.int32], table: int) -> None:
        column, part = self.chosen[table]
        self._kernels.fill(
            self._spread.rows, self._spread.said, column, units, part.shift, part.bits,
            self.slots[table], self.kept[table], self.numbers[table],
        )  # fmt: skip

    def _each(self, work: Callable[[int], object], pool: ThreadPoolExecutor) -> None:
        for _ in pool.map(work, range(len(self.chosen))):
            pass


def _combined_scores(measures: Sequence[Measure], i: Numbers, j: Numbers, *, every: bool) -> Floats:
    """Return how alike pairs of pictures are: 0 to SCALE, inf for not alike."""
    scores = np.full((len(measures), i.size), np.inf)
    for measure, out in zip(measures, scores, strict=True):
        both = measure.said[i] & measure.said[j]
        out[both] = measure.scores(measure.values(i[both], j[both]))
    combined: Floats = scores.max(axis=0) if every else scores.min(axis=0)
    return combined


def _references(keys: Hashes, units: NDArray[np.int32]) -> NDArray[np.int32]:
    """Those of the units that join none."""
    references: NDArray[np.int32] = units[keys[units] & _NUMBER == _NUMBER]
    return references


def _units(keys: Hashes) -> NDArray[np.int64]:
    """Whom the keys lead to."""
    numbers = keys & _NUMBER
    return np.where(numbers == _NUMBER, NONE, numbers.astype(np.int64))
