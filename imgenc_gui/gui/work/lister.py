"""Lists the files and folders of orders on a thread of its own, where disks may be slow, and hands on what is found."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from imgenc_gui.core.collecting import is_export
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.files.together import tidy
from imgenc_gui.core.listing import MADE_BY_PROGRAMS, Listing, Origin, list_files
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.adder import Adder
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.orders import Order, Stage
from imgenc_gui.gui.work.origins import find_difference, look_again, may_be_picture
from imgenc_gui.gui.work.present_work import PresentWork

_LEAVE_MS = 250  # for a disk to answer after a stop

Found = tuple[tuple[str, ...], Listing]  # the folders among what was given; and what there is


class Lister(QObject):
    """Takes orders up, and hands what they name on to be added. On the window's thread, but for what says otherwise.

    ``checker``: where a look at the disk that nobody waits for takes its time.
    """

    _listed_part = Signal(object, object, object)  # Order, Listing, what its files look like; on the listing's thread

    def __init__(
        self,
        settings: Settings,
        rows: Rows,
        work: PresentWork,
        adder: Adder,
        parent: QObject | None = None,
        *,
        checker: Jobs,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._rows = rows
        self._work = work
        self._adder = adder
        self._checker = checker
        self._check: Order | None = None  # while the disk is asked in the background
        self._jobs = Jobs(1, work.failed.emit, self)
        self._listed_part.connect(self._take_part, Qt.ConnectionType.QueuedConnection)
        self._leaver = QTimer(self)
        self._leaver.setSingleShot(True)
        self._leaver.setInterval(_LEAVE_MS)
        self._leaver.timeout.connect(self._leave_disk)

    def take_up(self, order: Order, find: Callable[[], Found]) -> None:
        """Take an order up, and add what ``find``, called on the listing's thread, gives."""
        self._work.begin(order)

        def listed(found: Found) -> None:
            if not self._was_left(order):
                self._adder.take(order, *found)

        def failed(error: Exception) -> None:
            if not self._was_left(order):
                self._adder.tell_of_parts(order)
                self._work.break_off(order, error)

        self._jobs.run(find, listed, failed)

    def add_paths(self, paths: Sequence[str], *, is_anew: bool = False) -> None:
        """List files and folders and encode what is new, or with ``is_anew`` what is known, too."""
        order = Order(Stage.LISTING, is_anew=is_anew)
        recursive, exclude = self._settings.recursive, self._settings.exclude

        def listed() -> Found:
            order.exports = tuple(path for path in paths if is_export(path))
            wanted = [path for path in paths if path not in order.exports]
            folders = tuple(path for path in wanted if os.path.isdir(path))  # noqa: PTH112
            for folder in folders:
                tidy(Path(folder))
            if not order.is_anew:  # also if the listing never ends
                order.folders, order.origins = folders, _origins(wanted, folders, order.listing, recursive=recursive)
            handing = None if order.is_anew else hand_on
            listing = list_files(
                wanted,
                recursive,
                stop,
                order.note_found,
                leave_out=MADE_BY_PROGRAMS,
                exclude=exclude,
                hand_on=handing,
            )
            if not order.is_anew:  # without what couldn't be listed
                order.origins = _origins(wanted, folders, listing, recursive=recursive)
            order.seen = look_again(self._rows, listing.files, stop)
            return folders, listing

        def hand_on(part: Listing) -> None:
            seen = look_again(self._rows, part.files, stop)
            if not self._jobs.is_closed():  # also after a stop: what was found waits
                self._listed_part.emit(order, part, seen)

        def stop() -> bool:
            return order.cancelled() or self._jobs.is_closed()

        self.take_up(order, listed)

    def update(self, origins: Sequence[Origin]) -> None:
        """List the table's own folders and files again, and encode what is new or has changed."""
        self.forget_check()
        self._work.is_stopped = self._work.is_cut_off = False
        for earlier in self._work.orders:
            if earlier.is_update and earlier.stage is Stage.LISTING:
                earlier.cancel()  # this one tells
        order = Order(Stage.LISTING, is_update=True)
        exclude = self._settings.exclude
        self.take_up(order, lambda: self._find_difference(order, origins, exclude, self._jobs.is_closed))

    def check(self, origins: Sequence[Origin]) -> None:
        """The same in the background, where a disk may take its time; nothing is encoded."""
        self.forget_check()
        self._check = order = Order(Stage.LISTING, is_update=True, encodes=False)

        def found(answer: Found) -> None:
            if order.cancelled():
                self._checker.settle()
                return
            self._check = None
            self._work.begin(order)
            self._adder.take(order, *answer)

        def failed(error: Exception) -> None:
            if order.cancelled():
                self._checker.settle()
            self._work.failed.emit(error)

        exclude, is_closed = self._settings.exclude, self._checker.is_closed
        self._checker.run(lambda: self._find_difference(order, origins, exclude, is_closed), found, failed)

    def forget_check(self) -> None:
        """Don't wait for what is looked at in the background."""
        if self._check is not None:
            self._check.cancel()
            self._check = None
            self._checker.go_on()

    def leave_stopped(self) -> None:
        """Give disks a moment to answer, and then wait no longer for those of cancelled orders."""
        self._leaver.start()

    def quit(self) -> None:
        """List nothing, and hand nothing on any more."""
        self.forget_check()
        self._leaver.stop()
        self._jobs.quit()

    def wait(self, milliseconds: int) -> bool:
        """Wait for the listing's thread. True when it has ended in time."""
        return self._jobs.wait(milliseconds)

    def _find_difference(
        self, order: Order, origins: Sequence[Origin], exclude: Exclusion, is_closed: Callable[[], bool]
    ) -> Found:
        """On the listing's thread."""

        def stop() -> bool:
            return order.cancelled() or is_closed()

        found = find_difference(self._rows, origins, stop, order.note_found, exclude)
        order.seen, order.gone, order.away = found.seen, found.gone, found.away
        files = found.listing.files
        order.beside = frozenset(path for path in files if not stop() and not self._is_worth_a_word(path))
        return tuple(one.path for one in origins if one.is_folder), found.listing

    def _is_worth_a_word(self, path: str) -> bool:
        """Whether it is told that a file is new or has changed; one that can't be read may be neither."""
        return may_be_picture(path) and (self._rows.number(path) is not None or os.access(path, os.R_OK))

    def _take_part(self, order: Order, listing: Listing, seen: dict[str, FileIdentity]) -> None:
        if order.stage is Stage.LISTING:
            self._adder.take_part(order, listing, seen)

    def _leave_disk(self) -> None:
        """End what has been stopped and is listed still: its thread waits for a disk, and nobody waits for it."""
        stuck = [order for order in self._work.orders if order.stage is Stage.LISTING and order.cancelled()]
        for order in stuck:
            self._jobs.go_on()
            self._adder.tell_of_parts(order)
        self._work.end(stuck)

    def _was_left(self, order: Order) -> bool:
        """Whether a disk answers at last, when nobody waits for it any more."""
        if order.stage is not Stage.ENDED:
            return False
        self._jobs.settle()
        return True


def _origins(paths: Sequence[str], folders: Sequence[str], listing: Listing, *, recursive: bool) -> tuple[Origin, ...]:
    """What was given and could be listed."""
    refused, are_folders = {one.path for one in listing.refused}, set(folders)
    given = [(os.path.abspath(path), path in are_folders) for path in paths if path]  # noqa: PTH100
    return tuple(Origin(path, folder, folder and recursive) for path, folder in given if path not in refused)
