"""The one door for pictures: a file's bytes in, RGB pixels and facts out, or a ReadError in plain words."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import FileIO
from typing import TypeVar

import numpy as np
import xxhash
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from imgenc_gui.core.formats.being_read import BEING_READ, Use
from imgenc_gui.core.formats.budget import BUDGET, UNBOUNDED, Share
from imgenc_gui.core.formats.damaged import nothing_left
from imgenc_gui.core.formats.directories import ends_too_early, is_tiff
from imgenc_gui.core.formats.foreign import foreign_format, foreign_format_by_ending
from imgenc_gui.core.formats.guard import GUARD, LostError
from imgenc_gui.core.formats.reader import MAX_BYTES, MAX_PIXELS, Decoded, LongError, Reader, in_child, read_error_of
from imgenc_gui.core.formats.registry import ending_of, head_in, head_of, is_ending, reader_of
from imgenc_gui.core.formats.showing import upright
from imgenc_gui.core.formats.source import LARGE
from imgenc_gui.core.naming import brief
from imgenc_gui.core.plain_files import NotAFileError, open_file
from imgenc_gui.core.records.results import (
    AROUND_THE_FILE,
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageWarning,
    ReadError,
)
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop, StoppedError, never

__all__ = [
    "MAX_PIXELS",
    "Content",
    "Picture",
    "decode",
    "read_content",
    "read_picture",
    "read_preview",
    "read_thumbnail",
    "show",
    "upright",
]

_LONGEST_SIDE = 1_000_000  # pixels: a tall and narrow picture grows before it shrinks, and more take for ever

# What is said of a file that its decoder doesn't take, by its name's ending.
_REFUSED = (FailureCode.DAMAGED, FailureCode.NOT_AN_IMAGE, FailureCode.UNSUPPORTED_FORMAT)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Content:
    """All bytes of a file, which file it was, and who reads it.

    ``data``: of a large file, there until it was decoded. ``digest``: XXH3 of the bytes, 128 bits as 32 hexadecimal
    characters.
    """

    path: str
    data: bytes
    reader: Reader
    file: FileIdentity
    digest: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was read: RGB pixels (height, width, 3) uint8 as imagededup sees them, facts and warnings.

    ``is_deep``: the file has more than 8 bits per channel.
    """

    pixels: NDArray[np.uint8]
    facts: Facts
    warnings: tuple[ImageWarning, ...]
    is_deep: bool = False


def read_picture(path: str, scratch: Scratch | None = None, stop: Stop = never, *, damaged: bool = False) -> Picture:
    """Read a picture file: ``read_content`` and ``decode``."""
    with BUDGET.share(stop) as share:
        return decode(read_content(path, share), share, scratch, damaged=damaged)


def read_content(path: str, share: Share | None = None) -> Content:
    """Read a picture file's bytes. Their memory is claimed of the share, if there is one.

    Raises ReadError for what can't be read, or nobody reads, and StoppedError, but no other exception.
    """
    source = _Source(path)
    try:
        return source.read(share or UNBOUNDED.share())
    except ReadError as error:
        _name(error, source.file)
        raise


def decode(content: Content, share: Share, scratch: Scratch | None = None, *, damaged: bool = False) -> Picture:
    """Make pixels of a file's bytes. Raises ReadError whatever they are, and StoppedError, but no other exception.

    What memory that takes is claimed of the share, which should last as long as the pixels do. With ``scratch`` they
    are valid only until this thread decodes its next picture with it. Once the share's stop says so, StoppedError comes
    within a second: a decoder in a process of its own is killed, others look now and then, or are through in moments.
    ``damaged``: of a damaged picture as much as there is, with a warning.
    """
    kept = scratch or Scratch()
    try:
        return _decoded(content, share, kept)
    except ReadError as error:
        _name(error, content.file)
        if not damaged:
            raise
        return _decoded_in_part(content, error, share, kept)


def _decoded_in_part(content: Content, error: ReadError, share: Share, scratch: Scratch) -> Picture:
    """As much of a picture as there is. ``error``: what was found to be wrong, raised where that is no damage."""
    leniently = _leniently(content, error)
    if leniently is None:
        raise (ReadError(nothing_left(), content.file) if _is_damage(error.failure) else error)
    share.claim(share.size)  # as much as it took here
    try:
        return _decoded(leniently, share, scratch)
    except ReadError as worse:
        failure = worse.failure
        if failure.code is FailureCode.DAMAGED:
            failure = nothing_left()
        raise ReadError(failure, None if failure.code in AROUND_THE_FILE else content.file) from worse


def _is_damage(failure: ImageFailure) -> bool:
    return (failure.code, failure.detail) == (FailureCode.DAMAGED, "")


def _leniently(content: Content, error: ReadError) -> Content | None:
    """A file that its reader found damaged, for who reads what it can; None where it isn't that, or nobody does."""
    reader = content.reader
    if not _is_damage(error.failure) or not content.data or reader.read_damaged is None or reader.show_damaged is None:
        return None
    lenient = replace(in_child(reader), read=reader.read_damaged, show=reader.show_damaged)
    return replace(content, reader=lenient)


def _decoded(content: Content, share: Share, scratch: Scratch) -> Picture:
    reader, data = content.reader, content.data
    size = len(data)
    decoded = _read(
        content,
        Use.ENCODING,
        share,
        lambda: reader.read(data, scratch, share),
        lambda guarded: GUARD.read(guarded, data, scratch, share.stop),
    )
    _check_sides(decoded)
    facts = Facts(
        format=decoded.format,
        width=decoded.width,
        height=decoded.height,
        frames=decoded.frames,
        bytes=size,
        mtime_ns=content.file.mtime_ns,
        orientation=decoded.orientation,
        digest=content.digest,
        taken=decoded.taken,
    )
    return Picture(decoded.pixels, facts, decoded.warnings, decoded.is_deep)


def _check_sides(decoded: Decoded) -> None:
    longest = max(decoded.pixels.shape)
    if longest > _LONGEST_SIDE:
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "side", (longest, _LONGEST_SIDE)))


def read_preview(path: str, stop: Stop = never) -> NDArray[np.uint8]:
    """All pixels of a picture for showing it, upright: RGB (h, w, 3) uint8, transparency on white.

    Raises ReadError and StoppedError, as read_picture.
    """
    return _show(path, None, stop)


def read_thumbnail(path: str, longest: int, stop: Stop = never) -> NDArray[np.uint8]:
    """As read_preview, with the longest side at most ``longest`` pixels; a JPEG is decoded at part of its size."""
    return _show(path, longest, stop)


def show(content: Content, longest: int | None, stop: Stop = never) -> NDArray[np.uint8]:
    """The same of a file's bytes."""
    with BUDGET.share(stop) as share:
        return _shown(content, longest, share)


def _show(path: str, longest: int | None, stop: Stop) -> NDArray[np.uint8]:
    with BUDGET.share(stop) as share:
        return _shown(_Source(path).read(share), longest, share)


def _shown(content: Content, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """A damaged one as far as it can be read: whoever looks at it sees what is missing."""
    try:
        return _shown_by_reader(content, longest, share)
    except ReadError as error:
        leniently = _leniently(content, error)
        if leniently is None:
            raise
        return _shown_by_reader(leniently, longest, share)


def _shown_by_reader(content: Content, longest: int | None, share: Share) -> NDArray[np.uint8]:
    reader, data = content.reader, content.data
    return _read(
        content,
        Use.PREVIEW if longest is None else Use.THUMBNAIL,
        share,
        lambda: reader.show(data, longest, share),
        lambda guarded: GUARD.show(guarded, data, longest, share.stop),
    )


def _said_of(content: Content, error: Exception) -> ReadError:
    """What to say of whatever goes wrong with a file; a sound one of a kind that isn't read isn't called damaged."""
    if isinstance(error, UnidentifiedImageError):
        said = _unrecognised(content.path, content.data)
    else:
        said = error if isinstance(error, ReadError) else read_error_of(error, content.path)
    refused = said.failure.code in _REFUSED and said.failure.detail in ("", "misnamed")
    kind = content.reader.kind_of(content.data) if refused else None
    return said if kind is None else ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (kind,)))


def _read(content: Content, use: Use, share: Share, here: Callable[[], T], there: Callable[[Reader], T]) -> T:
    """What a reader makes of a file, in this process or in a guarded child. Raises ReadError and StoppedError."""
    reader = content.reader
    place = BEING_READ.mark(use, content.path, content.digest)
    try:
        if BEING_READ.is_suspected(content.digest):
            return _tried(content, use, share.stop, there)
        if not reader.guarded:
            try:
                return here()
            except LongError as error:
                reader = error.reader
                share.claim(error.size + len(content.data))
        return there(reader)
    except StoppedError:
        raise
    except Exception as error:
        said = _said_of(content, error)
        if said is error:
            raise
        raise said from error
    finally:
        BEING_READ.unmark(place)


def _tried(content: Content, use: Use, stop: Stop, there: Callable[[Reader], T]) -> T:
    """The same of a file that imgenc may have died of: only one whose child dies or hangs stays suspected."""
    with BEING_READ.alone(stop):
        try:
            found = there(in_child(content.reader))
        except LostError as error:
            BEING_READ.convict(use, content.path, content.digest)
            raise ReadError(ImageFailure(FailureCode.STOPPED_IMGENC)) from error
        except (ReadError, UnidentifiedImageError) as error:
            if isinstance(error, UnidentifiedImageError) or error.failure.code not in AROUND_THE_FILE:
                BEING_READ.clear(use, content.digest)
            raise
    BEING_READ.clear(use, content.digest)
    return found


class _Source:
    """A file's content, and which file it was."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.file: FileIdentity | None = None  # once it is open

    def read(self, share: Share) -> Content:
        """All of it. What nobody reads, or is too large, is refused by its first bytes, before the rest is read."""
        try:
            with open_file(self._path) as file:
                return self._content(file, share)
        except NotAFileError as error:
            raise ReadError(ImageFailure(FailureCode.NOT_AN_IMAGE, "folder-or-device")) from error
        except FileNotFoundError as error:
            raise ReadError(ImageFailure(FailureCode.GONE)) from error
        except PermissionError as error:
            raise ReadError(ImageFailure(FailureCode.NO_PERMISSION)) from error
        except OSError as error:
            raise ReadError(ImageFailure(FailureCode.UNREADABLE, "", (brief(error),))) from error
        except (ReadError, StoppedError):
            raise
        except Exception as error:
            raise read_error_of(error, self._path) from error

    def _content(self, file: FileIO, share: Share) -> Content:
        self.file = before = FileIdentity.of(os.fstat(file.fileno()))
        size = before.size
        if size == 0:
            raise ReadError(ImageFailure(FailureCode.EMPTY))
        data = _all_of(file, size) if size <= LARGE else b""  # a small one in one go
        reader = _reader(head_in(data) if data else head_of(file), self._path)
        _check_size(size, reader)
        if size > LARGE:
            share.claim(size)
            file.seek(0)
            data = _all_of(file, size)
        after = os.fstat(file.fileno())
        if (after.st_size, after.st_mtime_ns) != (size, before.mtime_ns):
            # It was written to meanwhile: one half may be old, one new.
            self.file = FileIdentity.of(after)
            _check_size(after.st_size, reader)
            share.claim(after.st_size)
            file.seek(0)
            data = _all_of(file, after.st_size)
        if is_tiff(data):  # whether a camera's RAW, its directories tell, which may lie anywhere
            reader = _reader(data, self._path)
        return Content(self._path, data, reader, self.file, xxhash.xxh3_128_hexdigest(data))


def _all_of(file: FileIO, size: int) -> bytes:
    """The bytes of a file that has so many; fewer where it is shorter by now."""
    if size <= LARGE:
        whole = file.read(size)
        while len(whole) < size and (more := file.read(size - len(whole))):
            whole += more
        return whole
    data = bytearray(size)
    filled = 0
    with memoryview(data) as room:
        while filled < size and (count := file.readinto(room[filled:])):
            filled += count
    del data[filled:]
    return data


def _check_size(size: int, reader: Reader) -> None:
    """Raise ReadError for a file of more bytes than its reader takes."""
    if size <= reader.max_bytes:
        return
    if reader.max_bytes < MAX_BYTES:
        values = (size / 1e6, reader.max_bytes / 1e6, reader.formats[0])
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "bytes-of-format", values))
    raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "bytes", (math.ceil(size / 1e8) / 10,)))


def _name(error: ReadError, file: FileIdentity | None) -> None:
    """Let an error carry which file it was, where the reason lies in the file."""
    if error.failure.code not in AROUND_THE_FILE:
        error.file = file


def _reader(head: bytes, path: str) -> Reader:
    reader = reader_of(head, path)
    if reader is None:
        foreign = foreign_format(head)
        if foreign is None:
            raise _unrecognised(path, head)
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (foreign,)))
    package = reader.missing_package()
    if package is None:
        return reader
    if reader.is_doubtful(head) and not is_ending(ending_of(path)):
        raise _unrecognised(path, head)
    if reader.extra:
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "extra", (reader.formats[0], reader.extra)))
    raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "missing-library", (reader.formats[0], package)))


def _unrecognised(path: str, data: bytes) -> ReadError:
    """What to say of a file whose content nobody knows: its name tells what it was meant to be."""
    if ends_too_early(data):
        return ReadError(ImageFailure(FailureCode.DAMAGED, "", ("it ends too early",)))
    ending = ending_of(path)
    if is_ending(ending):
        return ReadError(ImageFailure(FailureCode.DAMAGED, "misnamed"))
    foreign = foreign_format_by_ending(ending)
    if foreign:
        return ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", (foreign,)))
    return ReadError(ImageFailure(FailureCode.NOT_AN_IMAGE))
