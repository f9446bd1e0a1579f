"""What was measured between two pictures, pixel by pixel, and what there is to say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from imgenc_gui.core.records.results import Value

# The EXIF orientation that undoes each: only a quarter to one side and one to the other are not their own.
_UNDONE: Mapping[int, int] = MappingProxyType({1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6})


class Framing(StrEnum):
    """How much of each picture the other one shows."""

    SAME = "same"
    SECOND_IN_FIRST = "second-in-first"  # the second is a crop of the first, or the first has a border
    FIRST_IN_SECOND = "first-in-second"
    OVERLAP = "overlap"  # each shows something that the other doesn't
    NONE = "none"  # nothing in common was found
    UNTOLD = "untold"  # one of them is too plain or too small to tell


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture, upright, as shares of its width and height: from 0 to 1."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Its share of the picture's area."""
        return self.width * self.height


WHOLE = Part(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Levels:
    """How light and colours of the second differ from the first's, where both show the same; 1 is no change.

    ``brightness``: its mean to the first's. ``contrast``: how far its lights are from its shadows, likewise.
    ``colour``: how colourful it is, likewise; 0 is grey; 1 where neither has colours. ``channels``: for red, green and
    blue, gain and offset (of 255): the second is about ``gain * first + offset``. ``tint``: by how much, of 255,
    greys have become warmer (more red than blue); negative is cooler; 0 where there are none to tell by.
    """

    brightness: float
    contrast: float
    colour: float
    channels: tuple[tuple[float, float], ...]
    tint: float = 0.0

    def swapped(self) -> Levels:
        """The first's to the second's."""
        channels = tuple((1 / gain, -offset / gain) if gain else (0.0, 0.0) for gain, offset in self.channels)
        return Levels(_inverse(self.brightness), _inverse(self.contrast), _inverse(self.colour), channels, -self.tint)


@dataclass(frozen=True, slots=True)
class Pixels:
    """What two pictures' pixels say, both upright, transparency on white, of several frames the first.

    ``same_bytes``: of the files. ``equal``: whether all pixels are the same; None where that can't be told, because
    what was read is less than the file holds (more than 8 bits, transparency). ``framing``: how they lie to each other;
    with NONE and UNTOLD all that follows says nothing.

    ``turn``: how the second is to be turned to lie as the first, as an EXIF orientation, 1 to 8: 1 not at all,
    2 mirrored, 3 upside down, 6 a quarter clockwise, 8 a quarter counter-clockwise. ``tilt``: by how many degrees
    clockwise the second is turned beyond that. ``stretch``: how much wider to its height the second is drawn; 1 is not.
    ``first_part``, ``second_part``: the part of each, as it lies upright itself, that the other shows, too.
    ``has_border``: what one of them shows beyond that is of one colour.

    Where both show the same, at a common size: ``difference``: mean absolute difference of the values, of 255.
    ``levels``: of light and colours. ``residual``: what remains of the difference once these are the same. ``area``:
    the share that still differs visibly then; ``spots``: that does so strikingly. ``agreement``: how well the details
    agree, up to 1.
    """

    same_bytes: bool
    equal: bool | None
    framing: Framing
    turn: int = 1
    tilt: float = 0.0
    stretch: float = 1.0
    first_part: Part = WHOLE
    second_part: Part = WHOLE
    has_border: bool = False
    difference: float = 0.0
    levels: Levels | None = None
    residual: float = 0.0
    area: float = 0.0
    spots: float = 0.0
    agreement: float = 1.0

    def swapped(self) -> Pixels:
        """The same, with the second first."""
        framing = {
            Framing.SECOND_IN_FIRST: Framing.FIRST_IN_SECOND,
            Framing.FIRST_IN_SECOND: Framing.SECOND_IN_FIRST,
        }.get(self.framing, self.framing)
        return replace(
            self,
            framing=framing,
            turn=_UNDONE[self.turn],
            tilt=-self.tilt,
            stretch=1 / self.stretch,
            first_part=self.second_part,
            second_part=self.first_part,
            levels=self.levels and self.levels.swapped(),
        )


class Conclusion(StrEnum):
    """What two pictures are to each other. Down to UNTOLD by their bytes or pixels; the rest by encodings alone."""

    SAME_BYTES = "same-bytes"
    SAME_PIXELS = "same-pixels"
    SAME = "same"  # saved again, resized; nothing else differs
    ADJUSTED = "adjusted"  # light or colours
    EDITED = "edited"  # a part of the area differs
    PARTLY_SAME = "partly-same"  # much of the area differs: edited much, or another shot of the same scene
    CROPPED = "cropped"
    BORDERED = "bordered"  # one has a border of one colour around the other
    TURNED = "turned"
    MIRRORED = "mirrored"
    DIFFERENT = "different"
    UNTOLD = "untold"  # compared, but too plain or too small to tell
    VERY_LIKELY_SAME = "very-likely-same"
    VERY_LIKELY_RELATED = "very-likely-related"  # Likeness.EDITED
    PERHAPS = "perhaps"
    UNLIKE = "unlike"  # no method finds them alike
    UNMEASURED = "unmeasured"  # nobody has measured what the distances mean of the methods that there are
    UNKNOWN = "unknown"  # there is nothing to compare


class NoteCode(StrEnum):
    """What there is to say beside the conclusion. Its values are those of the templates in comparing/verdict.py."""

    SIZES_FORMATS = "sizes-formats"
    SIZES = "sizes"
    FORMATS = "formats"
    ALIKE = "alike"
    SAVED_AS = "saved-as"
    SAVED_TWICE = "saved-twice"
    FIRST_FRAMES = "first-frames"
    HASHES_EQUAL = "hashes-equal"
    BITS_DIFFER = "bits-differ"
    SIMILARITY = "similarity"
    MIRRORED_UPSIDE_DOWN = "mirrored-upside-down"
    UPSIDE_DOWN = "upside-down"
    TO_THE_LEFT = "to-the-left"
    TO_THE_RIGHT = "to-the-right"
    MIRRORED_TO_THE_LEFT = "mirrored-to-the-left"
    MIRRORED_TO_THE_RIGHT = "mirrored-to-the-right"
    TILTED = "tilted"
    WIDER = "wider"
    TALLER = "taller"
    BRIGHTER = "brighter"
    DARKER = "darker"
    MORE_CONTRAST = "more-contrast"
    LESS_CONTRAST = "less-contrast"
    IN_GREY = "in-grey"
    IN_COLOUR = "in-colour"
    MORE_COLOUR = "more-colour"
    LESS_COLOUR = "less-colour"
    WARMER = "warmer"
    COOLER = "cooler"
    SECOND_SHOWS = "second-shows"
    FIRST_SHOWS = "first-shows"
    EACH_SHOWS = "each-shows"
    BORDER = "border"
    AREA = "area"
    AREA_SMALL = "area-small"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say. ``values`` fill its sentence."""

    code: NoteCode
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured between two pictures: a conclusion, and what there is to say of it."""

    conclusion: Conclusion
    notes: tuple[Note, ...] = ()


def _inverse(ratio: float) -> float:
    return 1 / ratio if ratio else float("inf")
