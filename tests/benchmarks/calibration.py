"""What distances mean: how far copies are from their originals, and how near photographs come that share nothing.

    python tests/benchmarks/calibration.py [FOLDER]

Takes real photographs out of Debian packages (12, "bookworm"), which it downloads with apt-get and unpacks into FOLDER
(or into a temporary one) where they aren't there yet. Each photograph is copied with every change below, saved as a
real file, read and encoded as imgenc reads and encodes any picture. Prints Markdown: distances per change, the share
found per threshold, and the share of unrelated pairs wrongly found. The thresholds of the methods' records, and the
README's table, come from it.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the checkout is what is measured, installed or not

from imgenc_gui.core.encoding import Encoder  # noqa: E402
from imgenc_gui.core.hashing.engine import KERNEL  # noqa: E402
from imgenc_gui.core.records.likeness import Likeness  # noqa: E402
from imgenc_gui.core.records.methods import Encoding, Method, Options  # noqa: E402
from imgenc_gui.core.registry import METHODS  # noqa: E402

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

SIDE = 1920  # larger photographs are made as small first, for time

# --- photographs --------------------------------------------------------------------------------------------------

_PLASMA = "BytheWater ColdRipple DarkestHour EveningGlow FallenLeaf Grey Kite OneStandsOut Path summer_1am"
_LXQT = (
    "Butterfly-Kenneth-Wimer.jpg Valendas.png after-the-rain.jpg appleflower.png beam.png butterfly.png cloud.png "
    "drop.png flowers.png fog.jpg this-is-not-windows.jpg"
)
PACKAGES = {
    "endless-sky-data": ["usr/share/games/endless-sky/images/land/*.jpg"],
    "plasma-workspace-wallpapers": [
        f"usr/share/wallpapers/{name}/contents/images/2560x1600.jpg" for name in _PLASMA.split()
    ],
    "mate-backgrounds": ["usr/share/backgrounds/mate/nature/*.jpg"],
    "lomiri-wallpapers-16.04": ["usr/share/backgrounds/*.jpg"],
    "lomiri-wallpapers-20.04": ["usr/share/backgrounds/Kleiber_by_Lukas_Baubkus.jpg"],
    "lxqt-themes": [f"usr/share/lxqt/wallpapers/{name}" for name in _LXQT.split()],
}
LEFT_OUT = {  # drawn, computed, or not taken with a camera on the ground
    *("nasa8", "nasa9", "space6"),
    *("greentock_by_Peter_Nerlich", "umang_by_Abhishek_Mudgal"),
}
# Looked at, where a method finds two photographs near: these show one place, and are not unrelated.
SAME_SCENE = frozenset(
    map(
        frozenset,
        [
            ("mfield0", "mfield1"),
            ("mountain14-sfiera", "mountain15-sfiera"),
            ("city14-sfiera", "city16-sfiera"),
            ("city15-sfiera", "city16-sfiera"),
            ("water5", "water7"),
        ],
    )
)


def unpack(packages: Iterable[str], folder: Path) -> None:
    """Download and unpack the packages that the folder lacks, each into a folder of its name."""
    for package in packages:
        if (folder / package).is_dir():
            continue
        print(f"Downloading {package} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory() as downloads:
            subprocess.run(["apt-get", "download", "-qq", package], cwd=downloads, check=True)
            (archive,) = Path(downloads).glob("*.deb")
            unpacked = folder / f"{package}.part"
            subprocess.run(["dpkg-deb", "-x", str(archive), str(unpacked)], check=True)
        unpacked.rename(folder / package)


def photographs(folder: Path) -> list[Path]:
    found = []
    for package, patterns in PACKAGES.items():
        paths = [path for pattern in patterns for path in sorted((folder / package).glob(pattern))]
        found += [path for path in paths if path.is_file() and path.stem not in LEFT_OUT]
    return found


def to_copy(paths: Sequence[Path]) -> list[int]:
    """The numbers of those to make copies of: all wallpapers, and two in five of the many landscapes."""
    landscapes = [number for number, path in enumerate(paths) if path.parent.name == "land"]
    left = {number for place, number in enumerate(landscapes) if place % 10 not in {0, 2, 4, 6}}
    return [number for number in range(len(paths)) if number not in left]


def name_of(path: Path) -> str:
    """What SAME_SCENE calls a photograph."""
    return path.parents[2].name if path.parent.name == "images" else path.stem


# --- changes ------------------------------------------------------------------------------------------------------

Make = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Change:
    """One thing that people do to a picture. ``group`` is its line in the short table."""

    group: str
    name: str
    make: Make = field(default=lambda picture: picture)
    quality: int | None = 90  # of the JPEG; None saves PNG

    def save(self, picture: Image.Image, folder: Path, number: int) -> Path:
        path = folder / f"{number}.{'png' if self.quality is None else 'jpg'}"
        options: dict[str, Any] = {"compress_level": 1} if self.quality is None else {"quality": self.quality}
        self.make(picture).save(path, **options)
        return path


def resized(share: float) -> Make:
    return lambda p: p.resize((max(1, round(p.width * share)), max(1, round(p.height * share))))


def thumbnail(side: int) -> Make:
    return lambda p: p.resize((max(1, p.width * side // max(p.size)), max(1, p.height * side // max(p.size))))


def cropped(share: float, left: float = 0.5, top: float = 0.5) -> Make:
    """Without this share of its width and of its height, of which ``left`` and ``top`` say how much goes there."""

    def make(picture: Image.Image) -> Image.Image:
        x, y = picture.width * share, picture.height * share
        box = (x * left, y * top, picture.width - x * (1 - left), picture.height - y * (1 - top))
        return picture.crop(tuple(map(round, box)))

    return make


def bordered(share: float, colour: str) -> Make:
    return lambda p: ImageOps.expand(p, round(min(p.size) * share), colour)


def straightened(degrees: float) -> Make:
    """Turned a little and cut to what is left of it, as a horizon is put straight."""

    def make(picture: Image.Image) -> Image.Image:
        angle, ratio = math.radians(abs(degrees)), max(picture.size) / min(picture.size)
        kept = 1 / (math.cos(angle) + ratio * math.sin(angle))
        return cropped(1 - kept)(picture.rotate(degrees, Image.Resampling.BICUBIC))

    return make


def sepia(picture: Image.Image) -> Image.Image:
    return ImageOps.colorize(picture.convert("L"), "#1b0f05", "#fff3dc", mid="#a07850")


def warmer(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    return Image.merge("RGB", (red.point(lambda v: v * 1.12), green, blue.point(lambda v: v * 0.85)))


def written_on(text: str, height: float, opacity: float, middle: tuple[float, float]) -> Make:
    """With white text, as high as this share of the shorter side, around the point at this share of the sides."""

    def make(picture: Image.Image) -> Image.Image:
        mask = Image.new("L", picture.size)
        font = ImageFont.load_default(max(6, min(picture.size) * height))
        at = (picture.width * middle[0], picture.height * middle[1])
        ImageDraw.Draw(mask).text(at, text, fill=round(255 * opacity), font=font, anchor="mm")
        return Image.composite(Image.new("RGB", picture.size, "white"), picture, mask)

    return make


def with_logo(picture: Image.Image) -> Image.Image:
    """With an opaque disc in the corner, an eighth of the shorter side."""
    marked, side = picture.copy(), min(picture.size) / 8
    right, bottom = picture.width - side / 4, picture.height - side / 4
    draw = ImageDraw.Draw(marked)
    draw.ellipse((right - side, bottom - side, right, bottom), "#c01818", "white", max(1, round(side / 12)))
    font = ImageFont.load_default(max(6, side / 2))
    draw.text((right - side / 2, bottom - side / 2), "ab", "white", font, anchor="mm")
    return marked


def blurred(share: float) -> Make:
    return lambda p: p.filter(ImageFilter.GaussianBlur(min(p.size) * share))


def passed_on(picture: Image.Image) -> Image.Image:
    """What becomes of a picture on its way round: small, cropped by 3 %, a bit brighter and harder."""
    smaller = cropped(0.03)(thumbnail(640)(picture) if max(picture.size) > 640 else resized(0.8)(picture))
    return ImageEnhance.Contrast(ImageEnhance.Brightness(smaller).enhance(1.1)).enhance(1.1)


def _enhanced(kind: Callable[[Image.Image], Any], factor: float) -> Make:
    return lambda p: kind(p).enhance(factor)


SHARES = (0.5, 0.25, 0.1)
_CROPS = (2, 5, 10, 15, 20)
_ORIENTATIONS = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside down": Image.Transpose.FLIP_TOP_BOTTOM,
    "turned by 90°": Image.Transpose.ROTATE_90,
    "turned by 180°": Image.Transpose.ROTATE_180,
    "turned by 270°": Image.Transpose.ROTATE_270,
    "transposed": Image.Transpose.TRANSPOSE,
    "transversed": Image.Transpose.TRANSVERSE,
}
CHANGES = [
    Change("saved as PNG", "PNG", quality=None),
    *(Change("recompressed (JPEG quality 30 to 90)", f"quality {q}", quality=q) for q in (90, 75, 50, 30)),
    *(Change("resized to 50, 25, 10 %", f"to {s:.0%}", resized(s)) for s in SHARES),
    Change("thumbnail of 160 pixels", "160 pixels", thumbnail(160)),
    *(
        Change("brightness -40 to +40 %", f"brightness {f - 1:+.0%}", _enhanced(ImageEnhance.Brightness, f))
        for f in (0.6, 0.8, 1.2, 1.4)
    ),
    *(Change("contrast -30, +30 %", f"contrast {f - 1:+.0%}", _enhanced(ImageEnhance.Contrast, f)) for f in (0.7, 1.3)),
    *(
        Change("colours: saturation, warmth", f"saturation {f - 1:+.0%}", _enhanced(ImageEnhance.Color, f))
        for f in (0.5, 1.5)
    ),
    Change("colours: saturation, warmth", "warmer", warmer),
    Change("grey, sepia", "grey", lambda p: p.convert("L")),
    Change("grey, sepia", "sepia", sepia),
    Change("blurred, sharpened", "blurred by 0.5 % of a side", blurred(0.005)),
    Change("blurred, sharpened", "sharpened", lambda p: p.filter(ImageFilter.UnsharpMask(3, 150))),
    Change(
        "watermark in a corner", "line of text", written_on("(c) 2026 photographer.example", 0.045, 0.8, (0.75, 0.95))
    ),
    Change("watermark in a corner", "logo", with_logo),
    Change("watermark across", "text across", written_on("photographer", 0.18, 0.4, (0.5, 0.5))),
    Change("border of 2 to 5 %", "white border of 2 %", bordered(0.02, "white")),
    Change("border of 2 to 5 %", "black border of 5 %", bordered(0.05, "black")),
    *(Change(f"cropped by {c} %", f"evenly by {c} %", cropped(c / 100)) for c in _CROPS),
    *(Change(f"cropped by {c} %", f"left and top by {c} %", cropped(c / 100, 1, 1)) for c in _CROPS),
    *(Change(f"straightened by {d}°", f"straightened by {d}°", straightened(d)) for d in (1, 2, 3)),
    Change("passed on: small, cropped by 3 %, brighter", "passed on", passed_on, quality=70),
    *(
        Change(
            "mirrored" if name == "mirrored" else "upside down, turned by quarters",
            name,
            lambda p, how=how: p.transpose(how),
        )
        for name, how in _ORIENTATIONS.items()
    ),
]

# --- measuring ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Encoded:
    """Per method the encodings of the originals, (n, ...), and of the copies, (copied, changes, ...)."""

    names: list[str]
    originals: dict[Method, np.ndarray]
    copied: np.ndarray  # the numbers of the originals that have copies
    copies: dict[Method, np.ndarray]
    detail: np.ndarray  # of those that have copies: the standard deviation in grey at 32 x 32
    sides: np.ndarray  # of those that have copies: the shorter side in pixels


def as_array(encodings: Sequence[Encoding]) -> np.ndarray:
    """Hashes as 64-bit numbers, vectors of length 1."""
    if isinstance(encodings[0], str):
        return np.array([int(str(encoding), 16) for encoding in encodings], np.uint64)
    vectors = np.stack([np.asarray(encoding) for encoding in encodings])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def encode_with_copies(
    path: Path, encoder: Encoder, changes: Sequence[Change] = CHANGES
) -> tuple[dict[Method, np.ndarray], float]:
    """A photograph's encodings and, behind them, its copies'; and its detail."""
    with tempfile.TemporaryDirectory() as folder, Image.open(path) as opened:
        picture = opened.convert("RGB")
        if max(picture.size) > SIDE:
            picture = thumbnail(SIDE)(picture)
            path = Change("", "the original", quality=None).save(picture, Path(folder), len(changes))
        copies = [change.save(picture, Path(folder), number) for number, change in enumerate(changes)]
        by_method = encode(encoder, [path, *copies])
    return by_method, float(np.asarray(picture.convert("L").resize((32, 32))).std())


def shorter_side(path: Path) -> float:
    """In pixels, as it is copied."""
    with Image.open(path) as picture:
        return min(picture.size) * min(1, SIDE / max(picture.size))


def encode(encoder: Encoder, paths: Iterable[Path]) -> dict[Method, np.ndarray]:
    results = [result for _, result in encoder.encode(enumerate(map(str, paths)))]
    return {method: as_array([result.encodings[method] for result in results]) for method in encoder.options.methods}


def encode_all(paths: Sequence[Path], copied: Sequence[int], changes: Sequence[Change] = CHANGES) -> Encoded:
    """Encode all photographs, and with their copies those with the numbers ``copied``."""
    encoder = Encoder(Options(tuple(METHODS)))
    encoder.load_networks()
    KERNEL.wait()
    each = []
    with ThreadPoolExecutor(CORES) as pool:
        answers = pool.map(lambda number: encode_with_copies(paths[number], encoder, changes), copied)
        for done, answer in enumerate(answers, 1):
            each.append(answer)
            print(f"\r{done} of {len(copied)} photographs copied", end="", file=sys.stderr)
    print(file=sys.stderr)
    originals, at = encode(encoder, paths), np.array(copied)
    copies = {}
    for method, all_originals in originals.items():
        arrays = np.stack([by_method[method] for by_method, _ in each])
        all_originals[at], copies[method] = arrays[:, 0], arrays[:, 1:]
    detail, sides = np.array([detail for _, detail in each]), np.array([shorter_side(paths[i]) for i in copied])
    return Encoded(list(map(name_of, paths)), originals, at, copies, detail, sides)


def scores(method: Method, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Bits that differ, or the cosine similarity, of encodings that stand at the same place."""
    return np.bitwise_count(a ^ b).astype(np.int64) if method.is_hash else (a * b).sum(axis=-1)


def within(method: Method, values: np.ndarray, threshold: float) -> np.ndarray:
    return values <= threshold if method.is_hash else values >= threshold


def copy_scores(encoded: Encoded, method: Method) -> np.ndarray:
    """(copied, changes): each copy to its original."""
    originals = encoded.originals[method][encoded.copied]
    return scores(method, originals[:, np.newaxis], encoded.copies[method])


def unrelated_pairs(names: Sequence[str], same: Iterable[frozenset[str]] = SAME_SCENE) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of photographs that don't show one scene: the first ones' numbers, the second ones'."""
    related = set(same)
    pairs = [
        (i, j)
        for i, j in itertools.combinations(range(len(names)), 2)
        if frozenset((names[i], names[j])) not in related
    ]
    first, second = np.array(pairs).reshape(-1, 2).T
    return first, second


def nearest(method: Method, values: np.ndarray, first: np.ndarray, second: np.ndarray, count: int) -> np.ndarray:
    """Per photograph, the score of the nearest one that it has nothing to do with."""
    best = np.full(count, 65.0 if method.is_hash else -1.0)
    keep = np.minimum if method.is_hash else np.maximum
    for side in (first, second):
        keep.at(best, side, values)
    return best


def turned_scores(encoded: Encoded, method: Method, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Per unrelated pair whose second one has copies, the best score in any of its eight orientations."""
    place = np.full(len(encoded.names), -1)
    place[encoded.copied] = np.arange(len(encoded.copied))
    has = place[second] >= 0
    a, keep = encoded.originals[method][first[has]], np.minimum if method.is_hash else np.maximum
    best = scores(method, a, encoded.originals[method][second[has]])
    for number in (n for n, change in enumerate(CHANGES) if change.name in _ORIENTATIONS):
        best = keep(best, scores(method, a, encoded.copies[method][place[second[has]], number]))
    return best


# --- tables -------------------------------------------------------------------------------------------------------

HASH_THRESHOLDS = (0, 2, 4, 6, 8, 10, 12, 14, 16)
SIMILARITIES = (0.99, 0.98, 0.97, 0.95, 0.93, 0.92, 0.91, 0.90, 0.88, 0.85)


def thresholds_of(method: Method) -> tuple[float, ...]:
    return HASH_THRESHOLDS if method.is_hash else SIMILARITIES


def percent(part: np.ndarray) -> str:
    """A share as people write it: never 100 % where one is missing, nor 0 where there is one."""
    share = 100 * float(part.mean())
    if share in {0.0, 100.0}:
        return f"{share:.0f}"
    digits = 0 if 1 <= share <= 99 else 1 if 0.1 <= share <= 99.9 else 3 if share < 1 else 2
    return f"{share:.{digits}f}"


def line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield line(head)
    yield "|" + "---|" * len(head)
    yield from map(line, rows)
    yield ""


def distances_table(encoded: Encoded) -> Iterator[str]:
    def cell(method: Method, values: np.ndarray) -> str:
        middle, far = np.percentile(values, (50, 95 if method.is_hash else 5))
        return f"{middle:.0f}, {far:.0f}" if method.is_hash else f"{middle:.3f}, {far:.3f}"

    values = {method: copy_scores(encoded, method) for method in encoded.originals}
    yield f"### Distances of copies: the middle one, and the one that 95 % keep (n = {len(encoded.copied)} each)\n"
    rows = ([change.name, *(cell(m, values[m][:, i]) for m in values)] for i, change in enumerate(CHANGES))
    yield from table(["copy", *(method.label for method in values)], rows)


def lines(encoded: Encoded) -> Iterator[tuple[str, np.ndarray]]:
    """What is counted together: a line's name, and which copies (copied, changes) it is about."""

    def where(photographs: np.ndarray, changes: Sequence[int]) -> np.ndarray:
        return photographs[:, np.newaxis] & np.isin(np.arange(len(CHANGES)), changes)

    everyone = np.ones(len(encoded.copied), bool)
    numbers = {change.name: number for number, change in enumerate(CHANGES)}
    by_group: dict[str, list[int]] = {}
    for number, change in enumerate(CHANGES):
        by_group.setdefault(change.group, []).append(number)
    for group, changes in by_group.items():
        yield group, where(everyone, changes)
    resizes = [where(encoded.sides * share >= 224, [numbers[f"to {share:.0%}"]]) for share in SHARES]
    yield "resized, still 224 pixels or more", np.any(resizes, axis=0)
    plainest = encoded.detail <= np.percentile(encoded.detail, 25)
    yield "watermark across, plainest quarter", where(plainest, [numbers["text across"]])


def found_tables(encoded: Encoded) -> Iterator[str]:
    for method in encoded.originals:
        values = copy_scores(encoded, method)
        yield f"### {method.label}: copies found, %\n"
        rows = (
            [name, which.sum(), *(percent(within(method, values[which], t)) for t in thresholds_of(method))]
            for name, which in lines(encoded)
            if which.any()
        )
        yield from table(["copy", "n", *thresholds_of(method)], rows)


def wrong_tables(encoded: Encoded) -> Iterator[str]:
    first, second = unrelated_pairs(encoded.names)
    count = len(encoded.names)
    for method, originals in encoded.originals.items():
        values = scores(method, originals[first], originals[second])
        alone = nearest(method, values, first, second, count)
        turned = turned_scores(encoded, method, first, second)
        yield f"### {method.label}: unrelated photographs wrongly found, %\n"
        rows = [
            [
                label,
                numbers.size,
                *(percent(within(method, numbers, threshold)) for threshold in thresholds_of(method)),
            ]
            for label, numbers in (
                ("pairs", values),
                ("pairs, in any of eight orientations", turned),
                (f"photographs with one among {count - 1}", alone),
            )
        ]
        yield from table(["", "n", *thresholds_of(method)], rows)
        low = np.percentile(values, (0, 0.1, 1, 50) if method.is_hash else (100, 99.9, 99, 50))
        yield f"Nearest pair, nearest 0.1 %, 1 %, the middle: {', '.join(f'{v:.3g}' for v in low)}\n"


def agreeing(encoded: Encoded, rule: dict[Method, float]) -> tuple[np.ndarray, np.ndarray]:
    """Under which all of a rule's methods agree: copies (n, changes) and unrelated pairs."""
    first, second = unrelated_pairs(encoded.names)
    copies = np.ones((len(encoded.copied), len(CHANGES)), bool)
    pairs = np.ones(len(first), bool)
    for method, threshold in rule.items():
        originals = encoded.originals[method]
        copies &= within(method, copy_scores(encoded, method), threshold)
        pairs &= within(method, scores(method, originals[first], originals[second]), threshold)
    return copies, pairs


Rule = list[dict[Method, float]]  # alternatives, each of which wants all of its methods to agree


def rules() -> dict[str, Rule]:
    """Each method as it searches of itself, and methods that help each other."""
    phash, ahash, dhash, whash, cnn = (METHODS[name] for name in ("phash", "ahash", "dhash", "whash", "cnn"))
    alone: dict[str, Rule] = {f"{m.label} {m.usual_threshold:g}": [{m: m.usual_threshold}] for m in METHODS}
    return alone | {
        "AHash 8 and DHash 12": [{ahash: 8, dhash: 12}],
        "WHash 8 and DHash 12": [{whash: 8, dhash: 12}],
        "PHash 16 and AHash 8": [{phash: 16, ahash: 8}],
        "PHash 14 and DHash 14": [{phash: 14, dhash: 14}],
        "PHash 10 or CNN 0.9": [{phash: 10}, {cnn: 0.9}],
    }


def rules_table(encoded: Encoded) -> Iterator[str]:
    """The README's: what is found, line by line."""
    yield "### Copies found, %\n"
    results = []
    for alternatives in rules().values():
        each = [agreeing(encoded, rule) for rule in alternatives]
        results.append((np.any([c for c, _ in each], axis=0), np.any([p for _, p in each], axis=0)))
    rows: list[list[object]] = [
        [name, which.sum(), *(percent(copies[which]) for copies, _ in results)]
        for name, which in lines(encoded)
        if which.any()
    ]
    pairs = results[0][1].size
    rows.append(["**unrelated, wrongly found**", pairs, *(percent(wrong) for _, wrong in results)])
    rows.append(["pairs wrongly found", pairs, *(wrong.sum() for _, wrong in results)])
    yield from table(["copy", "n", *rules()], rows)


def words_table(encoded: Encoded) -> Iterator[str]:
    """The README's: up to where each word holds, and how many unrelated pairs get it or a nearer one."""
    first, second = unrelated_pairs(encoded.names)
    yield f"### Words, and how many of {len(first):,} unrelated pairs they reach\n"

    def row(method: Method) -> Iterator[str]:
        values = scores(method, encoded.originals[method][first], encoded.originals[method][second])
        yield method.label
        for word in Likeness:
            limit = method.thresholds.get(word)
            yield "" if limit is None else f"{limit:g} ({within(method, values, limit).sum()})"

    yield from table(["", *Likeness], [list(row(method)) for method in encoded.originals])


def nearest_list(encoded: Encoded, count: int = 25) -> Iterator[str]:
    """The pairs to look at, for SAME_SCENE."""
    yield "### The nearest pairs that count as unrelated\n"
    first, second = unrelated_pairs(encoded.names)
    for method, originals in encoded.originals.items():
        values = scores(method, originals[first], originals[second])
        order = np.argsort(values if method.is_hash else -values, kind="stable")[:count]
        pairs = (f"{encoded.names[first[i]]} {encoded.names[second[i]]} {values[i]:.3g}" for i in order)
        yield f"{method.label}: {'; '.join(pairs)}\n"


def report(encoded: Encoded) -> Iterator[str]:
    yield (
        f"{len(encoded.names)} photographs, {len(CHANGES)} copies of each of {len(encoded.copied)}, "
        f"{len(unrelated_pairs(encoded.names)[0]):,} unrelated pairs\n"
    )
    for part in (distances_table, found_tables, wrong_tables, nearest_list, words_table, rules_table):
        yield from part(encoded)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what distances mean, on real photographs.")
    parser.add_argument("folder", nargs="?", type=Path, help="where the packages are unpacked, or will be")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        unpack(PACKAGES, folder)
        paths = photographs(folder)
        encoded = encode_all(paths, to_copy(paths))
    for text in report(encoded):
        print(text)


if __name__ == "__main__":
    main()
