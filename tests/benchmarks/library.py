"""What the library is worth and what it costs, as ratios within one run.

    python -m tests.benchmarks.library [PICTURES] [--rounds N] [--folder KEPT_CORPUS]

The command is started as a person would start it, in fresh processes. What is compared is measured in turns, so that
the noise of the machine meets all alike; the tables give medians, with quartiles. Seconds of the processor tell more
than those of the clock where other programs run beside.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgenc_gui.core import encoding
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.workers import encode_in_order
from tests.benchmarks.encoders import CORES, ROOT, photographic

BASES = 8  # pictures that are drawn; the others are these with other bytes behind their end, which no decoder looks at
_PARTS = ["again", "first", "first-large", "moved", "later", "sizes"]
SMALL, LARGE = (640, 480), (4000, 3000)


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of processors."""

    clock: float
    processor: float


def make(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """A folder of so many pictures, no two of the same bytes."""
    if folder.exists() and len(os.listdir(folder)) == count:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for base in range(min(BASES, count)):
        path = folder / f"IMG_{base:06}.jpg"
        photographic(*size, base).save(path, "JPEG", quality=90)
        data = path.read_bytes()
        for number in range(base + BASES, count, BASES):
            (folder / f"IMG_{number:06}.jpg").write_bytes(data + number.to_bytes(4, "big"))
    return folder


def spent(*arguments: object, library: Path) -> Spent:
    """What the command takes from its start to its end."""
    command = [sys.executable, "-m", "imgenc_gui.cli", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "IMGENC_LIBRARY": str(library)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    clock = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        raise SystemExit(f"{command} failed:\n{run.stderr[-2000:]}")
    return Spent(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def scanned(folder: Path) -> Spent:
    """What listing the folder and looking at each file takes, and nothing else."""
    started, used = time.perf_counter(), time.process_time()
    with os.scandir(folder) as entries:
        for entry in entries:
            os.stat(entry.path)
    return Spent(time.perf_counter() - started, time.process_time() - used)


def told(what: str, values: Sequence[float], unit: str = "") -> None:
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    print(f"| {what} | {middle:.3f}{unit} | {low:.3f} to {high:.3f} |")


def table(title: str) -> None:
    print(f"\n{title}\n\n| | median | quartiles |\n|---|---|---|")


def again(folder: Path, count: int, methods: str, rounds: int, work: Path) -> None:
    """A second run over unchanged pictures, against the command's own start and the least that must be done."""
    library, target = work / "library", work / "out.csv"
    shutil.rmtree(library, ignore_errors=True)
    arguments = (folder, "-m", methods, "-o", target)
    spent(*arguments, library=library)
    starts, scans, runs = [], [], []
    for _ in range(rounds):
        starts.append(spent("--version", library=library))
        scans.append(scanned(folder))
        runs.append(spent(*arguments, library=library))
    table(f"{count} unchanged pictures again, -m {methods}, CSV written")
    for kind in ("clock", "processor"):
        least = [getattr(start, kind) + getattr(scan, kind) for start, scan in zip(starts, scans, strict=True)]
        again = [getattr(run, kind) for run in runs]
        told(f"seconds, {kind}", again)
        told(f"the same of `imgenc --version` and a bare scandir and stat, {kind}", least)
        told(f"ratio, {kind}", [run / start for run, start in zip(again, least, strict=True)])


def first(folder: Path, count: int, methods: str, rounds: int, work: Path) -> None:
    """A first run with the library, against one without it: neighbours in time, each as often the earlier one."""
    library = work / "library"
    arguments = (folder, "-m", methods, "-o", work / "out.csv")
    runs: dict[bool, list[Spent]] = {True: [], False: []}
    spent(*arguments, "--no-cache", library=library)  # the disk's cache is warm
    for number in range(rounds):
        for cached in (True, False) if number % 2 else (False, True):
            shutil.rmtree(library, ignore_errors=True)
            runs[cached].append(spent(*arguments, *([] if cached else ["--no-cache"]), library=library))
    table(f"{count} pictures for the first time, -m {methods}")
    for kind in ("clock", "processor"):
        with_it, without = ([getattr(one, kind) for one in runs[cached]] for cached in (True, False))
        told(f"seconds without the library, {kind}", without)
        told(f"ratio with it, {kind}", [a / b for a, b in zip(with_it, without, strict=True)])
        print(f"| ratio of all rounds' sums, {kind} | {sum(with_it) / sum(without):.3f} | |")


def moved(folder: Path, count: int, rounds: int, work: Path) -> None:
    """A folder that was moved as a whole, against a first run."""
    library, elsewhere = work / "library", folder.with_name(f"{folder.name} moved")
    ratios = []
    for _ in range(rounds):
        shutil.rmtree(library, ignore_errors=True)
        encoded = spent(folder, "-o", work / "out.csv", library=library)
        folder.rename(elsewhere)
        ratios.append(spent(elsewhere, "-o", work / "out.csv", library=library).clock / encoded.clock)
        elsewhere.rename(folder)
    table(f"{count} pictures in a folder that was moved")
    told("to a first run, PHash, clock", ratios)


def later(folder: Path, work: Path) -> None:
    """How many pictures are decoded, and what is encoded, when a method comes later, and when the folder moves."""
    library, decoded, kept = work / "library", [], []
    shutil.rmtree(library, ignore_errors=True)
    files = sorted(map(str, folder.iterdir()))

    def run(methods: Sequence[str], paths: Sequence[str]) -> None:
        decoded.clear()
        kept.clear()
        memory = Library(library)
        keep = memory.keep
        memory.keep = lambda result, *rest: (kept.extend(m.id for m in result.encodings), keep(result, *rest))  # type: ignore[method-assign, assignment, func-returns-value]
        encoder = Encoder(Options(tuple(METHODS[name] for name in methods)), memory)
        results = list(encode_in_order(encoder, paths, CORES))
        assert all(set(result.encodings) == set(encoder.options.methods) for result in results)
        memory.close()

    real: Callable[..., object] = encoding.decode
    encoding.decode = lambda *rest, **named: (decoded.append(rest), real(*rest, **named))[1]  # type: ignore[assignment]
    print(f"\n{len(files)} pictures, counted\n")
    try:
        for methods in (["phash"], ["phash", "dhash"]):
            run(methods, files)
            made = {name: kept.count(name) for name in methods}
            print(f"- {' and '.join(methods)}: {len(decoded)} decoded; encodings made: {made}")
        elsewhere = folder.with_name(f"{folder.name} moved")
        folder.rename(elsewhere)
        run(["phash", "dhash"], sorted(map(str, elsewhere.iterdir())))
        elsewhere.rename(folder)
        print(f"- moved: {len(decoded)} decoded, {len(kept)} encodings made")
    finally:
        encoding.decode = real  # type: ignore[assignment]


def sizes(folder: Path, count: int, work: Path) -> None:
    """How many bytes a picture takes."""
    print()
    for methods in ("phash", "phash,ahash,dhash,whash", "all"):
        library = work / "library"
        shutil.rmtree(library, ignore_errors=True)
        spent(folder, "-m", methods, "-o", work / "out.csv", library=library)
        print(f"- {methods}: {Library(library).info().bytes / count:,.0f} bytes per picture")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=int, nargs="?", default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the pictures are kept; default: a temporary folder")
    parser.add_argument("--only", choices=_PARTS, action="append")
    given = parser.parse_args()
    parts = given.only or _PARTS
    with tempfile.TemporaryDirectory() as temporary:
        corpora = given.folder or Path(temporary)
        work = Path(temporary) / "work"
        work.mkdir()
        count, some, few = given.pictures, max(given.pictures // 4, 1), max(given.pictures // 100, 1)
        spent(make(corpora / "warm-up", 2, SMALL), library=work / "library")  # compiles the kernel
        if "again" in parts:
            tiny = make(corpora / "tiny", count, (160, 120))
            again(tiny, count, "phash", given.rounds, work)
            again(tiny, count, "phash,ahash,dhash,whash", given.rounds, work)
        if "first" in parts:
            first(make(corpora / "small", some, SMALL), some, "phash", given.rounds, work)
        if "first-large" in parts:
            first(make(corpora / "large", few, LARGE), few, "phash", given.rounds, work)
        if "moved" in parts:
            moved(make(corpora / "small", some, SMALL), some, given.rounds, work)
            moved(make(corpora / "large", few, LARGE), few, given.rounds, work)
        if "later" in parts:
            later(make(corpora / "few", few, SMALL), work)
        if "sizes" in parts:
            sizes(make(corpora / "some", min(count, 400), SMALL), min(count, 400), work)


if __name__ == "__main__":
    main()
