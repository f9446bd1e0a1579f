"""Reads the one picture that the inspector shows; what was asked for before is given up."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Signal

from imgenc_gui.gui.pictures.images import Look, Read, read_image
from imgenc_gui.gui.work.jobs import Jobs, Urgency

_LONGEST = 1600  # device pixels: enough for a preview on a large, dense screen


class PreviewLoader(QObject):
    """Answers the inspector's wishes from another thread."""

    # The path (a str signal would lose bytes that are no text), the Look that was asked for, Read.
    preview_ready = Signal(object, object, object)
    full_size_ready = Signal(object, object, object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._reading: tuple[str, Look] | None = None
        self._cancel = threading.Event()  # of what is read
        self._next: tuple[str, Look, bool] | None = None

    def want_preview(self, path: str, look: Look) -> None:
        """Read a preview, then emit preview_ready."""
        self._want(path, look, full=False)

    def want_full_size(self, path: str, look: Look) -> None:
        """Read all pixels, then emit full_size_ready."""
        self._want(path, look, full=True)

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self._next = None
        self._cancel.set()

    def _want(self, path: str, look: Look, *, full: bool) -> None:
        if self._reading is not None:
            self._next = (path, look, full)
            if self._reading != (path, look):
                self._cancel.set()
            return
        self._reading = (path, look)
        self._cancel = cancel = threading.Event()
        ready = self.full_size_ready if full else self.preview_ready

        def stop() -> bool:
            return cancel.is_set() or self._jobs.is_closed()

        def done(read: Read) -> None:
            self._reading = None
            if not cancel.is_set():
                ready.emit(path, look, read)
            self._go_on()

        def failed(error: Exception) -> None:
            done(Read(None, None))
            self._jobs.report(error)

        longest = None if full else _LONGEST
        self._jobs.run(lambda: read_image(path, longest, stop), done, failed, Urgency.LOOKS)

    def _go_on(self) -> None:
        if self._next is not None:
            (path, look, full), self._next = self._next, None
            self._want(path, look, full=full)
