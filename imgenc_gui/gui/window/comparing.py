"""What the table shows beside its categories: rows that are alike, in bands, with a bar of their own above it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from imgenc_gui.core.records.alike import nothing_alike
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.workers import PictureEncoder
from imgenc_gui.gui.compare.comparisons import Comparisons
from imgenc_gui.gui.compare.copies_bar import CopiesBar
from imgenc_gui.gui.compare.groups_export import ask_for_target, export_groups
from imgenc_gui.gui.compare.marks import Change, Marks
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.action_states import Alike
from imgenc_gui.gui.window.actions import Actions
from imgenc_gui.gui.window.handed_on import HandedOn
from imgenc_gui.gui.window.similar_mode import SimilarMode
from imgenc_gui.gui.window.views import Views
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows

_AGAIN_MS = 500  # while more is seen, as by scrolling, nothing is compared


class Comparing(QObject):
    """Shows copies while that category is chosen.

    ``bars``: where the bars are, for above the table. ``root``: what names in files start from.
    """

    shown = Signal()  # other rows are shown, or other words in their place
    changed = Signal()  # what can be done
    told = Signal(str, bool)  # a sentence for the message bar, and whether it is a warning
    written = Signal(object, str)  # a file, and a sentence on what is in it
    pair_shown = Signal()  # two rows were selected, to be looked at

    def __init__(
        self,
        window: QMainWindow,
        *,
        settings: Settings,
        live: LiveRows,
        jobs: Jobs,
        model: ResultsModel,
        views: Views,
        filter_bar: FilterBar,
        actions: Actions,
        root: Callable[[], str],
        thumbnails: Thumbnails,
        encoder_factory: Callable[[Options], PictureEncoder],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._jobs = jobs
        self._root = root
        self._thumbnails = thumbnails
        self._live = live
        self._model = model
        self._views = views
        self._filter_bar = filter_bar
        self.comparisons = Comparisons(settings, live, jobs, self)
        self.marks = Marks(model, self.comparisons, self)
        marking: list[QAction] = [actions.mark_members, actions.unmark_all, actions.copy_files]
        self.copies_bar = CopiesBar(
            settings,
            self.comparisons,
            self.marks,
            marking=marking,
            asking=[actions.threshold, actions.export_groups],
        )
        self.similar_mode = SimilarMode(
            settings,
            live,
            self.comparisons,
            encoder_factory,
            jobs,
            model=model,
            views=views,
            thumbnails=thumbnails,
        )
        self.bars = QWidget()
        column = QVBoxLayout(self.bars)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.similar_mode.bar)
        column.addWidget(self.copies_bar)
        self.copies_bar.hide()
        of_bands = [actions.mark, actions.make_reference]
        views.add_keys(of_bands)
        views.offer(rows=[actions.copy_files, actions.similar], bands=of_bands)
        handed_on = HandedOn(live, jobs, self)
        views.table.handed_on.connect(handed_on.note)
        handed_on.told.connect(lambda text: self.told.emit(text, False))
        views.table.mark_requested.connect(self.marks.toggle)
        self.similar_mode.changed.connect(self._show_again)
        self.similar_mode.told.connect(lambda text: self.told.emit(text, True))
        self.comparisons.changed.connect(self._show)
        self.marks.changed.connect(self.changed)
        self.marks.stack.indexChanged.connect(self.changed)
        model.arranged.connect(self._show_count)
        self.comparisons.outdated.connect(self._show_count)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._compare_again)

    # What is shown

    @property
    def is_showing_copies(self) -> bool:
        """Whether the table shows copies, or would if there were any."""
        return self._filter_bar.category is Category.COPIES

    def show_copies(self) -> None:
        """Show pictures that are alike."""
        self._filter_bar.set_category(Category.COPIES)

    def note_seen(self) -> None:
        """Files are others than those that were compared, and no work goes on after which that is done anew."""
        self._again.start()

    def _compare_again(self) -> None:
        if self.comparisons.is_outdated:
            self.comparisons.ask()

    def leave(self) -> None:
        """Show all rows again."""
        self.show_category(Category.ALL)

    def show_category(self, category: Category) -> None:
        """Show a category, instead of what is similar to a picture."""
        if self.similar_mode.is_on and category is self._filter_bar.category:
            self.similar_mode.leave()
        else:
            self._filter_bar.set_category(category)

    def show_similar(self, path: str | None = None) -> None:
        """Show what is similar to the current row, or to a file."""
        self._filter_bar.tell_at_once()
        if path is None:
            self.similar_mode.ask_current()
        else:
            self.similar_mode.ask_file(path)

    def filter(self, category: Category, text: str) -> None:
        """Show what is chosen: rows of a category, or bands; no longer what is similar to a picture."""
        self.similar_mode.drop()
        self._filter(category, text)

    def _filter(self, category: Category, text: str) -> None:
        copies = category is Category.COPIES
        self.copies_bar.setVisible(copies)
        if not copies:
            self._model.set_filter(category, text)
        self.comparisons.look(looked_at=copies)
        self._show()
        if copies:
            self._model.set_filter(category, text)
            self.copies_bar.show_marks()

    def _show_again(self) -> None:
        """Show what is similar to a picture, or else what was shown before."""
        if not self.similar_mode.is_on:
            self.similar_mode.bar.hide()
            self._filter_bar.show()
            self._filter(self._filter_bar.category, self._filter_bar.search.text())
            return
        self._filter_bar.hide()  # first: a window that is small would grow for both
        self.copies_bar.hide()
        self.similar_mode.bar.show()
        if self.similar_mode.similar.bands is not None:
            self._model.set_filter(self._filter_bar.category, "")  # not searched
        self._show()

    def _show(self) -> None:
        """Show the answer there is."""
        answer = self.comparisons.answer
        self._show_count()
        if self.similar_mode.is_on:
            similar = self.similar_mode.similar
            if similar.is_reading:
                self._model.set_bands(Banded(nothing_alike(), self._live.rows))
            elif similar.bands is not None:  # until then, a moment, the table stays as it is
                self._model.set_bands(self._similar_banded())
        elif answer is None or not self.is_showing_copies:
            self._model.set_bands(None)
        else:
            self._model.set_bands(answer.banded)
        self.copies_bar.refresh()
        self.shown.emit()

    def _show_count(self) -> None:
        """Show how many copies there are, of those that the search finds; nothing while that isn't known."""
        answer, among = self.comparisons.answer, self._model.containing
        count = None
        if answer is not None and not self.comparisons.is_outdated:
            count = answer.bands.rows.size if among is None else answer.banded.count(among)
        self._filter_bar.set_copies(count, shown=self._live.rows.count > 1 and bool(self.comparisons.methods))

    def _similar_banded(self) -> Banded | None:
        """What is similar, made once for each answer."""
        similar, shown = self.similar_mode.similar, self._model.banded
        if similar.bands is None or (shown is not None and shown.bands is similar.bands):
            return shown
        return Banded(similar.bands, self._live.rows, query=similar.query.facts if similar.query is not None else None)

    def nothing_words(self) -> str:
        """What to say where no row is shown; "" to say what is said of any category."""
        if self.similar_mode.is_on:
            return self.similar_mode.nothing_words()
        return self.copies_bar.nothing_words() if self.is_showing_copies else ""

    # What can be done

    def can_compare(self) -> bool:
        """Whether there are pictures to compare one with."""
        return bool(self.similar_mode.similar.methods)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What to do, by the actions' names."""
        return {
            "undo": self.marks.stack.undo,
            "redo": self.marks.stack.redo,
            "copy_files": self._copy_files,
            "mark": lambda: self.marks.toggle(self._views.shown.selected_rows()),
            "mark_members": self.marks.mark_members,
            "unmark_all": self.marks.unmark_all,
            "make_reference": self._make_reference,
            "export_groups": self._export,
            "similar": self.show_similar,
            "threshold": self._open_threshold,
        }

    def situation(self) -> Alike:
        """What the actions depend on."""
        banded, stack = self._model.banded, self.marks.stack
        row = self._views.shown.current_row()
        grouped = banded is not None and banded.has_references and len(banded.bands) > 0
        return Alike(
            banded=banded is not None,
            groups=grouped,
            marked=banded is not None and self.marks.is_any(),
            is_member=banded is not None and row is not None and banded.has(row) and not banded.is_reference(row),
            not_similar=self.similar_mode.reason(row),
            comparable=self.can_compare(),
            undo=stack.undoText(),
            redo=stack.redoText(),
            undo_marks=isinstance(stack.command(stack.index() - 1), Change),
            redo_marks=isinstance(stack.command(stack.index()), Change),
        )

    def _copy_files(self) -> None:
        rows = self.marks.rows() or self._views.shown.selected_rows()
        if rows:
            self._views.shown.copy_files(rows)
        else:
            self.told.emit(self.tr("Nothing was copied: what is marked isn't shown now."), True)

    def _make_reference(self) -> None:
        row = self._views.shown.current_row()
        if row is not None:
            self.marks.make_reference(row)

    def _open_threshold(self) -> None:
        dialogs.open_threshold(
            self._window,
            self.comparisons,
            self._settings,
            thumbnails=self._thumbnails,
            jobs=self._jobs,
            show_pair=self.show_pair,
        )

    def show_pair(self, one: int, other: int) -> None:
        """Select two rows, among all of them where they aren't both shown now."""
        if min(self._model.position_of(one), self._model.position_of(other)) < 0:
            self._filter_bar.reset()
        self._views.shown.select_rows([one, other])
        self.pair_shown.emit()

    def _export(self) -> None:
        target = ask_for_target(self._window, self._settings) if self.comparisons.answer is not None else None
        answer = self.comparisons.answer  # what is on the table may have changed while that was asked
        if answer is not None and target is not None:
            export_groups(
                target,
                answer,
                self._root(),
                self._jobs,
                written=self.written.emit,
                refused=lambda text: self.told.emit(text, True),
            )
