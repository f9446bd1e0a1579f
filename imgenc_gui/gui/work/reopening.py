"""Opens folders and files as they were left: rows from the library at once, and then a look at the disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject

from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.listing import Origin, common_folder, in_order
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.states import State
from imgenc_gui.gui.work.adder import Compared
from imgenc_gui.gui.work.jobs import Jobs, Urgency
from imgenc_gui.gui.work.keeping import Keeping
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.session import Session

_PORTION = 500  # rows taken in at a time: some 10 ms, and the table may be painted in the same turn


@dataclass(eq=False, slots=True)
class _Taking:
    """Origins whose pictures become rows."""

    order: Order
    origins: Sequence[Origin]
    library: Library
    options: Options
    paths: list[str] = field(default_factory=list)
    read: int = 0  # of the paths
    rows: int = 0


class Reopening(QObject):
    """Lives on the window's thread. What is known is read on a job's thread, one portion ahead."""

    def __init__(
        self, session: Session, live: LiveRows, keeping: Keeping, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._live = live
        self._keeping = keeping
        self._jobs = jobs
        session.compared.connect(self._forget_gone)

    def open(self, origins: Sequence[Origin]) -> None:
        """Make rows of what is known of these, and look in the background what is different now.

        Where nothing is known they are listed and encoded, as if they were dropped.
        """
        library = self._keeping.memory
        if library is None:
            self._session.update(origins)
            return
        order = Order(Stage.LISTING)
        self._session.work.begin(order)
        for one in origins:
            self._session.note_root(one.folder)
        failed = partial(self._break_off, order)
        taking = _Taking(order, origins, library, self._session.options)
        self._jobs.run(
            partial(_known, library, origins, self._session.exclude),
            partial(self._begin, taking),
            failed,
            Urgency.ANSWERS,
        )

    def _begin(self, taking: _Taking, paths: list[str]) -> None:
        taking.paths = paths
        self._read_next(taking) if paths else self._end(taking)

    def _read_next(self, taking: _Taking) -> None:
        portion = taking.paths[taking.read : taking.read + _PORTION]
        taking.read += len(portion)
        encoder = self._keeping.encoder(taking.options)

        def read() -> list[ImageResult]:
            known = taking.library.last_of_files(portion, taking.options)
            return [encoder.complete(one) for one in known if one is not None]

        self._jobs.run(read, partial(self._take, taking), partial(self._break_off, taking.order), Urgency.ANSWERS)

    def _take(self, taking: _Taking, known: list[ImageResult]) -> None:
        """Take a portion in while the next is read."""
        is_last = taking.read == len(taking.paths) or taking.order.cancelled()
        if not is_last:
            self._read_next(taking)
        taking.rows += len(known)
        paths = [one.path for one in known]
        back = set(self._live.bring_back(paths).tolist())
        added = self._live.append(paths)
        told = (one for one in known if one.encodings or one.failure)  # of others nothing that is wanted now
        numbered = ((self._live.rows.number(one.path), one) for one in told)
        # Others that have a row were dropped meanwhile: they are encoded as they are now.
        is_waiting = self._live.rows.states == State.WAITING
        fresh = [
            (row, one)
            for row, one in numbered
            if row is not None and (row in added or (row in back and is_waiting[row]))
        ]
        self._live.apply(fresh, turned=taking.options.apply_exif_orientation, kept=True)
        if is_last:
            self._end(taking)

    def _end(self, taking: _Taking) -> None:
        self._live.settle()
        self._session.work.end([taking.order])
        if not taking.order.cancelled():
            look = self._session.check if taking.rows else self._session.update
            look(taking.origins)

    def _break_off(self, order: Order, error: Exception) -> None:
        self._session.work.break_off(order, error)

    def _forget_gone(self, compared: Compared) -> None:
        """What is gone was told; another time it isn't opened again."""
        if self._keeping.library is not None:
            self._keeping.library.note_gone(compared.gone)


def _known(library: Library, origins: Sequence[Origin], exclude: Exclusion) -> list[str]:
    """The files that are known of these origins and would be listed, in the order of a listing."""
    found: dict[str, None] = {}
    for one in origins:
        paths = library.under(one.path, recursive=one.recursive) if one.is_folder else [one.path]
        found |= dict.fromkeys(path for path in paths if one.holds(path, exclude))
    return in_order(found, common_folder(one.folder for one in origins))
