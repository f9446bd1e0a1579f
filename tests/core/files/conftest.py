"""A method that is there only while a test wants it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgenc_gui.core.records.methods import EmbeddingMethod
from imgenc_gui.core.registry import METHODS
from tests.core.files.exports import made_up


@pytest.fixture
def thumbprint() -> Iterator[EmbeddingMethod]:
    """A made-up embedding of 7 numbers, registered behind the others."""
    method = made_up()
    METHODS.register(method)
    yield method
    METHODS.remove(method)
