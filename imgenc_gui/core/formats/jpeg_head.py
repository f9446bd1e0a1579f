"""The size of a JPEG that has nothing else to tell, by its first bytes alone.

Most small JPEGs are plain in that way, and for one of those Pillow takes as long to open it as the kernels to hash it.
Whatever it might find in a file beside the size, or refuse, is left to Pillow.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from PIL import Image

_START_OF_IMAGE, _MARKER = b"\xff\xd8", 0xFF
_START_OF_SCAN, _TABLES = 0xDA, 0xDB  # those of quantization
_FRAMES = (0xC0, 0xC1)  # sequential, Huffman-coded
_PASSED = (0xC4, 0xDD, 0xFE)  # Huffman tables, restart interval, comment
_NAMED = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0"}
_LEAST = 14  # bytes of the named ones
_TABLE, _PRECISE = 65, 0x10  # bytes of a table of numbers of 8 bits; those of 16 begin with so much
_BITS, _CHANNELS = 8, 3
_MOST_SEGMENTS = 500  # are gone over, for no Stop is looked at: a profile has 255 at most
_FRAME, _SCAN = 6 + 3 * _CHANNELS, 4 + 2 * _CHANNELS  # bytes


def plain_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of an RGB JPEG of 8 bits, all in one scan and without metadata; None for any other."""
    size = None
    for kind, begin, length in islice(_segments(data), _MOST_SEGMENTS):
        if kind == _START_OF_SCAN:
            return size if length == _SCAN and data[begin] == _CHANNELS else None
        if kind in _FRAMES and size is None:
            size = _size(data, begin, length)
            if size is None:
                return None
        elif not _is_plain(data, kind, begin, length):
            return None
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each segment's marker, where its content begins, and the bytes of that, as long as one follows the other."""
    end = len(data) if data.startswith(_START_OF_IMAGE) else 0
    place = 2
    while place + 4 < end and data[place] == _MARKER:
        begin, length = place + 4, (data[place + 2] << 8 | data[place + 3]) - 2
        if length < 0 or begin + length > end:
            return
        yield data[place + 1], begin, length
        place = begin + length


def _size(data: bytes, begin: int, length: int) -> tuple[int, int] | None:
    if length != _FRAME or data[begin] != _BITS or data[begin + 5] != _CHANNELS:
        return None
    height, width = data[begin + 1] << 8 | data[begin + 2], data[begin + 3] << 8 | data[begin + 4]
    return (width, height) if 0 < width * height <= (Image.MAX_IMAGE_PIXELS or 0) else None


def _is_plain(data: bytes, kind: int, begin: int, length: int) -> bool:
    """Whether Pillow takes nothing from a segment that counts here, and has nothing against it."""
    if kind == _TABLES:
        return length % _TABLE == 0 and all(data[at] < _PRECISE for at in range(begin, begin + length, _TABLE))
    name = _NAMED.get(kind)
    return kind in _PASSED if name is None else length >= _LEAST and data[begin : begin + len(name)] == name
