"""What became of pictures: asked for by file or by content, and kept as it comes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from imgenc_gui.core import private
from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.formats.reading import Content
from imgenc_gui.core.library.entries import Kept, LastSeen, LibraryInfo, Order
from imgenc_gui.core.library.readers import current
from imgenc_gui.core.naming import brief
from imgenc_gui.core.private import usual_folder
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import AROUND_THE_FILE, FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.records.troubles import Trouble, TroubleCode
from imgenc_gui.core.uncollected import uncollected

if TYPE_CHECKING:
    from imgenc_gui.core.library.store import Store
    from imgenc_gui.core.library.thumbnails import Thumbnails

__all__ = ["USUAL_LIMIT", "Library", "LibraryInfo", "usual_folder"]

log = logging.getLogger(__name__)

USUAL_LIMIT = 2 << 30  # bytes
_LIMIT = "limit"  # the file's name
_THUMBNAILS = 4  # a quarter of it, at most, is theirs

# Failures that the next try may not meet, though the file is the same: the machine was busy, a package is installed, a
# decoder was ended from outside (its crash looks alike).
_PASSING = {
    (FailureCode.UNSUPPORTED_FORMAT, "missing-library"),
    (FailureCode.UNSUPPORTED_FORMAT, "extra"),
    (FailureCode.UNSUPPORTED_FORMAT, "broken-library"),
    (FailureCode.TOO_LARGE, "time"),
    (FailureCode.TOO_LARGE, "memory"),
    (FailureCode.DAMAGED, "crash"),
}
_PASSING_CODES = AROUND_THE_FILE | {FailureCode.MODEL_UNAVAILABLE}


def log_trouble(trouble: Trouble) -> None:
    """What is done about trouble where nobody is to be told."""
    log.warning("The library can't be used: %s %s", trouble.code, trouble.values)


class Library:
    """Any number of threads may ask at once. What is asked sees what was committed, a fraction of a second ago.

    It never raises and never waits long: whatever is wrong with it, it knows nothing then. ``tell`` is told of that
    once for each kind of trouble, on any thread. Nothing is opened before it is needed, and no file is made before
    there is something to be kept. ``limit``: in bytes; None: what it was last limited to, by whatever program.
    """

    def __init__(self, folder: Path, limit: int | None = None, tell: Callable[[Trouble], object] = log_trouble) -> None:
        self.path = folder / "library.sqlite"
        self.limit = limit = _limit_of(folder) if limit is None else limit
        self._teller = tell
        self._told: dict[TroubleCode, object] = {}
        self._distrusted: dict[str, Order] = {}
        self._store: Store | None = None
        self.thumbnails: Thumbnails | None = None
        try:
            from imgenc_gui.core.library.store import Store, today  # noqa: PLC0415 - a Python may have no SQLite
        except ImportError as error:
            self._tell(Trouble(TroubleCode.UNREACHABLE, (brief(error),)))
        else:
            from imgenc_gui.core.library.thumbnails import Thumbnails  # noqa: PLC0415

            self.thumbnails = Thumbnails(folder / "thumbnails.sqlite", limit // _THUMBNAILS, today)
            self._store = Store(self.path, self._room(), self._tell, self._trust, current)

    def of_files(self, paths: Sequence[str], options: Options) -> list[ImageResult | None]:
        """What became of files that look as they did, in the order given; None for one that isn't known."""
        if self._store is None:
            return [None] * len(paths)
        distrusted = self._distrusted
        asked = [path for path in paths if path not in distrusted] if distrusted else paths
        found = self._store.of_files(asked, options)
        return [found.get(path) for path in paths]

    def under(self, folder: str, *, recursive: bool) -> list[str]:
        """The files that a folder had when it was last seen. The disk isn't asked."""
        return self._store.under(folder, recursive=recursive) if self._store is not None else []

    def last_of_files(self, paths: Sequence[str], options: Options) -> list[ImageResult | None]:
        """What became of files as they were when they were last seen: as ``of_files``, but the disk isn't asked."""
        if self._store is None:
            return [None] * len(paths)
        found = self._store.last_of_files([path for path in paths if path not in self._distrusted], options)
        return [found.get(path) for path in paths]

    def last_seen(self, path: str) -> LastSeen | None:
        """What a file was, and its bytes, when they were last read; None where that isn't known."""
        if self._store is None or path in self._distrusted:
            return None
        return self._store.last_seen(path)

    def note_gone(self, paths: Iterable[str]) -> None:
        """Note that there are no such files any more: their folders had them. What their bytes gave stays."""
        if self._store is not None:
            self._store.note_gone(paths)

    def of_content(self, content: Content, options: Options) -> ImageResult | None:
        """What became of a file of the same bytes, as a result of this one; None if there was none."""
        if self._store is None or content.path in self._distrusted:
            return None
        return self._store.of_content(content, options)

    def keep(self, result: ImageResult, reader: Reader | None, options: Options) -> None:
        """Keep a result, or a part of one; what passes isn't kept."""
        if self._store is None or (result.failure is not None and _passes(result.failure)):
            return
        anew = self._distrusted.get(result.path)
        self._store.keep(Kept(result, reader, options.apply_exif_orientation, anew))

    def distrust(self, paths: Iterable[str]) -> None:
        """Know nothing of these files until they are encoded again."""
        with uncollected():
            self._distrusted.update((path, Order()) for path in paths)

    def info(self) -> LibraryInfo:
        """How large it is, and what there is in it; nothing where that can't be told."""
        if self._store is None:
            return LibraryInfo(self.path, 0, self.limit)
        known = self._store.info()
        thumbnails = self.thumbnails.size() if self.thumbnails is not None else 0
        return replace(known, bytes=known.bytes + thumbnails, limit=self.limit)

    def clear(self) -> bool:
        """Forget everything, and give the disk its space back. Whether that could be done."""
        is_clear = [one.clear() for one in (self._store, self.thumbnails) if one is not None]
        return bool(is_clear) and all(is_clear)

    def forget_gone(self) -> bool:
        """Forget files that are no longer in their folders, where these are there. Whether that could be done."""
        return self._store is not None and self._store.forget_gone()

    def limit_to(self, limit: int) -> None:
        """Hold to another limit from now on, and let other programs do so."""
        self.limit = limit
        _note_limit(self.path.parent, limit)
        if self._store is not None and self.thumbnails is not None:
            self.thumbnails.limit_to(limit // _THUMBNAILS)
            self._store.limit_to(self._room())

    def prune(self, limit: int | None = None) -> LibraryInfo:
        """Make room if more than the limit is used, its own unless another is given; what is left then."""
        if self._store is not None and self.thumbnails is not None:
            whole = self.limit if limit is None else limit
            self.thumbnails.prune(whole // _THUMBNAILS)
            self._store.prune(max(0, whole - self.thumbnails.size()))
        return self.info()

    def close(self, seconds: float = 5.0) -> bool:
        """Write what is to be written, and end: it knows nothing any more. Whether all was written in time."""
        deadline = time.monotonic() + seconds
        parts = [one for one in (self._store, self.thumbnails) if one is not None]
        written = [one.close(max(0.0, deadline - time.monotonic())) for one in parts]
        return all(written)

    def _room(self) -> int:
        """The limit but for what thumbnails take, as far as the system tells without anything's being opened."""
        quarter = self.limit // _THUMBNAILS
        try:
            return self.limit - min(self.path.with_name("thumbnails.sqlite").stat().st_size, quarter)
        except OSError:
            return self.limit

    def _tell(self, trouble: Trouble) -> None:
        mine = object()
        if self._told.setdefault(trouble.code, mine) is mine:  # at once, whatever other threads do
            try:
                self._teller(trouble)
            except Exception:  # it may write to a pipe that nobody reads, or belong to a window that is gone
                log.warning("Nobody is told of the library's trouble %s", trouble.code, exc_info=True)

    def _trust(self, written: Iterable[Kept]) -> None:
        """Believe again what was encoded since."""
        for kept in written:
            if kept.anew is None:
                continue
            kept.anew.is_obeyed = True
            if self._distrusted.get(kept.result.path) is kept.anew:
                del self._distrusted[kept.result.path]


def _limit_of(folder: Path) -> int:
    try:
        return int((folder / _LIMIT).read_text("ascii"))
    except (OSError, ValueError):
        return USUAL_LIMIT


def _note_limit(folder: Path, limit: int) -> None:
    try:
        private.make_folder(folder)
        new = folder / f"{_LIMIT}.new"
        with open(new, "w", encoding="ascii", opener=private.opened) as file:
            file.write(str(limit))
        new.replace(folder / _LIMIT)
    except OSError:
        log.warning("Other programs can't be told the library's limit", exc_info=True)


def _passes(failure: ImageFailure) -> bool:
    return failure.code in _PASSING_CODES or (failure.code, failure.detail) in _PASSING
