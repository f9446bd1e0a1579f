"""AVIF, by the library that Pillow carries: the first frame as stored, with the file's own rotation (irot, imir)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from imgenc_gui.core.formats import layers
from imgenc_gui.core.formats.boxes import brands, is_deep, pixels_in, properties
from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.exif import orientation_of, taken_of
from imgenc_gui.core.formats.reader import HANDED_OVER, Decoded, LongError, Reader, in_child
from imgenc_gui.core.formats.showing import upright
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.scratch import Scratch

if TYPE_CHECKING:
    from PIL import AvifImagePlugin

_AV1 = frozenset((b"avif", b"avis"))
_MAJOR = (*_AV1, b"mif1", b"msf1")  # that Pillow takes
_LONG = 16_000_000  # pixels: more keep the decoder busy for longer than half a second, in one call
_MUCH = 4 * _LONG  # the same of all that a file holds and the frame may be made of
_BYTES = {"RGB": 9, "RGBA": 13}  # for a pixel, while it is decoded


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is an AVIF picture."""
    told = brands(head)
    return not _AV1.isdisjoint(told) and told[0] in _MAJOR


def read(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The first frame: RGB, alpha dropped, not turned."""
    with _opened(data, share) as image:
        _refuse_long(image, data)
        return _decoded(image, data, scratch, share)


def read_long(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The same, however long it takes."""
    with _opened(data, share) as image:
        return _decoded(image, data, scratch, share)


def show(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The first frame for a person, as Reader.show."""
    with _opened(data, share) as image:
        _refuse_long(image, data)
        return _shown(image, longest, share)


def show_long(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same, however long it takes."""
    with _opened(data, share) as image:
        return _shown(image, longest, share)


def _opened(data: bytes, share: Share) -> AvifImagePlugin.AvifImageFile:
    from PIL import AvifImagePlugin  # noqa: PLC0415 - with the first file: its library takes long to load

    try:
        image = Image.open(Source(data, share), formats=("AVIF",))
    except UnidentifiedImageError as error:  # so Pillow calls a header that is cut off
        raise ValueError("broken header") from error
    assert isinstance(image, AvifImagePlugin.AvifImageFile)  # noqa: S101 - what Pillow opens as such
    return image


def _refuse_long(image: Image.Image, data: bytes) -> None:
    pixels = image.width * image.height
    if pixels > _LONG or pixels_in(data) > _MUCH:
        raise LongError(LONG, pixels * (_BYTES[image.mode] + HANDED_OVER))


def _decoded(image: AvifImagePlugin.AvifImageFile, data: bytes, scratch: Scratch, share: Share) -> Decoded:
    pixels, warnings = layers.encoded(_layers(image, share), scratch)
    return Decoded(
        pixels=pixels,
        format="AVIF",
        width=image.width,
        height=image.height,
        frames=image.n_frames,
        orientation=orientation_of(image),
        warnings=warnings,
        is_deep=is_deep(data, properties(data)),
        taken=taken_of(image),
    )


def _shown(image: AvifImagePlugin.AvifImageFile, longest: int | None, share: Share) -> NDArray[np.uint8]:
    pixels = layers.for_a_person(_layers(image, share), longest, share.stop)
    return np.ascontiguousarray(upright(pixels, orientation_of(image)))


def _layers(image: AvifImagePlugin.AvifImageFile, share: Share) -> NDArray[np.uint8]:
    """The first frame, straight from the decoder: an image of Pillow's between would be in memory, too."""
    share.claim(image.width * image.height * _BYTES[image.mode])
    frame, *_ = image._decoder.get_frame(0)  # noqa: SLF001
    return np.frombuffer(frame, np.uint8).reshape(image.height, image.width, len(image.mode))


AVIF = Reader(
    formats=("AVIF",),
    endings=(".avif", ".avifs"),
    recognises=recognises,
    read=read,
    show=show,
    packages={"PIL._avif": "Pillow with AVIF"},
)
LONG = replace(in_child(AVIF), read=read_long, show=show_long)
