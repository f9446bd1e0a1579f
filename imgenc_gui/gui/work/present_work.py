"""What goes on at present: the orders that haven't ended, and what comes of them all together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QObject, Signal

from imgenc_gui.core.columns import Mask, Numbers
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.outcome import Outcome


class PresentWork(QObject):
    """From its first order to the end of its last. Whoever takes an order up ends it. On the window's thread."""

    begins = Signal()  # before the first order is taken up
    changed = Signal()  # what the orders are at
    failed = Signal(object)  # an unexpected exception; what else goes on does so still
    ended = Signal(object)  # Outcome: nothing is left to do

    def __init__(self, rows: Rows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._orders: list[Order] = []
        self.outcome = Outcome()  # while nothing goes on, of the last work
        self.is_stopped = False  # a person did so, and what was to be encoded then waits still
        self.is_cut_off = False  # and before all of it was found

    @property
    def orders(self) -> tuple[Order, ...]:
        """Those that haven't ended, oldest first."""
        return tuple(self._orders)

    def begin(self, order: Order) -> None:
        """Take an order up; whoever does ends it."""
        if not self._orders:
            self.begins.emit()
            self.outcome = Outcome()
        self._orders.append(order)
        self.changed.emit()

    def begin_part(self, order: Order, part: Order) -> None:
        """Take up a part of an order that goes on: its turn comes before the rest's."""
        self._orders.insert(self._orders.index(order), part)
        self.changed.emit()

    def end(self, orders: Iterable[Order]) -> None:
        """Take orders off the list; whoever waits for the end of all work is told with the last of them."""
        ended = list(orders)
        for order in ended:
            order.stage = Stage.ENDED
            self._orders.remove(order)
        is_all = bool(ended) and not self._orders
        if is_all:
            self.outcome.end()
            self.is_stopped = self.is_stopped and bool(self._rows.pending.any())
        self.changed.emit()
        if is_all:
            self.ended.emit(self.outcome)

    def break_off(self, order: Order, error: BaseException) -> None:
        """End an order that met an unexpected error."""
        self.end([order])
        self.failed.emit(error)

    def stop(self) -> None:
        """Cancel every order. What is done is kept, what was found waits."""
        going = [order for order in self._orders if not order.cancelled()]
        self.is_stopped = self.is_stopped or bool(going)
        is_cut_off = any(order.stage is Stage.LISTING and order.encodes and not order.is_anew for order in going)
        self.is_cut_off = self.is_cut_off or is_cut_off
        self.outcome.is_stopped, self.outcome.is_cut_off = self.is_stopped, self.is_cut_off
        self.cancel()
        self.end(order for order in self._orders if order.stage is Stage.QUEUED)  # others end with what they are at

    def cancel(self) -> None:
        """Tell every order to end."""
        for order in self._orders:
            order.cancel()

    def awaited(self) -> Mask:
        """Which rows are to be encoded by what goes on."""
        awaited = np.zeros(len(self._rows), np.bool_)
        for order in self._orders:
            if not order.cancelled():
                awaited[order.rows] = True
        return awaited

    def left_waiting(self, rows: Numbers) -> Numbers:
        """Those of the rows that a stopped order has left: they wait, and nothing that goes on will come to them."""
        left = np.zeros(len(self._rows), np.bool_)
        left[rows] = True
        return np.flatnonzero(left & self._rows.pending & ~self.awaited())
