"""Qt's application, and the files that the desktop hands to it: macOS, for the icon in the Dock and "Open With"."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QTimer, QUrl, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from imgenc_gui.gui.desktop.addresses import path_at


class Application(QApplication):
    """Tells together the files that come one by one, and keeps what comes before anybody listens.

    An event filter would see them, too, but also every other event of every widget.
    """

    opened = Signal(object)  # paths, after listen()

    def __init__(self, argv: Sequence[str]) -> None:
        super().__init__(list(argv))
        self._paths: list[str] = []
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)  # several that are dropped at once come in one turn
        self._soon.timeout.connect(self._tell)
        self._is_heard = False

    def listen(self) -> None:
        """Tell from now on what comes, and first what has come."""
        self._is_heard = True
        if self._paths:
            self._soon.start()

    def event(self, event: QEvent) -> bool:
        """Take what is to be opened."""
        if not isinstance(event, QFileOpenEvent):
            return super().event(event)
        path = path_at(event.url()) or path_at(QUrl.fromLocalFile(event.file()))
        if path:
            self._paths.append(path)
            if self._is_heard:
                self._soon.start()
        return True

    def _tell(self) -> None:
        paths, self._paths = self._paths, []
        self.opened.emit(paths)
