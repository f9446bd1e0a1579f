"""The hashes equal imagededup's, bit for bit, whichever way a picture took."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.workers import encode_in_order
from tests.pictures import HASHES, flat, gradient, half_flat, imagededup_hashes, photo

DATA = Path(__file__).parents[1] / "data"
GOLDEN = json.loads((DATA / "hashes.json").read_text())
HASH_METHODS = tuple(METHODS[name.lower()] for name in HASHES)

# What imagededup 0.3.3 gives on Pillow 12.3 for photo(*size); Pillow 13.0 resizes the tall ones in another order.
TALL = {
    (720, 1440): ["e70a870f1ab658f3", "3523c6cd983067ce", "e5ce9c3973e3ce9c", "3527c6cd983067e6"],
    (64, 2000): ["e74a270e1b3658f3", "1063c6cc983163e6", "e5ce9c3973e7ce9c", "1063e6cd993363e6"],
    (7, 13): ["87110f1db1455fcf", "183172c68c1833e7", "f2cbce9c3973e7cf", "183372ce8c983be7"],
}


@pytest.fixture(scope="module", autouse=True)
def compiled():
    assert KERNEL.wait(120) is not None


@pytest.fixture(params=["compiled", pytest.param("reference", marks=pytest.mark.slow)])
def way(request, monkeypatch):
    """Both ways: the compiled kernel, and the reference."""
    if request.param == "reference":
        monkeypatch.setattr(KERNEL, "get", lambda: None)
    return request.param


def hashes(path) -> list[str | None]:
    ((_, result),) = Encoder(Options(HASH_METHODS)).encode([(0, str(path))])
    return [result.encodings.get(method) for method in HASH_METHODS]


def array_hashes(array) -> list[str]:
    return list(Encoder(Options(HASH_METHODS)).encode_array(array).encodings.values())


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_reference_pictures_have_the_reference_hashes(name, way):
    expected = [GOLDEN[name][method] for method in HASHES]

    assert hashes(DATA / "images" / name) == expected


@pytest.mark.parametrize("size", sorted(TALL))
def test_tall_pictures_keep_their_hashes_on_every_pillow(size, way):
    assert array_hashes(photo(*size)) == TALL[size]


def save(folder: Path, name: str, image: Image.Image, **options) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "I;16B", "F", "LAB"]


def in_mode(mode: str) -> Image.Image:
    base = Image.fromarray(photo(211, 147))
    if mode.startswith("I;16"):
        wide = photo(211, 147)[..., 0].astype(np.uint16) * 257
        return Image.fromarray(wide.astype("<u2" if mode == "I;16" else ">u2"))
    if mode in ("RGBA", "LA"):
        alpha = Image.fromarray(photo(211, 147, 3)[..., 0])
        base.putalpha(alpha)
        return base.convert(mode)
    return base.convert(mode)


# The formats in which Pillow saves each mode.
SAVED = [
    *((mode, "png") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B")),
    *((mode, "tif") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "I;16B", "F", "LAB")),
    *((mode, "bmp") for mode in ("1", "L", "P", "RGB", "RGBA")),
    *((mode, "gif") for mode in ("1", "L", "P", "RGB", "RGBA")),
    *((mode, "jpg") for mode in ("1", "L", "RGB", "CMYK", "YCbCr")),
    *((mode, "webp") for mode in ("L", "RGB", "RGBA", "P")),
    *((mode, "ppm") for mode in ("1", "L", "RGB", "RGBA", "I", "F")),
]


@pytest.mark.parametrize(("mode", "suffix"), SAVED)
def test_every_mode_and_format(mode, suffix, tmp_path, way):
    path = save(tmp_path, f"a.{suffix}", in_mode(mode))

    expected = imagededup_hashes(path)

    assert None not in expected
    assert hashes(path) == expected


@pytest.mark.parametrize("transparency", [0, bytes(range(256))])
def test_palette_with_transparency(transparency, tmp_path, way):
    path = save(tmp_path, "a.png", in_mode("P"), transparency=transparency)

    assert hashes(path) == imagededup_hashes(path)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("orientation", [None, 3, 6])
def test_jpeg_in_its_kinds(progressive, subsampling, orientation, tmp_path):
    exif = Image.Exif()
    if orientation:
        exif[274] = orientation
    image = Image.fromarray(photo(333, 251))
    path = save(tmp_path, "a.jpg", image, progressive=progressive, subsampling=subsampling, quality=88, exif=exif)

    assert hashes(path) == imagededup_hashes(path)


@pytest.mark.parametrize("subsampling", ["440", "411", "Gray"])
def test_jpeg_subsampled_in_rarer_ways(subsampling, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(simplejpeg.encode_jpeg(photo(333, 251), 90, colorsubsampling=subsampling))

    assert hashes(path) == imagededup_hashes(path)


def test_jpeg_stored_as_rgb(tmp_path):
    path = save(tmp_path, "a.jpg", Image.fromarray(photo(120, 90)), keep_rgb=True)

    assert hashes(path) == imagededup_hashes(path)


SHAPES = [(1, 1), (1, 5000), (5000, 1), (7, 3), (3, 7), (8, 8), (9, 8), (32, 32), (256, 256), (255, 257)]
HUGE = (4001, 2999)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A picture's file and its hashes by imagededup, made once for both ways."""
    folder = tmp_path_factory.mktemp("drawn")

    @cache
    def draw(make, size) -> tuple[Path, list[str | None]]:
        pixels = (
            np.tile(photo(1999, 751), (4, 3, 1))[: size[1], : size[0]] if (make, size) == (photo, HUGE) else make(*size)
        )
        path = save(folder, f"{make.__name__} {size}.bmp", Image.fromarray(pixels))
        return path, imagededup_hashes(path)

    return draw


@pytest.mark.parametrize(
    ("make", "size"),
    [
        *((make, size) for make in (photo, flat, half_flat, gradient) for size in SHAPES),
        *(pytest.param(make, HUGE, marks=pytest.mark.slow) for make in (photo, half_flat)),
    ],
)
def test_odd_sizes_and_plain_pictures(size, make, drawn, way):
    path, expected = drawn(make, size)

    assert hashes(path) == expected


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.gif", {"save_all": True}),
        ("a.png", {"save_all": True}),
        ("a.tif", {"save_all": True}),
        ("a.mpo", {"save_all": True}),
        ("a.webp", {"save_all": True}),
    ],
)
def test_the_first_frame_counts(name, options, tmp_path, way):
    frames = [Image.fromarray(photo(160, 120, seed)) for seed in range(3)]
    path = save(tmp_path, name, frames[0], append_images=frames[1:], **options)

    ((_, result),) = Encoder(Options(HASH_METHODS)).encode([(0, str(path))])

    assert result.facts.frames == 3
    assert hashes(path) == imagededup_hashes(path)


@settings(max_examples=60)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 50), st.sampled_from([1, 16, 64, 255]))
def test_any_small_array(width, height, seed, step):
    array = photo(width, height, seed) // step * step

    assert array_hashes(array) == imagededup_hashes(array=array)


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_array_input(grey, dtype):
    array = photo(70, 50)[..., 0] if grey else photo(70, 50)

    assert array_hashes(array.astype(dtype)) == imagededup_hashes(array=array)


def test_results_come_in_the_order_of_the_paths():
    paths = [str(DATA / "images" / name) for name in sorted(GOLDEN)]

    results = list(encode_in_order(Encoder(Options(HASH_METHODS)), paths, workers=4))

    assert [result.path for result in results] == paths
