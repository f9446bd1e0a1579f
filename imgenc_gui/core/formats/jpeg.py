"""JPEG, and MPO, which is several of them in a file: decoded by simplejpeg, and by Pillow where that refuses."""

from __future__ import annotations

import io
import logging

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.pillow_formats import decoded, frames_of, orientation_of, show_with
from imgenc_gui.core.formats.reader import Decoded, Reader
from imgenc_gui.core.scratch import Scratch

log = logging.getLogger(__name__)

_PLUGINS = ("JPEG",)  # opens MPO too


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def read(data: bytes, scratch: Scratch) -> Decoded:
    """The picture as imagededup sees it: RGB, EXIF orientation ignored.

    simplejpeg's bytes are Pillow's, in two thirds of the time.
    """
    with Image.open(io.BytesIO(data), formats=_PLUGINS) as image:
        width, height = image.size
        pixels = _decode(data, scratch.array("pixels", height, width, 3)) if image.mode == "RGB" else None
        if pixels is None:
            return decoded(image)
        return Decoded(pixels, str(image.format), width, height, frames_of(image), orientation_of(image))


def _decode(data: bytes, buffer: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The pixels, in ``buffer``; None where simplejpeg refuses the picture or sees another size than Pillow."""
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            data, "RGB", fastdct=False, fastupsample=False, buffer=buffer
        )
    except ValueError:
        log.debug("simplejpeg refuses a picture; Pillow decides", exc_info=True)
        return None
    return pixels if pixels.shape == buffer.shape else None


def show(data: bytes, longest: int | None) -> NDArray[np.uint8]:
    """A picture for a person, as Reader.show; decoded at part of its size where that is enough."""
    return show_with(_PLUGINS, data, longest)


JPEG = Reader(
    formats=("JPEG", "MPO"),
    endings=(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    recognises=recognises,
    read=read,
    show=show,
)
