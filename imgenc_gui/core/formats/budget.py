"""One budget of memory for all who read pictures: a big one waits for its turn, and at least one always has it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from imgenc_gui.core.scratch import SPARE, Spare
from imgenc_gui.core.stopping import Stop, check, never

_SMALL = 1 << 20  # bytes
_LOOK_SECONDS = 0.1  # between two looks at the stop flag
_UNKNOWN: Final = 4 << 30  # bytes of memory, where the system doesn't say
_CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Budget:
    """Memory that is shared out. Any number of threads may ask for some at once.

    ``spare``: what lies ready in it for the next pictures, and is let go of where somebody needs more than is left.
    """

    def __init__(self, capacity: int, spare: Spare | None = None) -> None:
        self._capacity = capacity
        self._spare = spare or Spare()
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)  # those who hold some there aren't here

    def share(self, stop: Stop = never) -> Share:
        """What one picture takes of it, nothing yet: a context at whose end it is given back."""
        return Share(self, stop)

    def claim(self, share: Share, size: int) -> None:
        """Wait until there are that many bytes more for a share. Raises StoppedError once its stop says so.

        Who came first has the first turn, so that a big picture isn't overtaken for ever; before them come those who
        hold some already, and would keep it meanwhile. When all who hold some wait, the next has its turn whatever the
        size is: there is nobody who could give some back.
        """
        with self._changed:
            self._waiting.insert(0 if share.size else len(self._waiting), share)
            try:
                while self._waiting[0] is not share or not self._has(size):
                    check(share.stop)
                    self._changed.wait(_LOOK_SECONDS)
                self._holders += not share.size
                self._used += size
                share.size += size
            finally:
                self._waiting.remove(share)
                if self._waiting:
                    self._changed.notify_all()

    def give_back(self, share: Share) -> None:
        """End a share."""
        with self._changed:
            self._holders -= share.size > 0
            self._used -= share.size
            share.size = 0
            if self._waiting:
                self._changed.notify_all()

    def _has(self, size: int) -> bool:
        found = self._used + size <= self._capacity or self._holders == sum(share.size > 0 for share in self._waiting)
        if found and self._used + size + self._spare.size > self._capacity:
            self._spare.let_go()
        return found

    def _forget(self) -> None:
        self._changed = threading.Condition()
        self._used = 0
        self._holders = 0
        self._waiting: list[Share] = []


class Share:
    """What one picture takes of a budget, and what tells that nobody wants the picture any more."""

    __slots__ = ("_budget", "size", "stop")

    def __init__(self, budget: Budget, stop: Stop) -> None:
        self._budget = budget
        self.stop = stop
        self.size = 0  # bytes

    def claim(self, size: int) -> None:
        """Wait for that many bytes more. Raises StoppedError. A small picture's need no turn."""
        if size > _SMALL:
            self._budget.claim(self, size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.size:
            self._budget.give_back(self)


def memory_of_this_machine() -> int:
    """Its bytes, or those that a container may use."""
    sizes = [_UNKNOWN]
    if sys.platform == "win32":
        sizes = [_memory_of_windows()]
    elif "SC_PHYS_PAGES" in os.sysconf_names:
        sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in _CONTAINER_LIMITS:
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():  # not "max"
            sizes.append(int(text))
    return min(sizes)


def _memory_of_windows() -> int:
    if sys.platform != "win32":
        raise OSError
    import ctypes  # noqa: PLC0415

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *(
                (name, ctypes.c_ulonglong)
                for name in ("total", "free", "file", "file_free", "virtual", "v_free", "ext")
            ),
        )

    status = Status(length=ctypes.sizeof(Status))
    return int(status.total) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else _UNKNOWN


BUDGET = Budget(memory_of_this_machine() // 2, SPARE)  # the rest is for the window, the results, and all other programs
UNBOUNDED = Budget(sys.maxsize)  # in a guarded child: its parent claimed what it takes
