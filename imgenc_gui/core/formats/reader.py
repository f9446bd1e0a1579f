"""What a reader is: a record that says which files it knows and how to make pixels of them."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import StoppedError

log = logging.getLogger(__name__)

MAX_PIXELS = 2 * 89_478_485  # where Pillow, and so imagededup, refuses a picture
MAX_BYTES = 2 << 30  # of a file

HANDED_OVER = 3 + 3  # bytes for a pixel of a child's: in the memory that both see, and here
_MEMORY = 6 << 30  # bytes of address space for a child that may read the largest pictures there are
_NEARLY_BLACK = 16  # of 255


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture's first frame as a method sees it, and what the file says of itself.

    ``pixels``: RGB, (height, width, 3) uint8, not turned. ``width`` and ``height``: pixels as stored; a drawing's
    pixels may be fewer. ``frames``: at least 1. ``orientation``: EXIF, 1 to 8. ``taken``: EXIF, too.
    ``is_deep``: the file has more than 8 bits per channel.
    """

    pixels: NDArray[np.uint8]
    format: str
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    warnings: tuple[ImageWarning, ...] = ()
    is_deep: bool = False
    taken: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Reads one format, or a family of them.

    ``formats``: their names, as facts give them. ``endings``: what their files' names end in, lower case, with the dot.
    ``recognises``: whether a file that begins with these bytes (at most 64 KB) is one of them. ``read``: a file's bytes
    to what is encoded; its pixels may be an array of the Scratch. ``show``: a file's bytes to what a person is shown,
    upright and on white, RGB (h, w, 3) uint8, the longest side at most so many pixels unless None.

    Both may raise anything: ReadError to say what is wrong, PIL.UnidentifiedImageError for what is no such picture
    after all; as_read_errors translates the rest. Both claim of the Share what memory they are about to take, before
    they take it: no more than about 2.5 times their result's at any time. ``version`` rises whenever the pixels of a
    picture change. ``max_bytes``: what no file of these formats may exceed, asked before it is read.

    ``guarded``: read in a process of its own, for decoders that may crash, hang or grow. There ``read`` and ``show``
    are imported by name, so they are functions of a module; each picture has ``seconds`` of the processor's time, some
    more by the clock, and, where the system keeps such a bound (child.py), ``memory`` bytes of address space. Another
    reader may find that a picture will take it long, in a call that no Stop ends: it raises LongError with a guarded
    one. ``read_damaged`` and ``show_damaged``, both or neither: the same of what these find damaged, as far as it can
    be read; always in a process of its own. ``packages``: the modules that must be there, and for each the package to
    install. ``extra``: the extra of imgenc that brings them, if it doesn't by itself. ``is_doubtful``: whether a file
    that it recognises may well be none of its own, which only the missing package could tell.

    ``by_ending``: its formats have no signature, so that only what is named like one of them is.

    ``kind_of``: names the kind of a file whose reading failed, if that is one which isn't read; None if it is damaged.
    """

    formats: tuple[str, ...]
    endings: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes, Scratch, Share], Decoded]
    show: Callable[[bytes, int | None, Share], NDArray[np.uint8]]
    version: int = 1
    max_bytes: int = MAX_BYTES
    guarded: bool = False
    seconds: float = 20.0
    memory: int = 1 << 30
    read_damaged: Callable[[bytes, Scratch, Share], Decoded] | None = None
    show_damaged: Callable[[bytes, int | None, Share], NDArray[np.uint8]] | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""
    is_doubtful: Callable[[bytes], bool] = lambda _: False
    kind_of: Callable[[bytes], str | None] = lambda _: None
    by_ending: bool = False

    @property
    def key(self) -> str:
        """What results are kept under: another one's, or another version's, are not this one's."""
        return f"{self.formats[0]} {self.version}"

    def missing_package(self) -> str | None:
        """The package to install before these formats can be read; None when all is there."""
        return next((package for module, package in self.packages.items() if not _is_there(module)), None)


class LongError(Exception):
    """A picture that takes its decoder long: ``reader`` reads it in a process of its own, which takes so many bytes."""

    def __init__(self, reader: Reader, size: int) -> None:
        super().__init__(reader, size)
        self.reader = reader
        self.size = size


def in_child(reader: Reader) -> Reader:
    """A reader for the same files, which reads them in a process of its own."""
    return reader if reader.guarded else replace(reader, guarded=True, memory=_MEMORY)


def cut_to_black(values: NDArray[Any]) -> ImageWarning | None:
    """What to say of pixels whose values are numbers with a point, if little but 0 is left of them as whole numbers."""
    return cut_between(*finite_range(values)) if values.dtype.kind == "f" else None


def finite_range(values: NDArray[Any]) -> tuple[float, float]:
    """The lowest and the highest of numbers, but for what is none, or infinite; (inf, -inf) if there are no others."""
    finite = np.isfinite(values)
    lowest = np.min(values, initial=np.inf, where=finite)
    return float(lowest), float(np.max(values, initial=-np.inf, where=finite))


def cut_between(lowest: float, highest: float) -> ImageWarning | None:
    """The same of such numbers from ``lowest`` to ``highest``."""
    if not lowest < highest < _NEARLY_BLACK:
        return None
    return ImageWarning(WarningCode.CUT_TO_BLACK, "", (round(lowest, 3), round(highest, 3)))


def imported(module: str, format_: str) -> ModuleType:
    """A module that a format needs, imported with its first file. Raises ReadError where it doesn't load."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        failure = ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "broken-library", (format_, brief(error)))
        raise ReadError(failure) from error


def check_pixels(width: int, height: int) -> None:
    """Raise ReadError for a picture of more pixels than are read, before it is decoded."""
    if width * height > MAX_PIXELS:
        raise too_many_pixels(width * height)


@functools.cache  # looking for a module takes 0.1 ms
def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@contextmanager
def as_read_errors(what: str) -> Iterator[None]:
    """Translate whatever goes wrong while ``what`` is read into a ReadError; that and StoppedError pass through."""
    try:
        yield
    except (ReadError, StoppedError):
        raise
    except Exception as error:
        raise read_error_of(error, what) from error


def read_error_of(error: Exception, what: str) -> ReadError:
    """The same of one error, for whoever has no time for a context."""
    if isinstance(error, MemoryError):
        return ReadError(ImageFailure(FailureCode.OUT_OF_MEMORY))
    if isinstance(error, Image.DecompressionBombError):
        numbers = (int(word.strip("()")) for word in str(error).split() if word.strip("()").isdigit())
        return too_many_pixels(next(numbers, 0))
    # Decoders meet damage in their own ways (OSError, SyntaxError, struct.error, ValueError, IndexError ...).
    log.info("%s can't be decoded", what, exc_info=error)
    return ReadError(ImageFailure(FailureCode.DAMAGED, "", (brief(error),)))


def too_many_pixels(pixels: int) -> ReadError:
    """What to say of a picture that has more than MAX_PIXELS."""
    # Rounded apart, so that what is a little too large isn't told to be as large as it may.
    values = (math.ceil(pixels / 1e6), math.floor(MAX_PIXELS / 1e6))
    return ReadError(ImageFailure(FailureCode.TOO_LARGE, "pixels", values))
