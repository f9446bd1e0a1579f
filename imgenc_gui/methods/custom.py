"""A model and a transform of the caller's own, as imagededup's ``CNN(model_config=CustomModel(...))`` takes them."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.networks.memory import tell_memory
from imgenc_gui.core.records.methods import ANY_LENGTH, EmbeddingMethod, InputRecipe, Kind
from imgenc_gui.core.stopping import Stop, never
from imgenc_gui.methods.warned import warn

_DEFAULT_NAME = "default_model"  # imagededup's
_WHOLE = InputRecipe(0, 0)  # the transform sees the picture as it is


class CustomModel(NamedTuple):
    """What embeds pictures; imagededup's of the same name does as well.

    ``model``: a torch.nn.Module, or anything that can be called, which makes of a tensor (pictures, ...) one of
    (pictures, numbers). ``transform``: makes of a picture of Pillow's, RGB, a tensor without the first axis.
    """

    name: str = _DEFAULT_NAME
    model: Callable[[Any], Any] | None = None
    transform: Callable[[Image.Image], Any] | None = None


def checked(config: CustomModel | None) -> CustomModel | None:
    """The config, or None. Raises ValueError where something is missing; warns of a name that says nothing."""
    if config is None:
        return None
    if config.model is None or config.transform is None:
        raise ValueError("model_config must have a model and a transform.")
    if config.name == _DEFAULT_NAME:
        warn("Give model_config a name of its own.", SyntaxWarning)
    return config


def custom_method(config: CustomModel, owner: object) -> EmbeddingMethod:
    """The method that a model and its transform are; registered nowhere, and kept as long as its owner."""
    model, transform = config.model, config.transform
    if model is None or transform is None:
        raise ValueError(config)
    method = EmbeddingMethod(
        "custom-model",
        config.name,
        Kind.EMBEDDING,
        ANY_LENGTH,
        _WHOLE,
        0,
        "The model of the program that uses imgenc.",
        partial(_Model, model),
        prepare=partial(_transformed, transform),
    )
    weakref.finalize(owner, NETWORKS.let_go, method)
    return method


def _transformed(transform: Callable[[Image.Image], Any], pixels: NDArray[np.uint8]) -> NDArray[Any]:
    try:
        return np.asarray(transform(Image.fromarray(pixels)))
    except Exception as error:
        tell_memory(error)
        raise


class _Model:
    """Calls a model, on one thread at a time: nobody knows whether it bears more."""

    engine = "torch"

    def __init__(self, model: Callable[[Any], Any]) -> None:
        import torch  # noqa: PLC0415 - takes seconds

        from imgenc_gui.core.networks.torch_threads import allow  # noqa: PLC0415 - imports torch

        self._allow = allow
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")  # as imagededup has it
        self._model = model.to(self._device) if isinstance(model, torch.nn.Module) else model
        self._lock = threading.Lock()

    def embed(
        self,
        images: NDArray[Any],
        threads: int | None = None,
        stop: Stop = never,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        torch = self._torch
        self._allow(threads)
        try:
            with self._lock, torch.no_grad():
                found = self._model(torch.from_numpy(images).to(self._device))
        except Exception as error:
            tell_memory(error)
            raise
        vectors = np.asarray(found.cpu() if isinstance(found, torch.Tensor) else found, np.float32)
        if vectors.shape[:1] != (len(images),) or sum(side > 1 for side in vectors.shape[1:]) > 1:
            raise ValueError(f"the model gives an array {vectors.shape}, not (pictures, numbers)")
        return vectors.reshape(len(images), -1)
