"""A made-up format, read in a guarded child: its files say what their decoder does. `MADEUP colour 7` is a picture."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from imgenc_gui.core.formats import child
from imgenc_gui.core.formats.channel import send
from imgenc_gui.core.formats.reader import Decoded, Reader
from imgenc_gui.core.formats.showing import shown
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode

# What a child that can't be trusted says of 5 x 4 pixels.
LIES = {
    "grey": {"shape": [4, 5], "size": 20},
    "four channels": {"shape": [1, 5, 4], "size": 20},
    "huge": {"shape": [10**6, 10**6, 3], "size": 3 * 10**12},
    "more than there is": {"shape": [40, 40, 3], "size": 4800},
    "another size": {"size": 480},
    "negative": {"shape": [-4, -5, 3]},
    "nothing": {"shape": [0, 5, 3], "size": 0},
    "no numbers": {"shape": [4.0, "5", 3]},
    "no shape": {"shape": None},
    "wild orientation": {"orientation": 9},
    "wild width": {"width": -1},
    "wild frames": {"frames": 1.5},
    "wild format": {"format": 5},
    "wild warning": {"warnings": [["low-information", "no such detail", []]]},
    "wild failure": {"failure": ["no such code", "", []]},
    "failure without its words": {"failure": ["damaged", "", []]},
    "failure with wild words": {"failure": ["damaged", "", [["words"]]]},
    "failure of no kind": {"failure": None},
    "no message": b"\0\0\0\2[]",
    "no text": b"\0\0\0\1\xff",
    "deep text": b"\0\0\x80\0" + b"[" * 0x8000,
    "endless text": b"\xff" * 100,
}

_kept: list[object] = []


def read(data: bytes, _: object, __: object = None) -> Decoded:  # noqa: C901, PLR0912, PLR0915 - some lines for each thing a decoder may do
    _, what, argument = data.decode().split(maxsplit=2)
    pixels = np.ones((4, 5, 3), np.uint8)
    warnings: tuple[ImageWarning, ...] = ()
    match what:
        case "colour":
            pixels[:] = int(argument)
        case "size":
            pixels = np.full((int(argument), int(argument), 3), 3, np.uint8)
        case "process":
            pixels = np.frombuffer(os.getpid().to_bytes(6), np.uint8).reshape(1, 2, 3)
        case "turned":
            return Decoded(pixels, "MADEUP", 50, 40, 7, int(argument))
        case "warn":
            warnings = (ImageWarning(WarningCode.LOW_INFORMATION, "", (argument,)),)
        case "refuse":
            raise ReadError(ImageFailure(FailureCode.DAMAGED, "drawing", (argument,)))
        case "unknown":
            raise UnidentifiedImageError(argument)
        case "raise":
            raise ValueError(argument)
        case "import":
            __import__(argument)
        case "abort":
            os.abort()
        case "crash":
            ctypes.string_at(0)
        case "exit":
            sys.exit(argument)
        case "sleep":
            time.sleep(float(argument))
        case "spin":
            if argument == "deaf":  # to what Linux says when the parent ends
                signal.signal(signal.SIGIO, signal.SIG_IGN)
            sum(range(10**12))  # hours of C code that holds the interpreter's lock
        case "bomb":
            bytearray(4 << 30)
        case "leak":
            _kept.append(np.ones(int(argument) << 20, np.uint8))
        case "write":
            with Path(argument).open("wb") as file:
                file.seek(1 << 40)
                file.write(b"x")
        case "poison":
            child._answer = lambda *_: os.abort()
        case "lie":
            lie = LIES[argument]
            if isinstance(lie, bytes):
                child.send = lambda there, _: there.sendall(lie)
            else:
                child.send = lambda there, answer: send(there, answer | lie)
        case _:
            raise AssertionError(what)
    return Decoded(pixels, "MADEUP", pixels.shape[1], pixels.shape[0], warnings=warnings)


def show(data: bytes, longest: int | None, _: object) -> np.ndarray:
    return shown(Image.fromarray(read(data, None).pixels), longest)


MADE_UP = Reader(
    formats=("MADEUP",),
    endings=(".madeup",),
    recognises=lambda head: head.startswith(b"MADEUP "),
    read=read,
    show=show,
    guarded=True,
)
