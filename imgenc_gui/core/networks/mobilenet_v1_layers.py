"""MobileNet V1's layers, as every engine computes them: convolutions with batch norm folded in."""

from __future__ import annotations

import hashlib
import json
import mmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError

LABEL = "CNN"
COUNT = 27
_STRIDES = {0: 2, 3: 2, 7: 2, 11: 2, 23: 2}  # all other layers: 1

_WEIGHTS_BYTES = 12_927_680
_WEIGHTS_SHA256 = "aff3d33482cb73340419509a83b7dc51bda41eab4190fea05cf333fa49a35834"
_BATCH_NORM_EPSILON = 0.001


class Layer(NamedTuple):
    """A convolution, followed by ReLU6. ``weight``: (outputs, inputs of a group, height, width) float32.

    ``bias``: (outputs,) float32. ``padding``: rows and columns of zeros at the top and left, and at the bottom and
    right; a convolution of stride 2 pads as TensorFlow's SAME does.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    padding: tuple[int, int]
    groups: int


def read_layers(path: Path) -> list[Layer]:
    """The layers of the weights that come with imgenc, after checking their SHA-256. Raises NetworkError."""
    data = _room()
    try:
        with path.open("rb") as file:
            file.readinto(data)
    except OSError as error:
        values = (LABEL, path.name, str(error.strerror))
        raise NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, "weights-unreadable", values)) from error
    if hashlib.sha256(data).hexdigest() != _WEIGHTS_SHA256:
        raise NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, "weights-damaged", (LABEL, str(path))))
    weights = _tensors(data)
    return [_layer(weights, index) for index in range(COUNT)]


def _room() -> mmap.mmap:
    """Memory for the weights that goes back to the system: with malloc's, 40 MB of the engine's stayed as well."""
    try:
        return mmap.mmap(-1, _WEIGHTS_BYTES)
    except OSError as error:
        raise MemoryError(str(error.strerror)) from error


def _tensors(data: mmap.mmap) -> dict[str, NDArray[np.float32]]:
    """The tensors of safetensors that are known to be sound. Where memory is short its own reader ends the thread."""
    begin = 8 + int.from_bytes(data[:8], "little")  # of the numbers; before them stands what they are
    entries = json.loads(data[8:begin])
    del entries["__metadata__"]
    tensors = {}
    for name, entry in entries.items():
        first, last = entry["data_offsets"]
        tensors[name] = np.frombuffer(data, "<f4", (last - first) // 4, begin + first).reshape(entry["shape"])
    return tensors


def _layer(weights: dict[str, NDArray[np.float32]], index: int) -> Layer:
    """One layer. The scale in double precision: single would lose a digit of the bias."""
    layer = f"features.{index}"
    weight = weights[f"{layer}.conv.weight"]
    gamma, beta, mean, variance = (
        weights[f"{layer}.bn.{name}"].astype(np.float64) for name in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + _BATCH_NORM_EPSILON)
    stride, size = _STRIDES.get(index, 1), weight.shape[-1]
    is_depthwise = index > 0 and size > 1
    return Layer(
        weight * scale.astype(np.float32)[:, np.newaxis, np.newaxis, np.newaxis],
        (beta - mean * scale).astype(np.float32),
        stride,
        (0, 1) if stride > 1 else (size // 2, size // 2),
        len(weight) if is_depthwise else 1,
    )
