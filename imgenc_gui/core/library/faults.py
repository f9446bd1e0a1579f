"""What goes wrong with a database, as troubles that a person is told of."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.troubles import Trouble, TroubleCode

# MemoryError: how Python's module tells that SQLite got none.
FAULTS = (sqlite3.Error, OSError, MemoryError)

_CODES = {  # of SQLite's errors, without what it adds to them in the upper bits
    sqlite3.SQLITE_CORRUPT: TroubleCode.DAMAGED,
    sqlite3.SQLITE_NOTADB: TroubleCode.DAMAGED,
    sqlite3.SQLITE_BUSY: TroubleCode.LOCKED,
    sqlite3.SQLITE_LOCKED: TroubleCode.LOCKED,
    sqlite3.SQLITE_PROTOCOL: TroubleCode.LOCKED,
    sqlite3.SQLITE_FULL: TroubleCode.FULL,
    sqlite3.SQLITE_READONLY: TroubleCode.READ_ONLY,
    sqlite3.SQLITE_PERM: TroubleCode.READ_ONLY,
}
_NUMBERS = {
    errno.ENOSPC: TroubleCode.FULL,
    getattr(errno, "EDQUOT", errno.ENOSPC): TroubleCode.FULL,
    errno.EROFS: TroubleCode.READ_ONLY,
}
_FULL_BYTES = 1 << 20  # with less than this free, any error of input and output is put down to it


class NotOursError(Exception):
    """What lies there is no library, or no longer."""


class TroubleError(Exception):
    """The library can't be used, now or ever. ``trouble``: what to tell of it; None where another one has told it."""

    def __init__(self, trouble: Trouble | None) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def code_of(error: BaseException) -> TroubleCode:
    """Which trouble an error means."""
    if isinstance(error, NotOursError):
        return TroubleCode.DAMAGED
    number: int | None = getattr(error, "sqlite_errorcode", None)  # what Python's module itself complains of has none
    if number is not None:
        return _CODES.get(number & 0xFF, TroubleCode.UNREACHABLE)
    if isinstance(error, OSError) and error.errno is not None:
        return _NUMBERS.get(error.errno, TroubleCode.UNREACHABLE)
    return TroubleCode.UNREACHABLE


def trouble_of(error: BaseException, folder: Path) -> Trouble | None:
    """What to tell of an error; None where another one has told it."""
    if isinstance(error, TroubleError):
        return error.trouble
    code = code_of(error)
    if code is not TroubleCode.UNREACHABLE:
        return Trouble(code)
    try:
        if folder.is_dir() and not os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return Trouble(TroubleCode.READ_ONLY)
        if shutil.disk_usage(folder).free < _FULL_BYTES:
            return Trouble(TroubleCode.FULL)
    except OSError:
        pass  # the folder isn't there, or behind one that may not be entered: the error itself says more
    words = error.strerror if isinstance(error, OSError) else None
    return Trouble(code, (words or brief(error),))
