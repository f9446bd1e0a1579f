"""What a guarded child answers of a picture: packed there, unpacked here and never trusted.

The functions that unpack raise LookupError, TypeError or ValueError for nonsense.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.formats.channel import Message
from imgenc_gui.core.formats.reader import MAX_PIXELS, Decoded
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import sentence

Said = TypeVar("Said", ImageFailure, ImageWarning)

_LAST_ORIENTATION = 8


def packed_failure(failure: ImageFailure) -> Message:
    """The answer for a picture that can't be read."""
    return {"failure": [failure.code, failure.detail, failure.values]}


def packed_unidentified() -> Message:
    """The answer for what is no such picture after all."""
    return {"unidentified": True}


def packed_shape(pixels: NDArray[np.uint8]) -> Message:
    """The part of an answer that says what lies in the shared memory."""
    return {"shape": pixels.shape, "size": pixels.nbytes}


def packed_facts(decoded: Decoded) -> Message:
    """The part of an answer that says all but the pixels."""
    return {
        "format": decoded.format,
        "width": decoded.width,
        "height": decoded.height,
        "frames": decoded.frames,
        "orientation": decoded.orientation,
        "warnings": [[warning.code, warning.detail, warning.values] for warning in decoded.warnings],
        "deep": decoded.is_deep,
        "taken": decoded.taken.isoformat() if decoded.taken else "",
    }


def is_unidentified(answer: Message) -> bool:
    """Whether it is no such picture after all."""
    return "unidentified" in answer


def failure_in(answer: Message) -> ImageFailure | None:
    """Why the picture can't be read; None if it can."""
    if "failure" not in answer:
        return None
    code, detail, values = answer["failure"]
    return _with_sentence(ImageFailure(FailureCode(code), detail, tuple(values)))


def shape_in(answer: Message) -> tuple[int, int, int]:
    """Height, width and 3: the shape of the uint8 pixels."""
    height, width, channels = map(_natural, answer["shape"])
    if channels != 3 or height * width > MAX_PIXELS or answer["size"] != height * width * channels:  # noqa: PLR2004
        raise ValueError("The pixels are no RGB picture.")
    return height, width, channels


def decoded_in(answer: Message, pixels: NDArray[np.uint8]) -> Decoded:
    """What was read, with the pixels that were fetched before."""
    orientation = _natural(answer["orientation"])
    if orientation > _LAST_ORIENTATION or not isinstance(answer["format"], str):
        raise ValueError("The facts are nonsense.")
    return Decoded(
        pixels=pixels,
        format=answer["format"],
        width=_natural(answer["width"]),
        height=_natural(answer["height"]),
        frames=_natural(answer["frames"]),
        orientation=orientation,
        warnings=tuple(
            _with_sentence(ImageWarning(WarningCode(code), detail, tuple(values)))
            for code, detail, values in answer["warnings"]
        ),
        is_deep=bool(answer["deep"]),
        taken=datetime.fromisoformat(answer["taken"]) if answer["taken"] else None,
    )


def _natural(number: object) -> int:
    if type(number) is not int or number < 1:
        raise ValueError(f"{number!r} is no natural number.")
    return number


def _with_sentence(said: Said) -> Said:
    """The same, if there are words for it."""
    if not all(isinstance(value, str | int | float) for value in said.values):
        raise TypeError("The values are neither text nor numbers.")
    sentence(said)
    return said
