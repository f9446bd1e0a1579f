"""Which files the library knew when they were last seen, by one connection. The disk isn't asked."""

from __future__ import annotations

import os
import sqlite3

from imgenc_gui.core.library.entries import GONE, LastSeen
from imgenc_gui.core.library.stored import DIGEST_BYTES
from imgenc_gui.core.listing import is_listed, within
from imgenc_gui.core.records.results import FileIdentity

_UNDER = "SELECT path FROM files WHERE path >= ? AND path < ? AND size <> ?"
_ONE = (
    "SELECT size, mtime_ns, digest, reader FROM files JOIN contents ON contents.id = content"
    " WHERE path = ? AND size <> ?"
)


def ask_under(connection: sqlite3.Connection, folder: str, *, recursive: bool) -> list[str]:
    """The files that a folder had, those alone that a listing gives."""
    start = within(folder)
    first = os.fsencode(start)
    last = first[:-1] + bytes([first[-1] + 1])
    found = []
    for (path,) in connection.execute(_UNDER, (first, last, GONE)).fetchall():
        if type(path) is bytes and is_listed(name := os.fsdecode(path[len(first) :]), recursive=recursive):
            found.append(start + name)
    return found


def ask_one(connection: sqlite3.Connection, key: bytes) -> LastSeen | None:
    """What a file was that could be read."""
    row = connection.execute(_ONE, (key, GONE)).fetchone()
    if row is None or [*map(type, row)] != [int, int, bytes, bytes] or len(row[2]) != DIGEST_BYTES:
        return None
    size, mtime_ns, digest, reader = row
    return LastSeen(FileIdentity(size, mtime_ns), digest.hex(), reader.decode(errors="replace"))
