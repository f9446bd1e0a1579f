"""Two pictures compared pixel by pixel, at a common size."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.comparing.aligning import Alignment, Floats, Numbers, aligned, has_detail, warped
from imgenc_gui.core.formats.reading import read_picture, read_thumbnail, upright
from imgenc_gui.core.records.compared import WHOLE, Framing, Levels, Part, Pixels
from imgenc_gui.core.records.results import WarningCode
from imgenc_gui.core.stopping import Stop, check, never

LONGEST = 1024  # pixels of the longer side, at which two pictures are compared
_STRIP = 256  # rows of that
_BLOCK = 8
_EDGE = 0.005  # of a side: what is less isn't said to be cropped

# A block differs visibly by so much, of 255, and by so much of its own contrast: copies are sharper, softer or noisier.
_VISIBLE = 12.0
_VISIBLE_OF_CONTRAST = 0.7
_STRIKING = 2.0  # times that: what no copy does, so a few such blocks are a spot that was changed
_CLIPPED = (3.0, 252.0)
_NEARLY_GREY = 16.0
_ENOUGH_GREYS = 0.01  # of the area, to tell by them which way colours went
_FEW_COLOURS = 3.0
_GREY = np.array((0.299, 0.587, 0.114), np.float32)

_PLAIN = 4.0  # of 255: what varies by less is of one colour
_PLAIN_SIDE = 32  # pixels at which pictures without detail are compared
_PLAINLY_SAME = 0.995


def compare_pixels(first: str, second: str, *, stop: Stop = never) -> Pixels:
    """Read two files and tell what differs between their pictures. On any thread; about a second for 12 megapixels.

    One after the other is in memory with all its pixels. Raises ReadError as reading does, and StoppedError.
    """
    one, other = _read(first, stop), _read(second, stop)
    if other.order < one.order:  # the same answer in either order
        return _compared(other, one, stop).swapped()
    return _compared(one, other, stop)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A picture, upright. ``digest``: of the file; ``pixels``: of all pixels. ``size``: height and width of these.

    ``is_exact``: they are all that the file holds. ``small``: RGB float32, as it is compared.
    """

    digest: str
    pixels: str
    size: tuple[int, int]
    is_exact: bool
    small: Floats

    @property
    def order(self) -> tuple[tuple[int, int], str, str]:
        return self.size, self.pixels, self.digest


def _read(path: str, stop: Stop) -> _Side:
    check(stop)
    picture = read_picture(path, stop=stop, damaged=True)
    pixels = upright(picture.pixels, picture.facts.turn)
    height, width = pixels.shape[:2]
    ratio = max(1.0, max(height, width) / LONGEST)
    whole = math.floor(ratio)
    digest, strips = xxhash.xxh3_128(), []
    for top in range(0, height, _STRIP * whole):  # a copy of all of it would take as much memory again
        check(stop)
        strip = np.ascontiguousarray(pixels[top : top + _STRIP * whole])
        digest.update(strip.data)
        strips.append(np.asarray(Image.fromarray(strip).reduce(whole)))
    has_hidden = any(warning.code is WarningCode.HIDDEN_TRANSPARENCY for warning in picture.warnings)
    if has_hidden:  # colours that nobody sees are not what is compared
        small = read_thumbnail(path, LONGEST, stop)
    else:
        size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
        reduced, box = Image.fromarray(np.concatenate(strips)), (0.0, 0.0, width / whole, height / whole)
        small = np.asarray(reduced.resize(size, Image.Resampling.BILINEAR, box))
    return _Side(
        picture.facts.digest,
        digest.hexdigest(),
        (height, width),
        not has_hidden and not picture.is_deep,
        small.astype(np.float32),
    )


def _compared(first: _Side, second: _Side, stop: Stop) -> Pixels:
    if first.digest == second.digest:
        return Pixels(same_bytes=True, equal=True, framing=Framing.SAME)
    equal: bool | None = (first.size, first.pixels) == (second.size, second.pixels)
    if equal and first.is_exact and second.is_exact:
        return Pixels(same_bytes=False, equal=True, framing=Framing.SAME)
    if equal:
        equal = None
    one, other = first.small @ _GREY, second.small @ _GREY
    alignment = aligned(one, other, stop)
    if alignment is None and not (has_detail(one) and has_detail(other)):
        alignment = _plainly_same(one, other)
        if alignment is None:
            return Pixels(same_bytes=False, equal=equal, framing=Framing.UNTOLD)
    if alignment is None:
        return Pixels(same_bytes=False, equal=equal, framing=Framing.NONE)
    return replace(_measured(first, second, alignment, stop), equal=equal)


def _plainly_same(one: Floats, other: Floats) -> Alignment | None:
    """All of both, where two pictures without detail have the same light and shadow."""
    small = [
        _resized(picture[..., np.newaxis].repeat(3, 2), _PLAIN_SIDE, _PLAIN_SIDE)[..., 0] for picture in (one, other)
    ]
    if min(np.ptp(picture) for picture in small) < _PLAIN:
        return None
    agreement = float(np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1])
    return Alignment(1, np.eye(2), np.zeros(2), agreement) if agreement >= _PLAINLY_SAME else None


def _measured(first: _Side, second: _Side, alignment: Alignment, stop: Stop) -> Pixels:
    there = upright(second.small, alignment.turn)
    size, its_size = np.array(first.size, float), np.array(_turned_size(second.size, alignment.turn), float)
    alignment = _snapped(alignment, np.minimum(np.minimum(size, its_size), LONGEST))
    own, its = _part(alignment), _part(alignment.inverse())
    framing = {
        (True, True): Framing.SAME,
        (False, True): Framing.SECOND_IN_FIRST,
        (True, False): Framing.FIRST_IN_SECOND,
        (False, False): Framing.OVERLAP,
    }[own == WHOLE, its == WHOLE]
    has_border = (framing is Framing.SECOND_IN_FIRST and _is_plain_around(first.small, own)) or (
        framing is Framing.FIRST_IN_SECOND and _is_plain_around(there, its)
    )
    check(stop)
    one, other, inside = _together(first.small, there, alignment)
    check(stop)
    levels, residual, area, spots = _levels(one, other, inside)
    (yy, yx), (xy, xx) = its_size[:, np.newaxis] * alignment.matrix / size
    tilt = math.degrees(math.atan2(yx - xy, xx + yy))
    return Pixels(
        same_bytes=False,
        equal=False,
        framing=framing,
        turn=alignment.turn,
        tilt=tilt,
        stretch=math.hypot(xx, yx) / math.hypot(yy, xy),
        first_part=own,
        second_part=_turned_back(its, alignment.turn),
        has_border=has_border,
        difference=float(np.abs(one - other)[inside].mean()),
        levels=levels,
        residual=residual,
        area=area,
        spots=spots,
        agreement=alignment.agreement,
    )


# --- where ----------------------------------------------------------------------------------------------------------


def _turned_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    return size[::-1] if turn >= 5 else size  # noqa: PLR2004 - 5 to 8 swap rows and columns


def _snapped(alignment: Alignment, size: Numbers) -> Alignment:
    """The same; all of both where it is that but for less than can be told."""
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], float)
    moved = np.abs(corners @ alignment.matrix.T + alignment.offset - corners)
    if (moved > np.maximum(_EDGE, 1.0 / size)).any():
        return alignment
    return replace(alignment, matrix=np.eye(2), offset=np.zeros(2))


def _part(alignment: Alignment) -> Part:
    """What both show, in the first."""
    edges = np.stack(alignment.overlap())
    whole = np.array([(0.0, 0.0), (1.0, 1.0)])
    (top, left), (bottom, right) = np.where(np.abs(edges - whole) < _EDGE, whole, edges).tolist()
    return Part(left, top, right - left, bottom - top)


def _turned_back(part: Part, turn: int) -> Part:
    """A part of a picture that was turned by an EXIF orientation, in the picture as it was before."""
    left, top, right, bottom = part.left, part.top, part.left + part.width, part.top + part.height
    if turn in {2, 3, 6, 7}:
        left, right = 1 - right, 1 - left
    if turn in {3, 4, 7, 8}:
        top, bottom = 1 - bottom, 1 - top
    if turn >= 5:  # noqa: PLR2004 - 5 to 8 swap rows and columns
        left, top, right, bottom = top, left, bottom, right
    return Part(left, top, right - left, bottom - top)


def _is_plain_around(picture: Floats, part: Part) -> bool:
    """Whether a picture is of one colour around a part of it."""
    height, width = picture.shape[:2]
    around = np.ones((height, width), bool)
    top, bottom = math.floor(part.top * height) - 2, math.ceil((part.top + part.height) * height) + 2
    left, right = math.floor(part.left * width) - 2, math.ceil((part.left + part.width) * width) + 2
    around[max(0, top) : bottom, max(0, left) : right] = False
    outside = picture[around]
    return bool(outside.size) and float(outside.std(axis=0).max()) < _PLAIN


def _together(first: Floats, second: Floats, alignment: Alignment) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """What both show, in one size, neither made larger; and where the second shows it."""
    density = math.sqrt(abs(np.linalg.det(alignment.matrix)) * second.size / first.size)
    if (alignment.matrix == np.eye(2)).all() and not alignment.offset.any():  # nothing to interpolate
        height, width = (min(pair) for pair in zip(first.shape[:2], second.shape[:2], strict=True))
        return _resized(first, height, width), _resized(second, height, width), np.ones((height, width), bool)
    first, second = _scaled(first, min(1.0, density)), _scaled(second, min(1.0, 1 / density))
    mine = np.array(first.shape[:2])
    start, end = alignment.overlap()
    top, left = np.floor(start * mine).astype(int)
    bottom, right = np.ceil(end * mine).astype(int)
    one = first[top:bottom, left:right]
    matrix, offset = alignment.pixels(first.shape[:2], second.shape[:2])
    offset = offset + matrix @ (top, left)
    other = np.stack([warped(second[..., channel], matrix, offset, one.shape[:2]) for channel in range(3)], axis=2)
    inside = np.isfinite(other[..., 0])
    return one, np.where(inside[..., np.newaxis], other, 0), inside


def _resized(picture: Floats, height: int, width: int) -> Floats:
    if picture.shape[:2] == (height, width):
        return picture
    image = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)).astype(np.float32)


def _scaled(picture: Floats, ratio: float) -> Floats:
    height, width = picture.shape[:2]
    return _resized(picture, max(1, round(height * ratio)), max(1, round(width * ratio)))


# --- what -----------------------------------------------------------------------------------------------------------


def _levels(one: Floats, other: Floats, inside: NDArray[np.bool_]) -> tuple[Levels, float, float, float]:
    """How light and colours change, what is left without that, and which shares differ then: visibly, strikingly."""
    told = _block_means(inside.astype(np.float32)) == 1
    if not told.any():
        told[:] = True  # a sliver
    # What was cut off at black or white can't be made again: of both directions the better one tells.
    ways = [_explained(one, other, told), _explained(other, one, told)]
    rest, excess = min(ways, key=lambda way: float(way[0].mean()))
    differs = excess > 1
    a, b = _block_means(one)[told], _block_means(other)[told]
    same = ~differs if not differs.all() else differs
    return (
        _levels_between(a[same], b[same]),
        float(rest.mean()),
        float(differs.mean()),
        float((excess > _STRIKING).mean()),
    )


def _explained(a: Floats, b: Floats, told: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What is left of each block's difference when light and colours of all of ``a`` are changed to be like ``b``'s.

    And how that is to what is just visible.
    """
    from_, to = _block_means(a)[told], _block_means(b)[told]
    clear = _block_means((_is_clear(a) & _is_clear(b)).astype(np.float32))[told] > 0.99  # noqa: PLR2004
    usable = clear if clear.mean() > 0.1 else np.ones_like(clear)  # noqa: PLR2004
    change = _change(_features(from_[usable]), to[usable])
    made = np.clip(_features(a) @ change, 0, 255)
    rest = np.sqrt(((_block_means(made) - _block_means(b))[told] ** 2).mean(axis=1))
    contrast = np.minimum(_block_contrast(made), _block_contrast(b))[told]
    return rest, rest / (_VISIBLE + _VISIBLE_OF_CONTRAST * contrast)


def _is_clear(picture: Floats) -> NDArray[np.bool_]:
    clear = (picture > _CLIPPED[0]) & (picture < _CLIPPED[1])
    all_three: NDArray[np.bool_] = clear[..., 0] & clear[..., 1] & clear[..., 2]
    return all_three


def _features(colours: Floats) -> Floats:
    """What light and colours are made of: any mixture of red, green and blue, along a curve."""
    x = colours / np.float32(255) - np.float32(0.5)
    return np.concatenate([np.ones_like(x[..., :1]), x, x * x], axis=-1)


def _change(features: Floats, to: Floats) -> Floats:
    """What to multiply features by, so that most become ``to``; those that differ for other reasons count little."""
    weights = np.ones(len(to), np.float32)
    steadying = np.diag(np.array((0, 0.01, 0.01, 0.01, 1, 1, 1)) * (1e-3 * len(to)))
    change: NDArray[Any] = np.zeros((7, 3))
    for _ in range(6):
        weighted = (features * weights[:, np.newaxis]).astype(np.float64)
        change = np.linalg.solve(weighted.T @ features + steadying + np.eye(7) * 1e-9, weighted.T @ to)
        rest = np.abs(features @ change - to).max(axis=1)
        usual = max(1.5, 2 * float(np.median(rest)))
        weights = (1 / (1 + (rest / usual) ** 2)).astype(np.float32)
    return change.astype(np.float32)


def _levels_between(a: Floats, b: Floats) -> Levels:
    grey_a, grey_b = a @ _GREY, b @ _GREY
    clear = _is_clear(a[:, np.newaxis]) & _is_clear(b[:, np.newaxis])
    x, y = (a[clear[:, 0]], b[clear[:, 0]]) if clear.mean() > 0.1 else (a, b)  # noqa: PLR2004
    colour, its_colour = (float(np.ptp(colours, axis=1).mean()) for colours in (x, y))
    centred = x - x.mean(axis=0)
    spread = (centred**2).mean(axis=0)
    gains = np.where(spread > 1, (centred * (y - y.mean(axis=0))).mean(axis=0) / np.maximum(spread, 1), 1.0)
    offsets = y.mean(axis=0) - gains * x.mean(axis=0)
    greys = max((np.ptp(colours, axis=1) < _NEARLY_GREY for colours in (x, y)), key=np.count_nonzero)
    warmth = (y - x)[greys] @ (1, 0, -1)
    return Levels(
        brightness=float((grey_b.mean() + 0.5) / (grey_a.mean() + 0.5)),
        contrast=float((grey_b.std() + 0.5) / (grey_a.std() + 0.5)),
        colour=_ratio(its_colour, colour),
        channels=tuple(zip(gains.tolist(), offsets.tolist(), strict=True)),
        tint=float(np.median(warmth)) if greys.mean() > _ENOUGH_GREYS else 0.0,
    )


def _ratio(colour: float, of: float) -> float:
    if max(colour, of) < _FEW_COLOURS:
        return 1.0
    return colour / of if of >= 1 else math.inf


def _block_means(values: Floats) -> Floats:
    """The mean of each block: (h, w, ...) to (blocks, ...)."""
    height, width, *rest = values.shape
    block = min(_BLOCK, height, width)
    rows, columns = height // block, width // block
    cut = np.ascontiguousarray(values[: rows * block, : columns * block])
    sums = cut.reshape(rows, block, -1).sum(axis=1).reshape(rows, columns, block, *rest).sum(axis=2)
    means: Floats = (sums / np.float32(block * block)).reshape(-1, *rest)
    return means


def _block_contrast(values: Floats) -> Floats:
    """The standard deviation of each block's grey values."""
    grey = values @ _GREY
    contrast: Floats = np.sqrt(np.maximum(_block_means(grey * grey) - _block_means(grey) ** 2, 0))
    return contrast
