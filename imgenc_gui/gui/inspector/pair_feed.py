"""Gives the page for two pictures what it asks for: previews, and what comparing them pixel by pixel tells."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from imgenc_gui.core.comparing.pixels import compare_pixels
from imgenc_gui.core.formats.reading import read_thumbnail
from imgenc_gui.core.records.compared import Pixels
from imgenc_gui.core.records.results import FileIdentity, ImageFailure, ReadError
from imgenc_gui.core.stopping import Stop, StoppedError
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.look.sentences import words
from imgenc_gui.gui.pictures.images import Look, Read
from imgenc_gui.gui.pictures.previews import PreviewLoader
from imgenc_gui.gui.work.jobs import Jobs, Urgency

_PROBE = 64  # pixels: whether a picture can be read


class PairFeed(QObject):
    """Lives on the window's thread; reads and compares on others. What was asked for another pair is forgotten.

    ``see`` is told what the files look like that previews are read from.
    """

    def __init__(
        self, inspector: Inspector, jobs: Jobs, see: Callable[[str, FileIdentity | None], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._inspector = inspector
        self._page = inspector.pair
        self._jobs = jobs
        self._see = see
        self._pair: tuple[Shown, Shown] | None = None
        self._compared: tuple[Shown, Shown] | None = None  # whose pixels were compared, or are
        self._cancel = threading.Event()  # of comparing them
        self._loaders = (PreviewLoader(jobs, self), PreviewLoader(jobs, self))
        for number, loader in enumerate(self._loaders, 1):
            loader.preview_ready.connect(partial(self._show_preview, number))
            loader.full_size_ready.connect(partial(self._show_full_size, number))
        self._page.preview_wanted.connect(self._want_preview)
        self._page.full_size_wanted.connect(self._want_full_size)

    def show(self, first: Shown, second: Shown) -> None:
        """Show two pictures, again whenever one of them has changed."""
        if self._pair is not None and _signature(self._pair) == _signature((first, second)):
            return
        self._pair = (first, second)
        self._inspector.show_pair(first, second)
        self._compare(first, second)

    def leave(self) -> None:
        """Stop: something else is shown."""
        self._cancel.set()
        self._pair = self._compared = None
        for loader in self._loaders:
            loader.forget()

    # Previews

    def _want_preview(self, number: int) -> None:
        if self._pair is not None:
            picture = self._pair[number - 1]
            self._loaders[number - 1].want_preview(picture.path, picture.look)

    def _want_full_size(self, number: int) -> None:
        if self._pair is not None:
            picture = self._pair[number - 1]
            self._loaders[number - 1].want_full_size(picture.path, picture.look)

    def _show_preview(self, number: int, path: str, asked: Look, read: Read) -> None:
        if self._is_current(number, path, asked, read):
            self._page.set_preview(number, read.image)

    def _show_full_size(self, number: int, path: str, asked: Look, read: Read) -> None:
        if self._is_current(number, path, asked, read):
            self._page.set_full_size(number, read.image)

    def _is_current(self, number: int, path: str, asked: Look, read: Read) -> bool:
        """Whether that picture is still shown; where its file is another by now, it comes again."""
        self._see(path, read.file)
        if self._pair is None or self._pair[number - 1].path != path:
            return False
        return Look(asked.generation, read.file).serves(self._pair[number - 1].look)

    # Pixels

    def _compare(self, first: Shown, second: Shown) -> None:
        """Compare the pixels, unless they are already, or can't be."""
        reason = self._obstacle(first, second)
        before = self._compared
        if reason or _has_same_bytes(first, second):
            self._cancel.set()
            self._compared = None
            self._page.set_reason(reason)
            return
        if before is not None and before[0].is_same_look(first) and before[1].is_same_look(second):
            return
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        self._compared = (first, second)
        self._page.set_comparing()

        def stop() -> bool:
            return cancel.is_set() or self._jobs.is_closed()

        def done(found: Pixels | tuple[int, ImageFailure]) -> None:
            if cancel.is_set():
                return
            if isinstance(found, Pixels):
                self._page.set_pixels(found)
            else:
                self._page.set_reason(self._unread(*found))

        def failed(error: Exception) -> None:
            if isinstance(error, StoppedError):
                return
            if not cancel.is_set():
                self._page.set_reason(self.tr("The pixels could not be compared."))
            self._jobs.report(error)

        self._jobs.run(lambda: _compared(first.path, second.path, stop), done, failed, Urgency.LOOKS)

    def _obstacle(self, first: Shown, second: Shown) -> str:
        """Why the pixels can't be compared, as far as is known; "" where they can."""
        reasons = []
        for number, picture in enumerate((first, second), 1):
            if picture.unread is not None:
                reasons.append(self._unread(number, picture.unread))
            elif picture.gone:
                text = self.tr("The file of picture {0} isn't there: its pixels can't be compared.")
                reasons.append(text.format(number))
        return " ".join(reasons)

    def _unread(self, number: int, failure: ImageFailure) -> str:
        return self.tr("Picture {0} could not be read: {1}").format(number, words(failure))


def _has_same_bytes(first: Shown, second: Shown) -> bool:
    """Whether there is nothing left to compare."""
    facts = (first.facts, second.facts)
    return facts[0] is not None and facts[1] is not None and facts[0].digest == facts[1].digest != ""


def _signature(pair: tuple[Shown, Shown]) -> object:
    return tuple(picture.signature() for picture in pair)


def _compared(first: str, second: str, stop: Stop) -> Pixels | tuple[int, ImageFailure]:
    """Return what the pixels say, or which picture can't be read, and why. On a job's thread."""
    try:
        return compare_pixels(first, second, stop=stop)
    except ReadError as error:
        try:
            read_thumbnail(first, _PROBE, stop)
        except ReadError:
            return 1, error.failure
        return 2, error.failure
