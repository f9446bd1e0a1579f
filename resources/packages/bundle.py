"""Makes dist/imgenc, the program that needs no Python, in a fresh environment below build: `python bundle.py`.

Any Python from 3.11 on will do; it becomes the program's own. The environment has what pyproject.toml names, but for
PyTorch, which is 1 GB at least: onnxruntime embeds just as well on processors. It takes some 1 GB while it is made.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "build" / "environment"
LEFT_OUT = {"torch", "torchvision", "safetensors"}


def requirements() -> list[str]:
    """What the program is made of, and by, as pip takes it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *extras["bundle"]]
    return [line for line in named if re.split(r"[^\w.-]", line)[0].lower() not in LEFT_OUT]


def main() -> None:
    """Make the environment, and in it the program."""
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run = [python, "-m"]
    subprocess.run([*run, "pip", "install", "--quiet", *requirements()], check=True)  # noqa: S603 - what stands above
    command = [*run, "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR", "build_installer.spec"]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603
    gather = [python, Path(__file__).with_name("licences.py"), ROOT / "dist" / "imgenc"]
    subprocess.run(gather, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
