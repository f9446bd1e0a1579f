"""The one door for pictures: a file's bytes in, RGB pixels and facts out, or a ReadError in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class ErrorCode(StrEnum):
    """Stable codes for why a file has no encodings. Exports carry them."""

    NOT_AN_IMAGE = "not-an-image"  # neither its content nor its name says picture: a .txt beside the photos
    UNSUPPORTED_FORMAT = "unsupported-format"
    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
    NO_PERMISSION = "no-permission"
    GONE = "gone"
    EMPTY = "empty"
    OUT_OF_MEMORY = "out-of-memory"
    UNREADABLE = "unreadable"  # the disk or the network share answered with an error
    MODEL_UNAVAILABLE = "model-unavailable"  # the CNN's weights are missing or damaged, or torch can't be loaded


class CautionCode(StrEnum):
    """Stable codes for warnings about an encoding that was made."""

    LOW_INFORMATION = "low-information"
    HIDDEN_TRANSPARENCY = "hidden-transparency"
    CLIPPED_16_BIT = "clipped-16-bit"
    NOT_IN_IMAGEDEDUP = "not-in-imagededup"
    ROTATED = "rotated"


class ReadError(Exception):
    """A file that gives no picture. ``code`` is stable, ``reason`` a sentence that a photographer understands."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning about an encoding that was made: a stable code and a plain sentence."""

    code: CautionCode
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture that was read. Sizes in pixels as stored, before any rotation."""

    format: str  # "JPEG", "PNG", "SVG" ...
    width: int
    height: int
    frames: int  # at least 1
    bytes: int
    modified: float | None  # seconds since 1970, UTC; None for a picture that isn't a file
    orientation: int  # EXIF, 1 to 8; 1 when there is none
