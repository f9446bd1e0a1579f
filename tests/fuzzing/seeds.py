"""Small pictures of every format that is read, in as many of its kinds as can be made here: what is mutated."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zlib
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import simplejpeg
from PIL import Image

from tests import heic
from tests.core.formats.files import psd
from tests.pictures import photo
from tests.raw_files import cr2, cr3, dng, linear_sensor, nef, pef, raf

_SIZE = (53, 38)

Seeds = dict[str, list[bytes]]


def seeds() -> Seeds:
    """The pictures of each format, but for those whose library has no wheel for this system."""
    made = {
        "jpeg": list(_jpegs()),
        "png": list(_pngs()),
        "tiff": list(_tiffs()),
        "gif": list(_gifs()),
        "bmp": list(_bmps()),
        "webp": list(_webps()),
        "pnm": list(_pnms()),
        "svg": list(_svgs()),
        "heic": list(_heics()) if find_spec("pi_heif") else [],
        "avif": list(_avifs()),
        "jxl": list(_jxls()) if find_spec("pylibjxl") else [],
        "dng": list(_raws()) if find_spec("rawpy") else [],
        "jp2": list(_jpeg_2000s()),
        "psd": [psd(_image(mode), packed=packed) for mode in ("L", "RGB", "RGBA", "CMYK") for packed in (0, 1)],
        "ico": list(_icos()),
        "icns": list(_icnss()),
        "dds": list(_ddss()),
        "qoi": [_saved(_image(mode), "QOI") for mode in ("RGB", "RGBA")],
        "sgi": [_saved(_image(mode), "SGI", bpc=bpc) for mode in ("L", "RGB", "RGBA") for bpc in (1, 2)],
        "pcx": [_saved(_image(mode), "PCX") for mode in ("1", "L", "P", "RGB")],
        "tga": list(_tgas()),
    }
    return {format_: pictures for format_, pictures in made.items() if pictures}


def _image(mode: str = "RGB", seed: int = 0) -> Image.Image:
    image = Image.fromarray(photo(*_SIZE, seed))
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(photo(*_SIZE, 3)[..., 0]))
    if mode.startswith("I;16"):
        values = photo(*_SIZE)[..., 0].astype("<u2" if mode == "I;16" else ">u2") * 257
        return Image.fromarray(values)
    return image.convert(mode)


def _saved(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def _several(format_: str, **options: object) -> bytes:
    frames = [_image(seed=seed) for seed in range(3)]
    return _saved(frames[0], format_, save_all=True, append_images=frames[1:], **options)


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "A photo"
    return exif


def _jpegs() -> Iterator[bytes]:
    for mode in ("RGB", "L", "CMYK"):
        for progressive in (False, True):
            yield _saved(_image(mode), "JPEG", progressive=progressive)
    yield _saved(_image(), "JPEG", subsampling="4:4:4", exif=_exif(6), icc_profile=bytes(300), comment=b"words")
    yield _saved(_image(), "JPEG", restart_marker_rows=1, optimize=True)
    yield _saved(_image(), "JPEG", keep_rgb=True)
    for subsampling in ("440", "411", "Gray"):
        yield simplejpeg.encode_jpeg(photo(*_SIZE), 80, colorsubsampling=subsampling)
    yield _several("MPO")


def _pngs() -> Iterator[bytes]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield _saved(_image(mode), "PNG")
    yield _saved(_image("P"), "PNG", transparency=bytes(range(256)), bits=8)
    yield _saved(_image("P").quantize(4), "PNG", bits=2)
    yield _saved(_image(), "PNG", transparency=(10, 20, 30), dpi=(300, 300), exif=_exif(3))
    yield _several("PNG", duration=50)
    for kind, depth, channels in ((0, 8, 1), (2, 8, 3), (2, 16, 3), (6, 16, 4), (0, 1, 1)):
        yield _interlaced(kind, depth, channels)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _interlaced(kind: int, depth: int, channels: int) -> bytes:
    """A PNG in Adam7's seven passes, which Pillow doesn't write."""
    width, height = _SIZE
    chance = random.Random(depth)
    rows = bytearray()
    for x, y, dx, dy in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        length = (-(-(width - x) // dx) * channels * depth + 7) // 8
        for _ in range(-(-(height - y) // dy)):
            rows += bytes([chance.randrange(5)]) + chance.randbytes(length)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 1)
    data = zlib.compress(bytes(rows))
    half = len(data) // 2
    parts = _chunk(b"IHDR", header), _chunk(b"IDAT", data[:half]), _chunk(b"IDAT", data[half:]), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _tiffs() -> Iterator[bytes]:
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"):
        yield _saved(_image(), "TIFF", compression=compression)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield _saved(_image("1"), "TIFF", compression=compression)
    for mode in ("L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "I;16B", "F"):
        yield _saved(_image(mode), "TIFF")
    for mode in ("L", "RGBA", "I;16", "F"):
        yield _saved(_image(mode), "TIFF", compression="tiff_lzw", tiffinfo={317: 1})
    yield _saved(_image(), "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2, 278: 8})
    yield _saved(_image(), "TIFF", exif=_exif(6))
    yield _saved(_image(), "TIFF", big_tiff=True)
    yield _several("TIFF")
    yield _several("TIFF", compression="tiff_lzw")
    for order in "<>":
        yield _made_tiff(order, tiled=True, planar=False)
        yield _made_tiff(order, tiled=False, planar=True)
        yield _made_tiff(order, tiled=True, planar=True)


def _made_tiff(order: str, *, tiled: bool, planar: bool) -> bytes:
    """A TIFF in tiles, or with a plane for each colour, which Pillow doesn't write."""
    side, across = 16, 2
    pixels = photo(side * across, side * across)
    planes = [pixels[..., i] for i in range(3)] if planar else [pixels]
    if tiled:
        steps = range(0, side * across, side)
        parts = [plane[y : y + side, x : x + side].tobytes() for plane in planes for y in steps for x in steps]
        places, sizes = 324, 325
    else:
        parts = [plane.tobytes() for plane in planes]
        places, sizes = 273, 279
    parts = [zlib.compress(part) for part in parts]
    body = b"".join(parts)
    starts = [8 + sum(map(len, parts[:i])) for i in range(len(parts))]
    tags = {256: [side * across], 257: [side * across], 258: [8, 8, 8], 259: [8], 262: [2], 277: [3]}
    tags |= {284: [2 if planar else 1], places: starts, sizes: [len(part) for part in parts]}
    tags |= {322: [side], 323: [side]} if tiled else {278: [side * across]}
    directory, after = 8 + len(body), b""
    end = directory + 2 + 12 * len(tags) + 4
    entries = b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}L", *values)
        if len(packed) > 4:
            packed, after = struct.pack(f"{order}L", end + len(after)), after + packed
        entries += struct.pack(f"{order}HHL", tag, 4, len(values)) + packed
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HL", 42, directory)
    return head + body + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + after


def _gifs() -> Iterator[bytes]:
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield _saved(_image(mode), "GIF")
    yield _saved(_image("P"), "GIF", interlace=False, transparency=3, comment=b"words")
    yield _several("GIF", duration=50, loop=0)


def _bmps() -> Iterator[bytes]:
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield _saved(_image(mode), "BMP")
    width, height = _SIZE
    for depth, compression in ((8, 1), (4, 2)):  # run lengths
        row = b"".join(bytes((10, value % 16 * 17)) for value in range(5)) + bytes((3, 0)) + b"\0\0"
        body = row * height + b"\0\1"
        palette = bytes(range(256)) * 4 if depth == 8 else bytes(range(64))
        yield _bmp(
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, depth, compression, len(body), 0, 0, 0, 0), palette, body
        )
    body = photo(*_SIZE).tobytes()[: (width * 2 + 2) // 4 * 4 * height].ljust((width * 2 + 2) // 4 * 4 * height, b"\0")
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    yield _bmp(struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 16, 3, len(body), 0, 0, 0, 0), masks, body)
    yield _bmp(
        struct.pack("<IHHHH", 12, width, height, 1, 8), bytes(range(256)) * 3, bytes((width + 3) // 4 * 4 * height)
    )


def _bmp(header: bytes, palette: bytes, body: bytes) -> bytes:
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + palette + body


def _webps() -> Iterator[bytes]:
    for mode in ("RGB", "RGBA"):
        for options in (
            {"quality": 60},
            {"lossless": True},
            {"quality": 70, "exif": _exif(8), "icc_profile": bytes(200)},
        ):
            yield _saved(_image(mode), "WEBP", **options)
    yield _several("WEBP", duration=50)
    yield _several("WEBP", duration=50, lossless=True)


def _pnms() -> Iterator[bytes]:
    for mode in ("1", "L", "RGB", "I", "F"):
        yield _saved(_image(mode), "PPM")
    width, height = _SIZE
    small = np.arange(7 * 5 * 3) % 256
    yield b"P1\n# words\n7 5\n" + b" ".join(b"%d" % (value % 2) for value in small[:35])
    yield b"P2\n7 5\n200\n" + b" ".join(b"%d" % (value % 201) for value in small[:35])
    yield b"P3\n7 5\n255\n" + b"\n".join(b"%d" % value for value in small)
    yield b"P5\n%d %d\n65535\n" % (width, height) + photo(*_SIZE)[..., :2].tobytes()
    yield b"P6\n%d %d\n100\n" % (width, height) + (photo(*_SIZE) % 101).tobytes()


def _jpeg_2000s() -> Iterator[bytes]:
    for mode in ("L", "LA", "RGB", "RGBA", "I;16"):
        yield _saved(_image(mode), "JPEG2000")
    yield _saved(_image(), "JPEG2000", no_jp2=True, irreversible=True, quality_layers=[40, 10])
    yield _saved(_image(), "JPEG2000", tile_size=(32, 32), progression="RPCL", plt=True)


def _icos() -> Iterator[bytes]:
    for mode in ("L", "P", "RGB", "RGBA"):
        for bitmap_format in ("png", "bmp"):
            yield _saved(_image(mode), "ICO", bitmap_format=bitmap_format, sizes=[(16, 16), (48, 34)])


def _icnss() -> Iterator[bytes]:
    for code, part in ((b"ic08", "PNG"), (b"ic09", "JPEG2000")):
        data = _saved(_image("RGBA"), part)
        yield b"icns" + (16 + len(data)).to_bytes(4) + code + (8 + len(data)).to_bytes(4) + data
    body = b"is32" + (8 + 768).to_bytes(4) + photo(16, 16).tobytes() + b"s8mk" + (8 + 256).to_bytes(4) + bytes(256)
    yield b"icns" + (8 + len(body)).to_bytes(4) + body


def _ddss() -> Iterator[bytes]:
    for mode in ("L", "LA", "RGB", "RGBA"):
        yield _saved(_image(mode), "DDS")
    for kind in ("DXT1", "DXT3", "DXT5", "BC2", "BC3"):
        yield _saved(_image("RGBA"), "DDS", pixel_format=kind)


def _tgas() -> Iterator[bytes]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield _saved(_image(mode), "TGA")
        if mode != "1":
            yield _saved(_image(mode), "TGA", compression="tga_rle", orientation=1)


def _heics() -> Iterator[bytes]:
    for name in ("alpha", "deep", "grey", "odd", "four"):
        yield (heic.FOLDER / f"{name}.heic").read_bytes()
    first, second, *others = heic.four()
    yield heic.heic(heic.changed(first, heic.turned(3), heic.mirrored(1)), heic.exif(6, 1, "2019:07:03 14:22:10"))
    tiles = heic.grid(121, 113, (1, 2, 3, 4))
    yield heic.heic(first, second, *others, heic.changed(tiles, heic.turned(1)), primary=5)
    yield heic.heic(first, second, primary=2, major=b"mif1")


def _avifs() -> Iterator[bytes]:
    for mode in ("L", "RGB", "RGBA"):
        yield _saved(_image(mode), "AVIF", speed=10)
    yield _saved(_image(), "AVIF", speed=10, subsampling="4:4:4", exif=_exif(6), icc_profile=bytes(300))
    yield _several("AVIF", speed=10, duration=50)


def _jxls() -> Iterator[bytes]:
    import pylibjxl

    for mode in ("L", "RGB", "RGBA"):
        pixels = np.asarray(_image(mode))
        for options in ({"lossless": True}, {"distance": 2.0, "exif": _exif(6).tobytes()[6:]}):
            yield pylibjxl.encode(np.atleast_3d(pixels).copy(), **options)
    yield pylibjxl.jpeg_to_jxl(_saved(_image(), "JPEG", exif=_exif(6)))


def _svgs() -> Iterator[bytes]:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" {}>{}</svg>'
    defs = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1"/></linearGradient>'
        '<pattern id="p" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="3" height="3"/></pattern>'
        '<filter id="f"><feGaussianBlur stdDeviation="2"/><feTurbulence baseFrequency="0.1"/></filter>'
        '<mask id="m"><circle cx="20" cy="20" r="18" fill="white"/></mask><g id="u"><path d="M1 1L9 9z"/></g></defs>'
    )
    shapes = (
        '<rect x="2" y="3" width="30" height="20" fill="url(#g)" transform="rotate(12)"/>'
        '<ellipse cx="30" cy="20" rx="9" ry="5" style="fill:#08f;stroke:black" filter="url(#f)"/>'
        '<use href="#u" x="3"/><path mask="url(#m)" fill="url(#p)" d="M0 0h40v30h-40z"/>'
    )
    yield head.format('width="53" height="38"', defs + shapes).encode()
    yield gzip.compress(head.format('width="1in" height="9mm"', defs + shapes).encode(), mtime=0)
    entities = "<!DOCTYPE svg [<!-- ] --><!ENTITY word '圖'><!ENTITY far 'other.png'>]>"
    written = "<style>@import 'a;b'; text{font:9px serif}</style><text y='9'>&word;</text><image href='&far;'/>"
    yield head.replace("UTF-8", "Big5").replace("<svg", entities + "<svg").format("", written).encode("big5")
    yield head.format(
        'viewBox="0 0 40 30"', "<style>text{font-size:9px}</style><text y='9'>Words</text>" + shapes
    ).encode()
    picture = "data:image/png;base64," + __import__("base64").b64encode(_saved(_image("L"), "PNG")).decode()
    yield head.format('width="4cm" height="3cm"', f'<image href="{picture}" width="53" height="38"/>').encode()


def _raws() -> Iterator[bytes]:
    scene, shown = photo(96, 64), photo(96, 64, 1)
    for order in "<>":
        yield dng(scene, shown, 6, order)
        yield dng(scene, None, 1, order)
    yield dng(scene, data=linear_sensor(scene))
    yield nef(scene, shown, 8)
    yield nef(scene, maker="SONY", gap=5000)
    yield nef(scene, shown[::4, ::4].copy(), maker="PENTAX Corporation")
    yield pef(scene, shown)
    yield cr2(scene, shown, 6)
    height, width, _ = scene.shape
    yield cr3((width, height), shown)
    yield raf((width, height), shown)
