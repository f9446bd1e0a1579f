"""MobileNet V3 small without its classifier, the network of imagededup 0.3, with weights that a person has added."""

from __future__ import annotations

from pathlib import Path

from imgenc_gui.core.networks.memory import tell_memory
from imgenc_gui.core.networks.own_file import read_checked, without_engine
from imgenc_gui.core.records.methods import InputRecipe, Network, Resampling

LABEL = "MobileNet V3"
ID = "mobilenet-v3"
LENGTH = 576
ENDINGS = (".pth", ".pt", ".safetensors")
RECIPE = InputRecipe(256, 256, resampling=Resampling.BILINEAR, crop=(224, 224))  # imagededup's own, not torchvision's
SENTENCE = "The network of imagededup 0.3, with the weights that you added: recognises crops and similar scenes."


def load(weights: Path, sha256: str) -> Network:
    """Load weights whose digest is known into torch. Raises NetworkError."""
    return network_of(read_checked(weights, sha256, LABEL))


def network_of(data: bytes) -> Network:
    """The network with the weights that the bytes of a .pth or .safetensors file hold. Raises NetworkError."""
    try:
        from imgenc_gui.core.networks.mobilenet_v3_torch import MobileNetV3  # noqa: PLC0415 - imports torch
    except MemoryError:
        raise
    except Exception as error:  # a broken torch speaks in many ways
        raise without_engine(LABEL, "PyTorch and torchvision", error) from error
    try:
        return MobileNetV3(data)
    except RuntimeError as error:
        tell_memory(error)
        raise
