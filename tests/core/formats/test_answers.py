"""A child's answers: what is packed is unpacked the same, and nonsense is refused whatever it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from imgenc_gui.core.formats.answers import (
    decoded_in,
    failure_in,
    is_unidentified,
    packed_facts,
    packed_failure,
    packed_shape,
    packed_unidentified,
    shape_in,
)
from imgenc_gui.core.formats.guard import _NONSENSE
from imgenc_gui.core.formats.reader import Decoded
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, WarningCode
from tests.core.formats.made_up import LIES

PIXELS = np.ones((4, 5, 3), np.uint8)
WARNINGS = (ImageWarning(WarningCode.LOW_INFORMATION, "", ("PHash",)),)
DECODED = Decoded(PIXELS, "MADEUP", 50, 40, 7, 6, WARNINGS, is_deep=True, taken=datetime(2019, 7, 3, 14, 22, 10))  # noqa: DTZ001
SOUND = packed_shape(PIXELS) | packed_facts(DECODED)


def unpacked(answer: Any) -> object:
    """As the guard does it."""
    if is_unidentified(answer):
        return None
    failure = failure_in(answer)
    return failure or (shape_in(answer), decoded_in(answer, PIXELS))


def test_what_was_read_comes_back() -> None:
    assert unpacked(SOUND) == ((4, 5, 3), DECODED)


def test_a_failure_comes_back() -> None:
    failure = ImageFailure(FailureCode.TOO_LARGE, "pixels", (200.5, 179))
    assert unpacked(packed_failure(failure)) == failure


def test_an_unidentified_picture_comes_back() -> None:
    assert is_unidentified(packed_unidentified())
    assert not is_unidentified(SOUND)
    assert not is_unidentified(packed_failure(ImageFailure(FailureCode.EMPTY)))


LIES_IN_SHAPE = {name: lie for name, lie in LIES.items() if isinstance(lie, dict) and name != "more than there is"}
NO_ANSWERS: dict[str, Any] = {"list": [], "number": 5, "nothing": None, "empty": {}, "text": "failure"}


@pytest.mark.parametrize(
    "answer",
    [*(SOUND | lie for lie in LIES_IN_SHAPE.values()), *NO_ANSWERS.values()],
    ids=[*LIES_IN_SHAPE, *NO_ANSWERS],
)
def test_nonsense_is_refused(answer: Any) -> None:
    with pytest.raises(_NONSENSE):
        unpacked(answer)
