"""Pictures as Qt's images, upright: reduced, or with all their pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from imgenc_gui.core.formats.reading import read_preview, read_thumbnail
from imgenc_gui.core.records.results import ReadError
from imgenc_gui.core.stopping import Stop, StoppedError


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """Copy (h, w, 3) RGB pixels into a QImage."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def read_image(path: str, longest: int | None, stop: Stop) -> QImage | None:
    """Read a picture, its longest side at most ``longest`` device pixels (None: all pixels); None if it can't be read.

    On a job's thread; ``stop`` turning true ends it early.
    """
    try:
        return to_image(read_preview(path, stop) if longest is None else read_thumbnail(path, longest, stop))
    except (ReadError, StoppedError):
        return None  # the row's status says why, or nobody looks any more
