"""Prints the oldest version of each dependency that pyproject.toml admits on this Python and system, for pip.

`pip install $(python tests/lowest.py)`. Not torch's and torchvision's: they take gigabytes, and decide no hash.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

TORCH = ("torch", "torchvision")
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def requirements() -> list[Requirement]:
    """What imgenc needs, everywhere."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


def lowest(requirement: Requirement) -> str:
    """The version that it names as the first."""
    return next(one.version for one in requirement.specifier if one.operator == ">=")


if __name__ == "__main__":
    here = [one for one in requirements() if one.name not in TORCH and (one.marker is None or one.marker.evaluate())]
    print(*(f"{one.name}=={lowest(one)}" for one in here))
