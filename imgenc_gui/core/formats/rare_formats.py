"""What imagededup can't read and Pillow does: JPEG 2000, PSD, ICO, ICNS, DDS, QOI, SGI, PCX and TGA.

Pillow's JPEG 2000 holds the interpreter's lock for as long as it takes, and QOI is decoded by Python itself: these are
read in a process of their own, once their size is known.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import DdsImagePlugin, Image, Jpeg2KImagePlugin, PsdImagePlugin, SgiImagePlugin, TgaImagePlugin

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.decoders import quicken
from imgenc_gui.core.formats.icons import ICNS, ICO, JPEG_2000, Icon, largest_of_icns, largest_of_ico
from imgenc_gui.core.formats.pillow_formats import decoded, opened, show_image
from imgenc_gui.core.formats.png import SIGNATURE as PNG
from imgenc_gui.core.formats.reader import HANDED_OVER, Decoded, LongError, Reader, in_child
from imgenc_gui.core.formats.source import let_go
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode
from imgenc_gui.core.scratch import Scratch

_SIGNATURES = (
    *((start, "JPEG2000") for start in JPEG_2000),
    (b"8BPS", "PSD"),
    (ICO, "ICO"),
    (ICNS, "ICNS"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
    (b"\x01\xda", "SGI"),
    (b"\n", "PCX"),
)
_ICONS: dict[str, Callable[[bytes, Share], Icon]] = {"ICO": largest_of_ico, "ICNS": largest_of_icns}
# Bytes for a pixel of what is decoded apart: the decoder's own, and the image.
_APART = {"JPEG2000": 4 * 4, "QOI": 4 + 4}
_COD, _FIRST_TILE = 0x52, 0x90  # markers
_OF_LEVELS = 9  # bytes from a COD to how often a picture can be halved
_NAMES = {"JPEG2000": "JPEG 2000"}
_DDS_HEAD = 128  # bytes
_PALETTE_OF_PCX = 769  # bytes
_OF_MERGED = 4  # bytes before the one that tells
_MERGED = 1057  # the resource of a PSD that tells whether there is a merged picture


def _is_psd(head: bytes) -> bool:
    return head[4:6] in (b"\0\1", b"\0\2")


def _is_ico(head: bytes) -> bool:
    return head[4:6] != b"\0\0" and head[9:10] == b"\0"


def _is_sgi(head: bytes) -> bool:
    return len(head) >= 12 and head[2] <= 1 and head[3] in (1, 2) and 1 <= int.from_bytes(head[4:6]) <= 3  # noqa: PLR2004


def _is_pcx(head: bytes) -> bool:
    if len(head) < 128:  # noqa: PLR2004 - its header
        return False
    _, version, coding, bits, left, top, right, bottom = struct.unpack_from("<BBBBHHHH", head)
    is_header = version in (0, 2, 3, 4, 5) and coding == 1 and bits in (1, 2, 4, 8) and 1 <= head[65] <= 4  # noqa: PLR2004
    return is_header and left <= right and top <= bottom


_SOUND: dict[str, Callable[[bytes], bool]] = {"PSD": _is_psd, "ICO": _is_ico, "SGI": _is_sgi, "PCX": _is_pcx}


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is in one of these formats, but for TGA."""
    name = next((name for start, name in _SIGNATURES if head.startswith(start)), None)
    return name is not None and _SOUND.get(name, bool)(head)


def recognises_tga(head: bytes) -> bool:
    """Whether a file may be a TGA that begins so, and is named like one: there is no signature."""
    if len(head) < 18:  # noqa: PLR2004 - its header
        return False
    _, maps, kind, start, colours, depth, _, _, width, height, bits, flags = struct.unpack_from("<BBBHHBHHHHBB", head)
    if kind & 7 == 1:  # by a palette
        is_sound = maps == 1 and bits in (8, 16) and depth in (15, 16, 24, 32) and 0 < start + colours <= 1 << 16
    else:
        is_sound = maps <= 1 and bits in ((1, 8, 16) if kind & 7 == 3 else (15, 16, 24, 32))  # noqa: PLR2004
    return is_sound and kind in (1, 2, 3, 9, 10, 11) and width > 0 and height > 0 and flags < 0x40  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class _Opened:
    """``data``: the bytes that the image was opened of. ``count``: how many pictures there are."""

    format: str
    image: Image.Image
    data: bytes = b""
    count: int = 1


def read(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The picture, of an icon the largest: RGB as imagededup makes it of other formats, alpha dropped."""
    with _open(data, share) as found:
        _refuse_long(found.image)
        return _decoded(found, scratch, share)


def read_long(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The same, however long it takes."""
    with _open(data, share) as found:
        return _decoded(found, scratch, share)


def show(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """A picture for a person, as Reader.show."""
    with _open(data, share) as found:
        _refuse_long(found.image)
        return show_image(found.image, longest, found.data, share)


def show_long(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """The same, however long it takes; a JPEG 2000 is decoded at part of its size where that is enough."""
    with _open(data, share) as found:
        image = found.image
        if isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile) and longest is not None:
            enough = (max(image.size) // (2 * longest)).bit_length() - 1
            image.reduce = max(0, min(enough, _halvings(found.data)))
            image.load()
        return show_image(image, longest, found.data, share)


@contextmanager
def _open(data: bytes, share: Share) -> Iterator[_Opened]:
    name = _name_of(data)
    if name in _ICONS:
        icon = _ICONS[name](data, share)
        picture, count = icon.picture, icon.count
        if isinstance(picture, Image.Image):
            yield _Opened(name, picture, b"", count)
            return
        inner = "PNG" if picture.startswith(PNG) else "JPEG2000"
        if inner == "PNG":
            let_go(data)  # the part is all that is needed
    else:
        picture, count, inner = data, 1, name
    with opened(picture, share, (inner,)) as image:
        quicken(image)
        if isinstance(image, PsdImagePlugin.PsdImageFile) and not _is_merged(image):
            raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", ("Layers-only PSD",)))
        if name == "PCX" and _lacks_palette(data):
            raise ReadError(ImageFailure(FailureCode.DAMAGED, "", ("its palette isn't there",)))
        yield _Opened(_NAMES.get(name, name), image, picture, count)


def _name_of(data: bytes) -> str:
    """Pillow's name of a file's format: a TGA has no signature."""
    return next((name for start, name in _SIGNATURES if data.startswith(start) and recognises(data[:128])), "TGA")


def _decoded(found: _Opened, scratch: Scratch, share: Share) -> Decoded:
    made = decoded(found.image, found.data, scratch, share, found.count)
    warnings = (ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "format"), *made.warnings)
    return replace(made, format=found.format, warnings=warnings)


def _refuse_long(image: Image.Image) -> None:
    """Raise LongError for what is read in a process of its own."""
    each = _APART.get(str(image.format))
    if each is not None:
        raise LongError(APART, image.width * image.height * (each + HANDED_OVER))


def _is_merged(image: PsdImagePlugin.PsdImageFile) -> bool:
    """Whether Photoshop saved what its layers look like together; it says so."""
    told = next((data for number, _, data in image.resources if number == _MERGED), b"")
    return len(told) <= _OF_MERGED or told[_OF_MERGED] != 0


def _lacks_palette(data: bytes) -> bool:
    """Whether a PCX's palette isn't at its end, where it is if there is one value for a pixel."""
    return (data[3], data[65]) == (8, 1) and data[-_PALETTE_OF_PCX : 1 - _PALETTE_OF_PCX] != b"\x0c"


def _halvings(data: bytes) -> int:
    """How often a JPEG 2000 can be halved; 0 where it doesn't say."""
    place = data.find(JPEG_2000[1]) + 2
    while place > 1 and data[place] == 0xFF and data[place + 1] != _FIRST_TILE:  # noqa: PLR2004
        if data[place + 1] == _COD:
            return data[place + _OF_LEVELS]
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return 0


# Kinds that Pillow doesn't read


def kind_of(data: bytes) -> str | None:
    """As Reader.kind_of."""
    try:
        of = _KINDS.get(_name_of(data))
        return of(data) if of else None
    except (struct.error, IndexError, SyntaxError):  # it ends too early, or is nonsense
        return None


def _kind_of_psd(data: bytes) -> str | None:
    version, channels, bits, mode = struct.unpack_from(">H6xH8xHH", data, 4)
    if version == 2:  # noqa: PLR2004
        return "PSB"
    if (mode, bits) not in PsdImagePlugin.MODES:
        return f"{bits}-bit PSD" if bits in (16, 32) else None
    place = 26
    for _ in range(3):
        place += 4 + int.from_bytes(data[place : place + 4])
    return "ZIP-compressed PSD" if channels and data[place : place + 2] in (b"\0\2", b"\0\3") else None


def _kind_of_dds(data: bytes) -> str | None:
    if len(data) < _DDS_HEAD or int.from_bytes(data[4:8], "little") != _DDS_HEAD - 4:
        return None
    try:
        DdsImagePlugin.DdsImageFile(io.BytesIO(data[: _DDS_HEAD + 20]))
    except (NotImplementedError, OSError):
        four = bytes(data[84:88])
        if four == b"DX10":
            return f"DDS (format {int.from_bytes(data[128:132], 'little')})"
        return f"DDS ({four.decode()})" if four.isalnum() else "Unusual DDS"
    return None


def _kind_of_sgi(data: bytes) -> str | None:
    key = (data[3], int.from_bytes(data[4:6]), int.from_bytes(data[10:12]))
    return None if key in SgiImagePlugin.MODES else f"{key[2]}-channel SGI"


def _kind_of_pcx(data: bytes) -> str | None:
    return None if (data[3], data[65]) in ((1, 1), (1, 2), (1, 4), (8, 1), (8, 3)) else f"{data[3] * data[65]}-bit PCX"


def _kind_of_tga(data: bytes) -> str | None:
    return None if (data[2] & 7, data[16]) in TgaImagePlugin.MODES else f"{data[16]}-bit TGA"


def _kind_of_jpeg_2000(data: bytes) -> str | None:
    place = data.find(JPEG_2000[1])
    channels = int.from_bytes(data[place + 40 : place + 42])
    return f"{channels}-channel JPEG 2000" if place >= 0 and channels not in range(1, 5) else None


_KINDS: dict[str, Callable[[bytes], str | None]] = {
    "PSD": _kind_of_psd,
    "DDS": _kind_of_dds,
    "SGI": _kind_of_sgi,
    "PCX": _kind_of_pcx,
    "TGA": _kind_of_tga,
    "JPEG2000": _kind_of_jpeg_2000,
}

RARE = Reader(
    formats=("JPEG 2000", "PSD", "ICO", "ICNS", "DDS", "QOI", "SGI", "PCX"),
    endings=tuple(".jp2 .j2k .jpf .jpx .jpc .j2c .psd .psb .ico .icns .dds .qoi .sgi .rgb .rgba .bw .pcx".split()),
    recognises=recognises,
    read=read,
    show=show,
    kind_of=kind_of,
)
TGA = replace(
    RARE, formats=("TGA",), endings=(".tga", ".icb", ".vda", ".vst"), recognises=recognises_tga, by_ending=True
)
APART = replace(in_child(RARE), read=read_long, show=show_long, seconds=60.0)
