"""Counts the frames of a file by a walk over its structure: Pillow opens each, and compares it with all before."""

from __future__ import annotations

import struct

MOST = 1 << 18  # are counted: a fraction of a second

_GIF_HEADER = 13  # bytes, before the palette
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END = b",!;"


def tiff_pages(data: bytes) -> int:
    """The number of directories in a chain that may be damaged or lead back into itself; at least 1."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2] == 43  # noqa: PLR2004 - as Pillow tells them apart
    count, entry, following = (
        (struct.Struct(f"{order}Q"), 20, struct.Struct(f"{order}Q"))
        if big
        else (struct.Struct(f"{order}H"), 12, struct.Struct(f"{order}L"))
    )
    seen: set[int] = set()
    try:
        (place,) = following.unpack_from(data, 8 if big else 4)
        while place and place not in seen and len(seen) < MOST:
            end = place + count.size + entry * count.unpack_from(data, place)[0]
            (after,) = following.unpack_from(data, end)
            seen.add(place)
            place = after
    except (struct.error, OverflowError):  # the chain leads out of the file
        pass
    return max(1, len(seen))


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
