"""The main window: puts the parts together and lets them talk to each other."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.desktop.addresses import path_at
from imgenc_gui.gui.desktop.file_manager import open_file, show_in_folder
from imgenc_gui.gui.inspector.feed import InspectorFeed
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.letters import fixed_font
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.sentences import words
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import OF_REFERENCE, Category
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.action_states import Situation, goes_on_looking, permit
from imgenc_gui.gui.window.actions import connect_actions, make_actions, make_categories, make_menus
from imgenc_gui.gui.window.comparing import Comparing
from imgenc_gui.gui.window.drop_area import DropArea
from imgenc_gui.gui.window.drop_choice import DropChoice, Place
from imgenc_gui.gui.window.exports import Exports
from imgenc_gui.gui.window.header import Header
from imgenc_gui.gui.window.intake import Intake, is_welcome, parse
from imgenc_gui.gui.window.landing import Landing
from imgenc_gui.gui.window.left_off import LeftOff
from imgenc_gui.gui.window.library import LibraryRoom
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.window.networks import Networks
from imgenc_gui.gui.window.progress import Progress
from imgenc_gui.gui.window.reference_bar import ReferenceBar
from imgenc_gui.gui.window.remembered import Remembered
from imgenc_gui.gui.window.removing import Removing
from imgenc_gui.gui.window.side import Side
from imgenc_gui.gui.window.status_bar import StatusBar
from imgenc_gui.gui.window.views import Views
from imgenc_gui.gui.window.written import WrittenFile
from imgenc_gui.gui.work.adder import Added
from imgenc_gui.gui.work.jobs import Jobs, Urgency
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.opening import Opening
from imgenc_gui.gui.work.outcome import Outcome
from imgenc_gui.gui.work.reference import Reference
from imgenc_gui.gui.work.reopening import Reopening
from imgenc_gui.gui.work.session import Activity, Session
from imgenc_gui.gui.work.sittings import EncoderFactory

log = logging.getLogger(__name__)

_END_MS = 1000
_KEEP_MS = 500  # that what is done may take to be written, at the least
_SMALL_JOBS = 4  # threads: a thumbnail, the preview, an export or a copy, and a comparison side by side


def _log(error: BaseException) -> None:
    log.error("Unexpected error", exc_info=error)


class MainWindow(QMainWindow):
    """One window, one table. ``report`` is given unexpected exceptions; without ``keeping`` nothing is kept."""

    closing = Signal()  # nothing keeps it open any more

    def __init__(
        self,
        settings: Settings,
        encoder_factory: EncoderFactory | None = None,
        report: Callable[[BaseException], object] = _log,
        log_folder: Path | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._report = report
        self._log_folder = log_folder
        self.jobs = Jobs(_SMALL_JOBS, report, self)
        live = LiveRows(METHODS, self)
        self.rows = live.rows
        self.keeping = keeping or Keeping(settings, parent=self)
        encoder_factory = encoder_factory or self.keeping.encoder
        self.session = Session(settings, live, encoder_factory, self, keeping=self.keeping)
        self.reference = Reference(live, self.jobs, self)
        self.model = ResultsModel(live, self.session.is_pasted, self, reference=self.reference, jobs=self.jobs)
        follow(self.model, "font", lambda model: model.set_fixed_font(fixed_font()))
        self.thumbnails = Thumbnails(self.jobs, self, library=lambda: self.keeping.memory)
        self.thumbnails.ready.connect(self.session.see)
        self._situation: Situation | None = None
        self._drag: object | None = None  # what is dragged over the window
        self._asks = True  # before encodings are lost
        self.actions_ = make_actions(self)
        self.setAcceptDrops(True)
        self._build(live, encoder_factory)
        self.intake = Intake(self, settings, self.session, self.message_bar)
        self.networks = Networks(self, self.session, self.jobs)
        self.library = LibraryRoom(
            self, self.keeping, self.session, self.jobs, self.message_bar, networks=self.networks
        )
        opening = Opening(self.session, live, self.jobs, self)
        self.exports = Exports(self, settings, opening, self.reference, self.jobs, bar=self.message_bar)
        self.progress = Progress(self, self.session, self.model, self.status, self.filter_bar)
        InspectorFeed(self.model, self.view, self.inspector, self.jobs, self, see=self.session.see)
        self._categories = make_categories(self, self.comparing.show_category)
        recent_menu, self._columns_menu = make_menus(self, self.actions_, self._categories)
        self.remembered = Remembered(
            settings,
            self,
            side=self.side,
            views=self.views,
            header=self.header,
            drop_area=self.drop_area,
            actions=self.actions_,
            recent_menu=recent_menu,
        )
        self.left_off = LeftOff(
            settings,
            self.session,
            live,
            Reopening(self.session, live, self.keeping, self.jobs, self),
            bar=self.message_bar,
            drop_area=self.drop_area,
            update=self.actions_.update,
            parent=self,
        )
        self.removing = Removing(
            self.session,
            self.comparing.marks.stack,
            views=self.views,
            bar=self.message_bar,
            left_off=self.left_off,
            undo=self.actions_.undo,
            parent=self,
        )
        self.landing = Landing(self.model, views=self.views, filters=self.filter_bar, bar=self.message_bar, parent=self)
        self._connect()
        self.remembered.restore()
        self._show_reference()
        self.progress.refresh()

    # Building

    def _build(self, live: LiveRows, encoder_factory: EncoderFactory) -> None:
        self.header = Header(self.actions_)
        self.message_bar = MessageBar()
        self.reference_bar = ReferenceBar(self.reference)
        self.drop_area = DropArea()
        self.filter_bar = FilterBar()
        for action in (self.actions_.grid, self.actions_.inspector):
            self.filter_bar.add_action(action)
        self.views = Views(self.model, self.thumbnails, self.jobs)
        self.view = self.views.table  # which tells what is asked for in either
        self.inspector = Inspector()
        self.comparing = Comparing(
            self,
            settings=self._settings,
            live=live,
            jobs=self.jobs,
            model=self.model,
            views=self.views,
            filter_bar=self.filter_bar,
            actions=self.actions_,
            root=lambda: self.session.root,
            thumbnails=self.thumbnails,
            encoder_factory=encoder_factory,
        )
        self._nothing = nothing = Label()
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        nothing.setWordWrap(True)
        nothing.setMinimumWidth(1)  # Qt's least would be all of a sentence
        self._table_stack = QStackedWidget()
        self._table_stack.addWidget(self.views)
        self._table_stack.addWidget(nothing)
        self._table_stack.setFocusProxy(self.views)
        self.side = Side(self._table_stack, self.inspector)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.drop_area)
        table = _stacked(self.filter_bar, self.comparing.bars, self.side)
        self._pages.addWidget(table)
        self.drop_choice = DropChoice(table)
        self._escape = QShortcut(Qt.Key.Key_Escape, self.views, self.comparing.similar_mode.leave)  # kept by tables
        self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        self.setCentralWidget(_stacked(self.header, line, self.message_bar, self.reference_bar, self._pages))
        self.status = StatusBar()
        self.status.addPermanentWidget(self.views.slider)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        self.actions_.recursive.setCheckable(True)
        self.actions_.grid.setCheckable(True)
        self.actions_.inspector.setCheckable(True)
        connect_actions(
            self.actions_,
            {
                "open_folder": self.intake.open_folder,
                "add_pictures": self.intake.add_pictures,
                "open_export": self.intake.open_export,
                "paste": self.intake.paste,
                "export": self.export,
                "clear": self.clear,
                "remove": self.removing.remove_selected,
                "quit": self.close,
                "copy": self.view.copy_rows,
                "select_all": self.view.selectAll,
                **self.comparing.slots(),
                "find": self.filter_bar.focus_search,
                "settings": self.library.open_settings,
                "encode": self._encode,
                "stop": self.session.stop,
                "encode_again": lambda: self._encode_again(self.view.selected()),
                "update": self.left_off.update,
                "recursive": self.remembered.set_recursive,
                "methods": self.header.methods.show_panel,
                "show_in_folder": lambda: self._with_current(self._show_in_folder),
                "open_file": lambda: self._with_current(self._open),
                "grid": self._show_grid,
                "larger": lambda: self.views.slider.step(1),
                "smaller": lambda: self.views.slider.step(-1),
                "inspector": self.remembered.set_inspector,
                "zoom": self.inspector.toggle_zoom,
                "keys": lambda: dialogs.open_keys(self),
                "log_folder": self._open_log_folder,
                "explain": lambda: dialogs.open_methods(self, self.jobs),
                "about": lambda: dialogs.open_about(self, self.jobs),
            },
        )
        self.header.methods.networks_requested.connect(self.networks.open)
        self.networks.changed.connect(self.remembered.show_methods)
        self.session.live.widened.connect(self.inspector.add_methods)
        self.drop_area.open_folder_requested.connect(self.intake.open_folder)
        self.drop_area.add_pictures_requested.connect(self.intake.add_pictures)
        self.drop_area.explanation_requested.connect(self.actions_.explain.trigger)
        self.remembered.recent_chosen.connect(lambda path: self.intake.add_paths([path]))
        self.intake.exports_brought.connect(self.exports.open)
        self.exports.opened.connect(self._show_opened)
        # In a turn of its own: who is told first has the rows to look at.
        self.reference.changed.connect(self._show_reference, Qt.ConnectionType.QueuedConnection)
        self.left_off.changed.connect(self._permit)
        self.views.add_keys([self.actions_.remove])
        self.views.offer(last=[self.actions_.remove])
        self.remembered.work_changed.connect(self.progress.refresh)
        self.filter_bar.changed.connect(self._filter)
        self.model.arranged.connect(self.progress.show_counts)
        self.view.selection_changed.connect(self._permit)
        self.view.encode_again_requested.connect(self._encode_again)
        self.view.show_in_folder_requested.connect(self._show_in_folder)
        self.view.open_requested.connect(self._open)
        for said in (self.view.copied, self.view.selection_dropped):
            said.connect(self.status.tell)
        self.session.added.connect(self._added)
        self.session.noticed.connect(self.progress.refresh)
        self.session.failed.connect(self._failed)
        self.session.finished.connect(self._finished)
        self.progress.shown.connect(self._show_pages)
        self.comparing.shown.connect(self._show_pages)
        self.comparing.changed.connect(self._permit)
        self.comparing.told.connect(lambda text, warning: self.message_bar.tell(text, warning=warning))
        self.comparing.written.connect(WrittenFile(self, self.message_bar).tell)
        self.comparing.pair_shown.connect(self._show_inspector)
        self.side.shown_changed.connect(self._permit_escape)
        QGuiApplication.clipboard().dataChanged.connect(self._permit)
        self._columns_menu.aboutToShow.connect(self._fill_columns)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files, folders and pictures."""
        if event.source() is not None or not is_welcome(event.mimeData()):  # they come from our own table
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._begin_drag(event.mimeData())

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark the place that it would be let go on."""
        self.drop_choice.move_to(event.position().toPoint())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Put the highlight out."""
        self._end_drag()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Encode what was dropped, or look for what is similar to it."""
        place = self.drop_choice.place_at(event.position().toPoint())
        self._end_drag()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if place is Place.SIMILAR:
            self.message_bar.hide()  # what it says is of something else
            self.comparing.show_similar(parse(event.mimeData()).paths[0])
        else:
            self.intake.take(event.mimeData())

    def _begin_drag(self, data: QMimeData) -> None:
        self.drop_area.set_drag_active(True)
        if not self.rows.count:
            return
        self.drop_choice.begin()
        paths = [path for path in map(path_at, data.urls()) if path]
        if len(paths) == 1 and self.comparing.can_compare():
            token = self._drag = object()  # the disk may answer when that is over

            def looked(is_file: bool) -> None:  # noqa: FBT001 - as the job answers
                if is_file and self._drag is token:
                    self.drop_choice.offer_similar()

            self.jobs.run(lambda: os.path.isfile(paths[0]), looked, urgency=Urgency.LOOKS)  # noqa: PTH113

    def _end_drag(self) -> None:
        self._drag = None
        self.drop_area.set_drag_active(False)
        self.drop_choice.end()

    # Encoding

    def _encode(self) -> None:
        self.message_bar.hide()  # what it says is of earlier work
        looks = goes_on_looking(self._now())
        if self.progress.missing:
            self.session.encode()
        if looks:
            self.left_off.update()

    def _encode_again(self, rows: Sequence[int] | Numbers) -> None:
        self.message_bar.hide()
        self.session.encode_again(rows)

    # What the session tells

    def _added(self, added: Added) -> None:
        if added.few:
            self.filter_bar.reset()
            self.views.shown.select_rows(added.few)
        if len(added.few) > 1:
            self.side.lend_inspector()
        self.intake.note(added)
        self.landing.note(added)

    def _show_opened(self, methods: Sequence[Method]) -> None:
        self.view.show_methods([*self._settings.methods, *methods], reveal=True)
        self.progress.refresh()

    def _show_reference(self) -> None:
        has_reference = bool(self.reference.exports)
        self.view.show_reference(shown=has_reference)
        reason = "" if has_reference else self.tr("Open an export first, to find out which pictures are already in it")
        for action in self._categories.actions():
            if action.data() in OF_REFERENCE:
                action.setEnabled(has_reference)
                action.setStatusTip(reason)
                action.setToolTip(reason)
        if not has_reference and self.filter_bar.category in OF_REFERENCE:
            self.filter_bar.set_category(Category.ALL)
        self.progress.show_counts()

    def _failed(self, error: BaseException) -> None:
        self._report(error)
        self.message_bar.add(self.tr("Something went wrong while encoding. What is done is kept."), warning=True)

    def _finished(self, outcome: Outcome) -> None:
        if outcome.network_failure is not None:
            self.message_bar.add(words(outcome.network_failure), warning=True)
        if self.session.done > 1 and not outcome.is_stopped:
            QApplication.alert(self)
        self.jobs.run(dialogs.get_ready, lambda _nothing: None)

    # What is shown

    def _show_pages(self) -> None:
        self._permit_escape()
        self._pages.setCurrentIndex(1 if self.rows.count else 0)
        is_nothing_shown = bool(self.rows.count) and not (self.model.rowCount() or self.model.is_ranking)
        if is_nothing_shown:
            usual = self.tr("No picture matches. Change the search or what is shown.")
            self._nothing.setText(self.comparing.nothing_words() or self._no_pictures_words() or usual)
        self._table_stack.setCurrentIndex(1 if is_nothing_shown else 0)
        self.header.show_running(running=self.session.activity is not Activity.IDLE)
        self._permit()

    def _no_pictures_words(self) -> str:
        """What to say where files are hidden because none is a picture; "" where there is one, or something else is."""
        hidden = self.model.count(Category.NOT_PICTURES)
        if not hidden or self.model.count(Category.ALL) or self.filter_bar.category is not Category.ALL:
            return ""
        if hidden == 1:
            return self.tr("The file is not a picture. “Not pictures” above the table shows it.")
        return self.tr("None of the files is a picture. “Not pictures” above the table shows them.")

    def _filter(self, category: Category, text: str) -> None:
        self.comparing.filter(category, text)
        for action in self._categories.actions():
            if action.data() == category:
                action.setChecked(True)
        self.progress.show_counts()

    def _permit(self) -> None:
        """Enable and disable actions."""
        situation = self._now()
        if situation != self._situation:
            self._situation = situation
            permit(self.actions_, situation)

    def _now(self) -> Situation:
        return Situation(
            activity=self.session.activity,
            can_stop=self.session.can_stop,
            rows=self.rows.count,
            shown=self.model.rowCount(),
            encoded=self.progress.encoded,
            missing=self.progress.missing,
            waiting=self.progress.waiting,
            stopped=self.session.is_stopped,
            cut_off=self.session.is_cut_off,
            gone=bool(self.rows.gone.any()),
            selected=self.view.selected_count(),
            current=self.view.currentIndex().isValid(),
            grid=self.views.is_grid,
            clipboard=is_welcome(QGuiApplication.clipboard().mimeData()),
            can_update=self.left_off.can_update,
            alike=self.comparing.situation(),
        )

    def _fill_columns(self) -> None:
        self._columns_menu.clear()
        self._columns_menu.addActions(self.view.column_actions(self._columns_menu))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close the inspector's drawer with Escape, or leave what is similar, where nothing else has a use for it."""
        left = event.key() == Qt.Key.Key_Escape and (self.side.close_drawer() or self.comparing.similar_mode.leave())
        if not left:
            super().keyPressEvent(event)

    def _permit_escape(self) -> None:
        """Let the drawer have the key first."""
        drawer = self.side.narrow and self.side.inspector_shown()
        self._escape.setEnabled(self.comparing.similar_mode.is_on and not drawer)

    def _show_grid(self) -> None:
        self.remembered.set_grid()
        self._permit()

    def _show_inspector(self) -> None:
        if not self.side.inspector_shown():
            self.actions_.inspector.trigger()

    # One picture

    def _with_current(self, act: Callable[[int], object]) -> None:
        row = self.view.current_row()
        if row is not None:
            act(row)

    def _show_in_folder(self, row: int) -> None:
        text = self.tr("The folder can't be shown: it is gone, or there is no file manager.")
        show_in_folder(self.rows.paths[row], lambda: self._warn(text))

    def _open(self, row: int) -> None:
        text = self.tr("The picture can't be opened: it is gone, or no program opens files of its kind.")
        open_file(self.rows.paths[row], lambda: self._warn(text))

    def _warn(self, text: str) -> None:
        if isValid(self):  # another program may take seconds to fail
            self.message_bar.tell(text, warning=True)

    # Files and ending

    def export(self) -> None:
        """Open the export dialog."""
        dialogs.open_export(
            self,
            self._settings,
            self.session,
            self.view,
            self.jobs,
            answer=self.comparing.comparisons.current_answer,
            library=self.keeping.memory,
        )

    def _open_log_folder(self) -> None:
        if self._log_folder is None:
            self._warn(self.tr("There is no log folder on this computer."))
            return
        text = self.tr("The log's folder can't be shown: it is gone, or there is no file manager. It is {0}")
        open_file(self._log_folder, lambda: self._warn(text.format(shown(str(self._log_folder)))))

    def clear(self) -> None:
        """Empty the table, asking first when encodings would be lost."""
        losses = self.library.losses()
        if dialogs.may_lose(self, losses, self.tr("Clear the table?"), self.tr("Clear"), self.export):
            self.filter_bar.reset()
            self.removing.clear()

    def close_at_once(self) -> None:
        """Close without asking."""
        self._asks = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how things stand, end the work, and ask only when encodings or work would be lost."""
        if self._asks and not self._may_close():
            event.ignore()
            return
        self.closing.emit()
        self.remembered.keep()
        self.hide()  # the threads may need a moment; nobody has to look at that
        self.end_work(_END_MS)
        event.accept()

    def _may_close(self) -> bool:
        question, button = self.tr("Close imgenc?"), self.tr("Close")
        if dialogs.is_exporting(self):
            losses = [self.tr("An export is still being written; closing leaves no file of it.")]
            return dialogs.may_lose(self, losses, question, button, None)
        unsaved = self.library.losses()
        losses = [*dialogs.unfinished_words(self.session), *unsaved]
        return dialogs.may_lose(self, losses, question, button, self.export if unsaved else None)

    def end_work(self, milliseconds: int) -> bool:
        """Stop everything that goes on, and wait for it. True when all threads have ended in time."""
        self.session.quit()
        self.jobs.quit()
        deadline = time.monotonic() + milliseconds / 1000
        ended = [
            wait(max(0, int(1000 * (deadline - time.monotonic())))) for wait in (self.session.close, self.jobs.wait)
        ]
        # What is done is kept, also when another thread has taken all of the time.
        ended.append(self.keeping.close(max(_KEEP_MS, int(1000 * (deadline - time.monotonic())))))
        return all(ended)


def _stacked(*widgets: QWidget) -> QWidget:
    """One above the other without gaps; the last takes the room."""
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, int(widget is widgets[-1]))
    return body
