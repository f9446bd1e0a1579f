"""The CNN: the reference's vectors, alone and in batches; missing or damaged weights are one clear error."""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks import mobilenet_v1, mobilenet_v1_torch
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.networks.mobilenet_v1_torch import MobileNetV1
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, NetworkError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.resources import resource
from imgenc_gui.core.workers import encode_in_order

DATA = Path(__file__).parents[2] / "data"
VECTORS = np.load(DATA / "cnn_vectors.npz")


def test_reference_vectors_alone():
    encoder = Encoder(Options((CNN,)))
    for name in sorted(VECTORS)[:6]:
        ((_, result),) = encoder.encode([(0, str(DATA / "images" / name))])
        vector = result.encodings[CNN]
        assert vector.shape == (1024,)
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector, VECTORS[name], atol=1e-3, rtol=0)


@pytest.mark.parametrize("workers", [1, 3])
def test_reference_vectors_in_batches(workers):
    names = sorted(VECTORS)
    results = encode_in_order(
        Encoder(Options(tuple(METHODS))), [str(DATA / "images" / name) for name in names], workers=workers
    )
    for name, result in zip(names, results, strict=True):
        np.testing.assert_allclose(result.encodings[CNN], VECTORS[name], atol=1e-3, rtol=0)


def test_published_check_values():
    ((_, result),) = Encoder(Options((CNN,))).encode([(0, str(DATA / "images/base_images/ukbench00120.jpg"))])

    assert np.linalg.norm(result.encodings[CNN]) == pytest.approx(36.6245, abs=1e-3)
    assert result.encodings[CNN][:5] == pytest.approx([1.5791, 0.1725, 0.0, 0.1811, 0.2773], abs=1e-3)


@pytest.fixture
def broken_weights(tmp_path, monkeypatch):
    """Make the network look for its weights at a path of the test's own, where nothing lies yet."""
    path = tmp_path / "weights.safetensors"
    monkeypatch.setattr(mobilenet_v1, "resource", lambda *_: path)
    NETWORKS.forget()
    yield path
    NETWORKS.forget()


PICTURE = str(DATA / "images/base_images/ukbench00120.jpg")


@pytest.mark.parametrize("damage", ["missing", "flipped", "short"])
def test_hashes_go_on_without_weights(damage, broken_weights):
    if damage != "missing":
        shutil.copy(resource(*mobilenet_v1.WEIGHTS), broken_weights)
        data = bytearray(broken_weights.read_bytes())
        data[1_000_000] ^= 1
        broken_weights.write_bytes(data if damage == "flipped" else data[:-100])
    encoder = Encoder(Options((PHASH, CNN)))

    results = [result for _, result in encoder.encode([(0, PICTURE), (1, PICTURE)])]

    for result in results:
        assert list(result.encodings) == [PHASH]
        (warning,) = result.warnings
        assert warning.code == WarningCode.NO_EMBEDDING
        assert "weights of CNN" in sentence(warning)
        assert "Reinstalling" in sentence(warning)


def test_the_cnn_alone_fails_with_a_code(broken_weights):
    ((_, result),) = Encoder(Options((CNN,))).encode([(0, PICTURE)])

    assert result.failure.code == FailureCode.MODEL_UNAVAILABLE


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), MemoryError("no room")])
def test_hashes_go_on_when_the_cnn_fails(error, monkeypatch):
    def fail(*_args):
        raise error

    monkeypatch.setattr(MobileNetV1, "_forward", fail)
    encoder = Encoder(Options((PHASH, CNN)))

    ((_, result),) = encoder.encode([(0, PICTURE)])

    assert result.encodings == {PHASH: "9fee256239984d71"}
    assert [warning.code for warning in result.warnings] == [WarningCode.NO_EMBEDDING]
    assert str(error) in sentence(result.warnings[0])


def test_without_torch_the_failure_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.networks.mobilenet_v1_torch", None)
    monkeypatch.delattr("imgenc_gui.core.networks.mobilenet_v1_torch")

    with pytest.raises(NetworkError) as caught:
        mobilenet_v1.load()

    assert "CNN needs PyTorch, which can't be loaded" in sentence(caught.value.failure)


PIXELS = np.array(Image.open(PICTURE).convert("RGB").resize((224, 224)))[np.newaxis]


@pytest.mark.slow
def test_a_graphics_card_that_does_not_work_is_given_up_for_the_processor(caplog):
    expected = MobileNetV1(resource(*mobilenet_v1.WEIGHTS), "cpu").embed(PIXELS)

    network = MobileNetV1(resource(*mobilenet_v1.WEIGHTS), "meta")  # has no numbers: every use fails

    np.testing.assert_allclose(network.embed(PIXELS), expected, atol=1e-4, rtol=0)
    assert "goes on with the processor, because meta fails" in caplog.text


def test_a_graphics_card_that_fails_later_is_given_up_once_by_all_threads(monkeypatch, caplog):
    network = MobileNetV1(resource(*mobilenet_v1.WEIGHTS), "cpu")
    expected = network.embed(PIXELS)
    # The network stands on a device whose every use fails, as a card does that was unplugged.
    network._placed = mobilenet_v1_torch._Placed(torch.device("meta"), network._on_processor.layers)
    vectors = []
    threads = [threading.Thread(target=lambda: vectors.append(network.embed(PIXELS))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(vectors) == 4
    for vector in vectors:
        np.testing.assert_allclose(vector, expected, atol=1e-4, rtol=0)
    assert caplog.text.count("goes on with the processor, because meta fails") == 1


def test_the_best_device_is_chosen(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert mobilenet_v1_torch._best_device() == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert mobilenet_v1_torch._best_device() == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert mobilenet_v1_torch._best_device() == "cpu"
