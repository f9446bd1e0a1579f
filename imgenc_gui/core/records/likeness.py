"""What it means how far apart two encodings are, in four words. Each method's record says up to where each holds."""

from __future__ import annotations

from enum import StrEnum


class Likeness(StrEnum):
    """How alike two pictures are, from the nearest."""

    IDENTICAL = "identical"
    SAME = "same picture"
    EDITED = "edited"
    LOOKALIKE = "lookalike"


SENTENCES = {
    Likeness.IDENTICAL: "The method sees no difference; the files may still differ in size, quality or format.",
    Likeness.SAME: "One picture, saved again, resized, or changed a little.",
    Likeness.EDITED: "Very likely one picture, of which one is cropped, marked or edited.",
    Likeness.LOOKALIKE: "Perhaps one picture, perhaps two that only look alike: compare them yourself.",
}
