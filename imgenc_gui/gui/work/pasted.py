"""Where pictures from the clipboard lie while there is a window: nobody else reads them, and no end leaves them behind.

A folder of its own for each window. Where that couldn't remove it, as it was killed, the next one does, by ``tidy``.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path
from PySide6.QtGui import QImage

from imgenc_gui.core import ending, private
from imgenc_gui.core.files.temporaries import Folder

log = logging.getLogger(__name__)


class Pasted:
    """A session's pictures from the clipboard; their folder is made for the first, and ends with the session."""

    def __init__(self) -> None:
        self._folder: Folder | None = None
        self._count = 0

    @property
    def folder(self) -> str:
        """Where they are; "" when there are none."""
        return str(self._folder.path) if self._folder is not None else ""

    def holds(self, path: str) -> bool:
        """Return True for a picture that came from the clipboard."""
        return bool(self.folder) and os.path.dirname(path) == self.folder  # noqa: PTH120

    def next_path(self, name: str) -> str:
        """Where the next is to be written. ``name``: of its file, with {0} for its number."""
        if self._folder is None:
            try:
                self._folder = pasted_folder(usual_root())
            except OSError:
                log.warning("There is no folder for pictures from the clipboard", exc_info=True)
            else:
                ending.before(self._folder.remove)
        self._count += 1
        return os.path.join(self.folder, name.format(self._count))  # noqa: PTH118

    def save(self, image: QImage, path: str) -> bool:
        """Write a picture; whether that could be done. On any thread."""
        return bool(self.folder) and save_private(image, path)

    def remove(self) -> None:
        """With all that is in their folder."""
        if self._folder is not None:
            self._folder.remove()


def pasted_folder(root: Path) -> Folder:
    """A folder that goes with its window. ``root``: where such folders are. Raises OSError where there can't be one."""
    try:
        private.make_folder(root)
        return Folder(root)
    except OSError:  # there is a place for it in any case, from which only this window removes it
        return Folder(Path(tempfile.gettempdir()))


def usual_root() -> Path:
    """Where such folders usually are. Not in the system's folder for temporary files: all its users look into that."""
    return user_cache_path("imgenc", appauthor=False) / "pasted"


def save_private(image: QImage, path: str) -> bool:
    """Write a picture that nobody else can read, as PNG. Whether that could be done."""
    try:
        private.make_file(Path(path))
    except OSError:
        return False
    return image.save(path, "PNG")  # type: ignore[call-overload, no-any-return]
