"""What stands before the picture in a JPEG, if that is all there is to tell of it: Pillow takes as long as to read it.

Nearly every small JPEG of the web is of this kind, and what Pillow would find in it beyond its size is known: RGB, one
frame, upright, nothing of when it was taken. Whatever isn't plain in every byte that Pillow looks at is left to Pillow.
"""

from __future__ import annotations

from PIL import Image

_SOI = b"\xff\xd8"
_SOS = 0xDA
_TABLES = 0xDB  # of quantization
_FRAMES = (0xC0, 0xC1)  # sequential, Huffman-coded
_PASSED = (0xC4, 0xDD, 0xFE)  # Huffman tables, restart interval, comment
_JFIF, _ICC = b"JFIF\0", b"ICC_PROFILE\0"
_NAMED = {0xE0: (_JFIF, 16), 0xE2: (_ICC, 16)}  # what else may stand there; its least length, with the two bytes of that
_TABLE = 65  # bytes, of numbers of 8 bits
_CHANNELS = 3
_FRAME, _SCAN = 8 + 3 * _CHANNELS, 6 + 2 * _CHANNELS  # bytes


def plain_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG with nothing else to tell: RGB of 8 bits, all in one scan. None for any other."""
    if data[:2] != _SOI:
        return None
    end = len(data)
    size = None
    place = 2
    while place + 4 < end and data[place] == 0xFF:  # noqa: PLR2004 - a marker
        kind, length = data[place + 1], data[place + 2] << 8 | data[place + 3]
        begin, following = place + 4, place + 2 + length
        if following > end:
            return None
        if kind == _SOS:
            return size if length == _SCAN and data[begin] == _CHANNELS else None
        if kind == _TABLES:
            if (length - 2) % _TABLE or any(data[at] >= 0x10 for at in range(begin, following, _TABLE)):
                return None
        elif kind in _FRAMES:
            if size is not None or length != _FRAME or data[begin] != 8 or data[begin + 5] != _CHANNELS:
                return None
            height, width = data[begin + 1] << 8 | data[begin + 2], data[begin + 3] << 8 | data[begin + 4]
            size = width, height
            if not 0 < width * height <= (Image.MAX_IMAGE_PIXELS or 0):
                return None
        elif kind in _NAMED:
            name, least = _NAMED[kind]
            if length < least or data[begin : begin + len(name)] != name:
                return None
        elif kind not in _PASSED or length < 2:
            return None
        place = following
    return None
