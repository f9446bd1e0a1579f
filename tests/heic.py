"""HEIC files in their kinds, put together of pictures that an encoder has made (tests/data/README.md): none is here."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui.core.formats.boxes import find

FOLDER = Path(__file__).parent / "data" / "heic"
SIDE = 64  # pixels of each of the four
needs_heic = pytest.mark.skipif(find_spec("pi_heif") is None, reason="no wheel for this system")


@dataclass(frozen=True)
class Item:
    """A part of a file: what it is, its bytes, its properties, and which parts it refers to, as what."""

    kind: bytes
    data: bytes
    properties: tuple[bytes, ...] = ()
    reference: bytes = b""
    to: tuple[int, ...] = ()


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">L4s", 8 + len(body), kind) + body


def full(kind: bytes, *content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *content)


def turned(quarters: int) -> bytes:
    """The property of a picture that is to be turned anticlockwise."""
    return box(b"irot", bytes([quarters]))


def mirrored(axis: int) -> bytes:
    """The property of one whose top and bottom (0), or left and right (1), change places."""
    return box(b"imir", bytes([axis]))


def four() -> list[Item]:
    """Four pictures, each a quarter of photo(128, 128)."""
    data = (FOLDER / "four.heic").read_bytes()
    coding, places = find(data, b"meta", b"iprp", b"ipco", b"hvcC"), find(data, b"meta", b"iloc")
    properties = (data[coding.start - 8 : coding.end], size(SIDE, SIDE))
    entries = struct.iter_unpack(">HHLHLL", data[places.start + 8 : places.end])
    return [Item(b"hvc1", data[b + o : b + o + length], properties) for _, _, b, _, o, length in entries]


def size(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">LL", width, height))


def changed(item: Item, *properties: bytes) -> Item:
    """An item with more properties."""
    return replace(item, properties=item.properties + properties)


def grid(width: int, height: int, to: tuple[int, ...]) -> Item:
    """A picture made of two rows of two others."""
    layout = struct.pack(">BBBBHH", 0, 0, 1, 1, width, height)
    return Item(b"grid", layout, (size(width, height),), b"dimg", to)


def exif(orientation: int, to: int, taken: str = "") -> Item:
    """What EXIF says of a picture."""
    told = Image.Exif()
    told[0x0112] = orientation
    if taken:
        told.get_ifd(0x8769)[0x9003] = taken
    return Item(b"Exif", struct.pack(">L", 6) + told.tobytes(), (), b"cdsc", (to,))


def heic(*items: Item, primary: int = 1, major: bytes = b"heic") -> bytes:
    """A file of these items, whose numbers begin with 1."""
    numbered = list(enumerate(items, 1))
    known = list(dict.fromkeys(one for item in items for one in item.properties))
    whose = [(n, [known.index(one) + 1 for one in item.properties]) for n, item in numbered if item.properties]
    references = [
        box(item.reference, struct.pack(f">HH{len(item.to)}H", number, len(item.to), *item.to))
        for number, item in numbered
        if item.to
    ]
    names = [full(b"infe", struct.pack(">HH4sB", n, 0, item.kind, 0), version=2) for n, item in numbered]
    begin = box(b"ftyp", major, bytes(4), b"mif1", b"heic" if major == b"heic" else major)

    def meta(start: int) -> bytes:
        entries = b""
        for number, item in numbered:
            entries += struct.pack(">HHHLL", number, 0, 1, start, len(item.data))
            start += len(item.data)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", primary)),
            full(b"iloc", struct.pack(">HH", 0x4400, len(items)), entries),
            full(b"iinf", struct.pack(">H", len(items)), *names),
            full(b"iref", *references) if references else b"",
            box(
                b"iprp",
                box(b"ipco", *known),
                full(
                    b"ipma",
                    struct.pack(">L", len(whose)),
                    *(struct.pack(f">HB{len(which)}B", number, len(which), *which) for number, which in whose),
                ),
            ),
        )

    start = len(begin) + len(meta(0)) + 8
    return begin + meta(start) + box(b"mdat", *(item.data for item in items))
