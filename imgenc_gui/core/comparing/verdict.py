"""What there is to say of two pictures, in one sentence that says only what was measured.

Words that rest on encodings alone never say what was done to a picture, nor that it is the same beyond doubt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Literal

from imgenc_gui.core.naming import printable
from imgenc_gui.core.records.compared import Conclusion, Framing, Levels, Note, NoteCode, Part, Pixels, Verdict
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import HASH_BITS, Method
from imgenc_gui.core.records.results import Facts
from imgenc_gui.core.records.sentences import Translate, as_written

Fact = Literal["pixels", "bytes", "date"]

# What is less is not said: saving again, resizing and sharpening change that much.
_AREA = 0.005
_SPOTS = 0.0005  # of the area, where the difference is striking
_BRIGHTNESS = 0.03
_CONTRAST = 0.05
_COLOUR = 0.15
_GREY = 0.08  # of the colours that the other one has
_TINT = 12.0  # of 255
_TILT = 0.3  # degrees
_STRETCH = 0.02
_TOLD = 2  # methods, beside what pixels tell: more make a long sentence
_MUCH = 0.25  # of the area: who knows whether it is an edit or another shot of the same scene

HEADS = {
    Conclusion.SAME_BYTES: "Byte for byte the same file",
    Conclusion.SAME_PIXELS: "Pixel for pixel the same picture",
    Conclusion.SAME: "Same picture",
    Conclusion.ADJUSTED: "Same picture",
    Conclusion.EDITED: "Edited",
    Conclusion.PARTLY_SAME: "The same only in part",
    Conclusion.CROPPED: "Cropped",
    Conclusion.BORDERED: "Same picture",
    Conclusion.TURNED: "Turned",
    Conclusion.MIRRORED: "Mirrored",
    Conclusion.DIFFERENT: "Two different pictures, as far as can be measured",
    Conclusion.UNTOLD: "Too plain or too small to compare pixel by pixel",
    Conclusion.VERY_LIKELY_SAME: "Very likely the same picture",
    Conclusion.VERY_LIKELY_RELATED: "Very likely one picture in two versions",
    Conclusion.PERHAPS: "Perhaps one picture, perhaps two that look alike",
    Conclusion.UNLIKE: "No likeness found",
    Conclusion.UNMEASURED: "How far apart copies are isn't measured",
    Conclusion.UNKNOWN: "They have no encodings that can be compared",
}

NOTES = {
    NoteCode.SIZES_FORMATS: "{0} × {1} and {2} × {3}, {4} and {5}",  # noqa: RUF001
    NoteCode.SIZES: "{0} × {1} and {2} × {3}, both {4}",  # noqa: RUF001
    NoteCode.FORMATS: "both {0} × {1}, {2} and {3}",  # noqa: RUF001
    NoteCode.ALIKE: "both {0} × {1}, {2}",  # noqa: RUF001
    NoteCode.SAVED_AS: "saved as {0} and {1}",
    NoteCode.SAVED_TWICE: "saved as {0} twice",
    NoteCode.FIRST_FRAMES: "of files with several pictures, the first",
    NoteCode.HASHES_EQUAL: "{0} equal",
    NoteCode.BITS_DIFFER: "{0} differs in {1} of {2} bits",
    NoteCode.SIMILARITY: "{0} similarity {1:.2f}",
    NoteCode.MIRRORED_UPSIDE_DOWN: "mirrored top to bottom",
    NoteCode.UPSIDE_DOWN: "upside down",
    NoteCode.TO_THE_LEFT: "turned by a quarter to the left",
    NoteCode.TO_THE_RIGHT: "turned by a quarter to the right",
    NoteCode.MIRRORED_TO_THE_LEFT: "mirrored and turned by a quarter to the left",
    NoteCode.MIRRORED_TO_THE_RIGHT: "mirrored and turned by a quarter to the right",
    NoteCode.TILTED: "tilted by about {0:.1f}°",
    NoteCode.WIDER: "stretched in width by about {0} %",
    NoteCode.TALLER: "stretched in height by about {0} %",
    NoteCode.BRIGHTER: "brighter by about {0} %",
    NoteCode.DARKER: "darker by about {0} %",
    NoteCode.MORE_CONTRAST: "richer in contrast by about {0} %",
    NoteCode.LESS_CONTRAST: "poorer in contrast by about {0} %",
    NoteCode.IN_GREY: "black and white",
    NoteCode.IN_COLOUR: "in colour, the other black and white",
    NoteCode.MORE_COLOUR: "more colourful",
    NoteCode.LESS_COLOUR: "less colourful",
    NoteCode.WARMER: "warmer",
    NoteCode.COOLER: "cooler",
    NoteCode.SECOND_SHOWS: "picture 2 shows {0} % of picture 1",
    NoteCode.FIRST_SHOWS: "picture 1 shows {0} % of picture 2",
    NoteCode.EACH_SHOWS: "picture 2 shows {0} % of picture 1, which shows {1} % of picture 2",
    NoteCode.BORDER: "a border of one colour takes {0} % of picture {1}",
    NoteCode.AREA: "{0} % of the area differs",
    NoteCode.AREA_SMALL: "less than 1 % of the area differs",
}

OF_THE_SECOND = "picture 2 is {0}"

_TURNS = {
    3: NoteCode.UPSIDE_DOWN,
    4: NoteCode.MIRRORED_UPSIDE_DOWN,
    5: NoteCode.MIRRORED_TO_THE_LEFT,
    6: NoteCode.TO_THE_LEFT,
    7: NoteCode.MIRRORED_TO_THE_RIGHT,
    8: NoteCode.TO_THE_RIGHT,
}
_METHOD, _ADJECTIVE = "method", "adjective"
_METHODS = frozenset({NoteCode.HASHES_EQUAL, NoteCode.BITS_DIFFER, NoteCode.SIMILARITY})
_ADJECTIVES = frozenset(
    {
        *_TURNS.values(),
        *(NoteCode.TILTED, NoteCode.WIDER, NoteCode.TALLER),
        *(NoteCode.BRIGHTER, NoteCode.DARKER, NoteCode.MORE_CONTRAST, NoteCode.LESS_CONTRAST),
        *(NoteCode.IN_GREY, NoteCode.IN_COLOUR, NoteCode.MORE_COLOUR, NoteCode.LESS_COLOUR),
        *(NoteCode.WARMER, NoteCode.COOLER),
    }
)


def verdict(
    first: Facts | None, second: Facts | None, distances: Mapping[Method, float], pixels: Pixels | None
) -> Verdict:
    """What two pictures are to each other, by what is known so far.

    ``distances``: per method whose encodings both have and say something, bits that differ or the cosine similarity.
    ``pixels``: None until compare_pixels has answered, or where it can't.
    """
    files = tuple(_files(first, second))
    methods = tuple(_of_method(method, distance) for method, distance in distances.items())
    # Pixels were read later than facts: they know the files as they are.
    if pixels.same_bytes if pixels else first and second and first.digest and first.digest == second.digest:
        return Verdict(Conclusion.SAME_BYTES)
    if pixels is None:
        return Verdict(_by_encodings(distances), files + methods)
    if pixels.equal:
        return Verdict(Conclusion.SAME_PIXELS, tuple(_saved(first, second)))
    if pixels.framing is Framing.NONE:
        alike = any(method.likeness(distance) for method, distance in distances.items())
        return Verdict(Conclusion.DIFFERENT, methods if alike else ())
    if pixels.framing is Framing.UNTOLD:
        return Verdict(Conclusion.UNTOLD, files + methods)
    found = tuple(_found(pixels))
    return Verdict(_by_pixels(pixels, found), found + files + methods[:_TOLD])


def verdict_words(verdict: Verdict, translate: Translate = as_written) -> str:
    """One sentence, without a full stop; the pictures are called "picture 1" and "picture 2".

    ``translate`` is given each template, before its values are filled in.
    """
    clauses = []
    for kind, notes in groupby(verdict.notes, _kind):
        words = ", ".join(translate(NOTES[note.code]).format(*note.values) for note in notes)
        clauses.append(translate(OF_THE_SECOND).format(words) if kind == _ADJECTIVE else words)
    head = translate(HEADS[verdict.conclusion])
    return printable(f"{head}: {'; '.join(clauses)}" if clauses else head)


def better(first: Facts, second: Facts) -> Mapping[Fact, int]:
    """Which of two is better in what can be said so: 1 or 2; 0 where they are equal, or it isn't known.

    More pixels, more bytes; the older file, which is more likely to be the original. No format is better.
    """
    dates = (first.mtime_ns, second.mtime_ns)
    return {
        "pixels": _greater(first.width * first.height, second.width * second.height),
        "bytes": _greater(first.bytes, second.bytes),
        "date": 0 if dates[0] is None or dates[1] is None else _greater(dates[1], dates[0]),
    }


def _kind(note: Note) -> str:
    """What stands together in the sentence, with commas."""
    return _METHOD if note.code in _METHODS else _ADJECTIVE if note.code in _ADJECTIVES else note.code


def _greater(first: int, second: int) -> int:
    return 0 if first == second else 1 if first > second else 2


def _by_encodings(distances: Mapping[Method, float]) -> Conclusion:
    words = {method.likeness(distance) for method, distance in distances.items()}
    if not words:
        return Conclusion.UNKNOWN
    if words & {Likeness.IDENTICAL, Likeness.SAME}:
        return Conclusion.VERY_LIKELY_SAME
    if Likeness.EDITED in words:
        return Conclusion.VERY_LIKELY_RELATED
    if Likeness.LOOKALIKE in words:
        return Conclusion.PERHAPS
    return Conclusion.UNLIKE if any(method.thresholds for method in distances) else Conclusion.UNMEASURED


def _by_pixels(pixels: Pixels, found: tuple[Note, ...]) -> Conclusion:
    if pixels.area > _MUCH:
        return Conclusion.PARTLY_SAME
    if pixels.turn != 1:
        return Conclusion.MIRRORED if pixels.turn in {2, 4, 5, 7} else Conclusion.TURNED
    if pixels.framing is not Framing.SAME:
        return Conclusion.BORDERED if pixels.has_border else Conclusion.CROPPED
    if pixels.area >= _AREA or pixels.spots >= _SPOTS:
        return Conclusion.EDITED
    return Conclusion.ADJUSTED if found else Conclusion.SAME


def _files(first: Facts | None, second: Facts | None) -> Iterator[Note]:
    """Sizes and formats."""
    if first is None or second is None:
        return
    sizes, formats = [(one.width, one.height) for one in (first, second)], (first.format, second.format)
    if sizes[0] == sizes[1]:
        if formats[0] == formats[1]:
            yield Note(NoteCode.ALIKE, (*sizes[0], formats[0]))
        else:
            yield Note(NoteCode.FORMATS, (*sizes[0], *formats))
    elif formats[0] == formats[1]:
        yield Note(NoteCode.SIZES, (*sizes[0], *sizes[1], formats[0]))
    else:
        yield Note(NoteCode.SIZES_FORMATS, (*sizes[0], *sizes[1], *formats))


def _saved(first: Facts | None, second: Facts | None) -> Iterator[Note]:
    if first is None or second is None:
        return
    if first.format == second.format:
        yield Note(NoteCode.SAVED_TWICE, (first.format,))
    else:
        yield Note(NoteCode.SAVED_AS, (first.format, second.format))
    if max(first.frames, second.frames) > 1:
        yield Note(NoteCode.FIRST_FRAMES)


def _of_method(method: Method, distance: float) -> Note:
    if not method.is_hash:
        return Note(NoteCode.SIMILARITY, (method.label, float(distance)))
    if not distance:
        return Note(NoteCode.HASHES_EQUAL, (method.label,))
    return Note(NoteCode.BITS_DIFFER, (method.label, int(distance), HASH_BITS))


def _found(pixels: Pixels) -> Iterator[Note]:
    """What differs, the plainest to see first."""
    if pixels.turn in _TURNS:
        yield Note(_TURNS[pixels.turn])
    if abs(pixels.tilt) >= _TILT:
        yield Note(NoteCode.TILTED, (abs(pixels.tilt),))
    if abs(math.log(pixels.stretch)) >= _STRETCH:
        wider = pixels.stretch > 1
        share = max(pixels.stretch, 1 / pixels.stretch) - 1
        yield Note(NoteCode.WIDER if wider else NoteCode.TALLER, (_percent(share),))
    if pixels.levels is not None:
        yield from _of_levels(pixels.levels)
    yield from _of_framing(pixels)
    if pixels.area >= _AREA:
        yield Note(NoteCode.AREA, (max(1, _percent(pixels.area)),))
    elif pixels.spots >= _SPOTS:
        yield Note(NoteCode.AREA_SMALL)


def _of_framing(pixels: Pixels) -> Iterator[Note]:
    if pixels.has_border:
        number, inside = (
            (1, pixels.first_part) if pixels.framing is Framing.SECOND_IN_FIRST else (2, pixels.second_part)
        )
        yield Note(NoteCode.BORDER, (100 - _part(inside), number))
    elif pixels.framing is Framing.SECOND_IN_FIRST:
        yield Note(NoteCode.SECOND_SHOWS, (_part(pixels.first_part),))
    elif pixels.framing is Framing.FIRST_IN_SECOND:
        yield Note(NoteCode.FIRST_SHOWS, (_part(pixels.second_part),))
    elif pixels.framing is Framing.OVERLAP:
        yield Note(NoteCode.EACH_SHOWS, (_part(pixels.first_part), _part(pixels.second_part)))


def _of_levels(levels: Levels) -> Iterator[Note]:
    change = levels.brightness - 1
    if abs(change) >= _BRIGHTNESS:
        yield Note(NoteCode.BRIGHTER if change > 0 else NoteCode.DARKER, (_percent(abs(change)),))
    # What has twice the values has twice the contrast, too: that is brightness, and said already.
    change = levels.contrast - 1
    if abs(change) >= _CONTRAST and _is_beyond(levels.contrast, levels.brightness, _CONTRAST):
        yield Note(NoteCode.MORE_CONTRAST if change > 0 else NoteCode.LESS_CONTRAST, (_percent(abs(change)),))
    if levels.colour <= _GREY:
        yield Note(NoteCode.IN_GREY)
    elif levels.colour >= 1 / _GREY:
        yield Note(NoteCode.IN_COLOUR)
    elif abs(levels.tint) >= _TINT:
        yield Note(NoteCode.WARMER if levels.tint > 0 else NoteCode.COOLER)
    elif abs(levels.colour - 1) >= _COLOUR and _is_beyond(levels.colour, levels.contrast, _COLOUR):
        yield Note(NoteCode.MORE_COLOUR if levels.colour > 1 else NoteCode.LESS_COLOUR)


def _is_beyond(change: float, other: float, least: float) -> bool:
    """Whether a ratio goes farther from 1 than another, in its own direction."""
    beyond = change / other - 1
    return abs(beyond) >= least and beyond * (change - 1) > 0


def _part(part: Part) -> int:
    """How much of a picture that is, per cent: never all of it."""
    return min(99, _percent(part.area))


def _percent(share: float) -> int:
    return round(100 * share)
