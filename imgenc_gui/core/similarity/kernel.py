"""The compiled part of comparing hashes. Imported only by ``compiled.CompiledModule``, because it imports numba.

An index of hashes by one part of their bits (see ``parts``) is ``starts`` (buckets + 1,), which says where each bucket
begins in ``kept`` (n,), the hashes bucket by bucket. Each function returns after some milliseconds, and goes on where
it was when it is called again: so whoever calls can look whether to stop.

LLVM vectorises the counting loops only while their indices are unsigned. They count how many are near before anybody
looks which, as hardly any are.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numba import boolean, int32, int64, types, uint8, uint32, uint64
from numba.extending import intrinsic
from numpy.typing import NDArray

from imgenc_gui.core.compiled.declaring import compiled, inlined

_TILE = 256  # hashes that are counted at once
_SHORT_TILE = 64  # where most who ask find something
_BUDGET = 1 << 24  # comparisons per call: some milliseconds
_FAR = np.uint64(0xFFFFFFFF)  # above every score of what is alike, and still fits into a key
_NUMBER = np.uint64(0xFFFFFFFF)  # the half of a key that is a picture's number
_HALF = np.uint64(32)
_ONE = np.uint64(1)

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Places = NDArray[np.int64]


@intrinsic  # type: ignore[untyped-decorator]
def _ones(context: Any, bits: Any) -> Any:  # noqa: ARG001
    """How many bits are set."""
    return uint64(uint64), lambda _, builder, __, values: builder.ctpop(values[0])


@inlined
def _most(columns: Hashes, said: NDArray[np.bool_], weights: Hashes, one: int, other: int) -> Any:
    """How alike two pictures are by the method by which they are least so."""
    most = uint64(0)
    for column in range(columns.shape[0]):
        score = _FAR
        if said[column, one] and said[column, other]:
            score = min(score, _ones(columns[column, one] ^ columns[column, other]) * weights[column])
        most = max(most, score)
    return most


_hashes = types.Array(uint64, 1, "C", readonly=True)
_columns = types.Array(uint64, 2, "C", readonly=True)
_masks = types.Array(uint32, 1, "C", readonly=True)
_places = types.Array(int64, 1, "C", readonly=True)
_said = types.Array(boolean, 2, "C", readonly=True)
_said_so = types.Array(boolean, 1, "C", readonly=True)


@compiled(
    int64(
        _places, _hashes, _places, _hashes, boolean, _masks, uint64, _columns,
        int64, int64, int64[::1], int32[::1], int32[::1], uint8[::1],
    )
)  # fmt: skip
def join(
    starts: Places,
    kept: Hashes,
    other_starts: Places,
    other_kept: Hashes,
    same: bool,
    masks: NDArray[np.uint32],
    within: int,
    earlier: Hashes,
    first: int,
    last: int,
    place: Places,
    first_out: Numbers,
    second_out: Numbers,
    distances_out: NDArray[np.uint8],
) -> int:
    """Put pairs of an index's hashes first to last and another index into the outputs; how many there were.

    ``same``: the other is this very one, and each pair is found once. ``earlier`` (parts, 3): shift, mask and radius of
    the parts whose pairs have been found before, and are passed over. ``place`` (4,): the bucket, mask, hash and other
    hash to go on with; when all is done the bucket is behind the last.
    """
    bucket, number, i, at = place[0], place[1], place[2], place[3]
    found = 0
    work = 0
    while bucket < starts.size - 1 and starts[bucket] < last:
        bucket_end = min(starts[bucket + 1], last)
        while number < masks.size and i < bucket_end:
            near = int64(uint32(bucket) ^ masks[number])
            start, end = other_starts[near], other_starts[near + 1]
            work += 1
            while i < bucket_end and start < end and (not same or near >= bucket):
                x = kept[i]
                at = max(at, i + 1 if same and near == bucket else start)
                work += end - at
                while at < end:
                    tile_end = min(at + _TILE, end)
                    hits = 0
                    for j in range(uint64(at), uint64(tile_end)):
                        hits += int64(_ones(x ^ other_kept[j]) <= within)
                    if hits > 0:
                        if found + hits > first_out.size:
                            place[0], place[1], place[2], place[3] = bucket, number, i, at
                            return found
                        for j in range(uint64(at), uint64(tile_end)):
                            difference = x ^ other_kept[j]
                            distance = _ones(difference)
                            if distance <= within:
                                is_new = True
                                for part in range(earlier.shape[0]):
                                    bits = _ones((difference >> earlier[part, 0]) & earlier[part, 1])
                                    is_new = is_new and bits > earlier[part, 2]
                                if is_new:
                                    first_out[found], second_out[found] = i, j
                                    distances_out[found] = distance
                                    found += 1
                    at = tile_end
                at = 0
                i += 1
                if work > _BUDGET:
                    place[0], place[1], place[2], place[3] = bucket, number, i, at
                    return found
            number += 1
            i = max(starts[bucket], first)
        bucket += 1
        number = 0
        i = max(starts[bucket], first)
    place[0], place[1], place[2], place[3] = starts.size - 1, 0, last, 0
    return found


@compiled(int64(_hashes, _said_so, int32[::1], uint64, uint64, int64[::1]))
def make_room(hashes: Hashes, said: NDArray[np.bool_], pictures: Numbers, shift: int, mask: int, starts: Places) -> int:
    """Say where the buckets of an index begin that is to hold these pictures, ``starts``; how many they are.

    Left out are those whose hashes say nothing.
    """
    for bucket in range(starts.size):
        starts[bucket] = 0
    for at in range(pictures.size):
        picture = int64(pictures[at])
        if said[picture]:
            starts[int64((hashes[picture] >> shift) & mask) + 1] += 1
    for bucket in range(1, starts.size):
        starts[bucket] += starts[bucket - 1]
    return int(starts[-1])


@compiled(
    int64(
        _hashes, _said_so, int32[::1], uint64, uint64, _places, int32[::1], uint64[::1], int32[::1],
    )
)  # fmt: skip
def fill(
    hashes: Hashes,
    said: NDArray[np.bool_],
    pictures: Numbers,
    shift: int,
    mask: int,
    starts: Places,
    counts: Numbers,
    kept: Hashes,
    numbers: Numbers,
) -> int:
    """Put pictures into an index, each behind those that are in its bucket; how many were put in."""
    put = 0
    for at in range(pictures.size):
        picture = int64(pictures[at])
        if said[picture]:
            x = hashes[picture]
            bucket = int64((x >> shift) & mask)
            place = starts[bucket] + counts[bucket]
            counts[bucket] += 1
            kept[place], numbers[place] = x, picture
            put += 1
    return put


@compiled(
    int64(
        _columns, _said, _hashes, boolean, int64, int32[::1], int64, int64,
        _places, int32[::1], uint64[::1], int32[::1], uint64, uint64, _masks, _places, uint64[::1],
    )
)  # fmt: skip
def nearest(
    columns: Hashes,
    said: NDArray[np.bool_],
    weights: Hashes,
    every: bool,
    column: int,
    asking: Numbers,
    first: int,
    last: int,
    starts: Places,
    counts: Numbers,
    kept: Hashes,
    numbers: Numbers,
    shift: int,
    mask: int,
    masks: NDArray[np.uint32],
    reach: Places,
    keys: Hashes,
) -> int:
    """Lower the keys of the pictures ``asking[first:last]`` to the nearest of an index; which of them is next.

    A key is score << 32 | number: the lowest is the nearest, among equals the best. The index may still grow: of
    each bucket ``counts`` are filled, with a ``column``'s hashes and the pictures' ``numbers``.
    """
    work = 0
    for at in range(first, last):
        picture = int64(asking[at])
        x = columns[column, picture]
        key = keys[picture]
        within = min((key >> _HALF) // weights[column], uint64(64))
        bucket = uint32((x >> shift) & mask)
        number = 0
        while number < reach[within]:
            near = int64(bucket ^ masks[number])
            number += 1
            count = int64(counts[near])
            if count == 0:
                continue
            start = starts[near]
            end = start + count
            for tile in range(start, end, _SHORT_TILE):
                tile_end = min(tile + _SHORT_TILE, end)
                hits = 0
                for j in range(uint64(tile), uint64(tile_end)):
                    hits += int64(_ones(x ^ kept[j]) <= within)
                if hits > 0:
                    for j in range(uint64(tile), uint64(tile_end)):
                        distance = _ones(x ^ kept[j])
                        if distance <= within:
                            score = distance * weights[column]
                            if every:
                                score = _most(columns, said, weights, picture, int64(numbers[j]))
                            key = min(key, score << _HALF | uint64(numbers[j]))
                    within = min((key >> _HALF) // weights[column], uint64(64))
            work += count
        work += number
        keys[picture] = key
        if work > _BUDGET:
            return at + 1
    return last


@compiled(
    int64(
        _columns, _said, _hashes, _hashes, boolean, int64, int64, int64,
        _places, _hashes, _hashes, types.Array(int64, 2, "C", readonly=True),
        int32[:, ::1], uint64[:, ::1], int32[:, ::1], uint64[::1],
    )
)  # fmt: skip
def settle(
    columns: Hashes,
    said: NDArray[np.bool_],
    weights: Hashes,
    withins: Hashes,
    every: bool,
    searched: int,
    first: int,
    last: int,
    table_columns: Places,
    shifts: Hashes,
    table_masks: Hashes,
    starts: Places,
    counts: Numbers,
    kept: Hashes,
    numbers: Numbers,
    keys: Hashes,
) -> int:
    """Make references of the pictures first to last that have none, best first, and put them into the indexes.

    The others' keys are lowered to them. ``searched``: the column by which what is alike is found, -1: each of them.
    """
    made = 0
    for picture in range(first, last):
        if keys[picture] & _NUMBER != _NUMBER:
            continue
        made += 1
        for column in range(columns.shape[0]):
            if (searched >= 0 and column != searched) or not said[column, picture]:
                continue
            hashes = columns[column]
            x = hashes[picture]
            within = withins[column]
            for at in range(picture + 1, last, _TILE):
                tile_end = min(at + _TILE, last)
                hits = 0
                for j in range(uint64(at), uint64(tile_end)):
                    hits += int64(_ones(x ^ hashes[j]) <= within)
                if hits > 0:
                    for j in range(uint64(at), uint64(tile_end)):
                        distance = _ones(x ^ hashes[j])
                        if distance <= within and said[column, j]:
                            score = distance * weights[column]
                            if every:
                                score = _most(columns, said, weights, picture, int64(j))
                            keys[j] = min(keys[j], score << _HALF | uint64(picture))
        for table in range(table_columns.size):
            column = table_columns[table]
            if said[column, picture]:
                x = columns[column, picture]
                bucket = int64((x >> shifts[table]) & table_masks[table])
                place = starts[table, bucket] + counts[table, bucket]
                counts[table, bucket] += 1
                kept[table, place], numbers[table, place] = x, picture
    return made


KNOWN_ANSWERS = {  # as the plainer way finds them
    "make_room": "89799720402b3b0f",
    "fill": "60405af26e658b5c",
    "join": "48df176e877c9311",
    "nearest": "f76a0b88d56f4b5d",
    "settle": "d8a3ebe2cd075514",
}


def answers(kernels: ModuleType) -> Iterator[tuple[str, list[NDArray[Any]]]]:
    """What each kernel answers on made-up hashes, by their last eight bits."""
    count = 600
    mixed = np.arange(count, dtype=np.uint64) // np.uint64(2) * np.uint64(0x9E3779B97F4A7C15)
    hashes = mixed ^ (np.arange(count, dtype=np.uint64) % np.uint64(2) << np.uint64(40))  # pairs, one bit apart
    buckets = (hashes & np.uint64(255)).astype(np.int64)
    order = np.argsort(buckets, kind="stable")
    starts = np.searchsorted(buckets[order], np.arange(257)).astype(np.int64)
    kept = hashes[order]
    masks = np.array([0, *(1 << np.arange(8))], np.uint32)

    says, pictures = np.arange(count) % 7 != 0, np.arange(count, dtype=np.int32)
    begins = np.zeros(257, np.int64)
    kernels.make_room(hashes, says, pictures, 0, 255, begins)
    yield "make_room", [begins]

    filled = np.zeros(256, np.int32), np.zeros(count, np.uint64), np.zeros(count, np.int32)
    for half in (pictures[: count // 2], pictures[count // 2 :]):
        kernels.fill(hashes, says, half, 0, 255, begins, *filled)
    yield "fill", list(filled)

    found = []
    for earlier in (np.empty((0, 3), np.uint64), np.array([[8, 255, 0]], np.uint64)):
        place = np.zeros(4, np.int64)
        out = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.uint8)
        pairs = kernels.join(starts, kept, starts, kept, True, masks, 16, earlier, 0, count, place, *out)
        found += [column[:pairs] for column in out]
    yield "join", found

    columns, said = np.stack([hashes, mixed]), np.ones((2, count), np.bool_)
    weights, withins, reach = np.array([3, 5], np.uint64), np.array([16, 9], np.uint64), np.full(65, 9, np.int64)
    keys = np.full(count, (48 << 32) + 0xFFFFFFFF, np.uint64)
    counts, numbers = np.diff(starts).astype(np.int32), order.astype(np.int32)
    asking = np.arange(count // 2, count, dtype=np.int32)
    for every in (False, True):
        kernels.nearest(
            columns, said, weights, every, 0, asking, 0, asking.size,
            starts, counts, kept, numbers, 0, 255, masks, reach, keys,
        )  # fmt: skip
    yield "nearest", [keys]

    keys[:] = (48 << 32) + 0xFFFFFFFF
    tables = np.zeros((1, 256), np.int32), np.zeros((1, count), np.uint64), np.zeros((1, count), np.int32)
    shifts, table_masks = np.zeros(1, np.uint64), np.full(1, 255, np.uint64)
    kernels.settle(
        columns, said, weights, withins, False, -1, 0, count,
        np.zeros(1, np.int64), shifts, table_masks, starts[np.newaxis], *tables, keys,
    )  # fmt: skip
    yield "settle", [*tables, keys]
