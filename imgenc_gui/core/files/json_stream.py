"""JSON read value by value: the file may be larger than the memory, each value in it may not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from imgenc_gui.core.files.read_back import DamagedError

_BLOCK = 1 << 18  # characters
_LONGEST = 1 << 18  # characters of one value, as no other thread works meanwhile; 1024 numbers have some 12,000
_NUMBERS = "0123456789+-.eE"
_SPACE = re.compile(r"[ \t\r\n]*")


class JsonStream:
    """Walks a JSON file from its beginning to its end. Raises DamagedError where it isn't JSON, or breaks off.

    The caller takes every value before it asks for the next key or element.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._decoder = json.JSONDecoder(parse_constant=_refused)
        self._text = ""
        self._at = 0

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here. Each one's value is next."""
        self._take("{")
        if self._next() == "}":
            self._take("}")
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise DamagedError("its structure is broken")
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def elements(self) -> Iterator[Any]:
        """The values in the list that begins here."""
        self._take("[")
        if self._next() == "]":
            self._take("]")
            return
        while True:
            yield self.value()
            if self._take(",]") == "]":
                return

    def value(self) -> Any:
        """The value that begins here."""
        while True:
            self._next()
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if not self._fill():
                    raise DamagedError("it breaks off, or its structure is broken") from error
            else:
                cut = self._text[end : end + 1] in _NUMBERS  # "" too: a number may go on in the next block
                if not cut or not self._fill():
                    self._at = end
                    return value

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._next():
            raise DamagedError("something follows its end")

    def _take(self, characters: str) -> str:
        found = self._next()
        if not found or found not in characters:
            raise DamagedError("its structure is broken" if found else "it breaks off")
        self._at += 1
        return found

    def _next(self) -> str:
        """The next character that is no space, without taking it; "" at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches "" too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def _fill(self) -> bool:
        """Read on; False at the file's end. As much again as is there, so that long values aren't tried too often."""
        rest = self._text[self._at :]
        if len(rest) > _LONGEST:
            raise DamagedError("it holds a value that is too long")
        try:
            block = self._file.read(max(_BLOCK, len(rest)))
        except UnicodeDecodeError as error:
            raise DamagedError("it isn't UTF-8 text") from error
        self._text, self._at = rest + block, 0
        return bool(block)


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON.")
