"""Makes dist/imgenc-VERSION-windows.exe of the folder dist/imgenc, with Inno Setup 6: `python make.py`. On Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "resources" / "packages"))

from documents import registry_lines  # noqa: E402 - beside this folder
from icons import write_icons  # noqa: E402

import imgenc_gui  # noqa: E402


def main() -> None:
    """Write what imgenc.iss asks for, then run Inno Setup."""
    write_icons(ROOT / "build" / "icons")
    (ROOT / "build" / "endings.iss").write_text(registry_lines(), "utf-8")
    script = ROOT / "resources" / "packages" / "windows" / "imgenc.iss"
    subprocess.run(["iscc", "/Qp", f"/DVersion={imgenc_gui.__version__}", str(script)], check=True)  # noqa: S603, S607


if __name__ == "__main__":
    main()
