"""What is measured between two pictures: each conclusion on a small made-up scene, and where nothing is to be said."""

from __future__ import annotations

import struct
import weakref
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from imgenc_gui.core.comparing import aligning
from imgenc_gui.core.comparing import pixels as module
from imgenc_gui.core.comparing.pixels import compare_pixels
from imgenc_gui.core.comparing.verdict import verdict, verdict_words
from imgenc_gui.core.records.compared import WHOLE, Framing
from imgenc_gui.core.records.results import FailureCode, ReadError
from imgenc_gui.core.stopping import StoppedError
from tests.pictures import flat

Transpose = Image.Transpose


def scene(seed=0, width=320, height=240):
    """A picture with shapes of all sizes, as photographs have; no two seeds share any."""
    chance = np.random.default_rng(seed)
    values = np.zeros((height, width, 3), np.float32)
    for cells, strength in ((3, 70), (8, 45), (20, 30), (60, 18)):
        grid = chance.uniform(-1, 1, (max(2, cells * height // width), cells, 3)) * [1, 0.8, 0.6]
        grid = np.clip(grid * 90 + 128, 0, 255).astype(np.uint8)
        layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        values += (np.asarray(layer, np.float32) - 128) / 90 * strength
    return Image.fromarray(np.clip(values + 120, 8, 247).astype(np.uint8))


SCENE = scene()


@pytest.fixture
def compare(tmp_path):
    """Save two pictures and compare them."""
    number = 0

    def compare(one, other, endings=("png", "png"), **options):
        nonlocal number
        paths = []
        for picture, ending in zip((one, other), endings, strict=True):
            number += 1
            paths.append(tmp_path / f"{number}.{ending}")
            if isinstance(picture, bytes):
                paths[-1].write_bytes(picture)
            else:
                picture.save(paths[-1], **(options if ending == endings[1] else {}))
        return compare_pixels(*map(str, paths))

    return compare


def cropped(picture, left, top, right, bottom):
    width, height = picture.size
    return picture.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


def near(part, *expected):
    return (part.left, part.top, part.width, part.height) == pytest.approx(expected, abs=0.012)


def test_the_same_file_twice(compare):
    found = compare(SCENE, SCENE)

    assert (found.same_bytes, found.equal, found.framing) == (True, True, Framing.SAME)


def test_the_same_pixels_in_two_formats(compare):
    found = compare(SCENE, SCENE, ("png", "tif"))

    assert (found.same_bytes, found.equal) == (False, True)


def test_one_pixel_that_differs_is_not_equal(compare):
    other = SCENE.copy()
    other.putpixel((7, 9), (255, 0, 255))
    found = compare(SCENE, other)

    assert found.equal is False
    assert found.framing is Framing.SAME
    assert found.area < 0.01


@pytest.mark.parametrize("quality", [40, 95])
def test_saved_again_and_made_smaller_is_the_same(compare, quality):
    found = compare(SCENE, SCENE.resize((160, 120)), ("png", "jpg"), quality=quality)

    assert (found.equal, found.framing, found.turn) == (False, Framing.SAME, 1)
    assert (found.first_part, found.second_part) == (WHOLE, WHOLE)
    assert found.area == 0
    assert found.residual < 3
    assert found.levels.brightness == pytest.approx(1, abs=0.01)


def test_larger_than_the_common_size(compare):
    large = scene(3, 1200, 900)
    found = compare(large, cropped(large, 0.1, 0.2, 0.9, 0.9))

    assert found.framing is Framing.SECOND_IN_FIRST
    assert near(found.first_part, 0.1, 0.2, 0.8, 0.7)


@pytest.mark.parametrize("factor", [0.7, 1.25])
def test_brightness_is_measured_and_is_no_edit(compare, factor):
    found = compare(SCENE, ImageEnhance.Brightness(SCENE).enhance(factor))

    assert found.framing is Framing.SAME
    assert found.levels.brightness == pytest.approx(factor, abs=0.02)
    assert found.levels.channels[0][0] == pytest.approx(factor, abs=0.02)
    assert found.difference > 20
    assert found.residual < 2
    assert found.area == 0


def test_contrast_is_measured(compare):
    found = compare(SCENE, ImageEnhance.Contrast(SCENE).enhance(0.7))

    assert found.levels.contrast == pytest.approx(0.7, abs=0.03)
    assert found.levels.brightness == pytest.approx(1, abs=0.02)
    assert found.area == 0


@pytest.mark.parametrize("is_first", [False, True])
@pytest.mark.parametrize("width", [200, 400])  # of two, the smaller one is taken first
def test_grey_is_no_edit_in_either_order(compare, is_first, width):
    pair = (SCENE, SCENE.convert("L").resize((width, width * 3 // 4)))
    found = compare(*(reversed(pair) if is_first else pair))

    assert found.levels.colour == (np.inf if is_first else 0)
    assert found.area == 0


def test_warmer(compare):
    red, green, blue = SCENE.split()
    found = compare(SCENE, Image.merge("RGB", (red.point(lambda v: v * 1.1), green, blue.point(lambda v: v * 0.85))))

    assert found.levels.tint > 20
    assert found.area == 0


def test_what_is_written_on_it_is_its_share_of_the_area(compare):
    other = SCENE.copy()
    ImageDraw.Draw(other).rectangle((200, 160, 263, 199), fill="white")
    found = compare(SCENE, other)

    assert found.framing is Framing.SAME
    assert found.area == pytest.approx(64 * 40 / (320 * 240), abs=0.012)
    assert found.levels.brightness == pytest.approx(1, abs=0.02)  # of what is the same


def test_a_small_spot_is_an_edit_and_saving_again_is_none(compare):
    other = SCENE.copy()
    ImageDraw.Draw(other).ellipse((200, 160, 212, 172), fill="red")

    for pictures, said in (
        ((SCENE, other), "Edited: less than 1 % of the area differs"),
        ((SCENE, SCENE), "Same picture"),
    ):
        found = compare(*pictures, ("png", "jpg"), quality=40)
        assert verdict_words(verdict(None, None, {}, found)) == said


CROPS = [(0.01, 0.01, 0.99, 0.99), (0, 0, 0.8, 1), (0.1, 0.05, 0.9, 0.95), (0.3, 0.3, 1, 1), (0.4, 0.2, 0.85, 0.65)]


@pytest.mark.parametrize("box", CROPS)
def test_where_a_crop_was_cut_out(compare, box):
    found = compare(SCENE, cropped(SCENE, *box))

    assert found.framing is Framing.SECOND_IN_FIRST
    assert near(found.first_part, box[0], box[1], box[2] - box[0], box[3] - box[1])
    assert found.second_part == WHOLE
    assert not found.has_border
    assert found.area == 0


def test_a_crop_that_was_made_smaller_brighter_and_saved_again(compare):
    crop = ImageEnhance.Brightness(cropped(SCENE, 0.1, 0.1, 0.8, 0.9).resize((150, 129))).enhance(1.1)
    found = compare(crop, SCENE, ("jpg", "png"))

    assert found.framing is Framing.FIRST_IN_SECOND
    assert near(found.second_part, 0.1, 0.1, 0.7, 0.8)
    assert found.levels.brightness == pytest.approx(1 / 1.1, abs=0.03)


def test_a_soft_copy_that_lies_inexactly_is_no_crop(compare, monkeypatch):
    exactly = aligning._refined

    def inexactly(*arguments):
        return replace(exactly(*arguments), matrix=np.eye(2) * 0.985, offset=np.full(2, 0.0075))

    monkeypatch.setattr(aligning, "_refined", inexactly)
    found = compare(SCENE, SCENE.filter(ImageFilter.GaussianBlur(4)))

    assert found.agreement < 0.9
    assert found.framing is Framing.SAME


def test_two_crops_of_one_picture(compare):
    found = compare(cropped(SCENE, 0, 0, 0.8, 1), cropped(SCENE, 0.2, 0.1, 1, 0.9))

    assert found.framing is Framing.OVERLAP
    assert near(found.first_part, 0.25, 0.1, 0.75, 0.8)
    assert near(found.second_part, 0, 0, 0.75, 1)


def test_a_border_is_no_crop(compare):
    framed = Image.new("RGB", (360, 280), "white")
    framed.paste(SCENE, (20, 20))
    found = compare(SCENE, framed)

    assert found.framing is Framing.FIRST_IN_SECOND
    assert found.has_border
    assert near(found.second_part, 20 / 360, 20 / 280, 320 / 360, 240 / 280)


@pytest.mark.parametrize(
    ("how", "turn"),
    [
        (Transpose.FLIP_LEFT_RIGHT, 2),
        (Transpose.ROTATE_180, 3),
        (Transpose.ROTATE_90, 6),  # counter-clockwise, so that a quarter clockwise undoes it
        (Transpose.TRANSVERSE, 7),
    ],
)
def test_turned_and_mirrored(compare, how, turn):
    found = compare(SCENE, SCENE.transpose(how))

    assert (found.framing, found.turn, found.area) == (Framing.SAME, turn, 0)


def test_what_is_nearly_its_own_reflection_is_still_found_to_be_mirrored(compare):
    lake = SCENE.copy()
    lake.paste(SCENE.crop((0, 0, 128, 240)).transpose(Transpose.FLIP_LEFT_RIGHT), (192, 0))  # all but its middle fifth
    lake = Image.blend(lake, scene(6), 0.35)
    found = compare(lake, lake.transpose(Transpose.FLIP_LEFT_RIGHT))

    assert (found.framing, found.turn, found.area) == (Framing.SAME, 2, 0)


def test_the_part_of_a_turned_crop_is_where_it_is_seen(compare):
    turned = SCENE.transpose(Transpose.ROTATE_90)
    found = compare(cropped(SCENE, 0.2, 0, 1, 0.9), turned)

    assert found.turn == 6
    assert near(found.first_part, 0, 0, 1, 1)
    assert near(found.second_part, 0, 0, 0.9, 0.8)  # the left fifth is at the foot now, the lowest tenth at the right


@pytest.mark.parametrize("degrees", [-1.5, 1])
def test_straightened_by_a_degree(compare, degrees):
    tilted = cropped(SCENE.rotate(degrees, Image.Resampling.BICUBIC), 0.05, 0.05, 0.95, 0.95)
    found = compare(SCENE, tilted)

    assert found.framing is Framing.SECOND_IN_FIRST
    assert found.tilt == pytest.approx(-degrees, abs=0.15)
    assert found.area == 0


def test_stretched(compare):
    found = compare(SCENE, SCENE.resize((320, 300)))

    assert found.framing is Framing.SAME
    assert found.stretch == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_in_common(compare, seed):
    assert compare(SCENE, scene(seed, 300, 260)).framing is Framing.NONE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Image.fromarray(flat(200, 150)), Image.fromarray(flat(200, 150, 200))),
        (Image.fromarray(flat(200, 150)), SCENE),
        (Image.new("RGB", (1, 1)), SCENE),
        (Image.new("RGB", (1, 1)), Image.new("RGB", (1, 1), "white")),
        (Image.new("RGB", (400, 1)), SCENE),
    ],
    ids=["one colour", "one of one colour", "one pixel", "two pixels", "a line"],
)
def test_what_is_too_plain_or_too_small_is_not_judged(compare, one, other):
    found = compare(one, other)

    assert found.equal is False
    assert found.framing is Framing.UNTOLD


def test_a_soft_picture_saved_again_is_the_same(compare):
    soft = Image.fromarray(np.array([[[20, 40, 90], [200, 180, 140]], [[60, 60, 60], [90, 150, 120]]], np.uint8))
    soft = soft.resize((300, 200), Image.Resampling.BICUBIC)
    found = compare(soft, soft, ("png", "jpg"))

    assert (found.framing, found.area) == (Framing.SAME, 0)


def test_a_panorama_and_a_part_of_it(compare):
    panorama = scene(5, 2000, 40)
    assert compare(panorama, panorama.resize((1500, 30))).framing is Framing.SAME


def test_stored_sideways_is_the_same_as_upright(compare):
    exif = Image.Exif()
    exif[0x0112] = 6
    found = compare(SCENE, SCENE.transpose(Transpose.ROTATE_90), ("png", "jpg"), exif=exif, quality=95)

    assert (found.framing, found.turn, found.area) == (Framing.SAME, 1, 0)


def test_hidden_colours_are_not_compared_and_equality_is_not_claimed(compare):
    one, other = SCENE.convert("RGBA"), SCENE.convert("RGBA")
    for picture, colour in ((one, (255, 0, 0, 0)), (other, (0, 90, 0, 0))):
        picture.paste(colour, (0, 0, 60, 60))
    found = compare(one, other)

    assert found.framing is Framing.SAME
    assert found.difference == 0
    assert compare(one, one, ("png", "tif")).equal is None


def png_16(values):
    """A PNG of 16 bits per channel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_of_16_bits_half_are_read_so_equality_is_not_claimed(compare):
    deep = np.asarray(SCENE).astype(np.uint16) * 256
    found = compare(png_16(deep), png_16(deep + 1))

    assert found.equal is None
    assert (found.framing, found.difference) == (Framing.SAME, 0)


def test_grey_pictures(compare):
    found = compare(SCENE.convert("L"), SCENE.convert("L"), ("png", "jpg"))

    assert (found.framing, found.levels.colour, found.area) == (Framing.SAME, 1, 0)


@pytest.mark.parametrize("broken", [0, 1])
def test_what_cant_be_read_is_told_as_reading_tells_it(compare, broken):
    pair = [SCENE, SCENE]
    pair[broken] = b"\x89PNG\r\n\x1a\nno more"
    with pytest.raises(ReadError) as caught:
        compare(*pair)
    assert caught.value.failure.code is FailureCode.DAMAGED


def test_it_stops_wherever_it_is(tmp_path):
    paths = [str(tmp_path / name) for name in ("1.png", "2.png")]
    SCENE.save(paths[0])
    cropped(SCENE, 0, 0, 0.6, 0.7).save(paths[1])
    looks = 0

    def count():
        nonlocal looks
        looks += 1
        return False

    compare_pixels(*paths, stop=count)
    assert looks > 30
    for last in (0, 3, looks // 2, looks - 1):
        left = iter(range(last))
        with pytest.raises(StoppedError):
            compare_pixels(*paths, stop=lambda left=left: next(left, None) is None)


def test_one_picture_is_in_memory_at_a_time(tmp_path, monkeypatch):
    held = []
    read = module.read_picture

    def watched(path, **options):
        assert not any(reference() is not None for reference in held)
        picture = read(path, **options)
        held.append(weakref.ref(picture.pixels))
        return picture

    monkeypatch.setattr(module, "read_picture", watched)
    SCENE.save(tmp_path / "1.png")
    cropped(SCENE, 0, 0, 1, 0.95).save(tmp_path / "2.png")
    compare_pixels(str(tmp_path / "1.png"), str(tmp_path / "2.png"))
    assert len(held) == 2


def test_the_order_is_only_who_is_called_first(tmp_path):
    paths = [str(tmp_path / name) for name in ("1.png", "2.jpg", "3.png")]
    SCENE.save(paths[0])
    ImageEnhance.Contrast(cropped(SCENE, 0.2, 0, 1, 1)).enhance(1.2).save(paths[1])
    SCENE.transpose(Transpose.ROTATE_90).resize((200, 280)).save(paths[2])
    for other in paths[1:]:
        there, back = compare_pixels(paths[0], other), compare_pixels(other, paths[0])
        assert there.framing in {back.framing, Framing.SECOND_IN_FIRST}
        assert (there.second_part, there.first_part) == (back.first_part, back.second_part)
        assert there.agreement == back.agreement
        assert there.area == back.area
        assert {there.turn, back.turn} in ({1}, {6, 8})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    seed=st.integers(0, 99),
    orientation=st.sampled_from([1, 6]),
    formats=st.sampled_from([("png", "png"), ("png", "tif"), ("bmp", "png")]),
)
def test_a_picture_equals_itself(tmp_path, width, height, seed, orientation, formats):
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    paths = [str(tmp_path / f"{number}.{ending}") for number, ending in enumerate(formats)]
    for path in paths:
        options = {} if path.endswith("bmp") or orientation == 1 else {"exif": exif}
        picture = Image.fromarray(values)
        if options == {} and orientation == 6:
            picture = picture.transpose(Transpose.ROTATE_270)  # BMP knows no orientation
        picture.save(path, **options)
    assert compare_pixels(*paths).equal is True
