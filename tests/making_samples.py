"""Makes resources/self_test: `python -m tests.making_samples`. A small picture of each format, and what each gives.

What they give is made by the reference, not by imgenc: pixels by each format's bare library, hashes by imagededup,
vectors by PyTorch. tests/test_self_test.py makes them again of the files that are there. Decoders that reckon with
fractions may differ by one here and there; so the pictures are such that no bit of a hash hangs on that.
"""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from imgenc_gui.command.trials import KNOWN, SAMPLES, samples
from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.formats.camera_raw import _DEVELOPMENT
from imgenc_gui.core.networks.mobilenet_v1 import CNN, WEIGHTS, in_torch
from imgenc_gui.core.networks.mobilenet_v1_layers import read_layers
from imgenc_gui.core.records.methods import Encoding, Method, Network, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.resources import resource
from tests import heic
from tests.core.formats.files import psd, saved
from tests.pictures import HASHES, imagededup_hashes, photo
from tests.raw_files import dng, nef

OWN = tuple(METHODS[method_id] for method_id in ("phash", "ahash", "dhash", "whash", "cnn"))
_SIZE = (64, 48)
_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64"><defs><linearGradient id="g" x2="1" y2="1.3">'
    '<stop offset="0" stop-color="#fd8"/><stop offset="1" stop-color="#247"/></linearGradient></defs>'
    '<rect width="96" height="64" fill="url(#g)"/><path d="M4 60L33 9L70 60z" fill="#264"/>'
    '<circle cx="63" cy="16" r="12" fill="#d30"/><text x="9" y="58" font-size="26" fill="#fff">a字</text></svg>'
)
_FONTS = ("DejaVuSans.ttf", "DroidSansFallbackFull.ttf")


def make() -> None:
    """Write the pictures, and what the reference makes of them."""
    shutil.rmtree(SAMPLES, ignore_errors=True)
    SAMPLES.mkdir()
    for name, content in _pictures().items():
        (SAMPLES / name).write_bytes(content)
    named = [(path.name, ImageResult(path.name, None, reference_encodings(path))) for path in samples()]
    export(ExportRequest(named, KNOWN, NPZ, Options(OWN), ""))


def reference_encodings(path: Path) -> dict[Method, Encoding]:
    """What the reference makes of a picture, by each of imgenc's own methods."""
    pixels = reference_pixels(path)
    hashes = imagededup_hashes(array=pixels)
    size = (CNN.recipe.width, CNN.recipe.height)
    across = Image.fromarray(pixels).resize((size[0], len(pixels)), Image.Resampling.LANCZOS)  # as before Pillow 13
    seen = np.asarray(across.resize(size, Image.Resampling.LANCZOS))[np.newaxis].copy()
    vector = _network().embed(seen)[0]
    return {**{METHODS[name.lower()]: value for name, value in zip(HASHES, hashes, strict=True)}, CNN: vector}


@cache
def _network() -> Network:
    return in_torch(read_layers(resource(*WEIGHTS)), "cpu")


def reference_pixels(path: Path) -> np.ndarray:
    """RGB pixels by the format's bare library, as imagededup would take them."""
    by_ending: dict[str, Callable[[Path], Image.Image]] = {
        ".svg": _drawn,
        ".svgz": _drawn,
        ".heic": _by_pi_heif,
        ".jxl": _by_pylibjxl,
        ".dng": _developed,
        ".nef": _preview,
    }
    with by_ending.get(path.suffix, Image.open)(path) as image:
        return np.array(image.convert("RGBA").convert("RGB"))


def _drawn(path: Path) -> Image.Image:
    import resvg_py

    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".svgz" else data).decode()
    fonts = [str(resource("fonts", name)) for name in _FONTS]
    sans = dict.fromkeys(("font_family", "sans_serif_family", "serif_family"), "DejaVu Sans")
    png = resvg_py.svg_to_bytes(
        svg_string=text, background="white", dpi=96, skip_system_fonts=True, font_files=fonts, **sans
    )
    return Image.open(io.BytesIO(png))


def _by_pi_heif(path: Path) -> Image.Image:
    import pi_heif

    return pi_heif.open_heif(path).to_pillow()


def _by_pylibjxl(path: Path) -> Image.Image:
    import pylibjxl

    return Image.fromarray(pylibjxl.decode(path.read_bytes()))


def _developed(path: Path) -> Image.Image:
    import rawpy

    with rawpy.imread(str(path)) as raw:
        return Image.fromarray(raw.postprocess(**_DEVELOPMENT))


def _preview(path: Path) -> Image.Image:
    import rawpy

    with rawpy.imread(str(path)) as raw:
        return Image.open(io.BytesIO(raw.extract_thumb().data))


def _pictures() -> dict[str, bytes]:
    """Each format's file by its name: the format, and the ending."""
    import pylibjxl

    pixels, sensor = photo(*_SIZE, 3), photo(*_SIZE, 2)
    image, other = Image.fromarray(pixels), Image.fromarray(photo(*_SIZE))
    several = {"save_all": True, "append_images": [other]}
    drawing = _DRAWING.encode()
    return {
        "JPEG.jpg": saved(image, "JPEG", quality=90),
        "MPO.mpo": saved(image, "MPO", quality=90, **several),
        "PNG.png": saved(image, "PNG", optimize=True),
        "APNG.apng": saved(image, "PNG", optimize=True, **several),
        "GIF.gif": saved(image, "GIF", **several),
        "BMP.bmp": saved(image, "BMP"),
        "PPM.ppm": saved(image, "PPM"),
        "PGM.pgm": saved(image.convert("L"), "PPM"),
        "PBM.pbm": saved(image.convert("1"), "PPM"),
        "TIFF.tif": saved(image, "TIFF", compression="tiff_lzw"),
        "WEBP.webp": saved(Image.fromarray(photo(*_SIZE, 13)), "WEBP", quality=80),
        "AVIF.avif": saved(image, "AVIF", quality=80),
        "HEIC.heic": (heic.FOLDER / "alpha.heic").read_bytes(),
        "SVG.svg": drawing,
        "SVGZ.svgz": gzip.compress(drawing, mtime=0),
        "DNG.dng": dng(sensor),
        "NEF.nef": nef(sensor, pixels),
        "JPEG XL.jxl": pylibjxl.encode(pixels.copy(), lossless=True),
        "JPEG 2000.jp2": saved(image, "JPEG2000"),
        "PSD.psd": psd(image, packed=1),
        "ICO.ico": saved(image, "ICO", sizes=[_SIZE]),
        "ICNS.icns": b"icns" + _icon(image.resize((128, 128), Image.Resampling.NEAREST)),
        "TGA.tga": saved(image, "TGA"),
        "DDS.dds": saved(image, "DDS"),
        "SGI.sgi": saved(image, "SGI"),
        "PCX.pcx": saved(image, "PCX"),
        "QOI.qoi": saved(image, "QOI"),
    }


def _icon(image: Image.Image) -> bytes:
    data = saved(image, "PNG")
    part = b"ic07" + (8 + len(data)).to_bytes(4) + data
    return (8 + len(part)).to_bytes(4) + part


if __name__ == "__main__":
    make()
