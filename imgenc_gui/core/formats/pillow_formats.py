"""The formats that Pillow reads as imagededup does, but for JPEG: PNG, GIF, BMP, PPM, TIFF, WEBP."""

from __future__ import annotations

import logging
import re
import struct
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.frames import gif_frames, tiff_pages
from imgenc_gui.core.formats.reader import Decoded, LongError, Reader
from imgenc_gui.core.formats.showing import shown
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.formats.strips import OPAQUE, rgb_pixels
from imgenc_gui.core.formats.webp import decode_into
from imgenc_gui.core.records.results import ImageWarning, WarningCode
from imgenc_gui.core.scratch import Scratch

log = logging.getLogger(__name__)

_PLUGINS = ("PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")  # PNG also opens APNG, PPM also PBM and PGM
_SIGNATURES = (
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    *(b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+"),  # TIFF, as Pillow takes it
)
# Too short to be a signature alone: many a text begins with these letters.
_PNM = re.compile(rb"P(?:[1-6fF]\s+[#\d-]|0CMYK|y(?:P|CMYK|RGBA))")  # PBM, PGM, PPM and Pillow's relatives of them
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes
# Where a decoder does all in one call, and takes longer than half a second: whoever stops it has to wait.
_LONG_WEBP = 24_000_000  # pixels
_LONG_TIFF = 64_000_000
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}  # for a pixel of an image; of other modes 4
_WEBP_BYTES = 4 * 5  # two canvases, the decoder's own, what it returns, and the image
_STILL_WEBP_BYTES = 4 + 4
_BAD_METADATA = (OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error)


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is in one of these formats."""
    if head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _PNM.match(head):
        return True
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS


def read(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The first frame as imagededup sees it: RGB, alpha dropped, EXIF orientation ignored."""
    with Image.open(Source(data, share), formats=_PLUGINS) as image:
        _refuse_long(image)
        return _decoded(image, data, scratch, share)


def read_long(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The same, however long it takes."""
    with Image.open(Source(data, share), formats=_PLUGINS) as image:
        return _decoded(image, data, scratch, share)


def show(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """A picture for a person, as Reader.show."""
    with Image.open(Source(data, share), formats=_PLUGINS) as image:
        _refuse_long(image)
        return show_image(image, longest, share)


def show_long(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same, however long it takes."""
    with Image.open(Source(data, share), formats=_PLUGINS) as image:
        return show_image(image, longest, share)


def show_image(image: Image.Image, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """As Reader.show, of an image that was opened; a JPEG is decoded at part of its size where that is enough."""
    if longest is not None:
        image.draft("RGB", (2 * longest, 2 * longest))
    claim(image, share)
    image.load()
    return shown(image, orientation_of(image), longest)


def decoded(image: Image.Image, data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """Load an image that was opened, as ``read``."""
    width, height = image.size  # TIFF swaps them while loading where its orientation says so
    is_deep = _is_deep(image)
    warnings = []
    if _is_garbled_by_mapping(image):
        warnings.append(ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "turned-tiff"))
    claim(image, share)
    image.load()
    pixels, seen = rgb_pixels(image, scratch)
    frames, orientation = frames_of(image, data), orientation_of(image)
    return Decoded(pixels, str(image.format), width, height, frames, orientation, (*warnings, *seen), is_deep)


def claim(image: Image.Image, share: Share) -> None:
    """Claim what loading an image and taking its pixels as RGB needs."""
    bytes_each = _WEBP_BYTES if image.format == "WEBP" else _BYTES.get(image.mode, 4) + 3
    share.claim(image.width * image.height * bytes_each)


def frames_of(image: Image.Image, data: bytes) -> int:
    """The number of frames, pages or pictures in a file; 1 where they can't be counted."""
    try:
        match image.format:
            case "TIFF":
                return tiff_pages(data)
            case "GIF":
                return gif_frames(data)
            case _:
                return int(getattr(image, "n_frames", 1))  # stands in the file
    except _BAD_METADATA as error:
        log.info("Frames after the first can't be counted: %s", error)  # the first is what is encoded
        return 1


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or nonsense."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _BAD_METADATA as error:
        log.info("The EXIF data can't be read: %s", error)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004


def _decoded(image: Image.Image, data: bytes, scratch: Scratch, share: Share) -> Decoded:
    still = _webp(image, data, scratch, share) if image.format == "WEBP" and frames_of(image, data) == 1 else None
    return still or decoded(image, data, scratch, share)


def _webp(image: Image.Image, data: bytes, scratch: Scratch, share: Share) -> Decoded | None:
    """A still WEBP, decoded without Pillow; None where that can't be."""
    width, height = image.size
    share.claim(width * height * _STILL_WEBP_BYTES)
    pixels = scratch.array("pixels", height, width, 3)
    hides = False
    if image.mode == "RGB":
        if not decode_into(data, pixels):
            return None
    else:
        layers = scratch.array("layers", height, width, 4)
        if not decode_into(data, layers):
            return None
        hides = bool(layers[..., 3].min() < OPAQUE)
        pixels[:] = layers[..., :3]
    warnings = (ImageWarning(WarningCode.HIDDEN_TRANSPARENCY),) if hides else ()
    return Decoded(pixels, str(image.format), width, height, 1, orientation_of(image), warnings)


def _refuse_long(image: Image.Image) -> None:
    """Raise LongError for an image whose decoder works on it for long in one call."""
    pixels = image.width * image.height
    if pixels > _LONG_WEBP if image.format == "WEBP" else (pixels > _LONG_TIFF and _is_by_libtiff(image)):
        raise LongError(LONG)


def _is_by_libtiff(image: Image.Image) -> bool:
    return any(tile[0] == "libtiff" for tile in getattr(image, "tile", ()))


def _is_deep(image: Image.Image) -> bool:
    """Whether an image that was opened and not yet loaded has more than 8 bits per channel; Pillow may drop them."""
    if image.mode.startswith(("I", "F")):
        return True
    arguments = str([tile[3] for tile in getattr(image, "tile", ())])  # "RGB;16B"; of a PPM, the greatest value
    return ";16" in arguments or (image.format == "PPM" and "65535" in arguments)


def _is_garbled_by_mapping(image: Image.Image) -> bool:
    """Whether Pillow, given this picture's path as imagededup does, would map the file and shear the turned pixels."""
    turned = image.format == "TIFF" and orientation_of(image) >= 5  # noqa: PLR2004
    return turned and image.info.get("compression") == "raw" and image.mode in ("L", "P", "RGBA", "CMYK", "I;16")


PILLOW = Reader(
    formats=_PLUGINS,
    endings=tuple(".png .apng .gif .bmp .dib .pbm .pgm .ppm .pnm .tif .tiff .webp".split()),
    recognises=recognises,
    read=read,
    show=show,
)
LONG = replace(PILLOW, read=read_long, show=show_long, guarded=True, memory=6 << 30)
