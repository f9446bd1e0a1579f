"""Pillow's 8-bit Lanczos resampling, and the bits of the hashes, to be compiled. Imported by core/compiled alone.

The arithmetic is that of Pillow's Resample.c to the bit: weights in double precision, fixed to 22 bits, a horizontal
pass rounded to 8 bits, then a vertical one, both summed in 32-bit integers. The sums are made by ``lanes``; the rest is
loops that LLVM vectorises only while every intermediate stays 32 bits wide and the operands are slices: the casts below
are no decoration. Arrays are copied by loops: numba takes a second to compile an assignment to a slice.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from types import ModuleType
from typing import Any

import numpy as np
from numba import float64, int16, int32, int64, types, uint8, uint64
from numpy.typing import NDArray

from imgenc_gui.core.compiled.declaring import compiled, inlined
from imgenc_gui.core.hashing import lanes, layout
from imgenc_gui.core.hashing.lanes import (
    GROUP,
    GROUP_BYTES,
    HALF,
    PRECISION,
    fetch,
    settle,
    spread,
    weigh_across,
    weigh_down,
)
from imgenc_gui.core.hashing.layout import (
    ACROSS,
    CHANNELS,
    DOWN,
    LANES,
    SETTLED,
    TILE,
    joined,
    paired_rows,
    paired_shape,
)

PARTS = (lanes, layout)

_GROUPS = TILE // GROUP  # of pixels in a tile
_EDGE = 64  # bytes: what is too near a row's end to be read as a group, and zeros
_BLOCK = CHANNELS * LANES  # columns of pixels that are weighed down at once
_LINE = 64  # bytes of the processor's cache
_WORTH = 4  # pairs: to weigh fewer with both halves, where one is enough, costs less than to tell them apart

_SUPPORT = 3.0  # Lanczos: three lobes

_HAAR = 0.7071067811865476  # both taps of PyWavelets' haar low-pass filter
_LEVELS = 5
# The sum of a byte's products with these is the byte divided by 255, rounded once: the first product is exact.
_OF_255, _REST_OF_255 = float.fromhex("0x1.0101010101p-8"), float.fromhex("0x1.010101010101p-56")

Bytes = NDArray[np.uint8]
Shorts = NDArray[np.int16]
Integers = NDArray[np.int32]
Longs = NDArray[np.int64]


@inlined
def _sinc(x: float) -> float:
    if x == 0.0:
        return 1.0
    x *= math.pi
    return math.sin(x) / x


_image = types.Array(uint8, 3, "C", readonly=True)
_row = types.Array(uint8, 1, "C", readonly=True)
_grey = types.Array(uint8, 2, "C", readonly=True)
_table = types.Array(int32, 1, "C", readonly=True)
_spans = types.Array(int32, 2, "C", readonly=True)
_pairs = types.Array(int16, 1, "C", readonly=True)
_sections = types.Array(int64, 2, "C", readonly=True)
_starts = types.Array(int64, 1, "C", readonly=True)
_targets = types.Array(int64, 2, "C", readonly=True)


@compiled(types.Tuple((int32[::1], int32[:, ::1]))(int64, int64[::1]))
def weights(size: int, targets: Longs) -> tuple[Integers, Integers]:
    """Weights for resampling one axis of ``size`` pixels to each of several targets.

    Returns a table (all weights in a row) int32 and spans (sum of the targets, 3) int32: where an output pixel's
    weights begin in the table, which source pixel comes first, and how many there are.
    """
    length = 0
    for target in targets:
        length += target * (int(math.ceil(_SUPPORT * max(size / target, 1.0))) * 2 + 1)
    table = np.empty(length, np.int32)
    spans = np.empty((targets.sum(), 3), np.int32)
    row = np.empty(size, np.float64)
    offset = 0
    span = 0
    for target in targets:
        scale = size / target
        filter_scale = max(scale, 1.0)
        support = _SUPPORT * filter_scale
        step = 1.0 / filter_scale
        for out in range(target):
            centre = (out + 0.5) * scale
            first = max(int(centre - support + 0.5), 0)
            count = min(int(centre + support + 0.5), size) - first
            total = 0.0
            for x in range(count):
                distance = (x + first - centre + 0.5) * step
                row[x] = _sinc(distance) * _sinc(distance / _SUPPORT) if -_SUPPORT <= distance < _SUPPORT else 0.0
                total += row[x]
            for x in range(count):
                value = (row[x] / total if total != 0.0 else row[x]) * (1 << PRECISION)
                table[offset + x] = int(value - 0.5) if value < 0 else int(value + 0.5)
            spans[span, 0], spans[span, 1], spans[span, 2] = offset, first, count
            offset += count
            span += 1
    return table[:offset], spans


@compiled(types.Tuple((int16[::1], int64[:, ::1], int64[::1]))(_table, _spans, int64, int64, int64))
def sections(table: Integers, spans: Integers, size: int, tile: int, at_once: int) -> tuple[Shorts, Longs, Longs]:
    """Weights as ``lanes`` takes them: in pairs of halves, and in sections, one tile of the ``size`` after the other.

    Returns the halves int16, sections (n, 6) int64 (output pixel, first pair in its tile, first half, and how many
    pairs are weighed by low halves alone, by both, and by low ones alone again: multiples of ``at_once``), and where
    each tile's sections begin, int64.
    """
    unit = 2 * at_once
    tiles = (size + tile - 1) // tile
    room = 0
    for o in range(spans.shape[0]):
        room += spans[o, 2] // tile + 2  # tiles that it may reach into
    found = np.empty((room, 6), np.int64)
    starts = np.zeros(tiles + 1, np.int64)
    place = 0
    n = 0
    for t in range(tiles):
        start = t * tile
        for o in range(spans.shape[0]):
            offset, first, count = spans[o, 0], spans[o, 1], spans[o, 2]
            begin = high_begin = start + tile
            end = high_end = start
            for x in range(max(first, start), min(first + count, start + tile)):
                weight = table[offset + x - first]
                if weight != 0:
                    begin = min(begin, x)
                    end = x + 1
                if (weight + 0x8000) >> 16 != 0:
                    high_begin = min(high_begin, x)
                    high_end = x + 1
            if begin >= end:
                continue
            pair = (begin - start) // unit * at_once
            pairs = (end - start + unit - 1) // unit * at_once - pair
            before, both = pairs, 0
            if high_begin < high_end:
                before = (high_begin - start) // unit * at_once - pair
                both = (high_end - start + unit - 1) // unit * at_once - pair - before
                if before < _WORTH:
                    both += before
                    before = 0
                if pairs - before - both < _WORTH:
                    both = pairs - before
            found[n, 0], found[n, 1], found[n, 2] = o, pair, place
            found[n, 3], found[n, 4], found[n, 5] = before, both, pairs - before - both
            place += 2 * (pairs + both)
            n += 1
        starts[t + 1] = n
    halves = np.zeros(place, np.int16)  # not before: of large pictures most weights have no high half
    for t in range(tiles):
        for s in range(starts[t], starts[t + 1]):
            offset, first, count = spans[found[s, 0], 0], spans[found[s, 0], 1], spans[found[s, 0], 2]
            lows, before, both = found[s, 2], found[s, 3], found[s, 4]
            pairs = before + both + found[s, 5]
            begin = t * tile + 2 * found[s, 1]
            for x in range(max(first, begin), min(first + count, begin + 2 * pairs, (t + 1) * tile)):
                weight = table[offset + x - first]
                high = (weight + 0x8000) >> 16
                halves[lows + x - begin] = weight - (high << 16)
                if high != 0:
                    halves[lows + 2 * (pairs - before) + x - begin] = high
    return halves, found[:n], starts


@compiled(
    types.void(
        _image,
        *(_pairs, _sections, _starts, int64, int64),
        *(_pairs, _sections, _starts, _targets),
        uint8[:, ::1],
        uint8[::1],
    )
)
def resample(
    image: Bytes,
    across: Shorts,
    across_sections: Longs,
    across_starts: Longs,
    left: int,
    columns: int,
    down: Shorts,
    down_sections: Longs,
    down_starts: Longs,
    targets: Longs,
    rows: Bytes,
    out: Bytes,
) -> None:
    """Resample an image (h, w, 3) uint8 to the ``targets`` (width, height), whose pixels follow each other in ``out``.

    Of their columns, side by side, so many from the one at the ``left`` on are made, by sections of an own tile for
    each ``TILE`` pixels of the image. Between the two passes they stand in pairs of rows: ``rows`` (pairs, at least as
    many bytes as have columns x 3 x 2), for 16 rows at a time; those below the last one are its copies. The sections
    of each target down its columns follow each other, too.
    """
    _go_across(image, across, across_sections, across_starts, columns, rows)
    rest = np.empty(_BLOCK, np.uint8)
    place = 0
    column = -left  # where a target's begin in these rows
    for t in range(len(targets)):
        width, height = targets[t, 0], targets[t, 1]
        begin, end = CHANNELS * max(column, 0), CHANNELS * min(column + width, columns)
        for s in range(down_starts[t], down_starts[t + 1]):
            if begin >= end:
                break
            top = down_sections[s, 1] * rows.shape[1]
            line = place + CHANNELS * (down_sections[s, 0] * width - column)
            for first in range(begin, end - _BLOCK + 1, _BLOCK):
                _weigh_down(rows, top + 2 * first, down, down_sections[s], out, line + first)
            first = begin + (end - begin) // _BLOCK * _BLOCK
            if first < end:
                _weigh_down(rows, top + 2 * first, down, down_sections[s], rest, 0)
                for x in range(end - first):
                    out[line + first + x] = rest[x]
        place += CHANNELS * width * height
        column += width


@inlined
def _go_across(image: Bytes, halves: Shorts, found: Longs, starts: Longs, columns: int, out: Bytes) -> None:
    height, width = image.shape[0], image.shape[1]
    whole = max(0, 3 * width - GROUP_BYTES + 3 * GROUP) // (3 * GROUP)  # groups that can be read from a row
    size = TILE * LANES
    room = np.zeros(CHANNELS * size + _LINE // 2, np.int16)
    planes = room[(-room.ctypes.data & (_LINE - 1)) // 2 :]
    edge = np.zeros((1, LANES, _EDGE), np.uint8)
    settled = (CHANNELS * columns + SETTLED - 1) // SETTLED
    more_room = np.empty(settled * SETTLED * LANES + _LINE // 4, np.int32)
    sums = more_room[(-more_room.ctypes.data & (_LINE - 1)) // 4 :]
    for top in range(0, height, LANES):
        sums[:] = HALF
        for t in range(len(starts) - 1):
            left = t * TILE
            groups = max(0, min(_GROUPS, whole - t * _GROUPS))
            for y in range(top + LANES, min(top + 2 * LANES, height)):  # these come next: they are told to come near
                for byte in range(3 * left, min(3 * (left + TILE), 3 * width), _LINE):
                    fetch(image, 3 * width * y + byte)
            spread(image, top, height, 3 * width, 3 * left, groups, planes, 0, size)
            rest = min(width - left, TILE) - groups * GROUP
            if rest > 0:
                for lane in range(LANES):
                    row = image[min(top + lane, height - 1)]
                    for x in range(rest):
                        for channel in range(CHANNELS):
                            edge[0, lane, CHANNELS * x + channel] = row[left + groups * GROUP + x, channel]
                pair = groups * GROUP // 2
                spread(edge, 0, LANES, _EDGE, 0, (rest + GROUP - 1) // GROUP, planes, pair, size)
            for s in range(starts[t], starts[t + 1]):
                section = found[s]
                first, total = section[1] * 2 * LANES, section[0] * CHANNELS * LANES
                weigh_across(planes, first, size, halves, section[2], section[3], section[4], section[5], sums, total)
        settle(sums, settled, out, top // 2, out.shape[1])


@inlined
def _weigh_down(rows: Bytes, first: int, halves: Shorts, section: Longs, pixels: Bytes, target: int) -> None:
    weigh_down(rows, first, rows.shape[1], halves, section[2], section[3], section[4], section[5], pixels, target)


@compiled(types.void(_row, uint8[::1]))
def grey(pixels: Bytes, values: Bytes) -> None:
    """Pillow's convert("L"): so many pixels of 3 bytes, one after the other, to as many values."""
    for i in range(values.size):
        red, green, blue = int32(pixels[3 * i]), int32(pixels[3 * i + 1]), int32(pixels[3 * i + 2])
        weighed = int32(red * int32(19595)) + int32(green * int32(38470)) + int32(blue * int32(7471))
        values[i] = int32(weighed + int32(0x8000)) >> int32(16)


@compiled(types.void(_grey, float64[:, ::1]))
def haar(image: Bytes, out: NDArray[np.float64]) -> None:
    """pywt.wavedec2(image / 255, "haar", level=5)[0] in PyWavelets' order of operations: (32 h, 32 w) uint8 to (h, w).

    Row by row, so that the work stays in the processor's cache: each second row of a level makes one of the next.
    """
    above = np.empty(image.shape[1], np.float64)
    rows = np.empty((_LEVELS, 2, image.shape[1] // 2), np.float64)
    for y in range(0, image.shape[0], 2):
        one, other = image[y], image[y + 1]
        for x in range(len(above)):
            upper, lower = float64(int32(one[x])), float64(int32(other[x]))
            upper = (upper * _OF_255 + upper * _REST_OF_255) * _HAAR
            above[x] = upper + (lower * _OF_255 + lower * _REST_OF_255) * _HAAR
        row = y // 2
        width = len(above) // 2
        made = rows[0, row & 1]
        for x in range(width):
            made[x] = above[2 * x] * _HAAR + above[2 * x + 1] * _HAAR
        level = 0
        while row & 1 != 0 and level + 1 < _LEVELS:
            upper_row, lower_row = rows[level, 0, :width], rows[level, 1, :width]
            for x in range(width):
                upper_row[x] = upper_row[x] * _HAAR + lower_row[x] * _HAAR
            level += 1
            row //= 2
            width //= 2
            made = rows[level, row & 1]
            for x in range(width):
                made[x] = upper_row[2 * x] * _HAAR + upper_row[2 * x + 1] * _HAAR
        if level + 1 == _LEVELS:
            for x in range(width):
                out[row, x] = made[x]


@compiled(uint64(_grey))
def above_mean(grey: Bytes) -> int:
    """The bits of 64 values that are at least their mean, the first the most significant."""
    values = grey.reshape(grey.size)
    total = int64(0)
    for value in values:
        total += int64(value)
    bits: int = uint64(0)
    for value in values:
        bits = (bits << uint64(1)) | uint64(int64(value) * values.size >= total)
    return bits


@compiled(uint64(_grey))
def rising(grey: Bytes) -> int:
    """The bits of those of (8, 9) values that are more than their left neighbours."""
    bits: int = uint64(0)
    for y in range(grey.shape[0]):
        for x in range(1, grey.shape[1]):
            bits = (bits << uint64(1)) | uint64(grey[y, x] > grey[y, x - 1])
    return bits


@compiled(uint64(float64[:, ::1], int64))
def above_median(values: NDArray[np.float64], first: int) -> int:
    """The bits of the upper left (8, 8) of some values that are at least the median of those from the ``first`` on."""
    all_values = np.empty(64, np.float64)
    for y in range(8):
        for x in range(8):
            all_values[8 * y + x] = values[y, x]
    asked = all_values[first:]
    lower = upper = -np.inf  # of the two in the midst of their order, or of the one twice
    for value in asked:
        less = 0
        for other in asked:
            less += other < value
        if less <= (len(asked) - 1) // 2:
            lower = max(lower, value)
        if less <= len(asked) // 2:
            upper = max(upper, value)
    middle = upper if len(asked) % 2 != 0 else (lower + upper) / 2  # as numpy rounds it
    bits: int = uint64(0)
    for value in all_values:
        bits = (bits << uint64(1)) | uint64(value >= middle)
    return bits


KNOWN_ANSWERS = {  # what the reference answers
    "weights": "77909439b6769712",
    "sections": "38ca3f5a96d6b72a",
    "resample": "e3535a1e1e3b1fb6",
    "grey": "2fa9f1a5d33db21e",
    "haar": "e10b8ec340ca4115",
    "above_mean": "8ecd6c4ab716c676",
    "rising": "8400057b0c43e587",
    "above_median": "929660fbab32a614",
}

# Few and many weights, of one half and of both, more than a tile, and every kind of remainder; the results of the first
# picture fill what is made for them to the last byte.
_SIZES = ((1203, 64), (7, 150), (1, 1))
_TARGETS = (31, 8, 9)


def answers(kernels: ModuleType) -> Iterator[tuple[str, Sequence[NDArray[Any]]]]:
    """What each kernel answers on made-up pictures."""
    images = [made_up(width, height) for width, height in _SIZES]
    targets = np.array(_TARGETS, np.int64)
    across = [kernels.weights(width, targets) for width, _ in _SIZES]
    down = [[kernels.weights(height, targets[i : i + 1]) for i in range(len(targets))] for _, height in _SIZES]
    yield "weights", [array for pair in (*across, *chain.from_iterable(down)) for array in pair]

    across = [kernels.sections(*pair, width, TILE, ACROSS) for pair, (width, _) in zip(across, _SIZES, strict=True)]
    down = [
        [kernels.sections(*pair, height, height, DOWN) for pair in pairs]
        for pairs, (_, height) in zip(down, _SIZES, strict=True)
    ]
    yield "sections", [array for three in (*across, *chain.from_iterable(down)) for array in three]

    results = []
    columns = sum(_TARGETS)
    sizes = np.array([(target, target) for target in _TARGETS], np.int64)
    for image, sections_, all_down in zip(images, across, down, strict=True):
        rows = paired_rows(paired_shape(len(image), columns))
        results.append(np.empty(3 * sum(target * target for target in _TARGETS), np.uint8))
        kernels.resample(image, *sections_, 0, columns, *joined(all_down), sizes, rows, results[-1])
    yield "resample", results

    greys = [np.empty(image.size // CHANNELS, np.uint8) for image in images]
    for image, values in zip(images, greys, strict=True):
        kernels.grey(image.reshape(-1), values)
    yield "grey", greys

    low = np.empty((2, 3), np.float64)
    kernels.haar(made_up(96, 64)[:, :, 0].copy(), low)
    yield "haar", [low]

    one = made_up(40, 20)[:8, 20:, 1]  # of noise alone
    yield "above_mean", [np.array([kernels.above_mean(one[:, :8].copy())], np.uint64)]
    yield "rising", [np.array([kernels.rising(one[:, :9].copy())], np.uint64)]
    yield (
        "above_median",
        [np.array([kernels.above_median(one[:, :9] / 7, first) for first in (0, 1)], np.uint64)],
    )


def made_up(width: int, height: int) -> Bytes:
    """A picture of noise beside stripes of black and white, whose edges overshoot."""
    noise = np.arange(height * width * 3, dtype=np.uint32) * np.uint32(2654435761) >> np.uint32(24)
    image = noise.astype(np.uint8).reshape(height, width, 3)
    image[:, : width // 2] = np.where(np.arange(width // 2) // 5 % 2, 255, 0)[None, :, None]
    return image
