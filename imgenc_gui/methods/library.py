"""The library, for a call of the API that asks for it: open while the call lasts, its troubles as Python's warnings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imgenc_gui.core import ending
from imgenc_gui.core.encoding import Memory
from imgenc_gui.core.formats.being_read import BEING_READ
from imgenc_gui.core.records.sentences import trouble_sentence
from imgenc_gui.core.records.troubles import Trouble
from imgenc_gui.core.unkept import UNKEPT
from imgenc_gui.methods.warned import warn

_SECONDS = 10.0  # that the last of what is to be kept may take to be written


@contextmanager
def remembering(*, cache: bool) -> Iterator[Memory | None]:
    """What a call remembers pictures by; None where it isn't to."""
    if not cache:
        yield None
        return
    from imgenc_gui.core.library.library import Library, usual_folder  # noqa: PLC0415 - SQLite, for those who ask

    troubles: list[Trouble] = []  # from any thread; only the caller's may warn, where warnings may be errors
    folder = usual_folder()
    library = Library(folder, tell=troubles.append)
    with ending.in_order(), UNKEPT.held():
        try:
            with BEING_READ.kept_in(folder):
                yield library
        finally:
            library.close(_SECONDS)
            if troubles:
                UNKEPT.known()
    for trouble in troubles:
        warn(trouble_sentence(trouble), RuntimeWarning)
