"""The pictures of a session in compact arrays, a row each: no object per cell, an ImageResult back for any row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from imgenc_gui.core.columns import Mask, Numbers, bits_type
from imgenc_gui.core.merging import Merging
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import AROUND_THE_FILE, FileIdentity
from imgenc_gui.core.states import Moment, State, among
from imgenc_gui.core.uncollected import uncollected
from imgenc_gui.core.vectors import Vectors

MOST_METHODS = 64
_BITS_OF_METHODS = ("_has", "_saved", "_kept", "_had")
_SAMPLE = 1000  # paths by which it is estimated how many of very many are new


class Rows(Merging):
    """Pictures come, wait for results, are seen again on the disk, saved, and go. See ``States`` on threads."""

    # Room

    def clear(self) -> list[Iterable[object]]:
        """Forget all rows. What held them, for whoever has time to let go of it (``uncollected.release``)."""
        with self._lock, uncollected():  # a list of a million paths is looked through in 30 ms
            held: list[Iterable[object]] = [*self._index.held(), self._failures, self._warnings]
            self._clear()
        return held

    def take_methods(self, methods: Iterable[Method]) -> Iterator[None]:
        """Have room for what these methods give, too, with pauses: for a million rows it takes its time.

        There is room at the end, and it never goes again. Raises ValueError where they are more than there are bits.
        """
        new = tuple(method for method in dict.fromkeys(methods) if method not in self._bits)
        there = self.methods + new
        if len(there) > MOST_METHODS:
            raise ValueError(f"There can be {MOST_METHODS} methods.")
        hashes = sum(method.is_hash for method in there)
        widths = {"_hashes": hashes, "_slots": len(there) - hashes, "_norms": len(there) - hashes}
        for name, width in widths.items():
            if width > getattr(self, name).shape[1]:
                copy = yield from self._widened(name, width)
                yield
                with self._lock:
                    self._settle(name, copy)
                yield
        with self._lock:
            for name, width in widths.items():
                if width > getattr(self, name).shape[1]:  # all rows were forgotten meanwhile
                    self._settle(name, np.empty((0, width), getattr(self, name).dtype))
            for name in _BITS_OF_METHODS:
                setattr(self, name, getattr(self, name).astype(bits_type(len(there)), copy=False))
            self._name_methods(there)
            self._vectors |= {method: Vectors(method.length) for method in new if not method.is_hash}

    def reserve(self, paths: Sequence[str]) -> Iterator[None]:
        """Make room for paths that will be added, column by column, with pauses: for a million all takes its time."""
        sample = paths[:: len(paths) // _SAMPLE + 1]
        new = len(paths) * sum(self.number(path) is None for path in sample) // max(len(sample), 1)
        for name in self.FILLS:
            with self._lock:
                self._grow(name, len(self) + new)
            yield

    def append(self, paths: Iterable[str]) -> range:
        """Add a waiting row for each path that has none yet; the new rows' numbers."""
        first = len(self)
        with self._lock:
            self._index.add(paths)
            self._make_room(len(self.paths))
            self._length = len(self.paths)
        return range(first, len(self))

    def own_next(self) -> bool:
        """Copy some more of the columns that others have, too; whether there was any.

        Whoever is about to write may call it until there is none, with pauses: for a million rows all takes its time.
        """
        with self._lock:
            return self._own_some()

    # What files look like

    def see(self, rows: Sequence[int], files: Sequence[FileIdentity]) -> list[int]:
        """Note what the rows' files look like now; those of the rows that are to be encoded again.

        These are where the file has changed, and where it could not be had the last time.
        """
        chosen = np.asarray(rows, np.int64)
        with self._lock:
            self._seen_bytes[chosen] = [file.size for file in files]
            self._seen_mtime_ns[chosen] = [file.mtime_ns for file in files]
            self._gone[chosen] = False
            again = self._changed[chosen] = self._differs(chosen)
            for place, row in enumerate(rows if self._failures else ()):
                failure = self._failures.get(row)
                if failure is not None and failure.code in AROUND_THE_FILE and self._has[row]:
                    del self._failures[row]  # its encodings are as good as they were
                    self._warned[row] = row in self._warnings
                    again[place] = True
        return chosen[again].tolist()  # type: ignore[no-any-return]

    def note_gone(self, rows: Sequence[int]) -> None:
        """Note that there are no such files. What the rows have stays."""
        with self._lock:
            self._gone[np.asarray(rows, np.int64)] = True

    # Waiting, removed, saved

    def reset(self, rows: Sequence[int] | Numbers) -> None:
        """Make rows wait again, in a new generation, without encodings, warnings and failure."""
        chosen = self._chosen(rows)
        chosen = chosen[self._state[chosen] != State.REMOVED]
        with self._lock:
            self._own("_has", "_hashes", "_slots")
            self._drop_encodings(chosen)
            for row in among(self._failures, chosen):
                del self._failures[row]
            self._state[chosen] = State.WAITING
            self._warned[chosen] = self._changed[chosen] = False
            self._seen_bytes[chosen] = self._seen_mtime_ns[chosen] = -1
            self._gone[chosen] = self._expected[chosen] = False
            self._generation[chosen] += 1

    def expect(self, rows: Sequence[int] | Numbers) -> None:
        """Let rows be made anew, in a new generation; what has encodings keeps them until then, the rest waits."""
        chosen = self._chosen(rows)
        chosen = chosen[self._state[chosen] != State.REMOVED]
        has = self._has[chosen] != 0
        self.reset(chosen[~has])
        with self._lock:
            self._expected[chosen[has]] = True
            self._generation[chosen[has]] += 1
            self._gone[chosen[has]] = False

    def remove(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Take rows off the table; those that were on it. However many, at once: numbers stay as they are."""
        with self._lock:
            self._own("_has")
            is_chosen = self._are_chosen(rows) & (self.states != State.REMOVED)
            has, state = self._has[: len(self)], self._state[: len(self)]
            np.copyto(self._had[: len(self)], has, where=is_chosen)  # by a mask: by numbers it takes ten times as long
            np.copyto(self._was[: len(self)], state, where=is_chosen)
            np.copyto(has, 0, where=is_chosen)
            np.copyto(state, int(State.REMOVED), where=is_chosen)
            chosen = np.flatnonzero(is_chosen)
            self._removed += chosen.size
        return chosen

    def put_back(self, rows: Sequence[int] | Numbers) -> Numbers:
        """Put rows that were removed back, as they were; which these are."""
        with self._lock:
            self._own("_has")
            is_chosen = self._are_chosen(rows) & (self.states == State.REMOVED)
            np.copyto(self._has[: len(self)], self._had[: len(self)], where=is_chosen)
            np.copyto(self._state[: len(self)], self._was[: len(self)], where=is_chosen)
            chosen = np.flatnonzero(is_chosen)
            self._removed -= chosen.size
        return chosen

    def _chosen(self, rows: Sequence[int] | Numbers) -> Numbers:
        """The rows in order, each once; np.unique takes three times as long."""
        return np.flatnonzero(self._are_chosen(rows))

    def _are_chosen(self, rows: Sequence[int] | Numbers) -> Mask:
        are_chosen = np.zeros(len(self), np.bool_)
        are_chosen[np.asarray(rows, np.int64)] = True
        return are_chosen

    def mark_saved(self, rows: Sequence[int] | Numbers, methods: Iterable[Method], then: Moment | None = None) -> None:
        """Note that these encodings of these rows are in a file now: all that they have, or what result() gave."""
        chosen = np.asarray(rows, np.int64)
        with self._lock:
            has = np.where(self._state[chosen] == State.REMOVED, self._had[chosen], self._has[chosen])
            written = has & self._mask_of(methods)
            if then is not None:
                written &= then.has[chosen]
                written[self._generation[chosen] != then.generations[chosen]] = 0
            self._saved[chosen] |= written

    def forget_kept(self, rows: Sequence[int] | None = None) -> None:
        """Note that the library doesn't have these rows' encodings, or no row's."""
        with self._lock:
            self._kept[slice(None) if rows is None else np.asarray(rows, np.int64)] = 0
