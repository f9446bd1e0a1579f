"""The Python API: PHash, AHash, DHash, WHash and CNN, used like those of imagededup.

>>> from imgenc_gui.methods import PHash
>>> PHash().encode_image(image_file="a.jpg")
'9fee256239984d71'
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.encoding import EMBEDDING_LENGTH, Encoder, ImageResult, Method, Options, encode_all
from imgenc_gui.core.listing import list_files, relative_names

__all__ = ["CNN", "AHash", "DHash", "PHash", "WHash"]

E = TypeVar("E")


class _MethodAPI(ABC, Generic[E]):
    """What all methods share. E is the type of one encoding."""

    _method: ClassVar[Method]

    def __init__(self) -> None:
        self._encoder = Encoder(Options((self._method,)))

    def encode_image(
        self, image_file: str | os.PathLike[str] | None = None, image_array: NDArray[Any] | None = None
    ) -> E | None:
        """Encode one picture: a file, or pixels (h, w, 3) RGB or (h, w) grey.

        Returns None for a file that can't be loaded. Raises ValueError for a missing file, for no argument, and for an
        array of another shape; RuntimeError when the CNN's weights or torch can't be loaded.
        """
        encoder = self._loaded_encoder()
        if image_file is not None:
            path = os.fsdecode(image_file)
            if not os.path.isfile(path):  # noqa: PTH113 - a str may hold bytes that are no text
                raise ValueError(f"There is no file {path!r}.")
            ((_, result),) = encoder.encode([(0, path)], torch_threads=None)
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
        when the CNN's weights or torch can't be loaded.
        """
        if image_dir is None or not os.path.isdir(image_dir):  # noqa: PTH112
            raise ValueError(f"There is no folder {os.fspath(image_dir)!r}." if image_dir else "Give image_dir.")
        listing = list_files([os.fsdecode(image_dir)], recursive)
        names = relative_names(listing.files, listing.root)
        results = zip(names, encode_all(self._loaded_encoder(), listing.files, workers), strict=True)
        return {name: self._encoding(result) for name, result in results if not result.failure}

    def _loaded_encoder(self) -> Encoder:
        error = self._encoder.load_model()
        if error:
            raise RuntimeError(error)
        return self._encoder

    @abstractmethod
    def _encoding(self, result: ImageResult) -> E: ...


class _HashAPI(_MethodAPI[str]):
    """A 64-bit hash: 16 lower-case hexadecimal characters, equal bit for bit to imagededup's."""

    def _encoding(self, result: ImageResult) -> str:
        return str(result.encodings[self._method])


class PHash(_HashAPI):
    """Perceptual hash: robust against resizing, compression and small edits."""

    _method = Method.PHASH


class AHash(_HashAPI):
    """Average hash: light against dark, quick and coarse."""

    _method = Method.AHASH


class DHash(_HashAPI):
    """Difference hash: where the picture grows lighter from left to right."""

    _method = Method.DHASH


class WHash(_HashAPI):
    """Wavelet hash: light against dark at a coarse wavelet scale."""

    _method = Method.WHASH


class CNN(_MethodAPI[NDArray[np.float32]]):
    """MobileNet V1's embedding: float32 (1, 1024), all values >= 0. Compare two by cosine similarity."""

    _method = Method.CNN

    def _encoding(self, result: ImageResult) -> NDArray[np.float32]:
        embedding: NDArray[np.float32] = np.asarray(result.encodings[Method.CNN]).reshape(1, EMBEDDING_LENGTH)
        return embedding
