"""The largest picture of an icon: of Windows' (ICO) and of macOS' (ICNS)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from PIL import Image
from PIL.IcnsImagePlugin import IcnsFile
from PIL.IcoImagePlugin import IcoFile

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.png import SIGNATURE as PNG
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError

ICO = b"\0\0\1\0"
ICNS = b"icns"
JPEG_2000 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")

_MOST_PIXELS = 1 << 20  # of a picture that isn't a PNG or a JPEG 2000, which are bounded themselves
_DIB = 20  # bytes of a bitmap's header that are looked at


@dataclass(frozen=True, slots=True)
class Icon:
    """``picture``: the largest one, as it is or as a file of another format; ``count``: how many there are."""

    picture: bytes | Image.Image
    count: int


def largest_of_ico(data: bytes, share: Share) -> Icon:
    """As Pillow chooses among those of one size. Raises whatever is wrong with the file."""
    file = IcoFile(Source(data, share))
    sizes = [_size_in_ico(data, entry.offset, entry.dim) for entry in file.entry]
    number = max(range(len(sizes)), key=lambda each: sizes[each][0] * sizes[each][1])
    width, height = sizes[number]
    entry = file.entry[number]
    if data.startswith(PNG, entry.offset):
        return Icon(_part(data, entry.offset, entry.size, share), len(sizes))
    if width * height > _MOST_PIXELS:
        raise ReadError(ImageFailure(FailureCode.DAMAGED, "", (f"an icon of {width} x {height} pixels",)))
    return Icon(file.frame(number), len(sizes))


def _part(data: bytes, start: int, length: int, share: Share) -> bytes:
    share.claim(length)
    return data[start : start + length]


def _size_in_ico(data: bytes, place: int, told: tuple[int, int]) -> tuple[int, int]:
    """The size of a picture; the file's directory may tell another."""
    if data.startswith(PNG, place):
        width, height = struct.unpack_from(">II", data, place + 16)
        return width, height
    if place + _DIB > len(data):
        return told
    width, height = struct.unpack_from("<Ii", data, place + 4)
    return width, abs(height) // 2  # with its mask


def largest_of_icns(data: bytes, share: Share) -> Icon:
    """As Pillow chooses it. Raises whatever is wrong with the file."""
    file = IcnsFile(Source(data, share))
    sizes = file.itersizes()
    if not sizes:
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", ("Old-style ICNS",)))
    best = file.bestsize()
    for code, _ in file.SIZES[best]:
        start, length = file.dct.get(code, (0, 0))
        if length > 0 and data.startswith((PNG, *JPEG_2000), start):
            return Icon(_part(data, start, length, share), len(sizes))
    return Icon(file.getimage(best), len(sizes))
