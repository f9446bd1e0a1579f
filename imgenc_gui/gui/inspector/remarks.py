"""What there is to know about a picture: why it has no encodings, or what its encodings are worth, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.gui.inspector.advice import changed_advice, failure_advice, gone_advice, warning_advice
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import changed_words, words
from imgenc_gui.gui.look.theme import Tone, muted


class Remark(QFrame):
    """A failure or a warning: what happened, and what to do."""

    def __init__(self, icon_name: str, colour: Tone, text: str, advice: str) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(IconLabel(icon_name, ICON, colour), 0, Qt.AlignmentFlag.AlignTop)
        lines = QVBoxLayout()
        lines.setSpacing(HALF)
        reason, help_text = Label(text), muted(Label(advice))
        for label in (reason, help_text):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lines.addWidget(label)
        layout.addLayout(lines, 1)
        self.setAccessibleName(f"{text} {advice}")


class Remarks(QWidget):
    """Remarks, one below the other; takes no room without any."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(WIDE)

    def show_remarks(self, remarks: list[Remark]) -> None:
        """Show these and no others."""
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for remark in remarks:
            self._lines.addWidget(remark)
            remark.show()
        self.setVisible(bool(remarks))


def remarks_on(result: ImageResult | None, *, is_changed: bool, gone: str = "") -> Iterator[Remark]:
    """Make the remarks on one picture, the gravest first. ``is_changed``: since its encodings were made.

    ``gone``: a sentence, where there is no file.
    """
    if result is None:
        yield Remark(
            "info",
            "muted",
            QCoreApplication.translate("remarks", "Not encoded yet."),
            QCoreApplication.translate("remarks", "Its encodings appear here once made."),
        )
        return
    if result.failure is not None:
        yield Remark("failure", "failure", words(result.failure), failure_advice(result.failure.code))
    if gone:
        yield Remark("info", "muted", gone, gone_advice())
    elif is_changed:
        yield Remark("warning", "warning", changed_words(), changed_advice())
    for warning in result.warnings:
        yield Remark("warning", "warning", words(warning), warning_advice(warning.code))
