"""Decoders in Pillow's way for what its own take seconds for each megapixel of: QOI, and the uncompressed kinds of DDS.

They give the same pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

_STRIP = 1 << 18  # pixels
_DDS_HEAD = 128  # bytes before the pixels
_IN_PLACE_OF = {"qoi": "imgenc qoi", "dds_rgb": "imgenc dds"}


def quicken(image: ImageFile.ImageFile) -> None:
    """Let an image that was opened be loaded by the decoders here, if it is one of theirs."""
    image.tile = [tile._replace(codec_name=_IN_PLACE_OF.get(tile.codec_name, tile.codec_name)) for tile in image.tile]


class _QoiDecoder(ImageFile.PyDecoder):
    _pulls_fd = True

    def decode(self, _: object) -> tuple[int, int]:
        if self.fd is None:
            raise ValueError("There is nothing to decode.")
        size = self.state.xsize * self.state.ysize
        channels = len(self.mode)
        self.set_as_raw(bytes(_qoi_pixels(self.fd.read(), size, channels)))
        return -1, 0


def _qoi_pixels(data: bytes, size: int, channels: int) -> bytearray:
    """So many pixels, red, green, blue and perhaps alpha. Raises IndexError where there are fewer."""
    out = bytearray()
    seen = [bytes(4)] * 64
    red, green, blue, alpha = 0, 0, 0, 255
    pixel = bytes((red, green, blue, alpha))
    place, end = 0, size * channels
    while len(out) < end:
        op = data[place]
        place += 1
        if op < 0x40:  # noqa: PLR2004 - one that was seen
            pixel = seen[op]
            red, green, blue, alpha = pixel
        elif op >= 0xC0:  # noqa: PLR2004 - as it stands there, or a run of the last
            if op < 0xFE:  # noqa: PLR2004
                out += pixel[:channels] * (op - 0xBF)
                continue
            red, green, blue = data[place : place + 3]
            place += 3
            if op == 0xFF:  # noqa: PLR2004
                alpha = data[place]
                place += 1
        elif op < 0x80:  # noqa: PLR2004 - a little different
            red, green, blue = (
                (red + (op >> 4 & 3) - 2) & 255,
                (green + (op >> 2 & 3) - 2) & 255,
                (blue + (op & 3) - 2) & 255,
            )
        else:  # somewhat
            more, by = data[place], op - 0xA0
            place += 1
            red, green, blue = (
                (red + by - 8 + (more >> 4)) & 255,
                (green + by) & 255,
                (blue + by - 8 + (more & 15)) & 255,
            )
        pixel = bytes((red, green, blue, alpha))
        seen[(red * 3 + green * 5 + blue * 7 + alpha * 11) % 64] = pixel
        out += pixel[:channels]
    del out[end:]
    return out


class _DdsDecoder(ImageFile.PyDecoder):
    _pulls_fd = True

    def decode(self, _: object) -> tuple[int, int]:
        bits, masks = self.args
        width, height, each = self.state.xsize, self.state.ysize, bits // 8
        if self.fd is None or self.im is None or each not in range(1, 5):
            raise ValueError(f"A pixel has {bits} bits.")
        self.fd.seek(_DDS_HEAD)
        rows = max(1, _STRIP // width)
        for top in range(0, height, rows):
            end = min(top + rows, height)
            strip = self.fd.read((end - top) * width * each)
            values = np.zeros(((end - top) * width, 4), np.uint8)
            values[:, :each] = np.frombuffer(strip, np.uint8).reshape(-1, each)
            numbers = values.view("<u4")[:, 0]
            pixels = np.stack([_scaled(numbers, mask) for mask in masks], axis=-1)
            image = Image.fromarray(pixels.reshape(end - top, width, len(masks)))
            self.im.paste(image.im, (0, top, width, end))
        return -1, 0


def _scaled(numbers: NDArray[np.uint32], mask: int) -> NDArray[np.uint8]:
    """The part of some numbers that a mask tells of, from 0 to 255."""
    if not mask:
        return np.zeros(len(numbers), np.uint8)
    shift = (mask & -mask).bit_length() - 1
    part = (numbers & np.uint32(mask)) >> np.uint32(shift)
    return (part / (mask >> shift) * 255).astype(np.uint8)


Image.register_decoder(_IN_PLACE_OF["qoi"], _QoiDecoder)
Image.register_decoder(_IN_PLACE_OF["dds_rgb"], _DdsDecoder)
