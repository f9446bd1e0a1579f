"""A drawing's tree: parsed within bounds, and cleaned of all that reaches outside, can't be drawn or knows no bound."""

from __future__ import annotations

import base64
import binascii
import io
import itertools
import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException, EntitiesForbidden
from defusedxml.ElementTree import DefusedXMLParser
from PIL import Image, UnidentifiedImageError

from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, ReadError, WarningCode

SANS = "DejaVu Sans"

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_MAX_ELEMENTS = 200_000  # after <use> and the like are expanded
_MAX_DEPTH = 64  # nested groups may each need a layer of the canvas's size
_MAX_EXPANDED = 8 << 20  # characters that entities stand for, all together
_MAX_EMBEDDED_PIXELS = 25_000_000
_MOST_NAMED, _LONGEST_NAME = 3, 80  # of fonts and links, in one sentence

_ENTITY = re.compile(r"&([^&;<>\s\"'#]{1,100}+);")
_STRING = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?"
# Every part fits whatever follows its first letters, so that none is tried twice.
_CSS = re.compile(
    rf"/\*.*?(?:\*/|\Z)|{_STRING}"
    rf"|(?P<rule>@import\b(?:[^;\"'(]++|{_STRING}|\((?:[^)\"']++|{_STRING})*+\)?)*+;?)"
    rf"|(?P<url>\burl\(\s*+(?P<link>{_STRING}|[^)\"']*+)[^)]*+\)?)",
    re.DOTALL | re.IGNORECASE,
)
_AFTER_URL = re.compile(r"\s*+(?:[;}!]|\Z)")
_IMPORTED = re.compile(r"^@import\s*+(?:url\(\s*+)?[\"']?|[\"')][^\"']*+$", re.IGNORECASE)
_SHEET = re.compile(r"\bhref\s{0,9}=\s{0,9}[\"']([^\"']{1,1000})")
_OWN_URL = re.compile(r"url\(\s*+[\"']?+\s*+#([^\"')\s]++)", re.IGNORECASE)
_FAMILY = re.compile(r"\bfont(?P<only>-family)?\s*+:(?P<value>[^;}]*+)", re.IGNORECASE)
_SIZE_OF_FONT = re.compile(r"(?:^|\s)[\d.]++(?:%|\w++)?(?:/\S++)?\s|\b(?:small|medium|large)\w*+\s", re.IGNORECASE)
_NUMBER = re.compile(r"\d++(?:\.\d*+)?|\.\d++")
_EMBEDDED = re.compile(r"data:[^,;]{0,100}+((?:;[^,;]{0,100}+)*+),")

# Filter settings whose cost has no bound of its own: the greatest value that drawings have a use for.
_FILTER_LIMITS = {"numOctaves": 8, "radius": 64, "order": 9}
_SAME_FONTS = {SANS.lower(), "bitstream vera sans", "sans-serif", "sans", "system-ui", "inherit", "initial", ""}


def _left_out(detail: str, *values: str) -> ImageWarning:
    return ImageWarning(WarningCode.LEFT_OUT, detail, values)


# What is in drawings and isn't drawn here.
_UNDRAWN = {
    "foreignObject": _left_out("web-page"),
    "flowRoot": _left_out("flowing-text"),
    "meshgradient": _left_out("mesh"),
    "meshGradient": _left_out("mesh"),
    "hatch": _left_out("hatching"),
    "script": _left_out("program"),
    **dict.fromkeys(("animate", "animateTransform", "animateMotion", "animateColor", "set"), _left_out("movement")),
    **dict.fromkeys(("video", "audio", "iframe", "canvas"), _left_out("film")),
}


class Tree:
    """A drawing that is safe to draw. ``root``: its names are bare, as in SVG without prefixes."""

    def __init__(self, text: str) -> None:
        """Raises ReadError."""
        self.root, sheets = _parse(text)
        self._links = dict.fromkeys(sheets)
        self._undrawn: dict[ImageWarning, None] = {}
        _bound(self.root)
        for element in self.root.iter():
            self._clean(element)
        self.letters, families = _written(self.root)
        self._fonts = [family for family in families if family.lower() not in _SAME_FONTS]

    def warnings(self) -> Iterator[ImageWarning]:
        """What is left out, and what is drawn otherwise than it says."""
        if self._links:
            yield _left_out("links", _listed(self._links))
        yield from self._undrawn
        if self._fonts:
            yield ImageWarning(WarningCode.OTHER_FONT, "", (SANS, _listed(self._fonts)))

    def _clean(self, element: Element) -> None:
        """Drop every link that leads outside, and bound the filters."""
        tag = element.tag
        if tag in _UNDRAWN and "requiredExtensions" not in element.attrib:
            self._undrawn[_UNDRAWN[tag]] = None
        if tag == "style" and element.text:
            element.text = self._without_links(element.text)
        for name, value in list(element.items()):
            if name in {"href", "src"}:
                self._clean_link(element, name, value.strip())
            elif "url(" in value.lower():
                element.set(name, self._without_links(value) or "none")
            elif name in _FILTER_LIMITS and tag.startswith("fe"):
                limit = _FILTER_LIMITS[name]
                if "e" in value.lower() or any(float(number) > limit for number in _NUMBER.findall(value)):
                    element.set(name, str(limit))
                    self._undrawn[_left_out("filter")] = None

    def _clean_link(self, element: Element, name: str, link: str) -> None:
        tag = element.tag
        if link.startswith("#") and tag != "feImage":
            return
        del element.attrib[name]
        if tag == "a" or not link:
            return
        if link.startswith("#"):  # a filter that shows parts of the drawing; it can send resvg round for ever
            self._undrawn[_left_out("filter")] = None
        elif link[:5].lower() == "data:":
            picture = _small_picture(link)
            if picture:
                element.set(name, picture)
            else:
                self._undrawn[_left_out("embedded-picture")] = None
        else:
            self._links[link] = None

    def _without_links(self, css: str) -> str:
        """Style without links to other files."""

        def cleaned(part: re.Match[str]) -> str:
            if part["rule"]:
                self._links[_IMPORTED.sub("", part["rule"])] = None
                return ""
            if not part["url"]:
                return part.group()
            link = part["link"].strip("\"' \t\r\n\f")
            if link.startswith("#"):
                return part.group()
            if link and link[:5].lower() != "data:":
                self._links[link] = None
            return "none" if _AFTER_URL.match(css, part.end()) else ""  # what follows is meant for this case

        return _CSS.sub(cleaned, css)


def damaged(detail: str, *values: str) -> ReadError:
    """The error for a drawing that isn't as it should be."""
    return ReadError(ImageFailure(FailureCode.DAMAGED, detail, values))


def _too_large(detail: str) -> ReadError:
    return ReadError(ImageFailure(FailureCode.TOO_LARGE, detail))


def _parse(text: str) -> tuple[Element, list[str]]:
    """The tree, and links to style sheets. Raises ReadError."""
    builder = _BoundedBuilder()
    parser = _Parser(text, builder)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise damaged("entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise damaged("drawing", brief(error)) from error
    return root, builder.sheets


class _Parser(DefusedXMLParser):  # type: ignore[misc]
    """Opens entities that stand for plain text in the file itself, as Illustrator's do, as long as it stays small."""

    def __init__(self, text: str, target: TreeBuilder) -> None:
        super().__init__(target=target, forbid_entities=True, forbid_external=True)
        self._text = text
        self._lengths: dict[str, int] = {}
        self.parser.EndDoctypeDeclHandler = self._end_of_dtd

    def defused_entity_decl(self, name: str, is_parameter_entity: bool, value: str | None, *others: Any) -> None:  # noqa: FBT001
        if is_parameter_entity or value is None or "&" in value:
            raise EntitiesForbidden(name, value, *others)
        self._lengths.setdefault(name, len(value))

    def _end_of_dtd(self) -> None:
        expanded = 0
        for name in _ENTITY.findall(self._text) if self._lengths else ():
            expanded += self._lengths.get(name, 0)
            if expanded > _MAX_EXPANDED:
                raise EntitiesForbidden(name, None, None, None, None, None)


class _BoundedBuilder(TreeBuilder):
    """Builds the tree of the root's namespace as long as it stays small: 32 MB of XML can hold millions of elements."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._prefix: str | None = None  # of the names of what is drawn
        self.sheets: list[str] = []
        self._outside = 0  # levels of foreign elements: what editors keep for themselves

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        if self._prefix is None:
            namespace, _, local = tag.rpartition("}")
            if local != "svg" or namespace not in {"", "{" + _SVG}:
                raise damaged("not-a-drawing")
            self._prefix = namespace + "}" if namespace else ""
        if self._outside or not tag.startswith(self._prefix) or (not self._prefix and "}" in tag):
            self._outside += 1
            return Element(tag)
        self._count += 1
        if self._count > _MAX_ELEMENTS:
            raise _too_large("elements")
        return super().start(tag[len(self._prefix) :], _bare(attrs))

    def end(self, tag: str, /) -> Element:
        if self._outside:
            self._outside -= 1
            return Element(tag)
        return super().end(tag[len(self._prefix or "") :])

    def pi(self, target: str, text: str | None = None, /) -> Element:
        link = _SHEET.search(text or "") if target == "xml-stylesheet" else None
        if link and not link[1].startswith("#"):
            self.sheets.append(link[1])
        return Element(target)

    def data(self, data: str, /) -> None:
        if not self._outside:
            super().data(data)


def _bare(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes that a drawing is drawn by."""
    bare = {}
    for name, value in attributes.items():
        if not name.startswith("{"):
            bare[name] = value
        elif name == _XLINK + "href":
            if "href" not in attributes:
                bare["href"] = value
        elif name in {_XML + "space", _XML + "lang"}:
            bare["xml:" + name.rpartition("}")[2]] = value
    return bare


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


def _links(element: Element) -> Iterator[str]:
    for name, value in element.items():
        if name == "href" and value.startswith("#"):
            yield value[1:]
        elif "url(" in value.lower():
            yield from _OWN_URL.findall(value)


def _written(root: Element) -> tuple[set[str], dict[str, None]]:
    """The letters of all text, and the first families of fonts that are asked for it, in their order."""
    letters: set[str] = set()
    families: dict[str, None] = {}

    def walk(element: Element, family: str, *, is_text: bool) -> None:
        family = element.get("font-family") or family
        for name in _families(element.get("style", "")):
            family = name
        is_text = is_text or element.tag == "text"
        texts = [element.text or "", *(child.tail or "" for child in element)] if is_text else []
        if any(text.strip() for text in texts):
            letters.update(*texts)
            families[_first(family)] = None
        for child in element:
            walk(child, family, is_text=is_text)

    walk(root, "", is_text=False)
    if letters:
        for style in root.iter("style"):
            families.update(dict.fromkeys(map(_first, _families(style.text or ""))))
    return letters, families


def _families(css: str) -> Iterator[str]:
    """What ``font-family`` and ``font`` say in it."""
    for found in _FAMILY.finditer(css):
        size = None if found["only"] else _SIZE_OF_FONT.search(found["value"] + " ")
        if found["only"] or size:
            yield found["value"][size.end() if size else 0 :]


def _listed(names: Collection[str]) -> str:
    some = [name[:_LONGEST_NAME] for name in itertools.islice(names, _MOST_NAMED)]
    return ", ".join(some) + (" …" if len(names) > _MOST_NAMED else "")


def _first(families: str) -> str:
    return families.replace("!important", "").split(",")[0].strip("\"' \t\r\n")


def _small_picture(link: str) -> str | None:
    """A link to an embedded picture as every reader knows it; None for a large one, or what isn't read here."""
    match = _EMBEDDED.match(link)
    if match is None:
        return None
    try:
        data = unquote_to_bytes(link[match.end() :])
        if match[1].lower().endswith(";base64"):
            data = base64.b64decode(data.rstrip(b"= \t\r\n") + b"==")
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            if image.width * image.height > _MAX_EMBEDDED_PIXELS:
                return None
            kind = (image.format or "").lower()
    except (binascii.Error, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
