"""NumPy arrays: ``names``, one array per method in the same order, sizes and times, and how they were made.

``names``: (n,) unicode. A hash: (n,) unicode of 16 characters, "" where it is missing. An embedding: (n, length)
float32, NaN where it is missing. ``bytes`` and ``mtime_ns``: (n,) int64, -1 where unknown. ``incomplete``: (n,) bool,
of what can be read of a damaged picture. ``imgenc``: () unicode, JSON with the format's version, methods, options and
root. The first imgenc wrote none of these four, and some that followed no ``incomplete``.
"""

from __future__ import annotations

import errno
import json
import math
import sys
import zipfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.files.atomic import Part, Replacement, told
from imgenc_gui.core.files.export_format import ExportFormat, Named
from imgenc_gui.core.files.head import FIRST_VERSION, Claim, Head, head_json, known, read_head
from imgenc_gui.core.files.read_back import (
    DamagedError,
    NotAnExportError,
    ReadBack,
    as_object,
    as_whole,
    encoding_of,
    in_order,
    path_of,
)
from imgenc_gui.core.files.texts import json_text
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method, Options
from imgenc_gui.core.records.results import Facts, ImageResult, ImageWarning, WarningCode
from imgenc_gui.core.stopping import Stop, check, until

ARRAYS_VERSION = 1

_NAMES, _BYTES, _MTIME_NS, _INCOMPLETE, _HEAD = "names", "bytes", "mtime_ns", "incomplete", "imgenc"
OWN = {_NAMES, _BYTES, _MTIME_NS, _INCOMPLETE, _HEAD}  # arrays, as which no method can be called
_UNKNOWN = -1
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # a fixed one, for the same bytes every time
_LONGEST_HEAD = 1 << 20  # bytes
_BLOCK = 1 << 18  # bytes

# --- writing -------------------------------------------------------------------------------------------------------


def _write(named: Named, replacement: Replacement, options: Options, root: str) -> None:
    """Vectors go through files of their own, so that no run is too long for the memory."""
    part = replacement.parts[0]
    if any(method.id in OWN for method in options.methods):
        raise ValueError("A method has the name of another array.")
    names: list[str] = []
    sizes, times, incomplete = array("q"), array("q"), bytearray()
    hashes: dict[Method, list[str]] = {method: [] for method in options.methods if method.is_hash}
    vectors = {method: replacement.scratch() for method in options.methods if not method.is_hash}
    for name, result in named:
        if result.failure is not None:
            continue
        names.append(name)
        sizes.append(_UNKNOWN if result.facts is None else result.facts.bytes)
        times.append(_UNKNOWN if result.facts is None else _in_64_bits(result.facts.mtime_ns))
        incomplete.append(result.is_incomplete)
        for method, column in hashes.items():
            column.append(str(result.encodings.get(method, "")))
        for method, scratch in vectors.items():
            scratch.write(_vector_bytes(method, result.encodings.get(method)))
    head = json_text({"version": ARRAYS_VERSION, **head_json(options, root)})
    with told(part.target), zipfile.ZipFile(part.stream, "w", zipfile.ZIP_STORED) as archive:
        _write_array(archive, _NAMES, np.array(names, "<U1" if not names else None))
        for method in options.methods:
            if method.is_hash:
                _write_array(archive, method.id, np.array(hashes[method], f"<U{HASH_CHARACTERS}"))
            else:
                _write_vectors(archive, method, vectors[method], len(names))
        _write_array(archive, _BYTES, np.frombuffer(sizes, np.int64).astype("<i8"))
        _write_array(archive, _MTIME_NS, np.frombuffer(times, np.int64).astype("<i8"))
        _write_array(archive, _INCOMPLETE, np.frombuffer(incomplete, np.bool_))
        _write_array(archive, _HEAD, np.array(head))


def _in_64_bits(mtime_ns: int | None) -> int:
    if mtime_ns is None or not -(2**63) <= mtime_ns < 2**63:  # a damaged file system may say anything
        return _UNKNOWN
    return mtime_ns


def _vector_bytes(method: Method, vector: Encoding | None) -> bytes:
    if vector is None:
        return np.full(method.length, np.nan, "<f4").tobytes()
    numbers = np.asarray(vector, "<f4")
    if numbers.shape != (method.length,) or not np.isfinite(numbers).all():
        raise ValueError(f"An embedding of {method.label} isn't {method.length} finite numbers.")
    return numbers.tobytes()


def _write_array(archive: zipfile.ZipFile, name: str, values: NDArray[Any]) -> None:
    with _member(archive, name) as member:
        np.lib.format.write_array(member, values, allow_pickle=False)


def _write_vectors(archive: zipfile.ZipFile, method: Method, vectors: Part, count: int) -> None:
    with _member(archive, method.id) as member:
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, method.length)}
        np.lib.format.write_array_header_1_0(member, header)
        for block in vectors.blocks():
            member.write(block)


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(zipfile.ZipInfo(f"{name}.npy", _ZIP_DATE), "w", force_zip64=True)


def _preview(named: Named, options: Options, root: str) -> str:  # noqa: ARG001 - it isn't among the arrays
    names = [name for name, result in named if result.failure is None]
    lines = [f"{_NAMES}: {len(names)} x text ({', '.join(map(shown, names[:3]))} …)"]
    for method in options.methods:
        kind = f"{HASH_CHARACTERS} characters" if method.is_hash else f"{method.length} float32"
        lines.append(f"{method.id}: {len(names)} x {kind}")
    lines += [f"{name}: {len(names)} x int64" for name in (_BYTES, _MTIME_NS)]
    lines.append(f"{_INCOMPLETE}: {len(names)} x bool")
    return "\n".join([*lines, f"{_HEAD}: methods, options and folder"]) + "\n"


# --- reading -------------------------------------------------------------------------------------------------------


def _recognises(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and b".npy" in head[:512]


def _read(path: Path, method: Method | None, stop: Stop) -> ReadBack:  # noqa: ARG001 - arrays' names say whose
    try:
        with zipfile.ZipFile(path) as archive:
            return _Archive(path, archive, stop).read()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:  # also encrypted ones
        raise DamagedError("it breaks off, or its archive is damaged") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # that is zipfile, led to a place before the beginning; others are the disk's
            raise
        raise DamagedError("its archive is damaged") from error


class _Archive:
    """An archive from anywhere: no array is larger than the file, none is unpickled, none of other names is opened."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, stop: Stop) -> None:
        self._path = path
        self._stop = stop
        self._archive = archive
        self._size = path.stat().st_size
        self._names = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}

    def read(self) -> ReadBack:
        """All that is in it."""
        head = self._head()
        if _NAMES not in self._names or not (head.methods or head.left_out):
            raise NotAnExportError(f"{shown(self._path.name)} holds arrays, but not those of imgenc's exports.")
        names = self._array(_NAMES, "U", 1).tolist()
        facts, warnings = self._facts(len(names)), self._warnings(len(names))
        named = [
            (name, ImageResult(path_of(head.root, name), facts[i], warnings=warnings[i]))
            for i, name in enumerate(names)
        ]
        for method in head.methods:
            encodings = until(self._stop, self._encodings(method, len(names)))
            for (_, result), encoding in zip(named, encodings, strict=True):
                if encoding is not None:
                    result.encodings[method] = encoding
        return ReadBack(in_order(named), head.methods, head.left_out, head.options, head.root)

    def _head(self) -> Head:
        if _HEAD not in self._names:  # as the first imgenc wrote them
            methods, left_out = known(Claim(name, FIRST_VERSION) for name in sorted(self._names - OWN))
            return Head(methods, left_out if methods else (), None, "")
        try:
            head = as_object(json.loads(self._array(_HEAD, "U", 0, _LONGEST_HEAD).item()))
        except (ValueError, RecursionError) as error:
            raise DamagedError("its head can't be read") from error
        version = as_whole(head.get("version"))
        if version > ARRAYS_VERSION:
            raise NotAnExportError(
                f"{shown(self._path.name)} was written by a newer imgenc (arrays {version}). Update imgenc to read it."
            )
        return read_head(head)

    def _encodings(self, method: Method, count: int) -> Iterator[Encoding | None]:
        """A method's encodings, one per name; None where it is missing."""
        values = self._array(method.id, "U", 1).tolist() if method.is_hash else self._array(method.id, "f", 2)
        if len(values) != count:
            raise DamagedError("its arrays have different lengths")
        for value in values:
            missing = not value if isinstance(value, str) else np.isnan(value).all()
            yield None if missing else encoding_of(method, value)

    def _facts(self, count: int) -> list[Facts | None]:
        """What little is known: each file's size and time."""
        if _BYTES not in self._names or _MTIME_NS not in self._names:
            return [None] * count
        sizes, times = self._array(_BYTES, "i", 1).tolist(), self._array(_MTIME_NS, "i", 1).tolist()
        if not len(sizes) == len(times) == count:
            raise DamagedError("its arrays have different lengths")
        return [
            None if size == _UNKNOWN else Facts("", 0, 0, 1, size, None if time == _UNKNOWN else time, 1)
            for size, time in zip(sizes, times, strict=True)
        ]

    def _warnings(self, count: int) -> list[tuple[ImageWarning, ...]]:
        """Which pictures are damaged; all else that they were warned of isn't told."""
        if _INCOMPLETE not in self._names:
            return [()] * count
        incomplete = self._array(_INCOMPLETE, "b", 1).tolist()
        if len(incomplete) != count:
            raise DamagedError("its arrays have different lengths")
        return [(ImageWarning(WarningCode.INCOMPLETE),) if one else () for one in incomplete]

    def _array(self, name: str, kind: str, axes: int, longest: int | None = None) -> NDArray[Any]:
        """An array of this kind of dtype with this many axes, of exactly the bytes that the archive has for it."""
        if name not in self._names:
            raise DamagedError(f"the array {name} is missing")
        info = self._archive.getinfo(f"{name}.npy")
        if info.compress_type != zipfile.ZIP_STORED:
            raise DamagedError("its arrays are compressed, as imgenc's never are")
        with self._archive.open(info) as member:
            try:
                shape, fortran_order, dtype = _array_header(member)
            except ValueError as error:
                raise DamagedError(f"the array {name} can't be read") from error
            expected = math.prod(shape) * dtype.itemsize
            if dtype.kind != kind or not dtype.itemsize or len(shape) != axes or (fortran_order and axes > 1):
                raise DamagedError(f"the array {name} is of another kind")
            if min(shape, default=0) < 0 or expected > min(self._size, longest or self._size):
                raise DamagedError(f"the array {name} is too long")
            data = bytearray(expected)  # the vectors may be most of the memory: read in place
            filled, view = 0, memoryview(data)
            while count := member.readinto(view[filled : filled + _BLOCK]):  # type: ignore[attr-defined]
                filled += count
                check(self._stop)
            if filled < expected or member.read(1):
                raise DamagedError(f"the array {name} breaks off or is too long")
        if kind == "U" and np.frombuffer(data, f"{dtype.byteorder}u4").max(initial=0) > sys.maxunicode:
            raise DamagedError(f"the array {name} holds something that is no text")
        return np.frombuffer(data, dtype).reshape(shape)


def _array_header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(member)


NPZ = ExportFormat(
    id="npz",
    label="NumPy arrays (NPZ)",
    sentence="For Python and machine learning: the names, and one array for each method.",
    suffix=".npz",
    write=_write,
    preview=_preview,
    recognises=_recognises,
    read=_read,
    tells_failures=False,
)
