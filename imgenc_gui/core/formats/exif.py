"""What a file's metadata say of how a picture was held, and of when it was taken."""

from __future__ import annotations

import logging
import struct
from datetime import datetime

from PIL import ExifTags, Image

log = logging.getLogger(__name__)

_DATE = "%Y:%m:%d %H:%M:%S"
_DATE_LENGTH = 19

BAD_METADATA = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    struct.error,
)  # that Pillow may raise


def bearer_of(exif: bytes | None) -> Image.Image:
    """An image without pixels that has these EXIF data, for the functions below."""
    image = Image.Image()
    if exif:
        image.info["exif"] = exif
    return image


def orientation_of(image: Image.Image, otherwise: int = 1) -> int:
    """The EXIF orientation, 1 to 8; ``otherwise`` where there is none or nonsense."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except BAD_METADATA as error:
        log.info("The EXIF data can't be read: %s", error)
        return otherwise
    return value if isinstance(value, int) and 1 <= value <= 8 else otherwise  # noqa: PLR2004


def taken_of(image: Image.Image) -> datetime | None:
    """When a picture was taken, by the camera's clock; None where there is nothing or nonsense."""
    try:
        exif = image.getexif()
        if ExifTags.IFD.Exif not in exif:
            return None
        return date_of(exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal))
    except BAD_METADATA as error:
        log.info("The EXIF data don't say when: %s", error)
        return None


def date_of(told: object) -> datetime | None:
    """The date and time that a tag tells; None where it is nothing or nonsense."""
    try:
        return datetime.strptime(told[:_DATE_LENGTH], _DATE) if isinstance(told, str) else None  # noqa: DTZ007 - it has none
    except ValueError:
        return None
