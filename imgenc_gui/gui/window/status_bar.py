"""The status bar: progress, pictures per second, time left, and how many could not be read.

Where it is narrow, what is said elsewhere too goes first: failures (the categories over the table count them), then the
rate, then the time left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QStatusBar, QStyle, QStyleOption, QWidget

from imgenc_gui.gui.look.announcing import announce
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.folding import Folding, FoldingRow
from imgenc_gui.gui.look.grid import SPACE, WIDE
from imgenc_gui.gui.look.letters import at_least
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.work.outcome import Outcome

_BAR = 25 * SPACE, 10 * SPACE  # the progress bar's width, the second where it is narrow
_WORDINGS = 3  # of the sentence, at most
_SEPARATOR = "  ·  "
_MOMENT_MS = 4000
_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Counts:
    """What the status bar tells. ``rows``: pictures, also those that wait; ``not_pictures`` aren't among them."""

    rows: int
    encoded: int
    failed: int
    not_pictures: int
    done: int = 0
    total: int = 0
    rate: float | None = None
    left: float | None = None
    grows: bool = False  # pictures are looked for still, so that ``total`` isn't the last word


def time_text(seconds: float) -> str:
    """Say a time that is left in words that don't pretend to be exact."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("status", text)

    if seconds < 10:  # noqa: PLR2004
        return tr("a few seconds left")
    if seconds < _MINUTE:
        return tr("about {0} s left").format(5 * round(seconds / 5))
    if seconds < 5 * _MINUTE:  # in half minutes: from one to two would be a leap
        minutes, half = divmod(round(seconds / (_MINUTE / 2)), 2)
        return tr("about {0} min 30 s left").format(minutes) if half else tr("about {0} min left").format(minutes)
    if seconds < _HOUR:
        return tr("about {0} min left").format(round(seconds / _MINUTE))
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return tr("about {0} h {1} min left").format(hours, minutes)


def duration_text(seconds: float) -> str:
    """Say how long something took."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("status", text)

    if seconds < 9.95:  # noqa: PLR2004
        return tr("{0} s").format(QLocale().toString(max(seconds, 0.1), "f", 1))
    whole = round(seconds)
    if whole < _MINUTE:
        return tr("{0} s").format(whole)
    if whole < _HOUR:
        return tr("{0} min {1} s").format(*divmod(whole, _MINUTE))
    return tr("{0} h {1} min").format(*divmod(round(seconds / _MINUTE), 60))


def rate_text(rate: float) -> str:
    """Say a rate with two useful digits."""

    def number(rate: float) -> str:
        return QLocale().toString(rate, "f", 1 if rate < 10 else 0)  # noqa: PLR2004

    if rate < 1:
        return QCoreApplication.translate("status", "{0} per minute").format(number(_MINUTE * rate))
    return QCoreApplication.translate("status", "{0} per second").format(number(rate))


def outcome_words(outcome: Outcome, waiting: int) -> tuple[str, ...]:
    """What came of work that has ended, the longest wording first. ``waiting``: pictures that were left."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("status", text)

    def counted(count: int, one: str, many: str) -> str:
        return (one if count == 1 else many).format(QLocale().toString(count))

    took, made, recalled = duration_text(outcome.seconds), outcome.encoded, outcome.recalled
    is_stopped = outcome.is_stopped and (waiting > 0 or outcome.is_cut_off)
    from_library = [counted(recalled, tr("{0} from the library"), tr("{0} from the library"))] if recalled else []
    left = [counted(waiting, tr("{0} waiting"), tr("{0} waiting"))] if waiting else []
    if is_stopped:
        short = [counted(made, tr("{0} encoded"), tr("{0} encoded"))]
        more = [tr("more not looked for yet")] if outcome.is_cut_off else []
        full = [tr("Stopped after {0}: {1}").format(took, short[0])]
    elif not made and recalled:
        short = [counted(recalled, tr("1 picture from the library"), tr("{0} pictures from the library"))]
        full, from_library, more = [tr("{0} in {1}").format(short[0], took)], [], []
    else:
        nothing = tr("No picture encoded")
        short = [counted(made, tr("1 picture encoded"), tr("{0} pictures encoded")) if made else nothing]
        full, more = [tr("{0} in {1}").format(short[0], took)], []
    wordings = (full + from_library + left + more, short + from_library + left + more, short + left)
    return tuple(", ".join(parts) for parts in wordings)


class StatusBar(QStatusBar):
    """Sentences on the left, the progress bar on the right. Tips of actions take the sentence's place for a while.

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
        self._bar.setMaximumHeight(2 * SPACE)
        self._bar.setTextVisible(False)
        self._sentence: tuple[str, ...] = ("",)  # the longest wording first
        self._failures = ""
        self._tip = ElidedLabel()  # Qt would paint it itself, and cut it off at the edge
        self._tip.hide()
        self.messageChanged.connect(self._show_tip)
        body = QWidget()
        row = FoldingRow(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(WIDE)
        row.addWidget(self._tip, 1)
        row.addWidget(self._label, 1)
        row.addWidget(self._failed)
        row.addWidget(self._bar)
        wordings = [partial(self._show_wording, number) for number in range(_WORDINGS)]
        self._words = Folding(self._label, wordings, lambda: self._sentence)
        self._failures_words = Folding(
            self._failed,
            [lambda: self._failed.setText(self._failures), lambda: self._failed.setText("")],
            lambda: self._failures,
        )
        bar = Folding(self._bar, [partial(self._bar.setFixedWidth, width) for width in _BAR])
        row.fold_in_order([self._failures_words, bar, self._words, self._words])
        self.addPermanentWidget(body, 1)
        self._bar.hide()
        at_least(self, 4 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Leave tips to their label: Qt would paint them beneath it, as far as the first letter."""
        del event
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        painter.end()

    @property
    def text(self) -> str:
        """The sentence on progress."""
        return self._sentence[0]

    @property
    def failures_text(self) -> str:
        """The words on pictures that could not be read."""
        return self._failures

    def tell(self, text: str) -> None:
        """Say for a moment what has just been done."""
        self.showMessage(text, _MOMENT_MS)
        announce(self, text)

    def show_idle(self, counts: Counts) -> None:
        """Say what is in the table."""
        self._bar.hide()
        self._show_failures(counts)
        if not counts.rows and not counts.not_pictures:
            self._say(self.tr("Ready"))
            return
        number = QLocale().toString
        waiting = counts.rows - counts.encoded - counts.failed
        if waiting > 0:
            text = self.tr("{0} of {1} encoded, {2} waiting")
            self._say(text.format(number(counts.encoded), number(counts.rows), number(waiting)))
        else:
            text = self.tr("{0} encoded") if counts.encoded != 1 else self.tr("1 picture encoded")
            self._say(text.format(number(counts.encoded)))

    def show_outcome(self, counts: Counts, outcome: Outcome) -> None:
        """Say what came of work that has ended: how many, how long, and what could not be read."""
        self._bar.hide()
        self._say(*outcome_words(outcome, max(0, counts.rows - counts.encoded - counts.failed)))
        self._show_failures(replace(counts, failed=outcome.unread, not_pictures=outcome.others))

    def show_listing(self, found: int = 0) -> None:
        """Say that folders are being read, and how many files were found so far."""
        if found:
            self._show_busy(self.tr("Looking for pictures… {0} files so far").format(QLocale().toString(found)))
        else:
            self._show_busy(self.tr("Looking for pictures…"))

    def show_opening(self) -> None:
        """Say that an export is being read."""
        self._show_busy(self.tr("Opening an export…"))

    def _show_busy(self, words: str) -> None:
        self._say(words)
        self._bar.setRange(0, 0)
        self._bar.show()

    def show_progress(self, counts: Counts, *, stopping: bool) -> None:
        """Say n of N, rate, time left; while N grows, neither how much of it is done nor when all will be."""
        number = QLocale().toString
        done = self.tr("{0} done, {1} found so far") if counts.grows else self.tr("{0} of {1}")
        done = done.format(number(counts.done), number(counts.total))
        rate = left = ""
        if stopping:
            left = self.tr("stopping…")
        elif not counts.done:
            left = self.tr("getting ready…")
        else:
            rate = rate_text(counts.rate) if counts.rate is not None else ""
            left = time_text(counts.left) if counts.left is not None and not counts.grows else ""
        self._say(*(_SEPARATOR.join(filter(None, parts)) for parts in ((done, rate, left), (done, left), (done,))))
        self._bar.setRange(0, 0 if counts.grows else max(1, counts.total))
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
        self._failures = _SEPARATOR.join(parts)
        self._failures_words.show()

    def _show_wording(self, number: int) -> None:
        self._label.setText(self._sentence[min(number, len(self._sentence) - 1)])

    def _say(self, *wordings: str) -> None:
        self._sentence = wordings
        self._label.setToolTip(wordings[0] if len(wordings) > 1 else "")
        self._words.show()

    def _show_tip(self, text: str) -> None:
        self._tip.set_whole_text(text)
        self._tip.setVisible(bool(text))
        self._label.setVisible(not text)
