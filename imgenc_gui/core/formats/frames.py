"""Counts the frames of a file by a walk over its structure: Pillow opens each, and compares it with all before."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass

MOST = 1 << 18  # are counted: a fraction of a second

_MOST_TAGS = 1000  # of a directory; pictures have some 20
_PARTS = (273, 324)  # the tags that say where strips and tiles are
_LEAST_OF_A_PART = 2  # bytes, to say where it is
_GIF_HEADER = 13  # bytes, before the palette
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END = b",!;"


@dataclass(frozen=True, slots=True)
class _Directories:
    """How the directories of a TIFF, or of a BigTIFF, are written."""

    count: struct.Struct  # of entries; that a directory begins with
    entry: struct.Struct  # tag, type, how many values, and where they are
    following: struct.Struct  # where the next one is; that a directory ends with
    first: int  # where it stands where the first one is

    @classmethod
    def of(cls, data: bytes) -> _Directories:
        order = "<" if data[:2] == b"II" else ">"
        if data[2] == 43:  # noqa: PLR2004 - as Pillow tells them apart
            return cls(struct.Struct(f"{order}Q"), struct.Struct(f"{order}HHQQ"), struct.Struct(f"{order}Q"), 8)
        return cls(struct.Struct(f"{order}H"), struct.Struct(f"{order}HHLL"), struct.Struct(f"{order}L"), 4)


def tiff_pages(data: bytes) -> int:
    """The number of directories in a chain that may be damaged or lead back into itself; at least 1."""
    written = _Directories.of(data)
    seen: set[int] = set()
    try:
        (place,) = written.following.unpack_from(data, written.first)
        while place and place not in seen and len(seen) < MOST:
            end = place + written.count.size + written.entry.size * written.count.unpack_from(data, place)[0]
            (after,) = written.following.unpack_from(data, end)
            seen.add(place)
            place = after
    except (struct.error, OverflowError):  # the chain leads out of the file
        pass
    return max(1, len(seen))


def tiff_parts(data: bytes) -> int:
    """How many strips or tiles the first page has, as far as the file can tell of them all."""
    written = _Directories.of(data)
    parts = 0
    with suppress(struct.error, OverflowError):
        (place,) = written.following.unpack_from(data, written.first)
        (count,) = written.count.unpack_from(data, place)
        for entry in range(min(count, _MOST_TAGS)):
            at = place + written.count.size + entry * written.entry.size
            tag, _, several, _ = written.entry.unpack_from(data, at)
            if tag in _PARTS:
                parts = max(parts, several)
    return min(parts, len(data) // _LEAST_OF_A_PART)


def gif_frames(data: bytes) -> int:
    """The number of images in a GIF, at least 1."""
    count = 0
    try:
        place = _GIF_HEADER + _gif_palette(data[10])
        while count < MOST and data[place] != _GIF_END:
            kind = data[place]
            place += 1
            if kind == _GIF_IMAGE:
                place += 10 + _gif_palette(data[place + 8])
                count += 1
            elif kind == _GIF_EXTENSION:
                place += 1
            else:
                continue  # as Pillow skips what it doesn't know
            while size := data[place]:
                place += size + 1
            place += 1
    except IndexError:  # it is cut off
        pass
    return max(1, count)


def _gif_palette(flags: int) -> int:
    """The bytes of the palette that these flags tell of."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0
