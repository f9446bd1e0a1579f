"""MobileNet V1 in torch. Imported only when needed, because it imports torch.

Batch norm is folded into the convolutions and the tensors are kept channels-last: the same embeddings (to about 1e-5),
three times as fast.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights

from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError

log = logging.getLogger(__name__)

_WEIGHTS_BYTES = 12_927_680
_WEIGHTS_SHA256 = "aff3d33482cb73340419509a83b7dc51bda41eab4190fea05cf333fa49a35834"
_BATCH_NORM_EPSILON = 0.001
_LAYERS = 27
_STRIDES = {0: 2, 3: 2, 7: 2, 11: 2, 23: 2}  # all other layers: 1

if hasattr(os, "register_at_fork"):
    # A forked child has none of the threads that torch counts on, and would wait for them for ever.
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


@dataclass(frozen=True, slots=True)
class _Placed:
    """Each layer's weight and bias, and the device on which they lie."""

    device: torch.device
    layers: list[tuple[torch.Tensor, torch.Tensor]]


class MobileNetV1:
    """The convolutional body of MobileNet V1, on the best device that works: CUDA, MPS or the processor.

    ``embed`` may be called from several threads at once.
    """

    def __init__(self, weights: Path, device: str | None = None) -> None:
        """Load the weights after checking their size and SHA-256. Raises NetworkError."""
        state = _load_checked(weights)
        # Kept whatever the device: one that fails may not even give its copy back.
        self._on_processor = _Placed(torch.device("cpu"), [_folded(state, index) for index in range(_LAYERS)])
        self._placed = self._on_processor
        self._accelerator_lock = threading.Lock()
        device = device or _best_device()
        if device != "cpu":
            self._try(torch.device(device))

    def _try(self, device: torch.device) -> None:
        """Move to a device that may turn out not to work: too old for this torch, no driver, no memory."""
        try:
            layers = [(weight.to(device), bias.to(device)) for weight, bias in self._on_processor.layers]
            self._placed = _Placed(device, layers)
            self._forward(np.zeros((1, 224, 224, 3), np.uint8))
        except RuntimeError as error:
            self._fall_back(device, error)

    def _fall_back(self, device: torch.device, error: RuntimeError) -> None:
        log.warning("The CNN goes on with the processor, because %s fails: %s", device, error)
        self._placed = self._on_processor

    def embed(self, images: NDArray[np.uint8], threads: int | None = None) -> NDArray[np.float32]:
        """Embed RGB images (n, 224, 224, 3) uint8: (n, 1024) float32, all values >= 0.

        Each pixel becomes x / 127.5 - 1. Padding is TensorFlow's SAME: a convolution of stride 2 pads right and bottom.
        ``threads``: how many torch may use, in this call and (torch remembers it) in later ones from this thread and
        from new ones; None leaves its setting. A graphics card that fails is given up for the processor.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        if self._placed is not self._on_processor:
            with self._accelerator_lock:
                try:
                    return self._forward(images)
                except RuntimeError as error:
                    if self._placed is self._on_processor:  # another thread fell back while this one waited
                        raise
                    self._fall_back(self._placed.device, error)
        return self._forward(images)

    def _forward(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        placed = self._placed  # another thread may fall back meanwhile
        with torch.inference_mode(), _full_precision(placed.device):
            x = torch.from_numpy(images).to(placed.device).permute(0, 3, 1, 2)  # channels-last already
            x = x.to(torch.float32).div_(127.5).sub_(1)
            for index, (weight, bias) in enumerate(placed.layers):
                stride = _STRIDES.get(index, 1)
                padding = 1 if weight.shape[-1] == 3 and stride == 1 else 0  # noqa: PLR2004
                if stride == 2:  # noqa: PLR2004
                    x = functional.pad(x, (0, 1, 0, 1))
                groups = 1 if index == 0 or weight.shape[-1] == 1 else weight.shape[0]
                x = functional.conv2d(x, weight, bias, stride, padding, groups=groups).clamp_(0, 6)
            embeddings: NDArray[np.float32] = x.mean((2, 3)).cpu().numpy()
        return embeddings


def _folded(state: dict[str, torch.Tensor], index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One layer's weight and bias, with its batch norm folded in."""
    layer = f"features.{index}"
    weight, bias = fuse_conv_bn_weights(
        state[f"{layer}.conv.weight"],
        None,
        state[f"{layer}.bn.running_mean"],
        state[f"{layer}.bn.running_var"],
        _BATCH_NORM_EPSILON,
        state[f"{layer}.bn.weight"],
        state[f"{layer}.bn.bias"],
    )
    return weight.detach().contiguous(memory_format=torch.channels_last), bias.detach()


def _load_checked(weights: Path) -> dict[str, torch.Tensor]:
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise _failure("weights-unreadable", weights.name, str(error.strerror)) from error
    if len(data) != _WEIGHTS_BYTES or hashlib.sha256(data).hexdigest() != _WEIGHTS_SHA256:
        raise _failure("weights-damaged", str(weights))
    try:
        state: dict[str, torch.Tensor] = load(data)
    except SafetensorError as error:
        raise _failure("weights-unreadable", weights.name, brief(error)) from error
    return state


def _failure(detail: str, *values: str) -> NetworkError:
    return NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, detail, ("CNN", *values)))


def _best_device() -> str:
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
