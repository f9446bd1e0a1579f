"""How truly drawings are drawn: imgenc's pictures of real ones against librsvg's.

    python tests/benchmarks/drawings.py [FOLDER]

Needs rsvg-convert (Debian: librsvg2-bin). Takes drawings of at least 48 pixels out of Debian packages (12, "bookworm"),
which it downloads with apt-get and unpacks into FOLDER (or into a temporary one) where they aren't there yet. Both draw
each at its own size on white. Prints Markdown: for how many the pictures, made grey and 32 x 32, differ by less than 4
of 255 on average; for how many of those whose PHash librsvg itself keeps within 6 bits at twice the size imgenc's is
within 6 bits; and all others by cause.
"""

from __future__ import annotations

import argparse
import gzip
import io
import itertools
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the checkout is what is measured, installed or not

from imgenc_gui.core.formats.reading import Picture, read_picture  # noqa: E402
from imgenc_gui.core.formats.svg import MAX_SIDE  # noqa: E402
from imgenc_gui.core.records.results import ReadError  # noqa: E402
from imgenc_gui.core.records.sentences import sentence  # noqa: E402
from imgenc_gui.methods import PHash  # noqa: E402
from tests.benchmarks.calibration import CORES, table, unpack  # noqa: E402

SMALLEST = 48  # pixels of the longer side
NEAR_GREY, NEAR_BITS = 4.0, 6
MOST_OF_A_FOLDER = 3  # a folder's are much alike: 1378 stars ...
# Clip art, desktops' icons, Inkscape's own examples, templates and tutorials, decks of cards.
PACKAGES = {
    "openclipart-svg": "usr/share/openclipart/svg/**/*.svg",
    "tango-icon-theme": "usr/share/icons/Tango/scalable/**/*.svg",
    "mate-icon-theme": "usr/share/icons/mate/scalable/**/*.svg",
    "elementary-xfce-icon-theme": "usr/share/icons/elementary-xfce/**/*.svg",
    "inkscape": "usr/share/inkscape/[!i]*/**/*.svg*",
    "kdegames-card-data-kf5": "usr/share/carddecks/**/*.svgz",
}


@dataclass(frozen=True)
class Drawn:
    """One drawing: what imgenc says of it, and how far apart the pictures are, librsvg's first."""

    name: str
    said: str = ""
    grey: float = 255.0
    bits: int = 64
    own_bits: int = 64  # between librsvg's hash and its own at twice the size
    cause: str = ""

    @property
    def is_near(self) -> bool:
        return self.grey < NEAR_GREY

    @property
    def is_stable(self) -> bool:
        return self.own_bits <= NEAR_BITS


def drawings(folder: Path) -> list[Path]:
    found: list[Path] = []
    for package, pattern in PACKAGES.items():
        paths = sorted(path for path in (folder / package).glob(pattern) if path.is_file() and not path.is_symlink())
        for _, beside in itertools.groupby(paths, lambda path: path.parent):
            there = list(beside)
            found += there[:: -(-len(there) // MOST_OF_A_FOLDER)]
    return found


def by_librsvg(path: Path, *options: str) -> Image.Image:
    command = ["rsvg-convert", "--unlimited", "-d", "96", "-p", "96", "-b", "white", *options, str(path)]
    png = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB")


def grey(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BOX), dtype=float)


def phash(image: Image.Image) -> int:
    return int(PHash(verbose=False).encode_image(image_array=np.asarray(image)), 16)


def draw(path: Path) -> Drawn | None:
    """None for what is too small, or what librsvg can't draw."""
    name = path.name
    try:
        picture = read_picture(str(path))
    except ReadError as error:
        picture = None
        said = sentence(error.failure)
    size = ()
    if picture:
        if max(picture.facts.width, picture.facts.height) < SMALLEST:
            return None
        if max(picture.facts.width, picture.facts.height) > MAX_SIDE:
            size = ("-a", "-w", str(picture.pixels.shape[1]), "-h", str(picture.pixels.shape[0]))
    try:
        theirs = by_librsvg(path, *size)
        if max(theirs.size) < SMALLEST:
            return None
        if not picture:
            return Drawn(name, said, cause=said)
        width, height = theirs.size
        twice = by_librsvg(path, "-w", str(2 * width), "-h", str(2 * height))
    except (subprocess.SubprocessError, OSError):
        return None
    ours = Image.fromarray(picture.pixels)
    return Drawn(
        name,
        " ".join(sentence(warning) for warning in picture.warnings[1:]),
        float(np.abs(grey(ours) - grey(theirs)).mean()),
        (phash(ours) ^ phash(theirs)).bit_count(),
        (phash(twice) ^ phash(theirs)).bit_count(),
        cause(path, picture, theirs),
    )


def cause(path: Path, picture: Picture, theirs: Image.Image) -> str:
    """What is likeliest to make a difference, if there is one."""
    data = path.read_bytes()
    if path.suffix == ".svgz":
        data = gzip.decompress(data)
    height, width = picture.pixels.shape[:2]
    if abs(width - theirs.width) > 1 or abs(height - theirs.height) > 1:
        return "a drawing without a size: librsvg takes what is drawn, imgenc 300 x 150 as browsers do"
    for words, pattern in (
        ("text", rb"<(svg:)?text\b"),
        ("flowed text", rb"<(svg:)?flowRoot\b"),
        ("filter", rb"<(svg:)?filter\b"),
        ("mask", rb"<(svg:)?mask\b"),
        ("pattern", rb"<(svg:)?pattern\b"),
        ("embedded picture", rb"<(svg:)?image\b"),
        ("marker", rb"<(svg:)?marker\b"),
        ("parts of pixels in the size", rb"<(svg:)?svg\b[^>]*\s(width|height)=.(\d+\.\d*[1-9]|[\d.]+(pt|mm|cm|in)\b)"),
    ):
        if re.search(pattern, data):
            return words
    return "shapes"


def report(all_drawn: Sequence[Drawn]) -> Iterator[str]:
    stable = [drawn for drawn in all_drawn if drawn.is_stable]
    near = sum(drawn.is_near for drawn in all_drawn)
    alike = sum(drawn.bits <= NEAR_BITS for drawn in stable)
    yield f"{len(all_drawn)} drawings of {', '.join(PACKAGES)}:"
    yield ""
    yield from table(
        ("", "of", "share"),
        [
            (f"grey 32 x 32 differs by less than {NEAR_GREY:g}", len(all_drawn), f"{near / len(all_drawn):.1%}"),
            (f"PHash within {NEAR_BITS} bits", len(stable), f"{alike / len(stable):.1%}"),
        ],
    )
    others = [d for d in all_drawn if not d.is_near or (d.is_stable and d.bits > NEAR_BITS)]
    counted = Counter(drawn.cause for drawn in others)
    yield from table(("cause of the others", "drawings"), counted.most_common())
    yield from table(
        ("cause", "drawing", "grey", "bits", "said"),
        [(d.cause, d.name, f"{d.grey:.1f}", d.bits, d.said) for d in sorted(others, key=lambda d: (d.cause, -d.grey))],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="where the packages are unpacked, or will be")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        unpack(PACKAGES, folder)
        with ThreadPoolExecutor(CORES) as pool:
            drawn = [one for one in pool.map(draw, drawings(folder)) if one]
    for text in report(drawn):
        print(text)


if __name__ == "__main__":
    main()
