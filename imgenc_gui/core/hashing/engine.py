"""Gets the compiled kernel ready beside the work, so that no picture waits for it: the reference gives the same bits.

Importing numba takes half a second, and compiling, on the first start ever, some two more.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType

log = logging.getLogger(__name__)

_EXIT_SECONDS = 5.0  # a command that was done sooner still leaves the compiled kernel behind for the next one
_FORK_SECONDS = 60.0  # compiling takes two on a quick machine


class CompiledModule:
    """A module of compiled functions, imported once on a thread of its own. Any thread may ask for it."""

    def __init__(self, load: Callable[[], ModuleType]) -> None:
        self._load = load
        self._module: ModuleType | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._wait_before_fork)

    def get(self) -> ModuleType | None:
        """The module when it is ready. The first to ask starts its loading; None until it is done, or if it fails."""
        if self._thread is None:
            self._start()
        return self._module

    def wait(self, seconds: float | None = None) -> ModuleType | None:
        """As ``get``, after waiting for the loading to end; None if it hasn't in time, or if it fails."""
        self._start().join(seconds)
        return self._module

    def abandon(self) -> None:
        """Let the process end without waiting for the loading."""
        atexit.unregister(self._wait_at_exit)

    def _start(self) -> threading.Thread:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="kernel", daemon=True)
                thread.start()
                atexit.register(self._wait_at_exit)
                self._thread = thread
            return self._thread

    def _wait_at_exit(self) -> None:
        with suppress(KeyboardInterrupt):  # whoever presses Ctrl+C now has had all answers, and can't wait
            self.wait(_EXIT_SECONDS)

    def _wait_before_fork(self) -> None:
        """A forked child has no such thread: what that had begun to import would stay locked there for ever."""
        thread = self._thread
        if thread and thread is not threading.current_thread():
            thread.join(_FORK_SECONDS)

    def _run(self) -> None:
        try:
            self._module = self._load()
        except Exception as error:  # noqa: BLE001 - numba may be missing or at odds with this machine in many ways
            log.warning("Resampling with Pillow, which is slower and gives the same encodings (%r)", error)


def _kernel() -> ModuleType:
    from imgenc_gui.core.hashing import kernel  # noqa: PLC0415 - imports numba and compiles

    return kernel


KERNEL = CompiledModule(_kernel)
