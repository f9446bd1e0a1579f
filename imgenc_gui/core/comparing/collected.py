"""What is like what among pictures that were collected: groups, what is like one picture, the nearest in another table.

By several methods, alike are those that are so by any of them; the nearest is whose distance is the least as a share of
its method's threshold.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.collecting import Collected
from imgenc_gui.core.records.alike import Criterion, Grouped, Match, Picture, Role, Values
from imgenc_gui.core.similarity.engine import Progress, silent
from imgenc_gui.core.similarity.groups import groups
from imgenc_gui.core.similarity.measures import Cosine, Hamming
from imgenc_gui.core.similarity.pairs import Pairs, pairs
from imgenc_gui.core.stopping import Stop, never

Numbers = NDArray[np.integer[Any]]

_NONE = -1


def grouped(
    among: Collected, criteria: Sequence[Criterion], *, stop: Stop = never, progress: Progress = silent
) -> Iterator[Grouped]:
    """Yield the pictures that are in groups, group by group, the best reference's first: reference, members, near ones.

    Raises StoppedError.
    """
    measures = [among.measure(criterion) for criterion in criteria]
    found = groups(measures, among.ranks, stop=stop, progress=progress)
    values = _rows(measures, found.values)
    copies = among.copies.tolist()
    via = found.via.tolist()

    def row(number: int, role: Role, picture: int) -> Grouped:
        near = among.pictures[via[picture]] if role is Role.NEAR else None
        copy_of = None if copies[picture] == _NONE else among.pictures[copies[picture]]
        return Grouped(number, role, values[picture], among.pictures[picture], near, copy_of)

    for number, group in enumerate(found, 1):
        yield row(number, Role.REFERENCE, group.reference)
        for picture in group.members.tolist():
            yield row(number, Role.MEMBER, picture)
        for picture in group.near.tolist():
            yield row(number, Role.NEAR, picture)


def alike(query: Collected, among: Collected, criteria: Sequence[Criterion], *, stop: Stop = never) -> list[Match]:
    """What is like the one picture of ``query``, nearest first, equally near ones by name; not its own file.

    Raises StoppedError.
    """
    mine, theirs = _measures(query, among, criteria)
    found = [chunk.second for chunk in _pairs(mine, theirs, stop)]
    numbers = np.unique(np.concatenate([np.empty(0, np.int32), *found]))
    values, scores = _between(mine, theirs, np.zeros_like(numbers), numbers)
    rows = _rows(theirs, values)
    picture, own = query.pictures[0], _real(query.pictures[0].path)
    ordered = [(rows[place], among.pictures[numbers[place]]) for place in np.lexsort((numbers, scores)).tolist()]
    return [
        Match(picture, other, row, _has_same_bytes(picture, other))
        for row, other in ordered
        if not other.path or _real(other.path) != own
    ]


def nearest(
    ours: Collected,
    theirs: Collected,
    criteria: Sequence[Criterion],
    *,
    stop: Stop = never,
    progress: Progress = silent,
) -> Iterator[Match]:
    """Yield for each of our pictures the nearest of theirs that is like it, the first by name of equally near ones.

    One of the same bytes is nearest, also where the hashes say nothing. A picture may be found to be the same file.
    Raises StoppedError.
    """
    mine, others = _measures(ours, theirs, criteria)
    best, partner = np.full(len(ours), np.inf), np.full(len(ours), _NONE)
    for measure, other in zip(mine, others, strict=True):
        scores, numbers = _best(measure, other, stop, progress)
        better = (scores < best) | ((scores == best) & (numbers < partner))
        best[better], partner[better] = scores[better], numbers[better]
    found = np.flatnonzero(partner != _NONE)
    rows = dict(zip(found.tolist(), _rows(mine, _between(mine, others, found, partner[found])[0]), strict=True))
    equal = tuple(0 if criterion.method.is_hash else 1.0 for criterion in criteria)
    by_digest = {picture.facts.digest: picture for picture in reversed(theirs.pictures) if picture.facts}
    by_digest.pop("", None)
    for number, (picture, other) in enumerate(zip(ours.pictures, partner.tolist(), strict=True)):
        copy = by_digest.get(picture.facts.digest) if picture.facts else None
        if copy is not None:
            yield Match(picture, copy, equal, has_same_bytes=True)
        elif number in rows:
            yield Match(picture, theirs.pictures[other], rows[number])
        else:
            yield Match(picture, None)


def _best(
    measure: Hamming | Cosine, other: Hamming | Cosine, stop: Stop, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for each picture the best score in another table, and whose it is, the first of equal ones; inf, NONE."""
    ours, _, own = _distinct(measure)
    theirs, firsts, _ = _distinct(other)
    best, partner = np.full(len(ours), np.inf), np.full(len(ours), _NONE)
    for chunk in _pairs([ours], [theirs], stop, progress):
        i, j, score = chunk.first, firsts[chunk.second], ours.scores(chunk.values)
        near = np.flatnonzero(score <= best[i])  # most of many pairs are farther than what was found before
        near = near[np.lexsort((j[near], score[near], i[near]))]
        near = near[np.diff(i[near], prepend=_NONE) != 0]
        i, j, score = i[near], j[near], score[near]
        better = (score < best[i]) | (j < partner[i])
        best[i[better]], partner[i[better]] = score[better], j[better]
    return best[own], partner[own]


def _distinct(measure: Hamming | Cosine) -> tuple[Hamming | Cosine, NDArray[np.int64], NDArray[np.int64]]:
    """Return equal hashes as one, the first picture that has each, and which one each picture has.

    Thousands of equal ones would make millions of pairs. (Where there is no hash it is 0, which says nothing either.)
    """
    if isinstance(measure, Cosine):
        every = np.arange(len(measure))
        return measure, every, every
    hashes, first, own = np.unique(measure.hashes, return_index=True, return_inverse=True)
    return Hamming(hashes, measure.within, measure.said[first]), first, own


def _measures(
    ours: Collected, theirs: Collected, criteria: Sequence[Criterion]
) -> tuple[list[Hamming | Cosine], list[Hamming | Cosine]]:
    return [ours.measure(one) for one in criteria], [theirs.measure(one) for one in criteria]


def _pairs(
    mine: Sequence[Hamming | Cosine], theirs: Sequence[Hamming | Cosine], stop: Stop, progress: Progress = silent
) -> Iterator[Pairs]:
    """Yield what is alike between two tables by each measure."""
    for one, other in zip(mine, theirs, strict=True):
        if one.said.any() and other.said.any():
            yield from pairs(one, other, stop=stop, progress=progress)


def _between(
    mine: Sequence[Hamming | Cosine], theirs: Sequence[Hamming | Cosine], i: Numbers, j: Numbers
) -> tuple[list[NDArray[Any]], NDArray[np.float64]]:
    """Return values per measure between pairs, NaN where one encoding says nothing, and the least of their scores."""
    values, least = [], np.full(i.size, np.inf)
    for one, other in zip(mine, theirs, strict=True):
        both = one.said[i] & other.said[j]
        between = np.full(i.size, np.nan)
        if both.any():
            between[both] = one.values(i[both], j[both], other)  # type: ignore[arg-type]  # both are of one kind
        least[both] = np.minimum(least[both], one.scores(between[both]))
        values.append(between)
    return values, least


def _rows(measures: Sequence[Hamming | Cosine], columns: Sequence[NDArray[Any]]) -> list[Values]:
    """Values per measure as values per picture; bits are whole numbers."""
    lists = []
    for measure, column in zip(measures, columns, strict=True):
        kind = int if isinstance(measure, Hamming) else float
        lists.append([None if math.isnan(value) else kind(value) for value in column.tolist()])
    return list(zip(*lists, strict=True))


def _has_same_bytes(one: Picture, other: Picture) -> bool:
    return bool(one.facts and other.facts and one.facts.digest and one.facts.digest == other.facts.digest)


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))
