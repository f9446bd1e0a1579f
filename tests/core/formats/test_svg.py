"""Drawings: what is shown, at which size, and that no drawing reaches outside or brings the application down."""

from __future__ import annotations

import base64
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

from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reader import Reader
from imgenc_gui.core.formats.reading import read_preview
from imgenc_gui.core.formats.svg import MAX_SIDE, SVG
from imgenc_gui.core.formats.svg_source import begins_a_drawing
from imgenc_gui.core.records.results import FailureCode, ReadError
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
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;',
    ],
)
def test_entities_are_refused(entities: str) -> None:
    data = f"<!DOCTYPE svg [{entities}]>".encode() + drawing("<text>&b;</text>".replace("&b;", "x"))
    assert "entities" in refusal(data)[0]


# --- nothing grows without bound -------------------------------------------------------------------------------------


def measured(data: bytes, tmp_path: Path) -> tuple[str, int]:
    """Render in a process of its own. What became of it, and the most memory in MB that it and its child had."""
    (tmp_path / "x.svg").write_bytes(data)
    program = textwrap.dedent("""
        import resource, sys
        from imgenc_gui.core.formats.guard import GUARD
        from imgenc_gui.core.formats.reading import read_picture
        from imgenc_gui.core.records.results import FailureCode, ReadError
        def used():
            return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        before = used()
        try:
            told = f"rendered {read_picture(sys.argv[1]).pixels.shape}"
        except ReadError as error:
            told = f"refused, too large: {error.failure.code is FailureCode.TOO_LARGE}"
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
    assert told == "refused, too large: True"
    assert used < 1200  # the other process's limit is 1024


@pytest.mark.parametrize("content", ["<a/>" * 2_000_000, "<g>" * 1_000_000 + "</g>" * 1_000_000], ids=["many", "deep"])
def test_a_flood_of_elements_is_refused_before_it_fills_the_memory(tmp_path: Path, content: str) -> None:
    told, used = measured(drawing(content), tmp_path)
    assert told == "refused, too large: True"
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
