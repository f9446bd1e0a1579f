"""What a guarded child and its parent pass to each other: short messages on a socket, bytes in memory that both see.

Only the standard library is imported: the executable of a frozen build comes by here before anything else.
"""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

if sys.platform == "win32":
    import mmap
    import uuid
elif sys.platform != "linux":
    import tempfile

Message = dict[str, Any]

_LENGTH = struct.Struct("!I")
_LONGEST = 1 << 16  # bytes


def send(channel: socket.socket, message: Message) -> None:
    """Send a message. Raises ConnectionError when nobody is there."""
    body = json.dumps(message).encode()
    channel.sendall(_LENGTH.pack(len(body)) + body)


def receive(channel: socket.socket, check: Callable[[], object] | None = None) -> Message:
    """Wait for a message. ``check`` is called first and whenever the socket's timeout passes; it may raise.

    Raises EOFError or ConnectionError when the other side ends, ValueError when it sends what is no message, and
    without ``check`` TimeoutError.
    """
    (length,) = _LENGTH.unpack(_receive(channel, _LENGTH.size, check))
    if length > _LONGEST:
        raise ValueError("The message is too long.")
    message: Message = json.loads(_receive(channel, length, check))
    return message


def _receive(channel: socket.socket, length: int, check: Callable[[], object] | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        if check:
            check()
        try:
            part = channel.recv(length - len(received))
        except TimeoutError:
            if check:
                continue
            raise
        if not part:
            raise EOFError
        received += part
    return bytes(received)


if sys.platform == "win32":

    class SharedMemory:
        """Bytes that parent and child both see: named memory, a new one each time, kept by who wrote it last."""

        def __init__(self, handle: str | None = None) -> None:
            self.handle = handle or f"imgenc-{uuid.uuid4()}"
            self._mapping: mmap.mmap | None = None

        def write(self, data: memoryview) -> str:
            """Replace the bytes by these. The token tells the other side where they are."""
            self.clear()
            token = f"{self.handle}-{uuid.uuid4()}"
            self._mapping = mmap.mmap(-1, max(1, len(data)), tagname=token)
            self._mapping[: len(data)] = data
            return token

        def read_into(self, target: memoryview, token: str) -> bool:
            """Fill ``target``; False when there are fewer bytes."""
            with mmap.mmap(-1, max(1, len(target)), tagname=token) as mapping:
                target[:] = mapping[: len(target)]
            return True

        def read(self, size: int, token: str) -> bytearray:
            """That many bytes."""
            with mmap.mmap(-1, max(1, size), tagname=token) as mapping:
                return bytearray(mapping[:size])

        def clear(self) -> None:
            """Give the memory back that this side holds."""
            if self._mapping is not None:
                self._mapping.close()
                self._mapping = None

        close = clear

else:

    class SharedMemory:
        """Bytes that parent and child both see: a file without a name, in memory where the system has such (Linux).

        It is read and written rather than mapped: a mapping that the other side cuts short kills who reads it.
        """

        def __init__(self, handle: str | None = None) -> None:
            if handle is not None:
                descriptor = int(handle)
            elif sys.platform == "linux":
                descriptor = os.memfd_create("imgenc")
            else:
                with tempfile.TemporaryFile() as file:
                    descriptor = os.dup(file.fileno())
            self.handle = str(descriptor)
            self._file = io.FileIO(descriptor, "r+")

        def write(self, data: memoryview) -> str:
            """Replace the bytes by these. The token tells the other side where they are."""
            self.clear()
            done = 0
            while done < len(data):
                done += self._file.write(data[done:]) or 0
            return ""

        def read_into(self, target: memoryview, _token: str) -> bool:
            """Fill ``target``; False when there are fewer bytes."""
            self._file.seek(0)
            done = 0
            while done < len(target):
                count = self._file.readinto(target[done:])
                if not count:
                    return False
                done += count
            return True

        def read(self, size: int, token: str) -> bytearray:
            """That many bytes."""
            data = bytearray(size)
            with memoryview(data) as target:
                self.read_into(target, token)
            return data

        def clear(self) -> None:
            """Give the memory back."""
            self._file.seek(0)
            self._file.truncate()

        def close(self) -> None:
            """Close this side's end."""
            self._file.close()
