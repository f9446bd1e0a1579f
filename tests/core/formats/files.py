"""Small files of kinds that Pillow doesn't write."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence

from PIL import Image


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """One of a PNG."""
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def tiff(
    tags: Mapping[int, Sequence[int]], pixels: bytes = bytes(4000), *, order: str = "<", big: bool = False
) -> bytes:
    """A TIFF of 20 x 10 grey pixels, but for what the tags say."""
    start = 16 if big else 8
    count, entry, place = ("Q", "HHQ", "Q") if big else ("H", "HHL", "L")
    usual = {256: [20], 257: [10], 258: [8], 259: [1], 262: [1], 273: [start], 277: [1], 278: [10], 279: [len(pixels)]}
    entries, after = b"", b""
    given = usual | dict(tags)
    room = struct.calcsize(f"{order}{place}")
    directory = start + len(pixels)
    end = directory + struct.calcsize(f"{order}{count}") + len(given) * struct.calcsize(f"{order}{entry}{place}") + room
    for tag, values in sorted(given.items()):
        code, kind = ("L", 4) if tag in (273, 279) else ("H", 3)
        packed = struct.pack(f"{order}{len(values)}{code}", *values)
        if len(packed) > room:
            packed, after = struct.pack(f"{order}{place}", end + len(after)), after + packed
        entries += struct.pack(f"{order}{entry}", tag, kind, len(values)) + packed.ljust(room, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 43 if big else 42)
    head += struct.pack(f"{order}HHQ", 8, 0, directory) if big else struct.pack(f"{order}L", directory)
    return head + pixels + struct.pack(f"{order}{count}", len(given)) + entries + bytes(room) + after


def bmp(bits: int, compression: int = 0, beside: bytes = b"", size: tuple[int, int] = (20, 10)) -> bytes:
    """A BMP; ``beside``: what stands between its header and its pixels."""
    body = bytes(4000)
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, compression, len(body), 0, 0, 0, 0)
    start = 14 + len(header) + len(beside)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + beside + body


def psd(image: Image.Image, *, packed: int = 0, merged: int = 1, bits: int = 8, version: int = 1) -> bytes:
    """A Photoshop file. ``packed``: by runs; ``merged``: whether it says that its layers were put together."""
    mode = {"L": 1, "RGB": 3, "RGBA": 3, "CMYK": 4}[image.mode]
    planes = [band.point(lambda value: 255 - value) if image.mode == "CMYK" else band for band in image.split()]
    starts = range(0, image.width * image.height, image.width)
    rows = [plane.tobytes()[start : start + image.width] for plane in planes for start in starts]
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, len(planes), image.height, image.width, bits, mode)
    told = b"8BIM" + struct.pack(">H2sI", 1057, b"\0\0", 6) + struct.pack(">IBB", 1, merged, 0)
    head += bytes(4) + struct.pack(">I", len(told)) + told + bytes(4) + struct.pack(">H", packed)
    if packed:
        runs = [[row[start : start + 128] for start in range(0, len(row), 128)] for row in rows]
        rows = [b"".join(bytes((len(run) - 1,)) + run for run in row) for row in runs]
        head += b"".join(struct.pack(">H", len(row)) for row in rows)
    return head + b"".join(rows)
