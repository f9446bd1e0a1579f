"""What the table says of pictures that are already in the reference."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.alike import Match
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.look.sentences import likeness_sentence, likeness_word, unmeasured_words
from imgenc_gui.gui.work.reference import Reference

_ORDER = list(Likeness)


def known_words(reference: Reference, row: int) -> str:
    """The nearest picture in the reference and how near it is; "" where there is none."""
    match = reference.match(row)
    if match is None or match.other is None:
        return ""
    return f"{shown(match.other.name)} · {_word(reference, match)}"


def known_tip(reference: Reference, row: int) -> str:
    """The same in full."""
    match = reference.match(row)
    if match is None or match.other is None:
        return ""
    lines = [shown(match.other.path or match.other.name)]
    if match.has_same_bytes:
        lines.append(QCoreApplication.translate("known", "The files are equal, byte for byte."))
    else:
        lines += [_amount(method, value) for method, value in _values(reference, match)]
        unmeasured = _unmeasured(reference, match)
        lines.append(unmeasured_words(unmeasured) if unmeasured else likeness_sentence(_likeness(reference, match)))
    return "\n".join(lines)


def _word(reference: Reference, match: Match) -> str:
    if match.has_same_bytes:
        return QCoreApplication.translate("known", "Same file")
    if _unmeasured(reference, match):
        return ", ".join(_amount(method, value) for method, value in _values(reference, match))
    return likeness_word(_likeness(reference, match))


def _unmeasured(reference: Reference, match: Match) -> list[Method]:
    """The methods that say it, where nobody knows what any of their distances means."""
    methods = [method for method, _ in _values(reference, match)]
    return [] if any(method.thresholds for method in methods) else methods


def _likeness(reference: Reference, match: Match) -> Likeness | None:
    words = [method.likeness(value) for method, value in _values(reference, match)]
    return min((word for word in words if word is not None), key=_ORDER.index, default=None)


def _values(reference: Reference, match: Match) -> list[tuple[Method, float]]:
    pairs = zip(reference.criteria, match.values, strict=True)
    return [(criterion.method, value) for criterion, value in pairs if value is not None]


def _amount(method: Method, value: float) -> str:
    if not method.is_hash:
        text = QCoreApplication.translate("known", "{0}: similarity {1}")
        return text.format(method.label, QLocale().toString(value, "f", 3))
    if value == 1:
        return QCoreApplication.translate("known", "{0}: 1 bit differs").format(method.label)
    return QCoreApplication.translate("known", "{0}: {1} bits differ").format(method.label, int(value))
