"""While a program is imported, and there is nothing yet that must be done at its end, it ends without a word.

Nothing is imported here that isn't there already: ``signal`` or ``typing`` would take longer than all before it.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os

_INTERRUPTED = 130


class Starting:
    """A context in which Ctrl+C, or being told to end, ends the process at once."""

    def __init__(self) -> None:
        self._previous: dict[int, object] = {}

    def __enter__(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(_signal, name, None)
            if number is None or (name == "SIGHUP" and _signal.getsignal(number) == _signal.SIG_IGN):  # nohup
                continue
            try:
                self._previous[number] = _signal.signal(number, lambda *_: os._exit(_INTERRUPTED))
            except ValueError:  # another thread than the main one imports it
                return

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            _signal.signal(number, handler)
