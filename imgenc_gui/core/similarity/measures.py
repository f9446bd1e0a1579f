"""What is compared, and how near is alike. A measure knows blocks of its encodings, and decides pairs exactly.

The cosine of two vectors is that of the vectors brought to length one and fixed to 26 bits after the point: their
products add up in double precision without any rounding, so a similarity is the same to the bit whatever the blocks and
their order, and within 1e-6 of the true one (1e-8 as a rule). Products in single precision only tell which pairs may be
alike.
"""

from __future__ import annotations

import copy
import hashlib
import math
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imgenc_gui.core.stopping import Stop, check, never

Mask = NDArray[np.bool_]
Numbers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]

HASH_BITS = 64
SCALE = 232_792_560  # the score of what is just alike: divided by every threshold up to 20 bits without remainder
_FIXED = float(1 << 26)
_TILE = 1 << 20  # numbers in a block of vectors
_LARGE = 1e30  # longer vectors, and ones shorter than its inverse, are brought to length one in double precision


class Measure(Protocol):
    """Encodings of n pictures, and the threshold. Indices below are pictures' numbers."""

    @property
    def said(self) -> Mask:
        """Whether each picture's encoding says anything (n,): otherwise it is like no other."""

    def __len__(self) -> int:
        """Return n."""

    @property
    def rows(self) -> int:
        """How many pictures make a block of some megabytes."""

    def prepare(self, stop: Stop) -> None:
        """Look at all encodings once, before anything else is asked for. Raises StoppedError."""

    def block(self, pictures: Numbers) -> NDArray[Any]:
        """Return what ``may_be_alike`` needs of these pictures."""

    def may_be_alike(self, block: NDArray[Any], other: NDArray[Any]) -> Mask:
        """Return which pairs of two blocks may be alike (rows, columns): all that are, and hardly any more."""

    def values(self, i: Numbers, j: Numbers, other: Any = None) -> NDArray[Any]:
        """Return the exact distances (bits) or similarities of pairs: i here and j in ``other`` (default: here)."""

    def scores(self, values: NDArray[Any]) -> Floats:
        """Return 0 for equal up to SCALE for just alike, inf for not alike: comparable between measures."""

    def codes(self, stop: Stop) -> list[NDArray[np.uint64]]:
        """Return columns (n,) that are equal where the encodings are. Raises StoppedError."""


class Table(Protocol):
    """An array (n, length) of float32, or what can be read like one."""

    @property
    def ndim(self) -> int:
        """Return 2."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return n and the length."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return that of float32."""

    def __len__(self) -> int:
        """Return n."""

    def __getitem__(self, rows: Any) -> Any:
        """Return a row, or those of a slice or of an array of numbers."""


class Hamming:
    """Hashes (n,) uint64; alike are those that differ in at most ``within`` bits, 0 to 64.

    ``said`` (n,) bool: False for pictures that have no hash, or one that says nothing (``is_flat``).
    """

    def __init__(self, hashes: ArrayLike, within: int, said: Mask | None = None) -> None:
        self.hashes: NDArray[np.uint64] = np.ascontiguousarray(hashes)
        if self.hashes.ndim != 1 or self.hashes.dtype != np.uint64:
            raise ValueError("Hashes must be an array (n,) of uint64.")
        if not 0 <= within <= HASH_BITS:
            raise ValueError("within must be from 0 to 64 bits.")
        self.within = int(within)
        self.said = _checked(said, len(self.hashes))

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def rows(self) -> int:
        """How many pictures make a block."""
        return 1024

    @property
    def weight(self) -> int:
        """The score of one bit."""
        return SCALE // self.within if self.within else SCALE + 1

    def prepare(self, stop: Stop) -> None:
        """Nothing."""

    def block(self, pictures: Numbers) -> NDArray[np.uint64]:
        """Their hashes."""
        return self.hashes[pictures]

    def may_be_alike(self, block: NDArray[Any], other: NDArray[Any]) -> Mask:
        """Say which are: for hashes it is no more work."""
        alike: Mask = np.bitwise_count(block[:, np.newaxis] ^ other[np.newaxis]) <= self.within
        return alike

    def values(self, i: Numbers, j: Numbers, other: Hamming | None = None) -> NDArray[np.uint8]:
        """How many bits differ."""
        distances: NDArray[np.uint8] = np.bitwise_count(self.hashes[i] ^ (other or self).hashes[j])
        return distances

    def scores(self, values: NDArray[Any]) -> Floats:
        """Distances as shares of ``within``."""
        return np.where(values <= self.within, values.astype(np.float64) * self.weight, np.inf)

    def codes(self, stop: Stop) -> list[NDArray[np.uint64]]:  # noqa: ARG002
        """The hashes; those that say nothing are equal."""
        if self.said.all():
            return [self.hashes]
        codes = np.where(self.said, self.hashes, np.uint64(0))
        # One column less to sort by, if 0 stands for nothing else.
        return [codes] if (codes == 0).sum() == (~self.said).sum() else [codes, self.said.astype(np.uint64)]


class Cosine:
    """Vectors (n, length) float32, perhaps memory-mapped; alike are those of at least ``similarity``, -1 to 1.

    A vector of zeros has the similarity 0 to all. One with a number that isn't finite is like no other.
    """

    def __init__(self, vectors: Table, similarity: float, said: Mask | None = None) -> None:
        if vectors.ndim != 2 or vectors.dtype != np.float32:  # noqa: PLR2004
            raise ValueError("Vectors must be an array (n, length) of float32.")
        self.vectors = vectors
        length = max(vectors.shape[1], 1)
        # How far single precision may be off: twice the bound on any order of summing, and what the fixing takes.
        self.blur = (length + 16) * 2.0**-23 + math.sqrt(length) * 2.0**-24
        self._set(similarity)
        self._codes: NDArray[np.uint64] | None = None
        self._given = _checked(said, len(vectors))
        self._norms: Floats = np.empty(0)  # prepare() finds them

    def _set(self, similarity: float) -> None:
        if not -1 <= similarity <= 1:
            raise ValueError("similarity must be from -1 to 1.")
        self.similarity = float(similarity)
        self._screen = self.similarity - self.blur

    def at(self, similarity: float) -> Cosine:
        """Return the same vectors at another threshold, with all that is known of them."""
        other = copy.copy(self)
        other._set(similarity)  # noqa: SLF001
        return other

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def length(self) -> int:
        """How many numbers a vector has."""
        return int(self.vectors.shape[1])

    @property
    def rows(self) -> int:
        """How many pictures make a block: of some megabytes, whatever the length."""
        return min(max(_TILE // max(self.length, 1), 16), 1024)

    @cached_property
    def said(self) -> Mask:
        """Whether there is a vector and all its numbers are finite."""
        self.prepare(never)
        return self._given & np.isfinite(self._norms)

    def prepare(self, stop: Stop) -> None:
        """Measure the vectors' lengths."""
        if self._norms.size == len(self):
            return
        norms = np.empty(len(self))
        for first in range(0, len(self), self.rows):
            check(stop)
            with np.errstate(invalid="ignore"):
                part = self.vectors[first : first + self.rows].astype(np.float64)
            part *= part
            np.sqrt(part.sum(axis=1), out=norms[first : first + self.rows])
        self._norms = norms

    @cached_property
    def _inverses(self) -> Floats:
        """What brings each vector to length one; 0 for those of zeros and those that say nothing."""
        usable = self.said & (self._norms > 0)
        return np.divide(1.0, self._norms, out=np.zeros(len(self)), where=usable)

    @cached_property
    def _is_plain(self) -> bool:
        norms = self._norms[self._inverses > 0]
        return bool(np.isfinite(self._norms).all() and ((norms < _LARGE) & (norms > 1 / _LARGE)).all())

    def block(self, pictures: Numbers) -> NDArray[np.float32]:
        """Their vectors at length one, in single precision; zeros for those that say nothing."""
        inverses = self._inverses[pictures, np.newaxis]
        vectors = self._rows(pictures)
        if self._is_plain:
            return vectors * inverses.astype(np.float32)
        return (np.where(inverses > 0, vectors, np.float32(0)) * inverses).astype(np.float32)

    def may_be_alike(self, block: NDArray[Any], other: NDArray[Any]) -> Mask:
        """Say so as far as single precision can tell."""
        products = block @ other.T
        if products.size and products.max() < self._screen:
            return np.zeros(products.shape, np.bool_)
        alike: Mask = products >= self._screen
        return alike

    def values(self, i: Numbers, j: Numbers, other: Cosine | None = None) -> Floats:
        """The cosines, the same whatever pairs are asked for at once."""
        ours, at_i = np.unique(i, return_inverse=True)
        theirs, at_j = np.unique(j, return_inverse=True)
        rows, columns = self._fixed(ours), (other or self)._fixed(theirs)  # noqa: SLF001
        squares = np.einsum("ij,ij->i", rows, rows)[at_i] * np.einsum("ij,ij->i", columns, columns)[at_j]
        products: Floats
        if i.size * 64 > len(ours) * len(theirs):
            products = (rows @ columns.T)[at_i, at_j]
        else:
            products = np.einsum("ij,ij->i", rows[at_i], columns[at_j])
        similarities: Floats = np.divide(products, np.sqrt(squares), out=np.zeros(i.size), where=squares > 0)
        return np.clip(similarities, -1.0, 1.0)

    def scores(self, values: NDArray[Any]) -> Floats:
        """What lacks to 1, as a share of what may lack."""
        alike = values >= self.similarity
        room = (1.0 - self.similarity) or 1.0
        return np.where(alike, np.where(alike, 1.0 - values, 0.0) / room * SCALE, np.inf)

    def codes(self, stop: Stop) -> list[NDArray[np.uint64]]:
        """Digests of 128 bits; vectors of zeros have a number each, as they are like nothing, not even one another."""
        if self._codes is None:
            self._codes = self._digests(stop)
        return [self._codes[:, 0], self._codes[:, 1]]

    def _digests(self, stop: Stop) -> NDArray[np.uint64]:
        codes = np.zeros((len(self), 2), np.uint64)
        zeros = np.flatnonzero(self.said & (self._norms == 0))
        codes[zeros, 0] = np.arange(1, zeros.size + 1)
        usable = self.said & (self._norms > 0)
        for first in range(0, len(self), self.rows):
            check(stop)
            block = self.vectors[first : first + self.rows]
            for place in np.flatnonzero(usable[first : first + self.rows]):
                digest = hashlib.blake2b(block[place].tobytes(), digest_size=16).digest()
                codes[first + place] = np.frombuffer(digest, np.uint64)
        return codes

    def _rows(self, pictures: Numbers) -> NDArray[np.float32]:
        """The vectors of these pictures; those in a row without a copy."""
        if pictures.size and pictures[-1] - pictures[0] == pictures.size - 1 and (np.diff(pictures) == 1).all():
            return np.asarray(self.vectors[pictures[0] : pictures[-1] + 1])
        return np.asarray(self.vectors[pictures])

    def _fixed(self, pictures: Numbers) -> Floats:
        """The vectors at length one as whole numbers of 2 ** -26: products add up to below 2 ** 53."""
        fixed = self._rows(pictures) * (self._inverses[pictures, np.newaxis] * _FIXED)
        return np.rint(fixed, out=fixed)


def is_flat(hashes: NDArray[np.uint64]) -> Mask:
    """Whether hashes say nothing: pictures of one colour give all zeros or all ones, whatever the method."""
    flat: Mask = (hashes == 0) | (hashes == np.uint64(2**HASH_BITS - 1))
    return flat


def _checked(said: Mask | None, length: int) -> Mask:
    if said is None:
        return np.ones(length, np.bool_)
    if said.shape != (length,) or said.dtype != np.bool_:
        raise ValueError("said must be an array (n,) of bool.")
    return said
