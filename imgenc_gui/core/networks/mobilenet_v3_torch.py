"""MobileNet V3 small by torchvision. Imported only when needed, because it imports torch."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import mobilenet_v3_small
from torchvision.ops import Conv2dNormActivation

from imgenc_gui.core.naming import brief
from imgenc_gui.core.networks import torch_threads
from imgenc_gui.core.networks.memory import tell_memory
from imgenc_gui.core.networks.mobilenet_v3 import LABEL, LENGTH
from imgenc_gui.core.networks.own_file import unfit
from imgenc_gui.core.records.results import NetworkError
from imgenc_gui.core.stopping import Stop, never

_FEATURES = "features."  # the rest of the names is the classifier's
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class MobileNetV3:
    """The convolutional body of MobileNet V3 small and its average pool, on the processor.

    ``embed`` may be called from several threads at once. Batch norm is folded into the convolutions.
    """

    engine = "torch"

    def __init__(self, data: bytes) -> None:
        """Take the weights from the bytes of a file: torch's (.pth) or safetensors. Raises NetworkError."""
        network = mobilenet_v3_small(weights=None).eval()
        state = {
            name.removeprefix(_FEATURES): value for name, value in _state(data).items() if name.startswith(_FEATURES)
        }
        try:
            network.features.load_state_dict(state)
        except RuntimeError as error:
            raise _unfit("its weights are those of another network") from error
        self._check(network.features)
        for module in list(network.features.modules()):
            if isinstance(module, Conv2dNormActivation):
                module[0] = fuse_conv_bn_eval(module[0], module[1])
                module[1] = nn.Identity()
        self._check(network.features)  # a negative variance has no root
        self._body = nn.Sequential(network.features, network.avgpool).to(memory_format=torch.channels_last)
        self._mean, self._std = (torch.tensor(three).reshape(1, 3, 1, 1) for three in (_MEAN, _STD))

    @staticmethod
    def _check(layers: nn.Module) -> None:
        if not all(bool(torch.isfinite(value).all()) for value in layers.state_dict().values()):
            raise _unfit("its weights hold numbers that aren't finite")

    def embed(
        self,
        images: NDArray[np.uint8],
        threads: int | None = None,
        stop: Stop = never,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Embed RGB images (n, 224, 224, 3) uint8: (n, 576) float32.

        Each pixel becomes (x / 255 - mean) / std of its channel. ``threads``: how many torch may use, in this call and
        (torch remembers it) in later ones from this thread; None leaves its setting. Raises MemoryError.
        """
        torch_threads.allow(threads)
        try:
            return self._forward(images)
        except RuntimeError as error:
            tell_memory(error)
            raise

    def _forward(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)  # channels-last already
            x = x.div_(255).sub_(self._mean).div_(self._std)
            embeddings: NDArray[np.float32] = self._body(x).reshape(len(images), LENGTH).numpy()
        return embeddings


def _state(data: bytes) -> dict[str, torch.Tensor]:
    """The tensors by their names, of whichever kind the file is. Nothing in it is run."""
    is_torch = zipfile.is_zipfile(io.BytesIO(data)) or data[:1] == b"\x80"  # as it writes now, and as it wrote
    try:
        state = _unpickled(data) if is_torch else safetensors.torch.load(data)
    except (NetworkError, MemoryError):
        raise
    except Exception as error:  # damaged files break it in many ways
        tell_memory(error)
        what = "weights of PyTorch's" if is_torch else "safetensors or weights of PyTorch's"
        raise _unfit(f"its file can't be read as {what} ({brief(error)})") from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise _unfit("its file holds something else than weights by their names")
    return state


def _unpickled(data: bytes) -> object:
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # torch says how to run what is in it
        raise _unfit("its file holds more than weights, or is damaged; save the network's state_dict()") from error


def _unfit(reason: str) -> NetworkError:
    return unfit(LABEL, reason)
