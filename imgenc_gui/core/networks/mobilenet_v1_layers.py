"""MobileNet V1's layers, as every engine computes them: convolutions with batch norm folded in.

Engines add in different orders, and in single precision a sum is as wrong as what it passes on its way is large. Where
a picture has one colour, such errors are the same everywhere, and no mean lessens them: engines differed by 3e-4 there.
Two things keep them below 1e-4. The early convolutions of 1 x 1 see how far their input is from that of a mid-grey
picture, so that they don't go down to a bias of -35 and back. And two layers whose sums go through hundreds to end
between 0 and 6 are parted in one that adds up exactly and two that are small.
"""

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
_CENTRED = range(2, 13, 2)  # convolutions of 1 x 1, up to where errors no longer grow
_PARTED = (1, 5)
_STEPS = 16  # into which what a parted layer sees is divided
_TOP = 6  # ReLU6's
_EXACT_BITS = 24  # of whole numbers in single precision

_WEIGHTS_BYTES = 12_927_680
_WEIGHTS_SHA256 = "aff3d33482cb73340419509a83b7dc51bda41eab4190fea05cf333fa49a35834"
_BATCH_NORM_EPSILON = 0.001


class Layer(NamedTuple):
    """A convolution, whose results are cut to 0 to ``top``.

    ``weight``: (outputs, inputs of a group, height, width) float32. ``bias``: (outputs,) float32. ``padding``: rows and
    columns of zeros at the top and left, and at the bottom and right; a convolution of stride 2 pads as TensorFlow's
    SAME does.

    ``shift``: (inputs,) float32, to be added to the input first; ``bias`` makes up for it. ``coarse``: like
    ``weight``; where it is there, whole is the input rounded to whole numbers, and ``weight`` x (input - whole) +
    (``weight`` - ``coarse``) x whole + ``coarse`` x whole + ``bias`` is to be computed, of which the third is exact.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    padding: tuple[int, int]
    groups: int
    top: float = _TOP
    shift: NDArray[np.float32] | None = None
    coarse: NDArray[np.float32] | None = None


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
    layers = [_layer(weights, index) for index in range(COUNT)]
    _centre(layers)
    for index in _PARTED:
        _part(layers, index)
    return layers


def arrays(layer: Layer) -> dict[str, NDArray[np.float32]]:
    """What an engine computes the layer with."""
    named = {"weight": layer.weight, "bias": layer.bias}
    if layer.shift is not None:
        named["shift"] = layer.shift
    if layer.coarse is not None:
        named |= {"coarse": layer.coarse, "fine": layer.weight - layer.coarse}
    return named


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


def _centre(layers: list[Layer]) -> None:
    grey = np.zeros(3)  # what the layer sees of a mid-grey picture, far from its edges
    for index, layer in enumerate(layers[: _CENTRED[-1] + 1]):
        sums = layer.weight.sum((2, 3), dtype=np.float64)
        if index in _CENTRED:
            shift = -grey.astype(np.float32)
            layers[index] = layer._replace(shift=shift, bias=(layer.bias - sums @ shift).astype(np.float32))
        given = layer.bias + (sums @ grey if layer.groups == 1 else sums[:, 0] * grey)
        grey = given.clip(0, layer.top)


def _part(layers: list[Layer], index: int) -> None:
    """Have the layer before give _STEPS times as much, whose whole numbers then are steps of it, and cut the weights.

    Their products with whole numbers up to its top must add up exactly, in whatever order.
    """
    before, layer = layers[index - 1], layers[index]
    top = before.top * _STEPS
    weight = layer.weight / np.float32(_STEPS)
    largest = top * np.abs(weight).sum((1, 2, 3), dtype=np.float64)
    step = np.exp2(np.ceil(np.log2(largest)) - _EXACT_BITS)[:, np.newaxis, np.newaxis, np.newaxis]
    steps = np.float32(_STEPS)
    layers[index - 1] = before._replace(weight=before.weight * steps, bias=before.bias * steps, top=top)
    layers[index] = layer._replace(weight=weight, coarse=(np.trunc(weight / step) * step).astype(np.float32))
