"""The API of embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.similarity.measures import Cosine
from imgenc_gui.methods.duplicates import listed, save, to_remove
from imgenc_gui.methods.encoding import AnyPath, MethodAPI, check_workers


class EmbeddingAPI(MethodAPI[NDArray[np.float32]]):
    """A network's embedding: float32 (1, length). Compare two by their cosine."""

    def __init__(self, method: Method, verbose: bool = True) -> None:
        super().__init__(method, verbose)

    def find_duplicates(
        self,
        image_dir: AnyPath | None = None,
        encoding_map: Mapping[str, ArrayLike] | None = None,
        min_similarity_threshold: float = 0.9,
        scores: bool = False,
        outfile: AnyPath | None = None,
        recursive: bool = False,
        num_enc_workers: int | None = None,
        num_sim_workers: int | None = None,
        *,
        cache: bool = False,
        rotate: bool = False,
        damaged: bool = False,
    ) -> dict[str, list[Any]]:
        """Find, for each picture, the others whose embeddings have a large cosine with its own.

        ``image_dir``: a folder to encode (``recursive``, ``num_enc_workers``, ``cache``, ``rotate`` and ``damaged`` as
        in ``encode_images``), or else ``encoding_map``: vectors by name, of shape (length,) as imagededup's or
        (1, length) as ``encode_images`` gives them, or lists of numbers; all of one length.
        ``min_similarity_threshold``: a float, -1.0 to 1.0. ``outfile``: where to write the result, too, as JSON.
        ``num_sim_workers``: how many threads compare; None: one per processor; 0: the caller's.

        Returns, by name in the order given, a list of names in the order given, or of (name, cosine) with ``scores``.
        A cosine is a float within 1e-6 of the true one, at most 1.0, and 1.0 for equal vectors; one with a vector of
        zeros is 0.0. (imagededup's is a numpy number that may exceed 1, in single precision up to 10,000 pictures and
        in half precision beyond, so that pairs which lie that near the threshold may differ.)

        Raises TypeError for a threshold that is no float; ValueError for one out of range, for neither folder nor
        encodings, and for vectors that differ in length or hold what isn't finite; OSError where ``outfile`` can't be
        written. Warns of ``recursive`` and ``num_enc_workers`` where encodings are given (imagededup warns always).
        """
        if not isinstance(min_similarity_threshold, float):
            raise TypeError("min_similarity_threshold must be a float.")
        if not -1.0 <= min_similarity_threshold <= 1.0:
            raise ValueError("min_similarity_threshold must be from -1.0 to 1.0.")
        check_workers(num_sim_workers, "num_sim_workers")
        encodings = self._encodings(
            image_dir, encoding_map, recursive, num_enc_workers, cache=cache, rotate=rotate, damaged=damaged
        )
        found = self._pairs(Cosine(_vectors(encodings), min_similarity_threshold), num_sim_workers)
        result = listed(encodings, found, scores=scores)
        save(result, outfile)
        return result

    def find_duplicates_to_remove(
        self,
        image_dir: AnyPath | None = None,
        encoding_map: Mapping[str, ArrayLike] | None = None,
        min_similarity_threshold: float = 0.9,
        outfile: AnyPath | None = None,
        recursive: bool = False,
        num_enc_workers: int | None = None,
        num_sim_workers: int | None = None,
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
                min_similarity_threshold,
                recursive=recursive,
                num_enc_workers=num_enc_workers,
                num_sim_workers=num_sim_workers,
                cache=cache,
                rotate=rotate,
                damaged=damaged,
            )
        )
        save(going, outfile)
        return going

    def _encoding(self, result: ImageResult) -> NDArray[np.float32]:
        return np.asarray(result.encodings[self._method], np.float32).reshape(1, self._method.length)


def _vectors(encodings: Mapping[str, ArrayLike]) -> NDArray[np.float32]:
    """Vectors in rows (n, length). Raises ValueError."""
    vectors: list[NDArray[np.float32]] = []
    for name, value in encodings.items():
        try:
            vector = _vector(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"The encoding of {name!r} can't be compared: {error}.") from error
        if vectors and vector.size != vectors[0].size:
            raise ValueError(
                f"The encoding of {name!r} can't be compared: it has {vector.size} numbers, others {vectors[0].size}."
            )
        vectors.append(vector)
    return np.stack(vectors) if vectors else np.empty((0, 0), np.float32)


def _vector(value: ArrayLike) -> NDArray[np.float32]:
    """One vector (length,). Raises TypeError or ValueError."""
    with np.errstate(over="ignore"):  # what becomes infinite is refused below
        vector = np.asarray(value, np.float32)
    if not vector.size or vector.shape not in {(vector.size,), (1, vector.size)}:
        raise ValueError(f"its shape is {vector.shape}, not (length,) or (1, length)")
    if not np.isfinite(vector).all():
        raise ValueError("it holds a number that isn't finite")
    return vector.reshape(-1)
