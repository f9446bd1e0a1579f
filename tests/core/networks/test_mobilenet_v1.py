"""The CNN: the reference's vectors by both engines; which engine runs it; what is broken is one clear sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from torch.nn import functional

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks import mobilenet_v1, mobilenet_v1_torch
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.networks.mobilenet_v1_layers import read_layers
from imgenc_gui.core.networks.mobilenet_v1_torch import MobileNetV1
from imgenc_gui.core.networks.onnx_network import OnnxNetwork
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, NetworkError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.resources import resource
from imgenc_gui.core.workers import encode_in_order
from tests.making_graphs import mobilenet_v1 as make_graph

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data"
VECTORS = np.load(DATA / "cnn_vectors.npz")
PICTURE = str(DATA / "images/base_images/ukbench00120.jpg")


def prepared(path):
    with Image.open(path) as image:
        return np.array(image.convert("RGB").resize((224, 224)))[np.newaxis]


PIXELS = prepared(PICTURE)


@pytest.fixture(params=["onnxruntime", "torch"])
def engine(request, monkeypatch):
    """Have the CNN run by one engine, on the processor."""
    monkeypatch.setattr(mobilenet_v1, "may_have_card", lambda: False)
    if request.param == "torch":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    NETWORKS.forget()
    yield request.param
    NETWORKS.forget()


def test_reference_vectors_alone(engine):
    encoder = Encoder(Options((CNN,)))
    for name in sorted(VECTORS)[:6]:
        ((_, result),) = encoder.encode([(0, str(DATA / "images" / name))])
        vector = result.encodings[CNN]
        assert vector.shape == (1024,)
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector, VECTORS[name], atol=1e-3, rtol=0)
    assert NETWORKS.engine(CNN) == engine


@pytest.mark.parametrize("workers", [1, 3])
def test_reference_vectors_in_batches(workers, engine):
    names = sorted(VECTORS)
    results = encode_in_order(
        Encoder(Options(tuple(METHODS))), [str(DATA / "images" / name) for name in names], workers=workers
    )
    for name, result in zip(names, results, strict=True):
        np.testing.assert_allclose(result.encodings[CNN], VECTORS[name], atol=1e-3, rtol=0)
    assert NETWORKS.engine(CNN) == engine


def test_published_check_values(engine):
    ((_, result),) = Encoder(Options((CNN,))).encode([(0, PICTURE)])

    assert NETWORKS.engine(CNN) == engine
    assert np.linalg.norm(result.encodings[CNN]) == pytest.approx(36.6245, abs=1e-3)
    assert result.encodings[CNN][:5] == pytest.approx([1.5791, 0.1725, 0.0, 0.1811, 0.2773], abs=1e-3)


LAYERS = read_layers(resource(*mobilenet_v1.WEIGHTS))


def in_torch(device="cpu"):
    return mobilenet_v1.in_torch(LAYERS, device)


def in_onnxruntime():
    return mobilenet_v1.in_onnxruntime(LAYERS)


def test_both_engines_give_the_same_vectors():
    noise = np.random.default_rng(0).integers(0, 256, (4, 224, 224, 3), np.uint8)
    images = np.concatenate([*(prepared(DATA / "images" / name) for name in sorted(VECTORS)), noise])

    by_onnxruntime, by_torch = in_onnxruntime().embed(images), in_torch().embed(images)

    assert by_onnxruntime.shape == by_torch.shape == (len(images), 1024)
    assert by_onnxruntime.dtype == by_torch.dtype == np.float32
    np.testing.assert_allclose(by_onnxruntime, by_torch, atol=1e-4, rtol=0)


# The last three are the worst of thousands.
COLOURS = [*((r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)), *((n, n, n) for n in (1, 128, 199, 244))]
COLOURS += [(84, 227, 67), (185, 51, 71), (58, 182, 159)]


def test_both_engines_agree_on_pictures_of_one_colour():
    """Their last digits add up there, where all positions have the same."""
    images = np.broadcast_to(np.array(COLOURS, np.uint8)[:, np.newaxis, np.newaxis], (len(COLOURS), 224, 224, 3)).copy()

    by_onnxruntime, by_torch = in_onnxruntime().embed(images), in_torch().embed(images)

    np.testing.assert_allclose(by_onnxruntime, by_torch, atol=8e-5, rtol=0)
    np.testing.assert_allclose(by_torch, exact(images), atol=1e-3, rtol=0)  # weights are rounded, too


def exact(images):
    """What the weights themselves give, in double precision."""
    weights = safetensors.torch.load_file(resource(*mobilenet_v1.WEIGHTS))
    x = torch.from_numpy(images).permute(0, 3, 1, 2).double() / 127.5 - 1
    for index, layer in enumerate(LAYERS):
        kernel, *norm = (
            weights[f"features.{index}.{name}"].double()
            for name in ("conv.weight", "bn.running_mean", "bn.running_var", "bn.weight", "bn.bias")
        )
        before, after = layer.padding
        x = functional.pad(x, (before, after, before, after))
        x = functional.conv2d(x, kernel, stride=layer.stride, groups=layer.groups)
        x = functional.batch_norm(x, *norm, eps=0.001).clamp(0, 6)
    return x.mean((2, 3)).numpy()


def test_the_graph_is_what_is_made_of_the_layers():
    """``python -m tests.making_graphs`` makes it anew."""
    made = make_graph(LAYERS).SerializeToString(deterministic=True)

    assert made == resource(*mobilenet_v1.GRAPH).read_bytes()
    assert len(made) < 50_000  # the weights aren't in it


def test_threads_that_embed_at_once_get_what_one_gets():
    network = in_onnxruntime()
    images = np.random.default_rng(0).integers(0, 256, (8, 1, 224, 224, 3), np.uint8)
    expected = [network.embed(image) for image in images]
    got = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda i=i: got[i].extend(network.embed(image) for image in images)) for i in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    for vectors in got:
        np.testing.assert_array_equal(vectors, expected)


# --- which engine -------------------------------------------------------------------------------------------------


def run_alone(code, *arguments, **environment):
    """Run code in a process of its own; return what it printed. It must neither fail nor complain."""
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=environment.pop("cwd", ROOT),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr in {"", "imgenc: 1 encoded, 0 could not be read\n"}
    return run.stdout


@pytest.mark.skipif(sys.platform == "darwin", reason="torch has a graphics card on every Mac of today")
def test_torch_is_not_imported_without_a_card(tmp_path):
    code = (
        "import sys; from imgenc_gui.cli import main; print(main(sys.argv[1:]));"
        "print('torch' in sys.modules, 'onnxruntime' in sys.modules)"
    )

    printed = run_alone(code, PICTURE, "-m", "cnn", "-o", tmp_path / "a.npz", "--no-cache", CUDA_VISIBLE_DEVICES="-1")

    assert printed.split() == ["0", "False", "True"]
    assert (tmp_path / "a.npz").exists()


def test_a_card_that_torch_does_not_find_costs_nothing_but_time(monkeypatch):
    monkeypatch.setattr(mobilenet_v1, "may_have_card", lambda: True)
    monkeypatch.setattr(mobilenet_v1_torch, "_best_device", lambda: "cpu")

    assert mobilenet_v1.load().engine == "onnxruntime"


def test_a_card_that_does_not_work_costs_nothing_but_time(monkeypatch):
    monkeypatch.setattr(mobilenet_v1, "may_have_card", lambda: True)
    monkeypatch.setattr(mobilenet_v1_torch, "_best_device", lambda: "meta")  # has no numbers: every use fails

    assert mobilenet_v1.load().engine == "onnxruntime"


def test_a_card_is_used_by_torch(monkeypatch):
    monkeypatch.setattr(mobilenet_v1, "may_have_card", lambda: True)
    monkeypatch.setattr(MobileNetV1, "is_on_card", lambda _: True)

    assert mobilenet_v1.load().engine == "torch"


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.networks.mobilenet_v1_torch", None)
    monkeypatch.delattr("imgenc_gui.core.networks.mobilenet_v1_torch")


def test_a_broken_torch_is_no_hindrance(no_torch, monkeypatch):
    monkeypatch.setattr(mobilenet_v1, "may_have_card", lambda: True)

    assert mobilenet_v1.load().engine == "onnxruntime"


@pytest.mark.parametrize("error", [ImportError("no such DLL"), RuntimeError("an odd processor")])
def test_torch_takes_over_where_onnxruntime_does_not_work(error, monkeypatch, caplog):
    def fail(*_args):
        raise error

    monkeypatch.setattr(OnnxNetwork, "__init__", fail)

    network = mobilenet_v1.load()

    assert network.engine == "torch"
    np.testing.assert_allclose(network.embed(PIXELS), in_torch().embed(PIXELS), atol=1e-4, rtol=0)
    assert "CNN goes on with PyTorch" in caplog.text


def test_without_any_engine_the_failure_names_one(no_torch, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(NetworkError) as caught:
        mobilenet_v1.load()

    assert "CNN needs onnxruntime or PyTorch, which can't be loaded" in sentence(caught.value.failure)


# --- onnxruntime as a guest ---------------------------------------------------------------------------------------

EMBED = """
import os, sys, threading
import numpy as np
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.networks.mobilenet_v1_layers import read_layers
from imgenc_gui.core.networks.onnx_network import OnnxNetwork
from imgenc_gui.core.resources import resource

def threads():
    return len(os.listdir("/proc/self/task")) if sys.platform == "linux" else threading.active_count()

before = threads()
network = mobilenet_v1.in_onnxruntime(read_layers(resource(*mobilenet_v1.WEIGHTS)))
network.embed(np.zeros((1, 224, 224, 3), np.uint8))
"""
# Where one of these is set, onnxruntime tells nothing in any case.
QUIET = (
    *("CI", "TF_BUILD", "GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "TRAVIS", "JENKINS_URL", "CODEBUILD_BUILD_ID"),
    *("BUILDKITE", "TEAMCITY_VERSION", "APPVEYOR", "BITBUCKET_BUILD_NUMBER", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"),
    *("ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME"),
)


def test_nothing_is_told_to_anybody(tmp_path, monkeypatch):
    """It would keep a number for this computer and what is to be sent in the home folder, and send it on a thread."""
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)

    printed = run_alone(EMBED + "print(threads() - before)", cwd=tmp_path, HOME=str(tmp_path))

    assert printed.strip() == "0"
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system that forks")
def test_a_forked_process_embeds():
    code = EMBED + (
        "if os.fork() == 0:\n    assert network.embed(np.zeros((1, 224, 224, 3), np.uint8)).shape == (1, 1024)\n"
        "    os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.wait()[1]))"
    )

    assert run_alone("import warnings; warnings.simplefilter('ignore')" + code).strip() == "7"


@pytest.mark.skipif(sys.platform != "linux", reason="a system that keeps to a limit of memory")
def test_too_little_memory_is_said_and_the_hashes_go_on():
    code = """
import logging
import numpy as np, onnxruntime
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.hashing.engine import KERNEL
from tests.little_memory import limit

logging.disable()
KERNEL.wait()
pixels = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
Encoder(Options((METHODS["phash"],))).encode_array(pixels)
encoder = Encoder(Options((METHODS["phash"], METHODS["cnn"])))
limit(1_000_000)
scarce = encoder.encode_array(pixels)
limit(None)
enough = encoder.encode_array(pixels)
print([sentence(warning) for warning in scarce.warnings], len(scarce.encodings), len(enough.encodings))
"""

    printed = run_alone(code, ORT_DISABLE_TELEMETRY="1", CUDA_VISIBLE_DEVICES="-1")

    assert printed.strip() == """["CNN can't be loaded: there isn't enough memory."] 1 2"""


# --- what is broken -----------------------------------------------------------------------------------------------


@pytest.fixture
def broken_weights(tmp_path, monkeypatch):
    """Make the network look for its weights at a path of the test's own, where nothing lies yet."""
    path = tmp_path / "weights.safetensors"
    monkeypatch.setattr(mobilenet_v1, "resource", lambda *_: path)
    NETWORKS.forget()
    yield path
    NETWORKS.forget()


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


@pytest.mark.parametrize(
    ("error", "said"),
    [(RuntimeError("an odd card"), "(an odd card)"), (MemoryError("no room"), "there isn't enough memory")],
)
def test_hashes_go_on_when_the_cnn_fails(error, said, engine, monkeypatch):
    def fail(*_args):
        raise error

    monkeypatch.setattr(OnnxNetwork if engine == "onnxruntime" else MobileNetV1, "embed", fail)
    encoder = Encoder(Options((PHASH, CNN)))

    ((_, result),) = encoder.encode([(0, PICTURE)])

    assert result.encodings == {PHASH: "9fee256239984d71"}
    assert [warning.code for warning in result.warnings] == [WarningCode.NO_EMBEDDING]
    assert said in sentence(result.warnings[0])


# --- torch on a graphics card ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_graphics_card_that_does_not_work_is_given_up_for_the_processor(caplog):
    expected = in_torch().embed(PIXELS)

    network = in_torch("meta")  # has no numbers: every use fails

    np.testing.assert_allclose(network.embed(PIXELS), expected, atol=1e-4, rtol=0)
    assert "goes on with the processor, because meta fails" in caplog.text


def test_a_graphics_card_that_fails_later_is_given_up_once_by_all_threads(monkeypatch, caplog):
    network = in_torch()
    expected = network.embed(PIXELS)
    # The network stands on a device whose every use fails, as a card does that was unplugged.
    network._placed = mobilenet_v1_torch._Placed(torch.device("meta"), network._on_processor.tensors)
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
