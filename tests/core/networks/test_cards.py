"""Whether there may be a graphics card is told from what lies on the disk; torch isn't imported for it."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from imgenc_gui.core.networks import cards
from imgenc_gui.core.networks.cards import may_have_card

ROOT = Path(__file__).parents[3]


@pytest.fixture
def torch(tmp_path, monkeypatch):
    """A torch of the test's own, on Linux, without any driver: call it with the names of its libraries."""

    def install(*libraries):
        (tmp_path / "torch" / "lib").mkdir(parents=True, exist_ok=True)
        for name in libraries:
            (tmp_path / "torch" / "lib" / name).touch()
        spec = ModuleSpec("torch", None, origin=str(tmp_path / "torch" / "__init__.py"))
        monkeypatch.setattr(importlib.util, "find_spec", {"torch": spec}.get)

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(cards, "_NVIDIA", (str(tmp_path / "nvidia"),))
    monkeypatch.setattr(cards, "_AMD", (str(tmp_path / "amd"),))
    return install


CPU, CUDA, ROCM = "libtorch_cpu.so", "libtorch_cuda.so", "libtorch_hip.so"


@pytest.mark.parametrize(
    ("library", "driver", "expected"),
    [
        (CPU, "nvidia", False),
        (CUDA, None, False),
        (CUDA, "nvidia", True),
        (CUDA, "amd", False),
        (ROCM, "amd", True),
        (ROCM, "nvidia", False),
    ],
)
def test_it_takes_a_build_and_a_driver_of_one_kind(library, driver, expected, torch, tmp_path):
    torch(CPU, library)
    if driver is not None:
        (tmp_path / driver).touch()

    assert may_have_card() is expected


@pytest.mark.parametrize(("devices", "expected"), [("", False), ("-1", False), ("0", True), ("1,0", True)])
def test_cards_that_are_hidden_are_none(devices, expected, torch, tmp_path, monkeypatch):
    torch(CUDA)
    (tmp_path / "nvidia").touch()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", devices)

    assert may_have_card() is expected


def test_windows_has_its_driver_among_the_systems_files(torch, tmp_path, monkeypatch):
    torch("torch_cuda.dll")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    assert not may_have_card()

    (tmp_path / "System32").mkdir()
    (tmp_path / "System32" / "nvcuda.dll").touch()

    assert may_have_card()


@pytest.mark.parametrize(("machine", "expected"), [("arm64", True), ("x86_64", False)])
def test_a_mac_has_one_if_it_is_apples_own(machine, expected, torch, monkeypatch):
    torch("libtorch_cpu.dylib")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert may_have_card() is expected


def test_without_torch_there_is_none(torch, tmp_path, monkeypatch):
    (tmp_path / "nvidia").touch()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    assert not may_have_card()


def test_torch_as_it_is_installed_is_asked_without_importing_it():
    code = (
        "import sys; from imgenc_gui.core.networks import cards; found = cards.may_have_card();"
        "assert 'torch' not in sys.modules; import torch;"
        "assert found or not (torch.cuda.is_available() or torch.backends.mps.is_available())"
    )

    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )

    assert run.returncode == 0, run.stderr
