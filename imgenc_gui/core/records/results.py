"""What became of a picture: facts and encodings, or why there are none. Failures and warnings are codes with values.

Sentences for the codes are made in records/sentences.py, and nowhere else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imgenc_gui.core.records.methods import Encoding, Method

Value = str | int | float

UPRIGHT = 1  # the EXIF orientation of a picture that isn't turned
FIRST_SIDEWAYS = 5  # EXIF orientations from here on exchange width and height
TURNED_WHILE_READ = "TIFF"  # Pillow turns these upright by itself, and so imagededup sees them


class FailureCode(StrEnum):
    """Why a picture has no encodings. Stable: exports carry these codes."""

    NOT_AN_IMAGE = "not-an-image"  # neither its content nor its name says picture: a .txt beside the photos
    UNSUPPORTED_FORMAT = "unsupported-format"
    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
    NO_PERMISSION = "no-permission"
    GONE = "gone"
    EMPTY = "empty"
    OUT_OF_MEMORY = "out-of-memory"
    UNREADABLE = "unreadable"  # the disk or the network share answered with an error
    STOPPED_IMGENC = "stopped-imgenc"  # a run ended while it was read, and so does each process that reads it
    MODEL_UNAVAILABLE = "model-unavailable"  # a network's weights or its engine can't be loaded


# Reasons that lie around a file and not in it: it may be read the next time, unchanged.
AROUND_THE_FILE = frozenset(
    {FailureCode.GONE, FailureCode.NO_PERMISSION, FailureCode.UNREADABLE, FailureCode.OUT_OF_MEMORY}
)


NOTHING_LEFT = (
    "nothing-left"  # a damaged picture of which nothing could be read either; a detail of FailureCode.DAMAGED
)


class WarningCode(StrEnum):
    """What there is to know about an encoding that was made. Stable: exports carry these codes."""

    LOW_INFORMATION = "low-information"
    HIDDEN_TRANSPARENCY = "hidden-transparency"
    CLIPPED_16_BIT = "clipped-16-bit"
    CUT_TO_BLACK = "cut-to-black"  # numbers with a point, most often from 0 to 1, taken for 0 to 255
    NOT_IN_IMAGEDEDUP = "not-in-imagededup"
    LEFT_OUT = "left-out"  # of a drawing: what it shows isn't all there
    OTHER_FONT = "other-font"
    BLANK = "blank"  # a drawing that draws nothing, or white on white
    ROTATED = "rotated"
    INCOMPLETE = "incomplete"  # damaged, and encoded as far as it can be read, because that was asked for
    NO_EMBEDDING = "no-embedding"  # the hashes were made, but a network couldn't be loaded


@dataclass(frozen=True, slots=True)
class ImageFailure:
    """Why a picture has no encodings. ``detail`` names one of the code's cases, ``values`` fill its sentence."""

    code: FailureCode
    detail: str = ""
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageWarning:
    """Something to know about an encoding that was made. ``detail`` and ``values`` as in ImageFailure."""

    code: WarningCode
    detail: str = ""
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What tells without reading a file whether it was changed since."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        """The identity that the system's answer on a file tells."""
        return cls(status.st_size, status.st_mtime_ns)


class ReadError(Exception):
    """A file that gives no picture. ``file``: which it was, where the reason lies in the file itself."""

    def __init__(self, failure: ImageFailure, file: FileIdentity | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.file = file


class NetworkError(Exception):
    """A network that can't be had, or fails."""

    def __init__(self, failure: ImageFailure) -> None:
        super().__init__(failure)
        self.failure = failure


class EndlessError(NetworkError):
    """A network that isn't done with a picture in the time that it gets."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture that was read. Sizes in pixels as stored, before any rotation."""

    format: str  # "JPEG", "PNG", "SVG" ...
    width: int
    height: int
    frames: int  # at least 1
    bytes: int
    mtime_ns: int | None  # when the file was changed, nanoseconds since 1970, UTC; None for what isn't a file
    orientation: int  # EXIF, 1 to 8; 1 when there is none
    digest: str = ""  # XXH3 of the file's bytes, 128 bits as 32 hexadecimal characters; "" where it isn't known
    taken: datetime | None = None  # EXIF, by the camera's clock, whose zone isn't told

    @property
    def file(self) -> FileIdentity | None:
        """Which file it was; None for what isn't a file."""
        return None if self.mtime_ns is None else FileIdentity(self.bytes, self.mtime_ns)

    @property
    def turn(self) -> int:
        """By which EXIF orientation the pixels that are read are turned when they are to be upright."""
        return UPRIGHT if self.format == TURNED_WHILE_READ else self.orientation

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of what a person is shown. What a person is told is the size as stored, everywhere."""
        sideways = self.orientation >= FIRST_SIDEWAYS
        return (self.height, self.width) if sideways else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What became of one picture.

    ``encodings`` is empty when ``failure`` is set. ``facts`` is None when the picture couldn't be read; then
    ``failed_file`` is the file as it was, where the reason lies in the file itself and not around it. ``recalled``: it
    was known from an earlier run, and not decoded in this one.
    """

    path: str
    facts: Facts | None = None
    encodings: dict[Method, Encoding] = field(default_factory=dict)
    warnings: tuple[ImageWarning, ...] = ()
    failure: ImageFailure | None = None
    failed_file: FileIdentity | None = None
    recalled: bool = field(default=False, compare=False)

    @property
    def is_incomplete(self) -> bool:
        """Whether it is of what can be read of a damaged picture."""
        return any(warning.code is WarningCode.INCOMPLETE for warning in self.warnings)

    @property
    def file(self) -> FileIdentity | None:
        """Which file it was that was read; None where that isn't known."""
        return self.failed_file if self.facts is None else self.facts.file
