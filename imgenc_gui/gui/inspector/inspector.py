"""The inspector: everything about one picture, beside the table.

It reads no files: ``preview_wanted`` and ``full_size_wanted`` ask for the picture, upright; ``set_preview`` and
``set_full_size`` answer. An answer that comes late, for another picture, is ignored.
"""

from __future__ import annotations

import os
import string

import numpy as np
from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.inspector.advice import changed_advice, failure_advice, gone_advice, warning_advice
from imgenc_gui.gui.inspector.copy_button import CopyButton
from imgenc_gui.gui.inspector.encoding_views import HashPattern, HeatMap
from imgenc_gui.gui.inspector.preview import PreviewView
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.field import Field
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import BROAD, HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon
from imgenc_gui.gui.look.letters import fit_width, heading, set_fixed_font
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import changed_words, words
from imgenc_gui.gui.look.theme import Tone, muted

_FIRST_SIDEWAYS = 5  # EXIF orientations from here on exchange width and height
_FIRST_VALUES = 2  # as long as a hash
_MEGA = 1_000_000


class _Remark(QFrame):
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


def _width(field: Field, characters: int) -> int:
    """The room for hexadecimal characters, also where the system has no fixed-width font."""
    return characters * max(map(field.fontMetrics().horizontalAdvance, string.hexdigits))


class _EncodingBlock(QWidget):
    """One method's encoding: its name, Copy, the characters or numbers, and how they look."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method
        self.value = Field()
        self.value.setReadOnly(True)
        self.value.setAccessibleName(self.tr("{method} encoding").format(method=method.label))
        set_fixed_font(self.value)
        follow(self.value, "width", lambda value: value.setMinimumWidth(_width(value, HASH_CHARACTERS) + 3 * SPACE))
        self.name = Label(method.label)
        self.name.setBuddy(self.value)
        self.copy = CopyButton(self.tr("Copy {method}").format(method=method.label))
        self.note = muted(Label())
        self.note.setWordWrap(True)
        self.picture: HashPattern | HeatMap = HashPattern() if method.is_hash else HeatMap()

        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.name)
        top.addStretch(1)
        top.addWidget(self.copy)
        lines = QVBoxLayout()
        lines.setSpacing(HALF)
        lines.addLayout(top)
        lines.addWidget(self.value)
        lines.addWidget(self.note)
        lines.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(WIDE)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(lines, 1)
        self.note.setVisible(not method.is_hash)

    def show_encoding(self, encoding: Encoding) -> None:
        if isinstance(encoding, str):
            assert isinstance(self.picture, HashPattern)  # noqa: S101 - a hash method's block
            self.picture.set_hash(encoding)
            self.value.setText(encoding)
            self.copy.set_text_to_copy(encoding)
        else:
            assert isinstance(self.picture, HeatMap)  # noqa: S101 - an embedding's block
            self.picture.set_vector(encoding)
            self.value.setText(", ".join(f"{value:.3g}" for value in encoding[:_FIRST_VALUES]) + " …")
            self.copy.set_text_to_copy(vector_text(encoding))
            norm = float(np.linalg.norm(encoding.astype(np.float64)))
            self.note.setText(
                self.tr("The first of {count} numbers. Length (L2 norm): {norm:.4g}").format(
                    count=encoding.size, norm=norm
                )
            )
        self.value.setCursorPosition(0)


class Inspector(QWidget):
    """Preview, warnings, facts and encodings of one picture."""

    preview_wanted = Signal(object)  # path
    full_size_wanted = Signal(object)
    close_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Inspector"))
        self._path: str | None = None
        self._facts: Facts | None = None
        self._waiting = False  # for the answer to preview_wanted

        self._message = muted(Label())
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setMargin(BROAD)

        self._title = ElidedLabel()
        heading(self._title)
        self._zoom = QToolButton()
        self._zoom.setCheckable(True)
        self._zoom.clicked.connect(self.toggle_zoom)
        self._close = QToolButton()
        self._close.setToolTip(self.tr("Close the inspector (Esc)"))
        self._close.setAccessibleName(self.tr("Close the inspector"))
        set_icon(self._close, "close")
        self._close.clicked.connect(self.close_wanted)
        for button in (self._zoom, self._close):
            button.setAutoRaise(True)
            button.setIconSize(QSize(ICON, ICON))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._header = QWidget()
        header = QHBoxLayout(self._header)
        header.setContentsMargins(WIDE, SPACE, SPACE, SPACE)
        header.setSpacing(SPACE)
        header.addWidget(self._title, 1)
        header.addWidget(self._zoom)
        header.addWidget(self._close)

        self._preview = PreviewView()
        self._preview.full_size_wanted.connect(self._ask_full_size)
        self._preview.zoom_changed.connect(self._say_zoom)

        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._preview)
        splitter.addWidget(self._make_details())
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        splitter.setSizes([32 * SPACE, 64 * SPACE])

        self._stack = QStackedLayout()
        self._stack.addWidget(self._message)
        self._stack.addWidget(splitter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addLayout(self._stack, 1)
        self.set_closable(closable=False)
        self.set_message(self.tr("Choose a picture to see its encodings."))
        self._say_zoom(zoomed=False)

    def _make_details(self) -> QScrollArea:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        self._remarks = QVBoxLayout()
        self._remarks.setSpacing(WIDE)
        layout.addLayout(self._remarks)
        self._facts_grid = QGridLayout()
        self._facts_grid.setHorizontalSpacing(WIDE)
        self._facts_grid.setVerticalSpacing(HALF)
        self._facts_grid.setColumnStretch(1, 1)
        layout.addLayout(self._facts_grid)
        self._fact_rows: list[tuple[Label, Label]] = []
        self._blocks = {method: _EncodingBlock(method) for method in METHODS}
        for block in self._blocks.values():
            block.hide()
            layout.addWidget(block)
        layout.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setAccessibleName(self.tr("Details"))
        area.setMinimumHeight(6 * SPACE)
        area.setWidget(body)
        fit_width(area, self._blocks.values())
        return area

    # -- what the window calls -----------------------------------------------------------------------------------

    def show_result(
        self,
        name: str,
        result: ImageResult | None,
        path: str | None = None,
        folder: str = "",
        *,
        is_changed: bool = False,
        gone: str = "",
    ) -> None:
        """Show one picture. ``path`` is needed only while there is no result, to have a preview already.

        ``folder`` says where the picture is from when its path wouldn't tell. ``is_changed``: the file isn't the one
        any more that the result is of. ``gone``: a sentence, where there is
        no file.
        """
        shown_path = result.path if result is not None else path
        self._stack.setCurrentIndex(1)
        self._show_header()
        self._title.set_whole_text(shown(name))
        self._show_remarks(result, is_changed=is_changed, gone=gone)
        self._facts = result.facts if result is not None else None
        self._show_facts(shown_path, result, folder)
        for method, block in self._blocks.items():
            encoding = result.encodings.get(method) if result is not None else None
            if encoding is not None:
                block.show_encoding(encoding)
            block.setVisible(encoding is not None)
        if shown_path == self._path and (self._waiting or self._preview.has_image()):
            return
        self._path = shown_path
        self._waiting = False
        self._zoom.setEnabled(False)
        if gone:
            self._preview.set_message(self.tr("There is no file."))
        elif result is not None and result.facts is None and result.failure is not None:
            self._preview.set_message(self.tr("There is no preview."))
        elif shown_path:
            self._preview.set_message(self.tr("Loading the preview…"))
            self._waiting = True
            self.preview_wanted.emit(shown_path)
        else:
            self._preview.set_message("")

    def set_preview(self, image: QImage | None, path: str | None = None) -> None:
        """Answer ``preview_wanted``; an answer for another picture than the one shown is ignored."""
        if self._is_late(path):
            return
        self._waiting = False
        if image is None or image.isNull():
            self._preview.set_message(self.tr("There is no preview."))
            self._zoom.setEnabled(False)
            return
        facts = self._facts
        whole = facts is not None and {image.width(), image.height()} == {facts.width, facts.height}
        self._preview.set_image(image, is_full_size=whole)
        self._zoom.setEnabled(True)

    def set_full_size(self, image: QImage | None, path: str | None = None) -> None:
        """Answer ``full_size_wanted``; None: all the pixels can't be had, the picture stays fitted in."""
        if self._is_late(path):
            return
        self._preview.set_full_size(image)
        self._say_zoom(zoomed=self._preview.is_full_size())

    def set_message(self, text: str) -> None:
        """Show a sentence instead of a picture (nothing, or several rows, are selected)."""
        self._path = None
        self._facts = None
        self._waiting = False
        self._preview.set_image(None)
        self._message.setText(text)
        self._title.set_whole_text("")
        self._stack.setCurrentIndex(0)
        self._show_header()

    def forget_preview(self) -> None:
        """Ask for the preview anew when the picture is shown the next time: the file has changed."""
        self._path = None

    def toggle_zoom(self) -> None:
        """Switch the preview between fitted in and 100 %."""
        self._preview.toggle_zoom()
        self._say_zoom(zoomed=self._preview.is_full_size())

    def set_closable(self, *, closable: bool) -> None:
        """Have a button that closes it, or none."""
        self._close.setVisible(closable)
        self._show_header()

    def current_path(self) -> str | None:
        """Return the path of the picture shown, None when there is none."""
        return self._path

    # -- parts ---------------------------------------------------------------------------------------------------

    def _show_header(self) -> None:
        picture = self._stack.currentIndex() == 1
        self._zoom.setVisible(picture)
        self._header.setVisible(picture or not self._close.isHidden())

    def _is_late(self, path: str | None) -> bool:
        return self._path is None or (path is not None and path != self._path)

    def _ask_full_size(self) -> None:
        if self._path is not None:
            self.full_size_wanted.emit(self._path)

    def _say_zoom(self, zoomed: bool) -> None:  # noqa: FBT001 - a slot for zoom_changed
        set_icon(self._zoom, "zoom-fit" if zoomed else "zoom-full")
        self._zoom.setChecked(zoomed or self._preview.is_waiting())
        tip = self.tr("Show the whole picture (Z)") if zoomed else self.tr("Show at 100 % (Z)")
        self._zoom.setToolTip(tip)
        self._zoom.setAccessibleName(tip)

    def _show_remarks(self, result: ImageResult | None, *, is_changed: bool, gone: str) -> None:
        while (item := self._remarks.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if result is None:
            remarks = [
                _Remark("info", "muted", self.tr("Not encoded yet."), self.tr("Its encodings appear here once made."))
            ]
        else:
            remarks = [
                _Remark("warning", "warning", words(told), warning_advice(told.code)) for told in result.warnings
            ]
        if gone:
            remarks.insert(0, _Remark("info", "muted", gone, gone_advice()))
        elif is_changed:
            remarks.insert(0, _Remark("warning", "warning", changed_words(), changed_advice()))
        if result is not None and result.failure is not None:
            failure = result.failure
            remarks.insert(0, _Remark("failure", "failure", words(failure), failure_advice(failure.code)))
        for remark in remarks:
            self._remarks.addWidget(remark)
            remark.show()

    def _show_facts(self, path: str | None, result: ImageResult | None, folder: str) -> None:
        rows = self._fact_texts(path, result, folder)
        while len(self._fact_rows) < len(rows):
            caption, value = Label(), Label()
            muted(caption)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            caption.setBuddy(value)
            place = len(self._fact_rows)
            self._facts_grid.addWidget(caption, place, 0, Qt.AlignmentFlag.AlignTop)
            self._facts_grid.addWidget(value, place, 1)
            self._fact_rows.append((caption, value))
        for number, (caption, value) in enumerate(self._fact_rows):
            used = number < len(rows)
            caption.setVisible(used)
            value.setVisible(used)
            if used:
                caption.setText(rows[number][0])
                value.setText(rows[number][1])
                value.setAccessibleName(": ".join(rows[number]))

    def _fact_texts(self, path: str | None, result: ImageResult | None, folder: str) -> list[tuple[str, str]]:
        rows: list[tuple[str, str]] = []
        if path:
            folder = folder or os.path.dirname(path)  # noqa: PTH120 - keeps text as is
            rows.append((self.tr("Folder"), shown(folder)))
        facts = result.facts if result is not None else None
        if facts is None:
            return rows
        locale = QLocale()
        width, height = facts.width, facts.height
        if facts.orientation >= _FIRST_SIDEWAYS:
            width, height = height, width
        size = self.tr("{width} \N{MULTIPLICATION SIGN} {height} pixels").format(width=width, height=height)
        mega = width * height / _MEGA
        if mega >= 0.1:  # noqa: PLR2004 - below, megapixels say nothing
            size = self.tr("{size}, {mega} megapixels").format(size=size, mega=locale.toString(mega, "f", 1))
        if facts.format:  # some exports tell no more than which file it was
            rows.append((self.tr("Format"), facts.format))
            rows.append((self.tr("Size"), size))
        if facts.frames > 1:
            rows.append((self.tr("Frames"), self.tr("{count}; the first is encoded").format(count=facts.frames)))
        if facts.orientation != 1:
            rows.append((self.tr("Rotation"), self._turned(facts.orientation)))
        rows.append(
            (self.tr("File"), locale.formattedDataSize(facts.bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat))
        )
        if facts.mtime_ns is not None:
            when = QDateTime.fromSecsSinceEpoch(facts.mtime_ns // 10**9)
            rows.append((self.tr("Changed"), locale.toString(when, QLocale.FormatType.ShortFormat)))
        return rows

    def _turned(self, orientation: int) -> str:
        words = {
            2: self.tr("Stored mirrored"),
            3: self.tr("Stored upside down"),
            4: self.tr("Stored upside down and mirrored"),
            5: self.tr("Stored on its side and mirrored"),
            6: self.tr("Stored on its side"),
            7: self.tr("Stored on its side and mirrored"),
            8: self.tr("Stored on its side"),
        }
        return self.tr("{how}; shown upright").format(how=words.get(orientation, self.tr("Stored turned")))
