"""Reads the one picture that the inspector shows; of those asked for meanwhile, only the last is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from imgenc_gui.core.formats.reading import ReadError, read_preview
from imgenc_gui.gui.work.jobs import Tasks
from imgenc_gui.gui.pictures.thumbnails import read_image, to_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

_LONGEST = 1600  # device pixels: enough for a preview on a large, dense screen


def _read_full(path: str) -> QImage | None:
    try:
        return to_image(read_preview(path))
    except ReadError:
        return None


class PreviewLoader(QObject):
    """Answers the inspector's wishes from another thread."""

    preview_ready = Signal(str, object)  # path, QImage or None
    full_size_ready = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(parent=self)
        self._next: tuple[str, bool] | None = None

    def want_preview(self, path: str) -> None:
        """Read a preview, then emit preview_ready."""
        self._want(path, full=False)

    def want_full_size(self, path: str) -> None:
        """Read all pixels, then emit full_size_ready."""
        self._want(path, full=True)

    def close(self) -> bool:
        """Read no more."""
        return self._tasks.close()

    def _want(self, path: str, *, full: bool) -> None:
        if self._tasks.running:
            self._next = (path, full)
            return
        read: Callable[[], QImage | None] = (lambda: _read_full(path)) if full else (lambda: read_image(path, _LONGEST))
        ready = self.full_size_ready if full else self.preview_ready

        def done(image: QImage | None) -> None:
            ready.emit(path, image)
            self._go_on()

        def failed(error: Exception) -> None:
            ready.emit(path, None)
            self._go_on()
            raise error  # to the error reporter

        self._tasks.run(read, done, failed)

    def _go_on(self) -> None:
        if self._next is not None:
            (path, full), self._next = self._next, None
            self._want(path, full=full)
