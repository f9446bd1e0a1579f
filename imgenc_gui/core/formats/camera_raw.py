"""Camera RAW by LibRaw: the picture that the camera put into the file, if it is large enough, or a plain development.

LibRaw meets damage by crashing, printing or taking long, and develops in threads that no forked process survives: it
runs in guarded children only, which are started afresh. Here, only the file's directories are looked at. Where they say
all that there is to know of the picture in it, as those of most cameras do, that is decoded at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from imgenc_gui.core.formats import jpeg, raw_pictures
from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.directories import Directory, directories, is_tiff
from imgenc_gui.core.formats.exif import BAD_METADATA, date_of, orientation_of, taken_of
from imgenc_gui.core.formats.raw_kinds import ENDINGS, FAMILY, KINDS, holds_sensor, kind_of, recognises
from imgenc_gui.core.formats.reader import MAX_PIXELS, Decoded, LongError, Reader, check_pixels, in_child
from imgenc_gui.core.formats.showing import shown, stored, upright
from imgenc_gui.core.formats.source import Source
from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode
from imgenc_gui.core.scratch import Scratch

if TYPE_CHECKING:
    import rawpy

# A development looks the same today and in ten years: nothing in it depends on what else is in the picture, but for
# the camera's own white balance (or daylight's, where it tells none).
_DEVELOPMENT = {
    "half_size": True,  # each square of four sensor cells is a pixel: nothing is interpolated
    "use_camera_wb": True,
    "use_auto_wb": False,
    "no_auto_bright": True,
    "bright": 1.0,
    "adjust_maximum_thr": 0.0,
    "gamma": (2.4, 12.92),  # sRGB's
    "output_bps": 8,
    "user_flip": 0,  # as stored
}
_ALIKE = 0.05  # by which the shape of a picture in the file may differ from the sensor's
_ENOUGH = 2  # a preview's sides are at least the sensor's by this
_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)  # EXIF's, by LibRaw's
_SIDEWAYS = 5
_LEAST_PIXELS = 16  # that a byte of a camera's own format holds at most
_LAST = 2  # rows, by which a picture that is cut short is known
_BOTTOM = 16  # the same as a part of its height, where zeros may be its black

_WIDTH, _HEIGHT = 256, 257
_SUBFILE, _COMPRESSION, _COLOURS, _ORIENTATION = 254, 259, 262, 274
_LINEAR_RAW = 34892
_TILE_WIDTH, _TILE_HEIGHT, _ROWS = 322, 323, 278
_PARTS = ((324, 273), (325, 279))  # where tiles and strips are, and how long these are
_FIRST_YEAR = 1980  # of which there are cameras that write files

# Bytes for a pixel of the sensor, in the child and here: its data, what LibRaw and numpy make of them, what is shared.
_BYTES_OF_FILTERED, _BYTES_OF_WHOLE = 12, 28
_NEEDLE, _ENDING = 256, 16  # bytes
_LIBRAWS = "dcraw"  # it signs so what it puts into a JPEG
_MARKER = 2  # bytes, of a JPEG; behind it a segment's length


def read(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The picture in the file, as the sensor holds it; all else is left to a child, by what memory that takes."""
    seen = _told_by_file(data, share)
    if seen is not None and seen.jpeg and not _lacks_data(data, seen):
        with suppress(LongError):  # it stands for the JPEG
            return _decoded(data, seen, seen.as_stored(jpeg.read(seen.jpeg, scratch, share).pixels))
    raise LongError(GUARDED, _memory_for(data))


def show(data: bytes, _: int | None, __: Share) -> NDArray[np.uint8]:
    """Leave it to a child."""
    raise LongError(GUARDED, _memory_for(data))


def read_guarded(data: bytes, scratch: Scratch, share: Share) -> Decoded:
    """The picture in the file, or a development at half the size, as the sensor holds it."""
    with _as_failures(kind_of(data) or FAMILY):
        seen = _told_by_libraw(data, None, share)
        pixels = seen.as_stored(jpeg.read_long(seen.jpeg, scratch, share).pixels) if seen.jpeg else _developed(data)
    return _decoded(data, seen, pixels)


def show_guarded(data: bytes, longest: int | None, share: Share) -> NDArray[np.uint8]:
    """What is encoded, for a person, as Reader.show; of a small one, any picture in the file that is large enough."""
    with _as_failures(kind_of(data) or FAMILY):
        seen = _told_by_libraw(data, longest, share)
        if not seen.jpeg:
            pixels = shown(Image.fromarray(_developed(data)), longest, stop=share.stop)
            return np.ascontiguousarray(upright(pixels, seen.orientation))
        with Image.open(Source(seen.jpeg, share), formats=("JPEG",)) as image:
            if longest is not None:
                image.draft("RGB", (2 * longest, 2 * longest))
            pixels = shown(image, longest, seen.jpeg, share.stop)
        return np.ascontiguousarray(upright(seen.as_stored(pixels), seen.orientation))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file says of its picture: ``width`` and ``height`` as the sensor holds it, and how that was held.

    ``jpeg``: the picture in the file, if it is large enough; ``is_turned``: it was put there upright.
    """

    width: int
    height: int
    orientation: int
    jpeg: bytes = b""
    is_turned: bool = False
    taken: datetime | None = None

    def as_stored(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The pixels of the picture in the file as the sensor holds it: one orientation holds for all."""
        if not self.is_turned:
            return pixels
        return np.ascontiguousarray(stored(pixels, self.orientation))

    def with_picture(self, found: bytes, share: Share, longest: int | None = None) -> _Seen:
        """The same with a JPEG, where it is one. ``longest``: the side that is enough, unless all of it is wanted."""
        try:
            with Image.open(Source(found, share), formats=("JPEG",)) as image:
                size, taken = image.size, taken_of(image) or _dated(image)
                is_upright = 1 < self.orientation < _SIDEWAYS and _told_orientation(image, found, share) == 1
        except BAD_METADATA:
            return self
        is_sideways = self.orientation >= _SIDEWAYS and (size[0] > size[1]) != (self.width > self.height)
        is_turned = is_sideways or is_upright
        width, height = size[::-1] if is_sideways else size
        is_large = _ENOUGH * width >= self.width and _ENOUGH * height >= self.height
        if is_large or (longest is not None and max(size) >= longest):
            return replace(self, jpeg=found, is_turned=is_turned, taken=taken)
        return replace(self, taken=taken)


def _told_orientation(image: Image.Image, found: bytes, share: Share) -> int:
    """The orientation that a JPEG tells of itself, not the raw's in a segment that LibRaw may have put there; or 0."""
    if not str(image.getexif().get(ExifTags.Base.Software)).startswith(_LIBRAWS):
        return orientation_of(image, 0)
    with Image.open(Source(found[:_MARKER] + found[_behind_segment(found) :], share), formats=("JPEG",)) as own:
        return orientation_of(own, 0)


def _behind_segment(found: bytes) -> int:
    """Where a JPEG goes on behind the EXIF data that it may begin with."""
    if found[_MARKER : _MARKER + 2] != b"\xff\xe1":
        return _MARKER
    return _MARKER + 2 + int.from_bytes(found[_MARKER + 2 : _MARKER + 4])


def _dated(image: Image.Image) -> datetime | None:
    """The date that a JPEG has, which LibRaw may have put there: the beginning of its time where it knows none."""
    date = date_of(image.getexif().get(ExifTags.Base.DateTime))
    return date if date and date.year >= _FIRST_YEAR else None


def _decoded(data: bytes, seen: _Seen, pixels: NDArray[np.uint8]) -> Decoded:
    height, width, _ = pixels.shape
    said = ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "raw-preview", (width, height))
    if not seen.jpeg:
        said = ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "raw-developed", (width, height))
    return Decoded(
        pixels,
        kind_of(data) or FAMILY,
        seen.width,
        seen.height,
        orientation=seen.orientation,
        warnings=(said,),
        is_deep=True,
        taken=raw_pictures.taken(data) or seen.taken,
    )


def _told_by_file(data: bytes, share: Share) -> _Seen | None:
    """What a file itself says; None where it doesn't say all of it."""
    told = raw_pictures.told(data)
    if told is None or told.width * told.height > MAX_PIXELS:
        return None
    share.claim(len(told.picture))
    orientation = told.orientation
    if not orientation:
        with suppress(*BAD_METADATA), Image.open(Source(told.picture, share), formats=("JPEG",)) as image:
            if not _is_of_shape(image, told):
                return None
            orientation = orientation_of(image)
    seen = _Seen(told.width, told.height, orientation if orientation in _ORIENTATIONS else 1)
    return seen.with_picture(told.picture, share)


def _is_of_shape(image: Image.Image, told: raw_pictures.Told) -> bool:
    here, there = image.width * told.height, image.height * told.width
    return abs(here - there) <= _ALIKE * here


def _check_promised(data: bytes, share: Share) -> None:
    """Raise ReadError for a DNG whose directories tell of a JPEG that isn't there."""
    promised = raw_pictures.promised(data, directories(data)) if kind_of(data) == "DNG" else None
    if promised is None:
        return
    if not promised:
        raise _cut_short()
    try:
        Image.open(Source(promised, share), formats=("JPEG",)).close()
    except BAD_METADATA as error:
        raise _damaged("the picture in it can't be opened") from error


def _told_by_libraw(data: bytes, longest: int | None, share: Share) -> _Seen:
    """What LibRaw says of a file; ``longest`` as with_picture."""
    with _opened(data) as raw:
        sizes = raw.sizes
        check_pixels(sizes.width, sizes.height)
        is_unknown = is_tiff(data) and directories(data)[0].numbers(_ORIENTATION) == (0,)  # which LibRaw takes for 8
        seen = _Seen(sizes.width, sizes.height, 1 if is_unknown else _ORIENTATIONS[sizes.flip & 7])
        found = _thumbnail(raw)
    if _lacks_data(data, seen):
        raise _cut_short()
    _check_promised(data, share)
    seen = seen.with_picture(found, share, longest)
    return replace(seen, jpeg=_whole(found, data)) if seen.jpeg else seen


def _thumbnail(raw: rawpy.RawPy) -> bytes:
    """The largest JPEG in a file that was opened; nothing where LibRaw finds none."""
    import rawpy  # noqa: PLC0415

    try:
        thumbnail = raw.extract_thumb()
    except (rawpy.LibRawError, NotImplementedError, OSError):
        return b""
    found: bytes = thumbnail.data if thumbnail.format is rawpy.ThumbFormat.JPEG else b""
    return found


def _whole(found: bytes, data: bytes) -> bytes:
    """A JPEG that LibRaw took out of a file. Raises ReadError where the file ends before it does.

    LibRaw reads on behind the file's end, and puts a segment of its own first.
    """
    end = found.rfind(b"\xff\xd9")
    start = _behind_segment(found)
    if end < start or not _holds(data, found[start:end]):
        raise _cut_short()
    return found[: end + 2]


def _holds(data: bytes, part: bytes) -> bool:
    """``part in data``, which takes long where both are."""
    place = data.find(part[:_NEEDLE])
    with memoryview(data) as whole:
        while place >= 0 and bytes(whole[place : place + len(part)]) != part:
            place = data.find(part[:_NEEDLE], place + 1)
    return place >= 0


def _developed(data: bytes) -> NDArray[np.uint8]:
    """A development, RGB (height, width, 3) uint8. Raises ReadError where sensor data are missing."""
    with _opened(data) as raw:  # once more: LibRaw doesn't develop what it took a thumbnail of
        raw.unpack()
        cells = raw.raw_image_visible
        last = _LAST if min(raw.black_level_per_channel) > 0 else max(_LAST, len(cells) // _BOTTOM)
        if cells.min() == cells.max() or not cells[-last:].any():
            raise _cut_short()
        pixels: NDArray[np.uint8] = raw.postprocess(**_DEVELOPMENT)
    if not pixels.any():
        raise _cut_short()
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


@contextmanager
def _opened(data: bytes) -> Iterator[rawpy.RawPy]:
    import rawpy  # noqa: PLC0415 - only in the guarded child

    with rawpy.RawPy() as raw:
        raw.open_buffer(_File(data))
        yield raw


class _File:
    """A file's bytes as rawpy reads them: not copied."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        """All of them."""
        return self._data


@contextmanager
def _as_failures(kind: str) -> Iterator[None]:
    """Translate what LibRaw says into ReadError."""
    import rawpy  # noqa: PLC0415

    try:
        yield
    except (rawpy.LibRawFileUnsupportedError, rawpy.LibRawNotImplementedError) as error:
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "raw", (kind,))) from error
    except rawpy.LibRawUnsufficientMemoryError as error:
        raise MemoryError from error
    except (rawpy.LibRawTooBigError, rawpy.LibRawMemPoolOverflowError) as error:
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "memory")) from error
    except rawpy.LibRawIOError as error:  # it reads on behind the file's end
        raise _cut_short() from error
    except rawpy.LibRawError as error:
        words = error.args[0] if error.args else ""
        raise _damaged(words.decode(errors="replace") if isinstance(words, bytes) else brief(error)) from error


def _damaged(words: str) -> ReadError:
    return ReadError(ImageFailure(FailureCode.DAMAGED, "", (words,)))


def _cut_short() -> ReadError:
    return _damaged("it ends too early")


def _lacks_data(data: bytes, seen: _Seen) -> bool:
    """Whether sensor data aren't all in the file."""
    if kind_of(data) != "DNG":  # what cameras tell of their lengths elsewhere is often wrong
        return len(data) * _LEAST_PIXELS < seen.width * seen.height
    return any(
        _lacks_parts(directory, data)
        for directory in directories(data)
        if holds_sensor(directory) and not directory.number(_SUBFILE)
    )


def _lacks_parts(directory: Directory, data: bytes) -> bool:
    """Whether strips or tiles are missing, lie behind the file's end, or are compressed and end in nothing."""
    width, height = directory.number(_WIDTH), directory.number(_HEIGHT)
    across, down = directory.number(_TILE_WIDTH) or width, directory.number(_TILE_HEIGHT) or directory.number(_ROWS)
    wanted = -(-width // max(1, across)) * -(-height // max(1, down or height))
    places, lengths = (directory.numbers(tiled) or directory.numbers(striped) for tiled, striped in _PARTS)
    parts = [(place, place + length) for place, length in zip(places, lengths, strict=False)]
    if len(parts) < wanted or any(end > len(data) for _, end in parts):
        return True
    is_compressed = directory.number(_COMPRESSION) != 1
    return is_compressed and not all(any(data[max(start, end - _ENDING) : end]) for start, end in parts)


def _memory_for(data: bytes) -> int:
    """The bytes that reading a file takes beside it, by what its directories say of its size, or by its own."""
    found = directories(data) if is_tiff(data) else []
    most = max((directory.number(_WIDTH) * directory.number(_HEIGHT) for directory in found), default=0)
    is_whole = any(directory.number(_COLOURS) == _LINEAR_RAW for directory in found)
    return min(most or len(data), MAX_PIXELS) * (_BYTES_OF_WHOLE if is_whole else _BYTES_OF_FILTERED)


RAW = Reader(
    formats=KINDS,
    endings=ENDINGS,
    recognises=recognises,
    read=read,
    show=show,
    packages={"rawpy": "rawpy"},
)
GUARDED = replace(in_child(RAW), read=read_guarded, show=show_guarded)
