"""A method that doesn't exist: what a stranger would write to add one, for the tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imgenc_gui.core.records.methods import EmbeddingMethod, InputRecipe, Kind, Network

LENGTH = 576
RECIPE = InputRecipe(96, 64, grey=True)


class MeanNetwork:
    """Embeds a picture as the means of 24 x 24 cells, so that its numbers can be checked by hand."""

    engine = "numpy"

    def embed(self, images: np.ndarray, threads: int | None = None, stop=None) -> np.ndarray:  # noqa: ARG002
        grey = images if images.ndim == 3 else images.mean(axis=3)
        rows = np.linspace(0, grey.shape[1], 25).astype(int)[:-1]
        columns = np.linspace(0, grey.shape[2], 25).astype(int)[:-1]
        sums = np.add.reduceat(np.add.reduceat(grey.astype(np.float64), rows, axis=1), columns, axis=2)
        counts = np.outer(np.diff([*rows, grey.shape[1]]), np.diff([*columns, grey.shape[2]]))
        return (sums / counts).reshape(len(images), LENGTH).astype(np.float32)


def made_up_embedding(
    method_id: str = "made-up", recipe: InputRecipe = RECIPE, load: Callable[[], Network] = MeanNetwork
) -> EmbeddingMethod:
    """A new record of an embedding of 576 numbers; no two are equal."""
    sentence = "Means of 24 x 24 cells: for tests only."
    return EmbeddingMethod(method_id, "Made up", Kind.EMBEDDING, LENGTH, recipe, 3, sentence, load)
