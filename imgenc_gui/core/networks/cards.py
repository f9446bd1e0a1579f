"""Whether torch may find a graphics card here: told without importing it, which takes seconds and half a gigabyte."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from pathlib import Path

# What a driver brings: NVIDIA's in Linux, in a container, in Windows' Linux and on its small boards.
_NVIDIA = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg", "/dev/nvmap")
_AMD = ("/dev/kfd",)


def may_have_card() -> bool:
    """Whether torch is there, was built for a kind of graphics card, and a driver of that kind is installed."""
    found = importlib.util.find_spec("torch")  # doesn't import it
    if found is None or found.origin is None:
        return False
    if sys.platform == "darwin":
        return platform.machine() == "arm64"  # Apple's MPS
    libraries = Path(found.origin).parent / "lib"  # in a frozen build, too, which has no version.py
    if any(libraries.glob("*torch_cuda.*")):
        return os.environ.get("CUDA_VISIBLE_DEVICES", "0") not in {"", "-1"} and _has_nvidia_driver()
    return any(libraries.glob("*torch_hip.*")) and any(Path(path).exists() for path in _AMD)


def _has_nvidia_driver() -> bool:
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvcuda.dll").exists()
    return any(Path(path).exists() for path in _NVIDIA)
