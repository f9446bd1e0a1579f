"""The main window: puts the parts together and lets them talk to each other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.encoding import Encoder, Method
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.window.actions import connect_actions, fill_recent, make_actions, make_categories, make_menus
from imgenc_gui.gui.window.drop_area import DropArea
from imgenc_gui.gui.desktop.file_manager import open_file, show_in_folder
from imgenc_gui.gui.table.filter_bar import FilterBar
from imgenc_gui.gui.window.header import Header
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.inspector.feed import InspectorFeed
from imgenc_gui.gui.window.message_bar import Notice
from imgenc_gui.gui.window.action_states import Situation, permit
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.core.rows import Category
from imgenc_gui.gui.work.session import Activity, Added, EncoderFactory, Session, added_words
from imgenc_gui.gui.window.progress import Counts, RateMeter, Status
from imgenc_gui.gui.look.theme import SPACE, fixed_font
from imgenc_gui.gui.pictures.thumbnails import Thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgenc_gui.gui.work.runner import Summary
    from imgenc_gui.gui.settings.store import Settings

_TICK_MS = 150
_END_MS = 1000


class MainWindow(QMainWindow):
    """One window, one table."""

    def __init__(
        self,
        settings: Settings,
        encoder_factory: EncoderFactory = Encoder,
        report: Callable[[BaseException], object] | None = None,
        log_folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._report = report
        self._log_folder = log_folder
        self.session = Session(settings, encoder_factory, self)
        self.model = self.session.model
        self.model.set_fixed_font(fixed_font())
        self.thumbnails = Thumbnails(self)
        self._rate = RateMeter()
        self._missing = self._encoded = 0
        self._situation: Situation | None = None
        self.actions_ = make_actions(self)
        self._title = "imgenc"
        self.setWindowTitle(self._title)
        self.setAcceptDrops(True)
        self.setMinimumSize(90 * SPACE, 60 * SPACE)
        self._build()
        self._categories = make_categories(self, self.filter_bar.set_category)
        self._recent_menu, self._columns_menu = make_menus(self, self.actions_, self._categories)
        self._columns_menu.aboutToShow.connect(self._fill_columns)
        self._connect()
        self._restore()
        self._refresh()

    # Building

    def _build(self) -> None:
        self.header = Header(self.actions_)
        self.notice = Notice()
        self.drop_area = DropArea()
        self.filter_bar = FilterBar()
        self.view = ResultsView(self.model, self.thumbnails)
        self.inspector = Inspector()
        self._nothing = QLabel(self.tr("No picture matches. Change the search or what is shown."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._table_stack = QStackedWidget()
        self._table_stack.addWidget(self.view)
        self._table_stack.addWidget(self._nothing)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter_bar)
        column.addWidget(self._table_stack, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.inspector)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([100 * SPACE, 42 * SPACE])
        self.inspector.setMinimumWidth(36 * SPACE)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.drop_area)
        self.pages.addWidget(self.splitter)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.header)
        rows.addWidget(line)
        rows.addWidget(self.notice)
        rows.addWidget(self.pages, 1)
        self.setCentralWidget(body)
        self.status = Status()
        self.setStatusBar(self.status)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self._tick)
        self._feed = InspectorFeed(self.model, self.view, self.inspector, self)

    def _connect(self) -> None:
        self.actions_.recursive.setCheckable(True)
        self.actions_.inspector.setCheckable(True)
        connect_actions(
            self.actions_,
            {
                "open_folder": self.open_folder,
                "add_images": self.add_images,
                "paste": self.paste,
                "export": self.export,
                "clear": self.clear,
                "quit": self.close,
                "copy": self.view.copy_rows,
                "select_all": self.view.selectAll,
                "find": self.filter_bar.focus_search,
                "settings": lambda: dialogs.open_settings(self, self._settings),
                "encode": self.session.encode,
                "stop": self.session.stop,
                "encode_again": lambda: self.session.encode_again(self.view.selected_rows()),
                "recursive": self._set_recursive,
                "methods": self.header.methods.show_panel,
                "show_in_folder": lambda: self._with_current(self._show_in_folder),
                "open_file": lambda: self._with_current(self._open),
                "inspector": self._set_inspector,
                "zoom": self.inspector.toggle_zoom,
                "keys": lambda: dialogs.open_keys(self),
                "log_folder": self._open_log_folder,
                "about": lambda: dialogs.open_about(self),
            },
        )
        self.drop_area.open_folder_requested.connect(self.open_folder)
        self.drop_area.add_images_requested.connect(self.add_images)
        self.drop_area.recent_requested.connect(lambda folder: self.add_paths([folder]))
        self.header.methods.methods_changed.connect(self._set_methods)
        self.filter_bar.changed.connect(self._filter)
        self.view.selection_changed.connect(self._permit)
        self.view.encode_again_requested.connect(self.session.encode_again)
        self.view.show_in_folder_requested.connect(self._show_in_folder)
        self.view.open_requested.connect(self._open)
        self.view.copied.connect(lambda text: self.status.showMessage(text, 4000))
        self.session.added.connect(self._added)
        self.session.activity_changed.connect(self._activity_changed)
        self.session.failed.connect(self._failed)
        self.session.finished.connect(self._finished)
        self._settings.changed.connect(self._setting_changed)
        QGuiApplication.clipboard().dataChanged.connect(self._permit)

    def _restore(self) -> None:
        settings = self._settings
        self.resize(160 * SPACE, 100 * SPACE)
        if not settings.geometry.isEmpty():
            self.restoreGeometry(settings.geometry)
        if not settings.window_state.isEmpty():
            self.splitter.restoreState(settings.window_state)
        restored = self.view.restore_columns(settings.header_state)
        self.view.show_methods(settings.methods, reveal=not restored)
        self.header.methods.set_methods(settings.methods)
        self.actions_.recursive.setChecked(settings.recursive)
        self.header.recursive.setChecked(settings.recursive)
        self.actions_.inspector.setChecked(settings.inspector_visible)
        self.inspector.setVisible(settings.inspector_visible)
        self._show_recent()

    # Opening, dropping, pasting

    def add_paths(self, paths: Sequence[str]) -> None:
        """Take files and folders in and encode them at once."""
        self.notice.hide()
        self.session.add_paths(paths)

    def open_folder(self) -> None:
        """Ask for a folder."""
        start = self._settings.recent_folders[0] if self._settings.recent_folders else str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open folder"), start)
        if folder:
            self.add_paths([folder])

    def add_images(self) -> None:
        """Ask for pictures. All files are offered: what a file is shows when it is read."""
        start = self._settings.recent_folders[0] if self._settings.recent_folders else str(Path.home())
        files, _ = QFileDialog.getOpenFileNames(self, self.tr("Add pictures"), start)
        self.add_paths(files)

    def paste(self) -> None:
        """Encode what is in the clipboard: files, or a picture."""
        data = QGuiApplication.clipboard().mimeData()
        paths = local_paths(data)
        if paths:
            self.add_paths(paths)
        elif data.hasImage():
            image = QImage(QGuiApplication.clipboard().image())
            if not image.isNull():
                self.session.add_image(image)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files, folders and pictures."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.drop_area.set_drag_active(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Put the highlight out."""
        self.drop_area.set_drag_active(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Encode what was dropped, and say what can't be taken."""
        self.drop_area.set_drag_active(False)
        data = event.mimeData()
        paths = local_paths(data)
        foreign = [url.toDisplayString() for url in data.urls() if not url.isLocalFile()]
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if paths:
            self.add_paths(paths)
        if data.hasImage() and not paths:
            self.session.add_image(QImage(data.imageData()))
        elif foreign:
            text = self.tr("Only files on this computer can be encoded. Save the picture first, then drop its file.")
            self.notice.tell(text, foreign, caution=True)

    def _added(self, added: Added) -> None:
        self.drop_area.set_drag_active(False)
        for folder in added.folders:
            self._settings.add_recent_folder(folder)
        for path, _ in added.refused:
            self._settings.remove_recent_folder(path)
        if added.only is not None:
            self.filter_bar.reset()
            self.view.select_row(added.only)
        text, details = added_words(added)
        if text:
            self.notice.tell(text, details, caution=bool(added.refused))

    # Encoding

    def _activity_changed(self) -> None:
        busy = self.session.activity is not Activity.IDLE
        if busy and not self._ticker.isActive():
            self._rate.reset(time.monotonic())
            self._ticker.start()
        elif not busy:
            self._ticker.stop()
        self._refresh()

    def _tick(self) -> None:
        self._rate.note(time.monotonic(), self.session.done)
        self._refresh_counts()

    def _failed(self, error: Exception) -> None:
        if self._report is not None:
            self._report(error)
        self.notice.tell(self.tr("Something went wrong while encoding. What is done is kept."), caution=True)

    def _finished(self, summary: Summary) -> None:
        self._rate.note(time.monotonic(), self.session.done)
        self._refresh()
        if self.session.model_error:
            self.notice.tell(self.session.model_error, caution=True)
        if self.session.done > 1 and not summary.stopped:
            QApplication.alert(self)

    def _set_methods(self, methods: tuple[Method, ...]) -> None:
        self._settings.methods = methods

    def _set_recursive(self) -> None:
        self._settings.recursive = self.actions_.recursive.isChecked()

    def _setting_changed(self, name: str) -> None:
        if name == "methods":
            self.header.methods.set_methods(self._settings.methods)
            self.view.show_methods(self._settings.methods, reveal=True)
        elif name == "recursive":
            self.actions_.recursive.setChecked(self._settings.recursive)
        elif name == "recent_folders":
            self._show_recent()
        if name in ("methods", "apply_rotation"):
            self._refresh()

    # What is shown

    def _refresh(self) -> None:
        activity = self.session.activity
        busy = activity is not Activity.IDLE
        store = self.model.store
        some = bool(len(store))
        self.pages.setCurrentIndex(1 if some else 0)
        self.header.show_running(running=busy)
        self._missing = 0 if busy else self.session.incomplete()
        self._refresh_counts()

    def _refresh_counts(self) -> None:
        store = self.model.store
        session = self.session
        counts = {category: store.count(category) for category in Category}
        self.filter_bar.set_counts(counts)
        self._table_stack.setCurrentIndex(0 if self.model.rowCount() or not len(store) else 1)
        numbers = Counts(
            rows=len(store),
            encoded=counts[Category.ENCODED],
            failed=counts[Category.FAILED],
            not_pictures=counts[Category.NOT_PICTURES],
            done=session.done,
            total=session.total,
            rate=self._rate.rate,
            left=self._rate.left(session.total - session.done),
        )
        activity = session.activity
        title = self._title
        if activity is Activity.IDLE:
            self.status.show_idle(numbers)
        elif activity is Activity.LISTING:
            self.status.show_listing()
        else:
            ready = self.tr("getting ready…")
            self.status.show_progress(numbers, stopping=activity is Activity.STOPPING, getting_ready=ready)
            title = f"{100 * session.done // max(1, session.total)} % – {self._title}"  # noqa: RUF001
        if self.windowTitle() != title:
            self.setWindowTitle(title)
        if len(store) and self.pages.currentIndex() == 0:
            self.pages.setCurrentIndex(1)
        self._encoded = numbers.encoded
        self._permit()

    def _filter(self, category: Category, text: str) -> None:
        self.model.set_filter(category, text)
        for action in self._categories.actions():
            if action.data() == category:
                action.setChecked(True)
        self._refresh_counts()

    def _permit(self) -> None:
        """Enable and disable actions."""
        data = QGuiApplication.clipboard().mimeData()
        situation = Situation(
            activity=self.session.activity,
            rows=len(self.model.store),
            shown=self.model.rowCount(),
            encoded=self._encoded,
            missing=self._missing,
            selected=self.view.selected_count(),
            current=self.view.currentIndex().isValid(),
            clipboard=data is not None and (data.hasUrls() or data.hasImage()),
        )
        if situation != self._situation:
            self._situation = situation
            permit(self.actions_, situation)

    def _with_current(self, act: Callable[[int], object]) -> None:
        index = self.view.currentIndex()
        if index.isValid():
            act(self.model.row_at(index.row()))

    def _show_in_folder(self, row: int) -> None:
        if not show_in_folder(self.model.store.paths[row]):
            self.notice.tell(
                self.tr("The folder can't be shown: it is gone, or there is no file manager."), caution=True
            )

    def _open(self, row: int) -> None:
        if not open_file(self.model.store.paths[row]):
            self.notice.tell(
                self.tr("The picture can't be opened: it is gone, or no program opens files of its kind."), caution=True
            )

    def _set_inspector(self) -> None:
        shown = self.actions_.inspector.isChecked()
        self.inspector.setVisible(shown)
        self._settings.inspector_visible = shown

    def _fill_columns(self) -> None:
        self._columns_menu.clear()
        self._columns_menu.addActions(self.view.column_actions(self._columns_menu))

    def _show_recent(self) -> None:
        folders = self._settings.recent_folders
        self.drop_area.set_recent_folders(folders)
        fill_recent(self._recent_menu, folders, lambda folder: self.add_paths([folder]))

    def export(self) -> None:
        """Open the export dialog."""
        dialogs.open_export(self, self._settings, self.session, self.view)

    def _open_log_folder(self) -> None:
        if self._log_folder is None or not open_file(self._log_folder):
            self.notice.tell(self.tr("There is no log folder on this computer."), caution=True)

    # Ending

    def clear(self) -> None:
        """Empty the table, asking first when encodings would be lost."""
        count = self.model.store.unsaved()
        if dialogs.may_lose(self, count, self.tr("Clear the table?"), self.tr("Clear"), self.export):
            self.session.clear()
            self.filter_bar.reset()
            self.notice.hide()
            self._refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how things stand, end the work, and ask only when encodings would be lost."""
        count = self.model.store.unsaved()
        if not dialogs.may_lose(self, count, self.tr("Close imgenc?"), self.tr("Close"), self.export):
            event.ignore()
            return
        settings = self._settings
        settings.geometry = self.saveGeometry()
        settings.window_state = self.splitter.saveState()
        settings.header_state = self.view.columns_state()
        self.hide()  # the threads may need a moment; nobody has to look at that
        self.session.close(_END_MS)
        self.view.close_tasks()
        self.thumbnails.close()
        self._feed.close()
        event.accept()


def local_paths(data: QMimeData) -> list[str]:
    """Return the files and folders of this computer that were dropped or pasted."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
