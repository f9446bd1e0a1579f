"""A file's bytes as Pillow reads them: looked at for a stop, and for how long it has taken, whenever it wants more."""

from __future__ import annotations

import io
import time
from contextlib import suppress

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError
from imgenc_gui.core.stopping import check

LARGE = 1 << 20  # bytes: a file of more is a bytearray, which can be let go of
# Of the thread's own: a busy machine refuses nothing. The largest pictures there are take 5.
_MOST_SECONDS = 20.0


class Source(io.BytesIO):
    """Raises StoppedError or ReadError in the midst of reading: Pillow lets them pass.

    BytesIO would copy what can be let go of. Of its methods, Pillow's readers of pictures call these.
    """

    def __init__(self, data: bytes, share: Share) -> None:
        super().__init__()
        self._data = data
        self._place = 0
        self._stop = share.stop
        self._end = time.thread_time() + _MOST_SECONDS
        self._soonest = time.monotonic() + _MOST_SECONDS  # before that there is no need to ask the system

    def read(self, size: int | None = -1, /) -> bytes:
        """As that of BytesIO."""
        check(self._stop)
        if time.monotonic() > self._soonest and time.thread_time() > self._end:
            raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "time"))
        start, whole = self._place, len(self._data)
        end = whole if size is None or size < 0 else min(start + size, whole)
        self._place = max(start, end)
        with memoryview(self._data)[start:end] as part:
            return bytes(part)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """As that of BytesIO."""
        place = offset + (0, self._place, len(self._data))[whence]
        if place < 0:
            raise ValueError(f"negative seek value {place}")
        self._place = place
        return place

    def tell(self) -> int:
        """As that of BytesIO."""
        return self._place

    def getvalue(self) -> bytes:
        """All of it, not copied: libtiff reads it at once."""
        return self._data


def let_go(data: bytes) -> None:
    """The file was decoded, and nobody reads its bytes any more: what is made of it needs their memory."""
    if isinstance(data, bytearray):
        with suppress(BufferError):  # somebody does
            data.clear()
