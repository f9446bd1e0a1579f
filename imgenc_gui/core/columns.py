"""What pictures are and their encodings in compact arrays, a row each: no object per cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.arrays import Arrays
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method
from imgenc_gui.core.records.results import TURNED_WHILE_READ, UPRIGHT, Facts, FileIdentity
from imgenc_gui.core.vectors import Gathered, Vectors

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

_TWO = 2
_FIRST_BLOCK = 64
_LARGEST_BLOCK = 1 << 16  # rows: what is made of so many on the way to an answer needs no new pages of memory
_MOST_FORMATS = (1 << 16) - 1
_MOST_8, _MOST_32, _MOST_64 = (1 << 8) - 1, (1 << 31) - 1, (1 << 63) - 1
_NO_DIGEST = "0" * 32
_NOT_TAKEN = np.datetime64("NaT")


class Columns(Arrays):
    """Paths, encodings and facts, to be read; ``Rows`` alone writes them, by what is below all else here."""

    FILLS: ClassVar = {
        "_turned": 0, "_has": 0, "_hashes": 0, "_slots": -1, "_format": 0, "_width": 0, "_height": 0, "_frames": 1,
        "_bytes": -1, "_mtime_ns": -1, "_orientation": 1, "_digest": 0, "_taken": _NOT_TAKEN,
    }  # fmt: skip
    SHARED = tuple(FILLS)

    def __init__(self, methods: Iterable[Method]) -> None:
        self._name_methods(methods)
        self._clear()

    def _name_methods(self, methods: Iterable[Method]) -> None:
        self.methods = tuple(methods)
        self._bits_type = bits_type(len(self.methods))
        self._bits = {method: self._bits_type(1 << number) for number, method in enumerate(self.methods)}
        self._columns = {method: i for i, method in enumerate(m for m in self.methods if m.is_hash)}
        self._places = {method: i for i, method in enumerate(m for m in self.methods if not m.is_hash)}

    def _clear(self) -> None:
        super()._clear()
        self.paths: list[str] = []  # of all rows, and perhaps of some that came later
        self._formats: list[str] = [""]
        self._format_codes: dict[str, int] = {"": 0}
        self._vectors = {method: Vectors(method.length) for method in self._places}
        self._turned = np.zeros(0, np.bool_)  # encoded with the EXIF orientation applied
        self._has = np.zeros(0, self._bits_type)  # a bit per method
        self._hashes = np.zeros((0, len(self._columns)), ">u8")  # big-endian: its bytes as hex are the hashes' text
        self._slots = np.zeros((0, len(self._places)), np.int32)  # of the vectors
        self._format = np.zeros(0, np.uint16)  # 0: no facts
        self._width = np.zeros(0, np.int32)
        self._height = np.zeros(0, np.int32)
        self._frames = np.zeros(0, np.int32)
        self._bytes = np.zeros(0, np.int64)  # of the file that was read, also if it failed; -1: unknown
        self._mtime_ns = np.zeros(0, np.int64)  # -1: unknown
        self._digest = np.zeros((0, 2), np.uint64)  # 0, 0: unknown
        self._orientation = np.zeros(0, np.uint8)  # 0: what was opened doesn't say
        self._taken = np.zeros(0, "datetime64[s]")  # by the camera's clock; NaT: unknown

    def glance(self) -> Self:
        """The same rows for another thread. It may see what is written meanwhile, but neither more nor fewer rows."""
        return copy(self)

    def columns(self) -> Columns:
        """The columns as they are now, which nobody changes: for other threads, and at once, however many rows.

        They take no memory of their own until whoever writes here copies a column first.
        """
        other = Columns(self.methods)
        other.paths, other._length, other._formats = self.paths, self._length, self._formats.copy()
        other._vectors = {method: vectors.copy() for method, vectors in self._vectors.items()}
        self._share_with(other)
        return other

    # One row

    def has(self, row: int, method: Method) -> bool:
        """Return True when the row has that encoding."""
        return bool(self._has[row] & self._bits[method])

    def hash_text(self, row: int, method: Method) -> str:
        """16 hexadecimal characters, or "" when the row has no such encoding."""
        return self._hash_text(row, method) if self.has(row, method) else ""

    def _hash_text(self, row: int, method: Method) -> str:
        return f"{int(self._hashes[row, self._columns[method]]):0{HASH_CHARACTERS}x}"

    def vector(self, row: int, method: Method) -> NDArray[np.float32] | None:
        """Return a vector, shape (length,), or None."""
        slot = int(self._slots[row, self._places[method]])
        return self._vectors[method].get(slot) if slot >= 0 else None

    def encoding(self, row: int, method: Method) -> Encoding | None:
        """Return the row's encoding by this method, or None."""
        if method.is_hash:
            return self.hash_text(row, method) or None
        return self.vector(row, method)

    def _encoding(self, row: int, method: Method) -> Encoding:
        """The encoding that a row has or had."""
        if method.is_hash:
            return self._hash_text(row, method)
        return self._vectors[method].get(int(self._slots[row, self._places[method]]))

    def size(self, row: int) -> tuple[int, int]:
        """Width and height in pixels, (0, 0) while unknown."""
        return int(self._width[row]), int(self._height[row])

    def format(self, row: int) -> str:
        """Return the format's name, "" while unknown."""
        return self._formats[int(self._format[row])]

    def facts(self, row: int) -> Facts | None:
        """Return the row's facts, or None while unknown."""
        if not self._has_facts(row):
            return None
        mtime_ns, (high, low) = int(self._mtime_ns[row]), self._digest[row].tolist()
        return Facts(
            format=self.format(row),
            width=int(self._width[row]),
            height=int(self._height[row]),
            frames=int(self._frames[row]),
            bytes=int(self._bytes[row]),
            mtime_ns=None if mtime_ns == -1 else mtime_ns,
            orientation=int(self._orientation[row]) or UPRIGHT,
            digest=f"{high:016x}{low:016x}" if high or low else "",
            taken=self._taken[row].item(),
        )

    def _made_of(self, row: int) -> FileIdentity | None:
        """Which file was read, also if that failed."""
        return identity(self._bytes[row], self._mtime_ns[row])

    def _has_facts(self, row: int) -> bool:
        """Some files tell of a picture no more than which file it was."""
        return bool(self._format[row]) or (bool(self._has[row]) and bool(self._bytes[row] >= 0))

    # One value per row, as arrays that are not to be changed

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
    def taken(self) -> NDArray[np.datetime64]:
        """When each row's picture was taken, as in Facts; NaT while unknown."""
        return self._taken[: len(self)]

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
        return np.asarray((self.digests == np.array(halves(digest), np.uint64)).all(axis=1))

    def made_so(self, *, turned: bool) -> Mask:
        """Which rows' encodings are those that are made with the EXIF orientation applied, or without."""
        return self._made_so(slice(len(self)), turned=turned)

    def _made_so(self, rows: slice, *, turned: bool) -> Mask:
        return np.asarray((self._turned[rows] == turned) | self._come_upright(rows))

    def _come_upright(self, rows: slice | Numbers | int) -> Mask:
        """Which rows' encodings are the same with the EXIF orientation applied and without (``Facts.turn``)."""
        found = self._orientation[rows] == UPRIGHT
        if TURNED_WHILE_READ in self._formats:
            found |= self._format[rows] == self._formats.index(TURNED_WHILE_READ)
        return np.asarray(found)

    @property
    def formats(self) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
        """Each row's format's number, and the formats' names; "" is the name while it is unknown."""
        codes = self._format[: len(self)].copy()  # first: others may come meanwhile
        return codes, tuple(self._formats)

    def having(self, method: Method) -> Mask:
        """Which rows have an encoding by this method."""
        return np.asarray(self._has[: len(self)] & self._bits[method], np.bool_)

    def is_made_so(self, row: int, *, turned: bool) -> bool:
        """Whether this is one of them."""
        return bool(self._made_so(slice(row, row + 1), turned=turned)[0])

    def comparable_methods(self, *, turned: bool) -> tuple[Method, ...]:
        """The methods by which at least two rows have encodings that are made so."""
        held = int(np.bitwise_or.reduce(self._has[: len(self)]))  # what nobody has isn't looked for row by row
        counts = {method: 0 for method in self.methods if held & int(self._bits[method])}
        for part in self._blocks():
            made_so = self._has[part][self._made_so(part, turned=turned)]
            for method in [method for method, count in counts.items() if count < _TWO]:
                counts[method] += int(np.count_nonzero(made_so & self._bits[method]))
            if all(count >= _TWO for count in counts.values()):
                break
        return tuple(method for method, count in counts.items() if count >= _TWO)

    def _blocks(self) -> Iterator[slice]:
        """All rows, some at a time: few at first, which often tell enough, and then ever more."""
        first, size = 0, _FIRST_BLOCK
        while first < len(self):
            yield slice(first, min(first + size, len(self)))
            first, size = first + size, min(2 * size, _LARGEST_BLOCK)

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

    def hashes_of(self, rows: slice | Numbers) -> tuple[NDArray[np.uint64], Mask]:
        """All hashes of these rows as integers, and which of them there are: both (n, hash methods)."""
        hashes, has = self._hashes[rows].astype(np.uint64), self._has[rows]
        given = np.zeros(hashes.shape, np.bool_)
        for method, column in self._columns.items():
            given[:, column] = has & self._bits[method]
        return hashes, given

    def _mask_of(self, methods: Iterable[Method]) -> np.unsignedinteger[Any]:
        bits: np.unsignedinteger[Any] = self._bits_type(sum(int(self._bits[method]) for method in methods))
        return bits

    # What writes: others have these columns no more (``_own``)

    def _put_facts(self, rows: Numbers, facts: Sequence[Facts]) -> None:
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

    def _put_no_facts(self, row: int, file: FileIdentity | None) -> None:
        """Know no more of a picture than which file it is in."""
        self._format[row] = self._width[row] = self._height[row] = 0
        self._taken[row] = _NOT_TAKEN
        self._bytes[row], self._mtime_ns[row] = size_and_time(file)

    def _put_hashes(self, rows: Numbers, method: Method, given: Sequence[Encoding | None]) -> None:
        """Those of many rows at once; None: this row gets none."""
        hashes = ["" if encoding is None else str(encoding) for encoding in given]
        has = np.array([bool(text) for text in hashes], np.bool_)
        self._hashes[rows[has], self._columns[method]] = numbers_of("".join(hashes))
        self._has[rows[has]] |= self._bits[method]

    def _put_encoding(self, row: int, method: Method, encoding: Encoding) -> None:
        if isinstance(encoding, str):
            self._hashes[row, self._columns[method]] = int(encoding, 16)
        else:
            place = self._places[method]
            self._slots[row, place] = self._vectors[method].put(encoding, int(self._slots[row, place]))
        self._has[row] |= self._bits[method]

    def _drop_encodings(self, rows: Numbers) -> None:
        for method, place in self._places.items():
            slots = self._slots[rows, place]
            self._vectors[method].drop(slots[slots >= 0].tolist())
            self._slots[rows, place] = -1
        self._has[rows] = 0
        self._hashes[rows] = 0


def bits_type(methods: int) -> type[np.unsignedinteger[Any]]:
    """What has a bit for each of so many methods."""
    found: type[np.unsignedinteger[Any]] = np.min_scalar_type((1 << methods) - 1).type
    return found


def numbers_of(digits: str) -> NDArray[np.uint64]:
    """Hexadecimal digits as numbers, 16 digits each, most significant first: hashes, and digests in halves."""
    return np.frombuffer(bytes.fromhex(digits), ">u8").astype(np.uint64)


def halves(digest: str) -> tuple[int, int]:
    """A digest as two numbers of 64 bits; 0, 0 for none."""
    return (int(digest[:16], 16), int(digest[16:], 16)) if digest else (0, 0)


def identity(size: np.int64, mtime_ns: np.int64) -> FileIdentity | None:
    """A file as columns have it; None where it is unknown."""
    return None if size < 0 or mtime_ns == -1 else FileIdentity(int(size), int(mtime_ns))


def size_and_time(file: FileIdentity | None) -> tuple[int, int]:
    """What columns have of a file, of which ``identity`` makes it again."""
    return (-1, -1) if file is None else (file.size, file.mtime_ns)


def _bounded(numbers: list[int], most: int, otherwise: int, least: int = 0) -> Numbers:
    """The numbers from ``least`` to ``most``, others for those that are beyond."""
    try:
        given = np.array(numbers, np.int64)
    except OverflowError:  # a file that was opened says so
        given = np.array([number if least <= number <= most else otherwise for number in numbers], np.int64)
    return np.where((given >= least) & (given <= most), given, otherwise)
