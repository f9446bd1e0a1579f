"""Paths as addresses and back, byte for byte: Qt's own ways lose names that aren't UTF-8. And paths from home."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QUrl


def home() -> Path:
    """A person's home folder; where the system knows of none, the folder above all others."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(Path.cwd().anchor)


def from_home(path: str) -> str:
    """A path as a person knows it: from home, which is ~."""
    home = os.path.expanduser("~")  # noqa: PTH111 - it is "~" where nobody knows it
    return "~" + path[len(home) :] if path == home or path.startswith((home + "/", home + "\\")) else path


def address_of(path: str | Path) -> QUrl:
    """The address of a path."""
    return QUrl.fromEncoded(Path(path).absolute().as_uri().encode())


def path_at(address: QUrl) -> str | None:
    """The path that an address leads to; None where that isn't on this computer."""
    if not address.isLocalFile():
        return None
    host = address.host().casefold()
    if os.sep == "\\" and host not in {"", "localhost"}:
        return address.toLocalFile()  # a share: \\host\share
    if host not in {"", "localhost", socket.gethostname().casefold()}:
        return None
    if os.sep == "\\":  # names are text there
        local = QUrl(address)
        local.setHost("")
        return local.toLocalFile()
    return os.fsdecode(unquote_to_bytes(address.path(QUrl.ComponentFormattingOption.FullyEncoded)))
