"""How fast imgenc encodes, as ratios to the floor (decoding) and to its peers, all measured in one run.

    python tests/benchmarks/encoders.py [--rounds N] [--folder KEPT_CORPUS] [--earlier CHECKOUT_OF_AN_EARLIER_VERSION]

Each contender works in a fresh process of its own on a corpus that this script makes: it warms up, then encodes the
whole corpus on all processors. The rounds are interleaved, so that the machine's noise meets all alike; the table
gives medians with quartiles, of times and of each round's ratio to the floor. Needs the `benchmark` extra.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, util
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the checkout is what is measured, installed or not
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# name -> (pictures, width, height, format, how it is saved)
CORPORA: dict[str, tuple[int, int, int, str, dict[str, object]]] = {
    "12 MP": (64, 4000, 3000, "JPEG", {"quality": 90}),
    "640 x 480": (1000, 640, 480, "JPEG", {"quality": 90}),
    "12 MP PNG": (8, 4000, 3000, "PNG", {"compress_level": 6}),
    "12 MP WEBP": (8, 4000, 3000, "WEBP", {"quality": 90, "method": 2}),
    "12 MP TIFF": (16, 4000, 3000, "TIFF", {"compression": "tiff_lzw"}),
}
HASHES = ("phash", "ahash", "dhash", "whash")
FLOOR, REUSED, PILLOW = "decode only (simplejpeg)", "decode only, into one buffer", "decode only (Pillow)"
OWN = ("imgenc, PHash", "imgenc, all four hashes")
BARE, FLOOR_OF_CNN = "bare model, best batch", "decode + bare model"
OWN_CNN = ("imgenc, CNN", "imgenc, all five", BARE)
EARLIER = "earlier "  # and the name of what an earlier version does

# --- corpora -----------------------------------------------------------------------------------------------------


def photographic(width: int, height: int, seed: int) -> Image.Image:
    """A picture with detail at every scale, as photographs have (amplitude about 1/frequency), and sensor noise."""
    chance = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 11):
        cells = 2**octave
        size = (max(2, min(width, cells)), max(2, min(height, cells * height // width)))
        layer = Image.fromarray(chance.integers(0, 256, (size[1], size[0], 3), np.uint8))
        total += np.asarray(layer.resize((width, height), Image.Resampling.BICUBIC), np.float32) * (0.6 / 1.55**octave)
        if cells > width:
            break
    total += chance.normal(0, 3, (height, width, 1)).astype(np.float32)
    total -= total.min()
    return Image.fromarray((total * (255 / total.max())).astype(np.uint8))


def make_corpus(
    folder: Path, count: int, width: int, height: int, kind: str = "JPEG", options: Mapping[str, object] | None = None
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        path = folder / f"{i:04}.{'jpg' if kind == 'JPEG' else kind.lower()}"
        if not path.exists():
            buffer = io.BytesIO()
            photographic(width, height, i).save(buffer, kind, **(options or {"quality": 90}))
            path.write_bytes(buffer.getvalue())


# --- contenders: each takes the files and does the whole work once -------------------------------------------------

Job = Callable[[Sequence[Path]], object]


def on_threads(work: Callable[[Path], object]) -> Job:
    def job(files: Sequence[Path]) -> None:
        with ThreadPoolExecutor(CORES) as pool:
            for _ in pool.map(work, files):
                pass

    return job


def decode_only() -> Job:
    import simplejpeg

    return on_threads(lambda path: simplejpeg.decode_jpeg(path.read_bytes()))


def decode_into_one_buffer() -> Job:
    import simplejpeg

    kept = threading.local()

    def work(path: Path) -> None:
        kept.pixels = simplejpeg.decode_jpeg(path.read_bytes(), buffer=getattr(kept, "pixels", None))

    return on_threads(work)


def decode_by_pillow() -> Job:
    def work(path: Path) -> None:
        with Image.open(path) as image:
            np.asarray(image.convert("RGB"))

    return on_threads(work)


def imgenc(*methods: str) -> Callable[[], Job]:
    def prepare() -> Job:
        from imgenc_gui.core.encoding import Encoder
        from imgenc_gui.core.hashing.engine import KERNEL
        from imgenc_gui.core.records.methods import Options
        from imgenc_gui.core.registry import METHODS
        from imgenc_gui.core.workers import encode_in_order

        encoder = Encoder(Options(tuple(METHODS[name] for name in methods)))
        encoder.load_networks()
        KERNEL.wait()
        return lambda files: list(encode_in_order(encoder, [str(path) for path in files], CORES))

    return prepare


def bare_model() -> Job:
    """The network alone, by the engine that imgenc takes, on pixels that lie ready, on as many threads.

    The size of its batches, and whether threads share one or have one each, is the best of those tried beforehand.
    """
    from imgenc_gui.core.networks.mobilenet_v1 import load

    network = load()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 224, 224, 3), np.uint8)

    def run(batch: int, threads: int, count: int) -> float:
        starts = [i % (64 - batch + 1) for i in range(0, count, batch)]
        started = time.perf_counter()
        if threads == 1:
            for start in starts:
                network.embed(pixels[start : start + batch], CORES)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda start: network.embed(pixels[start : start + batch], 1), starts))
        return (time.perf_counter() - started) / (len(starts) * batch)

    def best_of_all() -> tuple[int, int]:
        return min(
            ((batch, threads) for batch in (1, 4, 8, 16, 32) for threads in {1, CORES}),
            key=lambda kind: min(run(*kind, 64) for _ in range(2)),
        )

    batch, threads = best_of_all()
    return lambda files: run(batch, threads, max(len(files), 256)) * len(files)


def imagededup(name: str) -> Callable[[], Job]:
    def prepare() -> Job:
        from imagededup import methods

        return lambda files: getattr(methods, name)(verbose=False).encode_images(files[0].parent)

    return prepare


def imagededup_all() -> Job:
    jobs = [imagededup(name)() for name in ("PHash", "AHash", "DHash", "WHash")]
    return lambda files: [job(files) for job in jobs]


def imagehash(*functions: str) -> Callable[[], Job]:
    def prepare() -> Job:
        import imagehash as library

        def work(path: Path) -> None:
            with Image.open(path) as image:
                for function in functions:
                    getattr(library, function)(image)

        return on_threads(work)

    return prepare


def czkawka() -> Job:
    from czkawka import ImageSimilarity

    def job(files: Sequence[Path]) -> None:
        finder = ImageSimilarity()
        finder.set_directories([files[0].parent])
        finder.set_similarity(0)
        finder.find_similar()

    return job


# name -> (what prepares it, the package that it needs)
CONTENDERS: dict[str, tuple[Callable[[], Job], str]] = {
    FLOOR: (decode_only, "simplejpeg"),
    REUSED: (decode_into_one_buffer, "simplejpeg"),
    PILLOW: (decode_by_pillow, "PIL"),
    "imgenc, PHash": (imgenc("phash"), "imgenc_gui"),
    "imgenc, all four hashes": (imgenc(*HASHES), "imgenc_gui"),
    "imgenc, CNN": (imgenc("cnn"), "imgenc_gui"),
    "imgenc, all five": (imgenc(*HASHES, "cnn"), "imgenc_gui"),
    BARE: (bare_model, "imgenc_gui"),
    "imagededup, PHash": (imagededup("PHash"), "imagededup"),
    "imagededup, four passes": (imagededup_all, "imagededup"),
    "imagehash, phash": (imagehash("phash"), "imagehash"),
    "imagehash, four hashes": (imagehash("phash", "average_hash", "dhash", "whash"), "imagehash"),
    "czkawka, its hash": (czkawka, "czkawka"),
}

# ratio, the bound on it from the project's goals, per corpus: (of, to, bound, "at most" or "at least")
GOALS = {
    "12 MP": [
        ("imgenc, PHash", FLOOR, 1.15, "at most"),
        ("czkawka, its hash", "imgenc, PHash", 1.7, "at least"),
        ("imagededup, PHash", "imgenc, PHash", 2.2, "at least"),
        ("imgenc, all four hashes", FLOOR, 1.45, "at most"),
        ("imagededup, four passes", "imgenc, all four hashes", 5.0, "at least"),
        ("imgenc, CNN", FLOOR_OF_CNN, 1.2, "at most"),
    ],
    "640 x 480": [
        ("imgenc, PHash", FLOOR, 1.15, "at most"),
        ("imgenc, all four hashes", FLOOR, 1.6, "at most"),
        ("imagededup, PHash", "imgenc, PHash", 2.0, "at least"),
        ("imagededup, four passes", "imgenc, all four hashes", 4.5, "at least"),
        ("imgenc, CNN", FLOOR_OF_CNN, 1.2, "at most"),
    ],
}


def child(name: str, folder: Path, warm_up: Path, root: str) -> None:
    """Warm up, encode the folder once, print the seconds. A job that returns seconds has measured by itself."""
    sys.path.insert(0, root)
    job = CONTENDERS[name.removeprefix(EARLIER)][0]()
    job(sorted(warm_up.iterdir()))
    files = sorted(folder.iterdir())
    started = time.perf_counter()
    own = job(files)
    print(json.dumps(own if isinstance(own, float) else time.perf_counter() - started))


def measure(name: str, folder: Path, warm_up: Path, earlier: Path | None) -> float:
    root = earlier if earlier and name.startswith(EARLIER) else ROOT
    with tempfile.TemporaryDirectory() as home:  # czkawka keeps hashes between runs; here it may not
        environment = dict(os.environ)
        if name.startswith("czkawka"):
            environment |= {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home}
        run = subprocess.run(
            [sys.executable, __file__, "--child", name, str(folder), str(warm_up), str(root)],
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
            env=environment,
        )
    if run.returncode:
        raise SystemExit(f"{name} failed:\n{run.stderr[-2000:]}")
    return float(json.loads(run.stdout.strip().splitlines()[-1]))


def contenders(corpus: str, only: Sequence[str], *, with_earlier: bool) -> list[str]:
    """Those that are measured on a corpus, the floor first: JPEGs' are all but Pillow's decoder, the others' few."""
    is_jpeg = CORPORA[corpus][3] == "JPEG"
    names = [name for name in CONTENDERS if name != PILLOW] if is_jpeg else [PILLOW, *OWN]
    there = [name for name in names if util.find_spec(CONTENDERS[name][1])]
    there += [EARLIER + name for name in (*OWN, *(OWN_CNN if is_jpeg else ())) if with_earlier]
    return [name for name in there if any(part in name for part in ("decode", *only))]


def with_quartiles(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.2f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def report(corpus: str, count: int, seconds: dict[str, list[float]]) -> None:
    floor = seconds[next(iter(seconds))]
    times = dict(seconds)
    for whose in ("", EARLIER):
        if whose + BARE in times:
            model = times[whose + BARE]
            times[whose + FLOOR_OF_CNN] = [one + other for one, other in zip(floor, model, strict=True)]
    print(f"\n{corpus}, {count} {CORPORA[corpus][3]}s\n")
    print("| | ms per picture (quartiles) | to decoding (quartiles) |\n|---|---|---|")
    for name, found in seconds.items():
        ratios = [one / other for one, other in zip(found, floor, strict=True)]
        print(f"| {name} | {with_quartiles([each / count * 1e3 for each in found])} | {with_quartiles(ratios)} |")
    print()
    goals = GOALS.get(corpus, ())
    earlier = [(EARLIER + of, to if to == FLOOR else EARLIER + to, *rest) for of, to, *rest in goals]
    for of, to, bound, kind in (*goals, *earlier):
        if of in times and to in times:
            ratios = [one / other for one, other in zip(times[of], times[to], strict=True)]
            ratio = statistics.median(ratios)
            reached = ratio <= bound if kind == "at most" else ratio >= bound
            said = "reached" if reached else "MISSED"
            print(f"- {of} / {to}: {with_quartiles(ratios)} (goal: {kind} {bound}): {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the corpora are kept; default: a temporary folder")
    parser.add_argument("--corpus", choices=list(CORPORA), action="append")
    parser.add_argument("--only", nargs="+", default=[""], help="only contenders whose names contain one of these")
    parser.add_argument("--earlier", type=Path, help="a checkout of an earlier version, measured in the same rounds")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]), Path(given.child[2]), given.child[3])
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = given.folder or Path(temporary)
        others = ("numpy", "numba", "simplejpeg", "onnxruntime", "torch", "imagededup")
        packages = {"Pillow": "PIL", **{name: name for name in others}}
        versions = [f"{name} {metadata.version(name)}" for name, module in packages.items() if util.find_spec(module)]
        print(f"{platform.machine()}, {CORES} cores, Python {platform.python_version()}, {', '.join(versions)}")
        for corpus in given.corpus or CORPORA:
            count, *kind = CORPORA[corpus]
            folder, warm_up = root / corpus.replace(" ", ""), root / f"{corpus.replace(' ', '')}-warm-up"
            make_corpus(folder, count, *kind)
            make_corpus(warm_up, 2, *kind)
            names = contenders(corpus, given.only, with_earlier=given.earlier is not None)
            seconds: dict[str, list[float]] = {name: [] for name in names}
            for _ in range(given.rounds):
                for name in names:
                    seconds[name].append(measure(name, folder, warm_up, given.earlier))
            report(corpus, count, seconds)


if __name__ == "__main__":
    main()
