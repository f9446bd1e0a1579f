"""SVG drawings: read as text, cleaned (svg_tree.py) and drawn by resvg on white, with letters of our own.

resvg alone follows links to other files and aborts the whole process on a huge canvas; so what is drawn is a tree
without links, whose canvas, depth and number of elements are bounded. What is left can still be made to abort (a
pattern of a million pixels, a thousand filters, masks within masks), so drawings are read in a guarded child.
"""

from __future__ import annotations

import io
import math
import re
from xml.etree.ElementTree import Element, tostring

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.reader import Decoded, Reader
from imgenc_gui.core.formats.showing import shown
from imgenc_gui.core.formats.svg_source import MAX_BYTES, TooLongError, begins_a_drawing, text_of
from imgenc_gui.core.formats.svg_tree import SANS, Tree, damaged
from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode
from imgenc_gui.core.resources import resource
from imgenc_gui.core.scratch import Scratch

MAX_SIDE = 2048  # pixels of the rendered picture's longest side
# Real drawings take milliseconds. Those that take longer than this are built to take for ever, and a few of them would
# keep all workers from a folder's other pictures.
_SECONDS = 5.0
_MAX_DECLARED = 2**31 - 1
_DEFAULT_SIZE = (300.0, 150.0)  # what browsers give a drawing without any size
_DPI = 96
_WHITE = 255

_SVG = "http://www.w3.org/2000/svg"
_LENGTH = re.compile(
    r"\s*+\+?(\d++(?:\.\d*+)?+|\.\d++)(e[+-]?\d++)?+\s*+(px|pt|pc|mm|cm|in|em|ex|q)?\s*+\Z", re.IGNORECASE
)
_UNITS = {"px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "ex": 8, "q": 24 / 25.4}

# Every text is written with them, whatever it asks for, so that hashes are the same on all computers.
_FONT = resource("fonts", "DejaVuSans.ttf")
_FAR_EASTERN_FONT = resource("fonts", "DroidSansFallbackFull.ttf")
_FAR_EAST = "\u1100"  # the first letter of those that the larger font is for


def read(data: bytes, _: Scratch, __: Share) -> Decoded:
    """A drawing at its own size, its longest side at most MAX_SIDE, on white. Raises ReadError."""
    pixels, (width, height), said = _render(data)
    warnings = [ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "format"), *said]
    if (pixels == _WHITE).all():
        warnings.append(ImageWarning(WarningCode.BLANK))
    return Decoded(pixels, "SVG", width, height, warnings=tuple(warnings))


def show(data: bytes, longest: int | None, _: Share) -> NDArray[np.uint8]:
    """A drawing for a person, as Reader.show. Raises ReadError."""
    return shown(Image.fromarray(_render(data)[0]), longest)


def _render(data: bytes) -> tuple[NDArray[np.uint8], tuple[int, int], list[ImageWarning]]:
    """RGB pixels, the declared (width, height) in whole pixels, and what is otherwise than the drawing says."""
    import resvg_py  # noqa: PLC0415 - only in the guarded child

    try:
        text = text_of(data)
    except TooLongError as error:
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "unpacked", (MAX_BYTES / 1e6,))) from error
    except (ValueError, LookupError) as error:
        raise damaged("drawing", brief(error)) from error
    tree = Tree(text)
    declared = _fit_canvas(tree.root)
    tree.root.set("xmlns", _SVG)
    fonts = _fonts_for(tree.letters)
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=tostring(tree.root, encoding="unicode"),
            background="white",
            dpi=_DPI,
            skip_system_fonts=True,
            font_files=fonts,
            font_family=SANS,
            serif_family=SANS,
            sans_serif_family=SANS,
            cursive_family=SANS,
            fantasy_family=SANS,
            monospace_family=SANS,
        )
    except ValueError as error:
        raise damaged("drawing", brief(error)) from error
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB")), declared, list(tree.warnings())


def _fonts_for(letters: set[str]) -> list[str]:
    """The files of fonts that hold them. Raises ReadError where one isn't there: resvg would draw no text at all."""
    if not letters:
        return []
    fonts = [_FONT, _FAR_EASTERN_FONT] if max(letters) >= _FAR_EAST else [_FONT]
    for font in fonts:
        if not font.is_file():
            values = ("SVG", f"{font.name} is missing")
            raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "broken-library", values))
    return list(map(str, fonts))


def _fit_canvas(root: Element) -> tuple[int, int]:
    """Give the root a bounded size in pixels, and a viewBox so that its content keeps filling it."""
    box = _view_box(root.get("viewBox", ""))
    width, height = _length(root.get("width")), _length(root.get("height"))
    if box:
        ratio = min(max(box[2] / box[3], 1e-9), 1e9)  # never 0 nor infinite, as quotients of wild numbers are
        if width is None:
            width = box[2] if height is None else height * ratio
        if height is None:
            height = width / ratio
    else:
        width, height = width or _DEFAULT_SIZE[0], height or _DEFAULT_SIZE[1]
        root.set("viewBox", f"0 0 {width!r} {height!r}")
    width, height = min(width, _MAX_DECLARED), min(height, _MAX_DECLARED)  # numbers here may be infinite
    scale = min(1.0, MAX_SIDE / max(width, height))
    root.set("width", str(max(1, round(width * scale))))
    root.set("height", str(max(1, round(height * scale))))
    return max(1, round(width)), max(1, round(height))


def _length(text: str | None) -> float | None:
    """A length in pixels; None for none, for a percentage and for nonsense."""
    match = _LENGTH.match(text or "")
    if match is None:
        return None
    number, exponent, unit = match.groups(default="")
    value = float(number + exponent) * _UNITS[unit.lower() or "px"]
    return value if 0 < value < math.inf else None


def _view_box(text: str) -> list[float] | None:
    try:
        box = [float(number) for number in text.replace(",", " ").split()]
    except ValueError:
        return None
    if len(box) != 4 or not all(map(math.isfinite, box)) or min(box[2:]) <= 0:  # noqa: PLR2004
        return None
    return box


SVG = Reader(
    formats=("SVG",),
    endings=(".svg", ".svgz"),
    recognises=begins_a_drawing,
    read=read,
    show=show,
    version=2,
    max_bytes=MAX_BYTES,
    guarded=True,
    seconds=_SECONDS,
    packages={"resvg_py": "resvg-py"},
)
