"""The library as the window uses it: whether encodings are kept in it, and what it says when it can't."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.troubles import Trouble, TroubleCode
from imgenc_gui.core.unkept import UNKEPT
from imgenc_gui.gui.settings.store import Settings

log = logging.getLogger(__name__)

_OF_ALL = (TroubleCode.READ_ONLY, TroubleCode.UNREACHABLE)  # most often of the home, not of the library alone
_HINDERING = (TroubleCode.NEWER, TroubleCode.LOCKED, TroubleCode.UNREACHABLE)


class Keeping(QObject):
    """Lives on the window's thread, and outlives the window. ``folder``: None for no library at all."""

    troubled = Signal(object)  # Trouble, each kind once
    unkept = Signal(str, str)  # once: a folder in which nothing can be kept, and why; emitted on any thread

    _told = Signal(object)  # Trouble, emitted on any thread

    def __init__(self, settings: Settings, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self._troubles: dict[TroubleCode, Trouble] = {}
        self._told.connect(self._note_trouble, Qt.ConnectionType.QueuedConnection)
        self.library = Library(folder, self.limit, self._told.emit) if folder is not None else None

    @property
    def limit(self) -> int:
        """How many bytes the library may have."""
        return self.settings.library_limit << 20

    @property
    def memory(self) -> Library | None:
        """Where encodings are kept; None while they aren't."""
        return self.library if self.settings.library else None

    @property
    def is_sure(self) -> bool:
        """Whether what was kept is there the next time, as far as is known."""
        return self.memory is not None and not self._troubles

    @property
    def hindrance(self) -> Trouble | None:
        """Why nobody can look into the library, as far as is known; None where nothing hinders."""
        return next((one for code, one in self._troubles.items() if code in _HINDERING), None)

    def encoder(self, options: Options) -> Encoder:
        """An encoder that asks the library first, if encodings are kept."""
        return Encoder(options, self.memory)

    def distrust(self, paths: Iterable[str]) -> None:
        """Have files truly encoded the next time."""
        if self.library is not None:
            self.library.distrust(paths)

    def close(self, milliseconds: int) -> bool:
        """Write what is to be written, and end. True when that was done in time."""
        return self.library is None or self.library.close(milliseconds / 1000)

    def listen(self) -> None:
        """Tell of all that can't be kept, the library or not."""

        def tell(folder: str, reason: str) -> None:
            if isValid(self):
                self.unkept.emit(folder, reason)

        UNKEPT.tell = tell

    def _note_trouble(self, trouble: Trouble) -> None:
        if trouble.code not in self._troubles:
            self._troubles[trouble.code] = trouble
            if UNKEPT.is_told and trouble.code in _OF_ALL:
                log.warning("The library, too, can't be kept: %s", trouble)
                return
            UNKEPT.known()
            self.troubled.emit(trouble)
