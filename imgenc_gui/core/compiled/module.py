"""Gets compiled functions ready beside the work, so that nothing waits for them: a plainer way gives the same bits.

Importing numba takes a quarter of a second, and compiling, on the first start ever, some two more.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from contextlib import suppress
from types import ModuleType

from imgenc_gui.core.compiled import keeping  # noqa: F401 - its look at the exit comes after those that are asked for here
from imgenc_gui.core.naming import brief

log = logging.getLogger(__name__)

_EXIT_SECONDS = 5.0  # a command that was done sooner still leaves the compiled functions behind for the next one
_FORK_SECONDS = 60.0  # compiling takes some two


class CompiledModule:
    """A module of kernels, loaded once on a thread of its own. Any thread may ask for it.

    ``name`` is the module's; ``otherwise`` tells the log, in half a sentence, what serves where it can't be had.
    """

    def __init__(self, name: str, otherwise: str) -> None:
        self._name = name
        self._otherwise = otherwise
        self._module: ModuleType | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._wait_before_fork)

    def get(self) -> ModuleType | None:
        """The kernels when they are ready. The first to ask starts their loading; None until it is done, or fails."""
        if self._thread is None:
            self._start()
        return self._module

    def wait(self, seconds: float | None = None) -> ModuleType | None:
        """As ``get``, after waiting for the loading to end; None if it hasn't in time, or if it fails."""
        self._start().join(seconds)
        return self._module

    def peek(self) -> ModuleType | None:
        """The kernels when they are ready; starts nothing."""
        return self._module

    def is_loading(self) -> bool:
        """Whether waiting may still help."""
        return self._thread is not None and self._thread.is_alive()

    def abandon(self) -> None:
        """Let the process end without waiting for the loading."""
        atexit.unregister(self._wait_at_exit)

    def _start(self) -> threading.Thread:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
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
        started = time.perf_counter()
        try:
            self._module = self._load()
        except Exception as error:  # noqa: BLE001 - numba may be missing or at odds with this machine in many ways
            log.warning("%s (%s)", self._otherwise, brief(error))
        else:
            log.info("%s was ready after %.2f s", self._name, time.perf_counter() - started)

    def _load(self) -> ModuleType:
        from imgenc_gui.core.compiled.loading import load  # noqa: PLC0415 - imports numba

        return load(self._name)
