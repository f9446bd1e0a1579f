"""Which rows of a session are already in a reference: the nearest there, if it is near enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imgenc_gui.core.collecting import Collected, collect
from imgenc_gui.core.comparing.collected import nearest
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.alike import Criterion, Match
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import FLAT_HASHES, Method
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.states import Moment, States
from imgenc_gui.core.stopping import Stop, never, until

_ORDER = list(Likeness)
_MOST = 100.0  # above every distance


def telling(methods: Sequence[Method]) -> list[Method]:
    """By which of these methods to look for pictures that one has already, so that hardly any is found wrongly.

    PHash and the networks, which found nothing unrelated; without PHash, what vouches for edited copies.
    """
    if PHASH in methods:
        return [method for method in methods if method is PHASH or not method.is_hash]
    return [method for method in methods if Likeness.EDITED in method.thresholds] or list(methods)


def find_known(
    rows: States,
    numbers: Iterable[int],
    then: Moment,
    reference: Collected,
    criteria: Sequence[Criterion],
    *,
    stop: Stop = never,
) -> dict[int, Match | None]:
    """Look for rows, as they were at a moment, in a reference: the nearest there, None where nothing is like them.

    What can't be compared, because it lacks the encodings or they say nothing, is missing. On any thread. Raises
    StoppedError.
    """
    methods = [criterion.method for criterion in criteria]
    results = [result for row in until(stop, numbers) if (result := rows.result(row, then)) is not None]
    said = {result.path for result in results if _says_something(result, methods)}
    matches: dict[int, Match | None] = {}
    for match in nearest(collect(methods, results), reference, criteria, stop=stop):
        row = rows.number(match.picture.path)
        if row is not None and match.other is not None:
            matches[row] = match
        elif row is not None and match.picture.path in said:
            matches[row] = None
    return matches


def nearness(match: Match, criteria: Sequence[Criterion]) -> float:
    """What sorts matches, nearest first: by what the methods' distances mean, and then by the first distance."""
    if match.has_same_bytes:
        return -1.0
    pairs = [
        (criterion.method, value) for criterion, value in zip(criteria, match.values, strict=True) if value is not None
    ]
    words = [_ORDER.index(word) for method, value in pairs if (word := method.likeness(value)) is not None]
    first = next((value if method.is_hash else 1 - value for method, value in pairs), 0)
    return min(words, default=len(_ORDER)) * _MOST + first


def _says_something(result: ImageResult, methods: Iterable[Method]) -> bool:
    given = (result.encodings.get(method) for method in methods)
    return any(
        encoding is not None and not (isinstance(encoding, str) and encoding in FLAT_HASHES) for encoding in given
    )
