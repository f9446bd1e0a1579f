"""Names the kind of a picture that its reader refused, where that is sound and of a kind that nobody reads here.

Asked only of files whose reading failed. The names go into a sentence: "12-bit JPEG files can't be read here."
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from PIL.TiffImagePlugin import OPEN_INFO

_MOST_VALUES = 64  # of a TIFF's tag that are looked at
_MOST_TAGS = 1000


def kind_of(data: bytes) -> str | None:
    """The name of the kind of a JPEG, PNG, TIFF, BMP or PNM that can't be read; None where it must be damaged."""
    kinds: tuple[tuple[tuple[bytes, ...], Callable[[bytes], str | None]], ...] = (
        ((b"\xff\xd8",), _of_jpeg),
        ((b"\x89PNG",), _of_png),
        ((b"II", b"MM"), _of_tiff),
        ((b"BM",), _of_bmp),
        ((b"PF",), _of_pnm),
    )
    of = next((of for starts, of in kinds if data.startswith(starts)), None)
    try:
        return of(data) if of else None
    except (struct.error, IndexError, OverflowError):  # it ends too early
        return None


# JPEG: what the marker and the first byte of its frame say

_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_HIERARCHICAL = (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF, 0xDE)
_ARITHMETIC = (0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_LS = 0xF7
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # among the markers of frames
_BITS_OF_JPEG = range(2, 17)


def _of_jpeg(data: bytes) -> str | None:
    place = 2
    while data[place] == 0xFF:  # noqa: PLR2004
        marker = data[place + 1]
        if marker == 0xDA:  # noqa: PLR2004 - the picture itself
            return None
        if marker in (_LS, 0xDE) or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES):  # noqa: PLR2004
            return _of_frame(marker, data[place + 4])
        place += 1 if marker == 0xFF else 2 + int.from_bytes(data[place + 2 : place + 4])  # noqa: PLR2004
    return None


def _of_frame(marker: int, bits: int) -> str | None:
    if bits not in _BITS_OF_JPEG:
        return None
    if marker == _LS:
        return "JPEG-LS"
    words = [f"{bits}-bit"] if bits != 8 else []  # noqa: PLR2004
    kinds = ((_LOSSLESS, "lossless"), (_HIERARCHICAL, "hierarchical"), (_ARITHMETIC, "arithmetic-coded"))
    words += [word for markers, word in kinds if marker in markers]
    return _named(*words, "JPEG") if words else None


# PNG


def _of_png(data: bytes) -> str | None:
    return "IPhone-optimized PNG" if data[12:16] == b"CgBI" else None


# PNM


def _of_pnm(data: bytes) -> str | None:
    return "Colour PFM" if data[2:3].isspace() else None


# BMP: the size of its header, bits per pixel, compression

_HEADERS_OF_BMP = (12, 40, 52, 56, 64, 108, 124)
_MORE_BITS_OF_BMP = (2, 48, 64)
_FLOATS_OF_BMP = (96, 128)
_COMPRESSIONS_OF_BMP = {4: "JPEG-compressed", 5: "PNG-compressed", 6: "bit-field", 11: "CMYK", 12: "CMYK", 13: "CMYK"}
_BITFIELDS = 3
_OS2_HEADER = 64
_COMPRESSIONS_OF_OS2 = {3: "Huffman-coded", 4: "run-length-coded"}


def _of_bmp(data: bytes) -> str | None:
    (size,) = struct.unpack_from("<I", data, 14)
    if size in range(16, _OS2_HEADER) and size not in _HEADERS_OF_BMP:
        return "OS/2 BMP"
    if size not in _HEADERS_OF_BMP or size == min(_HEADERS_OF_BMP):
        return None
    bits, compression = struct.unpack_from("<HI", data, 28)
    (colours,) = struct.unpack_from("<I", data, 46)
    known = _COMPRESSIONS_OF_BMP | (_COMPRESSIONS_OF_OS2 if size == _OS2_HEADER else {})
    rules = (
        (compression in known, _named(known.get(compression, ""), "BMP")),
        (bits in _FLOATS_OF_BMP, "Floating-point BMP"),
        (bits in _MORE_BITS_OF_BMP, f"{bits}-bit BMP"),
        (compression == _BITFIELDS and bits in (16, 32), "Bit-field BMP"),
        (bits in (1, 4, 8) and 1 << bits < colours <= 1 << 16, "Oversized-palette BMP"),
    )
    return next((name for is_so, name in rules if is_so), None)


# TIFF: its first directory

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIPS, _CHANNELS, _PLANES, _TILES, _EXTRA, _FORMAT, _SAMPLING = 273, 277, 284, 324, 338, 339, 530
_TYPES = {1: "B", 3: "H", 4: "L", 16: "Q"}
_COMPRESSIONS = {
    9: "JBIG",
    10: "JBIG",
    32766: "NeXT",
    32809: "ThunderScan",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "LogLuv",
    34677: "LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    50000: "Zstandard",
    50001: "WEBP",
    50002: "JPEG XL",
    50013: "PixTIFF",
}
_READ_COMPRESSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34925)
_OLD_JPEG, _JPEG = 6, 7
_YCBCR = 6
_PHOTOMETRICS = {4: "mask", 8: "CIELAB", 9: "CIELAB", 10: "CIELAB", 32844: "LogLuv", 32845: "LogLuv", 32803: "raw"}
_FLOAT, _COMPLEX = 3, (5, 6)
_MOST_BITS = 64


def _of_tiff(data: bytes) -> str | None:
    if data.startswith(b"MM\0+"):
        return "Big-endian BigTIFF" if _tags(data) else None
    tags = _tags(data)
    places = tags.get(_STRIPS) or tags.get(_TILES)
    if not places or places[0] >= len(data) or not (tags.get(_WIDTH) and tags.get(_HEIGHT)):
        return None
    bits, format_ = tags.get(_BITS, (1,)), tags.get(_FORMAT, (1,))
    if not 0 < max(bits, default=0) <= _MOST_BITS:
        return None
    photometric = tags.get(_PHOTOMETRIC, (0,))[0]
    found = _of_compression(data, tags.get(_COMPRESSION, (1,))[0], places[0])
    if found or _is_read(data, tags, photometric, bits, format_):
        is_subsampled = tags.get(_SAMPLING, (2, 2)) != (1, 1) or tags.get(_PLANES, (1,)) == (2,)
        is_ycbcr = photometric == _YCBCR and tags.get(_COMPRESSION) not in ((_OLD_JPEG,), (_JPEG,))
        return found or ("Subsampled YCbCr TIFF" if is_ycbcr and is_subsampled else None)
    return _of_values(photometric, bits, format_)


def _of_compression(data: bytes, compression: int, place: int) -> str | None:
    if compression not in _READ_COMPRESSIONS:
        return f"TIFF ({_COMPRESSIONS.get(compression, f'compression {compression}')})"
    if compression not in (_OLD_JPEG, _JPEG):
        return None
    inside = _of_jpeg(data[place:]) if data.startswith(b"\xff\xd8", place) else None
    return f"TIFF ({inside})" if inside else "Old-style JPEG TIFF" if compression == _OLD_JPEG else None


def _of_values(photometric: int, bits: tuple[int, ...], format_: tuple[int, ...]) -> str:
    words = [] if set(bits) == {8} else [f"{max(bits)}-bit"]
    if _FLOAT in format_:
        words.append("floating-point")
    elif format_[0] in _COMPLEX:
        words.append("complex-number")
    if photometric in _PHOTOMETRICS:
        words.append(_PHOTOMETRICS[photometric])
    return _named(*(words or ["unusual"]), "TIFF")


def _is_read(
    data: bytes, tags: dict[int, tuple[int, ...]], photometric: int, bits: tuple[int, ...], format_: tuple[int, ...]
) -> bool:
    """Whether Pillow has a mode for such values."""
    channels = tags.get(_CHANNELS, (1,))[0]
    bits = bits * channels if len(bits) == 1 else bits[:channels]
    format_ = format_[:1] if len(set(format_)) == 1 else format_
    key = (bytes(data[:2]), photometric, format_, tags.get(_FILL_ORDER, (1,))[0], bits, tags.get(_EXTRA, ()))
    return key in OPEN_INFO


def _tags(data: bytes) -> dict[int, tuple[int, ...]]:
    """The whole numbers of a TIFF's first directory, by their tags; the first of many, none behind the file's end."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = 43 in data[2:4]  # noqa: PLR2004
    place_code, count_code = ("Q", "Q") if is_big else ("L", "H")
    (place,) = struct.unpack_from(f"{order}{place_code}", data, 8 if is_big else 4)
    (count,) = struct.unpack_from(f"{order}{count_code}", data, place)
    place += struct.calcsize(f"{order}{count_code}")
    entry = struct.Struct(f"{order}HH{place_code}")
    room = struct.calcsize(f"{order}{place_code}")
    found = {}
    for number in range(min(count, _MOST_TAGS)):
        start = place + number * (entry.size + room)
        tag, kind, length = entry.unpack_from(data, start)
        code, length = _TYPES.get(kind), min(length, _MOST_VALUES)
        if code and length:
            values = struct.Struct(f"{order}{length}{code}")
            start += entry.size
            if values.size > room:
                (start,) = struct.unpack_from(f"{order}{place_code}", data, start)
            found[tag] = values.unpack_from(data, start) if start + values.size <= len(data) else ()
    return found


def _named(*words: str) -> str:
    """Words as the beginning of a sentence."""
    name = " ".join(words)
    return name[:1].upper() + name[1:]
