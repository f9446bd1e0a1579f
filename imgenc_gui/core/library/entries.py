"""What goes into the library, and what it tells of itself. No SQLite here: there may be none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.records.results import FileIdentity, ImageResult

GONE = -1  # the size of a file that isn't there any more, which no file has


@dataclass(slots=True, eq=False)
class Order:
    """To forget what is known of a file, once: its results may come, and be written, in parts."""

    is_obeyed: bool = False


@dataclass(slots=True, eq=False)
class Kept:
    """A result on its way into the library.

    ``reader``: who read it; None: nobody does; ``turned``: upright, if need be; ``anew``: what was known of it before
    is to be forgotten, by this order. Not frozen: that takes three times as long to make, for each picture.
    """

    result: ImageResult
    reader: Reader | None
    turned: bool
    anew: Order | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Files, by their ids, that were asked for and found."""

    files: Sequence[int]


@dataclass(frozen=True, slots=True)
class Gone:
    """Files, by their keys, that were looked for and aren't there."""

    keys: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What a file was when it was last seen: ``digest`` of its bytes, ``reader``: the key of who read them."""

    file: FileIdentity
    digest: str
    reader: str


@dataclass(frozen=True, slots=True)
class Current:
    """What holds today.

    ``asked``: the ways to a file's reader; ``readers``: their keys; ``methods``: versions by ids.
    """

    asked: Collection[bytes]
    readers: Collection[str]
    methods: dict[str, int]


@dataclass(frozen=True, slots=True)
class LibraryInfo:
    """What there is in a library. ``bytes``: those in use; ``limit``: how many there may be."""

    path: Path
    bytes: int
    limit: int
    files: int = 0
    pictures: int = 0
    encodings: int = 0
