"""What the table shows beside its categories: rows that are alike, in bands, with a bar of their own above it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from imgenc_gui.gui.compare.comparisons import Comparisons
from imgenc_gui.gui.compare.copies_bar import CopiesBar
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows


class Comparing(QObject):
    """Shows copies while that category is chosen. ``bars``: where the bars are, for above the table."""

    shown = Signal()  # other rows are shown, or other words in their place

    def __init__(
        self,
        window: QWidget,
        settings: Settings,
        live: LiveRows,
        jobs: Jobs,
        model: ResultsModel,
        filter_bar: FilterBar,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._live = live
        self._model = model
        self._filter_bar = filter_bar
        self.comparisons = Comparisons(settings, live, jobs, self)
        self.copies_bar = CopiesBar(settings, self.comparisons)
        self.bars = QWidget()
        column = QVBoxLayout(self.bars)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.copies_bar)
        self.copies_bar.hide()
        self.comparisons.changed.connect(self._show)

    @property
    def is_showing_copies(self) -> bool:
        """Whether the table shows copies, or would if there were any."""
        return self._filter_bar.category is Category.COPIES

    def show_copies(self) -> None:
        """Show pictures that are alike."""
        self._filter_bar.set_category(Category.COPIES)

    def leave(self) -> None:
        """Show all rows again."""
        if self.is_showing_copies:
            self._filter_bar.set_category(Category.ALL)

    def filter(self, category: Category, text: str) -> None:
        """Show what is chosen: rows of a category, or bands."""
        copies = category is Category.COPIES
        self.copies_bar.setVisible(copies)
        if not copies:
            self._model.set_filter(category, text)
        self.comparisons.look(looked_at=copies)
        self._show()
        if copies:
            self._model.set_filter(category, text)

    def _show(self) -> None:
        """Show the answer there is."""
        answer = self.comparisons.answer
        rows = len(self._live.rows)
        self._filter_bar.set_copies(
            None if answer is None else answer.bands.rows.size, shown=rows > 1 and bool(self.comparisons.methods)
        )
        if answer is None or not self.is_showing_copies:
            self._model.set_bands(None)
        else:
            self._model.set_bands(answer.bands, answer.comparable.companions)
        self.copies_bar.refresh()
        self.shown.emit()

    def nothing_words(self) -> str:
        """What to say where no row is shown; "" to say what is said of any category."""
        return self.copies_bar.nothing_words() if self.is_showing_copies else ""
