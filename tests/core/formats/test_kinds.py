"""Sound pictures of kinds that nobody reads are named and not called damaged; what is beside pixels hinders nobody."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import foreign
from imgenc_gui.core.formats.foreign import foreign_format, foreign_format_by_ending
from imgenc_gui.core.formats.kinds import kind_of
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from tests.core.formats.files import bmp, chunk, saved, tiff
from tests.pictures import imagededup_hashes, photo

READS = (read_picture, read_preview, lambda path: read_thumbnail(path, 64))


def failure_of(path: Path, data: bytes, read=read_picture) -> ImageFailure:
    path.write_bytes(data)
    with pytest.raises(ReadError) as caught:
        read(str(path))
    return caught.value.failure


# --- kinds that nobody reads -----------------------------------------------------------------------------------------

JPEG = saved(Image.fromarray(photo(40, 30)), "JPEG")
FRAME = JPEG.index(b"\xff\xc0")


def jpeg(marker: int, bits: int = 8) -> bytes:
    """A JPEG that says it is of another kind."""
    return JPEG[: FRAME + 1] + bytes((marker,)) + JPEG[FRAME + 2 : FRAME + 4] + bytes((bits,)) + JPEG[FRAME + 5 :]


IPHONE = (
    b"\x89PNG\r\n\x1a\n" + chunk(b"CgBI", bytes(4)) + saved(Image.new("L", (9, 9), 7), "PNG")[8:].replace(b"x", b"")
)
RGB = {258: [8, 8, 8], 262: [2], 277: [3]}
KINDS = [
    ("a.jpg", jpeg(0xC1, 12), "12-bit JPEG"),
    ("a.jpg", jpeg(0xC3, 16), "16-bit lossless JPEG"),
    ("a.jpg", jpeg(0xC3), "Lossless JPEG"),
    ("a.jpg", jpeg(0xC5), "Hierarchical JPEG"),
    ("a.jpg", jpeg(0xCB), "Lossless arithmetic-coded JPEG"),
    ("a.jpg", jpeg(0xC9, 12), "12-bit arithmetic-coded JPEG"),
    ("a.jpg", jpeg(0xF7), "JPEG-LS"),
    ("nameless", jpeg(0xC1, 12), "12-bit JPEG"),
    ("a.tif", tiff(RGB | {258: [12] * 3}), "12-bit TIFF"),
    ("a.tif", tiff({258: [10]}), "10-bit TIFF"),
    ("a.tif", tiff(RGB | {258: [16] * 3, 339: [3] * 3}), "16-bit floating-point TIFF"),
    ("a.tif", tiff(RGB | {258: [32] * 3, 339: [3] * 3}, order=">"), "32-bit floating-point TIFF"),
    ("a.tif", tiff({258: [64], 339: [3]}), "64-bit floating-point TIFF"),
    ("a.tif", tiff({258: [64], 339: [6]}), "64-bit complex-number TIFF"),
    ("a.tif", tiff(RGB | {258: [16] * 3, 262: [8]}), "16-bit CIELAB TIFF"),
    ("a.tif", tiff(RGB | {262: [9]}), "CIELAB TIFF"),
    ("a.tif", tiff(RGB | {262: [32845], 259: [34676]}), "TIFF (LogLuv)"),
    ("a.tif", tiff(RGB | {259: [34887]}), "TIFF (LERC)"),
    ("a.tif", tiff(RGB | {259: [50002]}), "TIFF (JPEG XL)"),
    ("a.tif", tiff(RGB | {259: [12345]}), "TIFF (compression 12345)"),
    ("a.tif", tiff(RGB | {259: [7]}, jpeg(0xC3, 16)), "TIFF (16-bit lossless JPEG)"),
    ("a.tif", tiff({258: [16], 262: [3]}), "16-bit TIFF"),
    ("a.tif", tiff({}, order=">", big=True), "Big-endian BigTIFF"),
    ("a.tif", tiff(RGB | {258: [12] * 3}, big=True), "12-bit TIFF"),
    ("a.bmp", bmp(32, 3, struct.pack("<III", 0xFFC00000, 0x3FF000, 0xFFC)), "Bit-field BMP"),
    ("a.bmp", bmp(16, 6, struct.pack("<IIII", 0xF00, 0xF0, 0xF, 0xF000)), "Bit-field BMP"),
    ("a.bmp", bmp(64), "64-bit BMP"),
    ("a.bmp", bmp(128), "Floating-point BMP"),
    ("a.bmp", bmp(2), "2-bit BMP"),
    ("a.bmp", bmp(0, 4, JPEG), "JPEG-compressed BMP"),
    ("a.bmp", bmp(0, 5, b""), "PNG-compressed BMP"),
    ("a.bmp", b"BM" + struct.pack("<IIIIIIHH", 500, 0, 30, 16, 9, 9, 1, 8) + bytes(900), "OS/2 BMP"),
    ("a.png", IPHONE, "IPhone-optimized PNG"),
    ("a.pfm", b"PF\n3 2\n-1.0\n" + bytes(3 * 3 * 2 * 4), "Colour PFM"),
]


@pytest.mark.parametrize(("name", "data", "kind"), KINDS)
def test_a_kind_that_nobody_reads_is_named(name, data, kind, tmp_path):
    for read in READS:
        failure = failure_of(tmp_path / name, data, read)
        assert (failure.code, sentence(failure)) == (
            FailureCode.UNSUPPORTED_FORMAT,
            f"{kind} files can't be read here.",
        )
    assert imagededup_hashes(str(tmp_path / name)) == [None] * 4


def test_a_subsampled_tiff_is_named_where_pillow_refuses_it():
    """Its versions differ in that."""
    assert kind_of(tiff(RGB | {262: [6], 530: [2, 2]})) == "Subsampled YCbCr TIFF"
    assert kind_of(tiff(RGB | {262: [6], 530: [1, 1]})) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.tif", tiff(RGB | {258: [8, 8, 200]})),  # nonsense
        ("a.tif", tiff(RGB | {258: [12] * 3, 273: [1 << 30]})),  # its pixels aren't there
        ("a.tif", tiff(RGB)[:60]),
        ("a.tif", b"MM\0+\0\x08\0\0" + bytes(8)),
        ("a.bmp", bmp(30_000)),
        ("a.jpg", JPEG[:300]),
        ("a.jpg", jpeg(0xC0, 200)),
        ("a.jpg", jpeg(0xC1, 12)[: FRAME + 3]),
    ],
)
def test_what_is_damaged_is_still_called_so(name, data, tmp_path):
    assert failure_of(tmp_path / name, data).code is FailureCode.DAMAGED


PACKED = saved(Image.fromarray(photo(40, 30)), "TIFF", compression="tiff_lzw")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("name", ["a.tif", "nameless"])
@pytest.mark.parametrize("data", [PACKED[:7], PACKED[:1000], PACKED[:-60], PACKED[:-1], tiff({}, big=True)[:1000]])
def test_a_tiff_that_ends_before_its_directory_does_is_cut_short(name, data, tmp_path):
    """Most have that at their end, and what it tells of behind it."""
    assert sentence(failure_of(tmp_path / name, data)) == "The picture is damaged or incomplete (it ends too early)."
    with pytest.raises(ReadError) as caught:
        read_picture(str(tmp_path / name), damaged=True)
    assert caught.value.failure == ImageFailure(FailureCode.DAMAGED, "nothing-left")


# --- formats that nobody reads ---------------------------------------------------------------------------------------

FOREIGN = [
    (b"gimp xcf v011\0", "XCF"),
    (b"II\xbc\1" + bytes(30), "JPEG XR"),
    (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "HDR"),
    (b"v/1\1" + bytes(30), "OpenEXR"),
    (b"%PDF-1.7\n", "PDF"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    (b"\0\0\0\x14ftypqt  " + bytes(30), "MOV"),
    (b"\0\0\0\x18ftypmp42" + bytes(30), "MP4"),
    (b"\0\0\0\x18ftypisom" + bytes(30), "MP4"),
    (b"\0\0\0\x18ftyp3gp4" + bytes(30), "3GP"),
    (b"RIFF\0\1\0\0AVI LIST", "AVI"),
    (b"\x1aE\xdf\xa3" + bytes(30), "Matroska"),
    (bytes(128) + b"DICM" + bytes(30), "DICOM"),
    (b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(30), "EMF"),
]


@pytest.mark.parametrize(("data", "name"), FOREIGN)
@pytest.mark.parametrize("file", ["nameless", "a.jpg"])
def test_a_format_that_nobody_reads_is_told_by_its_content(data, name, file, tmp_path):
    failure = failure_of(tmp_path / file, data)
    assert (failure.code, sentence(failure)) == (FailureCode.UNSUPPORTED_FORMAT, f"{name} files can't be read here.")


@pytest.mark.parametrize(
    "ending",
    [
        *"xcf JXR hdr exr mp4 MOV avi mkv webm mts pdf kra eps dcm pict fits jps pns avci avcs jph psdt pdd".split(),
        *"pic cpt fit rle miff xwd pvr af procreate ogm m1v".split(),
        *"RAW arq cine cs1 dc2 ia kc2 obm ori qtk cxi".split(),
    ],
)
def test_whatever_has_the_ending_of_a_picture_or_a_film_is_unsupported(ending, tmp_path):
    failure = failure_of(tmp_path / f"a.{ending}", b"something that nobody knows")
    said = f"{ending.upper()} files can't be read here."
    assert (failure.code, sentence(failure)) == (FailureCode.UNSUPPORTED_FORMAT, said)


@pytest.mark.parametrize("name", ["a.xmp", "a.aae", "a.pp3", "a.nksc", "a.txt", "a.m4a", "a.zip", "a.md"])
def test_what_lies_beside_pictures_is_none(name, tmp_path):
    assert failure_of(tmp_path / name, b"The free words of it").code is FailureCode.NOT_AN_IMAGE
    assert failure_of(tmp_path / "sound", b"\0\0\0\x1cftypM4A " + bytes(30)).code is FailureCode.NOT_AN_IMAGE
    assert failure_of(tmp_path / "font", b"%!PS-AdobeFont-1.0: A font").code is FailureCode.NOT_AN_IMAGE


def test_every_name_can_begin_a_sentence():
    names = [*foreign._FILMS.values(), *foreign._RIFF.values(), *foreign._IFF.values()]
    names += [name for _, name in foreign._HEADS]
    names += [foreign_format_by_ending(ending) for ending in foreign._ENDINGS]
    assert [name for name in names if not (name[0].isupper() or name[0].isdigit())] == []
    assert foreign_format(b"") is None


# --- a PNG's own pixels, whatever stands beside them -----------------------------------------------------------------


def with_chunk(png: bytes, added: bytes) -> bytes:
    return png[:33] + added + png[33:]


def wrong(added: bytes) -> bytes:
    return added[:-1] + bytes((added[-1] ^ 1,))


MUCH = zlib.compress(bytes(2 << 20))
EXTRAS = [
    wrong(chunk(b"gAMA", bytes(4))),
    wrong(chunk(b"tEXt", b"a\0b")),
    wrong(chunk(b"eXIf", b"nonsense")),
    chunk(b"zTXt", b"Raw profile type exif\0\0" + MUCH),
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + MUCH),
    chunk(b"iCCP", b"a profile\0\0" + MUCH),
    chunk(b"iCCP", b"a profile\0\7" + MUCH),
]


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_png_is_read_whatever_stands_beside_its_pixels(extra, tmp_path):
    pixels = photo(60, 40)
    exif = Image.Exif()
    exif[274] = 6
    path = tmp_path / "a.png"
    path.write_bytes(with_chunk(saved(Image.fromarray(pixels), "PNG", exif=exif), extra))

    picture = read_picture(str(path))

    assert np.array_equal(picture.pixels, pixels)
    assert picture.facts.orientation == 6
    assert picture.facts.bytes == path.stat().st_size
    assert [(warning.code, warning.detail) for warning in picture.warnings] == [
        (WarningCode.NOT_IN_IMAGEDEDUP, "extras")
    ]
    assert imagededup_hashes(str(path)) == [None] * 4
    ((_, result),) = Encoder(Options((PHASH,))).encode([(0, str(path))])
    assert result.encodings[PHASH] == imagededup_hashes(array=pixels)[0]
    assert read_preview(str(path)).shape == (60, 40, 3)
    assert read_thumbnail(str(path), 30).shape == (30, 20, 3)


def test_a_png_that_has_not_all_that_it_needs_is_damaged(tmp_path):
    png = with_chunk(saved(Image.fromarray(photo(60, 40)), "PNG"), EXTRAS[0])
    last = bytearray(png)
    last[32] ^= 1  # the last of IHDR
    for data in (png[:-4], png[:-400], bytes(last)):
        assert failure_of(tmp_path / "a.png", data).code is FailureCode.DAMAGED
