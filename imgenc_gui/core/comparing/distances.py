"""How far apart two pictures' encodings are, by each method that both have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from imgenc_gui.core.records.methods import Encoding, Method
from imgenc_gui.core.similarity.measures import Cosine, Hamming, is_flat

_ONE, _OTHER = np.array([0]), np.array([1])


def distances(first: Mapping[Method, Encoding], second: Mapping[Method, Encoding]) -> dict[Method, float]:
    """Return bits that differ or the cosine similarity; nothing where one of the encodings says nothing."""
    found: dict[Method, float] = {}
    for method, encoding in first.items():
        other = second.get(method)
        if isinstance(encoding, str) and isinstance(other, str):
            hashes = np.array([int(encoding, 16), int(other, 16)], np.uint64)
            if not is_flat(hashes).any():
                found[method] = int(Hamming(hashes, 0).values(_ONE, _OTHER)[0])
        elif isinstance(encoding, np.ndarray) and isinstance(other, np.ndarray) and encoding.shape == other.shape:
            vectors = Cosine(np.stack([encoding, other]), -1)
            if vectors.said.all():
                found[method] = float(vectors.values(_ONE, _OTHER)[0])
    return found
