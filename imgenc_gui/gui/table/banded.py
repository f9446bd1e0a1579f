"""Rows in bands, as the table shows them: which, in which order, and the words on how alike they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QLocale

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.comparing.differences import between
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.alike import QUERY, ROLES, Bands, Role
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import Facts
from imgenc_gui.core.states import States
from imgenc_gui.gui.look.sentences import (
    differing_words,
    likeness_sentence,
    likeness_word,
    sides_words,
    size_words,
    unmeasured_words,
)

_NOWHERE = -1
_MEMBER = ROLES.index(Role.MEMBER)
_REFERENCE = ROLES.index(Role.REFERENCE)


class Banded:
    """Bands and where each row stands in them. Only ``arrange`` changes anything; words may be asked on any thread."""

    def __init__(
        self,
        bands: Bands,
        rows: States,
        companions: Mapping[int, Sequence[int]] = MappingProxyType({}),
        files: NDArray[np.int32] | None = None,
        query: Facts | None = None,
    ) -> None:
        """``companions``: other files of a row's picture. ``query``: what is known of what the rows are like.

        ``files``: by row, the same number for names of one file, and 0 where that isn't known.
        """
        self.bands = bands
        self._query = query
        self._rows = rows
        self._companions = companions
        self._places = np.full(int(bands.rows.max(initial=_NOWHERE)) + 1, _NOWHERE, np.int32)  # rows may be cleared
        self._places[bands.rows] = np.arange(bands.rows.size)
        self._sizes = np.bincount(bands.bands, minlength=len(bands))
        self._turns = np.arange(len(bands))  # each band's place among those shown, NOWHERE: isn't
        own = np.zeros(bands.rows.size, np.int64) if files is None else files[bands.rows]
        self._is_same_file = (own > 0) & (bands.via != bands.rows)
        if files is not None:
            self._is_same_file &= own == files[bands.via]
        # False where the rows are what is like one picture, which need not be a row.
        self.has_references = not np.any(bands.via[:1] == QUERY)

    # Which rows

    def arrange(self, matches: Mask | None, sort: Callable[[Numbers], Numbers] | None) -> tuple[Numbers, Numbers]:
        """The rows to show, and what to ``take`` once they are shown. Callable from any thread.

        Shown are bands with a row that matches, whole, in the order that ``sort`` gives their references.

        What is like one picture has no reference; there each row matches for itself, and is sorted, nearest first.
        None: all match; the order is the bands' own.
        """
        bands = self.bands
        if not self.has_references:
            chosen = bands.rows if matches is None else bands.rows[matches[bands.rows]]
            return (chosen if sort is None else sort(chosen)), self._turns
        if matches is None and sort is None:
            return bands.rows, np.arange(len(bands))
        is_shown = np.zeros(len(bands), np.bool_)
        is_shown[bands.bands if matches is None else bands.bands[matches[bands.rows]]] = True
        firsts = np.flatnonzero(bands.roles == _REFERENCE)[is_shown]
        references = bands.rows[firsts]
        order = self._places[references if sort is None else sort(references)]
        own = np.full(len(bands), _NOWHERE, np.int64)
        own[bands.bands[order]] = np.arange(order.size)
        turns = own[bands.bands]
        places = np.argsort(turns, kind="stable")
        return bands.rows[places[turns[places] >= 0]], own

    def count(self, matches: Mask) -> int:
        """How many rows are in bands with a row that matches."""
        is_shown = np.zeros(len(self.bands), np.bool_)
        is_shown[self.bands.bands[matches[self.bands.rows]]] = True
        return int(self._sizes[is_shown].sum())

    def take(self, turns: Numbers) -> None:
        """Bands are shown in this order now: each one's place among them, NOWHERE for those that aren't."""
        self._turns = turns

    def _place(self, row: int) -> int:
        return int(self._places[row]) if row < len(self._places) else _NOWHERE

    def has(self, row: int) -> bool:
        """Whether the row is in a band."""
        return self._place(row) != _NOWHERE

    def is_reference(self, row: int) -> bool:
        """Whether the row is its band's reference."""
        return self.has(row) and bool(self.bands.roles[self._place(row)] == _REFERENCE)

    def is_odd(self, row: int) -> bool:
        """Whether the row's band is every second one of those shown."""
        return self.has_references and self.has(row) and bool(self._turns[self.bands.bands[self._place(row)]] % 2)

    def files_of(self, rows: Sequence[int] | Numbers) -> Sequence[int] | Numbers:
        """The rows, each followed by those of the other files of its picture."""
        companions = self._companions
        return [file for row in rows for file in (row, *companions.get(row, ()))] if companions else rows

    def members(self) -> Numbers:
        """The rows that are like their references, in other files that are there, and both as they were compared.

        Nothing is lost without them while the references stay.
        """
        bands = self.bands
        stale = self._rows.gone | self._rows.changed | ~self._rows.encoded
        stale |= self._rows.pending  # these are being encoded anew
        is_member = (bands.roles == _MEMBER) & ~self._is_same_file & ~stale[bands.rows] & ~stale[bands.via]
        return np.asarray(bands.rows[is_member])

    def band_of(self, row: int) -> list[int]:
        """The rows of a row's band, the reference first."""
        if not self.has(row):
            return []
        rows: list[int] = self.bands.rows[self.bands.bands == self.bands.bands[self._place(row)]].tolist()
        return rows

    def firsts(self, rows: Numbers | NDArray[np.int32]) -> Numbers:
        """Of rows in the order shown, all of them in bands, the places where another band begins."""
        own = self.bands.bands[self._places[rows]]
        return np.flatnonzero(np.diff(own, prepend=_NOWHERE))

    # Words

    def heading(self, row: int) -> str:
        """Which band a row is in, and how many pictures that has."""
        band = int(self.bands.bands[self._place(row)])
        text = QCoreApplication.translate("likeness", "Group {0} of {1} · {2} pictures")
        return text.format(*map(QLocale().toString, (band + 1, len(self.bands), int(self._sizes[band]))))

    def likeness(self, row: int) -> str:
        """How alike the row is to its reference, in a word and numbers."""
        place = self._place(row)
        if place == _NOWHERE:
            return ""
        role = ROLES[self.bands.roles[place]]
        if role is Role.REFERENCE:
            return QCoreApplication.translate("likeness", "Reference")
        values = self._values(place)
        if not values:  # their hashes say nothing: they are here as their files hold the same bytes
            return likeness_word(Likeness.IDENTICAL)
        said = _amounts(values)
        if role is Role.NEAR:
            name = self._name(int(self.bands.via[place]))
            said = QCoreApplication.translate("likeness", "Near {0} · {1}").format(name, said)
        elif len(self.bands.criteria) == 1 and values[0][0].thresholds:  # else nobody knows a word for it
            said = f"{likeness_word(self._word(place))} · {said}"
        moved = self._moved(place)
        return f"{said} · {moved}" if moved else said

    def _moved(self, place: int) -> str:
        """How a picture is mirrored and turned against the one that was asked about; "" where it isn't."""
        orientations = self.bands.orientations
        orientation = 1 if orientations is None else int(orientations[place])
        if orientation == 1:
            return ""
        translate = QCoreApplication.translate
        turned, both = translate("likeness", "turned"), translate("likeness", "mirrored and turned")
        upside_down = translate("likeness", "upside down")
        return {2: translate("likeness", "mirrored"), 3: upside_down, 6: turned, 8: turned}.get(orientation, both)

    def differences(self, row: int) -> str:
        """How the row's file differs from that of the picture that it is like; a reference's own facts."""
        place = self._place(row)
        facts = self._rows.facts(row)
        if place == _NOWHERE or facts is None:
            return ""
        via = int(self.bands.via[place])
        if via == row:
            return f"{sides_words(facts.width, facts.height)}, {facts.format}, {size_words(facts.bytes)}"
        if self._is_same_file[place]:
            return QCoreApplication.translate("likeness", "the same file under another name")
        other = self._query if via == QUERY else self._rows.facts(via)
        return "" if other is None else differing_words(between(facts, other))

    def likeness_tip(self, row: int) -> str:
        """What the word means; "" where there is none."""
        place = self._place(row)
        if place == _NOWHERE or ROLES[self.bands.roles[place]] is Role.REFERENCE:
            return ""
        methods = [method for method, _ in self._values(place)]
        if methods and not any(method.thresholds for method in methods):
            return unmeasured_words(methods)
        return likeness_sentence(self._word(place)) if methods else ""

    def beside(self, row: int) -> str:
        """Which other files belong to the picture: "+ CR3"."""
        endings = [Path(self._rows.paths[other]).suffix.lstrip(".").upper() for other in self._companions.get(row, ())]
        return shown(f"+ {', '.join(endings)}") if endings else ""

    def spoken(self, row: int) -> str:
        """Name, group, what it is there, and how alike, for those who can't see bands."""
        place = self._place(row)
        parts = [self._name(row), self.beside(row)]
        if place != _NOWHERE and self.has_references:
            band = int(self.bands.bands[place])
            group = QCoreApplication.translate("likeness", "group {0} of {1}")
            parts.append(group.format(QLocale().toString(band + 1), QLocale().toString(len(self.bands))))
            if self.is_reference(row):
                size = QCoreApplication.translate("likeness", "reference of {0} pictures")
                parts.append(size.format(QLocale().toString(int(self._sizes[band]))))
        if not self.is_reference(row):
            parts.append(self.likeness(row))
        return ", ".join(part for part in parts if part)

    def _values(self, place: int) -> list[tuple[Method, float]]:
        columns = zip(self.bands.criteria, self.bands.values, strict=True)
        values = [(criterion.method, float(column[place])) for criterion, column in columns]
        return [(method, value) for method, value in values if not np.isnan(value)]

    def _word(self, place: int) -> Likeness | None:
        """The strongest word that one of the methods has for it."""
        words = [method.likeness(value) for method, value in self._values(place)]
        order = list(Likeness)
        return min((word for word in words if word is not None), key=order.index, default=None)

    def _name(self, row: int) -> str:
        return shown(os.path.basename(self._rows.paths[row]))  # noqa: PTH119


def _amounts(values: Sequence[tuple[Method, float]]) -> str:
    """Bits that differ and similarities, each with its method's name where there are several."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("likeness", text)

    named = len(values) > 1
    bits = [(method.label, round(value)) for method, value in values if method.is_hash]
    parts = [f"{label} {count}" if named else str(count) for label, count in bits]
    if parts:
        template = tr("{0} bit") if [count for _, count in bits] == [1] else tr("{0} bits")
        parts = [template.format(", ".join(parts))]
    for method, value in values:
        if not method.is_hash:
            similarity = QLocale().toString(value, "f", 3)
            parts.append(f"{method.label} {similarity}" if named else tr("similarity {0}").format(similarity))
    return ", ".join(parts)
