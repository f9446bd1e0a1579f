"""The one door for pictures: a file's bytes in, RGB pixels and facts out, or a ReadError in plain words."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reader import MAX_PIXELS, Decoded, Reader, as_read_errors
from imgenc_gui.core.formats.registry import foreign_format, foreign_format_by_ending, is_ending, reader_of
from imgenc_gui.core.formats.showing import upright
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageWarning, ReadError
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop, never

__all__ = ["MAX_PIXELS", "Picture", "read_picture", "read_preview", "read_thumbnail", "upright"]

MAX_BYTES = 2 << 30
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was read: RGB pixels (height, width, 3) uint8 as imagededup sees them, facts and warnings."""

    pixels: NDArray[np.uint8]
    facts: Facts
    warnings: tuple[ImageWarning, ...]


def read_picture(path: str, scratch: Scratch | None = None, stop: Stop = never) -> Picture:
    """Read a picture file. Raises ReadError whatever the file holds, and StoppedError, but no other exception.

    With ``scratch`` the pixels are valid only until this thread reads its next picture with it. Once ``stop`` returns
    true, a decoder in a process of its own is killed and StoppedError raised; the others are through in moments.
    """
    with as_read_errors(path):
        data, status, reader = _read_bytes(path)
        try:
            decoded = _read(reader, data, scratch or Scratch(), stop)
        except UnidentifiedImageError as error:
            raise _unrecognised(path) from error
        facts = Facts(
            format=decoded.format,
            width=decoded.width,
            height=decoded.height,
            frames=decoded.frames,
            bytes=len(data),
            mtime_ns=status.st_mtime_ns,
            orientation=decoded.orientation,
        )
        return Picture(decoded.pixels, facts, decoded.warnings)


def read_preview(path: str, stop: Stop = never) -> NDArray[np.uint8]:
    """All pixels of a picture for showing it, upright: RGB (h, w, 3) uint8, transparency on white.

    Raises ReadError and StoppedError, as read_picture.
    """
    return _show(path, None, stop)


def read_thumbnail(path: str, longest: int, stop: Stop = never) -> NDArray[np.uint8]:
    """As read_preview, with the longest side at most ``longest`` pixels; a JPEG is decoded at part of its size."""
    return _show(path, longest, stop)


def _read(reader: Reader, data: bytes, scratch: Scratch, stop: Stop) -> Decoded:
    return GUARD.read(reader, data, scratch, stop) if reader.guarded else reader.read(data, scratch)


def _show(path: str, longest: int | None, stop: Stop) -> NDArray[np.uint8]:
    with as_read_errors(path):
        data, _, reader = _read_bytes(path)
        try:
            return GUARD.show(reader, data, longest, stop) if reader.guarded else reader.show(data, longest)
        except UnidentifiedImageError as error:
            raise _unrecognised(path) from error


def _read_bytes(path: str) -> tuple[bytes, os.stat_result, Reader]:
    """A file's content, and who reads it. What nobody reads is refused by its first bytes, before the rest is read."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a str may hold bytes that are no text; Path adds nothing
        if not stat.S_ISREG(status.st_mode):  # opening a pipe could wait for ever
            raise ReadError(ImageFailure(FailureCode.NOT_AN_IMAGE, "folder-or-device"))
        if status.st_size == 0:
            raise ReadError(ImageFailure(FailureCode.EMPTY))
        with open(path, "rb") as file:  # noqa: PTH123
            reader = _reader(file.read(_HEAD_BYTES), path)
            if status.st_size > MAX_BYTES:
                raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "bytes", (status.st_size / 1e9,)))
            file.seek(0)
            return file.read(), status, reader
    except FileNotFoundError as error:
        raise ReadError(ImageFailure(FailureCode.GONE)) from error
    except PermissionError as error:
        raise ReadError(ImageFailure(FailureCode.NO_PERMISSION)) from error
    except OSError as error:
        raise ReadError(ImageFailure(FailureCode.UNREADABLE, "", (str(error.strerror or error),))) from error


def _reader(head: bytes, path: str) -> Reader:
    reader = reader_of(head)
    if reader is None:
        foreign = foreign_format(head)
        raise (
            ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (foreign,))) if foreign else _unrecognised(path)
        )
    package = reader.missing_package()
    if package:
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "missing-library", (reader.formats[0], package)))
    return reader


def _unrecognised(path: str) -> ReadError:
    """What to say of a file whose content nobody knows: its name tells what it was meant to be."""
    ending = PurePath(path).suffix.lower()
    if is_ending(ending):
        return ReadError(ImageFailure(FailureCode.DAMAGED, "misnamed"))
    foreign = foreign_format_by_ending(ending)
    if foreign:
        return ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (foreign,)))
    return ReadError(ImageFailure(FailureCode.NOT_AN_IMAGE))
