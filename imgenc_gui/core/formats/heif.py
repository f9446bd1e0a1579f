"""HEIC and HEIF: the primary picture, by pi-heif, whose wheel has no encoder and is under the LGPL.

Pixels are as stored, and the orientation says how to turn them, as for all formats. libheif would give them turned as
boxes of the file say (irot, imir), so it doesn't get to see these. Where they say how, EXIF counts for nothing, as the
standard has it; where they don't, as in files of converters, EXIF tells.

It runs in a guarded child: of 21,000 damaged files two killed their process, and two had memory written to that isn't
libheif's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats import layers
from imgenc_gui.core.formats.boxes import brands, find, orientation, properties, size, unturned
from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.exif import bearer_of, orientation_of, taken_of
from imgenc_gui.core.formats.reader import HANDED_OVER, Decoded, LongError, Reader, check_pixels, imported, in_child
from imgenc_gui.core.formats.showing import upright
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.scratch import Scratch

_HEVC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_ANY_CODING = frozenset((b"mif1", b"mif2", b"msf1"))
_HEAD = 4096  # bytes, in which the brands stand
_BYTES = 6  # for a pixel, while it is decoded
_MORE_BYTES = 10  # the same with transparency
_DEEP = 8


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a HEIC or HEIF picture; AVIF is asked before."""
    return not (_HEVC | _ANY_CODING).isdisjoint(brands(head))


def read(data: bytes, _: Scratch, __: Share) -> Decoded:
    """Leave it to a guarded child."""
    raise _apart(data)


def show(data: bytes, _: int | None, __: Share) -> NDArray[np.uint8]:
    """The same."""
    raise _apart(data)


def read_apart(data: bytes, scratch: Scratch, _: Share) -> Decoded:
    """The primary picture: RGB, alpha dropped, not turned."""
    return _Picture(data).decoded(scratch)


def show_apart(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The primary picture for a person, as Reader.show."""
    return _Picture(data).shown(longest, share)


def _apart(data: bytes) -> LongError:
    """What leaves it to a child, which takes as much memory as the file says; what it doesn't say the child finds."""
    width, height = size(data, properties(data))
    check_pixels(width, height)
    is_transparent = find(data, b"meta", b"iprp", b"ipco", b"auxC") is not None
    return LongError(APART, width * height * ((_MORE_BYTES if is_transparent else _BYTES) + HANDED_OVER))


class _Picture:
    """A file's primary picture, not yet decoded. Raises ReadError, and whatever pi-heif does."""

    def __init__(self, data: bytes) -> None:
        self._format = "HEIC" if _HEVC.intersection(brands(bytes(data[:_HEAD]))) else "HEIF"
        if find(data, b"meta") is None and find(data, b"moov") is not None:
            raise _unsupported(f"{self._format} sequence")
        told = properties(data)
        turned = orientation(data, told)
        imported("_pi_heif", self._format)  # pi_heif itself would tell only later that this doesn't load
        try:
            file = imported("pi_heif", self._format).open_heif(
                unturned(data, told) if turned else bytes(data), remove_stride=False
            )
        except SyntaxError as error:
            raise _unsupported(f"{self._format} without HEVC") from error
        self._frames = len(file)
        self._image: Any = next((image for image in file if image.info["primary"]), None)
        if self._image is None:
            raise ValueError("the primary picture can't be read")
        check_pixels(*self._image.size)
        self._is_deep = self._image.info["bit_depth"] > _DEEP
        self._told = bearer_of(self._image.info["exif"])
        self._orientation = turned or orientation_of(self._told)

    def decoded(self, scratch: Scratch) -> Decoded:
        """As ``read``."""
        pixels, warnings = layers.encoded(self._layers(), scratch)
        height, width = pixels.shape[:2]
        return Decoded(
            pixels=pixels,
            format=self._format,
            width=width,
            height=height,
            frames=self._frames,
            orientation=self._orientation,
            warnings=warnings,
            is_deep=self._is_deep,
            taken=taken_of(self._told),
        )

    def shown(self, longest: int | None, share: Share) -> NDArray[np.uint8]:
        """As ``show``."""
        pixels = layers.for_a_person(self._layers(), longest, share.stop)
        return np.ascontiguousarray(upright(pixels, self._orientation))

    def _layers(self) -> NDArray[np.uint8]:
        image = self._image
        data, mode, stride, (width, height) = image.data, image.mode, image.stride, image.size
        if mode.startswith("I"):  # grey of more than 8 bits comes with 16
            deep = np.ndarray((height, width, 1), "<u2", data, strides=(stride, 2, 2))
            return (deep >> 8).astype(np.uint8)
        if mode == "RGBa":
            return np.asarray(Image.frombuffer(mode, (width, height), data, "raw", mode, stride, 1).convert("RGBA"))
        return np.asarray(
            _Lent(np.ndarray((height, width, len(mode)), np.uint8, data, 0, (stride, len(mode), 1)), image)
        )


class _Lent:
    """Memory of libheif's for numpy, there as long as any array of it: a copy would be the picture's size once more."""

    def __init__(self, array: NDArray[np.uint8], owner: object) -> None:
        self.__array_interface__ = array.__array_interface__
        self._owner = owner


def _unsupported(kind: str) -> ReadError:
    return ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (kind,)))


HEIF = Reader(
    formats=("HEIC", "HEIF"),
    endings=(".heic", ".heif", ".hif", ".heics", ".heifs"),
    recognises=recognises,
    read=read,
    show=show,
    packages={"pi_heif": "pi-heif"},
)
APART = replace(in_child(HEIF), read=read_apart, show=show_apart)
