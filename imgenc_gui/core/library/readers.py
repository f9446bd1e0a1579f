"""Who is asked for a file's reader, and what holds with the readers and methods there are."""

from __future__ import annotations

import itertools
from functools import lru_cache

from imgenc_gui.core.formats import registry
from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.library.entries import Current
from imgenc_gui.core.registry import METHODS


def current() -> Current:
    """What holds with the readers and methods there are."""
    readers = registry.READERS
    return Current(_ways(readers), _keys(readers), {method.id: method.version for method in METHODS})


@lru_cache
def _keys(readers: tuple[Reader, ...]) -> frozenset[str]:
    return frozenset(reader.key for reader in readers)


@lru_cache
def _ways(readers: tuple[Reader, ...]) -> frozenset[bytes]:
    return frozenset(_asked(readers, reader).encode() for reader in (*readers, None))


def stored_reader(reader: Reader | None) -> tuple[str, str]:
    """Under which key what it reads is kept, and who was asked before; None: nobody reads it."""
    return reader.key if reader is not None else "", _asked(registry.READERS, reader)


@lru_cache
def _asked(readers: tuple[Reader, ...], reader: Reader | None) -> str:
    """Who was asked before this one was found to be a file's reader; None: nobody reads it.

    A reader that comes before it later may take the file for its own, and one behind the others may read what nobody
    does; what was kept doesn't hold then.
    """
    if reader is None:
        return ", ".join(other.key for other in readers if other.missing_package() is None)
    before = itertools.takewhile(lambda other: other is not reader, readers)
    return ", ".join((*(other.formats[0] for other in before), reader.key))
