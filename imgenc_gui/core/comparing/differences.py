"""What is measured to differ between a picture and its reference: quick enough for each cell that is painted."""

from __future__ import annotations

from imgenc_gui.core.columns import Columns
from imgenc_gui.core.records.alike import Difference, DifferenceCode
from imgenc_gui.core.records.results import Facts

_MINUTES = {"year": 365 * 24 * 60, "day": 24 * 60, "hour": 60, "minute": 1}
_NANOSECONDS = 60 * 1_000_000_000  # a minute's; less isn't worth telling
_SIZES = {"GB": 1_000_000_000, "MB": 1_000_000, "kB": 1_000}


def differences(rows: Columns, row: int, reference: int) -> tuple[Difference, ...]:
    """Return what is different about a row's picture, seen from its reference; () where the facts aren't known."""
    own, other = rows.facts(row), rows.facts(reference)
    return _between(own, other) if own and other else ()


def _between(own: Facts, other: Facts) -> tuple[Difference, ...]:
    found = []
    if own.digest and own.digest == other.digest:
        found.append(Difference(DifferenceCode.SAME_BYTES))
    sides, other_sides = (own.width, own.height), (other.width, other.height)
    if sides != other_sides:
        found.append(Difference(_more_or_less(own.width * own.height, other.width * other.height), "", sides))
    if own.format != other.format:
        found.append(Difference(DifferenceCode.FORMAT, "", (own.format,)))
    if own.bytes != other.bytes:
        code = DifferenceCode.LIGHTER if own.bytes < other.bytes else DifferenceCode.HEAVIER
        unit = next((unit for unit, size in _SIZES.items() if own.bytes >= size), "B")
        found.append(Difference(code, unit, (own.bytes / _SIZES[unit] if unit in _SIZES else own.bytes,)))
    if own.mtime_ns is not None and other.mtime_ns is not None:
        found += _by_time(own.mtime_ns, other.mtime_ns)
    if own.orientation != other.orientation:
        found.append(Difference(DifferenceCode.ORIENTATION, "", (own.orientation,)))
    return tuple(found)


def _more_or_less(pixels: int, others: int) -> DifferenceCode:
    if pixels == others:
        return DifferenceCode.RESHAPED
    return DifferenceCode.SMALLER if pixels < others else DifferenceCode.LARGER


def _by_time(own: int, other: int) -> list[Difference]:
    minutes = abs(own - other) // _NANOSECONDS
    if not minutes:
        return []
    unit, size = next((unit, size) for unit, size in _MINUTES.items() if minutes >= size)
    count = minutes // size
    code = DifferenceCode.OLDER if own < other else DifferenceCode.NEWER
    return [Difference(code, unit if count == 1 else f"{unit}s", (count,))]
