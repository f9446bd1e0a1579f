"""Drawings: what is shown, at which size, and that no drawing reaches outside or brings the application down."""

from __future__ import annotations

import base64
import gzip
import io
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imgenc_gui.core.formats import svg
from imgenc_gui.core.formats.budget import UNBOUNDED
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.formats.reading import read_picture, read_preview
from imgenc_gui.core.formats.svg import MAX_SIDE, SVG
from imgenc_gui.core.formats.svg_source import begins_a_drawing
from imgenc_gui.core.records.results import FailureCode, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.scratch import Scratch

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
RED, WHITE = (255, 0, 0), (255, 255, 255)


def drawing(content: str, size: str = 'width="100" height="50"') -> bytes:
    return f"<svg {NAMESPACES} {size}>{content}</svg>".encode()


def picture(colour: str = "red", size: tuple[int, int] = (10, 10), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


PATIENT = replace(SVG, seconds=60)  # for a machine that has much else to do


def render_svg(data: bytes, reader: Reader = PATIENT) -> tuple[np.ndarray, tuple[int, int]]:
    """The pixels, and the declared size."""
    decoded = GUARD.read(reader, data, Scratch(), lambda: False)
    return decoded.pixels, (decoded.width, decoded.height)


def refusal(data: bytes, reader: Reader = PATIENT) -> tuple[str, bool]:
    """The sentence for a drawing that can't be read, and whether it is too large."""
    with pytest.raises(ReadError) as caught:
        render_svg(data, reader)
    return sentence(caught.value.failure), caught.value.failure.code is FailureCode.TOO_LARGE


def colours(data: bytes) -> set[tuple[int, ...]]:
    pixels, _ = render_svg(data)
    return {tuple(map(int, colour)) for colour in np.unique(pixels.reshape(-1, 3), axis=0)}


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_shapes_on_white() -> None:
    pixels, size = render_svg(drawing('<rect width="50" height="50" fill="red"/>'))
    assert pixels.shape == (50, 100, 3)
    assert pixels.dtype == np.uint8
    assert size == (100, 50)
    assert (pixels[:, :50] == RED).all()
    assert (pixels[:, 50:] == WHITE).all()


@pytest.mark.parametrize(
    ("attributes", "size", "pixels"),
    [
        ('width="100" height="50"', (100, 50), (100, 50)),
        ('width="100.4px" height="49.6px"', (100, 50), (100, 50)),
        ('width="1in" height="25.4mm"', (96, 96), (96, 96)),
        ('width="3pt" height="3pc"', (4, 48), (4, 48)),
        ('viewBox="0 0 30 40"', (30, 40), (30, 40)),
        ('viewBox="-5,-5,30,40" width="60"', (60, 80), (60, 80)),
        ('viewBox="0 0 30 40" height="20"', (15, 20), (15, 20)),
        ('viewBox="0 0 30 40" width="100%" height="100%"', (30, 40), (30, 40)),
        ("", (300, 150), (300, 150)),
        ('width="nonsense" height="-5" viewBox="a b c d"', (300, 150), (300, 150)),
        ('width="0" height="0" viewBox="0 0 0 0"', (300, 150), (300, 150)),
        ('width="4096" height="1024"', (4096, 1024), (2048, 512)),
        ('width="100000" height="1"', (100_000, 1), (2048, 1)),
        ('width="0.001" height="0.001"', (1, 1), (1, 1)),
        ('width="5" viewBox="0 0 1e-300 1e300"', (5, 2**31 - 1), (1, 2048)),
        ('height="5" viewBox="0 0 1e300 1e-300"', (2**31 - 1, 5), (2048, 1)),
    ],
)
def test_sizes(attributes: str, size: tuple[int, int], pixels: tuple[int, int]) -> None:
    shown, declared = render_svg(drawing('<rect width="1" height="1"/>', attributes))
    assert declared == size
    assert (shown.shape[1], shown.shape[0]) == pixels
    assert max(shown.shape) <= MAX_SIDE


def test_a_scaled_down_drawing_is_whole() -> None:
    pixels, _ = render_svg(
        drawing('<rect x="5000" width="5000" height="5000" fill="red"/>', 'width="10000" height="5000"')
    )
    assert (pixels[:, :1020] == WHITE).all()
    assert (pixels[:, 1028:] == RED).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_embedded_pictures_are_shown(kind: str, attribute: str) -> None:
    data = base64.b64encode(picture("#f00", kind=kind)).decode()
    link = f'{attribute}="data:image/{kind.lower()};base64,{data}"'
    content = f'<image width="100" height="50" preserveAspectRatio="none" {link}/>'
    pixels, _ = render_svg(drawing(content))
    assert np.abs(pixels.astype(int) - RED).max() <= 2  # JPEG's red isn't quite red


def test_links_within_the_drawing_work() -> None:
    content = (
        "<style>.a{fill:url(#g)}</style>"
        '<defs><linearGradient id="g"><stop stop-color="red"/></linearGradient></defs>'
        '<defs><rect id="r" width="9" height="9"/></defs><use href="#r" class="a"/>'
        '<use xlink:href="#r" y="20" fill="url( #g )"/><use href="#r" y="40" style="fill:url(\'#g\')"/>'
    )
    pixels, _ = render_svg(drawing(content))
    assert [tuple(map(int, pixels[y, 4])) for y in (4, 24, 44)] == [RED] * 3


@pytest.mark.parametrize(
    "start",
    [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand -->{DOCTYPE}\n',
        "\ufeff \n",
        '<?xml version="1.0"?><?xml-stylesheet href="style.css" type="text/css"?>',
        "<!DOCTYPE svg [<!ATTLIST svg x CDATA #IMPLIED>]>",
    ],
)
def test_old_and_hand_made_beginnings(start: str) -> None:
    data = start.encode() + drawing('<rect width="100" height="50" fill="red"/>')
    assert begins_a_drawing(data[:1000])
    data = data.replace("\ufeff \n".encode(), "\ufeff".encode())  # XML has no space before <?xml, nor Python's parser
    assert colours(data) == {RED}


def test_other_encodings() -> None:
    text = f'<svg {NAMESPACES} width="9" height="9"><title>é</title><rect width="9" height="9" fill="red"/></svg>'
    for encoding, start in (("utf-16", ""), ("latin-1", '<?xml version="1.0" encoding="latin-1"?>')):
        data = (start + text).encode(encoding)
        assert begins_a_drawing(data)
        assert colours(data) == {RED}


def test_prefixed_elements_are_drawn() -> None:
    rect = b'<s:rect width="9" height="9" fill="red"/>'
    data = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="9" height="9">' + rect + b"</s:svg>"
    assert begins_a_drawing(data)
    assert colours(data) == {RED}


@pytest.mark.parametrize(
    "head",
    [b"", b"<html><svg>", b"<svgx>", b"\x89PNG\r\n\x1a\n", b"plain <svg>", b"<?xml version='1.0'?><gpx>", b"\xff\xfe"],
)
def test_other_files_dont_look_like_drawings(head: bytes) -> None:
    assert not begins_a_drawing(head)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_can_be_looked_at(head: bytes) -> None:
    begins_a_drawing(head)
    begins_a_drawing(b"<!DOCTYPE [" + head)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg", "damaged"),
        (b"", "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><rect></svg>", "damaged"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "not a drawing"),
        (b"<?xml version='1.0' encoding='klingon'?><svg/>", "damaged"),
    ],
)
def test_damage_is_said(data: bytes, words: str) -> None:
    said, too_large = refusal(data)
    assert words in said
    assert not too_large


# --- as true as elsewhere ---------------------------------------------------------------------------------------------


def said(data: bytes) -> list[tuple[str, str]]:
    """The codes and details of what there is to know of a drawing, but that imagededup has no drawings."""
    decoded = GUARD.read(PATIENT, data, Scratch(), lambda: False)
    return [(warning.code, warning.detail) for warning in decoded.warnings[1:]]


PLAIN = '<rect x="5" y="5" width="60" height="30" fill="#c00"/><circle cx="80" cy="20" r="15" fill="#06c"/>'


def same(data: bytes, content: str = PLAIN) -> bool:
    """Whether it looks like the plain drawing, or another."""
    return np.array_equal(render_svg(data)[0], render_svg(drawing(content))[0])


@pytest.mark.parametrize(("length", "pixels"), [("5mm", 18.9), ("1cm", 37.8), ("0.5in", 48), ("9pt", 12), ("2pc", 32)])
def test_all_units_count_within_a_drawing(length: str, pixels: float) -> None:
    line = '<path d="M0 25H90" stroke="red" stroke-width="{}"/>'
    assert same(
        drawing(f'<rect x="{length}" width="{length}" height="9"/>' + line.format(length)),
        f'<rect x="{pixels}" width="{pixels}" height="9"/>' + line.format(pixels),
    )


LETTERS = '<text x="5" y="40" font-size="40" {}>{}</text>'


@pytest.mark.parametrize("text", ["Hallo", "Ωμέγα", "Жук", "漢字", "かな", "カナ", "\U00013000", "\ue000"])
@pytest.mark.parametrize("family", ["", 'font-family="serif"', 'style="font-family: Helvetica Neue"'])
def test_text_leaves_ink_in_letters_of_our_own(text: str, family: str) -> None:
    ours = drawing(LETTERS.format('font-family="DejaVu Sans"', text))
    pixels, _ = render_svg(ours)
    assert (pixels < 128).any(axis=2).sum() > 50
    assert same(drawing(LETTERS.format(family, text)), LETTERS.format('font-family="DejaVu Sans"', text))


def test_a_font_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """resvg alone would leave the text out without a word."""
    monkeypatch.setattr(svg, "_FONT", tmp_path / "DejaVuSans.ttf")
    with pytest.raises(ReadError) as caught:
        SVG.read(drawing(LETTERS.format("", "a")), Scratch(), UNBOUNDED.share())
    assert "DejaVuSans.ttf is missing" in sentence(caught.value.failure)
    SVG.read(drawing(PLAIN), Scratch(), UNBOUNDED.share())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (LETTERS.format('font-family="Arial, sans-serif"', "a"), "Arial"),
        (LETTERS.format("style=\"fill:red;font:bold 12px/1.5 'Open Sans', serif\"", "a"), "Open Sans"),
        ('<g font-family="serif">' + LETTERS.format("", "a") + "</g>", "serif"),
        ("<style>text{font-family:Comic Sans MS}</style>" + LETTERS.format("", "a"), "Comic Sans MS"),
        (LETTERS.format('font-family="sans-serif"', "a"), ""),
        (LETTERS.format("", "a"), ""),
        (LETTERS.format('font-family="serif"', " "), ""),
        ('<g font-family="serif"><rect width="9" height="9"/></g>', ""),
    ],
)
def test_other_letters_are_told(content: str, told: str) -> None:
    warnings = GUARD.read(PATIENT, drawing(content), Scratch(), lambda: False).warnings
    assert [w.values for w in warnings if w.code is WarningCode.OTHER_FONT] == [("DejaVu Sans", told)] * bool(told)


@pytest.mark.parametrize(
    "before",
    [
        '@import url("https://fonts.example/css2?family=Roboto:wght@400;700");',
        "@import 'a;b.css';@import url(a;b.css) screen;",
        "/* @import ';' */ @charset \"utf-8\";",
        '@IMPORT "a\\";b";',
        "x{content:'}@import /*'}",
    ],
)
def test_the_rules_after_an_import_hold(before: str) -> None:
    styled = PLAIN.replace('fill="#c00"', 'class="a"').replace('fill="#06c"', 'class="b"')
    assert same(drawing(f"<style>{before} .a{{fill:#c00}} .b{{fill:#06c}}</style>{styled}"))


def test_what_is_meant_for_want_of_another_file_is_drawn() -> None:
    assert same(drawing(PLAIN.replace("#c00", "url(other.svg#a) #c00")))
    assert same(drawing(PLAIN.replace('fill="#c00"', "style=\"fill:url('other.svg#a') #c00;stroke:none\"")))


ILLUSTRATOR = """<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
    <!ENTITY ns_svg "http://www.w3.org/2000/svg"> <!ENTITY st0 "fill:#c00;">
    <!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">]>"""


def test_illustrators_entities_are_opened() -> None:
    content = PLAIN.replace('fill="#c00"', 'style="&st0;"')
    root = '<svg xmlns="&ns_svg;" xmlns:x="&ns_extend;" x:a="b" width="100" height="50">'
    assert same(f"{ILLUSTRATOR}{root}{content}</svg>".encode())


@pytest.mark.parametrize(
    "start",
    [
        f"<!-- {'x' * 60_000} -->",
        "<!DOCTYPE svg [ <!-- see [1]> --> <!ELEMENT foo ANY> ]>",
        "<!DOCTYPE svg [ <!-- it's --> <!ENTITY a ']>'> <?x ]> ?> ]>",
        "\r\n <?xml version='1.0' encoding='utf-8'?>",
    ],
)
def test_whatever_may_come_before_a_drawing(tmp_path: Path, start: str) -> None:
    (tmp_path / "a.svg").write_bytes(start.encode() + drawing(PLAIN))
    assert np.array_equal(read_picture(str(tmp_path / "a.svg")).pixels, render_svg(drawing(PLAIN))[0])


@pytest.mark.parametrize(
    ("encoding", "letters"),
    [
        ("GBK", "图像"),
        ("gb2312", "图像"),
        ("Shift_JIS", "表ソ"),  # the second byte of both is a backslash
        ("EUC-JP", "表"),
        ("Big5", "圖"),
        ("windows-1251", "Жук"),
        ("windows-1252", "é“”"),
        ("utf-16", "é"),
        ("utf-16-le", "é"),
        ("utf-16-be", "é"),
    ],
)
def test_drawings_in_many_encodings(tmp_path: Path, encoding: str, letters: str) -> None:
    content = LETTERS.format("", letters)
    data = f'<?xml version="1.0" encoding="{encoding}"?><!--{letters}-->{drawing(content).decode()}'.encode(encoding)
    (tmp_path / "a.svg").write_bytes(data)
    assert np.array_equal(read_picture(str(tmp_path / "a.svg")).pixels, render_svg(drawing(content))[0])


def test_an_encoding_that_the_declaration_contradicts() -> None:
    assert same(b'<?xml version="1.0" encoding="utf-16"?>' + drawing(PLAIN))


@pytest.mark.parametrize("name", ["zip", "punycode", "unicode_escape", "idna"])
def test_what_is_no_encoding_of_drawings(name: str) -> None:
    assert "damaged" in refusal(f'<?xml version="1.0" encoding="{name}"?>'.encode() + drawing(PLAIN))[0]


def test_packed_drawings(tmp_path: Path) -> None:
    packed = gzip.compress(drawing(PLAIN))
    (tmp_path / "a.svgz").write_bytes(packed)
    picture = read_picture(str(tmp_path / "a.svgz"))
    assert np.array_equal(picture.pixels, render_svg(drawing(PLAIN))[0])
    assert "damaged" in refusal(packed[:-20])[0]
    bomb = gzip.compress(drawing(PLAIN) + b" " * (33 << 20))
    assert refusal(bomb) == ("The drawing is too large: more than 34 MB when it is unpacked.", True)


@pytest.mark.parametrize(
    "between",
    ["charset=utf-8;base64,", "base64,\n ", "base64,\t"],
)
def test_embedded_pictures_however_they_are_written(between: str) -> None:
    data = base64.b64encode(picture("#f00")).decode().rstrip("=")
    content = '<image width="100" height="50" preserveAspectRatio="none" href="{}"/>'
    assert colours(drawing(content.format(f"data:image/png;{between}{data}"))) == {RED}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('<image width="9" height="9" href="base.png"/>', ("left-out", "links")),
        ('<use href="other.svg#a"/>', ("left-out", "links")),
        ("<style>@import 'a.css';</style>", ("left-out", "links")),
        ('<rect fill="url(other.svg#a)" width="9" height="9"/>', ("left-out", "links")),
        ('<image width="9" height="9" href="data:image/svg+xml,%3Csvg/%3E"/>', ("left-out", "embedded-picture")),
        ("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>", ("left-out", "web-page")),
        ("<flowRoot><flowPara>x</flowPara></flowRoot>", ("left-out", "flowing-text")),
        ("<script>draw()</script>", ("left-out", "program")),
        ('<rect width="9" height="9"><animate attributeName="x" to="9"/></rect>', ("left-out", "movement")),
        ('<filter id="f"><feTurbulence numOctaves="99"/></filter>', ("left-out", "filter")),
    ],
)
def test_what_is_left_out_is_told(content: str, told: tuple[str, str]) -> None:
    assert said(drawing(PLAIN + content)) == [told]


def test_a_style_sheet_of_its_own_file_is_told() -> None:
    assert said(b'<?xml-stylesheet type="text/css" href="style.css"?>' + drawing(PLAIN)) == [("left-out", "links")]


def test_what_is_no_part_of_a_drawing_isnt_told() -> None:
    content = (
        '<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:set/></r:RDF></metadata>'
        '<switch><foreignObject requiredExtensions="http://ns.adobe.com/AdobeIllustrator/10.0/"/><g/></switch>'
        f'<a href="https://example.org">{PLAIN}</a>'
    )
    assert said(drawing(content)) == []
    assert same(drawing(content))


@pytest.mark.parametrize("content", ["", '<rect width="9" height="9" fill="white"/>', '<g display="none"><path/></g>'])
def test_a_drawing_that_draws_nothing_says_so(content: str) -> None:
    assert said(drawing(content)) == [("blank", "")]
    assert said(drawing(content + PLAIN)) == []


MANY = " " * 600_000


@pytest.mark.parametrize(
    "content",
    [
        f'<rect style="fill:url({MANY}a" width="9" height="9"/>',
        f"<style>.a{{fill:url({MANY}x</style>",
        f"<style>@import{MANY}</style>",
        f'<rect width="9" height="9" fill="{"url(" * 100_000}"/>',
        f"<style>{'/*' * 300_000}</style>",
        f"<style>{'@import(' * 50_000}</style>",
        f'<svg width="{MANY}5" height="{"1" * 300_000}x"/>',
        f'<image href="data:{";" * 300_000}"/>',
        f'<text style="{"font:" * 100_000}{MANY}">a</text>',
    ],
)
def test_cleaning_looks_at_each_letter_once(content: str) -> None:
    """In the time that any drawing has; what began anew at each letter would take hours."""
    assert GUARD.read(SVG, drawing(PLAIN + content), Scratch(), lambda: False).pixels.shape == (50, 100, 3)


@pytest.mark.parametrize("part", ["<!--", "<?", "<!DOCTYPE[", "<!DOCTYPE '", "<!DOCTYPE [<!-- -->", " ", "<"])
def test_recognising_looks_at_each_letter_once(part: str) -> None:
    assert not begins_a_drawing((part * 300_000).encode())


def test_the_size_of_a_root_is_looked_at_once() -> None:
    data = drawing(PLAIN, f'width="{"1" * 300_000}x" height="{MANY}50"')
    assert GUARD.read(SVG, data, Scratch(), lambda: False).height == 50


# --- nothing outside is followed -------------------------------------------------------------------------------------


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """A web server's address, and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/red.png", asked
        server.shutdown()
        thread.join(10)


CONTENTS = [
    '<image width="100" height="50" href="{}"/>',
    '<image width="100" height="50" xlink:href="{}"/>',
    '<image width="100" height="50" x:href="{}" xmlns:x="http://www.w3.org/1999/xlink"/>',
    '<filter id="f"><feImage href="{}"/></filter><rect width="100" height="50" fill="white" filter="url(#f)"/>',
    '<filter id="f"><feImage xlink:href="{}"/></filter><rect width="100" height="50" fill="white" filter="url(#f)"/>',
    '<use href="{}#r"/>',
    '<rect width="100" height="50" fill="url({}#g) white"/>',
    '<rect width="100" height="50" style="fill:url(&quot;{}#g&quot;)" color="white"/>',
    '<style>@import url({}); @import "{}"; rect {{fill: url({}) white}}</style><rect width="100" height="50"/>',
    '<g xml:base="{}"><image width="100" height="50" href="red.png"/></g>',
    '<foreignObject width="100" height="50"><img xmlns="http://www.w3.org/1999/xhtml" src="{}"/></foreignObject>',
]


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("kind", ["absolute", "relative", "beside", "url", "http", "embedded drawing"])
def test_no_other_file_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requests: tuple[str, list[str]], content: str, kind: str
) -> None:
    """The other picture is red; a drawing with a link to it stays white, and no server hears of it."""
    (tmp_path / "red.png").write_bytes(picture())
    monkeypatch.chdir(tmp_path)
    address, asked = requests
    inner = drawing(
        f'<image width="100" height="50" href="{tmp_path / "red.png"}"/><rect width="9" height="9" fill="red"/>'
    )
    link = {
        "absolute": str(tmp_path / "red.png"),
        "relative": f"../{tmp_path.name}/red.png",
        "beside": "red.png",
        "url": (tmp_path / "red.png").as_uri(),
        "http": address,
        "embedded drawing": "data:image/svg+xml;base64," + base64.b64encode(inner).decode(),
    }[kind]
    assert RED not in colours(drawing(content.replace("{{", "{").replace("}}", "}").replace("{}", link)))
    assert asked == []


def test_resvg_itself_would_show_the_other_file(tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    (tmp_path / "red.png").write_bytes(picture())
    content = CONTENTS[0].format(tmp_path / "red.png")
    png = resvg_py.svg_to_bytes(svg_string=drawing(content).decode(), background="white")
    with Image.open(io.BytesIO(png)) as image:
        assert image.convert("RGB").getpixel((50, 25)) == RED


def test_a_picture_that_claims_to_be_another_is_dropped() -> None:
    data = base64.b64encode(drawing('<rect width="100" height="50" fill="red"/>')).decode()
    assert colours(drawing(f'<image width="100" height="50" href="data:image/png;base64,{data}"/>')) == {WHITE}


def test_embedded_pictures_have_a_bound() -> None:
    data = base64.b64encode(picture("red", (6000, 5000))).decode()
    assert colours(drawing(f'<image width="100" height="50" href="data:image/png;base64,{data}"/>')) == {WHITE}


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">',
        '<!ENTITY a "ha"><!ENTITY b "&#38;a;&#38;a;">',
        f'<!ENTITY b "{"x" * 60_000}">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;',
    ],
)
def test_entities_are_refused(entities: str) -> None:
    data = f"<!DOCTYPE svg [{entities}]>".encode() + drawing(
        "<text>" + "&b;" * 200 * ("ENTITY b" in entities) + "</text>"
    )
    assert "entities" in refusal(data)[0]


# --- nothing grows without bound -------------------------------------------------------------------------------------


def measured(data: bytes, tmp_path: Path) -> tuple[str, int]:
    """Render in a process of its own. What became of it, and the most memory in MB that it and its child had."""
    (tmp_path / "x.svg").write_bytes(data)
    program = textwrap.dedent("""
        import resource, sys
        from imgenc_gui.core.formats.guard import GUARD
        from imgenc_gui.core.formats.reading import read_picture
        from imgenc_gui.core.records.results import FailureCode, ReadError, WarningCode
        def used():
            return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        before = used()
        try:
            told = f"rendered {read_picture(sys.argv[1]).pixels.shape}"
        except ReadError as error:
            told = "refused, too large" if error.failure.code is FailureCode.TOO_LARGE else f"refused: {error.failure}"
        GUARD.close()  # a child is counted when it has ended
        print(told, (used() - before) // 1024, sep="|")
    """)
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x.svg")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told, used = run.stdout.strip().split("|")
    return told, int(used)


@pytest.mark.parametrize(
    "size",
    [
        'width="100000" height="100000"',
        'viewBox="0 0 100000 100000"',
        'width="1e300" height="1e300"',
        'width="1e9in" height="1e9in"',
    ],
)
def test_a_huge_canvas_takes_little_memory(tmp_path: Path, size: str) -> None:
    told, used = measured(drawing('<rect width="5e4" height="1e5" fill="red"/>', size), tmp_path)
    assert told == f"rendered {(MAX_SIDE, MAX_SIDE, 3)}"
    assert used < 200


def nested_uses(levels: int, times: int) -> str:
    groups = "".join(f'<g id="u{i}">' + f'<use href="#u{i - 1}"/>' * times + "</g>" for i in range(1, levels + 1))
    return f'<defs><rect id="u0" width="1" height="1"/>{groups}</defs><use href="#u{levels}"/>'


BIG = 'width="2048" height="2048"'
FILTERED = f'<rect {BIG} filter="url(#f)"/>'
MASKS = "".join(f".m{i}{{mask:url(#k{i})}}" for i in range(30))
MASKED = "".join(f'<mask id="k{i}">' + f'<rect class="m{i + 1}" {BIG}/>' * 2 + "</mask>" for i in range(29))
MASKS_BY_STYLE = "masks within masks, by style"
COSTLY = {
    "uses within uses": nested_uses(12, 10),
    "long chain of uses": nested_uses(200, 1),
    "deep": "<g>" * 100_000 + "</g>" * 100_000,
    "pattern of a million pixels": f'<pattern id="p" patternUnits="userSpaceOnUse" width="1e6" height="1e6">'
    f'<circle r="5e5"/></pattern><rect {BIG} fill="url(#p)"/>',
    "thousand filters": f'<filter id="f">{"<feFlood/>" * 1000}</filter>{FILTERED}',
    MASKS_BY_STYLE: f'<style>{MASKS}</style>{MASKED}<rect class="m0" {BIG}/>',
}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(content, id=name, marks=[pytest.mark.slow] if name in ("thousand filters", MASKS_BY_STYLE) else [])
        for name, content in COSTLY.items()
    ],
)
def test_costly_drawings_are_refused(tmp_path: Path, content: str) -> None:
    told, used = measured(drawing(content, BIG), tmp_path)
    assert told == "refused, too large"
    assert used < 1200  # the other process's limit is 1024


@pytest.mark.parametrize("content", ["<a/>" * 2_000_000, "<g>" * 1_000_000 + "</g>" * 1_000_000], ids=["many", "deep"])
def test_a_flood_of_elements_is_refused_before_it_fills_the_memory(tmp_path: Path, content: str) -> None:
    told, used = measured(drawing(content), tmp_path)
    assert told == "refused, too large"
    assert used < 150


ODD = {
    "wild numbers": '<path d="M NaN 1e38 L 1e38 -1e38 L inf 5" stroke="red" stroke-width="1e38"/><circle r="3e38"/>'
    '<rect width="1e38" height="1e38" rx="1e38"/><line x2="1e39" y2="1e308" stroke="red"/>',
    "tiny dashes": '<path d="M0 0L1e30 1e30" stroke="red" stroke-dasharray="1e-6"/>',
    "wild transforms": '<g transform="matrix(1e38 0 0 1e38 1e38 1e38)"><rect width="5" height="5"/></g>'
    '<g transform="rotate(NaN) skewX(90) scale(1e-38)"><rect width="1e38" height="1e38" stroke="red"/></g>',
    "huge blur": f'<filter id="f"><feGaussianBlur stdDeviation="1e9 NaN"/></filter>{FILTERED}',
    "huge filter region": f'<filter id="f" x="-1e6" y="-1e6" width="1e9" height="1e9"><feOffset dx="1e9"/>'
    f"<feTile/></filter>{FILTERED}",
    "octaves": f'<filter id="f"><feTurbulence baseFrequency="1e38" numOctaves="100000"/></filter>{FILTERED}',
    "filter that shows itself": '<filter id="f"><feImage href="#g"/></filter>'
    '<g id="g"><rect width="9" height="9" filter="url(#f)"/></g>',
    "mask in itself": '<mask id="m"><rect width="9" height="9" mask="url(#m)"/></mask>'
    '<rect width="9" height="9" mask="url(#m)"/>',
    "patterns in one another": "<style>.m{fill:url(#p)}.n{fill:url(#q)}</style>"
    '<pattern id="p" width="9" height="9"><rect class="n" width="9" height="9"/></pattern>'
    '<pattern id="q" width="9" height="9"><rect class="m" width="9" height="9"/></pattern>'
    '<rect class="m" width="9" height="9"/>',
    "views within views": '<svg viewBox="0 0 1e-30 1e-30" width="1e9" height="1e9"><rect width="9" height="9"/></svg>',
    "endless letters": '<text y="9" font-size="1e30" letter-spacing="1e30">Hello</text>',
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD.keys())
def test_odd_drawings_do_no_harm(content: str) -> None:
    pixels, _ = render_svg(drawing(content))
    assert pixels.shape == (50, 100, 3)


CIRCLE = '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'


def test_uses_in_a_circle_do_no_harm() -> None:
    assert "damaged" in refusal(drawing(CIRCLE))[0]


def test_a_drawing_that_takes_too_long_is_given_up() -> None:
    slow = f'<rect {BIG} fill-opacity=".1"/>' * 20_000
    said, too_large = refusal(drawing(slow, BIG), replace(SVG, seconds=0.5))
    assert "too long" in said
    assert too_large


def test_errors_reach_the_user_as_read_errors(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(drawing(nested_uses(12, 10)))
    (tmp_path / "b.svg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'><rect>")
    codes = []
    for name in ("a.svg", "b.svg"):
        with pytest.raises(ReadError) as caught:
            read_preview(str(tmp_path / name))
        codes.append(caught.value.failure.code)
    assert codes == [FailureCode.TOO_LARGE, FailureCode.DAMAGED]
