"""How many scans a JPEG has: the decoder goes over the whole picture for each."""

from __future__ import annotations

import numpy as np

from imgenc_gui.core.stopping import Stop, check, never

_BLOCK = 1 << 20  # bytes that are looked at at once
START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
# Within a scan's data 0 follows each 255, or the number of a restart; else 255 begins a marker, and may stand again.
_BEGINS = np.ones(256, np.bool_)
_BEGINS[[0x00, 0x01, *range(0xD0, 0xD8), 0xFF]] = False


def scans_at_most(data: bytes) -> int:
    """Quickly, a number that is no less: the bytes that begin a scan may be part of something else."""
    found = 0
    for start in range(0, len(data), _BLOCK):
        block = np.frombuffer(data, np.uint8, min(_BLOCK + 1, len(data) - start), start)
        for shift in (0, 1):
            pairs = block[shift : shift + (len(block) - shift) // 2 * 2].view("<u2")
            found += int(np.count_nonzero(pairs == START_OF_SCAN << 8 | 0xFF))
    return found


def scans_of(data: bytes, stop: Stop = never) -> int:
    """The scans of the first picture in a file. Raises StoppedError."""
    found = end = 0  # of what a marker says that it has
    for start in range(0, len(data), _BLOCK):
        check(stop)
        block = np.frombuffer(data, np.uint8, min(_BLOCK + 1, len(data) - start), start)
        markers = start + np.flatnonzero((block[:-1] == 0xFF) & _BEGINS[block[1:]])  # noqa: PLR2004
        for place in markers[np.searchsorted(markers, end) :].tolist():
            if place < end:
                continue
            kind = data[place + 1]
            if kind == _END_OF_IMAGE:
                return found
            end = place + 2
            if kind != 0xD8:  # noqa: PLR2004 - the start of the picture alone says nothing of its length
                found += kind == START_OF_SCAN
                end += int.from_bytes(data[end : end + 2], "big")
    return found
