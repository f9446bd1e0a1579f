"""Patterns of names that a listing leaves out, as shells know them: *.tif, Lightroom*, backup/old."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

_IGNORES_CASE = sys.platform in ("win32", "darwin")  # as names there do
_ANY_FOLDERS = "**"


@dataclass(frozen=True)
class Exclusion:
    """What is left out of the folders that are listed: whatever one of the patterns fits.

    A pattern without a slash fits the name of a file or a folder; one with slashes fits the last parts of a path, or
    all of it where it begins as an absolute path does; one that ends with a slash fits folders alone. In each part
    ``*`` stands for any characters, ``?`` for one, ``[ab]`` for one of these; ``**`` as a part for any number of parts.
    """

    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Exclusion:
        """The one of these patterns but for blank ones."""
        return cls(tuple(filter(None, map(str.strip, patterns))))

    @property
    def can_fit(self) -> bool:
        """Whether there is anything that it could leave out."""
        return bool(self._rules)

    def fits(self, path: str, *, is_folder: bool) -> bool:
        """Whether an absolute path is left out itself; one in a folder that is left out may not."""
        if not self.patterns:
            return False
        parts = _parts(path)
        return any(rule.fits(parts, is_folder=is_folder) for rule in self._rules)

    def holds(self, path: str, folder: str) -> bool:
        """Whether a listing of ``folder`` leaves this file out, for itself or for a folder that it lies in."""
        if not self.patterns:
            return False
        parts = _parts(path)
        return any(
            rule.fits(parts[:end], is_folder=end < len(parts))
            for end in range(len(_parts(folder)) + 1, len(parts) + 1)
            for rule in self._rules
        )

    @cached_property
    def _rules(self) -> list[_Rule]:
        return [rule for rule in map(_Rule, self.patterns) if rule.is_sound]


NOTHING = Exclusion()


class _Rule:
    """A pattern by its parts from the last to the first: nearly all paths are told from it by their names."""

    def __init__(self, pattern: str) -> None:
        text = _folded(pattern).replace(os.sep, "/")
        parts = [part for part in text.split("/") if part not in ("", ".")]
        self._folders_alone = text.endswith("/")
        # None: any number of parts
        self._parts = [None if part == _ANY_FOLDERS else re.compile(translate(part)) for part in reversed(parts)]
        self.is_sound = any(self._parts)
        if not os.path.isabs(pattern):  # noqa: PTH117 - it is no path yet
            self._parts.append(None)

    def fits(self, parts: Sequence[str], *, is_folder: bool) -> bool:
        if self._folders_alone and not is_folder:
            return False
        ends = {0}  # how many parts, from the last on, those that were looked at can fit
        for pattern in self._parts:
            if pattern is None:
                ends = set(range(min(ends), len(parts) + 1))
            else:
                ends = {end + 1 for end in ends if end < len(parts) and pattern.match(parts[-1 - end])}
                if not ends:
                    return False
        return len(parts) in ends


def _parts(path: str) -> list[str]:
    return [part for part in _folded(path).split(os.sep) if part]  # noqa: PTH206 - paths stay strings


def _folded(text: str) -> str:
    """As names are compared; an accent may be written in two ways, and nobody sees which."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.lower() if _IGNORES_CASE else text
