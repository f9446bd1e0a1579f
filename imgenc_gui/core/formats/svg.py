"""SVG drawings: cleaned of everything that reaches outside or grows without bound, then rendered by resvg on white.

resvg alone follows links to other files and aborts the whole process on a huge canvas; so the tree is parsed first
(defusedxml: no entities), links other than to the drawing's own parts and to small embedded pictures are dropped, and
the canvas, the depth and the number of elements, counted as <use> multiplies them, are bounded. What is left can still
be made to abort (a pattern of a million pixels, a thousand filters, masks within masks), so drawings are read in a
guarded child.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
import re
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, register_namespace, tostring

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from imgenc_gui.core.formats.budget import Share
from imgenc_gui.core.formats.reader import Decoded, Reader
from imgenc_gui.core.formats.showing import shown
from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode
from imgenc_gui.core.scratch import Scratch

MAX_SIDE = 2048  # pixels of the rendered picture's longest side
_MAX_BYTES = 32 << 20
# Real drawings take milliseconds. Those that take longer than this are built to take for ever, and a few of them would
# keep all workers from a folder's other pictures.
_SECONDS = 5.0
_MAX_ELEMENTS = 200_000  # after <use> and the like are expanded
_MAX_DEPTH = 64  # nested groups may each need a layer of the canvas's size
_MAX_EMBEDDED_PIXELS = 25_000_000
_MAX_DECLARED = 2**31 - 1
_DEFAULT_SIZE = (300.0, 150.0)  # what browsers give a drawing without any size

_SVG = "http://www.w3.org/2000/svg"
# Atomic, or a file of many half-open comments would take for ever to refuse.
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[[^\]]*+\]\s*+)?>)*+<(?:\w+:)?svg[\s>/]",
    re.DOTALL,
)
_LENGTH = re.compile(r"\s*\+?(\d*\.?\d+(?:[eE][+-]?\d+)?)\s*(px|pt|pc|mm|cm|in|em|ex)?\s*\Z")
_UNITS = {None: 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 960 / 25.4, "in": 96, "em": 16, "ex": 8}
_OUTSIDE_URL = re.compile(r"url\(\s*+(?![\"']?\s*+#)[^)]*+\)?", re.IGNORECASE)
_IMPORT = re.compile(r"@import[^;]*;?", re.IGNORECASE)
_OWN_URL = re.compile(r"url\(\s*[\"']?\s*#([^\"')\s]+)", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/(?:png|jpe?g|gif|webp)(;base64)?,", re.IGNORECASE)
# Filter settings whose cost has no bound of its own: the greatest value that drawings have a use for.
_FILTER_LIMITS = {"numOctaves": 8, "radius": 64, "order": 9}

register_namespace("", _SVG)
register_namespace("xlink", "http://www.w3.org/1999/xlink")


def looks_like_svg(head: bytes) -> bool:
    """Whether a file that begins with these bytes holds an SVG drawing."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    return _HEAD.match(head) is not None


def read(data: bytes, _: Scratch, __: Share) -> Decoded:
    """A drawing at its own size, its longest side at most MAX_SIDE, on white. Raises ReadError."""
    image, (width, height) = _render(data)
    warnings = (ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "format"),)
    return Decoded(np.asarray(image), "SVG", width, height, warnings=warnings)


def show(data: bytes, longest: int | None, _: Share) -> NDArray[np.uint8]:
    """A drawing for a person, as Reader.show. Raises ReadError."""
    image = _render(data)[0]
    return shown(image, longest)


def _render(data: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """An RGB image, and the declared (width, height) in whole pixels."""
    import resvg_py  # noqa: PLC0415 - only in the guarded child

    parser = DefusedXMLParser(target=_BoundedBuilder(), forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root = parser.close()
    except DefusedXmlException as error:
        raise _damaged("entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _damaged("drawing", brief(error)) from error
    if _local(root.tag) != "svg":
        raise _damaged("not-a-drawing")
    _bound(root)
    _clean(root)
    declared = _fit_canvas(root)
    try:
        png = resvg_py.svg_to_bytes(svg_string=tostring(root, encoding="unicode"), background="white")
    except ValueError as error:
        raise _damaged("drawing", brief(error)) from error
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return image.convert("RGB"), declared


def _damaged(detail: str, *values: str) -> ReadError:
    return ReadError(ImageFailure(FailureCode.DAMAGED, detail, values))


def _too_large(detail: str, *values: float) -> ReadError:
    return ReadError(ImageFailure(FailureCode.TOO_LARGE, detail, values))


class _BoundedBuilder(TreeBuilder):
    """Builds the tree as long as it stays small: 32 MB of XML can hold millions of elements."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._count += 1
        if self._count > _MAX_ELEMENTS:
            raise _too_large("elements")
        return super().start(tag, attrs)


def _local(name: object) -> str:
    return name.rpartition("}")[2] if isinstance(name, str) else ""  # comments have a function for a tag


def _bound(root: Element) -> None:
    """Raise ReadError for a drawing that grows too deep or too large, links to its own parts followed."""
    parts = {element.get("id", ""): element for element in root.iter()}
    measured: dict[Element, tuple[int, int]] = {}
    open_: set[Element] = set()

    def measure(element: Element, depth: int) -> tuple[int, int]:
        """How many elements this one draws, and how many levels of them there are."""
        if depth > _MAX_DEPTH:
            raise _too_large("depth")
        if element in open_:  # a link to what encloses it: resvg draws nothing
            return 0, 0
        if element not in measured:
            open_.add(element)
            drawn = [*element, *(parts[name] for name in _links(element) if name in parts)]
            inner = [measure(each, depth + 1) for each in drawn]
            open_.discard(element)
            total, levels = 1 + sum(count for count, _ in inner), 1 + max((levels for _, levels in inner), default=0)
            measured[element] = total, levels
            if total > _MAX_ELEMENTS:
                raise _too_large("elements")
        if depth + measured[element][1] - 1 > _MAX_DEPTH:
            raise _too_large("depth")
        return measured[element]

    measure(root, 0)


def _links(element: Element) -> list[str]:
    links = [value[1:] for name, value in element.items() if _local(name) == "href" and value.startswith("#")]
    return links + [name for value in element.attrib.values() for name in _OWN_URL.findall(value)]


def _clean(root: Element) -> None:
    """Drop every link that leads outside the drawing, and bound the filters."""
    for element in root.iter():
        if _local(element.tag) == "style" and element.text:
            element.text = _OUTSIDE_URL.sub("none", _IMPORT.sub("", element.text))
        for name, value in list(element.items()):
            local = _local(name)
            if local in ("href", "src"):
                # An feImage of the drawing's own parts, rarely shown by browsers, can send resvg round for ever.
                inside = value.startswith("#") and _local(element.tag) != "feImage"
                if not inside and not _is_small_picture(value):
                    del element.attrib[name]
            elif local == "base":
                del element.attrib[name]
            elif "url(" in value.lower():
                element.set(name, _OUTSIDE_URL.sub("none", value))
            elif local in _FILTER_LIMITS and _local(element.tag).startswith("fe"):
                numbers = [float(number) for number in re.findall(r"\d*\.?\d+(?:[eE][+-]?\d+)?", value)]
                if any(number > _FILTER_LIMITS[local] for number in numbers):
                    element.set(name, str(_FILTER_LIMITS[local]))


def _is_small_picture(link: str) -> bool:
    match = _EMBEDDED.match(link)
    if match is None:
        return False
    try:
        data = unquote_to_bytes(link[match.end() :])
        if match.group(1):
            data = base64.b64decode(data)
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            return image.width * image.height <= _MAX_EMBEDDED_PIXELS
    except (binascii.Error, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return False


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
    value = float(match.group(1)) * _UNITS[match.group(2)]
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
    endings=(".svg",),
    recognises=looks_like_svg,
    read=read,
    show=show,
    max_bytes=_MAX_BYTES,
    guarded=True,
    seconds=_SECONDS,
    packages={"resvg_py": "resvg-py"},
)
