"""Made-up encodings of every kind, and the two ways to compare them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

from imgenc_gui.core.similarity import groups, pairs
from imgenc_gui.core.similarity.engine import KERNEL

WAYS = ("numpy", "kernels")


@contextmanager
def by(way: str) -> Iterator[None]:
    """Compare this way, however small the work."""
    kernels = KERNEL.wait(240) if way == "kernels" else None
    assert (kernels is None) == (way == "numpy")
    with (
        mock.patch.object(pairs, "kernels_for", return_value=kernels),
        mock.patch.object(groups, "kernels_for", return_value=kernels),
    ):
        yield


def random(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def clustered(count: int, seed: int = 0, flips: int = 8) -> np.ndarray:
    """Copies of a tenth as many hashes with up to ``flips`` bits changed; some are equal."""
    chance = np.random.default_rng(seed)
    hashes = random(max(count // 10, 1), seed + 1)[chance.integers(0, max(count // 10, 1), count)]
    for _ in range(flips):
        changed = chance.random(count) < 0.4
        hashes[changed] ^= np.uint64(1) << chance.integers(0, 64, changed.sum(), dtype=np.uint64)
    return hashes


def skewed(count: int, seed: int = 0) -> np.ndarray:
    """Half are of flat pictures, some a bit or two off, and the others have few bits set."""
    chance = np.random.default_rng(seed)
    hashes = random(count, seed) & random(count, seed + 1) & random(count, seed + 2) & random(count, seed + 3)
    hashes[: count // 2] = 0
    nearly = chance.choice(count // 2, count // 20, replace=False)
    hashes[nearly] ^= np.uint64(1) << chance.integers(0, 64, nearly.size, dtype=np.uint64)
    return chance.permutation(hashes)


def equal(count: int, seed: int = 0) -> np.ndarray:
    """Thousands of the same few."""
    return random(3, seed)[np.random.default_rng(seed).integers(0, 3, count)]


HASHES = {"random": random, "clustered": clustered, "skewed": skewed, "equal": equal}


def vectors(count: int, length: int, seed: int = 0) -> np.ndarray:
    """Vectors with no negative number, as networks make them, in clusters; some are equal."""
    chance = np.random.default_rng(seed)
    bases = chance.random((max(count // 8, 1), length), np.float32)
    own = bases[chance.integers(0, len(bases), count)]
    noise = chance.random((count, length), np.float32) * chance.choice([0, 0.3, 1], (count, 1)).astype(np.float32)
    return (own + noise) * chance.uniform(0.1, 20, (count, 1)).astype(np.float32)
