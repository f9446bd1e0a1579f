"""Encodings from anywhere in one table: of pictures that are encoded now, and of exports that are read back.

Encodings of different methods, versions or rotations never meet: an export's of another version are left out when it is
read, a table has one rotation, and ``turned_unlike`` tells which exports have the other. Where an export doesn't say,
its pictures are marked: their origin is not known.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import numbers_of
from imgenc_gui.core.files.read_back import MethodNeededError, ReadBack
from imgenc_gui.core.files.reading import format_of, read_export
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.listing import common_folder, relative_names
from imgenc_gui.core.ordering import order_of
from imgenc_gui.core.records.alike import Criterion, Picture
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Method
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.similarity.groups import best_first, byte_copies
from imgenc_gui.core.similarity.measures import Cosine, Hamming, is_flat
from imgenc_gui.core.stopping import Stop, never
from imgenc_gui.core.uncollected import uncollected
from imgenc_gui.core.vectors import NO_SLOT, Gathered, Vectors

_LARGEST = np.iinfo(np.int64).max
_DAMAGED = -1  # pixels: fewer than any whole picture has
_LATEST = _LARGEST  # a time that isn't known is taken for the latest


@dataclass(frozen=True, eq=False)
class Export:
    """An export that was read back, and its file."""

    file: str
    read: ReadBack

    @property
    def is_origin_known(self) -> bool:
        """Whether it says how its encodings were made."""
        return self.read.options is not None

    @property
    def turned(self) -> bool | None:
        """Whether its pictures were turned upright first; None where it doesn't say."""
        return self.read.options.apply_exif_orientation if self.read.options else None

    @cached_property
    def count(self) -> int:
        """How many pictures it tells of that were encoded."""
        return sum(not result.failure for _, result in self.read.named)

    @cached_property
    def series(self) -> str:
        """The same for the files that one export of several methods makes: h.phash.json, h.dhash.json."""
        folder, name = os.path.split(os.path.abspath(self.file))  # noqa: PTH100
        ids = {method.id for method in METHODS}
        return os.path.join(folder, ".".join(part for part in name.split(".") if part.lower() not in ids))  # noqa: PTH118


def has_name_of_export(path: str) -> bool:
    """Whether there is a file that is named like an export: h.json, or my.photos.phash."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    is_usual = suffix in {file_format.suffix for file_format in FORMATS} or METHODS.get(suffix[1:]) is not None
    return is_usual and os.path.isfile(path)  # noqa: PTH113


def is_export(path: str) -> bool:
    """Whether a file has the name of an export and begins like one."""
    try:
        return has_name_of_export(path) and format_of(Path(path)) is not None
    except OSError:
        return False


def open_export(file: str, methods: Sequence[Method] = (), stop: Stop = never) -> Export:
    """Read an export. Where it doesn't say its method, it is of the one of ``methods`` that it can be of.

    Raises MethodNeededError where that is none, or several; NotAnExportError, OSError and StoppedError as
    ``read_export`` does.
    """
    path = Path(file)
    try:
        return Export(file, read_export(path, stop=stop))
    except MethodNeededError as error:
        candidates = [method for method in methods if method in error.candidates]
        if len(candidates) != 1:
            raise
        return Export(file, read_export(path, candidates[0], stop))


def common_methods(exports: Iterable[Export]) -> tuple[Method, ...]:
    """The methods that all exports hold encodings of, in the registry's order; all there are, where there is none."""
    return METHODS.ordered(set(METHODS).intersection(*(export.read.methods for export in exports)))


def common_rotation(exports: Iterable[Export]) -> bool:
    """Whether to turn pictures upright before they are compared with these exports: as the first one that says so."""
    return next((export.turned for export in exports if export.turned is not None), False)


def turned_unlike(exports: Iterable[Export], *, turned: bool) -> list[Export]:
    """The exports whose encodings can't be compared with ones made of pictures turned, or not turned, upright."""
    return [export for export in exports if export.turned not in {None, turned}]


@dataclass(frozen=True)
class Collected:
    """Pictures sorted by their names, and their encodings.

    ``encodings``: per method as many as there are pictures. A hash that is missing is None, a vector one of zeros,
    which isn't ``given``. ``root``: what names are relative to. ``lacking``: how many pictures of each source have no
    encoding of the methods asked for.
    """

    pictures: Sequence[Picture]
    encodings: Mapping[Method, Sequence[str | None] | Gathered]
    root: str
    lacking: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.pictures)

    def measure(self, criterion: Criterion) -> Hamming | Cosine:
        """What compares the pictures by a method. Flat hashes say nothing."""
        encodings = self.encodings[criterion.method]
        said = self._said(criterion.method)
        if isinstance(encodings, Gathered):
            return Cosine(encodings, criterion.threshold, said)
        return Hamming(self._hashes[criterion.method], int(criterion.threshold), said)

    @cached_property
    def flat(self) -> int:
        """How many pictures have nothing but hashes that say nothing."""
        says = np.zeros(len(self), np.bool_)
        for method in self.encodings:
            says |= self._said(method)
        return int(np.count_nonzero(~says))

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """The best picture's is the lowest: pixels, bytes, age, name; what isn't known comes last, then the damaged."""
        facts = [picture.facts for picture in self.pictures]
        return best_first(
            [
                _DAMAGED if picture.is_incomplete else _bounded(fact.width * fact.height) if fact else 0
                for picture, fact in zip(self.pictures, facts, strict=True)
            ],
            [_bounded(fact.bytes) if fact else 0 for fact in facts],
            np.array([_time(fact) for fact in facts], np.int64),
            [picture.name for picture in self.pictures],
        )

    @cached_property
    def copies(self) -> NDArray[np.int32]:
        """Of which picture each one's file is a copy, byte by byte, as far as the bytes' digests are known."""
        digests = [picture.facts.digest if picture.facts else "" for picture in self.pictures]
        return byte_copies(np.array(digests, "S32"), self.ranks)

    def given(self, method: Method) -> NDArray[np.bool_]:
        """Which pictures have an encoding by this method, (n,)."""
        encodings = self.encodings[method]
        if isinstance(encodings, Gathered):
            return encodings.given
        return np.array([encoding is not None for encoding in encodings], np.bool_)

    def _said(self, method: Method) -> NDArray[np.bool_]:
        """Which pictures have an encoding by this method that says something."""
        given = self.given(method)
        return np.asarray(given & ~is_flat(self._hashes[method])) if method in self._hashes else given

    @cached_property
    def _hashes(self) -> dict[Method, NDArray[np.uint64]]:
        return {
            method: _numbers(hashes) for method, hashes in self.encodings.items() if not isinstance(hashes, Gathered)
        }


def collect(methods: Sequence[Method], results: Iterable[ImageResult], exports: Iterable[Export] = ()) -> Collected:
    """Put pictures that were encoded, and those in exports, into one table; one that is there twice comes once.

    It is the same picture where its path is, or, where an export doesn't say its folder, its name in an export of
    several methods. What was encoded now comes first, then the exports in their order.
    """
    table = _Table(methods)
    for result in results:
        if not result.failure:
            table.add(result.path, result.path, result)
    with uncollected():
        for export in exports:
            is_there = os.path.isabs(export.read.root)  # noqa: PTH117 - it may be another system's
            for name, result in export.read.named:
                if not result.failure:
                    path = os.path.normpath(result.path) if is_there else ""
                    table.add(name, path, result, export)
        return table.collected()


class _Table:
    """A column of encodings per method, and where each picture is from; what is there twice is one."""

    def __init__(self, methods: Sequence[Method]) -> None:
        self._hashes: dict[Method, list[str | None]] = {method: [] for method in methods if method.is_hash}
        self._vectors = {method: Vectors(method.length) for method in methods if not method.is_hash}
        self._slots: dict[Method, list[int]] = {method: [] for method in self._vectors}
        self._numbers: dict[object, int] = {}
        # name, path, facts, where from (None: encoded now), whether only a part of it is there
        self._found: list[tuple[str, str, Facts | None, Export | None, bool]] = []
        self._lacking: Counter[str] = Counter()
        self._folders: dict[str, str] = {}

    def add(self, name: str, path: str, result: ImageResult, export: Export | None = None) -> None:
        encodings = result.encodings
        if encodings.keys().isdisjoint(self._hashes) and encodings.keys().isdisjoint(self._vectors):
            self._lacking[export.file if export else ""] += 1
            return
        key = self._place(path) if path else (export and export.series, name)
        number = self._numbers.setdefault(key, len(self._found))
        if number == len(self._found):
            self._found.append((name, path, result.facts, export, result.is_incomplete))
            for hashes in self._hashes.values():
                hashes.append(None)
            for slots in self._slots.values():
                slots.append(NO_SLOT)
        elif not self._found[number][3]:  # the file itself was read
            return
        for method, hashes in self._hashes.items():
            encoding = encodings.get(method)
            if isinstance(encoding, str) and hashes[number] is None:
                hashes[number] = encoding
        for method, slots in self._slots.items():
            encoding = encodings.get(method)
            if isinstance(encoding, np.ndarray) and slots[number] == NO_SLOT:
                slots[number] = self._vectors[method].put(encoding)

    def _place(self, path: str) -> str:
        """The same for all ways to a file's folder: a picture must not pass for a copy of itself."""
        folder, name = os.path.split(path)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.normcase(os.path.join(real, name))  # noqa: PTH118

    def collected(self) -> Collected:
        paths = [path for _, path, *_ in self._found if path]
        root = common_folder({os.path.dirname(path) for path in paths})  # noqa: PTH120
        relative = dict(zip(paths, relative_names(paths, root), strict=True))
        pictures: list[Picture] = []
        taken: set[str] = set()
        for given, path, facts, export, is_incomplete in self._found:
            name = relative[path] if path else given
            if name in taken and export:
                name = _free_name(f"{os.path.basename(export.file)}:{name}", taken)  # noqa: PTH119
            taken.add(name)
            source = (export.file, export.is_origin_known) if export else ("", True)
            pictures.append(Picture(name, path, facts, *source, is_incomplete))
        order = order_of([picture.name for picture in pictures]).tolist()
        encodings: dict[Method, Sequence[str | None] | Gathered] = {
            method: [hashes[number] for number in order] for method, hashes in self._hashes.items()
        }
        for method, slots in self._slots.items():
            sorted_ = np.array(slots, np.int32)[order]
            encodings[method] = Gathered(self._vectors[method], sorted_, method.length)
        return Collected([pictures[number] for number in order], encodings, root, dict(self._lacking))


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"{name}'"
    return name


def _bounded(number: int) -> int:
    """Exports can say anything of a picture."""
    return max(0, min(number, _LARGEST))


def _time(facts: Facts | None) -> int:
    time = facts.mtime_ns if facts else None
    return _LATEST if time is None or abs(time) > _LATEST else time


def _numbers(hashes: Iterable[str | None]) -> NDArray[np.uint64]:
    return numbers_of("".join([text or "0" * HASH_CHARACTERS for text in hashes]))
