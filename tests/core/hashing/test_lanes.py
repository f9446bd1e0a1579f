"""Each way to multiply and add in pairs gives what Pillow gives, to the bit: this processor's, an old one's, any's."""

from __future__ import annotations

import platform
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from imgenc_gui.core.compiled import loading
from imgenc_gui.core.hashing import kernel, lanes, reference, resampling
from imgenc_gui.core.hashing.engine import KERNEL
from tests.core.hashing.test_engine import python

SIZES = [(32, 32), (9, 8), (256, 41), (1, 300)]
# One pixel; ends of groups, of a row's bytes, of tiles and of 16 rows, and one beside; weights of one half and of two.
ENDS = [
    (1, 1),
    (1, 40),
    (40, 1),
    (8, 16),
    (9, 17),
    (10, 15),
    (127, 33),
    (128, 31),
    (129, 32),
    (257, 2),
    (5000, 3),
    (3, 3000),
]
WAYS = {
    "this processor's": lanes.pair_products(),
    "AVX2's": (8, "llvm.x86.avx2.pmadd.wd"),
    "SSE2's": (4, "llvm.x86.sse2.pmadd.wd"),
    "any": None,
}


def pictures():
    chance = np.random.default_rng(14)
    sizes = ENDS + [tuple(map(int, chance.integers(1, most, 2))) for most in (20, 20, 60, 150, 300, 500) * 3]
    for number, (width, height) in enumerate(sizes):
        shape = (height, width, 3)
        # Black and white overshoot at both ends, where sums are cut off.
        noise, harsh = chance.integers(0, 256, shape), chance.integers(0, 2, shape) * 255
        yield [noise, harsh, np.full(shape, 255), harsh | noise & 1][number % 4].astype(np.uint8)


def wrong_with(kernels) -> list[tuple[int, ...]]:
    """The shapes of pictures that these kernels resample otherwise than Pillow."""
    kept, resampling.KERNEL = resampling.KERNEL, SimpleNamespace(get=lambda: kernels)
    try:
        return [
            image.shape
            for image in pictures()
            for found, expected in zip(resampling.resize(image, SIZES), reference.resize(image, SIZES), strict=True)
            if not np.array_equal(found, expected)
        ]
    finally:
        resampling.KERNEL = kept


@pytest.mark.skipif(platform.machine().lower() not in {"x86_64", "amd64"}, reason="other processors have one way")
@pytest.mark.parametrize("way", WAYS)
def test_each_way_gives_what_pillow_gives(way, monkeypatch):
    ready = KERNEL.wait(120)
    assert ready is not None
    monkeypatch.setattr(lanes, "pair_products", lambda: WAYS[way])
    kernels = ModuleType(way)
    vars(kernels).update(weights=ready.weights, sections=ready.sections, grey=ready.grey)
    kernels.resample = loading._made(kernel.resample, None)

    assert wrong_with(kernels) == []


OLD = """
from imgenc_gui.core.compiled.loading import load
from imgenc_gui.core.hashing import lanes
from tests.core.hashing.test_lanes import wrong_with
print(lanes.pair_products(), wrong_with(load("imgenc_gui.core.hashing.kernel")))
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.machine().lower() not in {"x86_64", "amd64"}, reason="x86's features")
def test_a_processor_without_wide_vectors_gives_it_too_and_keeps_code_of_its_own():
    assert KERNEL.wait(120) is not None
    folders = set(kept())

    run = python(OLD, NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES="")

    assert run.stdout == "(4, 'llvm.x86.sse2.pmadd.wd') []\n"
    assert len(set(kept()) - folders) == 1


def kept():
    import numba

    return Path(numba.config.CACHE_DIR, "imgenc", "kernel").glob("hashing.kernel-*")
