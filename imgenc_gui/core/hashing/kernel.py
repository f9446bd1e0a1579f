"""Pillow's 8-bit Lanczos resampling and the haar wavelet, to be compiled. Imported by core/compiled alone.

The arithmetic is that of Pillow's Resample.c to the bit: weights in double precision, fixed to 22 bits, a horizontal
pass rounded to 8 bits, then a vertical one, both summed in 32-bit integers.

LLVM vectorises the inner loops only while every intermediate stays 32 bits wide and the operands are slices; so the
casts below are no decoration.
"""

import math
from collections.abc import Iterator
from types import ModuleType

import numpy as np
from numba import float64, int32, int64, types, uint8
from numpy.typing import NDArray

from imgenc_gui.core.compiled.declaring import compiled, inlined

_PRECISION = 22  # bits after the point
_HALF = np.int32(1 << (_PRECISION - 1))
_SUPPORT = 3.0  # Lanczos: three lobes
_SHORT, _LONG = 16, 32  # multiples to which few and many weights are filled up with zeros

_HAAR = 0.7071067811865476  # both taps of PyWavelets' haar low-pass filter
_BLOCK = 32  # five levels halve it to one

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int32]


@inlined
def _clip8(total: int) -> int:
    value = total >> _PRECISION
    return 0 if value < 0 else (min(value, 255))


@inlined
def _sinc(x: float) -> float:
    if x == 0.0:
        return 1.0
    x *= math.pi
    return math.sin(x) / x


_image = types.Array(uint8, 3, "C", readonly=True)
_table = types.Array(int32, 1, "C", readonly=True)
_spans = types.Array(int32, 2, "C", readonly=True)


@compiled(types.Tuple((int32[::1], int32[:, ::1]))(int64, int64[::1]))
def weights(size: int, targets: NDArray[np.int64]) -> tuple[Integers, Integers]:
    """Weights for resampling one axis of ``size`` pixels to each of several targets.

    Returns a table (all weights in a row) int32 and spans (sum of the targets, 4) int32: where an output pixel's
    weights begin in the table, which source pixel comes first, how many weights there are, and how many with the
    zeros behind them that fill the last vector: a loop over those has no slow remainder.
    """
    length = 0
    for target in targets:
        length += target * (int(math.ceil(_SUPPORT * max(size / target, 1.0))) * 2 + 1 + _LONG)
    table = np.zeros(length, np.int32)
    spans = np.empty((targets.sum(), 4), np.int32)
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
                value = (row[x] / total if total != 0.0 else row[x]) * (1 << _PRECISION)
                table[offset + x] = int(value - 0.5) if value < 0 else int(value + 0.5)
            multiple = _SHORT if count <= 3 * _SHORT else _LONG
            filled = (count + multiple - 1) // multiple * multiple
            spans[span, 0], spans[span, 1], spans[span, 2], spans[span, 3] = offset, first, count, filled
            offset += filled
            span += 1
    return table[:offset], spans


@compiled(types.void(_image, _table, _spans, uint8[:, :, ::1]))
def horizontal(
    image: NDArray[np.uint8], table: NDArray[np.int32], spans: NDArray[np.int32], out: NDArray[np.uint8]
) -> None:
    """Resample the rows of an image (h, w, 3) uint8 to all spans: out (h, spans, 3) uint8.

    Each row is split once into one plane per channel, whatever the number of targets.
    """
    height, width = image.shape[0], image.shape[1]
    padded = width + _LONG
    red, green, blue = np.zeros(padded, np.int16), np.zeros(padded, np.int16), np.zeros(padded, np.int16)
    for y in range(height):
        row = image[y]
        for x in range(width):
            red[x], green[x], blue[x] = row[x, 0], row[x, 1], row[x, 2]
        for o in range(spans.shape[0]):
            offset, first, count = spans[o, 0], spans[o, 1], spans[o, 3]
            k = table[offset : offset + count]
            r, g, b = red[first : first + count], green[first : first + count], blue[first : first + count]
            s0 = s1 = s2 = _HALF
            for x in range(k.size):
                s0 = int32(s0 + int32(int32(r[x]) * k[x]))
                s1 = int32(s1 + int32(int32(g[x]) * k[x]))
                s2 = int32(s2 + int32(int32(b[x]) * k[x]))
            out[y, o, 0], out[y, o, 1], out[y, o, 2] = _clip8(s0), _clip8(s1), _clip8(s2)


@compiled(types.void(uint8[:, ::1], int64, _table, _spans, uint8[:, ::1]))
def vertical(
    rows: NDArray[np.uint8], start: int, table: NDArray[np.int32], spans: NDArray[np.int32], out: NDArray[np.uint8]
) -> None:
    """Resample the columns of rows[:, start:start + w] (h, any) uint8: out (spans, w) uint8.

    The inner loop walks along the row, so that it vectorises.
    """
    width = out.shape[1]
    sums = np.empty(width, np.int32)
    for o in range(spans.shape[0]):
        offset, first, count = spans[o, 0], spans[o, 1], spans[o, 2]
        sums[:] = _HALF
        for y in range(count):
            k = table[offset + y]
            row = rows[first + y, start : start + width]
            for x in range(width):
                sums[x] = int32(sums[x] + int32(int32(row[x]) * k))
        for x in range(width):
            out[o, x] = _clip8(sums[x])


@compiled(types.void(types.Array(uint8, 2, "C", readonly=True), float64[:, ::1]))
def haar(image: NDArray[np.uint8], out: NDArray[np.float64]) -> None:
    """pywt.wavedec2(image / 255, "haar", level=5)[0] in PyWavelets' order of operations: (256, 256) uint8 to (8, 8).

    Block by block, so that the work stays in the processor's cache.
    """
    block = np.empty((_BLOCK, _BLOCK), np.float64)
    for top in range(0, image.shape[0], _BLOCK):
        for left in range(0, image.shape[1], _BLOCK):
            for y in range(_BLOCK):
                for x in range(_BLOCK):
                    block[y, x] = image[top + y, left + x] / 255
            side = _BLOCK
            while side > 1:
                for y in range(side // 2):
                    for x in range(side):
                        block[y, x] = block[2 * y, x] * _HAAR + block[2 * y + 1, x] * _HAAR
                for y in range(side // 2):
                    for x in range(side // 2):
                        block[y, x] = block[y, 2 * x] * _HAAR + block[y, 2 * x + 1] * _HAAR
                side //= 2
            out[top // _BLOCK, left // _BLOCK] = block[0, 0]


@compiled(types.void(_image, uint8[:, ::1]))
def grey(image: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Pillow's convert("L"): image (h, w, 3) uint8 to out (h, w) uint8."""
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            red, green, blue = int32(image[y, x, 0]), int32(image[y, x, 1]), int32(image[y, x, 2])
            out[y, x] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16


KNOWN_ANSWERS = {  # what the reference answers
    "weights": "d11ed5e3bc26da13",
    "horizontal": "ab84d0327e3f7e73",
    "vertical": "5ddb663140bf9a72",
    "haar": "e10b8ec340ca4115",
    "grey": "ba308d88064a1c5a",
}

_SIZES = ((131, 67), (7, 150), (1, 1))  # few and many weights, and every kind of remainder behind the vectors
_TARGETS = (32, 8, 9)


def answers(kernels: ModuleType) -> Iterator[tuple[str, list[Bytes] | list[Integers] | list[NDArray[np.float64]]]]:
    """What each kernel answers on made-up pictures."""
    images = [made_up(width, height) for width, height in _SIZES]
    targets = np.array(_TARGETS, np.int64)
    across = [kernels.weights(width, targets) for width, _ in _SIZES]
    down = [kernels.weights(height, targets) for _, height in _SIZES]
    yield "weights", [array for pair in across + down for array in pair]

    rows = [np.empty((len(image), sum(_TARGETS), 3), np.uint8) for image in images]
    for image, (table, spans), out in zip(images, across, rows, strict=True):
        kernels.horizontal(image, table, spans, out)
    yield "horizontal", rows

    results = []
    for flat, (table, spans) in zip((row.reshape(len(row), -1) for row in rows), down, strict=True):
        first = 0
        for target in _TARGETS:
            result = np.empty((target, target * 3), np.uint8)
            kernels.vertical(flat, first * 3, table, spans[first : first + target], result)
            results.append(result)
            first += target
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
