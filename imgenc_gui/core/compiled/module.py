"""Gets compiled functions ready beside the work, so that nothing waits for them: a plainer way gives the same bits.

Importing numba takes a quarter of a second, and compiling, on the first start ever, some two more.
"""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import sys
import threading
import time
import weakref
from contextlib import suppress
from types import ModuleType
from typing import Any

from imgenc_gui.core.compiled import keeping  # noqa: F401 - its look at the exit comes after those that are asked for here
from imgenc_gui.core.naming import brief
from imgenc_gui.core.stopping import StoppedError

log = logging.getLogger(__name__)

_EXIT_SECONDS = 5.0  # a command that was done sooner still leaves the compiled functions behind for the next one
_ONE_SECONDS = 10.0  # on top, for the one function that it is at: a compiler that is cut off there crashes
_FORK_SECONDS = 3.0  # for all modules together; compiling takes some two


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
        self._given_up = False
        self._is_to_end = False
        self._trouble = ""
        _modules.add(self)

    @property
    def trouble(self) -> str:
        """Why they can't be had, in a few words; "" as long as nothing is known to be wrong."""
        return self._trouble

    def get(self) -> ModuleType | None:
        """The kernels when they are ready. The first to ask starts their loading; None until it is done, or fails."""
        if self._thread is None and not self._given_up:
            self._start()
        return self._module

    def wait(self, seconds: float | None = None) -> ModuleType | None:
        """As ``get``, after waiting for the loading to end; None if it hasn't in time, or if it fails."""
        if not self._given_up:
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
                # numpy loads this part on demand, in circles. Where numba asks for one end of it while scipy, for the
                # plainer way, asks for another, Python sees a deadlock and breaks both; so it is whole before either.
                import numpy.random  # noqa: F401, PLC0415

                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                thread.start()
                atexit.register(self._wait_at_exit)
                self._thread = thread
            return self._thread

    def _wait_at_exit(self) -> None:
        with suppress(KeyboardInterrupt):  # whoever presses Ctrl+C now has had all answers, and can't wait
            self.wait(_EXIT_SECONDS)
        self._is_to_end = True
        with suppress(KeyboardInterrupt):
            self.wait(_ONE_SECONDS)

    def end_loading(self, deadline: float) -> bool:
        """Wait for it until then. Whether nobody loads it now."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(max(0.0, deadline - time.monotonic()))
        return not thread.is_alive()

    def give_up(self) -> None:
        """Let the plainer way serve from now on, unless it is there."""
        self._given_up, self._lock = True, threading.Lock()

    def _run(self) -> None:
        started = time.perf_counter()
        try:
            self._module = self._load()
        except StoppedError:
            pass
        except Exception as error:  # noqa: BLE001 - numba may be missing or at odds with this machine in many ways
            self._trouble = brief(error)
            log.warning("%s (%s)", self._otherwise, self._trouble)
        else:
            log.info("%s was ready after %.2f s", self._name, time.perf_counter() - started)

    def _load(self) -> ModuleType:
        from imgenc_gui.core.compiled.loading import load  # noqa: PLC0415 - imports numba

        return load(self._name, lambda: self._is_to_end)


def any_is_loading() -> bool:
    """Whether a thread is at it, which nothing can interrupt."""
    return any(module.is_loading() for module in tuple(_modules))


# Forking, which the API's users do: a forked process has none of the threads that load. What these had begun to import
# would stay locked there for ever, as would the compiler; so the fork waits for them, but not for long.


def _before_fork() -> None:
    global _in_the_midst  # noqa: PLW0603 - of this process
    deadline = time.monotonic() + _FORK_SECONDS
    _in_the_midst = not all(module.end_loading(deadline) for module in tuple(_modules))


def _after_fork_in_child() -> None:
    if not _in_the_midst:
        return
    for module in tuple(_modules):
        module.give_up()
    # Whoever imports what another thread was importing begins anew, instead of waiting for that.
    locks: dict[str, Any] = getattr(importlib, "_bootstrap")._module_locks  # noqa: B009, SLF001 - private, but the same since Python 3.3
    for name, reference in tuple(locks.items()):
        lock = reference()
        if lock is not None and lock.owner not in {None, threading.get_ident()}:
            locks.pop(name, None)
            sys.modules.pop(name, None)


_modules: weakref.WeakSet[CompiledModule] = weakref.WeakSet()
_in_the_midst = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
