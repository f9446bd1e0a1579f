"""Takes a loaded image's pixels strip by strip: converted whole, a large one would be in memory three times over."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.exif import orientation_of
from imgenc_gui.core.formats.reader import cut_between, finite_range
from imgenc_gui.core.formats.source import let_go
from imgenc_gui.core.records.results import UPRIGHT, ImageWarning, WarningCode
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop, check

_STRIP = 1 << 18  # pixels: what is converted stays in the processor's cache
OPAQUE = 255
_WHITEST = 255
# Of files whose pixels lie there as they are: the bytes of each, by the image's mode and how it is stored. Of the modes
# that aren't here the loaded image is small.
_UNCOMPRESSED = ("TIFF", "BMP", "PPM")
_RAW_BYTES = {
    **dict.fromkeys([("RGB", "RGB"), ("RGB", "BGR")], 3),
    **dict.fromkeys([("RGB", "RGBX"), ("RGB", "BGRX"), ("RGBA", "RGBA"), ("RGBA", "BGRA"), ("CMYK", "CMYK")], 4),
    **dict.fromkeys([("F", "F;32F"), ("F", "F;32BF"), ("I", "I;32S"), ("I", "I;32BS")], 4),
    **dict.fromkeys([("RGB", "RGB;16L"), ("RGB", "RGB;16B")], 6),
}


def rgb_pixels(
    image: Image.Image, data: bytes, scratch: Scratch, stop: Stop
) -> tuple[NDArray[np.uint8], list[ImageWarning]]:
    """An image as imagededup sees it: convert("RGBA").convert("RGB"); and what there is to say of its values."""
    seen = _Seen(image)
    if seen.is_plain and image.width * image.height > _STRIP and not uncompressed(image, data):
        return _plain_pixels(image, data, scratch, stop), []
    whole = None
    for top, strip in strips(image, data, stop):
        pixels = np.asarray(seen.rgb(strip))
        if len(pixels) == image.height:
            return pixels, seen.warnings()
        if whole is None:
            whole = scratch.array("pixels", image.height, image.width, 3)
        whole[top : top + len(pixels)] = pixels
    if whole is None:
        raise ValueError("The picture has no pixels.")
    return whole, seen.warnings()


def _plain_pixels(image: Image.Image, data: bytes, scratch: Scratch, stop: Stop) -> NDArray[np.uint8]:
    """An RGB image's pixels, packed into place: crops and arrays of them would take twice the time."""
    image.load()
    let_go(data)
    width, height = image.size  # a TIFF may be turned meanwhile
    whole = scratch.array("pixels", height, width, 3)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        check(stop)
        part = whole[top : top + rows]
        packer = Image._getencoder("RGB", "raw", ("RGB",))  # noqa: SLF001
        packer.setimage(image.im, (0, top, width, top + len(part)))
        _, _, packed = packer.encode(part.nbytes)
        part[:] = np.frombuffer(packed, np.uint8).reshape(part.shape)
    return whole


def may_hide(image: Image.Image) -> bool:
    """Whether an image says that it is transparent somewhere. Pillow fails for one that lacks the palette it needs."""
    lacks_palette = image.mode == "P" and image.palette is None and "transparency" not in image.info
    return not lacks_palette and image.has_transparency_data


def strips(image: Image.Image, data: bytes, stop: Stop, multiple: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """(top, strip) for all of an image, which is loaded where it must be. A small image is its only strip.

    The tops are multiples of ``multiple``. ``data``: the bytes of the file that the image was opened of, which are let
    go of as soon as it is loaded. Raises StoppedError.
    """
    width, height = image.size
    runs = uncompressed(image, data)
    if not runs:
        image.load()
        let_go(data)
        width, height = image.size  # a TIFF may be turned meanwhile
    rows = multiple * max(1, _STRIP // (width * multiple))
    if rows >= height:
        image.load()
        yield 0, image
        return
    for top in range(0, height, rows):
        check(stop)
        end = min(top + rows, height)
        yield top, _of_runs(image, data, runs, top, end) if runs else image.crop((0, top, width, end))


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows that lie in a file as they are."""

    top: int
    end: int
    place: int  # in the file, of the row that is stored first
    stride: int  # bytes
    rawmode: str
    upwards: bool  # the last row is stored first


def uncompressed(image: Image.Image, data: bytes) -> list[_Run]:
    """Where the rows of an image lie that was opened and not loaded; nothing where they aren't there for the taking.

    Beside the file's own bytes and the pixels that are made of them, the loaded image would be the third copy.
    """
    pixels = image.width * image.height
    if image.format not in _UNCOMPRESSED or pixels <= _STRIP or getattr(image, "_im", None) is not None:
        return []
    if image.format == "TIFF" and orientation_of(image) != UPRIGHT:
        return []  # Pillow turns it
    runs: list[_Run] = []
    for codec, (left, top, right, end), place, arguments in getattr(image, "tile", ()):
        rawmode, stride, direction = (*((arguments,) if isinstance(arguments, str) else arguments), 0, 1)[:3]
        each = _RAW_BYTES.get((image.mode, rawmode))
        if codec != "raw" or each is None or (left, right) != (0, image.width) or direction not in (1, -1):
            return []
        stride = stride or each * right
        run = _Run(top, end, place, stride, rawmode, direction == -1)
        last = runs[-1] if runs else None
        if top != (last.end if last else 0) or stride < each * right or place + stride * (end - top) > len(data):
            return []
        if last and not run.upwards and replace(last, top=top, end=end, place=place) == run:
            follows = last.place + stride * (last.end - last.top) == place
            if follows:
                runs[-1] = replace(last, end=end)
                continue
        runs.append(run)
    return runs if runs and runs[-1].end == image.height else []


def _of_runs(image: Image.Image, data: bytes, runs: list[_Run], top: int, end: int) -> Image.Image:
    pieces = []
    first = bisect_right(runs, top, key=attrgetter("top")) - 1
    for run in islice(runs, first, None):
        if run.top >= end:
            break
        start, stop = max(top, run.top), min(end, run.end)
        place = run.place + run.stride * (run.end - stop if run.upwards else start - run.top)
        bytes_ = memoryview(data)[place : place + run.stride * (stop - start)]
        direction = -1 if run.upwards else 1
        size = (image.width, stop - start)
        pieces.append((start, Image.frombytes(image.mode, size, bytes_, "raw", run.rawmode, run.stride, direction)))
    strip = pieces[0][1]
    if len(pieces) > 1:
        strip = Image.new(image.mode, (image.width, end - top))
        for start, piece in pieces:
            strip.paste(piece, (0, start - top))
    strip.info = image.info
    return strip


class _Seen:
    """What is seen of an image while its strips are converted."""

    def __init__(self, image: Image.Image) -> None:
        self.is_plain = image.mode == "RGB" and not may_hide(image)
        self._is_deep = image.mode.startswith(("I", "F"))
        self._is_float = image.mode.startswith("F")
        self._is_transparent = may_hide(image)
        self._hides = False
        self._is_clipped = False
        self._lowest, self._highest = math.inf, -math.inf

    def rgb(self, strip: Image.Image) -> Image.Image:
        if self.is_plain:
            return strip
        if self._is_deep:
            values = np.asarray(strip)
            self._is_clipped = self._is_clipped or bool(values.min() < 0 or values.max() > _WHITEST)
            if self._is_float:
                lowest, highest = finite_range(values)
                self._lowest, self._highest = min(self._lowest, lowest), max(self._highest, highest)
        rgba = strip.convert("RGBA")
        if self._is_transparent and not self._hides:
            lightest, _ = rgba.getchannel("A").getextrema()
            self._hides = lightest != OPAQUE
        return strip if strip.mode == "RGB" else rgba.convert("RGB")

    def warnings(self) -> list[ImageWarning]:
        cut = cut_between(self._lowest, self._highest)
        said = [cut] if cut else [ImageWarning(WarningCode.CLIPPED_16_BIT)] if self._is_clipped else []
        if self._hides:
            said.append(ImageWarning(WarningCode.HIDDEN_TRANSPARENCY))
        return said
