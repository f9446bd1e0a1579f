"""Which row a path has, for a million paths in little memory."""

from __future__ import annotations

from collections.abc import Iterable

_PARTS = 64  # an index that grows as a whole takes 60 ms
_PART = 24  # the bit of a path's hash from which on its part is told; within a part Python looks at others
_TOGETHER = 32  # rows that share one number: a number each would take as much memory as the index itself


class PathIndex:
    """Finds the row of a path in a list of them, to which it alone adds."""

    def __init__(self, paths: list[str]) -> None:
        """``paths``: an empty list, which others may read."""
        self._paths = paths
        self._parts: list[dict[str, int]] = [{} for _ in range(_PARTS)]  # path: which TOGETHER rows its row is among

    def add(self, paths: Iterable[str]) -> None:
        """Add those that aren't there yet, each as another row."""
        parts, number = self._parts, len(self._paths)
        together = number // _TOGETHER
        for path in paths:
            part = parts[hash(path) >> _PART & (_PARTS - 1)]
            if path not in part:
                if number // _TOGETHER != together:  # only then: the rows share one object
                    together = number // _TOGETHER
                part[path] = together
                self._paths.append(path)
                number += 1

    def row(self, path: str) -> int | None:
        """Return the row of a path, or None."""
        together = self._parts[hash(path) >> _PART & (_PARTS - 1)].get(path)
        if together is None:
            return None
        first = together * _TOGETHER
        return self._paths.index(path, first, first + _TOGETHER)

    def held(self) -> list[Iterable[object]]:
        """The objects that it takes many of."""
        return [self._paths, *self._parts]
