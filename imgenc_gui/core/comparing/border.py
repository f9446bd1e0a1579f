"""Where a threshold lies among the nearest distances of these very pictures, and the pairs on either side of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.comparing.comparable import Nearest

_PER_COSINE = 100  # bars: one for 0.01


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows and how far apart they are: bits, or a similarity."""

    one: int
    other: int
    value: float


class Border:
    """What the nearest distances tell of any threshold."""

    def __init__(self, nearest: Nearest) -> None:
        self.nearest = nearest
        self.method = nearest.method
        # Near first; a pair that is each other's nearest is one.
        self._rows = np.minimum(nearest.rows, nearest.others)
        self._others = np.maximum(nearest.rows, nearest.others)
        values = nearest.values.astype(np.float64)
        self._far = self._distances(values)
        order = np.lexsort((self._others, self._rows, self._far))
        self._rows, self._others, self._far = self._rows[order], self._others[order], self._far[order]
        again = (np.diff(self._rows) == 0) & (np.diff(self._others) == 0)
        self._firsts = np.flatnonzero(np.concatenate([np.ones(min(1, order.size), np.bool_), ~again]))

    def __len__(self) -> int:
        return self._far.size

    @cached_property
    def bars(self) -> NDArray[np.int64]:
        """How many rows have their nearest in each bar: 0 bits, 1 bit ...; or 1.00, 0.99 ... and what is below each."""
        return np.bincount(self._bar(self._far)) if len(self) else np.zeros(0, np.int64)

    def bar_of(self, value: float) -> int:
        """The bar of a distance."""
        return int(self._bar(np.array([self._distance(value)]))[0])

    def within(self, threshold: float) -> int:
        """How many rows have another within the threshold."""
        return int(np.searchsorted(self._far, self._distance(threshold), "right"))

    def inside(self, threshold: float, most: int) -> list[Pair]:
        """The pairs that are just within it, the farthest first."""
        end = int(np.searchsorted(self._far[self._firsts], self._distance(threshold), "right"))
        return [self._pair(place) for place in self._firsts[max(0, end - most) : end][::-1].tolist()]

    def outside(self, threshold: float, most: int) -> list[Pair]:
        """The pairs that are just outside, the nearest first."""
        first = int(np.searchsorted(self._far[self._firsts], self._distance(threshold), "right"))
        return [self._pair(place) for place in self._firsts[first : first + most].tolist()]

    def _bar(self, far: NDArray[np.float64]) -> NDArray[np.int64]:
        scaled = far if self.method.is_hash else np.round((1 + far) * _PER_COSINE, 6)
        return np.ceil(np.maximum(scaled, 0)).astype(np.int64)

    def _distances(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers that grow with the distance."""
        return values if self.method.is_hash else -values

    def _distance(self, value: float) -> float:
        return value if self.method.is_hash else -value

    def _pair(self, place: int) -> Pair:
        value = self._distance(float(self._far[place]))  # there and back is the same way
        return Pair(int(self._rows[place]), int(self._others[place]), value)
