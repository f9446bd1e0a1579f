"""Makes of a decoded picture what a person is shown: upright, on white, small."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.formats.strips import may_hide, strips
from imgenc_gui.core.stopping import Stop, never

_LARGE = 1 << 24  # pixels
_HALF_SIGHT = 16  # numbers with a point below it, most often from 0 to 1, are taken for shares of white
# Where white is, of pictures whose numbers may be any, and what makes 0 to 255 of these.
_WHITES = ((255, 1.0), (65_535, 1 / 256))
_UNMIXED = {"P": "RGBA", "1": "L"}  # modes whose values can't be interpolated, and what they become before
_WIDEST = 1 / (1 << 23)  # of 32 bits with a sign
_UNDONE = {6: 8, 8: 6}  # the EXIF orientations that take back what another does; the others take back themselves

Number = TypeVar("Number", bound=np.generic)


def upright(pixels: NDArray[Number], orientation: int) -> NDArray[Number]:
    """Turn an image (h, w) or (h, w, 3) upright by its EXIF orientation, 1 to 8. A view."""
    if orientation >= 5:  # noqa: PLR2004 - 5 to 8 swap rows and columns
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def stored(pixels: NDArray[Number], orientation: int) -> NDArray[Number]:
    """Turn an upright image back to how it is stored by its EXIF orientation. A view."""
    return upright(pixels, _UNDONE.get(orientation, orientation))


def shown(image: Image.Image, longest: int | None, data: bytes = b"", stop: Stop = never) -> NDArray[np.uint8]:
    """An image with white behind it: RGB (h, w, 3) uint8, the longest side at most ``longest`` pixels.

    ``data``: the bytes of the file that it was opened of, if so.
    """
    if is_deep_grey(image):
        image, data = _of_eight_bits(image, data, stop), b""
    factor = max(image.size) // (2 * longest) if longest else 1
    if image.width * image.height > _LARGE and factor > 1:
        image, data = _reduced(image, data, stop, factor), b""
    if longest is not None:
        if image.mode in _UNMIXED:
            image = image.convert(_UNMIXED[image.mode])
        image.load()  # a TIFF may be turned meanwhile, and then has another size
        image.thumbnail((longest, longest), reducing_gap=2.0)
    pixels = None
    for top, strip in strips(image, data, stop):
        if pixels is None:
            pixels = np.empty((image.height, image.width, 3), np.uint8)
        pixels[top : top + strip.height] = np.asarray(_on_white(strip))
    if pixels is None:
        raise ValueError("The picture has no pixels.")
    return pixels


def is_deep_grey(image: Image.Image) -> bool:
    """Whether an image's numbers may be more than 255."""
    return image.mode.startswith(("I", "F"))


def _of_eight_bits(image: Image.Image, data: bytes, stop: Stop) -> Image.Image:
    """A grey image of deeper numbers as a person expects it: Pillow cuts them off at 255, so that most are white."""
    scale = 1 / 256
    if not image.mode.startswith("I;16") and image.format != "PPM":  # of which Pillow makes 16 bits
        found = (np.fmax.reduce(np.asarray(strip), axis=None, initial=0) for _, strip in strips(image, data, stop))
        highest = float(max(found))
        scale = next((scale for white, scale in _WHITES if highest <= white), _WIDEST)
        if image.mode == "F" and highest < _HALF_SIGHT:
            scale = 255.0
    hidden = image.info.get("transparency")
    grey = None
    for top, strip in strips(image, data, stop):
        values = np.asarray(strip)
        pixels = np.clip(np.nan_to_num(values * np.float32(scale)), 0, 255).astype(np.uint8)
        if isinstance(hidden, int):
            pixels[values == hidden] = 255
        if grey is None:
            grey = Image.new("L", image.size)
        grey.paste(Image.fromarray(pixels), (0, top))
    if grey is None:
        raise ValueError("The picture has no pixels.")
    return grey


def _reduced(image: Image.Image, data: bytes, stop: Stop, factor: int) -> Image.Image:
    """An image on white, RGB, so many times smaller: a large one strip by strip, or there would be copies."""
    small = None
    for top, strip in strips(image, data, stop, factor):
        if small is None:
            small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
        small.paste(_on_white(strip).reduce(factor), (0, top // factor))
    if small is None:
        raise ValueError("The picture has no pixels.")
    return small


def _on_white(image: Image.Image) -> Image.Image:
    if may_hide(image):
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    return image.convert("RGB")
