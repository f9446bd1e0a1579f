"""MobileNet V3 small: what imagededup's class gives with the same weights; weights that won't do are one sentence."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from imagededup import methods as imagededup_methods
from torchvision.models import MobileNet_V3_Small_Weights, mobilenet_v3_small

from imgenc_gui.core.adding import AddingError, add
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks import mobilenet_v3
from imgenc_gui.core.networks.added import method_of
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import WarningCode
from imgenc_gui.core.records.sentences import sentence
from tests.pictures import horizontal_first, photo

DATA = Path(__file__).parents[2] / "data"
PICTURE = DATA / "images/base_images/ukbench00120.jpg"


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    """Random ones, whose batch norms have seen pictures: else no layer would let anything of a picture through."""
    torch.manual_seed(1)
    network = mobilenet_v3_small(weights=None).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1
            torch.nn.init.uniform_(module.weight, 0.7, 1.3)
            torch.nn.init.normal_(module.bias, 0, 0.2)
    network.features[-1][1].weight.data /= 100  # so that the vectors' numbers are as large as true weights' are
    pictures = np.stack([photo(224, 224, seed) for seed in range(8)])
    with torch.no_grad():
        network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 100 - 1)
    return network.state_dict()


@pytest.fixture(scope="module")
def imagededups(weights):
    """imagededup's own CNN with these weights; nothing is downloaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MobileNet_V3_Small_Weights, "get_state_dict", lambda *_args, **_options: weights)
        yield imagededup_methods.CNN(verbose=False)


def saved(folder: Path, weights: dict[str, torch.Tensor], ending: str) -> Path:
    file = folder / f"w{ending}"
    if ending == ".safetensors":
        safetensors.torch.save_file(weights, file)
    else:
        torch.save(weights, file)
    return file


@pytest.fixture(params=[".pth", ".safetensors"])
def method(request, weights, tmp_path):
    return method_of(add(saved(tmp_path, weights, request.param), folder=tmp_path / "added"), tmp_path / "added")


def test_files_give_what_imagededups_class_gives(method, imagededups):
    paths = sorted((DATA / "images/base_images").glob("*.jpg")) + sorted((DATA / "images/mixed_images").glob("*.png"))
    results = dict(Encoder(Options((method,))).encode([(path, str(path)) for path in paths]))

    assert len(paths) > 3
    for path in paths:
        with horizontal_first():
            expected = imagededups.encode_image(image_file=path)[0]
        vector = results[path].encodings[method]
        assert vector.shape == (576,)
        assert np.abs(expected).max() > 0.01  # there is something to compare
        np.testing.assert_allclose(vector, expected, atol=1e-4, rtol=0)
    one, another = (results[path].encodings[method] for path in paths[:2])
    assert np.abs(one - another).max() > 0.01


@pytest.mark.parametrize("size", [(720, 1440), (40, 30), (256, 256), (1000, 7)])
def test_pixels_give_what_imagededups_class_gives(size, weights, imagededups, tmp_path):
    method = method_of(add(saved(tmp_path, weights, ".pth"), folder=tmp_path), tmp_path)
    with horizontal_first():
        expected = imagededups.encode_image(image_array=photo(*size))[0]

    vector = Encoder(Options((method,))).encode_array(photo(*size)).encodings[method]

    np.testing.assert_allclose(vector, expected, atol=1e-4, rtol=0)


def pickled(what: object) -> bytes:
    stream = io.BytesIO()
    torch.save(what, stream)
    return stream.getvalue()


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("trapped"),)


def spoilt(weights, name, change) -> dict[str, torch.Tensor]:
    return {**weights, name: change(weights[name])}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _: b"", "can't be read as safetensors"),
        (lambda _: b"PK no weights", "can't be read as safetensors"),
        (lambda w: pickled(w)[:-5000], "can't be read as"),
        (lambda w: safetensors.torch.save(w)[:-5000], "can't be read as safetensors"),
        (lambda _: pickled(Trap()), "its file holds more than weights, or is damaged"),
        (lambda _: pickle.dumps(Trap(), 2), "its file holds more than weights, or is damaged"),
        (lambda _: pickled({0: torch.zeros(1)}), "something else than weights by their names"),
        (lambda _: pickled([1, 2]), "something else than weights by their names"),
        (lambda w: pickled({"features.0.0.weight": w["features.0.0.weight"]}), "those of another network"),
        (lambda w: pickled(spoilt(w, "features.0.0.weight", lambda v: v[:8])), "those of another network"),
        (lambda w: pickled(spoilt(w, "features.0.0.weight", lambda v: v * np.nan)), "aren't finite"),
        (lambda w: pickled(spoilt(w, "features.0.1.running_var", lambda v: v - 9)), "aren't finite"),
    ],
)
def test_weights_that_will_not_do_are_one_sentence(spoil, words, weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "w.pth"
    file.write_bytes(spoil(weights))

    with pytest.raises(AddingError) as caught:
        add(file, folder=tmp_path / "added")

    assert words in caught.value.reason
    assert caught.value.reason.startswith("MobileNet V3 can't be loaded: its ")
    assert "\n" not in caught.value.reason
    assert not (tmp_path / "added").exists()
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("what", ["another", "gone"])
def test_hashes_go_on_where_the_file_is_not_the_one_that_was_added(what, weights, tmp_path):
    method = method_of(add(saved(tmp_path, weights, ".safetensors"), folder=tmp_path / "a"), tmp_path / "a")
    file = tmp_path / "a" / "mobilenet-v3.safetensors"
    if what == "gone":
        file.unlink()
    else:
        safetensors.torch.save_file(spoilt(weights, "features.0.0.weight", lambda v: v * 2), file)

    ((_, result),) = Encoder(Options((PHASH, method))).encode([(0, str(PICTURE))])

    assert result.encodings == {PHASH: "9fee256239984d71"}
    (warning,) = result.warnings
    assert warning.code == WarningCode.NO_EMBEDDING
    assert sentence(warning).startswith("MobileNet V3 can't be loaded: its file mobilenet-v3.safetensors")
    assert "dd the network again." in sentence(warning)
    NETWORKS.let_go(method)


def test_other_weights_are_another_version(weights, tmp_path):
    ones = add(saved(tmp_path, weights, ".pth"), folder=tmp_path)
    others = add(saved(tmp_path, spoilt(weights, "features.0.0.weight", lambda v: v * 2), ".pth"), folder=tmp_path)

    assert ones.id == others.id == mobilenet_v3.ID
    assert ones.version != others.version
