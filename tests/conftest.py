"""Set-up for all tests: Qt needs no screen; and a method that doesn't exist."""

import os

import pytest

from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.registry import METHODS
from tests.made_up import made_up_embedding

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def made_up():
    """An embedding of 576 numbers, registered while the test runs."""
    method = made_up_embedding()
    METHODS.register(method)
    yield method
    METHODS.remove(method)
    NETWORKS.forget()
