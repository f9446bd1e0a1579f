"""What is known to differ between two files of pictures that are alike, in few words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from imgenc_gui.core.records.results import Facts

_MINUTE = 60
_UNITS = ((365 * 86400, "year"), (30 * 86400, "month"), (86400, "day"), (3600, "hour"), (_MINUTE, "minute"))


def facts_words(facts: Facts) -> str:
    """Pixels, format and bytes: "4000 × 3000, JPEG, 3.1 MB"."""  # noqa: RUF002
    return ", ".join([_pixels(facts), facts.format, _size(facts)])


def differences_words(facts: Facts, other: Facts, *, has_same_bytes: bool) -> str:
    """How a picture's file differs from another's: "900 × 675, PNG, 84 kB, 2 years newer"."""  # noqa: RUF002
    parts = []
    if has_same_bytes:
        parts.append(_tr("same bytes"))
    else:
        if (facts.width, facts.height) != (other.width, other.height):
            parts.append(_pixels(facts))
        if facts.format != other.format:
            parts.append(facts.format)
        if facts.orientation != other.orientation:
            parts.append(_tr("turned otherwise"))
        if facts.bytes != other.bytes:
            parts.append(_size(facts))
    if facts.mtime_ns is not None and other.mtime_ns is not None:
        parts.append(_age((facts.mtime_ns - other.mtime_ns) / 10**9))
    return ", ".join(part for part in parts if part)


def _pixels(facts: Facts) -> str:
    return f"{facts.width} × {facts.height}"  # noqa: RUF001


def _size(facts: Facts) -> str:
    return QLocale().formattedDataSize(facts.bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def _age(seconds: float) -> str:
    """How much newer a file is, by its greatest unit; "" where that is next to nothing."""
    for length, unit in _UNITS:
        count = int(abs(seconds) / length)
        if count:
            words = _newer(unit, count) if seconds > 0 else _older(unit, count)
            return words.format(QLocale().toString(count))
    return ""


def _newer(unit: str, count: int) -> str:
    one = {
        "year": _tr("1 year newer"),
        "month": _tr("1 month newer"),
        "day": _tr("1 day newer"),
        "hour": _tr("1 hour newer"),
        "minute": _tr("1 minute newer"),
    }
    several = {
        "year": _tr("{0} years newer"),
        "month": _tr("{0} months newer"),
        "day": _tr("{0} days newer"),
        "hour": _tr("{0} hours newer"),
        "minute": _tr("{0} minutes newer"),
    }
    return (one if count == 1 else several)[unit]


def _older(unit: str, count: int) -> str:
    one = {
        "year": _tr("1 year older"),
        "month": _tr("1 month older"),
        "day": _tr("1 day older"),
        "hour": _tr("1 hour older"),
        "minute": _tr("1 minute older"),
    }
    several = {
        "year": _tr("{0} years older"),
        "month": _tr("{0} months older"),
        "day": _tr("{0} days older"),
        "hour": _tr("{0} hours older"),
        "minute": _tr("{0} minutes older"),
    }
    return (one if count == 1 else several)[unit]


def _tr(text: str) -> str:
    return QCoreApplication.translate("differences", text)
