"""The parent's side of guarded children: starts them, hands pictures over, and lets none take too long.

A child isn't trusted: what it answers is checked, and a crash, a hang or a bomb there costs one picture. Any number of
threads may read at once; each has a child for as long as its picture takes.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from imgenc_gui.core import ending
from imgenc_gui.core.formats.answers import decoded_in, failure_in, is_unidentified, shape_in
from imgenc_gui.core.formats.channel import Message, SharedMemory, receive, send
from imgenc_gui.core.formats.child import OUT_OF_MEMORY, PRIVATE_ARGUMENT
from imgenc_gui.core.formats.lifeline import tie
from imgenc_gui.core.formats.reader import MAX_PIXELS, Decoded, Reader
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop, StoppedError

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_SECONDS = 0.05  # between two looks at the stop flag and the clock
_START_SECONDS = 60.0
_PATIENCE = 6  # by the clock, for each second of the processor's time: the machine may be busy with all else
_END_SECONDS = 1.0  # for a child whose channel is closed
# An abort is how most decoders meet the end of memory; the system itself kills what takes too much.
_OUT_OF_MEMORY_STATUSES = (OUT_OF_MEMORY, -getattr(signal, "SIGABRT", 6), -getattr(signal, "SIGKILL", 9))
_OUT_OF_TIME_STATUS = -getattr(signal, "SIGPROF", 27)
_NONSENSE = (LookupError, TypeError, ValueError, OverflowError, RecursionError)  # what unpacking it may raise
# A checkout isn't installed, so the child is told where its parent finds things.
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
from imgenc_gui.core.formats.child import serve_if_asked
serve_if_asked()
"""


class LostError(ReadError):
    """The child had to be killed, because the picture took too long, or died."""


class _HarmedError(LostError):
    """It died or talks nonsense: the picture's failure, unless an earlier picture may have harmed the child."""


class Guard:
    """A pool of children. Those that wait for their next picture are at most as many as there are processors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def read(self, reader: Reader, data: bytes, scratch: Scratch, stop: Stop) -> Decoded:
        """``reader.read`` in a child. The pixels are the scratch's array "pixels".

        Raises ReadError (LostError where there was no answer), UnidentifiedImageError as the reader does, and
        StoppedError within a tenth of a second once ``stop`` returns true.
        """

        def unpacked(child: _Child, answer: Message) -> Decoded:
            return decoded_in(answer, child.pixels(answer, lambda *shape: scratch.array("pixels", *shape)))

        return self._ask(reader, {"function": _name(reader.read)}, data, stop, unpacked)

    def show(self, reader: Reader, data: bytes, longest: int | None, stop: Stop) -> NDArray[np.uint8]:
        """``reader.show`` in a child. Raises as ``read``."""

        def unpacked(child: _Child, answer: Message) -> NDArray[np.uint8]:
            return child.pixels(answer, lambda *shape: np.empty(shape, np.uint8))

        return self._ask(reader, {"function": _name(reader.show), "longest": longest}, data, stop, unpacked)

    def close(self) -> None:
        """End all children: whoever waits for one gets a failure. The guard can be used again."""
        with self._lock:
            idle, self._idle = self._idle, []
            for child in self._busy:
                child.process.kill()
        for child in idle:
            child.channel.close()
        for child in idle:
            child.end()

    def _ask(
        self, reader: Reader, request: Message, data: bytes, stop: Stop, unpacked: Callable[[_Child, Message], T]
    ) -> T:
        request |= {
            "format": reader.formats[0],
            "seconds": reader.seconds,
            "patience": _PATIENCE * reader.seconds,
            "memory": reader.memory,
        }
        child = self._take()
        if child:
            try:
                return self._ask_child(child, request, data, stop, unpacked)
            except _HarmedError:
                log.info("A guarded child ended; a fresh one decides", exc_info=True)
        return self._ask_child(self._start(stop), request, data, stop, unpacked)

    def _ask_child(
        self, child: _Child, request: Message, data: bytes, stop: Stop, unpacked: Callable[[_Child, Message], T]
    ) -> T:
        try:
            answer = child.ask(request, data, stop)
            unidentified = is_unidentified(answer)
            outcome = None if unidentified else failure_in(answer) or unpacked(child, answer)
            child.memory.clear()
        except BaseException as error:
            self._drop(child)
            if isinstance(error, _NONSENSE):
                raise _HarmedError(ImageFailure(FailureCode.DAMAGED, "crash")) from error
            raise
        self._give_back(child)
        if outcome is None:
            raise UnidentifiedImageError
        if isinstance(outcome, ImageFailure):
            raise ReadError(outcome)
        return outcome

    def _take(self) -> _Child | None:
        with self._lock:
            child = self._idle.pop() if self._idle else None
            if child:
                self._busy.add(child)
        return child

    def _start(self, stop: Stop) -> _Child:
        try:
            child = _Child(stop)
        except (EOFError, OSError, ValueError) as error:
            raise _not_now(error) from error
        with self._lock:
            self._busy.add(child)
        return child

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
            keep = len(self._idle) < usable_processors()
            if keep:
                self._idle.append(child)
        if not keep:
            child.end(at_once=True)

    def _drop(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
        child.end(at_once=True)

    def _forget(self) -> None:
        """In a process that was forked off this one: the children aren't its own, and must not see it as a parent."""
        for child in (*self._idle, *self._busy):
            child.leave()
        self._lock, self._idle, self._busy = threading.Lock(), [], set()


class _Child:
    """One child process and the channel to it."""

    def __init__(self, stop: Stop) -> None:
        """Start it. Raises StoppedError, and OSError, EOFError or ValueError where it doesn't start."""
        self.memory = SharedMemory()
        self.channel, theirs = socket.socketpair()
        self.channel.settimeout(_LOOK_SECONDS)
        with theirs:
            try:
                self.process = _start(theirs, self.memory)
            except OSError:
                self.channel.close()
                self.memory.close()
                raise
            try:
                receive(self.channel, _watch(stop, _START_SECONDS, self.process))
            except BaseException:
                self.end(at_once=True)
                raise

    def ask(self, request: Message, data: bytes, stop: Stop) -> Message:
        """Send a request with a file's bytes and wait for the answer. After any error the child is of no use."""
        deadline = time.monotonic() + request["patience"]
        try:
            request |= {"bytes": len(data), "token": self.memory.write(memoryview(data))}
            send(self.channel, request)
            return receive(self.channel, _watch(stop, request["patience"]))
        except TimeoutError as error:
            raise _too_long() from error
        except (EOFError, ConnectionError) as error:
            # After a while in which this process wasn't let work, the child may have seen first that the time is up.
            raise (_too_long() if time.monotonic() > deadline else self._death()) from error
        except OSError as error:
            raise _not_now(error) from error

    def pixels(self, answer: Message, allocate: Callable[[int, int, int], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """The pixels of an answer, RGB (h, w, 3). Raises as answers.py does."""
        array = allocate(*shape_in(answer))
        if not self.memory.read_into(array.data.cast("B"), answer["token"]):
            raise ValueError("The child has fewer pixels than it says.")
        return array

    def end(self, *, at_once: bool = False) -> None:
        """End the process: kill it ``at_once``, or let it see that the channel is closed."""
        self.channel.close()
        self.memory.close()
        if not at_once:
            try:
                self.process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                log.info("A guarded child doesn't end by itself")
        self.process.kill()  # does nothing where it has ended
        self.process.wait()

    def leave(self) -> None:
        """Let go of a process that isn't ours."""
        self.channel.close()
        self.memory.close()
        self.process.returncode = 0  # subprocess neither waits for it nor complains

    def _death(self) -> LostError:
        """What the end of the process says of the picture."""
        try:
            status = self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            status = 0
        if status == _OUT_OF_TIME_STATUS:
            return _too_long()
        if status in _OUT_OF_MEMORY_STATUSES:
            return _HarmedError(ImageFailure(FailureCode.TOO_LARGE, "memory"))
        return _HarmedError(ImageFailure(FailureCode.DAMAGED, "crash"))


def _start(channel: socket.socket, memory: SharedMemory) -> subprocess.Popen[bytes]:
    """Start a child that inherits its end of the channel and the memory. Raises OSError."""
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable] if frozen else [sys.executable, "-P", "-c", _PROGRAM]
    paths = [] if frozen else [json.dumps([path for path in sys.path if isinstance(path, str)])]

    def arguments(handle: str) -> list[str]:
        return [*command, PRIVATE_ARGUMENT, handle, memory.handle, str(3 * MAX_PIXELS), *paths]

    if sys.platform == "win32":
        size = len(channel.share(os.getpid()))  # of any such description
        process = subprocess.Popen(  # noqa: S603 - our own program
            arguments(str(size)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
        try:
            tie(process)
        except OSError:
            log.info("A guarded child isn't tied to this process: its time ends it", exc_info=True)
        if process.stdin:
            with process.stdin:
                process.stdin.write(channel.share(process.pid))
        return process
    return subprocess.Popen(  # noqa: S603 - our own program
        arguments(str(channel.fileno())),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(channel.fileno(), int(memory.handle)),
        start_new_session=True,  # Ctrl+C in the terminal is for imgenc, which ends its children itself
    )


def _watch(stop: Stop, seconds: float, starting: subprocess.Popen[bytes] | None = None) -> Callable[[], None]:
    """What a wait for a child calls again and again.

    It raises StoppedError, TimeoutError when the time is up, and EOFError when a process that is starting has ended:
    until it is ready, both ends of its channel are open here.
    """
    deadline = time.monotonic() + seconds

    def check() -> None:
        if stop():
            raise StoppedError
        if time.monotonic() > deadline:
            raise TimeoutError
        if starting and starting.poll() is not None:
            raise EOFError

    return check


def _too_long() -> LostError:
    return LostError(ImageFailure(FailureCode.TOO_LARGE, "time"))


def _not_now(error: Exception) -> ReadError:
    reason = getattr(error, "strerror", None) or "its decoder doesn't start"
    return ReadError(ImageFailure(FailureCode.UNREADABLE, "busy", (reason,)))


def _name(function: Callable[..., object]) -> str:
    """Under what name the child imports a function."""
    return f"{function.__module__}:{function.__qualname__}"


GUARD = Guard()  # starts nothing before it is asked
ending.before(GUARD.close)
