"""The directories of a TIFF, as far as they say what kind of picture a file holds: a bounded walk, never an error.

A camera's RAW is a TIFF to whoever looks at its first bytes alone, and most often one that shows a thumbnail.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MOST_BELOW = 12  # directories that hang on the first
_MOST_FOLLOWING = 4  # directories behind the first; cameras write three at most
_MOST_TAGS = 1000  # of one directory; cameras write some 100
_MOST_NUMBERS = 1 << 16  # of one tag: a large picture in small tiles has so many
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # bytes of a number of each type
_LETTERS = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 13: "L"}
_BELOW = 330
_EXIF = 34665
_HEAD = 8
_HERE = 4  # bytes of values that stand in the directory itself


def is_tiff(head: bytes) -> bool:
    """Whether a file that begins with these bytes has directories as a TIFF has them (and not as a BigTIFF has)."""
    return head.startswith((b"II*\0", b"MM\0*"))


class Directory:
    """One of them: which tags it has, and what they say. What lies outside of ``data`` is as if it weren't there."""

    def __init__(self, data: bytes, order: str, place: int) -> None:
        self._data = data
        self._order = order
        self._entries: dict[int, tuple[int, int, int]] = {}  # type, count, and where the values are
        count = next(iter(self._unpacked("H", place)), 0)
        start = place + 2
        self._link = start + 12 * count if count else 0
        self._end = start + 12 * count
        room = max(0, len(data) - start) // 12
        for i in range(min(count, room, _MOST_TAGS)):
            tag, kind, amount, value = struct.unpack_from(f"{order}HHLL", data, start + 12 * i)
            if 0 < kind < len(_SIZES):  # of others there are many where no directory is
                is_here = amount * _SIZES[kind] <= _HERE
                self._entries.setdefault(tag, (kind, amount, start + 12 * i + 8 if is_here else value))
                self._end = max(self._end, 0 if is_here else value + amount * _SIZES[kind])

    def is_missing(self) -> bool:
        """Whether there is none at its place: the file may be cut short."""
        return not self._entries

    def is_whole(self) -> bool:
        """Whether it ends within the file, and all that it tells of."""
        return self._end <= len(self._data)

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def numbers(self, tag: int, most: int = _MOST_NUMBERS) -> tuple[int, ...]:
        """The whole numbers of a tag, the first ``most`` of them; none where it hasn't any."""
        kind, amount, place = self._entries.get(tag, (0, 0, 0))
        if kind not in _LETTERS:
            return ()
        return self._unpacked(f"{min(amount, most)}{_LETTERS[kind]}", place)

    def number(self, tag: int) -> int:
        """The first of them; 0 where there is none."""
        return next(iter(self.numbers(tag, 1)), 0)

    def text(self, tag: int) -> str:
        """The text of a tag; empty where there is none."""
        kind, amount, place = self._entries.get(tag, (0, 0, 0))
        if kind != 2:  # noqa: PLR2004 - text
            return ""
        with memoryview(self._data)[place : place + min(amount, 256)] as part:
            return bytes(part).split(b"\0")[0].decode("ascii", "replace")

    def below(self) -> Iterator[Directory]:
        """Those that hang on it."""
        for place in self.numbers(_BELOW, MOST_BELOW):
            yield Directory(self._data, self._order, place)

    def following(self) -> Directory | None:
        """The next one of the chain; None behind the last."""
        place = self._link and next(iter(self._unpacked("L", self._link)), 0)
        return Directory(self._data, self._order, place) if place else None

    def exif(self) -> Directory:
        """The one with what the camera tells of the shot; an empty one where there is none."""
        return Directory(self._data, self._order, self.number(_EXIF) or len(self._data))

    def _unpacked(self, letters: str, place: int) -> tuple[int, ...]:
        """Whole numbers at a place; none where they aren't all there."""
        letters = self._order + letters
        if place < _HEAD or place + struct.calcsize(letters) > len(self._data):
            return ()
        return struct.unpack_from(letters, self._data, place)


def directories(data: bytes) -> list[Directory]:
    """The first directory of a file and those that hang on it. ``data``: all of the file, or its first bytes."""
    if len(data) < _HEAD:
        return []
    order = "<" if data[:2] == b"II" else ">"
    (place,) = struct.unpack_from(f"{order}L", data, 4)
    first = Directory(data, order, place)
    return [first, *first.below()]


def all_directories(data: bytes) -> list[Directory]:
    """Those of a file that a camera wrote: the first ones of its chain, and what hangs on each."""
    found = directories(data)
    last = found[0] if found else None
    for _ in range(_MOST_FOLLOWING):
        last = last and last.following()
        if last is None:
            break
        found += [last, *last.below()]
    return found


def ends_too_early(data: bytes) -> bool:
    """Whether a TIFF (or a BigTIFF) that can't be read ends before its first directory does."""
    is_big = data.startswith((b"II+\0", b"MM\0+"))
    if not is_big and not is_tiff(data):
        return False
    order = "<" if data[:2] == b"II" else ">"
    letter, start = ("Q", 8) if is_big else ("L", 4)
    if len(data) < start + struct.calcsize(f"{order}{letter}"):
        return True
    (place,) = struct.unpack_from(f"{order}{letter}", data, start)
    return place >= len(data) or not (is_big or Directory(data, order, place).is_whole())
