"""Which formats are read, and by whom. A new one is a Reader in a file of its own, and its name here."""

from __future__ import annotations

from io import RawIOBase
from pathlib import Path, PurePath
from typing import BinaryIO

from imgenc_gui.core.formats.avif import AVIF
from imgenc_gui.core.formats.camera_raw import RAW
from imgenc_gui.core.formats.foreign import foreign_format, foreign_format_by_ending
from imgenc_gui.core.formats.heif import HEIF
from imgenc_gui.core.formats.jpeg import JPEG
from imgenc_gui.core.formats.jxl import JPEG_XL
from imgenc_gui.core.formats.pillow_formats import PILLOW
from imgenc_gui.core.formats.rare_formats import RARE, TGA
from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.formats.svg import SVG
from imgenc_gui.core.formats.svg_source import begins_as_markup

READERS: tuple[Reader, ...] = (JPEG, RAW, PILLOW, AVIF, HEIF, JPEG_XL, SVG, RARE, TGA)  # asked in this order

_HEAD = 4096  # bytes
_LONG_HEAD = 1 << 16  # the same of a drawing: editors put licences before it

RAW_ENDINGS = frozenset(RAW.endings)


def head_of(file: RawIOBase | BinaryIO) -> bytes:
    """The first bytes of a file that has just been opened: as many as reader_of needs. Raises OSError."""
    head = file.read(_HEAD) or b""
    return head + (file.read(_LONG_HEAD - _HEAD) or b"") if begins_as_markup(head) else head


def head_in(data: bytes) -> bytes:
    """The same of all bytes of a file."""
    head = data[:_HEAD]
    return data[:_LONG_HEAD] if begins_as_markup(head) else head


def reader_of(head: bytes, path: str) -> Reader | None:
    """Who reads a file that begins with these bytes (head_of), or has these alone, and is named so."""
    for reader in READERS:
        if reader.recognises(head) and (not reader.by_ending or ending_of(path) in reader.endings):
            return reader
    return None


def ending_of(path: str) -> str:
    """What a file's name ends in, lower case, with the dot."""
    return PurePath(path).suffix.lower()


def is_ending(ending: str) -> bool:
    """Whether a file whose name ends so (lower case, with the dot) is meant to be one that is read here."""
    return any(ending in reader.endings for reader in READERS)


def is_picture(path: Path) -> bool:
    """Whether a file is a picture, read here or not, by its content or its name; an empty one is none. Raises OSError.

    It must be a file: opening a pipe would wait for ever.
    """
    with path.open("rb") as file:
        head = head_of(file)
    ending = ending_of(str(path))
    by_name = is_ending(ending) or foreign_format_by_ending(ending) is not None
    return bool(head) and (by_name or reader_of(head, str(path)) is not None or foreign_format(head) is not None)
