"""MobileNet V1 in torch. Imported only when needed, because it imports torch.

The tensors are kept channels-last: the same embeddings, three times as fast.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from imgenc_gui.core.networks import torch_threads
from imgenc_gui.core.networks.memory import tell_memory
from imgenc_gui.core.networks.mobilenet_v1_layers import Layer, arrays
from imgenc_gui.core.stopping import Stop, never

log = logging.getLogger(__name__)

_SIDES = 4  # of a convolution's weights


@dataclass(frozen=True, slots=True)
class _Placed:
    """Each layer's tensors, and the device on which they lie."""

    device: torch.device
    tensors: list[dict[str, torch.Tensor]]


class MobileNetV1:
    """The convolutional body of MobileNet V1, on the best device that works: CUDA, MPS or the processor.

    ``embed`` may be called from several threads at once.
    """

    engine = "torch"

    def __init__(self, layers: Sequence[Layer], device: str | None = None) -> None:
        """Take the layers to a device, by torch's name for it; None: to the best."""
        self._layers = layers
        # Kept whatever the device: one that fails may not even give its copy back.
        self._on_processor = _Placed(torch.device("cpu"), [_tensors(layer) for layer in layers])
        self._placed = self._on_processor
        self._accelerator_lock = threading.Lock()
        device = device or _best_device()
        if device != "cpu":
            self._try(torch.device(device))

    def _try(self, device: torch.device) -> None:
        """Move to a device that may turn out not to work: too old for this torch, no driver, no memory."""
        try:
            tensors = [
                {name: tensor.to(device) for name, tensor in of_layer.items()}
                for of_layer in self._on_processor.tensors
            ]
            self._placed = _Placed(device, tensors)
            self._forward(np.zeros((1, 224, 224, 3), np.uint8))
        except RuntimeError as error:
            self._fall_back(device, error)

    def _fall_back(self, device: torch.device, error: RuntimeError) -> None:
        log.warning("The CNN goes on with the processor, because %s fails: %s", device, error)
        self._placed = self._on_processor

    @property
    def device(self) -> str:
        """Where it runs, by torch's name."""
        return str(self._placed.device)

    def is_on_card(self) -> bool:
        """Whether it runs on something faster than the processor."""
        return self._placed is not self._on_processor

    def embed(
        self,
        images: NDArray[np.uint8],
        threads: int | None = None,
        stop: Stop = never,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Embed RGB images (n, 224, 224, 3) uint8: (n, 1024) float32, all values >= 0.

        Each pixel becomes x / 127.5 - 1.
        ``threads``: how many torch may use, in this call and (torch remembers it) in later ones from this thread and
        from new ones; None leaves its setting. A graphics card that fails is given up for the processor.
        """
        torch_threads.allow(threads)
        if self.is_on_card():
            with self._accelerator_lock:
                try:
                    return self._forward(images)
                except RuntimeError as error:
                    if self._placed is self._on_processor:  # another thread fell back while this one waited
                        raise
                    self._fall_back(self._placed.device, error)
        try:
            return self._forward(images)
        except RuntimeError as error:
            tell_memory(error)
            raise

    def _forward(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        placed = self._placed  # another thread may fall back meanwhile
        with torch.inference_mode(), _full_precision(placed.device):
            x = torch.from_numpy(images).to(placed.device).permute(0, 3, 1, 2)  # channels-last already
            x = x.to(torch.float32).div_(127.5).sub_(1)
            for layer, tensors in zip(self._layers, placed.tensors, strict=True):
                x = _convolved(x, layer, tensors).clamp_(0, layer.top)
            embeddings: NDArray[np.float32] = x.mean((2, 3)).cpu().numpy()
        return embeddings


def _convolved(x: torch.Tensor, layer: Layer, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    before, after = layer.padding
    if before != after:
        x = functional.pad(x, (before, after, before, after))
        before = 0

    def by(name: str, seen: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        return functional.conv2d(seen, tensors[name], bias, layer.stride, before, groups=layer.groups)

    if layer.shift is not None:
        x = x + tensors["shift"].reshape(-1, 1, 1)
    if layer.coarse is None:
        return by("weight", x, tensors["bias"])
    whole = x.round()
    return (
        (by("weight", x - whole) + by("fine", whole)).add_(by("coarse", whole)).add_(tensors["bias"].reshape(-1, 1, 1))
    )


def _tensors(layer: Layer) -> dict[str, torch.Tensor]:
    tensors = {name: torch.from_numpy(array) for name, array in arrays(layer).items()}
    return {
        name: tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == _SIDES else tensor
        for name, tensor in tensors.items()
    }


def _best_device() -> str:
    """Torch's name for the device that it would be fastest on."""
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _full_precision(device: torch.device) -> AbstractContextManager[None]:
    """CUDA would otherwise convolve in TF32, whose 10 bits of mantissa lose the third decimal."""
    if device.type != "cuda":
        return nullcontext()
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    return flags
