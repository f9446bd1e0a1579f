"""The table's rows in compact arrays: no Qt, no object graph per cell; gives back an ImageResult for any row."""

from __future__ import annotations

import math
import os
import re
import threading
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.encoding import EMBEDDING_LENGTH, Failure, ImageResult, Method
from imgenc_gui.core.formats.reading import Caution, CautionCode, ErrorCode, Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HASHES = tuple(method for method in Method if method.is_hash)
_BITS = {method: 1 << number for number, method in enumerate(Method)}
_BLOCK = 1024  # vectors per block: growing by blocks never copies what is there
_DIGITS_PER_HASH = 16
_DIGITS = re.compile(r"\d+")

_ARRAYS = {  # attribute: what a new row has there
    "_state": 0, "_warned": 0, "_rotated": 0, "_unsaved": 0, "_methods": 0, "_hashes": 0, "_slot": -1, "_norm": 0,
    "_format": 0, "_width": 0, "_height": 0, "_frames": 1, "_bytes": 0, "_modified": math.nan, "_orientation": 1,
}  # fmt: skip

Mask = NDArray[np.bool_]


class State(IntEnum):
    """What became of a row so far."""

    WAITING = 0
    ENCODED = 1
    FAILED = 2
    NOT_A_PICTURE = 3


class Category(StrEnum):
    """What the table can be narrowed down to."""

    ALL = "all"
    ENCODED = "encoded"
    FAILED = "failed"
    NOT_PICTURES = "not-pictures"
    WARNINGS = "warnings"


class SortKey(StrEnum):
    """What rows can be sorted by, besides each method's encoding."""

    NAME = "name"
    FOLDER = "folder"
    PIXELS = "pixels"
    FORMAT = "format"
    STATUS = "status"


class _Vectors:
    """Float32 vectors of 1024 numbers in blocks, addressed by slot."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.float32]] = []
        self._used = 0
        self._free: list[int] = []

    def put(self, vector: NDArray[np.float32], slot: int = -1) -> int:
        """Keep a copy of the vector, in ``slot`` or in a fresh one; the slot used."""
        if slot < 0:
            if self._free:
                slot = self._free.pop()
            else:
                slot = self._used
                self._used += 1
        block, place = divmod(slot, _BLOCK)
        if block == len(self._blocks):
            self._blocks.append(np.empty((_BLOCK, EMBEDDING_LENGTH), np.float32))
        self._blocks[block][place] = np.asarray(vector, np.float32).reshape(EMBEDDING_LENGTH)
        return slot

    def get(self, slot: int) -> NDArray[np.float32]:
        """Return a copy, so that an exporting thread never sees a vector being replaced."""
        block, place = divmod(slot, _BLOCK)
        vector: NDArray[np.float32] = self._blocks[block][place].copy()
        return vector

    def drop(self, slot: int) -> None:
        """Let the slot be used again."""
        self._free.append(slot)


class RowStore:
    """Rows are numbered from 0 in the order in which they were added; a row's number never changes until clear().

    The window's thread alone writes; result() may be called from an exporting thread and never sees half a change.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def __len__(self) -> int:
        return len(self.paths)

    def clear(self) -> None:
        """Forget all rows."""
        self.paths: list[str] = []
        self._numbers: dict[str, int] = {}
        self._folded: list[str] = []
        self._failures: dict[int, Failure] = {}
        self._cautions: dict[int, tuple[Caution, ...]] = {}
        self._formats: list[str] = [""]
        self._format_codes: dict[str, int] = {"": 0}
        self._vectors = _Vectors()
        self._capacity = 0
        self._state = np.zeros(0, np.uint8)
        self._warned = np.zeros(0, np.bool_)
        self._rotated = np.zeros(0, np.bool_)
        self._unsaved = np.zeros(0, np.bool_)  # encodings that no export has written yet
        self._methods = np.zeros(0, np.uint8)  # bit per Method
        self._hashes = np.zeros((0, len(HASHES)), ">u8")  # big-endian: its bytes as hex are the hashes' text
        self._slot = np.zeros(0, np.int32)  # of the CNN vector
        self._norm = np.zeros(0, np.float32)  # of the CNN vector
        self._format = np.zeros(0, np.uint16)  # 0: no facts
        self._width = np.zeros(0, np.int32)
        self._height = np.zeros(0, np.int32)
        self._frames = np.zeros(0, np.int32)
        self._bytes = np.zeros(0, np.int64)
        self._modified = np.zeros(0, np.float64)  # nan: unknown
        self._orientation = np.zeros(0, np.uint8)

    # Adding and changing

    def append(self, paths: Iterable[str]) -> range:
        """Add a waiting row for each path that has none yet; the new rows' numbers."""
        first = len(self.paths)
        with self._lock:
            for path in paths:
                if path not in self._numbers:
                    self._numbers[path] = len(self.paths)
                    self.paths.append(path)
            self._reserve(len(self.paths))
        return range(first, len(self.paths))

    def apply(self, row: int, result: ImageResult, *, rotated: bool = False) -> None:
        """Take a result in, beside the encodings that the row has already.

        Encodings made with the other rotation setting are replaced. A failure keeps encodings made earlier.
        """
        with self._lock:
            self._apply(row, result, rotated=rotated)

    def _apply(self, row: int, result: ImageResult, *, rotated: bool) -> None:
        if self._methods[row] and bool(self._rotated[row]) != rotated and result.encodings:
            self._drop_encodings(row)
        self._rotated[row] = rotated
        if result.facts is not None:
            self._put_facts(row, result.facts)
        for method, encoding in result.encodings.items():
            self._put_encoding(row, method, encoding)
            self._unsaved[row] = True
        self._failures.pop(row, None)
        if result.failure is not None:
            self._failures[row] = result.failure
        earlier = self._cautions.pop(row, ())
        if self.has(row, Method.CNN):
            earlier = tuple(caution for caution in earlier if caution.code is not CautionCode.NO_EMBEDDING)
        cautions = earlier + tuple(caution for caution in result.cautions if caution not in earlier)
        if cautions:
            self._cautions[row] = cautions
        if self._methods[row]:
            self._state[row] = State.ENCODED
        elif result.failure is not None and result.failure.code is ErrorCode.NOT_AN_IMAGE:
            self._state[row] = State.NOT_A_PICTURE
        else:
            self._state[row] = State.FAILED
        self._warned[row] = bool(self._methods[row]) and (bool(cautions) or result.failure is not None)

    def reset(self, row: int) -> None:
        """Make the row wait again, without encodings, warnings and failure."""
        with self._lock:
            self._drop_encodings(row)
            self._failures.pop(row, None)
            self._state[row] = State.WAITING
            self._warned[row] = self._unsaved[row] = False

    def _drop_encodings(self, row: int) -> None:
        if self._slot[row] >= 0:
            self._vectors.drop(int(self._slot[row]))
            self._slot[row] = -1
        self._methods[row] = 0
        self._hashes[row] = 0
        self._cautions.pop(row, None)

    def _put_encoding(self, row: int, method: Method, encoding: str | NDArray[np.float32]) -> None:
        if isinstance(encoding, str):
            self._hashes[row, HASHES.index(method)] = int(encoding, 16)
        else:
            self._slot[row] = self._vectors.put(encoding, int(self._slot[row]))
            self._norm[row] = math.sqrt(float(np.dot(encoding.ravel(), encoding.ravel())))
        self._methods[row] |= _BITS[method]

    def _put_facts(self, row: int, facts: Facts) -> None:
        code = self._format_codes.get(facts.format)
        if code is None:
            code = self._format_codes[facts.format] = len(self._formats)
            self._formats.append(facts.format)
        self._format[row] = code
        self._width[row] = facts.width
        self._height[row] = facts.height
        self._frames[row] = facts.frames
        self._bytes[row] = facts.bytes
        self._modified[row] = math.nan if facts.modified is None else facts.modified
        self._orientation[row] = facts.orientation

    def _reserve(self, length: int) -> None:
        if length <= self._capacity:
            return
        grown = max(length, 2 * self._capacity, 1024)
        for name, fill in _ARRAYS.items():
            old = getattr(self, name)
            new = np.full((grown, *old.shape[1:]), fill, old.dtype)
            new[: self._capacity] = old
            setattr(self, name, new)
        self._capacity = grown

    # One row

    def number(self, path: str) -> int | None:
        """Return the row of a path, or None."""
        return self._numbers.get(path)

    def state(self, row: int) -> State:
        """Return what became of the row so far."""
        return State(int(self._state[row]))

    def is_warned(self, row: int) -> bool:
        """Return True when the row is encoded and there is something to know about it."""
        return bool(self._warned[row])

    def failure(self, row: int) -> Failure | None:
        """Why the last attempt gave nothing, also when earlier encodings are kept."""
        return self._failures.get(row)

    def cautions(self, row: int) -> tuple[Caution, ...]:
        """Return the row's warnings."""
        return self._cautions.get(row, ())

    def has(self, row: int, method: Method) -> bool:
        """Return True when the row has that encoding."""
        return bool(self._methods[row] & _BITS[method])

    def hash_text(self, row: int, method: Method) -> str:
        """16 hexadecimal characters, or "" when the row has no such encoding."""
        if not self.has(row, method):
            return ""
        return f"{int(self._hashes[row, HASHES.index(method)]):016x}"

    def vector(self, row: int) -> NDArray[np.float32] | None:
        """Return the CNN vector, shape (1024,), or None."""
        slot = int(self._slot[row])
        return self._vectors.get(slot) if slot >= 0 else None

    def norm(self, row: int) -> float:
        """Return the CNN vector's L2 norm."""
        return float(self._norm[row])

    def size(self, row: int) -> tuple[int, int]:
        """Width and height in pixels, (0, 0) while unknown."""
        return int(self._width[row]), int(self._height[row])

    def format(self, row: int) -> str:
        """Return the format's name, "" while unknown."""
        return self._formats[int(self._format[row])]

    def facts(self, row: int) -> Facts | None:
        """Return the row's facts, or None while unknown."""
        if not self._format[row]:
            return None
        modified = float(self._modified[row])
        return Facts(
            format=self.format(row),
            width=int(self._width[row]),
            height=int(self._height[row]),
            frames=int(self._frames[row]),
            bytes=int(self._bytes[row]),
            modified=None if math.isnan(modified) else modified,
            orientation=int(self._orientation[row]),
        )

    def result(self, row: int) -> ImageResult | None:
        """Return the row as a result, or None while it waits. A failure after earlier encodings is left out."""
        with self._lock:
            return self._result(row)

    def _result(self, row: int) -> ImageResult | None:
        if self._state[row] == State.WAITING:
            return None
        encodings: dict[Method, str | NDArray[np.float32]] = {
            method: self.hash_text(row, method) for method in HASHES if self.has(row, method)
        }
        vector = self.vector(row)
        if vector is not None:
            encodings[Method.CNN] = vector
        return ImageResult(
            path=self.paths[row],
            facts=self.facts(row),
            encodings=encodings,
            cautions=self.cautions(row),
            failure=None if encodings else self.failure(row),
        )

    # Many rows

    def plan(
        self, methods: Sequence[Method], *, rotated: bool, rows: Sequence[int] | None = None
    ) -> dict[tuple[Method, ...], list[int]]:
        """Group the rows that miss some of the methods by what they miss.

        A row encoded with the other rotation setting misses all of them; a row that could not be read misses none
        (it can be reset), unless only the CNN's model was not to be had.
        """
        length = len(self)
        wanted = sum(_BITS[method] for method in methods)
        state = self._state[:length]
        valid = (state == State.ENCODED) & (self._rotated[:length] == rotated)
        needs = np.where(valid, wanted & ~self._methods[:length], np.uint8(wanted))
        needs[(state == State.FAILED) | (state == State.NOT_A_PICTURE)] = 0
        for row, failure in self._failures.items():
            if failure.code is ErrorCode.MODEL_UNAVAILABLE and state[row] == State.FAILED:
                needs[row] = wanted
        chosen = np.arange(length) if rows is None else np.asarray(rows, np.int64)
        needed = needs[chosen]
        return {
            tuple(method for method in Method if bits & _BITS[method]): chosen[needed == bits].tolist()
            for bits in np.flatnonzero(np.bincount(needed)).tolist()
            if bits
        }

    def count(self, category: Category) -> int:
        """How many rows belong to a category."""
        return int(np.count_nonzero(self._category(category, 0, len(self))))

    def any_has(self, method: Method) -> bool:
        """Return True when some row has that encoding."""
        return bool(np.any(self._methods[: len(self)] & _BITS[method]))

    def mark_saved(self, rows: Sequence[int] | None = None) -> None:
        """Note that the rows' encodings (all, when None) are in a file now."""
        self._unsaved[slice(None) if rows is None else np.asarray(rows, np.int64)] = False

    def unsaved(self) -> int:
        """Count the rows with encodings that no export has written."""
        return int(np.count_nonzero(self._unsaved[: len(self)]))

    def any_rotated(self) -> bool:
        """Return True when some row was turned upright before it was encoded."""
        return bool(np.any(self._rotated[: len(self)]))

    def finished(self, rows: Sequence[int]) -> list[int]:
        """Return those of the rows that don't wait, in the order given."""
        chosen = np.asarray(rows, np.int64)
        done: list[int] = chosen[self._state[chosen] != State.WAITING].tolist()
        return done

    def waiting(self) -> int:
        """How many rows have no result yet."""
        return int(np.count_nonzero(self._state[: len(self)] == State.WAITING))

    def matches(self, category: Category, text: str, first: int = 0, last: int | None = None) -> Mask:
        """Which of rows first to last-1 belong to the category and contain the text.

        The text is looked for in the path (so in name and folder) and in the hashes, whatever its case.
        """
        last = len(self) if last is None else last
        mask = self._category(category, first, last)
        needle = text.strip().casefold()
        if needle:
            self._folded.extend(path.casefold() for path in self.paths[len(self._folded) :])
            found = np.fromiter((needle in path for path in self._folded[first:last]), np.bool_, last - first)
            mask = mask & (found | self._hash_contains(needle, first, last))
        return mask

    def _category(self, category: Category, first: int, last: int) -> Mask:
        state = self._state[first:last]
        if category is Category.ENCODED:
            return np.asarray(state == State.ENCODED)
        if category is Category.FAILED:
            return np.asarray(state == State.FAILED)
        if category is Category.NOT_PICTURES:
            return np.asarray(state == State.NOT_A_PICTURE)
        if category is Category.WARNINGS:
            return self._warned[first:last].copy()
        return np.ones(last - first, np.bool_)

    def _hash_contains(self, needle: str, first: int, last: int) -> Mask:
        """One search through all hashes as one long text, instead of a search per cell."""
        found = np.zeros(last - first, np.bool_)
        if len(needle) > _DIGITS_PER_HASH or not set(needle) <= set("0123456789abcdef"):
            return found
        text = self._hashes[first:last].tobytes().hex()
        place = text.find(needle)
        while place >= 0:
            cell = place // _DIGITS_PER_HASH
            row, column = divmod(cell, len(HASHES))
            if (place + len(needle) - 1) // _DIGITS_PER_HASH == cell and self._methods[first + row] & _BITS[
                HASHES[column]
            ]:
                found[row] = True
                place = text.find(needle, _DIGITS_PER_HASH * len(HASHES) * (row + 1))  # the next row
            else:
                place = text.find(needle, place + 1)
        return found

    def sort(self, rows: list[int], key: SortKey | Method, *, descending: bool) -> list[int]:
        """Return the rows in the key's order, stable; rows without a value come last either way."""
        value, present = self._sort_values(key)
        having = rows if present is None else [row for row in rows if present[row]]
        lacking = [] if present is None else [row for row in rows if not present[row]]
        having = sorted(having, key=value, reverse=descending)
        return having + lacking

    def _sort_values(self, key: SortKey | Method) -> tuple[Callable[[int], Any], Sequence[bool] | None]:
        length = len(self)
        if isinstance(key, Method):
            present = ((self._methods[:length] & _BITS[key]) != 0).tolist()
            column = self._norm if key is Method.CNN else self._hashes[:, HASHES.index(key)]
            return column[:length].tolist().__getitem__, present
        if key is SortKey.PIXELS:
            pixels = self._width[:length].astype(np.int64) * self._height[:length]
            return pixels.tolist().__getitem__, (self._format[:length] != 0).tolist()
        if key is SortKey.FORMAT:
            formats = [self._formats[code] for code in self._format[:length].tolist()]
            return formats.__getitem__, (self._format[:length] != 0).tolist()
        if key is SortKey.STATUS:
            return (self._state[:length].astype(np.int64) * 2 + self._warned[:length]).tolist().__getitem__, None
        if key is SortKey.NAME:
            names = [natural(os.path.basename(path)) for path in self.paths]  # noqa: PTH119
            return names.__getitem__, None
        cache: dict[str, str] = {}
        folders = [
            cache[folder] if folder in cache else cache.setdefault(folder, natural(folder))
            for folder in (os.path.dirname(path) for path in self.paths)  # noqa: PTH120
        ]
        return folders.__getitem__, None


def natural(text: str) -> str:
    """Return a key that sorts IMG_9 before IMG_10, whatever the case."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), text.casefold())
