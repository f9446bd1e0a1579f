"""What there is to say of two pictures, in one sentence that says only what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from imgenc_gui.core.records.compared import Pixels, Verdict
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import Facts

Translate = Callable[[str], str]
Fact = Literal["pixels", "bytes", "date"]


def verdict(
    first: Facts | None, second: Facts | None, distances: Mapping[Method, float], pixels: Pixels | None
) -> Verdict:
    """What two pictures are to each other, by what is known so far.

    ``distances``: per method that both have, bits that differ or the cosine similarity. ``pixels``: None until
    compare_pixels has answered, or where it can't.
    """
    raise NotImplementedError


def verdict_words(verdict: Verdict, translate: Translate = str) -> str:
    """One sentence, without a full stop; the pictures are called "picture 1" and "picture 2".

    ``translate`` is given each template, before its values are filled in.
    """
    raise NotImplementedError


def better(first: Facts, second: Facts) -> Mapping[Fact, int]:
    """Which of two is better in what can be said so: 1 or 2; 0 where they are equal, or it isn't known.

    More pixels, more bytes; the older file, which is more likely to be the original. No format is better.
    """
    raise NotImplementedError
