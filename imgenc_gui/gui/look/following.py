"""The one way in which what is made of palette or font follows them: who depends on them asks to be told of changes.

What is a role of the palette, or drawn in its colours, needs none of this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

T = TypeVar("T", bound=QObject)


class _Changes(QObject):
    """Tells of each change. Lives as long as the application."""

    happened = Signal()

    def __init__(self, app: QGuiApplication) -> None:
        super().__init__(app)
        # Qt tells of a new font before the widgets have it.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.happened)
        app.fontChanged.connect(self._soon.start)
        # Whoever changed it: the settings, the system, or Qt itself. What followers ask the application for is new.
        app.paletteChanged.connect(lambda _palette: self.happened.emit())


class _Follower(QObject):
    """What is to be done to its parent, with which it ends, at each change."""

    def __init__(self, target: QObject) -> None:
        super().__init__(target)
        self.acts: dict[str, Callable[[Any], object]] = {}
        _changes().happened.connect(self.act)

    def act(self) -> None:
        for act in tuple(self.acts.values()):
            act(self.parent())


def follow(target: T, what: str, act: Callable[[T], object]) -> None:
    """Call ``act(target)`` now and after each change of palette or font, while the target lives.

    For each ``what`` a target has one act: the last.
    """
    children = Qt.FindChildOption.FindDirectChildrenOnly
    follower = target.findChild(_Follower, options=children) or _Follower(target)
    follower.acts[what] = act
    act(target)


def _changes() -> _Changes:
    app = QGuiApplication.instance()
    if not isinstance(app, QGuiApplication):
        raise RuntimeError("there is no application yet")  # noqa: TRY004 - nobody passed a wrong type
    return app.findChild(_Changes, options=Qt.FindChildOption.FindDirectChildrenOnly) or _Changes(app)
