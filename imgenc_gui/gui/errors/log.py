"""The log file."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

import platformdirs

from imgenc_gui.core.terminal import LogFormatter

log = logging.getLogger(__name__)

_NAME = "imgenc.log"
_BYTES = 1_000_000
_COPIES = 2  # with the current one: three files of 1 MB


def log_folder() -> Path:
    """Return where this system keeps logs of programs; the folder need not exist yet."""
    return platformdirs.user_log_path("imgenc", appauthor=False)


def set_up_logging(folder: Path, level: int = logging.INFO) -> Path | None:
    """Write the log to ``folder``/imgenc.log, at most three files of 1 MB; return its path.

    Called again, it moves the log. Where the folder can't be written nothing is logged to a file, and None is returned.
    """
    close_logging()
    path = folder / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_BYTES, backupCount=_COPIES, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        log.warning("There is no log file: %s", error)
        return None
    handler.set_name(_NAME)
    handler.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    if root.level == logging.NOTSET or root.level > level:
        root.setLevel(level)
    return path


def close_logging() -> None:
    """Close the log file, if there is one."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if handler.get_name() == _NAME:
            root.removeHandler(handler)
            handler.close()
