"""What the table shows beside its categories: rows that are alike, in bands, with a bar of their own above it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from imgenc_gui.gui.compare.comparisons import Comparisons
from imgenc_gui.gui.compare.copies_bar import CopiesBar
from imgenc_gui.gui.compare.marks import Marks
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.window.action_states import Alike
from imgenc_gui.gui.window.actions import Actions
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows


class Comparing(QObject):
    """Shows copies while that category is chosen. ``bars``: where the bars are, for above the table."""

    shown = Signal()  # other rows are shown, or other words in their place
    changed = Signal()  # what can be done
    told = Signal(str)  # a sentence for the message bar

    def __init__(
        self,
        window: QMainWindow,
        settings: Settings,
        live: LiveRows,
        jobs: Jobs,
        model: ResultsModel,
        view: ResultsView,
        filter_bar: FilterBar,
        actions: Actions,
    ) -> None:
        super().__init__(window)
        self._live = live
        self._model = model
        self._view = view
        self._filter_bar = filter_bar
        self.comparisons = Comparisons(settings, live, jobs, self)
        self.marks = Marks(model, self.comparisons, self)
        marking: list[QAction] = [actions.mark_members, actions.unmark_all, actions.copy_files]
        self.copies_bar = CopiesBar(settings, self.comparisons, self.marks, marking, actions.export_groups)
        self.bars = QWidget()
        column = QVBoxLayout(self.bars)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.copies_bar)
        self.copies_bar.hide()
        view.addActions([actions.mark, actions.make_reference])  # whose keys are the table's
        view.mark_requested.connect(self.marks.toggle)
        self.comparisons.changed.connect(self._show)
        self.marks.changed.connect(self.changed)
        self.marks.stack.indexChanged.connect(self.changed)

    # What is shown

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
            self.copies_bar.show_marks()

    def _show(self) -> None:
        """Show the answer there is."""
        answer = self.comparisons.answer
        self._filter_bar.set_copies(
            None if answer is None else answer.bands.rows.size,
            shown=len(self._live.rows) > 1 and bool(self.comparisons.methods),
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

    # What can be done

    def slots(self) -> dict[str, Callable[[], object]]:
        """What to do, by the actions' names."""
        return {
            "undo": self.marks.stack.undo,
            "redo": self.marks.stack.redo,
            "copy_files": lambda: self._view.copy_files(self.marks.rows() or self._view.selected_rows()),
            "mark": lambda: self.marks.toggle(self._view.selected_rows()),
            "mark_members": self.marks.mark_members,
            "unmark_all": self.marks.unmark_all,
            "make_reference": self._make_reference,
            "export_groups": self._export,
        }

    def situation(self) -> Alike:
        """What the actions depend on."""
        banded = self._model.banded
        current = self._view.currentIndex()
        row = self._model.row_at(current.row()) if current.isValid() else None
        grouped = banded is not None and banded.has_references and len(banded.bands) > 0
        return Alike(
            banded=banded is not None,
            groups=grouped,
            marked=banded is not None and bool(self._model.marked.any()),
            is_member=banded is not None and row is not None and banded.has(row) and not banded.is_reference(row),
            undo=self.marks.stack.undoText(),
            redo=self.marks.stack.redoText(),
        )

    def _make_reference(self) -> None:
        current = self._view.currentIndex()
        if current.isValid():
            self.marks.make_reference(self._model.row_at(current.row()))

    def _export(self) -> None:
        raise NotImplementedError
