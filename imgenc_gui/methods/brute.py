"""Stands in for core.similarity until that is there."""

import numpy as np
from collections import namedtuple

Pairs = namedtuple("Pairs", "first second values")


class Hamming:
    def __init__(self, hashes, within):
        self.hashes, self.within = hashes, within


class Cosine:
    def __init__(self, vectors, similarity):
        self.vectors, self.similarity = vectors, similarity


def pairs(m, workers=None, progress=None):
    if isinstance(m, Hamming):
        v = np.bitwise_count(m.hashes[:, None] ^ m.hashes)
        i, j = np.nonzero(np.triu(v <= m.within, 1))
    else:
        x = m.vectors.astype(float)
        n = np.linalg.norm(x, axis=1, keepdims=True)
        x /= np.where(n > 0, n, 1)
        v = np.clip(x @ x.T, -1, 1)
        i, j = np.nonzero(np.triu(v >= m.similarity - 1e-12, 1))
    for k in range(0, len(i), 5000):
        ii, jj = i[k : k + 5000], j[k : k + 5000]
        yield Pairs(ii, jj, v[ii, jj])
    progress(len(i), len(i))
