"""Mutated files, read as imgenc reads them: no crash, no hang, nothing printed, nothing left, and imagededup's hashes.

    python -m tests.fuzzing [COUNT] [--seed N] [--start N] [--workers N]
    python -m tests.fuzzing --write NUMBER FILE [--seed N]

Each file has a number, and with the seed the number makes it: the second form writes it. Processes of their own read
them (trying.py), so that one that dies or hangs tells which file did it. Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.fuzzing.mutations import mutated
from tests.fuzzing.seeds import seeds

ROOT = Path(__file__).parents[2]
SEED = 11
_PORTION = 1000  # files for one process
_KILL_SECONDS = 120.0  # nothing is heard of a process: some is imagededup's, and the machine may be busy
_START_SECONDS = 300.0  # kernels are compiled


@dataclass(frozen=True)
class Problem:
    """What went wrong with a file, or with all that one process read (number None)."""

    number: int | None
    words: str

    def __str__(self) -> str:
        return f"{'' if self.number is None else self.number}: {self.words}"


def fuzz(
    numbers: Iterable[int], seed: int = SEED, workers: int = 2, tell: Callable[[object], object] = lambda _: None
) -> list[Problem]:
    """Try the files with these numbers. ``tell`` is called with each problem as it is found, and how far all came."""
    wanted = list(numbers)
    portions = [wanted[start : start + _PORTION] for start in range(0, len(wanted), _PORTION)]

    def one(portion: list[int]) -> list[Problem]:
        problems = []
        for problem in _tried(portion, seed):
            tell(problem)
            problems.append(problem)
        tell(f"{portion[0]} to {portion[-1]} are done")
        return problems

    with ThreadPoolExecutor(workers) as pool:
        return [problem for problems in pool.map(one, portions) for problem in problems]


def _tried(numbers: list[int], seed: int) -> Iterator[Problem]:
    """One process after the other, until all are tried: where one ends too early, the next goes on behind its file."""
    while numbers:
        begun: int | None = None
        tried = 0
        with _Reading(numbers, seed) as reading:
            for said in reading.lines():
                if "begun" in said:
                    begun = said["begun"]
                elif "ended" in said:
                    yield from (Problem(begun, words) for words in said["problems"])
                    tried += 1
                elif said.get("left"):
                    yield Problem(None, f"left by {numbers[0]} to {numbers[-1]}: {said['left']}")
        if tried == len(numbers) and reading.status == 0:
            return
        yield Problem(begun, f"ends the process: {reading.status}")
        if begun is None or tried == len(numbers):
            return
        numbers = numbers[tried + 1 :]


class _Reading:
    """A process that reads files, and is killed when nothing is heard of it."""

    def __init__(self, numbers: list[int], seed: int) -> None:
        self._channel, theirs = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzzing.trying", str(theirs), str(seed), ",".join(map(str, numbers))],
            cwd=ROOT,
            pass_fds=(theirs,),
            start_new_session=True,
        )
        os.close(theirs)
        self.status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.status = self._process.wait() if self.status is None else self.status
        os.close(self._channel)

    def lines(self) -> Iterator[dict]:
        """What it tells, until it ends or hangs."""
        told, patience = b"", _START_SECONDS
        while select.select([self._channel], [], [], patience)[0]:
            patience = _KILL_SECONDS
            part = os.read(self._channel, 1 << 16)
            if not part:
                self.status = self._process.wait()
                return
            *whole, told = (told + part).split(b"\n")
            yield from map(json.loads, whole)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("count", type=int, nargs="?", default=1000)
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--start", type=int, default=0, help="the first file's number")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--write", nargs=2, metavar=("NUMBER", "FILE"), help="write that one file")
    given = arguments.parse_args()
    if given.write:
        file = mutated(int(given.write[0]), given.seed, seeds())
        Path(given.write[1]).write_bytes(file.data)
        print(file.format, *file.how)
        return 0
    began = time.monotonic()
    numbers = range(given.start, given.start + given.count)
    problems = fuzz(numbers, given.seed, given.workers, lambda said: print(said, flush=True))
    kinds = Counter(problem.words.split()[0] for problem in problems)
    seconds = time.monotonic() - began
    print(f"{given.count} files, seed {given.seed}, {seconds:.0f} s, {len(problems)} problems {dict(kinds)}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
