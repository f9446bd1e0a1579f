"""A cache folder of the test's own."""

import numba
import pytest


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder in which each module of kernels has its own."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path / "imgenc" / "kernel"
