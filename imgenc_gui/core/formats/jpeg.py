"""JPEG, and MPO, which is several of them in a file: decoded by simplejpeg, and by Pillow where that refuses."""

from __future__ import annotations

import io
import logging
from dataclasses import replace

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageFile

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.damaged import lenient, marked
from imgenc_gui.core.formats.exif import orientation_of, taken_of
from imgenc_gui.core.formats.jpeg_head import plain_size
from imgenc_gui.core.formats.kinds import kind_of
from imgenc_gui.core.formats.pillow_formats import decoded, frames_of, show_image
from imgenc_gui.core.formats.reader import HANDED_OVER, Decoded, LongError, Reader, in_child
from imgenc_gui.core.formats.scans import START_OF_SCAN, scans_at_most, scans_of
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop

log = logging.getLogger(__name__)

_PLUGINS = ("JPEG",)  # opens MPO too
_SMALL = 1 << 20  # bytes
_LEAST_SCAN = 10  # bytes that a scan has at least
# Scans times pixels, of which a processor does about 1,500 million in a second; a usual picture has 10 scans.
_LONG = 250_000_000
_TOO_LONG = 5_000_000_000  # more than any picture has that is read at all
_SEGMENTS = (0xC4, 0xDA, 0xDB, 0xDD)  # that stand between scans, and begin with their length
_PROGRESSIVE_BYTES = 3 + 6  # all coefficients are in memory beside the pixels


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def read(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The picture as imagededup sees it: RGB, EXIF orientation ignored.

    simplejpeg's bytes are Pillow's, in two thirds of the time.
    """
    size = plain_size(data)
    if size is not None:
        width, height = size
        share.claim(3 * width * height)
        pixels = _decode(data, scratch.array("pixels", height, width, 3))
        if pixels is not None:
            return Decoded(pixels, "JPEG", width, height)
    with _opened(data, share) as image:
        if size is not None:
            return decoded(image, data, scratch, share)
        _refuse_long(image, data, share.stop)
        return _decoded(image, data, scratch, share)


def read_long(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The same, however long it takes."""
    with _opened(data, share) as image:
        return _decoded(image, data, scratch, share)


def show(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """A picture for a person, as Reader.show; decoded at part of its size where that is enough."""
    with _opened(data, share) as image:
        _refuse_long(image, data, share.stop)
        return show_image(image, longest, data, share)


def show_long(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same, however long it takes."""
    with _opened(data, share) as image:
        return show_image(image, longest, data, share)


def read_damaged(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """As much of a damaged picture as there is."""
    data = _closed(data)
    with lenient(), _opened(data, share) as image:
        return marked(_decoded(image, data, scratch, share), image)


def show_damaged(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same for a person."""
    with lenient():
        return show_long(_closed(data), longest, share)


def _closed(data: bytes) -> bytes:
    """A file that breaks off, with an end behind what of it is whole: of a segment that isn't, nothing can be used."""
    end = len(data)
    for marker in _SEGMENTS:
        place = data.rfind(bytes((0xFF, marker)))
        if place >= 0 and place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") > len(data):
            end = min(end, place)
    return bytes(data[:end]) + b"\xff\xd9"


def _opened(data: bytes, share: Share) -> Image.Image:
    # Only large files can have so much before the picture that reading it takes long; small ones are read at once.
    file = Source(data, share) if len(data) > _SMALL else io.BytesIO(data)
    return Image.open(file, formats=_PLUGINS)


def _decoded(image: Image.Image, data: bytes, scratch: Scratch, share: Share) -> Decoded:
    width, height = image.size
    frames, orientation = frames_of(image, data), orientation_of(image)
    if image.mode == "RGB":
        share.claim(width * height * (_PROGRESSIVE_BYTES if "progressive" in image.info else 3))
        pixels = _decode(data, scratch.array("pixels", height, width, 3))
        if pixels is not None:
            return Decoded(pixels, str(image.format), width, height, frames, orientation, taken=taken_of(image))
    return decoded(image, data, scratch, share)


def _refuse_long(image: Image.Image, data: bytes, stop: Stop) -> None:
    """Raise LongError for a picture that is gone over so often that it takes long, ReadError for more than that.

    Each scan of a progressive picture goes over all of it, however few bytes it has: a small file may take minutes.
    """
    pixels = image.width * image.height
    if pixels * len(data) < _LONG * _LEAST_SCAN or not _is_in_scans(image, data):
        return
    most = scans_at_most(data)
    if pixels * most <= _LONG:
        return
    if pixels * most > _TOO_LONG and pixels * scans_of(data, stop) > _TOO_LONG:
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "time"))
    raise LongError(LONG, pixels * (_PROGRESSIVE_BYTES + HANDED_OVER))


def _is_in_scans(image: Image.Image, data: bytes) -> bool:
    """Whether there may be more than one scan: always in a progressive picture, else unless the first has it all."""
    layers = getattr(image, "layers", 0)
    if "progressive" in image.info or image.format == "MPO" or layers not in (1, 3):
        return True
    head = bytes((0xFF, START_OF_SCAN, 0, 6 + 2 * layers, layers))
    end = image.fp.tell() if isinstance(image, ImageFile.ImageFile) and image.fp else 0  # so far Pillow has read
    return not data.startswith(head, end - 2 - head[3])


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


JPEG = Reader(
    formats=("JPEG", "MPO"),
    endings=(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".mpo"),
    recognises=recognises,
    read=read,
    show=show,
    read_damaged=read_damaged,
    show_damaged=show_damaged,
    kind_of=kind_of,
)
LONG = replace(in_child(JPEG), read=read_long, show=show_long)
