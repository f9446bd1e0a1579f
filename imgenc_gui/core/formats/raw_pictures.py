"""Where a camera's RAW has a picture, and how large the sensor's is: what its own directories say, without LibRaw.

DNGs and the files of Nikon, Sony, Pentax and Samsung are TIFFs whose directories say all of it; Canon and Fujifilm have
their own ways. What isn't said, or looks odd, is left to LibRaw. Source: what ExifTool tells of these files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from imgenc_gui.core.formats import jpeg
from imgenc_gui.core.formats.boxes import Box, boxes, find
from imgenc_gui.core.formats.directories import Directory, all_directories, directories, is_tiff
from imgenc_gui.core.formats.exif import date_of
from imgenc_gui.core.formats.raw_kinds import holds_sensor, kind_of

_WIDTH, _HEIGHT, _SUBFILE, _COMPRESSION, _COLOURS = 256, 257, 254, 259, 262
_STRIPS, _STRIP_LENGTHS, _JPEG_PLACE, _JPEG_LENGTH = 273, 279, 513, 514
_ORIENTATION, _VISIBLE = 274, 50829
_TAKEN, _TRUE_WIDTH, _TRUE_HEIGHT = 36867, 40962, 40963  # EXIF's
_OLD_JPEG, _JPEG, _YCBCR = 6, 7, 6
_HEAD = 3  # bytes that tell a JPEG
_POINTING = ("NEF", "ARW", "PEF", "SRW")

_CANONS = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")  # the box with what the camera tells
_NAME = 16  # bytes of it
_MOST_OF_CANONS = 1 << 16  # bytes of a directory there, and of all that it tells; cameras write some 1000
_MOST_TRACKS = 8  # are looked at, for no Stop is: cameras write five at most
_ENTRY = 8 + 8 + 78  # bytes of a box's version and count, and of a visual sample's entry, before the boxes in it

_FUJIS_PICTURE, _FUJIS_FACTS = 84, 92  # where it is told where these are
_CROPPED = 0x111
_MOST_FACTS = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """A JPEG, and what is visible of the sensor: its pixels, and its orientation, 0 where only the JPEG tells."""

    picture: bytes
    width: int
    height: int
    orientation: int


def told(data: bytes) -> Told | None:
    """What a file says of the picture in it; None where that isn't all, or the picture isn't all there."""
    kind = kind_of(data)
    if kind == "CR3":
        return _told_by_boxes(data)
    if kind == "RAF":
        return _told_by_fuji(data)
    if kind == "DNG":
        found = directories(data)
        picture, size = promised(data, found), _sensor_size(found)
    elif kind in _POINTING:
        found = all_directories(data)
        picture, size = _pointed_at(data, _pointers(found)), _sensor_size(found)
    elif kind == "CR2":  # which has the picture as if it were a strip, and no size of the sensor's
        found = all_directories(data)
        strip = (found[0].number(_STRIPS), found[0].number(_STRIP_LENGTHS))
        is_jpeg = found[0].number(_COMPRESSION) == _OLD_JPEG and len(found[0].numbers(_STRIPS)) == 1
        picture, size = _pointed_at(data, [strip] if is_jpeg else []), _true_size(found[0].exif())
    else:
        return None
    return _whole(picture, size, found[0].number(_ORIENTATION) or 1)


def promised(data: bytes, found: list[Directory]) -> bytes | None:
    """The largest JPEG that the directories of a DNG tell of, or as much of it as there is; None without one."""
    pictures = [
        directory
        for directory in found
        if directory.number(_COMPRESSION) == _JPEG
        and directory.number(_COLOURS) == _YCBCR
        and len(directory.numbers(_STRIPS)) == 1
    ]
    if not pictures:
        return None
    largest = max(pictures, key=lambda directory: directory.number(_WIDTH) * directory.number(_HEIGHT))
    start, length = largest.number(_STRIPS), largest.number(_STRIP_LENGTHS)
    return bytes(memoryview(data)[start : start + length])


def taken(data: bytes) -> datetime | None:
    """When a file says that its picture was taken; None where it doesn't."""
    if kind_of(data) == "CR3":
        return _taken(_canons(data, b"CMT2"))
    first = next(iter(directories(data)), None) if is_tiff(data) else None
    return (_taken(first.exif()) or _taken(first)) if first else None


def _taken(directory: Directory | None) -> datetime | None:
    return date_of(directory.text(_TAKEN)) if directory else None


def _whole(picture: bytes | None, size: tuple[int, int], orientation: int) -> Told | None:
    return None if picture is None or min(size) < 1 else Told(picture, *size, orientation)


def _sensor_size(found: list[Directory]) -> tuple[int, int]:
    """Width and height of what is visible of the sensor's data; of nothing, unless there is one directory of these."""
    sensors = [directory for directory in found if holds_sensor(directory) and not directory.number(_SUBFILE)]
    if len(sensors) != 1:
        return (0, 0)
    if _VISIBLE not in sensors[0]:
        return sensors[0].number(_WIDTH), sensors[0].number(_HEIGHT)
    visible = sensors[0].numbers(_VISIBLE)
    if len(visible) != 4:  # noqa: PLR2004 - top, left, bottom and right
        return (0, 0)
    top, left, bottom, right = visible
    return right - left, bottom - top


def _true_size(exif: Directory) -> tuple[int, int]:
    """Width and height of the picture, as the camera tells them."""
    return exif.number(_TRUE_WIDTH), exif.number(_TRUE_HEIGHT)


def _pointers(found: list[Directory]) -> list[tuple[int, int]]:
    return [(directory.number(_JPEG_PLACE), directory.number(_JPEG_LENGTH)) for directory in found]


def _pointed_at(data: bytes, pointers: Iterable[tuple[int, int]]) -> bytes | None:
    """The longest JPEG of those that are told of, (place, length) each; None where it isn't all there, or isn't one."""
    start, length = max(pointers, key=lambda pointer: pointer[1], default=(0, 0))
    if length < 1 or not 0 < start <= len(data) - length or not jpeg.recognises(data[start : start + _HEAD]):
        return None
    return bytes(memoryview(data)[start : start + length])


def _told_by_boxes(data: bytes) -> Told | None:
    """What a Canon of today says: the picture is the track that is a JPEG."""
    first, exif = _canons(data, b"CMT1"), _canons(data, b"CMT2")
    film = find(data, b"moov")
    if first is None or exif is None or film is None:
        return None
    tracks = islice((box for box in boxes(data, film.start, film.end) if box.kind == b"trak"), _MOST_TRACKS)
    picture = _pointed_at(data, filter(None, (_jpeg_in(data, track) for track in tracks)))
    return _whole(picture, _true_size(exif), first.number(_ORIENTATION) or 1)


def _canons(data: bytes, kind: bytes) -> Directory | None:
    """The directory in one of the boxes with what the camera tells."""
    own = find(data, b"moov", b"uuid")
    if own is None or data[own.start : own.start + _NAME] != _CANONS:
        return None
    found = find(data, kind, start=own.start + _NAME, end=own.end)
    if found is None:
        return None
    return next(iter(directories(data[found.start : min(found.end, found.start + _MOST_OF_CANONS)])), None)


def _jpeg_in(data: bytes, track: Box) -> tuple[int, int] | None:
    """Where the JPEG is that a track has, and how long it is; None for other tracks."""
    table = find(data, b"mdia", b"minf", b"stbl", start=track.start, end=track.end)
    if table is None:
        return None
    entry, size, place = (find(data, kind, start=table.start, end=table.end) for kind in (b"stsd", b"stsz", b"co64"))
    if entry is None or size is None or place is None:
        return None
    if find(data, b"JPEG", start=entry.start + _ENTRY, end=entry.end) is None:
        return None
    if size.end - size.start < 8 or place.end - place.start < 16:  # noqa: PLR2004 - versions, counts and a number each
        return None
    return struct.unpack_from(">Q", data, place.start + 8)[0], struct.unpack_from(">L", data, size.start + 4)[0]


def _told_by_fuji(data: bytes) -> Told | None:
    """What a Fujifilm says: the picture tells its orientation itself. Some sensors are turned, and have odd sizes."""
    if len(data) < _FUJIS_FACTS + 8:
        return None
    picture = _pointed_at(data, [struct.unpack_from(">LL", data, _FUJIS_PICTURE)])
    (place,) = struct.unpack_from(">L", data, _FUJIS_FACTS)
    try:
        (count,) = struct.unpack_from(">L", data, place)
        place += 4
        for _ in range(min(count, _MOST_FACTS)):
            fact, length = struct.unpack_from(">HH", data, place)
            if fact == _CROPPED:
                height, width = struct.unpack_from(">HH", data, place + 4)
                return _whole(picture, (width, height), 0)
            place += 4 + length
    except struct.error:  # it leads out of the file
        return None
    return None
