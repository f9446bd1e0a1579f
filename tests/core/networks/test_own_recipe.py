"""A recipe that keeps a picture's proportions gives what torchvision gives; numbers beyond reason are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

from imgenc_gui.core.adding import add
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing import preparing
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.hashing.preparing import prepare
from imgenc_gui.core.networks.added import Added, method_of
from imgenc_gui.core.networks.own_recipe import OwnRecipe, RecipeError
from imgenc_gui.core.records.methods import InputRecipe, Options, Resampling
from tests.own_networks import HEIGHT, RECIPE, WIDTH, of_input, saved
from tests.pictures import photo


def transformed(pixels: np.ndarray, side: int, width: int, height: int, kind: Resampling) -> np.ndarray:
    """As torchvision does it."""
    picture = Resize(side, InterpolationMode(kind.value), antialias=True)(Image.fromarray(pixels))
    return np.asarray(CenterCrop((height, width))(picture))


def greatest(first: np.ndarray, second: np.ndarray) -> int:
    return int(np.abs(first.astype(int) - second).max())


@pytest.mark.parametrize("kind", list(Resampling))
@pytest.mark.parametrize("size", [(500, 375), (640, 361), (256, 256), (90, 61), (375, 500), (61, 90)])
def test_the_shorter_side_is_resized_and_the_middle_cut_out_as_torchvision_does(kind, size):
    pixels = photo(*size)
    for side, width, height in [(256, 224, 224), (60, 33, 60), (225, 224, 200)]:  # halves of both kinds
        recipe = InputRecipe(width, height, resampling=kind, shorter_side=side)
        (seen,) = prepare(pixels, [recipe])

        assert seen.shape == (height, width, 3)
        assert greatest(seen, transformed(pixels, side, width, height, kind)) <= 1


def test_a_tall_picture_is_as_pillow_before_13_had_it():
    """Whose order of the two passes is imgenc's; torchvision takes that of the Pillow there is."""
    pixels = photo(360, 720)
    (seen,) = prepare(pixels, [InputRecipe(224, 224, resampling=Resampling.BILINEAR, shorter_side=256)])

    across = Image.fromarray(pixels).resize((256, 720), Image.Resampling.BILINEAR)
    whole = np.asarray(across.resize((256, 512), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(seen, whole[144:368, 16:240])


@pytest.mark.parametrize("kind", list(Resampling))
@pytest.mark.parametrize("size", [(500, 375), (31, 900), (900, 31)])
def test_of_a_long_picture_the_middle_alone_is_made(kind, size, monkeypatch):
    pixels = photo(*size)
    recipes = [InputRecipe(48, 47, resampling=kind, shorter_side=50, grey=grey) for grey in (False, True)]
    whole = prepare(pixels, recipes)

    monkeypatch.setattr(preparing, "_MOST_PIXELS", 0)
    middle = prepare(pixels, recipes)

    assert [greatest(*pair) <= 1 for pair in zip(whole, middle, strict=True)] == [True, True]


def test_a_line_of_pixels_takes_no_more_memory_than_what_is_seen_of_it():
    line = np.zeros((1, 60_000, 3), np.uint8)
    line[:, 30_000:] = 255
    for kind in Resampling:
        (seen,) = prepare(line, [InputRecipe(224, 224, resampling=kind, shorter_side=256)])
        assert seen.shape == (224, 224, 3)
        assert seen[:, 0].max() < 20  # the two pixels of the middle
        assert seen[:, -1].min() > 235


def test_it_stands_beside_other_methods_in_one_picture(tmp_path):
    recipe = RECIPE | {"shorter_side": 64, "resampling": "bilinear"}
    method = method_of(add(saved(tmp_path, recipe=recipe), folder=tmp_path / "kept"), tmp_path / "kept")
    pixels = photo(200, 150)

    encodings = Encoder(Options((PHASH, method))).encode_array(pixels).encodings

    seen = transformed(pixels, 64, WIDTH, HEIGHT, Resampling.BILINEAR)
    np.testing.assert_allclose(encodings[method], of_input(seen / 255), atol=0.01)
    assert encodings[PHASH] == Encoder(Options((PHASH,))).encode_array(pixels).encodings[PHASH]


OLD = RECIPE | {
    "name": "Old", "width": 224, "height": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
    "resampling": "bilinear", "resize": [256, 256],
}  # fmt: skip


def test_recipes_from_before_are_of_the_same_version():
    """Or else what the library has of their networks would be lost."""
    old = OwnRecipe.of_json(OLD)
    new = OwnRecipe.of_json({name: value for name, value in OLD.items() if name != "resize"} | {"shorter_side": 256})

    assert Added("old", "old.onnx", "0" * 64, 33, old).version == 3668513709458986172
    assert Added("old", "old.onnx", "0" * 64, 33, new).version != 3668513709458986172
    assert OwnRecipe.of_json(json.loads(json.dumps(new.as_json()))) == new


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"shorter_side": 256}, "it can't have both resize and shorter_side"),
        ({"shorter_side": 223, "resize": None}, "shorter_side must not be less than width and height"),
        ({"shorter_side": 4096, "resize": None}, "must be from 1 to 2048"),
        ({"shorter_side": 0, "resize": None}, "must be from 1 to 2048"),
        ({"shorter_side": [256, 256], "resize": None}, "shorter_side must be a whole number"),
        ({"divide_by": 1e300}, "divide_by is 1e+300; networks compute with numbers up to 1,000,000,000"),
        ({"divide_by": 10**400}, "divide_by is inf; networks compute with"),
        ({"divide_by": -1e300}, "divide_by is -1e+300; networks compute with"),
        ({"divide_by": 0}, "divide_by is 0, and nothing can be divided by 0"),
        ({"divide_by": 1e-46}, "divide_by is 1e-46, which is too near to 0 to divide by"),
        ({"divide_by": float("nan")}, "divide_by is nan; networks compute with"),
        ({"mean": float("inf")}, "mean is inf; networks compute with"),
        ({"mean": [0, 1e39, 0]}, "mean is 1e+39; networks compute with"),
        ({"std": [1, 1, 0]}, "std is 0, and nothing can be divided by 0"),
        ({"std": 5e-324}, "std is 4.94066e-324, which is too near to 0"),
    ],
)
def test_what_no_network_could_be_given_is_refused_in_a_sentence(said, words):
    with pytest.raises(RecipeError) as caught:
        OwnRecipe.of_json(OLD | said)

    assert words in caught.value.reason


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_and_the_least_numbers_are_within_float32(sign):
    recipe = OwnRecipe.of_json(OLD | {"divide_by": sign * 1e-9, "mean": -1e9, "std": 1e-9})
    numbers = [np.float32(number) for number in (255, recipe.divide_by, recipe.mean[0], recipe.std[0])]

    assert np.isfinite((numbers[0] / numbers[1] - numbers[2]) / numbers[3])
