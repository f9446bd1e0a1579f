"""imagededup itself, quiet, as the reference; and encodings to compare."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def reference(name: str) -> Any:
    """A class of imagededup's. The CNN comes without its network, which would be downloaded."""
    from imagededup import methods

    if name != "CNN":
        return getattr(methods, name)(verbose=False)
    import torch
    from imagededup.utils import CustomModel

    return methods.CNN(False, CustomModel("none", torch.nn.Identity(), torch.nn.Identity()))


def quietly(function: Any, *arguments: Any, **named: Any) -> Any:
    """Call it without its warnings: imagededup warns whenever it is given encodings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **named)


def hashes(count: int, seed: int = 0) -> dict[str, str]:
    """Hashes by name, shuffled: random ones, clusters, equal ones, flat ones."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**64, count, np.uint64)
    for i in range(count * 4 // 10, count * 8 // 10):  # near one of a few
        values[i] = values[i % 40]
        for bit in rng.integers(0, 64, rng.integers(0, 13)):
            values[i] ^= np.uint64(1) << np.uint64(bit)
    values[count * 8 // 10 : count * 9 // 10] = values[count // 100 : count // 100 + 5].repeat(count)[: count // 10]
    values[count * 9 // 10 :: 2] = 0
    values[count * 9 // 10 + 1 :: 2] = np.iinfo(np.uint64).max
    order = rng.permutation(count)
    return {f"ordner/ä {number}.jpg": f"{values[number]:016x}" for number in order.tolist()}


def vectors(count: int, length: int = 1024, seed: int = 0) -> dict[str, np.ndarray]:
    """Vectors (length,) float32 by name, shuffled: of photographs' kind, near ones, equal, opposite, scaled, zeros."""
    rng = np.random.default_rng(seed)
    values = rng.random((count, length), np.float32) ** 3 * (rng.random((count, length)) < 0.4)
    values = values.astype(np.float32)
    third = count // 3
    centres, noise = values[rng.integers(0, 20, third)], rng.random((third, length), np.float32)
    values[third : 2 * third] = centres + noise * rng.random((third, 1), np.float32) / 2
    tenth = count // 10
    values[-tenth:] = values[:tenth]
    values[-2 * tenth : -tenth] = values[tenth : 2 * tenth] * np.float32(3)
    values[-2 * tenth - 5 : -2 * tenth] = -values[:5]
    values[2 * third : 2 * third + 5] = 0
    order = rng.permutation(count)
    return {f"{number}.jpg": values[number] for number in order.tolist()}
