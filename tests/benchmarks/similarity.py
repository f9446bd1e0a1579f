"""How fast imgenc compares encodings, as ratios to faiss, numpy, bare products and imagededup, all in one run.

    python tests/benchmarks/similarity.py [--rounds N] [--only WORDS ...]

Hashes are random ones, and clustered ones as photographs have them: PHashes of the test pictures and of made-up photos,
each with up to eight bits flipped, some equal and some flat. The contenders of a comparison take turns on all
processors, so that the machine's noise meets all alike; the tables give medians with quartiles. The kernels are loaded
before. Needs the `benchmark` extra.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the checkout is what is measured, installed or not

from imgenc_gui.core.comparing.comparable import Comparable  # noqa: E402
from imgenc_gui.core.comparing.strictness import STEPS, USUAL_STEP, criteria_at  # noqa: E402
from imgenc_gui.core.encoding import Encoder  # noqa: E402
from imgenc_gui.core.processors import usable_processors  # noqa: E402
from imgenc_gui.core.records.methods import Method, Options  # noqa: E402
from imgenc_gui.core.records.results import Facts, ImageResult  # noqa: E402
from imgenc_gui.core.registry import METHODS  # noqa: E402
from imgenc_gui.core.rows import Rows  # noqa: E402
from imgenc_gui.core.similarity.engine import KERNEL  # noqa: E402
from imgenc_gui.core.similarity.groups import groups  # noqa: E402
from imgenc_gui.core.similarity.measures import Cosine, Hamming  # noqa: E402
from imgenc_gui.core.similarity.pairs import neighbours, pairs  # noqa: E402
from imgenc_gui.core.workers import encode_in_order  # noqa: E402
from tests.benchmarks.encoders import photographic  # noqa: E402

CORES = usable_processors()
WITHIN = 10
KINDS = ("random", "clustered")
Job = Callable[[], object]


class Comparison(NamedTuple):
    """Jobs that take turns, and the bound on what is asked: (of, to, bound, "at most" or "at least")."""

    jobs: dict[str, Job]
    goals: list[tuple[str, str, float, str]]  # to "": seconds


HASHES = tuple(method for method in METHODS if method.is_hash)


def real_hashes(methods: tuple[Method, ...] = (METHODS["phash"],)) -> np.ndarray:
    """Hashes (n, methods) of the test pictures and of made-up photos, each once."""
    encoder = Encoder(Options(methods))
    files = [str(path) for path in sorted((ROOT / "tests/data/images").rglob("*")) if path.is_file()]
    encodings = [result.encodings for result in encode_in_order(encoder, files)]
    encodings += [encoder.encode_array(np.asarray(photographic(64, 48, seed))).encodings for seed in range(1000)]
    numbers = [[int(each[method], 16) for method in methods] for each in encodings if each]
    return np.unique(np.array(numbers, np.uint64), axis=0)


def random(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def clustered(count: int, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    real = real_hashes()[:, 0]
    hashes = real[chance.integers(0, len(real), count)]
    flips = chance.integers(0, 9, count)
    for number in range(8):
        flipped = flips > number
        hashes[flipped] ^= np.uint64(1) << chance.integers(0, 64, flipped.sum(), dtype=np.uint64)
    hashes[: count // 50] = np.uint64(0)
    hashes[count // 50 : count // 10] = hashes[chance.integers(0, count, count // 10 - count // 50)]
    return chance.permutation(hashes)


def made_up(kind: str, count: int) -> np.ndarray:
    return random(count) if kind == "random" else clustered(count)


# --- what is compared ---------------------------------------------------------------------------------------------


def with_faiss(kind: str) -> Comparison:
    """Groups against the bare list of pairs that others would make them of."""
    import faiss

    faiss.omp_set_num_threads(CORES)
    hashes = made_up(kind, 100_000)
    octets = hashes.view(np.uint8).reshape(-1, 8)
    index = faiss.IndexBinaryFlat(64)
    index.add(octets)
    ranks = np.arange(hashes.size)
    jobs: dict[str, Job] = {
        "groups of 100,000": lambda: groups(Hamming(hashes, WITHIN), ranks),
        "faiss, range_search": lambda: index.range_search(octets, WITHIN + 1),  # it takes what is nearer than that
    }
    goals = [
        ("faiss, range_search", "groups of 100,000", 10.0, "at least"),
        ("groups of 100,000", "", 1.0, "at most"),
    ]
    return Comparison(jobs, goals)


def million(kind: str) -> Comparison:
    hashes = made_up(kind, 1_000_000)
    ranks = np.arange(hashes.size)
    jobs: dict[str, Job] = {"groups of 1,000,000": lambda: groups(Hamming(hashes, WITHIN), ranks)}
    goals = [("groups of 1,000,000", "", 15.0, "at most")]
    if kind == "random":
        jobs["all pairs of 1,000,000"] = lambda: [None for _ in pairs(Hamming(hashes, WITHIN))]
        goals.append(("all pairs of 1,000,000", "", 5.0, "at most"))
    return Comparison(jobs, goals)


def one_query(kind: str) -> Comparison:
    hashes = made_up(kind, 1_000_000)
    among = Hamming(hashes, WITHIN)
    jobs: dict[str, Job] = {
        "one query in 1,000,000": lambda: neighbours(hashes[7], among),
        "numpy, bitwise_count(xor)": lambda: np.bitwise_count(hashes ^ hashes[7]),
    }
    return Comparison(jobs, [("one query in 1,000,000", "numpy, bitwise_count(xor)", 1.0, "at most")])


def vectors() -> Comparison:
    """As a network makes them: no negative numbers, about 0.6 alike."""
    given = np.random.default_rng(0).gamma(0.7, 1, (20_000, 1024)).astype(np.float32)
    measure = Cosine(given, 0.9)
    rows = measure.rows

    def products() -> None:
        for top in range(0, len(given), rows):
            for left in range(top, len(given), rows):
                given[top : top + rows] @ given[left : left + rows].T

    jobs: dict[str, Job] = {
        "CNN, all pairs of 20,000": lambda: [None for _ in pairs(Cosine(given, 0.9))],
        "bare products of the same blocks": products,
    }
    return Comparison(jobs, [("CNN, all pairs of 20,000", "bare products of the same blocks", 1.25, "at most")])


def session_rows(count: int) -> Rows:
    """A session of photographs: all four hashes of real ones, each with up to six bits flipped; a tenth are copies."""
    chance = np.random.default_rng(0)
    real = real_hashes(HASHES)
    hashes = real[chance.integers(0, len(real), count)]
    for _ in range(6):
        flipped = chance.random(hashes.shape) < 0.4
        hashes[flipped] ^= np.uint64(1) << chance.integers(0, 64, np.count_nonzero(flipped), dtype=np.uint64)
    content = chance.integers(0, count, count // 10)
    hashes[: count // 10] = hashes[content]
    numbers = np.concatenate([content, np.arange(count // 10, count)]).tolist()
    rows = Rows(METHODS)
    rows.append(f"/photos/{number % 97}/IMG_{number:06}.jpg" for number in chance.permutation(count).tolist())
    for row, (path, number, own) in enumerate(zip(rows.paths, numbers, hashes.tolist(), strict=True)):
        facts = Facts("JPEG", 600 + number % 4000, 3000, 1, number, number, 1, f"{number + 1:032x}")
        encodings = {method: f"{hash_:016x}" for method, hash_ in zip(HASHES, own, strict=True)}
        rows.apply(row, ImageResult(path, facts, encodings))
    return rows


def session() -> Comparison:
    """What the window waits for, or has done in the background, while a person moves the slider."""
    rows = session_rows(100_000)
    frozen = Comparable.freeze(rows, turned=False)
    freeze = "freezing 100,000 rows, on the window's thread"
    first = "the first groups, PHash"
    jobs: dict[str, Job] = {
        freeze: lambda: Comparable.freeze(rows, turned=False),
        first: lambda: Comparable.freeze(rows, turned=False).groups(criteria_at(USUAL_STEP, HASHES[:1])),
        "nearest others, PHash": lambda: frozen.nearest(HASHES[0]),
        "similar to one, mirrored and turned, PHash": lambda: frozen.similar(
            {HASHES[0]: rows.hash_text(7, HASHES[0])}, criteria_at(USUAL_STEP, HASHES[:1]), without=7, oriented=True
        ),
    }
    goals = [(freeze, "", 0.02, "at most")]
    for name, methods, every in (
        ("PHash", HASHES[:1], False),
        ("any of four hashes", HASHES, False),
        ("all of four hashes", HASHES, True),
    ):
        for step in (0, 4, 10, 14, STEPS):
            job = f"regrouping at step {step}, {name}"
            jobs[job] = lambda step=step, methods=methods, every=every: frozen.groups(
                criteria_at(step, methods), every=every
            )
            goals.append((job, "", 0.5, "at most"))
    return Comparison(jobs, goals)


def with_imagededup(kind: str) -> Comparison:
    """The whole mapping of names to duplicates, from the hashes' array and from the hashes' texts."""
    from imagededup.methods import PHash

    hashes = made_up(kind, 10_000)
    names = [f"{number}.jpg" for number in range(hashes.size)]
    texts = {name: f"{hash_:016x}" for name, hash_ in zip(names, hashes.tolist(), strict=True)}

    def ours() -> dict[str, list[str]]:
        duplicates: dict[str, list[str]] = {name: [] for name in names}
        for chunk in pairs(Hamming(hashes, WITHIN)):
            for i, j in zip(chunk.first.tolist(), chunk.second.tolist(), strict=True):
                duplicates[names[i]].append(names[j])
                duplicates[names[j]].append(names[i])
        return duplicates

    other = PHash(verbose=False)
    jobs: dict[str, Job] = {
        "all duplicates of 10,000": ours,
        "imagededup, find_duplicates": lambda: other.find_duplicates(
            encoding_map=texts, max_distance_threshold=WITHIN, num_dist_workers=CORES
        ),
    }
    return Comparison(jobs, [("imagededup, find_duplicates", "all duplicates of 10,000", 300.0, "at least")])


COMPARISONS: dict[str, Callable[[], Comparison]] = {
    "one query, random": lambda: one_query("random"),
    **{f"faiss, {kind}": (lambda kind=kind: with_faiss(kind)) for kind in KINDS},
    **{f"million, {kind}": (lambda kind=kind: million(kind)) for kind in KINDS},
    "vectors": vectors,
    "session": session,
    **{f"imagededup, {kind}": (lambda kind=kind: with_imagededup(kind)) for kind in KINDS},
}

# --- measuring ----------------------------------------------------------------------------------------------------


def seconds(job: Job) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def quartiles(values: list[float]) -> tuple[float, float, float]:
    return tuple(float(value) for value in np.quantile(values, (0.25, 0.5, 0.75)))


def measure(title: str, comparison: Comparison, rounds: int) -> None:
    took: dict[str, list[float]] = {name: [] for name in comparison.jobs}
    for number in range(rounds + 1):
        for name, job in comparison.jobs.items():
            spent = seconds(job)
            if number or rounds == 0:  # the first round warms up
                took[name].append(spent)
    print(f"\n{title}\n\n| | ms | quartiles |\n|---|---|---|")
    for name, values in took.items():
        low, middle, high = (value * 1e3 for value in quartiles(values))
        print(f"| {name} | {middle:.2f} | {low:.2f} to {high:.2f} |")
    print()
    for of, to, bound, kind in comparison.goals:
        values = [a / b for a, b in zip(took[of], took[to], strict=True)] if to else took[of]
        low, middle, high = quartiles(values)
        reached = middle <= bound if kind == "at most" else middle >= bound
        what = f"{of} / {to}" if to else f"{of}, seconds"
        print(
            f"- {what}: {middle:.3g}, quartiles {low:.3g} to {high:.3g} "
            f"(goal: {kind} {bound:g}): {'reached' if reached else 'MISSED'}",
            flush=True,
        )


def memory(kind: str) -> float:
    """Megabytes that groups of 1,000,000 take beside the hashes, in a process that only groups them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hashes.npy")
        np.save(path, made_up(kind, 1_000_000))
        command = [sys.executable, __file__, "--memory", path]
        run = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=True)
    return float(json.loads(run.stdout.splitlines()[-1]))


def memory_of_groups(path: Path) -> None:
    hashes = np.load(path)
    before = psutil.Process().memory_info().rss
    groups(Hamming(hashes, WITHIN), np.arange(hashes.size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # of all its life, so this is at most too much
    print(json.dumps((peak - before) / 1e6))


def chosen(words: list[str]) -> Iterator[str]:
    yield from (
        name for name in (*COMPARISONS, *(f"memory, {kind}" for kind in KINDS)) if any(w in name for w in words)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=[""], help="only comparisons whose names contain one of these")
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if KERNEL.wait() is None:
        raise SystemExit("There are no kernels.")
    if given.memory:
        memory_of_groups(given.memory)
        return
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "numba", "faiss-cpu", "imagededup")]
    print(f"{platform.machine()}, {CORES} cores, Python {platform.python_version()}, {', '.join(versions)}")
    for name in chosen(given.only):
        if name.startswith("memory"):
            megabytes = memory(name.removeprefix("memory, "))
            reached = "reached" if megabytes <= 500 else "MISSED"
            print(f"- {name}: groups of 1,000,000 take {megabytes:.0f} MB (goal: at most 500): {reached}", flush=True)
        else:
            measure(name, COMPARISONS[name](), given.rounds)


if __name__ == "__main__":
    main()
