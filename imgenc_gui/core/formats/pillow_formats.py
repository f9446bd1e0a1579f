"""The formats that Pillow reads as imagededup does, but for JPEG: PNG, GIF, BMP, PPM, TIFF, WEBP."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.damaged import lenient, marked, nothing_left
from imgenc_gui.core.formats.exif import BAD_METADATA, orientation_of, taken_of
from imgenc_gui.core.formats.frames import gif_frames, tiff_pages, tiff_parts
from imgenc_gui.core.formats.kinds import kind_of
from imgenc_gui.core.formats.libtiff import silence
from imgenc_gui.core.formats.png import SIGNATURE, essentials
from imgenc_gui.core.formats.reader import HANDED_OVER, Decoded, LongError, Reader, in_child
from imgenc_gui.core.formats.showing import is_deep_grey, shown, upright
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.formats.strips import OPAQUE, rgb_pixels, uncompressed
from imgenc_gui.core.formats.webp import decode_into
from imgenc_gui.core.records.results import (
    FIRST_SIDEWAYS,
    TURNED_WHILE_READ,
    UPRIGHT,
    ImageWarning,
    ReadError,
    WarningCode,
)
from imgenc_gui.core.scratch import Scratch

log = logging.getLogger(__name__)

_PLUGINS = ("PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")  # PNG also opens APNG, PPM also PBM and PGM
_TIFF = (b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+")  # as Pillow takes it
_SIGNATURES = (SIGNATURE, b"GIF87a", b"GIF89a", *_TIFF)
# Too short to be a signature alone: many a text begins with these letters.
_PNM = re.compile(rb"P(?:[1-6fF]\s+[#\d-]|0CMYK|y(?:P|CMYK|RGBA))")  # PBM, PGM, PPM and Pillow's relatives of them
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes
# Where a decoder does all in one call, and takes longer than half a second: whoever stops it has to wait.
_LONG_WEBP = 24_000_000  # pixels
_LONG_TIFF = 32_000_000
_MANY_PARTS = 100_000  # strips or tiles of a TIFF: Pillow makes so many objects before it asks for the pixels
_PART_BYTES = 600  # for each of them
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}  # for a pixel of an image; of other modes 4
_MOST_BYTES = 8  # of a pixel in a file
_MAPPED = ("L", "P", "RGBA", "CMYK", "I;16", "I;16B")  # the modes in which Pillow maps a file's own bytes
_WEBP_BYTES = 4 * 5  # two canvases, the decoder's own, what it returns, and the image
_STILL_WEBP_BYTES = 4 + 4
_REFUSED = (UnidentifiedImageError, ValueError)  # by Pillow at once; the latter for too much text


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is in one of these formats."""
    if head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _PNM.match(head):
        return True
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS


def read(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The first frame as imagededup sees it: RGB, alpha dropped, EXIF orientation ignored."""
    _refuse_many_parts(data)
    image, needed = _opened(data, share)
    with image:
        _refuse_long(image)
        made = _decoded(image, needed, scratch, share)
    if needed is data:
        return made
    return replace(made, warnings=(ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "extras"), *made.warnings))


def read_long(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The same, however long it takes."""
    with opened(data, share) as image:
        return _decoded(image, data, scratch, share)


def show(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """A picture for a person, as Reader.show."""
    _refuse_many_parts(data)
    image, needed = _opened(data, share)
    with image:
        _refuse_long(image)
        return show_image(_still_webp(image, needed, share) or image, longest, needed, share)


def show_long(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same, however long it takes."""
    with opened(data, share) as image:
        return show_image(_still_webp(image, data, share) or image, longest, data, share)


def read_damaged(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """As much of a damaged picture as there is."""
    with lenient(), opened(data, share) as image:
        _refuse_interlaced(image)
        return marked(_decoded(image, data, scratch, share), image)


def show_damaged(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same for a person."""
    with lenient(), opened(data, share) as image:
        _refuse_interlaced(image)
        return show_image(image, longest, data, share)


def _refuse_interlaced(image: Image.Image) -> None:
    """Of a PNG in passes Pillow would leave black dots between those that are there."""
    if image.info.get("interlace") and image.format == "PNG":
        raise ReadError(nothing_left())


def show_image(image: Image.Image, longest: int | None, data: bytes, share: Share) -> NDArray[np.uint8]:
    """As Reader.show, of an image that was opened; a JPEG is decoded at part of its size where that is enough."""
    if longest is not None:
        image.draft("RGB", (2 * longest, 2 * longest))
    claim(image, data, share)
    if is_deep_grey(image):
        share.claim(image.width * image.height)  # it is shown by another image
    pixels = shown(image, longest, data, share.stop)
    orientation = orientation_of(image)
    image.close()  # or it would be there beside the pixels and their copy
    return np.ascontiguousarray(upright(pixels, orientation))


def decoded(image: Image.Image, data: bytes, scratch: Scratch, share: Share, frames: int | None = None) -> Decoded:
    """Load an image that was opened, as ``read``. ``frames``: how many there are, where that is known."""
    is_turned = image.format == TURNED_WHILE_READ
    width, height = _stored_size(image)
    is_deep, orientation = _is_deep(image), orientation_of(image) if is_turned else UPRIGHT
    warnings = []
    if _is_garbled_by_mapping(image):
        warnings.append(ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "turned-tiff"))
    claim(image, data, share)
    frames = frames or frames_of(image, data)  # while there are data
    pixels, seen = rgb_pixels(image, data, scratch, share.stop)
    # Only now: Pillow decodes a PNG to find its EXIF data, and what is wrong with its pixels must not pass for theirs.
    taken = taken_of(image)
    if not is_turned:
        orientation = orientation_of(image)
    return Decoded(pixels, str(image.format), width, height, frames, orientation, (*warnings, *seen), is_deep, taken)


def claim(image: Image.Image, data: bytes, share: Share) -> None:
    """Claim what loading an image and taking its pixels as RGB needs."""
    loaded = 0 if uncompressed(image, data) else _BYTES.get(image.mode, 4)
    share.claim(image.width * image.height * (_WEBP_BYTES if image.format == "WEBP" else loaded + 3))


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
    except BAD_METADATA as error:
        log.info("Frames after the first can't be counted: %s", error)  # the first is what is encoded
        return 1


def _opened(data: bytes, share: Share) -> tuple[ImageFile.ImageFile, bytes]:
    """An image, not loaded, and the bytes that it is of: of a PNG that Pillow refuses, what its pixels need."""
    try:
        return opened(data, share), data
    except _REFUSED:
        needed = essentials(data, share)
        if needed is None:
            raise
        return opened(needed, share), needed


def opened(data: bytes, share: Share, plugins: tuple[str, ...] = _PLUGINS) -> ImageFile.ImageFile:
    """An image by one of Pillow's plugins, not loaded."""
    silence()
    image = Image.open(Source(data, share), formats=plugins)
    # Pillow joins so many bytes after the other until it has a row: of a wide picture, that would take minutes.
    image.decodermaxblock = max(image.decodermaxblock, image.width * _MOST_BYTES)
    _take_all_rows(image, data)
    return image


def _take_all_rows(image: ImageFile.ImageFile, data: bytes) -> None:
    """Let a picture whose only strip has fewer rows, it says, or shorter ones, go on behind them.

    So Pillow does, given a path as imagededup does, for what it can map; and so do others.
    """
    if len(image.tile) != 1 or image.mode not in _MAPPED:
        return
    (tile,) = image.tile
    arguments = tile.args if isinstance(tile.args, tuple) and len(tile.args) >= 3 else (tile.args, 0, 1)  # noqa: PLR2004
    if tile.codec_name != "raw" or arguments[0] != image.mode:
        return
    length = image.width * _BYTES.get(image.mode, 4)
    stride = max(arguments[1], length)
    left, top, right, bottom = tile.extents or (0, 0, *image.size)
    is_narrow = 0 < arguments[1] < length
    if (left, top, right) != (0, 0, image.width) or not (bottom < image.height or is_narrow):
        return  # a turned TIFF's are swapped
    if 0 <= tile.offset <= len(data) - image.height * stride:
        image.tile = [tile._replace(extents=(0, 0, *image.size), args=(image.mode, stride, *arguments[2:]))]


def _decoded(image: Image.Image, data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """As ``decoded``, and without Pillow where the picture is a still WEBP."""
    width, height = image.size
    pixels = scratch.array("pixels", height, width, 3) if _is_still_webp(image, data) else None
    if pixels is None:
        return decoded(image, data, scratch, share)
    share.claim(width * height * _STILL_WEBP_BYTES)
    hides = False
    if image.mode == "RGB":
        done = decode_into(data, pixels)
    else:
        layers = scratch.array("layers", height, width, 4)
        done = decode_into(data, layers)
        if done:
            hides = bool(layers[..., 3].min() < OPAQUE)
            pixels[:] = layers[..., :3]
    if not done:
        return decoded(image, data, scratch, share)
    warnings = (ImageWarning(WarningCode.HIDDEN_TRANSPARENCY),) if hides else ()
    return Decoded(pixels, "WEBP", width, height, 1, orientation_of(image), warnings, taken=taken_of(image))


def _still_webp(image: Image.Image, data: bytes, share: Share) -> Image.Image | None:
    """The same as an image; None for what isn't a still WEBP, or can't be decoded so."""
    if not _is_still_webp(image, data):
        return None
    share.claim(image.width * image.height * _STILL_WEBP_BYTES)
    pixels = np.empty((image.height, image.width, len(image.mode)), np.uint8)
    if not decode_into(data, pixels):
        return None
    still = Image.frombuffer(image.mode, image.size, pixels, "raw", image.mode, 0, 1)
    still.info = image.info
    return still


def _is_still_webp(image: Image.Image, data: bytes) -> bool:
    return image.format == "WEBP" and frames_of(image, data) == 1


def _refuse_long(image: Image.Image) -> None:
    """Raise LongError for an image whose decoder works on it for long in one call."""
    pixels = image.width * image.height
    if pixels > _LONG_WEBP if image.format == "WEBP" else (pixels > _LONG_TIFF and _is_by_libtiff(image)):
        each = _WEBP_BYTES if image.format == "WEBP" else _BYTES.get(image.mode, 4) + 3
        raise LongError(LONG, pixels * (each + HANDED_OVER))


def _refuse_many_parts(data: bytes) -> None:
    """Raise LongError for a TIFF of so many parts that Pillow takes long to open it, and much memory."""
    parts = tiff_parts(data) if data.startswith(_TIFF) else 0
    if parts > _MANY_PARTS:
        raise LongError(LONG, parts * _PART_BYTES)


def _stored_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an image that wasn't loaded yet: Pillow tells those of a TIFF as it is going to turn it."""
    tags = getattr(image, "tag_v2", {})
    sideways = image.format == TURNED_WHILE_READ and tags.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    return (image.height, image.width) if sideways else image.size


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
    turned = image.format == TURNED_WHILE_READ and orientation_of(image) >= FIRST_SIDEWAYS
    return turned and image.info.get("compression") == "raw" and image.mode in _MAPPED


PILLOW = Reader(
    formats=_PLUGINS,
    endings=tuple(".png .apng .gif .bmp .dib .pbm .pgm .ppm .pnm .pfm .tif .tiff .webp".split()),
    recognises=recognises,
    read=read,
    show=show,
    read_damaged=read_damaged,
    show_damaged=show_damaged,
    version=3,
    kind_of=kind_of,
)
LONG = replace(in_child(PILLOW), read=read_long, show=show_long)
