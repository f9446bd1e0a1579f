"""What is said of two pictures: nothing that wasn't measured, in words that stand on one line."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest

from imgenc_gui.core.comparing.verdict import HEADS, NOTES, better, verdict, verdict_words
from imgenc_gui.core.records.compared import Conclusion, Framing, Levels, NoteCode, Part, Pixels
from imgenc_gui.core.records.results import Facts
from imgenc_gui.core.registry import METHODS

PHASH, AHASH, DHASH, CNN = (METHODS[name] for name in ("phash", "ahash", "dhash", "cnn"))
PHOTO = Facts("JPEG", 4000, 3000, 1, 5_000_000, 10, 1, "a" * 32)
SMALL = Facts("PNG", 900, 675, 1, 900_000, 20, 1, "b" * 32)
SAME = Pixels(same_bytes=False, equal=False, framing=Framing.SAME)
UNCHANGED = Levels(1.0, 1.0, 1.0, ((1.0, 0.0),) * 3)


def words(distances=None, pixels=None, first=PHOTO, second=SMALL):
    return verdict_words(verdict(first, second, distances or {}, pixels))


BY_ENCODINGS = [
    (
        {PHASH: 0, DHASH: 2},
        (
            "Very likely the same picture: 4000 × 3000 and 900 × 675, JPEG and PNG; "  # noqa: RUF001
            "PHash equal, DHash differs in 2 of 64 bits"
        ),
    ),
    (
        {PHASH: 9, CNN: 0.874},
        (
            "Very likely one picture in two versions: 4000 × 3000 and 900 × 675, JPEG and PNG; "  # noqa: RUF001
            "PHash differs in 9 of 64 bits, CNN similarity 0.87"
        ),
    ),
    (
        {AHASH: 0},
        "Perhaps one picture, perhaps two that look alike: 4000 × 3000 and 900 × 675, JPEG and PNG; AHash equal",  # noqa: RUF001
    ),
    (
        {PHASH: 30},
        "No likeness found: 4000 × 3000 and 900 × 675, JPEG and PNG; PHash differs in 30 of 64 bits",  # noqa: RUF001
    ),
]


@pytest.mark.parametrize(("distances", "said"), BY_ENCODINGS)
def test_by_encodings_alone(distances, said):
    assert words(distances) == said


def test_methods_that_nobody_has_measured_find_no_likeness_nor_none():
    own = replace(CNN, thresholds={})

    said = words({own: 0.99}, first=None)
    assert said == "How far apart copies are isn't measured: CNN similarity 0.99"
    assert words({own: 0.99, PHASH: 40}, first=None).startswith("No likeness found: ")
    assert words({own: 0.99, PHASH: 0}, first=None).startswith("Very likely the same picture: ")


def test_before_pixels_were_compared_nothing_is_said_of_them():
    for bits in range(65):
        for similarity in (0.5, 0.86, 0.91, 0.98, 1.0):
            said = words({PHASH: bits, DHASH: 64 - bits, CNN: similarity})
            assert not any(word in said for word in ("Edited", "Cropped", "Pixel", "Byte", "differs,", "Mirrored"))
            assert not said.startswith("Same")


def test_without_facts_or_encodings():
    assert words({}, first=None) == "They have no encodings that can be compared"
    assert words({PHASH: 0}, first=None, second=None) == "Very likely the same picture: PHash equal"


def test_equal_bytes_need_no_pixels():
    same = replace(SMALL, digest=PHOTO.digest)
    assert words({PHASH: 0}, second=same) == "Byte for byte the same file"
    assert words({PHASH: 0}, replace(SAME, same_bytes=True, equal=True)) == "Byte for byte the same file"
    changed_since = replace(SAME, levels=levels(brightness=1.2, contrast=1.2))
    assert words({PHASH: 0}, changed_since, second=same).startswith("Same picture: picture 2 is brighter")


def test_digests_that_arent_known_are_not_equal():
    unknown = replace(PHOTO, digest="")
    assert verdict(unknown, unknown, {}, None).conclusion is Conclusion.UNKNOWN


def test_equal_pixels():
    equal = replace(SAME, equal=True)
    assert words({}, equal) == "Pixel for pixel the same picture: saved as JPEG and PNG"
    assert words({}, equal, SMALL) == "Pixel for pixel the same picture: saved as PNG twice"
    several = replace(SMALL, format="GIF", frames=12)
    assert words({}, equal, SMALL, several) == (
        "Pixel for pixel the same picture: saved as PNG and GIF; of files with several pictures, the first"
    )


def levels(**changes):
    return replace(UNCHANGED, **changes)


HALF = Part(0.1, 0.1, 0.9, 0.9)
BY_PIXELS = [
    (replace(SAME, levels=UNCHANGED), "Same picture"),
    (replace(SAME, equal=None, levels=UNCHANGED), "Same picture"),
    (replace(SAME, levels=levels(brightness=1.12, contrast=1.12)), "Same picture: picture 2 is brighter by about 12 %"),
    (replace(SAME, levels=levels(brightness=0.7, contrast=0.7)), "Same picture: picture 2 is darker by about 30 %"),
    (
        replace(SAME, levels=levels(contrast=1.3, colour=1.3)),
        "Same picture: picture 2 is richer in contrast by about 30 %",
    ),
    (replace(SAME, levels=levels(contrast=0.8)), "Same picture: picture 2 is poorer in contrast by about 20 %"),
    (replace(SAME, levels=levels(colour=0.0)), "Same picture: picture 2 is black and white"),
    (
        replace(SAME, levels=levels(colour=float("inf"))),
        "Same picture: picture 2 is in colour, the other black and white",
    ),
    (replace(SAME, levels=levels(colour=1.5)), "Same picture: picture 2 is more colourful"),
    (replace(SAME, levels=levels(colour=0.5)), "Same picture: picture 2 is less colourful"),
    (replace(SAME, levels=levels(tint=20.0)), "Same picture: picture 2 is warmer"),
    (replace(SAME, levels=levels(tint=-20.0)), "Same picture: picture 2 is cooler"),
    (replace(SAME, area=0.08), "Edited: 8 % of the area differs"),
    (replace(SAME, area=0.003, levels=UNCHANGED), "Same picture"),
    (replace(SAME, area=0.005), "Edited: 1 % of the area differs"),
    (
        replace(SAME, framing=Framing.SECOND_IN_FIRST, first_part=Part(0, 0.004, 1, 0.996)),
        "Cropped: picture 2 shows 99 % of picture 1",
    ),
    (replace(SAME, area=0.002, spots=0.001), "Edited: less than 1 % of the area differs"),
    (replace(SAME, area=0.002), "Same picture"),
    (replace(SAME, area=0.4), "The same only in part: 40 % of the area differs"),
    (replace(SAME, framing=Framing.SECOND_IN_FIRST, first_part=HALF), "Cropped: picture 2 shows 81 % of picture 1"),
    (replace(SAME, framing=Framing.FIRST_IN_SECOND, second_part=HALF), "Cropped: picture 1 shows 81 % of picture 2"),
    (
        replace(SAME, framing=Framing.OVERLAP, first_part=HALF, second_part=Part(0, 0, 0.5, 1)),
        "Cropped: picture 2 shows 81 % of picture 1, which shows 50 % of picture 2",
    ),
    (
        replace(SAME, framing=Framing.FIRST_IN_SECOND, second_part=HALF, has_border=True),
        "Same picture: a border of one colour takes 19 % of picture 2",
    ),
    (
        replace(SAME, framing=Framing.SECOND_IN_FIRST, first_part=HALF, has_border=True, turn=2),
        "Mirrored: a border of one colour takes 19 % of picture 1",
    ),
    (
        replace(SAME, framing=Framing.SECOND_IN_FIRST, first_part=HALF, tilt=-1.02),
        "Cropped: picture 2 is tilted by about 1.0°; picture 2 shows 81 % of picture 1",
    ),
    (replace(SAME, stretch=0.8), "Same picture: picture 2 is stretched in height by about 25 %"),
    (replace(SAME, stretch=1.1), "Same picture: picture 2 is stretched in width by about 10 %"),
    (replace(SAME, turn=2), "Mirrored"),
    (replace(SAME, turn=3), "Turned: picture 2 is upside down"),
    (replace(SAME, turn=6), "Turned: picture 2 is turned by a quarter to the left"),
    (replace(SAME, turn=8), "Turned: picture 2 is turned by a quarter to the right"),
    (
        replace(SAME, turn=5, levels=levels(brightness=1.2, contrast=1.2), area=0.02),
        (
            "Mirrored: picture 2 is mirrored and turned by a quarter to the left, brighter by about 20 %; "
            "2 % of the area differs"
        ),
    ),
    (replace(SAME, framing=Framing.NONE), "Two different pictures, as far as can be measured"),
    (replace(SAME, framing=Framing.UNTOLD), "Too plain or too small to compare pixel by pixel"),
]


@pytest.mark.parametrize(("pixels", "said"), BY_PIXELS, ids=[said for _, said in BY_PIXELS])
def test_by_pixels(pixels, said):
    assert verdict_words(verdict(None, None, {}, pixels)) == said


def test_by_pixels_files_and_the_first_two_methods_are_told_too():
    assert words({PHASH: 0, DHASH: 2}, replace(SAME, levels=UNCHANGED)) == (
        "Same picture: 4000 × 3000 and 900 × 675, JPEG and PNG; PHash equal, DHash differs in 2 of 64 bits"  # noqa: RUF001
    )
    assert words({PHASH: 3, AHASH: 0, DHASH: 1, CNN: 0.9}, replace(SAME, area=0.08)) == (
        "Edited: 8 % of the area differs; 4000 × 3000 and 900 × 675, JPEG and PNG; "  # noqa: RUF001
        "PHash differs in 3 of 64 bits, AHash equal"
    )


def test_where_methods_find_a_likeness_that_pixels_dont_both_are_told():
    none = replace(SAME, framing=Framing.NONE)
    assert words({PHASH: 0}, none) == "Two different pictures, as far as can be measured: PHash equal"
    assert words({PHASH: 30}, none) == "Two different pictures, as far as can be measured"


def test_sizes_are_those_that_the_table_and_exports_tell():
    sideways = replace(PHOTO, orientation=6, digest="c" * 32)
    assert words({PHASH: 0}, second=sideways).startswith("Very likely the same picture: both 4000 × 3000, JPEG;")  # noqa: RUF001


def test_each_code_has_words_with_a_place_for_each_value():
    assert set(HEADS) == set(Conclusion)
    assert set(NOTES) == set(NoteCode)
    for template in NOTES.values():
        places = [int(field) for _, field, _, _ in string.Formatter().parse(template) if field is not None]
        assert places == list(range(len(places)))


def test_templates_are_translated_before_their_values_are_filled_in():
    given = []

    def translate(template):
        given.append(template)
        return template.upper()

    said = verdict_words(verdict(PHOTO, SMALL, {PHASH: 2}, None), translate)
    assert said.startswith("VERY LIKELY THE SAME PICTURE: 4000")
    assert "{0} differs in {1} of {2} bits" in given


def test_names_of_formats_forge_nothing():
    assert "\n" not in words({PHASH: 0}, first=replace(PHOTO, format="JP\nEG"))


def test_who_is_called_first_changes_only_that():
    for pixels, _ in BY_PIXELS:
        there, back = verdict(None, None, {}, pixels), verdict(None, None, {}, pixels.swapped())
        assert there.conclusion == back.conclusion
        assert len(there.notes) == len(back.notes)
        again = pixels.swapped().swapped()
        assert (again.framing, again.turn, again.tilt, again.first_part) == (
            pixels.framing,
            pixels.turn,
            pixels.tilt,
            pixels.first_part,
        )


def test_what_is_better():
    assert better(PHOTO, SMALL) == {"pixels": 1, "bytes": 1, "date": 1}
    assert better(SMALL, PHOTO) == {"pixels": 2, "bytes": 2, "date": 2}
    assert better(PHOTO, replace(PHOTO, width=3000, height=4000, mtime_ns=None)) == {"pixels": 0, "bytes": 0, "date": 0}
