"""What an export wrote, in numbers that add up: each row that was chosen is told of once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QLocale

from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import FailureCode, ImageResult


@dataclass(slots=True)
class Tally:
    """What went by on its way to the writer. ``of_methods``: how many have an encoding by each of them."""

    methods: Sequence[Method]
    rows: int = 0
    encoded: int = 0
    not_pictures: int = 0
    unreadable: int = 0
    of_methods: Counter[Method] = field(default_factory=Counter)

    def count(self, result: ImageResult) -> None:
        """Count one more."""
        self.rows += 1
        if result.failure is not None:
            if result.failure.code is FailureCode.NOT_AN_IMAGE:
                self.not_pictures += 1
            else:
                self.unreadable += 1
            return
        there = [method for method in self.methods if method in result.encodings]
        self.encoded += bool(there)
        self.of_methods.update(there)

    @property
    def without(self) -> int:
        """How many were read, but have no encoding by these methods."""
        return self.rows - self.encoded - self.not_pictures - self.unreadable


def summary(tally: Tally, *, listed: bool, apart: bool, replaced: int, waiting: int) -> str:
    """Sentences, a line each.

    ``listed``: what has no encodings stands in the file, too. ``apart``: each method has a file of its own.
    ``replaced``, ``waiting``: what was chosen, too, but did not go by: it was encoded anew meanwhile, or not yet.
    """

    def tr(text: str) -> str:
        return QCoreApplication.translate("export", text)

    number = QLocale().toString
    written, chosen = tally.encoded, tally.rows + replaced + waiting
    lines = []
    if written < chosen:
        lines.append(tr("{0} of {1} were written with their encodings.").format(number(written), number(chosen)))
    elif written == 1:
        lines.append(tr("1 picture was written with its encodings."))
    else:
        lines.append(tr("{0} pictures were written with their encodings.").format(number(written)))

    def add(count: int, one: str, many: str) -> None:
        if count:
            lines.append((one if count == 1 else many).format(number(count)))

    if listed:
        add(
            tally.unreadable,
            tr("1 could not be read: it is listed with the reason."),
            tr("{0} could not be read: they are listed with the reason."),
        )
        add(
            tally.not_pictures,
            tr("1 is not a picture: it is listed as such."),
            tr("{0} are not pictures: they are listed as such."),
        )
        add(
            tally.without,
            tr("1 has no encodings by these methods: it is listed without."),
            tr("{0} have no encodings by these methods: they are listed without."),
        )
    else:
        add(
            tally.unreadable,
            tr("1 could not be read, and was left out."),
            tr("{0} could not be read, and were left out."),
        )
        add(
            tally.not_pictures,
            tr("1 is not a picture, and was left out."),
            tr("{0} are not pictures, and were left out."),
        )
        add(
            tally.without,
            tr("1 has no encodings by these methods, and was left out."),
            tr("{0} have no encodings by these methods, and were left out."),
        )
    add(
        replaced,
        tr("1 was encoded anew meanwhile, and was left out."),
        tr("{0} were encoded anew meanwhile, and were left out."),
    )
    add(waiting, tr("1 waits to be encoded, and was left out."), tr("{0} wait to be encoded, and were left out."))
    if any(tally.of_methods[method] != written for method in tally.methods):
        each = ", ".join(f"{method.label} {number(tally.of_methods[method])}" for method in tally.methods)
        lines.append((tr("In the files: {0}.") if apart else tr("In the file: {0}.")).format(each))
    return "\n".join(lines)
