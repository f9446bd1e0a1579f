"""The library, as the command uses it: opened for a run, closed at its end; and what `imgenc --library` does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imgenc_gui.command.arguments import CLEAR, PRUNE
from imgenc_gui.command.talking import counted, say
from imgenc_gui.core.formats.being_read import BEING_READ
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.sentences import trouble_sentence
from imgenc_gui.core.records.troubles import Trouble
from imgenc_gui.core.stopping import Stop, never
from imgenc_gui.core.unkept import UNKEPT

if TYPE_CHECKING:
    from imgenc_gui.core.library.library import Library, LibraryInfo

WRONG = 1

_MEGABYTE = 1 << 20

# How long what was encoded in the last moments may take to be written.
_SECONDS = 10.0
_STOPPED_SECONDS = 1.0


@contextmanager
def memory_of(given: argparse.Namespace, stop: Stop = never) -> Iterator[Library | None]:
    """What the run remembers pictures by; None for --no-cache. However it ends, what it has encoded is kept.

    In any case it marks what it reads, so that the next one knows what this one has died of.
    """
    folder = _usual_folder()
    if not given.cache:
        with BEING_READ.kept_in(folder):
            yield None
        return
    with UNKEPT.held():
        library = _library(_tell)
        seconds = _STOPPED_SECONDS
        try:
            with BEING_READ.kept_in(folder):
                yield library
            seconds = _STOPPED_SECONDS if stop() else _SECONDS
        finally:
            library.close(seconds)


def library_command(what: str) -> int:
    """Carry out `imgenc --library info|clear|prune`. The exit status: 0, or 1 where something is wrong with it."""
    troubles: list[Trouble] = []

    def tell(trouble: Trouble) -> None:
        troubles.append(trouble)
        _tell(trouble)

    library = _library(tell)
    try:
        before = library.info()
        if what == CLEAR:
            library.clear()
            say(_forgotten(before, library.info()))
        elif what == PRUNE:
            library.forget_gone()
            say(_forgotten(before, library.prune()))
        else:
            _print(before)
    finally:
        library.close(_SECONDS)
    return WRONG if troubles else 0


def _print(info: LibraryInfo) -> None:
    fields = {
        "library": shown(str(info.path)),
        "size": f"{_megabytes(info.bytes, 1)}, of at most {_megabytes(info.limit)}",
        "files": str(info.files),
        "pictures": str(info.pictures),
        "encodings": str(info.encodings),
    }
    for name, value in fields.items():
        sys.stdout.write(f"{name:<10}{value}\n")


def _forgotten(before: LibraryInfo, after: LibraryInfo) -> str:
    encodings = counted(before.encodings - after.encodings, "encoding")
    files = counted(before.files - after.files, "file")
    return f"{encodings} of {files} forgotten, {after.encodings} of {after.files} left ({_megabytes(after.bytes, 1)})"


def _megabytes(size: int, places: int = 0) -> str:
    return f"{size / _MEGABYTE:,.{places}f} MB"


def _library(tell: Callable[[Trouble], object]) -> Library:
    # SQLite comes now: --version and --no-cache do without it.
    from imgenc_gui.core.library.library import Library  # noqa: PLC0415

    return Library(_usual_folder(), tell=tell)


def _usual_folder() -> Path:
    from imgenc_gui.core.library.library import usual_folder  # noqa: PLC0415 - --version does without it

    return usual_folder()


def _tell(trouble: Trouble) -> None:
    UNKEPT.known()
    say(trouble_sentence(trouble))
