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
from imgenc_gui.core.records.methods import HashMethod, Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.methods.custom import CustomModel, checked, custom_method
from imgenc_gui.methods.embeddings import EmbeddingAPI
from imgenc_gui.methods.encoding import known
from imgenc_gui.methods.hashes import HashAPI

__all__ = ["CNN", "AHash", "CustomModel", "DHash", "EmbeddingAPI", "HashAPI", "PHash", "WHash", "by_id"]


def by_id(method_id: str, verbose: bool = True) -> HashAPI | EmbeddingAPI:
    """The API of any method, by its id: "phash", "cnn" ..., also of a network that `imgenc --add-network` has added.

    Raises ValueError for an id that there isn't.
    """
    method = known(method_id)
    if method is None:
        raise ValueError(f"There is no method {method_id!r}; there are {', '.join(one.id for one in METHODS)}.")
    return api_of(method, verbose)


def api_of(method: Method, verbose: bool = True) -> HashAPI | EmbeddingAPI:
    """The API of this very record, whatever has become of its id meanwhile."""
    return HashAPI(method, verbose) if isinstance(method, HashMethod) else EmbeddingAPI(method, verbose)


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

    imagededup 0.3 has another network (576 numbers): ``by_id("mobilenet-v3")`` is that one, once its weights are added.
    ``model_config``: a model and a transform of your own, as imagededup takes them: a ``CustomModel``, imagededup's or
    ``imgenc_gui.methods``'s. The model gets a tensor of pictures on CUDA where there is it, one picture and one call at
    a time; it is your model, so call its ``eval()`` first, as for imagededup. Its embeddings are float32 (1, length).
    Raises ValueError for a config without model or transform; warns (SyntaxWarning) of one without a name of its own.
    """

    def __init__(self, verbose: bool = True, model_config: CustomModel | None = None) -> None:
        self.model_config = checked(model_config)
        super().__init__(self._method_called(mobilenet_v1.CNN.id), verbose)

    def _method_called(self, method_id: str) -> Method:
        config = self.model_config
        return super()._method_called(method_id) if config is None else custom_method(config, self)
