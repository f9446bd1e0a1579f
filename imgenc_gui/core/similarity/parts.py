"""Cutting hashes into parts, so that what is near in all bits is found by what is near in one part.

Two hashes within d bits of each other are within a part's radius in at least one part, if the radii satisfy
sum(radius + 1) = d + 1. So whoever looks for what is near looks, part by part, into the few buckets near its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.similarity.measures import HASH_BITS

Hashes = NDArray[np.uint64]

_WIDEST = 16  # bits of a part: 65,536 buckets
_MOST = 8  # parts
_MAKE = 50  # putting a hash into an index
_PROBE = 20  # looking into a bucket; both as numbers of comparisons


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some bits of the (spread) hashes, and where what is near may lie. Each is made once."""

    shift: int
    width: int
    radius: int
    masks: NDArray[np.uint32]  # to exclusive-or with a bucket's number for the buckets near it, nearest first
    reach: NDArray[np.int64]  # (65,) how many of the masks are needed to find all within so many bits

    @property
    def bits(self) -> int:
        """As many bits as it is wide."""
        return (1 << self.width) - 1

    def buckets(self, hashes: Hashes) -> NDArray[np.uint16]:
        """The number of each hash's bucket."""
        return ((hashes >> np.uint64(self.shift)) & np.uint64(self.bits)).astype(np.uint16)


WHOLE = Part(0, 0, 0, np.zeros(1, np.uint32), np.ones(HASH_BITS + 1, np.int64))  # one bucket: all with all


@cache
def best_parts(within: int, count: int, queries: int) -> tuple[Part, ...]:
    """The cheapest way to find all within so many bits among ``count`` hashes; (WHOLE,) where no index pays."""
    making = _MAKE * count / max(queries, 1)
    cost, number = min(
        (_cost(within, number, count) + making * number, number) for number in range(HASH_BITS // _WIDEST, _MOST + 1)
    )
    return _cut(within, number) if cost < count else (WHOLE,)


def spread(hashes: Hashes) -> Hashes:
    """Put every fourth bit side by side, as neighbouring bits of a hash agree too often to tell pictures apart."""
    octets = np.ascontiguousarray(hashes, "<u8").view(np.uint8).reshape(-1, 8)
    table = _spreading()
    spreaded: Hashes = table[0][octets[:, 0]]
    for number in range(1, 8):
        spreaded |= table[number][octets[:, number]]
    return spreaded


@cache
def _spreading() -> NDArray[np.uint64]:
    """Where the bits of each octet's 256 values go: (8, 256)."""
    values = np.arange(256, dtype=np.uint64)
    table = np.zeros((8, 256), np.uint64)
    for bit in range(HASH_BITS):
        goal = np.uint64(bit % 4 * 16 + bit // 4)
        table[bit // 8] |= (values >> np.uint64(bit % 8) & np.uint64(1)) << goal
    return table


def _widths(number: int) -> list[int]:
    return [HASH_BITS // number + (part < HASH_BITS % number) for part in range(number)]


def _radii(within: int, number: int) -> list[int]:
    return [(within + 1) // number + (part < (within + 1) % number) - 1 for part in range(number)]


def _near(width: int, radius: int) -> int:
    """How many buckets lie within the radius of one."""
    return sum(math.comb(width, weight) for weight in range(radius + 1))


def _cost(within: int, number: int, count: int) -> float:
    return math.fsum(
        _near(width, radius) * (_PROBE + count / 2**width)
        for width, radius in zip(_widths(number), _radii(within, number), strict=True)
    )


@cache
def _cut(within: int, number: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    shift = 0
    radii = [_radii(bits, number) for bits in range(HASH_BITS + 1)]
    for part, width in enumerate(_widths(number)):
        radius = radii[within][part]
        reach = [_near(width, min(radii[bits][part], radius)) for bits in range(HASH_BITS + 1)]
        if radius < 0:  # the parts before suffice
            break
        parts.append(Part(shift, width, radius, _masks(width, radius), np.array(reach, np.int64)))
        shift += width
    return tuple(parts)


def _masks(width: int, radius: int) -> NDArray[np.uint32]:
    masks = [
        sum(1 << bit for bit in bits) for weight in range(radius + 1) for bits in combinations(range(width), weight)
    ]
    return np.array(masks, np.uint32)
