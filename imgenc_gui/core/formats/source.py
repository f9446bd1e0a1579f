"""A file's bytes as Pillow reads them: looked at for a stop, and for how long it has taken, whenever it wants more."""

from __future__ import annotations

import io
import time

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.stopping import check

# Of the thread's own: a busy machine refuses nothing. The largest pictures there are take 5.
_MOST_SECONDS = 20.0


class Source(io.BytesIO):
    """Raises StoppedError or ReadError in the midst of reading: Pillow lets them pass."""

    def __init__(self, data: bytes, share: Share) -> None:
        super().__init__(data)
        self._stop = share.stop
        self._end = time.thread_time() + _MOST_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        """As that of BytesIO."""
        check(self._stop)
        if time.thread_time() > self._end:
            raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "time"))
        return super().read(size)
