"""The boxes that HEIC, AVIF and JPEG XL files are made of: what decoders don't tell of a picture stands there."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import numpy as np

from imgenc_gui.core.formats.showing import upright

_MOST = 1 << 16  # boxes, and entries of a table, are looked at: a fraction of a second
_HEADER = 8  # bytes of a box before its content
_LONG_HEADER = 16  # the same of one whose length takes 64 bits
_VERSION = 4  # bytes of a version and flags, in boxes that have them
_TURNS = (b"irot", b"imir")
_SIDES = struct.Struct(">LL")
_CORNERS = np.arange(4).reshape(2, 2)  # tells all eight ways to turn it apart


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a file: what it is, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """What lies one after another in a file or a part of it; a box that would lead out of it ends with it."""
    return islice(_boxes(data, start, len(data) if end is None else end), _MOST)


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    while start + _HEADER <= end:
        size, kind = struct.unpack_from(">L4s", data, start)
        header = _HEADER
        if size == 1 and start + _LONG_HEADER <= end:
            (size,) = struct.unpack_from(">Q", data, start + _HEADER)
            header = _LONG_HEADER
        elif size == 0:  # to the end
            size = end - start
        if size < header:
            return
        yield Box(kind, start + header, min(start + size, end))
        start += size


def brands(head: bytes) -> tuple[bytes, ...]:
    """What a file that begins with these bytes says it is, the major brand first; nothing for other kinds of files."""
    if head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4]), len(head))
    return (head[8:12], *(head[place : place + 4] for place in range(16, end - 3, 4)))


def find(data: bytes, *path: bytes, start: int = 0, end: int | None = None) -> Box | None:
    """The first box of a kind, in the first one of another kind, and so on."""
    found = None
    for kind in path:
        found = next((box for box in boxes(data, start, end) if box.kind == kind), None)
        if found is None:
            return None
        start, end = found.start + _VERSION * (kind == b"meta"), found.end
    return found


def properties(data: bytes) -> list[Box]:
    """What a HEIC or AVIF file says of its primary picture, in the order in which it holds; nothing for nonsense."""
    primary = find(data, b"meta", b"pitm")
    try:
        if primary is None:
            return []
        (wanted,) = struct.unpack_from(">L" if data[primary.start] else ">H", data, primary.start + _VERSION)
        return next((told for item, told in _items(data) if item == wanted), [])
    except (struct.error, IndexError):
        return []


def size(data: bytes, told: Sequence[Box]) -> tuple[int, int]:
    """A picture's width and height by its properties; (0, 0) where they don't say."""
    sides = next((box for box in told if box.kind == b"ispe" and box.end - box.start >= _VERSION + _SIDES.size), None)
    return (0, 0) if sides is None else _SIDES.unpack_from(data, sides.start + _VERSION)


def pixels_in(data: bytes) -> int:
    """The pixels of all pictures in such a file together: the primary one may be made of any of them."""
    total = 0
    with suppress(struct.error, IndexError):
        for _, told in _items(data):
            total += math.prod(size(data, told))
    return total


def _items(data: bytes) -> Iterator[tuple[int, list[Box]]]:
    """(number, properties) of what a file is made of."""
    all_of_them, whose = find(data, b"meta", b"iprp", b"ipco"), find(data, b"meta", b"iprp", b"ipma")
    if all_of_them is None or whose is None:
        return
    known = list(boxes(data, all_of_them.start, all_of_them.end))
    item = struct.Struct(">LB" if data[whose.start] else ">HB")
    number = "H" if data[whose.start + 3] & 1 else "B"
    most = 0x7FFF if number == "H" else 0x7F  # the highest bit says something else
    (count,) = struct.unpack_from(">L", data, whose.start + _VERSION)
    place = whose.start + _VERSION + 4
    for _ in range(min(count, _MOST)):
        found, several = item.unpack_from(data, place)
        form = f">{several}{number}"
        numbers = struct.unpack_from(form, data, place + item.size)
        place += item.size + struct.calcsize(form)
        yield found, [known[n - 1] for n in (n & most for n in numbers) if 0 < n <= len(known)]


def orientation(data: bytes, told: Sequence[Box]) -> int | None:
    """How a picture is to be turned by its properties, as EXIF says it, 1 to 8; None where they don't say."""
    corners, turns = _CORNERS, [box for box in told if box.kind in _TURNS]
    for turn in turns:
        how = data[turn.start]
        corners = np.rot90(corners, how & 3) if turn.kind == b"irot" else np.flip(corners, how & 1)
    return next(o for o in range(1, 9) if np.array_equal(upright(_CORNERS, o), corners)) if turns else None


def unturned(data: bytes, told: Sequence[Box]) -> bytes:
    """The file with nothing that turns its picture: each turn is one by 0 degrees. Turning pixels back isn't exact."""
    changed = bytearray(data)
    for turn in told:
        if turn.kind in _TURNS:
            changed[turn.start - 4 : turn.start + 1] = b"irot\0"
    return bytes(changed)


def is_deep(data: bytes, told: Sequence[Box]) -> bool:
    """Whether a picture has more than 8 bits per channel by its properties."""
    pixels = next((box for box in told if box.kind == b"pixi"), None)
    return pixels is not None and max(data[pixels.start + _VERSION + 1 : pixels.end], default=0) > 8  # noqa: PLR2004
