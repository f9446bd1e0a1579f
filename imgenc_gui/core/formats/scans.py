"""How many scans a JPEG has: the decoder goes over the whole picture for each."""

from __future__ import annotations

import re

import numpy as np

_BLOCK = 1 << 20  # bytes that are looked at at once
START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
# Within a scan's data 0 follows each 255, or the number of a restart; else 255 begins a marker, and may stand again.
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7\x01]")


def scans_at_most(data: bytes) -> int:
    """Quickly, a number that is no less: the bytes that begin a scan may be part of something else."""
    found = 0
    for start in range(0, len(data), _BLOCK):
        block = np.frombuffer(data, np.uint8, min(_BLOCK + 1, len(data) - start), start)
        for shift in (0, 1):
            pairs = block[shift : shift + (len(block) - shift) // 2 * 2].view("<u2")
            found += int(np.count_nonzero(pairs == START_OF_SCAN << 8 | 0xFF))
    return found


def scans_of(data: bytes) -> int:
    """The scans of the first picture in a file."""
    found = place = 0
    while match := _MARKER.search(data, place):
        place = match.end()
        kind = data[place - 1]
        if kind == _END_OF_IMAGE:
            break
        if kind != 0xD8:  # noqa: PLR2004 - the start of the picture alone says nothing of its length
            found += kind == START_OF_SCAN
            place += int.from_bytes(data[place : place + 2], "big")
    return found
