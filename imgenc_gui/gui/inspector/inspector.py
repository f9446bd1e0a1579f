"""The inspector: everything about one picture, or about two compared, beside the table.

It reads no files: ``preview_wanted`` and ``full_size_wanted`` ask for the picture, upright; ``set_preview`` and
``set_full_size`` answer. An answer that comes late, for another picture, is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import Facts, ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.inspector.encoding_block import EncodingBlock
from imgenc_gui.gui.inspector.facts import caption, fact_texts
from imgenc_gui.gui.inspector.linked import LinkedPreviews
from imgenc_gui.gui.inspector.pair import PairPage
from imgenc_gui.gui.inspector.preview import PreviewView
from imgenc_gui.gui.inspector.remarks import Remarks, remarks_on
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.look.grid import BROAD, HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.look.letters import filling, heading
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted

_MESSAGE, _ONE, _PAIR = range(3)  # its pages


class Inspector(QWidget):
    """Preview, warnings, facts and encodings of one picture, or a page for two."""

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
        self._preview.zoom_changed.connect(self._show_zoom)

        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._preview)
        splitter.addWidget(self._make_details())
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        splitter.setSizes([32 * SPACE, 64 * SPACE])

        self.pair = PairPage()
        self.pair.previews.zoom_changed.connect(self._show_zoom)

        self._stack = QStackedLayout()
        for page in (self._message, splitter, self.pair):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addLayout(self._stack, 1)
        self.set_closable(closable=False)
        self.set_message(self.tr("Choose a picture to see its encodings."))

    def _make_details(self) -> QScrollArea:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        layout.setSpacing(WIDE)
        self._remarks = Remarks()
        layout.addWidget(self._remarks)
        self._facts_grid = QGridLayout()
        self._facts_grid.setHorizontalSpacing(WIDE)
        self._facts_grid.setVerticalSpacing(HALF)
        self._facts_grid.setColumnStretch(1, 1)
        layout.addLayout(self._facts_grid)
        self._fact_rows: list[tuple[Label, Label]] = []
        self._blocks: dict[Method, EncodingBlock] = {}
        self._encodings = QVBoxLayout()
        self._encodings.setSpacing(WIDE)
        layout.addLayout(self._encodings)
        layout.addStretch(1)
        self._add_blocks(METHODS)
        area = filling(body, self.tr("Details"), self._blocks.values())
        area.setMinimumHeight(6 * SPACE)
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
        any more that the result is of. ``gone``: a sentence, where there is no file.
        """
        shown_path = result.path if result is not None else path
        self._show_page(_ONE)
        self._title.set_whole_text(shown(name))
        self._remarks.show_remarks(list(remarks_on(result, is_changed=is_changed, gone=gone)))
        self._facts = result.facts if result is not None else None
        self._show_facts(shown_path or "", folder)
        for method, block in self._blocks.items():
            encoding = result.encodings.get(method) if result is not None else None
            if encoding is not None:
                block.show_encoding(encoding)
            block.setVisible(encoding is not None)
        if shown_path == self._path and (self._waiting or self._preview.has_image()):
            return
        self._path = shown_path
        self._waiting = False
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
        self._show_zoom()

    def show_pair(self, first: Shown, second: Shown) -> None:
        """Compare two pictures."""
        self._forget()
        self._show_page(_PAIR)
        self._title.set_whole_text(self.tr("Two pictures"))
        self.pair.show_pair(first, second)
        self._show_zoom()

    def set_preview(self, image: QImage | None, path: str | None = None, *, is_there: bool = True) -> None:
        """Answer ``preview_wanted``; an answer for another picture than the one shown is ignored.

        ``is_there``: the file is.
        """
        if self._is_late(path):
            return
        self._waiting = False
        if image is None or image.isNull():
            self._preview.set_message(self.tr("There is no preview.") if is_there else self.tr("There is no file."))
            self._show_zoom()
            return
        facts = self._facts
        self._preview.set_image(image, QSize(*facts.upright_size) if facts is not None else None)

    def set_full_size(self, image: QImage | None, path: str | None = None) -> None:
        """Answer ``full_size_wanted``; None: all the pixels can't be had, the picture stays fitted in."""
        if self._is_late(path):
            return
        self._preview.set_full_size(image)

    def set_message(self, text: str) -> None:
        """Show a sentence instead of a picture (nothing, or several rows, are selected)."""
        self._forget()
        self._message.setText(text)
        self._title.set_whole_text("")
        self._show_page(_MESSAGE)

    def forget_preview(self) -> None:
        """Ask for the preview anew when the picture is shown the next time: the file has changed."""
        self._path = None

    def toggle_zoom(self) -> None:
        """Switch the preview, or both, between fitted in and 100 %."""
        self._zoomed_here().toggle_zoom()

    def set_closable(self, *, closable: bool) -> None:
        """Have a button that closes it, or none."""
        self._close.setVisible(closable)
        self._show_header()

    def current_path(self) -> str | None:
        """Return the path of the picture shown, None when there is none."""
        return self._path

    def add_methods(self, methods: Iterable[Method]) -> None:
        """Be ready for encodings by these methods, too."""
        self._add_blocks(methods)
        self.pair.add_methods(methods)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _add_blocks(self, methods: Iterable[Method]) -> None:
        for method in methods:
            block = self._blocks[method] = EncodingBlock(method)
            block.hide()
            self._encodings.addWidget(block)

    def _show_page(self, page: int) -> None:
        self._stack.setCurrentIndex(page)
        if page != _PAIR:
            self.pair.clear()
        self._show_header()

    def _forget(self) -> None:
        """Let go of the one picture."""
        self._path = None
        self._facts = None
        self._waiting = False
        self._preview.set_image(None)

    def _zoomed_here(self) -> PreviewView | LinkedPreviews:
        return self.pair.previews if self._stack.currentIndex() == _PAIR else self._preview

    def _show_header(self) -> None:
        picture = self._stack.currentIndex() != _MESSAGE
        self._zoom.setVisible(picture)
        self._header.setVisible(picture or not self._close.isHidden())

    def _is_late(self, path: str | None) -> bool:
        return self._path is None or (path is not None and path != self._path)

    def _ask_full_size(self) -> None:
        if self._path is not None:
            self.full_size_wanted.emit(self._path)

    def _show_zoom(self) -> None:
        here = self._zoomed_here()
        zoomed = here.is_zoomed()
        set_icon(self._zoom, "zoom-fit" if zoomed else "zoom-full")
        self._zoom.setEnabled(here.has_image())
        self._zoom.setChecked(zoomed)
        tip = self.tr("Show the whole picture (Z)") if zoomed else self.tr("Show at 100 % (Z)")
        self._zoom.setToolTip(tip)
        self._zoom.setAccessibleName(tip)

    def _show_facts(self, path: str, folder: str) -> None:
        rows = [(caption(fact), text) for fact, text in fact_texts(path, self._facts, folder).items()]
        while len(self._fact_rows) < len(rows):
            name, value = muted(Label()), Label()
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name.setBuddy(value)
            place = len(self._fact_rows)
            self._facts_grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
            self._facts_grid.addWidget(value, place, 1)
            self._fact_rows.append((name, value))
        for number, (name, value) in enumerate(self._fact_rows):
            used = number < len(rows)
            name.setVisible(used)
            value.setVisible(used)
            if used:
                name.setText(rows[number][0])
                value.setText(rows[number][1])
                value.setAccessibleName(": ".join(rows[number]))
