"""Arrays with an entry per row, all equally long: they grow, and others may have them until somebody writes to them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

_COPIED = 200_000  # rows of an array that are copied at once: a few milliseconds


@dataclass(slots=True)
class _Copying:
    """An array that is being copied."""

    name: str
    array: NDArray[Any]
    copy: NDArray[Any]
    done: int = 0  # rows


class Arrays:
    """Holds arrays as attributes of its own; ``len`` is how many rows there are, for some more of which there is room.

    It knows no threads: whoever writes where others read holds a lock meanwhile.
    """

    FILLS: ClassVar[Mapping[str, int | np.datetime64]] = {}  # of each array, by attribute: what a new row has there
    SHARED: ClassVar[tuple[str, ...]] = ()  # those that others may have, too

    def _clear(self) -> None:
        """Have no rows. Whoever adds arrays makes them here, without rows."""
        self._length = 0
        self._copying: _Copying | None = None

    def __len__(self) -> int:
        return self._length

    # More rows, and more values in each

    def _make_room(self, length: int) -> None:
        """Have room for so many. Arrays that will be full soon grow one by one, not all of a million rows at once."""
        full = [name for name in self.FILLS if len(getattr(self, name)) < length]
        soon = (name for name in self.FILLS if len(getattr(self, name)) < length + length // 16)
        for name in full or [*soon][:1]:
            self._grow(name, length + length // 16)

    def _grow(self, name: str, length: int) -> None:
        """Have room for so many in this array."""
        old, fill = getattr(self, name), self.FILLS[name]
        if len(old) < length:
            shape = (max(length + length // 16, 1024), *old.shape[1:])
            new = np.full(shape, fill, old.dtype) if fill else np.zeros(shape, old.dtype)  # these take no memory yet
            new[: len(old)] = old
            setattr(self, name, new)

    def _widened(self, name: str, width: int) -> Generator[None, None, NDArray[Any]]:
        """A copy of an array that has more values per row, made with pauses; ``_settle`` takes it for the array."""
        rows, there = getattr(self, name).shape
        copy = np.empty((rows, width), getattr(self, name).dtype)  # takes no memory yet
        for first in range(0, rows, _COPIED):
            yield
            part = slice(first, min(first + _COPIED, rows))
            array = getattr(self, name)[part]
            copy[part, there:] = self.FILLS[name]
            copy[first : first + len(array), :there] = array
        return copy

    def _settle(self, name: str, copy: NDArray[Any]) -> None:
        """Take such a copy for the array, with what was written there since."""
        now = getattr(self, name)
        there = now.shape[1]
        if len(now) != len(copy):  # rows came, or all were forgotten
            copy = np.full((len(now), copy.shape[1]), self.FILLS[name], now.dtype)
        differs = np.zeros(len(now), np.bool_)  # also of rows that there are no more
        for place in range(there):
            differs |= copy[:, place] != now[:, place]
        rows = np.flatnonzero(differs)
        copy[rows, :there] = now[rows]
        setattr(self, name, copy)

    # Others have them, too

    def _share_with(self, other: Arrays) -> None:
        """Let another have the arrays as they are now, at once: they take no memory of their own until ``_own``."""
        for name in self.SHARED:
            array = getattr(self, name)
            array.flags.writeable = False
            setattr(other, name, array[: len(self)])

    def _own(self, *names: str) -> None:
        """Copy those of these arrays, or of all, that others have, too, before they are written."""
        for name in names or self.SHARED:
            array = getattr(self, name)
            if not array.flags.writeable:
                setattr(self, name, array.copy())

    def _own_some(self) -> bool:
        """Copy some more of what others have, too; whether there was any."""
        if self._copying is None:
            name = next((name for name in self.SHARED if not getattr(self, name).flags.writeable), None)
            if name is None:
                return False
            array = getattr(self, name)
            self._copying = _Copying(name, array, np.empty_like(array))
        copying = self._copying
        part = slice(copying.done, copying.done + _COPIED)
        copying.copy[part] = copying.array[part]
        copying.done = part.stop
        if copying.done >= len(copying.array):
            self._copying = None
            if getattr(self, copying.name) is copying.array:  # nobody was quicker
                setattr(self, copying.name, copying.copy)
        return True
