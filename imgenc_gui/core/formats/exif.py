"""What a file's metadata say of how a picture was held."""

from __future__ import annotations

import logging
import struct

from PIL import ExifTags, Image

log = logging.getLogger(__name__)

BAD_METADATA = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    struct.error,
)  # that Pillow may raise


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or nonsense."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except BAD_METADATA as error:
        log.info("The EXIF data can't be read: %s", error)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004
