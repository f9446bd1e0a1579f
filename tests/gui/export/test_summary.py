"""What an export says of itself: each row once, in numbers that add up to what was chosen."""

import re

import pytest

from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageResult
from imgenc_gui.gui.export.summary import Tally, summary

BOTH = (PHASH, DHASH)


def counted(methods=BOTH, **kinds):
    """So many of each kind."""
    made = {
        "both": ImageResult("/a", encodings={PHASH: "0" * 16, DHASH: "1" * 16}),
        "phash": ImageResult("/b", encodings={PHASH: "0" * 16}),
        "damaged": ImageResult("/c", failure=ImageFailure(FailureCode.DAMAGED)),
        "text": ImageResult("/d.txt", failure=ImageFailure(FailureCode.NOT_AN_IMAGE)),
    }
    counts = Tally(methods)
    for kind, number in kinds.items():
        for _ in range(number):
            counts.count(made[kind])
    return counts


def said(counts, *, listed=False, apart=False, replaced=0, waiting=0):
    return summary(counts, listed=listed, apart=apart, replaced=replaced, waiting=waiting).splitlines()


def test_all_of_one_kind_need_one_sentence(qapp):
    assert said(counted(both=6)) == ["6 pictures were written with their encodings."]
    assert said(counted(both=1), listed=True) == ["1 picture was written with its encodings."]


@pytest.mark.parametrize("listed", [True, False])
def test_text_files_are_not_called_pictures_and_the_numbers_add_up(qapp, listed):
    counts = counted(both=20, damaged=2, text=1, phash=3, methods=(DHASH,))
    first, *others = said(counts, listed=listed, replaced=1, waiting=4)
    assert first == "20 of 31 were written with their encodings."
    assert others == [
        "2 could not be read: they are listed with the reason."
        if listed
        else "2 could not be read, and were left out.",
        "1 is not a picture: it is listed as such." if listed else "1 is not a picture, and was left out.",
        "3 have no encodings by these methods: they are listed without."
        if listed
        else "3 have no encodings by these methods, and were left out.",
        "1 was encoded anew meanwhile, and was left out.",
        "4 wait to be encoded, and were left out.",
    ]
    assert 20 + sum(int(re.match(r"\d+", line)[0]) for line in others) == 31


@pytest.mark.parametrize(("apart", "where"), [(True, "In the files"), (False, "In the file")])
def test_methods_that_some_lack_are_told_each(qapp, apart, where):
    assert said(counted(both=5, phash=2), apart=apart) == [
        "7 pictures were written with their encodings.",
        f"{where}: PHash 7, DHash 5.",
    ]
    assert len(said(counted(both=5), apart=apart)) == 1


def test_nothing_at_all_is_told_as_such(qapp):
    assert said(counted(text=1)) == [
        "0 of 1 were written with their encodings.",
        "1 is not a picture, and was left out.",
    ]
