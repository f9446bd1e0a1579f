"""Pictures made small for showing them: once, and then from the library."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.formats import registry
from imgenc_gui.core.formats.reading import read_content, read_thumbnail, show
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.listing import identity
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.stopping import Stop, never


def kept_or_read(
    path: str, longest: int, library: Library, stop: Stop = never
) -> tuple[NDArray[np.uint8], FileIdentity, bool]:
    """What ``read_thumbnail`` gives, to the bit; of which file it is, and whether that is there.

    A file that can't be looked at is shown as it was the last time: its disk may not be connected. Raises as
    ``read_thumbnail`` does.
    """
    thumbnails = library.thumbnails
    file, known = identity(path), library.last_seen(path)
    if thumbnails is None:
        content = read_content(path)
        return show(content, longest, stop), content.file, True
    is_readable = known is not None and any(reader.key == known.reader for reader in registry.READERS)
    if known is not None and is_readable and file in (known.file, None):
        kept = thumbnails.get(known.digest, known.reader, longest)
        if kept is not None:
            return kept, known.file, file is not None
    content = read_content(path)
    kept = thumbnails.get(content.digest, content.reader.key, longest)
    if kept is None:
        kept = show(content, longest, stop)
        thumbnails.keep(content.digest, content.reader.key, longest, kept)
    return kept, content.file, True


def small_reader(library: Library | None) -> Callable[[str, int, Stop], NDArray[np.uint8]]:
    """What reads pictures small, as ``read_thumbnail`` does: from the library, if there is one."""
    if library is None:
        return read_thumbnail
    return lambda path, longest, stop: kept_or_read(path, longest, library, stop)[0]
