"""Asks once what an export doesn't say: which method made it, where its pictures are; and what it is opened for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.collecting import Export, turned_unlike
from imgenc_gui.core.naming import shown
from imgenc_gui.core.placing import count_found
from imgenc_gui.gui.desktop.addresses import address_of, path_at
from imgenc_gui.gui.look.dialog_keys import settle
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.grid import BROAD, SPACE, WIDE
from imgenc_gui.gui.look.icons import set_primary, without_icons
from imgenc_gui.gui.look.letters import heading, scrolling, size_dialog
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.opening import Answer, Question, Use


def told_words(export: Export, *, turned: bool) -> list[str]:
    """What a person has to know of an export's encodings: where they are from, and whether ours are comparable.

    ``turned``: whether pictures are turned upright here before they are encoded.
    """
    return [*(one.sentence for one in export.read.left_out), *origin_words([export], turned=turned)]


def origin_words(exports: list[Export], *, turned: bool) -> list[str]:
    """The part of it that is about how pictures were encoded."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("opening", text)

    said = []
    if not all(export.is_origin_known for export in exports):
        said.append(
            tr(
                "It doesn't say by which imgenc its pictures were encoded, nor whether they were turned upright first: "
                "compare with care."
            )
        )
    if turned_unlike(exports, turned=turned):
        if turned:
            said.append(
                tr(
                    "Its photos were not turned upright before encoding, and yours are: photos taken upright can't be "
                    "compared. The settings have a switch for it (Apply the photo's rotation)."
                )
            )
        else:
            said.append(
                tr(
                    "Its photos were turned upright before encoding, and yours are not: photos taken upright can't be "
                    "compared. The settings have a switch for it (Apply the photo's rotation)."
                )
            )
    return said


class OpenDialog(QDialog):
    """Says what the export holds, and asks no more than what is open."""

    answered = Signal(object)  # Answer

    def __init__(self, question: Question, jobs: Jobs, *, turned: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Open an export"))
        self._question = question
        self._jobs = jobs
        self._folder = question.folder
        self._asked = ""  # the folder that is looked into

        title = ElidedLabel()
        heading(title)
        title.set_whole_text(shown(Path(question.export.file).name))
        body = QWidget()
        body.setAccessibleName(self.windowTitle())
        parts = QVBoxLayout(body)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(SPACE)
        parts.addWidget(title)
        parts.addWidget(self._sentence(self._contents()))
        for sentence in told_words(question.export, turned=turned):
            parts.addWidget(muted(self._sentence(sentence)))
        self._method = QComboBox()
        if question.candidates:
            parts.addSpacing(WIDE)
            parts.addWidget(self._heading(self.tr("Which method made its encodings?")))
            parts.addWidget(self._sentence(self.tr("The file doesn't say it.")))
            self._add_methods(parts)
        self._here = QRadioButton(self.tr("In this &folder"))
        self._nowhere = QRadioButton(self.tr("I don't &have the pictures"))
        self._place = ElidedLabel()
        self._found = muted(Label())
        self._choose = QPushButton(self.tr("&Choose…"))
        if not question.is_placed:
            parts.addSpacing(WIDE)
            parts.addWidget(self._heading(self.tr("Where are its pictures?")))
            self._add_places(parts)
        parts.addSpacing(WIDE)
        parts.addWidget(self._heading(self.tr("What is it for?")))
        self._table = QRadioButton(self.tr("&Add its pictures to the table"))
        self._reference = QRadioButton(self.tr("Find out which of &mine are already in there"))
        self._add_uses(parts)
        parts.addStretch(1)

        self._lay_out(body)
        size_dialog(self, 72)
        self._allow()

    @property
    def answer(self) -> Answer:
        """What is chosen."""
        use = Use.REFERENCE if self._reference.isChecked() else Use.TABLE
        folder = "" if self._nowhere.isChecked() else self._folder
        return Answer(use, folder, self._method.currentData() if self._question.candidates else None)

    def set_folder(self, folder: str) -> None:
        """Choose a folder, and see what is there."""
        self._folder = folder
        self._here.setChecked(True)
        self._place.set_whole_text(shown(folder))
        self._found.setText(self.tr("Looking for them there…"))
        names, jobs = self._question.names, self._jobs
        jobs.run(lambda: count_found(names, folder, jobs.is_closed), lambda found: self._say_found(folder, found))

    def accept(self) -> None:
        """Tell what is chosen."""
        super().accept()
        self.answered.emit(self.answer)

    # Parts

    def _lay_out(self, body: QWidget) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        without_icons(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        open_ = buttons.button(QDialogButtonBox.StandardButton.Open)
        set_primary(open_)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(BROAD)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(buttons)
        settle(buttons, open_)

    def _contents(self) -> str:
        question = self._question
        read = question.export.read
        number = QLocale().toString
        count = question.export.count
        when = QLocale().toString(
            QDateTime.fromSecsSinceEpoch(int(question.written)).date(), QLocale.FormatType.LongFormat
        )
        pictures = self.tr("1 picture") if count == 1 else self.tr("{0} pictures").format(number(count))
        if question.candidates:
            return self.tr("It holds encodings of {0}, and was written on {1}.").format(pictures, when)
        methods = ", ".join(method.label for method in read.methods)
        text = self.tr("It holds {0}, encoded with {1}, and was written on {2}.")
        return text.format(pictures, methods, when)

    def _add_methods(self, parts: QVBoxLayout) -> None:
        self._method.setAccessibleName(self.tr("Method"))
        for method in self._question.candidates:
            self._method.addItem(method.label, method)
        row = QHBoxLayout()
        row.addWidget(self._method)
        row.addStretch(1)
        parts.addLayout(row)

    def _add_places(self, parts: QVBoxLayout) -> None:
        question = self._question
        self._here.setAccessibleName(self.tr("In this folder"))
        self._nowhere.setAccessibleName(self.tr("I don't have the pictures"))
        self._choose.setAccessibleName(self.tr("Choose the folder"))
        self._choose.clicked.connect(self._choose_folder)
        self._group(self._here, self._nowhere)
        self._place.set_whole_text(shown(self._folder))
        row = QHBoxLayout()
        metric = self.style().pixelMetric
        dot, gap = QStyle.PixelMetric.PM_ExclusiveIndicatorWidth, QStyle.PixelMetric.PM_RadioButtonLabelSpacing
        row.setContentsMargins(metric(dot) + metric(gap), 0, 0, 0)  # below the words of the choice above
        row.setSpacing(SPACE)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self._place)
        lines.addWidget(self._found)
        row.addLayout(lines, 1)
        row.addWidget(self._choose)
        parts.addWidget(self._here)
        parts.addLayout(row)
        parts.addWidget(self._nowhere)
        (self._here if question.found else self._nowhere).setChecked(True)
        self._say_found(self._folder, question.found)

    def _add_uses(self, parts: QVBoxLayout) -> None:
        self._table.setAccessibleName(self.tr("Add its pictures to the table"))
        self._reference.setAccessibleName(self.tr("Find out which of mine are already in there"))
        self._table.setChecked(True)
        self._group(self._table, self._reference)
        parts.addWidget(self._table)
        parts.addWidget(self._reference)
        self._reference.toggled.connect(self._allow)

    def _group(self, *buttons: QRadioButton) -> None:
        group = QButtonGroup(self)
        for button in buttons:
            group.addButton(button)

    def _allow(self) -> None:
        """Who only compares needs no files."""
        for widget in (self._here, self._nowhere, self._place, self._found, self._choose):
            widget.setEnabled(not self._reference.isChecked())

    def _say_found(self, folder: str, found: int) -> None:
        if folder != self._folder:
            return  # another was chosen meanwhile
        count = len(self._question.names)
        if found == count:
            self._found.setText(self.tr("They are there."))
        elif found:
            self._found.setText(self.tr("Some are there: {0} of {1} looked for.").format(found, count))
        else:
            self._found.setText(self.tr("They are not there."))

    def _choose_folder(self) -> None:
        title, schemes = self.tr("Where are the pictures?"), ["file"]
        chosen = QFileDialog.getExistingDirectoryUrl(self, title, address_of(self._folder), supportedSchemes=schemes)
        if path := path_at(chosen):
            self.set_folder(path)

    @staticmethod
    def _heading(text: str) -> Label:
        label = Label(text)
        heading(label, 1.0)
        return label

    @staticmethod
    def _sentence(text: str) -> Label:
        label = Label(text)
        label.setWordWrap(True)
        return label
