"""Set-up for all tests: Qt needs no screen, kernels are kept in a folder of this run; a method that doesn't exist."""

import atexit
import os
import shutil
import tempfile

import hypothesis
import pytest

from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.registry import METHODS
from tests.made_up import made_up_embedding

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Processes that tests start find it here, too, as do pytest-xdist's: compiled once per run, and nothing from or for the
# user's own starts.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="imgenc-tests-")
    atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)

# How long an example takes says nothing beside other processes.
hypothesis.settings.register_profile(
    "beside others", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("beside others")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """What a test logs or shows may be names that are no text, which pytest-xdist could not hand on."""
    return _as_text((yield))


def _as_text(value):
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _as_text(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_as_text, value))
    return value


@pytest.fixture
def made_up():
    """An embedding of 576 numbers, registered while the test runs."""
    method = made_up_embedding()
    METHODS.register(method)
    yield method
    METHODS.remove(method)
    NETWORKS.forget()
