"""Names of files as they are shown to a person: on one line, and so that nothing in a name can forge anything.

A file may be called almost anything: a name may hold line ends, a terminal's commands, characters that turn the
direction of writing, or bytes that are no text at all.
"""

from __future__ import annotations

import os
import re
import sys

_JOINERS = "\u200c\u200d"  # they shape letters in Persian and Indic names, and join emoji; between others, they hide
_BYTES = range(0xDC80, 0xDD00)  # what Python reads bytes as that are no UTF-8
_HALVES = range(0xD800, 0xE000)  # of characters in UTF-16, alone no characters
_LONGEST = 200  # characters of what an exception says
# What Python writes of things, and what a person is to read instead.
_CODE = (
    (re.compile(r"<class '(?:\w+\.)*(\w+)'>"), r"\1"),
    (re.compile(r"\[Errno -?\d+\] "), ""),
    (re.compile(r"\s*<[^<>]+ at 0x[0-9a-fA-F]+>"), ""),
    (re.compile(r"\b[A-Z]\w*\(([^()]*)\)"), r"\1"),  # PosixPath('x')
    (re.compile(r"\bbytearray\((b['\"].*?)\)"), r"\1"),
    (re.compile(r"(?<!\w)[bru]?'([^']*)'(?!\w)"), "\u201c\\1\u201d"),
    (re.compile(r'(?<!\w)[bru]?"([^"]*)"(?!\w)'), "\u201c\\1\u201d"),
)
_ESCAPED = re.compile(r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def shown(name: str) -> str:
    r"""A name or a path, to be read: printable, on one line, and different for different names.

    A byte that is no printable text becomes ``\xff``, any other character that can't be seen ``\u202e``. Where names
    may hold a backslash, it is doubled; on Windows, where it parts folders, it stays.
    """
    if name.isprintable() and ("\\" not in name or os.sep == "\\"):
        return name
    return printable(name if os.sep == "\\" else name.replace("\\", "\\\\"))


def meant(text: str) -> str:
    """The name that ``shown`` makes ``text`` of, for a text that a person may have changed.

    On Windows a backslash is always one between folders, so that the text is the name.
    """
    return text if os.sep == "\\" else _ESCAPED.sub(_unescaped, text)


def printable(text: str) -> str:
    r"""Text that may hold names, such as a sentence or a line of a file, as ``shown`` shows it; backslashes stay."""
    if text.isprintable():
        return text
    characters = list(text)
    for place, character in enumerate(text):
        if not character.isprintable() and not _may_stay(text, place):
            characters[place] = _escape(character)
    return "".join(characters)


def brief(error: BaseException) -> str:
    """What an exception says, as a value of a sentence: in words, without what only Python's own people can read."""
    if isinstance(error, OSError) and isinstance(error.strerror, str):
        return error.strerror
    if isinstance(error, KeyError):  # it says no more than the key
        return "something in it is missing"
    text = str(error).strip()[:_LONGEST]
    for pattern, instead in _CODE:
        text = pattern.sub(instead, text)
    words = text.splitlines()[0].strip(" .:") if text else ""
    return words or type(error).__name__


def _may_stay(text: str, place: int) -> bool:
    """Spaces of all widths are seen; joiners are, by what they do to letters beyond ASCII on both sides."""
    character = text[place]
    if character in _JOINERS:
        return not text[place - 1 : place].isascii() and not text[place + 1 : place + 2].isascii()
    return character.isspace() and character not in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"


def _escape(character: str) -> str:
    code = ord(character)
    if code in _BYTES and os.sep == "/":
        return f"\\x{code - _BYTES.start + 0x80:02x}"
    if character.isascii():  # a byte as well
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits hold no more


def _unescaped(found: re.Match[str]) -> str:
    """The character or byte that is meant; the escape itself where no name can hold that."""
    byte, *codes = found.groups()
    code = int(byte or codes[0] or codes[1] or "5c", 16)  # of a doubled backslash, one
    if code == 0 or code > sys.maxunicode or code in _HALVES:
        return found[0]
    return os.fsdecode(bytes([code])) if byte is not None else chr(code)
