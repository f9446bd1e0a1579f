"""CNN(model_config=...): a model and a transform of the caller's own give what they give in imagededup."""

from __future__ import annotations

import gc
import pickle
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from imagededup import methods as imagededup_methods
from imagededup.utils import CustomModel as ImagededupsModel
from torchvision.transforms import transforms

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.methods import CNN, CustomModel
from imgenc_gui.methods.custom import custom_method

IMAGES = Path(__file__).parents[1] / "data/images/base_images"
TRANSFORM = transforms.Compose([transforms.Resize((24, 32)), transforms.ToTensor()])


class Small(torch.nn.Module):
    def __init__(self, numbers: int = 7) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layer = torch.nn.Conv2d(3, numbers, 5)

    def forward(self, x):
        return self.layer(x).mean((2, 3))


def config(kind=CustomModel, model=None):
    return kind("small", model or Small(), TRANSFORM)


@pytest.mark.parametrize("kind", [CustomModel, ImagededupsModel])
def test_it_gives_what_imagededup_gives(kind):
    mine, theirs = CNN(model_config=config(kind)), imagededup_methods.CNN(False, config(ImagededupsModel))

    encodings, expected = mine.encode_images(IMAGES), theirs.encode_images(IMAGES)

    assert list(encodings) == sorted(expected)
    for name, vector in encodings.items():
        assert vector.shape == (1, 7)
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector[0], expected[name], atol=1e-6)
        np.testing.assert_allclose(mine.encode_image(IMAGES / name), theirs.encode_image(IMAGES / name), atol=1e-6)
    array = np.random.default_rng(0).integers(0, 256, (50, 40), np.uint8)
    np.testing.assert_allclose(mine.encode_image(image_array=array), theirs.encode_image(image_array=array), atol=1e-6)
    found, wanted = mine.find_duplicates(IMAGES, scores=True), theirs.find_duplicates(IMAGES, scores=True)
    assert {name: sorted(n for n, _ in pairs) for name, pairs in found.items()} == {
        name: sorted(n for n, _ in pairs) for name, pairs in wanted.items()
    }
    assert any(found.values())


def test_what_can_be_called_is_a_model_too():
    made = CNN(model_config=CustomModel("sums", lambda x: x.sum((2, 3)), TRANSFORM))

    assert made.encode_image(image_array=np.full((9, 9, 3), 255, np.uint8)).tolist() == [[768, 768, 768]]


def test_a_config_with_something_missing_is_refused():
    with pytest.raises(ValueError, match="a model and a transform"):
        CNN(model_config=CustomModel("small", Small()))
    with pytest.warns(SyntaxWarning, match="a name of its own"):
        CNN(model_config=CustomModel(model=Small(), transform=TRANSFORM))


def test_what_a_model_may_not_give_is_told(caplog):
    made = CNN(model_config=CustomModel("maps", lambda x: x, TRANSFORM))

    assert made.encode_image(image_array=np.zeros((9, 9, 3), np.uint8)) is None
    assert "(1, 3, 24, 32), not (pictures, numbers)" in caplog.text


def test_a_transform_that_fails_costs_this_picture(caplog):
    def fail(_picture):
        raise OSError("no such thing")

    made = CNN(model_config=CustomModel("small", Small(), fail))

    assert made.encode_images(IMAGES) == {}
    assert "no such thing" in caplog.text


def test_the_library_does_not_take_its_embeddings():
    with pytest.raises(ValueError, match="no cache=True"):
        CNN(model_config=config()).encode_images(IMAGES, cache=True)


def test_it_can_be_pickled():
    made = CNN(model_config=config())
    again = pickle.loads(pickle.dumps(made))  # noqa: S301

    picture = IMAGES / "ukbench00120.jpg"
    np.testing.assert_array_equal(again.encode_image(picture), made.encode_image(picture))


def test_a_model_goes_with_whoever_asked_for_it():
    model = Small()
    gone = weakref.ref(model)
    made = CNN(model_config=config(model=model))
    made.encode_image(image_array=np.zeros((9, 9, 3), np.uint8))
    before = len(NETWORKS._known)
    del made, model
    gc.collect()

    assert len(NETWORKS._known) == before - 1
    assert gone() is None


def too_much(_):
    return torch.empty(1 << 46, dtype=torch.float64)  # 512 TB


@pytest.mark.parametrize(
    "parts",
    [(too_much, TRANSFORM), (Small(), too_much), (Small(), lambda _: np.empty(1 << 46))],
    ids=["model", "transform by torch", "transform by numpy"],
)
def test_too_little_memory_is_told_as_such(parts):
    options = Options((PHASH, custom_method(CustomModel("small", *parts), parts[0])))

    result = Encoder(options).encode_array(np.zeros((9, 9, 3), np.uint8))

    assert list(result.encodings) == [PHASH]
    assert sentence(result.warnings[-1]) == "small failed on this picture: there isn't enough memory."


def test_torch_is_left_alone_or_told_how_many_threads(monkeypatch):
    told = []
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    (network,) = (custom_method(config(), owner).load() for owner in [Small()])

    network.embed(np.zeros((1, 3, 24, 32), np.float32), 1)
    network.embed(np.zeros((1, 3, 24, 32), np.float32))

    assert told == [1]
    assert "imgenc_gui.core.networks.torch_threads" in sys.modules  # with its hook for forked programs
