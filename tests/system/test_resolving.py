"""For every system and Python that the README promises there are wheels of all that pyproject.toml asks for there.

uv resolves for other systems than this one, and reads for that what packages say of themselves, not the packages.
"""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from packaging.version import Version

from tests.lowest import PYPROJECT, lowest, requirements

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {  # each question costs seconds of waiting, so of most systems the oldest and the newest Python
    "x86_64-manylinux_2_28": PYTHONS,
    "aarch64-manylinux_2_39": ("3.11", "3.14"),
    "x86_64-pc-windows-msvc": ("3.11", "3.14"),
    "aarch64-pc-windows-msvc": ("3.12", "3.14"),
    "aarch64-apple-darwin": ("3.11", "3.14"),
    "x86_64-apple-darwin": ("3.11", "3.13", "3.14"),
}
NO_TORCH = ("aarch64-pc-windows-msvc", "x86_64-apple-darwin")


WHEELS = ("--only-binary", ":all:")
EVERYWHERE = [(system, python) for system, pythons in SYSTEMS.items() for python in pythons]


def compiled(project: Path, system: str, python: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What uv says would be installed there, one line each."""
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", *options]
    command += ["--python-platform", system, "--python-version", python, str(project)]
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, env=environment)


def versions(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The same, by names."""
    assert run.returncode == 0, run.stderr
    return dict(line.split("==") for line in run.stdout.splitlines() if "==" in line)


@pytest.fixture(scope="module")
def newest() -> dict[tuple[str, str], subprocess.CompletedProcess[str]]:
    """Of every system and Python: several at a time, because uv mostly waits."""
    with ThreadPoolExecutor(8) as pool:
        runs = pool.map(lambda place: compiled(PYPROJECT, *place, *WHEELS), EVERYWHERE)
        return dict(zip(EVERYWHERE, runs, strict=True))


@pytest.mark.parametrize("place", EVERYWHERE, ids=" ".join)
def test_the_newest_versions_install(place: tuple[str, str], newest) -> None:
    found = versions(newest[place])

    assert ("torch" in found) == (place[0] not in NO_TORCH)
    assert ("torchvision" in found) == ("torch" in found)
    assert ("numba" in found) == ("onnxruntime" in found) == (place != ("x86_64-apple-darwin", "3.14"))


@pytest.mark.parametrize("place", [("x86_64-apple-darwin", "3.13"), ("aarch64-pc-windows-msvc", "3.12")], ids=" ".join)
def test_pip_has_nothing_to_compile(place: tuple[str, str], newest) -> None:
    """pip takes the newest version, also where only its source is there: none may be newer than the last wheel."""
    assert versions(compiled(PYPROJECT, *place)) == versions(newest[place])


def test_the_oldest_versions_install_together() -> None:
    found = versions(compiled(PYPROJECT, "x86_64-manylinux_2_28", "3.11", *WHEELS, "--resolution", "lowest-direct"))
    there = {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": "3.11"}
    asked = [one for one in requirements() if one.marker is None or one.marker.evaluate(there)]

    assert len(asked) > 15
    for one in asked:
        assert Version(found[one.name.lower()]) == Version(lowest(one)), one


def test_what_nobody_offers_is_told(tmp_path: Path) -> None:
    """uv's answer is no formality."""
    project = tmp_path / "pyproject.toml"
    project.write_text(PYPROJECT.read_text(encoding="utf-8").replace('"numpy>=', '"numpy>=99,>='), encoding="utf-8")
    run = compiled(project, "x86_64-manylinux_2_28", "3.12")

    assert run.returncode != 0
    assert "numpy>=99" in run.stderr
