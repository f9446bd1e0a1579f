"""Small pictures for the rows that are seen: read one at a time in the background, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QPixmap

from imgenc_gui.core.library.library import Library
from imgenc_gui.gui.look.theme import edged
from imgenc_gui.gui.pictures.images import Look, Read, read_image, read_small_image
from imgenc_gui.gui.work.jobs import Jobs, Urgency

MAX_KEPT = 2000  # of the table's, some 60 screens; 50 MB at 200 %
MAX_BYTES = 128 << 20  # of large ones, four screens of 3840 by 2160 pixels
MAX_WAITING = 600  # a screen of small ones; who shows them cancels those that were scrolled past
# Device pixels: those larger than the first are read and kept in the library in these sizes, and shown in any. So what
# was read for one step of the grid's slider serves its neighbours, too.
_SIZES = 80, 160, 320, 640
_ANY = Look()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A thumbnail, None if the picture can't be read, and which look of the picture it shows."""

    pixmap: QPixmap | None
    look: Look

    @property
    def bytes(self) -> int:
        """How much room it takes."""
        return 0 if self.pixmap is None else self.pixmap.width() * self.pixmap.height() * 4


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
        self._bytes = 0  # of these
        self._last: dict[str, _Key] = {}  # of each path, the one that was read last
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

    def in_other_size(self, path: str, side: int) -> QPixmap | None:
        """A thumbnail that was read for another size, as large as one of this side; None where there is none."""
        key = self._last.get(path)
        kept = None if key is None else self._kept[key]
        if kept is None or kept.pixmap is None:
            return None
        pixmap = QPixmap(kept.pixmap)  # shares the pixels
        longest = max(pixmap.width(), pixmap.height())
        pixmap.setDevicePixelRatio(longest / side)
        return pixmap

    def cancel(self, paths: Iterable[str], side: int, ratio: float) -> None:
        """Don't read these, which were asked for and aren't seen any more."""
        longest = round(side * ratio)
        for path in paths:
            self._waiting.pop((path, longest), None)

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
        size = next((size for size in _SIZES if size >= longest), longest) if longest > _SIZES[0] else longest

        def reading() -> Read:
            if library is None:
                return _at_most(read_image(path, size, self._jobs.is_closed), longest)
            return _at_most(read_small_image(path, size, library, self._jobs.is_closed), longest)

        self._jobs.run(reading, done, failed, Urgency.LOOKS)

    def _keep(self, key: _Key, ratio: float, read: Read, asked: Look) -> None:
        pixmap = None
        if read.image is not None:
            pixmap = edged(QPixmap.fromImage(read.image))
            pixmap.setDevicePixelRatio(ratio)
        self._forget(key)
        self._kept[key] = kept = _Kept(pixmap, Look(asked.generation, read.file))
        self._last[key[0]] = key
        self._bytes += kept.bytes
        while len(self._kept) > MAX_KEPT or (self._bytes > MAX_BYTES and len(self._kept) > 1):
            self._forget(next(iter(self._kept)))
        self._reading = None
        self.ready.emit(key[0], read.file if read.is_there else None)
        self._read_next()

    def _forget(self, key: _Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.bytes
            if self._last.get(key[0]) == key:
                del self._last[key[0]]


def _at_most(read: Read, longest: int) -> Read:
    """What was read, made smaller where a side is longer."""
    if read.image is None or max(read.image.width(), read.image.height()) <= longest:
        return read
    smooth = Qt.TransformationMode.SmoothTransformation
    image = read.image.scaled(QSize(longest, longest), Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return replace(read, image=image)
