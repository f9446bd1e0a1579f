"""The pictures of a session in compact arrays, a row each: no object per cell, an ImageResult back for any row."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import FILLED, Columns, Mask, Numbers, bits_type, halves, numbers_of
from imgenc_gui.core.records.methods import Encoding, Method
from imgenc_gui.core.records.results import (
    AROUND_THE_FILE,
    UPRIGHT,
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.core.uncollected import uncollected
from imgenc_gui.core.vectors import Vectors

_ARRAYS = FILLED | {  # attribute: what a new row has there
    "_state": 0, "_warned": 0, "_saved": 0, "_kept": 0, "_generation": 0, "_norms": 0, "_seen_bytes": -1,
    "_seen_mtime_ns": -1, "_gone": 0, "_changed": 0, "_had": 0, "_was": 0, "_expected": 0, "_lacked": 0,
    "_damaged": 0,
}  # fmt: skip
MOST_METHODS = 64
_PARTS = 64  # of the index of paths: one that grows as a whole takes 60 ms
_PART = 24  # the bit of a path's hash from which on its part is told; within a part Python looks at others
_TOGETHER = 32  # rows that share one number in the index of paths: a number each would take as much as the index itself
_BITS_OF_METHODS = ("_has", "_saved", "_kept", "_had")
_COPIED = 200_000  # rows of a column that are copied at once: a few milliseconds
_SAMPLE = 1000  # paths by which it is estimated how many of very many are new
_MOST_FORMATS = (1 << 16) - 1
_MOST_8, _MOST_32, _MOST_64 = (1 << 8) - 1, (1 << 31) - 1, (1 << 63) - 1
_NO_DIGEST = "0" * 32
_NO_FACTS = Facts("", 0, 0, 1, -1, None, UPRIGHT)


class State(IntEnum):
    """What became of a row so far."""

    WAITING = 0
    ENCODED = 1
    FAILED = 2
    NOT_A_PICTURE = 3
    REMOVED = 4  # from the table, by a person


_STATES = tuple(State)  # by their numbers: where a number of numpy's meets an enum's, either takes 15 µs


@dataclass(frozen=True, slots=True)
class Moment:
    """What there was at one moment: each row's generation, and a bit per method for the encodings that it had."""

    generations: NDArray[np.uint32]
    has: NDArray[np.unsignedinteger[Any]]


@dataclass(slots=True)
class _Copying:
    """A column that is being copied."""

    name: str
    column: NDArray[Any]
    copy: NDArray[Any]
    done: int = 0  # rows


class Rows(Columns):
    """Rows are numbered from 0 in the order in which they were added; a row's number never changes until clear().

    One thread writes; result() may be called from any other and never sees half a change. A row's *generation* rises
    when its encodings, or a failure in their place, make room for others: what was begun for an earlier generation is
    out of date. A row knows which file it was made of and what that file looked like when it was last seen: where these
    differ the file has *changed*.

    A row of which other encodings are *expected* keeps what it has until they come.

    A row that was *removed* is as good as none until it is put back: it has no encodings, and counts nowhere.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        super().__init__(methods)
        self._lock = threading.Lock()
        self._forget()

    def clear(self) -> list[Iterable[object]]:
        """Forget all rows. What held them, for whoever has time to let go of it (``uncollected.release``)."""
        with self._lock, uncollected():  # a list of a million paths is looked through in 30 ms
            held: list[Iterable[object]] = [self.paths, *self._together, self._failures, self._warnings]
            self._forget()
        return held

    def _forget(self) -> None:
        self._clear()
        # In parts, path: which TOGETHER rows its row is among.
        self._together: list[dict[str, int]] = [{} for _ in range(_PARTS)]
        self._copying: _Copying | None = None
        self._failures: dict[int, ImageFailure] = {}
        self._warnings: dict[int, tuple[ImageWarning, ...]] = {}
        self._format_codes: dict[str, int] = {"": 0}
        self._state = np.zeros(0, np.uint8)
        self._warned = np.zeros(0, np.bool_)
        self._saved = np.zeros(0, self._bits_type)  # a bit per method: some export has written this very encoding
        self._kept = np.zeros(0, self._bits_type)  # a bit per method: the library has this very encoding
        self._generation = np.zeros(0, np.uint32)
        self._norms = np.zeros((0, len(self._places)), np.float32)
        self._seen_bytes = np.zeros(0, np.int64)  # what the file looked like when it was last seen
        self._seen_mtime_ns = np.zeros(0, np.int64)
        self._gone = np.zeros(0, np.bool_)  # there was no file when it was looked for
        self._changed = np.zeros(0, np.bool_)  # what it was made of and what was last seen differ
        self._had = np.zeros(0, self._bits_type)  # what removed rows have once they are put back: as _has
        self._was = np.zeros(0, np.uint8)  # and as _state
        self._removed = 0  # rows
        self._expected = np.zeros(0, np.bool_)  # has encodings that are to make room for others
        self._damaged = np.zeros(0, np.bool_)  # encoded as far as it can be read, or nobody has tried that yet
        self._lacked = np.zeros(0, np.bool_)  # what failed the last time is only that a network was not to be had

    # Adding and changing

    def take_methods(self, methods: Iterable[Method]) -> Iterator[None]:
        """Have room for what these methods give, too, with pauses: for a million rows it takes its time.

        There is room at the end, and it never goes again. Raises ValueError where they are more than there are bits.
        """
        new = tuple(method for method in dict.fromkeys(methods) if method not in self._bits)
        there = self.methods + new
        if len(there) > MOST_METHODS:
            raise ValueError(f"There can be {MOST_METHODS} methods.")
        hashes = sum(method.is_hash for method in there)
        widths = {"_hashes": hashes, "_slots": len(there) - hashes, "_norms": len(there) - hashes}
        for name, width in widths.items():
            if width > getattr(self, name).shape[1]:
                yield from self._widen(name, width)
        with self._lock:
            for name, width in widths.items():
                if width > getattr(self, name).shape[1]:  # all rows were forgotten meanwhile
                    self._settle(name, np.empty((0, width), getattr(self, name).dtype))
            for name in _BITS_OF_METHODS:
                setattr(self, name, getattr(self, name).astype(bits_type(len(there)), copy=False))
            self._name_methods(there)
            self._vectors |= {method: Vectors(method.length) for method in new if not method.is_hash}

    def _widen(self, name: str, width: int) -> Iterator[None]:
        """Let what has a column per method have more of them, which nobody looks at yet."""
        rows, there = getattr(self, name).shape
        copy = np.empty((rows, width), getattr(self, name).dtype)  # takes no memory yet
        for first in range(0, rows, _COPIED):
            yield
            part = slice(first, min(first + _COPIED, rows))
            column = getattr(self, name)[part]
            copy[part, there:] = _ARRAYS[name]
            copy[first : first + len(column), :there] = column
        yield
        with self._lock:
            self._settle(name, copy)
        yield

    def _settle(self, name: str, copy: NDArray[Any]) -> None:
        """Take such a copy for the column, with what was written there since."""
        now = getattr(self, name)
        there = now.shape[1]
        if len(now) != len(copy):  # rows came, or all were forgotten
            copy = np.full((len(now), copy.shape[1]), _ARRAYS[name], now.dtype)
        differs = np.zeros(len(now), np.bool_)  # also of rows that there are no more
        for place in range(there):
            differs |= copy[:, place] != now[:, place]
        rows = np.flatnonzero(differs)
        copy[rows, :there] = now[rows]
        setattr(self, name, copy)

    def append(self, paths: Iterable[str]) -> range:
        """Add a waiting row for each path that has none yet; the new rows' numbers."""
        first = number = len(self)
        together = first // _TOGETHER
        with self._lock:
            parts = self._together
            for path in paths:
                part = parts[hash(path) >> _PART & (_PARTS - 1)]
                if path not in part:
                    if number // _TOGETHER != together:  # only then: the rows share one object
                        together = number // _TOGETHER
                    part[path] = together
                    self.paths.append(path)
                    number += 1
            self._reserve(number)
            self._length = number
        return range(first, number)

    def apply(self, row: int, result: ImageResult, *, turned: bool = False) -> bool:
        """Take a result in, beside the encodings that the row has already.

        ``turned``: it was made with the EXIF orientation applied. Encodings made the other way, or of the file before
        it was changed, are replaced; True when some went that the result doesn't bring anew, because of a change. A
        failure keeps encodings made earlier, unless the file has changed since.
        """
        with self._lock:
            self._own()
            self._expected[row] = False
            return self._apply(row, result, turned=turned)

    def apply_all(
        self, rows: Sequence[int], results: Sequence[ImageResult], *, turned: bool = False, kept: bool = False
    ) -> list[int]:
        """Take results in as ``apply`` does, new rows' all at once; the rows for which that would have said True.

        ``kept``: the library has these encodings.
        """
        with self._lock:
            self._own()
            fresh, others = _parted(rows, results, self._state[np.asarray(rows, np.int64)] == State.WAITING)
            numbers = self._fill(fresh, turned=turned)
            lost = [row for row, result in others if self._apply(row, result, turned=turned)]
            self._expected[np.asarray(rows, np.int64)] = False
            if kept:
                self._kept[numbers] = np.where(self._mtime_ns[numbers] != -1, self._has[numbers], 0)
                for row, result in others:
                    if result.encodings and result.file is not None:
                        self._kept[row] |= self._mask_of(result.encodings)
            return lost

    def restore(self, rows: Sequence[int], results: Sequence[ImageResult], *, turned: bool | None) -> list[int]:
        """Take in what a file tells of pictures that were encoded earlier; the rows of which it told something new.

        ``turned``: how the file was made; None where it doesn't say. It never replaces: a row that is of another file,
        or of one turned otherwise, stays as it is, and so do encodings that are there. All of it is saved.
        """
        with self._lock:
            self._own()
            fresh, others = _parted(rows, results, self._state[np.asarray(rows, np.int64)] == State.WAITING)
            numbers = self._fill(fresh, turned=turned)
            self._saved[numbers] = self._has[numbers]
            return [*fresh, *(row for row, result in others if self._restore(row, result, turned=turned))]

    def _fill(self, fresh: Mapping[int, ImageResult], *, turned: bool | None) -> Numbers:
        """Take encoded pictures into waiting rows: all at once, in a tenth of the time. The rows' numbers."""
        rows, results = np.array(list(fresh), np.int64), list(fresh.values())
        if not results:
            return rows
        facts = [result.facts or _NO_FACTS for result in results]
        digests, were_turned = self._digest[rows], self._turned[rows]
        self._put_all_facts(rows, facts)
        is_same = digests.any(axis=1) & (digests == self._digest[rows]).all(axis=1)  # as before they were made to wait
        is_same &= (were_turned == bool(turned)) | self._come_upright(rows)
        self._saved[rows[~is_same]] = self._kept[rows[~is_same]] = 0
        if turned is not None:
            self._orientation[rows[[not fact.format for fact in facts]]] = 0
        is_known = (self._bytes[rows] >= 0) & (self._mtime_ns[rows] != -1)
        self._seen_bytes[rows] = np.where(is_known, self._bytes[rows], -1)
        self._seen_mtime_ns[rows] = np.where(is_known, self._mtime_ns[rows], -1)
        for method in set().union(*(result.encodings for result in results)):
            given = [result.encodings.get(method) for result in results]
            if method.is_hash:
                hashes = ["" if encoding is None else str(encoding) for encoding in given]
                has = np.array([bool(text) for text in hashes], np.bool_)
                self._hashes[rows[has], self._columns[method]] = numbers_of("".join(hashes))
                self._has[rows[has]] |= self._bits[method]
            else:
                for row, encoding in zip(rows.tolist(), given, strict=True):
                    if encoding is not None:
                        self._put_encoding(row, method, encoding)
        self._turned[rows] = bool(turned)
        self._state[rows] = State.ENCODED
        self._gone[rows] = False
        warned = {row: result.warnings for row, result in zip(rows.tolist(), results, strict=True) if result.warnings}
        self._warnings |= warned
        self._warned[list(warned)] = True
        self._damaged[rows] = [result.is_incomplete for result in results]
        self._changed[rows] = self._differs(rows)
        return rows

    def _restore(self, row: int, result: ImageResult, *, turned: bool | None) -> bool:
        if self.state(row) is State.WAITING:
            self._apply(row, result, turned=bool(turned))
            return True
        lacking = {method: value for method, value in result.encodings.items() if not self.has(row, method)}
        if not lacking or not self._agrees(row, result, turned):
            return False
        if self._has[row]:  # what is known of the file is known better
            result = ImageResult(result.path, None, lacking, result.warnings)
        self._apply(row, result, turned=bool(self._turned[row]) if turned is None else turned)
        self._saved[row] |= self._mask_of(lacking)
        return True

    def _agrees(self, row: int, result: ImageResult, turned: bool | None) -> bool:  # noqa: FBT001
        """Whether a result of earlier can stand beside what the row has."""
        known, file = self._identity(self._bytes[row], self._mtime_ns[row]), result.file
        if not self._has[row]:
            return None in (known, file) or known == file
        if turned not in (None, bool(self._turned[row])) and not self._come_upright(row):
            return False
        facts = result.facts
        if facts is not None and facts.digest and self._digest[row].any():
            return self._is_same_content(row, facts.digest)
        sizes = {int(self._bytes[row]), facts.bytes if facts is not None else -1} - {-1}
        return known == file and len(sizes) <= 1

    def _apply(self, row: int, result: ImageResult, *, turned: bool) -> bool:
        is_other = self._is_other_file(row, result)
        lost = is_other and bool(self._has[row] & ~self._mask_of(result.encodings))
        if is_other:
            if self._has[row] or self.state(row) is not State.WAITING:
                self._generation[row] += 1
            self._drop_encodings(np.array([row]))
            self._saved[row] = self._kept[row] = 0
        is_same = result.facts is not None and self._is_same_content(row, result.facts.digest)
        if result.facts is not None:
            self._put_facts(row, result.facts)
        elif not self._has[row]:
            self._format[row] = self._width[row] = self._height[row] = 0
            self._taken[row] = FILLED["_taken"]
            self._put_identity(row, result.failed_file)
        if result.file is not None or not self._has[row]:
            self._put_seen(row, result.file)
            self._gone[row] = False
        if result.encodings:
            self._put_encodings(row, result.encodings, turned=turned, is_same=is_same)
        self._put_messages(row, result)
        self._changed[row] = self._differs(slice(row, row + 1))[0]
        return lost

    def _put_messages(self, row: int, result: ImageResult) -> None:
        """Failure, warnings and state, once the encodings are there."""
        self._failures.pop(row, None)
        if result.failure is not None:
            self._failures[row] = result.failure
        self._lacked[row] = result.failure is not None and result.failure.code is FailureCode.MODEL_UNAVAILABLE
        earlier = self._warnings.pop(row, ())
        if earlier:
            here = {method.label for method in self._places if self.has(row, method)}
            over = {w for w in earlier if w.code is WarningCode.NO_EMBEDDING and not here.isdisjoint(w.values[:1])}
            earlier = tuple(warning for warning in earlier if warning not in over)
        warnings = earlier + tuple(warning for warning in result.warnings if warning not in earlier)
        if warnings:
            self._warnings[row] = warnings
        is_incomplete = any(warning.code is WarningCode.INCOMPLETE for warning in warnings)
        self._damaged[row] = is_incomplete or _may_be_in_part(result.failure)
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
        return bool(digest) and tuple(self._digest[row].tolist()) == halves(digest)

    def see(self, rows: Sequence[int], files: Sequence[FileIdentity]) -> list[int]:
        """Note what the rows' files look like now; those of the rows that are to be encoded again.

        These are where the file has changed, and where it could not be had the last time.
        """
        chosen = np.asarray(rows, np.int64)
        with self._lock:
            self._seen_bytes[chosen] = [file.size for file in files]
            self._seen_mtime_ns[chosen] = [file.mtime_ns for file in files]
            self._gone[chosen] = False
            again = self._changed[chosen] = self._differs(chosen)
            for place, row in enumerate(rows if self._failures else ()):
                failure = self._failures.get(row)
                if failure is not None and failure.code in AROUND_THE_FILE and self._has[row]:
                    del self._failures[row]  # its encodings are as good as they were
                    self._warned[row] = row in self._warnings
                    again[place] = True
        return chosen[again].tolist()  # type: ignore[no-any-return]

    def note_gone(self, rows: Sequence[int]) -> None:
        """Note that there are no such files. What the rows have stays."""
        with self._lock:
            self._gone[np.asarray(rows, np.int64)] = True

    def is_unlike(self, row: int, file: FileIdentity) -> bool:
        """Whether ``see`` would have something to note. Callable from any thread."""
        with self._lock:
            failure = self._failures.get(row)
            known = self._identity(self._bytes[row], self._mtime_ns[row])
            seen = self._identity(self._seen_bytes[row], self._seen_mtime_ns[row])
            is_known = known == file or (known is None and bool(self._has[row]))
            is_noted = is_known and seen == file and not self._gone[row]
            return not is_noted or (failure is not None and failure.code in AROUND_THE_FILE)

    def _differs(self, rows: slice | Numbers) -> Mask:
        size, time = self._bytes[rows], self._mtime_ns[rows]
        failed = self._has[rows] == 0  # then a file that isn't known may be another; encodings are taken for the file's
        differs = (self._seen_bytes[rows] != size) & (failed | (size >= 0))
        differs |= (self._seen_mtime_ns[rows] != time) & (failed | (time != -1))
        return np.asarray((self._state[rows] != State.WAITING) & (self._seen_bytes[rows] >= 0) & differs)

    def reset(self, rows: Sequence[int] | Numbers) -> None:
        """Make rows wait again, in a new generation, without encodings, warnings and failure."""
        chosen = self._chosen(rows)
        chosen = chosen[self._state[chosen] != State.REMOVED]
        with self._lock:
            self._own("_has", "_hashes", "_slots")
            self._drop_encodings(chosen)
            for row in _among(self._failures, chosen):
                del self._failures[row]
            self._state[chosen] = State.WAITING
            self._warned[chosen] = self._changed[chosen] = False
            self._seen_bytes[chosen] = self._seen_mtime_ns[chosen] = -1
            self._gone[chosen] = self._expected[chosen] = False
            self._generation[chosen] += 1

    def expect(self, rows: Sequence[int] | Numbers) -> None:
        """Let rows be made anew, in a new generation; what has encodings keeps them until then, the rest waits."""
        chosen = self._chosen(rows)
        chosen = chosen[self._state[chosen] != State.REMOVED]
        has = self._has[chosen] != 0
        self.reset(chosen[~has])
        with self._lock:
            self._expected[chosen[has]] = True
            self._generation[chosen[has]] += 1
            self._gone[chosen[has]] = False

    def remove(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Take rows off the table; those that were on it. However many, at once: numbers stay as they are."""
        with self._lock:
            self._own("_has")
            is_chosen = self._are_chosen(rows) & (self.states != State.REMOVED)
            has, state = self._has[: len(self)], self._state[: len(self)]
            np.copyto(self._had[: len(self)], has, where=is_chosen)  # by a mask: by numbers it takes ten times as long
            np.copyto(self._was[: len(self)], state, where=is_chosen)
            np.copyto(has, 0, where=is_chosen)
            np.copyto(state, int(State.REMOVED), where=is_chosen)
            chosen = np.flatnonzero(is_chosen)
            self._removed += chosen.size
        return chosen

    def put_back(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Put rows that were removed back, as they were; which these are."""
        with self._lock:
            self._own("_has")
            is_chosen = self._are_chosen(rows) & (self.states == State.REMOVED)
            np.copyto(self._has[: len(self)], self._had[: len(self)], where=is_chosen)
            np.copyto(self._state[: len(self)], self._was[: len(self)], where=is_chosen)
            chosen = np.flatnonzero(is_chosen)
            self._removed -= chosen.size
        return chosen

    def _chosen(self, rows: Sequence[int] | Numbers) -> Numbers:
        """The rows in order, each once; np.unique takes three times as long."""
        return np.flatnonzero(self._are_chosen(rows))

    def _are_chosen(self, rows: Sequence[int] | Numbers) -> Mask:
        are_chosen = np.zeros(len(self), np.bool_)
        are_chosen[np.asarray(rows, np.int64)] = True
        return are_chosen

    def mark_saved(self, rows: Sequence[int] | Numbers, methods: Iterable[Method], then: Moment | None = None) -> None:
        """Note that these encodings of these rows are in a file now: all that they have, or what result() gave."""
        chosen = np.asarray(rows, np.int64)
        with self._lock:
            has = np.where(self._state[chosen] == State.REMOVED, self._had[chosen], self._has[chosen])
            written = has & self._mask_of(methods)
            if then is not None:
                written &= then.has[chosen]
                written[self._generation[chosen] != then.generations[chosen]] = 0
            self._saved[chosen] |= written

    def forget_kept(self, rows: Sequence[int] | None = None) -> None:
        """Note that the library doesn't have these rows' encodings, or no row's."""
        with self._lock:
            self._kept[slice(None) if rows is None else np.asarray(rows, np.int64)] = 0

    def _drop_encodings(self, rows: Numbers) -> None:
        for method, place in self._places.items():
            slots = self._slots[rows, place]
            self._vectors[method].drop(slots[slots >= 0].tolist())
            self._slots[rows, place] = -1
        self._has[rows] = 0
        self._hashes[rows] = 0
        for row in _among(self._warnings, rows):
            del self._warnings[row]

    def _put_encodings(self, row: int, encodings: Mapping[Method, Encoding], *, turned: bool, is_same: bool) -> None:
        """``is_same``: of the very bytes that the row had, so that encodings made the same way are the same, too."""
        made_otherwise = self._turned[row] != turned and not self._come_upright(row)
        replaced = self._has[row] if made_otherwise else self._has[row] & self._mask_of(encodings)
        if (replaced and (made_otherwise or not is_same)) or self.state(row) in (State.FAILED, State.NOT_A_PICTURE):
            self._generation[row] += 1
        if made_otherwise:
            self._drop_encodings(np.array([row]))
        if made_otherwise or not is_same:
            others = self._has[row] & ~self._mask_of(encodings)
            self._saved[row] &= others
            self._kept[row] &= others
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
        self._put_all_facts(np.array([row]), [facts])

    def _put_all_facts(self, rows: Numbers, facts: Sequence[Facts]) -> None:
        """A file that was opened can say anything: what no picture has is taken for not known."""
        names = [fact.format for fact in facts]
        codes = {name: self._format_code(name) for name in dict.fromkeys(names)}
        self._format[rows] = [codes[name] for name in names]
        self._width[rows] = _bounded([fact.width for fact in facts], _MOST_32, 0)
        self._height[rows] = _bounded([fact.height for fact in facts], _MOST_32, 0)
        self._frames[rows] = _bounded([fact.frames for fact in facts], _MOST_32, 1)
        self._bytes[rows] = _bounded([fact.bytes for fact in facts], _MOST_64, -1)
        times = [-1 if fact.mtime_ns is None else fact.mtime_ns for fact in facts]
        self._mtime_ns[rows] = _bounded(times, _MOST_64, -1, least=-_MOST_64)
        self._orientation[rows] = _bounded([fact.orientation for fact in facts], _MOST_8, UPRIGHT)
        self._taken[rows] = np.array([fact.taken for fact in facts], "datetime64[s]")
        digests = "".join([fact.digest or _NO_DIGEST for fact in facts])
        self._digest[rows] = numbers_of(digests).reshape(-1, 2)

    def _format_code(self, name: str) -> int:
        code = self._format_codes.get(name)
        if code is None and len(self._formats) <= _MOST_FORMATS:
            code = self._format_codes[name] = len(self._formats)
            self._formats.append(name)
        return code or 0

    def _put_identity(self, row: int, file: FileIdentity | None) -> None:
        self._bytes[row], self._mtime_ns[row] = (-1, -1) if file is None else (file.size, file.mtime_ns)

    def _put_seen(self, row: int, file: FileIdentity | None) -> None:
        self._seen_bytes[row], self._seen_mtime_ns[row] = (-1, -1) if file is None else (file.size, file.mtime_ns)

    @staticmethod
    def _identity(size: np.int64, mtime_ns: np.int64) -> FileIdentity | None:
        return None if size < 0 or mtime_ns == -1 else FileIdentity(int(size), int(mtime_ns))

    def _part(self, path: str) -> dict[str, int]:
        """The part of the index that a path belongs in."""
        return self._together[hash(path) >> _PART & (_PARTS - 1)]

    def reserve(self, paths: Sequence[str]) -> Iterator[None]:
        """Make room for paths that will be added, column by column, with pauses: for a million all takes its time."""
        sample = paths[:: len(paths) // _SAMPLE + 1]
        new = len(paths) * sum(self.number(path) is None for path in sample) // max(len(sample), 1)
        for name in _ARRAYS:
            with self._lock:
                self._grow(name, len(self) + new)
            yield

    def _reserve(self, length: int) -> None:
        """Make room. Columns that will be full soon grow one by one, not all of a million rows in one moment."""
        full = [name for name in _ARRAYS if len(getattr(self, name)) < length]
        soon = (name for name in _ARRAYS if len(getattr(self, name)) < length + length // 16)
        for name in full or [*soon][:1]:
            self._grow(name, length + length // 16)

    def _grow(self, name: str, length: int) -> None:
        old, fill = getattr(self, name), _ARRAYS[name]
        if len(old) < length:
            shape = (max(length + length // 16, 1024), *old.shape[1:])
            new = np.full(shape, fill, old.dtype) if fill else np.zeros(shape, old.dtype)  # these take no memory yet
            new[: len(old)] = old
            setattr(self, name, new)

    def _own(self, *names: str) -> None:
        """Copy those of these columns, or of all, that others have, too (``columns``), before they are written."""
        for name in names or FILLED:
            column = getattr(self, name)
            if not column.flags.writeable:
                setattr(self, name, column.copy())

    def own_next(self) -> bool:
        """Copy some more of the columns that others have, too; whether there was any.

        Whoever is about to write may call it until there is none, with pauses: for a million rows all takes its time.
        """
        with self._lock:
            if self._copying is None:
                name = next((name for name in FILLED if not getattr(self, name).flags.writeable), None)
                if name is None:
                    return False
                column = getattr(self, name)
                self._copying = _Copying(name, column, np.empty_like(column))
            copying = self._copying
            part = slice(copying.done, copying.done + _COPIED)
            copying.copy[part] = copying.column[part]
            copying.done = part.stop
            if copying.done >= len(copying.column):
                self._copying = None
                if getattr(self, copying.name) is copying.column:  # nobody was quicker
                    setattr(self, copying.name, copying.copy)
        return True

    # One row

    def number(self, path: str) -> int | None:
        """Return the row of a path, or None."""
        with self._lock:
            together = self._part(path).get(path)
            if together is None:
                return None
            first = together * _TOGETHER
            return self.paths.index(path, first, first + _TOGETHER)

    def generation(self, row: int) -> int:
        """How often what the row had has made room for something else."""
        return int(self._generation[row])

    def state(self, row: int) -> State:
        """Return what became of the row so far."""
        return _STATES[self._state.item(row)]

    def seen(self, row: int) -> FileIdentity | None:
        """What the row's file looked like when it was last seen; None when it wasn't yet."""
        return self._identity(self._seen_bytes[row], self._seen_mtime_ns[row])

    def is_expected(self, row: int) -> bool:
        """Return True when the row's encodings are to make room for others."""
        return bool(self._expected[row])

    def is_removed(self, row: int) -> bool:
        """Return True when the row was taken off the table."""
        return self.state(row) is State.REMOVED

    def are_current(self, rows: Sequence[int], generations: Sequence[int]) -> list[bool]:
        """For each of the rows, whether it is on the table in that generation."""
        chosen = np.array(rows, np.int64)
        states, now = self._state[chosen], self._generation[chosen]
        is_current: list[bool] = ((states != State.REMOVED) & (now == np.array(generations, np.int64))).tolist()
        return is_current

    def is_changed(self, row: int) -> bool:
        """Return True when the file has changed since the row was made of it."""
        return bool(self._changed[row])

    def is_warned(self, row: int) -> bool:
        """Return True when the row is encoded and there is something to know about it."""
        return bool(self._warned[row]) or (self.state(row) is State.ENCODED and self.is_changed(row))

    def is_gone(self, row: int) -> bool:
        """Return True when there was no file the last time that it was looked for."""
        return bool(self._gone[row])

    def failure(self, row: int) -> ImageFailure | None:
        """Why the last attempt gave nothing, also when earlier encodings are kept."""
        return self._failures.get(row)

    @property
    def failures(self) -> dict[int, ImageFailure]:
        """Those of all rows that have one, as they are now."""
        return self._failures.copy()

    def warnings(self, row: int) -> tuple[ImageWarning, ...]:
        """Return the row's warnings."""
        return self._warnings.get(row, ())

    def norm(self, row: int, method: Method) -> float:
        """Return the vector's L2 norm."""
        return float(self._norms[row, self._places[method]])

    def moment(self) -> Moment:
        """What there is now, for ``result`` and ``mark_saved`` at a later moment."""
        length = len(self)
        return Moment(self._generation[:length].copy(), self._has[:length].copy())

    def result(self, row: int, then: Moment | None = None) -> ImageResult | None:
        """Return the row as a result, or None while it waits. A failure after earlier encodings is left out.

        ``then``: with those of its encodings alone that it had at that moment, also if it was removed since; None if
        they made room for others, or all rows were forgotten.
        """
        with self._lock:
            if then is not None and row >= len(self):
                return None
            state = self.state(row)
            if state is State.WAITING:
                return None
            if then is not None and then.generations[row] != self._generation[row]:
                return None
            is_removed = state is State.REMOVED
            if is_removed and (then is None or self._was.item(row) == State.WAITING):
                return None
            has = self._had[row] if is_removed else self._has[row]
            has = has if then is None else has & then.has[row]
            encodings = {method: self._encoding(row, method) for method in self.methods if has & self._bits[method]}
            return ImageResult(
                path=self.paths[row],
                facts=self.facts(row),
                encodings=encodings,
                warnings=self.warnings(row),
                failure=None if encodings else self.failure(row),
                failed_file=None if self._has_facts(row) else self._identity(self._bytes[row], self._mtime_ns[row]),
            )

    # Columns: one value per row, as arrays that are not to be changed

    @property
    def states(self) -> NDArray[np.uint8]:
        """Each row's State."""
        return self._state[: len(self)]

    @property
    def warned(self) -> Mask:
        """Which rows are encoded and have warnings, a changed file among them."""
        return np.asarray((self._warned[: len(self)] | self.changed) & (self.states == State.ENCODED))

    @property
    def changed(self) -> Mask:
        """Which rows' files have changed since the rows were made of them."""
        return self._changed[: len(self)]

    @property
    def gone(self) -> Mask:
        """Which rows had no file when it was looked for."""
        gone = self._gone[: len(self)]
        return np.asarray(gone & (self.states != State.REMOVED)) if self._removed and gone.any() else gone

    @property
    def removed(self) -> Mask | None:
        """Which rows were taken off the table; None: none were."""
        return np.asarray(self.states == State.REMOVED) if self._removed else None

    @property
    def pending(self) -> Mask:
        """Which rows wait, or have encodings that are to make room for others."""
        return np.asarray((self.states == State.WAITING) | (self._expected[: len(self)] & self.encoded))

    def norms(self, method: Method) -> NDArray[np.float32]:
        """Each row's norm of the method's vector; meaningless where there is none."""
        return self._norms[: len(self), self._places[method]]

    # Many rows

    @property
    def incomplete(self) -> Mask:
        """Which rows' encodings are of what can be read of damaged pictures."""
        return np.asarray(self._damaged[: len(self)] & self.encoded)

    def plan(
        self,
        methods: Sequence[Method],
        *,
        turned: bool,
        damaged: bool = False,
        among: Mask | None = None,
    ) -> dict[tuple[Method, ...], Numbers]:
        """Group the rows that miss some of the methods by what they miss; ``among``: these alone.

        A row that has an EXIF orientation and was encoded the other way misses all of them, and so does one whose file
        has changed; another that could not be read misses none (it can be reset), unless only a network was not to be
        had, or it is damaged, and as much of it as can be read is wanted now (``damaged``). One whose file is gone
        misses none either.
        """
        needed = self._missing(methods, turned=turned, damaged=damaged)
        if among is not None:
            np.copyto(needed, 0, where=~among)
        plan = {}
        while needed.any():  # by masks: by numbers a million take ten times as long
            bits = needed[np.argmax(needed != 0)]
            is_next = needed == bits
            plan[tuple(method for method in self.methods if bits & self._bits[method])] = np.flatnonzero(is_next)
            np.copyto(needed, 0, where=is_next)
        return plan

    def count_missing(self, methods: Sequence[Method], *, turned: bool, damaged: bool = False) -> tuple[int, int]:
        """How many rows miss some of the methods, as ``plan`` says; and how many of these are still ``pending``."""
        missing = self._missing(methods, turned=turned, damaged=damaged) != 0
        return int(np.count_nonzero(missing)), int(np.count_nonzero(missing & self.pending))

    def _missing(self, methods: Sequence[Method], *, turned: bool, damaged: bool) -> NDArray[np.unsignedinteger[Any]]:
        """For each row a bit per method. What is the case nowhere isn't looked for row by row."""
        wanted = self._mask_of(methods)
        state, as_it_was = self.states, ~self.changed
        needs = np.where(self.made_so(turned=turned) & as_it_was, wanted & ~self._has[: len(self)], wanted)
        np.copyto(needs, 0, where=(state > State.ENCODED) & as_it_was)  # it could not be read, or isn't there
        expected = self._expected[: len(self)]
        if expected.any():
            needs[expected] = wanted
        if self._removed:
            np.copyto(needs, 0, where=state == State.REMOVED)
        if self._failures:
            again = self._lacked[: len(self)] | self._damaged[: len(self)] if damaged else self._lacked[: len(self)]
            needs[again & (state == State.FAILED)] = wanted
        if self._gone[: len(self)].any():
            needs[self.gone] = 0
        return needs

    def any_has(self, method: Method) -> bool:
        """Return True when some row has that encoding."""
        return bool(np.any(self.having(method)))

    def keeps(self, method: Method) -> bool:
        """The same, also where a row was taken off the table, which may be put back."""
        return bool(np.any((self._has[: len(self)] | self._had[: len(self)]) & self._bits[method]))

    def any_turned(self) -> bool:
        """Return True when some row's encodings differ because its EXIF orientation was applied."""
        every = slice(len(self))
        return bool(np.any(self._turned[every] & (self._has[every] != 0) & ~self._come_upright(every)))

    def unsaved(self, *, kept: bool = False) -> int:
        """Count the rows with encodings that no export has written.

        ``kept``: but for those that the library has and gives again, because their files are as they were.
        """
        length = len(self)
        unsaved = self._has[:length] & ~self._saved[:length]
        if kept:
            as_it_was = ~(self.gone | self.changed)
            unsaved[as_it_was] &= ~self._kept[:length][as_it_was]
        return int(np.count_nonzero(unsaved))

    def finished(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Return those of the rows that are on the table and don't wait, in the order given."""
        chosen = np.asarray(rows, np.int64)
        states = self.states
        are_finished = (states != State.WAITING) & (states != State.REMOVED)
        return chosen if are_finished.all() else np.asarray(chosen[are_finished[chosen]])

    @property
    def count(self) -> int:
        """How many rows are on the table."""
        return len(self) - self._removed

    def waiting(self) -> int:
        """How many rows have no result yet."""
        return int(np.count_nonzero(self.states == State.WAITING))


def _among(told: Mapping[int, object], rows: Numbers) -> list[int]:
    """Those of the rows, in order, of which something is told: looks at as few as it can."""
    if len(told) < rows.size:
        asked = np.fromiter(told, np.int64, len(told))
        found = rows[np.minimum(np.searchsorted(rows, asked), rows.size - 1)] == asked
        return asked[found].tolist()  # type: ignore[no-any-return]
    return [row for row in rows.tolist() if row in told]


def _parted(
    rows: Sequence[int], results: Sequence[ImageResult], is_fresh: Mask
) -> tuple[dict[int, ImageResult], list[tuple[int, ImageResult]]]:
    """Those that can be filled, each row once, and the others."""
    fresh: dict[int, ImageResult] = {}
    others: list[tuple[int, ImageResult]] = []
    for row, result, is_one in zip(rows, results, is_fresh.tolist(), strict=True):
        if is_one and result.encodings and row not in fresh:
            fresh[row] = result
        else:
            others.append((row, result))
    return fresh, others


def _bounded(numbers: list[int], most: int, otherwise: int, least: int = 0) -> Numbers:
    """The numbers from ``least`` to ``most``, others for those that are beyond."""
    try:
        given = np.array(numbers, np.int64)
    except OverflowError:  # a file that was opened says so
        given = np.array([number if least <= number <= most else otherwise for number in numbers], np.int64)
    return np.where((given >= least) & (given <= most), given, otherwise)


def _may_be_in_part(failure: ImageFailure | None) -> bool:
    """Whether a picture failed as damaged ones do that weren't read as far as they can be."""
    return failure is not None and (failure.code, failure.detail) == (FailureCode.DAMAGED, "")
