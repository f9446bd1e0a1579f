"""Where pictures from the clipboard lie while there is a window: nobody else reads them, and no end leaves them behind.

A folder of its own for each window. Where that couldn't remove it, as it was killed, the next one does, by ``tidy``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from platformdirs import user_cache_path
from PySide6.QtGui import QImage

from imgenc_gui.core import private
from imgenc_gui.core.files.temporaries import Folder


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
