"""Set-up for all tests: Qt needs no screen, what is kept is in a folder of this run; a method that does not exist."""

import atexit
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.unkept import UNKEPT, Unkept
from tests.made_up import made_up_embedding

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would each compile the whole package

# Processes that tests start find it here, too, as do pytest-xdist's: compiled once per run, and nothing from or for the
# user's own starts.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _OF_THIS_RUN = tempfile.mkdtemp(prefix="imgenc-tests-")
    os.environ["NUMBA_CACHE_DIR"] = _OF_THIS_RUN
    os.environ["IMGENC_LIBRARY"] = os.path.join(_OF_THIS_RUN, "libraries")
    atexit.register(shutil.rmtree, _OF_THIS_RUN, ignore_errors=True)
_LIBRARIES = os.environ["IMGENC_LIBRARY"]
_numbers = itertools.count()

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


@pytest.fixture(scope="session")
def qapp_cls():
    """pytest-qt's application is imgenc's own."""
    from imgenc_gui.gui.desktop.application import Application

    return Application


@pytest.fixture(autouse=True)
def library_folder():
    """Where this test's library is once there is one: no test is answered by what another one has encoded."""
    folder = os.path.join(_LIBRARIES, f"{os.getpid()}-{next(_numbers)}")
    os.environ["IMGENC_LIBRARY"] = folder
    yield Path(folder)
    os.environ["IMGENC_LIBRARY"] = _LIBRARIES


@pytest.fixture(autouse=True)
def _nothing_is_told_of():
    """What can't be kept is told of once per process: each test begins as a process does."""
    yield
    vars(UNKEPT).update(vars(Unkept()))


@pytest.fixture
def made_up():
    """An embedding of 576 numbers, registered while the test runs."""
    method = made_up_embedding()
    METHODS.register(method)
    yield method
    METHODS.remove(method)
    NETWORKS.forget()
