"""JPEG XL, by pylibjxl, which `pip install "imgenc-gui[jxl]"` brings: the first frame, upright as the file has it.

Its decoder bounds nothing: any number of layers in a small file may make up the frame. So the size is asked first, and
the picture is decoded in a guarded child. The library turns the pixels itself; EXIF, which says so once more, counts
for nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from imgenc_gui.core.formats import layers
from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.exif import bearer_of, taken_of
from imgenc_gui.core.formats.reader import HANDED_OVER, Decoded, LongError, Reader, check_pixels, imported, in_child
from imgenc_gui.core.scratch import Scratch

_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_CODESTREAM = b"\xff\x0a"
_SECONDS = 40.0  # the largest pictures there are take 20
_BYTES = (5, 9, 7, 13)  # for a pixel of one to four layers, while it is decoded


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a JPEG XL picture."""
    return head.startswith((_CONTAINER, _CODESTREAM))


def is_doubtful(head: bytes) -> bool:
    """Whether no more than two bytes say so."""
    return head.startswith(_CODESTREAM)


def read(data: bytes, _: Scratch, __: Share) -> Decoded:
    """Leave it to a guarded child."""
    raise _long(data)


def show(data: bytes, _: int | None, __: Share) -> NDArray[np.uint8]:
    """The same."""
    raise _long(data)


def read_apart(data: bytes, scratch: Scratch, _: Share) -> Decoded:
    """The first frame: RGB, alpha dropped."""
    told = _probed(data)
    if told["have_animation"]:  # of which it would give the last frame with the metadata
        found, metadata = _library().decode(data), {}
    else:
        found, metadata = _library().decode(data, metadata=True)
    pixels, warnings = layers.encoded(_layers(found), scratch)
    height, width = pixels.shape[:2]
    return Decoded(
        pixels=pixels,
        format="JPEG XL",
        width=width,
        height=height,
        warnings=warnings,
        is_deep=told["bits_per_sample"] > 8,  # noqa: PLR2004
        taken=taken_of(bearer_of(metadata.get("exif"))),
    )


def show_apart(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The first frame for a person, as Reader.show."""
    _probed(data)
    return layers.for_a_person(_layers(_library().decode(data)), longest, share.stop)


def _long(data: bytes) -> LongError:
    told = _probed(data)
    each = _BYTES[min(told["channels"], len(_BYTES)) - 1] + HANDED_OVER
    return LongError(APART, told["width"] * told["height"] * each)


def _probed(data: bytes) -> dict[str, Any]:
    """What the header tells. Raises ReadError for too many pixels, UnidentifiedImageError for what is no such file."""
    try:
        told: dict[str, Any] = _library().probe(data)
    except RuntimeError as error:
        if data.startswith(_CONTAINER):
            raise
        raise UnidentifiedImageError from error  # two bytes don't make a picture
    check_pixels(told["width"], told["height"])
    return told


def _layers(found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return found.reshape(*found.shape[:2], -1)  # of grey there are two dimensions


def _library() -> Any:
    return imported("pylibjxl", "JPEG XL")


JPEG_XL = Reader(
    formats=("JPEG XL",),
    endings=(".jxl",),
    recognises=recognises,
    read=read,
    show=show,
    seconds=_SECONDS,
    packages={"pylibjxl": "pylibjxl"},
    extra="jxl",
    is_doubtful=is_doubtful,
)
APART = replace(in_child(JPEG_XL), read=read_apart, show=show_apart)
