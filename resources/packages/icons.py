"""The icon in all sizes; `python icons.py FOLDER` makes imgenc.ico (Windows) and imgenc.icns (macOS)."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import resvg_py
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
DRAWING = ROOT / "resources" / "icons" / "imgenc.svg"
OF_WINDOWS = (16, 20, 24, 32, 40, 48, 64, 128, 256)  # pixels
OF_MACOS = (16, 32, 64, 128, 256, 512, 1024)


def drawn(pixels: int) -> bytes:
    """The icon as PNG, square, drawn at that size and not scaled."""
    return bytes(resvg_py.svg_to_bytes(svg_path=str(DRAWING), width=pixels, height=pixels))


def write_icons(folder: Path) -> None:
    """Both files, in a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sizes in (("imgenc.ico", OF_WINDOWS), ("imgenc.icns", OF_MACOS)):
        first, *others = (Image.open(io.BytesIO(drawn(pixels))).convert("RGBA") for pixels in reversed(sizes))
        first.save(folder / name, sizes=[(pixels, pixels) for pixels in sizes], append_images=others)


if __name__ == "__main__":
    write_icons(Path(sys.argv[1]))
