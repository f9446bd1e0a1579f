"""The method CNN: MobileNet V1 (1.0, 224) without its classifier, the network of imagededup 0.2."""

from __future__ import annotations

from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import EmbeddingMethod, InputRecipe, Kind, Network
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.resources import resource

LABEL = "CNN"
WEIGHTS = ("weights", "mobilenet_v1_1.0_224.safetensors")


def load() -> Network:
    """Load the weights into torch, on the best device that works. Raises NetworkError."""
    try:
        from imgenc_gui.core.networks.mobilenet_v1_torch import MobileNetV1  # noqa: PLC0415 - imports torch
    except MemoryError:
        raise
    except Exception as error:  # a broken torch speaks in many ways
        failure = ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", (LABEL, "PyTorch", brief(error)))
        raise NetworkError(failure) from error
    return MobileNetV1(resource(*WEIGHTS))


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
