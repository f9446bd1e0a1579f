"""The CNN: the reference's vectors, alone and in batches; missing or damaged weights are one clear error."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from imgenc_gui.core.networks import mobilenet_v1 as cnn
from imgenc_gui.core import encoding
from imgenc_gui.core.encoding import CautionCode, Encoder, ErrorCode, Method, Options, encode_all
from imgenc_gui.core.resources import resource

DATA = Path(__file__).parents[1] / "data"
VECTORS = np.load(DATA / "cnn_vectors.npz")


def test_reference_vectors_alone():
    encoder = Encoder(Options((Method.CNN,)))
    for name in sorted(VECTORS)[:6]:
        ((_, result),) = encoder.encode([(0, str(DATA / "images" / name))])
        vector = result.encodings[Method.CNN]
        assert vector.shape == (1024,)
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector, VECTORS[name], atol=1e-3, rtol=0)


@pytest.mark.parametrize("workers", [1, 3])
def test_reference_vectors_in_batches(workers):
    names = sorted(VECTORS)
    results = encode_all(
        Encoder(Options(tuple(Method))), [str(DATA / "images" / name) for name in names], workers=workers
    )
    for name, result in zip(names, results, strict=True):
        np.testing.assert_allclose(result.encodings[Method.CNN], VECTORS[name], atol=1e-3, rtol=0)


def test_published_check_values():
    ((_, result),) = Encoder(Options((Method.CNN,))).encode([(0, str(DATA / "images/base_images/ukbench00120.jpg"))])

    assert np.linalg.norm(result.encodings[Method.CNN]) == pytest.approx(36.6245, abs=1e-3)
    assert result.encodings[Method.CNN][:5] == pytest.approx([1.5791, 0.1725, 0.0, 0.1811, 0.2773], abs=1e-3)


@pytest.fixture
def broken_weights(tmp_path, monkeypatch):
    """Make the encoder look for its weights at a path of the test's own, where nothing lies yet."""
    path = tmp_path / "weights.safetensors"
    monkeypatch.setattr(encoding, "resource", lambda *_: path)
    return path


PICTURE = str(DATA / "images/base_images/ukbench00120.jpg")


@pytest.mark.parametrize("damage", ["missing", "flipped", "short"])
def test_hashes_go_on_without_weights(damage, broken_weights):
    if damage != "missing":
        shutil.copy(resource(*encoding.WEIGHTS), broken_weights)
        data = bytearray(broken_weights.read_bytes())
        data[1_000_000] ^= 1
        broken_weights.write_bytes(data if damage == "flipped" else data[:-100])
    encoder = Encoder(Options((Method.PHASH, Method.CNN)))

    results = [result for _, result in encoder.encode([(0, PICTURE), (1, PICTURE)])]

    for result in results:
        assert list(result.encodings) == [Method.PHASH]
        assert [caution.code for caution in result.cautions] == [CautionCode.NO_EMBEDDING]
    assert "weights" in encoder.model_error
    assert "Reinstalling" in encoder.model_error


def test_the_cnn_alone_fails_with_a_code(broken_weights):
    ((_, result),) = Encoder(Options((Method.CNN,))).encode([(0, PICTURE)])

    assert result.failure.code == ErrorCode.MODEL_UNAVAILABLE


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), MemoryError("no room")])
def test_hashes_go_on_when_the_cnn_fails(error, monkeypatch):
    def fail(*_args):
        raise error

    monkeypatch.setattr(cnn.Network, "_forward", fail)
    encoder = Encoder(Options((Method.PHASH, Method.CNN)))

    ((_, result),) = encoder.encode([(0, PICTURE)])

    assert result.encodings == {Method.PHASH: "9fee256239984d71"}
    assert [caution.code for caution in result.cautions] == [CautionCode.NO_EMBEDDING]
    assert str(error) in result.cautions[0].text


def test_a_graphics_card_that_fails_is_given_up_for_the_processor(monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    if torch.cuda.device_count():
        monkeypatch.setattr(cnn, "_best_device", lambda: "cuda:99")

    ((_, result),) = Encoder(Options((Method.CNN,))).encode([(0, PICTURE)])

    assert result.encodings[Method.CNN][:2] == pytest.approx([1.5791, 0.1725], abs=1e-3)
    assert "goes on with the processor" in caplog.text


def test_the_best_device_is_chosen(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert cnn._best_device() == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert cnn._best_device() == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert cnn._best_device() == "cpu"
