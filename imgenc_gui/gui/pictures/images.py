"""Pictures as Qt's images, upright: reduced, or with all their pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from imgenc_gui.core.formats.reading import read_preview, read_thumbnail
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.library.showing import kept_or_read
from imgenc_gui.core.listing import identity
from imgenc_gui.core.records.results import FileIdentity, ReadError
from imgenc_gui.core.stopping import Stop, StoppedError


@dataclass(frozen=True, slots=True)
class Look:
    """Which look of a picture is wanted, or was read: its row's generation, and its file as far as it is known."""

    generation: int = 0
    file: FileIdentity | None = None

    def serves(self, wanted: Look) -> bool:
        """Whether what was read is what is wanted."""
        files = (self.file, wanted.file)
        return self.generation == wanted.generation and (None in files or self.file == wanted.file)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of reading: the image, None if it can't be read, and the file that it is of.

    ``is_there``: that file is; else the image was kept, and its disk isn't connected.
    """

    image: QImage | None
    file: FileIdentity | None
    is_there: bool = True


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """Copy (h, w, 3) RGB pixels into a QImage."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def read_image(path: str, longest: int | None, stop: Stop) -> Read:
    """Read a picture, its longest side at most ``longest`` device pixels (None: all pixels).

    On a job's thread; ``stop`` turning true ends it early.
    """
    file = identity(path)  # before it is read: one that changes meanwhile looks changed, and is read again
    try:
        pixels = read_preview(path, stop) if longest is None else read_thumbnail(path, longest, stop)
    except (ReadError, StoppedError):
        return Read(None, file)  # the row's status says why, or nobody looks any more
    return Read(to_image(pixels), file)


def read_small_image(path: str, longest: int, library: Library, stop: Stop) -> Read:
    """As ``read_image``, from the library where it was read before."""
    try:
        pixels, file, is_there = kept_or_read(path, longest, library, stop)
    except (ReadError, StoppedError):
        return Read(None, identity(path))
    return Read(to_image(pixels), file, is_there)
