"""How this process ends: who may tell it to, what must be done before, and that it is gone then, whatever threads do.

Python waits for its threads at the end, and so does Qt. One that is in a call into the system or a library (a disk that
doesn't answer, a decoder, the import of torch) can't be interrupted: then what must be done is done beside it, and it
goes down with the process.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NoReturn, TypeVar

log = logging.getLogger(__name__)

Step = TypeVar("Step", bound=Callable[[], object])

INTERRUPTED = 130  # exit status
_BY_SIGNAL = 128  # and its number: the exit status that shells make of it
# What threads get to end by themselves. A picture of 100 megapixels is decoded in less, and nothing is lost of one that
# isn't: what is done is written in the time that comes after it. Nobody who starts imgenc again has waited for it.
GRACE_SECONDS = 2.0
_STEPS_SECONDS = 3.0  # that what must be done may take
_LOCKED_SECONDS = 1.0  # on top, where a thread doesn't let go of the interpreter's lock

_steps: list[Callable[[], object]] = []
_stepping = threading.Lock()
_deadline: float | None = None
_nowhere: IO[bytes] | None = None


def before(step: Step) -> Step:
    """Have this done before the process ends, as atexit does, also at an end that waits for no thread."""
    _steps.append(step)
    return step


@atexit.register
def _do_what_must_be_done() -> None:
    with _stepping:
        while _steps:
            try:
                _steps.pop()()
            except Exception:
                log.exception("Something isn't done at the end")


def within(seconds: float, status: int) -> None:
    """Let this process end by itself for so long; then do what must be done, and end it with that exit status."""
    global _deadline, _nowhere  # noqa: PLW0603 - there is one process

    def end() -> None:
        time.sleep(seconds)
        _do_what_must_be_done()
        log.info("Ended with these threads: %s", ", ".join(thread.name for thread in threading.enumerate()))
        os._exit(status)

    def end_in_any_case() -> None:
        time.sleep(seconds + _STEPS_SECONDS)
        os._exit(status)

    for function in (end_in_any_case, end):
        threading.Thread(target=function, name="ending", daemon=True).start()
    last = seconds + _STEPS_SECONDS + _LOCKED_SECONDS
    if _deadline is None or time.monotonic() + last < _deadline:
        # No thread of Python's can act while another holds its lock. This isn't one; its exit status is always 1.
        _nowhere = _nowhere or Path(os.devnull).open("wb")  # noqa: SIM115 - until the end
        _deadline = time.monotonic() + last
        faulthandler.dump_traceback_later(last, exit=True, file=_nowhere)


def now(status: int) -> NoReturn:
    """Do what must be done, and end, without waiting for any thread."""
    within(0, status)
    while True:
        time.sleep(1)


# Being told to


def signals() -> tuple[signal.Signals, ...]:
    """By what a process is told to end: Ctrl+C, another program, a terminal that closes (unless nohup rules it out)."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    there = [getattr(signal, name) for name in names if hasattr(signal, name)]
    hangup = getattr(signal, "SIGHUP", None)
    return tuple(one for one in there if one != hangup or signal.getsignal(one) is not signal.SIG_IGN)


def listen() -> None:
    """Take heed of being told to end, from now on: see ``heed``. To be called on the main thread."""
    ours = signals()
    for number in ours:
        signal.signal(number, lambda *_: None)
    reading, writing = socket.socketpair()
    writing.setblocking(False)  # noqa: FBT003 - its parameter has no name
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    _ears.extend([reading, writing])
    _start_hearing(reading, ours, _count)


def heed(heard: Callable[[int], object]) -> None:
    """Call this whenever the process is told to end, with 1, 2 ... for how often; until then it just ends, with 130.

    It is called on a thread of its own, which hears what the main one can't, where Python calls handlers: that may be
    in a call that doesn't return.
    """
    global _heard  # noqa: PLW0603 - there is one process
    _heard = heard


@contextmanager
def in_order() -> Iterator[None]:
    """While a program is served that leaves signals as they are: they end it as ever, but after what must be done."""
    ours = tuple(number for number in signals() if signal.getsignal(number) is signal.SIG_DFL)
    if threading.current_thread() is not threading.main_thread() or _ears or not ours:
        yield
        return
    reading, writing = socket.socketpair()
    with reading, writing:
        writing.setblocking(False)  # noqa: FBT003
        another = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        if another != -1:  # an event loop's
            signal.set_wakeup_fd(another)
            yield
            return
        done = threading.Event()

        def heard(number: int) -> None:
            _do_what_must_be_done()
            done.set()
            time.sleep(_LOCKED_SECONDS)
            os._exit(_BY_SIGNAL + number)  # the main thread is in a call that doesn't return

        def end(number: int, _: object) -> None:
            done.wait(_STEPS_SECONDS)
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

        _start_hearing(reading, ours, heard)
        _served.extend(ours)
        for number in ours:
            signal.signal(number, end)
        try:
            yield
        finally:
            if _served:  # else this is a process that was forked off, and its parent goes on hearing
                _leave_signals()
                reading.shutdown(socket.SHUT_RDWR)  # nobody hears any more


def _leave_signals() -> None:
    """Let them be as they were before ``in_order``."""
    while _served:
        signal.signal(_served.pop(), signal.SIG_DFL)
    signal.set_wakeup_fd(-1)


def _start_hearing(reading: socket.socket, ours: tuple[int, ...], heard: Callable[[int], object]) -> None:
    def hear() -> None:
        with suppress(OSError):
            while got := reading.recv(1):
                if got[0] in ours:
                    heard(got[0])

    threading.Thread(target=hear, name="signals", daemon=True).start()


def _count(_number: int) -> None:
    global _times  # noqa: PLW0603 - there is one process
    _times += 1
    _heard(_times)


_times = 0
_heard: Callable[[int], object] = lambda _: now(INTERRUPTED)  # noqa: E731 - replaced by another
_ears: list[socket.socket] = []
_served: list[signal.Signals] = []  # by in_order


def _forget() -> None:
    """In a process that was forked off: signals are its own. What it wrote to its parent's ears would end that."""
    if _served:
        _leave_signals()
    if _ears:
        signal.set_wakeup_fd(-1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
