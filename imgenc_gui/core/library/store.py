"""The library's mechanics: asking, writing and making room, and what is done about whatever goes wrong with these."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from imgenc_gui.core import ending
from imgenc_gui.core.formats.reading import Content
from imgenc_gui.core.library.asking import ask_content, ask_files
from imgenc_gui.core.library.database import LOCKED_SECONDS, Database, Opened
from imgenc_gui.core.library.digests import Digests
from imgenc_gui.core.library.entries import Current, Gone, Kept, LastSeen, LibraryInfo, Seen
from imgenc_gui.core.library.faults import FAULTS, TroubleError, code_of, trouble_of
from imgenc_gui.core.library.gone import forget_gone
from imgenc_gui.core.library.keeping import keep
from imgenc_gui.core.library.last_time import ask_one, ask_under
from imgenc_gui.core.library.room import Pruning, clear, empty_journal, info, prune, remove_unused
from imgenc_gui.core.library.stored import key_of
from imgenc_gui.core.library.transaction import transaction
from imgenc_gui.core.library.writer import Outcome, Writer
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.records.troubles import Trouble, TroubleCode

T = TypeVar("T")

_REST_SECONDS = 5.0  # after a fault, before it is tried again
_DAY = 86_400
_EXIT_SECONDS = 2.0
_FLUSH_SECONDS = 2.0  # that whoever looks into the library waits for what is on its way into it
_ENTRY_BYTES = 1500  # that a result takes in memory, but for its vectors
_NUMBER_BYTES = 40


class Store:
    """The database and its writer. It never raises: it answers None, or drops what it is given, and tells why."""

    def __init__(
        self,
        path: Path,
        limit: int,
        tell: Callable[[Trouble], object],
        written: Callable[[list[Kept]], object],
        current: Callable[[], Current],
    ) -> None:
        self.path = path
        self._limit = limit
        self._tell = tell
        self._written = written
        self._current = current
        self._database = Database(path)
        self._writer: Writer[Kept | Seen | Gone] = Writer(self._write, self._tidy)
        self._resting = 0.0  # until when it isn't asked
        self._locked: float | None = None  # since when it can't be written to
        self._is_useless = False
        self._digests = Digests()
        self._pruning = Pruning(lambda connection, limit: prune(connection, limit, self._current()))
        _stores.add(self)

    def of_files(self, paths: Sequence[str], options: Options) -> dict[str, ImageResult]:
        """What is known of files that look as they did, by their paths."""
        keys = _keys(paths)
        day = today()
        answer = self._ask(lambda opened: ask_files(opened, keys, self._current().asked, options, day))
        if answer is not None and answer.unseen:
            self._put(Seen(answer.unseen), _ENTRY_BYTES + _NUMBER_BYTES * len(answer.unseen))
        found = {} if answer is None else answer.results
        if len(paths) > 1:
            self._digests.note_new(len(paths) - len(found))
        return found

    def of_content(self, content: Content, options: Options) -> ImageResult | None:
        """What is known of a file of the same bytes, as a result of this one."""
        if self._digests.lack(content.digest, self._ask):
            return None
        known = self._ask(lambda opened: ask_content(opened, content, options))
        if known is None:
            self._digests.note_new(1)
        return known

    def last_of_files(self, paths: Sequence[str], options: Options) -> dict[str, ImageResult]:
        """What is known of files as they were when they were last seen, by their paths."""
        keys, asked = _keys(paths), self._current().asked
        answer = self._ask(lambda opened: ask_files(opened, keys, asked, options, today(), as_last_seen=True))
        return {} if answer is None else answer.results

    def under(self, folder: str, *, recursive: bool) -> list[str]:
        """The files that a folder had when it was last seen."""
        return self._ask(lambda opened: ask_under(opened.sqlite, folder, recursive=recursive)) or []

    def last_seen(self, path: str) -> LastSeen | None:
        """What a file was when it was last seen."""
        keys = list(_keys([path]))
        return self._ask(lambda opened: ask_one(opened.sqlite, keys[0])) if keys else None

    def note_gone(self, paths: Iterable[str]) -> None:
        """Have it written that there are no such files."""
        keys = list(_keys(paths))
        self._put(Gone(keys), _ENTRY_BYTES + sum(map(len, keys)))

    def keep(self, kept: Kept) -> None:
        """Have a result written."""
        if self._is_useless:
            return
        size = _ENTRY_BYTES
        for encoding in kept.result.encodings.values():
            if not isinstance(encoding, str):
                size += encoding.nbytes
        self._writer.put(kept, size)

    def info(self) -> LibraryInfo:
        """What there is; nothing, if that can't be told."""
        self._writer.flush(_FLUSH_SECONDS)
        nothing = LibraryInfo(self.path, 0, self._limit)
        return self._ask(lambda opened: info(opened.sqlite, self.path, self._limit), tells_all=True) or nothing

    def clear(self) -> bool:
        """Remove everything. Whether that was possible."""
        self._writer.flush(_FLUSH_SECONDS)
        return self._alone(lambda opened: clear(opened.sqlite))

    def forget_gone(self) -> bool:
        """Remove files that are no longer there, and what only they had. Whether that was possible."""

        def forgotten(opened: Opened) -> Iterator[None]:
            yield from forget_gone(opened.sqlite)
            yield from remove_unused(opened.sqlite)

        return self._alone(forgotten)

    def limit_to(self, limit: int) -> None:
        """Hold to another limit from now on."""
        self._limit = limit

    def prune(self, limit: int | None) -> LibraryInfo:
        """Make room for a limit, the usual one unless another is given."""
        size = self._limit if limit is None else limit

        def pruned(opened: Opened) -> Iterator[None]:
            yield from prune(opened.sqlite, size, self._current())
            empty_journal(opened.sqlite)

        self._alone(pruned)
        return self.info()

    def close(self, seconds: float) -> bool:
        """Write what is to be written, and end. Whether that was done in time."""
        written = self._writer.close(seconds)
        self._database.close()
        return written

    def _put(self, entry: Kept | Seen | Gone, size: int) -> None:
        """Have this written, if there is room for it among what waits."""
        if not self._is_useless:
            self._writer.put(entry, size)

    def _ask(self, question: Callable[[Opened], T], *, tells_all: bool = False) -> T | None:
        """Ask something; None if that can't be done now.

        ``tells_all``: even that another program holds it, which encoders don't mind for a moment.
        """
        if self._is_useless or time.monotonic() < self._resting:
            return None
        try:
            with self._database.reading() as opened:
                return None if opened is None else question(opened)
        except (*FAULTS, TroubleError) as error:
            if tells_all or code_of(error) is not TroubleCode.LOCKED:  # the writer knows for how long
                self._meet(error)
            if not isinstance(error, TroubleError):  # that one has been dealt with
                self._resting = time.monotonic() + _REST_SECONDS
        return None

    def _alone(self, job: Callable[[Opened], Iterator[None]]) -> bool:
        """Whether a job in many steps was done."""
        if self._is_useless:
            return False
        try:
            with self._database.alone(LOCKED_SECONDS) as opened:
                if opened is not None:
                    for _ in job(opened):
                        pass
        except (*FAULTS, TroubleError) as error:
            self._meet(error)
            return False
        return True

    # On the writer's thread

    def _write(self, entries: list[Kept | Seen | Gone]) -> Outcome:
        """Write entries."""
        if self._is_useless:
            return Outcome.DONE
        try:
            with self._database.writing() as opened, transaction(opened.sqlite):
                keep(opened, entries, today())
        except (*FAULTS, TroubleError) as error:
            return self._give_up(error)
        self._locked = None
        self._written([entry for entry in entries if isinstance(entry, Kept)])
        return Outcome.DONE

    def _tidy(self) -> bool:
        """Make a little room if it is time to. Whether there is more to do."""
        try:
            with self._database.writing() as opened:
                return self._pruning.step(opened, self._limit)
        except (*FAULTS, TroubleError) as error:
            self._pruning.stop()
            self._give_up(error)
        return False

    def _give_up(self, error: BaseException) -> Outcome:
        if code_of(error) is TroubleCode.LOCKED:
            now = time.monotonic()
            self._locked = self._locked or now
            if now >= self._locked + LOCKED_SECONDS:
                self._meet(error)
            return Outcome.SOON
        self._meet(error)
        if self._is_useless:
            return Outcome.DONE
        was_set_aside = isinstance(error, TroubleError) or code_of(error) is TroubleCode.DAMAGED
        return Outcome.SOON if was_set_aside else Outcome.SOME_TIME

    def _meet(self, error: BaseException) -> None:
        trouble = trouble_of(error, self.path.parent)
        if trouble is not None:
            if isinstance(error, TroubleError) and trouble.code is not TroubleCode.DAMAGED:
                self._is_useless = True
            self._tell(trouble)


def _keys(paths: Iterable[str]) -> dict[bytes, str]:
    keys = {}
    for path in paths:
        try:
            keys[key_of(path)] = path
        except (UnicodeEncodeError, OSError):  # there is no such name, or no folder to begin from
            continue
    return keys


def today() -> int:
    """The day, as files are marked with it when they are seen."""
    return int(time.time()) // _DAY


_stores: weakref.WeakSet[Store] = weakref.WeakSet()


@ending.before
def _close() -> None:
    for store in tuple(_stores):
        store.close(_EXIT_SECONDS)
