"""The guarded child: a process that reads pictures with decoders that may crash, hang or grow, one after another.

It ends when its parent does (lifeline.py), and in any case a second after a picture's time is up. Only the standard
library is imported before a picture comes.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from imgenc_gui.core.formats.channel import Message, SharedMemory, receive, send
from imgenc_gui.core.formats.lifeline import end_with_parent, watch

PRIVATE_ARGUMENT = "--imgenc-guarded-child"  # the first argument with which a frozen build becomes a child
OUT_OF_MEMORY = 77  # exit status
_IDLE_SECONDS = 60.0  # then it ends: it holds some 40 MB


def serve_if_asked() -> None:
    """In a process that was started as a guarded child, serve and exit; in any other do nothing."""
    if sys.argv[1:2] == [PRIVATE_ARGUMENT]:
        serve(*sys.argv[2:])
        sys.exit()


def serve(channel_handle: str, memory_handle: str, largest: str) -> None:
    """Read pictures until the parent ends, or for a while asks for none. ``largest``: bytes that may be written."""
    os.environ["OMP_NUM_THREADS"] = "1"  # children work side by side, one for each of the parent's threads
    memory = SharedMemory(memory_handle)
    _limit_files(int(largest))
    with _channel(channel_handle) as channel:
        channel.settimeout(_IDLE_SECONDS)
        watch(channel)
        try:
            send(channel, {"ready": os.getpid()})
            while True:
                answer = _work(receive(channel), channel, memory)
                send(channel, answer)
        except (EOFError, ConnectionError, TimeoutError):
            return


def _work(request: Message, channel: socket.socket, memory: SharedMemory) -> Message:
    """Answer a request, with bounds on this process for as long as it takes."""
    with Path(os.devnull).open("wb") as nowhere:
        faulthandler.dump_traceback_later(request["patience"] + 1, exit=True, file=nowhere)
        _limit_memory(request["memory"])
        end_with_parent(channel, now=True)
        answer = _answer(request, memory)
        end_with_parent(channel, now=False)
        _limit_time(0)
        faulthandler.cancel_dump_traceback_later()
    return answer


def _answer(request: Message, memory: SharedMemory) -> Message:
    # Imported under the picture's limits, and not by a parent that only asks what to do with its arguments.
    import numpy as np  # noqa: PLC0415
    from PIL import UnidentifiedImageError  # noqa: PLC0415

    from imgenc_gui.core.formats.answers import (  # noqa: PLC0415
        packed_facts,
        packed_failure,
        packed_shape,
        packed_unidentified,
    )
    from imgenc_gui.core.formats.budget import UNBOUNDED  # noqa: PLC0415
    from imgenc_gui.core.formats.reader import LongError, as_read_errors  # noqa: PLC0415
    from imgenc_gui.core.naming import brief  # noqa: PLC0415
    from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError  # noqa: PLC0415
    from imgenc_gui.core.scratch import Scratch  # noqa: PLC0415

    _limit_time(request["seconds"])
    try:
        data = memory.read(request["bytes"], request["token"])
        memory.clear()
        with as_read_errors("A picture"):
            try:
                function = _named(request["function"])
                wanted: Any = request["longest"] if "longest" in request else Scratch()
                share = UNBOUNDED.share()  # the parent claimed what there is to claim
                try:
                    found = function(data, wanted, share)
                except LongError as error:  # here it may be
                    longer = error.reader.show if "longest" in request else error.reader.read
                    found = longer(data, wanted, share)
            except UnidentifiedImageError:
                return packed_unidentified()
            except ImportError as error:
                values = (request["format"], brief(error))
                raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "broken-library", values)) from error
        pixels = np.ascontiguousarray(found if "longest" in request else found.pixels)
        answer = packed_shape(pixels) | {"token": memory.write(pixels.data.cast("B"))}
        return answer if "longest" in request else answer | packed_facts(found)
    except ReadError as error:
        if error.failure.code is FailureCode.OUT_OF_MEMORY:
            _end_for_want_of_memory()
        return packed_failure(error.failure)
    except (MemoryError, OSError):  # in sending and receiving
        _end_for_want_of_memory()


def _end_for_want_of_memory() -> NoReturn:
    """Leave it to a fresh child: this one's memory may be full of what earlier pictures left."""
    os._exit(OUT_OF_MEMORY)


def _named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def _channel(handle: str) -> socket.socket:
    if sys.platform == "win32":
        return socket.fromshare(os.read(0, int(handle)))  # the parent's description of it, on standard input
    return socket.socket(fileno=int(handle))


def _limit_files(largest: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _limit(resource.RLIMIT_FSIZE, largest)


def _limit_time(seconds: float) -> None:
    """Have the system kill this process when it has worked for so long: a busy machine is no fault of a picture's.

    0: for ever. Windows has no such clock; the parent's alone counts there.
    """
    if sys.platform != "win32":
        import signal  # noqa: PLC0415

        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(size: int) -> None:
    """Bound the address space: on Linux. macOS keeps no such limit and Windows has none; there, time alone bounds."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        _limit(resource.RLIMIT_AS, size)


def _limit(which: int, value: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        _, most = resource.getrlimit(which)
        wanted = value if most == resource.RLIM_INFINITY else min(value, most)
        try:
            resource.setrlimit(which, (wanted, most))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise
