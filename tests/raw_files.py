"""Camera RAW files for the tests, written tag by tag: what LibRaw accepts as a DNG, a NEF, a PEF, an ARW, a CR2 ..."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
_LETTERS = {BYTE: "B", SHORT: "H", LONG: "L", RATIONAL: "LL", SRATIONAL: "ll"}
CFA, LINEAR_RAW = 32803, 34892
# sRGB's own primaries: a camera that sees as a screen shows.
_COLOUR_MATRIX = [
    (round(value * 10_000), 10_000)
    for value in (3.2405, -1.5371, -0.4985, -0.9693, 1.8760, 0.0416, 0.0556, -0.2040, 1.0572)
]


@dataclass
class Directory:
    """A TIFF directory: tags to (type, values), the bytes of its only strip, and the directories that hang on it.

    ``strip_tags``: those that tell where its strip is and how long.
    """

    tags: dict[int, tuple[int, Any]]
    strip: bytes | None = None
    strip_tags: tuple[int, int] = (273, 279)
    under: Sequence[Directory] = ()
    exif: Directory | None = None
    following: Directory | None = field(default=None)


def tiff(first: Directory, order: str = "<", gap: int = 0) -> bytes:
    """A file of directories; ``gap``: bytes of nothing before the first."""
    body = bytearray(b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", 8 + gap) + bytes(gap)
    _write(body, first, order)
    return bytes(body)


def _write(body: bytearray, directory: Directory, order: str) -> int:
    """Append a directory and all that hangs on it; where it begins."""
    tags = dict(directory.tags)
    if directory.strip is not None:
        place, length = directory.strip_tags
        tags |= {place: (LONG, [0]), length: (LONG, [len(directory.strip)])}
    hanging = {330: directory.under, 34665: (directory.exif,) if directory.exif else ()}
    tags |= {tag: (LONG, [0] * len(some)) for tag, some in hanging.items() if some}
    start = len(body)
    places, link = _write_entries(body, tags, order)

    def tell(place: int, value: int) -> None:
        struct.pack_into(f"{order}L", body, place, value)

    for tag, some in hanging.items():
        for number, one in enumerate(some):
            tell(places[tag] + 4 * number, _write(body, one, order))
    if directory.following:
        tell(link, _write(body, directory.following, order))
    if directory.strip is not None:
        tell(places[directory.strip_tags[0]], len(body))
        body += directory.strip + b"\0" * (len(directory.strip) % 2)
    return start


def _write_entries(body: bytearray, tags: dict[int, tuple[int, Any]], order: str) -> tuple[dict[int, int], int]:
    """Append a directory's entries and their values; where the values are, and the link to the next directory."""
    places, later = {}, bytearray()
    end = len(body) + 2 + 12 * len(tags) + 4
    body += struct.pack(f"{order}H", len(tags))
    for tag, (kind, values) in sorted(tags.items()):
        packed, count = _packed(kind, values, order)
        places[tag] = len(body) + 8
        if len(packed) > 4:
            places[tag] = end + len(later)
            later += packed + b"\0" * (len(packed) % 2)
            packed = struct.pack(f"{order}L", places[tag])
        body += struct.pack(f"{order}HHL", tag, kind, count) + packed.ljust(4, b"\0")
    body += bytes(4) + later
    return places, end - 4


def _packed(kind: int, values: Any, order: str) -> tuple[bytes, int]:
    if isinstance(values, bytes):
        return values, len(values)
    flat = [number for value in values for number in (value if isinstance(value, tuple) else (value,))]
    letters = _LETTERS[kind]
    return struct.pack(order + letters * len(values), *flat), len(values)


def mosaic(pixels: np.ndarray) -> np.ndarray:
    """What a sensor behind an RGGB filter sees of an RGB picture (height, width, 3): uint16, 16 bits, linear."""
    height, width, _ = pixels.shape
    linear = (pixels / 255.0) ** 2.2
    seen = np.empty((height, width))
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        seen[row::2, column::2] = linear[row::2, column::2, channel]
    return (seen * 60_000 + 500).astype(np.uint16)


def lossless_jpeg(values: np.ndarray) -> bytes:
    """As most cameras compress 16 bits: each value's difference from its neighbour, all lengths in five bits."""
    height, width = values.shape
    frame = struct.pack(">2sHBHHB3B", b"\xff\xc3", 11, 16, height, width, 1, 1, 0x11, 0)
    table = struct.pack(">2sHB16B", b"\xff\xc4", 36, 0, *(0, 0, 0, 0, 17), *(0,) * 11) + bytes(range(17))
    scan = struct.pack(">2sH6B", b"\xff\xda", 8, 1, 1, 0, 1, 0, 0)
    before = np.empty((height, width), int)
    before[:, 1:], before[1:, 0], before[0, 0] = values[:, :-1], values[:-1, 0], 1 << 15
    bits = []
    for difference in ((values - before + 32767) % 65536 - 32767).ravel().tolist():
        size = abs(difference).bit_length()
        following = f"{difference + (difference < 0) * ((1 << size) - 1):0{size}b}" if 0 < size < 16 else ""
        bits.append(f"{size:05b}{following}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    body = int(text, 2).to_bytes(len(text) // 8).replace(b"\xff", b"\xff\0")
    return b"\xff\xd8" + frame + table + scan + body + b"\xff\xd9"


def jpeg(pixels: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **{"quality": 90, **options})
    return file.getvalue()


def sensor(pixels: np.ndarray, order: str = "<") -> Directory:
    """The directory of a picture's sensor data, not compressed."""
    height, width, _ = pixels.shape
    data = mosaic(pixels).astype(f"{order}u2").tobytes()
    own = {254: (LONG, [0]), 256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [16]), 259: (SHORT, [1])}
    own |= {262: (SHORT, [CFA]), 277: (SHORT, [1]), 278: (LONG, [height])}
    own |= {33421: (SHORT, [2, 2]), 33422: (BYTE, bytes((0, 1, 1, 2)))}
    return Directory(own, data)


def linear_sensor(pixels: np.ndarray, order: str = "<") -> Directory:
    """The same of sensor data that have all colours at each place."""
    height, width, colours = pixels.shape
    data = ((pixels / 255.0) ** 2.2 * 60_000 + 500).astype(f"{order}u2").tobytes()
    own = {254: (LONG, [0]), 256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [16] * colours)}
    own |= {259: (SHORT, [1]), 262: (SHORT, [LINEAR_RAW]), 277: (SHORT, [colours]), 278: (LONG, [height])}
    return Directory(own, data)


def preview(pixels: np.ndarray, **options: Any) -> Directory:
    """The directory of a JPEG that shows the picture, as a DNG has it."""
    height, width, _ = pixels.shape
    own = {254: (LONG, [1]), 256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [8] * 3), 259: (SHORT, [7])}
    own |= {262: (SHORT, [6]), 277: (SHORT, [3]), 278: (LONG, [height])}
    return Directory(own, jpeg(pixels, **options))


def thumbnail(pixels: np.ndarray) -> dict[int, tuple[int, Any]]:
    """The tags of a small picture of 8 bits, not compressed: what reads a TIFF takes it for the picture."""
    height, width, _ = pixels.shape
    own = {254: (LONG, [1]), 256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [8] * 3), 259: (SHORT, [1])}
    return own | {262: (SHORT, [2]), 277: (SHORT, [3]), 278: (LONG, [height])}


def dng(
    pixels: np.ndarray,
    shown: np.ndarray | None = None,
    orientation: int = 1,
    order: str = "<",
    data: Directory | None = None,
    *,
    shown_first: bool = False,
    **options: Any,
) -> bytes:
    """A DNG as Adobe lays it out: a thumbnail first, below it the sensor's data and, ``shown``, a JPEG.

    ``data``: the directory of the sensor's data, where these aren't the usual. ``options``: the JPEG's.
    """
    small = np.ascontiguousarray(pixels[::8, ::8, :1].repeat(3, 2))
    tags = thumbnail(small) | {
        271: (ASCII, b"Maker\0"),
        272: (ASCII, b"Model 1\0"),
        274: (SHORT, [orientation]),
        50706: (BYTE, bytes((1, 4, 0, 0))),
        50708: (ASCII, b"Maker Model 1\0"),
        50721: (SRATIONAL, _COLOUR_MATRIX),
        50728: (RATIONAL, [(1, 1)] * 3),
        50778: (SHORT, [21]),
    }
    raw = data or sensor(pixels, order)
    colours = raw.tags[277][1][0]
    raw.tags |= {50714: (SHORT, [500] * colours), 50717: (LONG, [60_500] * colours)}
    under = [raw] if shown is None else [raw, preview(shown, **options)]
    return tiff(Directory(tags, small.tobytes(), under=under[::-1] if shown_first else under, exif=_exif()), order)


def nef(
    pixels: np.ndarray,
    shown: np.ndarray | None = None,
    orientation: int = 1,
    maker: str = "NIKON CORPORATION",
    gap: int = 0,
    **options: Any,
) -> bytes:
    """A camera's own file as Nikon lays it out: a thumbnail first, below it a JPEG and the sensor's data.

    ``options``: the JPEG's.
    """
    small = np.ascontiguousarray(pixels[::8, ::8])
    tags = thumbnail(small) | {
        271: (ASCII, maker.encode() + b"\0"),
        272: (ASCII, b"Model 1\0"),
        274: (SHORT, [orientation]),
    }
    under = [sensor(pixels, ">")]
    if shown is not None:
        under.insert(0, _pointer(shown, **options))
    return tiff(Directory(tags, small.tobytes(), under=under, exif=_exif()), ">", gap)


def pef(pixels: np.ndarray, shown: np.ndarray, orientation: int = 1, **options: Any) -> bytes:
    """As Pentax lays it out: the sensor's data first, the JPEG behind it in the chain."""
    first = sensor(pixels, ">")
    first.tags |= {271: (ASCII, b"PENTAX\0"), 272: (ASCII, b"Model 1\0"), 274: (SHORT, [orientation])}
    first.exif, first.following = _exif(), _pointer(shown, **options)
    return tiff(first, ">")


def cr2(pixels: np.ndarray, shown: np.ndarray, orientation: int = 1, **options: Any) -> bytes:
    """As Canon lays it out: the JPEG first, as a strip, and last the sensor's data, as a lossless JPEG of no size."""
    (height, width, _), (shown_height, shown_width, _) = pixels.shape, shown.shape
    tags = {256: (SHORT, [shown_width]), 257: (SHORT, [shown_height]), 258: (SHORT, [8] * 3), 259: (SHORT, [6])}
    tags |= {271: (ASCII, b"Canon\0"), 272: (ASCII, b"Canon EOS 1\0"), 274: (SHORT, [orientation])}
    told = {40962: (SHORT, [width]), 40963: (SHORT, [height])}
    sensors = Directory({259: (SHORT, [6])}, lossless_jpeg(mosaic(pixels)))
    first = Directory(tags, jpeg(shown, **options), exif=Directory(_exif().tags | told), following=sensors)
    data = bytearray(tiff(first, gap=8))
    data[8:16] = b"CR\2\0" + struct.pack("<L", _last_of_chain(data))
    return bytes(data)


def cr3(size: tuple[int, int], shown: np.ndarray, orientation: int = 1, kind: bytes = b"JPEG", **options: Any) -> bytes:
    """As Canon lays it out today, with no data of the sensor's. ``size``: width and height that it tells of the sensor.

    ``kind``: of the picture's track.
    """
    picture = jpeg(shown, **options)
    first = tiff(Directory({271: (ASCII, b"Canon\0"), 274: (SHORT, [orientation])}))
    exif = tiff(Directory(_exif().tags | {40962: (SHORT, [size[0]]), 40963: (SHORT, [size[1]])}))
    own = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48") + _box(b"CMT1", first) + _box(b"CMT2", exif)

    def film(place: int) -> bytes:
        entry = struct.pack(">LL", 0, 1) + _box(b"CRAW", bytes(78) + _box(kind, bytes(4)))
        sizes, places = struct.pack(">LLL", 0, len(picture), 1), struct.pack(">LLQ", 0, 1, place)
        table = _box(b"stbl", _box(b"stsd", entry) + _box(b"stsz", sizes) + _box(b"co64", places))
        return _box(b"moov", _box(b"uuid", own) + _box(b"trak", _box(b"mdia", _box(b"minf", table))))

    head = _box(b"ftyp", b"crx \0\0\0\1crx isom")
    return head + film(len(head) + len(film(0)) + 8) + _box(b"mdat", picture)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(content), kind) + content


def raf(size: tuple[int, int], shown: np.ndarray, **options: Any) -> bytes:
    """As Fujifilm lays it out, with no data of the sensor's. ``size``: width and height that it tells of the sensor."""
    picture = jpeg(shown, **options)
    facts = struct.pack(">L2H2H2H2H", 2, 0x100, 4, size[1] + 20, size[0] + 96, 0x111, 4, size[1], size[0])
    places = struct.pack(">4L", 148, len(picture), 148 + len(picture), len(facts))
    return b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + places.ljust(64, b"\0") + picture + facts


def _last_of_chain(data: bytes) -> int:
    place, following = 0, struct.unpack_from("<L", data, 4)[0]
    while following:
        place = following
        (count,) = struct.unpack_from("<H", data, place)
        (following,) = struct.unpack_from("<L", data, place + 2 + 12 * count)
    return place


def _pointer(shown: np.ndarray, **options: Any) -> Directory:
    """The directory of a JPEG, as cameras have it."""
    return Directory({254: (LONG, [1]), 259: (SHORT, [6])}, jpeg(shown, **options), (513, 514))


def _exif() -> Directory:
    return Directory({36867: (ASCII, b"2024:05:06 07:08:09\0")})
