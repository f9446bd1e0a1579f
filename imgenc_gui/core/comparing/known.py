"""Which rows of a session are already in a reference: the nearest there, if it is near enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from imgenc_gui.core.collecting import Collected, collect
from imgenc_gui.core.comparing.collected import nearest
from imgenc_gui.core.records.alike import Criterion, Match
from imgenc_gui.core.records.methods import FLAT_HASHES
from imgenc_gui.core.rows import Moment, Rows
from imgenc_gui.core.stopping import Stop, never, until


@dataclass(frozen=True, slots=True)
class Known:
    """Rows that were compared: their nearest in the reference, None where nothing is like them.

    What can't be compared, because it lacks the encodings or they say nothing, isn't among them.
    """

    matches: Mapping[int, Match | None]


def find_known(
    rows: Rows,
    numbers: Iterable[int],
    then: Moment,
    reference: Collected,
    criteria: Sequence[Criterion],
    *,
    stop: Stop = never,
) -> Known:
    """Look for rows, as they were at a moment, in a reference. On any thread. Raises StoppedError."""
    methods = [criterion.method for criterion in criteria]
    results = [result for row in until(stop, numbers) if (result := rows.result(row, then)) is not None]
    said = {
        result.path
        for result in results
        if any(method in result.encodings and result.encodings[method] not in FLAT_HASHES for method in methods
               if method.is_hash)
        or any(method in result.encodings for method in methods if not method.is_hash)
    }  # fmt: skip
    matches: dict[int, Match | None] = {}
    for match in nearest(collect(methods, results), reference, criteria, stop=stop):
        row = rows.number(match.picture.path)
        if row is not None and (match.other is not None or match.picture.path in said):
            matches[row] = match if match.other is not None else None
    return Known(matches)
