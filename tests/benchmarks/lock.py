"""How long a small picture holds the interpreter's lock, which bounds how many a machine of many cores encodes.

    python tests/benchmarks/lock.py [--pictures N] [--rounds N] [--folder KEPT_CORPUS]

What decoding, the kernels and reading a file take is done without the lock, and timed by itself; the rest of a thread's
processor time is done with it. Beside that, how many pictures a second there are on 1, 2, 4 ... threads. Needs numpy,
numba, Pillow, simplejpeg, xxhash, platformdirs, defusedxml, scipy and PyWavelets.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from imgenc_gui.core.encoding import Encoder  # noqa: E402
from imgenc_gui.core.formats import jpeg  # noqa: E402
from imgenc_gui.core.hashing.engine import KERNEL  # noqa: E402
from imgenc_gui.core.records.methods import Options  # noqa: E402
from imgenc_gui.core.registry import METHODS  # noqa: E402
from imgenc_gui.core.workers import encode_in_order  # noqa: E402
from tests.benchmarks.encoders import CORES, HASHES, make_corpus  # noqa: E402

WITHOUT = ("resample", "grey", "haar", "above_mean", "rising", "above_median")


class Timed:
    """Notes the processor time of calls that are made without the lock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            started = time.thread_time()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.thread_time() - started

        return timed


def held(encoder: Encoder, files: Sequence[str], rounds: int) -> tuple[list[float], list[float]]:
    """Of each round, the seconds per picture with the lock and without."""
    kernels, timed = KERNEL.wait(), Timed()
    for name in WITHOUT:
        setattr(kernels, name, timed(getattr(kernels, name)))
    jpeg.simplejpeg.decode_jpeg = timed(jpeg.simplejpeg.decode_jpeg)
    with_lock, without = [], []
    for _ in range(rounds):
        timed.seconds = 0.0
        started = time.thread_time()
        for _ in encoder.encode(enumerate(files)):
            pass
        taken = time.thread_time() - started
        with_lock.append((taken - timed.seconds) / len(files))
        without.append(timed.seconds / len(files))
    return with_lock, without


def per_second(encoder: Encoder, files: Sequence[str], workers: int) -> float:
    started = time.perf_counter()
    for _ in encode_in_order(encoder, files, workers):
        pass
    return len(files) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the corpus is kept; default: a temporary folder")
    given = parser.parse_args()
    os.environ.setdefault("NUMBA_CACHE_DIR", tempfile.gettempdir())
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary)) / "640x480"
        make_corpus(folder, given.pictures, 640, 480)
        files = sorted(map(str, folder.iterdir()))
        encoders = {
            name: Encoder(Options(tuple(METHODS[method] for method in methods)))
            for name, methods in (("PHash", HASHES[:1]), ("all four hashes", HASHES))
        }
        KERNEL.wait()
        counts = sorted({min(2**power, CORES) for power in range(7)})
        print("| 640 x 480 | " + " | ".join(f"{count} threads, pictures/s" for count in counts) + " |")
        print("|---" * (len(counts) + 1) + "|")
        for name, encoder in encoders.items():
            rounds = [[per_second(encoder, files, count) for count in counts] for _ in range(given.rounds)]
            medians = [statistics.median(of_count) for of_count in zip(*rounds, strict=True)]
            print(
                f"| {name} | " + " | ".join(f"{median:.0f} ({median / medians[0]:.2f} x)" for median in medians) + " |"
            )
        print()
        for name, encoder in encoders.items():
            with_lock, without = held(encoder, files, given.rounds)
            lock, rest = statistics.median(with_lock), statistics.median(without)
            print(
                f"{name}: {lock * 1e6:.0f} us per picture with the lock, {rest * 1e6:.0f} without:"
                f" at most {1 / lock:.0f} a second, {1 + rest / lock:.1f} threads are of use"
            )


if __name__ == "__main__":
    main()
