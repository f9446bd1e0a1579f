"""Two pictures compared pixel by pixel, at a common size."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import xxhash
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.comparing.aligning import Alignment, Grey, aligned, detail_blocks
from imgenc_gui.core.formats.reading import read_picture, read_thumbnail, upright
from imgenc_gui.core.records.compared import WHOLE, Framing, Levels, Part, Pixels
from imgenc_gui.core.records.results import WarningCode
from imgenc_gui.core.stopping import Stop, check, never

LONGEST = 1024  # pixels of the longer side, at which two pictures are compared
_STRIP = 256  # rows
_BLOCK = 8
_VISIBLE = 10.0  # of 255
_EDGE = 0.005  # of a side: less is not said to be cropped
_PARTLY_READ = frozenset({WarningCode.HIDDEN_TRANSPARENCY, WarningCode.CLIPPED_16_BIT, WarningCode.CUT_TO_BLACK})
_GREY = np.array((0.299, 0.587, 0.114), np.float32)


def compare_pixels(first: str, second: str, *, stop: Stop = never) -> Pixels:
    """Read two files and tell what differs between their pictures. On any thread; about a second for 12 megapixels.

    Only one is in memory with all its pixels at a time. Raises ReadError as reading does, and StoppedError.
    """
    one, other = _read(first, stop), _read(second, stop)
    if (other.size, other.pixels_digest) < (one.size, one.pixels_digest):  # the same answer in either order
        return _compared(other, one, stop).swapped()
    return _compared(one, other, stop)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A picture as it is compared: ``small`` is RGB float32, upright."""

    digest: str
    size: tuple[int, int]
    pixels_digest: str
    is_read_wholly: bool
    small: NDArray[np.float32]

    @property
    def grey(self) -> Grey:
        return self.small @ _GREY


def _read(path: str, stop: Stop) -> _Side:
    check(stop)
    picture = read_picture(path, stop=stop)
    codes = {warning.code for warning in picture.warnings}
    pixels = upright(picture.pixels, picture.facts.orientation)
    height, width = pixels.shape[:2]
    ratio = max(1.0, max(height, width) / LONGEST)
    whole = math.floor(ratio)
    digest, strips = xxhash.xxh3_128(), []
    for top in range(0, height, _STRIP * whole):  # a copy of all of it would take as much memory again
        check(stop)
        strip = np.ascontiguousarray(pixels[top : top + _STRIP * whole])
        digest.update(strip.data)
        strips.append(np.asarray(Image.fromarray(strip).reduce(whole)))
    size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
    if WarningCode.HIDDEN_TRANSPARENCY in codes:
        small = Image.fromarray(read_thumbnail(path, LONGEST, stop))
    else:
        small = Image.fromarray(np.concatenate(strips))
        small = small.resize(size, Image.Resampling.BILINEAR, (0, 0, width / whole, height / whole))
    return _Side(
        picture.facts.digest,
        (height, width),
        digest.hexdigest(),
        not codes & _PARTLY_READ,
        np.asarray(small).astype(np.float32),
    )


def _compared(first: _Side, second: _Side, stop: Stop) -> Pixels:
    same_bytes = first.digest == second.digest
    equal: bool | None = (first.size, first.pixels_digest) == (second.size, second.pixels_digest)
    if same_bytes:
        return Pixels(same_bytes=True, equal=True, framing=Framing.SAME)
    if equal and not (first.is_read_wholly and second.is_read_wholly):
        equal = None
    elif equal:
        return Pixels(same_bytes=False, equal=True, framing=Framing.SAME)
    alignment = aligned(first.grey, second.grey, stop)
    if alignment is None:
        plain = min(detail_blocks(first.grey), detail_blocks(second.grey)) < 32
        return Pixels(same_bytes, equal, Framing.UNTOLD if plain else Framing.NONE, agreement=0.0)
    return _measured(first, second, alignment, equal=equal, stop=stop)


def _measured(first: _Side, second: _Side, alignment: Alignment, *, equal: bool | None, stop: Stop) -> Pixels:
    there = upright(second.small, alignment.turn)
    sizes = np.array(first.size, float), np.array(second.size[:: -1 if alignment.turn >= 5 else 1], float)
    alignment = _snapped(alignment, *sizes)
    own, its = _parts(alignment)
    is_whole = [part == WHOLE for part in (own, its)]
    framing = {
        (True, True): Framing.SAME,
        (False, True): Framing.SECOND_IN_FIRST,
        (True, False): Framing.FIRST_IN_SECOND,
        (False, False): Framing.OVERLAP,
    }[is_whole[0], is_whole[1]]
    tilt, stretch = _tilt_and_stretch(alignment, *sizes)
    check(stop)
    one, other, inside = _together(first.small, there, alignment)
    difference = float(np.abs(one - other)[inside].mean())
    check(stop)
    levels, residual, area = _levels(one, other, inside)
    return Pixels(
        same_bytes=False,
        equal=equal,
        framing=framing,
        turn=alignment.turn,
        tilt=tilt,
        stretch=stretch,
        first_part=own,
        second_part=_turned_back(its, alignment.turn),
        difference=difference,
        levels=levels,
        residual=residual,
        area=area,
        agreement=alignment.agreement,
    )


def _snapped(alignment: Alignment, size: NDArray[np.float64], other: NDArray[np.float64]) -> Alignment:
    """The same; all of both where it is that but for less than can be told."""
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], float)
    moved = np.abs(corners @ alignment.matrix.T + alignment.offset - corners)
    least = np.maximum(_EDGE, 1.0 / np.minimum(np.minimum(size, other), LONGEST))
    if (moved > least).any():
        return alignment
    return replace(alignment, matrix=np.eye(2), offset=np.zeros(2))


def _parts(alignment: Alignment) -> tuple[Part, Part]:
    parts = []
    for one in (alignment, alignment.inverse()):
        (top, left), (bottom, right) = (np.where(np.abs(p - e) < _EDGE, e, p) for p, e in zip(one.overlap(), (0, 1)))
        parts.append(Part(float(left), float(top), float(right - left), float(bottom - top)))
    return parts[0], parts[1]


def _turned_back(part: Part, turn: int) -> Part:
    """A part of a picture that was turned by an EXIF orientation, as a part of the picture as it was before."""
    left, top, right, bottom = part.left, part.top, part.left + part.width, part.top + part.height
    if turn in (2, 3, 6, 7):
        left, right = 1 - right, 1 - left
    if turn in (3, 4, 7, 8):
        top, bottom = 1 - bottom, 1 - top
    if turn >= 5:
        left, top, right, bottom = top, left, bottom, right
    return Part(left, top, right - left, bottom - top)


def _tilt_and_stretch(
    alignment: Alignment, size: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[float, float]:
    (yy, yx), (xy, xx) = other[:, np.newaxis] * alignment.matrix / size
    tilt = math.degrees(math.atan2(yx - xy, xx + yy))
    return tilt, math.hypot(xx, yx) / math.hypot(yy, xy)


def _together(
    first: NDArray[np.float32], second: NDArray[np.float32], alignment: Alignment
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """What both show, in one size, and where that is."""
    from scipy.ndimage import affine_transform  # noqa: PLC0415

    density = math.sqrt(abs(np.linalg.det(alignment.matrix)) * second[..., 0].size / first[..., 0].size)
    first, second = _scaled(first, min(1.0, density)), _scaled(second, min(1.0, 1 / density))
    mine, its = np.array(first.shape[:2]), np.array(second.shape[:2])
    if (alignment.matrix == np.eye(2)).all() and not alignment.offset.any():
        size = np.minimum(mine, its)
        return _resized(first, *size), _resized(second, *size), np.ones(size, bool)
    start, end = alignment.overlap()
    top, left = np.floor(start * mine).astype(int)
    bottom, right = np.ceil(end * mine).astype(int)
    one = first[top:bottom, left:right]
    matrix = its[:, np.newaxis] * alignment.matrix / mine
    offset = its * (alignment.matrix @ ((np.array((top, left)) + 0.5) / mine) + alignment.offset) - 0.5
    other = np.stack(
        [
            affine_transform(second[..., c], matrix, offset, one.shape[:2], order=1, mode="constant", cval=np.nan)
            for c in range(3)
        ],
        axis=2,
    )
    inside = np.isfinite(other[..., 0])
    return one, np.where(inside[..., np.newaxis], other, 0), inside


def _resized(picture: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    if picture.shape[:2] == (height, width):
        return picture
    image = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    return np.asarray(image.resize((int(width), int(height)), Image.Resampling.BILINEAR)).astype(np.float32)


def _scaled(picture: NDArray[np.float32], ratio: float) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    return _resized(picture, max(1, round(height * ratio)), max(1, round(width * ratio)))


def _levels(
    one: NDArray[np.float32], other: NDArray[np.float32], inside: NDArray[np.bool_]
) -> tuple[Levels, float, float]:
    """How light and colours change, what difference is left without that, and which share of the area differs still."""
    whole = _block_means(inside.astype(np.float32)[..., np.newaxis])[:, 0] > 0.999
    if not whole.any():
        whole[:] = True
    a, b = _block_means(one)[whole], _block_means(other)[whole]
    there, back = _explained(a, b), _explained(b, a)
    rest = there if np.abs(there).mean() <= np.abs(back).mean() else back
    strength = np.sqrt((rest * rest).mean(axis=1))
    same = strength < _VISIBLE
    area = 1 - float(same.mean())
    if not same.any():
        same[:] = True
    return _levels_between(a[same], b[same]), float(np.abs(rest).mean()), area


def _levels_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> Levels:
    grey_a, grey_b = a @ _GREY, b @ _GREY
    chroma_a, chroma_b = (np.ptp(x, axis=1).mean() for x in (a, b))
    weights = np.linalg.lstsq(np.c_[a, np.full(len(a), 128.0)], b, rcond=1e-3)[0]
    middle = np.full(4, 128.0) @ weights
    channels = []
    for c in range(3):
        clear = (b[:, c] > 4) & (b[:, c] < 251) & (a[:, c] > 4) & (a[:, c] < 251)
        x, y = (a[clear, c], b[clear, c]) if clear.sum() > 8 else (a[:, c], b[:, c])
        spread = ((x - x.mean()) ** 2).mean()
        gain = float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 1 else 1.0
        channels.append((gain, float(y.mean() - gain * x.mean())))
    return Levels(
        brightness=float((grey_b.mean() + 0.5) / (grey_a.mean() + 0.5)),
        contrast=float((grey_b.std() + 0.5) / (grey_a.std() + 0.5)),
        colour=float(chroma_b / chroma_a) if chroma_a > 1 else 1.0 if chroma_b <= 1 else math.inf,
        channels=tuple(channels),
        tint=float(middle[0] - middle[2]),
    )


def _explained(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is left of the difference once any change of light and colours of all of the picture is made to ``a``."""
    x = a / 255 - 0.5
    features = np.concatenate([np.ones((len(x), 1)), x, x * x], axis=1)
    weights = ((b > 2) & (b < 253)).all(axis=1) + 0.05
    rest = a - b
    for _ in range(8):
        weighted = features * weights[:, np.newaxis]
        normal = weighted.T @ features + 1e-3 * np.eye(7)
        made = features @ np.linalg.solve(normal, weighted.T @ b)
        rest = np.clip(made, 0, 255) - b
        strength = np.abs(rest).max(axis=1)
        usual = max(1.5, 2 * float(np.median(strength)))
        weights = (((b > 2) & (b < 253)).all(axis=1) + 0.05) / (1 + (strength / usual) ** 2)
    return rest


def _block_means(values: NDArray[np.float32]) -> NDArray[np.float64]:
    height, width, channels = values.shape
    block = max(1, min(_BLOCK, height, width))
    rows, columns = height // block, width // block
    cut = values[: rows * block, : columns * block].astype(np.float64)
    return cut.reshape(rows, block, columns, block, channels).mean(axis=(1, 3)).reshape(-1, channels)
