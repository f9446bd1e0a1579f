"""The pictures of a session in compact arrays, a row each: no object per cell, an ImageResult back for any row."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult, ImageWarning, WarningCode
from imgenc_gui.core.vectors import Vectors

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

_UPRIGHT = 1  # the EXIF orientation of a picture that isn't turned
_ARRAYS = {  # attribute: what a new row has there
    "_state": 0, "_warned": 0, "_turned": 0, "_has": 0, "_saved": 0, "_generation": 0, "_hashes": 0, "_slots": -1,
    "_norms": 0, "_format": 0, "_width": 0, "_height": 0, "_frames": 1, "_bytes": 0, "_mtime_ns": -1, "_orientation": 1,
}  # fmt: skip


class State(IntEnum):
    """What became of a row so far."""

    WAITING = 0
    ENCODED = 1
    FAILED = 2
    NOT_A_PICTURE = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """What there was at one moment: each row's generation, and a bit per method for the encodings that it had."""

    generations: NDArray[np.uint32]
    has: NDArray[np.uint64]


class Rows:
    """Rows are numbered from 0 in the order in which they were added; a row's number never changes until clear().

    One thread writes; result() may be called from any other and never sees half a change. A row's *generation* rises
    when its encodings, or a failure in their place, make room for others: what was begun for an earlier generation is
    out of date.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        self.methods = tuple(methods)
        self._bits = {method: np.uint64(1 << number) for number, method in enumerate(self.methods)}
        self._columns = {method: i for i, method in enumerate(m for m in self.methods if m.is_hash)}
        self._places = {method: i for i, method in enumerate(m for m in self.methods if not m.is_hash)}
        self._lock = threading.Lock()
        self.clear()

    def __len__(self) -> int:
        return len(self.paths)

    def clear(self) -> None:
        """Forget all rows."""
        self.paths: list[str] = []
        self._numbers: dict[str, int] = {}
        self._failures: dict[int, ImageFailure] = {}
        self._warnings: dict[int, tuple[ImageWarning, ...]] = {}
        self._formats: list[str] = [""]
        self._format_codes: dict[str, int] = {"": 0}
        self._vectors = {method: Vectors(method.length) for method in self._places}
        self._capacity = 0
        self._state = np.zeros(0, np.uint8)
        self._warned = np.zeros(0, np.bool_)
        self._turned = np.zeros(0, np.bool_)  # encoded with the EXIF orientation applied
        self._has = np.zeros(0, np.uint64)  # a bit per method
        self._saved = np.zeros(0, np.uint64)  # a bit per method: some export has written this very encoding
        self._generation = np.zeros(0, np.uint32)
        self._hashes = np.zeros((0, len(self._columns)), ">u8")  # big-endian: its bytes as hex are the hashes' text
        self._slots = np.zeros((0, len(self._places)), np.int32)  # of the vectors
        self._norms = np.zeros((0, len(self._places)), np.float32)
        self._format = np.zeros(0, np.uint16)  # 0: no facts
        self._width = np.zeros(0, np.int32)
        self._height = np.zeros(0, np.int32)
        self._frames = np.zeros(0, np.int32)
        self._bytes = np.zeros(0, np.int64)
        self._mtime_ns = np.zeros(0, np.int64)  # -1: unknown
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

    def apply(self, row: int, result: ImageResult, *, turned: bool = False) -> None:
        """Take a result in, beside the encodings that the row has already.

        ``turned``: it was made with the EXIF orientation applied. Encodings made the other way are replaced. A failure
        keeps encodings made earlier.
        """
        with self._lock:
            self._apply(row, result, turned=turned)

    def _apply(self, row: int, result: ImageResult, *, turned: bool) -> None:
        if result.facts is not None:
            self._put_facts(row, result.facts)
        if result.encodings:
            self._put_encodings(row, result.encodings, turned=turned)
        self._failures.pop(row, None)
        if result.failure is not None:
            self._failures[row] = result.failure
        earlier = self._warnings.pop(row, ())
        if earlier:
            here = {method.label for method in self._places if self.has(row, method)}
            over = {w for w in earlier if w.code is WarningCode.NO_EMBEDDING and not here.isdisjoint(w.values[:1])}
            earlier = tuple(warning for warning in earlier if warning not in over)
        warnings = earlier + tuple(warning for warning in result.warnings if warning not in earlier)
        if warnings:
            self._warnings[row] = warnings
        if self._has[row]:
            self._state[row] = State.ENCODED
        elif result.failure is not None and result.failure.code is FailureCode.NOT_AN_IMAGE:
            self._state[row] = State.NOT_A_PICTURE
        else:
            self._state[row] = State.FAILED
        self._warned[row] = bool(self._has[row]) and (bool(warnings) or result.failure is not None)

    def reset(self, rows: Sequence[int]) -> None:
        """Make rows wait again, in a new generation, without encodings, warnings and failure."""
        is_chosen = np.zeros(len(self), np.bool_)
        is_chosen[np.asarray(rows, np.int64)] = True
        chosen = np.flatnonzero(is_chosen)  # each once; np.unique takes three times as long
        with self._lock:
            self._drop_encodings(chosen)
            for row in chosen.tolist():
                self._failures.pop(row, None)
            self._state[chosen] = State.WAITING
            self._warned[chosen] = False
            self._generation[chosen] += 1

    def mark_saved(self, rows: Sequence[int], methods: Iterable[Method], then: Moment | None = None) -> None:
        """Note that these encodings of these rows are in a file now: all that they have, or what result() gave."""
        chosen = np.asarray(rows, np.int64)
        with self._lock:
            written = self._has[chosen] & self._mask_of(methods)
            if then is not None:
                written &= then.has[chosen]
                written[self._generation[chosen] != then.generations[chosen]] = 0
            self._saved[chosen] |= written

    def _drop_encodings(self, rows: Numbers) -> None:
        for method, place in self._places.items():
            slots = self._slots[rows, place]
            self._vectors[method].drop(slots[slots >= 0].tolist())
            self._slots[rows, place] = -1
        self._has[rows] = 0
        self._saved[rows] = 0
        self._turned[rows] = False
        self._hashes[rows] = 0
        for row in rows.tolist():
            self._warnings.pop(row, None)

    def _put_encodings(self, row: int, encodings: Mapping[Method, Encoding], *, turned: bool) -> None:
        made_otherwise = self._turned[row] != turned and self._orientation[row] != _UPRIGHT
        replaced = self._has[row] if made_otherwise else self._has[row] & self._mask_of(encodings)
        if replaced or self._state[row] in (State.FAILED, State.NOT_A_PICTURE):
            self._generation[row] += 1
        if made_otherwise:
            self._drop_encodings(np.array([row]))
        self._turned[row] = turned
        for method, encoding in encodings.items():
            self._put_encoding(row, method, encoding)

    def _put_encoding(self, row: int, method: Method, encoding: Encoding) -> None:
        if isinstance(encoding, str):
            self._hashes[row, self._columns[method]] = int(encoding, 16)
        else:
            place = self._places[method]
            self._slots[row, place] = self._vectors[method].put(encoding, int(self._slots[row, place]))
            self._norms[row, place] = math.sqrt(float(np.dot(encoding.ravel(), encoding.ravel())))
        self._has[row] |= self._bits[method]
        self._saved[row] &= ~self._bits[method]

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
        self._mtime_ns[row] = -1 if facts.mtime_ns is None else facts.mtime_ns
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

    def generation(self, row: int) -> int:
        """How often what the row had has made room for something else."""
        return int(self._generation[row])

    def state(self, row: int) -> State:
        """Return what became of the row so far."""
        return State(int(self._state[row]))

    def is_warned(self, row: int) -> bool:
        """Return True when the row is encoded and there is something to know about it."""
        return bool(self._warned[row])

    def failure(self, row: int) -> ImageFailure | None:
        """Why the last attempt gave nothing, also when earlier encodings are kept."""
        return self._failures.get(row)

    def warnings(self, row: int) -> tuple[ImageWarning, ...]:
        """Return the row's warnings."""
        return self._warnings.get(row, ())

    def has(self, row: int, method: Method) -> bool:
        """Return True when the row has that encoding."""
        return bool(self._has[row] & self._bits[method])

    def hash_text(self, row: int, method: Method) -> str:
        """16 hexadecimal characters, or "" when the row has no such encoding."""
        if not self.has(row, method):
            return ""
        return f"{int(self._hashes[row, self._columns[method]]):0{HASH_CHARACTERS}x}"

    def vector(self, row: int, method: Method) -> NDArray[np.float32] | None:
        """Return a vector, shape (length,), or None."""
        slot = int(self._slots[row, self._places[method]])
        return self._vectors[method].get(slot) if slot >= 0 else None

    def norm(self, row: int, method: Method) -> float:
        """Return the vector's L2 norm."""
        return float(self._norms[row, self._places[method]])

    def encoding(self, row: int, method: Method) -> Encoding | None:
        """Return the row's encoding by this method, or None."""
        if method.is_hash:
            return self.hash_text(row, method) or None
        return self.vector(row, method)

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
        mtime_ns = int(self._mtime_ns[row])
        return Facts(
            format=self.format(row),
            width=int(self._width[row]),
            height=int(self._height[row]),
            frames=int(self._frames[row]),
            bytes=int(self._bytes[row]),
            mtime_ns=None if mtime_ns == -1 else mtime_ns,
            orientation=int(self._orientation[row]),
        )

    def moment(self) -> Moment:
        """What there is now, for ``result`` and ``mark_saved`` at a later moment."""
        length = len(self)
        return Moment(self._generation[:length].copy(), self._has[:length].copy())

    def result(self, row: int, then: Moment | None = None) -> ImageResult | None:
        """Return the row as a result, or None while it waits. A failure after earlier encodings is left out.

        ``then``: with those of its encodings alone that it had at that moment; None if they made room for others.
        """
        with self._lock:
            if self._state[row] == State.WAITING:
                return None
            if then is not None and then.generations[row] != self._generation[row]:
                return None
            methods = self.methods if then is None else [m for m in self.methods if then.has[row] & self._bits[m]]
            found = ((method, self.encoding(row, method)) for method in methods)
            encodings = {method: encoding for method, encoding in found if encoding is not None}
            return ImageResult(
                path=self.paths[row],
                facts=self.facts(row),
                encodings=encodings,
                warnings=self.warnings(row),
                failure=None if encodings else self.failure(row),
            )

    # Columns: one value per row, as arrays that are not to be changed

    @property
    def states(self) -> NDArray[np.uint8]:
        """Each row's State."""
        return self._state[: len(self)]

    @property
    def warned(self) -> Mask:
        """Which rows are encoded and have warnings."""
        return self._warned[: len(self)]

    @property
    def pixels(self) -> Numbers:
        """Each row's number of pixels; 0 while unknown."""
        return self._width[: len(self)].astype(np.int64) * self._height[: len(self)]

    @property
    def format_names(self) -> list[str]:
        """Each row's format; "" while unknown."""
        return [self._formats[code] for code in self._format[: len(self)].tolist()]

    def having(self, method: Method) -> Mask:
        """Which rows have an encoding by this method."""
        return np.asarray(self._has[: len(self)] & self._bits[method], np.bool_)

    def norms(self, method: Method) -> NDArray[np.float32]:
        """Each row's norm of the method's vector; meaningless where there is none."""
        return self._norms[: len(self), self._places[method]]

    def hashes(self, method: Method) -> tuple[Numbers, NDArray[np.uint64]]:
        """The rows that have this hash, and the hashes as integers, most significant bit first: both (n,)."""
        numbers = np.flatnonzero(self.having(method))
        return numbers, self._hashes[numbers, self._columns[method]].astype(np.uint64)

    def vectors(self, method: Method) -> tuple[Numbers, NDArray[np.float32]]:
        """The rows that have this embedding, (n,), and a copy of the vectors, (n, length) float32."""
        numbers = np.flatnonzero(self.having(method))
        return numbers, self._vectors[method].gather(self._slots[numbers, self._places[method]])

    def hash_digits(self, first: int, last: int) -> tuple[str, tuple[Method, ...]]:
        """All hashes of rows first to last-1 as one text, row by row, 16 digits per hash method; and those methods.

        Where a row lacks a hash there are zeros: ``has`` tells.
        """
        return self._hashes[first:last].tobytes().hex(), tuple(self._columns)

    # Many rows

    def plan(
        self, methods: Sequence[Method], *, turned: bool, rows: Sequence[int] | None = None
    ) -> dict[tuple[Method, ...], list[int]]:
        """Group the rows that miss some of the methods by what they miss.

        A row that has an EXIF orientation and was encoded the other way misses all of them; a row that could not be
        read misses none (it can be reset), unless only a network was not to be had.
        """
        length = len(self)
        wanted = self._mask_of(methods)
        state = self.states
        made_so = (self._turned[:length] == turned) | (self._orientation[:length] == _UPRIGHT)
        valid = (state == State.ENCODED) & made_so
        needs = np.where(valid, wanted & ~self._has[:length], wanted)
        needs[(state == State.FAILED) | (state == State.NOT_A_PICTURE)] = 0
        for row, failure in self._failures.items():
            if failure.code is FailureCode.MODEL_UNAVAILABLE and state[row] == State.FAILED:
                needs[row] = wanted
        chosen = np.arange(length) if rows is None else np.asarray(rows, np.int64)
        needed = needs[chosen]
        return {
            tuple(method for method in self.methods if bits & self._bits[method]): chosen[needed == bits].tolist()
            for bits in np.unique(needed)
            if bits
        }

    def any_has(self, method: Method) -> bool:
        """Return True when some row has that encoding."""
        return bool(np.any(self.having(method)))

    def any_turned(self) -> bool:
        """Return True when some row's encodings differ because its EXIF orientation was applied."""
        length = len(self)
        return bool(np.any(self._turned[:length] & (self._orientation[:length] != _UPRIGHT)))

    def unsaved(self) -> int:
        """Count the rows with encodings that no export has written."""
        length = len(self)
        return int(np.count_nonzero(self._has[:length] & ~self._saved[:length]))

    def finished(self, rows: Sequence[int]) -> list[int]:
        """Return those of the rows that don't wait, in the order given."""
        chosen = np.asarray(rows, np.int64)
        done: list[int] = chosen[self._state[chosen] != State.WAITING].tolist()
        return done

    def waiting(self) -> int:
        """How many rows have no result yet."""
        return int(np.count_nonzero(self.states == State.WAITING))

    def _mask_of(self, methods: Iterable[Method]) -> np.uint64:
        return np.uint64(sum(int(self._bits[method]) for method in methods))
