"""The status bar: progress, pictures per second, time left, and how many could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QProgressBar, QStatusBar, QWidget

from imgenc_gui.gui.look.grid import SPACE, WIDE
from imgenc_gui.gui.look.letters import at_least
from imgenc_gui.gui.look.plain import Label

_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Counts:
    """What the status bar tells."""

    rows: int
    encoded: int
    failed: int
    not_pictures: int
    done: int = 0
    total: int = 0
    rate: float | None = None
    left: float | None = None


def time_text(seconds: float) -> str:
    """Say a time that is left in words that don't pretend to be exact."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("status", text)

    if seconds < 10:  # noqa: PLR2004
        return tr("a few seconds left")
    if seconds < _MINUTE:
        return tr("about {0} s left").format(5 * round(seconds / 5))
    if seconds < _HOUR:
        return tr("about {0} min left").format(round(seconds / _MINUTE))
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return tr("about {0} h {1} min left").format(hours, minutes)


def rate_text(rate: float) -> str:
    """Say a rate with two useful digits."""
    number = QLocale().toString(rate, "f", 1 if rate < 10 else 0)  # noqa: PLR2004
    return QCoreApplication.translate("status", "{0} per second").format(number)


class StatusBar(QStatusBar):
    """Sentences on the left, the progress bar on the right. Tips of actions appear over the sentence for a while.

    Qt 6 has no taskbar or dock progress of its own on Linux, Windows and macOS; the window's title carries it instead.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(WIDE - SPACE, 0, WIDE, 0)
        self._label = Label()
        self._failed = Label()
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self._bar.setFixedWidth(25 * SPACE)
        self._bar.setMaximumHeight(2 * SPACE)
        self._bar.setTextVisible(False)
        self.addWidget(self._label, 1)
        self.addPermanentWidget(self._failed)
        self.addPermanentWidget(self._bar)
        self._bar.hide()
        at_least(self, 4 * SPACE)

    @property
    def text(self) -> str:
        """The sentence on progress."""
        return self._label.text()

    @property
    def failures_text(self) -> str:
        """The words on pictures that could not be read."""
        return self._failed.text()

    def show_idle(self, counts: Counts) -> None:
        """Say what is in the table."""
        self._bar.hide()
        self._show_failures(counts)
        if not counts.rows:
            self._label.setText(self.tr("Ready"))
            return
        number = QLocale().toString
        if counts.encoded + counts.failed + counts.not_pictures < counts.rows:
            waiting = counts.rows - counts.encoded - counts.failed - counts.not_pictures
            text = self.tr("{0} of {1} encoded, {2} waiting")
            self._label.setText(text.format(number(counts.encoded), number(counts.rows), number(waiting)))
        else:
            text = self.tr("{0} encoded") if counts.encoded != 1 else self.tr("1 picture encoded")
            self._label.setText(text.format(number(counts.encoded)))

    def show_listing(self) -> None:
        """Say that folders are being read."""
        self._label.setText(self.tr("Looking for pictures…"))
        self._bar.setRange(0, 0)
        self._bar.show()

    def show_progress(self, counts: Counts, *, stopping: bool) -> None:
        """Say n of N, rate, time left."""
        number = QLocale().toString
        parts = [self.tr("{0} of {1}").format(number(counts.done), number(counts.total))]
        if stopping:
            parts.append(self.tr("stopping…"))
        elif not counts.done:
            parts.append(self.tr("getting ready…"))
        else:
            if counts.rate is not None:
                parts.append(rate_text(counts.rate))
            if counts.left is not None:
                parts.append(time_text(counts.left))
        self._label.setText("  ·  ".join(parts))
        self._bar.setRange(0, max(1, counts.total))
        self._bar.setValue(counts.done)
        self._bar.show()
        self._show_failures(counts)

    def _show_failures(self, counts: Counts) -> None:
        number = QLocale().toString
        parts = []
        if counts.failed:
            parts.append(self.tr("{0} could not be read").format(number(counts.failed)))
        if counts.not_pictures:
            one = counts.not_pictures == 1
            text = self.tr("1 is not a picture") if one else self.tr("{0} are not pictures")
            parts.append(text.format(number(counts.not_pictures)))
        self._failed.setText("  ·  ".join(parts))
