"""The command and the API told to end at random moments: what they leave behind, and how soon they are gone.

    python -m tests.benchmarks.endings [RUNS] [--pictures N] [--seed N] [--kill] [--kinds LIST]

Each run begins with new folders for output, temporary files, cache and data, in every second one with kernels that are
there already. At a random moment SIGTERM, SIGHUP or SIGINT comes (``--kill``: SIGKILL, and then a run to the end, which
is to sweep). Nothing may stay but whole files: no temporary ones, no marks, no process; and nobody prints a traceback.
A Python program that uses the API and doesn't heed the signal dies of it as of SIGKILL: the next run sweeps there, too.
Linux and macOS.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from tests.pictures import photo

ROOT = Path(__file__).parents[2]
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="50"><circle cx="20" cy="20" r="9"/></svg>'
API = """
import sys
from imgenc_gui.methods import PHash
PHash(verbose=False).find_duplicates(image_dir=sys.argv[1], outfile=sys.argv[2], cache=True)
"""
KINDS = ("csv", "encodings", "report", "npz", "lines", "groups", "api")
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
HANG_SECONDS = 60.0
_STORED = re.compile(r"library\.sqlite|thumbnails\.sqlite")
_KERNEL = re.compile(r"[a-z_]+")  # a function that is kept; all else has a dash


@dataclass
class Run:
    """What became of one."""

    kind: str
    number: signal.Signals
    at: float
    seconds: float = 0.0
    status: int = 0
    finished: bool = False  # before the signal came
    left: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Place:
    """Folders of a run's own."""

    def __init__(self, root: Path, kernels: Path | None) -> None:
        self.root = root
        for name in ("output", "temporary", "cache", "data", "home"):
            (root / name).mkdir(parents=True)
        if kernels is not None:
            shutil.copytree(kernels, root / "cache" / "imgenc", dirs_exist_ok=True)
        self.environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "",
            "HOME": str(root / "home"),
            "TMPDIR": str(root / "temporary"),
            "NUMBA_CACHE_DIR": str(root / "cache"),
            "XDG_CACHE_HOME": str(root / "cache"),
            "IMGENC_LIBRARY": str(root / "data"),
        }

    def left(self) -> list[str]:
        """What lies there and shouldn't."""
        output = [path for path in (self.root / "output").iterdir() if not path.name.startswith("out.")]
        data = [path for path in (self.root / "data").iterdir() if not _STORED.fullmatch(path.name)]
        cached = [path for path in (self.root / "cache").rglob("*") if path.is_file()]
        kernels = [path for path in cached if not _KERNEL.fullmatch(path.name)]
        temporary = [path for path in (self.root / "temporary").rglob("*") if path.is_file()]
        return [str(path.relative_to(self.root)) for path in (*output, *data, *kernels, *temporary)]


def make(folder: Path, count: int) -> Path:
    """Many small pictures, each of bytes of its own, and a few drawings for guarded children."""
    folder.mkdir()
    for number in range(8):
        Image.fromarray(photo(500, 400, number)).save(folder / "a.jpg", quality=90)
        whole = (folder / "a.jpg").read_bytes()
        for copy in range(number, count, 8):
            (folder / f"{copy:04}.jpg").write_bytes(whole + bytes(str(copy), "ascii"))
        (folder / f"{number:04}x.svg").write_text(DRAWING.replace("9", str(number + 1)))
    (folder / "a.jpg").unlink()
    return folder


def command(kind: str, folder: Path, output: Path) -> list[str]:
    imgenc = [sys.executable, "-m", "imgenc_gui.cli", str(folder), "-m", "phash,dhash"]
    if kind == "api":
        return [sys.executable, "-c", API, str(folder), str(output / "out.json")]
    if kind == "lines":
        return imgenc
    if kind == "groups":
        return [*imgenc, "--groups", "-o", str(output / "out.json")]
    ending = {"csv": "csv", "encodings": "json", "report": "json", "npz": "npz"}[kind]
    return [*imgenc, "--format", kind, "-o", str(output / f"out.{ending}")]


def whole(kind: str, output: Path, printed: bytes) -> list[str]:
    """What is wrong with what was written."""
    for path in output.glob("out.*"):
        try:
            if path.suffix == ".csv":
                with path.open(encoding="utf-8", newline="") as file:
                    rows = list(csv.reader(file))
                if len({len(row) for row in rows}) != 1:
                    return [f"{path.name} is cut off"]
            elif path.suffix == ".npz":
                with np.load(path) as arrays:
                    for name in arrays.files:
                        _ = arrays[name]
            else:
                json.loads(path.read_text())
        except (ValueError, OSError) as error:
            return [f"{path.name}: {error!r}"]
    if kind == "lines" and printed and not all(len(line.split(b"\t")) == 3 for line in printed.splitlines()):
        return ["a line is cut off"]
    return []


def one(kind: str, number: signal.Signals, at: float, folder: Path, place: Place) -> Run:
    """Run, and send the signal so many seconds after the start."""
    run = Run(kind, number, at)
    output = place.root / "output"
    with subprocess.Popen(
        command(kind, folder, output),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=place.environment, cwd=place.root / "home",
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            printed, said = process.communicate(timeout=at)
            run.finished = True
        except subprocess.TimeoutExpired:
            children = psutil.Process(process.pid).children(recursive=True)
            sent = time.monotonic()
            process.send_signal(number)
            try:
                printed, said = process.communicate(timeout=HANG_SECONDS)
            except subprocess.TimeoutExpired:
                run.wrong.append("it hangs")
                process.kill()
                printed, said = process.communicate()
            run.seconds = time.monotonic() - sent
            _, alive = psutil.wait_procs(children, 5)
            run.wrong += [f"{child} lives on" for child in alive]
    run.status = process.returncode
    if b"Traceback" in said and kind != "api":
        run.wrong.append(said.decode(errors="replace")[-400:])
    if run.status in {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}:
        run.wrong.append(f"it crashed: {run.status}")
    run.wrong += whole(kind, output, printed)
    run.left = place.left()
    return run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=int, nargs="?", default=180)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--kinds", default=",".join(KINDS))
    given = parser.parse_args()
    kinds = given.kinds.split(",")
    seed = random.SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = make(Path(temporary) / "photos", given.pictures)
        first = Place(Path(temporary) / "first", None)  # also: how long it takes
        begun = time.monotonic()
        subprocess.run(
            command("groups", folder, first.root / "output"), env=first.environment, check=True, capture_output=True
        )
        usual = time.monotonic() - begun
        for at in range(given.runs):
            kernels = first.root / "cache" / "imgenc" if at % 2 else None
            place = Place(Path(temporary) / f"run-{at}", kernels)
            number = signal.SIGKILL if given.kill else SIGNALS[at % len(SIGNALS)]
            run = one(kinds[at % len(kinds)], number, chance.uniform(0, usual), folder, place)
            if given.kill or (run.kind == "api" and run.status < 0):
                left = len(run.left)
                # Something new: the mark of kernels is swept by who loads them, not by who knows all.
                (folder / f"new-{at}.jpg").write_bytes((folder / "0000.jpg").read_bytes() + bytes(str(at), "ascii"))
                subprocess.run(
                    command(run.kind, folder, place.root / "output"),
                    env=place.environment, check=True, capture_output=True,
                )  # fmt: skip
                run.left = place.left()
                print(f"{left} left by the kill, {len(run.left)} after the next run")
            runs.append(run)
            if run.left or run.wrong:
                what = f"{run.kind} {run.number.name} after {run.at:.2f} s, status {run.status}"
                print(f"{at}: {what}: {run.left} {run.wrong}", flush=True)
            shutil.rmtree(place.root)
    told = [run for run in runs if not run.finished]
    left, wrong = sum(bool(run.left) for run in runs), sum(bool(run.wrong) for run in runs)
    longest = max((run.seconds for run in told), default=0)
    print(f"{len(runs)} runs, {len(told)} before their end; {left} left something, {wrong} were wrong")
    print(f"the longest took {longest:.2f} s to end")
    print("statuses", Counter((run.kind == "api", run.status) for run in told))
    return int(any(run.left or run.wrong for run in runs))


if __name__ == "__main__":
    sys.exit(main())
