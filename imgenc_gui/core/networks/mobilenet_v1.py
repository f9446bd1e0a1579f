"""The method CNN: MobileNet V1 (1.0, 224) without its classifier, the network of imagededup 0.2."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgenc_gui.core.naming import brief
from imgenc_gui.core.networks.cards import may_have_card
from imgenc_gui.core.networks.mobilenet_v1_layers import LABEL, Layer, arrays, read_layers
from imgenc_gui.core.networks.onnx_network import OnnxNetwork
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import EmbeddingMethod, InputRecipe, Kind, Network
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.resources import resource

if TYPE_CHECKING:
    from imgenc_gui.core.networks.mobilenet_v1_torch import MobileNetV1

log = logging.getLogger(__name__)

WEIGHTS = ("weights", "mobilenet_v1_1.0_224.safetensors")
GRAPH = ("weights", "mobilenet_v1_1.0_224.onnx")  # without weights; made by tests/making_graphs.py


def load() -> Network:
    """Load the network: on a graphics card in torch, else in onnxruntime, and where that doesn't load in torch.

    Raises NetworkError.
    """
    layers = read_layers(resource(*WEIGHTS))
    if may_have_card() and (network := _on_card(layers)) is not None:
        return network
    try:
        return in_onnxruntime(layers)
    except MemoryError:
        raise
    except Exception:  # a broken engine speaks in many ways
        log.warning("%s goes on with PyTorch, because onnxruntime fails", LABEL, exc_info=True)
    return in_torch(layers, "cpu")


def _on_card(layers: Sequence[Layer]) -> Network | None:
    try:
        network = in_torch(layers)
    except NetworkError as error:
        log.warning("%s goes on without a graphics card", LABEL, exc_info=error.__cause__)
        return None
    return network if network.is_on_card() else None


def in_onnxruntime(layers: Sequence[Layer]) -> OnnxNetwork:
    """The network on the processor. Raises what OnnxNetwork raises."""
    numbers = {
        f"layer.{index}.{name}": array for index, layer in enumerate(layers) for name, array in arrays(layer).items()
    }
    return OnnxNetwork(resource(*GRAPH), numbers)


def in_torch(layers: Sequence[Layer], device: str | None = None) -> MobileNetV1:
    """The network on a device by torch's name for it; None: on the best that works. Raises NetworkError."""
    try:
        from imgenc_gui.core.networks.mobilenet_v1_torch import MobileNetV1  # noqa: PLC0415 - imports torch
    except MemoryError:
        raise
    except Exception as error:
        failure = ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", (LABEL, "onnxruntime or PyTorch", brief(error)))
        raise NetworkError(failure) from error
    return MobileNetV1(layers, device)


CNN = EmbeddingMethod(
    "cnn",
    LABEL,
    Kind.EMBEDDING,
    1024,
    InputRecipe(224, 224),
    1,
    "A neural network's view: recognises crops and similar scenes. Slower, with larger files.",
    load,
    thresholds={  # measured: README, "What distances mean"
        Likeness.IDENTICAL: 0.9999,
        Likeness.SAME: 0.97,
        Likeness.EDITED: 0.90,
        Likeness.LOOKALIKE: 0.85,
    },
)
