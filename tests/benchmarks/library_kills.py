"""The command killed at random moments: what its library holds then, and what the next run makes of it.

    python -m tests.benchmarks.library_kills [KILLS] [--pictures N] [--seed N]

Each time: `imgenc FOLDER -m all -o FILE` with a new library is killed (kill -9) at a random moment of its work, and run
again to its end. The table must then equal that of an undisturbed run byte for byte, the library pass SQLite's
integrity check, and no temporary file be left. At most the last second of work may be lost: all pictures that the
progress bar had counted a second before the kill must be in the library. Linux and macOS.
"""

from __future__ import annotations

import argparse
import io
import os
import pty
import random
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from tests.pictures import photo

ROOT = Path(__file__).parents[2]
SIZES = ((400, 300), (900, 600), (60, 40))
KINDS = ("JPEG", "PNG")
LOST_SECONDS = 1.0
_SHOWN = re.compile(rb"(\d+)/(\d+) \[")


@dataclass(frozen=True)
class Killed:
    """One kill. ``finished``: counted by the progress bar a second before; ``kept``: in the library after it."""

    seconds: float
    counted: int
    finished: int
    kept: int

    @property
    def is_kept(self) -> bool:
        """Whether at most the last second of work was lost."""
        return self.kept >= self.finished


def make(folder: Path, count: int) -> Path:
    """A folder of small and larger pictures, a damaged one, and a file that is none."""
    folder.mkdir()
    made = []
    for number, size in enumerate(SIZES * 2):
        buffer = io.BytesIO()
        Image.fromarray(photo(*size, number)).save(buffer, KINDS[number % 2])
        made.append(buffer.getvalue())
    for number in range(count):  # what stands behind a picture's end makes it another file
        kind = "jpg" if number % len(made) % 2 == 0 else "png"
        (folder / f"{number:04}.{kind}").write_bytes(made[number % len(made)] + number.to_bytes(4, "big"))
    (folder / "bad.jpg").write_bytes(made[0][:300])
    (folder / "notes.txt").write_text("words")
    return folder


def command(folder: Path, target: Path) -> list[str]:
    return [sys.executable, "-m", "imgenc_gui.cli", str(folder), "-m", "all", "-o", str(target)]


def environment(library: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "IMGENC_LIBRARY": str(library)}


def undisturbed(folder: Path, work: Path) -> bytes:
    """The table of a run that nobody kills, without a library."""
    subprocess.run(
        [*command(folder, work / "undisturbed.csv"), "--no-cache"],
        check=True, capture_output=True, timeout=600, env=environment(work / "none"),
    )  # fmt: skip
    return (work / "undisturbed.csv").read_bytes()


def kill(folder: Path, work: Path, chance: random.Random) -> Killed:
    """Start with a new library, and kill at a moment between the first picture and the last."""
    library, target = work / "library", work / "out.csv"
    shutil.rmtree(library, ignore_errors=True)
    target.unlink(missing_ok=True)
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 120))
    process = subprocess.Popen(
        command(folder, target), stdout=subprocess.DEVNULL, stderr=follower, env=environment(library)
    )
    os.close(follower)
    at = chance.random()  # of the pictures; and then some more, so that the moment isn't the bar's
    progress: list[tuple[float, int]] = []
    deadline = float("inf")
    try:
        for moment, done, total in _progress(leader):
            if done is not None:
                progress.append((moment, done))
                if deadline == float("inf") and done >= at * total:
                    deadline = moment + chance.random() * 0.3
            if moment >= deadline:
                break
        killed = time.monotonic()
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    finally:
        process.kill()
        process.wait(60)
        os.close(leader)
    counted = max((done for _, done in progress), default=0)
    finished = max((done for moment, done in progress if moment <= killed - LOST_SECONDS), default=0)
    return Killed(killed - (progress[0][0] if progress else killed), counted, finished, kept(folder, library))


def _progress(terminal: int) -> Iterator[tuple[float, int | None, int]]:
    """What the bar shows as it comes, or None for a moment when nothing comes; until the process ends."""
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.02)
        shown = b""
        if ready:
            try:
                shown = os.read(terminal, 65536)
            except OSError:  # Linux's word for the other side having closed
                return
            if not shown:
                return
        found = _SHOWN.findall(shown)
        yield time.monotonic(), int(found[-1][0]) if found else None, int(found[-1][1]) if found else 0


def kept(folder: Path, library: Path) -> int:
    """How many pictures the library knows by all methods, or knows to be none."""
    opened = Library(library)
    files = sorted(map(str, folder.iterdir()))
    results = opened.of_files(files, Options(tuple(METHODS)))
    opened.close()
    return sum(
        result is not None and (bool(result.failure) or len(result.encodings) == len(METHODS)) for result in results
    )


def went_on(folder: Path, work: Path, expected: bytes) -> list[str]:
    """Run again to the end. What is wrong then."""
    library, target = work / "library", work / "out.csv"
    run = subprocess.run(
        command(folder, target), check=False, capture_output=True, text=True, timeout=600, env=environment(library)
    )
    wrong = []
    if run.returncode or "library " in run.stderr.replace("from the library", ""):
        wrong.append(f"status {run.returncode}: {run.stderr}")
    if not target.exists() or target.read_bytes() != expected:
        wrong.append("the encodings differ")
    with sqlite3.connect(library / "library.sqlite") as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    if verdict != "ok":
        wrong.append(f"integrity_check: {verdict}")
    left = [path.name for path in (*work.iterdir(), *library.iterdir()) if path.name not in _EXPECTED]
    if left:
        wrong.append(f"left: {left}")
    return wrong


_EXPECTED = {"library", "library.sqlite", "out.csv", "undisturbed.csv"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    print(f"seed {seed}, {given.pictures} pictures")
    chance = random.Random(seed)
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder, work = make(Path(temporary) / "photos", given.pictures), Path(temporary) / "work"
        work.mkdir()
        expected = undisturbed(folder, work)
        for number in range(given.kills):
            killed = kill(folder, work, chance)
            wrong = went_on(folder, work, expected)
            if not killed.is_kept:
                wrong.append("more than the last second is lost")
            failed += bool(wrong)
            print(
                f"{number + 1}: after {killed.seconds:.2f} s, {killed.counted} counted, {killed.finished} a second "
                f"before, {killed.kept} kept: {'; '.join(wrong) or 'sound'}"
            )
    print(f"{given.kills - failed} of {given.kills} sound")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
