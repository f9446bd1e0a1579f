"""Python's warnings, each naming the line that called the API, by however many of its functions it came."""

from __future__ import annotations

import inspect
import warnings
from types import FrameType

_OURS = ("imgenc_gui.methods.", "contextlib.")


def warn(text: str, category: type[Warning]) -> None:
    """Warn on behalf of whoever called this package."""
    level = 1
    frame: FrameType | None = inspect.currentframe()
    while frame is not None and f"{frame.f_globals.get('__name__')}.".startswith(_OURS):
        frame = frame.f_back
        level += 1
    warnings.warn(text, category, stacklevel=level)
