"""The grid on the screen: the table's rows as pictures, in cells that are all alike.

It is a list, so that screen readers find its cells, but lays them out itself: Qt's takes ten seconds for 1,000,000
rows, each time that its width changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QRubberBand, QStyle, QStyleOptionRubberBand, QWidget

from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, SPACE
from imgenc_gui.gui.look.letters import lines
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.table.banded import Banded
from imgenc_gui.gui.table.cell_delegate import CellDelegate
from imgenc_gui.gui.table.cells import Cells, Groups
from imgenc_gui.gui.table.columns import NAME, Column
from imgenc_gui.gui.table.model import Index
from imgenc_gui.gui.table.rows_view import RowsView
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs

_GAP = SPACE  # between cells: from here a frame can be drawn
_FEW = 64  # cells whose places are told apart when they are to be painted anew
_WHEEL = 120  # of its units, a notch
_SCROLL_MS = 30
_STEP = 60  # pixels that a third of a notch of the wheel scrolls, at most

_Hint = QAbstractItemView.ScrollHint
_Move = QAbstractItemView.CursorAction
_Flag = QItemSelectionModel.SelectionFlag


@dataclass(slots=True)
class _Frame:
    """A frame that is drawn around cells to select them; places are in the contents."""

    start: QPoint
    end: QPoint
    before: QItemSelection  # what was selected, and stays so

    def rect(self) -> QRect:
        return QRect(self.start, self.end).normalized()


class GridView(RowsView, QListView):
    """Shows what the table shows, with its selection, order and columns; what is asked for it tells as the table."""

    size_step_asked = Signal(int)  # 1: larger pictures, -1: smaller ones

    def __init__(self, table: ResultsView, thumbnails: Thumbnails, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._thumbnails = thumbnails
        self._known: Cells | None = None  # as they were found last
        self._is_stale = True  # they are to be found anew
        self._bands: Banded | None = None  # that they were found for
        self._frame: _Frame | None = None
        self._turned = 0  # of the wheel, less than a notch
        model = table.results
        self._cells_painter = CellDelegate(model, thumbnails, self)
        self._set_up(model, thumbnails, jobs, self._cells_painter)
        own = self.selectionModel()
        self.setSelectionModel(table.selectionModel())
        own.deleteLater()
        self.setModelColumn(model.section(NAME))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Pictures"))
        self._scrolling = QTimer(self)
        self._scrolling.setInterval(_SCROLL_MS)
        self._scrolling.timeout.connect(self._scroll_on)
        for name in ("selection_changed", "encode_again_requested", "show_in_folder_requested", "open_requested",
                     "mark_requested", "handed_on", "copied", "selection_dropped"):  # fmt: skip
            getattr(self, name).connect(getattr(table, name))
        self.row_actions, self.band_actions, self.last_actions = (
            table.row_actions,
            table.band_actions,
            table.last_actions,
        )
        for changed in (model.layoutChanged, model.modelReset, model.banded_changed):
            changed.connect(self._lay_out)
        follow(self, "cells", GridView._lay_out)

    def shown_columns(self) -> list[Column]:
        """The table's."""
        return self._table.shown_columns()

    def sorting(self) -> tuple[int, Qt.SortOrder]:
        """The table's."""
        return self._table.sorting()

    # Where cells are

    @property
    def side(self) -> int:
        """The longest side of the pictures, in logical pixels."""
        return self._cells_painter.side

    def set_side(self, side: int) -> None:
        """Show pictures so large; what was seen stays in sight."""
        if side != self.side:
            anchor = self._anchor()
            self._ask_for(range(0))
            self._cells_painter.side = side
            self._lay_out()
            self._hold(anchor)

    def _cells(self) -> Cells:
        """Where cells are, found anew when anything has changed that they depend on."""
        banded = self._results.banded
        known = self._known
        if known is None or self._is_stale or self._bands is not banded or known.count != self._results.rowCount():
            known = self._known = self._found(banded)
            self._bands, self._is_stale = banded, False
        return known

    def _found(self, banded: Banded | None) -> Cells:
        width, height = self._cells_painter.size(self)
        room, shown = self.maximumViewportSize(), self._results.shown_rows
        groups = None
        if banded is not None and banded.has_references and shown.size:
            groups = Groups(banded.firsts(shown), lines(self, 1) + 3 * SPACE)

        def within(width_of_all: int) -> Cells:
            return Cells.of(shown.size, width_of_all, (width + _GAP, height + _GAP), SPACE, groups)

        cells = within(room.width() + _GAP)  # the last has none beside it
        if cells.height > room.height():  # there will be a scroll bar
            cells = within(room.width() + _GAP - self.verticalScrollBar().sizeHint().width())
        return cells

    def _area(self, position: int) -> QRect:
        """Where a cell is in the viewport."""
        cells = self._cells()
        x, y = cells.place(position)
        return self._mirrored(QRect(x, y - self.verticalOffset(), cells.width - _GAP, cells.step - _GAP))

    def _mirrored(self, area: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.viewport().rect(), area)

    def _inside(self, place: QPoint) -> QPoint:
        """A place in the viewport, as one in the contents, from the left."""
        if self.isRightToLeft():
            place = QPoint(self.viewport().width() - 1 - place.x(), place.y())
        return place + QPoint(0, self.verticalOffset())

    def visualRect(self, index: Index) -> QRect:
        """Where a picture is."""
        return self._area(index.row()) if index.isValid() else QRect()

    def indexAt(self, place: QPoint) -> QModelIndex:
        """The picture at a place, none between them."""
        inside = self._inside(place)
        position = self._cells().at(inside.x(), inside.y())
        if position < 0 or not self._area(position).contains(place):
            return QModelIndex()
        return self._name_at(position)

    def horizontalOffset(self) -> int:
        """It scrolls up and down alone."""
        return 0

    def verticalOffset(self) -> int:
        """How far it is scrolled."""
        return self.verticalScrollBar().value()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What is to be painted anew."""
        ranges = [selection.at(number) for number in range(min(selection.count(), _FEW))]
        if sum(part.height() for part in ranges) > _FEW or selection.count() > _FEW:
            return QRegion(self.viewport().rect())
        region = QRegion()
        for part in ranges:
            for position in range(part.top(), part.bottom() + 1):
                region += self._area(position)
        return region

    def forget_hidden(self) -> None:
        """Have the table do so, which carries the selection along."""
        self._table.forget_hidden()

    def _first_seen(self) -> int:
        return self._cells().nearest(0, self.verticalOffset())

    def _seen(self) -> range:
        """The positions that are seen, as a whole or in part."""
        return self._seen_of(self._cells())

    def _seen_of(self, cells: Cells | None) -> range:
        top = self.verticalOffset()
        return range(0) if cells is None else cells.span(top, top + self.viewport().height() - 1)

    def _before_reorder(self) -> None:
        """Note whether the current row was seen: rows may be in other bands now already than those that are shown."""
        self._follow = self.currentIndex().row() in self._seen_of(self._known)
        self._followed = self.current_row()

    # Laying out

    def _lay_out(self) -> None:
        """Find out anew where cells are, soon."""
        self._is_stale = True
        self.scheduleDelayedItemsLayout()

    def doItemsLayout(self) -> None:
        """Paint them where they are now."""
        self._is_stale = True
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Set how far it can be scrolled."""
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if not self.isVisible():
            return
        cells = self._cells()
        bar.setPageStep(height)
        bar.setSingleStep(min(cells.step // 3, _STEP))
        bar.setRange(0, max(0, cells.height - height))

    def rowsInserted(self, parent: QModelIndex | QPersistentModelIndex, start: int, end: int) -> None:
        """Paint only what comes to be seen: rows come below all others."""
        before = None if self._is_stale or not self.isVisible() else self._seen_of(self._known)
        self._is_stale = True
        if before is not None and self._seen() == before:
            self.updateGeometries()
        elif before is not None:
            QListView.rowsInserted(self, parent, start, end)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Show what has changed, where it is seen."""
        if self._bands is not self._results.banded:
            self._lay_out()
        if self.isVisible():
            seen = self._seen()
            changed = range(max(seen.start, first.row()), min(seen.stop, last.row() + 1))
            if len(changed) > _FEW:
                self.viewport().update()
            else:
                for position in changed:
                    self.viewport().update(self._area(position))
        if QAccessible.isActive():
            super().dataChanged(first, last, roles)

    def _anchor(self) -> tuple[int, int] | None:
        """A picture that is to stay where it is: the current one, if it is seen, or else the first; and where it is."""
        cells, top = self._cells(), self.verticalOffset()
        current = self.currentIndex().row()
        if current in self._seen():
            return current, cells.place(current)[1] - top
        first = cells.nearest(0, top) if top else -1  # at the top it stays there
        return None if first < 0 else (first, cells.place(first)[1] - top)

    def _hold(self, anchor: tuple[int, int] | None) -> None:
        self.updateGeometries()
        if anchor is not None and anchor[0] < self._results.rowCount():
            top = self._cells().place(anchor[0])[1]
            self.verticalScrollBar().setValue(
                top - max(0, min(anchor[1], self.viewport().height() - self._cells().step))
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew; what was seen stays in sight."""
        anchor = self._anchor() if not self._is_stale and self.isVisible() else None
        QAbstractItemView.resizeEvent(self, event)
        self._is_stale = True
        self._hold(anchor)
        self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out what has changed meanwhile. The keyboard is on names: there are no other columns."""
        super().showEvent(event)
        self.updateGeometries()
        current = self.currentIndex()
        if current.isValid():
            self.selectionModel().setCurrentIndex(self._name_at(current.row()), _Flag.NoUpdate)

    # Scrolling

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = _Hint.EnsureVisible) -> None:
        """Bring a picture into view, with its heading."""
        if not index.isValid():
            return
        self.updateGeometries()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        cells = self._cells()
        top, bottom = cells.top_of(index.row()) - _GAP, cells.place(index.row())[1] + cells.step
        if hint == _Hint.PositionAtTop:
            bar.setValue(top)
        elif hint == _Hint.PositionAtCenter:
            bar.setValue((top + bottom - height) // 2)
        elif top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + height:
            bar.setValue(min(top, bottom - height))

    def scrollContentsBy(self, _right: int, down: int) -> None:
        """Move what is painted already."""
        if self._frame is None:
            self.viewport().scroll(0, down)
        else:
            self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, show larger or smaller pictures."""
        if event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            QAbstractItemView.wheelEvent(self, event)
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _WHEEL)
        self._turned -= notches * _WHEEL
        if notches:
            self.size_step_asked.emit(1 if notches > 0 else -1)
        event.accept()

    # Keys

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Where a key goes to."""
        del modifiers
        cells, current = self._cells(), self.currentIndex().row()
        last = cells.count - 1
        if last < 0 or current < 0:
            return self._name_at(min(last, 0))
        if self.isRightToLeft():
            action = {_Move.MoveLeft: _Move.MoveRight, _Move.MoveRight: _Move.MoveLeft}.get(action, action)
        page = max(self.viewport().height() // cells.step, 1) * cells.step
        x, y = cells.place(current)
        to = {
            _Move.MoveUp: cells.above(current),
            _Move.MoveDown: cells.below(current),
            _Move.MoveLeft: max(current - 1, 0),
            _Move.MovePrevious: max(current - 1, 0),
            _Move.MoveRight: min(current + 1, last),
            _Move.MoveNext: min(current + 1, last),
            _Move.MoveHome: 0,
            _Move.MoveEnd: last,
            _Move.MovePageUp: cells.nearest(x, y - page) if y > page else 0,
            _Move.MovePageDown: cells.nearest(x, y + page) if y + page < cells.height else last,
        }[action]
        return self._name_at(to)

    # Selecting

    def setSelection(self, area: QRect, flags: QItemSelectionModel.SelectionFlag) -> None:
        """Select from one corner's picture to the other's, as they follow on one another."""
        cells = self._cells()
        start, end = (self._inside(corner) for corner in (area.topLeft(), area.bottomRight()))
        first, last = sorted((cells.nearest(start.x(), start.y()), cells.nearest(end.x(), end.y())))
        selection = QItemSelection()
        if first >= 0:
            selection.append(self._range(first, last))
        self.selectionModel().select(selection, flags)

    def _range(self, first: int, last: int) -> QItemSelectionRange:
        model = self._results
        return QItemSelectionRange(model.index(first, 0), model.index(last, len(model.columns) - 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a frame between the pictures."""
        place = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or self.indexAt(place).isValid():
            super().mousePressEvent(event)
            return
        keeps = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        if not keeps:
            self.clearSelection()
        inside = self._inside(place)
        self._frame = _Frame(inside, inside, QItemSelection(self.selectionModel().selection()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select what the frame touches."""
        if self._frame is None:
            super().mouseMoveEvent(event)
            return
        self._draw_to(event.position().toPoint())
        is_out = not self.viewport().rect().contains(event.position().toPoint())
        if is_out and not self._scrolling.isActive():
            self._scrolling.start()
        elif not is_out:
            self._scrolling.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the frame."""
        if self._frame is None:
            super().mouseReleaseEvent(event)
            return
        self._frame = None
        self._scrolling.stop()
        self.viewport().update()

    def _draw_to(self, place: QPoint) -> None:
        if self._frame is None:
            return
        self._frame.end = self._inside(place)
        area = self._frame.rect()
        selection = QItemSelection()
        left, top = area.left() + _GAP, area.top() + _GAP  # the gaps belong to the cells before them
        for first, last in self._cells().within(left, top, area.right(), area.bottom()):
            selection.append(self._range(first, last))
        selection.merge(self._frame.before, _Flag.Select)
        self.selectionModel().select(selection, _Flag.ClearAndSelect)
        here = self.indexAt(place)
        if here.isValid():  # where keys go on from
            self.selectionModel().setCurrentIndex(here, _Flag.NoUpdate)
        self.viewport().update()

    def _scroll_on(self) -> None:
        """Go on scrolling while the frame is drawn out of the view."""
        place = self.viewport().mapFromGlobal(self.cursor().pos())
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + max(-_STEP, min(_STEP, place.y() if place.y() < 0 else place.y() - self.height())))
        self._draw_to(place)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is seen, from its end, so that what is asked for last and so read first is at its beginning."""
        painter = QPainter(self.viewport())
        delegate, selection, cells = self._cells_painter, self.selectionModel(), self._cells()
        shared = delegate.shared(self)
        dirty, top = event.rect(), self.verticalOffset()
        current = self.currentIndex().row() if self.hasFocus() else -1
        for position in reversed(cells.span(top + dirty.top(), top + dirty.bottom())):
            area = self._area(position)
            if area.intersects(dirty):
                delegate.paint_cell(
                    painter, area, shared, position,
                    selected=selection.isSelected(self._name_at(position)), focused=position == current,
                )  # fmt: skip
        width = self.viewport().width()
        for y, position in cells.headings(top + dirty.top(), top + dirty.bottom()):
            area = QRect(SPACE, y - top, width - 2 * SPACE, cells.heading - HALF)
            delegate.paint_heading(painter, area, shared, position)
        if self._frame is not None:
            option = QStyleOptionRubberBand()
            option.initFrom(self)
            option.shape = QRubberBand.Shape.Rectangle
            option.rect = self._mirrored(self._frame.rect().translated(0, -top))
            self.style().drawControl(QStyle.ControlElement.CE_RubberBand, option, painter, self)
        painter.end()
        self._ask_for(self._seen())
