"""The Python API: PHash, AHash, DHash, WHash and CNN, used like those of imagededup; by_id for any other method.

>>> from imgenc_gui.methods import PHash
>>> PHash().encode_image(image_file="a.jpg")
'9fee256239984d71'
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.listing import list_files, relative_names
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.records.methods import EmbeddingMethod, HashMethod, Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.workers import encode_in_order

__all__ = ["CNN", "AHash", "DHash", "EmbeddingAPI", "HashAPI", "PHash", "WHash", "by_id"]

E = TypeVar("E")


class _MethodAPI(ABC, Generic[E]):
    """What all methods share. E is the type of one encoding."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._encoder = Encoder(Options((method,)))

    def encode_image(
        self, image_file: str | os.PathLike[str] | None = None, image_array: NDArray[Any] | None = None
    ) -> E | None:
        """Encode one picture: a file, or pixels (h, w, 3) RGB or (h, w) grey, from 0 to 255.

        As imagededup does, numbers with a point are cut to whole ones: an array from 0 to 1 is black.

        Returns None for a file that can't be loaded. Raises ValueError for a missing file, for no argument, and for an
        array of another shape; RuntimeError when a network's weights or its engine can't be loaded.
        """
        encoder = self._loaded_encoder()
        if image_file is not None:
            path = os.fsdecode(image_file)
            if not os.path.isfile(path):  # noqa: PTH113 - a str may hold bytes that are no text
                raise ValueError(f"There is no file {path!r}.")
            ((_, result),) = encoder.encode([(0, path)], engine_threads=None)
        elif image_array is not None:
            result = encoder.encode_array(np.asarray(image_array))
        else:
            raise ValueError("Give either image_file or image_array.")
        return None if result.failure else self._encoding(result)

    def encode_images(
        self,
        image_dir: str | os.PathLike[str] | None = None,
        recursive: bool = False,  # noqa: FBT001, FBT002 - imagededup's signature
        workers: int | None = None,
    ) -> dict[str, E]:
        """Encode all pictures of a folder on ``workers`` threads (None: one per processor).

        Returns the encodings by name relative to the folder, with ``/`` between parts, sorted. Pictures that can't be
        loaded, and names that begin with a dot, are left out. Raises ValueError for a missing folder, RuntimeError
        when a network's weights or its engine can't be loaded.
        """
        if image_dir is None or not os.path.isdir(image_dir):  # noqa: PTH112
            raise ValueError(f"There is no folder {os.fspath(image_dir)!r}." if image_dir else "Give image_dir.")
        listing = list_files([os.fsdecode(image_dir)], recursive)
        names = relative_names(listing.files, listing.root)
        results = zip(names, encode_in_order(self._loaded_encoder(), listing.files, workers), strict=True)
        return {name: self._encoding(result) for name, result in results if not result.failure}

    def _loaded_encoder(self) -> Encoder:
        for failure in self._encoder.load_networks().values():
            raise RuntimeError(sentence(failure))
        return self._encoder

    @abstractmethod
    def _encoding(self, result: ImageResult) -> E: ...


class HashAPI(_MethodAPI[str]):
    """A hash of 64 bits: 16 lower-case hexadecimal characters."""

    def __init__(self, method: HashMethod) -> None:
        super().__init__(method)

    def _encoding(self, result: ImageResult) -> str:
        return str(result.encodings[self._method])


class EmbeddingAPI(_MethodAPI[NDArray[np.float32]]):
    """A network's embedding: float32 (1, length). Compare two by cosine similarity."""

    def __init__(self, method: EmbeddingMethod) -> None:
        super().__init__(method)

    def _encoding(self, result: ImageResult) -> NDArray[np.float32]:
        return np.asarray(result.encodings[self._method], np.float32).reshape(1, self._method.length)


def by_id(method_id: str) -> HashAPI | EmbeddingAPI:
    """The API of any registered method, by its id: "phash", "cnn" ... Raises ValueError for an id that isn't."""
    method = METHODS.get(method_id)
    if isinstance(method, HashMethod):
        return HashAPI(method)
    if isinstance(method, EmbeddingMethod):
        return EmbeddingAPI(method)
    raise ValueError(f"There is no method {method_id!r}; there are {', '.join(known.id for known in METHODS)}.")


class PHash(HashAPI):
    """Perceptual hash, imagededup's to the bit: robust against resizing, compression and small edits."""

    def __init__(self) -> None:
        super().__init__(PHASH)


class AHash(HashAPI):
    """Average hash, imagededup's to the bit: light against dark, quick and coarse."""

    def __init__(self) -> None:
        super().__init__(AHASH)


class DHash(HashAPI):
    """Difference hash, imagededup's to the bit: where the picture grows lighter from left to right."""

    def __init__(self) -> None:
        super().__init__(DHASH)


class WHash(HashAPI):
    """Wavelet hash, imagededup's to the bit: light against dark at a coarse wavelet scale."""

    def __init__(self) -> None:
        super().__init__(WHASH)


class CNN(EmbeddingAPI):
    """MobileNet V1's embedding: float32 (1, 1024), all values >= 0."""

    def __init__(self) -> None:
        super().__init__(mobilenet_v1.CNN)
