"""How one picture lies in another: turned, cropped, scaled, tilted. Found coarsely, then made exact and verified.

Pictures are grey, float32, 0 to 255. What is compared is their detail: grey values without the mean of what is around
them, by its contrast. So light and colours hardly matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.showing import upright
from imgenc_gui.core.stopping import Stop, check

Grey = NDArray[np.float32]
Numbers = NDArray[np.float64]

_COARSE = 64  # pixels along the longer side, where all places are tried
_SCALES = tuple(1.06**step for step in range(21))  # up to 3.2: a crop of a tenth of the area
_LEAST_SHARE = 0.5  # of the smaller one that lies in the other
_LEAST_OVERLAP = 150  # pixels, coarsely
_OTHER_TURNS = (2, 3, 4, 5, 6, 7, 8)
_ROUGHLY, _EXACTLY = (64, 128), (256,)  # pixels along what both show
_STEPS = 12  # at most, at each level
_EXACT = 0.03  # pixels; no further step is worth while
_SURROUNDINGS = 4.0  # pixels, a Gaussian's sigma
_NOISE = 2.5  # of 255: fainter detail counts less
_BLOCK = 8
_CANDIDATES = 4
_TELLING = 0.1 * _BLOCK * _BLOCK  # a block's detail, squared, by which it tells anything
AGREEING = 0.6
LEAST_BLOCKS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Where the points of the first picture are in the second, once that is turned by ``turn``, an EXIF orientation.

    Points are (y, x), as shares of height and width: ``matrix @ point + offset``. ``agreement``: of the details in what
    both show, at most 1. ``blocks``: how many blocks of detail that was told by.
    """

    turn: int
    matrix: Numbers
    offset: Numbers
    agreement: float = 0.0
    blocks: int = 0

    def inverse(self) -> Alignment:
        """Where the second's points are in the first."""
        inverse = np.linalg.inv(self.matrix)
        return replace(self, matrix=inverse, offset=-inverse @ self.offset)

    def overlap(self) -> tuple[Numbers, Numbers]:
        """The upper left and the lower right corner of what both show, in the first."""
        inverse = np.linalg.inv(self.matrix)
        corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)]) - self.offset
        y, x = np.sort((corners @ inverse.T).T, axis=1)
        # Of a tilted picture the upright rectangle between its corners.
        return (
            np.clip((y[:2].mean(), x[:2].mean()), 0, 1),
            np.clip((y[2:].mean(), x[2:].mean()), 0, 1),
        )


def resized(picture: Grey, height: int, width: int) -> Grey:
    """A picture in another size, where that is smaller each pixel the mean of what it covers."""
    if picture.shape == (height, width):
        return picture
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def scaled(picture: Grey, ratio: float) -> Grey:
    height, width = picture.shape
    return resized(picture, max(1, round(height * ratio)), max(1, round(width * ratio)))


def turned(picture: Grey, turn: int) -> Grey:
    """A picture turned by an EXIF orientation."""
    return upright(picture[:, :, np.newaxis], turn)[:, :, 0]


def detail(picture: Grey) -> Grey:
    """What makes out a picture's detail, everywhere about as strong; near 0 where it is plain."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415

    high = picture - gaussian_filter(picture, _SURROUNDINGS, truncate=2.0)
    strength = gaussian_filter(high * high, _SURROUNDINGS, truncate=2.0)
    return high / np.sqrt(strength + np.float32(_NOISE**2))


def candidates(first: Grey, second: Grey, turns: Sequence[int], stop: Stop) -> list[Alignment]:
    """The likeliest ways in which one lies in the other, or partly so; the likeliest first."""
    found: list[tuple[float, Alignment]] = []

    def note(place: tuple[float, int, int], whole: Grey, part: Grey, turn: int, *, inverse: bool) -> None:
        score, top, left = place
        matrix = np.diag(np.array(whole.shape) / part.shape)
        offset = -np.array((top, left), float) / part.shape
        if inverse:
            matrix = np.linalg.inv(matrix)
            offset = -matrix @ offset
        found.append((score, Alignment(turn, matrix, offset)))

    coarse = [detail(scaled(one, _COARSE / max(one.shape))) for one in (first, second)]
    wholes = {turn: _Field(turned(coarse[1], turn)) for turn in turns}
    whole = _Field(coarse[0])
    for scale in _SCALES:
        check(stop)
        part = detail(scaled(second, _COARSE / scale / max(second.shape)))
        for turn in turns:
            small = _Field(turned(part, turn))
            note(whole.best_place(small), coarse[0], small.values, turn, inverse=False)
        part = detail(scaled(first, _COARSE / scale / max(first.shape)))
        small = _Field(part)
        for turn, large in wholes.items():
            note(large.best_place(small), large.values, part, turn, inverse=True)
    found.sort(key=lambda one: -one[0])
    return [one for _, one in found[:_CANDIDATES]]


class _Field:
    """A picture's detail and its spectra."""

    def __init__(self, values: Grey) -> None:
        from scipy.fft import rfft2  # noqa: PLC0415

        self.values = values
        size = (2 * _COARSE, 2 * _COARSE)  # no place meets itself on the other side
        self.spectrum = rfft2(values, size)
        self.power = rfft2(values * values, size)

    def best_place(self, small: _Field) -> tuple[float, int, int]:
        """Return how sure it is that a smaller picture lies in this one, and its top and left there."""
        from scipy.fft import irfft2  # noqa: PLC0415

        size = (2 * _COARSE, 2 * _COARSE)
        together = irfft2(self.spectrum * small.spectrum.conj(), size)
        chance = irfft2(self.power * small.power.conj(), size)  # the variance of details that don't belong together
        rows, columns = (_overlaps(mine, its) for mine, its in zip(self.values.shape, small.values.shape, strict=True))
        common = rows[:, np.newaxis] * columns
        least = max(_LEAST_OVERLAP, _LEAST_SHARE * small.values.size)
        score = np.where(common >= min(least, small.values.size), together / np.sqrt(np.maximum(chance, 1.0)), 0.0)
        place = int(score.argmax())
        top, left = (one if one < _COARSE else one - 2 * _COARSE for one in divmod(place, 2 * _COARSE))
        return float(score.flat[place]), top, left


def _overlaps(large: int, small: int) -> NDArray[np.int64]:
    """How many pixels of two rows meet, for each shift as the spectra have them."""
    shifts = np.arange(2 * _COARSE)
    shifts = np.where(shifts < _COARSE, shifts, shifts - 2 * _COARSE)
    return np.maximum(np.minimum(large, shifts + small) - np.maximum(0, shifts), 0)


def aligned(first: Grey, second: Grey, stop: Stop) -> Alignment | None:
    """How the second lies in the first; None where nothing in common is found. The plainest is tried first."""
    here = Alignment(1, np.eye(2), np.zeros(2))
    ways: Iterator[list[Alignment]] = (
        [here] if turns is None else candidates(first, second, turns, stop) for turns in (None, (1,), _OTHER_TURNS)
    )
    for starts in ways:
        tried = [refined(first, second, start, _ROUGHLY, stop) for start in starts]
        best = refined(first, second, max(tried, key=lambda one: one.agreement), _EXACTLY, stop)
        if best.agreement >= AGREEING and best.blocks >= LEAST_BLOCKS:
            return best
    return None


def refined(first: Grey, second: Grey, start: Alignment, levels: Sequence[int], stop: Stop) -> Alignment:
    """The same made exact, by small steps (Gauss and Newton's), with its agreement."""
    current = start
    there = turned(second, start.turn)
    for level in levels:
        check(stop)
        pair = _Pair(first, there, current, level)
        for _ in range(_STEPS):
            moved = pair.step(current)
            if moved is None:
                break
            current, change = moved
            if change < _EXACT:
                break
    return _Pair(first, there, current, levels[-1]).judged(current)


class _Pair:
    """What both pictures show, about as large in both as ``level`` says."""

    def __init__(self, first: Grey, second: Grey, near: Alignment, level: int) -> None:
        start, end = near.overlap()
        extent = (end - start) * first.shape
        # Pixels of the second per pixel of the first.
        density = math.sqrt(abs(np.linalg.det(near.matrix)) * second.size / first.size)
        ratio = min(level / max(1.0, extent.max()), 1.0, density)
        self.first = detail(scaled(first, ratio))
        self.second = detail(scaled(second, min(1.0, ratio / density)))
        self.slopes = np.gradient(self.second)
        top, left = np.floor(start * self.first.shape).astype(int)
        bottom, right = np.ceil(end * self.first.shape).astype(int)
        self.corner = np.array((top, left), float)
        self.part = self.first[top:bottom, left:right]
        y, x = np.indices(self.part.shape, np.float32)
        shape = np.array(self.first.shape)
        self.y, self.x = (y + top + 0.5) / shape[0] - 0.5, (x + left + 0.5) / shape[1] - 0.5

    def sampled(self, where: Alignment, of: Grey, order: int = 1) -> Grey:
        from scipy.ndimage import affine_transform  # noqa: PLC0415

        mine, its = np.array(self.first.shape, float), np.array(self.second.shape, float)
        matrix = its[:, np.newaxis] * where.matrix / mine
        offset = its * (where.matrix @ ((self.corner + 0.5) / mine) + where.offset) - 0.5
        return affine_transform(of, matrix, offset, self.part.shape, order=order, mode="constant", cval=np.nan)

    def step(self, where: Alignment) -> tuple[Alignment, float] | None:
        """One step nearer, and how many pixels it goes at most; None where there is nothing to go by."""
        there = self.sampled(where, self.second)
        rest = self.part - there
        inside = np.isfinite(rest)
        if inside.sum() < _BLOCK * _BLOCK:
            return None
        rest = np.where(inside, rest, 0)
        weights = np.where(inside, 1 / (1 + rest * rest), 0)  # what differs is not what to go by
        height, width = self.second.shape
        dy = np.nan_to_num(self.sampled(where, self.slopes[0])) * height
        dx = np.nan_to_num(self.sampled(where, self.slopes[1])) * width
        columns = np.stack([dy * self.y, dy * self.x, dy, dx * self.y, dx * self.x, dx]).reshape(6, -1)
        weighted = columns * weights.ravel()
        normal = (weighted @ columns.T).astype(np.float64)
        normal += np.eye(6) * 1e-4 * np.trace(normal) / 6
        move = np.linalg.solve(normal, (weighted @ rest.ravel()).astype(np.float64)).reshape(2, 3)
        # Moves are about the first's middle.
        matrix = where.matrix + move[:, :2]
        offset = where.offset + move[:, 2] - move[:, :2] @ (0.5, 0.5)
        change = float((np.abs(move).sum(axis=1) * (height, width)).max())
        if not 0.05 < abs(np.linalg.det(matrix)) < 20:
            return None
        return replace(where, matrix=matrix, offset=offset), change

    def judged(self, where: Alignment) -> Alignment:
        there = self.sampled(where, self.second)
        inside = np.isfinite(there)
        there, here = np.where(inside, there, 0), np.where(inside, self.part, 0)
        own, its = _per_block(here * here), _per_block(there * there)
        told = np.maximum(own, its) > _TELLING
        told &= _per_block(inside.astype(np.float32)) > 0.7 * _BLOCK * _BLOCK
        both = _per_block(here * there)[told] / np.sqrt(own * its + 1e-6)[told]
        return replace(where, agreement=float(np.median(both)) if both.size else 0.0, blocks=both.size)


def _per_block(values: Grey) -> Grey:
    rows, columns = (side // _BLOCK for side in values.shape)
    cut = values[: rows * _BLOCK, : columns * _BLOCK]
    return cut.reshape(rows, _BLOCK, columns, _BLOCK).sum(axis=(1, 3))


def detail_blocks(picture: Grey) -> int:
    """How many blocks of a picture have enough detail to tell it by."""
    ratio = min(1.0, _EXACTLY[-1] / max(picture.shape))
    values = detail(scaled(picture, ratio))
    return int((_per_block(values * values) > _TELLING).sum())
