"""How long a PHash takes of each format, as a ratio to the format's bare decoder, both on two threads.

    python tests/benchmarks/formats.py [--rounds N] [--pictures N] [--only NAMES] [--folder KEPT_PICTURES]

Pictures of 12 megapixels are made for it. Where no encoder is at hand, the format is left out, and the script says so:
HEIC is made by heif-enc (Debian: libheif-examples), or taken from the folder, NAME.heic. Rounds are interleaved; the
table gives medians with quartiles of the seconds for a picture and of the ratio, by the clock, and the ratio of the
processor's time, which other programs disturb less.
"""

from __future__ import annotations

import argparse
import functools
import io
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the checkout is what is measured, installed or not

from imgenc_gui.core.encoding import Encoder  # noqa: E402
from imgenc_gui.core.hashing.engine import KERNEL  # noqa: E402
from imgenc_gui.core.records.methods import Options  # noqa: E402
from imgenc_gui.core.registry import METHODS  # noqa: E402
from imgenc_gui.core.workers import encode_in_order  # noqa: E402
from tests.benchmarks.encoders import photographic  # noqa: E402
from tests.raw_files import dng, nef  # noqa: E402

THREADS = 2
SIZE = (4000, 3000)


@dataclass(frozen=True)
class Format:
    """A format: what its files end in, how one is made of a picture, and its decoder alone, bytes to pixels."""

    name: str
    ending: str
    make: Callable[[Image.Image, Path], object]
    decode: Callable[[Path], object]


class NoEncoderError(Exception):
    """What would make such a file isn't here."""


def saved(**options: object) -> Callable[[Image.Image, Path], None]:
    return lambda picture, path: picture.save(path, **options)


def by_pillow(path: Path) -> None:
    with Image.open(path) as picture:
        np.asarray(picture)  # pixels as the other decoders give them


def by_simplejpeg(path: Path) -> None:
    import simplejpeg

    simplejpeg.decode_jpeg(path.read_bytes())


def by_heif_enc(picture: Image.Image, path: Path) -> None:
    program = shutil.which("heif-enc")
    if program is None:
        raise NoEncoderError("heif-enc isn't installed")
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        picture.save(file, "PNG", compress_level=1)
        options = ("-q", "60", "-p", "preset=fast")
        subprocess.run([program, *options, file.name, "-o", path], check=True, capture_output=True)


def by_pi_heif(path: Path) -> None:
    import pi_heif

    np.asarray(pi_heif.open_heif(path.read_bytes(), remove_stride=False))


def to_jxl(picture: Image.Image, path: Path) -> None:
    try:
        import pylibjxl
    except ImportError as error:
        raise NoEncoderError("pylibjxl isn't installed") from error
    path.write_bytes(pylibjxl.encode(np.asarray(picture), effort=3))


def by_pylibjxl(path: Path) -> None:
    import pylibjxl

    pylibjxl.decode(path.read_bytes())


def by_rawpy(path: Path) -> None:
    """The picture in a RAW, by the fastest way that there is: LibRaw finds it, simplejpeg decodes it."""
    import rawpy
    import simplejpeg

    with rawpy.imread(io.BytesIO(path.read_bytes())) as raw:
        thumbnail = raw.extract_thumb()
    simplejpeg.decode_jpeg(thumbnail.data)


def raw_as(maker: str) -> Callable[[Image.Image, Path], None]:
    """What makes a RAW of a maker's with a picture of full size in it."""

    def make(picture: Image.Image, path: Path) -> None:
        pixels = np.asarray(picture)
        path.write_bytes(nef(pixels, pixels, maker=maker))

    return make


def to_dng(picture: Image.Image, path: Path) -> None:
    pixels = np.asarray(picture)
    path.write_bytes(dng(pixels, pixels))


FORMATS = (
    Format("JPEG", "jpg", saved(quality=90), by_simplejpeg),
    Format("PNG", "png", saved(compress_level=6), by_pillow),
    Format("WEBP", "webp", saved(quality=80, method=2), by_pillow),
    Format("TIFF, LZW", "tif", saved(compression="tiff_lzw"), by_pillow),
    Format("HEIC", "heic", by_heif_enc, by_pi_heif),
    Format("AVIF", "avif", saved(quality=70, speed=8), by_pillow),
    Format("JPEG XL", "jxl", to_jxl, by_pylibjxl),
    Format("JPEG 2000", "jp2", saved(quality_layers=[20]), by_pillow),
    Format("BMP", "bmp", saved(), by_pillow),
    Format("TGA", "tga", saved(compression="tga_rle"), by_pillow),
    Format("DNG, its preview", "dng", to_dng, by_rawpy),
    Format("NEF, its preview", "nef", raw_as("NIKON CORPORATION"), by_rawpy),
    Format("3FR, its preview, found by LibRaw", "3fr", raw_as("HASSELBLAD"), by_rawpy),
)


@functools.cache
def picture(number: int) -> Image.Image:
    """The same for each format."""
    return photographic(*SIZE, number)


def made(format_: Format, folder: Path, count: int) -> list[Path]:
    """The format's pictures, made unless they are there. Raises NoEncoderError."""
    paths = [folder / f"{i}.{format_.ending}" for i in range(count)]
    for i, path in enumerate(paths):
        if not path.exists():
            format_.make(picture(i), path)
    return paths


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor's time, that of guarded children with it."""
    clock, processor = time.perf_counter(), worked()
    work()
    return time.perf_counter() - clock, worked() - processor


def worked() -> float:
    times = [process.cpu_times() for process in psutil.Process().children()]
    return time.process_time() + sum(one.user + one.system for one in times)


def quartiles(values: Iterable[float], form: str) -> str:
    low, middle, high = statistics.quantiles(list(values), n=4, method="inclusive")
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


def measured(format_: Format, paths: list[Path], encoder: Encoder, rounds: int) -> str:
    """A row of the table."""

    def bare() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(format_.decode, paths))

    def encode() -> None:
        results = list(encode_in_order(encoder, [str(path) for path in paths], THREADS))
        assert all(result.failure is None for result in results), results[0].failure

    bare()
    encode()
    took = [(timed(bare), timed(encode)) for _ in range(rounds)]
    each = [[seconds[0] / len(paths) for seconds in kind] for kind in zip(*took, strict=True)]
    ratios = [[mine[which] / theirs[which] for theirs, mine in took] for which in (0, 1)]
    cells = (
        format_.name,
        *(quartiles(values, ".3f") for values in each),
        *(quartiles(values, ".2f") for values in ratios),
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--pictures", type=int, default=4, help="of each format")
    arguments.add_argument("--only", default="", help="some formats' endings, with commas")
    arguments.add_argument("--folder", type=Path, help="where pictures are kept, and looked for")
    given = arguments.parse_args()
    wanted = set(filter(None, given.only.split(",")))
    encoder = Encoder(Options((METHODS["phash"],)))
    KERNEL.wait()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print("| 12 MP | bare decoder, s | PHash, s | ratio | ratio of the processor's time |")
        print("|---|---|---|---|---|", flush=True)
        for format_ in FORMATS:
            if not wanted or format_.ending in wanted:
                try:
                    paths = made(format_, folder, given.pictures)
                except NoEncoderError as error:
                    print(f"{format_.name} is left out: {error}.", file=sys.stderr)
                else:
                    print(measured(format_, paths, encoder, given.rounds), flush=True)


if __name__ == "__main__":
    main()
