"""How often what is said of two pictures is right, once their pixels were compared, on real photographs.

    python tests/benchmarks/pixels.py [FOLDER] [--photographs N] [--unrelated N]

On the photographs and copies of calibration.py, and some more copies; each is saved as a real file and read as imgenc
reads any. Prints Markdown: per change, how often the sentence says just that, what it says instead, and how often
nothing in common is found; of how many pairs that share nothing something else is said; and the times.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the checkout is what is measured, installed or not

from imgenc_gui.core.comparing.pixels import compare_pixels  # noqa: E402
from imgenc_gui.core.comparing.verdict import verdict  # noqa: E402
from imgenc_gui.core.records.compared import Conclusion, NoteCode, Pixels, Verdict  # noqa: E402
from tests.benchmarks.calibration import (  # noqa: E402
    CHANGES,
    CORES,
    PACKAGES,
    SAME_SCENE,
    SIDE,
    Change,
    cropped,
    name_of,
    photographs,
    table,
    thumbnail,
    unpack,
)


def stretched(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width, round(picture.height * 1.2)))


def mirrored_crop(picture: Image.Image) -> Image.Image:
    return cropped(0.2, 0.2, 0.7)(picture).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


MORE = [
    *(Change(f"cropped by {c} %", f"by {c} %", cropped(c / 100, 0.3, 0.6)) for c in (30, 40, 50, 60, 70)),
    Change("two crops of one picture", "left of right", cropped(0.25, 1, 0)),  # against the original without its right
    Change("stretched in height by 20 %", "stretched", stretched),
    Change("mirrored and cropped by 20 %", "mirrored crop", mirrored_crop),
]
ALL = [*CHANGES, *MORE]
BOTH_CROPPED = "two crops of one picture"


@dataclass(frozen=True)
class Said:
    """What was said of two pictures, and how many seconds that took."""

    verdict: Verdict
    pixels: Pixels
    seconds: float


def compared(first: Path, second: Path) -> Said:
    start = time.thread_time()
    pixels = compare_pixels(str(first), str(second))
    return Said(verdict(None, None, {}, pixels), pixels, time.thread_time() - start)


def is_right(change: Change, said: Said) -> bool:
    """Whether it says what was done, and only that."""
    conclusion, notes = said.verdict.conclusion, {note.code for note in said.verdict.notes}
    group, name = change.group, change.name
    edited = bool(notes & {NoteCode.AREA, NoteCode.AREA_SMALL})
    expected: dict[str, Callable[[], bool]] = {
        "brightness": lambda: (NoteCode.BRIGHTER if "+" in name else NoteCode.DARKER) in notes,
        "contrast": lambda: (NoteCode.MORE_CONTRAST if "+" in name else NoteCode.LESS_CONTRAST) in notes,
        "colours": lambda: bool(notes & {NoteCode.MORE_COLOUR, NoteCode.LESS_COLOUR, NoteCode.WARMER}),
        "grey": lambda: bool(notes & {NoteCode.IN_GREY, NoteCode.WARMER}),
        "watermark": lambda: conclusion is Conclusion.EDITED,
        "border": lambda: conclusion is Conclusion.BORDERED,
        "cropped": lambda: conclusion is Conclusion.CROPPED and _shows(said, change),
        "straightened": lambda: conclusion is Conclusion.CROPPED and NoteCode.TILTED in notes,
        "passed": lambda: conclusion is Conclusion.CROPPED,
        "mirrored and": lambda: conclusion is Conclusion.MIRRORED and NoteCode.SECOND_SHOWS in notes,
        "mirrored": lambda: conclusion is Conclusion.MIRRORED,
        "upside": lambda: conclusion in {Conclusion.MIRRORED, Conclusion.TURNED},
        "two crops": lambda: NoteCode.EACH_SHOWS in notes,
        "stretched": lambda: NoteCode.TALLER in notes and len(notes) == 1,
    }
    rule = next((rule for start, rule in expected.items() if group.startswith(start)), None)
    if rule is None:  # saved again, resized, blurred, sharpened
        return conclusion in {Conclusion.SAME, Conclusion.SAME_PIXELS, Conclusion.SAME_BYTES}
    return rule() and (not edited or group.startswith("watermark"))


def _shows(said: Said, change: Change) -> bool:
    """Whether the share of the area is what was left, to 2 %."""
    left = (1 - int("".join(filter(str.isdigit, change.group))) / 100) ** 2
    return abs(said.pixels.first_part.area - left) < 0.02


def of_photograph(path: Path) -> list[Said]:
    """What is said of a photograph and each of its copies."""
    with tempfile.TemporaryDirectory() as temporary, Image.open(path) as opened:
        folder, picture = Path(temporary), opened.convert("RGB")
        if max(picture.size) > SIDE:
            picture = thumbnail(SIDE)(picture)
        original = Change("", "the original", quality=None).save(picture, folder, len(ALL))
        part = Change("", "without its right", cropped(0.25, 0, 1)).save(picture, folder, len(ALL) + 1)
        return [
            compared(part if change.group == BOTH_CROPPED else original, change.save(picture, folder, number))
            for number, change in enumerate(ALL)
        ]


def in_order(work: Callable[[Path], list[Said]], paths: Sequence[Path]) -> Iterator[list[Said]]:
    with ThreadPoolExecutor(CORES) as pool:
        for done, answer in enumerate(pool.map(work, paths), 1):
            print(f"\r{done} of {len(paths)} photographs", end="", file=sys.stderr)
            yield answer
    print(file=sys.stderr)


def report(said: Sequence[Sequence[Said]], unrelated: Sequence[Said]) -> Iterator[str]:
    yield f"{len(said)} photographs, {len(ALL)} copies of each, {len(unrelated)} pairs that share nothing\n"
    groups: dict[str, list[tuple[Change, Said]]] = {}
    for answers in said:
        for change, answer in zip(ALL, answers, strict=True):
            groups.setdefault(change.group, []).append((change, answer))
    yield from table(["copy", "n", "right, %", "nothing found, %", "else"], map(_row, groups.items()))
    wrong = Counter(one.verdict.conclusion for one in unrelated)
    yield f"Of the pairs that share nothing: {_counted(wrong)}\n"
    for name, times in (("copies", [one for answers in said for one in answers]), ("unrelated", unrelated)):
        if times:
            middle, most = np.percentile([one.seconds for one in times], (50, 99))
            yield f"Seconds of processor time, {name}: {middle:.2f}, 99 % within {most:.2f}\n"


def _row(group: tuple[str, list[tuple[Change, Said]]]) -> list[object]:
    name, answers = group
    right = [is_right(change, said) for change, said in answers]
    none = [said.verdict.conclusion in {Conclusion.DIFFERENT, Conclusion.UNTOLD} for _, said in answers]
    others = Counter(
        said.verdict.conclusion
        for (_, said), is_so, is_none in zip(answers, right, none, strict=True)
        if not is_so and not is_none
    )
    shares = [f"{100 * sum(which) / len(answers):.3g}" for which in (right, none)]
    return [name, len(answers), *shares, _counted(others)]


def _counted(conclusions: Counter[Conclusion]) -> str:
    return ", ".join(f"{conclusion} {count}" for conclusion, count in conclusions.most_common())


def unrelated_pairs(paths: Sequence[Path], count: int, chance: random.Random) -> Iterable[tuple[Path, Path]]:
    pairs: set[tuple[Path, Path]] = set()
    while len(pairs) < min(count, len(paths) * (len(paths) - 1) // 4):
        one, other = sorted(chance.sample(list(paths), 2))
        if frozenset((name_of(one), name_of(other))) not in SAME_SCENE:
            pairs.add((one, other))
    return sorted(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how often what is said of two pictures is right.")
    parser.add_argument("folder", nargs="?", type=Path, help="where the packages are unpacked, or will be")
    parser.add_argument("--photographs", type=int, default=40, help="how many have copies")
    parser.add_argument("--unrelated", type=int, default=500, help="how many pairs that share nothing")
    arguments = parser.parse_args()
    chance = random.Random(9)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        unpack(PACKAGES, folder)
        paths = photographs(folder)
        said = list(in_order(of_photograph, chance.sample(paths, arguments.photographs)))
        pairs = unrelated_pairs(paths, arguments.unrelated, chance)
        with ThreadPoolExecutor(CORES) as pool:
            unrelated = list(pool.map(lambda pair: compared(*pair), pairs))
    for text in report(said, unrelated):
        print(text)


if __name__ == "__main__":
    main()
