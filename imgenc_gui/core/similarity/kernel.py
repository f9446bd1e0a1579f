"""The compiled part of comparing hashes. Imported only by ``compiled.CompiledModule``, because it imports numba.

An index of hashes by one part of their bits (see ``parts``) is ``starts`` (buckets + 1,), which says where each bucket
begins in ``kept`` (n,), the hashes bucket by bucket; or, where it is still to grow, ``slots`` (see ``make_room``).
There ``rows`` are (n, methods), and ``said`` is whether each hash says anything. Each function returns after some
milliseconds, and goes on where it was when it is called again: so whoever calls can look whether to stop.

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
_AHEAD = 16  # pictures
_BUDGET = 1 << 24  # comparisons per call: some milliseconds
_FAR = np.uint64(0xFFFFFFFF)  # above every score of what is alike, and still fits into a key
_NUMBER = np.uint64(0xFFFFFFFF)  # the half of a key that is a picture's number
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_ANOTHER = np.uint64(1 << 32)  # in a bucket

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Places = NDArray[np.int64]


@intrinsic  # type: ignore[untyped-decorator]
def _ones(context: Any, bits: Any) -> Any:  # noqa: ARG001
    """How many bits are set."""
    return uint64(uint64), lambda _, builder, __, values: builder.ctpop(values[0])


@inlined
def _most(rows: Hashes, said: NDArray[np.bool_], weights: Hashes, one: int, other: int) -> Any:
    """How alike two pictures are by the method by which they are least so."""
    most = uint64(0)
    for column in range(rows.shape[1]):
        score = _FAR
        if said[one, column] and said[other, column]:
            score = min(score, _ones(rows[one, column] ^ rows[other, column]) * weights[column])
        most = max(most, score)
    return most


@inlined
def _lowered(
    rows: Hashes,
    said: NDArray[np.bool_],
    weights: Hashes,
    every: bool,
    column: int,
    picture: int,
    key: int,
    behind: int,
    any_will_do: bool,
    near: Hashes,
    slots: Hashes,
    kept: Hashes,
    numbers: Numbers,
    shift: int,
    mask: int,
    masks: NDArray[np.uint32],
    reach: Places,
) -> Any:
    """A picture's key after a look into an index for numbers below ``behind``, and how much work that was.

    ``near``: room for some slots, which are fetched at once: the memory is slow, but not busy.
    """
    x = rows[picture, column]
    bucket = uint32((x >> shift) & mask)
    within = min((key >> _HALF) // weights[column], uint64(64))
    work = 0
    first = 0
    while first < reach[within] and not (any_will_do and key & _NUMBER != _NUMBER):
        last = min(first + near.size, reach[within])
        for number in range(first, last):
            near[number - first] = slots[int64(bucket ^ masks[number])]
        number = first
        while number < min(last, reach[within]) and not (any_will_do and key & _NUMBER != _NUMBER):
            start = int64(near[number - first] & _NUMBER)
            end = start + int64(near[number - first] >> _HALF)
            number += 1
            work += end - start
            for tile in range(start, end, _SHORT_TILE):
                tile_end = min(tile + _SHORT_TILE, end)
                hits = 0
                for j in range(uint64(tile), uint64(tile_end)):
                    hits += int64(_ones(x ^ kept[j]) <= within)
                if hits > 0:
                    for j in range(uint64(tile), uint64(tile_end)):
                        distance = _ones(x ^ kept[j])
                        if distance <= within and numbers[j] < behind:
                            score = distance * weights[column]
                            if every:
                                score = _most(rows, said, weights, picture, int64(numbers[j]))
                            key = min(key, score << _HALF | uint64(numbers[j]))
                    within = min((key >> _HALF) // weights[column], uint64(64))
        first = last
    return key, work + first


@inlined
def _put(picture: int, x: int, shift: int, mask: int, slots: Hashes, kept: Hashes, numbers: Numbers) -> None:
    """Put a picture's hash into an index that has room for it."""
    bucket = int64((x >> shift) & mask)
    slot = slots[bucket]
    slots[bucket] = slot + _ANOTHER
    place = int64((slot & _NUMBER) + (slot >> _HALF))
    kept[place], numbers[place] = x, picture


_hashes = types.Array(uint64, 1, "C", readonly=True)
_rows = types.Array(uint64, 2, "C", readonly=True)
_masks = types.Array(uint32, 1, "C", readonly=True)
_places = types.Array(int64, 1, "C", readonly=True)
_said = types.Array(boolean, 2, "C", readonly=True)


@compiled(
    int64(
        _places, _hashes, _places, _hashes, boolean, _masks, uint64, _rows,
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


@compiled(int64(_rows, _said, int64, int32[::1], uint64, uint64, uint64[::1]))
def make_room(
    rows: Hashes, said: NDArray[np.bool_], column: int, pictures: Numbers, shift: int, mask: int, slots: Hashes
) -> int:
    """Say where the buckets of an index begin that is to hold these pictures; how many they are.

    A slot is how many the bucket holds << 32 | where it begins. Left out are those whose hashes say nothing.
    """
    for bucket in range(slots.size):
        slots[bucket] = 0
    for at in range(pictures.size):
        picture = int64(pictures[at])
        if said[picture, column]:
            slots[int64((rows[picture, column] >> shift) & mask)] += _ONE
    total = uint64(0)
    for bucket in range(slots.size):
        count = slots[bucket]
        slots[bucket] = total
        total += count
    return int(total)


@compiled(
    int64(_rows, _said, int64, int32[::1], uint64, uint64, uint64[::1], uint64[::1], int32[::1])
)  # fmt: skip
def fill(
    rows: Hashes,
    said: NDArray[np.bool_],
    column: int,
    pictures: Numbers,
    shift: int,
    mask: int,
    slots: Hashes,
    kept: Hashes,
    numbers: Numbers,
) -> int:
    """Put pictures into an index, each behind those that are in its bucket; how many were put in."""
    put = 0
    for at in range(pictures.size):
        picture = int64(pictures[at])
        if said[picture, column]:
            _put(picture, rows[picture, column], shift, mask, slots, kept, numbers)
            put += 1
    return put


@compiled(
    int64(
        _rows, _said, _hashes, boolean, boolean, int64, int32[::1], int64, int64,
        _hashes, _hashes, types.Array(int32, 1, "C", readonly=True), uint64, uint64, _masks, _places, uint64[::1],
    )
)  # fmt: skip
def nearest(
    rows: Hashes,
    said: NDArray[np.bool_],
    weights: Hashes,
    every: bool,
    better: bool,
    column: int,
    asking: Numbers,
    first: int,
    last: int,
    slots: Hashes,
    kept: Hashes,
    numbers: Numbers,
    shift: int,
    mask: int,
    masks: NDArray[np.uint32],
    reach: Places,
    keys: Hashes,
) -> int:
    """Lower the keys of the pictures ``asking[first:last]`` to the nearest of an index; which of them is next.

    A key is score << 32 | number: the lowest is the nearest, among equals the best. ``better``: only what has a lower
    number than who asks. The index holds a ``column``'s hashes and the pictures' ``numbers``; the askers come by their
    buckets, so that all lies in the processor's cache.
    """
    work = 0
    near = np.empty(_AHEAD, np.uint64)
    for at in range(first, last):
        picture = int64(asking[at])
        keys[picture], more = _lowered(
            rows, said, weights, every, column, picture, keys[picture], picture if better else rows.shape[0], False,
            near, slots, kept, numbers, shift, mask, masks, reach,
        )  # fmt: skip
        work += more
        if work > _BUDGET:
            return at + 1
    return last


@compiled(
    int64(
        _rows, _said, _hashes, boolean, int64, int64, int64,
        _places, _hashes, _hashes,
        types.Array(uint32, 2, "C", readonly=True), types.Array(int64, 2, "C", readonly=True),
        uint64[:, ::1], uint64[:, ::1], int32[:, ::1], uint64[::1],
    )
)  # fmt: skip
def settle(
    rows: Hashes,
    said: NDArray[np.bool_],
    weights: Hashes,
    every: bool,
    first: int,
    last: int,
    most: int,
    columns: Places,
    shifts: Hashes,
    table_masks: Hashes,
    masks: NDArray[np.uint32],
    reach: Places,
    slots: Hashes,
    kept: Hashes,
    numbers: Numbers,
    keys: Hashes,
) -> int:
    """Lower the keys of the pictures first to last, best first, to any reference that they are like; which is next.

    Those that are like none become references, and are put into the indexes, at most so many of them.
    """
    work = 0
    near = np.empty(_AHEAD, np.uint64)
    for block in range(first, last, _AHEAD):
        block_end = min(block + _AHEAD, last)
        # What the next few will look at first is fetched for all of them.
        for table in range(columns.size):
            column = columns[table]
            for picture in range(block, block_end):
                bucket = int64((rows[picture, column] >> shifts[table]) & table_masks[table])
                near[picture - block] = slots[table, bucket]
            for picture in range(block, block_end):
                near[picture - block] = kept[table, int64(near[picture - block] & _NUMBER)]
        for picture in range(block, block_end):
            key = keys[picture]
            for table in range(columns.size):
                column = columns[table]
                if said[picture, column] and key & _NUMBER == _NUMBER:
                    key, more = _lowered(
                        rows, said, weights, every, column, picture, key, picture, True,
                        near, slots[table], kept[table], numbers[table],
                        shifts[table], table_masks[table], masks[table], reach[table],
                    )  # fmt: skip
                    work += more
            keys[picture] = key
            if key & _NUMBER == _NUMBER:
                most -= 1
                for table in range(columns.size):
                    column = columns[table]
                    if said[picture, column]:
                        _put(
                            picture, rows[picture, column], shifts[table], table_masks[table],
                            slots[table], kept[table], numbers[table],
                        )  # fmt: skip
            if most == 0 or work > _BUDGET:
                return picture + 1
    return last


KNOWN_ANSWERS = {  # as the plainer way finds them
    "make_room": "fdc14af511bd65b9",
    "fill": "c4329b75f278065c",
    "join": "48df176e877c9311",
    "nearest": "4f89695a326118c2",
    "settle": "527593ce47d918d8",
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

    rows, says = np.stack([hashes, mixed], axis=1), np.ones((count, 2), np.bool_)
    says[::7, 0] = False
    pictures = np.arange(count, dtype=np.int32)
    slots = np.zeros(256, np.uint64)
    kernels.make_room(rows, says, 0, pictures, 0, 255, slots)
    yield "make_room", [slots.copy()]

    numbered, numbers = np.zeros(count + 1, np.uint64), np.zeros(count, np.int32)
    for half in (pictures[: count // 2], pictures[count // 2 :]):
        kernels.fill(rows, says, 0, half, 0, 255, slots, numbered, numbers)
    yield "fill", [slots, numbered, numbers]

    found = []
    for earlier in (np.empty((0, 3), np.uint64), np.array([[8, 255, 0]], np.uint64)):
        place = np.zeros(4, np.int64)
        out = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.uint8)
        pairs = kernels.join(starts, kept, starts, kept, True, masks, 16, earlier, 0, count, place, *out)
        found += [column[:pairs] for column in out]
    yield "join", found

    weights, reach = np.array([3, 5], np.uint64), np.full(65, 9, np.int64)
    keys = np.full(count, (48 << 32) + 0xFFFFFFFF, np.uint64)
    for every in (False, True):
        kernels.nearest(
            rows, says, weights, every, every, 0, pictures[count // 2 :], 0, count // 2,
            slots, numbered, numbers, 0, 255, masks, reach, keys,
        )  # fmt: skip
    yield "nearest", [keys]

    keys[:] = (48 << 32) + 0xFFFFFFFF
    tables = np.zeros((1, 256), np.uint64), np.zeros((1, count + 1), np.uint64), np.zeros((1, count), np.int32)
    kernels.make_room(rows, says, 0, pictures, 0, 255, tables[0][0])
    settled = 0
    while settled < count:
        settled = kernels.settle(
            rows, says, weights, False, settled, count, 100, np.zeros(1, np.int64), np.zeros(1, np.uint64),
            np.full(1, 255, np.uint64), masks[np.newaxis], reach[np.newaxis], *tables, keys,
        )  # fmt: skip
    yield "settle", [*tables, keys]
