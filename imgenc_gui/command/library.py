"""The library, as the command uses it: opened for a run, closed at its end; and what `imgenc --library` does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from imgenc_gui.command.talking import say
from imgenc_gui.core.encoding import Memory
from imgenc_gui.core.records.sentences import trouble_sentence
from imgenc_gui.core.records.troubles import Trouble

_CLOSING_SECONDS = 1.0  # for what was encoded in the last moments; nobody waits longer for a stop


@contextmanager
def memory_of(given: argparse.Namespace) -> Iterator[Memory | None]:
    """What the run remembers pictures by; what it has encoded is kept at its end, whatever that is like."""
    if not given.cache:
        yield None
        return
    from imgenc_gui.core.library.library import Library, usual_folder  # noqa: PLC0415 - SQLite, which --version needn't have

    library = Library(usual_folder())
    try:
        yield library
    finally:
        library.close(_CLOSING_SECONDS)


def _tell(trouble: Trouble) -> None:
    say(trouble_sentence(trouble))
