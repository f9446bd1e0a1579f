"""What a person's own network wants to see, and what of its answer counts: the recipe beside an ONNX file, as JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from imgenc_gui.core.records.methods import InputRecipe, Resampling

MOST_PIXELS = 2048  # of a side
_NAME = re.compile(r"[^\W_](?:[\w .+-]{0,22}[\w+])?")  # it heads a column and names a file
_COLOURS = 3
_LARGEST = 1e9  # of a recipe's numbers: 255 divided by 1e-9 twice, less 1e9, is still far within float32's 3e38


class RecipeError(Exception):
    """A recipe that can't be followed; ``reason`` is what is wrong, as a sentence without its end.

    ``text`` has the recipe's words in braces, such as {mean}, and {0}, {1} for the ``values``.
    """

    def __init__(self, text: str, *values: object) -> None:
        self._text, self._values = text, values
        super().__init__(self.reason)

    @property
    def reason(self) -> str:
        """With the words of a file."""
        return self.called({})

    @property
    def word(self) -> str:
        """The first of the recipe's words that it is about; "": none."""
        found = re.search(r"\{([a-z_]+)\}", self._text)
        return found[1] if found else ""

    def called(self, names: Mapping[str, str]) -> str:
        """With other names for the recipe's words, where it is asked for otherwise."""
        return self._text.format(*self._values, **{word: names.get(word, word) for word in _READ})


class Colours(StrEnum):
    """What a pixel's numbers are, in their order."""

    RGB = "RGB"
    BGR = "BGR"
    GREY = "grey"


class Layout(StrEnum):
    """The order of the network's input: N pictures, C colours, H rows, W columns."""

    NCHW = "NCHW"
    NHWC = "NHWC"


@dataclass(frozen=True, slots=True)
class OwnRecipe:
    """How a picture becomes a network's input.

    It is resampled to ``resize`` (width, height), of which the middle ``width`` x ``height`` is cut out; or, its
    proportions kept, until its shorter side has ``shorter_side`` pixels, and the same is cut out; without both straight
    to ``width`` x ``height``. Then each number x of a pixel, 0 to 255, becomes (x / divide_by - mean) / std in float32,
    with a mean and a std for all colours or one each. ``output``: the name of the output that counts; "": its only one.
    """

    name: str
    width: int
    height: int
    layout: Layout
    divide_by: float
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    colours: Colours = Colours.RGB
    resampling: Resampling = Resampling.LANCZOS
    resize: tuple[int, int] | None = None
    output: str = ""
    shorter_side: int | None = None

    def __post_init__(self) -> None:
        """Raise RecipeError for what makes no sense."""
        if not _NAME.fullmatch(self.name):
            raise RecipeError(
                "{name} must be 1 to 24 letters, digits, spaces and . + - _, with a letter or a digit first"
            )
        self._check_sides()
        channels = 1 if self.colours is Colours.GREY else _COLOURS
        for word, numbers in (("mean", self.mean), ("std", self.std)):
            if len(numbers) not in {1, channels}:
                raise RecipeError(f"{{{word}}} must be one number, or one for each colour")
        for word, numbers in (("divide_by", (self.divide_by,)), ("mean", self.mean), ("std", self.std)):
            for number in numbers:
                _check_number(word, number, is_divisor=word != "mean")

    def _check_sides(self) -> None:
        shorter = self.shorter_side
        sides = [self.width, self.height, *(self.resize or ())] + ([] if shorter is None else [shorter])
        if not all(0 < side <= MOST_PIXELS for side in sides):
            raise RecipeError("{width}, {height}, {resize} and {shorter_side} must be from 1 to {0}", MOST_PIXELS)
        if self.resize is not None and shorter is not None:
            raise RecipeError("it can't have both {resize} and {shorter_side}")
        if self.resize is not None and (self.resize[0] < self.width or self.resize[1] < self.height):
            raise RecipeError("{resize} must not be less than {width} and {height}, which are cut out of it")
        if shorter is not None and shorter < max(self.width, self.height):
            raise RecipeError("{shorter_side} must not be less than {width} and {height}, which are cut out of it")

    @property
    def input(self) -> InputRecipe:
        """What is to be made of a picture, up to 8-bit pixels."""
        if self.shorter_side is not None:
            seen = (self.width, self.height, self.colours is Colours.GREY, self.resampling)
            return InputRecipe(*seen, shorter_side=self.shorter_side)
        crop = None if self.resize is None else (self.width, self.height)
        width, height = self.resize or (self.width, self.height)
        return InputRecipe(width, height, self.colours is Colours.GREY, self.resampling, crop)

    def as_json(self) -> dict[str, Any]:
        """What ``of_json`` makes it of again."""
        said = {name: list(value) if isinstance(value, tuple) else value for name, value in _values(self).items()}
        if self.shorter_side is None:  # as it was before there was this word: it decides the version
            del said["shorter_side"]
        return said

    @classmethod
    def of_json(cls, said: object, usual_name: str = "") -> Self:
        """Read what a file says. Raises RecipeError. ``usual_name``: where it says none."""
        if not isinstance(said, dict):
            raise RecipeError("it must be JSON: names and values within {0}", "{ }")
        known = {field.name for field in fields(cls)}
        unknown = sorted(str(name) for name in said.keys() - known)
        if unknown:
            raise RecipeError("{0!r} means nothing in it; there are {1}", unknown[0][:40], ", ".join(sorted(known)))
        values = {"name": usual_name, **{name: value for name, value in said.items() if value is not None}}
        missing = [name for name in ("width", "height", "layout", "divide_by") if name not in values]
        if missing:
            raise RecipeError(f"{{{missing[0]}}} is missing")
        made = {name: _READ[name](name, value) for name, value in values.items()}
        return cls(**made)

    @classmethod
    def of_file(cls, file: Path) -> Self:
        """Read a file of JSON. Raises RecipeError, also where it can't be read."""
        try:
            said = json.loads(file.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it isn't JSON"
            raise RecipeError("{0}", reason or "it can't be read") from error
        return cls.of_json(said, usual_name(file))


def usual_name(file: Path) -> str:
    """The name that a network gets from its file."""
    words = re.sub(r"[^\w.+-]+", " ", file.stem.replace("_", " ")).strip(" .+-")
    return words[:24].strip(" .+-") or "My network"


def _values(recipe: OwnRecipe) -> Mapping[str, Any]:
    return {field.name: getattr(recipe, field.name) for field in fields(recipe)}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise RecipeError(f"{{{name}}} must be a text")
    return value


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecipeError(f"{{{name}}} must be a whole number")
    return value


def _number(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RecipeError(f"{{{name}}} must be a number")
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf


def _check_number(name: str, number: float, *, is_divisor: bool) -> None:
    """Raise RecipeError for what a network, which computes in float32, couldn't be given numbers with."""
    if is_divisor and number == 0:
        raise RecipeError(f"{{{name}}} is 0, and nothing can be divided by 0")
    if is_divisor and abs(number) < 1 / _LARGEST:
        raise RecipeError(f"{{{name}}} is {number:g}, which is too near to 0 to divide by")
    if not abs(number) <= _LARGEST:  # what isn't a number isn't, either
        raise RecipeError(f"{{{name}}} is {number:g}; networks compute with numbers up to {_LARGEST:,.0f}")


def _numbers(name: str, value: object) -> tuple[float, ...]:
    return tuple(_number(name, one) for one in (value if isinstance(value, list) else [value]))


def _size(name: str, value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        raise RecipeError(f"{{{name}}} must be a list of width and height, such as [256, 256]")
    return _whole(name, value[0]), _whole(name, value[1])


def _word(kind: type[StrEnum], name: str, value: object) -> StrEnum:
    for word in kind:
        if isinstance(value, str) and value.lower() == word.lower():
            return word
    raise RecipeError(f"{{{name}}} must be one of {', '.join(kind)}")


def _colours(name: str, value: object) -> StrEnum:
    return _word(Colours, name, value)


def _layout(name: str, value: object) -> StrEnum:
    return _word(Layout, name, value)


def _resampling(name: str, value: object) -> StrEnum:
    return _word(Resampling, name, value)


_READ: dict[str, Any] = {
    "name": _text,
    "width": _whole,
    "height": _whole,
    "layout": _layout,
    "divide_by": _number,
    "mean": _numbers,
    "std": _numbers,
    "colours": _colours,
    "resampling": _resampling,
    "resize": _size,
    "output": _text,
    "shorter_side": _whole,
}
