"""The log file."""

from __future__ import annotations

import logging
import logging.handlers
from io import TextIOWrapper
from pathlib import Path
from typing import cast

import platformdirs

from imgenc_gui.core import private
from imgenc_gui.core.terminal import LogFormatter
from imgenc_gui.core.unkept import UNKEPT

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
        private.make_folder(folder)
        for old in (folder, *folder.glob(f"{_NAME}*")):  # an earlier imgenc left them open to others
            private.close_to_others(old)
        handler = _PrivateHandler(
            path, maxBytes=_BYTES, backupCount=_COPIES, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        UNKEPT.note(folder, error)
        nowhere = logging.StreamHandler()  # but for what must not be lost; the person is told of the rest
        nowhere.setLevel(logging.ERROR)
        _add(nowhere)
        return None
    _add(handler)
    root = logging.getLogger()
    if root.level == logging.NOTSET or root.level > level:
        root.setLevel(level)
    return path


def _add(handler: logging.Handler) -> None:
    handler.set_name(_NAME)
    handler.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


class _PrivateHandler(logging.handlers.RotatingFileHandler):
    """Its files are for their owner alone: they name pictures and folders."""

    def _open(self) -> TextIOWrapper:
        name, mode = self.baseFilename, self.mode
        file = open(name, mode, encoding=self.encoding, errors=self.errors, opener=private.opened)  # noqa: SIM115
        return cast("TextIOWrapper", file)


def close_logging() -> None:
    """Close the log file, if there is one."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if handler.get_name() == _NAME:
            root.removeHandler(handler)
            handler.close()
