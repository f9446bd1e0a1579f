"""The one door for pictures: a file's bytes in, RGB pixels and facts out, or a ReadError in plain words."""

from __future__ import annotations

import io
import logging
import os
import re
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from imgenc_gui.core.formats import svg
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode
from imgenc_gui.core.scratch import Scratch

log = logging.getLogger(__name__)

# Pillow's plugins for the formats that imagededup reads: JPEG also opens MPO, PPM also PBM and PGM, PNG also APNG.
_PLUGINS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")
MAX_PIXELS = 2 * 89_478_485  # where Pillow, and so imagededup, refuses a picture
MAX_BYTES = 2 << 30
_HEAD_BYTES = 4096

_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    *(b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+"),  # TIFF, as Pillow takes it
)
# Too short to be a signature alone: many a text begins with these letters.
_PNM = re.compile(rb"P(?:[1-6fF]\s+[#\d-]|0CMYK|y(?:P|CMYK|RGBA))")  # PBM, PGM, PPM and Pillow's relatives of them
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes
_EXTENSIONS = frozenset(
    ".jpg .jpeg .jpe .jfif .png .apng .gif .bmp .dib .tif .tiff .webp .mpo .pbm .pgm .ppm .pnm .svg".split()
)
_FOREIGN_EXTENSIONS = frozenset(
    ".heic .heif .avif .jxl .jp2 .psd .ico .tga .exr .svgz .cr2 .cr3 .nef .arw .dng .orf .raf .rw2 .pef .srw".split()
)
# Formats that photographers have and Pillow doesn't know, by the brand at byte 8 of an ISO media file, or by its head.
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF", b"avif": "AVIF", b"avis": "AVIF"}
_FOREIGN_HEADS = (
    (b"FUJIFILMCCD-RAW", "Fujifilm RAW"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"%PDF-", "PDF"),
    (b"\0\0\1\0", "icon"),
    (b"v/1\1", "OpenEXR"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was read: RGB pixels (height, width, 3) uint8 as imagededup sees them, facts and warnings."""

    pixels: NDArray[np.uint8]
    facts: Facts
    warnings: tuple[ImageWarning, ...]


def read_picture(path: str, scratch: Scratch | None = None) -> Picture:
    """Read a picture file. Raises ReadError, and no other exception, whatever the file holds.

    With ``scratch`` the pixels are valid only until this thread reads its next picture with it.
    """
    with _as_read_error(path):
        data, status = _read_bytes(path)
        if svg.looks_like_svg(data[:_HEAD_BYTES]):
            return _read_svg(data, status)
        with _open(data, path) as image:
            width, height = image.size  # TIFF swaps them while loading where its orientation says so
            pixels, warnings = _pixels(image, data, scratch or Scratch())
            facts = Facts(
                format=str(image.format),
                width=width,
                height=height,
                frames=_frames(image),
                bytes=len(data),
                mtime_ns=status.st_mtime_ns,
                orientation=_orientation(image),
            )
        return Picture(pixels, facts, warnings)


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn an image (h, w, 3) upright by its EXIF orientation, 1 to 8. A view where it can be."""
    if orientation >= 5:  # noqa: PLR2004 - 5 to 8 swap rows and columns
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def read_preview(path: str) -> NDArray[np.uint8]:
    """All pixels of a picture for showing it, upright: RGB (h, w, 3) uint8, transparency on white. Raises ReadError."""
    return _read_shown(path, None)


def read_thumbnail(path: str, longest: int) -> NDArray[np.uint8]:
    """As read_preview, with the longest side at most ``longest`` pixels; a JPEG is decoded at part of its size."""
    return _read_shown(path, longest)


def _read_shown(path: str, longest: int | None) -> NDArray[np.uint8]:
    with _as_read_error(path):
        data, status = _read_bytes(path)
        if svg.looks_like_svg(data[:_HEAD_BYTES]):
            shown: Image.Image = Image.fromarray(_read_svg(data, status).pixels)
            orientation = 1
        else:
            shown = _open(data, path)
            if longest is not None:
                shown.draft("RGB", (2 * longest, 2 * longest))
            shown.load()
            orientation = _orientation(shown)
        if longest is not None:
            if shown.mode == "P":  # a palette can't be interpolated
                shown = shown.convert("RGBA")
            shown.thumbnail((longest, longest), reducing_gap=2.0)
        if shown.has_transparency_data:
            layer = shown.convert("RGBA")
            shown = Image.new("RGB", layer.size, "white")
            shown.paste(layer, mask=layer.getchannel("A"))
        return np.ascontiguousarray(upright(np.asarray(shown.convert("RGB")), orientation))


@contextmanager
def _as_read_error(path: str) -> Iterator[None]:
    """Translate what goes wrong while a picture is read. ReadErrors pass through."""
    try:
        yield
    except MemoryError as error:
        raise ReadError(ImageFailure(FailureCode.OUT_OF_MEMORY)) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(str(error)) from error
    except ReadError:
        raise
    except Exception as error:
        # Decoders meet damage in their own ways (OSError, SyntaxError, struct.error, ValueError, IndexError ...).
        log.info("%s can't be decoded", path, exc_info=True)
        raise ReadError(ImageFailure(FailureCode.DAMAGED, "", (_words(error),))) from error


def _words(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text[:200].splitlines()[0].rstrip(".")


def _too_many_pixels(words: str) -> ReadError:
    pixels = next((int(word.strip("()")) for word in words.split() if word.strip("()").isdigit()), 0)
    return ReadError(ImageFailure(FailureCode.TOO_LARGE, "pixels", (pixels / 1e6, MAX_PIXELS / 1e6)))


def _read_bytes(path: str) -> tuple[bytes, os.stat_result]:
    try:
        status = os.stat(path)  # noqa: PTH116 - a str may hold bytes that are no text; Path adds nothing
        if not stat.S_ISREG(status.st_mode):  # opening a pipe could wait for ever
            raise ReadError(ImageFailure(FailureCode.NOT_AN_IMAGE, "folder-or-device"))
        if status.st_size == 0:
            raise ReadError(ImageFailure(FailureCode.EMPTY))
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(_HEAD_BYTES)
            _refuse_foreign(head, path)
            if status.st_size > MAX_BYTES:
                raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "bytes", (status.st_size / 1e9,)))
            file.seek(0)
            return file.read(), status
    except FileNotFoundError as error:
        raise ReadError(ImageFailure(FailureCode.GONE)) from error
    except PermissionError as error:
        raise ReadError(ImageFailure(FailureCode.NO_PERMISSION)) from error
    except OSError as error:
        raise ReadError(ImageFailure(FailureCode.UNREADABLE, "", (str(error.strerror or error),))) from error


def _refuse_foreign(head: bytes, path: str) -> None:
    """Raise ReadError when a file's first bytes show that it is none of ours, before the rest of it is read."""
    if _is_ours(head):
        return
    kind = _BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None
    kind = kind or next((name for start, name in _FOREIGN_HEADS if head.startswith(start)), None)
    if kind:
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (kind,)))
    raise _unrecognised(path)


def _is_ours(head: bytes) -> bool:
    if head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _PNM.match(head):
        return True
    bitmap = head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return bitmap or svg.looks_like_svg(head)


def _unrecognised(path: str) -> ReadError:
    """What to say of a file whose content nobody knows: its name tells what it was meant to be."""
    extension = PurePath(path).suffix.lower()
    if extension in _EXTENSIONS:
        return ReadError(ImageFailure(FailureCode.DAMAGED, "misnamed"))
    if extension in _FOREIGN_EXTENSIONS:
        return ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (extension[1:].upper(),)))
    return ReadError(ImageFailure(FailureCode.NOT_AN_IMAGE))


def _open(data: bytes, path: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_PLUGINS)
    except UnidentifiedImageError as error:
        raise _unrecognised(path) from error


def _pixels(image: Image.Image, data: bytes, scratch: Scratch) -> tuple[NDArray[np.uint8], tuple[ImageWarning, ...]]:
    """The first frame as imagededup sees it: RGB, alpha dropped, EXIF orientation ignored."""
    if image.mode == "RGB" and image.format in ("JPEG", "MPO"):
        try:
            # The same bytes as Pillow's, in two thirds of the time.
            buffer = scratch.array("pixels", image.height, image.width, 3)
            pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
                data, "RGB", fastdct=False, fastupsample=False, buffer=buffer
            )
        except ValueError:
            log.debug("simplejpeg refuses a picture; Pillow decides", exc_info=True)
        else:
            if pixels.shape[1::-1] == image.size:
                return pixels, ()
    warnings = []
    if _is_garbled_by_mapping(image):
        warnings.append(ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "turned-tiff"))
    image.load()
    if image.mode == "RGB" and not image.has_transparency_data:
        return np.asarray(image), tuple(warnings)
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 255:  # noqa: PLR2004
            warnings.append(ImageWarning(WarningCode.CLIPPED_16_BIT))
    rgba = image.convert("RGBA")
    if image.has_transparency_data and rgba.getchannel("A").getextrema()[0] != 255:  # noqa: PLR2004
        warnings.append(ImageWarning(WarningCode.HIDDEN_TRANSPARENCY))
    return np.asarray(image if image.mode == "RGB" else rgba.convert("RGB")), tuple(warnings)


def _is_garbled_by_mapping(image: Image.Image) -> bool:
    """Whether Pillow, given this picture's path as imagededup does, would map the file and shear the turned pixels."""
    turned = image.format == "TIFF" and _orientation(image) >= 5  # noqa: PLR2004
    return turned and image.info.get("compression") == "raw" and image.mode in ("L", "P", "RGBA", "CMYK", "I;16")


def _read_svg(data: bytes, status: os.stat_result) -> Picture:
    pixels, (width, height) = svg.render_svg(data)
    facts = Facts("SVG", width, height, 1, len(data), status.st_mtime_ns, 1)
    return Picture(pixels, facts, (ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "format"),))


def _frames(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except (OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error) as error:
        log.info("Frames after the first can't be counted: %s", error)  # the first is what is encoded
        return 1


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error) as error:
        log.info("The EXIF data can't be read: %s", error)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004
