"""How far the vectors of the CNN's two engines are apart: `python -m tests.benchmarks.engines [COLOURS] [DEVICE]`.

onnxruntime on the processor, torch on DEVICE, by torch's name for it; without, on the best there is. Needs what imgenc
itself needs, and torch. Pictures of one colour are the hardest: no mean over positions lessens what was rounded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.networks.mobilenet_v1_layers import read_layers
from imgenc_gui.core.resources import resource

SIDE = 224
IMAGES = Path(__file__).parents[1] / "data" / "images"
MUST = 1e-4

Pixels = NDArray[np.uint8]


def flat(count: int, seed: int = 0) -> Iterator[Pixels]:
    """Pictures of one colour: corners of the colour cube, greys, and colours at random."""
    corners = [(r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    greys = [(grey,) * 3 for grey in range(1, 255, 23)]
    for colour in [*corners, *greys, *np.random.default_rng(seed).integers(0, 256, (count, 3))]:
        yield np.full((SIDE, SIDE, 3), colour, np.uint8)


def halves(count: int, seed: int = 1) -> Iterator[Pixels]:
    """Pictures of two colours."""
    for pair in np.random.default_rng(seed).integers(0, 256, (count, 2, 3)):
        picture = np.full((SIDE, SIDE, 3), pair[0], np.uint8)
        picture[:, SIDE // 2 :] = pair[1]
        yield picture


def gradients(count: int, seed: int = 2) -> Iterator[Pixels]:
    """From one colour to another, downwards."""
    steps = np.linspace(0, 1, SIDE)[:, np.newaxis, np.newaxis]
    for first, last in np.random.default_rng(seed).integers(0, 256, (count, 2, 3)):
        yield np.broadcast_to(first + (last - first) * steps, (SIDE, SIDE, 3)).astype(np.uint8)


def noise(count: int, seed: int = 3) -> Iterator[Pixels]:
    """Numbers at random, and colours with a little noise."""
    numbers = np.random.default_rng(seed)
    for index in range(count):
        around = numbers.integers(0, 256, 3) if index % 2 else np.zeros(3, int)
        yield (around + numbers.integers(0, 3 if index % 2 else 256, (SIDE, SIDE, 3))).clip(0, 255).astype(np.uint8)


def photographs() -> Iterator[Pixels]:
    """imagededup's test pictures."""
    for file in sorted((IMAGES / "base_images").iterdir()):
        with Image.open(file) as image:
            yield np.array(image.convert("RGB").resize((SIDE, SIDE)))


def main() -> None:
    """Print the largest differences of each kind, and how many pictures are beyond what is wanted."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    layers = read_layers(resource(*mobilenet_v1.WEIGHTS))
    one = mobilenet_v1.in_onnxruntime(layers)
    other = mobilenet_v1.in_torch(layers, sys.argv[2] if len(sys.argv) > 2 else None)
    print(f"onnxruntime on the processor, torch on {other.device}; largest difference of any of 1,024 numbers")
    kinds = {
        "one colour": flat(count),
        "two colours": halves(count // 4),
        "gradients": gradients(count // 4),
        "noise": noise(max(count // 20, 2)),
        "photographs": photographs(),
    }
    for kind, pictures in kinds.items():
        found = np.array([np.abs(one.embed(p[np.newaxis]) - other.embed(p[np.newaxis])).max() for p in pictures])
        print(
            f"{kind:12} {len(found):6,} pictures: median {np.median(found):.1e}, 99 % {np.quantile(found, 0.99):.1e}, "
            f"largest {found.max():.1e}; beyond {MUST:.0e}: {(found > MUST).sum()}"
        )


if __name__ == "__main__":
    main()
