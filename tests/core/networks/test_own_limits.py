"""A person's own network may run for ever, want more memory than there is, or give no vector: one sentence, no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from PIL import Image

from imgenc_gui.core.adding import AddingError, add
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks import own_onnx
from imgenc_gui.core.networks.added import method_of
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.workers import encode_in_order
from imgenc_gui.methods import EmbeddingAPI
from tests.own_networks import RECIPE, endless, giving, hungry, saved, weights

ROOT = Path(__file__).parents[3]
DARK, BRIGHT = (np.full((40, 50, 3), value, np.uint8) for value in (10, 250))


def file_of(folder, made, recipe=RECIPE):
    file = saved(folder, recipe=recipe)
    file.write_bytes(made.SerializeToString())
    return file


@pytest.fixture
def method(tmp_path):
    """A network that never ends with bright pictures."""
    made = method_of(add(file_of(tmp_path, endless(0.9)), folder=tmp_path / "kept"), tmp_path / "kept")
    yield made
    NETWORKS.let_go(made)


def test_what_never_ends_is_not_added(tmp_path, monkeypatch):
    monkeypatch.setattr(own_onnx, "MOST_SECONDS", 1)

    with pytest.raises(AddingError) as caught:
        add(file_of(tmp_path, endless(0.1)), folder=tmp_path / "kept")

    assert caught.value.reason == "Tiny net can't be loaded: it isn't done with one picture after 1 seconds."


def test_what_never_ends_with_a_picture_costs_this_picture_its_vector(method, monkeypatch, capfd):
    monkeypatch.setattr(own_onnx, "MOST_SECONDS", 1)
    encoder = Encoder(Options((PHASH, method)))

    dark, bright = encoder.encode_array(DARK), encoder.encode_array(BRIGHT)

    np.testing.assert_allclose(dark.encodings[method], 10 / 255, rtol=1e-5)
    assert list(bright.encodings) == [PHASH]
    assert sentence(bright.warnings[-1]) == "Tiny net failed on this picture: it wasn't done after 1 seconds."
    assert capfd.readouterr() == ("", "")


def test_what_never_ends_is_given_up_until_the_next_run(method, monkeypatch):
    monkeypatch.setattr(own_onnx, "MOST_SECONDS", 1)
    tries = []
    real = own_onnx.run_within
    monkeypatch.setattr(own_onnx, "run_within", lambda *what: tries.append(1) or real(*what))
    encoder = Encoder(Options((PHASH, method)))
    encoder.load_networks()
    tries.clear()

    results = [encoder.encode_array(pixels) for pixels in (DARK, BRIGHT, BRIGHT, DARK)]

    assert len(tries) == 2
    assert [len(result.encodings) for result in results] == [2, 1, 1, 1]
    said = "Tiny net wasn't done with another picture after 1 seconds, so it is left out until the next run."
    assert [sentence(result.warnings[-1]) for result in results[2:]] == [said] * 2
    for again in (encoder, Encoder(Options((PHASH, method)))):
        again.load_networks()
        assert len(again.encode_array(DARK).encodings) == 2


def test_the_api_gives_it_up_for_one_call(method, tmp_path, monkeypatch):
    monkeypatch.setattr(own_onnx, "MOST_SECONDS", 1)
    Image.fromarray(BRIGHT).save(tmp_path / "a.png")
    for name in ("b.png", "c.png"):
        Image.fromarray(DARK).save(tmp_path / name)
    api = EmbeddingAPI(method, verbose=False)

    assert api.encode_images(tmp_path, num_enc_workers=0) == {}
    assert api.encode_image(tmp_path / "b.png").shape == (1, 3)


def test_stop_ends_it(method, tmp_path):
    for name, pixels in (("a", DARK), ("b", BRIGHT)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    stop, begun = threading.Event(), threading.Event()
    before = set(threading.enumerate())

    def arrived(*_):
        begun.set()  # the dark one; the other never comes
        threading.Timer(0.3, stop.set).start()

    files = [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    results = list(encode_in_order(Encoder(Options((PHASH, method))), files, 1, stop.is_set, arrived))

    assert begun.is_set()
    assert [result.path for result in results] == files[:1]
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
        assert not thread.is_alive(), thread.name


def test_a_run_that_ends_has_nobody_beside_it_for_long(method):
    network = NETWORKS.get(method)
    before = threading.active_count()

    for _ in range(5):
        network.embed(np.zeros((1, 32, 48, 3), np.uint8))
    for thread in threading.enumerate():
        if thread.name == "network's limit":
            thread.join(30)

    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (giving("Cast", to=TensorProto.BOOL), "tensor(bool)"),
        (giving("Cast", to=TensorProto.STRING), "tensor(string)"),
        (giving("Cast", to=TensorProto.INT64), "tensor(int64)"),
        (giving("Cast", to=TensorProto.UINT8), "tensor(uint8)"),
        (giving("Cast", to=TensorProto.BFLOAT16), "tensor(bfloat16)"),
        (giving("SequenceConstruct"), "seq(tensor(float))"),
    ],
)
def test_an_output_that_is_no_vector_is_refused(made, kind, tmp_path):
    with pytest.raises(AddingError) as caught:
        add(file_of(tmp_path, made), folder=tmp_path / "kept")

    said = f"its output found is of the type {kind}, and a vector is of numbers with a point."
    assert caught.value.reason == f"Tiny net can't be loaded: {said}"


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_numbers_of_other_widths_are_vectors(kind, tmp_path):
    file = file_of(tmp_path, giving("Cast", to=kind))

    assert add(file, folder=tmp_path / "kept").length == 3


@pytest.mark.parametrize("when", ["before", "while it is opened"])
def test_another_file_is_never_run(when, tmp_path, monkeypatch):
    """It is opened by its name, not from the bytes whose digest was taken."""
    kept = tmp_path / "kept"
    made = method_of(add(saved(tmp_path), folder=kept), kept)
    other = saved(tmp_path / "other", weights(1)).read_bytes()
    opened = own_onnx._session

    def swapped(file, label):
        replacement = kept / "new"
        replacement.write_bytes(other)
        replacement.replace(kept / "tiny-net.onnx")
        return opened(file, label)

    if when == "before":
        swapped(kept / "tiny-net.onnx", "")
    else:
        monkeypatch.setattr(own_onnx, "_session", swapped)
    result = Encoder(Options((made,))).encode_array(DARK)
    NETWORKS.let_go(made)

    assert result.failure.detail == "own-changed"


MEMORY = """
import json, logging, sys
from pathlib import Path
import numpy as np
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks.added import method_of, read_added
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.sentences import sentence
from tests.little_memory import limit

logging.disable()
KERNEL.wait()
folder = Path(sys.argv[1])
method = method_of(read_added(folder)[0], folder)
encoder = Encoder(Options((PHASH, method)))
dark, bright = (np.full((60, 40, 3), value, np.uint8) for value in (10, 250))
dark[30:], bright[30:] = 0, 255
said = []
for pixels, size in ((dark, None), (bright, 50_000_000), (bright, None)):
    limit(size)
    result = encoder.encode_array(pixels)
    limit(None)
    said.append([len(result.encodings), *map(sentence, result.warnings)])
print(json.dumps(said))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a system that keeps to a limit of memory")
def test_too_little_memory_costs_a_picture_its_vector(tmp_path):
    add(file_of(tmp_path, hungry(0.9)), folder=tmp_path / "kept")

    run = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "kept")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == [[2], [1, "Tiny net failed on this picture: there isn't enough memory."], [2]]
