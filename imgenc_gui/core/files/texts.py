"""Values as text, the same in every format: numbers, dates, and what JSON makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.methods import Encoding

# Of all float32s only this one (tried, all 2**31) changes when its shortest text is read as a double, as JSON's is.
_ODD_ONE, _ODD_ONE_SHORT, _ODD_ONE_TEXT = np.float32(7.0385307e-26), "7.038531e-26", "7.0385307e-26"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number_texts(vector: NDArray[np.float32]) -> list[str]:
    """Each float32 as the shortest text that reads back to it, directly or by way of a double.

    ``vector``: one axis. Raises ValueError for numbers that aren't finite: no format has words for them.
    """
    if not np.isfinite(vector).all():
        raise ValueError("An embedding holds a number that isn't finite; JSON has no word for it.")
    texts: list[str] = np.asarray(vector, np.float32).astype("U32").tolist()
    if (np.abs(vector) == _ODD_ONE).any():
        texts = [text.replace(_ODD_ONE_SHORT, _ODD_ONE_TEXT) for text in texts]
    return texts


def vector_text(vector: NDArray[np.float32]) -> str:
    """A vector as a flat list, "[0.1, 0.2, ...]": JSON that reads back to the same float32s. Raises as number_texts."""
    return f"[{', '.join(number_texts(vector))}]"


def encoding_json(encoding: Encoding) -> str:
    """A hash or a vector as JSON. Raises ValueError for numbers that aren't finite."""
    return f'"{encoding}"' if isinstance(encoding, str) else vector_text(encoding)


def json_text(value: Any) -> str:
    """JSON on one line: readable, but with escapes where a string holds bytes that are no text.

    Raises ValueError for numbers that aren't finite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True)
    return text


def modified_text(mtime_ns: int | None) -> str | None:
    """A file's time in UTC, "2023-11-14T22:13:20.250Z"; None where none is known or no calendar has it."""
    if mtime_ns is None:
        return None
    try:
        modified = _EPOCH + timedelta(microseconds=mtime_ns // 1000)
    except OverflowError:  # a damaged file system may say anything
        return None
    return modified.isoformat(timespec="milliseconds").replace("+00:00", "Z")
