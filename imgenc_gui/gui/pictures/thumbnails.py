"""Small pictures for the rows that are seen: read one at a time in the background, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from imgenc_gui.gui.pictures.images import read_image
from imgenc_gui.gui.work.jobs import Jobs, Urgency

MAX_KEPT = 600  # about 20 screens; 15 MB at 200 %
MAX_WAITING = 48  # a screen or two: rows that were scrolled past are forgotten


class Thumbnails(QObject):
    """A bounded cache of thumbnails. The last asked for is read first: that is what the person looks at."""

    ready = Signal(object)  # path; a str signal would lose bytes that are no text

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._kept: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()
        self._waiting: OrderedDict[tuple[str, int], float] = OrderedDict()  # key -> device pixel ratio
        self._reading: tuple[str, int] | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, path: str, side: int, ratio: float) -> QPixmap | None:
        """Return the thumbnail, or None while it isn't there; then it is read and ``ready`` emitted.

        ``side`` is the longest side in logical pixels, ``ratio`` the device pixels in one of them.
        """
        key = (path, round(side * ratio))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key != self._reading:
            self._waiting[key] = ratio
            self._waiting.move_to_end(key)
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)
            self._read_next()
        return None

    def _read_next(self) -> None:
        if self._reading is not None or not self._waiting:
            return
        key, ratio = self._waiting.popitem()
        self._reading = key
        path, longest = key

        def done(image: QImage | None) -> None:
            self._keep(key, ratio, image)

        def failed(error: Exception) -> None:
            self._keep(key, ratio, None)
            self._jobs.report(error)  # reading thumbnails expects no other errors than ReadError

        self._jobs.run(lambda: read_image(path, longest, self._jobs.is_closed), done, failed, Urgency.LOOKS)

    def _keep(self, key: tuple[str, int], ratio: float, image: QImage | None) -> None:
        pixmap = None
        if image is not None:
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(ratio)
        self._kept[key] = pixmap
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        self._reading = None
        self.ready.emit(key[0])
        self._read_next()
