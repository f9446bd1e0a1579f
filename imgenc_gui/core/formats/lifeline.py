"""A guarded child doesn't outlive its parent, however that ends: what each side does for it, by system.

Linux: while a picture is decoded, the system kills the child as soon as the parent's end of their channel is closed,
also inside a decoder that holds the interpreter's lock. Elsewhere on POSIX a thread of the child looks at the channel;
where a decoder holds that lock, the picture's time ends both. Windows: the system kills what belongs to the parent's
job. Idle, every child sees the channel close.

Only the standard library is imported, as by the whole of the child.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
import time

_LOOK_SECONDS = 0.1  # while something comes by the channel that isn't its end

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _EXTENDED_LIMITS = 9  # the kind of information
    _KILL_ON_CLOSE = 0x2000

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("per_process_user_time", ctypes.c_int64),
            ("per_job_user_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("minimum_working_set", ctypes.c_size_t),
            ("maximum_working_set", ctypes.c_size_t),
            ("active_processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority_class", wintypes.DWORD),
            ("scheduling_class", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("basic", _BasicLimits),
            ("io", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        )

    class _Job:
        """Processes that the system kills when this process, which alone has the job open, has ended."""

        def __init__(self) -> None:
            self._kernel = kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel.CreateJobObjectW.restype = wintypes.HANDLE
            kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
            kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
            kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
            self._handle = kernel.CreateJobObjectW(None, None)  # not inherited
            limits = _ExtendedLimits()
            limits.basic.flags = _KILL_ON_CLOSE
            size = ctypes.sizeof(limits)
            if not self._handle or not kernel.SetInformationJobObject(
                self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), size
            ):
                raise ctypes.WinError(ctypes.get_last_error())

        def add(self, process: subprocess.Popen[bytes]) -> None:
            if not self._kernel.AssignProcessToJobObject(self._handle, int(process._handle)):  # type: ignore[attr-defined]  # noqa: SLF001
                raise ctypes.WinError(ctypes.get_last_error())

    _job: _Job | None = None
    _making = threading.Lock()


def tie(process: subprocess.Popen[bytes]) -> None:
    """On the parent's side, once a child is started. Raises OSError."""
    if sys.platform == "win32":
        global _job  # noqa: PLW0603 - one of this process
        with _making:
            _job = _job or _Job()
        _job.add(process)


def watch(channel: socket.socket) -> None:
    """On the child's side, once: end this process, whatever its other threads do, when the channel is closed."""
    if sys.platform not in {"linux", "win32"}:
        threading.Thread(target=end_when_closed, args=(channel,), name="lifeline", daemon=True).start()


if sys.platform != "win32":

    def end_when_closed(channel: socket.socket) -> None:
        """Wait until the other side has closed the channel, and end this process."""
        poll = select.poll()
        poll.register(channel, select.POLLIN)  # without anything to wait for, macOS wouldn't tell of the end either
        while not any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll()):
            time.sleep(_LOOK_SECONDS)
        os._exit(0)


def end_with_parent(channel: socket.socket, *, now: bool) -> None:
    """On the child's side: while ``now``, have Linux kill this process when the parent's end of the channel closes.

    The signal that says so is SIGIO, which nobody handles; nothing else arrives meanwhile. Raises EOFError where it is
    closed.
    """
    if sys.platform != "linux":
        return
    import fcntl  # noqa: PLC0415

    flags = fcntl.fcntl(channel, fcntl.F_GETFL)
    fcntl.fcntl(channel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(channel, fcntl.F_SETFL, flags | os.O_ASYNC if now else flags & ~os.O_ASYNC)
    if now:
        poll = select.poll()
        poll.register(channel, 0)
        if poll.poll(0):  # it closed before
            raise EOFError
