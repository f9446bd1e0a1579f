"""The Python API: PHash, AHash, DHash, WHash and CNN, a drop-in for imagededup 0.3's; by_id for any other method.

>>> from imgenc_gui.methods import PHash
>>> PHash().encode_image(image_file="a.jpg")
'9fee256239984d71'
>>> PHash().find_duplicates(image_dir="photos")
{'a.jpg': ['copy of a.jpg'], 'b.jpg': [], 'copy of a.jpg': ['a.jpg']}

Parameters have imagededup's names and order, and for the same encodings ``find_duplicates`` gives imagededup's results.
What is different is said in each docstring.
"""

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.records.methods import EmbeddingMethod, HashMethod
from imgenc_gui.core.registry import METHODS
from imgenc_gui.methods.embeddings import EmbeddingAPI
from imgenc_gui.methods.hashes import HashAPI

__all__ = ["CNN", "AHash", "DHash", "EmbeddingAPI", "HashAPI", "PHash", "WHash", "by_id"]


def by_id(method_id: str, verbose: bool = True) -> HashAPI | EmbeddingAPI:
    """The API of any registered method, by its id: "phash", "cnn" ... Raises ValueError for an id that isn't."""
    method = METHODS.get(method_id)
    if isinstance(method, HashMethod):
        return HashAPI(method, verbose)
    if isinstance(method, EmbeddingMethod):
        return EmbeddingAPI(method, verbose)
    raise ValueError(f"There is no method {method_id!r}; there are {', '.join(known.id for known in METHODS)}.")


class PHash(HashAPI):
    """Perceptual hash, imagededup's to the bit: robust against resizing, compression and small edits."""

    def __init__(self, verbose: bool = True) -> None:
        super().__init__(PHASH, verbose)


class AHash(HashAPI):
    """Average hash, imagededup's to the bit: light against dark, quick and coarse."""

    def __init__(self, verbose: bool = True) -> None:
        super().__init__(AHASH, verbose)


class DHash(HashAPI):
    """Difference hash, imagededup's to the bit: where the picture grows lighter from left to right."""

    def __init__(self, verbose: bool = True) -> None:
        super().__init__(DHASH, verbose)


class WHash(HashAPI):
    """Wavelet hash, imagededup's to the bit: light against dark at a coarse wavelet scale."""

    def __init__(self, verbose: bool = True) -> None:
        super().__init__(WHASH, verbose)


class CNN(EmbeddingAPI):
    """MobileNet V1's embedding, the network of imagededup 0.2: float32 (1, 1024), all values >= 0.

    imagededup 0.3 has another network (576 numbers), so its similarities and ``model_config`` are not found here.
    """

    def __init__(self, verbose: bool = True) -> None:
        super().__init__(mobilenet_v1.CNN, verbose)
