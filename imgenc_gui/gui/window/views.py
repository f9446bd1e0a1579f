"""The two views of the pictures, one of which is shown: the table, or the grid, with the slider of its size."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSlider, QStackedWidget, QWidget

from imgenc_gui.gui.look.grid import HALF, ICON, SPACE
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.grid import GridView
from imgenc_gui.gui.table.model import ResultsModel
from imgenc_gui.gui.table.rows_view import RowsView
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs

SIDES = (96, 128, 160, 208, 256, 320)  # of the pictures, in logical pixels: the slider's steps
_NARROW, _WIDE = 5 * SPACE, 12 * SPACE  # the slider's width


class Views(QStackedWidget):
    """Both show the same rows, with one selection: whoever selects or asks for anything does so in the ``shown`` one.

    What a person asked for either of them, the table tells.
    """

    side_changed = Signal(int)  # of the grid's pictures

    def __init__(self, model: ResultsModel, thumbnails: Thumbnails, jobs: Jobs) -> None:
        super().__init__()
        self.table = ResultsView(model, thumbnails, jobs)
        self.grid = GridView(self.table, thumbnails, jobs)
        self.slider = SizeSlider()
        self.slider.hide()
        for view in (self.table, self.grid):
            self.addWidget(view)
        self.setFocusProxy(self.table)
        self.grid.set_side(self.slider.side())
        self.grid.size_step_asked.connect(self.slider.step)
        self.slider.moved.connect(self._resize)

    @property
    def shown(self) -> RowsView:
        """The one that a person sees."""
        return self.grid if self.is_grid else self.table

    @property
    def is_grid(self) -> bool:
        """Whether that is the grid."""
        return self.currentWidget() is self.grid

    def show_grid(self, *, shown: bool) -> None:
        """Show the grid, or the table, at the same place."""
        before, after = self.shown, self.grid if shown else self.table
        if before is after:
            return
        has_focus, place = before.hasFocus(), before.place()
        self.setCurrentWidget(after)
        self.setFocusProxy(after)
        self.slider.setVisible(shown)
        after.go_to(place)
        if has_focus:
            after.setFocus()

    def set_side(self, side: int) -> None:
        """Show pictures so large, or almost."""
        self.slider.set_side(side)

    def offer(self, rows: Iterable[QAction] = (), bands: Iterable[QAction] = (), last: Iterable[QAction] = ()) -> None:
        """Have actions in the menu of a row: always, only where rows are in bands, and at the end."""
        self.table.row_actions.extend(rows)
        self.table.band_actions.extend(bands)
        self.table.last_actions.extend(last)

    def add_keys(self, actions: Iterable[QAction]) -> None:
        """Let actions have their keys while a view has the keyboard."""
        for view in (self.table, self.grid):
            view.addActions(list(actions))

    def _resize(self, side: int) -> None:
        self.grid.set_side(side)
        self.side_changed.emit(side)


class SizeSlider(QWidget):
    """How large the grid's pictures are, in steps."""

    moved = Signal(int)  # the pictures' side

    def __init__(self) -> None:
        super().__init__()
        self.slider = slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, len(SIDES) - 1)
        slider.setPageStep(1)
        slider.setValue(SIDES.index(160))
        slider.setMinimumWidth(_NARROW)
        slider.setMaximumWidth(_WIDE)
        slider.setAccessibleName(self.tr("Size of the pictures"))
        slider.setToolTip(self.tr("How large the pictures are (Ctrl and the wheel)"))
        slider.valueChanged.connect(lambda step: self.moved.emit(SIDES[step]))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, 0, 0, 0)
        row.setSpacing(HALF)
        row.addWidget(IconLabel("picture", ICON - HALF - 2, "muted"))
        row.addWidget(slider)
        row.addWidget(IconLabel("picture", ICON, "muted"))
        self.setMaximumHeight(self.sizeHint().height())

    def side(self) -> int:
        """The side that is chosen."""
        return SIDES[self.slider.value()]

    def set_side(self, side: int) -> None:
        """Choose the step that is next to a side."""
        self.slider.setValue(min(range(len(SIDES)), key=lambda step: abs(SIDES[step] - side)))

    def step(self, steps: int) -> None:
        """Go some steps on, or back."""
        self.slider.setValue(self.slider.value() + steps)
