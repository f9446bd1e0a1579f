"""How one picture lies in another: turned, cropped, scaled, tilted. Found coarsely, then made exact and verified.

Pictures are grey, float32, 0 to 255. What is compared is their detail: grey values without the mean of what is around
them, by its contrast. So light and colours hardly matter.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.showing import upright
from imgenc_gui.core.stopping import Stop, check

Floats = NDArray[np.float32]
Numbers = NDArray[np.floating[Any]]

# All places are tried where the longer side has so many pixels, in these scales: up to crops of a tenth of the area.
_COARSE = 64
_FIELD = (2 * _COARSE, 2 * _COARSE)  # no place meets itself on the other side
_SCALES = tuple(1.06**step for step in range(21))
_LEAST_SHARE = 0.5  # of the smaller one that lies in the other
_LEAST_OVERLAP = 150  # pixels
_TRIED = 6
_COARSE_SURROUNDINGS = 1.5  # pixels, a Gaussian's sigma: peaks are to be narrow

# Then the likeliest are made exact, where what both show has so many pixels along its longer side.
_EXACTLY = 256
_SIZES = ((64, 2), (128, 1), (_EXACTLY, 1))  # and how many are left then
_SURROUNDINGS = 4.0
_STEPS = 8  # at most, at each size; four times as many at the last, where soft pictures go slowly
_EXACT = 0.03  # pixels; a smaller step is the last
_WILD = 20.0  # times the area
_OTHER_TURNS = (2, 3, 4, 5, 6, 7, 8)
_NOISE = 4.0  # of 255: fainter detail counts less

_BLOCK = 8
_TELLING = 0.25 * _BLOCK * _BLOCK  # a block's detail, squared: less tells nothing
_LEAST_BLOCKS = 16
# Of 1, the middle block's correlation: of pictures that share nothing 0.3 at most, of copies in place mostly 0.95.
_HOPELESS = 0.2
_AGREEING = 0.6
_EXCELLENT = 0.9
_HARDLY = 0.08  # less: soft copies have 0.07 less where they are than where they fit best, crops 0.12 and more


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Where the points of the first picture are in the second, once that is turned by ``turn``, an EXIF orientation.

    Points are (y, x), as shares of height and width: ``matrix @ point + offset``. ``agreement``: of the details in what
    both show, at most 1, by so many ``blocks`` that have any.
    """

    turn: int
    matrix: Numbers
    offset: Numbers
    agreement: float = 0.0
    blocks: int = 0

    @property
    def is_sure(self) -> bool:
        """Whether it is beyond doubt that both show the same there."""
        return self.agreement >= _AGREEING and self.blocks >= _LEAST_BLOCKS

    def inverse(self) -> Alignment:
        """Where the second's points are in the first."""
        inverse = np.linalg.inv(self.matrix)
        return replace(self, matrix=inverse, offset=-inverse @ self.offset)

    def overlap(self) -> tuple[Numbers, Numbers]:
        """The upper left and the lower right corner of what both show, in the first.

        Of a picture that lies there tilted, it is an upright rectangle between its corners.
        """
        there = self.inverse()
        corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], float) @ there.matrix.T + there.offset
        edges = np.sort(corners, axis=0)
        return np.clip(edges[:2].mean(axis=0), 0, 1), np.clip(edges[2:].mean(axis=0), 0, 1)

    def pixels(self, first: Sequence[int], second: Sequence[int]) -> tuple[Numbers, Numbers]:
        """Matrix and offset between the numbers of rows and columns, for pictures of these heights and widths."""
        mine, its = np.array(first, float), np.array(second, float)
        matrix = its[:, np.newaxis] * self.matrix / mine
        return matrix, its * self.offset + matrix @ (0.5, 0.5) - 0.5


def aligned(first: Floats, second: Floats, stop: Stop) -> Alignment | None:
    """How the second lies in the first; None where nothing in common is found. Raises StoppedError."""
    best: Alignment | None = None
    for starts in _starts(first, second, stop):
        left = starts
        for size, kept in _SIZES:
            tried = [_refined(first, second, one, size, stop) for one in left]
            left = sorted((one for one in tried if one.agreement > _HOPELESS), key=lambda one: -one.agreement)[:kept]
        if left and left[0].is_sure and (best is None or left[0].agreement > best.agreement):
            best = left[0]
        if best is not None and best.agreement >= _EXCELLENT:
            break  # what is only fair may lie better elsewhere: a lake's far side, upside down in the water
    return None if best is None else _simplest(first, second, best)


def _simplest(first: Floats, second: Floats, found: Alignment) -> Alignment:
    """The same, or all of both where that explains about as much: in soft pictures places are not exact."""
    if found.agreement >= _EXCELLENT:
        return found
    whole = Alignment(found.turn, np.eye(2), np.zeros(2))
    whole = _Pair(first, upright(second, found.turn), whole, _EXACTLY).judged(whole)
    return whole if whole.is_sure and whole.agreement > found.agreement - _HARDLY else found


def has_detail(picture: Floats) -> bool:
    """Whether there is enough in a picture to find it by."""
    values = _detail(_scaled(picture, min(1.0, _EXACTLY / max(picture.shape))))
    return int((_per_block(values * values) > _TELLING).sum()) >= 2 * _LEAST_BLOCKS


def warped(picture: Floats, matrix: Numbers, offset: Numbers, size: Sequence[int]) -> Floats:
    """A picture brought to another's place, interpolated linearly; NaN where it shows nothing."""
    height, width = size
    (yy, yx), (xy, xx) = matrix
    # Pillow's points are the pixels' corners.
    forward = (xx, xy, offset[1] + (1 - xx - xy) / 2, yx, yy, offset[0] + (1 - yx - yy) / 2)
    image = Image.fromarray(np.ascontiguousarray(picture))
    moved = image.transform((int(width), int(height)), Image.Transform.AFFINE, forward, Image.Resampling.BILINEAR)
    y, x = np.arange(height)[:, np.newaxis], np.arange(width)
    rows, columns = yy * y + yx * x + offset[0], xy * y + xx * x + offset[1]
    inside = _within(rows, picture.shape[0]) & _within(columns, picture.shape[1])
    return np.where(inside, np.asarray(moved), np.float32(np.nan))


def _within(places: Numbers, size: int) -> NDArray[np.bool_]:
    return (places >= 0) & (places <= size - 1)


def _starts(first: Floats, second: Floats, stop: Stop) -> Iterator[list[Alignment]]:
    """Yield where to begin, the likeliest kind first: all of both, anywhere, anywhere and turned."""
    yield [Alignment(1, np.eye(2), np.zeros(2))]
    yield _candidates(first, second, (1,), stop)
    yield _candidates(first, second, _OTHER_TURNS, stop)


def _scaled(picture: Floats, ratio: float) -> Floats:
    """A picture in another size, where that is smaller each pixel the mean of what it covers."""
    height, width = (max(1, round(side * ratio)) for side in picture.shape)
    if (height, width) == picture.shape:
        return picture
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0))


def _detail(picture: Floats, surroundings: float = _SURROUNDINGS) -> Floats:
    """What makes out a picture's detail, everywhere about as strong; near 0 where it is plain."""
    high = picture - _blurred(picture, surroundings)
    strength = _blurred(high * high, surroundings)
    values: Floats = high / np.sqrt(strength + np.float32(_NOISE**2))
    return values


def _blurred(picture: Floats, sigma: float) -> Floats:
    """The mean of what is around each pixel, to two ``sigma`` away, by a Gaussian's weights; edges are mirrors."""
    reach = round(2 * sigma)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        length = picture.shape[axis]
        wide = np.pad(picture, [(reach, reach) if axis == one else (0, 0) for one in (0, 1)], mode="symmetric")
        wide = np.moveaxis(wide, axis, 0)
        sums = sum(weight * wide[first : first + length] for first, weight in enumerate(weights))
        picture = np.moveaxis(np.asarray(sums), 0, axis)
    return picture


# --- anywhere -----------------------------------------------------------------------------------------------------


def _candidates(first: Floats, second: Floats, turns: Sequence[int], stop: Stop) -> list[Alignment]:
    """The likeliest places of one in the other, or partly so; the likeliest first."""

    def small(picture: Floats, scale: float) -> Floats:
        return _detail(_scaled(picture, _COARSE / scale / max(picture.shape)), _COARSE_SURROUNDINGS)

    found: list[tuple[float, Alignment]] = []
    whole, wholes = _Field(small(first, 1)), {turn: _Field(upright(small(second, 1), turn)) for turn in turns}
    for scale in _SCALES if turns == (1,) else _SCALES[::2]:  # of seven turns, in half the time
        check(stop)
        part, parts = _Field(small(first, scale)), small(second, scale)
        for turn in turns:
            score, place = whole.best_place(_Field(upright(parts, turn)), turn)
            found.append((score, place))
            score, place = wholes[turn].best_place(part, turn)
            found.append((score, place.inverse()))
    found.sort(key=lambda one: -one[0])
    return [place for _, place in found[:_TRIED]]


class _Field:
    """A small picture's detail and its spectra."""

    def __init__(self, values: Floats) -> None:
        self.shape = values.shape
        self.spectrum = np.fft.rfft2(values, _FIELD)
        self.power = np.fft.rfft2(values * values, _FIELD)

    def best_place(self, part: _Field, turn: int) -> tuple[float, Alignment]:
        """Return the likeliest place of a picture in this one, and how likely that is."""
        together = np.fft.irfft2(self.spectrum * part.spectrum.conj(), _FIELD)
        chance = np.fft.irfft2(self.power * part.power.conj(), _FIELD)  # the variance, had the two nothing in common
        rows, columns = (_overlaps(mine, its) for mine, its in zip(self.shape, part.shape, strict=True))
        size = math.prod(part.shape)
        enough = rows[:, np.newaxis] * columns >= min(size, max(_LEAST_OVERLAP, _LEAST_SHARE * size))
        score = np.where(enough, together / np.sqrt(np.maximum(chance, 1.0)), 0.0)
        best = int(score.argmax())
        place = np.array([one if one < _COARSE else one - 2 * _COARSE for one in divmod(best, 2 * _COARSE)], float)
        matrix = np.diag(np.array(self.shape, float) / part.shape)
        return float(score.flat[best]), Alignment(turn, matrix, -place / part.shape)


@functools.cache
def _overlaps(large: int, part: int) -> NDArray[np.int64]:
    """How many pixels of two rows meet, for each shift as the spectra have them."""
    shifts = np.arange(2 * _COARSE)
    shifts = np.where(shifts < _COARSE, shifts, shifts - 2 * _COARSE)
    common: NDArray[np.int64] = np.minimum(large, shifts + part) - np.maximum(0, shifts)
    return np.maximum(common, 0)


# --- exactly ------------------------------------------------------------------------------------------------------


def _refined(first: Floats, second: Floats, start: Alignment, size: int, stop: Stop) -> Alignment:
    """The same made exact, by small steps, with its agreement."""
    check(stop)
    pair = _Pair(first, upright(second, start.turn), start, size)
    for _ in range(4 * _STEPS if size == _EXACTLY else _STEPS):
        start, change = pair.step(start)
        if change < _EXACT:
            break
    return pair.judged(start)


class _Pair:
    """The detail of two pictures, in such a size that what both show has ``size`` pixels along its longer side."""

    def __init__(self, first: Floats, second: Floats, near: Alignment, size: int) -> None:
        start, end = near.overlap()
        # The second's pixels for one of the first's; neither is made larger.
        density = math.sqrt(abs(np.linalg.det(near.matrix)) * second.size / first.size)
        ratio = min(size / max(1.0, *((end - start) * first.shape)), 1.0, density)
        whole = _without_edges(_detail(_scaled(first, ratio)))
        self.second = _without_edges(_detail(_scaled(second, ratio / density)))
        self._whole = whole.shape
        top, left = np.floor(start * whole.shape).astype(int)
        bottom, right = np.ceil(end * whole.shape).astype(int)
        self._corner = np.array((top, left), float)
        self.first = whole[top:bottom, left:right]
        self._slopes = _slopes(self.first)
        y, x = np.indices(self.first.shape, np.float32)
        # As shares, from the middle.
        self._y, self._x = (y + top + 0.5) / whole.shape[0] - 0.5, (x + left + 0.5) / whole.shape[1] - 0.5

    def there(self, where: Alignment) -> Floats:
        """The second, as it lies in the first."""
        matrix, offset = where.pixels(self._whole, self.second.shape)
        return warped(self.second, matrix, offset + matrix @ self._corner, self.first.shape)

    def step(self, where: Alignment) -> tuple[Alignment, float]:
        """One of Gauss and Newton's, by the mean of both pictures' slopes; and how many pixels it goes at most."""
        there = self.there(where)
        rest, slopes = self.first - there, _slopes(there) + self._slopes
        inside = np.isfinite(rest) & np.isfinite(slopes).all(axis=0)
        if inside.sum() < _LEAST_BLOCKS:
            return where, 0.0
        height, width = self._whole
        dy, dx, rest = slopes[0][inside] * (height / 2), slopes[1][inside] * (width / 2), rest[inside]
        y, x = self._y[inside], self._x[inside]
        columns = np.stack([dy * y, dy * x, dy, dx * y, dx * x, dx])
        weighted = columns / (1 + rest * rest)  # what differs is nothing to go by
        normal = (weighted @ columns.T).astype(np.float64)
        normal += np.eye(6) * (1e-4 * np.trace(normal) / 6 + 1e-9)
        move = np.linalg.solve(normal, (weighted @ rest).astype(np.float64)).reshape(2, 3)
        turn, shift = move[:, :2], move[:, 2] - move[:, :2] @ (0.5, 0.5)
        moved = replace(where, matrix=where.matrix @ (np.eye(2) + turn), offset=where.offset + where.matrix @ shift)
        if not 1 / _WILD < abs(np.linalg.det(moved.matrix)) < _WILD:
            return where, 0.0
        return moved, float((np.abs(move).sum(axis=1) * (height, width)).max())

    def judged(self, where: Alignment) -> Alignment:
        """The same with how well the details agree."""
        there = self.there(where)
        inside = np.isfinite(there - self.first)
        there, here = np.where(inside, there, 0), np.where(inside, self.first, 0)
        own, its = _per_block(here * here), _per_block(there * there)
        told = (np.maximum(own, its) > _TELLING) & (_per_block(inside) > 0.7 * _BLOCK * _BLOCK)
        both = _per_block(here * there)[told] / np.sqrt(own * its + 1e-6)[told]
        return replace(where, agreement=float(np.median(both)) if both.size else 0.0, blocks=both.size)


def _without_edges(values: Floats) -> Floats:
    """Detail with NaN along its edges, where it depends on what one picture shows beyond them and the other doesn't."""
    margin = min(round(2 * _SURROUNDINGS), min(values.shape) // 8)
    if margin:
        values[:margin], values[-margin:], values[:, :margin], values[:, -margin:] = (np.nan,) * 4
    return values


def _slopes(picture: Floats) -> Floats:
    if min(picture.shape) < 2:  # noqa: PLR2004
        return np.zeros((2, *picture.shape), np.float32)
    return np.stack([np.gradient(picture, axis=axis) for axis in (0, 1)])


def _per_block(values: NDArray[Any]) -> Floats:
    """The sum of each block."""
    rows, columns = (side // _BLOCK for side in values.shape)
    cut = values[: rows * _BLOCK, : columns * _BLOCK].astype(np.float32)
    sums: Floats = cut.reshape(rows, _BLOCK, columns, _BLOCK).sum(axis=(1, 3))
    return sums
