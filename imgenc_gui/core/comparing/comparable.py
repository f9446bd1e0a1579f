"""A session's rows as they were at one moment, to be compared on other threads: what is alike, and how far apart.

Files of the same bytes are alike whatever their hashes say, also those of one colour, whose hashes say nothing.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.columns import Columns
from imgenc_gui.core.comparing.companions import companions
from imgenc_gui.core.comparing.one_file import files
from imgenc_gui.core.listing import relative_names
from imgenc_gui.core.ordering import order_of
from imgenc_gui.core.records.alike import QUERY, ROLES, Bands, Criterion, Grouped, Picture, Role
from imgenc_gui.core.records.methods import Encoding, Method
from imgenc_gui.core.similarity.engine import Progress, silent
from imgenc_gui.core.similarity.groups import Units, best_first, byte_copies, distinct, groups
from imgenc_gui.core.similarity.measures import Cosine, Hamming, is_flat
from imgenc_gui.core.similarity.nearest import nearest_others
from imgenc_gui.core.similarity.pairs import neighbours
from imgenc_gui.core.states import States
from imgenc_gui.core.stopping import Stop, check, never

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Places = NDArray[np.int32]  # what is kept for each row

_NONE = -1
_LATEST = np.iinfo(np.int64).max  # a time that isn't known is taken for the latest
_AS_IT_IS = 1  # the EXIF orientation
_COMPARISONS = {True: 1 << 31, False: 1 << 27}  # of hashes, of vectors: some seconds
_KEPT = 2_200_000  # rows in all the answers that are kept: some 50 MB
_REFERENCE, _MEMBER, _NEAR = (ROLES.index(role) for role in (Role.REFERENCE, Role.MEMBER, Role.NEAR))


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """How far it is from pictures to their nearest others, by one method: all arrays are (n,).

    ``values``: bits, or similarities. ``others``: the nearest's row. ``among``: how many pictures there are.
    """

    method: Method
    rows: Numbers
    values: NDArray[Any]
    others: Numbers
    among: int

    @property
    def is_sample(self) -> bool:
        """Whether these are only some of the pictures, evenly chosen."""
        return 0 < self.rows.size < self.among


class _Asked(NamedTuple):
    """A question about groups."""

    criteria: tuple[Criterion, ...]
    every: bool
    preferred: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """Groups as they are kept: numbers of rows in 32 bits, distances in 16; which band a row is in follows."""

    criteria: tuple[Criterion, ...]
    rows: NDArray[np.int32]
    roles: NDArray[np.uint8]
    via: NDArray[np.int32]
    values: tuple[NDArray[Any], ...]
    copies: NDArray[np.int32]

    @classmethod
    def of(cls, bands: Bands) -> _Packed:
        values = tuple(
            column.astype(np.float16) if criterion.method.is_hash else column
            for criterion, column in zip(bands.criteria, bands.values, strict=True)
        )
        rows, via, copies = (column.astype(np.int32) for column in (bands.rows, bands.via, bands.copies))
        return cls(bands.criteria, rows, bands.roles, via, values, copies)

    def bands(self) -> Bands:
        return Bands(
            self.criteria,
            self.rows.astype(np.int64),
            (np.cumsum(self.roles == _REFERENCE) - 1).astype(np.int32),
            self.roles,
            self.via.astype(np.int64),
            tuple(column.astype(np.float64) for column in self.values),
            self.copies.astype(np.int64),
        )


class Comparable:
    """Made by ``freeze``, on the thread that writes the rows; everything else may be called from any thread.

    ``rows``: the copy that is compared; row numbers are those of the original. ``unlike``: how many rows are left out
    because their encodings were made of pictures turned the other way.

    ``together``: a RAW file beside a JPEG or HEIC file of the same name counts as one picture with that (see
    ``companions``) and isn't compared itself. A picture with a RAW file is better than one without.

    ``stale``: rows whose files are gone, have changed since or are damaged; all others are better, as they are there to
    be kept.
    ``removed``: rows that are off the table, and so no companions either.

    What is found out about the rows as a whole is kept, so that only the first question takes its time. Two threads
    that ask first at the same time both find it out; it is the same.
    """

    def __init__(
        self, rows: Columns, *, turned: bool, together: bool, stale: Mask | None = None, removed: Mask | None = None
    ) -> None:
        """Take rows that nobody changes."""
        self.rows = rows
        self.turned = turned
        self._together = together
        self._stale = np.zeros(len(rows), np.bool_) if stale is None else stale
        self._removed = removed
        self._files: Places | None = None
        encoded = rows.encoded
        self._candidates: Mask = encoded & rows.made_so(turned=turned)
        self.unlike = int(np.count_nonzero(encoded & ~self._candidates))
        self.methods = rows.comparable_methods(turned=turned)
        self._lock = Lock()
        self._hashes: dict[Method, Hamming] = {}
        self._vectors: dict[Method, Cosine] = {}
        self._standing: tuple[object, Units, Places] | None = None  # of the last question, and what it is the same for
        self._answers: OrderedDict[_Asked, _Packed] = OrderedDict()  # the last ones, for who goes to and fro

    @classmethod
    def freeze(cls, rows: States, *, turned: bool, together: bool = True) -> Comparable:
        """Take the rows as they are now. ``turned``: compare encodings of pictures that were turned upright."""
        stale = rows.gone | rows.changed | rows.incomplete
        return cls(rows.columns(), turned=turned, together=together, stale=stale, removed=rows.removed)

    @property
    def size(self) -> int:
        """How many pictures are compared."""
        return int(np.count_nonzero(self._compared))

    @cached_property
    def companions(self) -> Mapping[int, tuple[int, ...]]:
        """The rows of a picture's other files, for each picture that has some: its RAW files, encoded or not."""
        return (
            companions(self._paths, np.flatnonzero(self._candidates).tolist(), self._removed) if self._together else {}
        )

    @cached_property
    def pictures(self) -> Places:
        """For each row the one whose picture it is another file of; for most that is itself."""
        pictures = np.arange(len(self.rows), dtype=np.int32)
        for row, others in self.companions.items():
            pictures[list(others)] = row
        return pictures

    def files(self, stop: Stop = never) -> Places:
        """A number for each row's file where others have the same bytes, the same for names of one file; else 0.

        The disk is asked, once. Raises StoppedError.
        """
        if self._files is None:
            self._files = files(self._paths, np.flatnonzero(self._contents).tolist(), stop)
        return self._files

    def flat(self, criteria: Sequence[Criterion]) -> int:
        """How many pictures' encodings by these methods all say nothing, as the pictures are of one colour."""
        has, says = np.zeros((2, len(self.rows)), np.bool_)
        for criterion in criteria:
            has |= self._sources(criterion.method) != _NONE
            says |= self._measure(criterion, never).said
        return int(np.count_nonzero(has & ~says))

    def missing(self, criteria: Sequence[Criterion]) -> int:
        """How many pictures have no encodings by these methods."""
        lacks = self._compared.copy()
        for criterion in criteria:
            lacks &= self._sources(criterion.method) == _NONE
        return int(np.count_nonzero(lacks))

    def groups(
        self,
        criteria: Sequence[Criterion],
        *,
        every: bool = False,
        preferred: Collection[int] = (),
        stop: Stop = never,
        progress: Progress = silent,
    ) -> Bands:
        """Return groups of what is alike by any of the criteria, or by all of them (``every``).

        ``preferred``: rows that a person wants as references, the last chosen last: it is better than all others.
        Raises StoppedError.
        """
        return self._answer(_Asked(tuple(criteria), every, tuple(preferred)), None, stop, progress)

    def look_ahead(
        self, questions: Iterable[Sequence[Criterion]], *, every: bool, preferred: Collection[int], stop: Stop
    ) -> None:
        """Keep answers to what may be asked next, as far as there is ``room``; on one thread. Raises StoppedError."""
        for criteria in questions:
            self._answer(_Asked(tuple(criteria), every, tuple(preferred)), 1, stop, silent)

    def _answer(self, asked: _Asked, workers: int | None, stop: Stop, progress: Progress) -> Bands:
        kept = self._answers.get(asked)
        if kept is None:
            answer = self._grouped(asked, workers, stop, progress)
            kept = _Packed.of(answer)
        else:
            answer = kept.bands()
        self._keep(asked, kept)
        return answer

    def room(self, answer: Bands) -> int:
        """How many answers as large as this one are kept, at least one."""
        return max(_KEPT // max(answer.rows.size, 1), 1)

    def _keep(self, asked: _Asked, answer: _Packed) -> None:
        """Remember an answer, and forget the oldest ones where there is no room."""
        with self._lock:
            self._answers[asked] = answer
            self._answers.move_to_end(asked)
            while len(self._answers) > 1 and sum(kept.rows.size for kept in self._answers.values()) > _KEPT:
                self._answers.popitem(last=False)

    def _grouped(self, asked: _Asked, workers: int | None, stop: Stop, progress: Progress) -> Bands:
        measures = [self._measure(criterion, stop) for criterion in asked.criteria]
        units, all_copies = self._stand(asked, measures, stop)
        ranks = units.ranks
        found = groups(measures, ranks, every=asked.every, units=units, workers=workers, stop=stop, progress=progress)
        reference, via = found.reference.astype(np.int64), found.via.astype(np.int64)
        copies = self._left_copies(reference, ranks)
        reference[copies] = self._copies(ranks, among=copies)[copies]
        best = copies[reference[copies] == _NONE]
        reference[best] = best
        via[copies] = reference[copies]
        for measure, values in zip(measures, found.values, strict=True):
            both = copies[measure.said[copies] & measure.said[via[copies]]]
            between = measure.values(both, via[both])
            values[both] = np.where(np.isfinite(measure.scores(between)), between, np.nan)  # vectors of zeros

        rows = np.concatenate([found.order, copies])
        rows = rows[np.argsort(ranks[reference[rows]], kind="stable")]
        is_reference = reference[rows] == rows
        is_near = via[rows] != reference[rows]
        return Bands(
            asked.criteria,
            rows,
            (np.cumsum(is_reference) - 1).astype(np.int32),
            np.where(is_reference, _REFERENCE, np.where(is_near, _NEAR, _MEMBER)).astype(np.uint8),
            via[rows],
            tuple(values[rows] for values in found.values),
            all_copies[rows].astype(np.int64),
        )

    def _stand(self, asked: _Asked, measures: Sequence[Hamming | Cosine], stop: Stop) -> tuple[Units, Places]:
        """What is the same for all thresholds: which pictures count as one, and of which row each one's file is a copy.

        Kept from question to question: a person moves the slider.
        """
        same_for = ([criterion.method for criterion in asked.criteria], asked.every, asked.preferred)
        standing = self._standing
        if standing is None or standing[0] != same_for:
            ranks = self._ranks(asked.preferred)
            units = Units.of(measures, ranks, every=asked.every, stop=stop)
            standing = self._standing = (same_for, units, self._copies(ranks))
        return standing[1], standing[2]

    def similar(
        self,
        query: Mapping[Method, Encoding],
        criteria: Sequence[Criterion],
        *,
        every: bool = False,
        without: int | None = None,
        digest: str = "",
        oriented: bool = False,
        stop: Stop = never,
        progress: Progress = silent,
    ) -> Bands:
        """Return what is like one picture, nearest first, equally near ones by their names.

        ``without``: the query's own row, where it is one. ``digest``: of its file, so that its copies are found
        whatever the hashes say. ``oriented``: what is like it mirrored or turned is found, too, as far as the methods
        can tell; the CNN can't. Raises StoppedError.
        """
        measures = [self._measure(criterion, stop) for criterion in criteria]
        asked = [_moved(query.get(criterion.method), criterion.method, oriented=oriented) for criterion in criteria]
        scores = np.full(len(self.rows), np.inf)
        values = np.full((len(criteria), len(self.rows)), np.nan)
        orientations = np.full(len(self.rows), _AS_IT_IS, np.uint8)
        combine = np.maximum if every else np.minimum
        moves = sorted(set().union(*asked))
        for done, move in enumerate(moves, 1):
            between = [_values(one.get(move), measure, stop) for one, measure in zip(asked, measures, strict=True)]
            each = [measure.scores(column) for measure, column in zip(measures, between, strict=True)]
            combined = combine.reduce(each)
            nearer = combined < scores
            scores[nearer], orientations[nearer] = combined[nearer], move
            for own, column in zip(values, between, strict=True):
                own[nearer] = column[nearer]
            check(stop)
            progress(done, len(moves))
        if without is not None and not digest:
            facts = self.rows.facts(without)
            digest = facts.digest if facts else ""
        same = self._compared & self.rows.of_content(digest)
        scores[same], orientations[same] = 0, _AS_IT_IS
        if without is not None:
            scores[without] = np.inf
        rows = np.flatnonzero(np.isfinite(scores))
        rows = rows[np.lexsort((self._name_places[rows], scores[rows]))]
        for own, one, measure in zip(values, asked, measures, strict=True):
            if isinstance(measure, Cosine):  # the similarities of what is alike by other methods alone
                _fill(own, rows, one.get(_AS_IT_IS), measure)
        return Bands(
            tuple(criteria),
            rows,
            np.zeros(rows.size, np.int32),
            np.full(rows.size, _MEMBER, np.uint8),
            np.full(rows.size, QUERY, np.int64),
            tuple(own[rows] for own in values),
            self._copies(self._ranks())[rows].astype(np.int64),
            orientations[rows] if oriented else None,
        )

    def nearest(
        self, method: Method, *, most: int = 20_000, stop: Stop = never, progress: Progress = silent
    ) -> Nearest:
        """Return how far it is from pictures to their nearest others; those whose hashes say nothing are left out.

        From at most so many pictures, and fewer where that would take more than some seconds. Raises StoppedError.
        """
        measure = self._measure(Criterion(method, method.usual_threshold), stop)
        said = np.flatnonzero(measure.said)
        count = min(said.size, most, max(_COMPARISONS[method.is_hash] // max(said.size, 1), 1)) if said.size > 1 else 0
        rows = said[np.linspace(0, said.size - 1, count).round().astype(np.int64)] if count else said[:0]
        if not count:
            return Nearest(method, rows, np.zeros(0), rows, said.size)
        values, others = nearest_others(measure, rows, stop=stop, progress=progress)
        return Nearest(method, rows, values, others, said.size)

    def grouped(self, bands: Bands, root: str) -> Iterator[Grouped]:
        """Yield the groups as they are written to a file, with names relative to ``root``, made one by one."""

        def picture(row: int) -> Picture:
            path = self.rows.paths[row]
            return Picture(relative_names([path], root)[0], path, self.rows.facts(row))

        kinds = [int if criterion.method.is_hash else float for criterion in bands.criteria]
        for place, row in enumerate(bands.rows.tolist()):
            role = ROLES[bands.roles[place]]
            between = (column[place] for column in bands.values)
            values = tuple(
                None if math.isnan(value) else kind(value) for kind, value in zip(kinds, between, strict=True)
            )
            copy = int(bands.copies[place])
            yield Grouped(
                int(bands.bands[place]) + 1,
                role,
                values,
                picture(row),
                picture(int(bands.via[place])) if role is Role.NEAR else None,
                None if copy == _NONE else picture(copy),
            )

    # What is known of all rows

    @property
    def _paths(self) -> list[str]:
        return self.rows.paths[: len(self.rows)]

    @cached_property
    def _compared(self) -> Mask:
        return np.asarray(self._candidates & (self.pictures == np.arange(len(self.rows))))

    @cached_property
    def _name_places(self) -> Places:
        """Each row's place in the order of names."""
        places = np.empty(len(self.rows), np.int32)
        places[order_of(self._paths)] = np.arange(len(self.rows))
        return places

    @cached_property
    def _own_ranks(self) -> Places:
        """The best picture's is the lowest: RAW beside it, pixels, bytes, age, name; what isn't known is worst."""
        times = np.where(self.rows.times == -1, _LATEST, self.rows.times)
        found = best_first(self.rows.pixels, self.rows.sizes, times, self._name_places)
        ranks = found.astype(np.int32)
        ranks[list(self.companions)] -= ranks.size
        ranks[self._stale] += 2 * ranks.size
        return ranks

    def _ranks(self, preferred: Collection[int] = ()) -> Places:
        if not preferred:
            return self._own_ranks
        ranks = self._own_ranks.copy()
        chosen = np.fromiter(preferred, np.int64)
        chosen = chosen[chosen < ranks.size]  # not those that came later
        ranks[chosen] = -2 * ranks.size - 1 - np.arange(chosen.size)
        return ranks

    @cached_property
    def _contents(self) -> Places:
        """A number for each content that several pictures' files have, from 1 on; 0 for others and what isn't known."""
        contents = np.zeros(len(self.rows), np.int32)
        known = np.flatnonzero(self._compared & self.rows.digests.any(axis=1))
        own, first = distinct(list(self.rows.digests[known].T))
        several = np.bincount(own, minlength=first.size)[own] > 1
        contents[known[several]] = own[several] + 1
        return contents

    def _copies(self, ranks: Places, among: Numbers | None = None) -> Places:
        """Of which row each one's file is a copy, byte by byte; NONE: of no better one."""
        copies = np.full(len(self.rows), _NONE, np.int32)
        chosen = np.flatnonzero(self._contents) if among is None else among
        found = byte_copies(self._contents[chosen], ranks[chosen])
        is_copy = found != _NONE
        copies[chosen[is_copy]] = chosen[found[is_copy]]
        return copies

    def _left_copies(self, reference: Numbers, ranks: Places) -> Numbers:
        """Rows that the encodings put in no group, and whose files have copies among such rows; the best first."""
        rows = np.flatnonzero((self._contents > 0) & (reference == _NONE))
        rows = rows[np.bincount(self._contents[rows])[self._contents[rows]] > 1]
        return rows[np.argsort(ranks[rows])]

    def _sources(self, method: Method) -> Numbers:
        """Whose encoding by a method stands for each row's: its own, or that of a file of the same bytes; NONE."""
        has = self.rows.having(method) & self._compared
        sources = np.where(has, np.arange(has.size), _NONE)
        lacking = np.flatnonzero(self._compared & ~has & (self._contents > 0))
        if lacking.size:
            given = np.flatnonzero(has & (self._contents > 0))
            by_content = np.full(int(self._contents.max()) + 1, _NONE)
            by_content[self._contents[given]] = given
            sources[lacking] = by_content[self._contents[lacking]]
        return sources

    def _measure(self, criterion: Criterion, stop: Stop) -> Hamming | Cosine:
        method, threshold = criterion.method, criterion.threshold
        if method.is_hash:
            hashes = self._hashes.get(method)
            if hashes is None:
                sources = self._sources(method)
                column = np.where(sources != _NONE, self.rows.hash_column(method)[sources], np.uint64(0))
                hashes = self._hashes[method] = Hamming(column, 0, ~is_flat(column))
            return Hamming(hashes.hashes, int(threshold), hashes.said)
        vectors = self._vectors.get(method)
        if vectors is None:
            sources = self._sources(method)
            vectors = Cosine(self.rows.vector_table(method, sources), 1.0, sources != _NONE)
            vectors.prepare(stop)
            vectors.codes(stop)
            self._vectors[method] = vectors
        return vectors.at(threshold)


def _moved(encoding: Encoding | None, method: Method, *, oriented: bool) -> Mapping[int, Encoding]:
    """The query as the orientations have it shown."""
    if encoding is None:
        return {}
    if oriented and isinstance(encoding, str) and method.moved:
        return method.moved(encoding)
    return {_AS_IT_IS: encoding}


def _values(encoding: Encoding | None, measure: Hamming | Cosine, stop: Stop) -> Floats:
    """What is between the query and all rows, NaN where there is nothing to tell, or vectors aren't alike."""
    values = np.full(len(measure), np.nan)
    if isinstance(measure, Cosine):
        if encoding is not None:
            rows, found = neighbours(np.asarray(encoding, np.float32), measure, stop=stop)
            values[rows] = found
    elif isinstance(encoding, str):
        query = np.array([int(encoding, 16)], np.uint64)
        if not is_flat(query)[0]:
            values[measure.said] = np.bitwise_count(measure.hashes[measure.said] ^ query)
    return values


def _fill(values: Floats, rows: Numbers, encoding: Encoding | None, measure: Cosine) -> None:
    if encoding is None:
        return
    one = Cosine(np.asarray(encoding, np.float32).reshape(1, -1), measure.similarity)
    rows = rows[np.isnan(values[rows]) & measure.said[rows]]
    if rows.size and one.said[0]:
        values[rows] = one.values(np.zeros_like(rows), rows, measure)
