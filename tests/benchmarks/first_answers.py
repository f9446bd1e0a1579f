"""How long the command takes to its first hash and to its first vector, and how much memory 40 photos take.

    python tests/benchmarks/first_answers.py [--rounds N] [--folder KEPT_CORPUS] [--earlier EARLIER_CHECKOUT]

Each is a process of its own, from start to end, with what is compiled kept from a first one; the rounds are
interleaved, and the table gives medians with quartiles, of times and of each round's ratio to the first hash. Linux and
macOS.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from encoders import CORPORA, ROOT, make_corpus, with_quartiles

FIRST = ("phash", "cnn", "all")
MANY = ("phash,ahash,dhash,whash", "cnn", "all")
PHOTOS = 40
WORKERS = "2"


def command(root: Path, methods: str, files: list[Path], target: Path) -> tuple[float, float]:
    """Seconds, and megabytes at the highest, of one run of the command from a checkout."""
    arguments = [*map(str, files), "-m", methods, "-o", str(target), "--no-cache", "--workers", WORKERS]
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "imgenc_gui.cli", *arguments], cwd=root, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the corpora are kept; default: a temporary folder")
    parser.add_argument("--earlier", type=Path, help="a checkout of an earlier version, measured in the same rounds")
    given = parser.parse_args()
    roots = {"": ROOT} | ({"earlier ": given.earlier.resolve()} if given.earlier else {})
    with tempfile.TemporaryDirectory() as temporary:
        folder, target = given.folder or Path(temporary), Path(temporary) / "encodings.npz"
        pictures = {}
        for corpus in ("12 MP", "640 x 480"):
            count, *kind = CORPORA[corpus]
            made = folder / corpus.replace(" ", "")
            make_corpus(made, count if given.folder else PHOTOS, *kind)
            pictures[corpus] = sorted(made.iterdir())
        for root in roots.values():
            command(root, "all", pictures["12 MP"][:1], target)
        print("| first answer, seconds (quartiles) | 12 MP | to the hash | 640 x 480 | to the hash |")
        print("|---|---|---|---|---|")
        first = {(whose, methods, corpus): [] for whose in roots for methods in FIRST for corpus in pictures}
        for _ in range(given.rounds):
            for (whose, methods, corpus), found in first.items():
                found.append(command(roots[whose], methods, pictures[corpus][:1], target)[0])
        for whose in roots:
            for methods in FIRST:
                cells = []
                for corpus in pictures:
                    found = first[whose, methods, corpus]
                    ratios = [one / other for one, other in zip(found, first[whose, FIRST[0], corpus], strict=True)]
                    cells += [with_quartiles(found), with_quartiles(ratios)]
                print(f"| {whose}{methods} | {' | '.join(cells)} |")
        print(f"\n| {PHOTOS} photos of 12 MP, two workers | MB at the highest (lowest to highest of 3) |\n|---|---|")
        for whose, root in roots.items():
            for methods in MANY:
                found = [command(root, methods, pictures["12 MP"][:PHOTOS], target)[1] for _ in range(3)]
                print(f"| {whose}{methods} | {statistics.median(found):.0f} ({min(found):.0f} to {max(found):.0f}) |")


if __name__ == "__main__":
    main()
