"""The API of hashes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.methods import HASH_BITS, HASH_CHARACTERS, HashMethod
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.similarity.measures import Hamming
from imgenc_gui.methods.duplicates import listed, save, to_remove
from imgenc_gui.methods.encoding import AnyPath, MethodAPI, check_workers

_HASH = re.compile(rf"[0-9a-fA-F]{{1,{HASH_CHARACTERS}}}")
_SEARCH_METHODS = ("bktree", "brute_force", "brute_force_cython")


class HashAPI(MethodAPI[str]):
    """A hash of 64 bits: 16 lower-case hexadecimal characters. Compare two by the number of bits that differ."""

    def __init__(self, method: HashMethod, verbose: bool = True) -> None:
        super().__init__(method, verbose)

    @staticmethod
    def hamming_distance(hash1: str, hash2: str) -> int:
        """How many of their 64 bits differ in two hashes: 0 to 64.

        A hash of less than 16 hexadecimal characters is filled up with zeros in front, as imagededup does. Raises
        ValueError for what is no hash of at most 64 bits (longer ones imagededup cuts off).
        """
        for value in (hash1, hash2):
            if not _is_hash(value):
                raise _error("Each of the two", value)
        return (int(hash1, 16) ^ int(hash2, 16)).bit_count()

    def find_duplicates(
        self,
        image_dir: AnyPath | None = None,
        encoding_map: Mapping[str, str] | None = None,
        max_distance_threshold: int = 10,
        scores: bool = False,
        outfile: AnyPath | None = None,
        search_method: str = "brute_force_cython",
        recursive: bool = False,
        num_enc_workers: int | None = None,
        num_dist_workers: int | None = None,
        *,
        cache: bool = False,
        rotate: bool = False,
        damaged: bool = False,
    ) -> dict[str, list[Any]]:
        """Find, for each picture, the others whose hashes differ from its own in few bits.

        ``image_dir``: a folder to encode (``recursive``, ``num_enc_workers``, ``cache``, ``rotate`` and ``damaged`` as
        in ``encode_images``), or else ``encoding_map``: hashes by name, as ``encode_images`` gives them.
        ``max_distance_threshold``: bits, 0 to 64. ``outfile``: where to write the result, too, as JSON.
        ``num_dist_workers``: how many threads compare; None: one per processor; 0: the caller's. ``search_method`` is
        imagededup's and changes nothing: the search is exact, and takes the quickest way.

        Returns, by name in the order given, a list of names, or of (name, bits) with ``scores``: nearest first, equal
        ones in the order given, as imagededup's default search does. Raises TypeError for a threshold that is no int;
        ValueError for one out of range, for neither folder nor encodings, for what is no hash of at most 64 bits, and
        for an unknown search method (imagededup takes any); OSError where ``outfile`` can't be written. Warns of
        ``recursive`` and ``num_enc_workers`` where encodings are given (imagededup warns always).
        """
        if not isinstance(max_distance_threshold, int):
            raise TypeError("max_distance_threshold must be an int.")
        if not 0 <= max_distance_threshold <= HASH_BITS:
            raise ValueError(f"max_distance_threshold must be from 0 to {HASH_BITS}.")
        if search_method not in _SEARCH_METHODS:
            raise ValueError(f"There is no search method {search_method!r}; there are {', '.join(_SEARCH_METHODS)}.")
        check_workers(num_dist_workers, "num_dist_workers")
        encodings = self._encodings(
            image_dir, encoding_map, recursive, num_enc_workers, cache=cache, rotate=rotate, damaged=damaged
        )
        found = self._pairs(Hamming(_numbers(encodings), max_distance_threshold), num_dist_workers)
        result = listed(encodings, found, nearest_first=True, scores=scores)
        save(result, outfile)
        return result

    def find_duplicates_to_remove(
        self,
        image_dir: AnyPath | None = None,
        encoding_map: Mapping[str, str] | None = None,
        max_distance_threshold: int = 10,
        outfile: AnyPath | None = None,
        recursive: bool = False,
        num_enc_workers: int | None = None,
        num_dist_workers: int | None = None,
        *,
        cache: bool = False,
        rotate: bool = False,
        damaged: bool = False,
    ) -> list[str]:
        """Name the pictures that may go so that of those alike one stays; nothing is removed.

        Parameters and errors are those of ``find_duplicates``. In the order given each picture that hasn't gone stays,
        and its duplicates go. The names are imagededup's, in the order in which they go (imagededup: in no order).
        """
        going = to_remove(
            self.find_duplicates(
                image_dir,
                encoding_map,
                max_distance_threshold,
                recursive=recursive,
                num_enc_workers=num_enc_workers,
                num_dist_workers=num_dist_workers,
                cache=cache,
                rotate=rotate,
                damaged=damaged,
            )
        )
        save(going, outfile)
        return going

    def _encoding(self, result: ImageResult) -> str:
        return str(result.encodings[self._method])


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _error(what: str, value: object) -> ValueError:
    return ValueError(f"{what} must be a hash of 1 to {HASH_CHARACTERS} hexadecimal characters, not {value!r}.")


def _numbers(encodings: Mapping[str, str]) -> NDArray[np.uint64]:
    """Hashes as numbers (n,). Raises ValueError."""
    for name, value in encodings.items():
        if not _is_hash(value):
            raise _error(f"The encoding of {name!r}", value)
    return np.array([int(value, 16) for value in encodings.values()], np.uint64)
