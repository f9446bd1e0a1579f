"""The pictures of a session in compact arrays, a row each: no object per cell, an ImageResult back for any row."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method
from imgenc_gui.core.records.results import (
    AROUND_THE_FILE,
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.core.vectors import Gathered, Vectors

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

_UPRIGHT = 1  # the EXIF orientation of a picture that isn't turned
_ARRAYS = {  # attribute: what a new row has there
    "_state": 0, "_warned": 0, "_turned": 0, "_has": 0, "_saved": 0, "_generation": 0, "_hashes": 0, "_slots": -1,
    "_norms": 0, "_format": 0, "_width": 0, "_height": 0, "_frames": 1, "_bytes": -1, "_mtime_ns": -1,
    "_orientation": 1, "_digest": 0, "_seen_bytes": -1, "_seen_mtime_ns": -1,
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
    out of date. A row knows which file it was made of and what that file looked like when it was last seen: where these
    differ the file has *changed*.
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
        self._bytes = np.zeros(0, np.int64)  # of the file that was read, also if it failed; -1: unknown
        self._mtime_ns = np.zeros(0, np.int64)  # -1: unknown
        self._seen_bytes = np.zeros(0, np.int64)  # what the file looked like when it was last seen
        self._seen_mtime_ns = np.zeros(0, np.int64)
        self._digest = np.zeros((0, 2), np.uint64)  # 0, 0: unknown
        self._orientation = np.zeros(0, np.uint8)

    def copy(self) -> Rows:
        """The same rows, for other threads to read while these ones change. Takes some milliseconds for 100,000."""
        other = copy.copy(self)
        other._lock = threading.Lock()  # noqa: SLF001
        for name in ("paths", "_numbers", "_failures", "_warnings", "_formats", "_format_codes"):
            setattr(other, name, getattr(self, name).copy())
        other._vectors = {method: vectors.copy() for method, vectors in self._vectors.items()}  # noqa: SLF001
        other._capacity = len(self)  # noqa: SLF001
        for name in _ARRAYS:
            setattr(other, name, getattr(self, name)[: len(self)].copy())
        return other

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

    def apply(self, row: int, result: ImageResult, *, turned: bool = False) -> bool:
        """Take a result in, beside the encodings that the row has already.

        ``turned``: it was made with the EXIF orientation applied. Encodings made the other way, or of the file before
        it was changed, are replaced; True when some went that the result doesn't bring anew, because of a change. A
        failure keeps encodings made earlier, unless the file has changed since.
        """
        with self._lock:
            return self._apply(row, result, turned=turned)

    def _apply(self, row: int, result: ImageResult, *, turned: bool) -> bool:
        is_other = self._is_other_file(row, result)
        lost = is_other and bool(self._has[row] & ~self._mask_of(result.encodings))
        if is_other:
            if self._has[row] or self._state[row] != State.WAITING:
                self._generation[row] += 1
            self._drop_encodings(np.array([row]))
            self._saved[row] = 0
        is_same = result.facts is not None and self._is_same_content(row, result.facts.digest)
        if result.facts is not None:
            self._put_facts(row, result.facts)
        elif not self._has[row]:
            self._format[row] = 0
            self._put_identity(row, result.failed_file)
        if result.file is not None or not self._has[row]:
            self._put_seen(row, result.file)
        if result.encodings:
            self._put_encodings(row, result.encodings, turned=turned, is_same=is_same)
        self._put_messages(row, result)
        return lost

    def _put_messages(self, row: int, result: ImageResult) -> None:
        """Failure, warnings and state, once the encodings are there."""
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

    def _is_other_file(self, row: int, result: ImageResult) -> bool:
        """Whether the result is of other bytes than those that the row was made of."""
        if result.facts is not None and result.facts.digest and any(self._digest[row].tolist()):
            return not self._is_same_content(row, result.facts.digest)
        made_of = self._identity(self._bytes[row], self._mtime_ns[row])
        return None not in (made_of, result.file) and made_of != result.file

    def _is_same_content(self, row: int, digest: str) -> bool:
        return bool(digest) and tuple(self._digest[row].tolist()) == _halves(digest)

    def see(self, rows: Sequence[int], files: Sequence[FileIdentity]) -> list[int]:
        """Note what the rows' files look like now; those of the rows that are to be encoded again.

        These are where the file has changed, and where it could not be had the last time.
        """
        chosen = np.asarray(rows, np.int64)
        with self._lock:
            self._seen_bytes[chosen] = [file.size for file in files]
            self._seen_mtime_ns[chosen] = [file.mtime_ns for file in files]
            again = self._is_changed(chosen)
            for place, row in enumerate(rows if self._failures else ()):
                failure = self._failures.get(row)
                if failure is not None and failure.code in AROUND_THE_FILE and self._has[row]:
                    del self._failures[row]  # its encodings are as good as they were
                    self._warned[row] = row in self._warnings
                    again[place] = True
        return chosen[again].tolist()  # type: ignore[no-any-return]

    def is_unlike(self, row: int, file: FileIdentity) -> bool:
        """Whether ``see`` would have something to note. Callable from any thread."""
        with self._lock:
            failure = self._failures.get(row)
            known = self._identity(self._bytes[row], self._mtime_ns[row])
            seen = self._identity(self._seen_bytes[row], self._seen_mtime_ns[row])
            return not known == seen == file or (failure is not None and failure.code in AROUND_THE_FILE)

    def _is_changed(self, rows: slice | Numbers) -> Mask:
        differs = (self._seen_bytes[rows] != self._bytes[rows]) | (self._seen_mtime_ns[rows] != self._mtime_ns[rows])
        return np.asarray((self._state[rows] != State.WAITING) & (self._seen_bytes[rows] >= 0) & differs)

    def reset(self, rows: Sequence[int]) -> None:
        """Make rows wait again, in a new generation, without encodings, warnings and failure."""
        is_chosen = np.zeros(len(self), np.bool_)
        is_chosen[np.asarray(rows, np.int64)] = True
        chosen = np.flatnonzero(is_chosen)  # each once; np.unique takes three times as long
        with self._lock:
            self._drop_encodings(chosen)
            if self._failures:
                for row in chosen.tolist():
                    self._failures.pop(row, None)
            self._state[chosen] = State.WAITING
            self._warned[chosen] = False
            self._seen_bytes[chosen] = self._seen_mtime_ns[chosen] = -1
            self._generation[chosen] += 1

    def mark_saved(self, rows: Sequence[int] | Numbers, methods: Iterable[Method], then: Moment | None = None) -> None:
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
        self._hashes[rows] = 0
        if self._warnings:
            for row in rows.tolist():
                self._warnings.pop(row, None)

    def _put_encodings(self, row: int, encodings: Mapping[Method, Encoding], *, turned: bool, is_same: bool) -> None:
        """``is_same``: of the very bytes that the row had, so that encodings made the same way are the same, too."""
        made_otherwise = self._turned[row] != turned and self._orientation[row] != _UPRIGHT
        replaced = self._has[row] if made_otherwise else self._has[row] & self._mask_of(encodings)
        if (replaced and (made_otherwise or not is_same)) or self._state[row] in (State.FAILED, State.NOT_A_PICTURE):
            self._generation[row] += 1
        if made_otherwise:
            self._drop_encodings(np.array([row]))
        if made_otherwise or not is_same:
            self._saved[row] &= self._has[row] & ~self._mask_of(encodings)
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
        self._digest[row] = _halves(facts.digest)
        self._orientation[row] = facts.orientation

    def _put_identity(self, row: int, file: FileIdentity | None) -> None:
        self._bytes[row], self._mtime_ns[row] = (-1, -1) if file is None else (file.size, file.mtime_ns)

    def _put_seen(self, row: int, file: FileIdentity | None) -> None:
        self._seen_bytes[row], self._seen_mtime_ns[row] = (-1, -1) if file is None else (file.size, file.mtime_ns)

    @staticmethod
    def _identity(size: np.int64, mtime_ns: np.int64) -> FileIdentity | None:
        return None if size < 0 or mtime_ns == -1 else FileIdentity(int(size), int(mtime_ns))

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

    def seen(self, row: int) -> FileIdentity | None:
        """What the row's file looked like when it was last seen; None when it wasn't yet."""
        return self._identity(self._seen_bytes[row], self._seen_mtime_ns[row])

    def is_changed(self, row: int) -> bool:
        """Return True when the file has changed since the row was made of it."""
        return bool(self._is_changed(slice(row, row + 1))[0])

    def is_warned(self, row: int) -> bool:
        """Return True when the row is encoded and there is something to know about it."""
        return bool(self._warned[row]) or (self._state[row] == State.ENCODED and self.is_changed(row))

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
            digest="".join(f"{half:016x}" for half in self._digest[row].tolist()) if self._digest[row].any() else "",
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
                failed_file=None if self._format[row] else self._identity(self._bytes[row], self._mtime_ns[row]),
            )

    # Columns: one value per row, as arrays that are not to be changed

    @property
    def states(self) -> NDArray[np.uint8]:
        """Each row's State."""
        return self._state[: len(self)]

    @property
    def warned(self) -> Mask:
        """Which rows are encoded and have warnings, a changed file among them."""
        return np.asarray(self._warned[: len(self)] | (self.changed & (self.states == State.ENCODED)))

    @property
    def changed(self) -> Mask:
        """Which rows' files have changed since the rows were made of them."""
        return self._is_changed(slice(len(self)))

    @property
    def pixels(self) -> Numbers:
        """Each row's number of pixels; 0 while unknown."""
        return self._width[: len(self)].astype(np.int64) * self._height[: len(self)]

    @property
    def sizes(self) -> Numbers:
        """Each row's file's bytes; -1 while unknown."""
        return self._bytes[: len(self)]

    @property
    def times(self) -> Numbers:
        """When each row's file was changed, as in Facts; -1 while unknown."""
        return self._mtime_ns[: len(self)]

    @property
    def digests(self) -> NDArray[np.uint64]:
        """Each row's file's digest in two halves, (n, 2); 0, 0 while unknown."""
        return self._digest[: len(self)]

    @property
    def encoded(self) -> Mask:
        """Which rows have encodings, by whatever method."""
        return np.asarray(self._has[: len(self)] != 0)

    def of_content(self, digest: str) -> Mask:
        """Which rows' files have this digest; none have that which isn't known."""
        if not digest:
            return np.zeros(len(self), np.bool_)
        return np.asarray((self.digests == np.array(_halves(digest), np.uint64)).all(axis=1))

    def made_so(self, *, turned: bool) -> Mask:
        """Which rows' encodings are those that are made with the EXIF orientation applied, or without."""
        length = len(self)
        return np.asarray((self._turned[:length] == turned) | (self._orientation[:length] == _UPRIGHT))

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

    def hash_column(self, method: Method) -> NDArray[np.uint64]:
        """Each row's hash as an integer, most significant bit first; 0 where there is none."""
        return self._hashes[: len(self), self._columns[method]].astype(np.uint64)

    def hashes(self, method: Method) -> tuple[Numbers, NDArray[np.uint64]]:
        """The rows that have this hash, and the hashes as integers, most significant bit first: both (n,)."""
        numbers = np.flatnonzero(self.having(method))
        return numbers, self._hashes[numbers, self._columns[method]].astype(np.uint64)

    def vectors(self, method: Method) -> tuple[Numbers, NDArray[np.float32]]:
        """The rows that have this embedding, (n,), and a copy of the vectors, (n, length) float32."""
        numbers = np.flatnonzero(self.having(method))
        return numbers, self._vectors[method].gather(self._slots[numbers, self._places[method]])

    def vector_table(self, method: Method, rows: Numbers) -> Gathered:
        """The rows' embeddings without a copy of them, if nobody changes these rows (see ``copy``).

        Zeros where there is none, and for a row of -1.
        """
        slots = np.where(rows >= 0, self._slots[rows, self._places[method]], -1)
        return Gathered(self._vectors[method], slots, method.length)

    def hash_digits(self, first: int, last: int) -> tuple[str, tuple[Method, ...]]:
        """All hashes of rows first to last-1 as one text, row by row, 16 digits per hash method; and those methods.

        Where a row lacks a hash there are zeros: ``has`` tells.
        """
        return self._hashes[first:last].tobytes().hex(), tuple(self._columns)

    # Many rows

    def plan(
        self, methods: Sequence[Method], *, turned: bool, rows: Sequence[int] | Numbers | None = None
    ) -> dict[tuple[Method, ...], list[int]]:
        """Group the rows that miss some of the methods by what they miss.

        A row that has an EXIF orientation and was encoded the other way misses all of them, and so does one whose file
        has changed; another that could not be read misses none (it can be reset), unless only a network was not to be
        had.
        """
        length = len(self)
        wanted = self._mask_of(methods)
        state = self.states
        changed = self.changed
        valid = (state == State.ENCODED) & self.made_so(turned=turned) & ~changed
        needs = np.where(valid, wanted & ~self._has[:length], wanted)
        needs[((state == State.FAILED) | (state == State.NOT_A_PICTURE)) & ~changed] = 0
        for row, failure in self._failures.items():
            if failure.code is FailureCode.MODEL_UNAVAILABLE and state[row] == State.FAILED:
                needs[row] = wanted
        chosen = np.arange(length) if rows is None else np.asarray(rows, np.int64)
        needed = needs[chosen]
        return {
            tuple(method for method in self.methods if bits & self._bits[method]): chosen[needed == bits].tolist()
            for bits in map(np.uint64, sorted(set(needed.tolist())))  # np.unique takes 0.1 s for 100,000
            if bits
        }

    def any_has(self, method: Method) -> bool:
        """Return True when some row has that encoding."""
        return bool(np.any(self.having(method)))

    def any_turned(self) -> bool:
        """Return True when some row's encodings differ because its EXIF orientation was applied."""
        length = len(self)
        turned = self._turned[:length] & (self._has[:length] != 0)
        return bool(np.any(turned & (self._orientation[:length] != _UPRIGHT)))

    def unsaved(self) -> int:
        """Count the rows with encodings that no export has written."""
        length = len(self)
        return int(np.count_nonzero(self._has[:length] & ~self._saved[:length]))

    def finished(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Return those of the rows that don't wait, in the order given."""
        chosen = np.asarray(rows, np.int64)
        return np.asarray(chosen[self._state[chosen] != State.WAITING])

    def waiting(self) -> int:
        """How many rows have no result yet."""
        return int(np.count_nonzero(self.states == State.WAITING))

    def _mask_of(self, methods: Iterable[Method]) -> np.uint64:
        return np.uint64(sum(int(self._bits[method]) for method in methods))


def _halves(digest: str) -> tuple[int, int]:
    """A digest as two numbers of 64 bits; 0, 0 for none."""
    return (int(digest[:16], 16), int(digest[16:], 16)) if digest else (0, 0)
