"""The library, as the command uses it: opened for a run, closed at its end; and what `imgenc --library` does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imgenc_gui.command.arguments import CLEAR, PRUNE
from imgenc_gui.command.talking import say
from imgenc_gui.core.encoding import Memory
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.sentences import trouble_sentence
from imgenc_gui.core.records.troubles import Trouble
from imgenc_gui.core.stopping import Stop, never

if TYPE_CHECKING:
    from imgenc_gui.core.library.library import Library, LibraryInfo

NOT_DONE = 1

_MEGABYTE = 1 << 20

# How long what was encoded in the last moments may take to be written.
_SECONDS = 10.0
_STOPPED_SECONDS = 1.0


@contextmanager
def memory_of(given: argparse.Namespace, stop: Stop = never) -> Iterator[Memory | None]:
    """What the run remembers pictures by; None for --no-cache. However it ends, what it has encoded is kept."""
    if not given.cache:
        yield None
        return
    library = _library()
    seconds = _STOPPED_SECONDS
    try:
        yield library
        seconds = _STOPPED_SECONDS if stop() else _SECONDS
    finally:
        library.close(seconds)


def library_command(what: str) -> int:
    """Carry out `imgenc --library info|clear|prune`. The exit status: 0, or 1 where it couldn't be done."""
    library = _library()
    try:
        before = library.info()
        if what == CLEAR:
            if not library.clear():
                return NOT_DONE
            say(f"forgotten: {_held(before)}.")
        elif what == PRUNE:
            after = library.prune()
            say(f"forgotten: {before.encodings - after.encodings} encodings, {before.files - after.files} files.")
        else:
            _print(before)
    finally:
        library.close(_SECONDS)
    return 0


def _print(info: LibraryInfo) -> None:
    fields = {
        "library": shown(str(info.path)),
        "size": f"{info.bytes / _MEGABYTE:,.1f} MB, of at most {info.limit / _MEGABYTE:,.0f} MB",
        "files": str(info.files),
        "pictures": str(info.pictures),
        "encodings": str(info.encodings),
    }
    for name, value in fields.items():
        sys.stdout.write(f"{name:<10}{value}\n")


def _held(info: LibraryInfo) -> str:
    return f"{info.encodings} encodings of {info.pictures} pictures"


def _library() -> Library:
    # SQLite comes now: --version and --no-cache do without it.
    from imgenc_gui.core.library.library import Library, usual_folder  # noqa: PLC0415

    return Library(usual_folder(), tell=_tell)


def _tell(trouble: Trouble) -> None:
    say(trouble_sentence(trouble))
