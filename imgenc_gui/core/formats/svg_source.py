"""The text of a drawing's file: unpacked, in whatever encoding it was written, and what may come before the drawing.

Everything here looks at each character once, whatever the file: no pattern may begin anew after it has failed.
"""

from __future__ import annotations

import codecs
import re
import zlib

MAX_BYTES = 32 << 20  # of a file, and of what is packed in one

_GZIP = b"\x1f\x8b"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s{0,20}=\s{0,20}[\"']([\w.:-]{1,40})[\"']")
# Names for what in truth is a larger set, as browsers have it.
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}
# Python knows more, some of them no encodings of text at all, and some slow on purpose-made text.
_KNOWN = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp866|cp874|koi8-[rtu]|mac-(?:roman|cyrillic)|tis-620|"
    r"gb18030|cp932|cp949|big5hkscs|euc_jp|euc_kr|iso2022_jp|shift_jis\w*"
)

_SPACE = re.compile(r"\s*+")
_DRAWING = re.compile(r"<(?:[^\W\d][\w.-]*+:)?svg(?=[\s/>])")
_DTD_PART = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|\"[^\"]*+\"?|'[^']*+'?|[\[\]>]",
    re.DOTALL,
)


class TooLongError(ValueError):
    """What is packed in a file is more than MAX_BYTES."""


def text_of(data: bytes) -> str:
    """The text of a whole file. Raises ValueError and LookupError, and TooLongError for a bomb."""
    if data.startswith(_GZIP):
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            data = unpacking.decompress(data, MAX_BYTES)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if not unpacking.eof:
            if unpacking.unconsumed_tail:
                raise TooLongError
            raise ValueError("its end is missing")
    encoding, mark = _encoding(data)
    return data[mark:].decode(encoding).lstrip()  # XML wants its declaration first; people leave a line before it


def begins_a_drawing(head: bytes) -> bool:
    """Whether a file that begins with these bytes holds a drawing."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, 1 << 16)
        except zlib.error:
            return False
    if not begins_as_markup(head):
        return False
    try:
        encoding, mark = _encoding(head)
    except LookupError:
        encoding, mark = "latin-1", 0  # to be told, when it is read
    text = head[mark:].decode(encoding, "ignore")
    return _DRAWING.match(text, _after_prolog(text)) is not None


def begins_as_markup(head: bytes) -> bool:
    """Whether a drawing may come, if not in these first bytes of a file: after comments, a DTD ..."""
    start = head[:1024].lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n")
    return start.startswith(b"<")


def _encoding(data: bytes) -> tuple[str, int]:
    """The encoding, and how many bytes of a mark to leave out. Raises LookupError for one that isn't known."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    for start, encoding in _UNMARKED:
        if data.startswith(start):
            return encoding, 0
    declared = _DECLARED.match(data[:1024].lstrip())
    if declared is None:
        return "utf-8", 0
    name = codecs.lookup(declared.group(1).decode("ascii", "ignore")).name
    if name.startswith("utf-16"):  # but it isn't, or the declaration couldn't be read
        name = "utf-8"
    name = _LARGER.get(name, name)
    if not _KNOWN.fullmatch(name):
        raise LookupError(f"unknown encoding: {name}")
    return name, 0


def _after_prolog(text: str) -> int:
    """Where the first element begins, after declarations, comments and the DTD; where there is none, the text's end."""
    at = _skip_space(text, 0)
    while True:
        if text.startswith("<!--", at):
            at = _after(text, "-->", at + 4)
        elif text.startswith("<?", at):
            at = _after(text, "?>", at + 2)
        elif text.startswith("<!DOCTYPE", at):
            at = _after_dtd(text, at)
        else:
            return at
        at = _skip_space(text, at)


def _skip_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _after_dtd(text: str, at: int) -> int:
    inside = False
    for part in _DTD_PART.finditer(text, at + 2):
        if part.group() in "[]":
            inside = part.group() == "["
        elif part.group() == ">" and not inside:
            return part.end()
    return len(text)
