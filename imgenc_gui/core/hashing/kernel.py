"""Pillow's 8-bit Lanczos resampling and the haar wavelet, to be compiled. Imported by core/compiled alone.

The arithmetic is that of Pillow's Resample.c to the bit: weights in double precision, fixed to 22 bits, a horizontal
pass rounded to 8 bits, then a vertical one, both summed in 32-bit integers. The sums are made by ``lanes``; the rest is
loops that LLVM vectorises only while every intermediate stays 32 bits wide and the operands are slices: the casts below
are no decoration.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from types import ModuleType
from typing import Any

import numpy as np
from numba import float64, int16, int32, int64, types, uint8
from numpy.typing import NDArray

from imgenc_gui.core.compiled.declaring import compiled, inlined
from imgenc_gui.core.hashing import lanes, layout
from imgenc_gui.core.hashing.lanes import GROUP, GROUP_BYTES, PRECISION, settle, spread, weigh, weigh_both
from imgenc_gui.core.hashing.layout import CHANNELS, LANES, SETTLED, TILE, paired_rows, paired_shape, unpaired

PARTS = (lanes, layout)

_GROUPS = TILE // GROUP  # of pixels in a tile
_EDGE = 64  # bytes: what is too near a row's end to be read as a group, and zeros

_HALF = np.int32(1 << (PRECISION - 1))
_SUPPORT = 3.0  # Lanczos: three lobes

_HAAR = 0.7071067811865476  # both taps of PyWavelets' haar low-pass filter
_BLOCK = 32  # five levels halve it to one

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
_grey = types.Array(uint8, 2, "C", readonly=True)
_table = types.Array(int32, 1, "C", readonly=True)
_spans = types.Array(int32, 2, "C", readonly=True)
_pairs = types.Array(int16, 1, "C", readonly=True)
_sections = types.Array(int64, 2, "C", readonly=True)
_starts = types.Array(int64, 1, "C", readonly=True)


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


@compiled(types.Tuple((int16[::1], int64[:, ::1], int64[::1]))(_table, _spans, int64, int64))
def sections(table: Integers, spans: Integers, size: int, tile: int) -> tuple[Shorts, Longs, Longs]:
    """Weights as ``lanes`` takes them: in pairs of halves, and in sections, one tile of the ``size`` after the other.

    Returns the halves int16, sections (n, 5) int64 (output pixel, first pair in its tile, first half, how many pairs,
    whether there are high halves behind the low ones), and where each tile's sections begin, int64.
    """
    tiles = (size + tile - 1) // tile
    room = 0
    for o in range(spans.shape[0]):
        room += spans[o, 2] // tile + 2  # tiles that it may reach into
    found = np.empty((room, 5), np.int64)
    starts = np.zeros(tiles + 1, np.int64)
    place = 0
    n = 0
    for t in range(tiles):
        start = t * tile
        for o in range(spans.shape[0]):
            offset, first, count = spans[o, 0], spans[o, 1], spans[o, 2]
            begin, end, any_high = start + tile, start, 0
            for x in range(max(first, start), min(first + count, start + tile)):
                weight = table[offset + x - first]
                if weight != 0:
                    begin = min(begin, x)
                    end = x + 1
                    any_high |= (weight + 0x8000) >> 16
            if begin >= end:
                continue
            pair = (begin - start) // 2
            pairs = (end - start + 1) // 2 - pair
            found[n, 0], found[n, 1], found[n, 2], found[n, 3], found[n, 4] = o, pair, place, pairs, any_high != 0
            place += 4 * pairs if any_high != 0 else 2 * pairs
            n += 1
        starts[t + 1] = n
    halves = np.zeros(place, np.int16)  # not before: of large pictures most weights have no high half
    for t in range(tiles):
        for s in range(starts[t], starts[t + 1]):
            offset, first, count = spans[found[s, 0], 0], spans[found[s, 0], 1], spans[found[s, 0], 2]
            pairs = found[s, 3]
            begin = t * tile + 2 * found[s, 1]
            for x in range(max(first, begin), min(first + count, begin + 2 * pairs, (t + 1) * tile)):
                weight = table[offset + x - first]
                high = (weight + 0x8000) >> 16
                half = found[s, 2] + x - begin
                halves[half] = weight - (high << 16)
                if found[s, 4] != 0:
                    halves[half + 2 * pairs] = high
    return halves, found[:n], starts


@compiled(types.void(_image, _pairs, _sections, _starts, int64, uint8[:, ::1]))
def horizontal(image: Bytes, halves: Shorts, found: Longs, starts: Longs, columns: int, out: Bytes) -> None:
    """Resample the rows of an image (h, w, 3) uint8 to so many columns, by sections with tiles of ``TILE`` pixels.

    The results are in pairs of rows: out (pairs, at least as many bytes as have columns x 3 x 2) uint8. There is room
    for 16 rows at a time; those below the last one are its copies.
    """
    height, width = image.shape[0], image.shape[1]
    whole = max(0, 3 * width - GROUP_BYTES + 3 * GROUP) // (3 * GROUP)  # groups that can be read from a row
    size = TILE * LANES
    planes = np.zeros(CHANNELS * size, np.int16)
    edge = np.zeros((1, LANES, _EDGE), np.uint8)
    settled = (CHANNELS * columns + SETTLED - 1) // SETTLED
    sums = np.empty(settled * SETTLED * LANES, np.int32)
    for top in range(0, height, LANES):
        sums[:] = _HALF
        for t in range(len(starts) - 1):
            left = t * TILE
            groups = max(0, min(_GROUPS, whole - t * _GROUPS))
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
                total = found[s, 0] * CHANNELS * LANES
                _weigh(planes, found[s, 1] * 2 * LANES, size, 2 * LANES, halves, found[s], sums, total)
        settle(sums, settled, out, top // 2, out.shape[1])


@compiled(types.void(_grey, int64, _pairs, _sections, uint8[:, ::1]))
def vertical(rows: Bytes, start: int, halves: Shorts, found: Longs, out: Bytes) -> None:
    """Resample columns of pairs of rows (as of ``horizontal``), from ``start`` on, by sections without tiles.

    out (targets, w) uint8. Up to 47 columns behind those are read: 94 bytes.
    """
    step = CHANNELS * LANES
    sums = np.empty((out.shape[0], step), np.int32)
    for left in range(0, out.shape[1], step):
        sums[:] = _HALF
        for s in range(found.shape[0]):
            first = 2 * (start + left) + found[s, 1] * rows.shape[1]
            _weigh(rows, first, 2 * LANES, rows.shape[1], halves, found[s], sums, found[s, 0] * step)
        width = min(step, out.shape[1] - left)
        for o in range(out.shape[0]):
            totals, pixels = sums[o, :width], out[o, left : left + width]
            for x in range(width):
                pixels[x] = min(max(int32(totals[x] >> int32(PRECISION)), int32(0)), int32(255))


@inlined
def _weigh(
    data: Bytes | Shorts, first: int, apart: int, step: int, halves: Shorts, section: Longs, sums: Integers, total: int
) -> None:
    place, count = section[2], section[3]
    if section[4] != 0:
        weigh_both(data, first, apart, step, halves, place, count, sums, total)
    else:
        weigh(data, first, apart, step, halves, place, count, sums, total)


@compiled(types.void(_grey, float64[:, ::1]))
def haar(image: Bytes, out: NDArray[np.float64]) -> None:
    """pywt.wavedec2(image / 255, "haar", level=5)[0] in PyWavelets' order of operations: (256, 256) uint8 to (8, 8).

    Block by block, so that the work stays in the processor's cache.
    """
    weighed = np.empty(256, np.float64)
    for value in range(256):
        weighed[value] = value / 255 * _HAAR
    block = np.empty((_BLOCK // 2, _BLOCK), np.float64)
    for top in range(0, image.shape[0], _BLOCK):
        for left in range(0, image.shape[1], _BLOCK):
            for y in range(_BLOCK // 2):
                for x in range(_BLOCK):
                    block[y, x] = weighed[image[top + 2 * y, left + x]] + weighed[image[top + 2 * y + 1, left + x]]
            side = _BLOCK // 2
            while True:
                for y in range(side):
                    for x in range(side):
                        block[y, x] = block[y, 2 * x] * _HAAR + block[y, 2 * x + 1] * _HAAR
                side //= 2
                if side == 0:
                    break
                for y in range(side):
                    for x in range(2 * side):
                        block[y, x] = block[2 * y, x] * _HAAR + block[2 * y + 1, x] * _HAAR
            out[top // _BLOCK, left // _BLOCK] = block[0, 0]


@compiled(types.void(_image, uint8[:, ::1]))
def grey(image: Bytes, out: Bytes) -> None:
    """Pillow's convert("L"): image (h, w, 3) uint8 to out (h, w) uint8."""
    pixels, values = image.reshape(image.size), out.reshape(out.size)
    for i in range(values.size):
        red, green, blue = int32(pixels[3 * i]), int32(pixels[3 * i + 1]), int32(pixels[3 * i + 2])
        weighed = int32(red * int32(19595)) + int32(green * int32(38470)) + int32(blue * int32(7471))
        values[i] = int32(weighed + int32(0x8000)) >> int32(16)


KNOWN_ANSWERS = {  # what the reference answers
    "weights": "77909439b6769712",
    "sections": "9d5a2a78c078bd43",
    "horizontal": "e89c14697b72c6df",
    "vertical": "51752025d4d34d3c",
    "haar": "e10b8ec340ca4115",
    "grey": "07cb954795654699",
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

    across = [kernels.sections(*pair, width, TILE) for pair, (width, _) in zip(across, _SIZES, strict=True)]
    down = [
        [kernels.sections(*pair, height, height) for pair in pairs]
        for pairs, (_, height) in zip(down, _SIZES, strict=True)
    ]
    yield "sections", [array for three in (*across, *chain.from_iterable(down)) for array in three]

    columns = sum(_TARGETS)
    rows = [paired_rows(paired_shape(len(image), columns)) for image in images]
    for image, sections_, out in zip(images, across, rows, strict=True):
        kernels.horizontal(image, *sections_, columns, out)
    yield "horizontal", [unpaired(out, len(image), columns) for out, image in zip(rows, images, strict=True)]

    results = []
    for paired, all_sections in zip(rows, down, strict=True):
        start = 0
        for target, (halves, found, _) in zip(_TARGETS, all_sections, strict=True):
            results.append(np.empty((target, target * CHANNELS), np.uint8))
            kernels.vertical(paired, start, halves, found, results[-1])
            start += target * CHANNELS
    yield "vertical", results

    low = np.empty((2, 3), np.float64)
    kernels.haar(made_up(_BLOCK * 3, _BLOCK * 2)[:, :, 0].copy(), low)
    yield "haar", [low]

    greys = [np.empty(image.shape[:2], np.uint8) for image in images]
    for image, values in zip(images, greys, strict=True):
        kernels.grey(image, values)
    yield "grey", greys


def made_up(width: int, height: int) -> Bytes:
    """A picture of noise beside stripes of black and white, whose edges overshoot."""
    noise = np.arange(height * width * 3, dtype=np.uint32) * np.uint32(2654435761) >> np.uint32(24)
    image = noise.astype(np.uint8).reshape(height, width, 3)
    image[:, : width // 2] = np.where(np.arange(width // 2) // 5 % 2, 255, 0)[None, :, None]
    return image
