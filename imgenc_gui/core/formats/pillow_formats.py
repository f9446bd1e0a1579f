"""The formats that Pillow reads as imagededup does, but for JPEG: PNG, GIF, BMP, PPM, TIFF, WEBP."""

from __future__ import annotations

import io
import logging
import re
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from imgenc_gui.core.formats.reader import Decoded, Reader, cut_to_black
from imgenc_gui.core.formats.showing import shown
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
_BAD_METADATA = (OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error)


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is in one of these formats."""
    if head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _PNM.match(head):
        return True
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS


def read(data: bytes, _: Scratch) -> Decoded:
    """The first frame as imagededup sees it: RGB, alpha dropped, EXIF orientation ignored."""
    with Image.open(io.BytesIO(data), formats=_PLUGINS) as image:
        return decoded(image)


def show(data: bytes, longest: int | None) -> NDArray[np.uint8]:
    """A picture for a person, as Reader.show."""
    return show_with(_PLUGINS, data, longest)


def show_with(plugins: tuple[str, ...], data: bytes, longest: int | None) -> NDArray[np.uint8]:
    """As Reader.show, with these plugins of Pillow; a JPEG is decoded at part of its size where that is enough."""
    with Image.open(io.BytesIO(data), formats=plugins) as image:
        if longest is not None:
            image.draft("RGB", (2 * longest, 2 * longest))
        image.load()
        return shown(image, orientation_of(image), longest)


def decoded(image: Image.Image) -> Decoded:
    """Load an image that was opened, as ``read``."""
    width, height = image.size  # TIFF swaps them while loading where its orientation says so
    is_deep = _is_deep(image)
    pixels, warnings = _pixels(image)
    return Decoded(pixels, str(image.format), width, height, frames_of(image), orientation_of(image), warnings, is_deep)


def frames_of(image: Image.Image) -> int:
    """The number of frames, pages or pictures in a file; 1 where they can't be counted."""
    try:
        return int(getattr(image, "n_frames", 1))
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


def _pixels(image: Image.Image) -> tuple[NDArray[np.uint8], tuple[ImageWarning, ...]]:
    warnings = []
    if _is_garbled_by_mapping(image):
        warnings.append(ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "turned-tiff"))
    image.load()
    if image.mode == "RGB" and not image.has_transparency_data:
        return np.asarray(image), tuple(warnings)
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        cut = cut_to_black(values)
        if cut is not None:
            warnings.append(cut)
        elif values.min() < 0 or values.max() > 255:  # noqa: PLR2004
            warnings.append(ImageWarning(WarningCode.CLIPPED_16_BIT))
    rgba = image.convert("RGBA")
    if image.has_transparency_data and rgba.getchannel("A").getextrema()[0] != 255:  # noqa: PLR2004
        warnings.append(ImageWarning(WarningCode.HIDDEN_TRANSPARENCY))
    return np.asarray(image if image.mode == "RGB" else rgba.convert("RGB")), tuple(warnings)


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
