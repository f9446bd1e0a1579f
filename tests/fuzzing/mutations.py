"""Mutated files: the same number makes the same bytes, always, so that whatever fails can be made again.

Each is a seed with one to four mutations: some know nothing of formats, others know where a format keeps its lengths,
its counts and its parts.
"""

from __future__ import annotations

import itertools
import random
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzzing.seeds import Seeds

_WILD = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_WILD_WORDS = (b"0", b"-1", b"1e9", b"nan", b"999999999999999999999", b"", b"#", b"%", b"url(#u)", b"1e-40")

Mutation = Callable[[bytearray, random.Random, bytes], None]


@dataclass(frozen=True)
class Mutated:
    """A mutated file."""

    number: int
    format: str
    how: tuple[str, ...]
    data: bytes


def mutated(number: int, seed: int, seeds: Seeds) -> Mutated:
    """The mutated file with this number."""
    chance = random.Random(f"{seed} {number}")
    formats = list(seeds)
    format_ = formats[number % len(formats)]
    data = bytearray(chance.choice(seeds[format_]))
    other = chance.choice(seeds[format_])
    how = []
    known = _OF_FORMATS.get(format_, ())
    for _ in range(chance.choice((1, 1, 2, 4))):
        mutation = chance.choice(known if known and chance.random() < 0.5 else _GENERAL)
        if data:
            mutation(data, chance, other)
        how.append(mutation.__name__)
    return Mutated(number, format_, tuple(how), bytes(data))


# Of any file


def _place(data: bytearray, chance: random.Random) -> int:
    """Anywhere, more often near the beginning, where headers are."""
    most = len(data) if chance.random() < 0.5 else min(len(data), 128)
    return chance.randrange(most) if most else 0


def flip_bits(data: bytearray, chance: random.Random, _: bytes) -> None:
    for _each in range(chance.choice((1, 1, 3, 20))):
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def set_bytes(data: bytearray, chance: random.Random, _: bytes) -> None:
    for _each in range(chance.choice((1, 4))):
        data[_place(data, chance)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def fill_run(data: bytearray, chance: random.Random, _: bytes) -> None:
    place, length = _place(data, chance), chance.choice((4, 16, 300))
    value = chance.choice((b"\0", b"\xff", chance.randbytes(1)))
    data[place : place + length] = value * min(length, len(data) - place)


def cut_off(data: bytearray, chance: random.Random, _: bytes) -> None:
    del data[_place(data, chance) :]


def insert(data: bytearray, chance: random.Random, _: bytes) -> None:
    place = _place(data, chance)
    data[place:place] = chance.randbytes(chance.choice((1, 2, 7, 500)))


def delete(data: bytearray, chance: random.Random, _: bytes) -> None:
    place = _place(data, chance)
    del data[place : place + chance.choice((1, 2, 9, 200))]


def repeat(data: bytearray, chance: random.Random, _: bytes) -> None:
    place = _place(data, chance)
    part = data[place : place + chance.choice((2, 16, 400))]
    data[place:place] = part * chance.choice((1, 3, 50))


def swap(data: bytearray, chance: random.Random, _: bytes) -> None:
    length = chance.choice((2, 4, 64))
    first, second = sorted((_place(data, chance), _place(data, chance)))
    if second - first >= length:
        data[first : first + length], data[second : second + length] = (
            data[second : second + length],
            data[first : first + length],
        )


def wild_number(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Two, four or eight bytes, in one order or the other."""
    size, order = chance.choice((2, 4, 4, 8)), chance.choice(("big", "little"))
    place = _place(data, chance)
    value = chance.choice((*_WILD, len(data), len(data) - place)) % (1 << 8 * size)
    data[place : place + size] = value.to_bytes(size, order)


def splice(data: bytearray, chance: random.Random, other: bytes) -> None:
    """The beginning of one file and the end of another."""
    place = _place(data, chance)
    data[place:] = other[chance.choice((place, chance.randrange(len(other)))) :]


_GENERAL: tuple[Mutation, ...] = (
    flip_bits,
    set_bytes,
    fill_run,
    cut_off,
    insert,
    delete,
    repeat,
    swap,
    wild_number,
    splice,
)

# Of a format


def _rebuilt(data: bytearray, parts: list[bytearray], chance: random.Random) -> None:
    """Drop, double, swap or shuffle the parts that a file is made of, but mostly not the first."""
    if len(parts) < 2:
        return
    which = chance.randrange(chance.random() < 0.8, len(parts))
    match chance.randrange(4):
        case 0:
            del parts[which]
        case 1:
            parts.insert(which, parts[which] * chance.choice((1, 3, 100)))
        case 2:
            parts.insert(chance.randrange(len(parts)), parts.pop(which))
        case _:
            chance.shuffle(parts)
    data[:] = b"".join(parts)


def _png_parts(data: bytearray) -> list[bytearray]:
    parts, place = [data[:8]], 8
    while place < len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4])
        parts.append(data[place:end])
        place = end
    return parts


def png_chunks(data: bytearray, chance: random.Random, _: bytes) -> None:
    _rebuilt(data, _png_parts(data), chance)


def png_header(data: bytearray, chance: random.Random, other: bytes) -> None:
    """A chunk with something wild in it and a checksum that is right."""
    parts = _png_parts(data)
    if len(parts) < 2:
        return
    which = 1 if chance.random() < 0.5 else chance.randrange(1, len(parts))
    part = parts[which]
    body = part[8:-4]
    if body:
        if which == 1 and chance.random() < 0.5:
            body[chance.randrange(8, 13) % len(body)] = chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        else:
            chance.choice((flip_bits, set_bytes, wild_number, cut_off))(body, chance, other)
    kind = part[4:8]
    parts[which] = bytearray(len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4))
    data[:] = b"".join(parts)


def png_pixels(data: bytearray, chance: random.Random, other: bytes) -> None:
    """Pixels that were damaged before they were compressed."""
    parts = _png_parts(data)
    which = [i for i, part in enumerate(parts) if part[4:8] == b"IDAT"]
    try:
        pixels = bytearray(zlib.decompress(b"".join(parts[i][8:-4] for i in which)))
    except zlib.error:
        return
    if not pixels:
        return
    chance.choice((flip_bits, set_bytes, cut_off, repeat, fill_run))(pixels, chance, other)
    body = zlib.compress(bytes(pixels))
    parts[which[0]] = bytearray(len(body).to_bytes(4) + b"IDAT" + body + zlib.crc32(b"IDAT" + body).to_bytes(4))
    data[:] = b"".join(part for i, part in enumerate(parts) if i not in which[1:])


_JPEG_SEGMENT = re.compile(rb"\xff[\xc0-\xcf\xda-\xdf\xe0-\xef\xfe]")


def jpeg_segments(data: bytearray, chance: random.Random, _: bytes) -> None:
    places = [0, *(match.start() for match in _JPEG_SEGMENT.finditer(data)), len(data)]
    _rebuilt(data, [data[start:end] for start, end in itertools.pairwise(places)], chance)


def jpeg_header(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Something wild in a segment's length, or in what follows it: sizes, counts, samplings, tables."""
    found = [match.start() for match in _JPEG_SEGMENT.finditer(data)]
    if found:
        place = chance.choice(found) + chance.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13))
        if place < len(data):
            data[place] = chance.choice((0, 1, 2, 3, 4, 0x11, 0x22, 0x44, 0xC2, 0xDA, 0xFF, chance.randrange(256)))


def tiff_entry(data: bytearray, chance: random.Random, _: bytes) -> None:
    """A directory's entry with another tag, type, count or value, or its place moved."""
    order = "little" if data[:1] == b"I" else "big"
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    entry = start + 2 + 12 * chance.randrange(max(1, min(count, 40)))
    size, place = chance.choice(((2, 0), (2, 2), (4, 4), (4, 8), (2, 8)))
    if chance.random() < 0.1:
        entry, size, place = start, 2, 0
    if entry + place + size <= len(data):
        usual = (259, 262, 277, 284, 317, 322, 338, 339, 3, 4, 5, 6, 7, 8, 11, 12, 32773, 34712, 34925, start)
        value = chance.choice((*_WILD, *usual, *range(9)))
        data[entry + place : entry + place + size] = (value % (1 << 8 * size)).to_bytes(size, order)


def webp_chunks(data: bytearray, chance: random.Random, _: bytes) -> None:
    parts, place = [data[:12]], 12
    while place < len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        end = place + 8 + length + length % 2
        parts.append(data[place:end])
        place = end
    _rebuilt(data, parts, chance)
    if chance.random() < 0.7:
        data[4:8] = (max(0, len(data) - 8) & 0xFFFFFFFF).to_bytes(4, "little")


def webp_header(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Something wild in the flags and sizes of the first chunks."""
    place = chance.randrange(12, 60)
    if place < len(data):
        data[place] = chance.choice((0, 1, 2, 4, 8, 16, 32, 0x2F, 0xFF, chance.randrange(256)))


def gif_blocks(data: bytearray, chance: random.Random, _: bytes) -> None:
    places = [0, *(match.start() for match in re.finditer(rb"[,!]", data)), len(data)]
    _rebuilt(data, [data[start:end] for start, end in itertools.pairwise(places)], chance)


def boxes(data: bytearray, chance: random.Random, _: bytes) -> None:
    """The outermost boxes in another order, fewer or more."""
    parts, place = [], 0
    while place < len(data):
        end = place + max(8, int.from_bytes(data[place : place + 4]))
        parts.append(data[place:end])
        place = end
    _rebuilt(data, parts, chance)


_BOXES = re.compile(
    rb"ftyp|meta|pitm|iloc|iinf|infe|iref|ipco|ipma|ispe|hvcC|av1C|pixi|irot|imir|dimg|idat|moov|stsz|stco"
)


def box_header(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Something wild in a box's length, or in what follows its name: sizes, counts, places, numbers of items."""
    found = [match.start() for match in _BOXES.finditer(data)]
    if found:
        place = chance.choice(found) + chance.choice((-4, -3, -2, -1, *range(4, 30)))
        if 0 <= place < len(data):
            data[place] = chance.choice((0, 1, 2, 3, 4, 8, 0x44, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def words(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Another number or word in a text."""
    found = list(re.finditer(rb"[\w.]+", data[:600] if chance.random() < 0.5 else data))
    if found:
        match = chance.choice(found)
        data[match.start() : match.end()] = chance.choice((*_WILD_WORDS, chance.choice(found).group()))


def elements(data: bytearray, chance: random.Random, _: bytes) -> None:
    """A drawing's elements in another order, fewer or more."""
    _rebuilt(data, [bytearray(part) for part in re.split(rb"(?=<)", data)], chance)


_OF_FORMATS: dict[str, tuple[Mutation, ...]] = {
    "jpeg": (jpeg_segments, jpeg_header, jpeg_header),
    "png": (png_chunks, png_header, png_header, png_pixels),
    "tiff": (tiff_entry,),
    "dng": (tiff_entry,),
    "gif": (gif_blocks, wild_number),
    "webp": (webp_chunks, webp_header),
    "pnm": (words,),
    "svg": (words, elements),
    "heic": (boxes, box_header, box_header),
    "avif": (boxes, box_header, box_header),
    "jxl": (boxes, flip_bits),
}
