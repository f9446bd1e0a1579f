"""Small pictures for the rows that are seen: read one at a time in the background, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from imgenc_gui.core.library.library import Library
from imgenc_gui.gui.look.theme import edged
from imgenc_gui.gui.pictures.images import Look, Read, read_image, read_small_image
from imgenc_gui.gui.work.jobs import Jobs, Urgency

MAX_KEPT = 600  # about 20 screens; 15 MB at 200 %
MAX_WAITING = 48  # a screen or two: rows that were scrolled past are forgotten
_ANY = Look()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A thumbnail, None if the picture can't be read, and which look of the picture it shows."""

    pixmap: QPixmap | None
    look: Look


_Key = tuple[str, int]  # path, longest side in device pixels


class Thumbnails(QObject):
    """A bounded cache of thumbnails. The last asked for is read first: that is what the person looks at.

    ``library``: asks where those are that were read in earlier runs; None for nowhere.
    """

    ready = Signal(object, object)  # path (a str signal would lose bytes), FileIdentity of what was read or None

    def __init__(
        self, jobs: Jobs, parent: QObject | None = None, *, library: Callable[[], Library | None] = lambda: None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._library = library
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._waiting: OrderedDict[_Key, tuple[float, Look]] = OrderedDict()  # the device pixel ratio, what is wanted
        self._reading: tuple[_Key, Look] | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, path: str, side: int, ratio: float, look: Look = _ANY) -> QPixmap | None:
        """Return the thumbnail, or None while it isn't there; then it is read and ``ready`` emitted.

        ``side`` is the longest side in logical pixels, ``ratio`` the device pixels in one of them. Instead of one of
        another look the last there was is returned, until the one that is wanted is read.
        """
        key = (path, round(side * ratio))
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            if kept.look.serves(look):
                return kept.pixmap
        if self._reading != (key, look):
            self._waiting[key] = (ratio, look)
            self._waiting.move_to_end(key)
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)
            self._read_next()
        return kept.pixmap if kept is not None else None

    def _read_next(self) -> None:
        if self._reading is not None or not self._waiting:
            return
        key, (ratio, look) = self._waiting.popitem()
        self._reading = (key, look)
        path, longest = key

        def done(read: Read) -> None:
            self._keep(key, ratio, read, look)

        def failed(error: Exception) -> None:
            self._keep(key, ratio, Read(None, None), look)
            self._jobs.report(error)  # reading thumbnails expects no other errors than ReadError

        library = self._library()

        def reading() -> Read:
            if library is None:
                return read_image(path, longest, self._jobs.is_closed)
            return read_small_image(path, longest, library, self._jobs.is_closed)

        self._jobs.run(reading, done, failed, Urgency.LOOKS)

    def _keep(self, key: _Key, ratio: float, read: Read, asked: Look) -> None:
        pixmap = None
        if read.image is not None:
            pixmap = edged(QPixmap.fromImage(read.image))
            pixmap.setDevicePixelRatio(ratio)
        self._kept[key] = _Kept(pixmap, Look(asked.generation, read.file))
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        self._reading = None
        self.ready.emit(key[0], read.file if read.is_there else None)
        self._read_next()
