"""What a PNG needs for its pixels: Pillow refuses it whole for a wrong checksum, or for much text, beside them."""

from __future__ import annotations

import zlib

from imgenc_gui.core.formats.budget import Share

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_OF_USE = (b"tRNS", b"eXIf")
_MOST_CHUNKS = 1 << 18


def essentials(data: bytes, share: Share) -> bytes | None:
    """A PNG without all that isn't needed; None for what isn't a whole PNG, or has nothing else."""
    if not data.startswith(SIGNATURE):
        return None
    parts, place, kind = [memoryview(SIGNATURE)], len(SIGNATURE), b""
    whole = memoryview(data)
    while kind != b"IEND":
        length, kind = int.from_bytes(data[place : place + 4]), bytes(data[place + 4 : place + 8])
        end = place + 12 + length
        if end > len(data) or len(parts) > _MOST_CHUNKS:
            return None
        checksum = int.from_bytes(data[end - 4 : end])
        if kind in _NEEDED or (kind in _OF_USE and zlib.crc32(whole[place + 4 : end - 4]) == checksum):
            parts.append(whole[place:end])
        place = end
    size = sum(map(len, parts))
    if size == len(data):
        return None
    share.claim(size)
    return b"".join(parts)
