"""Makes imgenc.ico (Windows) and imgenc.icns (macOS) of the drawing: `python icons.py FOLDER`."""

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


def drawn(pixels: int) -> Image.Image:
    """The icon, square, drawn at that size and not scaled."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=DRAWING.read_text("utf-8"), width=pixels, height=pixels))
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    image.load()
    return image


def write_icons(folder: Path) -> None:
    """Both files, in a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sizes in (("imgenc.ico", OF_WINDOWS), ("imgenc.icns", OF_MACOS)):
        first, *others = (drawn(pixels) for pixels in reversed(sizes))
        first.save(folder / name, sizes=[(pixels, pixels) for pixels in sizes], append_images=others)


if __name__ == "__main__":
    write_icons(Path(sys.argv[1]))
