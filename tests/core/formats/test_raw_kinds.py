"""A camera's RAW is known by its content, whatever its name is, and no plain TIFF is taken for one."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from imgenc_gui.core.formats import directories as walk
from imgenc_gui.core.formats.raw_kinds import KINDS, kind_of
from tests.pictures import photo
from tests.raw_files import ASCII, LONG, SHORT, Directory, dng, linear_sensor, nef, thumbnail, tiff

PIXELS = photo(64, 48)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"IIRO\x08\0\0\0", "ORF"),
        (b"IIRS\x08\0\0\0", "ORF"),
        (b"MMOR\0\0\0\x08", "ORF"),
        (b"IIU\0\x18\0\0\0", "RW2"),
        (b"II*\0\x10\0\0\0CR\2\0", "CR2"),
        (b"FUJIFILMCCD-RAW 0201", "RAF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "CR3"),
        (b"II\x1a\0\0\0HEAPCCDR", "CRW"),
        (b"\0MRM\0\0\0\0", "MRW"),
        (b"FOVb\0\0\0\0", "X3F"),
        (b"II*\0\x08\n\0\0IIIITwaR", "IIQ"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", None),
        (b"II*\0", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell(head, kind):
    assert kind_of(head) == kind


def test_a_dng_is_known_in_either_order_with_any_data():
    for data in (dng(PIXELS), dng(PIXELS, order=">"), dng(PIXELS, PIXELS), dng(PIXELS, data=linear_sensor(PIXELS))):
        assert kind_of(data) == "DNG"


@pytest.mark.parametrize(
    ("maker", "kind"),
    [
        ("NIKON CORPORATION", "NEF"),
        ("Nikon", "NEF"),
        ("SONY", "ARW"),
        ("PENTAX Corporation", "PEF"),
        ("RICOH IMAGING COMPANY, LTD.", "PEF"),
        ("SAMSUNG", "SRW"),
        ("Hasselblad", "3FR"),
        ("Nobody", "Camera RAW"),
    ],
)
def test_sensor_data_below_a_thumbnail_are_its_makers_kind(maker, kind):
    assert kind_of(nef(PIXELS, maker=maker)) == kind
    assert kind in KINDS


@pytest.mark.parametrize("compression", [34713, 32767, 65535, 34892, 65000, 262])
def test_a_compression_of_cameras_tells(compression):
    raw = Directory({256: (SHORT, [64]), 257: (SHORT, [48]), 259: (SHORT, [compression])}, b"data")
    assert kind_of(tiff(Directory(thumbnail(PIXELS), PIXELS.tobytes(), under=[raw]))) == "Camera RAW"


def test_a_cameras_file_that_is_cut_short_is_not_taken_for_its_thumbnail():
    """A plain TIFF is a whole picture, whatever it says of others that aren't there."""

    def cut(subfile, maker):
        tags = thumbnail(PIXELS) | {254: (LONG, [subfile]), 271: (ASCII, maker), 330: (LONG, [10**6])}
        return kind_of(tiff(Directory(tags, PIXELS.tobytes())))

    assert cut(1, b"NIKON CORPORATION\0") == "NEF"
    assert cut(0, b"NIKON CORPORATION\0") is None
    assert cut(1, b"Nobody\0") is None


def plain_tiffs():
    image = Image.fromarray(PIXELS)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16"):
        yield Image.fromarray(np.zeros((9, 9), np.uint16)) if mode == "I;16" else image.convert(mode), {}
    for compression in ("packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "jpeg", "lzma", "zstd"):
        yield image, {"compression": compression}
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield image.convert("1"), {"compression": compression}
    yield image, {"save_all": True, "append_images": [image.rotate(90)], "description": "CR2", "software": "DNG"}
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[271], info[274], info[330], info[50740] = "NIKON CORPORATION", 6, (8, 200, 2**32 - 1), b"Adobe"
    yield image, {"tiffinfo": info}


def test_no_plain_tiff_is_taken_for_one():
    found = []
    for image, options in plain_tiffs():
        file = io.BytesIO()
        image.save(file, "TIFF", **options)
        found.append(kind_of(file.getvalue()))
    assert found == [None] * 24


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_in_it_there_is_an_answer(data):
    order = data.draw(st.sampled_from("<>"))
    seed = data.draw(st.sampled_from([dng(PIXELS[:16, :16], PIXELS), nef(PIXELS[:16, :16])]))
    content = bytearray(seed[: data.draw(st.integers(0, 900))])
    for place in data.draw(st.lists(st.integers(0, 900), max_size=20)):
        content[place : place + 4] = struct.pack(f"{order}L", data.draw(st.integers(0, 2**32 - 1)))
    assert kind_of(bytes(content)) in {*KINDS, None}
    assert kind_of((b"II*\0" if order == "<" else b"MM\0*") + content[4:]) in {*KINDS, None}


def test_hostile_directories_are_walked_a_little_way_only(monkeypatch):
    """Each says that it has 65,535 tags and as many directories below it, which are itself."""
    read = []
    once = walk.Directory.__init__
    monkeypatch.setattr(walk.Directory, "__init__", lambda self, *args: (read.append(args), once(self, *args))[1])
    entry = struct.pack("<HHLL", 330, 4, 2**32 - 1, 8)
    hostile = b"II*\0" + struct.pack("<LH", 8, 65535) + entry * 65535
    assert kind_of(hostile) is None
    below = struct.pack("<HHLL", 330, 4, 100_000, 8)
    assert kind_of(b"II*\0" + struct.pack("<LH", 8, 65535) + below * 65535) is None
    assert len(read) <= 2 * (1 + walk.MOST_BELOW)
