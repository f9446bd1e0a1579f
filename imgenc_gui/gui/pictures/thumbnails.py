"""Small pictures for the rows that are seen: read one at a time in the background, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from imgenc_gui.core.formats.reading import ReadError, read_thumbnail
from imgenc_gui.gui.work.jobs import Tasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_KEPT = 600  # about 20 screens; 15 MB at 200 %
MAX_WAITING = 48  # a screen or two: rows that were scrolled past are forgotten


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """Copy (h, w, 3) RGB pixels into a QImage."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def read_image(path: str, longest: int) -> QImage | None:
    """Read a picture, upright, its longest side at most ``longest`` device pixels; None when it can't be read."""
    try:
        return to_image(read_thumbnail(path, longest))
    except ReadError:
        return None  # the row's status says why


class Thumbnails(QObject):
    """A bounded cache of thumbnails. The last asked for is read first: that is what the person looks at."""

    ready = Signal(str)  # path

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(parent=self)
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

    def forget(self, path: str) -> None:
        """Read this picture again when it is next seen."""
        for key in [key for key in self._kept if key[0] == path]:
            del self._kept[key]

    def close(self) -> bool:
        """Read no more."""
        self._waiting.clear()
        return self._tasks.close()

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
            raise error  # to the error reporter: reading thumbnails expects no other errors than ReadError

        self._tasks.run(lambda: read_image(path, longest), done, failed)

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
