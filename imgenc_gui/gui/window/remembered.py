"""Settings applied to the window: as it opens, whenever one changes, and written back when it closes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QMainWindow, QMenu

from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.letters import room_on_screen
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.actions import Actions, fill_recent
from imgenc_gui.gui.window.drop_area import DropArea
from imgenc_gui.gui.window.header import Header
from imgenc_gui.gui.window.side import Side
from imgenc_gui.gui.window.views import Views

_COMFORTABLE = QSize(160 * SPACE, 100 * SPACE)  # the first window, where the screen has room for it


class Remembered(QObject):
    """Keeps the window as the settings say, and the settings as the window is used."""

    work_changed = Signal()  # other encodings are wanted now
    recent_chosen = Signal(object)  # a recent folder or export, a path as in all signals that carry one

    def __init__(
        self,
        settings: Settings,
        window: QMainWindow,
        *,
        side: Side,
        views: Views,
        header: Header,
        drop_area: DropArea,
        actions: Actions,
        recent_menu: QMenu,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._window = window
        self._side = side
        self._views = views
        self._header = header
        self._drop_area = drop_area
        self._actions = actions
        self._recent_menu = recent_menu
        header.methods.methods_changed.connect(self._set_methods)
        drop_area.recent_requested.connect(self.recent_chosen)
        views.side_changed.connect(self._set_side)
        side.shown_changed.connect(actions.inspector.setChecked)
        settings.changed.connect(self._apply)

    def restore(self) -> None:
        """Open the window as it was left."""
        settings = self._settings
        self._window.resize(_COMFORTABLE.boundedTo(room_on_screen(self._window)))
        if not settings.geometry.isEmpty():
            self._window.restoreGeometry(settings.geometry)  # within the screens that there are now
        if not settings.window_state.isEmpty():
            self._side.restore_state(settings.window_state)
        restored = self._views.table.restore_columns(settings.columns)
        self._views.table.show_methods(settings.methods, reveal=not restored)
        self._header.methods.set_methods(settings.methods)
        self._drop_area.set_methods(settings.methods)
        self._actions.recursive.setChecked(settings.recursive)
        self._header.recursive.setChecked(settings.recursive)
        self._side.want(wanted=settings.inspector_visible)
        self._actions.inspector.setChecked(self._side.inspector_shown())
        self._views.set_side(settings.grid_side)
        self._actions.grid.setChecked(settings.grid)
        self._views.show_grid(shown=settings.grid)
        self._show_recent()

    def show_methods(self, new: Sequence[Method]) -> None:
        """There are other methods now; ``new``: these weren't there before, and may be chosen by what is remembered."""
        chosen = self._settings.methods
        self._header.methods.refresh()
        self._header.methods.set_methods(chosen)
        self._drop_area.set_methods(chosen)
        self._views.table.show_methods(chosen, reveal=any(method in chosen for method in new))
        self.work_changed.emit()

    def keep(self) -> None:
        """Write down how the window stands."""
        self._settings.geometry = self._window.saveGeometry()
        self._settings.window_state = self._side.state()
        self._settings.columns = tuple(self._views.table.column_layouts())
        self._settings.store.sync()  # Qt would do so later, if the process is there then

    def set_recursive(self) -> None:
        """Take over what the action says on subfolders."""
        self._settings.recursive = self._actions.recursive.isChecked()

    def set_grid(self) -> None:
        """Take over whether pictures are shown in the grid."""
        self._settings.grid = self._actions.grid.isChecked()
        self._views.show_grid(shown=self._settings.grid)

    def _set_side(self, side: int) -> None:
        self._settings.grid_side = side

    def set_inspector(self) -> None:
        """Take over whether the inspector is shown; as a drawer it comes and goes, and nothing is remembered."""
        shown = self._actions.inspector.isChecked()
        if self._side.narrow:
            self._side.show_drawer(shown=shown)
        else:
            self._side.want(wanted=shown)
            self._settings.inspector_visible = shown

    def _set_methods(self, methods: tuple[Method, ...]) -> None:
        self._settings.methods = methods

    def _apply(self, name: str) -> None:
        if name == "methods":
            self._header.methods.set_methods(self._settings.methods)
            self._drop_area.set_methods(self._settings.methods)
            self._views.table.show_methods(self._settings.methods, reveal=True)
        elif name == "recursive":
            self._actions.recursive.setChecked(self._settings.recursive)
        elif name == "recent":
            self._show_recent()
        if name in ("methods", "apply_exif_orientation", "damaged"):
            self.work_changed.emit()

    def _show_recent(self) -> None:
        recent = self._settings.recent
        self._drop_area.set_recent(recent)
        fill_recent(self._recent_menu, recent, self.recent_chosen.emit)
